package io.github.uniquant.coder.compressai;

/**
 * The string of CompressAI's {@code RansEncoder} (version 1.2.8), a rANS coder after Duda (2013) with a state of 63 bits and
 * words of 32; {@code docs/compressai.md} specifies it.
 *
 * <pre>
 *  string = state, word*              little-endian: 64 bits, then 32 each
 *  symbol = cell | escape groups      v = symbol - offset: cell v, or the last one, e, where v is not in [0, e)
 *  groups = n, then n of raw          4 bits each, the lowest of raw first; n is the least that hold it
 *  raw    = 2 (v - e), or -2 v - 1 for v below 0
 * </pre>
 *
 * The format would let raw have any length. It has at most 32 bits here, as CompressAI keeps it in so many: symbols from
 * {@code offset - 2^31} to {@code offset + e + 2^31 - 1}. CompressAI itself hangs where raw has more than 28.
 */
final class CompressAiFormat {
    /** Bits of precision: every table has 2^16 slots. */
    static final int PRECISION = 16;

    static final int SLOTS = 1 << PRECISION;

    /** Bits of a group of an escape. */
    static final int GROUP_BITS = 4;

    /** Most groups of raw. */
    static final int MOST_GROUPS = Integer.SIZE / GROUP_BITS;

    /** The encoder starts here, the decoder must end here, and no state is smaller. */
    static final long START = 1L << 31;

    /** States have so many bits at most. */
    static final int STATE_BITS = 63;

    /** The longest array on every virtual machine. */
    static final int MAX_ARRAY_LENGTH = Integer.MAX_VALUE - 8;

    private CompressAiFormat() {}
}
