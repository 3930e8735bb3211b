package io.github.uniquant.quantize;

import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.tensor.Bfloat16;
import io.github.uniquant.tensor.Tensor;
import java.util.Objects;

/**
 * Quantises runs of elements at given offsets, and reconstructs them: section 3.2 of "Universally Quantized Neural
 * Compression" (Agustsson and Theis, 2020). Every operation rounds once to the type of the values, so both sides get the
 * same bits everywhere; the half types compute in float32 and round once to the type.
 *
 * <p>A value that is not finite, or whose symbol the type cannot hold, is refused with its index in its unit, {@code
 * firstElement + i}: values and offsets may lie anywhere in their arrays.
 *
 * <p>A range that is not within its array is an {@link IndexOutOfBoundsException}, before anything is written.
 */
public final class Quantizer {
    /** Beyond these, float16 and bfloat16 no longer hold every integer. */
    private static final int FLOAT16_LIMIT = 1 << 11;

    private static final int BFLOAT16_LIMIT = 1 << 8;

    /** Offsets of plain rounding, a block at a time. */
    private static final float[] NO_FLOAT_OFFSETS = new float[4096];

    private static final double[] NO_DOUBLE_OFFSETS = new double[NO_FLOAT_OFFSETS.length];

    private Quantizer() {}

    private static void checkRanges(
            int values, int valuesOffset, int offsets, int offsetsOffset, int count, int symbols, int symbolsOffset) {
        Objects.checkFromIndexSize(valuesOffset, count, values);
        Objects.checkFromIndexSize(offsetsOffset, count, offsets);
        Objects.checkFromIndexSize(symbolsOffset, count, symbols);
    }

    /** {@code symbols[i] = round(values[i] - offsets[i])} for float32 values. */
    public static void quantize(
            float[] values,
            int valuesOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int symbolsOffset,
            int firstElement) {
        checkRanges(values.length, valuesOffset, offsets.length, offsetsOffset, count, symbols.length, symbolsOffset);
        int refused = KernelProvider.kernels(count)
                .quantize(values, valuesOffset, offsets, offsetsOffset, count, symbols, symbolsOffset);
        if (refused >= 0) {
            throw refused(firstElement + refused, values[valuesOffset + refused], offsets[offsetsOffset + refused]);
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
            int symbolsOffset,
            int firstElement) {
        checkRanges(values.length, valuesOffset, offsets.length, offsetsOffset, count, symbols.length, symbolsOffset);
        int refused = KernelProvider.kernels(count)
                .quantize(values, valuesOffset, offsets, offsetsOffset, count, symbols, symbolsOffset);
        if (refused >= 0) {
            throw refused(firstElement + refused, values[valuesOffset + refused], offsets[offsetsOffset + refused]);
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
            int symbolsOffset,
            int firstElement) {
        checkRanges(values.length, valuesOffset, offsets.length, offsetsOffset, count, symbols.length, symbolsOffset);
        int refused = KernelProvider.kernels(count)
                .quantizeFloat16(
                        values, valuesOffset, offsets, offsetsOffset, count, symbols, symbolsOffset, FLOAT16_LIMIT);
        if (refused >= 0) {
            float value = Float.float16ToFloat(values[valuesOffset + refused]);
            throw refused(firstElement + refused, value, offsets[offsetsOffset + refused], "float16", FLOAT16_LIMIT);
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
            int symbolsOffset,
            int firstElement) {
        checkRanges(values.length, valuesOffset, offsets.length, offsetsOffset, count, symbols.length, symbolsOffset);
        int refused = KernelProvider.kernels(count)
                .quantizeBfloat16(
                        values, valuesOffset, offsets, offsetsOffset, count, symbols, symbolsOffset, BFLOAT16_LIMIT);
        if (refused >= 0) {
            float value = Bfloat16.toFloat(values[valuesOffset + refused]);
            throw refused(firstElement + refused, value, offsets[offsetsOffset + refused], "bfloat16", BFLOAT16_LIMIT);
        }
    }

    /**
     * {@code symbols[i] = round(values[i])} for the {@code count} values of a tensor from {@code first} on, of any floating
     * type: half types are as they are in float32, so that every one that rounds to an int32 is taken. A value that is not
     * finite or too large is refused with its index, counted from {@code first}.
     */
    public static void round(Tensor values, int first, int count, int[] symbols) {
        Objects.checkFromIndexSize(first, count, values.size());
        Objects.checkFromIndexSize(0, count, symbols.length);
        int block = NO_FLOAT_OFFSETS.length;
        float[] halves = values.type().bytes() == Short.BYTES ? new float[Math.min(block, count)] : NO_FLOAT_OFFSETS;
        for (int done = 0; done < count; done += block) {
            int at = first + done;
            int length = Math.min(block, count - done);
            int refused = switch (values.type()) {
                case FLOAT32 ->
                    KernelProvider.kernels(length)
                            .quantize(values.floats(), at, NO_FLOAT_OFFSETS, 0, length, symbols, done);
                case FLOAT64 ->
                    KernelProvider.kernels(length)
                            .quantize(values.doubles(), at, NO_DOUBLE_OFFSETS, 0, length, symbols, done);
                case FLOAT16, BFLOAT16 -> {
                    for (int i = 0; i < length; i++) {
                        halves[i] = (float) values.get(at + i);
                    }
                    yield KernelProvider.kernels(length)
                            .quantize(halves, 0, NO_FLOAT_OFFSETS, 0, length, symbols, done);
                }
                case INT32 -> throw new IllegalArgumentException("the tensor must be of a floating type: " + values);
            };
            if (refused >= 0) {
                throw refused(done + refused, values.get(at + refused), 0);
            }
        }
    }

    private static IllegalArgumentException refused(int element, double value, double offset) {
        double alone = Math.rint(value);
        return refused("round to an int32", element, value, offset, (int) alone == alone);
    }

    private static IllegalArgumentException refused(int element, double value, double offset, String type, int limit) {
        String rule = "round to an integer that " + type + " holds exactly, at most " + limit + " in magnitude";
        return refused(rule, element, value, offset, Math.abs(Math.rint(value)) <= limit);
    }

    /**
     * @param alone whether the value could be coded without its offset, which is to be named then: it may be a location of
     *     the caller's
     */
    private static IllegalArgumentException refused(
            String rule, int element, double value, double offset, boolean alone) {
        return new IllegalArgumentException(
                (alone ? "every value less its offset must " : "every value must be finite and ") + rule + ": element="
                        + element + " value=" + value + (alone ? " offset=" + offset : ""));
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
        checkRanges(values.length, valuesOffset, offsets.length, offsetsOffset, count, symbols.length, symbolsOffset);
        KernelProvider.kernels(count)
                .reconstruct(symbols, symbolsOffset, offsets, offsetsOffset, count, values, valuesOffset);
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
        checkRanges(values.length, valuesOffset, offsets.length, offsetsOffset, count, symbols.length, symbolsOffset);
        KernelProvider.kernels(count)
                .reconstruct(symbols, symbolsOffset, offsets, offsetsOffset, count, values, valuesOffset);
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
        checkRanges(values.length, valuesOffset, offsets.length, offsetsOffset, count, symbols.length, symbolsOffset);
        KernelProvider.kernels(count)
                .reconstructFloat16(symbols, symbolsOffset, offsets, offsetsOffset, count, values, valuesOffset);
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
        checkRanges(values.length, valuesOffset, offsets.length, offsetsOffset, count, symbols.length, symbolsOffset);
        KernelProvider.kernels(count)
                .reconstructBfloat16(symbols, symbolsOffset, offsets, offsetsOffset, count, values, valuesOffset);
    }
}
