package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.GradientKernels;
import io.github.uniquant.internal.kernel.ScalarGradientKernels;

/**
 * A distribution that is symmetric about 0, of unit scale: what location-scale families and their mixtures are made of.
 * Intervals are taken about the location and not as differences of the CDF, so that they lose nothing where the scale is
 * far below the box or far above it.
 */
enum Standard {
    NORMAL {
        /** A box of at most this half width, and of at most this half width times distance, is narrow enough for a series. */
        private static final double SERIES_HALF_WIDTH = 0x1p-5;

        private static final double SERIES_REACH = 0x1p-3;

        @Override
        double upper(double z) {
            return ExactMath.normalCdf(-z);
        }

        @Override
        double logUpper(double z) {
            return ExactMath.logNormalSurvival(z);
        }

        @Override
        double logDensity(double z) {
            return ExactMath.logNormalDensity(z);
        }

        @Override
        double upperQuantile(double p) {
            return ExactMath.normalUpperQuantile(p);
        }

        @Override
        double box(double distance, double low, double high, double scale) {
            double half = 0.5 / scale;
            double centre = distance / scale;
            return isNarrow(half, centre)
                    ? 2 * half * ExactMath.normalDensity(centre) * series(centre, half)
                    : ExactMath.normalInterval(low, high);
        }

        @Override
        void derivatives(
                double[] y,
                int yOffset,
                double[] loc,
                double[] scale,
                int first,
                int count,
                double[] byY,
                double[] byScale) {
            GRADIENTS.normal(y, yOffset, loc, scale, first, count, byY, byScale);
        }

        @Override
        double logBox(double distance, double low, double high, double scale) {
            double half = 0.5 / scale;
            double centre = distance / scale;
            if (isNarrow(half, centre)) {
                return ExactMath.log(2 * half)
                        + ExactMath.logNormalDensity(centre)
                        + ExactMath.log(series(centre, half));
            }
            return low > 0
                    ? ExactMath.logNormalTailInterval(low, high, 1 / scale)
                    : ExactMath.logNormalCentralInterval(low, high);
        }

        private static boolean isNarrow(double half, double centre) {
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
    },
    LOGISTIC {
        @Override
        double upper(double z) {
            return ExactMath.logistic(-z);
        }

        @Override
        double logUpper(double z) {
            return ExactMath.logLogistic(-z);
        }

        @Override
        double logDensity(double z) {
            return -Math.abs(z) - 2 * ExactMath.softplus(-Math.abs(z));
        }

        @Override
        double upperQuantile(double p) {
            return ExactMath.log1p(-p) - ExactMath.log(p);
        }

        @Override
        double box(double distance, double low, double high, double scale) {
            return -ExactMath.expm1(-1 / scale) / ((1 + ExactMath.exp(low)) * (1 + ExactMath.exp(-high)));
        }

        @Override
        void derivatives(
                double[] y,
                int yOffset,
                double[] loc,
                double[] scale,
                int first,
                int count,
                double[] byY,
                double[] byScale) {
            GRADIENTS.logistic(y, yOffset, loc, scale, first, count, byY, byScale);
        }

        @Override
        double logBox(double distance, double low, double high, double scale) {
            return ExactMath.log1mExp(1 / scale) - ExactMath.softplus(low) - ExactMath.softplus(-high);
        }
    },
    LAPLACE {
        @Override
        double upper(double z) {
            double tail = 0.5 * ExactMath.exp(-Math.abs(z));
            return z < 0 ? 1 - tail : tail;
        }

        @Override
        double logUpper(double z) {
            return z < 0 ? ExactMath.log1p(-0.5 * ExactMath.exp(z)) : -z - ExactMath.LN2;
        }

        @Override
        double logDensity(double z) {
            return -Math.abs(z) - ExactMath.LN2;
        }

        @Override
        double upperQuantile(double p) {
            return -ExactMath.log(2 * p);
        }

        @Override
        double box(double distance, double low, double high, double scale) {
            return low > 0
                    ? -0.5 * ExactMath.exp(-low) * ExactMath.expm1(-1 / scale)
                    : -0.5 * (ExactMath.expm1(-high) + ExactMath.expm1(low));
        }

        @Override
        void derivatives(
                double[] y,
                int yOffset,
                double[] loc,
                double[] scale,
                int first,
                int count,
                double[] byY,
                double[] byScale) {
            GRADIENTS.laplace(y, yOffset, loc, scale, first, count, byY, byScale);
        }

        @Override
        double logBox(double distance, double low, double high, double scale) {
            if (low > 0) {
                return -ExactMath.LN2 - low + ExactMath.log1mExp(1 / scale);
            }
            double outside = 0.5 * (ExactMath.exp(low) + ExactMath.exp(-high));
            return outside < 0.5 ? ExactMath.log1p(-outside) : ExactMath.log(box(distance, low, high, scale));
        }
    };

    static final GradientKernels GRADIENTS = ScalarGradientKernels.INSTANCE;

    /** Pr(Z > z). */
    abstract double upper(double z);

    /** log Pr(Z > z). */
    abstract double logUpper(double z);

    abstract double logDensity(double z);

    /** The z with Pr(Z > z) = p, for 0 < p <= 1/2. */
    abstract double upperQuantile(double p);

    /**
     * Probability of the unit box about a point at {@code distance} >= 0 from the location, in its own units; the box is
     * [low, high] in units of the scale, and low may be negative.
     */
    abstract double box(double distance, double low, double high, double scale);

    /** log of {@link #box}. */
    abstract double logBox(double distance, double low, double high, double scale);

    /**
     * Derivatives of {@link #logInterval}, by y and by the scale, of a run of values: value i of element {@code first + i} has
     * its own at i. That by the location is that by y with the other sign.
     */
    abstract void derivatives(
            double[] y,
            int yOffset,
            double[] loc,
            double[] scale,
            int first,
            int count,
            double[] byY,
            double[] byScale);

    /** Probability of [y - 1/2, y + 1/2] under the distribution of this location and scale. */
    final double interval(double y, double loc, double scale) {
        double d = y - loc;
        double distance = Math.abs(d);
        double rest = d < 0 ? -rest(y, loc, d) : rest(y, loc, d);
        return box(distance, (distance - 0.5 + rest) / scale, (distance + 0.5 + rest) / scale, scale);
    }

    /** log of {@link #interval}. */
    final double logInterval(double y, double loc, double scale) {
        double d = y - loc;
        double distance = Math.abs(d);
        double rest = d < 0 ? -rest(y, loc, d) : rest(y, loc, d);
        return logBox(distance, (distance - 0.5 + rest) / scale, (distance + 0.5 + rest) / scale, scale);
    }

    /** What d, the rounded difference of a and b, lacks: where the scale is tiny, an edge of the box moves by it. */
    private static double rest(double a, double b, double d) {
        double minusB = d - a;
        double rest = (a - (d - minusB)) - (b + minusB);
        return Double.isNaN(rest) ? 0 : rest; // not a number for infinite d, which has no edge nearby
    }

    /** The z with Pr(Z > z) = p, for 0 < p < 1. */
    final double quantile(double upperProbability) {
        return upperProbability <= 0.5 ? upperQuantile(upperProbability) : -upperQuantile(1 - upperProbability);
    }
}
