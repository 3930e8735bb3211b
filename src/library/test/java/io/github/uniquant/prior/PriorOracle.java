package io.github.uniquant.prior;

import static io.github.uniquant.internal.kernel.BigMath.big;

import io.github.uniquant.internal.kernel.BigMath;
import java.math.BigDecimal;

/** Exact probabilities of base distributions and of their noisy forms, for parameters and points that are doubles. */
enum PriorOracle {
    NORMAL {
        @Override
        BigDecimal upper(BigDecimal z) {
            return BigMath.normalSurvival(z);
        }

        @Override
        BigDecimal density(BigDecimal z) {
            return BigMath.normalDensity(z);
        }

        @Override
        BigDecimal logUpper(BigDecimal z) {
            return BigMath.logNormalSurvival(z);
        }
    },
    LOGISTIC {
        @Override
        BigDecimal upper(BigDecimal z) {
            return BigMath.logistic(z.negate());
        }

        @Override
        BigDecimal density(BigDecimal z) {
            return BigMath.logistic(z).multiply(BigMath.logistic(z.negate()));
        }

        @Override
        BigDecimal logUpper(BigDecimal z) {
            return BigMath.logLogistic(z.negate());
        }
    },
    LAPLACE {
        @Override
        BigDecimal upper(BigDecimal z) {
            return BigMath.laplaceSurvival(z);
        }

        @Override
        BigDecimal density(BigDecimal z) {
            return BigMath.exp(z.abs().negate()).multiply(HALF);
        }

        @Override
        BigDecimal logUpper(BigDecimal z) {
            BigDecimal tail = BigMath.laplaceSurvival(z.abs());
            return z.signum() < 0 ? BigMath.log1p(tail.negate()) : BigMath.log(tail);
        }
    };

    private static final BigDecimal HALF = new BigDecimal("0.5");
    private static final BigDecimal FAR_OUT = new BigDecimal("10000"); // where every tail is below 1e-4000

    abstract BigDecimal upper(BigDecimal z);

    abstract BigDecimal logUpper(BigDecimal z);

    /** Density of the standard distribution. */
    abstract BigDecimal density(BigDecimal z);

    private BigDecimal boundedUpper(BigDecimal z) {
        return upper(z.min(FAR_OUT).max(FAR_OUT.negate()));
    }

    /** Pr(low < X <= high), by whichever tail is smaller. */
    final BigDecimal interval(BigDecimal low, BigDecimal high, double loc, double scale) {
        BigDecimal a = BigMath.divide(low.subtract(big(loc)), big(scale));
        BigDecimal b = BigMath.divide(high.subtract(big(loc)), big(scale));
        return a.add(b).signum() > 0
                ? BigMath.subtract(boundedUpper(a), boundedUpper(b))
                : BigMath.subtract(boundedUpper(b.negate()), boundedUpper(a.negate()));
    }

    /** The noisy density at y. */
    final BigDecimal prob(double y, double loc, double scale) {
        return interval(big(y).subtract(HALF), big(y).add(HALF), loc, scale);
    }

    /** log of the noisy density at y, by the logs of the tails. */
    final BigDecimal logProb(double y, double loc, double scale) {
        BigDecimal distance = big(y).subtract(big(loc)).abs();
        BigDecimal low = BigMath.divide(distance.subtract(HALF), big(scale));
        BigDecimal high = BigMath.divide(distance.add(HALF), big(scale));
        if (low.signum() <= 0) {
            BigDecimal outside = BigMath.add(boundedUpper(low.negate()), boundedUpper(high));
            return BigMath.log1p(outside.negate());
        }
        BigDecimal top = logUpper(low);
        BigDecimal drop = BigMath.subtract(logUpper(high), top).max(FAR_OUT.negate());
        return BigMath.add(top, BigMath.log(BigMath.expm1(drop).negate()));
    }

    /** Derivatives of the log of the noisy density by y and by the scale. */
    final BigDecimal[] logProbGradients(double y, double loc, double scale) {
        BigDecimal offset = big(y).subtract(big(loc));
        BigDecimal low = BigMath.divide(offset.abs().subtract(HALF), big(scale)).max(FAR_OUT.negate());
        BigDecimal high = BigMath.divide(offset.abs().add(HALF), big(scale)).min(low.add(FAR_OUT.add(FAR_OUT)));
        BigDecimal atLow = density(low);
        BigDecimal atHigh = density(high);
        BigDecimal byProb = big(scale).multiply(BigMath.subtract(upper(low), upper(high)));
        BigDecimal byDistance = BigMath.divide(BigMath.subtract(atHigh, atLow), byProb);
        BigDecimal byScale = BigMath.divide(BigMath.subtract(low.multiply(atLow), high.multiply(atHigh)), byProb);
        return new BigDecimal[] {offset.signum() < 0 ? byDistance.negate() : byDistance, byScale};
    }
}
