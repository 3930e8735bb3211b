package io.github.uniquant.internal.kernel;

import java.io.InputStream;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Objects;
import java.util.stream.IntStream;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
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
 *
 * <p>Kernels write their steps out, although they have many in common. With one method for the words that lanes take, heads
 * of 64 lanes were decoded in 1.7 ns an element instead of 1.0, those of 8 lanes in pairs in 2.8 instead of 1.0; with one for
 * the step of the encoders, one run in two took 3.2 ns instead of 0.4. The reason is in {@link VectorMath}.
 */
final class VectorKernels implements Kernels {
    private static final int LEAST_BITS = 256;

    private static final VectorSpecies<Integer> I = species();
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, I.vectorShape());
    private static final VectorShape HALF = VectorShape.forBitSize(Math.max(LEAST_BITS, I.vectorBitSize()) / 2);
    private static final VectorSpecies<Short> S = VectorSpecies.of(short.class, HALF);
    private static final VectorSpecies<Double> D = VectorSpecies.of(double.class, I.vectorShape());
    private static final VectorSpecies<Long> L = VectorSpecies.of(long.class, I.vectorShape());
    private static final VectorSpecies<Integer> HALF_I = VectorSpecies.of(int.class, HALF);
    private static final VectorSpecies<Byte> B = VectorSpecies.of(
            byte.class, VectorShape.forBitSize(Math.max(LEAST_BITS, I.vectorBitSize()) / Integer.BYTES));
    private static final VectorSpecies<Byte> WORD_BYTES = VectorSpecies.of(byte.class, HALF);
    private static final int W = I.length();

    /** Whether vectors have 512 bits: units of half as many lanes share them, and few cells fit in registers. */
    private static final boolean WIDE = I.vectorBitSize() >= 512;

    /**
     * Whether table entries come by gathers, or by scalar loads: on processors of 256 bits those are faster, and beside
     * another width a gather would allocate, for its code in the platform is shared by both. Where vectors are wide, slots of
     * few tables are gathered in any case; words of tails are at every width, and entries of those from larger tables, for the
     * narrower copy of this class gets none.
     */
    private static final boolean GATHER = WIDE && Gathers.arePreferred();

    /** The lanes of long units. Loads and vectors take turns over a row, up to 1.7 times as fast where its length is known. */
    private static final int USUAL_LANES = 64;

    /** So many bytes are looked at before they are encoded: they are still in the first-level cache then. */
    private static final int NEAR_BYTES = 4096;

    private static final VectorShuffle<Integer> TWICE = VectorShuffle.fromOp(I, lane -> lane & W / 2 - 1);
    private static final VectorShuffle<Integer> SWAP_HALVES = VectorShuffle.fromOp(I, lane -> lane ^ W / 2);

    /** The number of each lane, for {@link #intsWith}. */
    private static final int[] LANES = IntStream.range(0, W).toArray();

    private static final VectorShuffle<Integer> REVERSE = VectorShuffle.iota(I, W - 1, -1, false);
    private static final VectorShuffle<Byte> REVERSE_BYTES = VectorShuffle.iota(B, W - 1, -1, false);
    private static final VectorShuffle<Short> REVERSE_WORDS = VectorShuffle.iota(S, S.length() - 1, -1, false);

    /** The float divider errs by at most one below this quotient, that is, from this precision on. */
    private static final int LEAST_FLOAT_PRECISION = 11;

    /** The one precision at which {@link Kernels#reciprocal} does for the encoder of bytes. */
    private static final int BYTE_PRECISION = 12;

    /**
     * What takes the place of 1 in a reciprocal, so that the product of a state with it is at most the true quotient: it
     * outweighs three roundings of 2^-24. The division does not wait for the state.
     */
    private static final float TOWARDS_ZERO = 1 - 0x1p-22f;

    /** Adding it rounds what is below 2^22 in magnitude to an integer, ties to even, in the low bits of the sum. */
    private static final float MAGIC = 0x1.8p23f;

    private static final int MAGIC_BITS = 0x4b400000;
    private static final float MAGIC_LIMIT = 0x1p22f;
    private static final float LEAST_FLOAT16 = 0x1p-14f; // of the normal ones
    private static final double WIDE_MAGIC = 0x1.8p52;
    private static final double WIDE_MAGIC_LIMIT = 0x1p31 - 1;

    /** Adding it rounds what is in [3/4, 2^22) and not an integer down, to an integer in the low bits of the sum. */
    private static final float LESS_HALF = 0x1p23f - 0.5f;

    private static final int LESS_HALF_FRACTION = (1 << 23) - 1;

    /**
     * What an unsigned int lacks as a float where it is negative as a signed one. Quotients are written out where they are
     * computed: a method of our own in so large a loop is not inlined in some processes, and then allocates.
     */
    private static final float TWO_32 = 0x1p32f;

    /** What young states are computed in, and before that indexes: three vectors. */
    private static final int YOUNG_SCRATCH = 3 * W;

    /** Elements of a tail that have their units' words brought together. */
    private static final int TAIL_BLOCK = 128;

    /** So many ints of buckets are read from beyond the second-level cache, beside what else is decoded. */
    static final int FAR_BUCKETS = 1 << 17;

    private static final ScalarKernels SCALAR = ScalarKernels.INSTANCE;

    private final Kernels narrower; // for few lanes: vectors of half the width, or the scalar path
    private final int encodingLanes;

    /**
     * @param narrower vectors of half the width, null where there are none. They also win in encoding where a row is few
     *     vectors of this width: the chain from one row to the next is shorter then, and there are more of them.
     */
    private VectorKernels(@Nullable Kernels narrower) {
        this.narrower = narrower == null ? SCALAR : narrower;
        this.encodingLanes = narrower == null ? W : 4 * W;
    }

    private static VectorSpecies<Integer> species() {
        VectorShape given = classData();
        if (given != null) {
            return VectorSpecies.of(int.class, given);
        }
        VectorSpecies<Integer> preferred = IntVector.SPECIES_PREFERRED;
        return System.getProperty(KernelProvider.PROPERTY, "").equals("256") && preferred.vectorBitSize() > LEAST_BITS
                ? IntVector.SPECIES_256
                : preferred;
    }

    /** The shape that this copy of the class was made for; null in the original. */
    private static @Nullable VectorShape classData() {
        try {
            return MethodHandles.classData(MethodHandles.lookup(), ConstantDescs.DEFAULT_NAME, VectorShape.class);
        } catch (IllegalAccessException e) {
            throw new AssertionError("a class may read its own data", e);
        }
    }

    /**
     * A copy of this class with vectors of 256 bits. The compiler needs the species to be constants, and its profiles to
     * see one species each, so every width is a class of its own, made from this one's bytes.
     */
    private static Kernels narrower() {
        try (InputStream in = VectorKernels.class.getResourceAsStream("VectorKernels.class")) {
            byte[] bytes = Objects.requireNonNull(in).readAllBytes();
            MethodHandles.Lookup copy =
                    MethodHandles.lookup().defineHiddenClassWithClassData(bytes, VectorShape.S_256_BIT, true);
            return (Kernels)
                    copy.findStatic(copy.lookupClass(), "ofWidth", MethodType.methodType(Kernels.class, int.class))
                            .invoke(LEAST_BITS);
        } catch (Throwable e) {
            throw new IllegalStateException("the vector kernels must load for 256 bits where they do for more", e);
        }
    }

    /** The kernels, if this class runs with vectors of {@code bits}, or of any sufficient width where that is 0. */
    static @Nullable Kernels ofWidth(int bits) {
        int width = I.vectorBitSize();
        if (width < LEAST_BITS || bits != 0 && bits != width) {
            return null;
        }
        return new VectorKernels(width > LEAST_BITS ? narrower() : null);
    }

    @Override
    public String name() {
        return "vector-" + I.vectorBitSize();
    }

    /** Slots are gathered at 512 bits, also where gathers are slow. */
    @Override
    public boolean slotsAreFaster() {
        return GATHER || !WIDE;
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
        int bound = D.loopBound(count);
        for (int i = 0; i < bound; i += D.length()) {
            DoubleVector difference = DoubleVector.fromArray(D, values, valuesOffset + i)
                    .sub(DoubleVector.fromArray(D, offsets, offsetsOffset + i));
            if (!difference.abs().compare(VectorOperators.LT, WIDE_MAGIC_LIMIT).allTrue()) {
                int refused = SCALAR.quantize(
                        values, valuesOffset + i, offsets, offsetsOffset + i, D.length(), symbols, at + i);
                if (refused >= 0) {
                    return i + refused;
                }
                continue;
            }
            // The low half of the sum's bits is the rounded difference as an int.
            ((IntVector) difference.add(WIDE_MAGIC).reinterpretAsLongs().convertShape(VectorOperators.L2I, HALF_I, 0))
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
            VectorMask<Integer> inside = symbol.sub(first).compare(VectorOperators.ULT, last);
            if (!inside.allTrue()) {
                for (long outside = ~inside.toLong() & (1L << W) - 1; outside != 0; outside &= outside - 1) {
                    int lane = Long.numberOfTrailingZeros(outside);
                    escapes[end] = planOffset + i + lane;
                    escapes[end + 1] = symbols[at + i + lane];
                    end += 2;
                }
            }
            IntVector index =
                    first.add(last).blend(symbol, inside).add(IntVector.fromArray(I, rowBase, planOffset + i));
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
        if (WIDE && lanes == W / 2 && units > 1 && precision >= LEAST_FLOAT_PRECISION) {
            encodePairs(units, rows, from, count, precision, states, words, wordCounts, scratch);
            return;
        }
        if (lanes < encodingLanes || precision < LEAST_FLOAT_PRECISION) {
            narrower.encodeLanes(units, rows, from, count, lanes, precision, states, words, wordCounts, scratch);
            return;
        }
        if (units == 1 && lanes == W) {
            wordCounts[0] = encodeVector(rows[0], from, count, precision, states[0], words[0], wordCounts[0]);
            return;
        }
        int slots = 1 << precision;
        for (int k = 0; k < count; k += lanes) {
            for (int u = 0; u < units; u++) {
                int end = wordCounts[u];
                for (int v = 0; v < lanes; v += W) {
                    IntVector row = IntVector.fromArray(I, rows[u], from + k + v);
                    IntVector x = IntVector.fromArray(I, states[u], v);
                    IntVector f = row.and(0xffff).add(1);
                    VectorMask<Integer> full =
                            x.lanewise(VectorOperators.LSHR, 32 - precision).compare(VectorOperators.GE, f);
                    ((ShortVector) x.compress(full).convertShape(VectorOperators.I2S, S, 0)).intoArray(words[u], end);
                    end += full.trueCount();
                    x = x.lanewise(VectorOperators.LSHR, 16, full);
                    // x / f in floats, at most one too small.
                    FloatVector reciprocal = FloatVector.broadcast(F, TOWARDS_ZERO)
                            .div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0));
                    FloatVector signed = (FloatVector) x.convertShape(VectorOperators.I2F, F, 0);
                    IntVector q = signed.add(
                                    TWO_32, x.compare(VectorOperators.LT, 0).cast(F))
                            .mul(reciprocal)
                            .add(LESS_HALF)
                            .reinterpretAsInts()
                            .and(LESS_HALF_FRACTION);
                    IntVector r = x.sub(q.mul(f));
                    IntVector grown = q.lanewise(VectorOperators.LSHL, precision)
                            .add(r)
                            .add(row.lanewise(VectorOperators.LSHR, 16));
                    // One more in q: 2^p more for it, f less for r.
                    grown.add(f.neg().add(slots), r.compare(VectorOperators.GE, f))
                            .intoArray(states[u], v);
                }
                wordCounts[u] = end;
            }
        }
    }

    /** As {@link #encodeLanes} for one unit with a vector of lanes: its states stay in a register from row to row. */
    private static int encodeVector(
            int[] rows, int from, int count, int precision, int[] states, short[] words, int wordCount) {
        int slots = 1 << precision;
        IntVector highBits = IntVector.broadcast(I, 32 - precision);
        IntVector precisions = IntVector.broadcast(I, precision);
        int end = wordCount;
        IntVector x = IntVector.fromArray(I, states, 0);
        for (int k = from; k < from + count; k += W) {
            IntVector row = IntVector.fromArray(I, rows, k);
            IntVector f = row.and(0xffff).add(1);
            FloatVector reciprocal =
                    FloatVector.broadcast(F, TOWARDS_ZERO).div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0));
            VectorMask<Integer> full =
                    x.lanewise(VectorOperators.LSHR, highBits).compare(VectorOperators.GE, f);
            ((ShortVector) x.compress(full).convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
            end += full.trueCount();
            x = x.lanewise(VectorOperators.LSHR, 16, full);
            FloatVector signed = (FloatVector) x.convertShape(VectorOperators.I2F, F, 0);
            IntVector q = signed.add(TWO_32, x.compare(VectorOperators.LT, 0).cast(F))
                    .mul(reciprocal)
                    .add(LESS_HALF)
                    .reinterpretAsInts()
                    .and(LESS_HALF_FRACTION);
            IntVector r = x.sub(q.mul(f));
            IntVector grown =
                    q.lanewise(VectorOperators.LSHL, precisions).add(r).add(row.lanewise(VectorOperators.LSHR, 16));
            x = grown.add(f.neg().add(slots), r.compare(VectorOperators.GE, f));
        }
        x.intoArray(states, 0);
        return end;
    }

    /**
     * Encodes units of half as many lanes as a vector has, one in each half. A unit without a partner is its own, and both
     * write the same.
     */
    private static void encodePairs(
            int units,
            int[][] rows,
            int from,
            int count,
            int precision,
            int[][] states,
            short[][] words,
            int[] wordCounts,
            int[] scratch) {
        VectorMask<Integer> upperHalf = intsWith(W / 2);
        VectorMask<Integer> lowerHalf = upperHalf.not();
        int half = W / 2;
        int slots = 1 << precision;
        for (int u = 0; u < units + units % 2; u++) {
            System.arraycopy(states[Math.min(u, units - 1)], 0, scratch, half * u, half);
        }
        for (int k = from; k < from + count; k += half) {
            for (int u = 0; u < units; u += 2) {
                int v = Math.min(u + 1, units - 1);
                IntVector row = ((IntVector)
                                IntVector.fromArray(HALF_I, rows[u], k).reinterpretShape(I, 0))
                        .blend(
                                ((IntVector) IntVector.fromArray(HALF_I, rows[v], k)
                                                .reinterpretShape(I, 0))
                                        .rearrange(SWAP_HALVES),
                                upperHalf);
                IntVector x = IntVector.fromArray(I, scratch, half * u);
                IntVector f = row.and(0xffff).add(1);
                VectorMask<Integer> full =
                        x.lanewise(VectorOperators.LSHR, 32 - precision).compare(VectorOperators.GE, f);
                VectorMask<Integer> lower = full.and(lowerHalf);
                VectorMask<Integer> upper = full.and(upperHalf);
                int lowerEnd = wordCounts[u];
                int upperEnd = wordCounts[v];
                ((ShortVector) x.compress(upper).convertShape(VectorOperators.I2S, S, 0)).intoArray(words[v], upperEnd);
                ((ShortVector) x.compress(lower).convertShape(VectorOperators.I2S, S, 0)).intoArray(words[u], lowerEnd);
                wordCounts[v] = upperEnd + upper.trueCount();
                wordCounts[u] = lowerEnd + lower.trueCount();
                x = x.lanewise(VectorOperators.LSHR, 16, full);
                FloatVector reciprocal = FloatVector.broadcast(F, TOWARDS_ZERO)
                        .div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0));
                FloatVector signed = (FloatVector) x.convertShape(VectorOperators.I2F, F, 0);
                IntVector q = signed.add(
                                TWO_32, x.compare(VectorOperators.LT, 0).cast(F))
                        .mul(reciprocal)
                        .add(LESS_HALF)
                        .reinterpretAsInts()
                        .and(LESS_HALF_FRACTION);
                IntVector r = x.sub(q.mul(f));
                IntVector grown =
                        q.lanewise(VectorOperators.LSHL, precision).add(r).add(row.lanewise(VectorOperators.LSHR, 16));
                grown.add(f.neg().add(slots), r.compare(VectorOperators.GE, f)).intoArray(scratch, half * u);
            }
        }
        for (int u = 0; u < units; u++) {
            System.arraycopy(scratch, half * u, states[u], 0, half);
        }
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
        if (WIDE && !GATHER && lanes == W / 2 && units > 1) {
            decodeLoadedPairs(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    precision,
                    buckets.longs(),
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch,
                    wideScratch);
            return;
        }
        if (WIDE && lanes == W / 2 && units > 1) {
            decodePairs(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    precision,
                    buckets.ints(),
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch);
            return;
        }
        if (lanes < W) {
            narrower.decodeLanes(
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
            return;
        }
        if (!WIDE && units == 1 && lanes == W) {
            decodeLoadedVector(
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    precision,
                    buckets.longs(),
                    states[0],
                    words[0],
                    next,
                    symbols[0],
                    escapes[0],
                    escapesEnd);
            return;
        }
        if (!GATHER && lanes != USUAL_LANES) {
            decodeLoadedRows(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    lanes,
                    precision,
                    buckets.longs(),
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch,
                    wideScratch);
            return;
        }
        if (!GATHER) {
            for (int u = 0; u < units; u++) {
                if (WIDE) {
                    decodeLoadedWide(
                            u,
                            descriptor,
                            range,
                            cellBits,
                            from,
                            count,
                            precision,
                            buckets.longs(),
                            states[u],
                            words[u],
                            next,
                            symbols[u],
                            escapes[u],
                            escapesEnd,
                            scratch,
                            wideScratch);
                } else {
                    decodeLoadedUnit(
                            u,
                            descriptor,
                            range,
                            cellBits,
                            from,
                            count,
                            precision,
                            buckets.longs(),
                            states[u],
                            words[u],
                            next,
                            symbols[u],
                            escapes[u],
                            escapesEnd,
                            scratch,
                            wideScratch);
                }
            }
            return;
        }
        if (lanes > W) {
            for (int u = 0; u < units; u++) {
                decodeUnit(
                        u,
                        descriptor,
                        range,
                        cellBits,
                        from,
                        count,
                        lanes,
                        precision,
                        buckets.ints(),
                        states[u],
                        words[u],
                        next,
                        symbols[u],
                        escapes[u],
                        escapesEnd,
                        scratch);
            }
            return;
        }
        int[] ints = buckets.ints();
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        for (int i = from; i < from + count; i += lanes) {
            for (int u = 0; u < units; u++) {
                int at = next[u];
                for (int j = 0; j < lanes; j += W) {
                    IntVector x = IntVector.fromArray(I, states[u], j);
                    IntVector d = IntVector.fromArray(I, descriptor, i + j);
                    IntVector slot = x.and(slotMask);
                    entries(slot, d).intoArray(scratch, 0);
                    IntVector low = IntVector.fromArray(I, ints, 0, scratch, 0);
                    IntVector high = IntVector.fromArray(I, ints, 1, scratch, 0);
                    IntVector b0 = low.and(0x1fff);
                    IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                    IntVector b2 = high.and(0x1fff);
                    IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                    VectorMask<Integer> past1 = slot.compare(VectorOperators.GE, b1);
                    VectorMask<Integer> past2 = slot.compare(VectorOperators.GE, b2);
                    IntVector start = b0.blend(b1, past1).blend(b2, past2);
                    IntVector stop = b1.blend(b2, past1).blend(b3, past2);
                    x = x.lanewise(VectorOperators.LSHR, precision)
                            .mul(stop.sub(start))
                            .add(slot.sub(start));
                    VectorMask<Integer> low16 =
                            x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                    IntVector word = ((IntVector) ShortVector.fromArray(S, words[u], at)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                            .expand(low16);
                    at += low16.trueCount();
                    x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(states[u], j);
                    IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                            .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                            .add(1, past1)
                            .add(1, past2);
                    IntVector half = d.lanewise(VectorOperators.LSHR, 4).and(0x1ff);
                    IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                            .add(half.and(position.and(1).neg()));
                    IntVector r = IntVector.fromArray(I, range, i + j);
                    cell.add(r.lanewise(VectorOperators.ASHR, cellBits)).intoArray(symbols[u], i - from + j);
                    long escaped =
                            cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                    for (; escaped != 0; escaped &= escaped - 1) {
                        escapes[u][escapesEnd[u]++] = i + j + Long.numberOfTrailingZeros(escaped);
                    }
                }
                next[u] = at;
            }
        }
    }

    /**
     * As {@link #decodeLanes} for one unit of several vectors of lanes. The buckets of the next vector of states are
     * gathered before this one's are used, so that both loads are under way at once.
     */
    private static void decodeUnit(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int lanes,
            int precision,
            int[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd,
            int[] scratch) {
        if (count == 0) {
            return;
        }
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        // Shifts by vectors: those by an int take two steps each.
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        int last = from + count - lanes;
        int at = next[unit];
        IntVector nextX = IntVector.fromArray(I, states, 0);
        IntVector nextD = IntVector.fromArray(I, descriptor, from);
        IntVector nextSlot = nextX.and(slotMask);
        entries(nextSlot, nextD).intoArray(scratch, 0);
        IntVector nextLow = IntVector.fromArray(I, buckets, 0, scratch, 0);
        IntVector nextHigh = IntVector.fromArray(I, buckets, 1, scratch, 0);
        for (int i = from; i <= last; i += lanes) {
            for (int j = 0; j < lanes; j += W) {
                IntVector x = nextX;
                IntVector d = nextD;
                IntVector slot = nextSlot;
                IntVector low = nextLow;
                IntVector high = nextHigh;
                int nextI = i;
                int nextJ = j + W;
                if (nextJ == lanes) {
                    nextI = Math.min(i + lanes, last); // after the last one something to drop
                    nextJ = 0;
                }
                nextX = IntVector.fromArray(I, states, nextJ);
                nextD = IntVector.fromArray(I, descriptor, nextI + nextJ);
                nextSlot = nextX.and(slotMask);
                entries(nextSlot, nextD).intoArray(scratch, 0);
                nextLow = IntVector.fromArray(I, buckets, 0, scratch, 0);
                nextHigh = IntVector.fromArray(I, buckets, 1, scratch, 0);
                IntVector b0 = low.and(0x1fff);
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                IntVector b2 = high.and(0x1fff);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                VectorMask<Integer> past1 = slot.compare(VectorOperators.GE, b1);
                VectorMask<Integer> past2 = slot.compare(VectorOperators.GE, b2);
                IntVector start = b0.blend(b1, past1).blend(b2, past2);
                IntVector stop = b1.blend(b2, past1).blend(b3, past2);
                x = x.lanewise(VectorOperators.LSHR, precisions)
                        .mul(stop.sub(start))
                        .add(slot.sub(start));
                VectorMask<Integer> low16 = x.compare(VectorOperators.ULT, 1 << 16);
                IntVector word = ((IntVector)
                                ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                        .expand(low16);
                at += low16.trueCount();
                x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(states, j);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(1, past1)
                        .add(1, past2);
                IntVector half = d.lanewise(VectorOperators.LSHR, 4).and(0x1ff);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(half.and(position.and(1).neg()));
                IntVector r = IntVector.fromArray(I, range, i + j);
                cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from + j);
                long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                for (; escaped != 0; escaped &= escaped - 1) {
                    escapes[escapesEnd[unit]++] = i + j + Long.numberOfTrailingZeros(escaped);
                }
            }
        }
        next[unit] = at;
    }

    /**
     * As {@link #decodeLanes} for one unit of {@link #USUAL_LANES}, by loads, of both ints of a bucket at once: those of a row
     * at a time, so that what is stored one by one is in the cache when vectors read it. What is loaded for even lanes lies
     * before what is for odd ones, so that shifts take it apart.
     */
    private static void decodeLoadedWide(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            long[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] entries) {
        if (count == 0) {
            return;
        }
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        int last = from + count - USUAL_LANES;
        int at = next[unit];
        for (int j = 0; j < USUAL_LANES; j++) {
            scratch[j] = entry(states[j] & slotMask, descriptor[from + j]);
        }
        for (int i = from; i <= last; i += USUAL_LANES) {
            long any = 0;
            int ahead = Math.min(i + USUAL_LANES, last); // after the last one something to drop
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                for (int k = 0; k < W / 2; k++) {
                    entries[j + k] = buckets[scratch[j + 2 * k]];
                    entries[j + W / 2 + k] = buckets[scratch[j + 2 * k + 1]];
                }
            }
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                LongVector even = LongVector.fromArray(L, entries, j);
                LongVector odd = LongVector.fromArray(L, entries, j + W / 2);
                IntVector x = IntVector.fromArray(I, states, j);
                IntVector d = IntVector.fromArray(I, descriptor, i + j);
                IntVector nextD = IntVector.fromArray(I, descriptor, ahead + j);
                IntVector r = IntVector.fromArray(I, range, i + j);
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                IntVector low = even.and(0xffffffffL)
                        .or(odd.lanewise(VectorOperators.LSHL, Integer.SIZE))
                        .reinterpretAsInts();
                IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                        .or(odd.and(-1L << Integer.SIZE))
                        .reinterpretAsInts();
                IntVector slot = x.and(slotMask);
                IntVector b0 = low.and(0x1fff);
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                IntVector b2 = high.and(0x1fff);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                VectorMask<Integer> past1 = slot.compare(VectorOperators.GE, b1);
                VectorMask<Integer> past2 = slot.compare(VectorOperators.GE, b2);
                IntVector start = b0.blend(b1, past1).blend(b2, past2);
                IntVector stop = b1.blend(b2, past1).blend(b3, past2);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(1, past1)
                        .add(1, past2);
                x = x.lanewise(VectorOperators.LSHR, precisions)
                        .mul(stop.sub(start))
                        .add(slot.sub(start));
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                at += Long.bitCount(low16.toLong());
                x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word.expand(low16));
                IntVector half = d.lanewise(VectorOperators.LSHR, 4).and(0x1ff);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(half.and(position.and(1).neg()));
                long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                x.intoArray(states, j);
                nextD.lanewise(VectorOperators.LSHR, 13)
                        .lanewise(VectorOperators.LSHL, 3)
                        .add(x.and(slotMask).lanewise(VectorOperators.LSHR, nextD.and(15)))
                        .intoArray(scratch, j);
                cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from + j);
                any |= escaped;
                entries[v] = escaped;
            }
            if (any != 0) {
                for (int v = 0; v < USUAL_LANES / W; v++) {
                    for (long escaped = entries[v]; escaped != 0; escaped &= escaped - 1) {
                        escapes[escapesEnd[unit]++] = i + v * W + Long.numberOfTrailingZeros(escaped);
                    }
                }
            }
        }
        next[unit] = at;
    }

    /**
     * As {@link #decodeLoadedWide} for 256 bits, where there are half as many registers: in more loops and two methods, since
     * what does not find room in registers costs more than what is stored in between.
     */
    private static void decodeLoadedUnit(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            long[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] entries) {
        if (count == 0) {
            return;
        }
        IntVector cellMask = IntVector.broadcast(I, (1 << cellBits) - 1);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        int last = from + count - USUAL_LANES;
        int at = next[unit];
        for (int j = 0; j < USUAL_LANES; j++) {
            scratch[j] = entry(states[j] & (1 << precision) - 1, descriptor[from + j]);
        }
        for (int i = from; i <= last; i += USUAL_LANES) {
            at = stepLoaded(
                    buckets,
                    entries,
                    states,
                    descriptor,
                    Math.min(i + USUAL_LANES, last),
                    precision,
                    words,
                    at,
                    scratch);
            long any = 0;
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                IntVector position = IntVector.fromArray(I, scratch, USUAL_LANES + j);
                IntVector half = IntVector.fromArray(I, descriptor, i + j)
                        .lanewise(VectorOperators.LSHR, 4)
                        .and(0x1ff);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(half.and(position.and(1).neg()));
                IntVector r = IntVector.fromArray(I, range, i + j);
                long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                entries[v] = escaped;
                any |= escaped;
                cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from + j);
            }
            if (any != 0) {
                escapesEnd[unit] = addEscapes(entries, 0, 1, USUAL_LANES, i, escapes, escapesEnd[unit]);
            }
        }
        next[unit] = at;
    }

    /**
     * Loads the entries of all lanes, whose indexes are in scratch, and makes a step of their states, in two loops so that each
     * finds room in registers. Writes the indexes of the next row's entries in the place of these, and positions of cells behind
     * them. Returns the index of the next word.
     */
    private static int stepLoaded(
            long[] buckets,
            long[] entries,
            int[] states,
            int[] descriptor,
            int ahead,
            int precision,
            short[] words,
            int at,
            int[] scratch) {
        VectorMask<Long> with1 = longsWith(1);
        VectorMask<Long> with2 = longsWith(2);
        for (int v = 0; v < USUAL_LANES / W; v++) {
            int j = v * W;
            LongVector even = four(buckets, scratch, j, with1, with2);
            LongVector odd = four(buckets, scratch, j + 1, with1, with2);
            even.intoArray(entries, j);
            odd.intoArray(entries, j + W / 2);
        }
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        for (int v = 0; v < USUAL_LANES / W; v++) {
            int j = v * W;
            // Memory is not touched while there are masks: across that the compiler keeps them in a second form.
            IntVector word =
                    (IntVector) ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
            IntVector d = IntVector.fromArray(I, descriptor, ahead + j);
            LongVector even = LongVector.fromArray(L, entries, j);
            LongVector odd = LongVector.fromArray(L, entries, j + W / 2);
            IntVector low = even.and(0xffffffffL)
                    .or(odd.lanewise(VectorOperators.LSHL, Integer.SIZE))
                    .reinterpretAsInts();
            IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                    .or(odd.and(-1L << Integer.SIZE))
                    .reinterpretAsInts();
            IntVector x = IntVector.fromArray(I, states, j);
            IntVector slot = x.and(slotMask);
            IntVector b0 = low.and(0x1fff);
            IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            IntVector b2 = high.and(0x1fff);
            IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
            VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
            IntVector start = b2.blend(b1, before2).blend(b0, before1);
            IntVector stop = b3.blend(b2, before2).blend(b1, before1);
            low.lanewise(VectorOperators.LSHR, 26)
                    .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                    .add(2)
                    .sub(1, before1)
                    .sub(1, before2)
                    .intoArray(scratch, USUAL_LANES + j);
            x = x.lanewise(VectorOperators.LSHR, precisions)
                    .mul(stop.sub(start))
                    .add(slot.sub(start));
            VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
            at += Long.bitCount(low16.toLong());
            x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word.expand(low16));
            x.intoArray(states, j);
            d.lanewise(VectorOperators.LSHR, 13)
                    .lanewise(VectorOperators.LSHL, 3)
                    .add(x.and(slotMask).lanewise(VectorOperators.LSHR, d.and(15)))
                    .intoArray(scratch, j);
        }
        return at;
    }

    /** Index of a slot's entry. */
    private static int entry(int slot, int descriptor) {
        return (descriptor >>> 13 << 3) + (slot >>> (descriptor & 15));
    }

    /** Adds elements with an escape, given a mask of lanes for each vector of a row from element i on. */
    private static int addEscapes(long[] escaped, int from, int step, int lanes, int i, int[] escapes, int end) {
        int to = end;
        for (int j = 0, at = from; j < lanes; j += W, at += step) {
            for (long rest = escaped[at]; rest != 0; rest &= rest - 1) {
                escapes[to++] = i + j + Long.numberOfTrailingZeros(rest);
            }
        }
        return to;
    }

    /**
     * The lanes whose numbers have a bit. Loops take such masks from outside: a constant one is made anew at each use, in five
     * instructions.
     */
    private static VectorMask<Long> longsWith(int bit) {
        // The lanes from 0 to 15 that have it, as bits; compared, as below, two vectors a call of a lone unit were
        // allocated.
        long lanes = 0xffff / ((1 << bit) + 1) << bit;
        return VectorMask.fromLong(L, lanes & (1L << L.length()) - 1);
    }

    /** As {@link #longsWith}, of ints. */
    private static VectorMask<Integer> intsWith(int bit) {
        return IntVector.fromArray(I, LANES, 0).and(bit).compare(VectorOperators.NE, 0);
    }

    /**
     * Two longs, on lanes that have not and on lanes that have the bit 1 in their numbers; for more, blend two of these by the
     * next bit. Each is loaded into all lanes of a vector: stored one by one, they would reach a vector only when all of them
     * have come to the cache. A method of at most 35 bytecodes, as this, is inlined whatever the compiler has counted; but not
     * where it was compiled by itself before, to more than 2,500 bytes. Then every vector that goes in or out is allocated.
     */
    private static LongVector two(long[] longs, int a, int b, VectorMask<Long> with1) {
        return LongVector.broadcast(L, longs[a]).blend(LongVector.broadcast(L, longs[b]), with1);
    }

    /** Two of {@link #two}: the longs whose indexes are every other one from {@code j} on; just 35 bytecodes. */
    private static LongVector four(long[] longs, int[] index, int j, VectorMask<Long> with1, VectorMask<Long> with2) {
        return two(longs, index[j], index[j + 2], with1).blend(two(longs, index[j + 4], index[j + 6], with1), with2);
    }

    /** As {@link #two(long[], int, int, VectorMask)}, of ints. */
    private static IntVector two(int[] ints, int a, int b, VectorMask<Integer> with1) {
        return IntVector.broadcast(I, ints[a]).blend(IntVector.broadcast(I, ints[b]), with1);
    }

    /**
     * As {@link #decodeLanes} by loads, of one unit of eight lanes, with vectors of 256 bits: its states, and the indexes of
     * entries, stay in registers from row to row, for each row waits for the one before. With sixteen lanes it is too much for
     * the compiler to inline.
     */
    private static void decodeLoadedVector(
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            long[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd) {
        if (count == 0) {
            return;
        }
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        VectorMask<Long> with1 = longsWith(1);
        VectorMask<Long> with2 = longsWith(2);
        int last = from + count - W;
        int at = next[0];
        IntVector x = IntVector.fromArray(I, states, 0);
        for (int i = from; i <= last; i += W) {
            IntVector d = IntVector.fromArray(I, descriptor, i);
            IntVector word =
                    (IntVector) ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
            IntVector slot = x.and(slotMask);
            IntVector index = d.lanewise(VectorOperators.LSHR, 13)
                    .lanewise(VectorOperators.LSHL, 3)
                    .add(slot.lanewise(VectorOperators.LSHR, d.and(15)));
            LongVector even = two(buckets, index.lane(0), index.lane(2), with1)
                    .blend(two(buckets, index.lane(4), index.lane(6), with1), with2);
            LongVector odd = two(buckets, index.lane(1), index.lane(3), with1)
                    .blend(two(buckets, index.lane(5), index.lane(7), with1), with2);
            IntVector low = even.and(0xffffffffL)
                    .or(odd.lanewise(VectorOperators.LSHL, Integer.SIZE))
                    .reinterpretAsInts();
            IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                    .or(odd.and(-1L << Integer.SIZE))
                    .reinterpretAsInts();
            IntVector b0 = low.and(0x1fff);
            IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            IntVector b2 = high.and(0x1fff);
            IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
            VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
            IntVector start = b2.blend(b1, before2).blend(b0, before1);
            IntVector stop = b3.blend(b2, before2).blend(b1, before1);
            low.lanewise(VectorOperators.LSHR, 26)
                    .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                    .add(2)
                    .sub(1, before1)
                    .sub(1, before2)
                    .intoArray(symbols, i - from);
            x = x.lanewise(VectorOperators.LSHR, precisions)
                    .mul(stop.sub(start))
                    .add(slot.sub(start));
            VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
            at += Long.bitCount(low16.toLong());
            x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word.expand(low16));
        }
        x.intoArray(states, 0);
        next[0] = at;
        IntVector cellMask = IntVector.broadcast(I, (1 << cellBits) - 1);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        for (int i = from; i <= last; i += W) {
            IntVector position = IntVector.fromArray(I, symbols, i - from);
            IntVector half = IntVector.fromArray(I, descriptor, i)
                    .lanewise(VectorOperators.LSHR, 4)
                    .and(0x1ff);
            IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                    .add(half.and(position.and(1).neg()));
            IntVector r = IntVector.fromArray(I, range, i);
            long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
            cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from);
            for (; escaped != 0; escaped &= escaped - 1) {
                escapes[escapesEnd[0]++] = i + Long.numberOfTrailingZeros(escaped);
            }
        }
    }

    /**
     * As {@link #decodeLanes} by loads, of a row of all units at a time; what belongs to units is beside each other, vector by
     * vector of a row.
     */
    private static void decodeLoadedRows(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int lanes,
            int precision,
            long[] buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] escapeMasks) {
        if (count == 0) {
            return;
        }
        int row = units * lanes;
        int last = from + count - lanes;
        for (int u = 0; u < units; u++) {
            for (int j = 0; j < lanes; j++) {
                scratch[(j / W * units + u) * W + j % W] =
                        entry(states[u][j] & (1 << precision) - 1, descriptor[from + j]);
            }
        }
        for (int i = from; i <= last; i += lanes) {
            stepLoadedRow(
                    units,
                    lanes,
                    buckets,
                    states,
                    descriptor,
                    Math.min(i + lanes, last),
                    precision,
                    words,
                    next,
                    scratch);
            long any = 0;
            for (int j = 0, first = 0; j < lanes; j += W, first += units) {
                IntVector half = IntVector.fromArray(I, descriptor, i + j)
                        .lanewise(VectorOperators.LSHR, 4)
                        .and(0x1ff);
                IntVector r = IntVector.fromArray(I, range, i + j);
                IntVector firsts = r.lanewise(VectorOperators.ASHR, cellBits);
                IntVector lasts = r.and((1 << cellBits) - 1);
                for (int u = 0; u < units; u++) {
                    IntVector position = IntVector.fromArray(I, scratch, row + (first + u) * W);
                    IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                            .add(half.and(position.and(1).neg()));
                    long escaped = cell.compare(VectorOperators.EQ, lasts).toLong();
                    escapeMasks[first + u] = escaped;
                    any |= escaped;
                    cell.add(firsts).intoArray(symbols[u], i - from + j);
                }
            }
            for (int u = 0; any != 0 && u < units; u++) {
                escapesEnd[u] = addEscapes(escapeMasks, u, units, lanes, i, escapes[u], escapesEnd[u]);
            }
        }
    }

    /** As {@link #stepLoaded}, of a row of all units. */
    private static void stepLoadedRow(
            int units,
            int lanes,
            long[] buckets,
            int[][] states,
            int[] descriptor,
            int ahead,
            int precision,
            short[][] words,
            int[] next,
            int[] scratch) {
        int row = units * lanes;
        VectorMask<Long> with1 = longsWith(1);
        VectorMask<Long> with2 = longsWith(2);
        VectorMask<Long> with4 = longsWith(4);
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        for (int lane = 0, first = 0; lane < lanes; lane += W, first += units) {
            IntVector d = IntVector.fromArray(I, descriptor, ahead + lane);
            IntVector bases = d.lanewise(VectorOperators.LSHR, 13).lanewise(VectorOperators.LSHL, 3);
            IntVector bucketBits = d.and(15);
            for (int u = 0; u < units; u++) {
                int j = (first + u) * W;
                int at = next[u];
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words[u], at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                LongVector even = four(buckets, scratch, j, with1, with2);
                LongVector odd = four(buckets, scratch, j + 1, with1, with2);
                if (WIDE) {
                    even = even.blend(four(buckets, scratch, j + 8, with1, with2), with4);
                    odd = odd.blend(four(buckets, scratch, j + 9, with1, with2), with4);
                }
                IntVector low = even.and(0xffffffffL)
                        .or(odd.lanewise(VectorOperators.LSHL, Integer.SIZE))
                        .reinterpretAsInts();
                IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                        .or(odd.and(-1L << Integer.SIZE))
                        .reinterpretAsInts();
                IntVector x = IntVector.fromArray(I, states[u], lane);
                IntVector slot = x.and(slotMask);
                IntVector b0 = low.and(0x1fff);
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                IntVector b2 = high.and(0x1fff);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
                VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
                IntVector start = b2.blend(b1, before2).blend(b0, before1);
                IntVector stop = b3.blend(b2, before2).blend(b1, before1);
                low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(2)
                        .sub(1, before1)
                        .sub(1, before2)
                        .intoArray(scratch, row + j);
                x = x.lanewise(VectorOperators.LSHR, precisions)
                        .mul(stop.sub(start))
                        .add(slot.sub(start));
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                next[u] = at + Long.bitCount(low16.toLong());
                x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word.expand(low16));
                x.intoArray(states[u], lane);
                bases.add(x.and(slotMask).lanewise(VectorOperators.LSHR, bucketBits))
                        .intoArray(scratch, j);
            }
        }
    }

    /**
     * As {@link #decodePairs}, by loads as {@link #decodeLoadedRows}; states are behind the indexes of entries in the scratch,
     * and positions in the wide one, each pair's before its mask of escapes.
     */
    private static void decodeLoadedPairs(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            long[] buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] wideScratch) {
        if (count == 0) {
            return;
        }
        int half = W / 2;
        int pairs = (units + 1) / 2;
        int last = from + count - half;
        for (int pair = 0; pair < pairs; pair++) {
            for (int lane = 0; lane < W; lane++) {
                int x = states[Math.min(2 * pair + lane / half, units - 1)][lane % half];
                scratch[pair * W + lane] = entry(x & (1 << precision) - 1, descriptor[from + lane % half]);
                scratch[(pairs + pair) * W + lane] = x;
            }
        }
        for (int i = from; i <= last; i += half) {
            stepLoadedPairs(
                    units, buckets, wideScratch, descriptor, Math.min(i + half, last), precision, words, next, scratch);
            IntVector halfCells =
                    twice(descriptor, i).lanewise(VectorOperators.LSHR, 4).and(0x1ff);
            IntVector r = twice(range, i);
            IntVector firsts = r.lanewise(VectorOperators.ASHR, cellBits);
            IntVector lasts = r.and((1 << cellBits) - 1);
            long any = 0;
            for (int pair = 0; pair < pairs; pair++) {
                int u = 2 * pair;
                IntVector position =
                        LongVector.fromArray(L, wideScratch, pair * W).reinterpretAsInts();
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(halfCells.and(position.and(1).neg()));
                long escaped = cell.compare(VectorOperators.EQ, lasts).toLong();
                wideScratch[pair * W + half] = escaped;
                any |= escaped;
                IntVector symbol = cell.add(firsts);
                ((IntVector) symbol.rearrange(SWAP_HALVES).reinterpretShape(HALF_I, 0))
                        .intoArray(symbols[Math.min(u + 1, units - 1)], i - from);
                ((IntVector) symbol.reinterpretShape(HALF_I, 0)).intoArray(symbols[u], i - from);
            }
            for (int u = 0; any != 0 && u < units; u++) {
                long escaped = wideScratch[u / 2 * W + half] >>> u % 2 * half & (1L << half) - 1;
                for (; escaped != 0; escaped &= escaped - 1) {
                    escapes[u][escapesEnd[u]++] = i + Long.numberOfTrailingZeros(escaped);
                }
            }
        }
        for (int u = 0; u < units; u++) {
            System.arraycopy(scratch, (pairs + u / 2) * W + u % 2 * half, states[u], 0, half);
        }
    }

    /** Half a vector of ints, in both halves of one. */
    private static IntVector twice(int[] values, int at) {
        return ((IntVector) IntVector.fromArray(HALF_I, values, at).reinterpretShape(I, 0)).rearrange(TWICE);
    }

    /** As {@link #stepLoadedRow}, of pairs. */
    private static void stepLoadedPairs(
            int units,
            long[] buckets,
            long[] positions,
            int[] descriptor,
            int ahead,
            int precision,
            short[][] words,
            int[] next,
            int[] scratch) {
        int pairs = (units + 1) / 2;
        VectorMask<Integer> upperHalf = intsWith(W / 2);
        VectorMask<Integer> lowerHalf = upperHalf.not();
        VectorMask<Long> with1 = longsWith(1);
        VectorMask<Long> with2 = longsWith(2);
        VectorMask<Long> with4 = longsWith(4);
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        IntVector d = twice(descriptor, ahead);
        IntVector bases = d.lanewise(VectorOperators.LSHR, 13).lanewise(VectorOperators.LSHL, 3);
        IntVector bucketBits = d.and(15);
        for (int pair = 0; pair < pairs; pair++) {
            int u = 2 * pair;
            int v = Math.min(u + 1, units - 1);
            int j = pair * W;
            LongVector even = four(buckets, scratch, j, with1, with2);
            LongVector odd = four(buckets, scratch, j + 1, with1, with2);
            if (WIDE) {
                even = even.blend(four(buckets, scratch, j + 8, with1, with2), with4);
                odd = odd.blend(four(buckets, scratch, j + 9, with1, with2), with4);
            }
            IntVector low = even.and(0xffffffffL)
                    .or(odd.lanewise(VectorOperators.LSHL, Integer.SIZE))
                    .reinterpretAsInts();
            IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                    .or(odd.and(-1L << Integer.SIZE))
                    .reinterpretAsInts();
            IntVector x = IntVector.fromArray(I, scratch, pairs * W + j);
            IntVector slot = x.and(slotMask);
            IntVector b0 = low.and(0x1fff);
            IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            IntVector b2 = high.and(0x1fff);
            IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
            VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
            IntVector start = b2.blend(b1, before2).blend(b0, before1);
            IntVector stop = b3.blend(b2, before2).blend(b1, before1);
            low.lanewise(VectorOperators.LSHR, 26)
                    .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                    .add(2)
                    .sub(1, before1)
                    .sub(1, before2)
                    .reinterpretAsLongs()
                    .intoArray(positions, j);
            x = x.lanewise(VectorOperators.LSHR, precisions)
                    .mul(stop.sub(start))
                    .add(slot.sub(start));
            VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
            VectorMask<Integer> lower = low16.and(lowerHalf);
            VectorMask<Integer> upper = low16.and(upperHalf);
            int lowerAt = next[u];
            int upperAt = next[v];
            IntVector word = ((IntVector) ShortVector.fromArray(S, words[u], lowerAt)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                    .expand(lower)
                    .or(((IntVector) ShortVector.fromArray(S, words[v], upperAt)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                            .expand(upper));
            next[v] = upperAt + upper.trueCount();
            next[u] = lowerAt + lower.trueCount();
            x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word);
            x.intoArray(scratch, pairs * W + j);
            bases.add(x.and(slotMask).lanewise(VectorOperators.LSHR, bucketBits))
                    .intoArray(scratch, j);
        }
    }

    /**
     * Decodes units of half as many lanes as a vector has, one in each half. A unit without a partner is its own, and what
     * that does is dropped. Buckets gathered ahead, as in {@link #decodeUnit}, made this more than the compiler inlines in
     * every process.
     */
    private static void decodePairs(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            int[] buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch) {
        VectorMask<Integer> upperHalf = intsWith(W / 2);
        VectorMask<Integer> lowerHalf = upperHalf.not();
        int half = W / 2;
        int slotMask = (1 << precision) - 1;
        for (int u = 0; u < units + units % 2; u++) {
            System.arraycopy(states[Math.min(u, units - 1)], 0, scratch, W + half * u, half);
        }
        for (int i = 0; i < count; i += half) {
            IntVector d = ((IntVector)
                            IntVector.fromArray(HALF_I, descriptor, from + i).reinterpretShape(I, 0))
                    .rearrange(TWICE);
            IntVector r =
                    ((IntVector) IntVector.fromArray(HALF_I, range, from + i).reinterpretShape(I, 0)).rearrange(TWICE);
            IntVector firsts = r.lanewise(VectorOperators.ASHR, cellBits);
            IntVector lasts = r.and((1 << cellBits) - 1);
            for (int u = 0; u < units; u += 2) {
                int v = Math.min(u + 1, units - 1);
                IntVector x = IntVector.fromArray(I, scratch, W + half * u);
                IntVector slot = x.and(slotMask);
                IntVector bucket = slot.lanewise(VectorOperators.LSHR, d.and(15));
                d.lanewise(VectorOperators.LSHR, 13)
                        .lanewise(VectorOperators.LSHL, 4)
                        .add(bucket.add(bucket))
                        .intoArray(scratch, 0);
                IntVector low = IntVector.fromArray(I, buckets, 0, scratch, 0);
                IntVector high = IntVector.fromArray(I, buckets, 1, scratch, 0);
                IntVector b0 = low.and(0x1fff);
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                IntVector b2 = high.and(0x1fff);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                VectorMask<Integer> past1 = slot.compare(VectorOperators.GE, b1);
                VectorMask<Integer> past2 = slot.compare(VectorOperators.GE, b2);
                IntVector start = b0.blend(b1, past1).blend(b2, past2);
                IntVector stop = b1.blend(b2, past1).blend(b3, past2);
                x = x.lanewise(VectorOperators.LSHR, precision)
                        .mul(stop.sub(start))
                        .add(slot.sub(start));
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                VectorMask<Integer> lower = low16.and(lowerHalf);
                VectorMask<Integer> upper = low16.and(upperHalf);
                int lowerAt = next[u];
                int upperAt = next[v];
                IntVector word = ((IntVector) ShortVector.fromArray(S, words[u], lowerAt)
                                .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                        .expand(lower)
                        .or(((IntVector) ShortVector.fromArray(S, words[v], upperAt)
                                        .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                                .expand(upper));
                next[v] = upperAt + upper.trueCount();
                next[u] = lowerAt + lower.trueCount();
                x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(scratch, W + half * u);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(1, past1)
                        .add(1, past2);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(d.lanewise(VectorOperators.LSHR, 4)
                                .and(0x1ff)
                                .and(position.and(1).neg()));
                IntVector symbol = cell.add(firsts);
                ((IntVector) symbol.rearrange(SWAP_HALVES).reinterpretShape(HALF_I, 0)).intoArray(symbols[v], i);
                ((IntVector) symbol.reinterpretShape(HALF_I, 0)).intoArray(symbols[u], i);
                long escaped = cell.compare(VectorOperators.EQ, lasts).toLong();
                for (; escaped != 0; escaped &= escaped - 1) {
                    int lane = Long.numberOfTrailingZeros(escaped);
                    if (lane < half) {
                        escapes[u][escapesEnd[u]++] = from + i + lane;
                    } else if (u != v) {
                        escapes[v][escapesEnd[v]++] = from + i + lane - half;
                    }
                }
            }
        }
        for (int u = 0; u < units; u++) {
            System.arraycopy(scratch, W + half * u, states[u], 0, half);
        }
    }

    /** Indexes of the bucket entries of slots. */
    private static IntVector entries(IntVector slot, IntVector descriptor) {
        IntVector bucket = slot.lanewise(VectorOperators.LSHR, descriptor.and(15));
        return descriptor
                .lanewise(VectorOperators.LSHR, 13)
                .lanewise(VectorOperators.LSHL, 4)
                .add(bucket.add(bucket));
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
        if (units <= W / 4 || precision < LEAST_FLOAT_PRECISION) {
            SCALAR.encodeTails(
                    units,
                    rows,
                    from,
                    count,
                    precision,
                    table,
                    tableFrom,
                    originOf,
                    states,
                    words,
                    wordCounts,
                    scratch);
            return;
        }
        int slots = 1 << precision;
        int padded = units + W - 1 & -W;
        int turned = YOUNG_SCRATCH; // rows of W elements, each of all units
        for (int block = 0; block < count; block += W) {
            int length = Math.min(W, count - block);
            for (int lane = 0; lane < padded; lane++) {
                int[] unit = rows[Math.min(lane, units - 1)];
                for (int k = 0; k < length; k++) {
                    scratch[turned + k * padded + lane] = unit[from + block + k];
                }
            }
            for (int k = 0; k < length; k++) {
                for (int unit = 0; unit < units; unit += W) {
                    IntVector x = IntVector.fromArray(I, states, unit);
                    IntVector row = IntVector.fromArray(I, scratch, turned + k * padded + unit);
                    IntVector f = row.and(0xffff).add(1);
                    VectorMask<Integer> full =
                            x.lanewise(VectorOperators.LSHR, 32 - precision).compare(VectorOperators.GE, f);
                    long pushing = full.toLong() & -1L >>> Long.SIZE - Math.min(W, units - unit);
                    for (; pushing != 0; pushing &= pushing - 1) {
                        int lane = unit + Long.numberOfTrailingZeros(pushing);
                        words[lane][wordCounts[lane]++] = (short) states[lane];
                    }
                    x = x.lanewise(VectorOperators.LSHR, 16, full);
                    IntVector start = row.lanewise(VectorOperators.LSHR, 16);
                    FloatVector reciprocal = FloatVector.broadcast(F, TOWARDS_ZERO)
                            .div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0));
                    FloatVector signed = (FloatVector) x.convertShape(VectorOperators.I2F, F, 0);
                    IntVector q = signed.add(
                                    TWO_32, x.compare(VectorOperators.LT, 0).cast(F))
                            .mul(reciprocal)
                            .add(LESS_HALF)
                            .reinterpretAsInts()
                            .and(LESS_HALF_FRACTION);
                    IntVector r = x.sub(q.mul(f));
                    IntVector grown = q.lanewise(VectorOperators.LSHL, precision)
                            .add(r)
                            .add(start)
                            .add(f.neg().add(slots), r.compare(VectorOperators.GE, f));
                    VectorMask<Integer> young = x.compare(VectorOperators.ULT, f);
                    if (young.anyTrue()) {
                        x.intoArray(scratch, 0);
                        start.intoArray(scratch, W);
                        f.intoArray(scratch, 2 * W);
                        youngStates(scratch, originOf[table[tableFrom + count - 1 - block - k]], precision);
                        grown = grown.blend(IntVector.fromArray(I, scratch, 0), young);
                    }
                    grown.intoArray(states, unit);
                }
            }
        }
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
        boolean alone = units <= W / 4;
        if (alone && buckets.length < FAR_BUCKETS) {
            return SCALAR.decodeTails(
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
        if (alone) {
            for (int unit = 0; unit < units; unit++) {
                int done = decodeTail(
                        unit,
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
                        words[unit],
                        next,
                        end[unit],
                        symbols[unit],
                        escapes,
                        escapesEnd);
                if (done < count) {
                    return done;
                }
            }
            return count;
        }
        for (int block = 0; block < count; block += TAIL_BLOCK) {
            int length = Math.min(TAIL_BLOCK, count - block);
            int done = decodeTailBlock(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    table,
                    from + block,
                    length,
                    precision,
                    originOf,
                    buckets,
                    states,
                    words,
                    next,
                    end,
                    symbols,
                    block,
                    escapes,
                    escapesEnd,
                    scratch);
            if (done < length) {
                return block + done;
            }
        }
        return count;
    }

    /**
     * Elements of one unit whose tables are far. Each waits for the one before; so the rows of all cells of a table are loaded,
     * which needs no state and goes on ahead of the chain, and the one with the slot is looked for in them. A bucket would be
     * loaded by the state, which is the shorter chain only where it is near. Tables of more cells, and young states, go the
     * scalar way.
     */
    private static int decodeTail(
            int unit,
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
            short[] words,
            int[] next,
            int end,
            int[] symbols,
            int[][] escapes,
            int[] escapesEnd) {
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        int x = states[unit];
        int at = next[unit];
        for (int i = 0; i < count; i++) {
            int r = range[from + i];
            int last = r & cellMask; // at least as many as the index of any cell
            int q = x >>> precision;
            if (q == 0) {
                if (x == 0) {
                    return i;
                }
                states[unit] = x;
                next[unit] = at;
                ScalarKernels.decodeYoung(
                        unit,
                        descriptor,
                        range,
                        cellBits,
                        from,
                        i,
                        precision,
                        originOf[table[from + i]],
                        buckets,
                        states,
                        words,
                        next,
                        end,
                        symbols,
                        escapes,
                        escapesEnd);
                x = states[unit];
                at = next[unit];
                continue;
            }
            int first = r >> cellBits;
            int cell;
            if (last < 4 * W) {
                int base = rowBase[from + i] + first;
                IntVector slot = IntVector.broadcast(I, x & slotMask);
                long in = 0;
                for (int v = 0; v < 4; v++) {
                    IntVector loaded = IntVector.fromArray(I, rows, base + v * W);
                    IntVector above = slot.sub(loaded.lanewise(VectorOperators.LSHR, 16));
                    in |= above.compare(VectorOperators.ULE, loaded.and(0xffff)).toLong() << v * W;
                }
                cell = Long.numberOfTrailingZeros(in);
                int row = rows[base + cell];
                x = q * ((row & 0xffff) + 1) + (x & slotMask) - (row >>> 16);
            } else {
                int d = descriptor[from + i];
                long step = ScalarKernels.grownStep(x, d, precision, buckets);
                x = (int) step;
                cell = ScalarKernels.cell(d, (int) (step >>> 32));
            }
            symbols[i] = first + cell;
            if (cell == last) {
                escapes[unit][escapesEnd[unit]++] = from + i;
            }
            if (x >>> 16 == 0 && at < end) {
                x = x << 16 | words[at++] & 0xffff;
            }
        }
        states[unit] = x;
        next[unit] = at;
        return count;
    }

    /**
     * Elements whose words are gathered from one place. Lanes without a unit do what the last unit does. An element has one
     * table in all units: one of up to 2 W buckets, as most have, is looked up in registers where vectors are wide; others
     * have no instruction that selects from two.
     */
    private static int decodeTailBlock(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
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
            int symbolsFrom,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch) {
        int slotMask = (1 << precision) - 1;
        int padded = units + W - 1 & -W;
        int at = YOUNG_SCRATCH; // where each unit's words begin, and end
        int stop = at + padded;
        int turned = stop + padded; // symbols of W elements, each of all units
        int steps = turned + W * padded; // from one symbol of a unit to the next
        int wordsAt = steps + W; // the units' words, one after the other
        int stride = TAIL_BLOCK + 1;
        for (int i = 0; i < W; i++) {
            scratch[steps + i] = i * padded;
        }
        for (int lane = 0; lane < padded; lane++) {
            int unit = Math.min(lane, units - 1);
            int left = Math.min(end[unit] - next[unit], count);
            int to = wordsAt + lane * stride;
            short[] of = words[unit];
            int nextWord = next[unit];
            for (int i = 0; i < left; i++) {
                scratch[to + i] = of[nextWord + i] & 0xffff;
            }
            scratch[to + left] = 0;
            scratch[at + lane] = to;
            scratch[stop + lane] = to + left;
            states[lane] = states[unit];
        }
        // Broadcast once: in the loop each use would count against what the compiler inlines.
        IntVector slotBits = IntVector.broadcast(I, slotMask);
        IntVector bound = IntVector.broadcast(I, 0x1fff);
        for (int i = 0; i < count; i++) {
            int d = descriptor[from + i];
            int base = d >>> 13 << 4;
            boolean near = WIDE && 1 << precision - (d & 15) <= 2 * W;
            // Where vectors are not wide, nothing of this is there to be inlined.
            IntVector entries0 = WIDE ? IntVector.fromArray(I, buckets, base) : IntVector.zero(I);
            IntVector entries1 = WIDE ? IntVector.fromArray(I, buckets, base + W) : IntVector.zero(I);
            IntVector entries2 = WIDE ? IntVector.fromArray(I, buckets, base + 2 * W) : IntVector.zero(I);
            IntVector entries3 = WIDE ? IntVector.fromArray(I, buckets, base + 3 * W) : IntVector.zero(I);
            for (int unit = 0; unit < units; unit += W) {
                IntVector x = IntVector.fromArray(I, states, unit);
                IntVector slot = x.and(slotBits);
                VectorMask<Integer> young = x.compare(VectorOperators.ULE, slotBits);
                boolean anyYoung = young.anyTrue();
                if (anyYoung) {
                    if (x.compare(VectorOperators.EQ, 0).anyTrue()) {
                        return i;
                    }
                    slot = slot.blend(youngSlot(x, originOf[table[from + i]], precision), young);
                }
                IntVector entry = slot.lanewise(VectorOperators.LSHR, d & 15);
                IntVector low;
                IntVector high;
                if (near) {
                    VectorMask<Integer> second = entry.compare(VectorOperators.GE, W);
                    IntVector lane = entry.lanewise(VectorOperators.LSHL, 1); // modulo 2 W
                    low = lane.selectFrom(entries0, entries1).blend(lane.selectFrom(entries2, entries3), second);
                    lane = lane.or(1);
                    high = lane.selectFrom(entries0, entries1).blend(lane.selectFrom(entries2, entries3), second);
                } else {
                    entry.lanewise(VectorOperators.LSHL, 1).add(base).intoArray(scratch, 0);
                    low = IntVector.fromArray(I, buckets, 0, scratch, 0);
                    high = IntVector.fromArray(I, buckets, 1, scratch, 0);
                }
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(bound);
                IntVector b2 = high.and(bound);
                VectorMask<Integer> past1 = slot.compare(VectorOperators.GE, b1);
                VectorMask<Integer> past2 = slot.compare(VectorOperators.GE, b2);
                IntVector start = low.and(bound).blend(b1, past1).blend(b2, past2);
                IntVector f = b1.blend(b2, past1)
                        .blend(high.lanewise(VectorOperators.LSHR, 13).and(bound), past2)
                        .sub(start);
                IntVector grown =
                        x.lanewise(VectorOperators.LSHR, precision).mul(f).add(slot.sub(start));
                if (anyYoung) {
                    x.intoArray(scratch, 0);
                    start.intoArray(scratch, W);
                    f.intoArray(scratch, 2 * W);
                    youngRanks(scratch, originOf[table[from + i]], precision);
                    grown = grown.blend(IntVector.fromArray(I, scratch, 0), young);
                }
                IntVector wordAt = IntVector.fromArray(I, scratch, at + unit);
                VectorMask<Integer> refilled = grown.lanewise(VectorOperators.LSHR, 16)
                        .compare(VectorOperators.EQ, 0)
                        .and(wordAt.compare(VectorOperators.LT, IntVector.fromArray(I, scratch, stop + unit)));
                IntVector word = IntVector.fromArray(I, scratch, 0, scratch, at + unit);
                grown.blend(grown.lanewise(VectorOperators.LSHL, 16).or(word), refilled)
                        .intoArray(states, unit);
                wordAt.add(1, refilled).intoArray(scratch, at + unit);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(1, past1)
                        .add(1, past2);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(position.and(1).neg().and(d >>> 4 & 0x1ff));
                int r = range[from + i];
                cell.add(r >> cellBits).intoArray(scratch, turned + i % W * padded + unit);
                long escaped = cell.compare(VectorOperators.EQ, r & (1 << cellBits) - 1)
                                .toLong()
                        & -1L >>> Long.SIZE - Math.min(W, units - unit);
                for (; escaped != 0; escaped &= escaped - 1) {
                    int lane = unit + Long.numberOfTrailingZeros(escaped);
                    escapes[lane][escapesEnd[lane]++] = from + i;
                }
            }
            if (i % W == W - 1 || i == count - 1) {
                int done = i % W + 1;
                turn(scratch, turned, padded, steps, units, done, symbols, symbolsFrom + i + 1 - done);
            }
        }
        for (int lane = 0; lane < units; lane++) {
            next[lane] += scratch[at + lane] - (wordsAt + lane * stride);
        }
        return count;
    }

    /** Gives symbols that lie element by element to their units. A vector of a unit's is gathered by the steps in the scratch. */
    private static void turn(
            int[] scratch, int turned, int padded, int steps, int units, int count, int[][] symbols, int symbolsFrom) {
        for (int lane = 0; lane < units; lane++) {
            int[] of = symbols[lane];
            if (count == W) {
                IntVector.fromArray(I, scratch, turned + lane, scratch, steps).intoArray(of, symbolsFrom);
                continue;
            }
            for (int i = 0; i < count; i++) {
                of[symbolsFrom + i] = scratch[turned + i * padded + lane];
            }
        }
    }

    /** As {@link YoungStates#slot}. */
    private static IntVector youngSlot(IntVector v, int origin, int precision) {
        return v.lanewise(VectorOperators.REVERSE)
                .lanewise(VectorOperators.LSHR, 32 - precision)
                .add(origin)
                .and((1 << precision) - 1);
    }

    /**
     * As {@link YoungStates#rank} for the states, starts and frequencies in a scratch, one vector after the other; in place of
     * the states.
     *
     * <p>From and to memory, and two bits a turn: so large a method (325 bytecodes) stays one of its own. The compiler took a
     * smaller one into its caller in part, where the limit of nodes left the operations behind that to calls which allocate:
     * 0.8 ns for every element of a unit of 768, in three processes of four.
     */
    private static void youngRanks(int[] scratch, int origin, int precision) {
        IntVector v = IntVector.fromArray(I, scratch, 0);
        IntVector low = IntVector.fromArray(I, scratch, W).sub(origin).and((1 << precision) - 1);
        IntVector high = low.add(IntVector.fromArray(I, scratch, 2 * W));
        IntVector rank = IntVector.zero(I);
        IntVector unset; // all ones where the bit is not
        int bit = precision - 1;
        for (; bit > 0; bit -= 2) {
            unset = v.lanewise(VectorOperators.LSHR, bit).and(1).sub(1);
            IntVector even = high.add(1).lanewise(VectorOperators.ASHR, 1);
            rank = rank.add(
                    even.sub(low.add(1).lanewise(VectorOperators.ASHR, 1)).lanewise(VectorOperators.AND_NOT, unset));
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
            unset = v.lanewise(VectorOperators.LSHR, bit - 1).and(1).sub(1);
            IntVector evenNext = high.add(1).lanewise(VectorOperators.ASHR, 1);
            rank = rank.add(evenNext.sub(low.add(1).lanewise(VectorOperators.ASHR, 1))
                    .lanewise(VectorOperators.AND_NOT, unset));
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
        }
        if (bit == 0) {
            unset = v.lanewise(VectorOperators.LSHR, 0).and(1).sub(1);
            IntVector even = high.add(1).lanewise(VectorOperators.ASHR, 1);
            rank = rank.add(
                    even.sub(low.add(1).lanewise(VectorOperators.ASHR, 1)).lanewise(VectorOperators.AND_NOT, unset));
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
        }
        rank.intoArray(scratch, 0);
    }

    /** As {@link YoungStates#state}; otherwise as {@link #youngRanks}. */
    private static void youngStates(int[] scratch, int origin, int precision) {
        IntVector left = IntVector.fromArray(I, scratch, 0);
        IntVector low = IntVector.fromArray(I, scratch, W).sub(origin).and((1 << precision) - 1);
        IntVector high = low.add(IntVector.fromArray(I, scratch, 2 * W));
        IntVector v = IntVector.zero(I);
        IntVector unset; // all ones where the bit is not
        int bit = precision - 1;
        for (; bit > 0; bit -= 2) {
            IntVector below =
                    high.add(1).lanewise(VectorOperators.ASHR, 1).sub(low.add(1).lanewise(VectorOperators.ASHR, 1));
            left = left.sub(below);
            unset = left.lanewise(VectorOperators.ASHR, 31);
            left = left.add(below.and(unset));
            v = v.add(v).sub(unset.not());
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
            IntVector belowNext =
                    high.add(1).lanewise(VectorOperators.ASHR, 1).sub(low.add(1).lanewise(VectorOperators.ASHR, 1));
            left = left.sub(belowNext);
            unset = left.lanewise(VectorOperators.ASHR, 31);
            left = left.add(belowNext.and(unset));
            v = v.add(v).sub(unset.not());
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
        }
        if (bit == 0) {
            IntVector below =
                    high.add(1).lanewise(VectorOperators.ASHR, 1).sub(low.add(1).lanewise(VectorOperators.ASHR, 1));
            left = left.sub(below);
            unset = left.lanewise(VectorOperators.ASHR, 31);
            left = left.add(below.and(unset));
            v = v.add(v).sub(unset.not());
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
        }
        v.intoArray(scratch, 0);
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
        if (precision != BYTE_PRECISION || (GATHER ? lanes < W : lanes != USUAL_LANES)) {
            return SCALAR.encodeBytes(
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
        if (WIDE && lanes == 4 * W && cells <= 4 * W) {
            int near = wordCount;
            for (int to = at + count; to > at; to -= NEAR_BYTES) {
                int from = Math.max(at, to - NEAR_BYTES);
                if (!areWithin(symbols, from, to - from, first, cells)) {
                    return -1;
                }
                near = encodeNearBytes(symbols, from, to - from, first, rowOf, reciprocalOf, states, words, near);
            }
            return near;
        }
        if (!GATHER) {
            return encodeLoadedBytes(symbols, at, count, rowOf, states, words, wordCount, scratch);
        }
        int end = wordCount;
        IntVector signs = IntVector.zero(I);
        for (int i = at + count - lanes; i >= at; i -= lanes) {
            for (int v = 0; v < lanes; v += W) {
                IntVector symbol = (IntVector) ByteVector.fromArray(B, symbols, i + lanes - W - v)
                        .rearrange(REVERSE_BYTES)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
                symbol.intoArray(scratch, 0);
                IntVector row = IntVector.fromArray(I, rowOf, 0, scratch, 0);
                signs = signs.or(row);
                IntVector x = IntVector.fromArray(I, states, v);
                IntVector f = row.and(0xffff);
                VectorMask<Integer> full =
                        x.lanewise(VectorOperators.LSHR, 32 - BYTE_PRECISION).compare(VectorOperators.GE, f);
                ((ShortVector) x.compress(full).convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
                end += full.trueCount();
                x = x.lanewise(VectorOperators.LSHR, 16, full);
                IntVector q = whole(half(x).mul(FloatVector.fromArray(F, reciprocalOf, 0, scratch, 0)));
                IntVector r = x.sub(q.mul(f));
                IntVector grown = q.lanewise(VectorOperators.LSHL, BYTE_PRECISION)
                        .add(r)
                        .add(row.lanewise(VectorOperators.LSHR, 16));
                grown.add(f.neg().add(1 << BYTE_PRECISION), r.compare(VectorOperators.GE, f))
                        .intoArray(states, v);
            }
        }
        return signs.compare(VectorOperators.LT, 0).anyTrue() ? -1 : end;
    }

    /**
     * As {@link #encodeBytes} for {@link #USUAL_LANES}, by loads. Those of the row that comes next are between this one's
     * vectors: what is stored one by one reaches the cache long before a vector reads it.
     */
    private static int encodeLoadedBytes(
            byte[] symbols, int at, int count, int[] rowOf, int[] states, short[] words, int wordCount, int[] scratch) {
        int end = wordCount;
        IntVector signs = IntVector.zero(I);
        for (int k = 0; k < Math.min(USUAL_LANES, count); k++) {
            scratch[k] = rowOf[symbols[at + count - 1 - k] & 0xff];
        }
        for (int left = count; left > 0; left -= USUAL_LANES) {
            int next = at + Math.max(left - USUAL_LANES, USUAL_LANES) - 1; // after the last row something to drop
            for (int vector = 0; vector < USUAL_LANES / W; vector++) {
                int v = vector * W;
                IntVector row = IntVector.fromArray(I, scratch, v);
                for (int k = 0; k < W; k++) {
                    scratch[v + k] = rowOf[symbols[next - v - k] & 0xff];
                }
                signs = signs.or(row);
                IntVector x = IntVector.fromArray(I, states, v);
                IntVector f = row.and(0xffff);
                VectorMask<Integer> full =
                        x.lanewise(VectorOperators.LSHR, 32 - BYTE_PRECISION).compare(VectorOperators.GE, f);
                ((ShortVector) x.compress(full).convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
                end += Long.bitCount(full.toLong());
                x = x.lanewise(VectorOperators.LSHR, 16, full);
                FloatVector signed = (FloatVector) x.convertShape(VectorOperators.I2F, F, 0);
                IntVector q = signed.add(
                                TWO_32, x.compare(VectorOperators.LT, 0).cast(F))
                        .div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0))
                        .mul(TOWARDS_ZERO)
                        .add(LESS_HALF)
                        .reinterpretAsInts()
                        .and(LESS_HALF_FRACTION);
                IntVector r = x.sub(q.mul(f));
                IntVector grown = q.lanewise(VectorOperators.LSHL, BYTE_PRECISION)
                        .add(r)
                        .add(row.lanewise(VectorOperators.LSHR, 16));
                grown.add(f.neg().add(1 << BYTE_PRECISION), r.compare(VectorOperators.GE, f))
                        .intoArray(states, v);
            }
        }
        return signs.compare(VectorOperators.LT, 0).anyTrue() ? -1 : end;
    }

    /**
     * As {@link #encodeBytes} for four vectors of lanes and as many cells at most, all of whose bytes have one: states, rows
     * and reciprocals of all cells stay in registers, for states in an array cost an eighth. Two vectors a turn, which then
     * change places with the others, by the same step twice over: the compiler stops to inline our own methods in here, and
     * with all four it stopped to inline vectors' methods in some processes. That was a tenth faster in others.
     */
    private static int encodeNearBytes(
            byte[] symbols,
            int at,
            int count,
            int first,
            int[] rowOf,
            float[] reciprocalOf,
            int[] states,
            short[] words,
            int wordCount) {
        IntVector rows0 = IntVector.fromArray(I, rowOf, first);
        IntVector rows1 = IntVector.fromArray(I, rowOf, first + W);
        IntVector rows2 = IntVector.fromArray(I, rowOf, first + 2 * W);
        IntVector rows3 = IntVector.fromArray(I, rowOf, first + 3 * W);
        IntVector reciprocals0 = floatBits(reciprocalOf, first);
        IntVector reciprocals1 = floatBits(reciprocalOf, first + W);
        IntVector reciprocals2 = floatBits(reciprocalOf, first + 2 * W);
        IntVector reciprocals3 = floatBits(reciprocalOf, first + 3 * W);
        IntVector x0 = IntVector.fromArray(I, states, 0);
        IntVector x1 = IntVector.fromArray(I, states, W);
        IntVector x2 = IntVector.fromArray(I, states, 2 * W);
        IntVector x3 = IntVector.fromArray(I, states, 3 * W);
        // Broadcast once: in the loop each would count twice against what the compiler inlines.
        IntVector firsts = IntVector.broadcast(I, first);
        IntVector lanes2 = IntVector.broadcast(I, 2 * W);
        IntVector low16 = IntVector.broadcast(I, 0xffff);
        IntVector slots = IntVector.broadcast(I, 1 << BYTE_PRECISION);
        IntVector fraction = IntVector.broadcast(I, LESS_HALF_FRACTION);
        FloatVector lessHalf = FloatVector.broadcast(F, LESS_HALF);
        int end = wordCount;
        for (int i = at + count - W; i > at; i -= 2 * W) {
            IntVector symbol = (IntVector) ByteVector.fromArray(B, symbols, i)
                    .rearrange(REVERSE_BYTES)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
            IntVector cell = symbol.sub(firsts);
            VectorMask<Integer> upper = cell.compare(VectorOperators.GE, lanes2);
            IntVector row = cell.selectFrom(rows0, rows1).blend(cell.selectFrom(rows2, rows3), upper);
            FloatVector reciprocal = cell.selectFrom(reciprocals0, reciprocals1)
                    .blend(cell.selectFrom(reciprocals2, reciprocals3), upper)
                    .reinterpretAsFloats();
            IntVector f = row.and(low16);
            VectorMask<Integer> full =
                    x0.lanewise(VectorOperators.LSHR, 32 - BYTE_PRECISION).compare(VectorOperators.GE, f);
            ((ShortVector) x0.compress(full).convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
            end += full.trueCount();
            x0 = x0.lanewise(VectorOperators.LSHR, 16, full);
            FloatVector half =
                    (FloatVector) x0.lanewise(VectorOperators.LSHR, 1).convertShape(VectorOperators.I2F, F, 0);
            IntVector q = half.mul(reciprocal).add(lessHalf).reinterpretAsInts().and(fraction);
            IntVector r = x0.sub(q.mul(f));
            x0 = q.lanewise(VectorOperators.LSHL, BYTE_PRECISION)
                    .add(r)
                    .add(row.lanewise(VectorOperators.LSHR, 16))
                    .add(slots.sub(f), r.compare(VectorOperators.GE, f));

            symbol = (IntVector) ByteVector.fromArray(B, symbols, i - W)
                    .rearrange(REVERSE_BYTES)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
            cell = symbol.sub(firsts);
            upper = cell.compare(VectorOperators.GE, lanes2);
            row = cell.selectFrom(rows0, rows1).blend(cell.selectFrom(rows2, rows3), upper);
            reciprocal = cell.selectFrom(reciprocals0, reciprocals1)
                    .blend(cell.selectFrom(reciprocals2, reciprocals3), upper)
                    .reinterpretAsFloats();
            f = row.and(low16);
            full = x1.lanewise(VectorOperators.LSHR, 32 - BYTE_PRECISION).compare(VectorOperators.GE, f);
            ((ShortVector) x1.compress(full).convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
            end += full.trueCount();
            x1 = x1.lanewise(VectorOperators.LSHR, 16, full);
            half = (FloatVector) x1.lanewise(VectorOperators.LSHR, 1).convertShape(VectorOperators.I2F, F, 0);
            q = half.mul(reciprocal).add(lessHalf).reinterpretAsInts().and(fraction);
            r = x1.sub(q.mul(f));
            x1 = q.lanewise(VectorOperators.LSHL, BYTE_PRECISION)
                    .add(r)
                    .add(row.lanewise(VectorOperators.LSHR, 16))
                    .add(slots.sub(f), r.compare(VectorOperators.GE, f));

            IntVector first0 = x0;
            IntVector first1 = x1;
            x0 = x2;
            x1 = x3;
            x2 = first0;
            x3 = first1;
        }
        x0.intoArray(states, 0);
        x1.intoArray(states, W);
        x2.intoArray(states, 2 * W);
        x3.intoArray(states, 3 * W);
        return end;
    }

    /** Whether bytes are from {@code first} on and below {@code first + cells}, of a multiple of four vectors' lanes. */
    private static boolean areWithin(byte[] symbols, int at, int count, int first, int cells) {
        for (int i = at; i < at + count; i += WORD_BYTES.length()) {
            if (ByteVector.fromArray(WORD_BYTES, symbols, i)
                    .sub((byte) first)
                    .compare(VectorOperators.UGE, (byte) cells)
                    .anyTrue()) {
                return false;
            }
        }
        return true;
    }

    private static IntVector floatBits(float[] floats, int from) {
        return FloatVector.fromArray(F, floats, from).reinterpretAsInts();
    }

    /** Half of unsigned ints, rounded down and then to floats. */
    private static FloatVector half(IntVector x) {
        return (FloatVector) x.lanewise(VectorOperators.LSHR, 1).convertShape(VectorOperators.I2F, F, 0);
    }

    /**
     * The integer part of quotients in [3/4, 2^22), or one less where the quotient is an odd integer: then the true
     * quotient, which is less than one more, has the same integer part.
     */
    private static IntVector whole(FloatVector quotient) {
        return quotient.add(LESS_HALF).reinterpretAsInts().and(LESS_HALF_FRACTION);
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
        if (GATHER ? lanes < W : lanes != USUAL_LANES || precision != BYTE_PRECISION) {
            return SCALAR.decodeBytes(slots, first, count, lanes, precision, states, words, next, symbols, at, scratch);
        }
        if (!GATHER) {
            return decodeLoadedBytes(slots, first, count, states, words, next, symbols, at);
        }
        int slotMask = (1 << precision) - 1;
        int nextWord = next;
        for (int i = at; i < at + count; i += lanes) {
            for (int j = 0; j < lanes; j += W) {
                IntVector x = IntVector.fromArray(I, states, j);
                x.and(slotMask).intoArray(scratch, 0);
                IntVector entry = IntVector.fromArray(I, slots, 0, scratch, 0);
                IntVector quotient = x.lanewise(VectorOperators.LSHR, precision);
                x = entry.lanewise(VectorOperators.LSHR, 20)
                        .mul(quotient)
                        .add(quotient)
                        .add(entry.lanewise(VectorOperators.LSHR, 8).and(0xfff));
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                IntVector word = ((IntVector) ShortVector.fromArray(S, words, nextWord)
                                .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                        .expand(low16);
                nextWord += low16.trueCount();
                x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(states, j);
                ((ByteVector) entry.convertShape(VectorOperators.I2B, B, 0))
                        .add((byte) first)
                        .intoArray(symbols, i + j);
            }
        }
        return nextWord;
    }

    /** As {@link #decodeBytes} for {@link #USUAL_LANES}, by loads. */
    private static int decodeLoadedBytes(
            int[] slots, int first, int count, int[] states, short[] words, int next, byte[] symbols, int at) {
        VectorMask<Integer> with1 = intsWith(1);
        VectorMask<Integer> with2 = intsWith(2);
        VectorMask<Integer> with4 = intsWith(4);
        VectorMask<Integer> with8 = intsWith(8);
        int slotMask = (1 << BYTE_PRECISION) - 1;
        int nextWord = next;
        for (int i = at; i < at + count; i += USUAL_LANES) {
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                IntVector entry = two(slots, states[j] & slotMask, states[j + 1] & slotMask, with1)
                        .blend(two(slots, states[j + 2] & slotMask, states[j + 3] & slotMask, with1), with2)
                        .blend(
                                two(slots, states[j + 4] & slotMask, states[j + 5] & slotMask, with1)
                                        .blend(
                                                two(slots, states[j + 6] & slotMask, states[j + 7] & slotMask, with1),
                                                with2),
                                with4);
                if (WIDE) {
                    entry = entry.blend(
                            two(slots, states[j + 8] & slotMask, states[j + 9] & slotMask, with1)
                                    .blend(
                                            two(slots, states[j + 10] & slotMask, states[j + 11] & slotMask, with1),
                                            with2)
                                    .blend(
                                            two(slots, states[j + 12] & slotMask, states[j + 13] & slotMask, with1)
                                                    .blend(
                                                            two(
                                                                    slots,
                                                                    states[j + 14] & slotMask,
                                                                    states[j + 15] & slotMask,
                                                                    with1),
                                                            with2),
                                            with4),
                            with8);
                }
                IntVector quotient = IntVector.fromArray(I, states, j).lanewise(VectorOperators.LSHR, BYTE_PRECISION);
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words, nextWord).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                IntVector x = entry.lanewise(VectorOperators.LSHR, 20)
                        .mul(quotient)
                        .add(quotient)
                        .add(entry.lanewise(VectorOperators.LSHR, 8).and(0xfff));
                VectorMask<Integer> low = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                nextWord += Long.bitCount(low.toLong());
                x.lanewise(VectorOperators.LSHL, 16, low).or(word.expand(low)).intoArray(states, j);
                ((ByteVector) entry.convertShape(VectorOperators.I2B, B, 0))
                        .add((byte) first)
                        .intoArray(symbols, i + j);
            }
        }
        return nextWord;
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
        if (lanes < W) {
            narrower.decodeSlots(
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
            return;
        }
        if (!WIDE && lanes == USUAL_LANES) {
            for (int u = 0; u < units; u++) {
                decodeLoadedSlots(
                        u,
                        table,
                        range,
                        cellBits,
                        from,
                        count,
                        precision,
                        slots,
                        states[u],
                        words[u],
                        next,
                        symbols[u],
                        escapes[u],
                        escapesEnd,
                        scratch);
            }
            return;
        }
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        for (int i = from; i < from + count; i += lanes) {
            for (int u = 0; u < units; u++) {
                int at = next[u];
                for (int j = 0; j < lanes; j += W) {
                    IntVector x = IntVector.fromArray(I, states[u], j);
                    x.and(slotMask)
                            .add(IntVector.fromArray(I, table, i + j).lanewise(VectorOperators.LSHL, precision))
                            .intoArray(scratch, 0);
                    IntVector entry;
                    if (WIDE) {
                        entry = IntVector.fromArray(I, slots, 0, scratch, 0);
                    } else {
                        for (int k = 0; k < W; k++) {
                            scratch[W + k] = slots[scratch[k]];
                        }
                        entry = IntVector.fromArray(I, scratch, W);
                    }
                    IntVector quotient = x.lanewise(VectorOperators.LSHR, precision);
                    x = entry.lanewise(VectorOperators.LSHR, 20)
                            .mul(quotient)
                            .add(quotient)
                            .add(entry.lanewise(VectorOperators.LSHR, 8).and(0xfff));
                    VectorMask<Integer> low16 =
                            x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                    IntVector word = ((IntVector) ShortVector.fromArray(S, words[u], at)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                            .expand(low16);
                    at += low16.trueCount();
                    x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(states[u], j);
                    IntVector cell = entry.and(0xff);
                    IntVector r = IntVector.fromArray(I, range, i + j);
                    cell.add(r.lanewise(VectorOperators.ASHR, cellBits)).intoArray(symbols[u], i - from + j);
                    long escaped =
                            cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                    for (; escaped != 0; escaped &= escaped - 1) {
                        escapes[u][escapesEnd[u]++] = i + j + Long.numberOfTrailingZeros(escaped);
                    }
                }
                next[u] = at;
            }
        }
    }

    /** As {@link #decodeSlots} for one unit of {@link #USUAL_LANES}, by loads as in {@link #decodeLoadedUnit}. */
    private static void decodeLoadedSlots(
            int unit,
            int[] table,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            int[] slots,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd,
            int[] scratch) {
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        int at = next[unit];
        for (int i = from; i < from + count; i += USUAL_LANES) {
            for (int j = 0; j < USUAL_LANES; j++) {
                scratch[j] = slots[(table[i + j] << precision) + (states[j] & slotMask)];
            }
            for (int j = 0; j < USUAL_LANES; j += W) {
                IntVector entry = IntVector.fromArray(I, scratch, j);
                IntVector quotient = IntVector.fromArray(I, states, j).lanewise(VectorOperators.LSHR, precisions);
                IntVector r = IntVector.fromArray(I, range, i + j);
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                IntVector x = entry.lanewise(VectorOperators.LSHR, 20)
                        .mul(quotient)
                        .add(quotient)
                        .add(entry.lanewise(VectorOperators.LSHR, 8).and(0xfff));
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                at += Long.bitCount(low16.toLong());
                IntVector cell = entry.and(0xff);
                long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                x.lanewise(VectorOperators.LSHL, 16, low16)
                        .or(word.expand(low16))
                        .intoArray(states, j);
                cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from + j);
                for (; escaped != 0; escaped &= escaped - 1) {
                    escapes[escapesEnd[unit]++] = i + j + Long.numberOfTrailingZeros(escaped);
                }
            }
        }
        next[unit] = at;
    }

    // ---- words

    @Override
    public void readWords(byte[] bytes, int at, int count, short[] words, int wordsAt) {
        int bound = S.loopBound(count);
        for (int i = 0; i < bound; i += S.length()) {
            ByteVector.fromArray(WORD_BYTES, bytes, at + 2 * i)
                    .reinterpretAsShorts()
                    .intoArray(words, wordsAt + i);
        }
        SCALAR.readWords(bytes, at + 2 * bound, count - bound, words, wordsAt + bound);
    }

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
