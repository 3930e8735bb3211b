package io.github.uniquant.table;

import io.github.uniquant.internal.kernel.ExactMath;
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
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/**
 * Prints two hashes of many results that must have the same bits everywhere: those that tables depend on, which are for
 * ever, and estimates. Run by {@code ReproducibilityTest} in JVMs of other modes.
 */
public final class ReproducibleNumbers {
    private static final int POINTS = 2000;
    private static final long ODD = 0x9E3779B97F4A7C15L;

    private long hash;

    private ReproducibleNumbers() {}

    public static void main(String[] args) {
        System.out.println(new ReproducibleNumbers().all());
    }

    static String hash() {
        return new ReproducibleNumbers().all();
    }

    private void add(long value) {
        hash = Long.rotateLeft((hash ^ value) * ODD, 29);
    }

    private void add(double value) {
        add(Double.doubleToLongBits(value));
    }

    /** The i-th of a fixed sequence of points in [0, 1). */
    private static double point(int i) {
        return (i * ODD >>> 11) * 0x1p-53;
    }

    private void add(DoubleUnaryOperator f, double low, double high) {
        for (int i = 0; i < POINTS; i++) {
            add(f.applyAsDouble(low + (high - low) * point(i)));
        }
    }

    private String all() {
        add(ExactMath::exp, -746, 710);
        add(ExactMath::expm1, -5, 5);
        add(ExactMath::log, 0, 10);
        add(ExactMath::log2, 0, 10);
        add(ExactMath::log1p, -1, 10);
        add(ExactMath::log1mExp, 0, 50);
        add(ExactMath::tanh, -4, 4);
        add(ExactMath::atanh, -1, 1);
        add(ExactMath::logistic, -40, 40);
        add(ExactMath::softplus, -40, 40);
        add(ExactMath::normalCdf, -39, 9);
        add(ExactMath::logNormalSurvival, -9, 1000);
        add(ExactMath::normalUpperQuantile, 1e-9, 0.5);
        for (Prior prior : priors()) {
            for (int i = 0; i < 200; i++) {
                double y = 60 * point(i) - 30;
                add(prior.prob(i % prior.size(), y));
            }
            for (int element = 0; element < prior.size(); element++) {
                add(prior.quantizationOffset(element));
            }
            for (ElementType type : List.of(ElementType.FLOAT32, ElementType.BFLOAT16)) {
                CdfTables tables = CdfTableBuilder.build(prior, 7, 0x1p-8, 12, type);
                for (int[] values : List.of(tables.cdf(), tables.cdfOffset())) {
                    for (int value : values) {
                        add((long) value);
                    }
                }
            }
        }
        String format = Long.toHexString(hash);
        hash = 0;
        for (Prior prior : priors()) {
            for (int i = 0; i < 200; i++) {
                add(prior.logProb(i % prior.size(), 6000 * point(i) - 3000));
            }
        }
        return format + " " + Long.toHexString(hash);
    }

    private static List<Prior> priors() {
        Shape shape = Shape.of(3);
        Shape components = Shape.of(3, 2);
        double[] loc = {0.3, -7.125, 0};
        double[] scale = {0.11, 1.7, 40};
        double[] locs = {-3, 2, 0.1, 0.2, 5, -5};
        double[] scales = {1, 2, 0.3, 4, 1e-3, 1e-8};
        double[] weights = {0.5, 0.5, 0.25, 0.75, 0.125, 0.875};
        List<Prior> priors = new ArrayList<>();
        priors.add(NoisyNormal.of(shape, loc, scale));
        priors.add(NoisyLogistic.of(shape, loc, scale));
        priors.add(NoisyLaplace.of(shape, loc, scale));
        priors.add(NoisyRounded.of(priors.getFirst()));
        priors.add(NoisyRounded.soft(priors.getFirst(), 5));
        priors.add(NoisyNormalMixture.of(
                Tensor.of(components, locs), Tensor.of(components, scales), Tensor.of(components, weights)));
        priors.add(NoisyLogisticMixture.of(
                Tensor.of(components, locs), Tensor.of(components, scales), Tensor.of(components, weights)));
        priors.add(deepFactorized());
        return priors;
    }

    private static Prior deepFactorized() {
        NoisyDeepFactorized initial =
                NoisyDeepFactorized.initial(Shape.of(2), new int[] {3, 3}, 4, new SplittableRandom(1));
        List<Tensor> values = new ArrayList<>();
        int i = 0;
        for (Variable parameter : initial.parameters()) {
            double[] moved = new double[parameter.value().size()];
            for (int j = 0; j < moved.length; j++) {
                moved[j] = 2 * point(i++) - 1;
            }
            values.add(Tensor.of(parameter.value().shape(), moved));
        }
        return initial.withParameters(values);
    }
}
