package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.PriorKernels.Quantity;

/** A distribution of the library's own, whose runs of values kernels compute; its noisy form's too. */
interface RunDistribution extends BaseDistribution {
    /** A quantity at a run of values, of elements one after the other. */
    void run(Quantity quantity, double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset);

    /** A quantity of one element at {@code first, first + 1, ...}. */
    void row(Quantity quantity, int element, double first, int count, double[] out, int outOffset);

    @Override
    default void cdf(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        run(Quantity.CDF, x, xOffset, firstElement, count, out, outOffset);
    }

    @Override
    default void survival(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        run(Quantity.SURVIVAL, x, xOffset, firstElement, count, out, outOffset);
    }

    @Override
    default void logCdf(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        run(Quantity.LOG_CDF, x, xOffset, firstElement, count, out, outOffset);
    }

    @Override
    default void logSurvival(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        run(Quantity.LOG_SURVIVAL, x, xOffset, firstElement, count, out, outOffset);
    }

    @Override
    default void logDensity(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        run(Quantity.LOG_DENSITY, x, xOffset, firstElement, count, out, outOffset);
    }

    /** Writes {@code first, first + 1, ...}. */
    static void fillRow(double first, int count, double[] out, int outOffset) {
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = first + i;
        }
    }
}
