package io.github.uniquant.tensor;

/** Conversions between {@code float} and bfloat16, the upper 16 bits of a binary32. */
public final class Bfloat16 {
    private static final short NAN = 0x7fc0;

    private Bfloat16() {}

    /** The nearest bfloat16, ties to even; NaN stays NaN, and values that round beyond the range become infinite. */
    public static short fromFloat(float value) {
        if (Float.isNaN(value)) {
            return NAN;
        }
        int bits = Float.floatToRawIntBits(value);
        // Adding 0x7fff plus the bit that becomes the last one carries into the upper half exactly when rounding up.
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** The same value as a {@code float}, exactly. */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
