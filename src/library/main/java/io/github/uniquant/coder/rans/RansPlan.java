package io.github.uniquant.coder.rans;

/**
 * What coding a unit takes that depends on the tables of its elements alone: for each element its row base, first symbol,
 * overflow cell and bucket descriptor, and for the unit the lanes to try. Immutable and thread-safe once made by {@link
 * RansTables#plan}; make one for each sequence of tables that many units share.
 */
public final class RansPlan {
    /** Most elements that coders take at a time: a plan of one table repeats it so often. */
    static final int BLOCK = 4096;

    private static final int MAX_ATTEMPTS = 6 * (RansFormat.MAX_TAIL_EXPONENT + 1);

    private final RansTables tables;
    private int count;
    private boolean uniform; // one table for all elements, laid out for a block of them

    // Per element, in the unit's order; see index.
    private int[] table = {};
    private int[] rowBase = {};
    private int[] first = {};
    private int[] last = {};
    private int[] descriptor = {};

    private final int[] attempts = new int[MAX_ATTEMPTS]; // lane exponent << 8 | tau << 1 | tail in front, in order
    private int attemptCount;
    private long[] costBefore = {}; // scratch: expected cost of the elements before each
    private long cost; // of all, expected

    RansPlan(RansTables tables) {
        this.tables = tables;
    }

    /** Lays this plan out for elements with tables {@code tableOf[offset .. offset + elements)}. */
    void layOut(int[] tableOf, int offset, int elements) {
        uniform = false;
        count = elements;
        reserve(elements);
        for (int i = 0; i < elements; i++) {
            set(i, tableOf[offset + i]);
        }
        sumCosts();
        planLanes();
    }

    /** Lays this plan out for elements that all have this table. */
    void layOut(int oneTable, int elements) {
        uniform = true;
        count = elements;
        int repeated = Math.clamp(elements, 1, BLOCK);
        reserve(repeated);
        for (int i = 0; i < repeated; i++) {
            set(i, oneTable);
        }
        planLanes();
    }

    private void reserve(int elements) {
        if (table.length < elements) {
            table = new int[elements];
            rowBase = new int[elements];
            first = new int[elements];
            last = new int[elements];
            descriptor = new int[elements];
        }
    }

    private void set(int i, int t) {
        table[i] = t;
        rowBase[i] = tables.rowBase(t);
        first[i] = tables.first(t);
        last[i] = tables.last(t);
        descriptor[i] = tables.descriptor(t);
    }

    /** Where the arrays of this plan hold an element, and from there on those of up to a block behind it. */
    int index(int element) {
        return uniform ? 0 : element;
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

    /**
     * The lane rule: the lanes that the expected size asks for, with the smallest tail, back before front, that should hold
     * enough to start them; behind that the larger tails, should it not; then half the lanes, and so on.
     */
    private void planLanes() {
        attemptCount = 0;
        long sum = costBefore(count);
        cost = sum;
        if (count < RansFormat.HEADER_ELEMENTS) {
            return;
        }
        for (int k = RansFormat.firstLaneExponent(sum >>> RansFormat.COST_BITS + 3); k >= 1; k--) {
            long needed = RansFormat.neededTailCost(1 << k);
            boolean enough = false;
            for (int tau = 0; tau <= RansFormat.MAX_TAIL_EXPONENT; tau++) {
                long tail = RansFormat.tailElements(count, k, tau);
                if (!RansFormat.fits(count, tail)) {
                    break;
                }
                boolean back = sum - costBefore(count - (int) tail) >= needed;
                boolean front = costBefore((int) tail) >= needed;
                enough |= back || front;
                if (enough) {
                    attempts[attemptCount++] = k << 8 | tau << 1 | (!back && front ? 1 : 0);
                }
            }
        }
    }

    private void sumCosts() {
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

    /** Expected cost of the elements before one. */
    private long costBefore(int element) {
        return uniform ? (long) element * tables.expected(table[0]) : costBefore[element];
    }

    /** Words that a unit which follows its tables takes. */
    long expectedWords() {
        return cost >>> RansFormat.COST_BITS + 4;
    }

    /** The number of elements. */
    public int count() {
        return count;
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

    int[] first() {
        return first;
    }

    int[] last() {
        return last;
    }

    int[] descriptor() {
        return descriptor;
    }

    int attemptCount() {
        return attemptCount;
    }

    static int laneExponent(int attempt) {
        return attempt >>> 8;
    }

    static int tau(int attempt) {
        return attempt >>> 1 & 15;
    }

    static boolean tailInFront(int attempt) {
        return (attempt & 1) != 0;
    }

    /** Elements of an attempt's tail. */
    int tail(int attempt) {
        return (int) RansFormat.tailElements(count, laneExponent(attempt), tau(attempt));
    }

    int attempt(int i) {
        return attempts[i];
    }
}
