package io.github.uniquant.coder.range;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolDecoder;
import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import java.util.Objects;

/** Reads strings of {@link RangeFormat}. Reusable and single-threaded. */
public final class RangeDecoder implements SymbolDecoder {
    private static final byte[] EMPTY = {};

    private final CdfTables tables;
    private final int precision;
    private final boolean sanityCheck;

    private byte[] in = EMPTY;
    private int position;
    private int start;
    private int limit;
    private long base;
    private long sizeMinus1;
    private long value; // the 32-bit window of the string that the interval lies in

    /**
     * A decoder with these tables.
     *
     * @param sanityCheck whether to refuse a string that is not used up exactly
     */
    public RangeDecoder(CdfTables tables, boolean sanityCheck) {
        this.tables = tables;
        this.precision = tables.precision();
        this.sanityCheck = sanityCheck;
    }

    @Override
    public int decode(
            byte[] input,
            int inOffset,
            int inLength,
            int[] tableOf,
            int tablesOffset,
            int count,
            int[] symbols,
            int symbolsOffset) {
        Objects.checkFromIndexSize(inOffset, inLength, input.length);
        tables.checkIndexes(tableOf, tablesOffset, count);
        Objects.checkFromIndexSize(symbolsOffset, count, symbols.length);
        in = input;
        start = inOffset;
        position = inOffset;
        limit = inOffset + inLength;
        base = 0;
        sizeMinus1 = RangeFormat.LOW32;
        value = 0;
        read16();
        read16();
        for (int i = 0; i < count; i++) {
            symbols[symbolsOffset + i] = decode(tableOf[tablesOffset + i]);
        }
        if (sanityCheck) {
            checkEnd();
        }
        in = EMPTY;
        return position - start;
    }

    private int decode(int table) {
        int cell = cell(table);
        int last = tables.cells(table) - 1;
        if (cell < last || !tables.hasOverflow(table)) {
            return int32((long) cell + tables.offset(table), "a cell must give an int32");
        }
        int zeros = 0;
        while (bit() == 0) {
            if (++zeros > RangeFormat.MAX_GAMMA_ZEROS) {
                throw malformed("an escape must have at most 32 bits");
            }
        }
        long gamma = 1;
        for (int i = 0; i < zeros; i++) {
            gamma = gamma << 1 | bit();
        }
        boolean negative = bit() == 1;
        return int32(OverflowCode.value(gamma, negative, last) + tables.offset(table), "an escape must give an int32");
    }

    /** No encoder has coded anything else; cells beyond int32 are those of tables with an offset near its end. */
    private int int32(long symbol, String rule) {
        if ((int) symbol != symbol) {
            throw malformed(rule);
        }
        return (int) symbol;
    }

    /** The cell that the window lies in: the one with size * cdf[cell] < offset <= size * cdf[cell + 1]. */
    private int cell(int table) {
        long size = sizeMinus1 + 1;
        long offset = (value - base & RangeFormat.LOW32) + 1 << precision;
        int low = 0;
        int high = tables.cells(table) - 1;
        while (low < high) {
            int middle = low + high >>> 1;
            if (size * tables.cumulative(table, middle + 1) < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        narrow(tables.cumulative(table, low), tables.cumulative(table, low + 1), precision);
        return low;
    }

    private int bit() {
        long size = sizeMinus1 + 1;
        long offset = (value - base & RangeFormat.LOW32) + 1 << 1;
        int bit = size < offset ? 1 : 0;
        narrow(bit, bit + 1, 1);
        return bit;
    }

    private void narrow(int low, int high, int bits) {
        long size = sizeMinus1 + 1;
        long a = size * low >>> bits;
        long b = (size * high >>> bits) - 1;
        base = base + a & RangeFormat.LOW32;
        sizeMinus1 = b - a;
        if (sizeMinus1 < RangeFormat.MIN_SIZE) {
            base = base << 16 & RangeFormat.LOW32;
            sizeMinus1 = sizeMinus1 << 16 | 0xFFFF;
            read16();
        }
    }

    /** Shifts two bytes into the window, zeros past the end. */
    private void read16() {
        for (int i = 0; i < 2; i++) {
            int next = position < limit ? in[position++] & 0xFF : 0;
            value = value << 8 & RangeFormat.LOW32 | next;
        }
    }

    /** The string must be used up, and its window must be what the encoder's finish writes for this interval. */
    private void checkEnd() {
        if (position != limit) {
            throw malformed("the string must end with the last symbol");
        }
        long expected;
        if (base + sizeMinus1 > RangeFormat.LOW32) {
            expected = 0; // the interval straddles a carry: the bits held back were written with it
        } else if (base == 0) {
            expected = 0;
        } else {
            long byteAligned = base + 0xFFFFFF >>> 24 << 24;
            expected = byteAligned <= base + sizeMinus1 ? byteAligned : base + 0xFFFF >>> 16 << 16;
        }
        if (value != expected) {
            throw malformed("the string must end as an encoder ends it");
        }
    }

    private MalformedBitstreamException malformed(String reason) {
        int offset = position - start;
        in = EMPTY;
        return new MalformedBitstreamException(reason, offset);
    }
}
