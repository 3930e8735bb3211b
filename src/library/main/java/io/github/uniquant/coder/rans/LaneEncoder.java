package io.github.uniquant.coder.rans;

import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What strings of lanes are written with: lane 0 as a stack of bits, the words that all lanes push, the start and end states
 * of the others, and the header. What the encoders of this library's lane formats share; single-threaded.
 */
public abstract class LaneEncoder {
    private final @Nullable Kernels given; // null for those of the process

    Kernels kernels; // for the unit at hand
    protected final int[] states =
            new int[RansFormat.MAX_LANES + Kernels.PADDING]; // of lane lanes - 1 first: the order in which they push
    protected short[] words = new short[1024]; // in the order they were pushed
    protected int wordCount;
    protected long x; // the state of lane 0

    /** An encoder with the kernels of the process. */
    protected LaneEncoder() {
        this(null);
    }

    /** @param given the kernels to stay with; null for those of the process */
    LaneEncoder(@Nullable Kernels given) {
        this.given = given;
        this.kernels = given != null ? given : KernelProvider.kernels();
    }

    /** Takes the kernels for a unit of so many elements. */
    protected final void chooseKernels(int elements) {
        kernels = given != null ? given : KernelProvider.kernels(elements);
    }

    /** Starts a string that will take about so many words. */
    protected final void start(int expectedWords) {
        x = RansFormat.START;
        wordCount = 0;
        reserve(expectedWords);
    }

    // ---- lanes

    /** Takes the start states of all lanes but the first off lane 0; false where it holds too little. */
    protected final boolean popStates(int lanes) {
        for (int lane = lanes - 1; lane > 0; lane--) {
            states[lanes - 1 - lane] = popState();
            if (x < RansFormat.LOWER_BOUND) {
                return false;
            }
        }
        states[lanes - 1] = (int) x;
        return true;
    }

    /** Puts the lanes' end states back, and the header. */
    protected final void finishLanes(int attempt) {
        int exponent = LanePlan.laneExponent(attempt);
        int lanes = 1 << exponent;
        x = states[lanes - 1] & 0xFFFFFFFFL;
        reserve(3 * lanes);
        for (int lane = lanes - 1; lane > 0; lane--) {
            pushState(states[lanes - 1 - lane]);
        }
        putBits(LanePlan.tau(attempt), 4);
        putBits(LanePlan.tailInFront(attempt) ? 1 : 0, 1);
        putBits(exponent - 1, 3);
        putBits(1, 1);
    }

    /** Ends a string of one lane. */
    protected final void finishLane0(int count) {
        if (count >= RansFormat.HEADER_ELEMENTS) {
            putBits(0, 1);
        }
    }

    // ---- lane 0 as a stack of bits

    /** Makes room for so many words more, and the padding that kernels write behind them. */
    protected final void reserve(int more) {
        long needed = (long) wordCount + more + Kernels.PADDING;
        if (needed > words.length) {
            words = Arrays.copyOf(words, (int) Math.min(Math.max(needed, 2L * words.length), Integer.MAX_VALUE - 8));
        }
    }

    /** Puts {@code count} bits, at most 16. */
    protected final void putBits(long bits, int count) {
        if (x >= 1L << 32 - count) {
            words[wordCount++] = (short) x;
            x >>>= RansFormat.WORD_BITS;
        }
        x = x << count | bits;
    }

    private int getBits(int count) {
        int bits = (int) x & (1 << count) - 1;
        x >>>= count;
        if (x < RansFormat.LOWER_BOUND && wordCount > 0) {
            x = x << RansFormat.WORD_BITS | words[--wordCount] & 0xffff;
        }
        return bits;
    }

    /** A state of 17 + h bits as a string of 20 + h: its low 16 bits, the others without the leading one, and h. */
    private void pushState(int state) {
        int h = 15 - Integer.numberOfLeadingZeros(state);
        putBits(state & 0xffff, RansFormat.WORD_BITS);
        putBits((state >>> 16) - (1 << h), h);
        putBits(h, RansFormat.STATE_LENGTH_BITS);
    }

    private int popState() {
        int h = getBits(RansFormat.STATE_LENGTH_BITS);
        int high = getBits(h);
        return 1 << 16 + h | high << 16 | getBits(RansFormat.WORD_BITS);
    }

    // ---- the string

    /** Bytes of the string that was coded last; 0 where that was refused. */
    public final long length() {
        return RansFormat.stateBytes(x, wordCount) + 2L * wordCount;
    }

    /**
     * Writes the string that was coded last to {@code out[outOffset ..]}.
     *
     * @param outLimit index behind the last byte that may be written
     * @return its length in bytes
     * @throws IllegalArgumentException if it does not end at {@code outLimit} or before; nothing is written then
     */
    public final int write(byte[] out, int outOffset, int outLimit) {
        Objects.checkFromToIndex(outOffset, outLimit, out.length);
        int stateBytes = RansFormat.stateBytes(x, wordCount);
        long length = length();
        if (length > outLimit - outOffset) {
            throw new IllegalArgumentException("the output must have room for the string: needed=" + length
                    + " available=" + (outLimit - outOffset));
        }
        for (int i = 0; i < stateBytes; i++) {
            out[outOffset + i] = (byte) (x >>> 8 * i);
        }
        kernels.writeWordsBackwards(words, wordCount, out, outOffset + stateBytes);
        return (int) length;
    }
}
