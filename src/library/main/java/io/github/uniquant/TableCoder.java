package io.github.uniquant;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.coder.SymbolSource;
import io.github.uniquant.coder.free.FreeDecoder;
import io.github.uniquant.coder.free.FreeEncoder;
import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.TableFreeCdfs;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tables made ready for a coder format, or CDFs that take their place, and the way of a batch through them: what all
 * models share.
 * Immutable and thread-safe.
 */
final class TableCoder {
    private final @Nullable CdfTables tables; // null for the table-free format
    private final boolean sanityCheck;
    private final ElementType type;
    private final @Nullable RansTables ransTables;
    private final @Nullable TableFreeCdfs freeCdfs;

    TableCoder(CdfTables tables, CoderFormat format, boolean sanityCheck, ElementType type) {
        this.tables = tables;
        this.sanityCheck = sanityCheck;
        this.type = type;
        this.ransTables = format == CoderFormat.RANS ? RansTables.of(tables) : null;
        this.freeCdfs = null;
    }

    TableCoder(TableFreeCdfs freeCdfs, boolean sanityCheck, ElementType type) {
        this.tables = null;
        this.sanityCheck = sanityCheck;
        this.type = type;
        this.ransTables = null;
        this.freeCdfs = freeCdfs;
    }

    CdfTables tables() {
        if (tables == null) {
            throw new IllegalStateException("the model has no tables: its coder is " + CoderFormat.RANS_FREE.id()
                    + ", which computes its cells");
        }
        return tables;
    }

    @Nullable
    TableFreeCdfs freeCdfs() {
        return freeCdfs;
    }

    int precision() {
        return freeCdfs != null ? freeCdfs.precision() : tables().precision();
    }

    /** Hash of what the cells of both sides depend on. */
    long hash() {
        return freeCdfs != null ? freeCdfs.hash() : tables().hash();
    }

    @Nullable
    RansTables ransTables() {
        return ransTables;
    }

    UnitEncoder newEncoder(UnitLayout.Source layouts, int elements) {
        return new UnitEncoder(
                type,
                elements,
                layouts,
                ransTables == null ? null : new RansEncoder(ransTables),
                ransTables == null ? tables : null,
                freeCdfs == null ? null : new FreeEncoder(freeCdfs));
    }

    UnitDecoder newDecoder(UnitLayout.Source layouts, int elements) {
        return new UnitDecoder(
                type,
                elements,
                layouts,
                ransTables == null ? null : new RansDecoder(ransTables, sanityCheck),
                ransTables == null ? tables : null,
                freeCdfs == null ? null : new FreeDecoder(freeCdfs, sanityCheck),
                sanityCheck);
    }

    /** How many units of a layout are coded side by side. */
    private static int groupSize(UnitLayout.Source layouts) {
        UnitLayout shared = layouts.shared();
        return shared == null || shared.plan == null ? 1 : RansEncoder.groupSize(shared.plan);
    }

    // ---- compress

    /**
     * Codes each unit of a tensor of shape batch ++ unit.
     *
     * @throws IllegalArgumentException for a value that is refused; where there are many units, the message
     *     names the first with one
     */
    BitStrings compress(
            Tensor values, Shape batchShape, int unitElements, Supplier<UnitLayout.Source> layouts, UnitTasks tasks) {
        int units = (int) batchShape.elements();
        int[] lengths = new int[units];
        byte[][] parts = new byte[tasks.parts(units)][];
        tasks.run(units, (part, first, end) -> {
            parts[part] = compress(values, first, end, unitElements, layouts.get(), lengths);
        });
        return BitStrings.of(batchShape, joined(parts), lengths);
    }

    private static byte[] joined(byte[][] parts) {
        if (parts.length == 1) {
            return parts[0];
        }
        long total = 0;
        for (byte[] part : parts) {
            total += part.length;
        }
        checkTotal(total);
        byte[] all = new byte[(int) total];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static void checkTotal(long bytes) {
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "the strings of one call must have less than 2^31 bytes: bytes=" + bytes);
        }
    }

    /** Codes units {@code first .. end - 1}; returns their strings, joined. */
    private byte[] compress(
            Tensor values, int first, int end, int unitElements, UnitLayout.Source layouts, int[] lengths) {
        int groupSize = Math.min(groupSize(layouts), end - first);
        UnitEncoder[] encoders = new UnitEncoder[Math.max(1, groupSize)];
        Arrays.setAll(encoders, i -> newEncoder(layouts, unitElements));
        byte[] joined = {};
        int used = 0;
        for (int u = first; u < end; u += encoders.length) {
            int count = Math.min(encoders.length, end - u);
            codeGroup(encoders, count, u, values, unitElements, layouts);
            for (int i = 0; i < count; i++) {
                long length = encoders[i].length();
                if (length > joined.length - used) {
                    joined = Arrays.copyOf(joined, grownCapacity(joined.length, used, length, end - u - i));
                }
                lengths[u + i] = encoders[i].write(joined, used, joined.length);
                used += lengths[u + i];
            }
        }
        return Arrays.copyOf(joined, used);
    }

    private static void codeGroup(
            UnitEncoder[] encoders,
            int count,
            int firstUnit,
            Tensor values,
            int unitElements,
            UnitLayout.Source layouts) {
        UnitLayout shared = layouts.shared();
        if (count == 1 || shared == null || shared.plan == null) {
            codeEach(encoders, count, firstUnit, values, unitElements);
            return;
        }
        RansEncoder[] rans = new RansEncoder[count];
        SymbolSource[] sources = new SymbolSource[count];
        for (int i = 0; i < count; i++) {
            rans[i] = encoders[i].rans();
            sources[i] = encoders[i].source(values, (firstUnit + i) * unitElements, shared);
        }
        try {
            RansEncoder.codeTogether(rans, sources, count, shared.plan);
        } catch (IllegalArgumentException e) {
            codeEach(encoders, count, firstUnit, values, unitElements); // one at a time, to name the first to blame
            throw e;
        }
    }

    private static void codeEach(UnitEncoder[] encoders, int count, int firstUnit, Tensor values, int unitElements) {
        for (int i = 0; i < count; i++) {
            int unit = firstUnit + i;
            try {
                encoders[i].code(unit, values, unit * unitElements);
            } catch (IllegalArgumentException e) {
                boolean alone = values.size() == unitElements;
                throw alone ? e : new IllegalArgumentException(e.getMessage() + " unit=" + unit, e);
            }
        }
    }

    /** Room for the next string and, at first, for as many as are left; later by half as much again. */
    private static int grownCapacity(int capacity, int used, long length, int left) {
        checkTotal(used + length);
        long wanted = capacity == 0 ? length * left * 9 / 8 : Math.max(used + length, capacity * 3L / 2);
        return (int) Math.min(Math.max(wanted, length), Integer.MAX_VALUE - 8);
    }

    // ---- decompress

    /**
     * Decodes each string to a unit of a new tensor of shape strings.shape ++ unitShape.
     *
     * @param unitNumbers the number of each string's unit; null for their indexes in the batch
     * @throws MalformedBitstreamException for a damaged string; where there are many, the message names the
     *     first one's index
     */
    Tensor decompress(
            BitStrings strings,
            Shape unitShape,
            Supplier<UnitLayout.Source> layouts,
            long @Nullable [] unitNumbers,
            UnitTasks tasks) {
        Tensor values = Tensor.zeros(type, strings.shape().concat(unitShape));
        int unitElements = (int) unitShape.elements();
        tasks.run(strings.count(), (part, first, end) -> {
            decompress(strings, first, end, unitElements, layouts.get(), unitNumbers, values);
        });
        return values;
    }

    private void decompress(
            BitStrings strings,
            int first,
            int end,
            int unitElements,
            UnitLayout.Source layouts,
            long @Nullable [] unitNumbers,
            Tensor values) {
        int groupSize = Math.min(groupSize(layouts), end - first);
        UnitDecoder[] decoders = new UnitDecoder[Math.max(1, groupSize)];
        Arrays.setAll(decoders, i -> newDecoder(layouts, unitElements));
        for (int u = first; u < end; u += decoders.length) {
            int count = Math.min(decoders.length, end - u);
            UnitLayout shared = layouts.shared();
            if (count == 1 || shared == null || shared.plan == null) {
                decodeEach(decoders[0], strings, u, u + count, unitElements, unitNumbers, values);
                continue;
            }
            RansDecoder[] rans = new RansDecoder[count];
            SymbolSink[] sinks = new SymbolSink[count];
            for (int i = 0; i < count; i++) {
                rans[i] = decoders[i].rans();
                sinks[i] = decoders[i].sink(values, (u + i) * unitElements, shared);
            }
            try {
                RansDecoder.decodeTogether(rans, strings.bytes(), strings.starts(), u, count, shared.plan, sinks);
            } catch (MalformedBitstreamException e) {
                // One at a time, to name the first to blame.
                decodeEach(decoders[0], strings, u, u + count, unitElements, unitNumbers, values);
                throw e;
            }
        }
    }

    private static void decodeEach(
            UnitDecoder decoder,
            BitStrings strings,
            int first,
            int end,
            int unitElements,
            long @Nullable [] unitNumbers,
            Tensor values) {
        for (int i = first; i < end; i++) {
            long unit = unitNumbers == null ? i : unitNumbers[i];
            try {
                decoder.decode(unit, strings.bytes(), strings.start(i), strings.length(i), values, i * unitElements);
            } catch (MalformedBitstreamException e) {
                throw strings.count() == 1 ? e : e.inString(i);
            }
        }
    }
}
