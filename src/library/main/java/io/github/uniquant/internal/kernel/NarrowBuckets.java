package io.github.uniquant.internal.kernel;

/**
 * The buckets of riffled tables, an entry of two ints each (see {@code RansTables}), in the forms that kernels read: ints, for
 * gathers, and both ints of an entry in one long, for loads. The longs are made when a kernel first asks. Thread-safe.
 */
public final class NarrowBuckets {
    // A table's descriptor: its base in units of entries << BASE_SHIFT | half its cells << 4 | log2 of the bucket size.

    /** Entries that bases are multiples of. */
    public static final int UNIT = 16;

    static final int UNIT_BITS = 4;

    public static final int BASE_SHIFT = 14;

    /** Of half the cells, shifted down by 4. */
    public static final int HALF_MASK = 0x3ff;

    /** Most cells of a table. */
    public static final int MAX_CELLS = 2 * HALF_MASK;

    /** Most entries of all tables. */
    public static final int MAX_ENTRIES = UNIT << Integer.SIZE - BASE_SHIFT;

    private final int[] ints;
    private volatile long[] longs = {};

    /** @param ints the entries, one after the other; they must not change any more */
    public NarrowBuckets(int[] ints) {
        this.ints = ints;
    }

    int[] ints() {
        return ints;
    }

    /** For each entry its first int in the lower half, its second in the upper. */
    long[] longs() {
        long[] made = longs;
        if (made.length < ints.length / 2) { // two threads may make the same
            made = new long[ints.length / 2];
            for (int i = 0; i < made.length; i++) {
                made[i] = ints[2 * i] & 0xffffffffL | (long) ints[2 * i + 1] << Integer.SIZE;
            }
            longs = made;
        }
        return made;
    }
}
