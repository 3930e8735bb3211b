package io.github.uniquant;

import io.github.uniquant.coder.SymbolSource;
import io.github.uniquant.coder.free.FreeEncoder;
import io.github.uniquant.coder.range.RangeEncoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansPlan;
import io.github.uniquant.quantize.Quantizer;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Codes coding units of one shape from and to memory of the caller. Reusable and single-threaded; owns its scratch and
 * allocates nothing per call once warm.
 *
 * <p>Each method takes values of the model's bottleneck type: {@code float[]} for float32, {@code double[]} for float64,
 * {@code short[]} with the bits of the half types, or a {@link MemorySegment} of any of them in native byte order. Each
 * returns the number of bytes written, and writes nothing where it throws: a value that is not finite or too large, or a
 * string that does not fit, is an {@link IllegalArgumentException}, and a range that is not within its memory an
 * {@link IndexOutOfBoundsException}.
 *
 * <p>The unit's number chooses its dither where that differs by unit: always in {@link UniversalIndexedEntropyModel}, and where
 * the model's {@link io.github.uniquant.dither.Dither} does in {@link UniversalBatchedEntropyModel}. Otherwise it is ignored.
 * Methods without it mean unit 0.
 */
public final class UnitEncoder {
    private final ElementType type;
    private int elements;
    private UnitLayout.Source layouts = UnitLayout.Source.NONE;
    private final @Nullable RansEncoder rans;
    private final @Nullable RangeEncoder range;
    private final @Nullable FreeEncoder free;
    private final Values values;
    private int[] symbols = {}; // all of a unit's, for the range coder
    private byte[] string = {}; // for output to segments

    UnitEncoder(
            ElementType type, @Nullable RansEncoder rans, @Nullable CdfTables rangeTables, @Nullable FreeEncoder free) {
        this.type = type;
        this.rans = rans;
        this.range = rangeTables == null ? null : new RangeEncoder(rangeTables);
        this.free = free;
        this.values = new Values(type);
    }

    /** Takes up units of these layouts; returns this encoder. */
    UnitEncoder serve(UnitLayout.Source source, int unitElements) {
        layouts = source;
        elements = unitElements;
        return this;
    }

    /** Lets go of the layouts, and of the caller's memory. */
    void rest() {
        layouts.release();
        serve(UnitLayout.Source.NONE, 0);
        values.release();
    }

    /** Elements of one coding unit. */
    public int elements() {
        return elements;
    }

    /** A number of bytes that no string of one unit exceeds. */
    public long maxBytes() {
        if (free != null) {
            return free.maxBytes(elements);
        }
        return rans != null
                ? rans.maxBytes(elements)
                : Objects.requireNonNull(range).maxBytes(elements);
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
        this.values.requireType(ElementType.FLOAT32);
        Objects.checkFromIndexSize(valuesOffset, elements, values.length);
        this.values.of(values, valuesOffset);
        code(unit);
        return write(out, outOffset, outLimit);
    }

    /** Equivalent to {@code encode(0, values, valuesOffset, out, outOffset, out.length)}. */
    public int encode(double[] values, int valuesOffset, byte[] out, int outOffset) {
        return encode(0, values, valuesOffset, out, outOffset, out.length);
    }

    /** Codes the float64 unit {@code values[valuesOffset ..]}; otherwise as for float32. */
    public int encode(long unit, double[] values, int valuesOffset, byte[] out, int outOffset, int outLimit) {
        this.values.requireType(ElementType.FLOAT64);
        Objects.checkFromIndexSize(valuesOffset, elements, values.length);
        this.values.of(values, valuesOffset);
        code(unit);
        return write(out, outOffset, outLimit);
    }

    /** Equivalent to {@code encode(0, bits, bitsOffset, out, outOffset, out.length)}. */
    public int encode(short[] bits, int bitsOffset, byte[] out, int outOffset) {
        return encode(0, bits, bitsOffset, out, outOffset, out.length);
    }

    /** Codes the float16 or bfloat16 unit {@code bits[bitsOffset ..]}; otherwise as for float32. */
    public int encode(long unit, short[] bits, int bitsOffset, byte[] out, int outOffset, int outLimit) {
        if (type != ElementType.FLOAT16) {
            values.requireType(ElementType.BFLOAT16);
        }
        Objects.checkFromIndexSize(bitsOffset, elements, bits.length);
        values.of(bits, bitsOffset);
        code(unit);
        return write(out, outOffset, outLimit);
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
        Objects.checkFromIndexSize(valuesOffset, (long) elements * type.bytes(), values.byteSize());
        Objects.checkFromToIndex(outOffset, out.byteSize(), out.byteSize());
        this.values.of(values, valuesOffset);
        long length = code(unit);
        if (length > out.byteSize() - outOffset) {
            throw new IllegalArgumentException("the output must have room for the string: needed=" + length
                    + " available=" + (out.byteSize() - outOffset));
        }
        if (length > Shape.MAX_ARRAY_LENGTH) {
            throw new IllegalArgumentException("a string must have at most 2^31 - 9 bytes: needed=" + length);
        }
        if (string.length < length) {
            string = new byte[(int) Math.max(length, Math.min(2L * string.length, Shape.MAX_ARRAY_LENGTH))];
        }
        write(string, 0, string.length);
        MemorySegment.copy(string, 0, out, ValueLayout.JAVA_BYTE, outOffset, (int) length);
        return (int) length;
    }

    // ---- for batches

    /** Names the unit that starts at element {@code first} of a tensor as the next to code. */
    SymbolSource source(Tensor tensor, int first, UnitLayout layout) {
        values.of(tensor, first);
        values.layOut(layout);
        return values;
    }

    /** The native encoder under this one. */
    RansEncoder rans() {
        return Objects.requireNonNull(rans);
    }

    /** Codes the unit that starts at element {@code first} of a tensor; returns the length of its string. */
    long code(long unit, Tensor tensor, int first) {
        values.of(tensor, first);
        return code(unit);
    }

    /** Bytes of the string that was coded last. */
    long length() {
        if (free != null) {
            return free.length();
        }
        return rans != null ? rans.length() : Objects.requireNonNull(range).length();
    }

    /** Writes the string that was coded last. */
    int write(byte[] out, int outOffset, int outLimit) {
        if (free != null) {
            return free.write(out, outOffset, outLimit);
        }
        return rans != null
                ? rans.write(out, outOffset, outLimit)
                : Objects.requireNonNull(range).write(out, outOffset, outLimit);
    }

    private long code(long unit) {
        try {
            UnitLayout layout = layouts.of(unit);
            values.layOut(layout);
            if (free != null) {
                return free.code(values, Objects.requireNonNull(layout.freePlan));
            }
            if (rans != null) {
                RansPlan plan = layout.plan;
                return plan != null ? rans.code(values, plan) : rans.code(values, layout.tables, 0, elements);
            }
            if (symbols.length < elements) {
                symbols = new int[elements];
            }
            values.read(0, elements, symbols);
            return Objects.requireNonNull(range).code(symbols, 0, layout.tables, 0, elements);
        } finally {
            values.release();
        }
    }

    /** The values of one unit, wherever they lie, quantised as the coder asks for them. */
    private static final class Values extends UnitValues implements SymbolSource {
        Values(ElementType type) {
            super(type);
        }

        @Override
        public void read(int first, int count, int[] symbols) {
            MemorySegment from = segment;
            if (from == null) {
                quantize(floats, doubles, shorts, offset + first, first, count, symbols, 0);
                return;
            }
            for (int i = 0; i < count; i += BLOCK) {
                int length = Math.min(BLOCK, count - i);
                copyBlock(from, segmentOffset + (long) (first + i) * type.bytes(), length);
                quantize(floatBlock, doubleBlock, shortBlock, 0, first + i, length, symbols, i);
            }
        }

        private void copyBlock(MemorySegment from, long at, int count) {
            makeBlock();
            switch (type) {
                case FLOAT32 -> MemorySegment.copy(from, ValueLayout.JAVA_FLOAT_UNALIGNED, at, floatBlock, 0, count);
                case FLOAT64 -> MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE_UNALIGNED, at, doubleBlock, 0, count);
                case FLOAT16, BFLOAT16 ->
                    MemorySegment.copy(from, ValueLayout.JAVA_SHORT_UNALIGNED, at, shortBlock, 0, count);
                case INT32 -> throw new AssertionError(type);
            }
        }

        private void quantize(
                float[] f, double[] d, short[] s, int at, int element, int count, int[] symbols, int symbolsAt) {
            UnitLayout unit = layout();
            int offsets = unit.offsetsFrom + element;
            switch (type) {
                case FLOAT32 ->
                    Quantizer.quantize(f, at, unit.floatOffsets, offsets, count, symbols, symbolsAt, element);
                case FLOAT64 ->
                    Quantizer.quantize(d, at, unit.doubleOffsets, offsets, count, symbols, symbolsAt, element);
                case FLOAT16 ->
                    Quantizer.quantizeFloat16(s, at, unit.floatOffsets, offsets, count, symbols, symbolsAt, element);
                case BFLOAT16 ->
                    Quantizer.quantizeBfloat16(s, at, unit.floatOffsets, offsets, count, symbols, symbolsAt, element);
                case INT32 -> throw new AssertionError(type);
            }
        }
    }
}
