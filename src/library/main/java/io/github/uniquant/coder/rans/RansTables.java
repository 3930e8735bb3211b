package io.github.uniquant.coder.rans;

import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.internal.kernel.NarrowBuckets;
import io.github.uniquant.internal.kernel.YoungStates;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;

/**
 * Tables made ready for coding: the slots of each handed out in the order of the native format, and caches of that.
 * Immutable and thread-safe; share one among all coders of a model.
 *
 * <p>The order of a table's cells on its 2^p slots: where the cells before the last rise and then fall, <i>riffle</i>, 0, h,
 * 1, h + 1, ... with h half the cells, rounded up; else by frequency, smallest, largest, second smallest, second largest,
 * and so on (ties by index). Both put small cells beside large ones, so that few cells share a bucket:
 *
 * <ul>
 *   <li><i>rows</i>, for encoding: the first slot and the frequency of a cell in one int;
 *   <li><i>buckets</i>, for decoding: equal runs of slots, each meeting at most three cells. Up to precision 12 and 2046
 *       cells an entry of two ints holds the bounds and the position of those cells; beyond that it holds the position of
 *       the first, and the bounds are looked up;
 *   <li><i>slots</i>, for decoding with few tables, up to 65,536 slots and 256 cells each: all about a slot in one int.
 * </ul>
 *
 * <p>Memory: 4 bytes a cell for rows; for the buckets of unimodal tables at least 4 bytes a cell and 128 bytes a table, and
 * 7.5 bytes a cell in all for normals from narrow to wide (1.32 MB for 2,880 tables with 177,356 cells); for those of any
 * table at most 4 bytes a slot, or 128 bytes; as much again where kernels load buckets instead of gathering them; for slots
 * 4 bytes each, at most 256 KiB. 4 bytes a cell more where a table is not unimodal or beyond the narrow entries.
 */
public final class RansTables {
    private static final int NARROW_PRECISION = 12;
    private static final int LEAST_BUCKETS = 8;
    private static final int SLOT_CELLS = 256;
    private static final int MAX_INTS = Integer.MAX_VALUE - 8; // the longest array

    /** Slots of all tables together up to which each has an entry: what stays in a second-level cache with room to spare. */
    private static final int MOST_SLOTS = 1 << 16;

    /** Most buckets of all tables: five cells may ask for 2^15, and come from a file where they take six bytes. */
    private static final int MOST_BUCKETS = 1 << 28;

    /** Narrow buckets of all tables up to which nothing is counted before they are made. */
    private static final int FEW_NARROW_BUCKETS = 1 << 25;

    private static final int[] LOG2 = new int[(1 << NARROW_PRECISION) + 1];

    static {
        for (int f = 1; f < LOG2.length; f++) {
            LOG2[f] = exactLog2(f);
        }
    }

    private final CdfTables tables;
    private final boolean narrow;

    // Per table.
    private final int[] rowBase; // index of its first cell in rows and cellAt
    private final long[] rowAndRange; // where symbol 0's row would be; first << cellBits | last, where it fits
    private final long[] descriptorAndRange; // pairs, for stores are what bounds a look-up
    private final int[] first; // the symbol of its first cell
    private final int[] last; // its overflow cell; the number of cells where it has none
    private final int[] origin; // the first slot of its likeliest cell
    private final int[] expected; // cost of one element, in 2^-16 bit
    private final long[]
            steady; // the symbol of its likeliest cell << 32 | states below this decode to it, and are left
    private final int[] descriptor; // narrow: as NarrowBuckets has it; wide: bucket base
    private final int[] bucketShift; // wide: log2 of the bucket size

    private final int cellBits; // what the largest overflow cell takes, at least 2
    private final boolean hasRanges;
    private final int[] rows; // first slot << 16 | frequency - 1
    private final int[] cellAt; // position on the slot axis to cell; empty where all tables are riffled and narrow
    private final int[] buckets; // see fillNarrow and fillWide
    private final NarrowBuckets narrowBuckets; // the same
    private final int[] bounds; // wide: the first slot of each position, and 2^p three times: row base + 3 t + position
    private final int[] slots; // few tables: an entry for each slot, see fillSlots; else empty

    /**
     * Makes tables ready for coding.
     *
     * @throws IllegalArgumentException if they take more than 2^28 buckets, as thousands of a high precision may; no memory
     *     is taken then
     */
    public static RansTables of(CdfTables tables) {
        boolean narrow = tables.precision() <= NARROW_PRECISION && maxCells(tables) <= NarrowBuckets.MAX_CELLS;
        long most = tables.count() * (long) Math.max(NarrowBuckets.UNIT, 1 << tables.precision());
        if (most > (narrow ? FEW_NARROW_BUCKETS : MOST_BUCKETS)) {
            narrow &= checkedBuckets(tables) <= NarrowBuckets.MAX_ENTRIES;
        }
        RansTables ready = new RansTables(tables, narrow);
        return narrow && ready.buckets.length - Kernels.PADDING > 2 * NarrowBuckets.MAX_ENTRIES
                ? new RansTables(tables, false)
                : ready;
    }

    /** Buckets of a table, of 2^shift slots each, with those that fill it up to a whole unit. */
    private static int buckets(int precision, int shift) {
        return Math.max(NarrowBuckets.UNIT, 1 << precision - shift);
    }

    private static long checkedBuckets(CdfTables tables) {
        Builder builder = new Builder(tables);
        long buckets = 0;
        for (int t = 0; t < tables.count(); t++) {
            builder.load(t);
            buckets += buckets(tables.precision(), builder.bucketShift());
        }
        if (buckets > MOST_BUCKETS) {
            throw new IllegalArgumentException("the tables must take at most 2^28 buckets: buckets=" + buckets
                    + " tables=" + tables.count() + " precision=" + tables.precision());
        }
        return buckets;
    }

    private static int maxCells(CdfTables tables) {
        int most = 0;
        for (int t = 0; t < tables.count(); t++) {
            most = Math.max(most, tables.cells(t));
        }
        return most;
    }

    private RansTables(CdfTables tables, boolean narrow) {
        this.tables = tables;
        this.narrow = narrow;
        int count = tables.count();
        int precision = tables.precision();
        rowBase = new int[count];
        rowAndRange = new long[count];
        descriptorAndRange = new long[count];
        first = new int[count];
        last = new int[count];
        origin = new int[count];
        expected = new int[count];
        steady = new long[count];
        descriptor = new int[count];
        bucketShift = new int[narrow ? 0 : count];
        // A table without overflow may be asked for a cell behind its last.
        rows = new int[rowCount(tables)];
        bounds = new int[narrow ? 0 : boundCount(tables)];
        boolean few = narrow && (long) count << precision <= MOST_SLOTS && maxCells(tables) <= SLOT_CELLS;
        slots = new int[few ? count << precision : 0];
        int[] cellOrder = new int[tables.totalCells()];
        int[] entries = new int[(int) Math.min(2L * tables.totalCells() + 16L * count, 1 << 24)];
        Builder builder = new Builder(tables);
        boolean allRiffled = narrow;
        cellBits = Math.max(2, 32 - Integer.numberOfLeadingZeros(maxCells(tables)));
        boolean fit = true;
        long end = 0; // buckets used so far
        for (int t = 0, base = 0; t < count; t++) {
            int cells = builder.load(t);
            rowBase[t] = base;
            first[t] = tables.offset(t);
            last[t] = tables.hasOverflow(t) ? cells - 1 : cells;
            fit &= first[t] << cellBits >> cellBits == first[t];
            allRiffled &= builder.riffled;
            origin[t] = builder.starts[builder.positionOfLikeliest];
            int range = first[t] << cellBits | last[t];
            rowAndRange[t] = pair(base - first[t], range);
            expected[t] = (int) (builder.cost >>> precision);
            steady[t] = steady(t, builder);
            builder.fillRows(rows, base);
            if (few) {
                builder.fillSlots(slots, t << precision);
            }
            System.arraycopy(builder.order, 0, cellOrder, base, cells);
            int shift = builder.bucketShift();
            int at = (int) end;
            end += buckets(precision, shift);
            entries = grown(entries, narrow ? 2 * end + Kernels.PADDING : end);
            if (narrow) {
                descriptor[t] = NarrowBuckets.descriptor((cells + 1) / 2, at, shift);
                builder.fillNarrow(entries, at, shift);
            } else {
                descriptor[t] = at;
                bucketShift[t] = shift;
                builder.fillWide(entries, at, bounds, base + 3 * t, shift);
            }
            descriptorAndRange[t] = pair(descriptor[t], range);
            base += cells;
        }
        buckets = Arrays.copyOf(entries, (int) (narrow ? 2 * end + Kernels.PADDING : end));
        narrowBuckets = new NarrowBuckets(buckets);
        hasRanges = fit;
        cellAt = allRiffled ? new int[0] : cellOrder;
    }

    /** See {@link #steady()}. */
    private long steady(int table, Builder builder) {
        int position = builder.positionOfLikeliest;
        int cell = builder.order[position];
        long symbol = (long) first[table] + cell;
        if (cell == last[table] || (int) symbol != symbol) {
            return 0;
        }
        int precision = tables.precision();
        int end = builder.largest == 1 << precision
                ? -1
                : YoungStates.leastElsewhere(builder.starts[position], builder.largest, precision);
        return pair((int) symbol, end);
    }

    private static long pair(int high, int low) {
        return (long) high << 32 | low & 0xffffffffL;
    }

    /** @param needed at most {@link #MOST_BUCKETS} */
    private static int[] grown(int[] entries, long needed) {
        return needed <= entries.length ? entries : Arrays.copyOf(entries, (int) Math.max(needed, 2L * entries.length));
    }

    private static int rowCount(CdfTables tables) {
        long count = (long) tables.totalCells() + Kernels.PADDING;
        if (count > MAX_INTS) {
            throw new IllegalArgumentException("the rows of the tables must fit int indexes: rows=" + count);
        }
        return (int) count;
    }

    private static int boundCount(CdfTables tables) {
        long count = tables.totalCells() + 3L * tables.count();
        if (count > MAX_INTS) {
            throw new IllegalArgumentException("the bounds of the tables must fit int indexes: bounds=" + count);
        }
        return (int) count;
    }

    /** The tables these were made from. */
    public CdfTables tables() {
        return tables;
    }

    /** The plan of units whose element {@code i} has table {@code tableOf[offset + i]}. */
    public RansPlan plan(int[] tableOf, int offset, int count) {
        return RansPlan.shared(this, tableOf, offset, count);
    }

    /** The plan of units of {@code count} elements that all have the one table there is; it takes no memory for each. */
    public RansPlan plan(int count) {
        if (tables.count() != 1) {
            throw new IllegalArgumentException("there must be one table: tables=" + tables.count());
        }
        return RansPlan.uniform(this, 0, count);
    }

    /** Bits of precision p. */
    int precision() {
        return tables.precision();
    }

    /** Whether buckets have the two-int entries that {@code Kernels} reads. */
    boolean narrow() {
        return narrow;
    }

    /** Whether every table's range fits an int, as kernels take it. */
    boolean hasRanges() {
        return hasRanges;
    }

    /** Bits of a range that are the overflow cell. */
    int cellBits() {
        return cellBits;
    }

    /** Writes, for elements of these tables, where the row of the symbol 0 would be, and the range. */
    void lookUpRows(int[] tableOf, int offset, int count, int[] rowBases, int[] ranges) {
        long[] rowAndRange = this.rowAndRange;
        for (int i = 0; i < count; i++) {
            long both = rowAndRange[tableOf[offset + i]];
            rowBases[i] = (int) (both >>> 32);
            ranges[i] = (int) both;
        }
    }

    /** Writes, for elements of these tables, the range and the descriptor. */
    void lookUpBuckets(int[] tableOf, int offset, int count, int[] ranges, int[] descriptors) {
        long[] descriptorAndRange = this.descriptorAndRange;
        for (int i = 0; i < count; i++) {
            long both = descriptorAndRange[tableOf[offset + i]];
            descriptors[i] = (int) (both >>> 32);
            ranges[i] = (int) both;
        }
    }

    /** Whether kernels can decode with these tables' buckets: every table's cells are riffled, and the descriptors say how. */
    boolean hasBucketKernel() {
        return hasRanges && cellAt.length == 0;
    }

    /** Whether kernels can decode with these tables. */
    boolean hasKernel() {
        return hasBucketKernel() || hasSlotKernel();
    }

    /** Whether kernels can decode with these tables' slots. */
    boolean hasSlotKernel() {
        return hasRanges && slots.length > 0;
    }

    int[] rows() {
        return rows;
    }

    /** The entries of all buckets; where they are narrow, {@link Kernels#PADDING} ints more. */
    int[] buckets() {
        return buckets;
    }

    /** The buckets as kernels read them, where they are narrow. */
    NarrowBuckets narrowBuckets() {
        return narrowBuckets;
    }

    /** The entries of all slots, those of table t from {@code t << p} on; empty where there are too many. */
    int[] slots() {
        return slots;
    }

    int rowBase(int table) {
        return rowBase[table];
    }

    int first(int table) {
        return first[table];
    }

    int last(int table) {
        return last[table];
    }

    int origin(int table) {
        return origin[table];
    }

    /** The first slot of each table's likeliest cell. */
    int[] origins() {
        return origin;
    }

    /**
     * For each table the symbol of its likeliest cell, and below that in 32 bits the first state, unsigned, that does not
     * stand on it or does not stay the same: any before it but 0 decodes to this symbol, encodes it, and is left. 0 where the
     * cell is not that of one symbol, 2^32 - 1 where it is the only one.
     */
    long[] steady() {
        return steady;
    }

    /** The expected cost of one element of each table, in 2^-16 bit. */
    int[] expected() {
        return expected;
    }

    int descriptor(int table) {
        return descriptor[table];
    }

    /** Number of tables. */
    int count() {
        return tables.count();
    }

    int cells(int table) {
        return tables.cells(table);
    }

    /** Where the entries of a table begin among {@link #buckets}, where those are narrow. */
    int firstBucketInt(int table) {
        return 2 * NarrowBuckets.first(descriptor[table]);
    }

    /** Ints that the entries of a table take, where they are narrow. */
    int bucketInts(int table) {
        return 2 * buckets(precision(), NarrowBuckets.sizeBits(descriptor[table]));
    }

    /** The descriptor of a table whose entries begin elsewhere, where they are narrow. */
    int movedDescriptor(int table, int bucketInt) {
        return NarrowBuckets.moved(descriptor[table], bucketInt / 2);
    }

    /** The first slot of the cell at a position; 2^p behind the last. */
    int bound(int table, int position) {
        if (!narrow) {
            return bounds[rowBase[table] + 3 * table + position];
        }
        return position == tables.cells(table) ? 1 << precision() : rows[rowBase[table] + cell(table, position)] >>> 16;
    }

    /** The cell at a position on the slot axis. */
    int cell(int table, int position) {
        if (cellAt.length > 0) {
            return cellAt[rowBase[table] + position];
        }
        return NarrowBuckets.cell(descriptor[table], position);
    }

    /** The position of the cell that a slot belongs to. */
    int position(int table, int slot) {
        if (narrow) {
            int entry = 2 * NarrowBuckets.entry(descriptor[table], slot);
            int low = buckets[entry];
            int high = buckets[entry + 1];
            int third = low >>> 26 | high >>> 26 << 6;
            return third - (slot < (low >>> 13 & 0x1fff) ? 1 : 0) - (slot < (high & 0x1fff) ? 1 : 0);
        }
        int position = buckets[descriptor[table] + (slot >>> bucketShift[table])];
        int at = rowBase[table] + 3 * table + position;
        return position + (slot >= bounds[at + 1] ? 1 : 0) + (slot >= bounds[at + 2] ? 1 : 0);
    }

    /** floor(2^16 log2 f) for f from 1 to 2^16, in integers alone. */
    static int log2(int f) {
        return f < LOG2.length ? LOG2[f] : exactLog2(f);
    }

    /** 16 squarings of f as a number in [1, 2) with 62 fraction bits, rounded down. */
    private static int exactLog2(int f) {
        int whole = 31 - Integer.numberOfLeadingZeros(f);
        long y = (long) f << 62 - whole;
        int bits = whole;
        for (int i = 0; i < 16; i++) {
            long high = Math.multiplyHigh(y, y);
            long low = y * y;
            y = high << 2 | low >>> 62;
            bits <<= 1;
            if (y < 0) { // at least 2
                y >>>= 1;
                bits |= 1;
            }
        }
        return bits;
    }

    /** The slot axis of one table at a time. */
    private static final class Builder {
        private final CdfTables tables;
        private final int precision;
        private final int[] frequency;
        private final int[] order; // position to cell
        private final int[] starts; // position to first slot; 2^p three times behind the last
        private final long[] byFrequency;
        private int cells;
        private boolean riffled;
        private int largest;
        private int positionOfLikeliest;
        private long cost; // sum of f (p - log2 f), in 2^-16 bit

        Builder(CdfTables tables) {
            int maxCells = maxCells(tables);
            this.tables = tables;
            this.precision = tables.precision();
            this.frequency = new int[maxCells];
            this.order = new int[maxCells];
            this.starts = new int[maxCells + 3];
            this.byFrequency = new long[maxCells];
        }

        /** Reads a table; returns its number of cells. */
        int load(int table) {
            cells = tables.cells(table);
            boolean fallen = false;
            boolean unimodal = true;
            int likeliest = 0;
            long sum = 0;
            int whole = precision << RansFormat.COST_BITS;
            for (int c = 0; c < cells; c++) {
                int f = tables.frequency(table, c);
                frequency[c] = f;
                sum += (long) f * (whole - log2(f));
                if (f > frequency[likeliest]) {
                    likeliest = c;
                }
                if (c > 0 && c < cells - 1) {
                    unimodal &= f <= frequency[c - 1] || !fallen;
                    fallen |= f < frequency[c - 1];
                }
            }
            cost = sum;
            riffled = unimodal;
            largest = frequency[likeliest];
            if (unimodal) {
                int half = (cells + 1) / 2;
                for (int j = 0; j < cells; j++) {
                    order[j] = (j >> 1) + (j & 1) * half;
                }
                positionOfLikeliest = likeliest < half ? 2 * likeliest : 2 * (likeliest - half) + 1;
            } else {
                orderByFrequency(likeliest);
            }
            int next = 0;
            for (int j = 0; j < cells; j++) {
                starts[j] = next;
                next += frequency[order[j]];
            }
            starts[cells] = next;
            starts[cells + 1] = next;
            starts[cells + 2] = next;
            return cells;
        }

        private void orderByFrequency(int likeliest) {
            for (int c = 0; c < cells; c++) {
                byFrequency[c] = (long) frequency[c] << 32 | c;
            }
            Arrays.sort(byFrequency, 0, cells);
            for (int j = 0; j < cells; j++) {
                int rank = (j & 1) == 0 ? j >> 1 : cells - 1 - (j >> 1);
                order[j] = (int) byFrequency[rank];
                if (order[j] == likeliest) {
                    positionOfLikeliest = j;
                }
            }
        }

        void fillRows(int[] rows, int base) {
            for (int j = 0; j < cells; j++) {
                rows[base + order[j]] = starts[j] << 16 | frequency[order[j]] - 1;
            }
        }

        /** Writes for each slot the frequency less 1 {@code << 20}, the cell's slots before it {@code << 8}, and the cell. */
        void fillSlots(int[] slots, int base) {
            for (int j = 0; j < cells; j++) {
                int entry = frequency[order[j]] - 1 << 20 | order[j];
                for (int slot = starts[j]; slot < starts[j + 1]; slot++) {
                    slots[base + slot] = entry | slot - starts[j] << 8;
                }
            }
        }

        /**
         * log2 of the size of the largest buckets that meet at most three cells each, and are at least 8 and at least half
         * as many as the cells; one bucket for up to three cells, so that a lone tail need not look for it. The last slot of a cell and the first slot of the third after it must lie in different
         * buckets, that is, differ in a bit that names the bucket; at least the second bit does.
         */
        int bucketShift() {
            if (cells <= 3) {
                return precision;
            }
            int wanted = Math.max(LEAST_BUCKETS, (cells + 1) / 2);
            int shift = Math.max(0, precision - (32 - Integer.numberOfLeadingZeros(wanted - 1)));
            for (int j = 0; j + 3 < cells; j++) {
                int differing = starts[j + 1] - 1 ^ starts[j + 3];
                shift = Math.min(shift, 31 - Integer.numberOfLeadingZeros(differing));
            }
            return shift;
        }

        /**
         * Writes the entries of a table: for each bucket, with j the position of the first cell that meets it and b0 .. b3
         * the bounds of that cell and the next ones, {@code b0 | b1 << 13 | (j mod 64) << 26} and {@code b2 | b3 << 13 | (j
         * div 64) << 26}.
         */
        void fillNarrow(int[] buckets, int base, int shift) {
            int count = 1 << precision - shift;
            int j = 0;
            for (int b = 0; b < count; b++) {
                while (starts[j + 1] <= b << shift) {
                    j++;
                }
                int entry = 2 * (base + b);
                int third = j + 2;
                buckets[entry] = starts[j] | starts[j + 1] << 13 | third << 26;
                buckets[entry + 1] = starts[third] | starts[j + 3] << 13 | third >> 6 << 26;
            }
        }

        /** Writes the position of the first cell that meets each bucket, and the bounds of all positions. */
        void fillWide(int[] buckets, int base, int[] bounds, int boundBase, int shift) {
            int count = 1 << precision - shift;
            int j = 0;
            for (int b = 0; b < count; b++) {
                while (starts[j + 1] <= b << shift) {
                    j++;
                }
                buckets[base + b] = j;
            }
            System.arraycopy(starts, 0, bounds, boundBase, cells + 3);
        }
    }
}
