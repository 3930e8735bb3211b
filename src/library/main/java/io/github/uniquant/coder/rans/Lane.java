package io.github.uniquant.coder.rans;

import java.util.Arrays;

/** One rANS state and the stack of words; each get undoes its put. */
final class Lane {
    long x = 1;
    char[] words = new char[64];
    int n;
    private final RansTables tables;

    Lane(RansTables tables) {
        this.tables = tables;
    }

    private void pushWord() {
        if (n == words.length) {
            words = Arrays.copyOf(words, 2 * n);
        }
        words[n++] = (char) x;
        x >>>= 16;
    }

    private void refill() {
        if (x < 65536 && n > 0) {
            x = x << 16 | words[--n];
        }
    }

    private int youngSlot(int t, int v) {
        return (Integer.reverse(v) >>> 32 - tables.precision) + tables.start[t][tables.likeliest[t]] & tables.slots - 1;
    }

    void put(int t, int cell) {
        int f = tables.freq[t][cell];
        if (x >= (long) f << 32 - tables.precision) {
            pushWord();
        }
        long q = x / f;
        int r = (int) (x % f);
        if (q > 0) {
            x = (q << tables.precision) + tables.start[t][cell] + r;
            return;
        }
        int v = 0;
        for (int left = r; ; v++) {
            if (tables.slotCell[t][youngSlot(t, v)] == cell && left-- == 0) {
                break;
            }
        }
        x = v;
    }

    int get(int t) {
        int slot = (int) x & tables.slots - 1;
        int cell;
        if (x >= tables.slots) {
            cell = tables.slotCell[t][slot];
            x = tables.freq[t][cell] * (x >>> tables.precision) + slot - tables.start[t][cell];
        } else {
            cell = tables.slotCell[t][youngSlot(t, slot)];
            int r = 0;
            for (int v = 0; v < slot; v++) {
                r += tables.slotCell[t][youngSlot(t, v)] == cell ? 1 : 0;
            }
            x = r;
        }
        refill();
        return cell;
    }

    void putBits(long b, int k) {
        if (x >= 1L << 32 - k) {
            pushWord();
        }
        x = x << k | b;
    }

    int getBits(int k) {
        int b = (int) x & (1 << k) - 1;
        x >>>= k;
        refill();
        return b;
    }
}
