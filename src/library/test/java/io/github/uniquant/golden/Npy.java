package io.github.uniquant.golden;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An array of numpy's {@code .npy} format, versions 1 to 3: little-endian, C order.
 *
 * @param dtype numpy's name of the element type without its byte order, such as {@code f4}
 * @param data the elements, little-endian, in row-major order
 */
record Npy(String dtype, Shape shape, ByteBuffer data) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Set<String> DTYPES =
            Set.of("f2", "f4", "f8", "b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8");
    private static final Pattern DESCR = Pattern.compile("'descr':\\s*'([<|])([a-z]\\d)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*False");
    private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([\\d,\\s]*)\\)");

    static Npy read(Path file) {
        try {
            return parse(Files.readAllBytes(file), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Npy parse(byte[] bytes, Path file) {
        require(bytes.length >= 10 && Arrays.equals(bytes, 0, 6, MAGIC, 0, 6), "must start with numpy's magic", file);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        boolean longHeader = bytes[6] > 1;
        int headerStart = longHeader ? 12 : 10;
        int headerLength = longHeader ? buffer.getInt(8) : buffer.getShort(8) & 0xFFFF;
        int dataStart = headerStart + headerLength;
        require(headerLength >= 0 && dataStart <= bytes.length, "must hold its whole header", file);
        String header = new String(bytes, headerStart, headerLength, StandardCharsets.UTF_8);
        Matcher descr = DESCR.matcher(header);
        Matcher dims = SHAPE.matcher(header);
        require(
                descr.find() && DTYPES.contains(descr.group(2)),
                "must be a little-endian number array: " + header,
                file);
        require(ORDER.matcher(header).find(), "must be in C order: " + header, file);
        require(dims.find(), "must have a shape: " + header, file);
        Shape shape = Shape.of(Arrays.stream(dims.group(1).split(",", -1))
                .map(String::strip)
                .filter(dim -> !dim.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray());
        Npy array = new Npy(
                descr.group(2),
                shape,
                buffer.slice(dataStart, bytes.length - dataStart).order(ByteOrder.LITTLE_ENDIAN));
        require(
                array.data.capacity() == shape.elements() * array.bytesPerElement(),
                "must have as many bytes as its shape says: " + header,
                file);
        return array;
    }

    private static void require(boolean holds, String text, Path file) {
        if (!holds) {
            throw new AssertionError("an array file " + text + ": file=" + file);
        }
    }

    int bytesPerElement() {
        return dtype.charAt(1) - '0';
    }

    int size() {
        return (int) shape.elements();
    }

    /** Element {@code i} as a double, rounded only where it is a 64-bit integer. */
    double get(int i) {
        return switch (dtype) {
            case "f2" -> Float.float16ToFloat(data.getShort(2 * i));
            case "f4" -> data.getFloat(4 * i);
            case "f8" -> data.getDouble(8 * i);
            default -> integer(i);
        };
    }

    private long integer(int i) {
        return switch (dtype) {
            case "b1", "u1" -> data.get(i) & 0xFF;
            case "i1" -> data.get(i);
            case "i2" -> data.getShort(2 * i);
            case "u2" -> data.getShort(2 * i) & 0xFFFF;
            case "i4" -> data.getInt(4 * i);
            case "u4" -> data.getInt(4 * i) & 0xFFFFFFFFL;
            case "i8", "u8" -> data.getLong(8 * i);
            default -> throw new AssertionError("the array must hold integers: dtype=" + dtype);
        };
    }

    double[] doubles() {
        double[] values = new double[size()];
        Arrays.setAll(values, this::get);
        return values;
    }

    float[] floats() {
        return tensor().floats();
    }

    /** The elements of an integer array; those of an unsigned 32-bit one by their bits. */
    int[] ints() {
        int[] values = new int[size()];
        for (int i = 0; i < values.length; i++) {
            long value = integer(i);
            values[i] = dtype.equals("u4") ? (int) value : Math.toIntExact(value);
        }
        return values;
    }

    /** The array as a tensor of its own type; a 16-bit unsigned one holds the bits of bfloat16. */
    Tensor tensor() {
        return switch (dtype) {
            case "f2" -> Tensor.ofFloat16(shape, shorts());
            case "u2" -> Tensor.ofBfloat16(shape, shorts());
            case "f4" -> {
                float[] values = new float[size()];
                data.asFloatBuffer().duplicate().get(values);
                yield Tensor.of(shape, values);
            }
            case "f8" -> {
                double[] values = new double[size()];
                data.asDoubleBuffer().duplicate().get(values);
                yield Tensor.of(shape, values);
            }
            default -> Tensor.of(shape, ints());
        };
    }

    private short[] shorts() {
        short[] bits = new short[size()];
        data.asShortBuffer().duplicate().get(bits);
        return bits;
    }
}
