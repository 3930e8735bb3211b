package io.github.uniquant.coder.range;

import io.github.uniquant.coder.SymbolEncoder;
import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.Objects;

/** Writes strings of {@link RangeFormat}. Reusable and single-threaded. */
public final class RangeEncoder implements SymbolEncoder {
    private static final int MAX_BYTES = Integer.MAX_VALUE - 8; // the longest array

    private final CdfTables tables;
    private final int precision;
    private byte[] string = new byte[256];
    private int length;
    private int coded; // bytes of the string that was coded last, once it is whole

    // The interval is [base, base + sizeMinus1]. Where it straddles a carry, the 16 bits that left it are not settled:
    // they and the zero bytes behind them are held back in delay (the bits plus one) and delayedZeros.
    private long base;
    private long sizeMinus1;
    private int delay;
    private int delayedZeros;

    /** An encoder with these tables. */
    public RangeEncoder(CdfTables tables) {
        this.tables = tables;
        this.precision = tables.precision();
    }

    /**
     * Two bytes leave at each renormalisation, of which a cell causes at most one and a uniform bit at most one in fifteen:
     * a cell, with an escape of 31 zeros, 32 bits and a sign, is at most 14 bytes, and the finish 4.
     */
    @Override
    public long maxBytes(int count) {
        return 14L * count + RangeFormat.FINISH_BYTES;
    }

    @Override
    public int encode(
            int[] symbols,
            int symbolsOffset,
            int[] tableOf,
            int tablesOffset,
            int count,
            byte[] out,
            int outOffset,
            int outLimit) {
        Objects.checkFromToIndex(outOffset, outLimit, out.length);
        code(symbols, symbolsOffset, tableOf, tablesOffset, count);
        return write(out, outOffset, outLimit);
    }

    /**
     * Codes symbols as {@link #encode} does, and keeps the string for {@link #write}.
     *
     * @return the length of the string in bytes
     */
    public int code(int[] symbols, int symbolsOffset, int[] tableOf, int tablesOffset, int count) {
        Objects.checkFromIndexSize(symbolsOffset, count, symbols.length);
        tables.checkIndexes(tableOf, tablesOffset, count);
        coded = 0;
        length = 0;
        base = 0;
        sizeMinus1 = RangeFormat.LOW32;
        delay = 0;
        delayedZeros = 0;
        for (int i = 0; i < count; i++) {
            encode(symbols[symbolsOffset + i], tableOf[tablesOffset + i], i);
        }
        finish();
        coded = length;
        return coded;
    }

    /**
     * Writes the string that was coded last to {@code out[outOffset ..]}.
     *
     * @return its length in bytes
     * @throws IllegalArgumentException if it does not end at {@code outLimit} or before; nothing is written then
     */
    public int write(byte[] out, int outOffset, int outLimit) {
        Objects.checkFromToIndex(outOffset, outLimit, out.length);
        if (coded > outLimit - outOffset) {
            throw new IllegalArgumentException("the output must have room for the string: needed=" + coded
                    + " available=" + (outLimit - outOffset));
        }
        System.arraycopy(string, 0, out, outOffset, coded);
        return coded;
    }

    /** Bytes of the string that was coded last; 0 where that was refused. */
    public int length() {
        return coded;
    }

    private void encode(int symbol, int table, int index) {
        long value = (long) symbol - tables.offset(table);
        int last = tables.cells(table) - 1;
        boolean overflow = tables.hasOverflow(table);
        if (value >= 0 && (value < last || value == last && !overflow)) {
            int cell = (int) value;
            put(tables.cumulative(table, cell), tables.cumulative(table, cell + 1), precision);
            return;
        }
        if (!overflow) {
            throw new IllegalArgumentException("a symbol must lie in its table, which has no overflow cell: index="
                    + index + " symbol=" + symbol + " table=" + table + " first=" + tables.offset(table) + " cells="
                    + (last + 1));
        }
        put(tables.cumulative(table, last), tables.cumulative(table, last + 1), precision);
        long signed = OverflowCode.signedGamma(value, last);
        long gamma = Math.abs(signed);
        int zeros = 63 - Long.numberOfLeadingZeros(gamma);
        for (int i = 0; i < zeros; i++) {
            put(0, 1, 1);
        }
        for (int bit = zeros; bit >= 0; bit--) {
            int b = (int) (gamma >>> bit) & 1;
            put(b, b + 1, 1);
        }
        int sign = signed < 0 ? 1 : 0;
        put(sign, sign + 1, 1);
    }

    /** Narrows the interval to slots [low, high) of 2^bits. */
    private void put(int low, int high, int bits) {
        long size = sizeMinus1 + 1;
        long a = size * low >>> bits;
        long b = (size * high >>> bits) - 1;
        base = base + a & RangeFormat.LOW32;
        sizeMinus1 = b - a;
        boolean carried = base < a;
        if (base + sizeMinus1 <= RangeFormat.LOW32 && delay != 0) {
            settle(carried);
        }
        if (sizeMinus1 < RangeFormat.MIN_SIZE) {
            renormalise();
        }
    }

    /** The interval no longer straddles a carry: writes what was held back, with the carry or without. */
    private void settle(boolean carried) {
        if (carried) {
            write16(delay);
            write(0, delayedZeros);
        } else {
            write16(delay - 1);
            write(0xFF, delayedZeros);
        }
        delay = 0;
        delayedZeros = 0;
    }

    /** Shifts 16 bits out of the interval; holds them back where it straddles a carry. */
    private void renormalise() {
        int top = (int) (base >>> 16);
        base = base << 16 & RangeFormat.LOW32;
        sizeMinus1 = sizeMinus1 << 16 | 0xFFFF;
        boolean straddles = base + sizeMinus1 > RangeFormat.LOW32;
        if (delay != 0) {
            delayedZeros += 2;
        } else if (straddles) {
            delay = top + 1;
        } else {
            write16(top);
        }
    }

    /** Writes the fewest bytes that name a point of the interval, trailing zeros left out. */
    private void finish() {
        if (delay != 0) {
            write(delay >>> 8, 1);
            if ((delay & 0xFF) != 0) {
                write(delay, 1);
            }
        } else if (base != 0) {
            long byteAligned = base + 0xFFFFFF >>> 24;
            if (byteAligned << 24 <= base + sizeMinus1) {
                write((int) byteAligned, 1);
            } else {
                long wordAligned = base + 0xFFFF >>> 16;
                write((int) (wordAligned >>> 8), 1);
                if ((wordAligned & 0xFF) != 0) {
                    write((int) wordAligned, 1);
                }
            }
        }
    }

    private void write16(int value) {
        write(value >>> 8, 1);
        write(value, 1);
    }

    private void write(int value, int times) {
        if (string.length - length < times) {
            grow((long) length + times);
        }
        Arrays.fill(string, length, length + times, (byte) value);
        length += times;
    }

    private void grow(long needed) {
        if (needed > MAX_BYTES) {
            throw new IllegalArgumentException("a string must have less than 2^31 - 8 bytes: needed=" + needed);
        }
        string = Arrays.copyOf(string, (int) Math.min(Math.max(2L * string.length, needed), MAX_BYTES));
    }
}
