package io.github.uniquant;

import io.github.uniquant.coder.SymbolEncoder;
import io.github.uniquant.quantize.Quantizer;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Codes coding units of one shape from and to memory of the caller. Reusable and single-threaded; owns its scratch and
 * allocates nothing per call once warm.
 *
 * <p>Each method takes values of the model's bottleneck type: {@code float[]} for float32, {@code double[]} for float64,
 * {@code short[]} with the bits of the half types, or a {@link MemorySegment} of any of them in native byte order. Each
 * returns the number of bytes written, and writes nothing where it throws: a value that is not finite or too large, or a
 * string that does not fit, is an {@link IllegalArgumentException}.
 *
 * <p>The unit's number chooses its dither where the model's dither differs by unit, and is ignored otherwise; methods
 * without it mean unit 0.
 */
public final class UnitEncoder {
    private final ElementType type;
    private final int elements;
    private final UnitLayout.Source layouts;
    private final SymbolEncoder encoder;
    private final int[] symbols;
    private float[] floats = {};
    private double[] doubles = {};
    private short[] shorts = {};
    private byte[] string = {};

    UnitEncoder(ElementType type, int elements, UnitLayout.Source layouts, SymbolEncoder encoder) {
        this.type = type;
        this.elements = elements;
        this.layouts = layouts;
        this.encoder = encoder;
        this.symbols = new int[elements];
    }

    /** Elements of one coding unit. */
    public int elements() {
        return elements;
    }

    /** A number of bytes that no string of one unit exceeds. */
    public long maxBytes() {
        return encoder.maxBytes(elements);
    }

    /** Equivalent to {@code encode(0, values, valuesOffset, out, outOffset, out.length)}. */
    public int encode(float[] values, int valuesOffset, byte[] out, int outOffset) {
        return encode(0, values, valuesOffset, out, outOffset, out.length);
    }

    /**
     * Codes the float32 unit {@code values[valuesOffset ..]}.
     *
     * @param unit the unit's number in its batch
     * @param outLimit index behind the last byte that may be written
     * @return bytes written from {@code outOffset} on
     */
    public int encode(long unit, float[] values, int valuesOffset, byte[] out, int outOffset, int outLimit) {
        requireType(ElementType.FLOAT32);
        Objects.checkFromIndexSize(valuesOffset, elements, values.length);
        UnitLayout layout = layouts.of(unit);
        Quantizer.quantize(values, valuesOffset, layout.floatOffsets, 0, elements, symbols, 0);
        return encoder.encode(symbols, 0, layout.tables, 0, elements, out, outOffset, outLimit);
    }

    /** Equivalent to {@code encode(0, values, valuesOffset, out, outOffset, out.length)}. */
    public int encode(double[] values, int valuesOffset, byte[] out, int outOffset) {
        return encode(0, values, valuesOffset, out, outOffset, out.length);
    }

    /** Codes the float64 unit {@code values[valuesOffset ..]}; otherwise as for float32. */
    public int encode(long unit, double[] values, int valuesOffset, byte[] out, int outOffset, int outLimit) {
        requireType(ElementType.FLOAT64);
        Objects.checkFromIndexSize(valuesOffset, elements, values.length);
        UnitLayout layout = layouts.of(unit);
        Quantizer.quantize(values, valuesOffset, layout.doubleOffsets, 0, elements, symbols, 0);
        return encoder.encode(symbols, 0, layout.tables, 0, elements, out, outOffset, outLimit);
    }

    /** Equivalent to {@code encode(0, bits, bitsOffset, out, outOffset, out.length)}. */
    public int encode(short[] bits, int bitsOffset, byte[] out, int outOffset) {
        return encode(0, bits, bitsOffset, out, outOffset, out.length);
    }

    /** Codes the float16 or bfloat16 unit {@code bits[bitsOffset ..]}; otherwise as for float32. */
    public int encode(long unit, short[] bits, int bitsOffset, byte[] out, int outOffset, int outLimit) {
        Objects.checkFromIndexSize(bitsOffset, elements, bits.length);
        UnitLayout layout = layouts.of(unit);
        if (type == ElementType.FLOAT16) {
            Quantizer.quantizeFloat16(bits, bitsOffset, layout.floatOffsets, 0, elements, symbols, 0);
        } else {
            requireType(ElementType.BFLOAT16);
            Quantizer.quantizeBfloat16(bits, bitsOffset, layout.floatOffsets, 0, elements, symbols, 0);
        }
        return encoder.encode(symbols, 0, layout.tables, 0, elements, out, outOffset, outLimit);
    }

    /** Equivalent to {@code encode(0, values, valuesOffset, out, outOffset)}. */
    public int encode(MemorySegment values, long valuesOffset, MemorySegment out, long outOffset) {
        return encode(0, values, valuesOffset, out, outOffset);
    }

    /**
     * Codes the unit at byte {@code valuesOffset} of a segment, of the bottleneck's type in native byte order, to
     * another segment, up to its end.
     *
     * @return bytes written from {@code outOffset} on
     */
    public int encode(long unit, MemorySegment values, long valuesOffset, MemorySegment out, long outOffset) {
        int length = encodeToScratch(unit, values, valuesOffset);
        if (length > out.byteSize() - outOffset) {
            throw new IllegalArgumentException("the output must have room for the string: needed=" + length
                    + " available=" + Math.max(0, out.byteSize() - outOffset));
        }
        MemorySegment.copy(string, 0, out, ValueLayout.JAVA_BYTE, outOffset, length);
        return length;
    }

    private int encodeToScratch(long unit, MemorySegment values, long valuesOffset) {
        growString();
        return switch (type) {
            case FLOAT32 -> {
                floats = floats.length == elements ? floats : new float[elements];
                MemorySegment.copy(values, ValueLayout.JAVA_FLOAT_UNALIGNED, valuesOffset, floats, 0, elements);
                yield encode(unit, floats, 0, string, 0, string.length);
            }
            case FLOAT64 -> {
                doubles = doubles.length == elements ? doubles : new double[elements];
                MemorySegment.copy(values, ValueLayout.JAVA_DOUBLE_UNALIGNED, valuesOffset, doubles, 0, elements);
                yield encode(unit, doubles, 0, string, 0, string.length);
            }
            case FLOAT16, BFLOAT16 -> {
                shorts = shorts.length == elements ? shorts : new short[elements];
                MemorySegment.copy(values, ValueLayout.JAVA_SHORT_UNALIGNED, valuesOffset, shorts, 0, elements);
                yield encode(unit, shorts, 0, string, 0, string.length);
            }
            case INT32 -> throw new AssertionError(type);
        };
    }

    /** Codes the unit that starts at element {@code first} of a tensor, to {@link #string()}. */
    int encodeToScratch(long unit, Tensor values, int first) {
        growString();
        return switch (type) {
            case FLOAT32 -> encode(unit, values.floats(), first, string, 0, string.length);
            case FLOAT64 -> encode(unit, values.doubles(), first, string, 0, string.length);
            case FLOAT16, BFLOAT16 -> encode(unit, values.shorts(), first, string, 0, string.length);
            case INT32 -> throw new AssertionError(type);
        };
    }

    private void growString() {
        if (string.length == 0) {
            string = new byte[(int) Math.min(maxBytes(), Integer.MAX_VALUE - 8)];
        }
    }

    /** The scratch that holds the last string coded by {@link #encodeToScratch}. */
    byte[] string() {
        return string;
    }

    private void requireType(ElementType given) {
        if (type != given) {
            throw new IllegalArgumentException(
                    "values must be of the bottleneck's type: bottleneckType=" + type.id() + " given=" + given.id());
        }
    }
}
