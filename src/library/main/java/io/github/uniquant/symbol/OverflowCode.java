package io.github.uniquant.symbol;

/**
 * Symbols outside a table. Let {@code value = symbol - offset} and m be the index of the overflow cell. A value in [0, m)
 * is that cell. Any other is the overflow cell followed by an Elias gamma code of g and a sign: {@code g = -value} and
 * negative below the table, {@code g = value - m + 1} above it. For every int32 symbol and every offset but the least
 * int32, g is in [1, 2^32); it is kept in a long.
 */
public final class OverflowCode {
    /** The largest g. */
    public static final long MAX_GAMMA = 0xFFFFFFFFL;

    private OverflowCode() {}

    /**
     * g of a value outside [0, m), negated where the value is below the table.
     *
     * @param value symbol - offset, computed in longs
     */
    public static long signedGamma(long value, int m) {
        return value < 0 ? value : value - m + 1;
    }

    /** The value of a gamma code: the inverse of {@link #signedGamma}. */
    public static long value(long gamma, boolean negative, int m) {
        return negative ? -gamma : gamma + m - 1;
    }

    /** Bits of the gamma code of g and its sign: 2 floor(log2 g) + 2. */
    public static int bits(long gamma) {
        return 2 * (63 - Long.numberOfLeadingZeros(gamma)) + 2;
    }
}
