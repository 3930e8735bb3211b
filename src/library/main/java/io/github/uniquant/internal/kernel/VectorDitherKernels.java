package io.github.uniquant.internal.kernel;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector path of the noise levels: a lane of 64 bits for each block, which holds a word in its low half and, in its
 * high half, anything. The width is the processor's, or the one that the property of {@link KernelProvider} names, fixed
 * when this class loads. Ends that are not whole vectors of blocks go to {@link ScalarDitherKernels}.
 */
final class VectorDitherKernels implements DitherKernels {
    private static final VectorSpecies<Long> L = VectorSpecies.of(long.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, L.vectorShape());
    private static final int BLOCKS = L.length();
    private static final int WORDS = 4 * BLOCKS;
    private static final long LOW = 0xFFFFFFFFL;
    private static final LongVector LANES = LongVector.zero(L).addIndex(1);
    private static final VectorShuffle<Long> FIRST_PAIRS = VectorShuffle.fromOp(L, lane -> lane / 2);
    private static final VectorShuffle<Long> LAST_PAIRS = VectorShuffle.fromOp(L, lane -> (lane + BLOCKS) / 2);
    private static final VectorMask<Long> ODD = VectorMask.fromLong(L, 0xAAAAAAAAAAAAAAAAL);
    private static final LongVector MULTIPLIER_0 = LongVector.broadcast(L, Philox.MULTIPLIER_0);
    private static final LongVector MULTIPLIER_1 = LongVector.broadcast(L, Philox.MULTIPLIER_1);

    /** Words that are made before their levels are: so many stay in the first cache. */
    private static final int AT_ONCE = 2048;

    /** The kernels, where vectors run. */
    static final VectorDitherKernels INSTANCE = new VectorDitherKernels();

    private VectorDitherKernels() {}

    @Override
    public void remainders(int k0, int k1, int c2, int c3, long first, int count, int levels, int[] out, int at) {
        int done = 0;
        while (done < count) {
            int part = Math.min(AT_ONCE, count - done);
            words(k0, k1, c2, c3, first + done, part, out, at + done);
            remainders(out, at + done, part, levels);
            done += part;
        }
    }

    @Override
    public void shares(int k0, int k1, int c2, int c3, long first, int count, int levels, int[] out, int at) {
        int done = 0;
        while (done < count) {
            int part = Math.min(AT_ONCE, count - done);
            words(k0, k1, c2, c3, first + done, part, out, at + done);
            shares(out, at + done, part, levels);
            done += part;
        }
    }

    private static void words(int k0, int k1, int c2, int c3, long first, int count, int[] out, int at) {
        int head = Math.min((int) -first & 3, count);
        int bound = head + (count - head) / WORDS * WORDS;
        Philox.words(k0, k1, c2, c3, first, head, out, at);
        LongVector block = LANES.add((first + head) >>> 2);
        for (int i = head; i < bound; i += WORDS) {
            LongVector w0 = block;
            LongVector w1 = LongVector.zero(L);
            LongVector w2 = LongVector.broadcast(L, c2);
            LongVector w3 = LongVector.broadcast(L, c3);
            LongVector key0 = LongVector.broadcast(L, k0);
            LongVector key1 = LongVector.broadcast(L, k1);
            for (int round = 0; round < Philox.ROUNDS; round++) {
                LongVector product0 = w0.and(LOW).mul(MULTIPLIER_0.and(LOW));
                LongVector product1 = w2.and(LOW).mul(MULTIPLIER_1.and(LOW));
                w0 = product1.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, w1)
                        .lanewise(VectorOperators.XOR, key0);
                w2 = product0.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, w3)
                        .lanewise(VectorOperators.XOR, key1);
                w1 = product1;
                w3 = product0;
                key0 = key0.add(Philox.WEYL_0);
                key1 = key1.add(Philox.WEYL_1);
            }
            LongVector low = w0.and(LOW).or(w1.lanewise(VectorOperators.LSHL, 32));
            LongVector high = w2.and(LOW).or(w3.lanewise(VectorOperators.LSHL, 32));
            low.rearrange(FIRST_PAIRS)
                    .blend(high.rearrange(FIRST_PAIRS), ODD)
                    .reinterpretAsInts()
                    .intoArray(out, at + i);
            low.rearrange(LAST_PAIRS)
                    .blend(high.rearrange(LAST_PAIRS), ODD)
                    .reinterpretAsInts()
                    .intoArray(out, at + i + WORDS / 2);
            block = block.add(BLOCKS);
        }
        Philox.words(k0, k1, c2, c3, first + bound, count - bound, out, at + bound);
    }

    /** Words to their remainders, in place; see {@link ScalarDitherKernels#remainder}. */
    static void remainders(int[] words, int at, int count, int levels) {
        int bound = I.loopBound(count);
        LongVector factor = LongVector.broadcast(L, ScalarDitherKernels.factor(levels));
        LongVector divisor = LongVector.broadcast(L, levels);
        for (int i = 0; i < bound; i += I.length()) {
            IntVector word = IntVector.fromArray(I, words, at + i);
            LongVector pair = word.reinterpretAsLongs();
            LongVector even = pair.and(LOW)
                    .mul(factor.and(LOW))
                    .lanewise(VectorOperators.LSHR, 32)
                    .mul(divisor.and(LOW));
            LongVector odd = pair.lanewise(VectorOperators.LSHR, 32)
                    .mul(factor.and(LOW))
                    .lanewise(VectorOperators.LSHR, 32)
                    .mul(divisor.and(LOW));
            IntVector rest =
                    word.sub(even.or(odd.lanewise(VectorOperators.LSHL, 32)).reinterpretAsInts());
            rest.lanewise(VectorOperators.UMIN, rest.sub(levels)).intoArray(words, at + i);
        }
        ScalarDitherKernels.remainders(words, at + bound, count - bound, levels);
    }

    /** Words to their shares, in place. */
    static void shares(int[] words, int at, int count, int levels) {
        int bound = I.loopBound(count);
        LongVector factor = LongVector.broadcast(L, levels);
        for (int i = 0; i < bound; i += I.length()) {
            LongVector pair = IntVector.fromArray(I, words, at + i).reinterpretAsLongs();
            LongVector even = pair.and(LOW).mul(factor.and(LOW));
            LongVector odd = pair.lanewise(VectorOperators.LSHR, 32).mul(factor.and(LOW));
            even.lanewise(VectorOperators.LSHR, 32)
                    .or(odd.and(~LOW))
                    .reinterpretAsInts()
                    .intoArray(words, at + i);
        }
        ScalarDitherKernels.shares(words, at + bound, count - bound, levels);
    }
}
