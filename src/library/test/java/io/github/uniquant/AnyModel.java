package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * Any of the models with the side information that its methods take, so that one test holds for all of them. Indexes and
 * locations are functions of a tensor's shape.
 */
record AnyModel(EntropyModel model) {
    enum Kind {
        UNIVERSAL_BATCHED,
        CONTINUOUS_BATCHED,
        CONTINUOUS_INDEXED,
        LOCATION_SCALE,
        UNIVERSAL_INDEXED;

        /** Whether a model of this kind can have strings of a format. */
        boolean takes(CoderFormat format) {
            return format != CoderFormat.RANS_FREE || this == UNIVERSAL_BATCHED;
        }

        /** The formats that strings of a model of this kind can have. */
        Stream<CoderFormat> formats() {
            return Stream.of(CoderFormat.values()).filter(this::takes);
        }
    }

    private static final int LOCATIONS = 4;
    private static final int SCALES = 3;

    /** What a model is made of; indexed ones take no notice of the prior's shape. */
    record Options(Shape priorShape, int codingRank, CoderFormat format, Dither dither, ElementType type) {
        static Options of(CoderFormat format) {
            return new Options(Shape.of(3), 2, format, Dither.tfc(), ElementType.FLOAT32);
        }

        Options with(ElementType newType) {
            return new Options(priorShape, codingRank, format, dither, newType);
        }

        Options with(Dither newDither) {
            return new Options(priorShape, codingRank, format, newDither, type);
        }

        private <B extends EntropyModel.Builder<B>> B set(B builder) {
            return builder.codingRank(codingRank)
                    .compression(true)
                    .coder(format)
                    .bottleneckType(type);
        }
    }

    static AnyModel of(Kind kind, Options options) {
        return new AnyModel(
                switch (kind) {
                    case UNIVERSAL_BATCHED ->
                        options.set(UniversalBatchedEntropyModel.builder(batched(options.priorShape)))
                                .dither(options.dither)
                                .build();
                    case CONTINUOUS_BATCHED ->
                        options.set(ContinuousBatchedEntropyModel.builder(batched(options.priorShape)))
                                .build();
                    case CONTINUOUS_INDEXED ->
                        options.set(ContinuousIndexedEntropyModel.builder(AnyModel::normal, LOCATIONS, SCALES))
                                .build();
                    case LOCATION_SCALE ->
                        options.set(LocationScaleIndexedEntropyModel.builder(NoisyNormal::of, SCALES, AnyModel::scale))
                                .build();
                    case UNIVERSAL_INDEXED ->
                        options.set(UniversalIndexedEntropyModel.builder(AnyModel::normal, LOCATIONS, SCALES))
                                .dither(options.dither)
                                .build();
                });
    }

    private static Prior batched(Shape shape) {
        double[] loc = new double[(int) shape.elements()];
        double[] scale = new double[loc.length];
        Arrays.setAll(loc, i -> i * 1.3);
        Arrays.setAll(scale, i -> 0.3 + i);
        return NoisyNormal.of(shape, loc, scale);
    }

    private static Prior normal(Indexes indexes) {
        return NoisyNormal.of(indexes.map(i -> (i[0] - 1.5) * 1.25), indexes.map(i -> scale(i[1])));
    }

    private static double scale(double index) {
        return 0.3 + 2 * index;
    }

    // ---- side information

    /** Indexes of a tensor of this shape. */
    Tensor indexes(Shape shape) {
        int n = (int) shape.elements();
        if (model instanceof LocationScaleIndexedEntropyModel) {
            int[] indexes = new int[n];
            Arrays.setAll(indexes, i -> i * 7 % 5 % SCALES);
            return Tensor.of(shape, indexes);
        }
        float[] indexes = new float[2 * n];
        for (int i = 0; i < n; i++) {
            indexes[2 * i] = i * 5 % 7 % LOCATIONS;
            indexes[2 * i + 1] = i * 7 % 5 % SCALES;
        }
        return Tensor.of(shape.concat(Shape.of(2)), indexes);
    }

    /** Locations of a tensor of this shape. */
    Tensor loc(Shape shape) {
        double[] loc = new double[(int) shape.elements()];
        Arrays.setAll(loc, i -> 0.37 * (i % 11) - 2);
        return Tensor.of(shape, loc).to(model.bottleneckType());
    }

    /** A draw from the distributions of a tensor's elements. */
    Tensor draw(Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[(int) shape.elements()];
        Tensor indexes = indexes(shape);
        Tensor loc = loc(shape);
        for (int i = 0; i < values.length; i++) {
            int element = switch (model) {
                case BatchedEntropyModel batched -> i % batched.prior().size();
                case LocationScaleIndexedEntropyModel locationScale -> indexes.ints()[i];
                default -> Math.round(indexes.floats()[2 * i] * SCALES + indexes.floats()[2 * i + 1]);
            };
            values[i] = model.prior().base().sample(element, random);
            if (model instanceof LocationScaleIndexedEntropyModel) {
                values[i] += loc.get(i);
            }
        }
        return Tensor.of(shape, values).to(model.bottleneckType());
    }

    // ---- what all models do

    BitStrings compress(Tensor y) {
        Shape shape = y.shape();
        return switch (model) {
            case BatchedEntropyModel batched -> batched.compress(y);
            case LocationScaleIndexedEntropyModel about -> about.compress(y, indexes(shape), loc(shape));
            case IndexedEntropyModel indexed -> indexed.compress(y, indexes(shape));
        };
    }

    BitStrings compress(Tensor y, Executor executor, int parallelism) {
        Shape shape = y.shape();
        return switch (model) {
            case BatchedEntropyModel batched -> batched.compress(y, executor, parallelism);
            case LocationScaleIndexedEntropyModel about ->
                about.compress(y, indexes(shape), loc(shape), executor, parallelism);
            case IndexedEntropyModel indexed -> indexed.compress(y, indexes(shape), executor, parallelism);
        };
    }

    /** Decompresses to a tensor of this shape. */
    Tensor decompress(BitStrings strings, Shape shape) {
        return switch (model) {
            case BatchedEntropyModel batched -> batched.decompress(strings, broadcast(shape));
            case LocationScaleIndexedEntropyModel about -> about.decompress(strings, indexes(shape), loc(shape));
            case IndexedEntropyModel indexed -> indexed.decompress(strings, indexes(shape));
        };
    }

    Tensor decompress(BitStrings strings, Shape shape, Executor executor, int parallelism) {
        return switch (model) {
            case BatchedEntropyModel batched -> batched.decompress(strings, broadcast(shape), executor, parallelism);
            case LocationScaleIndexedEntropyModel about ->
                about.decompress(strings, indexes(shape), loc(shape), executor, parallelism);
            case IndexedEntropyModel indexed -> indexed.decompress(strings, indexes(shape), executor, parallelism);
        };
    }

    private Shape broadcast(Shape shape) {
        return shape.trailing(model.codingRank())
                .leading(model.codingRank() - model.priorShape().rank());
    }

    RateEstimate call(Tensor y, Training training) {
        Shape shape = y.shape();
        SplittableRandom random = new SplittableRandom(9);
        return switch (model) {
            case BatchedEntropyModel batched -> batched.call(y, training, random);
            case LocationScaleIndexedEntropyModel about -> about.call(y, indexes(shape), loc(shape), training, random);
            case IndexedEntropyModel indexed -> indexed.call(y, indexes(shape), training, random);
        };
    }

    /** The same perturbed tensor and bits, to the bit. */
    static void assertSameEstimate(RateEstimate estimate, RateEstimate expected) {
        assertThat(estimate.perturbed()).isEqualTo(expected.perturbed());
        assertThat(estimate.bits()).isEqualTo(expected.bits());
    }

    /** A tensor with zeros of one sign, which upstream's rounding does not give and its decoding does. */
    static Tensor withoutNegativeZeros(Tensor y) {
        double[] values = y.toDoubles();
        Arrays.setAll(values, i -> values[i] + 0.0);
        return Tensor.of(y.shape(), values).to(y.type());
    }
}
