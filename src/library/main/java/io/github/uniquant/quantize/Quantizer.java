package io.github.uniquant.quantize;

import io.github.uniquant.tensor.Bfloat16;

/**
 * Quantises runs of elements at given offsets, and reconstructs them: section 3.2 of "Universally Quantized Neural
 * Compression" (Agustsson and Theis, 2020). Every operation rounds once to the type of the values, so both sides get the
 * same bits everywhere; the half types compute in float32 and round once to the type.
 *
 * <p>A value that is not finite, or whose symbol the type cannot hold, is refused with its index.
 */
public final class Quantizer {
    private static final float INT_LIMIT = 0x1p31f;

    /** Beyond these, float16 and bfloat16 no longer hold every integer. */
    private static final int FLOAT16_LIMIT = 1 << 11;

    private static final int BFLOAT16_LIMIT = 1 << 8;

    private Quantizer() {}

    /** {@code symbols[i] = round(values[i] - offsets[i])} for float32 values. */
    public static void quantize(
            float[] values,
            int valuesOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int symbolsOffset) {
        boolean ok = true;
        for (int i = 0; i < count; i++) {
            float rounded = (float) Math.rint(values[valuesOffset + i] - offsets[offsetsOffset + i]);
            ok &= rounded >= -INT_LIMIT && rounded < INT_LIMIT;
            symbols[symbolsOffset + i] = (int) rounded;
        }
        if (!ok) {
            for (int i = 0; i < count; i++) {
                double rounded = Math.rint(values[valuesOffset + i] - offsets[offsetsOffset + i]);
                checkInt(rounded, i, values[valuesOffset + i]);
            }
        }
    }

    /** {@code symbols[i] = round(values[i] - offsets[i])} for float64 values. */
    public static void quantize(
            double[] values,
            int valuesOffset,
            double[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int symbolsOffset) {
        for (int i = 0; i < count; i++) {
            double rounded = Math.rint(values[valuesOffset + i] - offsets[offsetsOffset + i]);
            checkInt(rounded, i, values[valuesOffset + i]);
            symbols[symbolsOffset + i] = (int) rounded;
        }
    }

    /** {@code symbols[i] = round(values[i] - offsets[i])} for binary16 bits; offsets are binary16 values. */
    public static void quantizeFloat16(
            short[] values,
            int valuesOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int symbolsOffset) {
        for (int i = 0; i < count; i++) {
            float value = Float.float16ToFloat(values[valuesOffset + i]);
            short difference = Float.floatToFloat16(value - offsets[offsetsOffset + i]);
            double rounded = Math.rint(Float.float16ToFloat(difference));
            checkHalf(rounded, FLOAT16_LIMIT, "float16", i, value);
            symbols[symbolsOffset + i] = (int) rounded;
        }
    }

    /** {@code symbols[i] = round(values[i] - offsets[i])} for bfloat16 bits; offsets are bfloat16 values. */
    public static void quantizeBfloat16(
            short[] values,
            int valuesOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int symbolsOffset) {
        for (int i = 0; i < count; i++) {
            float value = Bfloat16.toFloat(values[valuesOffset + i]);
            short difference = Bfloat16.fromFloat(value - offsets[offsetsOffset + i]);
            double rounded = Math.rint(Bfloat16.toFloat(difference));
            checkHalf(rounded, BFLOAT16_LIMIT, "bfloat16", i, value);
            symbols[symbolsOffset + i] = (int) rounded;
        }
    }

    private static void checkInt(double rounded, int element, double value) {
        if (!(rounded >= -INT_LIMIT && rounded < INT_LIMIT)) {
            throw new IllegalArgumentException(
                    "every value must be finite and round to an int32: element=" + element + " value=" + value);
        }
    }

    private static void checkHalf(double rounded, int limit, String type, int element, double value) {
        if (!(Math.abs(rounded) <= limit)) {
            throw new IllegalArgumentException("every value must be finite and round to an integer that " + type
                    + " holds exactly, at most " + limit + " in magnitude: element=" + element + " value=" + value);
        }
    }

    /** {@code values[i] = symbols[i] + offsets[i]} in float32. */
    public static void reconstruct(
            int[] symbols,
            int symbolsOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            float[] values,
            int valuesOffset) {
        for (int i = 0; i < count; i++) {
            values[valuesOffset + i] = (float) symbols[symbolsOffset + i] + offsets[offsetsOffset + i];
        }
    }

    /** {@code values[i] = symbols[i] + offsets[i]} in float64. */
    public static void reconstruct(
            int[] symbols,
            int symbolsOffset,
            double[] offsets,
            int offsetsOffset,
            int count,
            double[] values,
            int valuesOffset) {
        for (int i = 0; i < count; i++) {
            values[valuesOffset + i] = symbols[symbolsOffset + i] + offsets[offsetsOffset + i];
        }
    }

    /** {@code values[i] = symbols[i] + offsets[i]}, rounded once to binary16 bits. */
    public static void reconstructFloat16(
            int[] symbols,
            int symbolsOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            short[] values,
            int valuesOffset) {
        for (int i = 0; i < count; i++) {
            values[valuesOffset + i] =
                    Float.floatToFloat16((float) symbols[symbolsOffset + i] + offsets[offsetsOffset + i]);
        }
    }

    /** {@code values[i] = symbols[i] + offsets[i]}, rounded once to bfloat16 bits. */
    public static void reconstructBfloat16(
            int[] symbols,
            int symbolsOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            short[] values,
            int valuesOffset) {
        for (int i = 0; i < count; i++) {
            values[valuesOffset + i] =
                    Bfloat16.fromFloat((float) symbols[symbolsOffset + i] + offsets[offsetsOffset + i]);
        }
    }
}
