package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;

/**
 * A differentiable approximation of rounding (Agustsson and Theis, 2020, section 4.1): {@code m + tanh(alpha (x - m)) / (2
 * tanh(alpha / 2))} with {@code m = floor(x) + 1/2}. It is the identity for alpha to 0 and rounding for alpha to
 * infinity.
 */
public final class SoftRound {
    /** Below this alpha soft rounding is the identity. */
    private static final double MIN_ALPHA = 1e-3;

    private SoftRound() {}

    /** Soft rounding of x. */
    public static double softRound(double x, double alpha) {
        check(alpha);
        if (alpha < MIN_ALPHA) {
            return x;
        }
        double m = Math.floor(x) + 0.5;
        return m + ExactMath.tanh(alpha * (x - m)) / (2 * ExactMath.tanh(alpha / 2));
    }

    /** The inverse of {@link #softRound}. */
    public static double softRoundInverse(double y, double alpha) {
        check(alpha);
        if (alpha < MIN_ALPHA) {
            return y;
        }
        double m = Math.floor(y) + 0.5;
        double s = (y - m) * (2 * ExactMath.tanh(alpha / 2));
        double r = ExactMath.atanh(Math.min(Math.max(s, -1), 1)) / alpha;
        return m + Math.min(Math.max(r, -0.5), 0.5);
    }

    /** The mean of x given {@code softRound(x) + u = y}, u uniform on (-1/2, 1/2), for x of locally constant density. */
    public static double softRoundConditionalMean(double y, double alpha) {
        return softRoundInverse(y - 0.5, alpha) + 0.5;
    }

    /** The derivative of {@link #softRound} at x: {@code alpha / (2 tanh(alpha / 2) cosh(alpha (x - m))^2)}. */
    public static double softRoundDerivative(double x, double alpha) {
        check(alpha);
        if (alpha < MIN_ALPHA) {
            return 1;
        }
        double m = Math.floor(x) + 0.5;
        return alpha * inverseCoshSquared(alpha * (x - m)) / (2 * ExactMath.tanh(alpha / 2));
    }

    /**
     * The derivative of {@link #softRoundInverse} at y. It peaks at integers, at {@code sinh(alpha) / alpha}; where that is
     * beyond the doubles, the inverse jumps, and the derivative at the jump counts as 0, as beside it.
     */
    public static double softRoundInverseDerivative(double y, double alpha) {
        check(alpha);
        if (alpha < MIN_ALPHA) {
            return 1;
        }
        double t = ExactMath.tanh(alpha / 2);
        // 1 - s^2 for s = 2 t (y - m), by the distance e to the next integer: |y - m| = 1/2 - e.
        double above = y - Math.floor(y);
        double e = Math.min(above, 1 - above);
        double rest = inverseCoshSquared(alpha / 2) + 4 * t * t * (e * (1 - e));
        double slope = 2 * t / (alpha * rest);
        return slope <= Double.MAX_VALUE ? slope : 0;
    }

    /** The derivative of {@link #softRoundConditionalMean} at y. */
    public static double softRoundConditionalMeanDerivative(double y, double alpha) {
        return softRoundInverseDerivative(y - 0.5, alpha);
    }

    /** 1 / cosh(x)^2, accurate far out, where it underflows. */
    private static double inverseCoshSquared(double x) {
        double e = ExactMath.exp(-2 * Math.abs(x));
        return 4 * e / ((1 + e) * (1 + e));
    }

    static void check(double alpha) {
        if (!(alpha >= 0 && alpha <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("alpha must be finite and at least 0: alpha=" + alpha);
        }
    }
}
