package io.github.uniquant.internal.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The vector path. Its width is {@link VectorWidth#SHAPE}; tails call {@link ScalarKernels} on what is left. What needs no lanes of
 * a coder is here; {@link VectorLanes}, {@link VectorTails} and {@link VectorBytes} have the rest.
 */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Double> D = VectorSpecies.of(double.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorWidth.HALF);
    private static final VectorSpecies<Integer> HALF_I = VectorSpecies.of(int.class, VectorWidth.HALF);
    private static final int W = I.length();

    private static final VectorShuffle<Integer> EVEN = VectorShuffle.fromOp(I, lane -> 2 * lane & W - 1);
    private static final VectorShuffle<Integer> REVERSE = VectorShuffle.iota(I, W - 1, -1, false);
    private static final VectorShuffle<Short> REVERSE_WORDS = VectorShuffle.iota(S, S.length() - 1, -1, false);

    /** Adding it rounds what is below 2^22 in magnitude to an integer, ties to even, in the low bits of the sum. */
    private static final float MAGIC = 0x1.8p23f;

    private static final int MAGIC_BITS = 0x4b400000;
    private static final float MAGIC_LIMIT = 0x1p22f;
    private static final float LEAST_FLOAT16 = 0x1p-14f; // of the normal ones
    private static final double WIDE_MAGIC = 0x1.8p52;
    private static final double WIDE_MAGIC_LIMIT = 0x1p31 - 1;

    private static final ScalarKernels SCALAR = ScalarKernels.INSTANCE;

    private VectorKernels() {}

    /** The kernels, if the process's vectors have {@code bits}, or as many as are needed where that is 0. */
    static @Nullable Kernels ofWidth(int bits) {
        int width = I.vectorBitSize();
        return width < VectorWidth.LEAST_BITS || bits != 0 && bits != width ? null : new VectorKernels();
    }

    @Override
    public String name() {
        return "vector-" + I.vectorBitSize();
    }

    /** Slots are gathered at 512 bits, also where gathers are slow. */
    @Override
    public boolean slotsAreFaster() {
        return VectorWidth.GATHER || !VectorWidth.WIDE;
    }

    // ---- quantization

    @Override
    public int quantize(
            float[] values, int valuesOffset, float[] offsets, int offsetsOffset, int count, int[] symbols, int at) {
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            FloatVector difference = FloatVector.fromArray(F, values, valuesOffset + i)
                    .sub(FloatVector.fromArray(F, offsets, offsetsOffset + i));
            if (!difference.abs().compare(VectorOperators.LT, MAGIC_LIMIT).allTrue()) {
                int refused = SCALAR.quantize(values, valuesOffset + i, offsets, offsetsOffset + i, W, symbols, at + i);
                if (refused >= 0) {
                    return i + refused;
                }
                continue;
            }
            difference.add(MAGIC).reinterpretAsInts().sub(MAGIC_BITS).intoArray(symbols, at + i);
        }
        int refused = SCALAR.quantize(
                values, valuesOffset + bound, offsets, offsetsOffset + bound, count - bound, symbols, at + bound);
        return refused < 0 ? -1 : bound + refused;
    }

    @Override
    public int quantize(
            double[] values, int valuesOffset, double[] offsets, int offsetsOffset, int count, int[] symbols, int at) {
        VectorMask<Integer> upperHalf = VectorWidth.intsWith(W / 2);
        IntVector even = IntVector.zero(I).addIndex(2);
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            DoubleVector lower = DoubleVector.fromArray(D, values, valuesOffset + i)
                    .sub(DoubleVector.fromArray(D, offsets, offsetsOffset + i));
            DoubleVector upper = DoubleVector.fromArray(D, values, valuesOffset + i + W / 2)
                    .sub(DoubleVector.fromArray(D, offsets, offsetsOffset + i + W / 2));
            if (!lower.abs()
                    .compare(VectorOperators.LT, WIDE_MAGIC_LIMIT)
                    .and(upper.abs().compare(VectorOperators.LT, WIDE_MAGIC_LIMIT))
                    .allTrue()) {
                int refused = SCALAR.quantize(values, valuesOffset + i, offsets, offsetsOffset + i, W, symbols, at + i);
                if (refused >= 0) {
                    return i + refused;
                }
                continue;
            }
            // The low half of a sum's bits is the rounded difference as an int.
            IntVector lowerInts = lower.add(WIDE_MAGIC).reinterpretAsInts();
            IntVector upperInts = upper.add(WIDE_MAGIC).reinterpretAsInts();
            (VectorWidth.WIDE
                            ? even.selectFrom(lowerInts, upperInts)
                            : lowerInts.rearrange(EVEN).blend(upperInts.rearrange(EVEN), upperHalf))
                    .intoArray(symbols, at + i);
        }
        int refused = SCALAR.quantize(
                values, valuesOffset + bound, offsets, offsetsOffset + bound, count - bound, symbols, at + bound);
        return refused < 0 ? -1 : bound + refused;
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
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            // There are no operators for these conversions. What is not finite becomes 2^16 and more, beyond any limit.
            IntVector bits = (IntVector)
                    ShortVector.fromArray(S, values, valuesOffset + i).convertShape(VectorOperators.S2I, I, 0);
            IntVector magnitude = bits.lanewise(VectorOperators.LSHL, 13).and(0x7fff << 13);
            IntVector normal = magnitude.add((127 - 15) << 23);
            FloatVector subnormal =
                    magnitude.add((128 - 15) << 23).reinterpretAsFloats().sub(LEAST_FLOAT16);
            FloatVector value = normal.blend(
                            subnormal.reinterpretAsInts(), magnitude.compare(VectorOperators.LT, 1 << 23))
                    .or(bits.and(Integer.MIN_VALUE))
                    .reinterpretAsFloats();
            // To the 11 bits of a normal float16: a smaller one rounds to the symbol 0 in any case, a larger one stays
            // beyond the limit.
            IntVector difference = value.sub(FloatVector.fromArray(F, offsets, offsetsOffset + i))
                    .reinterpretAsInts();
            difference
                    .add(0xfff)
                    .add(difference.lanewise(VectorOperators.LSHR, 13).and(1))
                    .and(-1 << 13)
                    .reinterpretAsFloats()
                    .add(MAGIC)
                    .reinterpretAsInts()
                    .sub(MAGIC_BITS)
                    .intoArray(symbols, at + i);
        }
        int done = withinLimit(symbols, at, bound, limit) ? bound : 0;
        int refused = SCALAR.quantizeFloat16(
                values, valuesOffset + done, offsets, offsetsOffset + done, count - done, symbols, at + done, limit);
        return refused < 0 ? -1 : done + refused;
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
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            FloatVector value = widened(ShortVector.fromArray(S, values, valuesOffset + i));
            IntVector rounded = bfloat16Bits(value.sub(FloatVector.fromArray(F, offsets, offsetsOffset + i)));
            rounded.reinterpretAsFloats()
                    .add(MAGIC)
                    .reinterpretAsInts()
                    .sub(MAGIC_BITS)
                    .intoArray(symbols, at + i);
        }
        // What is not finite stays so through all of this, and comes out beyond any limit.
        int done = withinLimit(symbols, at, bound, limit) ? bound : 0;
        int refused = SCALAR.quantizeBfloat16(
                values, valuesOffset + done, offsets, offsetsOffset + done, count - done, symbols, at + done, limit);
        return refused < 0 ? -1 : done + refused;
    }

    /** Whether no symbol of these, whole vectors, is beyond the limit. */
    private static boolean withinLimit(int[] symbols, int at, int count, int limit) {
        for (int i = 0; i < count; i += W) {
            if (IntVector.fromArray(I, symbols, at + i)
                    .abs()
                    .compare(VectorOperators.UGT, limit)
                    .anyTrue()) {
                return false;
            }
        }
        return true;
    }

    /** The values of bfloat16 bits. */
    private static FloatVector widened(ShortVector bits) {
        return ((IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
    }

    /** The bits of values rounded to bfloat16, as those of floats; values that are not numbers become others or infinite. */
    private static IntVector bfloat16Bits(FloatVector values) {
        IntVector bits = values.reinterpretAsInts();
        return bits.add(0x7fff)
                .add(bits.lanewise(VectorOperators.LSHR, 16).and(1))
                .and(0xffff0000);
    }

    @Override
    public void reconstruct(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, float[] values, int valuesOffset) {
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            ((FloatVector) IntVector.fromArray(I, symbols, at + i).convertShape(VectorOperators.I2F, F, 0))
                    .add(FloatVector.fromArray(F, offsets, offsetsOffset + i))
                    .intoArray(values, valuesOffset + i);
        }
        SCALAR.reconstruct(
                symbols, at + bound, offsets, offsetsOffset + bound, count - bound, values, valuesOffset + bound);
    }

    @Override
    public void reconstruct(
            int[] symbols, int at, double[] offsets, int offsetsOffset, int count, double[] values, int valuesOffset) {
        int bound = D.loopBound(count);
        for (int i = 0; i < bound; i += D.length()) {
            ((DoubleVector) IntVector.fromArray(HALF_I, symbols, at + i).convertShape(VectorOperators.I2D, D, 0))
                    .add(DoubleVector.fromArray(D, offsets, offsetsOffset + i))
                    .intoArray(values, valuesOffset + i);
        }
        SCALAR.reconstruct(
                symbols, at + bound, offsets, offsetsOffset + bound, count - bound, values, valuesOffset + bound);
    }

    @Override
    public void reconstructFloat16(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, short[] values, int valuesOffset) {
        // The scalar loop is one that the compiler makes vectors of.
        SCALAR.reconstructFloat16(symbols, at, offsets, offsetsOffset, count, values, valuesOffset);
    }

    @Override
    public void reconstructBfloat16(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, short[] values, int valuesOffset) {
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            FloatVector value = ((FloatVector)
                            IntVector.fromArray(I, symbols, at + i).convertShape(VectorOperators.I2F, F, 0))
                    .add(FloatVector.fromArray(F, offsets, offsetsOffset + i));
            ((ShortVector) bfloat16Bits(value)
                            .lanewise(VectorOperators.LSHR, 16)
                            .convertShape(VectorOperators.I2S, S, 0))
                    .intoArray(values, valuesOffset + i);
        }
        SCALAR.reconstructBfloat16(
                symbols, at + bound, offsets, offsetsOffset + bound, count - bound, values, valuesOffset + bound);
    }

    // ---- symbols and cells

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
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            IntVector symbol = IntVector.fromArray(I, symbols, at + i);
            IntVector r = IntVector.fromArray(I, range, planOffset + i);
            IntVector first = r.lanewise(VectorOperators.ASHR, cellBits);
            IntVector last = r.and(cellMask);
            // Symbols outside of a table's cells, those below them as unsigned ints, get the last one's index.
            IntVector cell = symbol.sub(first).lanewise(VectorOperators.UMIN, last);
            IntVector index = cell.add(first).add(IntVector.fromArray(I, rowBase, planOffset + i));
            VectorMask<Integer> outside = cell.compare(VectorOperators.EQ, last);
            if (outside.anyTrue()) {
                for (long lanes = outside.toLong(); lanes != 0; lanes &= lanes - 1) {
                    int lane = Long.numberOfTrailingZeros(lanes);
                    escapes[end] = planOffset + i + lane;
                    escapes[end + 1] = symbols[at + i + lane];
                    end += 2;
                }
            }
            if (VectorWidth.GATHER) {
                index.intoArray(rows, rowsEnd - W - i);
                IntVector.fromArray(I, rowTable, 0, rows, rowsEnd - W - i)
                        .rearrange(REVERSE)
                        .intoArray(rows, rowsEnd - W - i);
            } else {
                index.rearrange(REVERSE).intoArray(rows, rowsEnd - W - i);
            }
        }
        if (!VectorWidth.GATHER) {
            for (int k = rowsEnd - bound; k < rowsEnd; k++) {
                rows[k] = rowTable[rows[k]];
            }
        }
        return SCALAR.rows(
                symbols,
                at + bound,
                range,
                cellBits,
                rowBase,
                planOffset + bound,
                count - bound,
                rowTable,
                rows,
                rowsEnd - bound,
                escapes,
                end);
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
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            IntVector r = IntVector.fromArray(I, range, planOffset + i);
            VectorMask<Integer> outside = IntVector.fromArray(I, symbols, at + i)
                    .sub(r.lanewise(VectorOperators.ASHR, cellBits))
                    .compare(VectorOperators.UGE, r.and(cellMask));
            for (long lanes = outside.toLong(); lanes != 0; lanes &= lanes - 1) {
                int lane = Long.numberOfTrailingZeros(lanes);
                escapes[end] = planOffset + i + lane;
                escapes[end + 1] = symbols[at + i + lane];
                end += 2;
            }
        }
        return SCALAR.escapes(symbols, at + bound, range, cellBits, planOffset + bound, count - bound, escapes, end);
    }

    // ---- lanes

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
        VectorLanes.encodeLanes(units, rows, from, count, lanes, precision, states, words, wordCounts, scratch);
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
        VectorLanes.decodeLanes(
                units,
                descriptor,
                range,
                cellBits,
                from,
                count,
                lanes,
                precision,
                buckets,
                states,
                words,
                next,
                symbols,
                escapes,
                escapesEnd,
                scratch,
                wideScratch);
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
        VectorLanes.decodeSlots(
                units,
                table,
                range,
                cellBits,
                from,
                count,
                lanes,
                precision,
                slots,
                states,
                words,
                next,
                symbols,
                escapes,
                escapesEnd,
                scratch);
    }

    // ---- one lane

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
        VectorTails.encodeTails(
                units, rows, from, count, precision, table, tableFrom, originOf, states, words, wordCounts, scratch);
    }

    @Override
    public int leastTailsInVectors() {
        return VectorTails.LEAST_UNITS;
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
        return VectorTails.decodeTails(
                units,
                descriptor,
                range,
                cellBits,
                rowBase,
                rows,
                table,
                from,
                count,
                precision,
                originOf,
                buckets,
                states,
                words,
                next,
                end,
                symbols,
                escapes,
                escapesEnd,
                scratch);
    }

    // ---- one table of bytes

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
        return VectorBytes.encodeBytes(
                symbols,
                at,
                count,
                lanes,
                precision,
                first,
                cells,
                rowOf,
                reciprocalOf,
                states,
                words,
                wordCount,
                scratch);
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
        return VectorBytes.decodeBytes(
                slots, first, count, lanes, precision, states, words, next, symbols, at, scratch);
    }

    // ---- words

    @Override
    public void writeWordsBackwards(short[] words, int count, byte[] bytes, int at) {
        int bound = S.loopBound(count);
        for (int i = 0; i < bound; i += S.length()) {
            ShortVector.fromArray(S, words, count - S.length() - i)
                    .rearrange(REVERSE_WORDS)
                    .reinterpretAsBytes()
                    .intoArray(bytes, at + 2 * i);
        }
        SCALAR.writeWordsBackwards(words, count - bound, bytes, at + 2 * bound);
    }
}
