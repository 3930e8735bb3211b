package io.github.uniquant.rate;

/**
 * Sums doubles in one fixed order, so that an estimate has the same bits on every path: element {@code i} goes to partial
 * sum {@code i mod 8}, each from the first element on, and the eight are added as {@code ((0+4)+(2+6)) + ((1+5)+(3+7))}.
 * The order is that of vectors of 2, 4 or 8 lanes, folded in halves.
 */
final class PairwiseSum {
    private static final int LANES = 8;

    private PairwiseSum() {}

    static double of(double[] values, int offset, int count) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        int end = offset + count;
        int i = offset;
        for (; i <= end - LANES; i += LANES) {
            s0 += values[i];
            s1 += values[i + 1];
            s2 += values[i + 2];
            s3 += values[i + 3];
            s4 += values[i + 4];
            s5 += values[i + 5];
            s6 += values[i + 6];
            s7 += values[i + 7];
        }
        s0 += i < end ? values[i] : 0;
        s1 += i + 1 < end ? values[i + 1] : 0;
        s2 += i + 2 < end ? values[i + 2] : 0;
        s3 += i + 3 < end ? values[i + 3] : 0;
        s4 += i + 4 < end ? values[i + 4] : 0;
        s5 += i + 5 < end ? values[i + 5] : 0;
        s6 += i + 6 < end ? values[i + 6] : 0;
        return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7));
    }
}
