package io.github.uniquant.table;

import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.NoisyPrior;
import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Models of every family, and the hashes that their tables had when they were first built. Files and configurations keep
 * parameters and expect these very tables of them, so a hash never changes.
 */
public final class CommittedTables {
    private static final double TAIL = 0x1p-8;

    /**
     * A model.
     *
     * @param hash {@link CdfTables#hash()} of its tables
     * @param tables builds them
     */
    record Model(String name, long hash, Supplier<CdfTables> tables) {
        boolean isAsCommitted() {
            return tables.get().hash() == hash;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private final List<Model> models = new ArrayList<>();

    private CommittedTables() {}

    /** The names of all models whose tables are not those that were committed. */
    public static List<String> differing() {
        return models().stream()
                .filter(model -> !model.isAsCommitted())
                .map(Model::name)
                .toList();
    }

    static List<Model> models() {
        CommittedTables all = new CommittedTables();
        all.addLocationScale();
        all.addMixtures();
        all.addDeepFactorized();
        all.addAdapters();
        all.addOthers();
        return all.models;
    }

    private void add(
            String name, long hash, int levels, double tailMass, int precision, ElementType type, Prior prior) {
        models.add(new Model(name, hash, () -> CdfTableBuilder.build(prior, levels, tailMass, precision, type)));
    }

    // ---- parameters, by operations that every machine rounds alike

    /** {@code from} times the powers of a ratio. */
    private static double[] spread(int count, double from, double ratio) {
        double[] values = new double[count];
        double value = from;
        for (int i = 0; i < count; i++) {
            values[i] = value;
            value *= ratio;
        }
        return values;
    }

    /** Values on a coarse and then a finer grid, in (-reach, reach). */
    private static double[] locations(int count, double reach) {
        double[] values = new double[count];
        Arrays.setAll(values, i -> reach * ((i * 37 % 64 - 31.5) / 32));
        return values;
    }

    private static Tensor floats(double[] values) {
        return Tensor.of(Shape.of(values.length), values).to(ElementType.FLOAT32);
    }

    private static Tensor pairs(double... values) {
        return Tensor.of(Shape.of(values.length / 2, 2), values);
    }

    private static NoisyDeepFactorized deepFactorized(int channels, int... filters) {
        SplittableRandom random = new SplittableRandom(channels);
        NoisyDeepFactorized initial = NoisyDeepFactorized.initial(Shape.of(channels), filters, 4, random);
        List<Tensor> values = new ArrayList<>();
        for (Variable parameter : initial.parameters()) {
            double[] moved = parameter.value().doubles().clone();
            for (int i = 0; i < moved.length; i++) {
                moved[i] += random.nextDouble() - 0.5;
            }
            values.add(Tensor.of(parameter.value().shape(), moved));
        }
        return (NoisyDeepFactorized) initial.withParameters(values);
    }

    private void addLocationScale() {
        double[] zeros = new double[24];
        double[] wide = spread(24, 0.11, 1.319);
        double[] off = locations(24, 9);
        Shape shape = Shape.of(24);
        NoisyNormal normal = NoisyNormal.of(shape, zeros, wide);
        NoisyLogistic logistic = NoisyLogistic.of(shape, zeros, wide);
        NoisyLaplace laplace = NoisyLaplace.of(shape, zeros, wide);
        add("normal", 0x58f2876ccdacd469L, 15, TAIL, 12, ElementType.FLOAT32, normal);
        add(
                "normal off centre",
                0xad0189c3c778d2b7L,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyNormal.of(shape, off, wide));
        add(
                "normal of floats",
                0x7911086590e469b2L,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyNormal.of(floats(locations(24, 7.7)), floats(spread(24, 0.13, 1.3))));
        add("normal, 7 levels, halves", 0xeef57ec3e033d33eL, 7, TAIL, 14, ElementType.FLOAT16, normal);
        add(
                "normal, 10 levels, bfloats",
                0x7bad5b562bc3fd0eL,
                10,
                0.01,
                11,
                ElementType.BFLOAT16,
                NoisyNormal.of(shape, off, wide));
        add(
                "normal, 100 levels, doubles",
                0x11b603b577628c9eL,
                100,
                TAIL,
                13,
                ElementType.FLOAT64,
                NoisyNormal.of(Shape.of(2), new double[] {0.3, -4}, new double[] {0.02, 3}));
        add("normal, small tails", 0x11ff2bd156c33452L, 3, 1e-9, 16, ElementType.FLOAT32, normal);
        add("normal, large tails", 0xea37944df439d412L, 15, 0.5, 10, ElementType.FLOAT32, normal);
        add(
                "normal, narrow",
                0x40ada57658bd0d19L,
                15,
                TAIL,
                4,
                ElementType.FLOAT32,
                NoisyNormal.of(Shape.of(6), locations(6, 2), new double[] {1e-8, 1e-3, 0.01, 0.05, 0.1, 1e-300}));
        add(
                "normal, far",
                0xc14f604230389007L,
                15,
                TAIL,
                12,
                ElementType.FLOAT64,
                NoisyNormal.of(Shape.of(3), new double[] {1e6, -1e9, 12345.678}, new double[] {1, 0.2, 17}));
        add(
                "normal, 28,000 cells",
                0xaad72091a648c3a9L,
                1,
                TAIL,
                16,
                ElementType.FLOAT32,
                NoisyNormal.of(Shape.of(1), new double[] {0.4}, new double[] {5000}));
        add("normal, one level", 0x04c3047fabb331bdL, 1, TAIL, 12, ElementType.FLOAT32, normal);
        add("logistic", 0x40b7f46b95cd5805L, 15, TAIL, 12, ElementType.FLOAT32, logistic);
        add(
                "logistic, 16 levels, bfloats",
                0x9ea6b1988f7ac5c1L,
                16,
                TAIL,
                12,
                ElementType.BFLOAT16,
                NoisyLogistic.of(shape, off, wide));
        add(
                "logistic, 31 levels, precision 16",
                0xeb1f8eb29c911d8dL,
                31,
                1e-4,
                16,
                ElementType.FLOAT64,
                NoisyLogistic.of(floats(locations(5, 3)), floats(spread(5, 1e-8, 90))));
        add("Laplace", 0xdee1f7494913c01eL, 15, TAIL, 12, ElementType.FLOAT32, laplace);
        add(
                "Laplace, 5 levels, halves",
                0xe8b2f6f6473fcdceL,
                5,
                0.1,
                9,
                ElementType.FLOAT16,
                NoisyLaplace.of(Shape.of(16), locations(16, 40), spread(16, 0.11, 1.4)));
        add(
                "Laplace, 33 levels, precision 15",
                0xa67948f658c99caaL,
                33,
                1e-6,
                15,
                ElementType.FLOAT64,
                NoisyLaplace.of(floats(locations(4, 3)), floats(spread(4, 1e-8, 200))));
    }

    private void addMixtures() {
        Tensor loc = pairs(-3, 3, 0, 0.25, 20, -20, 0.5, 0.5);
        Tensor scale = pairs(0.1, 1, 2, 1e-8, 4, 9, 0.3, 30);
        Tensor weight = pairs(0.5, 0.5, 0.125, 0.875, 0.75, 0.25, 1, 0);
        add(
                "normal mixture",
                0xdccd858f77a377baL,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyNormalMixture.of(loc, scale, weight));
        add(
                "normal mixture, 4 levels, halves",
                0x5eb9cc90703c64b0L,
                4,
                0.02,
                16,
                ElementType.FLOAT16,
                NoisyNormalMixture.of(loc, scale, weight));
        add(
                "normal mixture of floats, one component",
                0x16336771c17d77f6L,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyNormalMixture.of(
                        Tensor.of(Shape.of(2, 1), 0.1f, -2.5f),
                        Tensor.of(Shape.of(2, 1), 0.7f, 11f),
                        Tensor.of(Shape.of(2, 1), 1f, 1f)));
        add(
                "logistic mixture",
                0xa9954a43c103b59bL,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyLogisticMixture.of(loc, scale, weight));
        add(
                "logistic mixture, 3 components",
                0x68c52187439c2353L,
                20,
                1e-3,
                13,
                ElementType.FLOAT64,
                NoisyLogisticMixture.of(
                        Tensor.of(Shape.of(1, 3), -5.0, 0.25, 7.0),
                        Tensor.of(Shape.of(1, 3), 0.4, 1.0, 2.0),
                        Tensor.of(Shape.of(1, 3), 0.25, 0.5, 0.25)));
    }

    private void addDeepFactorized() {
        add("deep factorized", 0x54c6b156d26334ebL, 15, TAIL, 12, ElementType.FLOAT32, deepFactorized(4, 3, 3));
        add(
                "deep factorized, no inner layer",
                0xcf5c167ad3627189L,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                deepFactorized(2));
        add(
                "deep factorized, one inner layer, halves",
                0x22e47970211ee84cL,
                7,
                TAIL,
                12,
                ElementType.FLOAT16,
                deepFactorized(3, 2));
        add(
                "deep factorized, three inner layers",
                0xe8f238903458757fL,
                3,
                1e-4,
                15,
                ElementType.FLOAT64,
                deepFactorized(2, 3, 4, 3));
        add(
                "deep factorized, initial",
                0x5aa62a9415979de3L,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyDeepFactorized.initial(Shape.of(2), new int[] {3, 3}, 10, new SplittableRandom(3)));
    }

    private void addAdapters() {
        NoisyNormal normal = NoisyNormal.of(Shape.of(5), locations(5, 3), spread(5, 0.11, 3));
        NoisyLaplace laplace = NoisyLaplace.of(Shape.of(5), locations(5, 3), spread(5, 0.11, 3));
        NoisyNormalMixture mixture =
                NoisyNormalMixture.of(pairs(-3, 3, 0, 0.25), pairs(0.1, 1, 2, 0.5), pairs(0.5, 0.5, 0.125, 0.875));
        add("rounded normal", 0x01415d19a935bd0bL, 15, TAIL, 12, ElementType.FLOAT32, NoisyRounded.of(normal));
        add(
                "rounded deep factorized",
                0xa4b0b48233e4918eL,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyRounded.of(deepFactorized(2, 3, 3)));
        add("rounded mixture", 0x8d852d922a1498c3L, 6, TAIL, 12, ElementType.FLOAT64, NoisyRounded.of(mixture));
        add(
                "soft-rounded normal",
                0xdaabe0970a45ecabL,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyRounded.soft(normal, 5));
        add(
                "soft-rounded Laplace, alpha 0",
                0x8bdf08f4d02c7e21L,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyRounded.soft(laplace, 0));
        add(
                "soft-rounded logistic, alpha 30",
                0x4f9dd7dbff249353L,
                7,
                TAIL,
                14,
                ElementType.BFLOAT16,
                NoisyRounded.soft(NoisyLogistic.of(Shape.of(5), locations(5, 3), spread(5, 0.11, 3)), 30));
        add(
                "soft-rounded deep factorized",
                0x114eab4f67cb0de0L,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyRounded.soft(deepFactorized(2, 3, 3), 2));
    }

    private void addOthers() {
        NoisyNormal normal = NoisyNormal.of(Shape.of(8), locations(8, 3), spread(8, 0.11, 2));
        BaseDistribution base = normal.base();
        add(
                "a distribution of the user's own",
                0x471dd2281ca20406L,
                15,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyPrior.of(base));
        add(
                "a user's mixture",
                0x54485dc91b2b53efL,
                5,
                0.01,
                12,
                ElementType.FLOAT64,
                NoisyPrior.of(NoisyLogisticMixture.of(pairs(-3, 3, 0, 1), pairs(0.1, 1, 2, 0.5), pairs(1, 0, 0.5, 0.5))
                        .base()));
        add(
                "1,000 levels",
                0x819503104d688164L,
                1000,
                TAIL,
                12,
                ElementType.FLOAT32,
                NoisyNormal.of(Shape.of(1), new double[] {0.2}, new double[] {0.7}));
        add(
                "precision 1",
                0xc594d9e624ee3a97L,
                1,
                0.9,
                1,
                ElementType.FLOAT32,
                NoisyNormal.of(Shape.of(1), new double[] {0}, new double[] {Double.MIN_VALUE}));
        models.add(new Model(
                "an offset for each element",
                0x57d690ebbe0ead00L,
                () -> CdfTableBuilder.build(
                        normal, new double[] {0, 0.5, -0.5, 0.1, 0.2, -0.3, 0.49, 1e-9}, TAIL, 12)));
    }
}
