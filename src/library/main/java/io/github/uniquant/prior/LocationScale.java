package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import io.github.uniquant.tensor.Shape;
import java.util.random.RandomGenerator;

/** A standard distribution, shifted and scaled per element. */
record LocationScale(Standard standard, Shape shape, double[] loc, double[] scale) implements RunDistribution {
    private double z(int element, double x) {
        return (x - loc[element]) / scale[element];
    }

    @Override
    public double cdf(int element, double x) {
        return standard.upper(-z(element, x));
    }

    @Override
    public double survival(int element, double x) {
        return standard.upper(z(element, x));
    }

    @Override
    public double logCdf(int element, double x) {
        return standard.logUpper(-z(element, x));
    }

    @Override
    public double logSurvival(int element, double x) {
        return standard.logUpper(z(element, x));
    }

    @Override
    public double logDensity(int element, double x) {
        return standard.logDensity(z(element, x)) - ExactMath.log(scale[element]);
    }

    @Override
    public void run(
            Quantity quantity, double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        Parameters.checkRun(loc.length, x, xOffset, firstElement, count, out, outOffset);
        KernelProvider.priorKernels(count)
                .locationScale(
                        quantity,
                        standard.family(),
                        x,
                        xOffset,
                        loc,
                        scale,
                        0,
                        loc.length,
                        firstElement,
                        count,
                        out,
                        outOffset);
    }

    @Override
    public void points(
            Quantity quantity, int element, double[] x, int xOffset, int count, double[] out, int outOffset) {
        KernelProvider.priorKernels(count)
                .locationScale(
                        quantity, standard.family(), x, xOffset, loc, scale, element, 1, 0, count, out, outOffset);
    }

    @Override
    public double quantile(int element, double p) {
        return loc[element] - scale[element] * standard.quantile(p);
    }

    @Override
    public double upperQuantile(int element, double p) {
        return loc[element] + scale[element] * standard.quantile(p);
    }

    @Override
    public double sample(int element, RandomGenerator random) {
        return upperQuantile(element, random.nextDouble(Double.MIN_NORMAL, 1));
    }
}
