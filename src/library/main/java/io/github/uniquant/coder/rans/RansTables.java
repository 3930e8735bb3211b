package io.github.uniquant.coder.rans;

import io.github.uniquant.table.CdfTables;

/** Tables with their slots in the order of the native format. Immutable and thread-safe. */
public final class RansTables {
    final CdfTables tables;
    final int precision;
    final int slots;
    final int[][] freq;
    final int[][] start;
    final int[][] slotCell;
    final long[] expected;
    final int[] likeliest;

    private RansTables(CdfTables tables) {
        this.tables = tables;
        this.precision = tables.precision();
        this.slots = 1 << precision;
        int n = tables.count();
        freq = new int[n][];
        start = new int[n][];
        slotCell = new int[n][];
        expected = new long[n];
        likeliest = new int[n];
        for (int t = 0; t < n; t++) {
            int cells = tables.cells(t);
            freq[t] = new int[cells];
            start[t] = new int[cells];
            slotCell[t] = new int[slots];
            long sum = 0;
            for (int c = 0; c < cells; c++) {
                freq[t][c] = tables.frequency(t, c);
                sum += freq[t][c] * (((long) precision << 16) - log2(freq[t][c]));
                if (freq[t][c] > freq[t][likeliest[t]]) {
                    likeliest[t] = c;
                }
            }
            expected[t] = sum >> precision;
            int next = 0;
            for (int c : slotOrder(freq[t])) {
                start[t][c] = next;
                for (int i = 0; i < freq[t][c]; i++) {
                    slotCell[t][next++] = c;
                }
            }
        }
    }

    /** Makes tables ready for coding. */
    public static RansTables of(CdfTables tables) {
        return new RansTables(tables);
    }

    static int[] slotOrder(int[] f) {
        int n = f.length;
        int half = (n + 1) / 2;
        boolean fallen = false;
        boolean unimodal = true;
        for (int c = 1; c < n - 1; c++) {
            if (f[c] < f[c - 1]) {
                fallen = true;
            } else if (f[c] > f[c - 1] && fallen) {
                unimodal = false;
            }
        }
        int[] order = new int[n];
        if (unimodal) {
            for (int j = 0; j < n; j++) {
                order[j] = j / 2 + (j & 1) * half;
            }
            return order;
        }
        Integer[] by = new Integer[n];
        for (int c = 0; c < n; c++) {
            by[c] = c;
        }
        java.util.Arrays.sort(by, (a, b) -> f[a] != f[b] ? f[a] - f[b] : a - b);
        for (int j = 0; j < n; j++) {
            order[j] = by[(j & 1) == 0 ? j / 2 : n - 1 - j / 2];
        }
        return order;
    }

    /** floor(2^16 log2 f), by 16 squarings. */
    static long log2(int f) {
        int whole = 31 - Integer.numberOfLeadingZeros(f);
        long y = (long) f << 62 - whole;
        long bits = whole;
        for (int i = 0; i < 16; i++) {
            long high = Math.multiplyHigh(y, y);
            long low = y * y;
            y = high << 2 | low >>> 62;
            bits <<= 1;
            if (y < 0) {
                y >>>= 1;
                bits |= 1;
            }
        }
        return bits;
    }
}
