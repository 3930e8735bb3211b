package io.github.uniquant.internal.kernel;

/**
 * Constants of the division of a state by a frequency in floats, {@code (state * (TOWARDS_ZERO / frequency) + LESS_HALF)}, whose
 * low bits are the quotient or one less. Quotients are written out where they are computed: a method of our own in so large a loop
 * is not inlined in some processes, and then allocates.
 */
final class FloatQuotient {
    /** Quotients are below 2^21, as they must be, from this precision on. */
    static final int LEAST_PRECISION = 11;

    /**
     * What takes the place of 1 in a reciprocal, so that the product of a state with it is at most the true quotient: it
     * outweighs three roundings of 2^-24. The division does not wait for the state.
     */
    static final float TOWARDS_ZERO = 1 - 0x1p-22f;

    /** What an unsigned int lacks as a float where it is negative as a signed one. */
    static final float TWO_32 = 0x1p32f;

    /** Adding it rounds what is in [3/4, 2^22) and not an integer down, to an integer in the low bits of the sum. */
    static final float LESS_HALF = 0x1p23f - 0.5f;

    static final int LESS_HALF_FRACTION = (1 << 23) - 1;

    private FloatQuotient() {}
}
