package io.github.uniquant.internal.kernel;

/**
 * Elementary functions made of +, -, *, /, sqrt, comparisons, {@link Math#rint} and bit casts alone, in a fixed order:
 * operations that IEEE 754 and Java define to the last bit. So a result has the same bits on every machine, in the
 * interpreter and compiled, which neither {@code Math} nor a fused multiply-add where it is missing could promise at this
 * speed. Errors are a few units in the last place over the whole range.
 *
 * <p>Each function is one reduction and one polynomial, with selections rather than branches, so that a lane-wise twin can
 * follow it operation by operation.
 */
public final class ExactMath {
    public static final double LN2 = 0.6931471805599453;

    /** log sqrt(2 pi). */
    public static final double LOG_SQRT_2PI = 0.9189385332046728;

    static final double INV_SQRT_2PI = 0.3989422804014327;
    static final double INV_LN2 = 1.4426950408889634;
    // ln 2 in two parts: a multiple of the first by an integer below 2^11 is exact.
    static final double LN2_HIGH = 0x1.62e42feep-1;
    static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    static final double EXP_OVERFLOW = 709.782712893384;
    static final double EXP_UNDERFLOW = -745.2;
    static final double EXPM1_SATURATED = -40;

    // (e^r - 1 - r) / r^2 for |r| <= ln(2)/2, to 1.4e-18.
    static final double E0 = 0.5;
    static final double E1 = 0.1666666666666667;
    static final double E2 = 0.04166666666666668;
    static final double E3 = 0.008333333333326124;
    static final double E4 = 0.0013888888888879058;
    static final double E5 = 0.00019841269874860298;
    static final double E6 = 2.4801587336483067e-05;
    static final double E7 = 2.7557255350162843e-06;
    static final double E8 = 2.755726323556499e-07;
    static final double E9 = 2.5105237742245692e-08;
    static final double E10 = 2.091815378811981e-09;

    // (2 atanh(s)/s - 2) / s^2 as a polynomial in s^2 for |s| <= (sqrt 2 - 1)/(sqrt 2 + 1), to 2e-18.
    static final double L0 = 0.6666666666666666;
    static final double L1 = 0.40000000000000896;
    static final double L2 = 0.28571428570793406;
    static final double L3 = 0.22222222393967142;
    static final double L4 = 0.18181795404646028;
    static final double L5 = 0.15386252270168196;
    static final double L6 = 0.13268442080686296;
    static final double L7 = 0.13090038559224643;

    // (1 + z) S(z) exp(z^2/2), S the survival function of the normal distribution, as a polynomial in t = (z - 5)/(z +
    // 5)
    // for all z >= 0, to 4e-18. (The substitution is Shepherd and Laframboise's, 1981.)
    static final double MILLS_CENTRE = 5;
    static final double M0 = 0.46151582985003775;
    static final double M1 = -0.09155228183400904;
    static final double M2 = 0.031030368425962847;
    static final double M3 = 0.010002352385229382;
    static final double M4 = -0.026401042966267253;
    static final double M5 = 0.024536963243678652;
    static final double M6 = -0.015170415403281224;
    static final double M7 = 0.006522000667783896;
    static final double M8 = -0.0016760723371645697;
    static final double M9 = 7.791597409338999e-06;
    static final double M10 = 0.00018233410307611755;
    static final double M11 = -5.36075811148722e-05;
    static final double M12 = -9.895946159334735e-06;
    static final double M13 = 9.05982468125664e-06;
    static final double M14 = -7.070628846317715e-08;
    static final double M15 = -1.3074486019237587e-06;
    static final double M16 = 1.284479710649634e-07;
    static final double M17 = 1.9627809920091187e-07;
    static final double M18 = -2.688202129280215e-08;
    static final double M19 = -3.095201755804207e-08;
    static final double M20 = 4.022493382168717e-09;
    static final double M21 = 4.4011596227599254e-09;
    static final double M22 = -4.327297110082094e-10;
    static final double M23 = -3.815816262632953e-10;
    static final double M24 = 2.5086998016985133e-11;
    static final long HIGH_HALF = 0xFFFFFFFFF8000000L; // keeps 26 bits of a significand: its square is exact
    static final double GAUSSIAN_LIMIT = 100; // e^(-z^2/2) is 0 beyond it
    static final double NORMAL_LIMIT = 1e150;
    private static final int MAX_NEWTON_STEPS = 12;
    private static final int CENTRAL_TERMS = 13;

    static final double TWO_54 = 0x1p54;
    static final long SQRT_HALF_BITS = 0x3fe6a09e667f3bcdL;
    static final long EXPONENT_MASK = 0xfff0000000000000L;

    private ExactMath() {}

    /** e^x. */
    public static double exp(double x) {
        return exp(x, 0);
    }

    /** e^(x + small), for a {@code small} below about 1e-4 in magnitude that x's rounding has lost. */
    private static double exp(double x, double small) {
        double clamped = Math.min(Math.max(x, EXP_UNDERFLOW), EXP_OVERFLOW + 1);
        double k = Math.rint(clamped * INV_LN2);
        double r = ((clamped - k * LN2_HIGH) - k * LN2_LOW) + small;
        double p = 1 + expm1Reduced(r);
        return scale(p, (int) k);
    }

    /** e^r - 1 for |r| up to about ln(2)/2. */
    private static double expm1Reduced(double r) {
        double q = E10;
        q = q * r + E9;
        q = q * r + E8;
        q = q * r + E7;
        q = q * r + E6;
        q = q * r + E5;
        q = q * r + E4;
        q = q * r + E3;
        q = q * r + E2;
        q = q * r + E1;
        q = q * r + E0;
        return r + r * r * q;
    }

    /** x * 2^k for |k| up to about 1100, with one rounding unless the result is subnormal. */
    private static double scale(double x, int k) {
        int half = k >> 1;
        return x * powerOfTwo(half) * powerOfTwo(k - half);
    }

    /** 2^k for a normal result. */
    private static double powerOfTwo(int k) {
        return Double.longBitsToDouble((long) (k + 1023) << 52);
    }

    /** e^x - 1, accurate near 0. */
    public static double expm1(double x) {
        double clamped = Math.min(Math.max(x, EXPM1_SATURATED), EXP_OVERFLOW + 1);
        double k = Math.rint(clamped * INV_LN2);
        double r = (clamped - k * LN2_HIGH) - k * LN2_LOW;
        // 2^k (e^r - 1) + 2^k - 1 = 2^k ((e^r - 1) + (1 - 2^-k)). For k > 1000 the last term no longer matters.
        double rest = 1 - powerOfTwo((int) -Math.min(k, 1000));
        return scale(expm1Reduced(r) + rest, (int) k);
    }

    /** Natural logarithm. */
    public static double log(double x) {
        if (!(x > 0) || x == Double.POSITIVE_INFINITY) {
            return x == 0 ? Double.NEGATIVE_INFINITY : x > 0 ? x : Double.NaN;
        }
        boolean subnormal = x < Double.MIN_NORMAL;
        long bits = Double.doubleToRawLongBits(subnormal ? x * TWO_54 : x);
        // The power of two that brings x to [sqrt(1/2), sqrt(2)).
        long exponent = bits - SQRT_HALF_BITS & EXPONENT_MASK;
        double m = Double.longBitsToDouble(bits - exponent);
        double k = (double) (exponent >> 52) - (subnormal ? 54 : 0);
        double f = m - 1;
        double s = f / (2 + f);
        double w = s * s;
        double r = L7;
        r = r * w + L6;
        r = r * w + L5;
        r = r * w + L4;
        r = r * w + L3;
        r = r * w + L2;
        r = r * w + L1;
        r = r * w + L0;
        // log(1 + f) = f - f^2/2 + s (f^2/2 + w r), whose large terms are exact.
        double half = 0.5 * f * f;
        return k * LN2_HIGH - ((half - (s * (half + w * r) + k * LN2_LOW)) - f);
    }

    /** log(1 + x), accurate near 0. */
    public static double log1p(double x) {
        double u = 1 + x;
        if (!(u > 0) || u == Double.POSITIVE_INFINITY) {
            return log(u);
        }
        // What the rounding of 1 + x lost, to first order.
        double correction = (x - (u - 1)) / u;
        return log(u) + correction;
    }

    /** Logarithm to base 2; exact for powers of two. */
    public static double log2(double x) {
        if (!(x > 0) || x == Double.POSITIVE_INFINITY) {
            return log(x);
        }
        boolean subnormal = x < Double.MIN_NORMAL;
        long bits = Double.doubleToRawLongBits(subnormal ? x * TWO_54 : x);
        // As in log: with a significand below 1 too, nothing cancels for x just below a power of two.
        long exponent = bits - SQRT_HALF_BITS & EXPONENT_MASK;
        double k = (double) (exponent >> 52) - (subnormal ? 54 : 0);
        return k + log(Double.longBitsToDouble(bits - exponent)) * INV_LN2;
    }

    /** log(1 - e^-d) for d >= 0, accurate near 0 and far out. */
    public static double log1mExp(double d) {
        return d < LN2 ? log(-expm1(-d)) : log1p(-exp(-d));
    }

    /** Hyperbolic tangent. */
    public static double tanh(double x) {
        double t = expm1(-2 * Math.abs(x));
        double magnitude = -t / (2 + t);
        return x < 0 ? -magnitude : magnitude;
    }

    /** Inverse hyperbolic tangent, for |x| <= 1. */
    public static double atanh(double x) {
        double a = Math.abs(x);
        double magnitude = 0.5 * log1p(2 * a / (1 - a));
        return x < 0 ? -magnitude : magnitude;
    }

    /** 1 / (1 + e^-x). */
    public static double logistic(double x) {
        double e = exp(-Math.abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    /** log(1 / (1 + e^-x)). */
    public static double logLogistic(double x) {
        return Math.min(x, 0) - log1p(exp(-Math.abs(x)));
    }

    /** log(1 + e^x). */
    public static double softplus(double x) {
        return -logLogistic(-x);
    }

    /** logistic(b) - logistic(a) for b = a + d and d >= 0, without cancellation. */
    public static double logisticInterval(double a, double b, double d) {
        boolean flip = a + b > 0;
        double low = flip ? -b : a;
        double high = flip ? -a : b;
        return -expm1(-d) / ((1 + exp(-high)) * (1 + exp(low)));
    }

    /** log(logistic(b) - logistic(a)) for b = a + d and d >= 0. */
    public static double logLogisticInterval(double a, double b, double d) {
        boolean flip = a + b > 0;
        double low = flip ? -b : a;
        double high = flip ? -a : b;
        return log1mExp(d) + logLogistic(high) - softplus(low);
    }

    // ---- the normal distribution

    /** Survival function of the standard normal distribution for z >= 0, times exp(z^2/2): Mills' ratio / sqrt(2 pi). */
    static double scaledSurvival(double z) {
        return millsPolynomial((z - MILLS_CENTRE) / (z + MILLS_CENTRE)) / (1 + z);
    }

    /** (1 + z) S(z) exp(z^2/2) by t = (z - 5) / (z + 5). */
    static double millsPolynomial(double t) {
        double p = M24;
        p = p * t + M23;
        p = p * t + M22;
        p = p * t + M21;
        p = p * t + M20;
        p = p * t + M19;
        p = p * t + M18;
        p = p * t + M17;
        p = p * t + M16;
        p = p * t + M15;
        p = p * t + M14;
        p = p * t + M13;
        p = p * t + M12;
        p = p * t + M11;
        p = p * t + M10;
        p = p * t + M9;
        p = p * t + M8;
        p = p * t + M7;
        p = p * t + M6;
        p = p * t + M5;
        p = p * t + M4;
        p = p * t + M3;
        p = p * t + M2;
        p = p * t + M1;
        p = p * t + M0;
        return p;
    }

    /** exp(-z^2/2) for z >= 0. */
    static double gaussian(double z) {
        double bounded = Math.min(z, GAUSSIAN_LIMIT);
        // -z^2/2 in two parts, the first exact: its rounding would be magnified by the exponential.
        double high = Double.longBitsToDouble(Double.doubleToRawLongBits(bounded) & HIGH_HALF);
        double large = -0.5 * high * high;
        double small = -0.5 * (bounded - high) * (bounded + high);
        return exp(large, small);
    }

    /** Survival function of the standard normal distribution for z >= 0. */
    static double upperTail(double z) {
        return gaussian(z) * scaledSurvival(Math.min(z, GAUSSIAN_LIMIT));
    }

    /** Density of the standard normal distribution. */
    public static double normalDensity(double z) {
        return gaussian(Math.abs(z)) * INV_SQRT_2PI;
    }

    /** Pr(Z <= z) of a standard normal variable. */
    public static double normalCdf(double z) {
        double tail = upperTail(Math.abs(z));
        return z < 0 ? tail : 1 - tail;
    }

    /** log Pr(Z > z) of a standard normal variable, far out to the largest z. */
    public static double logNormalSurvival(double z) {
        if (z < 0) {
            return log1p(-upperTail(-z));
        }
        double bounded = Math.min(z, NORMAL_LIMIT);
        return log(scaledSurvival(bounded)) - 0.5 * bounded * bounded;
    }

    /**
     * Pr(a < Z <= b) for 0 <= a < b, given their exact difference d, or for a < 0 < b: without cancellation where that
     * would show beyond 4e-16.
     */
    public static double normalInterval(double a, double b) {
        return normalInterval(a, upperTail(Math.abs(a)), upperTail(b));
    }

    /** As {@link #normalInterval(double, double)}, given the upper tails of |a| and b. */
    static double normalInterval(double a, double tailA, double tailB) {
        return a < 0 ? (1 - tailA) - tailB : tailA - tailB;
    }

    /** The z with Pr(Z > z) = p, for 0 < p <= 1/2. */
    public static double normalUpperQuantile(double p) {
        return p > 0.25 ? normalCentralQuantile(0.5 - p) : normalTailQuantile(p);
    }

    /** The z with Pr(0 < Z <= z) = d, for 0 <= d <= 1/4: Newton's method, from below on a concave function. */
    private static double normalCentralQuantile(double d) {
        double z = d / INV_SQRT_2PI;
        for (int i = 0; i < MAX_NEWTON_STEPS; i++) {
            double next = z + (d - normalCentral(z)) / normalDensity(z);
            if (next == z) {
                break;
            }
            z = next;
        }
        return z;
    }

    /** Pr(0 < Z <= z) for 0 <= z <= 0.7: the density times z + z^3/3 + z^5/(3 5) + ..., to 1e-17. */
    private static double normalCentral(double z) {
        double square = z * z;
        double sum = 1;
        for (int n = 2 * CENTRAL_TERMS + 1; n >= 3; n -= 2) {
            sum = 1 + sum * square / n;
        }
        return normalDensity(z) * z * sum;
    }

    /** The z with Pr(Z > z) = p, for 0 < p <= 1/4, by Newton's method on the logarithm, which is concave. */
    private static double normalTailQuantile(double p) {
        double target = log(p);
        double z = Math.sqrt(-2 * target);
        for (int i = 0; i < MAX_NEWTON_STEPS; i++) {
            // d log S / dz = -1 / (Mills' ratio), and Mills' ratio is the scaled survival function over the density at
            // 0.
            double next = z + (logNormalSurvival(z) - target) * scaledSurvival(z) / INV_SQRT_2PI;
            if (next == z) {
                break;
            }
            z = next;
        }
        return z;
    }

    /** log of the standard normal density. */
    public static double logNormalDensity(double z) {
        return -0.5 * z * z - LOG_SQRT_2PI;
    }
}
