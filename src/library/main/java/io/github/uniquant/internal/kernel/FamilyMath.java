package io.github.uniquant.internal.kernel;

import io.github.uniquant.internal.kernel.PriorKernels.Family;

/**
 * Normal, logistic and Laplace distributions, which are symmetric: tails and densities of the standard ones, of location 0
 * and scale 1, and probabilities of a box of unit width, with logarithms. The box is
 * taken about the location and not as a difference of the CDF, so that nothing is lost where the scale is far below the box
 * or far above it: a box about a point at {@code distance} >= 0 from the location is [low, high] in units of the scale, where
 * low may be negative.
 */
public final class FamilyMath {
    /** A box of at most this half width, and of at most this half width times distance, is narrow enough for a series. */
    static final double SERIES_HALF_WIDTH = 0x1p-5;

    static final double SERIES_REACH = 0x1p-3;

    private FamilyMath() {}

    // ---- of all families

    /** Pr(Z > z). */
    public static double upper(Family family, double z) {
        return switch (family) {
            case NORMAL -> ExactMath.normalCdf(-z);
            case LOGISTIC -> ExactMath.logistic(-z);
            case LAPLACE -> {
                double tail = 0.5 * ExactMath.exp(-Math.abs(z));
                yield z < 0 ? 1 - tail : tail;
            }
        };
    }

    /** log Pr(Z > z). */
    public static double logUpper(Family family, double z) {
        return switch (family) {
            case NORMAL -> ExactMath.logNormalSurvival(z);
            case LOGISTIC -> ExactMath.logLogistic(-z);
            case LAPLACE -> z < 0 ? ExactMath.log1p(-0.5 * ExactMath.exp(z)) : -z - ExactMath.LN2;
        };
    }

    /** Log of the standard density. */
    public static double logDensity(Family family, double z) {
        return switch (family) {
            case NORMAL -> ExactMath.logNormalDensity(z);
            case LOGISTIC -> -Math.abs(z) - 2 * ExactMath.softplus(-Math.abs(z));
            case LAPLACE -> -Math.abs(z) - ExactMath.LN2;
        };
    }

    /** Probability of [y - 1/2, y + 1/2] under the distribution of this location and scale. */
    public static double interval(Family family, double y, double loc, double scale) {
        double d = y - loc;
        double distance = Math.abs(d);
        double edge = edge(y, loc, d);
        double low = (distance - 0.5 + edge) / scale;
        double high = (distance + 0.5 + edge) / scale;
        return switch (family) {
            case NORMAL -> normal(distance, low, high, scale);
            case LOGISTIC -> logistic(low, high, scale);
            case LAPLACE -> laplace(low, high, scale);
        };
    }

    /** What |d| lacks of the distance of y and loc: where the scale is tiny, an edge of the box moves by it. */
    static double edge(double y, double loc, double d) {
        return d < 0 ? -rest(y, loc, d) : rest(y, loc, d);
    }

    /** What d, the rounded difference of a and b, lacks. */
    private static double rest(double a, double b, double d) {
        double minusB = d - a;
        double rest = (a - (d - minusB)) - (b + minusB);
        return Double.isNaN(rest) ? 0 : rest; // not a number for infinite d, which has no edge nearby
    }

    // ---- the normal distribution

    static double normal(double distance, double low, double high, double scale) {
        double half = 0.5 / scale;
        double centre = distance / scale;
        return isNarrow(half, centre)
                ? 2 * half * ExactMath.normalDensity(centre) * series(centre, half)
                : ExactMath.normalInterval(low, high);
    }

    static boolean isNarrow(double half, double centre) {
        return half < SERIES_HALF_WIDTH && half * centre < SERIES_REACH;
    }

    /**
     * The mean over [z - h, z + h] of the density over that at z, by Taylor's series, with Hermite polynomials: 1 +
     * He2(z) h^2/3! + He4(z) h^4/5! + ...
     */
    private static double series(double z, double h) {
        double v = h * h;
        double u = h * z * (h * z); // not z * z: z may be beyond 1e154 where the scale is
        double he2 = u - v;
        double he4 = (u - 6 * v) * u + 3 * v * v;
        double he6 = ((u - 15 * v) * u + 45 * v * v) * u - 15 * v * v * v;
        double he8 = (((u - 28 * v) * u + 210 * v * v) * u - 420 * v * v * v) * u + 105 * v * v * v * v;
        return 1 + (he2 / 6 + (he4 / 120 + (he6 / 5040 + he8 / 362880)));
    }

    // ---- the logistic distribution

    private static double logistic(double low, double high, double scale) {
        return -ExactMath.expm1(-1 / scale) / ((1 + ExactMath.exp(low)) * (1 + ExactMath.exp(-high)));
    }

    // ---- the Laplace distribution

    private static double laplace(double low, double high, double scale) {
        return low > 0
                ? -0.5 * ExactMath.exp(-low) * ExactMath.expm1(-1 / scale)
                : -0.5 * (ExactMath.expm1(-high) + ExactMath.expm1(low));
    }
}
