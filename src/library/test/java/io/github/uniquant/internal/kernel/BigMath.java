package io.github.uniquant.internal.kernel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * The oracle of the numerical tests: elementary functions in decimal arithmetic, by textbook series and continued
 * fractions, to at least 50 significant digits. Shares no formula with {@link ExactMath}.
 */
public final class BigMath {
    private static final MathContext MC = new MathContext(90, RoundingMode.HALF_EVEN);
    private static final BigDecimal ONE = BigDecimal.ONE;
    private static final BigDecimal TWO = BigDecimal.TWO;
    private static final BigDecimal HALF = new BigDecimal("0.5");
    private static final BigDecimal NEGLIGIBLE = new BigDecimal("1e-92");
    private static final BigDecimal TINY = new BigDecimal("1e-30");

    private static final BigDecimal LN10 = series(new int[][] {{46, 31}, {34, 49}, {20, 161}}, false);
    private static final BigDecimal PI = series(new int[][] {{16, 5}, {-4, 239}}, true);
    private static final BigDecimal SQRT_2PI = TWO.multiply(PI).sqrt(MC);

    /** Above this the survival function of the normal distribution comes from its continued fraction. */
    private static final BigDecimal FRACTION_FROM = new BigDecimal("9");

    private static final int FRACTION_TERMS = 120;
    private static final int EXP_HALVINGS = 8;

    private BigMath() {}

    /** The sum of factor * atanh(1/n), or of factor * atan(1/n) where the terms alternate. */
    private static BigDecimal series(int[][] factors, boolean alternate) {
        BigDecimal sum = BigDecimal.ZERO;
        for (int[] pair : factors) {
            BigDecimal n = BigDecimal.valueOf(pair[1]);
            BigDecimal power = ONE.divide(n, MC);
            for (int k = 1; power.compareTo(NEGLIGIBLE) > 0; k += 2) {
                BigDecimal term =
                        power.multiply(BigDecimal.valueOf(pair[0]), MC).divide(BigDecimal.valueOf(k), MC);
                sum = alternate && k % 4 == 3 ? sum.subtract(term, MC) : sum.add(term, MC);
                power = power.divide(n.multiply(n), MC);
            }
        }
        return sum;
    }

    public static BigDecimal big(double x) {
        return new BigDecimal(x);
    }

    /** The distance of a double from the exact value, in units in the last place of the double nearest to that. */
    public static double ulps(double actual, BigDecimal exact) {
        double nearest = exact.doubleValue();
        if (Double.isInfinite(nearest) || !Double.isFinite(actual)) {
            return actual == nearest ? 0 : Double.POSITIVE_INFINITY;
        }
        return big(actual)
                .subtract(exact)
                .abs()
                .divide(big(Math.ulp(nearest)), MC)
                .doubleValue();
    }

    /** |actual - exact| / |exact|. */
    public static double relativeError(double actual, BigDecimal exact) {
        if (!Double.isFinite(actual)) {
            return Double.POSITIVE_INFINITY;
        }
        BigDecimal error = big(actual).subtract(exact, MC).abs();
        return exact.signum() == 0
                ? error.signum()
                : error.divide(exact.abs(), MC).doubleValue();
    }

    /** The sum, rounded: an exact one may have millions of digits. */
    public static BigDecimal add(BigDecimal x, BigDecimal y) {
        return x.add(y, MC);
    }

    /** The difference, rounded. */
    public static BigDecimal subtract(BigDecimal x, BigDecimal y) {
        return x.subtract(y, MC);
    }

    public static BigDecimal divide(BigDecimal x, BigDecimal y) {
        return x.divide(y, MC);
    }

    public static BigDecimal exp(BigDecimal x) {
        BigInteger k = x.divide(LN10, MC).setScale(0, RoundingMode.HALF_EVEN).toBigInteger();
        BigDecimal r =
                x.subtract(LN10.multiply(new BigDecimal(k)), MC).divide(BigDecimal.valueOf(1 << EXP_HALVINGS), MC);
        BigDecimal sum = ONE;
        BigDecimal term = ONE;
        for (int i = 1; term.abs().compareTo(NEGLIGIBLE) > 0; i++) {
            term = term.multiply(r, MC).divide(BigDecimal.valueOf(i), MC);
            sum = sum.add(term, MC);
        }
        for (int i = 0; i < EXP_HALVINGS; i++) {
            sum = sum.multiply(sum, MC);
        }
        return sum.scaleByPowerOfTen(k.intValueExact());
    }

    public static BigDecimal expm1(BigDecimal x) {
        if (x.abs().compareTo(TINY) < 0) {
            return x.add(x.multiply(x, MC).multiply(HALF), MC);
        }
        return exp(x).subtract(ONE, MC);
    }

    public static BigDecimal log(BigDecimal x) {
        int exponent = x.precision() - x.scale() - 1;
        BigDecimal m = x.scaleByPowerOfTen(-exponent);
        // One step of Newton's method from the double nearby, its remainder by series.
        BigDecimal start = big(Math.log(m.doubleValue()));
        BigDecimal rest = m.multiply(exp(start.negate()), MC).subtract(ONE, MC);
        return start.add(log1pSeries(rest), MC).add(LN10.multiply(BigDecimal.valueOf(exponent)), MC);
    }

    private static BigDecimal log1pSeries(BigDecimal x) {
        BigDecimal sum = BigDecimal.ZERO;
        BigDecimal power = x;
        for (int k = 1; k < 9; k++) {
            BigDecimal term = power.divide(BigDecimal.valueOf(k), MC);
            sum = k % 2 == 0 ? sum.subtract(term, MC) : sum.add(term, MC);
            power = power.multiply(x, MC);
        }
        return sum;
    }

    public static BigDecimal log1p(BigDecimal x) {
        return x.abs().compareTo(TINY) < 0 ? log1pSeries(x) : log(ONE.add(x, MC));
    }

    public static BigDecimal log2(BigDecimal x) {
        return log(x).divide(log(TWO), MC);
    }

    public static BigDecimal tanh(BigDecimal x) {
        BigDecimal t = expm1(x.multiply(TWO));
        return t.divide(t.add(TWO, MC), MC);
    }

    public static BigDecimal atanh(BigDecimal x) {
        return log1p(x.multiply(TWO).divide(ONE.subtract(x, MC), MC)).multiply(HALF);
    }

    /** 1 / (1 + e^-x), with a small relative error wherever it is. */
    public static BigDecimal logistic(BigDecimal x) {
        BigDecimal e = exp(x.abs().negate());
        return (x.signum() < 0 ? e : ONE).divide(ONE.add(e, MC), MC);
    }

    public static BigDecimal logLogistic(BigDecimal x) {
        return x.min(BigDecimal.ZERO).subtract(log1p(exp(x.abs().negate())), MC);
    }

    /** Density of the standard normal distribution. */
    public static BigDecimal normalDensity(BigDecimal z) {
        return exp(z.multiply(z).multiply(HALF).negate()).divide(SQRT_2PI, MC);
    }

    /** Pr(Z > z) for a standard normal variable. */
    public static BigDecimal normalSurvival(BigDecimal z) {
        if (z.signum() < 0) {
            return ONE.subtract(normalSurvival(z.negate()), MC);
        }
        if (z.compareTo(FRACTION_FROM) > 0) {
            return normalDensity(z).multiply(millsRatio(z), MC);
        }
        return HALF.subtract(normalCentral(z), MC);
    }

    /** Pr(0 < Z <= z) for z >= 0: the density times z + z^3/3 + z^5/(3 5) + ... */
    public static BigDecimal normalCentral(BigDecimal z) {
        BigDecimal square = z.multiply(z, MC);
        BigDecimal term = z;
        BigDecimal sum = z;
        for (int n = 3; term.signum() > 0 && term.compareTo(sum.multiply(NEGLIGIBLE)) > 0; n += 2) {
            term = term.multiply(square, MC).divide(BigDecimal.valueOf(n), MC);
            sum = sum.add(term, MC);
        }
        return normalDensity(z).multiply(sum, MC);
    }

    public static BigDecimal logNormalSurvival(BigDecimal z) {
        if (z.compareTo(FRACTION_FROM) > 0) {
            BigDecimal logDensity = z.multiply(z).multiply(HALF).negate().subtract(log(SQRT_2PI));
            return logDensity.add(log(millsRatio(z)), MC);
        }
        return z.signum() < 0 ? log1p(normalSurvival(z.negate()).negate()) : log(normalSurvival(z));
    }

    /** 1/(z + 1/(z + 2/(z + 3/(z + ...)))). */
    private static BigDecimal millsRatio(BigDecimal z) {
        BigDecimal tail = z;
        for (int k = FRACTION_TERMS; k > 0; k--) {
            tail = z.add(BigDecimal.valueOf(k).divide(tail, MC), MC);
        }
        return ONE.divide(tail, MC);
    }

    /** Pr(Z > z) for a standard Laplace variable. */
    public static BigDecimal laplaceSurvival(BigDecimal z) {
        BigDecimal tail = exp(z.abs().negate()).multiply(HALF);
        return z.signum() < 0 ? ONE.subtract(tail, MC) : tail;
    }
}
