package io.github.uniquant;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.coder.free.FreeDecoder;
import io.github.uniquant.coder.range.RangeDecoder;
import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansPlan;
import io.github.uniquant.quantize.Quantizer;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decodes coding units of one shape from and to memory of the caller: the inverse of {@link UnitEncoder}, with the same
 * types and unit numbers. Reusable and single-threaded; owns its scratch and allocates nothing per call once warm.
 *
 * <p>Each method takes one string, all of it and no more, and returns the number of bytes consumed (all of them, unless the
 * model was built without the decode sanity check). Where it throws {@link MalformedBitstreamException} the values of the
 * unit are undefined; nothing beside them is written in any case. A range that is not within its memory is an
 * {@link IndexOutOfBoundsException}, before anything is written.
 */
public final class UnitDecoder {
    private final ElementType type;
    private int elements;
    private UnitLayout.Source layouts = UnitLayout.Source.NONE;
    private final @Nullable RansDecoder rans;
    private final @Nullable RangeDecoder range;
    private final @Nullable FreeDecoder free;
    private final Values values;
    private int[] symbols = {}; // all of a unit's, from the range coder
    private byte[] string = {}; // out of a segment

    UnitDecoder(
            ElementType type,
            @Nullable RansDecoder rans,
            @Nullable CdfTables rangeTables,
            @Nullable FreeDecoder free,
            boolean sanityCheck) {
        this.type = type;
        this.rans = rans;
        this.range = rangeTables == null ? null : new RangeDecoder(rangeTables, sanityCheck);
        this.free = free;
        this.values = new Values(type);
    }

    /** Takes up units of these layouts; returns this decoder. */
    UnitDecoder serve(UnitLayout.Source source, int unitElements) {
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
        this.values.requireType(ElementType.FLOAT32);
        Objects.checkFromIndexSize(valuesOffset, elements, values.length);
        this.values.of(values, valuesOffset);
        return decode(unit, in, inOffset, inLength);
    }

    /** Equivalent to {@code decode(0, in, inOffset, inLength, values, valuesOffset)}. */
    public int decode(byte[] in, int inOffset, int inLength, double[] values, int valuesOffset) {
        return decode(0, in, inOffset, inLength, values, valuesOffset);
    }

    /** Decodes to the float64 unit {@code values[valuesOffset ..]}; otherwise as for float32. */
    public int decode(long unit, byte[] in, int inOffset, int inLength, double[] values, int valuesOffset) {
        this.values.requireType(ElementType.FLOAT64);
        Objects.checkFromIndexSize(valuesOffset, elements, values.length);
        this.values.of(values, valuesOffset);
        return decode(unit, in, inOffset, inLength);
    }

    /** Equivalent to {@code decode(0, in, inOffset, inLength, bits, bitsOffset)}. */
    public int decode(byte[] in, int inOffset, int inLength, short[] bits, int bitsOffset) {
        return decode(0, in, inOffset, inLength, bits, bitsOffset);
    }

    /** Decodes to the float16 or bfloat16 unit {@code bits[bitsOffset ..]}; otherwise as for float32. */
    public int decode(long unit, byte[] in, int inOffset, int inLength, short[] bits, int bitsOffset) {
        if (type != ElementType.FLOAT16) {
            values.requireType(ElementType.BFLOAT16);
        }
        Objects.checkFromIndexSize(bitsOffset, elements, bits.length);
        values.of(bits, bitsOffset);
        return decode(unit, in, inOffset, inLength);
    }

    /** Equivalent to {@code decode(0, in, inOffset, inLength, values, valuesOffset)}. */
    public int decode(MemorySegment in, long inOffset, int inLength, MemorySegment values, long valuesOffset) {
        return decode(0, in, inOffset, inLength, values, valuesOffset);
    }

    /** Decodes to byte {@code valuesOffset} of a segment, in the bottleneck's type and native byte order. */
    public int decode(
            long unit, MemorySegment in, long inOffset, int inLength, MemorySegment values, long valuesOffset) {
        Objects.checkFromIndexSize(valuesOffset, (long) elements * type.bytes(), values.byteSize());
        Objects.checkFromIndexSize(inOffset, inLength, in.byteSize());
        if (string.length < inLength) {
            string = new byte[inLength];
        }
        MemorySegment.copy(in, ValueLayout.JAVA_BYTE, inOffset, string, 0, inLength);
        this.values.of(values, valuesOffset);
        return decode(unit, string, 0, inLength);
    }

    // ---- for batches

    /** Names the unit that starts at element {@code first} of a tensor as the next to decode to. */
    SymbolSink sink(Tensor tensor, int first, UnitLayout layout) {
        values.of(tensor, first);
        values.layOut(layout);
        return values;
    }

    /** The native decoder under this one. */
    RansDecoder rans() {
        return Objects.requireNonNull(rans);
    }

    /** Whether there is one. */
    boolean isNative() {
        return rans != null;
    }

    /** Begins to decode natively to the unit that starts at element {@code first} of a tensor; returns where symbols go. */
    SymbolSink begin(long unit, byte[] in, int inOffset, int inLength, Tensor tensor, int first) {
        UnitLayout layout = layouts.of(unit);
        SymbolSink sink = sink(tensor, first, layout);
        rans().begin(in, inOffset, inLength, layout.tables, 0, elements, sink);
        return sink;
    }

    /** Decodes to the unit that starts at element {@code first} of a tensor. */
    int decode(long unit, byte[] in, int inOffset, int inLength, Tensor tensor, int first) {
        values.of(tensor, first);
        return decode(unit, in, inOffset, inLength);
    }

    private int decode(long unit, byte[] in, int inOffset, int inLength) {
        try {
            UnitLayout layout = layouts.of(unit);
            values.layOut(layout);
            if (free != null) {
                return free.decode(in, inOffset, inLength, Objects.requireNonNull(layout.freePlan), values);
            }
            if (rans != null) {
                RansPlan plan = layout.plan;
                if (plan != null) {
                    return rans.decode(in, inOffset, inLength, plan, values);
                }
                rans.begin(in, inOffset, inLength, layout.tables, 0, elements, values);
                return rans.finish(values);
            }
            if (symbols.length < elements) {
                symbols = new int[elements];
            }
            int consumed = Objects.requireNonNull(range)
                    .decode(in, inOffset, inLength, layout.tables, 0, elements, symbols, 0);
            values.write(0, elements, symbols);
            return consumed;
        } finally {
            values.release();
        }
    }

    /** The values of one unit, wherever they go, reconstructed as the coder gives their symbols. */
    private static final class Values extends UnitValues implements SymbolSink {
        Values(ElementType type) {
            super(type);
        }

        @Override
        public void write(int first, int count, int[] symbols) {
            MemorySegment to = segment;
            if (to == null) {
                reconstruct(symbols, 0, first, count, floats, doubles, shorts, offset + first);
                return;
            }
            for (int i = 0; i < count; i += BLOCK) {
                int length = Math.min(BLOCK, count - i);
                writeBlock(to, segmentOffset + (long) (first + i) * type.bytes(), symbols, i, first + i, length);
            }
        }

        private void writeBlock(MemorySegment to, long at, int[] symbols, int from, int element, int count) {
            makeBlock();
            reconstruct(symbols, from, element, count, floatBlock, doubleBlock, shortBlock, 0);
            switch (type) {
                case FLOAT32 -> MemorySegment.copy(floatBlock, 0, to, ValueLayout.JAVA_FLOAT_UNALIGNED, at, count);
                case FLOAT64 -> MemorySegment.copy(doubleBlock, 0, to, ValueLayout.JAVA_DOUBLE_UNALIGNED, at, count);
                case FLOAT16, BFLOAT16 ->
                    MemorySegment.copy(shortBlock, 0, to, ValueLayout.JAVA_SHORT_UNALIGNED, at, count);
                case INT32 -> throw new AssertionError(type);
            }
        }

        private void reconstruct(
                int[] symbols, int from, int element, int count, float[] f, double[] d, short[] s, int at) {
            UnitLayout unit = layout();
            int offsets = unit.offsetsFrom + element;
            switch (type) {
                case FLOAT32 -> Quantizer.reconstruct(symbols, from, unit.floatOffsets, offsets, count, f, at);
                case FLOAT64 -> Quantizer.reconstruct(symbols, from, unit.doubleOffsets, offsets, count, d, at);
                case FLOAT16 -> Quantizer.reconstructFloat16(symbols, from, unit.floatOffsets, offsets, count, s, at);
                case BFLOAT16 -> Quantizer.reconstructBfloat16(symbols, from, unit.floatOffsets, offsets, count, s, at);
                case INT32 -> throw new AssertionError(type);
            }
        }
    }
}
