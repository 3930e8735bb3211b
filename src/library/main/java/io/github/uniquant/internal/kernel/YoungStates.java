package io.github.uniquant.internal.kernel;

/**
 * States below 2^p, which a lane has while it holds less than one element's worth of bits: state v stands on slot
 * {@code (reverse(v) + origin) mod 2^p}, reverse being that of p bits and origin the first slot of the table's likeliest
 * cell. So the states of a cell are spread evenly, and a young state costs what the cell should cost.
 *
 * <p>Values with their low bits fixed run in steps of a power of two; of a run of them, those with the next bit 0 are every
 * other one. So the reversed values in an interval are counted by halving it, a bit at a time, and no table of 2^p entries
 * is needed. That an interval goes on at 0 behind the last slot makes no difference, as 2^p is a multiple of every step.
 */
public final class YoungStates {
    private YoungStates() {}

    /** The slot that state {@code v} stands on. */
    public static int slot(int v, int origin, int precision) {
        return (Integer.reverse(v) >>> 32 - precision) + origin & (1 << precision) - 1;
    }

    /** The number of states below {@code v} on the slots of a cell: the inverse of {@link #state}. */
    public static int rank(int v, int start, int frequency, int origin, int precision) {
        int low = start - origin & (1 << precision) - 1;
        int high = low + frequency; // of a run of values, which ones are of the cell and have the bits of v so far
        int rank = 0;
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(v);
        int above = precision - bits; // where v has zeros: nothing is below it for those
        low = low + (1 << above) - 1 >> above;
        high = high + (1 << above) - 1 >> above;
        for (int bit = bits - 1; bit >= 0; bit--) {
            int set = v >>> bit & 1;
            rank += (high + 1 >> 1) - (low + 1 >> 1) & -set; // those with this bit 0 are below v
            low = low + 1 - set >> 1;
            high = high + 1 - set >> 1;
        }
        return rank;
    }

    /**
     * The least state that is not on the likeliest cell, which does not have all slots. Those below it stand on that cell, and
     * are their own ranks.
     */
    public static int leastElsewhere(int start, int frequency, int precision) {
        return state(0, start + frequency, (1 << precision) - frequency, start, precision);
    }

    /** The state of rank {@code r}, from 0 to frequency - 1, on the slots of a cell. */
    public static int state(int r, int start, int frequency, int origin, int precision) {
        int low = start - origin & (1 << precision) - 1;
        int high = low + frequency;
        int left = r;
        int v = 0;
        for (int bit = precision - 1; bit >= 0; bit--) {
            int below = (high + 1 >> 1) - (low + 1 >> 1);
            int set = below - 1 - left >>> 31; // whether the state is not among those with this bit 0
            left -= below & -set;
            v |= set << bit;
            low = low + 1 - set >> 1;
            high = high + 1 - set >> 1;
        }
        return v;
    }
}
