package io.github.uniquant;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.free.FreeDecoder;
import io.github.uniquant.coder.free.FreeEncoder;
import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.free.TableFreeCdfs;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tables made ready for a coder format, or CDFs that take their place, and the way of a batch through them: what all
 * models share. Thread-safe; what it keeps beside tables is working memory for the next batch.
 */
final class TableCoder {
    private final @Nullable CdfTables tables; // null for the table-free format
    private final boolean sanityCheck;
    private final ElementType type;
    private final @Nullable RansTables ransTables;
    private final @Nullable TableFreeCdfs freeCdfs;
    private final CoderPool<BatchEncoder> encoders = new CoderPool<>(() -> new BatchEncoder(this::newEncoder));
    private final CoderPool<BatchDecoder> decoders = new CoderPool<>(() -> new BatchDecoder(this::newDecoder));

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
        return newEncoder().serve(layouts, elements);
    }

    private UnitEncoder newEncoder() {
        return new UnitEncoder(
                type,
                ransTables == null ? null : new RansEncoder(ransTables),
                ransTables == null ? tables : null,
                freeCdfs == null ? null : new FreeEncoder(freeCdfs));
    }

    UnitDecoder newDecoder(UnitLayout.Source layouts, int elements) {
        return newDecoder().serve(layouts, elements);
    }

    private UnitDecoder newDecoder() {
        return new UnitDecoder(
                type,
                ransTables == null ? null : new RansDecoder(ransTables, sanityCheck),
                ransTables == null ? tables : null,
                freeCdfs == null ? null : new FreeDecoder(freeCdfs, sanityCheck),
                sanityCheck);
    }

    // ---- batches

    /**
     * Codes each unit of a tensor of shape batch ++ unit.
     *
     * @throws IllegalArgumentException for a value that is refused; where there are many units, the message
     *     names the first with one
     */
    BitStrings compress(
            Tensor values, Shape batchShape, int unitElements, Supplier<UnitLayout.Source> layouts, UnitTasks tasks) {
        int units = batchShape.arrayLength();
        int[] lengths = new int[units];
        byte[][] parts = new byte[tasks.parts(units)][];
        tasks.run(units, (part, first, end) -> {
            BatchEncoder encoder = encoders.take();
            parts[part] = encoder.code(values, first, end, unitElements, layouts.get(), lengths);
            encoders.giveBack(encoder);
        });
        return BitStrings.owning(batchShape, joined(parts), lengths);
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

    static void checkTotal(long bytes) {
        if (bytes > Shape.MAX_ARRAY_LENGTH) {
            throw new IllegalArgumentException(
                    "the strings of one call must have at most 2^31 - 9 bytes: bytes=" + bytes);
        }
    }

    /**
     * Decodes each string to a unit of a tensor of shape strings.shape ++ unit.
     *
     * @param unitNumbers the number of each string's unit; null for their indexes in the batch
     * @throws MalformedBitstreamException for a damaged string; where there are many, the message names the
     *     first one's index
     */
    void decompress(
            BitStrings strings,
            int unitElements,
            Supplier<UnitLayout.Source> layouts,
            long @Nullable [] unitNumbers,
            UnitTasks tasks,
            Tensor values) {
        tasks.run(strings.count(), (part, first, end) -> {
            BatchDecoder decoder = decoders.take();
            decoder.decode(strings, first, end, unitElements, layouts, unitNumbers, values);
            decoders.giveBack(decoder);
        });
    }
}
