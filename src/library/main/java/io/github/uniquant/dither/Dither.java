package io.github.uniquant.dither;

import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Philox;
import java.util.Objects;

/**
 * Where the noise levels of a coding unit come from. Both sides derive them, from nothing but the unit's number and the
 * element's index; they never travel. The name is what configurations and files call it.
 */
public sealed interface Dither {
    /** The most levels that a generator can draw. */
    int MAX_NOISE_LEVELS = 1 << 24;

    /** TensorFlow Compression's levels, the same for every unit: a stateless uniform draw with seed (1234, 1234). */
    static Dither tfc() {
        return new Tfc();
    }

    /**
     * Levels that differ by unit: Philox4x32-10 with the seed as key and (element div 4, unit number) as counter. A unit's
     * number is {@code firstUnit} plus its row-major index in the batch, modulo 2^64.
     *
     * @param firstUnit the number of a batch's first unit, 0 unless batches of one seed are to have noise of their own
     */
    static Dither seed(long seed, long firstUnit) {
        return new Seeded(seed, firstUnit);
    }

    /** The name in configurations and files. */
    String name();

    /** Whether every unit has the same levels. */
    boolean sharedByUnits();

    /**
     * Draws the levels, from 0 to {@code numNoiseLevels - 1}, of elements {@code firstElement .. firstElement + count - 1}
     * of a unit, to {@code out[outOffset ..]}.
     *
     * @param unit row-major index of the unit in the batch; ignored where units share their levels
     */
    void levels(long unit, int firstElement, int count, int numNoiseLevels, int[] out, int outOffset);

    private static void check(int firstElement, int count, int numNoiseLevels, int[] out, int outOffset) {
        if (numNoiseLevels < 1 || numNoiseLevels > MAX_NOISE_LEVELS) {
            throw new IllegalArgumentException("numNoiseLevels must be in [1, 2^24]: numNoiseLevels=" + numNoiseLevels);
        }
        if (firstElement < 0) {
            throw new IllegalArgumentException("firstElement must be at least 0: firstElement=" + firstElement);
        }
        Objects.checkFromIndexSize(outOffset, count, out.length);
    }

    /** See {@link Dither#tfc()}: level = word mod N. */
    record Tfc() implements Dither {
        // One block under the generator's own key scrambles the seed pair to the stream's key and upper counter.
        private static final int SCRAMBLE_KEY_0 = 0x3ec8f720;
        private static final int SCRAMBLE_KEY_1 = 0x02461e29;
        private static final int SEED = 1234;
        private static final int[] STREAM = stream(SEED, SEED);

        static int[] stream(long seed0, long seed1) {
            int[] stream = new int[4];
            Philox.block(
                    (int) seed0,
                    (int) (seed0 >>> 32),
                    (int) seed1,
                    (int) (seed1 >>> 32),
                    SCRAMBLE_KEY_0,
                    SCRAMBLE_KEY_1,
                    stream,
                    0);
            return stream;
        }

        @Override
        public String name() {
            return "tfc";
        }

        @Override
        public boolean sharedByUnits() {
            return true;
        }

        @Override
        public void levels(long unit, int firstElement, int count, int numNoiseLevels, int[] out, int outOffset) {
            check(firstElement, count, numNoiseLevels, out, outOffset);
            KernelProvider.ditherKernels(count)
                    .remainders(
                            STREAM[0],
                            STREAM[1],
                            STREAM[2],
                            STREAM[3],
                            firstElement,
                            count,
                            numNoiseLevels,
                            out,
                            outOffset);
        }
    }

    /** See {@link Dither#seed(long, long)}: level = (word * N) >>> 32, unsigned. */
    record Seeded(long seed, long firstUnit) implements Dither {
        @Override
        public String name() {
            return "seed";
        }

        @Override
        public boolean sharedByUnits() {
            return false;
        }

        @Override
        public void levels(long unit, int firstElement, int count, int numNoiseLevels, int[] out, int outOffset) {
            check(firstElement, count, numNoiseLevels, out, outOffset);
            long number = firstUnit + unit;
            KernelProvider.ditherKernels(count)
                    .shares(
                            (int) seed,
                            (int) (seed >>> 32),
                            (int) number,
                            (int) (number >>> 32),
                            firstElement,
                            count,
                            numNoiseLevels,
                            out,
                            outOffset);
        }
    }
}
