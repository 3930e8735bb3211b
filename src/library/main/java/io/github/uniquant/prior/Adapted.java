package io.github.uniquant.prior;

import io.github.uniquant.tensor.Shape;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A monotone map of a base variable: its CDF is that of the base at the map's inverse. The map is rounding, or soft
 * rounding of a given alpha.
 *
 * @param alpha soft rounding's alpha; null for rounding
 */
record Adapted(BaseDistribution inner, @Nullable Double alpha) implements BaseDistribution {
    double transform(double x) {
        return alpha == null ? Math.rint(x) : SoftRound.softRound(x, alpha);
    }

    private double inverse(double y) {
        return alpha == null ? Math.ceil(y) - 0.5 : SoftRound.softRoundInverse(y, alpha);
    }

    @Override
    public Shape shape() {
        return inner.shape();
    }

    @Override
    public double cdf(int element, double x) {
        return inner.cdf(element, inverse(x));
    }

    @Override
    public double survival(int element, double x) {
        return inner.survival(element, inverse(x));
    }

    @Override
    public double logCdf(int element, double x) {
        return inner.logCdf(element, inverse(x));
    }

    @Override
    public double logSurvival(int element, double x) {
        return inner.logSurvival(element, inverse(x));
    }

    /** Not defined: a rounded variable has no density, and a soft-rounded one's is unbounded for large alpha. */
    @Override
    public double logDensity(int element, double x) {
        throw new UnsupportedOperationException("a rounded variable has no density");
    }

    @Override
    public double quantile(int element, double p) {
        return transform(inner.quantile(element, p));
    }

    @Override
    public double upperQuantile(int element, double p) {
        return transform(inner.upperQuantile(element, p));
    }

    @Override
    public double sample(int element, RandomGenerator random) {
        return transform(inner.sample(element, random));
    }
}
