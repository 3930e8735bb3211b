package io.github.uniquant.coder.rans;

/**
 * The constants of the native string; {@code docs/format.md} specifies it. A lane is a rANS state of 32 bits; all lanes of
 * a unit share one stack of 16-bit words, the last word pushed being the first of the string.
 */
public final class RansFormat {
    /** Lane 0 starts here, and the decoder must end here. */
    public static final int START = 1;

    /** Bits of a word. */
    public static final int WORD_BITS = 16;

    /** A state below this has no word to its name: only lane 0, while no word is left. */
    public static final long LOWER_BOUND = 1L << WORD_BITS;

    /** Units of at least this many elements carry the lane header. */
    public static final int HEADER_ELEMENTS = 256;

    /** Most elements of a unit. */
    public static final int MAX_ELEMENTS = 1 << 28;

    public static final int MAX_LANES = 256;

    /** The tail exponent takes 4 bits of the header. */
    public static final int MAX_TAIL_EXPONENT = 15;

    /** Bits of a state's length in {@code pushState}: the bits above the lowest 17. */
    public static final int STATE_LENGTH_BITS = 4;

    /** Zeros in front of the leading one of an escape: g has at most 32 bits. */
    public static final int MAX_ESCAPE_ZEROS = 31;

    /** Low bits of an escape that are written in one piece. */
    public static final int ESCAPE_LOW_BITS = 15;

    /** Words that one escape takes at most: 32 zeros and ones, 31 bits, a sign, and less than a word in the state. */
    public static final int ESCAPE_WORDS = 5;

    /** Expected cost is counted in 2^-16 bit. */
    public static final int COST_BITS = 16;

    private RansFormat() {}

    /** log2 of the lanes that the encoder tries first, from the expected bytes of the unit. */
    public static int firstLaneExponent(long expectedBytes) {
        if (expectedBytes >= 5000) {
            return 6;
        }
        if (expectedBytes >= 2500) {
            return 5;
        }
        if (expectedBytes >= 1000) {
            return 4;
        }
        return expectedBytes >= 200 ? 3 : 0;
    }

    /** Expected cost that a tail must have so that it can start {@code lanes} lanes. */
    public static long neededTailCost(int lanes) {
        return 30L * (lanes - 1) + 64 << COST_BITS;
    }

    /** Elements of the tail: what does not fill a row of lanes, and 2^tau rows. */
    public static long tailElements(int count, int laneExponent, int tau) {
        return (count & (1 << laneExponent) - 1) + (1L << laneExponent + tau);
    }

    /** Whether a tail leaves a head, of at least a quarter of the unit. */
    public static boolean fits(int count, long tail) {
        return count - tail >= count / 4 && count - tail > 0;
    }

    /** Bytes of lane 0's state at the start of a string: none for the start state alone. */
    public static int stateBytes(long state, int words) {
        if (state == START && words == 0) {
            return 0;
        }
        return (71 - Long.numberOfLeadingZeros(state)) >>> 3;
    }
}
