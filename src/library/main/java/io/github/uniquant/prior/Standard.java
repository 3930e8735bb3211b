package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;

/**
 * A distribution that is symmetric about 0, of unit scale: what location-scale families and their mixtures are made of.
 * Intervals are given by their scale and by the distance of y from the location, so that they lose nothing where the scale
 * is far below the box or far above it.
 */
enum Standard {
    NORMAL {
        /** Below this half width, the box is narrow enough for a series in it. */
        private static final double SERIES_HALF_WIDTH = 0x1p-5;

        private static final double SERIES_DISTANCE = 4;

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
        double interval(double distance, double scale) {
            double half = 0.5 / scale;
            double centre = distance / scale;
            if (half < SERIES_HALF_WIDTH && centre < SERIES_DISTANCE) {
                return series(centre, half);
            }
            return ExactMath.normalInterval((distance - 0.5) / scale, (distance + 0.5) / scale);
        }

        /** Taylor's series of the integral over [z - h, z + h], with Hermite polynomials: 2 h phi(z) (1 + He2(z) h^2/3! + ...). */
        private static double series(double z, double h) {
            double z2 = z * z;
            double h2 = h * h;
            double he2 = z2 - 1;
            double he4 = (z2 - 6) * z2 + 3;
            double he6 = ((z2 - 15) * z2 + 45) * z2 - 15;
            double he8 = (((z2 - 28) * z2 + 210) * z2 - 420) * z2 + 105;
            double sum = 1 + h2 * (he2 / 6 + h2 * (he4 / 120 + h2 * (he6 / 5040 + h2 * (he8 / 362880))));
            return 2 * h * ExactMath.exp(ExactMath.logNormalDensity(z)) * sum;
        }

        @Override
        double logInterval(double distance, double scale) {
            double low = (distance - 0.5) / scale;
            if (low > 0) {
                return ExactMath.logNormalTailInterval(low, (distance + 0.5) / scale, 1 / scale);
            }
            return ExactMath.log(interval(distance, scale));
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
        double interval(double distance, double scale) {
            double product =
                    (1 + ExactMath.exp((distance - 0.5) / scale)) * (1 + ExactMath.exp(-(distance + 0.5) / scale));
            return -ExactMath.expm1(-1 / scale) / product;
        }

        @Override
        double logInterval(double distance, double scale) {
            return ExactMath.log1mExp(1 / scale)
                    - ExactMath.softplus((distance - 0.5) / scale)
                    - ExactMath.softplus(-(distance + 0.5) / scale);
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
        double interval(double distance, double scale) {
            double low = (distance - 0.5) / scale;
            return low > 0
                    ? -0.5 * ExactMath.exp(-low) * ExactMath.expm1(-1 / scale)
                    : -0.5 * (ExactMath.expm1(-(distance + 0.5) / scale) + ExactMath.expm1(low));
        }

        @Override
        double logInterval(double distance, double scale) {
            double low = (distance - 0.5) / scale;
            return low > 0
                    ? -ExactMath.LN2 - low + ExactMath.log1mExp(1 / scale)
                    : ExactMath.log(interval(distance, scale));
        }
    };

    /** Pr(Z > z). */
    abstract double upper(double z);

    /** log Pr(Z > z). */
    abstract double logUpper(double z);

    abstract double logDensity(double z);

    /** The z with Pr(Z > z) = p, for 0 < p <= 1/2. */
    abstract double upperQuantile(double p);

    /** Probability of the unit box about a point at {@code distance} >= 0 from the location. */
    abstract double interval(double distance, double scale);

    /** log of {@link #interval}. */
    abstract double logInterval(double distance, double scale);

    /** The z with Pr(Z > z) = p, for 0 < p < 1. */
    final double quantile(double upperProbability) {
        return upperProbability <= 0.5 ? upperQuantile(upperProbability) : -upperQuantile(1 - upperProbability);
    }
}
