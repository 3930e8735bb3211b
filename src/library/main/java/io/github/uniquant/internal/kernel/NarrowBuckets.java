package io.github.uniquant.internal.kernel;

/**
 * The buckets of riffled tables, an entry of two ints each (see {@code RansTables}), in the forms that kernels read: ints, for
 * gathers, and both ints of an entry in one long, for loads. The longs are made when a kernel first asks. Thread-safe.
 */
public final class NarrowBuckets {
    // A table's descriptor: half its cells << HALF_SHIFT | its first entry | log2 of the bucket size.

    /** Entries that a table's first one is a multiple of. */
    public static final int UNIT = 16;

    /** Of the log2 of the bucket size. */
    static final int SIZE_MASK = UNIT - 1;

    /** Of half the cells, which are above the rest. */
    static final int HALF_SHIFT = 22;

    /** Of a table's first entry. */
    static final int FIRST_MASK = (1 << HALF_SHIFT) - UNIT;

    /** Most cells of a table. */
    public static final int MAX_CELLS = 2 * ((1 << Integer.SIZE - HALF_SHIFT) - 1);

    /** Most entries of all tables. */
    public static final int MAX_ENTRIES = 1 << HALF_SHIFT;

    private final int[] ints;
    private volatile long[] longs = {};

    /** @param ints the entries, one after the other; they must not change any more */
    public NarrowBuckets(int[] ints) {
        this.ints = ints;
    }

    /**
     * The descriptor of a table.
     *
     * @param half half its cells, rounded up
     * @param first its first entry, a multiple of {@link #UNIT}
     * @param sizeBits log2 of the bucket size
     */
    public static int descriptor(int half, int first, int sizeBits) {
        return half << HALF_SHIFT | first | sizeBits;
    }

    /** The descriptor of a table whose entries begin elsewhere. */
    public static int moved(int descriptor, int first) {
        return descriptor & ~FIRST_MASK | first;
    }

    /** The first entry of a table. */
    public static int first(int descriptor) {
        return descriptor & FIRST_MASK;
    }

    /** log2 of the size of a table's buckets. */
    public static int sizeBits(int descriptor) {
        return descriptor & SIZE_MASK;
    }

    /** The entry of a slot's bucket. */
    public static int entry(int descriptor, int slot) {
        return (descriptor & FIRST_MASK) + (slot >>> (descriptor & SIZE_MASK));
    }

    /** The cell at a position of a riffled table. */
    public static int cell(int descriptor, int position) {
        return (position >> 1) + (position & 1) * (descriptor >>> HALF_SHIFT);
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
