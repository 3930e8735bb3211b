package io.github.uniquant.internal.kernel;

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): a bijection of 128-bit counters
 * under a 64-bit key. Each block yields four 32-bit words; any block is reached without the ones before it.
 */
public final class Philox {
    static final long MULTIPLIER_0 = 0xD2511F53L;
    static final long MULTIPLIER_1 = 0xCD9E8D57L;
    static final int WEYL_0 = 0x9E3779B9;
    static final int WEYL_1 = 0xBB67AE85;
    static final int ROUNDS = 10;
    private static final long LOW = 0xFFFFFFFFL;

    private Philox() {}

    /** Writes the four words of the block at counter (c0, c1, c2, c3) under key (k0, k1) to {@code out[outOffset ..]}. */
    public static void block(int c0, int c1, int c2, int c3, int k0, int k1, int[] out, int outOffset) {
        block(c0, c1, c2, c3, k0, k1, 0, 4, out, outOffset);
    }

    /** Writes words {@code from .. to - 1} of a block. */
    private static void block(
            int c0, int c1, int c2, int c3, int k0, int k1, int from, int to, int[] out, int outOffset) {
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (c0 & LOW);
            long product1 = MULTIPLIER_1 * (c2 & LOW);
            c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
            c1 = (int) product1;
            c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
            c3 = (int) product0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        int at = outOffset;
        for (int i = from; i < to; i++) {
            out[at++] = i == 0 ? c0 : i == 1 ? c1 : i == 2 ? c2 : c3;
        }
    }

    /**
     * Writes words {@code first .. first + count - 1} of a stream to {@code out[outOffset ..]}: the block of words {@code
     * 4 b .. 4 b + 3} has counter (low b, high b, c2, c3).
     */
    public static void words(int k0, int k1, int c2, int c3, long first, int count, int[] out, int outOffset) {
        int done = 0;
        while (done < count) {
            long word = first + done;
            long block = word >>> 2;
            int from = (int) word & 3;
            int to = Math.min(4, from + count - done);
            block((int) block, (int) (block >>> 32), c2, c3, k0, k1, from, to, out, outOffset + done);
            done += to - from;
        }
    }
}
