package io.github.uniquant.internal.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The scalar path: what runs everywhere, and what the vector path must equal bit for bit. */
final class ScalarKernels implements Kernels {
    static final ScalarKernels INSTANCE = new ScalarKernels();

    private static final VarHandle SHORT_LE =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final float INT_LIMIT = 0x1p31f;

    private ScalarKernels() {}

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public boolean slotsAreFaster() {
        return true;
    }

    @Override
    public int quantize(
            float[] values, int valuesOffset, float[] offsets, int offsetsOffset, int count, int[] symbols, int at) {
        boolean ok = true;
        for (int i = 0; i < count; i++) {
            float rounded = (float) Math.rint(values[valuesOffset + i] - offsets[offsetsOffset + i]);
            ok &= rounded >= -INT_LIMIT && rounded < INT_LIMIT;
            symbols[at + i] = (int) rounded;
        }
        if (ok) {
            return -1;
        }
        int i = 0;
        while (inRange(Math.rint(values[valuesOffset + i] - offsets[offsetsOffset + i]))) {
            i++;
        }
        return i;
    }

    private static boolean inRange(double rounded) {
        return rounded >= -INT_LIMIT && rounded < INT_LIMIT;
    }

    @Override
    public int quantize(
            double[] values, int valuesOffset, double[] offsets, int offsetsOffset, int count, int[] symbols, int at) {
        for (int i = 0; i < count; i++) {
            double rounded = Math.rint(values[valuesOffset + i] - offsets[offsetsOffset + i]);
            if (!inRange(rounded)) {
                return i;
            }
            symbols[at + i] = (int) rounded;
        }
        return -1;
    }

    @Override
    public int quantizeFloat16(
            short[] values,
            int valuesOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int at,
            int limit) {
        for (int i = 0; i < count; i++) {
            float value = Float.float16ToFloat(values[valuesOffset + i]);
            float difference = Float.float16ToFloat(Float.floatToFloat16(value - offsets[offsetsOffset + i]));
            double rounded = Math.rint(difference);
            if (!(Math.abs(rounded) <= limit)) {
                return i;
            }
            symbols[at + i] = (int) rounded;
        }
        return -1;
    }

    @Override
    public int quantizeBfloat16(
            short[] values,
            int valuesOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int at,
            int limit) {
        for (int i = 0; i < count; i++) {
            float value = Float.intBitsToFloat(values[valuesOffset + i] << 16);
            float difference = Float.intBitsToFloat(bfloat16(value - offsets[offsetsOffset + i]) << 16);
            double rounded = Math.rint(difference);
            if (!(Math.abs(rounded) <= limit)) {
                return i;
            }
            symbols[at + i] = (int) rounded;
        }
        return -1;
    }

    /** The nearest bfloat16, ties to even; NaN stays NaN. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? 0x7fc0 : (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    @Override
    public void reconstruct(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, float[] values, int valuesOffset) {
        for (int i = 0; i < count; i++) {
            values[valuesOffset + i] = (float) symbols[at + i] + offsets[offsetsOffset + i];
        }
    }

    @Override
    public void reconstruct(
            int[] symbols, int at, double[] offsets, int offsetsOffset, int count, double[] values, int valuesOffset) {
        for (int i = 0; i < count; i++) {
            values[valuesOffset + i] = symbols[at + i] + offsets[offsetsOffset + i];
        }
    }

    @Override
    public void reconstructFloat16(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, short[] values, int valuesOffset) {
        for (int i = 0; i < count; i++) {
            values[valuesOffset + i] = Float.floatToFloat16((float) symbols[at + i] + offsets[offsetsOffset + i]);
        }
    }

    @Override
    public void reconstructBfloat16(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, short[] values, int valuesOffset) {
        for (int i = 0; i < count; i++) {
            values[valuesOffset + i] = bfloat16((float) symbols[at + i] + offsets[offsetsOffset + i]);
        }
    }

    @Override
    public int rows(
            int[] symbols,
            int at,
            int[] range,
            int cellBits,
            int[] rowBase,
            int planOffset,
            int count,
            int[] rowTable,
            int[] rows,
            int rowsEnd,
            int[] escapes,
            int escapesEnd) {
        int cellMask = (1 << cellBits) - 1;
        int end = escapesEnd;
        for (int i = 0; i < count; i++) {
            int element = planOffset + i;
            int symbol = symbols[at + i];
            int first = range[element] >> cellBits;
            int last = range[element] & cellMask;
            if (Integer.compareUnsigned(symbol - first, last) < 0) {
                rows[rowsEnd - 1 - i] = rowTable[rowBase[element] + symbol];
            } else {
                rows[rowsEnd - 1 - i] = rowTable[rowBase[element] + first + last];
                escapes[end] = element;
                escapes[end + 1] = symbol;
                end += 2;
            }
        }
        return end;
    }

    @Override
    public int escapes(
            int[] symbols,
            int at,
            int[] range,
            int cellBits,
            int planOffset,
            int count,
            int[] escapes,
            int escapesEnd) {
        int cellMask = (1 << cellBits) - 1;
        int end = escapesEnd;
        for (int i = 0; i < count; i++) {
            int element = planOffset + i;
            int symbol = symbols[at + i];
            if (Integer.compareUnsigned(symbol - (range[element] >> cellBits), range[element] & cellMask) >= 0) {
                escapes[end] = element;
                escapes[end + 1] = symbol;
                end += 2;
            }
        }
        return end;
    }

    @Override
    public void encodeLanes(
            int units,
            int[][] rows,
            int from,
            int count,
            int lanes,
            int precision,
            int[][] states,
            short[][] words,
            int[] wordCounts,
            int[] scratch) {
        for (int u = 0; u < units; u++) {
            wordCounts[u] = encodeUnit(rows[u], from, count, lanes - 1, precision, states[u], words[u], wordCounts[u]);
        }
    }

    private static int encodeUnit(
            int[] rows, int from, int count, int laneMask, int precision, int[] states, short[] words, int wordCount) {
        int end = wordCount;
        for (int k = 0; k < count; k++) {
            int row = rows[from + k];
            int frequency = (row & 0xffff) + 1;
            int v = k & laneMask;
            int x = states[v];
            if (x >>> 32 - precision >= frequency) {
                words[end++] = (short) x;
                x >>>= 16;
            }
            int q = Integer.divideUnsigned(x, frequency);
            int r = x - q * frequency;
            states[v] = (q << precision) + (row >>> 16) + r;
        }
        return end;
    }

    @Override
    public void decodeLanes(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int lanes,
            int precision,
            NarrowBuckets buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] wideScratch) {
        for (int u = 0; u < units; u++) {
            next[u] = decodeUnit(
                    descriptor,
                    from,
                    count,
                    lanes - 1,
                    precision,
                    buckets.ints(),
                    states[u],
                    words[u],
                    next[u],
                    symbols[u]);
            escapesEnd[u] = symbolsOf(symbols[u], descriptor, range, cellBits, from, count, escapes[u], escapesEnd[u]);
        }
    }

    /** Writes positions on the slot axis. */
    private static int decodeUnit(
            int[] descriptor,
            int from,
            int count,
            int laneMask,
            int precision,
            int[] buckets,
            int[] states,
            short[] words,
            int nextWord,
            int[] positions) {
        int next = nextWord;
        int slotMask = (1 << precision) - 1;
        for (int i = 0; i < count; i++) {
            int d = descriptor[from + i];
            int lane = i & laneMask;
            int x = states[lane];
            int slot = x & slotMask;
            int entry = 2 * NarrowBuckets.entry(d, slot);
            int low = buckets[entry];
            int high = buckets[entry + 1];
            int b1 = low >>> 13 & 0x1fff;
            int b2 = high & 0x1fff;
            int b3 = high >>> 13 & 0x1fff;
            int before1 = slot - b1 >> 31; // -1 in the first cell
            int before2 = slot - b2 >> 31; // -1 in the first two
            int start = b2 + (b1 - b2 & before2) + ((low & 0x1fff) - b1 & before1);
            int stop = b3 + (b2 - b3 & before2) + (b1 - b2 & before1);
            positions[i] = (low >>> 26 | high >>> 26 << 6) + before1 + before2;
            x = (x >>> precision) * (stop - start) + slot - start;
            // A state below 2^16 takes the next word.
            if (x >>> 16 == 0) {
                x = x << 16 | words[next++] & 0xffff;
            }
            states[lane] = x;
        }
        return next;
    }

    /** Turns positions into symbols, in place, and notes the escapes. */
    private static int symbolsOf(
            int[] positions,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int[] escapes,
            int escapesEnd) {
        int cellMask = (1 << cellBits) - 1;
        int end = escapesEnd;
        for (int i = 0; i < count; i++) {
            int element = from + i;
            int position = positions[i];
            int cell = NarrowBuckets.cell(descriptor[element], position);
            positions[i] = (range[element] >> cellBits) + cell;
            if (cell == (range[element] & cellMask)) {
                escapes[end++] = element;
            }
        }
        return end;
    }

    // ---- one lane

    /** What {@link #quotient} by f takes: r, a little below 2^63 / f, by less than 2^-51 of it. */
    static long reciprocal(int f) {
        long rounded = (long) (0x1p63 / f);
        return rounded - (rounded >>> 52) - 1;
    }

    /**
     * x div f, for x below 2^32 and f up to 2^16: (x + 1) / f is at least 1 / f above that quotient and at most the next
     * one, and (x + 1) r / 2^63 below it by less than 1 / f. A state's chain waits for a product alone, not for a division.
     */
    static long quotient(long x, long reciprocal) {
        return Math.multiplyHigh(x + 1 << 1, reciprocal);
    }

    @Override
    public void encodeTails(
            int units,
            int[][] rows,
            int from,
            int count,
            int precision,
            int[] table,
            int tableFrom,
            int[] originOf,
            int[] states,
            short[][] words,
            int[] wordCounts,
            int[] scratch) {
        for (int u = 0; u < units; u++) {
            int[] of = rows[u];
            short[] pushed = words[u];
            int end = wordCounts[u];
            long x = states[u] & 0xffffffffL;
            for (int k = 0; k < count; k++) {
                int row = of[from + k];
                int f = (row & 0xffff) + 1;
                long reciprocal = reciprocal(f);
                int full = (int) (((long) f << 32 - precision) - 1 - x >>> 63); // 1 where a word must go, no branch
                pushed[end] = (short) x;
                end += full;
                x >>>= full << 4;
                if (x >= f) {
                    long q = quotient(x, reciprocal);
                    x += q * ((1 << precision) - f) + (row >>> 16);
                } else if (x != 1 || 2 * f <= 1 << precision) { // the start state stays on a cell of more than half
                    x = YoungStates.state(
                            (int) x, row >>> 16, f, originOf[table[tableFrom + count - 1 - k]], precision);
                }
            }
            states[u] = (int) x;
            wordCounts[u] = end;
        }
    }

    @Override
    public int leastTailsInVectors() {
        return Integer.MAX_VALUE;
    }

    @Override
    public int decodeTails(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int[] rowBase,
            int[] rows,
            int[] table,
            int from,
            int count,
            int precision,
            int[] originOf,
            int[] buckets,
            int[] states,
            short[][] words,
            int[] next,
            int[] end,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch) {
        for (int u = 0; u < units; u++) {
            int done = ScalarTails.decodeAlone(
                    u,
                    descriptor,
                    range,
                    cellBits,
                    table,
                    from,
                    count,
                    precision,
                    originOf,
                    buckets,
                    states,
                    words[u],
                    next,
                    end[u],
                    symbols[u],
                    escapes,
                    escapesEnd);
            if (done < count) {
                return done;
            }
        }
        return count;
    }

    // ---- one table of bytes, few tables

    @Override
    public int encodeBytes(
            byte[] symbols,
            int at,
            int count,
            int lanes,
            int precision,
            int first,
            int cells,
            int[] rowOf,
            float[] reciprocalOf,
            int[] states,
            short[] words,
            int wordCount,
            int[] scratch) {
        int end = wordCount;
        int signs = 0;
        for (int k = 0; k < count; k++) {
            int row = rowOf[symbols[at + count - 1 - k] & 0xff];
            signs |= row;
            int frequency = row & 0xffff;
            int v = k & lanes - 1;
            int x = states[v];
            if (x >>> 32 - precision >= frequency) {
                words[end++] = (short) x;
                x >>>= 16;
            }
            int q = Integer.divideUnsigned(x, frequency);
            states[v] = (q << precision) + (row >>> 16) + x - q * frequency;
        }
        return signs < 0 ? -1 : end;
    }

    @Override
    public int decodeBytes(
            int[] slots,
            int first,
            int count,
            int lanes,
            int precision,
            int[] states,
            short[] words,
            int next,
            byte[] symbols,
            int at,
            int[] scratch) {
        int nextWord = next;
        int slotMask = (1 << precision) - 1;
        for (int i = 0; i < count; i++) {
            int lane = i & lanes - 1;
            int x = states[lane];
            int entry = slots[x & slotMask];
            symbols[at + i] = (byte) (first + entry);
            x = afterSlot(x, entry, precision);
            if (x >>> 16 == 0) {
                x = x << 16 | words[nextWord++] & 0xffff;
            }
            states[lane] = x;
        }
        return nextWord;
    }

    /** The state behind the cell of a slot's entry, before it takes a word. */
    private static int afterSlot(int x, int entry, int precision) {
        return (x >>> precision) * ((entry >>> 20) + 1) + (entry >>> 8 & 0xfff);
    }

    @Override
    public void decodeSlots(
            int units,
            int[] table,
            int[] range,
            int cellBits,
            int from,
            int count,
            int lanes,
            int precision,
            int[] slots,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch) {
        for (int u = 0; u < units; u++) {
            next[u] = decodeCells(
                    table, from, count, lanes - 1, precision, slots, states[u], words[u], next[u], symbols[u]);
            int end = escapesEnd[u];
            for (int i = 0; i < count; i++) {
                int cell = symbols[u][i];
                int r = range[from + i];
                symbols[u][i] = (r >> cellBits) + cell;
                if (cell == (r & (1 << cellBits) - 1)) {
                    escapes[u][end++] = from + i;
                }
            }
            escapesEnd[u] = end;
        }
    }

    private static int decodeCells(
            int[] table,
            int from,
            int count,
            int laneMask,
            int precision,
            int[] slots,
            int[] states,
            short[] words,
            int nextWord,
            int[] cells) {
        int next = nextWord;
        int slotMask = (1 << precision) - 1;
        for (int i = 0; i < count; i++) {
            int lane = i & laneMask;
            int x = states[lane];
            int entry = slots[(table[from + i] << precision) + (x & slotMask)];
            cells[i] = entry & 0xff;
            x = afterSlot(x, entry, precision);
            if (x >>> 16 == 0) {
                x = x << 16 | words[next++] & 0xffff;
            }
            states[lane] = x;
        }
        return next;
    }

    // ---- words

    @Override
    public void writeWordsBackwards(short[] words, int count, byte[] bytes, int at) {
        for (int i = 0; i < count; i++) {
            SHORT_LE.set(bytes, at + 2 * i, words[count - 1 - i]);
        }
    }
}
