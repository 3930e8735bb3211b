package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.FamilyMath;
import io.github.uniquant.internal.kernel.PriorKernels.Family;

/**
 * A distribution that is symmetric about 0, of unit scale: what location-scale families and their mixtures are made of.
 * Intervals are taken about the location and not as differences of the CDF, so that they lose nothing where the scale is
 * far below the box or far above it.
 */
enum Standard {
    NORMAL(Family.NORMAL) {
        @Override
        double upperQuantile(double p) {
            return ExactMath.normalUpperQuantile(p);
        }
    },
    LOGISTIC(Family.LOGISTIC) {
        @Override
        double upperQuantile(double p) {
            return ExactMath.log1p(-p) - ExactMath.log(p);
        }
    },
    LAPLACE(Family.LAPLACE) {
        @Override
        double upperQuantile(double p) {
            return -ExactMath.log(2 * p);
        }
    };

    private final Family family;

    Standard(Family family) {
        this.family = family;
    }

    /** The kernels' name of it. */
    final Family family() {
        return family;
    }

    /** Pr(Z > z). */
    final double upper(double z) {
        return FamilyMath.upper(family, z);
    }

    /** log Pr(Z > z). */
    final double logUpper(double z) {
        return FamilyMath.logUpper(family, z);
    }

    final double logDensity(double z) {
        return FamilyMath.logDensity(family, z);
    }

    /** The z with Pr(Z > z) = p, for 0 < p <= 1/2. */
    abstract double upperQuantile(double p);

    /** Probability of [y - 1/2, y + 1/2] under the distribution of this location and scale. */
    final double interval(double y, double loc, double scale) {
        return FamilyMath.interval(family, y, loc, scale);
    }

    /** The z with Pr(Z > z) = p, for 0 < p < 1. */
    final double quantile(double upperProbability) {
        return upperProbability <= 0.5 ? upperQuantile(upperProbability) : -upperQuantile(1 - upperProbability);
    }
}
