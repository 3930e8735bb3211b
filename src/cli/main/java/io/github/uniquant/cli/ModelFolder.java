package io.github.uniquant.cli;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.DecodeLimits;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model as a folder: upstream's tables, as NumPy saves them, and what must be known beside them.
 *
 * <ul>
 *   <li>{@code cdf.npy}, {@code cdf_offset.npy}: the attributes of these names of upstream's model;
 *   <li>{@code case.json}: an object with {@code prior_shape} (list), {@code coding_rank}, and, where one differs from
 *       upstream's default, {@code arguments}: an object of constructor arguments by their names. Other fields are notes,
 *       but {@code what} must start with the name of the model's class if it is there.
 * </ul>
 */
final class ModelFolder {
    private static final String MODEL_CLASS = "UniversalBatchedEntropyModel";

    /** What the parser says of the source in its messages: neither a file nor a place, since it has bytes alone. */
    private static final Pattern SOURCE = Pattern.compile(" ?\\([^(\\[]*\\[Source: [^\\]]*]\\)| ?\\[Source: [^\\]]*]");

    private static final DecodeLimits NO_LIMIT_BUT_MEMORY =
            new DecodeLimits(DecodeLimits.FORMAT_UNIT_ELEMENTS, Integer.MAX_VALUE);

    /** Arguments of upstream that leave the strings as they are. */
    private static final Set<String> WITHOUT_EFFECT =
            Set.of("compression", "stateless", "laplace_tail_mass", "expected_grads", "tail_mass", "name");

    private ModelFolder() {}

    /** Reads the model of a folder, to code in a format. */
    static UniversalBatchedEntropyModel read(Path folder, CoderFormat format) {
        if (!Files.isDirectory(folder)) {
            throw CommandFailure.data(folder + ": must be a folder with cdf.npy, cdf_offset.npy and case.json");
        }
        Path jsonFile = folder.resolve("case.json");
        JsonNode json = readJson(jsonFile);
        Tensor cdf = NpyFile.readInts(folder.resolve("cdf.npy"));
        Tensor cdfOffset = NpyFile.readInts(folder.resolve("cdf_offset.npy"));
        CdfTables tables;
        try {
            tables = CdfTables.of(cdf.ints(), cdfOffset.ints());
        } catch (IllegalArgumentException e) {
            throw CommandFailure.in(folder.resolve("cdf.npy"), e);
        }
        try {
            return model(json, tables, format);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.in(jsonFile, e);
        }
    }

    private static JsonNode readJson(Path file) {
        byte[] bytes = InputFile.bytes(file);
        try {
            return JsonMapper.shared().readTree(bytes);
        } catch (JacksonException e) {
            String reason = SOURCE.matcher(e.getOriginalMessage()).replaceAll("");
            TokenStreamLocation at = e.getLocation(); // null where a limit of the parser is exceeded
            throw CommandFailure.data(file + ": must be JSON: " + reason
                    + (at == null ? "" : ": line=" + at.getLineNr() + " column=" + at.getColumnNr()));
        }
    }

    private static UniversalBatchedEntropyModel model(JsonNode json, CdfTables tables, CoderFormat format) {
        JsonNode what = json.path("what");
        if (what.isString() && !what.stringValue().startsWith(MODEL_CLASS)) {
            throw new IllegalArgumentException(
                    "the folder must be of a " + MODEL_CLASS + ": what=" + what.stringValue());
        }
        JsonNode arguments = json.path("arguments");
        if (!arguments.isMissingNode() && !arguments.isObject()) {
            throw wrong("arguments", "an object", arguments);
        }
        UniversalBatchedEntropyModel.Builder builder = UniversalBatchedEntropyModel.builder(tables, priorShape(json))
                .codingRank(integer("coding_rank", json.path("coding_rank")))
                .rangeCoderPrecision(tables.precision())
                .limits(NO_LIMIT_BUT_MEMORY)
                .coder(format);
        for (var argument : arguments.properties()) {
            String name = argument.getKey();
            JsonNode value = argument.getValue();
            switch (name) {
                case "num_noise_levels" -> builder.numNoiseLevels(integer(name, value));
                case "bottleneck_dtype" -> builder.bottleneckType(elementType(value));
                case "decode_sanity_check" -> builder.decodeSanityCheck(bool(name, value));
                case "range_coder_precision" -> requirePrecision(integer(name, value), tables);
                default -> {
                    if (!WITHOUT_EFFECT.contains(name)) {
                        throw new IllegalArgumentException(
                                "arguments must be constructor arguments of " + MODEL_CLASS + ": name=" + name);
                    }
                }
            }
        }
        return builder.build();
    }

    private static Shape priorShape(JsonNode json) {
        JsonNode node = json.path("prior_shape");
        if (!node.isArray()) {
            throw wrong("prior_shape", "a list of integers", node);
        }
        int[] dims = new int[node.size()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = integer("prior_shape", node.get(i));
        }
        return Shape.of(dims);
    }

    private static void requirePrecision(int precision, CdfTables tables) {
        if (precision != tables.precision()) {
            throw new IllegalArgumentException(
                    "range_coder_precision must be that of the tables: range_coder_precision=" + precision + " tables="
                            + tables.precision());
        }
    }

    private static ElementType elementType(JsonNode value) {
        if (!value.isString()) {
            throw wrong("bottleneck_dtype", "a string", value);
        }
        return ElementType.ofId(value.stringValue());
    }

    private static boolean bool(String field, JsonNode value) {
        if (!value.isBoolean()) {
            throw wrong(field, "true or false", value);
        }
        return value.booleanValue();
    }

    private static int integer(String field, JsonNode value) {
        if (!value.isInt()) {
            throw wrong(field, "a 32-bit integer", value);
        }
        return value.intValue();
    }

    private static IllegalArgumentException wrong(String field, String expected, JsonNode value) {
        String shown = value.isMissingNode() ? "missing" : value.toString();
        return new IllegalArgumentException("a field must be " + expected + ": field=" + field + " value="
                + (shown.length() > 60 ? shown.substring(0, 60) + "..." : shown));
    }
}
