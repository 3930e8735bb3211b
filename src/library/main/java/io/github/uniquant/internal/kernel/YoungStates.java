package io.github.uniquant.internal.kernel;

/**
 * States below 2^p, which a lane has while it holds less than one element's worth of bits: state v stands on slot
 * {@code (reverse(v) + origin) mod 2^p}, reverse being that of p bits and origin the first slot of the table's likeliest
 * cell. So the states of a cell are spread evenly, and a young state costs what the cell should cost.
 *
 * <p>With bits fixed from the top, reversed values run in steps of a power of two, so that counting those in an interval
 * is one division by it: no table of 2^p entries is needed.
 */
public final class YoungStates {
    private YoungStates() {}

    /** The slot that state {@code v} stands on. */
    public static int slot(int v, int origin, int precision) {
        return (Integer.reverse(v) >>> 32 - precision) + origin & (1 << precision) - 1;
    }

    /** The number of states below {@code v} on the slots of a cell: the inverse of {@link #state}. */
    public static int rank(int v, int start, int frequency, int origin, int precision) {
        int slots = 1 << precision;
        int low = start - origin & slots - 1;
        int high = low + frequency;
        int rank = 0;
        int fixed = 0; // the reversed bits of v above the current one
        for (int bit = precision - 1; bit >= 0; bit--) {
            if ((v >>> bit & 1) != 0) {
                rank += onInterval(low, high, fixed, precision - bit, slots);
                fixed |= 1 << precision - 1 - bit;
            }
        }
        return rank;
    }

    /** The state of rank {@code r}, from 0 to frequency - 1, on the slots of a cell. */
    public static int state(int r, int start, int frequency, int origin, int precision) {
        int slots = 1 << precision;
        int low = start - origin & slots - 1;
        int high = low + frequency;
        int left = r;
        int v = 0;
        int fixed = 0;
        for (int bit = precision - 1; bit >= 0; bit--) {
            int below = onInterval(low, high, fixed, precision - bit, slots);
            if (left >= below) {
                left -= below;
                v |= 1 << bit;
                fixed |= 1 << precision - 1 - bit;
            }
        }
        return v;
    }

    /** How many of the values fixed, fixed + 2^step, ... below {@code slots} lie in [low, high), taken cyclically. */
    private static int onInterval(int low, int high, int fixed, int step, int slots) {
        int whole = below(Math.min(high, slots), fixed, step) - below(low, fixed, step);
        return high > slots ? whole + below(high - slots, fixed, step) : whole;
    }

    private static int below(int bound, int fixed, int step) {
        return bound > fixed ? bound - fixed + (1 << step) - 1 >>> step : 0;
    }
}
