package io.github.uniquant.coder.rans;

import io.github.uniquant.table.CdfTables;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The native string as {@code docs/format.md} writes it down, sentence by sentence: divisions and remainders, lists of
 * slots, one step at a time, nothing shared with the coder that it checks. It encodes on one lane and decodes any string.
 */
final class TextbookCoder {
    private static final long WORD = 1L << 16;

    private final CdfTables tables;
    private final long slots;
    private long x = 1;
    private final Deque<Integer> words = new ArrayDeque<>(); // the top first
    private final List<Long> trace = new ArrayList<>();

    TextbookCoder(CdfTables tables) {
        this.tables = tables;
        this.slots = 1L << tables.precision();
    }

    // ---- slots

    /** The cells of a table in slot order. */
    private List<Integer> slotOrder(int table) {
        int cells = tables.cells(table);
        boolean fallen = false;
        boolean unimodal = true;
        for (int c = 1; c < cells - 1; c++) {
            int change = tables.frequency(table, c) - tables.frequency(table, c - 1);
            unimodal &= !(fallen && change > 0);
            fallen |= change < 0;
        }
        List<Integer> order = new ArrayList<>();
        if (unimodal) {
            int h = (cells + 1) / 2;
            for (int j = 0; j < cells; j++) {
                order.add(j % 2 == 0 ? j / 2 : h + j / 2);
            }
            return order;
        }
        Deque<Integer> sorted = new ArrayDeque<>(IntStream.range(0, cells)
                .boxed()
                .sorted(Comparator.comparingInt(c -> tables.frequency(table, c)))
                .toList());
        while (!sorted.isEmpty()) {
            order.add(order.size() % 2 == 0 ? sorted.removeFirst() : sorted.removeLast());
        }
        return order;
    }

    private int start(int table, int cell) {
        int start = 0;
        for (int c : slotOrder(table)) {
            if (c == cell) {
                return start;
            }
            start += tables.frequency(table, c);
        }
        throw new IllegalArgumentException("no such cell: " + cell);
    }

    private int cellOf(int table, long slot) {
        int end = 0;
        for (int c : slotOrder(table)) {
            end += tables.frequency(table, c);
            if (slot < end) {
                return c;
            }
        }
        throw new IllegalArgumentException("no such slot: " + slot);
    }

    private long youngSlot(int table, int v) {
        int likeliest = 0;
        for (int c = 1; c < tables.cells(table); c++) {
            likeliest = tables.frequency(table, c) > tables.frequency(table, likeliest) ? c : likeliest;
        }
        long reversed = 0;
        for (int b = 0; b < tables.precision(); b++) {
            reversed = 2 * reversed + (v >> b & 1);
        }
        return (reversed + start(table, likeliest)) % slots;
    }

    private List<Long> youngStates(int table, int cell) {
        List<Long> states = new ArrayList<>();
        for (int v = 0; v < slots; v++) {
            if (cellOf(table, youngSlot(table, v)) == cell) {
                states.add((long) v);
            }
        }
        return states;
    }

    // ---- a lane

    private void push() {
        words.addFirst((int) (x % WORD));
        x /= WORD;
    }

    private void refill() {
        if (x < WORD && !words.isEmpty()) {
            x = x * WORD + words.removeFirst();
        }
    }

    private void put(int table, int cell) {
        long f = tables.frequency(table, cell);
        if (x >= f * ((1L << 32) / slots)) {
            push();
        }
        long q = x / f;
        long r = x % f;
        x = q > 0
                ? q * slots + start(table, cell) + r
                : youngStates(table, cell).get((int) r);
        trace.add(x);
    }

    private int get(int table) {
        int cell;
        if (x >= slots) {
            long slot = x % slots;
            cell = cellOf(table, slot);
            x = tables.frequency(table, cell) * (x / slots) + slot - start(table, cell);
        } else {
            cell = cellOf(table, youngSlot(table, (int) x));
            x = youngStates(table, cell).indexOf(x);
        }
        refill();
        return cell;
    }

    private void putBits(long bits, int k) {
        if (x >= 1L << 32 - k) {
            push();
        }
        x = (x << k) + bits;
        trace.add(x);
    }

    private int getBits(int k) {
        int bits = (int) (x % (1L << k));
        x >>= k;
        refill();
        return bits;
    }

    private long popState() {
        int h = getBits(4);
        long above = getBits(h);
        return ((1L << h) + above) * WORD + getBits(16);
    }

    private void pushState(long state) {
        int h = 47 - Long.numberOfLeadingZeros(state);
        putBits(state % WORD, 16);
        putBits(state / WORD - (1L << h), h);
        putBits(h, 4);
    }

    // ---- a unit

    /** The string on one lane. */
    byte[] encode(int[] tableOf, int[] symbols) {
        int n = symbols.length;
        for (int i = n - 1; i >= 0; i--) {
            int m = tables.cells(tableOf[i]) - 1;
            long value = (long) symbols[i] - tables.offset(tableOf[i]);
            if (tables.hasOverflow(tableOf[i]) && (value < 0 || value >= m)) {
                long g = value < 0 ? -value : value - m + 1;
                int w = 63 - Long.numberOfLeadingZeros(g);
                putBits(value < 0 ? 1 : 0, 1);
                int low = Math.min(w, 15);
                putBits(g % (1L << low), low);
                if (w > 15) {
                    putBits((g >> 15) % (1L << w - 15), w - 15);
                }
                putBits(1, 1);
                for (int j = 0; j < w; j++) {
                    putBits(0, 1);
                }
            }
        }
        for (int i = n - 1; i >= 0; i--) {
            int cells = tables.cells(tableOf[i]);
            long value = (long) symbols[i] - tables.offset(tableOf[i]);
            put(tableOf[i], value >= 0 && value < cells ? (int) value : cells - 1);
        }
        if (n >= 256) {
            putBits(0, 1);
        }
        return string();
    }

    /** The states of the lane after each step of {@link #encode}. */
    List<Long> trace() {
        return trace;
    }

    private byte[] string() {
        byte[] bytes = new byte[4 + 2 * words.size()];
        int at = 0;
        if (x != 1 || !words.isEmpty()) {
            for (long rest = x; rest > 0; rest /= 256) {
                bytes[at++] = (byte) rest;
            }
        }
        for (int word : words) {
            bytes[at++] = (byte) word;
            bytes[at++] = (byte) (word >> 8);
        }
        return Arrays.copyOf(bytes, at);
    }

    private void read(byte[] string) {
        int stateBytes = string.length <= 4 ? string.length : string.length % 2 == 0 ? 4 : 3;
        x = stateBytes == 0 ? 1 : 0;
        for (int i = 0; i < stateBytes; i++) {
            x += (string[i] & 0xffL) << 8 * i;
        }
        for (int i = stateBytes; i < string.length; i += 2) {
            words.addLast((string[i] & 0xff) + 256 * (string[i + 1] & 0xff));
        }
    }

    /** The symbols of any string; throws where it is malformed. */
    int[] decode(byte[] string, int[] tableOf) {
        int n = tableOf.length;
        read(string);
        int[] cells = new int[n];
        int lanes = 1;
        int first = 0; // of the tail
        int tail = n;
        if (n >= 256 && getBits(1) == 1) {
            lanes = 2 << getBits(3);
            boolean inFront = getBits(1) == 1;
            tail = n % lanes + (lanes << getBits(4));
            first = inFront ? 0 : n - tail;
            int head = inFront ? tail : 0;
            long[] states = new long[lanes];
            for (int lane = 1; lane < lanes; lane++) {
                states[lane] = popState();
            }
            states[0] = x;
            for (int i = 0; i < n - tail; i++) {
                x = states[i % lanes];
                cells[head + i] = get(tableOf[head + i]);
                states[i % lanes] = x;
            }
            x = states[0];
            for (int lane = 1; lane < lanes; lane++) {
                pushState(states[lane]);
            }
        }
        for (int i = first; i < first + tail; i++) {
            cells[i] = get(tableOf[i]);
        }
        int[] symbols = new int[n];
        for (int i = 0; i < n; i++) {
            int m = tables.cells(tableOf[i]) - 1;
            boolean escaped = tables.hasOverflow(tableOf[i]) && cells[i] == m;
            symbols[i] = (int) (tables.offset(tableOf[i]) + (escaped ? getEscape(m) : cells[i]));
        }
        if (x != 1 || !words.isEmpty()) {
            throw new IllegalStateException("left over: state=" + x + " words=" + words.size());
        }
        return symbols;
    }

    private long getEscape(int m) {
        int w = 0;
        while (getBits(1) == 0) {
            w++;
        }
        long g = 1L << w;
        if (w > 15) {
            g += (long) getBits(w - 15) << 15;
        }
        g += getBits(Math.min(w, 15));
        return getBits(1) == 1 ? -g : g + m - 1;
    }
}
