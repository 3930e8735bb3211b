package io.github.uniquant.container;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;

/**
 * Tables as bytes: the frequencies, one less each, but for that of a table's last cell, which is what is left of the
 * slots.
 *
 * <pre>
 * u8      precision p
 * varint  number of tables, then for each
 *   varint  2 * cells + 1 with a last cell for overflow, 2 * cells without
 *   zigzag  symbol of the first cell
 *   varint  frequency - 1, for each cell but the last
 * </pre>
 */
final class StoredTables {
    private static final int MAX_PRECISION = 16;

    private StoredTables() {}

    static void write(BlockWriter out, CdfTables tables) {
        out.u8(tables.precision());
        out.varint(tables.count());
        for (int t = 0; t < tables.count(); t++) {
            int cells = tables.cells(t);
            out.varint(2L * cells + (tables.hasOverflow(t) ? 1 : 0));
            out.zigzag(tables.offset(t));
            for (int c = 0; c < cells - 1; c++) {
                out.varint(tables.frequency(t, c) - 1L);
            }
        }
    }

    static CdfTables read(BlockReader in) {
        int precision = in.u8();
        if (precision < 1 || precision > MAX_PRECISION) {
            throw new MalformedBitstreamException(
                    "a precision must be in [1, 16]: precision=" + precision, in.offset() - 1);
        }
        int slots = 1 << precision;
        int[] cdfOffset = new int[in.count("the tables", 2)];
        int[] cdf = new int[64];
        int end = 0;
        for (int t = 0; t < cdfOffset.length; t++) {
            int code = in.varint("the cells of a table", 2, 2 * slots + 1);
            int cells = code >>> 1;
            if (cells - 1 > in.remaining()) {
                throw in.malformed("the cells of a table must fit the block: cells=" + cells);
            }
            cdfOffset[t] = offset(in);
            if (cdf.length - end < cells + 2) {
                // A cell takes a byte at least, so that this stays below twelve bytes for each byte of the block.
                cdf = Arrays.copyOf(cdf, Math.max(2 * cdf.length, Math.addExact(end, cells + 2)));
            }
            cdf[end++] = (code & 1) == 1 ? -precision : precision;
            cdf[end++] = 0;
            int bound = 0;
            for (int c = 0; c < cells - 1; c++) {
                bound += 1 + in.varint("a frequency less 1", 0, slots - 1);
                if (bound >= slots) {
                    throw in.malformed("a table must leave a slot for its last cell: bound=" + bound);
                }
                cdf[end++] = bound;
            }
            cdf[end++] = slots;
        }
        return CdfTables.of(Arrays.copyOf(cdf, end), cdfOffset);
    }

    private static int offset(BlockReader in) {
        long value = in.zigzag();
        if (value <= Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
            throw in.malformed("the symbol of a first cell must be larger than the least int: symbol=" + value);
        }
        return (int) value;
    }
}
