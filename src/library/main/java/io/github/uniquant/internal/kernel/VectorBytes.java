package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.FloatQuotient.LESS_HALF;
import static io.github.uniquant.internal.kernel.FloatQuotient.LESS_HALF_FRACTION;
import static io.github.uniquant.internal.kernel.FloatQuotient.TOWARDS_ZERO;
import static io.github.uniquant.internal.kernel.FloatQuotient.TWO_32;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The vector path of one unit of bytes, all of one table. */
final class VectorBytes {
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, I.vectorShape());
    private static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorWidth.HALF);
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(I.vectorBitSize() / Integer.BYTES));
    private static final VectorSpecies<Byte> NEAR = VectorSpecies.of(byte.class, VectorWidth.HALF);
    private static final int W = I.length();

    private static final int USUAL_LANES = VectorLanes.USUAL_LANES;

    /** So many bytes are looked at before they are encoded: they are still in the first-level cache then. */
    private static final int NEAR_BYTES = 4096;

    private static final VectorShuffle<Byte> REVERSE_BYTES = VectorShuffle.iota(B, W - 1, -1, false);

    /** The one precision at which {@link Kernels#reciprocal} does. */
    private static final int BYTE_PRECISION = 12;

    private static final ScalarKernels SCALAR = ScalarKernels.INSTANCE;

    private VectorBytes() {}

    /** {@link Kernels#encodeBytes}. */
    static int encodeBytes(
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
        if (precision != BYTE_PRECISION || (VectorWidth.GATHER ? lanes < W : lanes != USUAL_LANES)) {
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
        if (VectorWidth.WIDE && lanes == 4 * W && cells <= 4 * W) {
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
        if (!VectorWidth.GATHER) {
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
                VectorMask<Integer> small =
                        x.lanewise(VectorOperators.LSHR, 32 - BYTE_PRECISION).compare(VectorOperators.LT, f);
                int kept = (int) small.toLong() & VectorWidth.ALL_LANES;
                IntVector pushed = VectorWidth.WIDE
                        ? x.compress(small.not())
                        : IntVector.fromArray(I, LaneOrders.OTHERS_FIRST, kept * W)
                                .selectFrom(x);
                x = x.lanewise(VectorOperators.LSHR, 16).blend(x, small);
                ((ShortVector) pushed.convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
                end += W - Integer.bitCount(kept);
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
                grown.add(f.neg().add(1 << BYTE_PRECISION))
                        .blend(grown, r.compare(VectorOperators.LT, f))
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
        for (int i = at; i < at + count; i += NEAR.length()) {
            if (ByteVector.fromArray(NEAR, symbols, i)
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

    /** {@link Kernels#decodeBytes}. */
    static int decodeBytes(
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
        if (VectorWidth.GATHER ? lanes < W : lanes != USUAL_LANES || precision != BYTE_PRECISION) {
            return SCALAR.decodeBytes(slots, first, count, lanes, precision, states, words, next, symbols, at, scratch);
        }
        if (!VectorWidth.GATHER) {
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
        VectorMask<Integer> with1 = VectorWidth.intsWith(1);
        VectorMask<Integer> with2 = VectorWidth.intsWith(2);
        VectorMask<Integer> with4 = VectorWidth.intsWith(4);
        VectorMask<Integer> with8 = VectorWidth.intsWith(8);
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
                if (VectorWidth.WIDE) {
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
                int taking = (int) low.toLong() & VectorWidth.ALL_LANES;
                nextWord += Integer.bitCount(taking);
                if (VectorWidth.WIDE) {
                    x = x.lanewise(VectorOperators.LSHL, 16, low).or(word.expand(low));
                } else {
                    IntVector taken =
                            IntVector.fromArray(I, LaneOrders.RANKS, taking * W).selectFrom(word);
                    x = x.blend(x.lanewise(VectorOperators.LSHL, 16).or(taken), low);
                }
                x.intoArray(states, j);
                ((ByteVector) entry.convertShape(VectorOperators.I2B, B, 0))
                        .add((byte) first)
                        .intoArray(symbols, i + j);
            }
        }
        return nextWord;
    }

    /** As {@link VectorLanes#two}, of ints: on lanes that have not and on lanes that have the bit 1 in their numbers. */
    private static IntVector two(int[] ints, int a, int b, VectorMask<Integer> with1) {
        return IntVector.broadcast(I, ints[a]).blend(IntVector.broadcast(I, ints[b]), with1);
    }
}
