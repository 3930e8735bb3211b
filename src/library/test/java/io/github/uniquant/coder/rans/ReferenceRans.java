package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The native string, written to be read beside its specification: states divide, slots are listed one by one, and nothing
 * is fast. The production coder must write the same bytes. It also counts the branches of the format that it took, so that
 * tests can show which ones their data reaches.
 */
final class ReferenceRans {
    /** Units of at least this many elements say in their first bit whether they have lanes. */
    static final int FLAGGED_ELEMENTS = 256;

    static final int MAX_LOG_LANES = 8;
    private static final int MAX_TAU = 15;
    private static final int WORD_BITS = 16;
    private static final int STATE_BITS = 32;

    /** Least state that a lane of the head may have. */
    private static final long GROWN_UP = 1L << WORD_BITS;

    /**
     * How an encoder chooses the lanes and the tail of a unit. A decoder does not need it.
     *
     * @param leastBytes expected bytes of the unit from which on 2^k lanes are tried, at index k; index 0 is unused
     * @param bitsPerLane expected bits that the tail must have for each lane but lane 0
     * @param bitsOfLane0 expected bits that the tail must have besides
     */
    record LaneRule(List<Long> leastBytes, int bitsPerLane, int bitsOfLane0) {
        private static final long NEVER = Long.MAX_VALUE;

        /** The rule of the format: what every encoder follows. */
        static final LaneRule OF_THE_FORMAT =
                new LaneRule(List.of(0L, NEVER, NEVER, 200L, 1000L, 2500L, 5000L, NEVER, NEVER), 30, 64);

        /** A rule for making strings that only decoders meet: always 2^k lanes where the unit has room for them. */
        static LaneRule always(int k) {
            Long[] leastBytes = new Long[MAX_LOG_LANES + 1];
            Arrays.fill(leastBytes, NEVER);
            leastBytes[k] = 0L;
            return new LaneRule(List.of(leastBytes), OF_THE_FORMAT.bitsPerLane, OF_THE_FORMAT.bitsOfLane0);
        }

        int firstLogLanes(long expectedBytes) {
            int k = MAX_LOG_LANES;
            while (k > 0 && expectedBytes < leastBytes.get(k)) {
                k--;
            }
            return k;
        }

        /** What the tail must be expected to hold, in 2^-16 bit. */
        long leastTailCost(int k) {
            return (long) bitsPerLane * ((1 << k) - 1) + bitsOfLane0 << 16;
        }
    }

    /** What a string may meet on its way. */
    enum Branch {
        NO_BYTES,
        SHORT_UNIT,
        ONE_LANE,
        LANES_2,
        LANES_4,
        LANES_8,
        LANES_16,
        LANES_32,
        LANES_64,
        LANES_128,
        LANES_256,
        TAIL_IN_BACK,
        TAIL_IN_FRONT,
        TAU_ABOVE_0,
        RETRIED_TAIL,
        FEWER_LANES,
        NO_ROOM_FOR_LANES,
        ESCAPE,
        LONG_ESCAPE,
        YOUNG_STATE,
        RIFFLE_ORDER,
        FREQUENCY_ORDER
    }

    private final CdfTables tables;
    private final LaneRule rule;
    private final List<Table> byIndex = new ArrayList<>();
    private final Map<Branch, Integer> branches = new EnumMap<>(Branch.class);

    /** A coder that follows the rule of the format. */
    ReferenceRans(CdfTables tables) {
        this(tables, LaneRule.OF_THE_FORMAT);
    }

    ReferenceRans(CdfTables tables, LaneRule rule) {
        this.tables = tables;
        this.rule = rule;
        for (int t = 0; t < tables.count(); t++) {
            byIndex.add(new Table(tables, t));
        }
    }

    /** How often each branch was taken since the coder was made; branches that never were are absent. */
    Map<Branch, Integer> branches() {
        return Collections.unmodifiableMap(branches);
    }

    private void took(Branch branch) {
        branches.merge(branch, 1, Integer::sum);
    }

    // ---- tables

    /** The slots of one table, in both their orders. */
    private static final class Table {
        final int precision;
        final int slots;
        final int last;
        final boolean overflow;
        final int[] frequency;
        final int[] start; // first slot of each cell
        final int[] cellOfSlot;
        final boolean riffled;
        final long expectedCost; // of one element, in 2^-16 bit
        private @Nullable Young young;

        Table(CdfTables tables, int t) {
            precision = tables.precision();
            slots = 1 << precision;
            last = tables.cells(t) - 1;
            overflow = tables.hasOverflow(t);
            frequency = new int[last + 1];
            Arrays.setAll(frequency, cell -> tables.frequency(t, cell));
            riffled = risesThenFalls(Arrays.copyOf(frequency, last));
            start = new int[last + 1];
            cellOfSlot = new int[slots];
            int slot = 0;
            for (int cell : slotOrder()) {
                start[cell] = slot;
                Arrays.fill(cellOfSlot, slot, slot + frequency[cell], cell);
                slot += frequency[cell];
            }
            long cost = 0;
            for (int f : frequency) {
                cost += f * (((long) precision << 16) - log2(f));
            }
            expectedCost = cost / slots;
        }

        private static boolean risesThenFalls(int[] f) {
            int i = 1;
            while (i < f.length && f[i] >= f[i - 1]) {
                i++;
            }
            while (i < f.length && f[i] <= f[i - 1]) {
                i++;
            }
            return i >= f.length;
        }

        /** The cells in the order in which they are given their slots. */
        private List<Integer> slotOrder() {
            List<Integer> cells =
                    new ArrayList<>(IntStream.rangeClosed(0, last).boxed().toList());
            List<Integer> order = new ArrayList<>();
            if (riffled) {
                int half = (cells.size() + 1) / 2;
                for (int i = 0; i < half; i++) {
                    order.add(i);
                    if (half + i <= last) {
                        order.add(half + i);
                    }
                }
                return order;
            }
            cells.sort(Comparator.<Integer>comparingInt(cell -> frequency[cell]).thenComparingInt(cell -> cell));
            for (int low = 0, high = last; low <= high; low++, high--) {
                order.add(cells.get(low));
                if (low < high) {
                    order.add(cells.get(high));
                }
            }
            return order;
        }

        Young young() {
            if (young == null) {
                young = listYoungStates();
            }
            return young;
        }

        /** Hands the young states out: state v stands on slot (reverse of v + first slot of the likeliest cell) mod 2^p. */
        private Young listYoungStates() {
            int likeliest = 0;
            for (int cell = 1; cell <= last; cell++) {
                likeliest = frequency[cell] > frequency[likeliest] ? cell : likeliest;
            }
            Young listed = new Young(new int[slots], new int[slots], new int[last + 1][]);
            Arrays.setAll(listed.statesOfCell, cell -> new int[frequency[cell]]);
            int[] given = new int[last + 1];
            for (int v = 0; v < slots; v++) {
                int cell = cellOfSlot[(Integer.reverse(v) >>> 32 - precision) + start[likeliest] & slots - 1];
                listed.cellOfState[v] = cell;
                listed.rankOfState[v] = given[cell];
                listed.statesOfCell[cell][given[cell]] = v;
                given[cell]++;
            }
            return listed;
        }
    }

    /** The states below 2^p: the cell of each and its rank among the cell's, and the states of each cell by rank. */
    private record Young(int[] cellOfState, int[] rankOfState, int[][] statesOfCell) {}

    /** floor(2^16 log2 f) for f from 1 to 2^16: each squaring of a number in [1, 2) gives one more bit of its logarithm. */
    static long log2(int f) {
        int whole = 31 - Integer.numberOfLeadingZeros(f);
        long y = (long) f << 62 - whole; // f / 2^whole with 62 bits behind the point
        long log = whole;
        for (int i = 0; i < 16; i++) {
            long high = Math.multiplyHigh(y, y);
            long low = y * y;
            y = high << 2 | low >>> 62; // y^2 with 62 bits behind the point, in [1, 4), unsigned
            log *= 2;
            if (y < 0) {
                y >>>= 1;
                log++;
            }
        }
        return log;
    }

    // ---- lanes

    /** The words that all lanes share, and the state of the lane that works. */
    private final class Lane {
        long x = 1;
        final List<Character> words = new ArrayList<>();

        private void pushWord() {
            words.add((char) (x % GROWN_UP));
            x /= GROWN_UP;
        }

        private void refill() {
            if (x < GROWN_UP && !words.isEmpty()) {
                x = x * GROWN_UP + words.removeLast();
            }
        }

        void put(Table table, int cell) {
            long f = table.frequency[cell];
            if (x >= f << STATE_BITS - table.precision) {
                pushWord();
            }
            long q = x / f;
            long r = x % f;
            if (q > 0) {
                x = q * table.slots + table.start[cell] + r;
            } else {
                took(Branch.YOUNG_STATE);
                x = table.young().statesOfCell[cell][(int) r];
            }
        }

        int get(Table table) {
            if (x == 0) {
                throw new MalformedBitstreamException("the state must not be 0", 0);
            }
            int cell;
            if (x >= table.slots) {
                int slot = (int) (x % table.slots);
                cell = table.cellOfSlot[slot];
                x = table.frequency[cell] * (x / table.slots) + slot - table.start[cell];
            } else {
                cell = table.young().cellOfState[(int) x];
                x = table.young().rankOfState[(int) x];
            }
            refill();
            return cell;
        }

        void putBits(long bits, int k) {
            if (x >= 1L << STATE_BITS - k) {
                pushWord();
            }
            x = (x << k) + bits;
        }

        int getBits(int k) {
            int bits = (int) (x % (1L << k));
            x >>= k;
            refill();
            return bits;
        }

        void pushState(long state) {
            int h = 63 - Long.numberOfLeadingZeros(state) - WORD_BITS;
            putBits(state % GROWN_UP, WORD_BITS);
            putBits(state / GROWN_UP - (1L << h), h);
            putBits(h, 4);
        }

        long popState() {
            int h = getBits(4);
            long high = (1L << h) + getBits(h);
            return high * GROWN_UP + getBits(WORD_BITS);
        }

        void putEscape(long signedGamma) {
            long g = Math.abs(signedGamma);
            int w = 63 - Long.numberOfLeadingZeros(g);
            took(w > 15 ? Branch.LONG_ESCAPE : Branch.ESCAPE);
            int low = Math.min(w, 15);
            putBits(signedGamma < 0 ? 1 : 0, 1);
            putBits(g % (1L << low), low);
            if (w > 15) {
                putBits((g - (1L << w)) >> 15, w - 15);
            }
            putBits(1, 1);
            for (int i = 0; i < w; i++) {
                putBits(0, 1);
            }
        }

        /** The value outside the table that an escape stands for. */
        long getEscape(int last) {
            int w = 0;
            while (getBits(1) == 0) {
                w++;
                if (w > 31) {
                    throw new MalformedBitstreamException("an escape must have at most 32 bits", 0);
                }
            }
            long g = 1L << w;
            if (w > 15) {
                g += (long) getBits(w - 15) << 15;
            }
            g += getBits(Math.min(w, 15));
            return OverflowCode.value(g, getBits(1) == 1, last);
        }

        byte[] bytes() {
            int stateBytes = x == 1 && words.isEmpty() ? 0 : (71 - Long.numberOfLeadingZeros(x)) / 8;
            byte[] string = new byte[stateBytes + 2 * words.size()];
            for (int i = 0; i < stateBytes; i++) {
                string[i] = (byte) (x >> 8 * i);
            }
            int at = stateBytes;
            for (char word : words.reversed()) {
                string[at++] = (byte) word;
                string[at++] = (byte) (word >> 8);
            }
            return string;
        }

        void read(byte[] string) {
            int stateBytes = string.length <= 4 ? string.length : string.length % 2 == 0 ? 4 : 3;
            if (stateBytes == 0) {
                return;
            }
            x = 0;
            for (int i = 0; i < stateBytes; i++) {
                x += (string[i] & 0xFFL) << 8 * i;
            }
            if (string[stateBytes - 1] == 0 || stateBytes == 1 && x == 1) {
                throw new MalformedBitstreamException("the state must be written in its one way", 0);
            }
            for (int at = string.length - 2; at >= stateBytes; at -= 2) {
                words.add((char) ((string[at] & 0xFF) + ((string[at + 1] & 0xFF) << 8)));
            }
        }
    }

    /** Where the lanes and the tail of a unit lie: 2^k lanes code the head, lane 0 alone the tail. */
    private record Split(int n, int k, int tau, boolean front) {
        int lanes() {
            return 1 << k;
        }

        long tail() {
            return n % lanes() + ((long) lanes() << tau);
        }

        /** The head must be a quarter of the unit at least. */
        boolean fits() {
            return n - tail() > 0 && n - tail() >= n / 4;
        }

        int head() {
            return (int) (n - tail());
        }

        int firstOfHead() {
            return front ? (int) tail() : 0;
        }

        int firstOfTail() {
            return front ? 0 : head();
        }

        int endOfTail() {
            return front ? (int) tail() : n;
        }
    }

    // ---- encoding

    /** The string of a unit: {@code symbols[i]} with table {@code tableOf[i]}. */
    byte[] encode(int[] tableOf, int[] symbols) {
        int n = symbols.length;
        byte[] string = n < FLAGGED_ELEMENTS ? null : encodeWithLanes(tableOf, symbols);
        if (string == null) {
            took(n < FLAGGED_ELEMENTS ? Branch.SHORT_UNIT : Branch.ONE_LANE);
            Lane lane = new Lane();
            putEscapes(lane, tableOf, symbols);
            putElements(lane, tableOf, symbols, 0, n);
            if (n >= FLAGGED_ELEMENTS) {
                lane.putBits(0, 1);
            }
            string = lane.bytes();
        }
        if (string.length == 0) {
            took(Branch.NO_BYTES);
        }
        for (int t : tableOf) {
            took(byIndex.get(t).riffled ? Branch.RIFFLE_ORDER : Branch.FREQUENCY_ORDER);
        }
        return string;
    }

    /** Follows the lane rule; null where it ends in one lane. */
    private byte @Nullable [] encodeWithLanes(int[] tableOf, int[] symbols) {
        int n = symbols.length;
        int first = rule.firstLogLanes(expectedCost(tableOf, 0, n) >> 19);
        for (int k = first; k > 0; k--) {
            long needed = rule.leastTailCost(k);
            boolean retried = false;
            for (int tau = 0; tau <= MAX_TAU && new Split(n, k, tau, false).fits(); tau++) {
                Split back = new Split(n, k, tau, false);
                Split front = new Split(n, k, tau, true);
                boolean backHasEnough = expectedCost(tableOf, back.firstOfTail(), back.endOfTail()) >= needed;
                boolean frontHasEnough = expectedCost(tableOf, front.firstOfTail(), front.endOfTail()) >= needed;
                if (!backHasEnough && !frontHasEnough) {
                    continue;
                }
                Split split = backHasEnough ? back : front;
                byte[] string = encodeLanes(tableOf, symbols, split);
                if (string != null) {
                    took(Branch.valueOf("LANES_" + split.lanes()));
                    took(split.front ? Branch.TAIL_IN_FRONT : Branch.TAIL_IN_BACK);
                    if (tau > 0) {
                        took(Branch.TAU_ABOVE_0);
                    }
                    if (retried) {
                        took(Branch.RETRIED_TAIL);
                    }
                    if (k < first) {
                        took(Branch.FEWER_LANES);
                    }
                    return string;
                }
                retried = true;
            }
        }
        if (first > 0) {
            took(Branch.NO_ROOM_FOR_LANES);
        }
        return null;
    }

    private long expectedCost(int[] tableOf, int from, int to) {
        long cost = 0;
        for (int i = from; i < to; i++) {
            cost += byIndex.get(tableOf[i]).expectedCost;
        }
        return cost;
    }

    /** Null where the tail holds too little to pop the states of the lanes off it. */
    private byte @Nullable [] encodeLanes(int[] tableOf, int[] symbols, Split split) {
        Lane lane = new Lane();
        putEscapes(lane, tableOf, symbols);
        putElements(lane, tableOf, symbols, split.firstOfTail(), split.endOfTail());
        long[] states = new long[split.lanes()];
        for (int j = split.lanes() - 1; j > 0; j--) {
            states[j] = lane.popState();
            if (lane.x < GROWN_UP) {
                return null;
            }
        }
        if (lane.x < GROWN_UP) {
            return null;
        }
        states[0] = lane.x;
        for (int i = split.head() - 1; i >= 0; i--) {
            int element = split.firstOfHead() + i;
            lane.x = states[i % split.lanes()];
            lane.put(byIndex.get(tableOf[element]), cell(tableOf[element], symbols[element]));
            states[i % split.lanes()] = lane.x;
        }
        lane.x = states[0];
        for (int j = split.lanes() - 1; j > 0; j--) {
            lane.pushState(states[j]);
        }
        lane.putBits(split.tau, 4);
        lane.putBits(split.front ? 1 : 0, 1);
        lane.putBits(split.k - 1, 3);
        lane.putBits(1, 1);
        return lane.bytes();
    }

    private void putEscapes(Lane lane, int[] tableOf, int[] symbols) {
        for (int i = symbols.length - 1; i >= 0; i--) {
            Table table = byIndex.get(tableOf[i]);
            if (table.overflow && cell(tableOf[i], symbols[i]) == table.last) {
                long value = (long) symbols[i] - tables.offset(tableOf[i]);
                lane.putEscape(OverflowCode.signedGamma(value, table.last));
            }
        }
    }

    private void putElements(Lane lane, int[] tableOf, int[] symbols, int from, int to) {
        for (int i = to - 1; i >= from; i--) {
            lane.put(byIndex.get(tableOf[i]), cell(tableOf[i], symbols[i]));
        }
    }

    private int cell(int t, int symbol) {
        Table table = byIndex.get(t);
        long value = (long) symbol - tables.offset(t);
        if (value >= 0 && value <= table.last) {
            return (int) value;
        }
        if (!table.overflow) {
            throw new IllegalArgumentException("a symbol must lie in its table: symbol=" + symbol + " table=" + t);
        }
        return table.last;
    }

    // ---- decoding

    /**
     * The symbols of a string.
     *
     * @throws MalformedBitstreamException if no encoder, of whatever lane rule, writes it
     */
    int[] decode(int[] tableOf, byte[] string) {
        int n = tableOf.length;
        int[] symbols = new int[n];
        Lane lane = new Lane();
        lane.read(string);
        int firstOfTail = 0;
        int endOfTail = n;
        if (n >= FLAGGED_ELEMENTS && lane.getBits(1) == 1) {
            int k = 1 + lane.getBits(3);
            boolean front = lane.getBits(1) == 1;
            Split split = new Split(n, k, lane.getBits(4), front);
            if (!split.fits()) {
                throw new MalformedBitstreamException("the head must be a quarter of the unit", 0);
            }
            decodeHead(lane, tableOf, symbols, split);
            firstOfTail = split.firstOfTail();
            endOfTail = split.endOfTail();
        }
        for (int i = firstOfTail; i < endOfTail; i++) {
            symbols[i] = symbol(tableOf[i], lane.get(byIndex.get(tableOf[i])));
        }
        getEscapes(lane, tableOf, symbols);
        if (lane.x != 1 || !lane.words.isEmpty()) {
            throw new MalformedBitstreamException("the string must end with the last symbol", string.length);
        }
        return symbols;
    }

    private void decodeHead(Lane lane, int[] tableOf, int[] symbols, Split split) {
        long[] states = new long[split.lanes()];
        for (int j = 1; j < split.lanes(); j++) {
            states[j] = lane.popState();
        }
        states[0] = lane.x;
        for (int i = 0; i < split.head(); i++) {
            int t = tableOf[split.firstOfHead() + i];
            lane.x = requireGrownUp(states[i % split.lanes()]);
            symbols[split.firstOfHead() + i] = symbol(t, lane.get(byIndex.get(t)));
            states[i % split.lanes()] = lane.x;
        }
        lane.x = requireGrownUp(states[0]);
        for (int j = 1; j < split.lanes(); j++) {
            lane.pushState(requireGrownUp(states[j]));
        }
    }

    /** The symbol of a cell; for that of an escape, a place holder. */
    private int symbol(int t, int cell) {
        long symbol = (long) cell + tables.offset(t);
        Table table = byIndex.get(t);
        if (symbol != (int) symbol && !(table.overflow && cell == table.last)) {
            throw new MalformedBitstreamException("a cell must give an int32", 0);
        }
        return (int) symbol;
    }

    private static long requireGrownUp(long state) {
        if (state < GROWN_UP) {
            throw new MalformedBitstreamException("the words must last for all lanes", 0);
        }
        return state;
    }

    private void getEscapes(Lane lane, int[] tableOf, int[] symbols) {
        for (int i = 0; i < tableOf.length; i++) {
            Table table = byIndex.get(tableOf[i]);
            int offset = tables.offset(tableOf[i]);
            if (table.overflow && symbols[i] == table.last + offset) {
                long symbol = lane.getEscape(table.last) + offset;
                if (symbol != (int) symbol) {
                    throw new MalformedBitstreamException("an escape must give an int32", 0);
                }
                symbols[i] = (int) symbol;
            }
        }
    }
}
