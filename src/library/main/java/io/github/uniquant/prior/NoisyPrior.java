package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.List;

/**
 * Additive uniform noise on any base distribution, such as one of the user's own, by differences of its CDF or, right of
 * the median, of its survival function. It has no parameters that the library knows of; models of such priors are stored
 * by their tables.
 */
public final class NoisyPrior implements Prior {
    private static final int[] NO_PARAMETERS = {};

    private final BaseDistribution base;

    private NoisyPrior(BaseDistribution base) {
        this.base = base;
    }

    /** The noisy form of a distribution. */
    public static NoisyPrior of(BaseDistribution base) {
        return new NoisyPrior(base);
    }

    @Override
    public Shape shape() {
        return base.shape();
    }

    @Override
    public int eventRank() {
        return base.eventRank();
    }

    @Override
    public ElementType type() {
        return ElementType.FLOAT64;
    }

    @Override
    public String family() {
        return "user";
    }

    @Override
    public List<Variable> parameters() {
        return List.of();
    }

    @Override
    public Prior withParameters(List<Tensor> values) {
        Parameters.checkReplacement(List.of(), values);
        return this;
    }

    @Override
    public BaseDistribution base() {
        return base;
    }

    @Override
    public double prob(int element, double y) {
        return prob(base, element, y);
    }

    @Override
    public double logProb(int element, double y) {
        return logProb(base, element, y);
    }

    /**
     * By the densities of the base at {@code y + 1/2} and {@code y - 1/2}; there are no parameters.
     *
     * @throws UnsupportedOperationException if the base has no density
     */
    @Override
    public void logProbGradients(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients) {
        Parameters.checkGradients(
                size(),
                y,
                yOffset,
                firstElement,
                count,
                weights,
                weightsOffset,
                dy,
                dyOffset,
                parameterGradients,
                NO_PARAMETERS);
        int size = size();
        int element = firstElement;
        for (int i = 0; i < count; i++) {
            double value = y[yOffset + i];
            double logProb = logProb(base, element, value);
            double above = logDensity(element, value + 0.5);
            double below = logDensity(element, value - 0.5);
            double weight = weights[weightsOffset + i];
            // Where there is no mass at all there is no slope either.
            double slope = logProb == Double.NEGATIVE_INFINITY
                    ? 0
                    : ExactMath.exp(above - logProb) - ExactMath.exp(below - logProb);
            dy[dyOffset + i] = weight * Math.min(Math.max(slope, -Double.MAX_VALUE), Double.MAX_VALUE);
            element = element + 1 == size ? 0 : element + 1;
        }
    }

    private double logDensity(int element, double x) {
        try {
            return base.logDensity(element, x);
        } catch (UnsupportedOperationException e) {
            throw new UnsupportedOperationException(
                    "the base distribution must have a density for gradients: element=" + element + " x=" + x, e);
        }
    }

    /** The median less its nearest integer. */
    @Override
    public double quantizationOffset(int element) {
        double median = base.quantile(element, 0.5);
        return median - Math.rint(median);
    }

    /** {@code c(y + 1/2) - c(y - 1/2)}, by survival functions where those are smaller. */
    static double prob(BaseDistribution base, int element, double y) {
        double survival = base.survival(element, y + 0.5);
        double cdf = base.cdf(element, y + 0.5);
        return survival < cdf ? base.survival(element, y - 0.5) - survival : cdf - base.cdf(element, y - 0.5);
    }

    /** The logarithm of {@link #prob}, as {@code big + log(1 - exp(small - big))}. */
    static double logProb(BaseDistribution base, int element, double y) {
        double logSurvival = base.logSurvival(element, y + 0.5);
        double logCdf = base.logCdf(element, y + 0.5);
        boolean right = logSurvival < logCdf;
        double big = right ? base.logSurvival(element, y - 0.5) : logCdf;
        double small = right ? logSurvival : base.logCdf(element, y - 0.5);
        return big == Double.NEGATIVE_INFINITY ? big : big + ExactMath.log1mExp(Math.max(big - small, 0));
    }

    @Override
    public String toString() {
        return "NoisyPrior[base=" + base + "]";
    }
}
