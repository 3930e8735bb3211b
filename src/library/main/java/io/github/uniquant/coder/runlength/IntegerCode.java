package io.github.uniquant.coder.runlength;

/**
 * A prefix code of the integers. Bits in the order in which they are written, the low bits of v lowest first:
 *
 * <pre>
 *  gamma    v >= 1   n zeros, a one, the n low bits of v, where n = floor(log2 v)     (Elias, 1975)
 *  rice(k)  v >= 0   v >> k zeros, a one, the k low bits of v                         (Golomb and Rice)
 * </pre>
 *
 * Gamma suits probabilities that fall as a power of v, rice(k) those that halve every 2^k.
 *
 * @param parameter upstream's number for the code: -1 for gamma, k for rice(k), at most 31
 */
public record IntegerCode(int parameter) {
    private static final int GAMMA_PARAMETER = -1;
    private static final int MAX_PARAMETER = 31;

    /** The Elias gamma code. */
    public static final IntegerCode GAMMA = new IntegerCode(GAMMA_PARAMETER);

    public IntegerCode {
        if (parameter < GAMMA_PARAMETER || parameter > MAX_PARAMETER) {
            throw new IllegalArgumentException(
                    "a code must be -1, for gamma, or a rice parameter in [0, 31]: parameter=" + parameter);
        }
    }

    /** The Golomb-Rice code with k low bits. */
    public static IntegerCode rice(int k) {
        if (k < 0) {
            throw new IllegalArgumentException("a rice parameter must be in [0, 31]: k=" + k);
        }
        return new IntegerCode(k);
    }

    public boolean isGamma() {
        return parameter == GAMMA_PARAMETER;
    }

    /** The least integer that has a code. */
    public int least() {
        return isGamma() ? 1 : 0;
    }

    /** Bits of the code of v, at least {@link #least()}. */
    public long bits(long v) {
        if (v < least()) {
            throw new IllegalArgumentException("v must have a code: v=" + v + " least=" + least());
        }
        return isGamma() ? 2L * (63 - Long.numberOfLeadingZeros(v)) + 1 : (v >>> parameter) + 1 + parameter;
    }

    @Override
    public String toString() {
        return isGamma() ? "gamma" : "rice(" + parameter + ")";
    }
}
