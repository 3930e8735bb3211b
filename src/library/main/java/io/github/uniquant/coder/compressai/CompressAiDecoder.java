package io.github.uniquant.coder.compressai;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolDecoder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Reads strings of CompressAI's {@code RansEncoder} and {@code BufferedRansEncoder}: {@link #decode} the whole of one; {@link
 * #begin}, {@link #decodeSlice}, once or more, and {@link #finish} slice by slice, where the tables or their indexes depend on
 * what has been decoded. Reusable, single-threaded, allocates nothing.
 */
public final class CompressAiDecoder implements SymbolDecoder {
    private static final byte[] EMPTY = {};
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Rows beyond a bucket's first one that are looked at in turn; most buckets have fewer. */
    private static final int NEAR_ROWS = 3;

    private final CompressAiTables tables;
    private final boolean sanityCheck;

    private boolean begun;
    private byte[] in = EMPTY;
    private int start;
    private int limit;
    private int position; // of the next word
    private long state;

    /**
     * A decoder with these tables; slices may have others.
     *
     * @param sanityCheck whether to refuse a string that is not used up exactly, or does not end in the state that an encoder
     *     starts from; CompressAI does not look
     */
    public CompressAiDecoder(CompressAiTables tables, boolean sanityCheck) {
        this.tables = tables;
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
        check(tables, tableOf, tablesOffset, count, symbols, symbolsOffset);
        begin(input, inOffset, inLength);
        read(tables, tableOf, tablesOffset, count, symbols, symbolsOffset);
        return finish();
    }

    /**
     * Begins the string {@code in[inOffset .. inOffset + inLength)}, which must stay as it is until {@link #finish}. A string
     * that was begun before is let go of.
     *
     * @throws MalformedBitstreamException if no encoder can have written the string
     */
    public void begin(byte[] input, int inOffset, int inLength) {
        Objects.checkFromIndexSize(inOffset, inLength, input.length);
        in = input;
        start = inOffset;
        limit = inOffset + inLength;
        if (inLength < Long.BYTES) {
            position = limit;
            throw malformed("a string must have at least the 8 bytes of its state");
        }
        position = inOffset;
        state = (long) LONG.get(input, inOffset);
        if (state < CompressAiFormat.START) {
            throw malformed("the first state must be in [2^31, 2^63)");
        }
        position = inOffset + Long.BYTES;
        begun = true;
    }

    /**
     * Decodes the next {@code count} symbols to {@code symbols[symbolsOffset ..]}, symbol {@code i} with table {@code
     * tableOf[tablesOffset + i]} of these tables.
     *
     * @throws IllegalArgumentException if a table index is none; no symbol is written then, and the string stays begun
     * @throws IllegalStateException if no string was begun
     * @throws MalformedBitstreamException if no encoder can have written the string; its offset counts from the start of the
     *     string. The symbols are undefined then, and the string is let go of
     */
    public void decodeSlice(
            CompressAiTables sliceTables,
            int[] tableOf,
            int tablesOffset,
            int count,
            int[] symbols,
            int symbolsOffset) {
        checkBegun();
        check(sliceTables, tableOf, tablesOffset, count, symbols, symbolsOffset);
        read(sliceTables, tableOf, tablesOffset, count, symbols, symbolsOffset);
    }

    /**
     * Ends a string after its last slice.
     *
     * @return the number of bytes consumed
     * @throws IllegalStateException if no string was begun
     * @throws MalformedBitstreamException if the string does not end here, where that is to be checked
     */
    public int finish() {
        checkBegun();
        if (sanityCheck && position != limit) {
            throw malformed("the string must end with the last symbol");
        }
        if (sanityCheck && state != CompressAiFormat.START) {
            throw malformed("the state after the last symbol must be 2^31");
        }
        letGo();
        return position - start;
    }

    private void checkBegun() {
        if (!begun) {
            throw new IllegalStateException("a string must have been begun, and not be finished or refused");
        }
    }

    private static void check(
            CompressAiTables set, int[] tableOf, int tablesOffset, int count, int[] symbols, int symbolsOffset) {
        Objects.checkFromIndexSize(symbolsOffset, count, symbols.length);
        set.tables().checkIndexes(tableOf, tablesOffset, count);
    }

    private void read(
            CompressAiTables set, int[] tableOf, int tablesOffset, int count, int[] symbols, int symbolsOffset) {
        int[] firstRow = set.firstRow();
        int[] escape = set.escape();
        int[] offset = set.offset();
        int[] firstBucket = set.firstBucket();
        int[] bucketShift = set.bucketShift();
        int[] rows = set.rows();
        long[] buckets = set.buckets();
        byte[] from = in;
        int at = position;
        long x = state;
        for (int i = 0; i < count; i++) {
            int t = tableOf[tablesOffset + i];
            int slot = (int) x & 0xFFFF;
            long bucket = buckets[firstBucket[t] + (slot >>> bucketShift[t])];
            int row = (int) bucket;
            int slots = (int) (bucket >>> 32);
            int near = row + NEAR_ROWS;
            while (slot - (slots >>> 16) > (slots & 0xFFFF)) { // the slot is in a cell behind this one
                row = row < near ? row + 1 : rowOf(rows, slot, row + 1, firstRow[t] + escape[t]);
                slots = rows[row];
            }
            x = (x >>> CompressAiFormat.PRECISION) * ((slots & 0xFFFF) + 1) + (slot - (slots >>> 16));
            if (x < CompressAiFormat.START) {
                if (limit - at < Integer.BYTES) {
                    throw ended();
                }
                x = x << Integer.SIZE | (int) INT.get(from, at) & 0xFFFFFFFFL;
                at += Integer.BYTES;
            }
            int cell = row - firstRow[t];
            int symbol = offset[t] + cell;
            if (cell == escape[t]) {
                state = x;
                position = at;
                symbol = escaped(offset[t], cell);
                x = state;
                at = position;
            }
            symbols[symbolsOffset + i] = symbol;
        }
        state = x;
        position = at;
    }

    /** The row of a slot, from one to another: of tables whose small cells lie in a heap, a string may name those alone. */
    private static int rowOf(int[] rows, int slot, int from, int to) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (rows[middle] >>> 16 <= slot) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The symbol of the groups behind an escape. */
    private int escaped(int offset, int escape) {
        int groups = group();
        if (groups > CompressAiFormat.MOST_GROUPS) {
            throw malformed("an escape must have at most 8 groups");
        }
        long raw = 0;
        int last = 1;
        for (int i = 0; i < groups; i++) {
            last = group();
            raw |= (long) last << CompressAiFormat.GROUP_BITS * i;
        }
        if (last == 0) {
            throw malformed("an escape must have no more groups than it needs");
        }
        long half = raw >>> 1;
        long symbol = ((raw & 1) == 0 ? half + escape : -half - 1) + offset;
        if ((int) symbol != symbol) {
            throw malformed("an escape must give an int32");
        }
        return (int) symbol;
    }

    private int group() {
        int group = (int) state & 15;
        state >>>= CompressAiFormat.GROUP_BITS;
        if (state < CompressAiFormat.START) {
            if (limit - position < Integer.BYTES) {
                throw ended();
            }
            state = state << Integer.SIZE | (int) INT.get(in, position) & 0xFFFFFFFFL;
            position += Integer.BYTES;
        }
        return group;
    }

    private MalformedBitstreamException ended() {
        position = limit;
        return malformed("a string must not end before its last symbol");
    }

    private MalformedBitstreamException malformed(String reason) {
        letGo();
        return new MalformedBitstreamException(reason, position - start);
    }

    private void letGo() {
        in = EMPTY;
        begun = false;
    }
}
