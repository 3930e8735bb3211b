package io.github.uniquant.coder.range;

/**
 * TensorFlow Compression's bit string: a range coder after Martin (1979), with a 32-bit base and size, 16-bit
 * renormalisation and big-endian bytes. Trailing zero bytes are left out; a decoder reads zeros past the end. Symbols
 * outside a table follow its overflow cell as an Elias gamma code and a sign, in uniform bits.
 */
final class RangeFormat {
    /** Renormalise once the size falls to this. */
    static final long MIN_SIZE = 1L << 16;

    static final long LOW32 = 0xFFFFFFFFL;

    /** Zeros before the leading one of a gamma code: g has at most 32 bits. */
    static final int MAX_GAMMA_ZEROS = 31;

    /** An upper bound on the bytes after the last cell: a delayed carry, or the bytes that name the interval. */
    static final int FINISH_BYTES = 4;

    private RangeFormat() {}
}
