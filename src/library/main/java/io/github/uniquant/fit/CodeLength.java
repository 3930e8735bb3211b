package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;

/**
 * The expected code length, in nats, of dithered data under the noisy prior of one element, and its first and second
 * derivatives by {@code loc / scale} and {@code log scale}.
 *
 * <p>A point t costs {@code -log(P(t) + m E(t))}: P is the prior's density, m the usual tail mass, and {@code E(t) = 1 / (4
 * (1 + d^2))}, d the distance of t from the data's median, what an escape's gamma code gives to a symbol so far out. So an
 * outlier costs what coding it costs, and not the square of its distance.
 */
final class CodeLength {
    private static final double ESCAPE_MASS = 0x1p-8;

    /** Below this share of P in the sum, a point has no say in the prior's parameters. */
    private static final double NEGLIGIBLE_SHARE = 1e-12;

    final double loc;
    final double scale;

    /** The expected code length of all data. */
    double nats;

    double byLoc;
    double byScale;
    double byLocLoc;
    double byLocScale;
    double byScaleScale;

    private CodeLength(double loc, double scale) {
        this.loc = loc;
        this.scale = scale;
    }

    /** The code length of the data under the prior of a family with these parameters. */
    static CodeLength of(NoisyData data, double median, Family family, double loc, double scale) {
        Prior prior = family.prior(Tensor.of(Shape.scalar(), loc), Tensor.of(Shape.scalar(), scale));
        CodeLength length = new CodeLength(loc, scale);
        double logScale = ExactMath.log(scale);
        for (int i = 0; i < data.size(); i++) {
            double t = data.point(i);
            double logProb = prior.logProb(0, t);
            double prob = ExactMath.exp(logProb);
            double d = t - median;
            double sum = prob + ESCAPE_MASS / (4 * (1 + d * d));
            length.nats -= data.weight(i) * ExactMath.log(sum);
            double share = prob / sum;
            if (share > NEGLIGIBLE_SHARE) {
                double a = (t - 0.5 - loc) / scale;
                double b = (t + 0.5 - loc) / scale;
                double densityA = ExactMath.exp(prior.base().logDensity(0, t - 0.5) + logScale - logProb);
                double densityB = ExactMath.exp(prior.base().logDensity(0, t + 0.5) + logScale - logProb);
                length.addDerivatives(family, a, b, densityA, densityB, share, data.weight(i));
            }
        }
        return length;
    }

    /**
     * Adds the derivatives of {@code -log(P + m E)} with {@code P = c(b) - c(a)}, c the standard CDF.
     *
     * @param densityA the standard density at a, divided by P
     * @param densityB the standard density at b, divided by P
     * @param share P / (P + m E)
     */
    private void addDerivatives(
            Family family, double a, double b, double densityA, double densityB, double share, double weight) {
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
