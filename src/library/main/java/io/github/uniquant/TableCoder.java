package io.github.uniquant;

import io.github.uniquant.coder.SymbolDecoder;
import io.github.uniquant.coder.SymbolEncoder;
import io.github.uniquant.coder.range.RangeDecoder;
import io.github.uniquant.coder.range.RangeEncoder;
import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tables made ready for a coder format, and the way of a batch through them: what all table-driven models share.
 * Immutable and thread-safe.
 */
final class TableCoder {
    private final CdfTables tables;
    private final boolean sanityCheck;
    private final ElementType type;
    private final @Nullable RansTables ransTables;

    TableCoder(CdfTables tables, CoderFormat format, boolean sanityCheck, ElementType type) {
        this.tables = tables;
        this.sanityCheck = sanityCheck;
        this.type = type;
        this.ransTables = format == CoderFormat.RANS ? RansTables.of(tables) : null;
    }

    CdfTables tables() {
        return tables;
    }

    private SymbolEncoder newSymbolEncoder() {
        return ransTables != null ? new RansEncoder(ransTables) : new RangeEncoder(tables);
    }

    private SymbolDecoder newSymbolDecoder() {
        return ransTables != null ? new RansDecoder(ransTables, sanityCheck) : new RangeDecoder(tables, sanityCheck);
    }

    UnitEncoder newEncoder(UnitLayout.Source layouts, int elements) {
        return new UnitEncoder(type, elements, layouts, newSymbolEncoder());
    }

    UnitDecoder newDecoder(UnitLayout.Source layouts, int elements) {
        return new UnitDecoder(type, elements, layouts, newSymbolDecoder());
    }

    /** Codes each unit of a tensor of shape batch ++ unit. */
    BitStrings compress(Tensor values, Shape batchShape, int unitElements, UnitLayout.Source layouts) {
        int units = (int) batchShape.elements();
        int[] lengths = new int[units];
        byte[] joined = {};
        int end = 0;
        if (units > 0) {
            UnitEncoder encoder = newEncoder(layouts, unitElements);
            for (int u = 0; u < units; u++) {
                int length = encoder.encodeToScratch(u, values, u * unitElements);
                if (length > joined.length - end) {
                    joined = Arrays.copyOf(joined, grownCapacity(joined.length, end, length, units - u));
                }
                System.arraycopy(encoder.string(), 0, joined, end, length);
                lengths[u] = length;
                end += length;
            }
        }
        return BitStrings.of(batchShape, Arrays.copyOf(joined, end), lengths);
    }

    /** Room for the next string and, at first, for as many as are left; later by half as much again. */
    private static int grownCapacity(int capacity, int end, int length, int left) {
        long wanted = capacity == 0 ? (long) length * left : Math.max((long) end + length, capacity * 3L / 2);
        if ((long) end + length > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "the strings of one call must have less than 2^31 bytes: bytes=" + ((long) end + length));
        }
        return (int) Math.min(Math.max(wanted, length), Integer.MAX_VALUE - 8);
    }

    /**
     * Decodes each string to a unit of a new tensor of shape strings.shape ++ unitShape.
     *
     * @param unitNumbers the number of each string's unit; null for their indexes in the batch
     */
    Tensor decompress(BitStrings strings, Shape unitShape, UnitLayout.Source layouts, long @Nullable [] unitNumbers) {
        Tensor values = Tensor.zeros(type, strings.shape().concat(unitShape));
        int unitElements = (int) unitShape.elements();
        UnitDecoder decoder = newDecoder(layouts, unitElements);
        for (int u = 0; u < strings.count(); u++) {
            long unit = unitNumbers == null ? u : unitNumbers[u];
            decoder.decode(unit, strings.bytes(), strings.start(u), strings.length(u), values, u * unitElements);
        }
        return values;
    }
}
