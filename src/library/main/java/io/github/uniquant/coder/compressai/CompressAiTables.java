package io.github.uniquant.coder.compressai;

import io.github.uniquant.table.CdfTables;
import java.util.stream.IntStream;

/**
 * CompressAI's tables made ready for coding. Immutable and thread-safe; share one among all coders of a model.
 *
 * <ul>
 *   <li><i>rows</i>: the first slot and the frequency of a cell in one int;
 *   <li><i>reciprocals</i>, for encoding: what a state is multiplied by in place of a division by the frequency;
 *   <li><i>buckets</i>, for decoding: equal runs of slots, at least two for each cell, and the row of the cell that the first
 *       slot of each is in. From there cells are tried one by one: at most half of one more on average, where symbols are as
 *       likely as the table says.
 * </ul>
 *
 * <p>Memory: 12 bytes a cell, and for the buckets 16 to 32 bytes a cell, but at least 1 KiB a table. That is beside the
 * {@link CdfTables}, of 4 bytes a cell.
 */
public final class CompressAiTables {
    private static final int LEAST_BUCKET_BITS = 7;

    private final CdfTables tables;

    // Per table.
    private final int[] firstRow; // index of its first cell in rows
    private final int[] escape; // its last cell
    private final int[] offset; // the symbol of its first cell
    private final int[] firstBucket;
    private final int[] bucketShift; // log2 of the slots of a bucket

    private final int[] rows; // first slot << 16 | frequency - 1
    private final long[] reciprocals; // unsigned
    private final long[] buckets; // the row of the cell of its first slot << 32 | its index in rows

    /**
     * Takes the buffers of a CompressAI model as they are, copies and checks them fully.
     *
     * @param quantizedCdf {@code _quantized_cdf}, row by row: the first {@code cdfLength[t]} ints of row t rise strictly
     *     from 0 to 65536, all behind them are 0
     * @param cdfLength {@code _cdf_length}: the cells of each table, that for escapes included, and one more; at least 2
     * @param offset {@code _offset}: the symbol of each table's first cell, larger than the least int; that of its last
     *     cell but the escape must be an int, too
     */
    public static CompressAiTables of(int[] quantizedCdf, int[] cdfLength, int[] offset) {
        int count = cdfLength.length;
        int width = count == 0 ? 0 : quantizedCdf.length / count;
        if (offset.length != count || quantizedCdf.length != (long) width * count) {
            throw new IllegalArgumentException("there must be a length, an offset and a row of the same width for each"
                    + " table: lengths=" + count + " offsets=" + offset.length + " ints=" + quantizedCdf.length);
        }
        long total = 0;
        for (int t = 0; t < count; t++) {
            checkRow(quantizedCdf, t, width, cdfLength[t]);
            total += 1 + cdfLength[t];
        }
        if (total > CompressAiFormat.MAX_ARRAY_LENGTH) {
            throw new IllegalArgumentException("the rows must fit an array: tables=" + count + " ints=" + total);
        }
        int[] cdf = new int[(int) total];
        int at = 0;
        for (int t = 0; t < count; t++) {
            cdf[at++] = -CompressAiFormat.PRECISION; // negative: the last cell is for overflow
            System.arraycopy(quantizedCdf, t * width, cdf, at, cdfLength[t]);
            at += cdfLength[t];
        }
        return of(CdfTables.of(cdf, offset));
    }

    private static void checkRow(int[] cdf, int t, int width, int length) {
        if (length < 2 || length > width) {
            throw new IllegalArgumentException("a length must be in [2, width]: table=" + t + " length=" + length
                    + " width=" + width + " ints=" + cdf.length);
        }
        int start = t * width;
        for (int i = 0; i < width; i++) {
            int bound = cdf[start + i];
            if (i == 0 || i >= length ? bound != 0 : bound <= cdf[start + i - 1]) {
                throw new IllegalArgumentException(
                        "a row must rise strictly from 0 over its length, and be 0 behind it: table=" + t + " length="
                                + length + " index=" + i + " value=" + bound);
            }
        }
        if (cdf[start + length - 1] != CompressAiFormat.SLOTS) {
            throw new IllegalArgumentException(
                    "a row must end at 65536: table=" + t + " length=" + length + " value=" + cdf[start + length - 1]);
        }
    }

    /**
     * Makes tables ready for coding that are not CompressAI's, or not any more.
     *
     * @param tables of precision 16, each with overflow, and with offsets such that all symbols with a cell are ints
     */
    public static CompressAiTables of(CdfTables tables) {
        return new CompressAiTables(tables);
    }

    private CompressAiTables(CdfTables tables) {
        this.tables = tables;
        int count = tables.count();
        firstRow = new int[count];
        escape = new int[count];
        offset = new int[count];
        firstBucket = new int[count];
        bucketShift = new int[count];
        rows = new int[tables.totalCells()];
        reciprocals = new long[rows.length];
        long bucketCount = 0;
        int cellCount = 0;
        for (int t = 0; t < count; t++) {
            check(tables, t);
            int cells = tables.cells(t);
            int bucketBits = Math.clamp(33 - Integer.numberOfLeadingZeros(cells - 1), LEAST_BUCKET_BITS, 16);
            firstRow[t] = cellCount;
            escape[t] = cells - 1;
            offset[t] = tables.offset(t);
            firstBucket[t] = (int) bucketCount;
            bucketShift[t] = CompressAiFormat.PRECISION - bucketBits;
            cellCount += cells;
            bucketCount += 1L << bucketBits;
            if (bucketCount > CompressAiFormat.MAX_ARRAY_LENGTH) {
                throw new IllegalArgumentException(
                        "the buckets of the tables must fit int indexes: tables=" + count + " cells=" + rows.length);
            }
        }
        buckets = new long[(int) bucketCount];
        for (int t = 0; t < count; t++) {
            fill(t);
        }
    }

    private static void check(CdfTables tables, int t) {
        if (tables.precision() != CompressAiFormat.PRECISION || !tables.hasOverflow(t)) {
            throw new IllegalArgumentException("tables must have precision 16 and overflow: precision="
                    + tables.precision() + " table=" + t + " overflow=" + tables.hasOverflow(t));
        }
        if (tables.offset(t) > Integer.MAX_VALUE - Math.max(0, tables.cells(t) - 2)) {
            throw new IllegalArgumentException("all symbols that have a cell must be ints: table=" + t + " offset="
                    + tables.offset(t) + " cells=" + tables.cells(t));
        }
    }

    private void fill(int t) {
        int bucketSlots = 1 << bucketShift[t];
        int bucket = firstBucket[t];
        int bucketStart = 0;
        for (int cell = 0; cell <= escape[t]; cell++) {
            int row = firstRow[t] + cell;
            int start = tables.cumulative(t, cell);
            int frequency = tables.frequency(t, cell);
            rows[row] = start << 16 | frequency - 1;
            reciprocals[row] = reciprocal(frequency);
            for (; bucketStart < start + frequency; bucketStart += bucketSlots) {
                buckets[bucket++] = (long) rows[row] << 32 | row;
            }
        }
    }

    /**
     * {@code ceil(2^(63 + s) / f)} as an unsigned long, where {@code s = ceil(log2 f)}. It is larger than the fraction by e /
     * f with {@code e < f <= 2^s}, so {@link #quotient}, before rounding down, is larger than x / f by {@code x e / (2^(63 +
     * s) f) < 1 / f}: too little to reach the next integer.
     */
    static long reciprocal(int f) {
        long high = 1L << 31 + quotientShift(f); // times 2^32
        long upper = high / f;
        long rest = high % f << 32;
        return (upper << 32) + (rest + f - 1) / f;
    }

    /** s, for a frequency in [1, 2^16]. */
    static int quotientShift(int f) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(f - 1);
    }

    /** {@code x div f}, for x in [0, 2^63), of f's reciprocal and shift. */
    static long quotient(long x, long reciprocal, int shift) {
        return Math.unsignedMultiplyHigh(x << 1, reciprocal) >>> shift;
    }

    /** The tables these were made from, as models take them: in the layout of TensorFlow Compression, of precision 16. */
    public CdfTables tables() {
        return tables;
    }

    int[] firstRow() {
        return firstRow;
    }

    int[] escape() {
        return escape;
    }

    int[] offset() {
        return offset;
    }

    int[] firstBucket() {
        return firstBucket;
    }

    int[] bucketShift() {
        return bucketShift;
    }

    int[] rows() {
        return rows;
    }

    long[] reciprocals() {
        return reciprocals;
    }

    long[] buckets() {
        return buckets;
    }

    // ---- masses to rows

    /**
     * CompressAI's {@code pmf_to_quantized_cdf} at precision 16: a row of {@code _quantized_cdf}, bit for bit. The masses are
     * rounded to slots, scaled to add up to 2^16 and rounded down, and the last cell takes what is left. Then each empty
     * cell, from the first on, takes a slot from the narrowest cell of more than one, on ties the first.
     *
     * @param pmf masses, finite and at least 0, the last one that of the escape; from 1 to 65536, which need not add up to
     *     1, but to less than 2^15, and not all of which may round to 0 slots
     * @return {@code pmf.length + 1} ints from 0 to 65536
     */
    public static int[] pmfToQuantizedCdf(float[] pmf) {
        int[] frequencies = roundedDown(pmf);
        long[] donors = IntStream.range(0, frequencies.length)
                .filter(i -> frequencies[i] > 1)
                .mapToLong(i -> (long) frequencies[i] << 32 | i)
                .sorted()
                .toArray();
        // A donor that has given is the narrowest of all, so it gives until it has one slot; no cell becomes a donor.
        int donor = 0;
        for (int i = 0; i < frequencies.length; i++) {
            if (frequencies[i] == 0) {
                int from = (int) donors[donor];
                frequencies[i] = 1;
                if (--frequencies[from] == 1) {
                    donor++;
                }
            }
        }
        int[] cdf = new int[pmf.length + 1];
        for (int i = 0; i < pmf.length; i++) {
            cdf[i + 1] = cdf[i] + frequencies[i];
        }
        return cdf;
    }

    /** Frequencies that add up to 2^16, but may be 0. */
    private static int[] roundedDown(float[] pmf) {
        int n = pmf.length;
        if (n < 1 || n > CompressAiFormat.SLOTS) {
            throw new IllegalArgumentException("there must be from 1 to 65536 masses: length=" + n);
        }
        int[] frequencies = new int[n];
        long total = 0;
        for (int i = 0; i < n; i++) {
            if (!(pmf[i] >= 0 && pmf[i] <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException(
                        "masses must be finite and at least 0: index=" + i + " mass=" + pmf[i]);
            }
            double slots = Math.floor((double) pmf[i] * CompressAiFormat.SLOTS + 0.5); // exact, but for the floor
            frequencies[i] = (int) slots;
            total += (long) Math.min(slots, 1L << 31);
        }
        if (total == 0 || total > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("masses must add up to at least a slot of 2^-16, and to less than 2^15:"
                    + " slots=" + total + " length=" + n);
        }
        int left = CompressAiFormat.SLOTS;
        for (int i = 0; i < n; i++) {
            frequencies[i] = (int) (((long) frequencies[i] << CompressAiFormat.PRECISION) / total);
            left -= frequencies[i];
        }
        frequencies[n - 1] += left;
        return frequencies;
    }

    @Override
    public String toString() {
        return "CompressAiTables[" + tables + "]";
    }
}
