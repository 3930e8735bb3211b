package io.github.uniquant.coder.runlength;

import java.util.Objects;

/**
 * Writes strings of a {@link RunLengthFormat}. Reusable and single-threaded; owns its scratch, which grows to the longest
 * string, and allocates nothing once warm.
 */
public final class RunLengthEncoder {
    private static final int BLOCK = 64;

    private final int runParameter;
    private final int magnitudeParameter;
    private final int runLeast; // what the codes take for a run of 0 and a magnitude of 1
    private final int magnitudeLeast;
    private final boolean runsOfNonZeros;
    private final BitWriter writer = new BitWriter();

    public RunLengthEncoder(RunLengthFormat format) {
        this.runParameter = format.runLengthCode().parameter();
        this.magnitudeParameter = format.magnitudeCode().parameter();
        this.runLeast = format.runLengthCode().least();
        this.magnitudeLeast = format.magnitudeCode().least();
        this.runsOfNonZeros = format.runsOfNonZeros();
    }

    /**
     * Codes {@code symbols[symbolsOffset .. symbolsOffset + count)} to {@code out[outOffset ..]}.
     *
     * @param outLimit index behind the last byte that may be written
     * @return the number of bytes written
     * @throws IllegalArgumentException if the string does not fit (the message says how many bytes it needs), or no array
     *     could hold it, as may be with large magnitudes in a rice code; nothing is written then
     */
    public int encode(int[] symbols, int symbolsOffset, int count, byte[] out, int outOffset, int outLimit) {
        Objects.checkFromToIndex(outOffset, outLimit, out.length);
        code(symbols, symbolsOffset, count);
        return write(out, outOffset, outLimit);
    }

    /**
     * Codes symbols as {@link #encode} does, and keeps the string for {@link #write}.
     *
     * @return the length of the string in bytes
     */
    public int code(int[] symbols, int symbolsOffset, int count) {
        Objects.checkFromIndexSize(symbolsOffset, count, symbols.length);
        writer.clear();
        try {
            if (runsOfNonZeros) {
                codeRuns(symbols, symbolsOffset, symbolsOffset + count);
            } else {
                codeValues(symbols, symbolsOffset, symbolsOffset + count);
            }
        } catch (Throwable e) {
            writer.clear(); // what there is of a string is none
            throw e;
        }
        return writer.length();
    }

    /** Bytes of the string that was coded last; 0 where that was refused. */
    public int length() {
        return writer.length();
    }

    /**
     * Writes the string that was coded last to {@code out[outOffset ..]}.
     *
     * @return its length in bytes
     * @throws IllegalArgumentException if it does not end at {@code outLimit} or before; nothing is written then
     */
    public int write(byte[] out, int outOffset, int outLimit) {
        return writer.write(out, outOffset, outLimit);
    }

    private void codeValues(int[] symbols, int from, int end) {
        int at = from; // behind the last value that is not zero
        for (int block = from; end - block > 0; block += BLOCK) {
            long nonZeros = nonZeros(symbols, block, Math.min(BLOCK, end - block));
            for (; nonZeros != 0; nonZeros &= nonZeros - 1) {
                int next = block + Long.numberOfTrailingZeros(nonZeros);
                putRunAndValue(next - at, symbols[next]);
                at = next + 1;
            }
        }
        if (at < end) {
            putRun(end - at);
        }
    }

    /** A bit for each of up to 64 symbols, 1 where it is not zero; without branches, which would be mispredicted. */
    private static long nonZeros(int[] symbols, int from, int count) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            int x = symbols[from + i];
            bits |= (long) ((x | -x) >>> 31) << i; // x or -x is negative
        }
        return bits;
    }

    /** A run of zeros and the value behind it, at once where the three codes fit a store. */
    private void putRunAndValue(int length, int x) {
        long run = (long) length + runLeast;
        int runLow = runParameter < 0 ? 63 - Long.numberOfLeadingZeros(run) : runParameter;
        long runZeros = runParameter < 0 ? runLow : run >>> runLow;
        long magnitude = Math.abs((long) x) - 1 + magnitudeLeast;
        int low = magnitudeParameter < 0 ? 63 - Long.numberOfLeadingZeros(magnitude) : magnitudeParameter;
        long zeros = magnitudeParameter < 0 ? low : magnitude >>> low;
        long bits = runZeros + runLow + zeros + low + 3;
        if (bits > BitWriter.MOST_BITS) {
            putRun(length);
            putValue(x);
            return;
        }
        long runCode = (run & (1L << runLow) - 1) << 1 | 1;
        long code = (magnitude & (1L << low) - 1) << 1 | 1;
        long positive = ~x >>> 31; // x is not 0
        long value = code << zeros + 1 | positive;
        writer.put((value << runLow + 1 | runCode) << runZeros, (int) bits);
    }

    private void codeRuns(int[] symbols, int from, int end) {
        int least = 0; // the shortest run of zeros there may be
        int at = from;
        while (at < end) {
            int next = nextNonZero(symbols, at, end);
            putRun(next - at - least);
            if (next == end) {
                return;
            }
            at = nextZero(symbols, next, end);
            putRun(at - next - 1);
            for (int i = next; i < at; i++) {
                putValue(symbols[i]);
            }
            least = 1;
        }
    }

    private void putRun(int length) {
        writer.putCode(runParameter, (long) length + runLeast);
    }

    private void putValue(int x) {
        writer.put(x > 0 ? 1 : 0, 1);
        writer.putCode(magnitudeParameter, Math.abs((long) x) - 1 + magnitudeLeast);
    }

    private static int nextNonZero(int[] symbols, int at, int end) {
        int i = at;
        while (i < end && symbols[i] == 0) {
            i++;
        }
        return i;
    }

    private static int nextZero(int[] symbols, int at, int end) {
        int i = at;
        while (i < end && symbols[i] != 0) {
            i++;
        }
        return i;
    }
}
