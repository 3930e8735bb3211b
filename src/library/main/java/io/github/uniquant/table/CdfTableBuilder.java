package io.github.uniquant.table;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;

/**
 * Builds the integer tables of a prior. The table of an offset o has one cell for each integer from {@code floor(lower -
 * o)} to {@code ceil(upper - o)}, where lower and upper cut half of the tail mass each off the base distribution, and a last
 * cell for overflow; its masses are those of the noisy prior at integer + o. Only operations with exactly defined results
 * take part, so the same parameters give the same tables on every machine.
 */
public final class CdfTableBuilder {
    private static final int MAX_PRECISION = 16;

    /** Ints of a row beside its frequencies: the precision and the 0 in front. */
    private static final int ROW_HEADER = 2;

    private static final int MAX_INTS = Integer.MAX_VALUE - 8; // the longest array

    /** A table has at least four ints: its header, a cell and the overflow cell. */
    private static final int MAX_TABLES = MAX_INTS / 4;

    private final Prior prior;
    private final double[] lower;
    private final double[] upper;
    private final int precision;
    private final PmfQuantizer quantizer = new PmfQuantizer();
    private int[] cdf = {};
    private int end;
    private double[] masses = {};
    private float[] pmf = {};
    private int[] frequencies = {};

    private CdfTableBuilder(Prior prior, double tailMass, int precision) {
        if (!(tailMass > 0 && tailMass < 1)) {
            throw new IllegalArgumentException("tailMass must be in (0, 1): tailMass=" + tailMass);
        }
        if (precision < 1 || precision > MAX_PRECISION) {
            throw new IllegalArgumentException("precision must be in [1, 16]: precision=" + precision);
        }
        this.prior = prior;
        this.precision = precision;
        this.lower = new double[prior.size()];
        this.upper = new double[prior.size()];
        for (int element = 0; element < lower.length; element++) {
            lower[element] = prior.lowerTail(element, tailMass);
            upper[element] = prior.upperTail(element, tailMass);
        }
    }

    /**
     * Builds one table for each noise level and prior element, at row {@code level * prior.size() + element}.
     *
     * @param numNoiseLevels N, in [1, 2^24]
     * @param tailMass approximate mass that is coded as overflow, in (0, 1)
     * @param precision bits of precision, in [1, 16]
     * @param bottleneckType the type that the offsets are computed in
     */
    public static CdfTables build(
            Prior prior, int numNoiseLevels, double tailMass, int precision, ElementType bottleneckType) {
        if (numNoiseLevels < 1 || numNoiseLevels > Dither.MAX_NOISE_LEVELS) {
            throw new IllegalArgumentException("numNoiseLevels must be in [1, 2^24]: numNoiseLevels=" + numNoiseLevels);
        }
        CdfTableBuilder builder = new CdfTableBuilder(prior, tailMass, precision);
        return builder.build(
                numNoiseLevels, (level, element) -> NoiseOffsets.tableOffset(level, numNoiseLevels, bottleneckType));
    }

    /**
     * Builds one table for each prior element, at an offset of its own.
     *
     * @param offsets the offset of each element
     */
    public static CdfTables build(Prior prior, double[] offsets, double tailMass, int precision) {
        int size = prior.size();
        if (offsets.length != size) {
            throw new IllegalArgumentException("there must be one offset for each element of the prior: offsets="
                    + offsets.length + " elements=" + size);
        }
        return new CdfTableBuilder(prior, tailMass, precision).build(1, (level, element) -> offsets[element]);
    }

    /** The offset of a table. */
    private interface Offsets {
        double of(int level, int element);
    }

    /** Measures all rows, so that what does not fit is refused before anything is allocated; then fills them. */
    private CdfTables build(int levels, Offsets offsets) {
        int size = lower.length;
        long tables = (long) levels * size;
        if (tables > MAX_TABLES) {
            throw new IllegalArgumentException("the tables must be fewer than 2^29: numNoiseLevels=" + levels
                    + " elements=" + size + " tables=" + tables);
        }
        long ints = 0;
        int longest = 0;
        for (int level = 0; level < levels; level++) {
            for (int element = 0; element < size; element++) {
                int cells = checkedCells(level, element, offsets.of(level, element));
                longest = Math.max(longest, cells);
                ints += ROW_HEADER + cells;
            }
        }
        if (ints > MAX_INTS) {
            throw new IllegalArgumentException(
                    "the tables must have less than 2^31 - 8 integers: integers=" + ints + " tables=" + tables);
        }
        cdf = new int[(int) ints];
        masses = new double[longest];
        pmf = new float[longest];
        frequencies = new int[longest];
        int[] cdfOffset = new int[levels * size];
        for (int level = 0; level < levels; level++) {
            for (int element = 0; element < size; element++) {
                cdfOffset[level * size + element] = addRow(level, element, offsets.of(level, element));
            }
        }
        return CdfTables.checked(cdf, cdfOffset);
    }

    private double min(int element, double offset) {
        return Math.floor(lower[element] - offset);
    }

    private double max(int element, double offset) {
        return Math.ceil(upper[element] - offset);
    }

    /** Appends the row of one table; returns the symbol of its first cell. */
    private int addRow(int level, int element, double offset) {
        double min = min(element, offset);
        int length = (int) (max(element, offset) - min + 1);
        prior.probRow(element, min + offset, length, masses, 0);
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += masses[i];
            pmf[i] = (float) masses[i];
            if (!(masses[i] >= 0 && masses[i] <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException("the masses of the prior must be finite and at least 0: level="
                        + level + " element=" + element + " y=" + (min + i + offset) + " mass=" + masses[i]);
            }
        }
        pmf[length] = (float) Math.max(1 - sum, 0);
        quantizer.quantize(pmf, length + 1, precision, frequencies);
        append(length + 1);
        return (int) min;
    }

    /** The number of cells of a table, that for overflow included, which must fit the slots. */
    private int checkedCells(int level, int element, double offset) {
        double min = min(element, offset);
        double max = max(element, offset);
        if (!(min > Integer.MIN_VALUE && max < Integer.MAX_VALUE && min <= max)) {
            throw new IllegalArgumentException("the tails of the prior must be 32-bit integers, in order: level="
                    + level + " element=" + element + " lower=" + lower[element] + " upper=" + upper[element]);
        }
        long cells = (long) (max - min) + 2;
        if (cells <= 1 << precision) {
            return (int) cells;
        }
        int least = 64 - Long.numberOfLeadingZeros(cells - 1);
        throw new IllegalArgumentException("a table must have at least as many slots as cells, which "
                + (least <= MAX_PRECISION
                        ? "takes a precision of at least " + least
                        : "no precision up to 16 gives; a larger tail mass or a smaller scale does")
                + ": level=" + level + " element=" + element + " cells=" + cells + " precision=" + precision);
    }

    private void append(int cells) {
        cdf[end++] = -precision;
        cdf[end++] = 0;
        for (int i = 0; i < cells; i++) {
            cdf[end] = cdf[end - 1] + frequencies[i];
            end++;
        }
    }
}
