package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.SymbolEncoder;
import io.github.uniquant.coder.SymbolSource;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.symbol.OverflowCode;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes native strings. A rANS coder is a stack: everything goes in backwards, last element first, so that the decoder
 * reads it forwards. The order of a string's making is escapes, tail, the lanes' start states taken off lane 0, head, the
 * lanes' end states put back, header. Reusable and single-threaded.
 */
public final class RansEncoder extends LaneEncoder implements SymbolEncoder {
    /** Elements taken at a time: their symbols and rows stay in the first-level cache. */
    private static final int BLOCK = LanePlan.BLOCK;

    /** Elements that units of a group are read by at a time, so that the rows of one unit serve the next from the cache. */
    private static final int GROUP_BLOCK = 256;

    /** Units up to this size keep all their rows; longer ones look them up again where they are coded. */
    private static final int KEPT_ROWS = 1 << 16;

    /** Lanes that keep the vector units busy: a row of fewer waits for the row before it. */
    private static final int LANES_IN_FLIGHT = 64;

    /** Units of up to so many lanes are short: their tails count, and one lane each is what those have. */
    private static final int SHORT_LANE_EXPONENT = 4;

    /** Most units that are coded side by side. */
    static final int MAX_GROUP = Kernels.TAIL_UNITS;

    /** Most elements of all units that are coded side by side, which all keep their rows. */
    private static final int MAX_GROUP_ELEMENTS = KEPT_ROWS;

    private RansTables tables;
    private int precision;
    private RansPlan ownPlan;
    private final ArraySource arraySource = new ArraySource();
    private final ByteSource byteSource = new ByteSource();

    private int[] symbols = {}; // of a block
    private int[] rows = {}; // in coding order: last element first
    private int[] escapes = {}; // index and symbol of each, in element order
    private int escapesEnd;
    private int[] scratch = new int[Kernels.PADDING + RansFormat.MAX_LANES]; // longer in the leader of a group
    private final Group group = new Group();
    private final RansEncoder[] members = new RansEncoder[MAX_GROUP];

    /** What kernels take: the arrays of units that are coded side by side. */
    private static final class Group {
        private final int[][] rows = new int[MAX_GROUP][];
        private final int[][] states = new int[MAX_GROUP][];
        private final short[][] words = new short[MAX_GROUP][];
        private final int[] wordCounts = new int[MAX_GROUP];
        private final int[] lane0 = new int[MAX_GROUP];

        void take(int at, RansEncoder encoder) {
            rows[at] = encoder.rows;
            states[at] = encoder.states;
            words[at] = encoder.words;
            wordCounts[at] = encoder.wordCount;
            lane0[at] = (int) encoder.x;
        }

        /** Gives an encoder back what was moved on. */
        void give(int at, RansEncoder encoder) {
            encoder.wordCount = wordCounts[at];
            encoder.x = lane0[at] & 0xFFFFFFFFL;
        }
    }

    /** An encoder with these tables. */
    public RansEncoder(RansTables tables) {
        this(tables, null);
    }

    RansEncoder(RansTables tables, @Nullable Kernels given) {
        super(given);
        this.tables = tables;
        this.precision = tables.precision();
        this.ownPlan = new RansPlan(tables, RansPlan.Use.ENCODER);
    }

    /** Takes up other tables, with the working memory that there is: for streams that come with tables of their own. */
    public void use(RansTables otherTables) {
        tables = otherTables;
        precision = otherTables.precision();
        ownPlan = new RansPlan(otherTables, RansPlan.Use.ENCODER);
    }

    /**
     * A lane pushes at most one word for a cell, and an escape at most five; lane 0's state is at most four bytes, and the
     * states of 64 lanes and the header less than 300 bytes.
     */
    @Override
    public long maxBytes(int count) {
        return 2L * (1 + RansFormat.ESCAPE_WORDS) * count + 304;
    }

    @Override
    public int encode(
            int[] symbolsOf,
            int symbolsOffset,
            int[] tableOf,
            int tablesOffset,
            int count,
            byte[] out,
            int outOffset,
            int outLimit) {
        Objects.checkFromIndexSize(symbolsOffset, count, symbolsOf.length);
        Objects.checkFromToIndex(outOffset, outLimit, out.length);
        ownPlan.serve(tableOf, tablesOffset, count);
        arraySource.array = symbolsOf;
        arraySource.offset = symbolsOffset;
        try {
            code(arraySource, ownPlan);
        } finally {
            arraySource.array = ArraySource.NONE;
            ownPlan.release();
        }
        return write(out, outOffset, outLimit);
    }

    /**
     * Codes the unit that a source supplies, by a plan of this encoder's tables, and keeps the string for {@link #write}.
     *
     * @return the length of the string in bytes
     * @throws IllegalArgumentException as {@link SymbolEncoder#encode}
     */
    public long code(SymbolSource source, RansPlan plan) {
        checkPlan(plan);
        try {
            readUnit(source, plan);
            code(source, plan, 0);
        } catch (Throwable e) {
            start(0); // what there is of a string is none
            throw e;
        }
        return length();
    }

    /** As {@link #code(SymbolSource, RansPlan)}, for elements with tables {@code tableOf[tablesOffset ..]}. */
    public long code(SymbolSource source, int[] tableOf, int tablesOffset, int count) {
        ownPlan.serve(tableOf, tablesOffset, count);
        try {
            return code(source, ownPlan);
        } finally {
            ownPlan.release();
        }
    }

    /**
     * Equivalent to {@link #code(SymbolSource, RansPlan)} with the symbols {@code symbols[offset + i] & 0xff}; faster where
     * all elements have one table, of precision 12 or less and without overflow.
     */
    public long code(byte[] symbols, int offset, RansPlan plan) {
        checkPlan(plan);
        Objects.checkFromIndexSize(offset, plan.count(), symbols.length);
        byteSource.of(symbols, offset);
        // Kernels take rows with a sign, for which the highest precision leaves no bit.
        if (plan.isUniform() && tables.narrow() && tables.tables().hasOverflowNowhere()) {
            byteSource.oneTable(tables, plan.tableOf(0));
        }
        try {
            return code(byteSource, plan);
        } finally {
            byteSource.release();
        }
    }

    /** How many units of a plan are worth coding together: those that fill the vectors which one leaves idle. */
    public static int groupSize(RansPlan plan) {
        int exponent = plan.attemptCount() == 0 ? 0 : RansPlan.laneExponent(plan.attempt(0));
        int units = exponent <= SHORT_LANE_EXPONENT ? MAX_GROUP : LANES_IN_FLIGHT >> exponent;
        return Math.clamp(MAX_GROUP_ELEMENTS / Math.max(1, plan.count()), 1, Math.max(1, units));
    }

    /**
     * Codes one unit with each of some encoders, side by side; each keeps its string, the same as if it had coded alone.
     * None has a string where one's symbols are refused.
     *
     * @param encoders encoders of the same tables
     * @param sources one source for each
     * @param count units to code, at most {@link #groupSize}
     */
    public static void codeTogether(RansEncoder[] encoders, SymbolSource[] sources, int count, RansPlan plan) {
        try {
            codeGroup(encoders, sources, count, plan);
        } catch (Throwable e) {
            for (int u = 0; u < count; u++) {
                encoders[u].start(0);
            }
            throw e;
        }
    }

    private static void codeGroup(RansEncoder[] encoders, SymbolSource[] sources, int count, RansPlan plan) {
        RansEncoder leader = encoders[0];
        Group group = leader.group;
        if (leader.scratch.length < Kernels.TAIL_SCRATCH) {
            leader.scratch = new int[Kernels.TAIL_SCRATCH];
        }
        int n = plan.count();
        boolean manyLanes = plan.attemptCount() > 0;
        int attempt = manyLanes ? plan.attempt(0) : 0;
        int exponent = RansPlan.laneExponent(attempt);
        int tail = manyLanes ? plan.tail(attempt) : n;
        boolean inFront = manyLanes && RansPlan.tailInFront(attempt);
        for (int u = 0; u < count; u++) {
            encoders[u].checkPlan(plan);
            encoders[u].prepareRead(sources[u], plan);
        }
        for (int first = 0; first < n; first += GROUP_BLOCK) {
            for (int u = 0; u < count; u++) {
                encoders[u].readBlock(sources[u], plan, first, Math.min(GROUP_BLOCK, n - first));
            }
        }
        for (int u = 0; u < count; u++) {
            encoders[u].start(plan);
            encoders[u].reserve(n);
            group.take(u, encoders[u]);
        }
        leader.putTails(count, plan, inFront ? tail : n, tail, inFront ? n - tail : 0);
        for (int u = 0; u < count; u++) {
            group.give(u, encoders[u]);
        }
        if (!manyLanes) {
            for (int u = 0; u < count; u++) {
                encoders[u].finishLane0(n);
            }
            return;
        }
        int ready = 0;
        for (int u = 0; u < count; u++) {
            if (encoders[u].popStates(1 << exponent)) {
                group.take(ready, encoders[u]);
                leader.members[ready++] = encoders[u];
            } else {
                encoders[u].code(sources[u], plan, 1);
            }
        }
        leader.kernels.encodeLanes(
                ready,
                group.rows,
                inFront ? 0 : tail,
                n - tail,
                1 << exponent,
                leader.precision,
                group.states,
                group.words,
                group.wordCounts,
                leader.scratch);
        for (int i = 0; i < ready; i++) {
            leader.members[i].wordCount = group.wordCounts[i];
            leader.members[i].finishLanes(attempt);
        }
    }

    private void checkPlan(RansPlan plan) {
        if (plan.tables() != tables) {
            throw new IllegalArgumentException("the plan must be one of the encoder's tables: plan="
                    + plan.tables().tables() + " tables=" + tables.tables());
        }
    }

    // ---- rows and escapes

    private boolean keepsRows(SymbolSource source, RansPlan plan) {
        return plan.count() <= KEPT_ROWS && !(source == byteSource && byteSource.oneTable);
    }

    /** Finds the unit's escapes, and its rows where they are kept. */
    private void readUnit(SymbolSource source, RansPlan plan) {
        prepareRead(source, plan);
        int n = plan.count();
        if (!keepsRows(source, plan) && tables.tables().hasOverflowNowhere()) {
            return; // an escape would be an error, which shows where the rows are read to be coded
        }
        for (int first = 0; first < n; first += BLOCK) {
            readBlock(source, plan, first, Math.min(BLOCK, n - first));
        }
    }

    private void prepareRead(SymbolSource source, RansPlan plan) {
        int n = plan.count();
        chooseKernels(n);
        int needed = (keepsRows(source, plan) ? n : BLOCK) + Kernels.PADDING;
        if (rows.length < needed) {
            rows = new int[needed];
        }
        if (symbols.length < Math.min(n, BLOCK)) {
            symbols = new int[Math.min(n, BLOCK)];
        }
        escapesEnd = 0;
    }

    private void readBlock(SymbolSource source, RansPlan plan, int first, int count) {
        boolean kept = keepsRows(source, plan);
        escapesEnd = kept || !tables.hasRanges()
                ? readRows(source, plan, first, count, kept ? plan.count() - first : count)
                : readEscapes(source, plan, first, count);
    }

    private void checkEscape(RansPlan plan, int e) {
        int table = plan.tableOf(escapes[e]);
        if (!tables.tables().hasOverflow(table)) {
            throw new IllegalArgumentException("a symbol must lie in its table, which has no overflow cell: index="
                    + escapes[e] + " symbol=" + escapes[e + 1] + " table=" + table + " first=" + tables.first(table)
                    + " cells=" + tables.tables().cells(table));
        }
    }

    /** Looks up the rows of some elements, which end at {@code rowsEnd}; returns the end of the escapes with theirs. */
    private int readRows(SymbolSource source, RansPlan plan, int first, int count, int rowsEnd) {
        readSymbols(source, first, count);
        if (!tables.hasRanges()) {
            return findRows(plan, first, count, rowsEnd);
        }
        int index = plan.index(first, count);
        int end = kernels.rows(
                symbols,
                0,
                plan.range(),
                tables.cellBits(),
                plan.rowBase(),
                index,
                count,
                plan.rows(),
                rows,
                rowsEnd,
                escapes,
                escapesEnd);
        return checkEscapes(plan, first - index, end);
    }

    /** Finds the escapes of some elements alone; returns the end of the escapes with theirs. */
    private int readEscapes(SymbolSource source, RansPlan plan, int first, int count) {
        readSymbols(source, first, count);
        int index = plan.index(first, count);
        int end = kernels.escapes(symbols, 0, plan.range(), tables.cellBits(), index, count, escapes, escapesEnd);
        return checkEscapes(plan, first - index, end);
    }

    private void readSymbols(SymbolSource source, int first, int count) {
        source.read(first, count, symbols);
        if (escapes.length < escapesEnd + 2 * count) {
            escapes = Arrays.copyOf(escapes, Math.max(2 * escapes.length, escapesEnd + 2 * count));
        }
    }

    /** Makes elements of the indexes in a plan that a kernel noted. */
    private int checkEscapes(RansPlan plan, int by, int end) {
        for (int e = escapesEnd; e < end; e += 2) {
            escapes[e] += by;
            checkEscape(plan, e);
        }
        return end;
    }

    /** As {@link #readRows}, of symbols that were read, for tables that kernels cannot serve. */
    private int findRows(RansPlan plan, int first, int count, int rowsEnd) {
        int end = escapesEnd;
        for (int i = 0; i < count; i++) {
            int table = plan.tableOf(first + i);
            long value = (long) symbols[i] - tables.first(table);
            int cell = tables.last(table);
            if (value >= 0 && value < cell) {
                cell = (int) value;
            } else {
                escapes[end] = first + i;
                escapes[end + 1] = symbols[i];
                checkEscape(plan, end);
                end += 2;
            }
            rows[rowsEnd - 1 - i] = tables.rows()[tables.rowBase(table) + cell];
        }
        return end;
    }

    // ---- the unit

    /** Codes a unit that was read, from an attempt of its plan on. */
    private void code(SymbolSource source, RansPlan plan, int firstAttempt) {
        int n = plan.count();
        for (int i = firstAttempt; i < plan.attemptCount(); i++) {
            if (codeOnLanes(source, plan, plan.attempt(i))) {
                return;
            }
        }
        start(plan);
        codeOnLane0(source, plan, 0, n);
        finishLane0(n);
    }

    private void start(RansPlan plan) {
        start(escapesEnd / 2 * RansFormat.ESCAPE_WORDS + (int) (plan.expectedWords() / 32 * 33));
        for (int e = escapesEnd - 2; e >= 0; e -= 2) {
            int element = escapes[e];
            int table = plan.tableOf(element);
            long value = (long) escapes[e + 1] - tables.first(table);
            putEscape(OverflowCode.signedGamma(value, tables.last(table)));
        }
    }

    /** Codes head and tail as planned; false where the tail turned out to hold too little to start the lanes. */
    private boolean codeOnLanes(SymbolSource source, RansPlan plan, int attempt) {
        if (!startLanes(source, plan, attempt)) {
            return false;
        }
        int n = plan.count();
        int tail = plan.tail(attempt);
        int first = RansPlan.tailInFront(attempt) ? tail : 0;
        codeHead(source, plan, first, first + n - tail, 1 << RansPlan.laneExponent(attempt));
        finishLanes(attempt);
        return true;
    }

    /** Codes the tail and takes the lanes' start states off it. */
    private boolean startLanes(SymbolSource source, RansPlan plan, int attempt) {
        int n = plan.count();
        int tail = plan.tail(attempt);
        boolean inFront = RansPlan.tailInFront(attempt);
        start(plan);
        codeOnLane0(source, plan, inFront ? 0 : n - tail, inFront ? tail : n);
        return popStates(1 << RansPlan.laneExponent(attempt));
    }

    private void codeHead(SymbolSource source, RansPlan plan, int first, int end, int lanes) {
        if (source == byteSource && byteSource.oneTable) {
            codeBytes(plan, first, end, lanes);
            return;
        }
        for (int at = end; at > first; ) {
            int count = keepsRows(source, plan) ? at - first : Math.min(BLOCK, at - first);
            int rowsFrom = rowsOf(source, plan, at, count);
            reserve(count);
            group.take(0, this);
            kernels.encodeLanes(
                    1,
                    group.rows,
                    rowsFrom,
                    count,
                    lanes,
                    precision,
                    group.states,
                    group.words,
                    group.wordCounts,
                    scratch);
            wordCount = group.wordCounts[0];
            at -= count;
        }
    }

    /** Codes a head of bytes of one table. */
    private void codeBytes(RansPlan plan, int first, int end, int lanes) {
        ByteSource bytes = byteSource;
        for (int at = end; at > first; ) {
            int count = Math.min(BLOCK, at - first);
            at -= count;
            reserve(count);
            wordCount = kernels.encodeBytes(
                    bytes.array,
                    bytes.offset + at,
                    count,
                    lanes,
                    precision,
                    bytes.first,
                    bytes.cells,
                    bytes.rowOf,
                    bytes.reciprocalOf,
                    states,
                    words,
                    wordCount,
                    scratch);
            if (wordCount < 0) {
                wordCount = 0;
                readRows(bytes, plan, at, count, count); // names the byte to blame
                throw new AssertionError("a byte without a row must be an escape");
            }
        }
    }

    private void codeOnLane0(SymbolSource source, RansPlan plan, int first, int end) {
        for (int at = end; at > first; ) {
            int count = keepsRows(source, plan) ? at - first : Math.min(BLOCK, at - first);
            int rowsFrom = rowsOf(source, plan, at, count);
            reserve(count);
            group.take(0, this);
            putTails(1, plan, at, count, rowsFrom);
            group.give(0, this);
            at -= count;
        }
    }

    /** Where the rows of the elements before {@code end} are, last element first; looks them up where they are not kept. */
    private int rowsOf(SymbolSource source, RansPlan plan, int end, int count) {
        if (keepsRows(source, plan)) {
            return plan.count() - end;
        }
        // The escapes are known: those found again are written behind them, and dropped.
        readRows(source, plan, end - count, count, count);
        return 0;
    }

    /** Codes rows of the units in the group on their lanes 0: of {@code count} elements up to {@code end}. */
    private void putTails(int units, RansPlan plan, int end, int count, int rowsFrom) {
        for (int done = 0; done < count; done += BLOCK) {
            int length = Math.min(BLOCK, count - done);
            int index = plan.index(end - done - length, length);
            int steady = units == 1 ? steadyRows(plan, index, length, rowsFrom + done) : 0;
            kernels.encodeTails(
                    units,
                    group.rows,
                    rowsFrom + done + steady,
                    length - steady,
                    precision,
                    plan.table(),
                    index,
                    tables.origins(),
                    group.lane0,
                    group.words,
                    group.wordCounts,
                    scratch);
        }
    }

    /** Rows of the group's first unit that leave its lane 0 as it is, as {@link RansTables#steady} says; returns how many. */
    private int steadyRows(RansPlan plan, int index, int count, int rowsFrom) {
        long x = Integer.toUnsignedLong(group.lane0[0]);
        int[] unitRows = group.rows[0];
        int[] table = plan.table();
        int[] origins = tables.origins();
        long[] steady = tables.steady();
        for (int k = 0; k < count; k++) {
            int t = table[index + count - 1 - k];
            if (x >= (steady[t] & 0xffffffffL) || unitRows[rowsFrom + k] >>> 16 != origins[t]) {
                return k;
            }
        }
        return count;
    }

    // ---- lane 0 as a stack of bits

    /** g = |signed| as w zeros, a one, and the w bits under its leading one; then the sign. Written backwards. */
    private void putEscape(long signed) {
        long g = Math.abs(signed);
        int w = 63 - Long.numberOfLeadingZeros(g);
        int low = Math.min(w, RansFormat.ESCAPE_LOW_BITS);
        putBits(signed < 0 ? 1 : 0, 1);
        putBits(g & (1L << low) - 1, low);
        if (w > low) {
            putBits(g - (1L << w) >>> low, w - low);
        }
        putBits(1, 1);
        for (int i = 0; i < w; i++) {
            putBits(0, 1);
        }
    }

    /** A source over an array of the caller. */
    private static final class ArraySource implements SymbolSource {
        private static final int[] NONE = {};
        private int[] array = NONE;
        private int offset;

        @Override
        public void read(int first, int count, int[] symbols) {
            System.arraycopy(array, offset + first, symbols, 0, count);
        }
    }

    /** A source over bytes of the caller, and the rows of all bytes where they have one table. */
    private static final class ByteSource implements SymbolSource {
        private static final byte[] NONE = {};
        private final int[] rowOf = new int[256 + Kernels.PADDING];
        private final float[] reciprocalOf = new float[256 + Kernels.PADDING];
        private int first;
        private int cells;
        private byte[] array = NONE;
        private int offset;
        private boolean oneTable;

        void of(byte[] symbols, int from) {
            array = symbols;
            offset = from;
        }

        void oneTable(RansTables tables, int table) {
            oneTable = true;
            Arrays.fill(rowOf, -1);
            first = Math.clamp(tables.first(table), 0, 256);
            int end = Math.clamp((long) tables.first(table) + tables.last(table), first, 256);
            cells = end - first;
            for (int symbol = first; symbol < end; symbol++) {
                int row = tables.rows()[tables.rowBase(table) + symbol - tables.first(table)] + 1;
                rowOf[symbol] = row;
                reciprocalOf[symbol] = Kernels.reciprocal(row & 0xffff);
            }
        }

        void release() {
            array = NONE;
            oneTable = false;
        }

        @Override
        public void read(int first, int count, int[] symbols) {
            for (int i = 0; i < count; i++) {
                symbols[i] = array[offset + first + i] & 0xff;
            }
        }
    }
}
