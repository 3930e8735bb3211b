package io.github.uniquant;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * A model and a tensor for it.
 *
 * @param broadcast the part of the shape between the batch and the prior's
 */
public record ModelCase(UniversalBatchedEntropyModel model, Shape broadcast, Tensor values, Data data) {
    /** Every family of priors. */
    enum Family {
        NORMAL,
        LOGISTIC,
        LAPLACE,
        NORMAL_MIXTURE,
        LOGISTIC_MIXTURE,
        DEEP_FACTORIZED,
        ROUNDED_NORMAL,
        SOFT_ROUNDED_NORMAL,
        ROUNDED_DEEP_FACTORIZED,
        SOFT_ROUNDED_DEEP_FACTORIZED;

        Prior of(Shape shape, SplittableRandom random) {
            return switch (this) {
                case NORMAL -> NoisyNormal.of(locations(shape, random), scales(shape, random));
                case LOGISTIC -> NoisyLogistic.of(locations(shape, random), scales(shape, random));
                case LAPLACE -> NoisyLaplace.of(locations(shape, random), scales(shape, random));
                case NORMAL_MIXTURE -> {
                    Shape components = shape.concat(Shape.of(3));
                    yield NoisyNormalMixture.of(
                            locations(components, random), scales(components, random), weights(components));
                }
                case LOGISTIC_MIXTURE -> {
                    Shape components = shape.concat(Shape.of(2));
                    yield NoisyLogisticMixture.of(
                            locations(components, random), scales(components, random), weights(components));
                }
                case DEEP_FACTORIZED ->
                    NoisyDeepFactorized.initial(
                            shape, random.nextBoolean() ? new int[] {3, 3} : new int[] {2}, 10, random);
                case ROUNDED_NORMAL -> NoisyRounded.of(NORMAL.of(shape, random));
                case SOFT_ROUNDED_NORMAL -> NoisyRounded.soft(NORMAL.of(shape, random), 1 + random.nextInt(8));
                case ROUNDED_DEEP_FACTORIZED -> NoisyRounded.of(DEEP_FACTORIZED.of(shape, random));
                case SOFT_ROUNDED_DEEP_FACTORIZED ->
                    NoisyRounded.soft(DEEP_FACTORIZED.of(shape, random), 1 + random.nextInt(8));
            };
        }

        private static Tensor locations(Shape shape, SplittableRandom random) {
            return tensor(shape, () -> 8 * random.nextDouble() - 4);
        }

        /** From 1e-8, a unit box with the noise, to 20. */
        private static Tensor scales(Shape shape, SplittableRandom random) {
            return tensor(shape, () -> random.nextInt(10) == 0 ? 1e-8 : 0.01 * Math.pow(2000, random.nextDouble()));
        }

        private static Tensor weights(Shape shape) {
            int components = shape.dim(shape.rank() - 1);
            return tensor(shape, () -> 1.0 / components);
        }

        private static Tensor tensor(Shape shape, DoubleSupplier values) {
            double[] array = new double[(int) shape.elements()];
            Arrays.setAll(array, i -> values.getAsDouble());
            return Tensor.of(shape, array);
        }
    }

    /** What a tensor holds. */
    enum Data {
        /** Draws of the prior. */
        DRAWN,
        /** Draws of the prior, and values far outside its tables, up to what the type and an int32 can hold. */
        OUTLIERS,
        /** Values that differ from an integer by half, or from a noise offset by half an integer. */
        HALF_INTEGERS
    }

    record Numbers(int numNoiseLevels, int precision, double tailMass, long seed) {}

    record Shapes(Shape batch, Shape broadcast, Shape prior) {
        static Shapes of(int[] batch, int[] broadcast, int[] prior) {
            return new Shapes(Shape.of(batch), Shape.of(broadcast), Shape.of(prior));
        }
    }

    static ModelCase of(
            Family family,
            Shapes shapes,
            Numbers numbers,
            ElementType type,
            Dither dither,
            CoderFormat format,
            Data data) {
        SplittableRandom random = new SplittableRandom(numbers.seed);
        Prior prior = family.of(shapes.prior, random);
        UniversalBatchedEntropyModel model = model(prior, shapes, numbers, type, dither, format);
        Shape shape = shapes.batch.concat(shapes.broadcast).concat(shapes.prior);
        double[] values = new double[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            double drawn = prior.sample(i % prior.size(), random);
            double value = switch (data) {
                case DRAWN -> drawn;
                case OUTLIERS -> random.nextInt(30) == 0 ? outlier(type, random) : drawn;
                case HALF_INTEGERS ->
                    Math.rint(drawn) + 0.5 + (random.nextBoolean() ? 0 : (1.0 + random.nextInt(15)) / 16 - 0.5);
            };
            double largest = largest(type);
            values[i] = Math.clamp(value, -largest, largest);
        }
        return new ModelCase(model, shapes.broadcast, Tensor.of(shape, values).to(type), data);
    }

    /** A model of this precision or, where its tables need more, of the least that has room for them. */
    private static UniversalBatchedEntropyModel model(
            Prior prior, Shapes shapes, Numbers numbers, ElementType type, Dither dither, CoderFormat format) {
        for (int precision = numbers.precision; ; precision++) {
            try {
                return UniversalBatchedEntropyModel.builder(prior)
                        .codingRank(shapes.broadcast.rank() + shapes.prior.rank())
                        .compression(true)
                        .numNoiseLevels(numbers.numNoiseLevels)
                        .rangeCoderPrecision(precision)
                        .tailMass(numbers.tailMass)
                        .bottleneckType(type)
                        .dither(dither)
                        .coder(format)
                        .build();
            } catch (IllegalArgumentException e) {
                if (precision == 16 || !String.valueOf(e.getMessage()).contains("precision of at least")) {
                    throw e;
                }
            }
        }
    }

    /** The largest magnitude whose symbol the type, or an int32, holds, with a margin. */
    private static double largest(ElementType type) {
        return switch (type) {
            case FLOAT16 -> 2000;
            case BFLOAT16 -> 250;
            default -> 2.1e9;
        };
    }

    private static double outlier(ElementType type, SplittableRandom random) {
        double magnitude = Math.pow(largest(type), random.nextDouble());
        return random.nextBoolean() ? magnitude : -magnitude;
    }

    /** Elements of one coding unit. */
    int unitElements() {
        return (int) values.shape().trailing(model.codingRank()).elements();
    }

    int units() {
        return (int) values.shape()
                .leading(values.shape().rank() - model.codingRank())
                .elements();
    }

    /** The distance from y to the next value of the type, at |y| + 1. */
    static double ulp(double y, ElementType type) {
        double at = Math.abs(y) + 1;
        return switch (type) {
            case FLOAT16 -> Math.scalb(1.0, Math.getExponent(at) - 10);
            case BFLOAT16 -> Math.scalb(1.0, Math.getExponent(at) - 7);
            case FLOAT32 -> Math.ulp((float) at);
            default -> Math.ulp(at);
        };
    }

    @Override
    public String toString() {
        return "ModelCase[prior=" + model.prior().family() + ", shape=" + values.shape() + ", priorShape="
                + model.priorShape() + ", codingRank=" + model.codingRank() + ", type="
                + model.bottleneckType().id() + ", numNoiseLevels=" + model.numNoiseLevels() + ", tailMass="
                + model.tailMass() + ", dither=" + model.dither() + ", format="
                + model.coder().id() + ", tables=" + model.tables() + ", data=" + data + "]";
    }
}
