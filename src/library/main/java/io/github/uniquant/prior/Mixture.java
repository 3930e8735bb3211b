package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import io.github.uniquant.tensor.Shape;
import java.util.random.RandomGenerator;

/**
 * A mixture of shifted and scaled standard distributions, with the same number of components for each element.
 *
 * @param byComponent the parameters once more, one component's after the other's, as kernels want them
 */
record Mixture(
        Standard standard,
        Shape shape,
        int components,
        double[] loc,
        double[] scale,
        double[] weight,
        ByComponent byComponent)
        implements RunDistribution {
    /** Component c of element j is at {@code c * elements + j}. */
    record ByComponent(double[] loc, double[] scale, double[] weight) {}

    Mixture(Standard standard, Shape shape, int components, double[] loc, double[] scale, double[] weight) {
        this(
                standard,
                shape,
                components,
                loc,
                scale,
                weight,
                new ByComponent(
                        transposed(loc, components), transposed(scale, components), transposed(weight, components)));
    }

    private static double[] transposed(double[] values, int components) {
        int elements = values.length / components;
        double[] transposed = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            transposed[i % components * elements + i / components] = values[i];
        }
        return transposed;
    }

    @Override
    public void run(
            Quantity quantity, double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        int elements = loc.length / components;
        Parameters.checkRun(elements, x, xOffset, firstElement, count, out, outOffset);
        run(quantity, x, xOffset, 0, elements, firstElement, count, out, outOffset);
    }

    @Override
    public void points(
            Quantity quantity, int element, double[] x, int xOffset, int count, double[] out, int outOffset) {
        run(quantity, x, xOffset, element, 1, 0, count, out, outOffset);
    }

    private void run(
            Quantity quantity,
            double[] x,
            int xOffset,
            int from,
            int size,
            int firstElement,
            int count,
            double[] out,
            int outOffset) {
        KernelProvider.priorKernels((long) count * components)
                .mixture(
                        quantity,
                        standard.family(),
                        components,
                        x,
                        xOffset,
                        byComponent.loc,
                        byComponent.scale,
                        byComponent.weight,
                        from,
                        size,
                        firstElement,
                        count,
                        out,
                        outOffset);
    }

    @Override
    public double cdf(int element, double x) {
        double sum = 0;
        for (int c = element * components; c < (element + 1) * components; c++) {
            sum += weight[c] * standard.upper(-(x - loc[c]) / scale[c]);
        }
        return sum;
    }

    @Override
    public double survival(int element, double x) {
        double sum = 0;
        for (int c = element * components; c < (element + 1) * components; c++) {
            sum += weight[c] * standard.upper((x - loc[c]) / scale[c]);
        }
        return sum;
    }

    @Override
    public double logCdf(int element, double x) {
        return logSum(element, c -> standard.logUpper(-(x - loc[c]) / scale[c]));
    }

    @Override
    public double logSurvival(int element, double x) {
        return logSum(element, c -> standard.logUpper((x - loc[c]) / scale[c]));
    }

    @Override
    public double logDensity(int element, double x) {
        return logSum(element, c -> standard.logDensity((x - loc[c]) / scale[c]) - ExactMath.log(scale[c]));
    }

    /** The log of a term of each component. */
    interface LogTerm {
        double of(int component);
    }

    /** log of the weighted sum of terms given by their logs. */
    double logSum(int element, LogTerm term) {
        int first = element * components;
        double[] logs = new double[components];
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < components; c++) {
            logs[c] = term.of(first + c);
            if (weight[first + c] > 0) {
                max = Math.max(max, logs[c]);
            }
        }
        if (max == Double.NEGATIVE_INFINITY) {
            return max;
        }
        double sum = 0;
        for (int c = 0; c < components; c++) {
            sum += weight[first + c] > 0 ? weight[first + c] * ExactMath.exp(logs[c] - max) : 0;
        }
        return max + ExactMath.log(sum);
    }

    @Override
    public double quantile(int element, double p) {
        return p <= 0.5 ? below(element, p) : above(element, 1 - p);
    }

    /** The x with {@code cdf(x) = p}, for p up to 1/2: nearer to 1 a CDF is coarse, and weights may add up to less. */
    private double below(int element, double p) {
        double target = ExactMath.log(p);
        return RootSearch.increasing(x -> logCdf(element, x) - target, loc[element * components], 1);
    }

    @Override
    public double upperQuantile(int element, double p) {
        return p <= 0.5 ? above(element, p) : below(element, 1 - p);
    }

    private double above(int element, double p) {
        double target = ExactMath.log(p);
        return RootSearch.increasing(x -> target - logSurvival(element, x), loc[element * components], 1);
    }

    @Override
    public double sample(int element, RandomGenerator random) {
        double pick = random.nextDouble();
        int c = element * components;
        int last = c + components - 1;
        while (c < last && pick >= weight[c]) {
            pick -= weight[c++];
        }
        return loc[c] + scale[c] * standard.quantile(random.nextDouble(Double.MIN_NORMAL, 1));
    }
}
