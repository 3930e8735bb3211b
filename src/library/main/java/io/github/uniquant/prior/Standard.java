package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.BoxMath;
import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.GradientKernels;
import io.github.uniquant.internal.kernel.PriorKernels.Family;

/**
 * A distribution that is symmetric about 0, of unit scale: what location-scale families and their mixtures are made of.
 * Intervals are taken about the location and not as differences of the CDF, so that they lose nothing where the scale is
 * far below the box or far above it.
 */
enum Standard {
    NORMAL {
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
            return BoxMath.normal(distance, low, high, scale);
        }

        @Override
        void derivatives(
                GradientKernels kernels,
                double[] y,
                int yOffset,
                double[] loc,
                double[] inverse,
                double[] shrink,
                int first,
                int count,
                double[] byY,
                double[] byScale,
                double[] work) {
            kernels.normal(y, yOffset, loc, inverse, shrink, first, count, byY, byScale, 0, work);
        }

        @Override
        double logBox(double distance, double low, double high, double scale) {
            return BoxMath.logNormal(distance, low, high, scale);
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
            return BoxMath.logistic(low, high, scale);
        }

        @Override
        void derivatives(
                GradientKernels kernels,
                double[] y,
                int yOffset,
                double[] loc,
                double[] inverse,
                double[] shrink,
                int first,
                int count,
                double[] byY,
                double[] byScale,
                double[] work) {
            kernels.logistic(y, yOffset, loc, inverse, shrink, first, count, byY, byScale, 0, work);
        }

        @Override
        double logBox(double distance, double low, double high, double scale) {
            return BoxMath.logLogistic(low, high, scale);
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
            return BoxMath.laplace(low, high, scale);
        }

        @Override
        void derivatives(
                GradientKernels kernels,
                double[] y,
                int yOffset,
                double[] loc,
                double[] inverse,
                double[] shrink,
                int first,
                int count,
                double[] byY,
                double[] byScale,
                double[] work) {
            kernels.laplace(y, yOffset, loc, inverse, shrink, first, count, byY, byScale, 0, work);
        }

        @Override
        double logBox(double distance, double low, double high, double scale) {
            return BoxMath.logLaplace(low, high, scale);
        }
    };

    /** The kernels' name of it. */
    final Family family() {
        return switch (this) {
            case NORMAL -> Family.NORMAL;
            case LOGISTIC -> Family.LOGISTIC;
            case LAPLACE -> Family.LAPLACE;
        };
    }

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
     *
     * @param inverse from {@link GradientKernels#prepare}, as shrink
     * @param work {@link GradientKernels#WORK} doubles of working memory
     */
    abstract void derivatives(
            GradientKernels kernels,
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            double[] shrink,
            int first,
            int count,
            double[] byY,
            double[] byScale,
            double[] work);

    /** Probability of [y - 1/2, y + 1/2] under the distribution of this location and scale. */
    final double interval(double y, double loc, double scale) {
        double d = y - loc;
        double distance = Math.abs(d);
        double rest = d < 0 ? -BoxMath.rest(y, loc, d) : BoxMath.rest(y, loc, d);
        return box(distance, (distance - 0.5 + rest) / scale, (distance + 0.5 + rest) / scale, scale);
    }

    /** log of {@link #interval}. */
    final double logInterval(double y, double loc, double scale) {
        double d = y - loc;
        double distance = Math.abs(d);
        double rest = d < 0 ? -BoxMath.rest(y, loc, d) : BoxMath.rest(y, loc, d);
        return logBox(distance, (distance - 0.5 + rest) / scale, (distance + 0.5 + rest) / scale, scale);
    }

    /** The z with Pr(Z > z) = p, for 0 < p < 1. */
    final double quantile(double upperProbability) {
        return upperProbability <= 0.5 ? upperQuantile(upperProbability) : -upperQuantile(1 - upperProbability);
    }
}
