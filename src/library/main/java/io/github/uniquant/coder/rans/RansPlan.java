package io.github.uniquant.coder.rans;

/**
 * What coding a unit takes that depends on the tables of its elements alone: for each element its row base, range of symbols
 * and bucket descriptor, and for the unit the lanes to try. Immutable and thread-safe once made by {@link
 * RansTables#plan}; make one for each sequence of tables that many units share.
 */
public final class RansPlan extends LanePlan {
    private final RansTables tables;
    private boolean uniform; // one table for all elements, laid out for a block of them

    // Per element, in the unit's order; see index.
    private int[] table = {};
    private int[] rowBase = {}; // of the symbol 0
    private int[] range = {};
    private int[] descriptor = {};

    private long expectedWords;
    private long[] costBefore = {}; // scratch: expected cost of the elements before each

    RansPlan(RansTables tables) {
        this.tables = tables;
    }

    /** Lays this plan out for elements with tables {@code tableOf[offset .. offset + elements)}. */
    void layOut(int[] tableOf, int offset, int elements) {
        uniform = false;
        reserve(elements);
        for (int i = 0; i < elements; i++) {
            set(i, tableOf[offset + i]);
        }
        sumCosts(elements);
        plan(elements);
    }

    /** Lays this plan out for elements that all have this table. */
    void layOut(int oneTable, int elements) {
        uniform = true;
        int repeated = Math.clamp(elements, 1, BLOCK);
        reserve(repeated);
        for (int i = 0; i < repeated; i++) {
            set(i, oneTable);
        }
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

    private void set(int i, int t) {
        table[i] = t;
        rowBase[i] = tables.rowBase(t) - tables.first(t);
        range[i] = tables.range(t);
        descriptor[i] = tables.descriptor(t);
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

    /** Frees what only laying out needs. */
    RansPlan trimmed() {
        costBefore = new long[0];
        return this;
    }

    private void plan(int elements) {
        planLanes(elements);
        expectedWords = costBefore(elements) >>> RansFormat.COST_BITS + 4;
    }

    private void sumCosts(int count) {
        if (costBefore.length <= count) {
            costBefore = new long[count + 1];
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            costBefore[i] = sum;
            sum += tables.expected(table[i]);
        }
        costBefore[count] = sum;
    }

    @Override
    protected long costBefore(int element) {
        return uniform ? (long) element * tables.expected(table[0]) : costBefore[element];
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
}
