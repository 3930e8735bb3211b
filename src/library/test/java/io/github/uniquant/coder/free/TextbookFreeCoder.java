package io.github.uniquant.coder.free;

import io.github.uniquant.internal.kernel.YoungStates;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * The table-free string by the rules of {@code docs/format.md} taken literally: one state at a time, words on a stack, the
 * cell of a slot by trying them all. Slow, and obviously right.
 */
final class TextbookFreeCoder {
    private final FreeUnit unit;
    private final FreePlan plan;
    private final int p;
    private long x = 1;
    private final Deque<Integer> words = new ArrayDeque<>(); // the top first

    private TextbookFreeCoder(FreeUnit unit) {
        this.unit = unit;
        this.plan = unit.plan();
        this.p = unit.cdfs().precision();
    }

    // ---- cells

    private int element(int i) {
        return i % unit.cdfs().size();
    }

    private int half(int i) {
        return unit.cdfs().cdfs().half(element(i));
    }

    private int shift(int i) {
        return unit.cdfs().cdfs().shift(element(i));
    }

    private int start(int i, int cell) {
        return cell > 2 * half(i) ? 1 << p : unit.cdfs().cdfs().start(element(i), plan.fractions()[i], cell);
    }

    private int young(int i) {
        return start(i, plan.fractions()[i] >= 0 ? half(i) : half(i) - 1);
    }

    private long fromOrigin(int i) {
        return (long) unit.symbols()[i] - plan.origins()[i];
    }

    private int cell(int i) {
        long cell = Math.floorDiv(fromOrigin(i), 1L << shift(i)) + half(i);
        return cell >= 0 && cell < 2 * half(i) ? (int) cell : 2 * half(i);
    }

    private int cellOf(int i, int slot) {
        int low = 0;
        int high = 2 * half(i) + 1;
        while (high - low > 1) {
            int mid = (low + high) / 2;
            if (start(i, mid) <= slot) {
                low = mid;
            } else {
                high = mid;
            }
        }
        return low;
    }

    // ---- a lane

    private void push() {
        words.push((int) (x & 0xffff));
        x >>= 16;
    }

    private void refill() {
        if (x < 1 << 16 && !words.isEmpty()) {
            x = x << 16 | words.pop();
        }
    }

    private void put(int i) {
        int start = start(i, cell(i));
        int f = start(i, cell(i) + 1) - start;
        if (x >= (long) f << 32 - p) {
            push();
        }
        long q = x / f;
        int r = (int) (x % f);
        x = q > 0 ? (q << p) + start + r : YoungStates.state(r, start, f, young(i), p);
    }

    private int get(int i) {
        boolean grown = x >= 1 << p;
        int slot = grown ? (int) (x & (1 << p) - 1) : YoungStates.slot((int) x, young(i), p);
        int cell = cellOf(i, slot);
        int start = start(i, cell);
        int f = start(i, cell + 1) - start;
        x = grown ? f * (x >> p) + slot - start : YoungStates.rank((int) x, start, f, young(i), p);
        refill();
        return cell;
    }

    private void putBits(long bits, int count) {
        if (x >= 1L << 32 - count) {
            push();
        }
        x = (x << count) + bits;
    }

    private int getBits(int count) {
        int bits = (int) (x & (1 << count) - 1);
        x >>= count;
        refill();
        return bits;
    }

    private void pushState(long state) {
        int h = 47 - Long.numberOfLeadingZeros(state);
        putBits(state & 0xffff, 16);
        putBits((state >> 16) - (1 << h), h);
        putBits(h, 4);
    }

    private long popState() {
        int h = getBits(4);
        long high = getBits(h);
        return (1L << 16 + h) + (high << 16) + getBits(16);
    }

    // ---- extra bits

    private void putLow(long v, int bits) {
        for (int at = 0; at < bits; at += 15) {
            int piece = Math.min(15, bits - at);
            putBits(v >> at & (1 << piece) - 1, piece);
        }
    }

    private long getLow(int bits) {
        List<Integer> pieces = new ArrayList<>();
        for (int at = 0; at < bits; at += 15) {
            pieces.add(Math.min(15, bits - at));
        }
        long v = 0;
        for (int piece : pieces.reversed()) {
            v = (v << piece) + getBits(piece);
        }
        return v;
    }

    private void putExtra(int i) {
        long reach = (long) half(i) << shift(i);
        long d = fromOrigin(i);
        if (d >= -reach && d < reach) {
            putLow(Math.floorMod(d, 1L << shift(i)), shift(i));
            return;
        }
        int m = unit.cdfs().escapeOrder(element(i));
        long g = d < 0 ? -reach - d : d - reach + 1;
        long v = g - 1 + (1L << m);
        int w = 63 - Long.numberOfLeadingZeros(v);
        putBits(d < 0 ? 1 : 0, 1);
        putLow(v - (1L << w), w);
        putBits(1, 1);
        for (int zero = 0; zero < w - m; zero++) {
            putBits(0, 1);
        }
    }

    private int getExtra(int i, int cell) {
        long reach = (long) half(i) << shift(i);
        if (cell < 2 * half(i)) {
            return (int) (plan.origins()[i] + ((long) (cell - half(i)) << shift(i)) + getLow(shift(i)));
        }
        int m = unit.cdfs().escapeOrder(element(i));
        int w = m;
        while (getBits(1) == 0) {
            w++;
        }
        long g = (1L << w) + getLow(w) - (1L << m) + 1;
        return (int) (plan.origins()[i] + (getBits(1) == 1 ? -reach - g : reach + g - 1));
    }

    // ---- a unit

    private long expected(int from, int to) {
        return unit.cdfs().expectedCost(to) - unit.cdfs().expectedCost(from);
    }

    static byte[] encode(FreeUnit unit) {
        int n = unit.elements();
        TextbookFreeCoder rule = new TextbookFreeCoder(unit);
        long bytes = rule.expected(0, n) >> 19;
        int first = n < 256 || bytes < 200 ? 0 : bytes < 1000 ? 3 : bytes < 2500 ? 4 : bytes < 5000 ? 5 : 6;
        for (int k = first; k >= 1; k--) {
            long lanes = 1L << k;
            long needed = 30 * (lanes - 1) + 64 << 16;
            boolean enough = false;
            for (int tau = 0; tau <= 15; tau++) {
                long tail = n % lanes + (lanes << tau);
                if (n - tail < n / 4 || n - tail <= 0) {
                    break;
                }
                boolean back = rule.expected(n - (int) tail, n) >= needed;
                boolean front = rule.expected(0, (int) tail) >= needed;
                enough |= back || front;
                if (enough) {
                    TextbookFreeCoder coder = new TextbookFreeCoder(unit);
                    if (coder.lanes(k, tau, (int) tail, !back && front)) {
                        return coder.string();
                    }
                }
            }
        }
        TextbookFreeCoder coder = new TextbookFreeCoder(unit);
        coder.extras();
        coder.put(0, n);
        if (n >= 256) {
            coder.putBits(0, 1);
        }
        return coder.string();
    }

    private void extras() {
        for (int i = unit.elements() - 1; i >= 0; i--) {
            if (cell(i) == 2 * half(i) || shift(i) > 0) {
                putExtra(i);
            }
        }
    }

    private void put(int from, int to) {
        for (int i = to - 1; i >= from; i--) {
            put(i);
        }
    }

    private boolean lanes(int k, int tau, int tail, boolean inFront) {
        int n = unit.elements();
        int lanes = 1 << k;
        extras();
        put(inFront ? 0 : n - tail, inFront ? tail : n);
        long[] states = new long[lanes];
        for (int lane = lanes - 1; lane > 0; lane--) {
            states[lane] = popState();
        }
        if (x < 1 << 16) {
            return false;
        }
        states[0] = x;
        int from = inFront ? tail : 0;
        for (int i = from + n - tail - 1; i >= from; i--) {
            int lane = (i - from) % lanes;
            x = states[lane];
            put(i);
            states[lane] = x;
        }
        x = states[0];
        for (int lane = lanes - 1; lane > 0; lane--) {
            pushState(states[lane]);
        }
        putBits(tau, 4);
        putBits(inFront ? 1 : 0, 1);
        putBits(k - 1, 3);
        putBits(1, 1);
        return true;
    }

    private byte[] string() {
        List<Integer> bytes = new ArrayList<>();
        if (x != 1 || !words.isEmpty()) {
            for (long rest = x; rest > 0; rest >>= 8) {
                bytes.add((int) (rest & 0xff));
            }
        }
        for (int word : words) {
            Collections.addAll(bytes, word & 0xff, word >> 8);
        }
        byte[] string = new byte[bytes.size()];
        for (int i = 0; i < string.length; i++) {
            string[i] = bytes.get(i).byteValue();
        }
        return string;
    }

    /** Decodes a valid string. */
    static int[] decode(FreeUnit unit, byte[] string) {
        TextbookFreeCoder coder = new TextbookFreeCoder(unit);
        int stateBytes = string.length <= 4 ? string.length : string.length % 2 == 0 ? 4 : 3;
        coder.x = string.length == 0 ? 1 : 0;
        for (int i = stateBytes - 1; i >= 0; i--) {
            coder.x = coder.x << 8 | string[i] & 0xff;
        }
        for (int i = stateBytes; i < string.length; i += 2) {
            coder.words.addLast(string[i] & 0xff | (string[i + 1] & 0xff) << 8);
        }
        return coder.decode();
    }

    private int[] decode() {
        int n = unit.elements();
        int[] cells = new int[n];
        int tailFrom = 0;
        int tailTo = n;
        if (n >= 256 && getBits(1) == 1) {
            int lanes = 2 << getBits(3);
            boolean inFront = getBits(1) == 1;
            int tail = n % lanes + (lanes << getBits(4));
            tailFrom = inFront ? 0 : n - tail;
            tailTo = inFront ? tail : n;
            long[] states = new long[lanes];
            for (int lane = 1; lane < lanes; lane++) {
                states[lane] = popState();
            }
            states[0] = x;
            int from = inFront ? tail : 0;
            for (int i = from; i < from + n - tail; i++) {
                int lane = (i - from) % lanes;
                x = states[lane];
                cells[i] = get(i);
                states[lane] = x;
            }
            x = states[0];
            for (int lane = 1; lane < lanes; lane++) {
                pushState(states[lane]);
            }
        }
        for (int i = tailFrom; i < tailTo; i++) {
            cells[i] = get(i);
        }
        int[] symbols = new int[n];
        for (int i = 0; i < n; i++) {
            symbols[i] = cells[i] == 2 * half(i) || shift(i) > 0
                    ? getExtra(i, cells[i])
                    : plan.origins()[i] + cells[i] - half(i);
        }
        return symbols;
    }
}
