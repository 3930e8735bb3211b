package io.github.uniquant.prior;

import java.util.function.DoubleUnaryOperator;

/**
 * A derivative by central differences of sixth order, of the step among several with which the fourth order agrees best.
 *
 * @param value the derivative
 * @param doubt by how much both orders differ, and what the rounding of f may do
 */
record FiniteDifference(double value, double doubt) {
    private static final double[] STEPS = {0x1p-3, 0x1p-4, 0x1p-5, 0x1p-6, 0x1p-8, 0x1p-10, 0x1p-13};

    /** Below this, values are too near the subnormal ones. */
    private static final double LEAST = 1e-290;

    /** What f may be off by, in units in its last place. */
    private static final double ULPS = 8;

    /** @param reach a distance from x over which f bends */
    static FiniteDifference of(DoubleUnaryOperator f, double x, double reach) {
        FiniteDifference best = new FiniteDifference(0, Double.POSITIVE_INFINITY);
        for (double step : STEPS) {
            FiniteDifference trial = at(f, x, step * reach);
            best = trial.doubt < best.doubt ? trial : best;
        }
        return best;
    }

    private static FiniteDifference at(DoubleUnaryOperator f, double x, double step) {
        double[] slopes = new double[3];
        double size = 0;
        for (int k = 1; k <= 3; k++) {
            double high = x + k * step;
            double low = x - k * step;
            double above = f.applyAsDouble(high);
            double below = f.applyAsDouble(low);
            slopes[k - 1] = (above - below) / (high - low);
            size = Math.max(size, Math.max(Math.abs(above), Math.abs(below)));
        }
        double fourth = (4 * slopes[0] - slopes[1]) / 3;
        double sixth = (15 * slopes[0] - 6 * slopes[1] + slopes[2]) / 10;
        double rounding = ULPS * Math.ulp(size) / step;
        return new FiniteDifference(sixth, Math.abs(sixth - fourth) + rounding);
    }

    /** Whether both orders agree to a small part of a derivative that is not next to nothing. */
    boolean isSure() {
        return Math.abs(value) > LEAST && doubt <= 2e-7 * Math.abs(value);
    }
}
