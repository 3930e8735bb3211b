package io.github.uniquant;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolDecoder;
import io.github.uniquant.quantize.Quantizer;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Decodes coding units of one shape from and to memory of the caller: the inverse of {@link UnitEncoder}, with the same
 * types and unit numbers. Reusable and single-threaded; owns its scratch and allocates nothing per call once warm.
 *
 * <p>Each method takes one string, all of it and no more, returns the number of bytes consumed (all of them, unless the
 * model was built without the decode sanity check), and writes no value where it throws
 * {@link MalformedBitstreamException}.
 */
public final class UnitDecoder {
    private final ElementType type;
    private final int elements;
    private final UnitLayout.Source layouts;
    private final SymbolDecoder decoder;
    private final int[] symbols;
    private float[] floats = {};
    private double[] doubles = {};
    private short[] shorts = {};
    private byte[] string = {};

    UnitDecoder(ElementType type, int elements, UnitLayout.Source layouts, SymbolDecoder decoder) {
        this.type = type;
        this.elements = elements;
        this.layouts = layouts;
        this.decoder = decoder;
        this.symbols = new int[elements];
    }

    /** Elements of one coding unit. */
    public int elements() {
        return elements;
    }

    /** Equivalent to {@code decode(0, in, inOffset, inLength, values, valuesOffset)}. */
    public int decode(byte[] in, int inOffset, int inLength, float[] values, int valuesOffset) {
        return decode(0, in, inOffset, inLength, values, valuesOffset);
    }

    /**
     * Decodes the string {@code in[inOffset .. inOffset + inLength)} to the float32 unit {@code values[valuesOffset ..]}.
     *
     * @param unit the unit's number in its batch
     * @return bytes consumed
     */
    public int decode(long unit, byte[] in, int inOffset, int inLength, float[] values, int valuesOffset) {
        requireType(ElementType.FLOAT32);
        Objects.checkFromIndexSize(valuesOffset, elements, values.length);
        UnitLayout layout = layouts.of(unit);
        int consumed = decoder.decode(in, inOffset, inLength, layout.tables, 0, elements, symbols, 0);
        Quantizer.reconstruct(symbols, 0, layout.floatOffsets, 0, elements, values, valuesOffset);
        return consumed;
    }

    /** Equivalent to {@code decode(0, in, inOffset, inLength, values, valuesOffset)}. */
    public int decode(byte[] in, int inOffset, int inLength, double[] values, int valuesOffset) {
        return decode(0, in, inOffset, inLength, values, valuesOffset);
    }

    /** Decodes to the float64 unit {@code values[valuesOffset ..]}; otherwise as for float32. */
    public int decode(long unit, byte[] in, int inOffset, int inLength, double[] values, int valuesOffset) {
        requireType(ElementType.FLOAT64);
        Objects.checkFromIndexSize(valuesOffset, elements, values.length);
        UnitLayout layout = layouts.of(unit);
        int consumed = decoder.decode(in, inOffset, inLength, layout.tables, 0, elements, symbols, 0);
        Quantizer.reconstruct(symbols, 0, layout.doubleOffsets, 0, elements, values, valuesOffset);
        return consumed;
    }

    /** Equivalent to {@code decode(0, in, inOffset, inLength, bits, bitsOffset)}. */
    public int decode(byte[] in, int inOffset, int inLength, short[] bits, int bitsOffset) {
        return decode(0, in, inOffset, inLength, bits, bitsOffset);
    }

    /** Decodes to the float16 or bfloat16 unit {@code bits[bitsOffset ..]}; otherwise as for float32. */
    public int decode(long unit, byte[] in, int inOffset, int inLength, short[] bits, int bitsOffset) {
        if (type != ElementType.FLOAT16) {
            requireType(ElementType.BFLOAT16);
        }
        Objects.checkFromIndexSize(bitsOffset, elements, bits.length);
        UnitLayout layout = layouts.of(unit);
        int consumed = decoder.decode(in, inOffset, inLength, layout.tables, 0, elements, symbols, 0);
        if (type == ElementType.FLOAT16) {
            Quantizer.reconstructFloat16(symbols, 0, layout.floatOffsets, 0, elements, bits, bitsOffset);
        } else {
            Quantizer.reconstructBfloat16(symbols, 0, layout.floatOffsets, 0, elements, bits, bitsOffset);
        }
        return consumed;
    }

    /** Equivalent to {@code decode(0, in, inOffset, inLength, values, valuesOffset)}. */
    public int decode(MemorySegment in, long inOffset, int inLength, MemorySegment values, long valuesOffset) {
        return decode(0, in, inOffset, inLength, values, valuesOffset);
    }

    /** Decodes to byte {@code valuesOffset} of a segment, in the bottleneck's type and native byte order. */
    public int decode(
            long unit, MemorySegment in, long inOffset, int inLength, MemorySegment values, long valuesOffset) {
        Objects.checkFromIndexSize(valuesOffset, (long) elements * type.bytes(), values.byteSize());
        if (string.length < inLength) {
            string = new byte[inLength];
        }
        MemorySegment.copy(in, ValueLayout.JAVA_BYTE, inOffset, string, 0, inLength);
        switch (type) {
            case FLOAT32 -> {
                floats = floats.length == elements ? floats : new float[elements];
                int consumed = decode(unit, string, 0, inLength, floats, 0);
                MemorySegment.copy(floats, 0, values, ValueLayout.JAVA_FLOAT_UNALIGNED, valuesOffset, elements);
                return consumed;
            }
            case FLOAT64 -> {
                doubles = doubles.length == elements ? doubles : new double[elements];
                int consumed = decode(unit, string, 0, inLength, doubles, 0);
                MemorySegment.copy(doubles, 0, values, ValueLayout.JAVA_DOUBLE_UNALIGNED, valuesOffset, elements);
                return consumed;
            }
            case FLOAT16, BFLOAT16 -> {
                shorts = shorts.length == elements ? shorts : new short[elements];
                int consumed = decode(unit, string, 0, inLength, shorts, 0);
                MemorySegment.copy(shorts, 0, values, ValueLayout.JAVA_SHORT_UNALIGNED, valuesOffset, elements);
                return consumed;
            }
            case INT32 -> throw new AssertionError(type);
        }
        throw new AssertionError(type);
    }

    /** Decodes to the unit that starts at element {@code first} of a tensor. */
    int decode(long unit, byte[] in, int inOffset, int inLength, Tensor values, int first) {
        return switch (type) {
            case FLOAT32 -> decode(unit, in, inOffset, inLength, values.floats(), first);
            case FLOAT64 -> decode(unit, in, inOffset, inLength, values.doubles(), first);
            case FLOAT16, BFLOAT16 -> decode(unit, in, inOffset, inLength, values.shorts(), first);
            case INT32 -> throw new AssertionError(type);
        };
    }

    private void requireType(ElementType given) {
        if (type != given) {
            throw new IllegalArgumentException(
                    "values must be of the bottleneck's type: bottleneckType=" + type.id() + " given=" + given.id());
        }
    }
}
