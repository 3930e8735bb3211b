package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One case: the scalars of {@code case.json}, arrays by name, and byte strings. It remembers which arrays were asked for,
 * so that an array that no check knows of fails the case instead of being passed over.
 */
final class GoldenCase {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String ARRAY_SUFFIX = ".npy";
    private static final String STRINGS = "strings.bin";

    private final String name;
    private final JsonNode info;
    private final Map<String, Npy> arrays = new HashMap<>();
    private final Set<String> unread = new TreeSet<>();
    private final byte[] strings;

    private GoldenCase(Path folder) throws IOException {
        this.name =
                folder.subpath(folder.getNameCount() - 2, folder.getNameCount()).toString();
        this.info = JSON.readTree(Files.readString(folder.resolve("case.json")));
        byte[] bytes = {};
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String fileName = file.getFileName().toString();
                if (fileName.endsWith(ARRAY_SUFFIX)) {
                    String array = fileName.substring(0, fileName.length() - ARRAY_SUFFIX.length());
                    arrays.put(array, Npy.read(file));
                    unread.add(array);
                } else if (fileName.equals(STRINGS)) {
                    bytes = Files.readAllBytes(file);
                    unread.add(STRINGS);
                } else if (!fileName.equals("case.json")) {
                    throw new AssertionError("a case must hold case.json, .npy arrays and strings.bin only: case="
                            + name + " file=" + fileName);
                }
            }
        }
        this.strings = bytes;
        checkListedArrays();
    }

    static GoldenCase read(Path folder) {
        try {
            return new GoldenCase(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The arrays must be those that case.json lists, of these shapes. */
    private void checkListedArrays() {
        Map<String, Shape> listed = new HashMap<>();
        info.path("arrays").propertyStream().forEach(entry -> listed.put(entry.getKey(), shape(entry.getValue())));
        Map<String, Shape> found = new HashMap<>();
        arrays.forEach((array, value) -> found.put(array, value.shape()));
        if (!listed.equals(found)) {
            throw new AssertionError("a case must hold the arrays that case.json lists: case=" + name + " listed="
                    + listed + " found=" + found);
        }
    }

    private static Shape shape(JsonNode dims) {
        return Shape.of(
                IntStream.range(0, dims.size()).map(i -> dims.get(i).asInt()).toArray());
    }

    String name() {
        return name;
    }

    /** A field of case.json that must be there. */
    JsonNode field(String field) {
        JsonNode value = info.path(field);
        if (value.isMissingNode()) {
            throw new AssertionError("case.json must have the field: case=" + name + " field=" + field);
        }
        return value;
    }

    boolean hasField(String field) {
        return info.has(field);
    }

    Shape shapeField(String field) {
        return shape(field(field));
    }

    boolean has(String array) {
        return arrays.containsKey(array);
    }

    /** The names of the arrays that start with a prefix. */
    Set<String> arraysNamed(String prefix) {
        Set<String> names = new TreeSet<>(arrays.keySet());
        names.removeIf(array -> !array.startsWith(prefix));
        return names;
    }

    Npy array(String array) {
        Npy value = arrays.get(array);
        if (value == null) {
            throw new AssertionError("the case must hold the array: case=" + name + " array=" + array);
        }
        unread.remove(array);
        return value;
    }

    /** An array as a tensor; 16-bit unsigned arrays must be listed in case.json as bits of bfloat16. */
    Tensor tensor(String array) {
        Tensor tensor = array(array).tensor();
        boolean listed = info.path("bfloat16_as_uint16")
                .valueStream()
                .anyMatch(value -> value.asString().equals(array));
        if (listed != (tensor.type() == ElementType.BFLOAT16)) {
            throw new AssertionError("16-bit unsigned arrays must be those that case.json lists as bfloat16: case="
                    + name + " array=" + array + " dtype=" + array(array).dtype() + " listed=" + listed);
        }
        return tensor;
    }

    /** An array that must have this shape. Those of rank 0 were written with shape (1,). */
    Tensor tensor(String array, Shape expected) {
        Tensor tensor = tensor(array);
        boolean scalar = expected.rank() == 0 && tensor.shape().equals(Shape.of(1));
        if (!scalar && !tensor.shape().equals(expected)) {
            throw new AssertionError("the array must have the expected shape: case=" + name + " array=" + array
                    + " shape=" + tensor.shape() + " expected=" + expected);
        }
        return tensor.reshape(expected);
    }

    BitStrings strings() {
        Npy lengths = array("string_lengths");
        if (!unread.remove(STRINGS)) {
            throw new AssertionError("the case must hold " + STRINGS + ": case=" + name);
        }
        return BitStrings.of(lengths.shape(), strings, lengths.ints());
    }

    /** Arrays and strings that nothing has asked for yet. */
    Set<String> unread() {
        return new HashSet<>(unread);
    }
}
