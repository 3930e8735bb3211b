package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.PriorKernels.Quantity;

/** A distribution of the library's own, whose runs of values kernels compute; its noisy form's too. */
interface RunDistribution extends BaseDistribution {
    /** A quantity at a run of values, of elements one after the other. */
    void run(Quantity quantity, double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset);

    /** A quantity of one element at a run of values; the output may be the input, at the same offset. */
    void points(Quantity quantity, int element, double[] x, int xOffset, int count, double[] out, int outOffset);

    /** A quantity of one element at {@code first, first + 1, ...}. */
    default void row(Quantity quantity, int element, double first, int count, double[] out, int outOffset) {
        checkRow(element, count, out, outOffset);
        fillRow(first, count, out, outOffset);
        points(quantity, element, out, outOffset, count, out, outOffset);
    }

    /** Rows one after another, laid out as those of {@link Prior#probRows}; those of one element in a row are one run. */
    default void rows(
            Quantity quantity, int rows, int[] elements, double[] firsts, int[] counts, double[] out, int outOffset) {
        int at = outOffset;
        int r = 0;
        while (r < rows) {
            int element = elements[r];
            int end = at;
            for (; r < rows && elements[r] == element; r++) {
                checkRow(element, counts[r], out, end);
                fillRow(firsts[r], counts[r], out, end);
                end += counts[r];
            }
            points(quantity, element, out, at, end - at, out, at);
            at = end;
        }
    }

    private void checkRow(int element, int count, double[] out, int outOffset) {
        Parameters.checkRun((int) shape().elements(), out, outOffset, element, count, out, outOffset);
    }

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
