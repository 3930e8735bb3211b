package io.github.uniquant.jmh.coder;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Counts byte symbols, call by call in tables of its own. It counts pairs of neighbours, half as many increments, and both halves of the symbols side by side in a
 * table each, so that equal pairs in a row do not wait for each other's stores, nor one half's memory for the other's;
 * the sums over rows and columns are the counts.
 */
final class ByteHistogram {
    private static final VarHandle PAIR = MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int SYMBOLS = 256;
    private static final int PAIRS = SYMBOLS * SYMBOLS;

    /** Bytes a call of the loop counts, so that it is compiled as a method soon. */
    private static final int BLOCK = 1 << 16;

    private final int[] pairs = new int[PAIRS];
    private final int[] others = new int[PAIRS];

    /** The number of each unsigned byte value. */
    int[] of(byte[] symbols) {
        Arrays.fill(pairs, 0);
        Arrays.fill(others, 0);
        int half = symbols.length / 2 & -4;
        for (int i = 0; i < half; i += BLOCK) {
            count(symbols, i, Math.min(i + BLOCK, half), half, pairs, others);
        }
        int[] counts = new int[SYMBOLS];
        for (int high = 0; high < SYMBOLS; high++) {
            for (int low = 0; low < SYMBOLS; low++) {
                int count = pairs[high << 8 | low] + others[high << 8 | low];
                counts[low] += count;
                counts[high] += count;
            }
        }
        for (int i = 2 * half; i < symbols.length; i++) {
            counts[symbols[i] & 0xff]++;
        }
        return counts;
    }

    /** Counts some pairs, and those {@code half} behind them. A load a pair: shifting pairs out of longs is slower. */
    private static void count(byte[] symbols, int from, int to, int half, int[] pairs, int[] others) {
        for (int i = from; i < to; i += 4) {
            pairs[(char) PAIR.get(symbols, i)]++;
            others[(char) PAIR.get(symbols, half + i)]++;
            pairs[(char) PAIR.get(symbols, i + 2)]++;
            others[(char) PAIR.get(symbols, half + i + 2)]++;
        }
    }
}
