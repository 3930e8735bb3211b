package io.github.uniquant;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a model as a map, and back. The keys are upstream's argument names; beside them stand what
 * upstream leaves to the program: the prior's family, the coder format and the dither, each by name.
 */
final class ModelConfig {
    private ModelConfig() {}

    private static final String CLASS_NAME = "class_name";

    static Map<String, Object> of(EntropyModel model) {
        Map<String, Object> config = shared(model);
        switch (model) {
            case UniversalBatchedEntropyModel universal -> {
                config.put("num_noise_levels", universal.numNoiseLevels());
                config.put("dither", ditherConfig(universal.dither()));
            }
            case ContinuousBatchedEntropyModel continuous -> {
                config.put("offset_heuristic", continuous.offsetHeuristic());
                config.put(
                        "quantization_offset", continuous.quantizationOffset().isPresent());
                config.put(
                        "cdf_shapes", List.of(model.cdf().length, model.tables().count()));
            }
            case ContinuousIndexedEntropyModel indexed ->
                config.put(
                        "channel_axis",
                        indexed.channelAxis().isPresent()
                                ? indexed.channelAxis().getAsInt()
                                : null);
            case LocationScaleIndexedEntropyModel locationScale -> config.put("num_scales", locationScale.numScales());
            case UniversalIndexedEntropyModel universal -> {
                config.put("num_noise_levels", universal.numNoiseLevels());
                config.put("dither", ditherConfig(universal.dither()));
            }
        }
        if (!(model instanceof UniversalBatchedEntropyModel)) {
            config.put(CLASS_NAME, model.getClass().getSimpleName());
        }
        return config;
    }

    private static Map<String, Object> shared(EntropyModel model) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("prior", model.hasPrior() ? priorConfig(model.prior()) : null);
        config.put("prior_shape", list(model.priorShape()));
        config.put("coding_rank", model.codingRank());
        config.put("compression", model.compression());
        config.put("laplace_tail_mass", model.laplaceTailMass());
        config.put("expected_grads", model.expectedGrads());
        config.put("tail_mass", model.tailMass());
        config.put("range_coder_precision", model.rangeCoderPrecision());
        config.put("bottleneck_dtype", model.bottleneckType().id());
        config.put("stateless", model.stateless());
        config.put("decode_sanity_check", model.decodeSanityCheck());
        config.put("coder", model.coder().id());
        return config;
    }

    private static Map<String, Object> priorConfig(Prior prior) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("family", prior.family());
        config.put("dtype", prior.type().id());
        config.put("options", prior.options());
        config.put("parameters", prior.parameters().stream().map(Variable::name).toList());
        return config;
    }

    private static Map<String, Object> ditherConfig(Dither dither) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("name", dither.name());
        if (dither instanceof Dither.Seeded seeded) {
            config.put("seed", seeded.seed());
            config.put("first_unit", seeded.firstUnit());
        }
        return config;
    }

    /** The class that a configuration is of; where it names none, {@link UniversalBatchedEntropyModel}. */
    static String className(Map<String, ?> config) {
        return config.get(CLASS_NAME) instanceof String name
                ? name
                : UniversalBatchedEntropyModel.class.getSimpleName();
    }

    /** The model of a configuration and its weights, which must be of this class. */
    static <M extends EntropyModel> M model(
            Class<M> type, Map<String, Object> config, List<Tensor> weights, DecodeLimits limits) {
        String name = className(config);
        if (type != EntropyModel.class && !type.getSimpleName().equals(name)) {
            throw new IllegalArgumentException("the configuration must be of the model's class: class_name=" + name
                    + " model=" + type.getSimpleName());
        }
        Fields fields = new Fields("model", config);
        return type.cast(
                switch (name) {
                    case "UniversalBatchedEntropyModel" -> universalBatched(fields, weights, limits);
                    case "ContinuousBatchedEntropyModel" -> continuousBatched(fields, weights, limits);
                    case "ContinuousIndexedEntropyModel" -> continuousIndexed(fields, weights, limits);
                    case "LocationScaleIndexedEntropyModel" -> locationScale(fields, weights, limits);
                    case "UniversalIndexedEntropyModel" -> universalIndexed(fields, weights, limits);
                    default ->
                        throw new IllegalArgumentException(
                                "the class of the model must be one that the library knows: class_name=" + name);
                });
    }

    private static UniversalBatchedEntropyModel universalBatched(
            Fields fields, List<Tensor> weights, DecodeLimits limits) {
        return shared(universalBatchedBuilder(fields, weights), fields, limits)
                .numNoiseLevels(fields.integer("num_noise_levels"))
                .dither(dither(new Fields("dither", fields.map("dither"))))
                .build();
    }

    private static UniversalBatchedEntropyModel.Builder universalBatchedBuilder(Fields fields, List<Tensor> weights) {
        if (fields.has("prior") && CoderFormat.ofId(fields.string("coder")) == CoderFormat.RANS_FREE) {
            Prior prior = checkedPrior(fields, weights, parameterCount(fields));
            return UniversalBatchedEntropyModel.builder(Objects.requireNonNull(prior));
        }
        State state = State.of(fields, weights, 0);
        return state.prior != null
                ? UniversalBatchedEntropyModel.builder(state.prior).tables(state.tables)
                : UniversalBatchedEntropyModel.builder(state.tables, state.priorShape);
    }

    private static ContinuousBatchedEntropyModel continuousBatched(
            Fields fields, List<Tensor> weights, DecodeLimits limits) {
        boolean hasOffset = fields.bool("quantization_offset");
        State state = State.of(fields, weights, hasOffset ? 1 : 0);
        int[] shapes = fields.ints("cdf_shapes");
        if (shapes.length != 2 || shapes[0] != state.tables.cdf().length || shapes[1] != state.tables.count()) {
            throw new IllegalArgumentException("cdf_shapes must be the lengths of cdf and cdf_offset: cdf_shapes="
                    + Arrays.toString(shapes) + " cdf=" + state.tables.cdf().length + " cdf_offset="
                    + state.tables.count());
        }
        ContinuousBatchedEntropyModel.Builder builder = state.prior != null
                ? ContinuousBatchedEntropyModel.builder(state.prior).tables(state.tables)
                : ContinuousBatchedEntropyModel.builder(state.tables, state.priorShape);
        return shared(builder, fields, limits)
                .offsetHeuristic(fields.bool("offset_heuristic"))
                .fixedOffset(hasOffset ? weights.get(weights.size() - 1) : null)
                .build();
    }

    private static ContinuousIndexedEntropyModel continuousIndexed(
            Fields fields, List<Tensor> weights, DecodeLimits limits) {
        State state = State.of(fields, weights, 0);
        ContinuousIndexedEntropyModel.Builder builder = state.prior != null
                ? ContinuousIndexedEntropyModel.builder(state.prior).tables(state.tables)
                : ContinuousIndexedEntropyModel.builder(state.tables, state.priorShape.toArray());
        shared(builder, fields, limits);
        return (fields.has("channel_axis")
                        ? builder.channelAxis(fields.integer("channel_axis"))
                        : builder.noChannelAxis())
                .build();
    }

    private static LocationScaleIndexedEntropyModel locationScale(
            Fields fields, List<Tensor> weights, DecodeLimits limits) {
        State state = State.of(fields, weights, 0);
        if (!state.priorShape.equals(Shape.of(fields.integer("num_scales")))) {
            throw new IllegalArgumentException("num_scales must be the one dimension of prior_shape: num_scales="
                    + fields.integer("num_scales") + " prior_shape=" + state.priorShape);
        }
        LocationScaleIndexedEntropyModel.Builder builder = state.prior != null
                ? LocationScaleIndexedEntropyModel.builder(state.prior).tables(state.tables)
                : LocationScaleIndexedEntropyModel.builder(state.tables);
        return shared(builder, fields, limits).build();
    }

    private static UniversalIndexedEntropyModel universalIndexed(
            Fields fields, List<Tensor> weights, DecodeLimits limits) {
        State state = State.of(fields, weights, 0);
        UniversalIndexedEntropyModel.Builder builder = state.prior != null
                ? UniversalIndexedEntropyModel.builder(state.prior).tables(state.tables)
                : UniversalIndexedEntropyModel.builder(state.tables, state.priorShape.toArray());
        return shared(builder, fields, limits)
                .numNoiseLevels(fields.integer("num_noise_levels"))
                .dither(dither(new Fields("dither", fields.map("dither"))))
                .build();
    }

    private static <B extends EntropyModel.Builder<B>> B shared(B builder, Fields fields, DecodeLimits limits) {
        return builder.codingRank(fields.integer("coding_rank"))
                .compression(fields.bool("compression"))
                .laplaceTailMass(fields.number("laplace_tail_mass"))
                .expectedGrads(fields.bool("expected_grads"))
                .tailMass(fields.number("tail_mass"))
                .rangeCoderPrecision(fields.integer("range_coder_precision"))
                .bottleneckType(ElementType.ofId(fields.string("bottleneck_dtype")))
                .stateless(fields.bool("stateless"))
                .decodeSanityCheck(fields.bool("decode_sanity_check"))
                .coder(CoderFormat.ofId(fields.string("coder")))
                .limits(limits);
    }

    /** What the weights hold: the prior's parameters, if the model has a prior, and the tables. */
    private record State(@Nullable Prior prior, Shape priorShape, CdfTables tables) {
        /** @param more weights behind the tables, which are not taken */
        static State of(Fields fields, List<Tensor> weights, int more) {
            int parameters = parameterCount(fields);
            Prior prior = checkedPrior(fields, weights, parameters + 2 + more);
            CdfTables tables = CdfTables.of(
                    weights.get(parameters).ints(), weights.get(parameters + 1).ints());
            return new State(prior, priorShapeOf(fields), tables);
        }
    }

    private static Shape priorShapeOf(Fields fields) {
        return Shape.of(fields.ints("prior_shape"));
    }

    private static int parameterCount(Fields fields) {
        Map<String, Object> config = fields.mapOrNull("prior");
        return config == null
                ? 0
                : new Fields("prior", config).strings("parameters").size();
    }

    /** The prior, of the first weights; null in a model of tables alone. Checks that there are so many weights. */
    private static @Nullable Prior checkedPrior(Fields fields, List<Tensor> weights, int variables) {
        if (weights.size() != variables) {
            throw new IllegalArgumentException("there must be one weight for each variable: weights=" + weights.size()
                    + " variables=" + variables);
        }
        Map<String, Object> config = fields.mapOrNull("prior");
        if (config == null) {
            return null;
        }
        Prior prior = restoredPrior(config, weights.subList(0, parameterCount(fields)));
        if (!prior.shape().equals(priorShapeOf(fields))) {
            throw new IllegalArgumentException("prior_shape must be the shape of the prior's parameters: prior_shape="
                    + priorShapeOf(fields) + " prior=" + prior.shape());
        }
        return prior;
    }

    private static Prior restoredPrior(Map<String, Object> config, List<Tensor> values) {
        Fields fields = new Fields("prior", config);
        List<String> names = fields.strings("parameters");
        List<Variable> parameters = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            parameters.add(new Variable(names.get(i), values.get(i)));
        }
        return Priors.of(
                fields.string("family"), ElementType.ofId(fields.string("dtype")), fields.map("options"), parameters);
    }

    private static Dither dither(Fields fields) {
        String name = fields.string("name");
        return switch (name) {
            case "tfc" -> Dither.tfc();
            case "seed" -> Dither.seed(fields.longInteger("seed"), fields.longInteger("first_unit"));
            default -> throw new IllegalArgumentException("the dither must be one of tfc, seed: name=" + name);
        };
    }

    private static List<Object> list(Shape shape) {
        List<Object> dims = new ArrayList<>();
        for (int dim : shape.toArray()) {
            dims.add(dim);
        }
        return dims;
    }

    /** Typed access to a map, with errors that name the field. */
    record Fields(String of, Map<String, Object> map) {
        private <T> T get(String name, Class<T> type) {
            Object value = map.get(name);
            if (!type.isInstance(value)) {
                throw wrong(name, type.getSimpleName(), value);
            }
            return type.cast(value);
        }

        private IllegalArgumentException wrong(String name, String expected, @Nullable Object value) {
            return new IllegalArgumentException("the " + of + " configuration must have a field of the expected kind:"
                    + " field=" + name + " expected=" + expected + " value=" + value);
        }

        boolean has(String name) {
            return map.get(name) != null;
        }

        boolean bool(String name) {
            return get(name, Boolean.class);
        }

        String string(String name) {
            return get(name, String.class);
        }

        double number(String name) {
            return get(name, Number.class).doubleValue();
        }

        long longInteger(String name) {
            Number number = get(name, Number.class);
            return switch (number) {
                case Byte _, Short _, Integer _, Long _ -> number.longValue();
                case BigInteger integer when integer.bitLength() < Long.SIZE -> integer.longValue();
                default -> throw wrong(name, "integer", number);
            };
        }

        int integer(String name) {
            long value = longInteger(name);
            if ((int) value != value) {
                throw wrong(name, "32-bit integer", value);
            }
            return (int) value;
        }

        int[] ints(String name) {
            List<?> values = get(name, List.class);
            int[] ints = new int[values.size()];
            for (int i = 0; i < ints.length; i++) {
                if (!(values.get(i) instanceof Number number) || number.intValue() != number.doubleValue()) {
                    throw wrong(name, "list of 32-bit integers", values);
                }
                ints[i] = number.intValue();
            }
            return ints;
        }

        List<String> strings(String name) {
            List<String> strings = new ArrayList<>();
            for (Object value : get(name, List.class)) {
                if (!(value instanceof String string)) {
                    throw wrong(name, "list of strings", value);
                }
                strings.add(string);
            }
            return strings;
        }

        @Nullable
        Map<String, Object> mapOrNull(String name) {
            return map.get(name) == null ? null : map(name);
        }

        @SuppressWarnings("unchecked") // keys of a configuration are strings; a foreign key is never looked up
        Map<String, Object> map(String name) {
            return (Map<String, Object>) get(name, Map.class);
        }
    }
}
