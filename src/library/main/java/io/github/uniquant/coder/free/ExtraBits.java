package io.github.uniquant.coder.free;

import io.github.uniquant.coder.rans.RansFormat;

/**
 * The bits that say which symbol it is, where the cell does not. In the window they are the low bits of the symbol's
 * distance from the element's origin. Outside it they are a sign and the distance g >= 1 from the window, in an exponential
 * Golomb code of order m: {@code v = g - 1 + 2^m}, as many zeros as v has more bits than 2^m, a one, and the bits of v below
 * its leading one.
 */
final class ExtraBits {
    /** v has at most 33 bits. */
    static final int MAX_WIDTH = 32;

    /** Bits that are written in one piece. */
    static final int PIECE = RansFormat.ESCAPE_LOW_BITS;

    private ExtraBits() {}

    /** The distance of a symbol from the window, negated below it. */
    static long signedDistance(long fromOrigin, int half, int shift) {
        long reach = (long) half << shift;
        return fromOrigin < 0 ? fromOrigin + reach : fromOrigin - reach + 1;
    }

    /** The distance from the origin of the symbol at a distance from the window: the inverse of {@link #signedDistance}. */
    static long fromOrigin(long distance, boolean below, int half, int shift) {
        long reach = (long) half << shift;
        return below ? -distance - reach : distance + reach - 1;
    }
}
