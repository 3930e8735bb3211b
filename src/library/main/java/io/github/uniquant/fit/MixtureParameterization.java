package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;

/**
 * Mixtures of n components as a function of 3 n variables: of each component {@code (loc - centre) / unit}, centre and unit
 * those where it starts, then of each {@code log(scale - leastScale)}, then of each the logarithm of its weight, up to a
 * constant.
 */
final class MixtureParameterization implements Parameterization {
    /** Larger logarithms of scales are cut to this one: e^40 is far beyond the widest data. */
    private static final double LARGEST_LOG_SCALE = 40;

    private final LocationScaleFamily family;
    private final double[] centres;
    private final double[] units;
    private final double[] leastScales;

    /**
     * @param loc of each component: where it starts
     * @param scale likewise
     * @param leastScales of each component: how narrow it may become where it starts. The likelihood of a component that
     *     shrinks to what a cell of the data was drawn together to would mean nothing.
     */
    MixtureParameterization(LocationScaleFamily family, double[] loc, double[] scale, double[] leastScales) {
        this.family = family;
        this.centres = loc.clone();
        this.units = scale.clone();
        this.leastScales = leastScales.clone();
        for (int c = 0; c < units.length; c++) {
            units[c] = Math.max(units[c], leastScales[c]);
        }
    }

    /** The components where they start, of equal weight. Those at their least scale begin a little above it. */
    double[] startPoint() {
        int n = leastScales.length;
        double[] x = new double[3 * n];
        for (int c = 0; c < n; c++) {
            x[n + c] = ExactMath.log(Math.max(units[c] - leastScales[c], leastScales[c] / 8));
        }
        return x;
    }

    @Override
    public Prior prior(double[] x) {
        int n = leastScales.length;
        double[] loc = new double[n];
        double[] scale = new double[n];
        for (int c = 0; c < n; c++) {
            loc[c] = centres[c] + units[c] * x[c];
            scale[c] = leastScales[c] + ExactMath.exp(Math.min(x[n + c], LARGEST_LOG_SCALE));
        }
        return mixture(loc, scale, weights(x));
    }

    private Prior mixture(double[] loc, double[] scale, double[] weight) {
        Shape shape = Shape.of(loc.length);
        Tensor locs = Tensor.of(shape, loc);
        Tensor scales = Tensor.of(shape, scale);
        Tensor weights = Tensor.of(shape, weight);
        return switch (family) {
            case NORMAL -> NoisyNormalMixture.of(locs, scales, weights);
            case LOGISTIC -> NoisyLogisticMixture.of(locs, scales, weights);
            case LAPLACE -> throw new AssertionError("there are no mixtures of " + family);
        };
    }

    private double[] weights(double[] x) {
        int n = leastScales.length;
        double most = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < n; c++) {
            most = Math.max(most, x[2 * n + c]);
        }
        double[] weights = new double[n];
        double sum = 0;
        for (int c = 0; c < n; c++) {
            weights[c] = ExactMath.exp(x[2 * n + c] - most);
            sum += weights[c];
        }
        for (int c = 0; c < n; c++) {
            weights[c] /= sum;
        }
        return weights;
    }

    @Override
    public void chain(double[] x, double[][] byParameter, double[] byX) {
        int n = leastScales.length;
        double[] weights = weights(x);
        double mean = 0;
        for (int c = 0; c < n; c++) {
            mean += weights[c] * byParameter[2][c];
        }
        for (int c = 0; c < n; c++) {
            byX[c] = units[c] * byParameter[0][c];
            byX[n + c] = x[n + c] > LARGEST_LOG_SCALE ? 0 : ExactMath.exp(x[n + c]) * byParameter[1][c];
            byX[2 * n + c] = weights[c] * (byParameter[2][c] - mean);
        }
    }

    /** The same mixture with its components in ascending order of their locations. */
    Prior sorted(Prior mixture) {
        double[] loc = mixture.parameters().get(0).value().doubles();
        double[] scale = mixture.parameters().get(1).value().doubles();
        double[] weight = mixture.parameters().get(2).value().doubles();
        for (int i = 1; i < loc.length; i++) {
            for (int c = i; c > 0 && loc[c] < loc[c - 1]; c--) {
                swap(loc, c);
                swap(scale, c);
                swap(weight, c);
            }
        }
        return mixture(loc, scale, weight);
    }

    private static void swap(double[] values, int c) {
        double value = values[c];
        values[c] = values[c - 1];
        values[c - 1] = value;
    }
}
