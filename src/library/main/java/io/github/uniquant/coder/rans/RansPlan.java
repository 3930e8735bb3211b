package io.github.uniquant.coder.rans;

import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.internal.kernel.NarrowBuckets;
import java.util.Arrays;
import java.util.Objects;

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

    private static final int[] NONE = {};

    /** Who a plan serves. */
    enum Use {
        /** Any coder, and many units. */
        SHARED,
        /** One encoder, unit by unit; the arrays hold a block of the elements, as for a decoder. */
        ENCODER,
        /** One decoder. */
        DECODER
    }

    private final RansTables tables;
    private final Use use;
    private boolean uniform; // one table for all elements, laid out for a block of them

    private int[] tableOf = NONE; // element i has table [tablesFrom + i]
    private int tablesFrom;

    // Of all elements in the unit's order, or of a block; see index.
    private int[] table = NONE;
    private int[] rowBase = NONE; // of the symbol 0
    private int[] range = NONE;
    private int[] descriptor = NONE;

    // What row bases and descriptors point into: those of all tables, or copies.
    private int[] rows;
    private int[] buckets;
    private NarrowBuckets narrowBuckets;
    private long copied; // ints in copies

    private long expectedWords;
    private long[] costBefore = {}; // expected cost of the elements before each COST_STEP-th

    /** A plan that serves nothing yet. */
    RansPlan(RansTables tables, Use use) {
        this.tables = tables;
        this.use = use;
        this.rows = tables.rows();
        this.buckets = tables.buckets();
        this.narrowBuckets = tables.narrowBuckets();
    }

    /** A plan that units share, whose element {@code i} has table {@code tableOf[offset + i]}. */
    static RansPlan shared(RansTables tables, int[] tableOf, int offset, int elements) {
        checkElements(elements);
        tables.tables().checkIndexes(tableOf, offset, elements);
        RansPlan plan = new RansPlan(tables, Use.SHARED);
        plan.reserve(elements);
        plan.serve(tableOf, offset, elements);
        plan.lookUp(0, elements);
        plan.plan(elements);
        plan.costBefore = new long[0];
        if (tables.hasBucketKernel()) {
            plan.copyTables(elements);
        }
        plan.tableOf = plan.table;
        plan.tablesFrom = 0;
        return plan;
    }

    /** A plan that units share whose elements all have this table. */
    static RansPlan uniform(RansTables tables, int oneTable, int elements) {
        checkElements(elements);
        RansPlan plan = new RansPlan(tables, Use.SHARED);
        plan.uniform = true;
        int block = Math.clamp(elements, 1, BLOCK);
        int[] tableOf = new int[block];
        Arrays.fill(tableOf, oneTable);
        plan.reserve(block);
        plan.serve(tableOf, 0, block);
        plan.lookUp(0, block);
        plan.plan(elements);
        return plan;
    }

    /**
     * Serves elements with tables {@code tableOf[offset .. offset + elements)}, which stay what they are until it is {@link
     * #release released}. An encoder is told what lanes to try.
     *
     * @throws IllegalArgumentException if an index is not that of a table: for an encoder from here, for a decoder from
     *     {@link #index}, as what an array's own check finds costs nothing
     */
    void serve(int[] tableOf, int offset, int elements) {
        checkElements(elements);
        Objects.checkFromIndexSize(offset, elements, tableOf.length);
        this.tableOf = tableOf;
        tablesFrom = offset;
        if (use != Use.SHARED) {
            reserve(Math.min(elements, BLOCK));
        }
        if (use == Use.ENCODER) {
            plan(elements);
        } else {
            setCount(elements);
        }
    }

    /** Lets go of the tables. */
    void release() {
        tableOf = NONE;
    }

    private void reserve(int elements) {
        int length = elements + Kernels.PADDING;
        if (range.length < length) {
            table = new int[length];
            rowBase = new int[length];
            range = new int[length];
            descriptor = new int[length];
        }
    }

    /** Makes the arrays hold some elements. */
    private void lookUp(int element, int elements) {
        int from = tablesFrom + element;
        System.arraycopy(tableOf, from, table, 0, elements);
        try {
            if (use != Use.DECODER) {
                tables.lookUpRows(tableOf, from, elements, rowBase, range);
            }
            if (use != Use.ENCODER) {
                tables.lookUpBuckets(tableOf, from, elements, range, descriptor);
            }
        } catch (ArrayIndexOutOfBoundsException e) {
            tables.tables().checkIndexes(tableOf, from, elements);
            throw e;
        }
    }

    /** The row bases of the elements that the arrays hold, which a decoder wants for a few alone. */
    int[] rowBase(int elements) {
        if (use == Use.DECODER) {
            tables.lookUpRows(table, 0, elements, rowBase, range);
        }
        return rowBase;
    }

    private void plan(int elements) {
        if (!uniform) {
            sumCosts(elements);
        }
        planLanes(elements);
        expectedWords = costBefore(elements) >>> RansFormat.COST_BITS + 4;
    }

    private void sumCosts(int elements) {
        int steps = elements / COST_STEP;
        if (costBefore.length <= steps) {
            costBefore = new long[steps + 1];
        }
        long sum = 0;
        try {
            for (int step = 0; step <= steps; step++) {
                costBefore[step] = sum;
                int from = step * COST_STEP;
                sum += cost(from, Math.min(from + COST_STEP, elements));
            }
        } catch (ArrayIndexOutOfBoundsException e) {
            tables.tables().checkIndexes(tableOf, tablesFrom, elements);
            throw e;
        }
    }

    private long cost(int from, int to) {
        int[] expected = tables.expected();
        int[] tableOf = this.tableOf;
        int offset = tablesFrom;
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += expected[tableOf[offset + i]];
        }
        return sum;
    }

    @Override
    protected long costBefore(int element) {
        if (uniform) {
            return (long) element * tables.expected()[tableOf[0]];
        }
        int step = element / COST_STEP;
        return costBefore[step] + cost(step * COST_STEP, element);
    }

    /**
     * Where the arrays of this plan hold an element and those behind it, up to a block: a plan that holds a block at a time
     * then holds these.
     */
    int index(int element, int elements) {
        if (use == Use.SHARED) {
            return uniform ? 0 : element;
        }
        lookUp(element, elements);
        return 0;
    }

    /** The table of an element. */
    int tableOf(int element) {
        return tableOf[uniform ? 0 : tablesFrom + element];
    }

    /** Whether all elements have one table, that of element 0. */
    boolean isUniform() {
        return uniform;
    }

    private void copyTables(int elements) {
        int[] rowsBefore = new int[tables.count()]; // in the copy, and 1 more; 0 where the table is not copied
        int[] bucketsBefore = new int[tables.count()];
        long rowsEnd = 0;
        long bucketsEnd = 0;
        for (int i = 0; i < elements; i++) {
            int t = table[i];
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
        for (int i = 0; i < elements; i++) {
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
