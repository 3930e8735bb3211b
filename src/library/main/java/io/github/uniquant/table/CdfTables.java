package io.github.uniquant.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Objects;

/**
 * The integer CDFs of a model. Table t cuts 2^precision slots into cells; cell i stands for the symbol {@code offset(t) +
 * i}, but for the last cell of a table with overflow, which stands for all other symbols. Every cell has at least one
 * slot. Immutable and thread-safe; the layout of the arrays is upstream's.
 */
public final class CdfTables {
    private static final int MAX_PRECISION = 16;
    private static final String HASH_DOMAIN = "uniquant-tables-1 riffle-0";

    private final int[] cdf;
    private final int[] cdfOffset;
    private final int[] rowStart; // row t is cdf[rowStart[t] .. rowStart[t + 1]): the precision, then cells + 1 bounds
    private final int precision;
    private final boolean overflowNowhere;
    private volatile long hash; // 0 until it is asked for

    private CdfTables(int[] cdf, int[] cdfOffset, int[] rowStart, int precision) {
        this.cdf = cdf;
        this.cdfOffset = cdfOffset;
        this.rowStart = rowStart;
        this.precision = precision;
        boolean nowhere = true;
        for (int row = 0; row < cdfOffset.length; row++) {
            nowhere &= cdf[rowStart[row]] > 0;
        }
        this.overflowNowhere = nowhere;
    }

    /**
     * Takes tables in upstream's layout, copies and checks them fully.
     *
     * @param cdf the concatenation of rows {@code [-p or p, 0, c1, ..., 2^p]}, strictly increasing from the 0 on; a negative
     *     precision marks a last cell for overflow; p is the same, in [1, 16], for all rows
     * @param cdfOffset the symbol of each row's first cell, larger than the least int
     */
    public static CdfTables of(int[] cdf, int[] cdfOffset) {
        return checked(cdf.clone(), cdfOffset.clone());
    }

    /** As {@link #of}, but keeps the arrays. */
    private static CdfTables checked(int[] cdf, int[] cdfOffset) {
        int[] rowStart = new int[cdfOffset.length + 1];
        int precision = cdf.length == 0 ? 1 : Math.abs(cdf[0]);
        int at = 0;
        for (int row = 0; row < cdfOffset.length; row++) {
            rowStart[row] = at;
            if (at >= cdf.length) {
                throw new IllegalArgumentException(
                        "cdf must have one row for each offset: rows=" + row + " offsets=" + cdfOffset.length);
            }
            if (precision < 1 || precision > MAX_PRECISION || Math.abs(cdf[at]) != precision) {
                throw new IllegalArgumentException("each row must start with the same precision in [1, 16], or its"
                        + " negative: row=" + row + " position=" + at + " value=" + cdf[at] + " first=" + cdf[0]);
            }
            at = rowEnd(cdf, at + 1, 1 << precision, row);
            if (cdfOffset[row] == Integer.MIN_VALUE) {
                throw new IllegalArgumentException(
                        "an offset must be larger than the least int: row=" + row + " offset=" + cdfOffset[row]);
            }
        }
        if (at != cdf.length) {
            throw new IllegalArgumentException("cdf must have one row for each offset: offsets=" + cdfOffset.length
                    + " position=" + at + " length=" + cdf.length);
        }
        rowStart[cdfOffset.length] = at;
        return new CdfTables(cdf, cdfOffset, rowStart, precision);
    }

    /**
     * As {@link #checked}, for a builder that made valid rows and knows where they start.
     *
     * @param rowStart index of each row in cdf, and the length of cdf
     */
    static CdfTables trusted(int[] cdf, int[] cdfOffset, int[] rowStart, int precision) {
        return new CdfTables(cdf, cdfOffset, rowStart, cdfOffset.length == 0 ? 1 : precision);
    }

    /** Checks the bounds of a row, which start at {@code first}; returns the index behind the last one. */
    private static int rowEnd(int[] cdf, int first, int slots, int row) {
        int previous = -1;
        for (int at = first; at < cdf.length; at++) {
            int bound = cdf[at];
            if (at == first ? bound != 0 : bound <= previous || bound > slots) {
                throw new IllegalArgumentException("a row must rise strictly from 0 to 2^precision: row=" + row
                        + " position=" + at + " value=" + bound + " previous=" + previous + " slots=" + slots);
            }
            if (bound == slots) {
                return at + 1;
            }
            previous = bound;
        }
        throw new IllegalArgumentException("a row must rise strictly from 0 to 2^precision: row=" + row + " position="
                + cdf.length + " previous=" + previous + " slots=" + slots);
    }

    /** The number of tables. */
    public int count() {
        return cdfOffset.length;
    }

    /** Bits of precision p: every table has 2^p slots. */
    public int precision() {
        return precision;
    }

    /** The number of cells of a table, that for overflow included. */
    public int cells(int table) {
        return rowStart[table + 1] - rowStart[table] - 2;
    }

    /** Whether the last cell of a table stands for all symbols outside the others. */
    public boolean hasOverflow(int table) {
        return cdf[rowStart[table]] < 0;
    }

    /** Whether no table {@link #hasOverflow(int) has overflow}, so that every symbol must lie in its table. */
    public boolean hasOverflowNowhere() {
        return overflowNowhere;
    }

    /** The symbol of a table's first cell. */
    public int offset(int table) {
        return cdfOffset[table];
    }

    /** The slots before a cell, for cells from 0 to {@code cells(table)}. */
    public int cumulative(int table, int cell) {
        return cdf[rowStart[table] + 1 + cell];
    }

    /** The slots of a cell, at least 1. */
    public int frequency(int table, int cell) {
        int at = rowStart[table] + 1 + cell;
        return cdf[at + 1] - cdf[at];
    }

    /**
     * Refuses a range of table indexes with one that is none.
     *
     * @throws IllegalArgumentException if an index is not that of a table
     * @throws IndexOutOfBoundsException if the range is not within its array
     */
    public void checkIndexes(int[] tableOf, int from, int n) {
        Objects.checkFromIndexSize(from, n, tableOf.length);
        int last = count() - 1;
        int bad = 0; // negative where one is negative or too large
        for (int i = 0; i < n; i++) {
            bad |= tableOf[from + i] | last - tableOf[from + i];
        }
        if (bad < 0) {
            refuseIndexes(tableOf, from, n);
        }
    }

    private void refuseIndexes(int[] tableOf, int from, int n) {
        for (int i = 0; i < n; i++) {
            int t = tableOf[from + i];
            if (t < 0 || t >= count()) {
                throw new IllegalArgumentException(
                        "a table index must be that of a table: index=" + i + " table=" + t + " tables=" + count());
            }
        }
    }

    /** The cells of all tables together. */
    public int totalCells() {
        return cdf.length - 2 * cdfOffset.length;
    }

    /** A copy of the rows in upstream's layout; see {@link #of}. */
    public int[] cdf() {
        return cdf.clone();
    }

    /** A copy of the symbols of the first cells. */
    public int[] cdfOffset() {
        return cdfOffset.clone();
    }

    /**
     * A stable 64-bit hash: the first 8 bytes, big-endian, of the SHA-256 of the ASCII text {@code "uniquant-tables-1
     * riffle-0"} (which names the slot order of the native format), then as little-endian 32-bit integers the number of
     * tables, the offsets, the number of ints of the CDFs, and the CDFs.
     */
    public long hash() {
        long known = hash;
        if (known == 0) {
            known = hash(cdf, cdfOffset);
            hash = known;
        }
        return known;
    }

    private static long hash(int[] cdf, int[] cdfOffset) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
        digest.update(HASH_DOMAIN.getBytes(StandardCharsets.US_ASCII));
        update(digest, cdfOffset);
        update(digest, cdf);
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    private static void update(MessageDigest digest, int[] values) {
        ByteBuffer chunk = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        chunk.putInt(values.length);
        for (int value : values) {
            if (chunk.remaining() < Integer.BYTES) {
                digest.update(chunk.array(), 0, chunk.position());
                chunk.clear();
            }
            chunk.putInt(value);
        }
        digest.update(chunk.array(), 0, chunk.position());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CdfTables tables
                && Arrays.equals(cdfOffset, tables.cdfOffset)
                && Arrays.equals(cdf, tables.cdf);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(cdf);
    }

    @Override
    public String toString() {
        return "CdfTables[count=" + count() + ", precision=" + precision + ", cells=" + totalCells() + ", hash="
                + Long.toHexString(hash()) + "]";
    }
}
