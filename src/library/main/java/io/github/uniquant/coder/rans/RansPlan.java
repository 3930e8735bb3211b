package io.github.uniquant.coder.rans;

import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.internal.kernel.NarrowBuckets;
import java.util.Arrays;

/**
 * What coding a unit takes that depends on the tables of its elements alone: for each element its row base, range of symbols
 * and bucket descriptor, and for the unit the lanes to try. Immutable and thread-safe once made by {@link
 * RansTables#plan}; make one for each sequence of tables that many units share.
 *
 * <p>A plan whose elements use a small part of the tables has rows and buckets of its own, in the order of its elements. A
 * unit of 768 channels with one of 15 noise levels each reads a table here and a table there of megabytes, a memory page
 * for each; out of its copy it reads along a few hundred kilobytes.
 */
public final class RansPlan extends LanePlan {
    /** Ints of rows and buckets of all tables up to which they are close enough as they are: a second-level cache's. */
    private static final int WORTH_COPYING = 1 << 16;

    /** Tables are copied where they are at most one in so many. */
    private static final int COPIED_PART = 2;

    /** Costs are kept for every so many elements: the lane rule asks for few of them. */
    private static final int COST_STEP = 64;

    private final RansTables tables;
    private boolean uniform; // one table for all elements, laid out for a block of them

    // Per element, in the unit's order; see index.
    private int[] table = {};
    private int[] rowBase = {}; // of the symbol 0
    private int[] range = {};
    private int[] descriptor = {};

    // What row bases and descriptors point into: those of all tables, or copies.
    private int[] rows;
    private int[] buckets;
    private NarrowBuckets narrowBuckets;
    private long copied; // ints in copies

    private long expectedWords;
    private long[] costBefore = {}; // scratch: expected cost of the elements before each COST_STEP-th

    RansPlan(RansTables tables) {
        this.tables = tables;
        this.rows = tables.rows();
        this.buckets = tables.buckets();
        this.narrowBuckets = tables.narrowBuckets();
    }

    /** Lays this plan out for elements with tables {@code tableOf[offset .. offset + elements)}. */
    void layOut(int[] tableOf, int offset, int elements) {
        checkElements(elements);
        tables.tables().checkIndexes(tableOf, offset, elements);
        uniform = false;
        reserve(elements);
        System.arraycopy(tableOf, offset, table, 0, elements);
        tables.lookUp(table, elements, rowBase, range, descriptor);
        sumCosts(elements);
        plan(elements);
    }

    /** Lays this plan out for elements that all have this table. */
    void layOut(int oneTable, int elements) {
        checkElements(elements);
        uniform = true;
        int repeated = Math.clamp(elements, 1, BLOCK);
        reserve(repeated);
        Arrays.fill(table, 0, repeated, oneTable);
        tables.lookUp(table, repeated, rowBase, range, descriptor);
        plan(elements);
    }

    private void reserve(int elements) {
        if (table.length < elements) {
            table = new int[elements];
            rowBase = new int[elements];
            range = new int[elements];
            descriptor = new int[elements];
        }
    }

    /** Where the arrays of this plan hold an element, and from there on those of up to a block behind it. */
    int index(int element) {
        return uniform ? 0 : element;
    }

    /** The table of an element. */
    int tableOf(int element) {
        return table[index(element)];
    }

    /** Whether all elements have one table, that of element 0. */
    boolean isUniform() {
        return uniform;
    }

    /**
     * Makes a plan that was laid out ready to be shared: frees what only laying out needs, and copies the rows and buckets of
     * its tables where they are a small part of all.
     */
    RansPlan shared() {
        costBefore = new long[0];
        if (!uniform && tables.hasBucketKernel()) {
            copyTables();
        }
        return this;
    }

    private void copyTables() {
        int[] rowsBefore = new int[tables.count()]; // in the copy, and 1 more; 0 where the table is not copied
        int[] bucketsBefore = new int[tables.count()];
        long rowsEnd = 0;
        long bucketsEnd = 0;
        for (int t : table) {
            if (rowsBefore[t] == 0) {
                rowsBefore[t] = (int) rowsEnd + 1;
                bucketsBefore[t] = (int) bucketsEnd;
                rowsEnd += tables.cells(t);
                bucketsEnd += tables.bucketInts(t);
            }
        }
        long part = rowsEnd + bucketsEnd;
        long all = (long) tables.rows().length + tables.buckets().length;
        if (all < WORTH_COPYING || part > all / COPIED_PART) {
            return;
        }
        rows = new int[(int) rowsEnd + Kernels.PADDING]; // as the tables have
        buckets = new int[(int) bucketsEnd + Kernels.PADDING];
        for (int t = 0; t < rowsBefore.length; t++) {
            if (rowsBefore[t] > 0) {
                System.arraycopy(tables.rows(), tables.rowBase(t), rows, rowsBefore[t] - 1, tables.cells(t));
                System.arraycopy(
                        tables.buckets(), tables.firstBucketInt(t), buckets, bucketsBefore[t], tables.bucketInts(t));
            }
        }
        for (int i = 0; i < table.length; i++) {
            int t = table[i];
            rowBase[i] = rowsBefore[t] - 1 - tables.first(t);
            descriptor[i] = tables.movedDescriptor(t, bucketsBefore[t]);
        }
        narrowBuckets = new NarrowBuckets(buckets);
        copied = part;
    }

    /** Ints of tables that this plan has copied; kernels may double those of buckets. */
    public long copiedInts() {
        return copied;
    }

    private void plan(int elements) {
        planLanes(elements);
        expectedWords = costBefore(elements) >>> RansFormat.COST_BITS + 4;
    }

    private void sumCosts(int count) {
        int steps = count / COST_STEP;
        if (costBefore.length <= steps) {
            costBefore = new long[steps + 1];
        }
        long sum = 0;
        for (int step = 0; step < steps; step++) {
            costBefore[step] = sum;
            sum += cost(step * COST_STEP, (step + 1) * COST_STEP);
        }
        costBefore[steps] = sum;
    }

    private long cost(int from, int to) {
        int[] expected = tables.expected();
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += expected[table[i]];
        }
        return sum;
    }

    @Override
    protected long costBefore(int element) {
        if (uniform) {
            return (long) element * tables.expected()[table[0]];
        }
        int step = element / COST_STEP;
        return costBefore[step] + cost(step * COST_STEP, element);
    }

    /** Words that a unit which follows its tables takes. */
    long expectedWords() {
        return expectedWords;
    }

    RansTables tables() {
        return tables;
    }

    int[] table() {
        return table;
    }

    int[] rowBase() {
        return rowBase;
    }

    int[] range() {
        return range;
    }

    int[] descriptor() {
        return descriptor;
    }

    int[] rows() {
        return rows;
    }

    int[] buckets() {
        return buckets;
    }

    /** The buckets as kernels read them, where they are narrow. */
    NarrowBuckets narrowBuckets() {
        return narrowBuckets;
    }
}
