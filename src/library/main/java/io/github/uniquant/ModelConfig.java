package io.github.uniquant;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
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

    static Map<String, Object> of(UniversalBatchedEntropyModel model) {
        Map<String, Object> config = shared(model, model.hasPrior() ? model.prior() : null, model.priorShape());
        config.put("num_noise_levels", model.numNoiseLevels());
        config.put("dither", ditherConfig(model.dither()));
        return config;
    }

    private static Map<String, Object> shared(EntropyModel model, @Nullable Prior prior, Shape priorShape) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("prior", prior == null ? null : priorConfig(prior));
        config.put("prior_shape", list(priorShape));
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

    static UniversalBatchedEntropyModel universalBatched(Map<String, Object> config, List<Tensor> weights) {
        Fields fields = new Fields("model", config);
        State state = State.of(fields, weights);
        UniversalBatchedEntropyModel.Builder builder;
        if (state.prior != null) {
            builder = UniversalBatchedEntropyModel.builder(state.prior);
            if (state.tables != null) {
                builder.tables(state.tables);
            }
        } else {
            builder = UniversalBatchedEntropyModel.builder(Objects.requireNonNull(state.tables), state.priorShape);
        }
        return shared(builder, fields)
                .numNoiseLevels(fields.integer("num_noise_levels"))
                .dither(dither(new Fields("dither", fields.map("dither"))))
                .build();
    }

    private static <B extends EntropyModel.Builder<B>> B shared(B builder, Fields fields) {
        return builder.codingRank(fields.integer("coding_rank"))
                .compression(fields.bool("compression"))
                .laplaceTailMass(fields.number("laplace_tail_mass"))
                .expectedGrads(fields.bool("expected_grads"))
                .tailMass(fields.number("tail_mass"))
                .rangeCoderPrecision(fields.integer("range_coder_precision"))
                .bottleneckType(ElementType.ofId(fields.string("bottleneck_dtype")))
                .stateless(fields.bool("stateless"))
                .decodeSanityCheck(fields.bool("decode_sanity_check"))
                .coder(CoderFormat.ofId(fields.string("coder")));
    }

    /** What the weights hold: the prior's parameters, if the model has a prior, and the tables, if its coder takes any. */
    private record State(
            @Nullable Prior prior,
            Shape priorShape,
            @Nullable CdfTables tables) {
        static State of(Fields fields, List<Tensor> weights) {
            Shape priorShape = Shape.of(fields.ints("prior_shape"));
            Map<String, Object> config = fields.mapOrNull("prior");
            int parameters = config == null
                    ? 0
                    : new Fields("prior", config).strings("parameters").size();
            boolean tableFree = config != null && CoderFormat.ofId(fields.string("coder")) == CoderFormat.RANS_FREE;
            int variables = tableFree ? parameters : parameters + 2;
            if (weights.size() != variables) {
                throw new IllegalArgumentException("there must be one weight for each variable: weights="
                        + weights.size() + " variables=" + variables);
            }
            Prior prior = config == null ? null : restoredPrior(config, weights.subList(0, parameters));
            if (prior != null && !prior.shape().equals(priorShape)) {
                throw new IllegalArgumentException(
                        "prior_shape must be the shape of the prior's parameters: prior_shape=" + priorShape + " prior="
                                + prior.shape());
            }
            CdfTables tables = tableFree
                    ? null
                    : CdfTables.of(
                            weights.get(parameters).ints(),
                            weights.get(parameters + 1).ints());
            return new State(prior, priorShape, tables);
        }
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
            if (number instanceof Double || number instanceof Float) {
                throw wrong(name, "integer", number);
            }
            return number.longValue();
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
