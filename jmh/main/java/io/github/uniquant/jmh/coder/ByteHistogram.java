package io.github.uniquant.jmh.coder;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Counts byte symbols. It counts pairs of neighbours, half as many increments, in two tables by turns, so that equal
 * pairs in a row do not wait for each other's stores; the sums over rows and columns are the counts.
 */
final class ByteHistogram {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int SYMBOLS = 256;
    private static final int PAIRS = SYMBOLS * SYMBOLS;
    private static final int PAIR_MASK = PAIRS - 1;

    private ByteHistogram() {}

    /** The number of each unsigned byte value. */
    static int[] of(byte[] symbols) {
        int[] pairs = new int[PAIRS];
        int[] others = new int[PAIRS];
        int wide = symbols.length & -Long.BYTES;
        for (int i = 0; i < wide; i += Long.BYTES) {
            long eight = (long) LONGS.get(symbols, i);
            pairs[(int) eight & PAIR_MASK]++;
            others[(int) (eight >>> 16) & PAIR_MASK]++;
            pairs[(int) (eight >>> 32) & PAIR_MASK]++;
            others[(int) (eight >>> 48)]++;
        }
        int[] counts = new int[SYMBOLS];
        for (int high = 0; high < SYMBOLS; high++) {
            for (int low = 0; low < SYMBOLS; low++) {
                int count = pairs[high << 8 | low] + others[high << 8 | low];
                counts[low] += count;
                counts[high] += count;
            }
        }
        for (int i = wide; i < symbols.length; i++) {
            counts[symbols[i] & 0xff]++;
        }
        return counts;
    }
}
