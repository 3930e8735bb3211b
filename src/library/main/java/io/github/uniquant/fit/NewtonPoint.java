package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.Prior;

/**
 * The code length of data under a location-scale prior, and its first and second derivatives by {@code loc / scale} and
 * {@code log scale}.
 */
final class NewtonPoint {
    /** Below this share of P in the sum, a point has no say in the prior's parameters. */
    private static final double NEGLIGIBLE_SHARE = 1e-12;

    final Prior prior;
    final double loc;
    final double scale;

    /** The expected code length of all data. */
    final double nats;

    double byLoc;
    double byScale;
    double byLocLoc;
    double byLocScale;
    double byScaleScale;

    NewtonPoint(SmoothLength length, LocationScaleFamily family, double loc, double scale) {
        this.loc = loc;
        this.scale = scale;
        this.prior = family.prior(loc, scale);
        Quadrature data = length.data();
        double[] points = data.points();
        double[] logProb = new double[points.length];
        double[] shares = new double[points.length];
        this.nats = length.nats(prior, logProb, shares);
        BaseDistribution base = prior.base();
        double logScale = ExactMath.log(scale);
        for (int i = 0; i < points.length; i++) {
            if (shares[i] > NEGLIGIBLE_SHARE) {
                double a = (points[i] - 0.5 - loc) / scale;
                double b = (points[i] + 0.5 - loc) / scale;
                double densityA = ExactMath.exp(base.logDensity(0, points[i] - 0.5) + logScale - logProb[i]);
                double densityB = ExactMath.exp(base.logDensity(0, points[i] + 0.5) + logScale - logProb[i]);
                addDerivatives(family, a, b, densityA, densityB, shares[i], data.weights()[i]);
            }
        }
    }

    /**
     * Adds the derivatives of {@code -log(P + m E)}, whose constants do not matter here, with {@code P = c(b) - c(a)}, c the standard CDF.
     *
     * @param densityA the standard density at a, divided by P
     * @param densityB the standard density at b, divided by P
     * @param share P / (P + m E)
     */
    private void addDerivatives(
            LocationScaleFamily family,
            double a,
            double b,
            double densityA,
            double densityB,
            double share,
            double weight) {
        double slopeA = family.score(a) * densityA;
        double slopeB = family.score(b) * densityB;
        // The derivatives of -log P: the gradient is (g, h).
        double g = densityB - densityA;
        double h = b * densityB - a * densityA;
        double gg = g * g + (slopeB - slopeA);
        double gh = g * h - g + (b * slopeB - a * slopeA);
        double hh = h * h - h + (b * b * slopeB - a * a * slopeA);
        double scaled = weight * share;
        double rest = 1 - share;
        byLoc += scaled * g;
        byScale += scaled * h;
        byLocLoc += scaled * (gg - rest * g * g);
        byLocScale += scaled * (gh - rest * g * h);
        byScaleScale += scaled * (hh - rest * h * h);
    }
}
