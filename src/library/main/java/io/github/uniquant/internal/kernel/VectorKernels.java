package io.github.uniquant.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The vector path. The width is the processor's, or the one that the property of {@link KernelProvider} names, fixed when
 * this class loads. Tails call {@link ScalarKernels} on what is left.
 */
final class VectorKernels implements Kernels {
    private static final int LEAST_BITS = 256;

    private static final VectorSpecies<Integer> I = species();
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, I.vectorShape());
    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(I.vectorBitSize() / 2));
    private static final int W = I.length();

    /** Whether table entries come by gathers, or by scalar loads: on processors of 256 bits those are faster. */
    private static final boolean GATHER = I.vectorBitSize() >= 512;

    private static final VectorShuffle<Integer> REVERSE = VectorShuffle.iota(I, W - 1, -1, false);

    /** The float divider errs by at most one below this quotient, that is, from this precision on. */
    private static final int LEAST_FLOAT_PRECISION = 11;

    /** A factor that makes the rounded quotient at most the true one: it outweighs three roundings of 2^-24. */
    private static final float TOWARDS_ZERO = 1 - 0x1p-22f;

    private static final float TWO_32 = 0x1p32f;

    private static final ScalarKernels SCALAR = ScalarKernels.INSTANCE;

    private VectorKernels() {}

    private static VectorSpecies<Integer> species() {
        VectorSpecies<Integer> preferred = IntVector.SPECIES_PREFERRED;
        return System.getProperty(KernelProvider.PROPERTY, "").equals("256") && preferred.vectorBitSize() > LEAST_BITS
                ? IntVector.SPECIES_256
                : preferred;
    }

    /** The kernels, if this class runs with vectors of {@code bits}, or of any sufficient width where that is 0. */
    static @Nullable Kernels ofWidth(int bits) {
        int width = I.vectorBitSize();
        return width >= LEAST_BITS && (bits == 0 || bits == width) ? new VectorKernels() : null;
    }

    @Override
    public String name() {
        return "vector-" + I.vectorBitSize();
    }

    @Override
    public int quantize(
            float[] values, int valuesOffset, float[] offsets, int offsetsOffset, int count, int[] symbols, int at) {
        return SCALAR.quantize(values, valuesOffset, offsets, offsetsOffset, count, symbols, at);
    }

    @Override
    public int quantize(
            double[] values, int valuesOffset, double[] offsets, int offsetsOffset, int count, int[] symbols, int at) {
        return SCALAR.quantize(values, valuesOffset, offsets, offsetsOffset, count, symbols, at);
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
        return SCALAR.quantizeFloat16(values, valuesOffset, offsets, offsetsOffset, count, symbols, at, limit);
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
        return SCALAR.quantizeBfloat16(values, valuesOffset, offsets, offsetsOffset, count, symbols, at, limit);
    }

    @Override
    public void reconstruct(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, float[] values, int valuesOffset) {
        SCALAR.reconstruct(symbols, at, offsets, offsetsOffset, count, values, valuesOffset);
    }

    @Override
    public void reconstruct(
            int[] symbols, int at, double[] offsets, int offsetsOffset, int count, double[] values, int valuesOffset) {
        SCALAR.reconstruct(symbols, at, offsets, offsetsOffset, count, values, valuesOffset);
    }

    @Override
    public void reconstructFloat16(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, short[] values, int valuesOffset) {
        SCALAR.reconstructFloat16(symbols, at, offsets, offsetsOffset, count, values, valuesOffset);
    }

    @Override
    public void reconstructBfloat16(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, short[] values, int valuesOffset) {
        SCALAR.reconstructBfloat16(symbols, at, offsets, offsetsOffset, count, values, valuesOffset);
    }

    // ---- symbols and cells

    @Override
    public int rows(
            int[] symbols,
            int at,
            int[] first,
            int[] last,
            int[] rowBase,
            int planOffset,
            int count,
            boolean nearZero,
            int[] rowTable,
            int[] rows,
            int rowsEnd,
            int[] escapes,
            int escapesEnd) {
        int end = escapesEnd;
        int bound = nearZero ? I.loopBound(count) : 0;
        for (int i = 0; i < bound; i += W) {
            IntVector symbol = IntVector.fromArray(I, symbols, at + i);
            IntVector value = symbol.sub(IntVector.fromArray(I, first, planOffset + i));
            IntVector lastCell = IntVector.fromArray(I, last, planOffset + i);
            VectorMask<Integer> inside = value.compare(VectorOperators.ULT, lastCell);
            if (!inside.allTrue()) {
                for (long outside = ~inside.toLong() & (1L << W) - 1; outside != 0; outside &= outside - 1) {
                    int lane = Long.numberOfTrailingZeros(outside);
                    escapes[end] = planOffset + i + lane;
                    escapes[end + 1] = symbols[at + i + lane];
                    end += 2;
                }
            }
            IntVector index = lastCell.blend(value, inside).add(IntVector.fromArray(I, rowBase, planOffset + i));
            if (GATHER) {
                index.intoArray(rows, rowsEnd - W - i);
                IntVector.fromArray(I, rowTable, 0, rows, rowsEnd - W - i)
                        .rearrange(REVERSE)
                        .intoArray(rows, rowsEnd - W - i);
            } else {
                index.rearrange(REVERSE).intoArray(rows, rowsEnd - W - i);
            }
        }
        if (!GATHER) {
            for (int k = rowsEnd - bound; k < rowsEnd; k++) {
                rows[k] = rowTable[rows[k]];
            }
        }
        return SCALAR.rows(
                symbols,
                at + bound,
                first,
                last,
                rowBase,
                planOffset + bound,
                count - bound,
                nearZero,
                rowTable,
                rows,
                rowsEnd - bound,
                escapes,
                end);
    }

    @Override
    public int symbols(
            int[] positions,
            int[] descriptor,
            int[] first,
            int[] last,
            int planOffset,
            int count,
            int[] symbols,
            int[] escapes,
            int escapesEnd) {
        int end = escapesEnd;
        int bound = I.loopBound(count);
        for (int i = 0; i < bound; i += W) {
            IntVector position = IntVector.fromArray(I, positions, i);
            IntVector half = IntVector.fromArray(I, descriptor, planOffset + i)
                    .lanewise(VectorOperators.LSHR, 4)
                    .and(0x1ff);
            IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                    .add(half, position.and(1).compare(VectorOperators.NE, 0));
            cell.add(IntVector.fromArray(I, first, planOffset + i)).intoArray(symbols, i);
            VectorMask<Integer> escaped =
                    cell.compare(VectorOperators.EQ, IntVector.fromArray(I, last, planOffset + i));
            if (escaped.anyTrue()) {
                for (long left = escaped.toLong(); left != 0; left &= left - 1) {
                    escapes[end++] = planOffset + i + Long.numberOfTrailingZeros(left);
                }
            }
        }
        for (int i = bound; i < count; i++) {
            int element = planOffset + i;
            int cell = (positions[i] >> 1) + (positions[i] & 1) * (descriptor[element] >>> 4 & 0x1ff);
            symbols[i] = first[element] + cell;
            if (cell == last[element]) {
                escapes[end++] = element;
            }
        }
        return end;
    }

    // ---- lanes

    @Override
    public int encodeLanes(
            int[] rows, int from, int count, int lanes, int precision, int[] states, short[] words, int wordCount) {
        if (lanes < W || precision < LEAST_FLOAT_PRECISION) {
            return SCALAR.encodeLanes(rows, from, count, lanes, precision, states, words, wordCount);
        }
        int end = wordCount;
        int slots = 1 << precision;
        for (int k = 0; k < count; k += lanes) {
            for (int v = 0; v < lanes; v += W) {
                IntVector row = IntVector.fromArray(I, rows, from + k + v);
                IntVector x = IntVector.fromArray(I, states, v);
                IntVector f = row.and(0xffff).add(1);
                VectorMask<Integer> full =
                        x.lanewise(VectorOperators.LSHR, 32 - precision).compare(VectorOperators.GE, f);
                ((ShortVector) x.compress(full).convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
                end += full.trueCount();
                x = x.blend(x.lanewise(VectorOperators.LSHR, 16), full);
                // x / f in floats, at most one too small; the conversion is signed.
                FloatVector xf = (FloatVector) x.convertShape(VectorOperators.I2F, F, 0);
                xf = xf.add(TWO_32, x.compare(VectorOperators.LT, 0).cast(F));
                FloatVector ff = (FloatVector) f.convertShape(VectorOperators.I2F, F, 0);
                IntVector q = (IntVector) xf.div(ff).mul(TOWARDS_ZERO).convertShape(VectorOperators.F2I, I, 0);
                IntVector r = x.sub(q.mul(f));
                IntVector grown =
                        q.lanewise(VectorOperators.LSHL, precision).add(r).add(row.lanewise(VectorOperators.LSHR, 16));
                // One more in q: 2^p more for it, f less for r.
                grown.add(f.neg().add(slots), r.compare(VectorOperators.GE, f)).intoArray(states, v);
            }
        }
        return end;
    }

    @Override
    public int decodeLanes(
            int[] descriptor,
            int from,
            int count,
            int lanes,
            int precision,
            int[] buckets,
            int[] states,
            short[] words,
            int position,
            int[] positions) {
        if (lanes < W) {
            return SCALAR.decodeLanes(
                    descriptor, from, count, lanes, precision, buckets, states, words, position, positions);
        }
        int next = position;
        int slotMask = (1 << precision) - 1;
        for (int i = 0; i < count; i += lanes) {
            for (int j = 0; j < lanes; j += W) {
                IntVector x = IntVector.fromArray(I, states, j);
                IntVector d = IntVector.fromArray(I, descriptor, from + i + j);
                IntVector slot = x.and(slotMask);
                IntVector bucket = slot.lanewise(VectorOperators.LSHR, d.and(15));
                IntVector entry = d.lanewise(VectorOperators.LSHR, 13)
                        .lanewise(VectorOperators.LSHL, 4)
                        .add(bucket.add(bucket));
                entry.intoArray(positions, i + j);
                IntVector low = IntVector.fromArray(I, buckets, 0, positions, i + j);
                IntVector high = IntVector.fromArray(I, buckets, 1, positions, i + j);
                IntVector b0 = low.and(0x1fff);
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                IntVector b2 = high.and(0x1fff);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                VectorMask<Integer> past1 = slot.compare(VectorOperators.GE, b1);
                VectorMask<Integer> past2 = slot.compare(VectorOperators.GE, b2);
                IntVector start = b0.blend(b1, past1).blend(b2, past2);
                IntVector stop = b1.blend(b2, past1).blend(b3, past2);
                low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(1, past1)
                        .add(1, past2)
                        .intoArray(positions, i + j);
                x = x.lanewise(VectorOperators.LSHR, precision)
                        .mul(stop.sub(start))
                        .add(slot)
                        .sub(start);
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                IntVector word = ((IntVector) ShortVector.fromArray(S, words, next)
                                .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                        .expand(low16);
                next += low16.trueCount();
                x.blend(x.lanewise(VectorOperators.LSHL, 16).or(word), low16).intoArray(states, j);
            }
        }
        return next;
    }
}
