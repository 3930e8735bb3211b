package io.github.uniquant.internal.kernel;

/**
 * Noise levels from Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): a bijection of
 * 128-bit counters under a 64-bit key, (k0, k1), whose blocks are four words each. Word i of a stream is word {@code i mod
 * 4} of the block at counter {@code (i div 4, 0, c2, c3)}, for i below 2^34. Every implementation gives the same bits. Callers check ranges.
 */
public interface DitherKernels {
    /**
     * Levels as remainders: {@code out[at + i] = word(first + i) mod levels}, unsigned.
     *
     * @param first index of the first word
     * @param levels the number of levels, in [1, 2^24]
     */
    void remainders(int k0, int k1, int c2, int c3, long first, int count, int levels, int[] out, int at);

    /** Levels as shares: {@code out[at + i] = (word(first + i) * levels) >>> 32}, unsigned; arguments as above. */
    void shares(int k0, int k1, int c2, int c3, long first, int count, int levels, int[] out, int at);
}
