package io.github.uniquant.coder.compressai;

import io.github.uniquant.coder.SymbolEncoder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Writes strings of CompressAI's {@code RansEncoder}, and of its {@code BufferedRansEncoder}: {@link #encode} makes a string
 * of one sequence of symbols; {@link #append}, once or more, and {@link #finish} one of several, each with tables of its own.
 * Reusable and single-threaded; owns its scratch, which grows to the longest string, and allocates nothing once warm.
 */
public final class CompressAiEncoder implements SymbolEncoder {
    private static final int MAX_BYTES =
            CompressAiFormat.MAX_ARRAY_LENGTH & -Integer.BYTES; // whole words that an array can hold

    /** Bytes of all words that one symbol can cause: at most one for each of its cell, n and the groups. */
    private static final int SYMBOL_BYTES = Integer.BYTES * (2 + CompressAiFormat.MOST_GROUPS);

    private static final int CELL_SHIFT = CompressAiFormat.STATE_BITS - CompressAiFormat.PRECISION;
    private static final int GROUP_SHIFT = CompressAiFormat.STATE_BITS - CompressAiFormat.GROUP_BITS;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final CompressAiTables tables;

    // The encoder runs backwards, and the last word is the first to be read: the string grows from its end.
    private byte[] string = new byte[256];
    private int at = string.length; // of the word that was put last
    private long state;
    private int first = string.length; // where the string that was coded last starts

    // What was appended: symbols, the table of each, and where each slice ends.
    private int[] symbols = {};
    private int[] tableOf = {};
    private int appended;
    private final List<CompressAiTables> slices = new ArrayList<>();
    private int[] sliceEnds = new int[8];

    /** An encoder with these tables; slices may have others. */
    public CompressAiEncoder(CompressAiTables tables) {
        this.tables = tables;
    }

    /** A cell adds 16 bits to the state at most, an escape 36 more, and rounding far less than one: 7 bytes, and the state. */
    @Override
    public long maxBytes(int count) {
        return 7L * count + Long.BYTES;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if a table index is none, if a symbol is too far from its table, below
     *     {@code offset - 2^31} or above {@code offset + escape + 2^31 - 1}, or if the string does not fit (the message says
     *     how many bytes it needs); nothing is written then
     */
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
     * Codes symbols as {@link #encode} does, and keeps the string for {@link #write}. What was appended stays.
     *
     * @return the length of the string in bytes
     */
    public int code(int[] symbols, int symbolsOffset, int[] tableOf, int tablesOffset, int count) {
        Objects.checkFromIndexSize(symbolsOffset, count, symbols.length);
        tables.tables().checkIndexes(tableOf, tablesOffset, count);
        start();
        put(tables, symbols, symbolsOffset, tableOf, tablesOffset, count);
        return end();
    }

    /**
     * Appends a slice to the string that {@link #finish} will make. The arrays are copied.
     *
     * @param sliceTables the tables that the slice's indexes are of
     * @throws IllegalArgumentException if a table index is none, or if a symbol is too far from its table; nothing is
     *     appended then
     */
    public void append(
            CompressAiTables sliceTables,
            int[] symbols,
            int symbolsOffset,
            int[] tableOf,
            int tablesOffset,
            int count) {
        Objects.checkFromIndexSize(symbolsOffset, count, symbols.length);
        sliceTables.tables().checkIndexes(tableOf, tablesOffset, count);
        for (int i = 0; i < count; i++) {
            checkSymbol(sliceTables, symbols[symbolsOffset + i], tableOf[tablesOffset + i], i);
        }
        reserveSlice(count);
        System.arraycopy(symbols, symbolsOffset, this.symbols, appended, count);
        System.arraycopy(tableOf, tablesOffset, this.tableOf, appended, count);
        appended += count;
        sliceEnds[slices.size()] = appended;
        slices.add(sliceTables);
    }

    private void reserveSlice(int count) {
        long needed = (long) appended + count;
        if (needed > CompressAiFormat.MAX_ARRAY_LENGTH) {
            throw new IllegalArgumentException("the slices of a string must have less than 2^31 - 8 symbols: appended="
                    + appended + " count=" + count);
        }
        if (needed > symbols.length) {
            int length = (int) Math.min(Math.max(2L * symbols.length, needed), CompressAiFormat.MAX_ARRAY_LENGTH);
            symbols = Arrays.copyOf(symbols, length);
            tableOf = Arrays.copyOf(tableOf, length);
        }
        if (slices.size() == sliceEnds.length) {
            sliceEnds = Arrays.copyOf(sliceEnds, 2 * sliceEnds.length);
        }
    }

    /**
     * Codes all that was appended to one string, keeps that for {@link #write}, and lets go of the slices. The bytes are
     * those of all slices in one, if they had the same tables.
     *
     * @return the length of the string in bytes
     */
    public int finish() {
        try {
            start();
            for (int slice = slices.size() - 1; slice >= 0; slice--) {
                int from = slice == 0 ? 0 : sliceEnds[slice - 1];
                put(slices.get(slice), symbols, from, tableOf, from, sliceEnds[slice] - from);
            }
            return end();
        } finally {
            clear();
        }
    }

    /** Lets go of all that was appended. */
    public void clear() {
        appended = 0;
        slices.clear();
    }

    /**
     * Writes the string that was coded last to {@code out[outOffset ..]}.
     *
     * @return its length in bytes
     * @throws IllegalArgumentException if it does not end at {@code outLimit} or before; nothing is written then
     */
    public int write(byte[] out, int outOffset, int outLimit) {
        Objects.checkFromToIndex(outOffset, outLimit, out.length);
        int length = length();
        if (length > outLimit - outOffset) {
            throw new IllegalArgumentException("the output must have room for the string: needed=" + length
                    + " available=" + (outLimit - outOffset));
        }
        System.arraycopy(string, first, out, outOffset, length);
        return length;
    }

    /** Bytes of the string that was coded last; 0 where that was refused. */
    public int length() {
        return string.length - first;
    }

    private void start() {
        first = string.length; // there is no string until this one is whole
        at = string.length;
        state = CompressAiFormat.START;
    }

    private int end() {
        at -= Long.BYTES; // there is room: a symbol leaves some, and so does a string without any
        LONG.set(string, at, state);
        first = at;
        return length();
    }

    /** Puts symbols in front of those that the string has, last to first. */
    private void put(CompressAiTables set, int[] values, int valuesFrom, int[] indexes, int indexesFrom, int count) {
        int[] firstRow = set.firstRow();
        int[] escape = set.escape();
        int[] offset = set.offset();
        int[] rows = set.rows();
        long[] reciprocals = set.reciprocals();
        byte[] to = string;
        int next = at;
        long x = state;
        for (int i = count - 1; i >= 0; i--) {
            int t = indexes[indexesFrom + i];
            long v = (long) values[valuesFrom + i] - offset[t];
            int cell = escape[t];
            if (next < SYMBOL_BYTES + Long.BYTES) {
                at = next;
                grow();
                to = string;
                next = at;
            }
            if (v >= 0 && v < cell) {
                cell = (int) v;
            } else {
                checkSymbol(set, values[valuesFrom + i], t, i);
                state = x;
                at = next;
                putEscape(v < 0 ? -2 * v - 1 : 2 * (v - cell));
                x = state;
                next = at;
            }
            int row = firstRow[t] + cell;
            int slots = rows[row];
            int frequency = (slots & 0xFFFF) + 1;
            if (x >>> CELL_SHIFT >= frequency) { // x >= f 2^47, which may be 2^63
                next -= Integer.BYTES;
                INT.set(to, next, (int) x);
                x >>>= Integer.SIZE;
            }
            long quotient = CompressAiTables.quotient(x, reciprocals[row], CompressAiTables.quotientShift(frequency));
            x += quotient * (CompressAiFormat.SLOTS - frequency) + (slots >>> 16); // q 2^16 + (x - q f) + start
        }
        at = next;
        state = x;
    }

    /** Puts n and the groups of raw, those that the decoder reads last first. */
    private void putEscape(long raw) {
        int groups = (67 - Long.numberOfLeadingZeros(raw)) / CompressAiFormat.GROUP_BITS;
        for (int group = groups - 1; group >= 0; group--) {
            putGroup(raw >>> CompressAiFormat.GROUP_BITS * group & 15);
        }
        putGroup(groups);
    }

    private void putGroup(long group) {
        if (state >>> GROUP_SHIFT != 0) {
            at -= Integer.BYTES;
            INT.set(string, at, (int) state);
            state >>>= Integer.SIZE;
        }
        state = state << CompressAiFormat.GROUP_BITS | group;
    }

    private static void checkSymbol(CompressAiTables set, int symbol, int t, int index) {
        long v = (long) symbol - set.offset()[t];
        int escape = set.escape()[t];
        if (v < Integer.MIN_VALUE || v - escape > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a symbol must be from offset - 2^31 to offset + escape + 2^31 - 1: index=" + index + " symbol="
                            + symbol + " table=" + t + " offset=" + set.offset()[t] + " escape=" + escape);
        }
    }

    private void grow() {
        long longer = Math.min(2L * string.length, MAX_BYTES);
        int length = string.length - at;
        if (longer - length < SYMBOL_BYTES + Long.BYTES) {
            throw new IllegalArgumentException("a string must have less than 2^31 - 64 bytes: bytes>=" + length);
        }
        byte[] grown = new byte[(int) longer];
        System.arraycopy(string, at, grown, grown.length - length, length);
        string = grown;
        at = grown.length - length;
        first = grown.length;
    }
}
