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

    private static void check(double alpha) {
        if (!(alpha >= 0)) {
            throw new IllegalArgumentException("alpha must be at least 0: alpha=" + alpha);
        }
    }
}
