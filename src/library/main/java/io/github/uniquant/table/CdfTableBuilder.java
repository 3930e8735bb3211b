package io.github.uniquant.table;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;

/**
 * Builds the integer tables of a prior. The table of an offset o has one cell for each integer from {@code floor(lower -
 * o)} to {@code ceil(upper - o)}, where lower and upper cut half of the tail mass each off the base distribution, and a last
 * cell for overflow; its masses are those of the noisy prior at integer + o. Only operations with exactly defined results
 * take part, so the same parameters give the same tables on every machine.
 *
 * <p>A builder keeps its working memory, about 100 KiB, and more at high precisions or for rows of thousands of cells: where tables are built
 * again and again, as while a prior is trained, keep the builder. It is single-threaded.
 */
public final class CdfTableBuilder {
    private static final int MAX_PRECISION = 16;

    /** Ints of a row beside its frequencies: the precision and the 0 in front. */
    private static final int ROW_HEADER = 2;

    /** A table has at least four ints: its header, a cell and the overflow cell. */
    private static final int MAX_TABLES = Shape.MAX_ARRAY_LENGTH / 4;

    /** Masses that the prior is asked for at once, unless a single row has more; their memory stays in the caches. */
    private static final int SWEEP_MASSES = 4096;

    /** Most rows of a sweep. */
    private static final int SWEEP_ROWS = 1024;

    private final PmfQuantizer quantizer = new PmfQuantizer();

    // A sweep: rows whose masses are asked for together.
    private final int[] levels = new int[SWEEP_ROWS];
    private final int[] elements = new int[SWEEP_ROWS];
    private final double[] firsts = new double[SWEEP_ROWS]; // the value of the first cell, offset included
    private final int[] counts = new int[SWEEP_ROWS];
    private double[] masses = {};

    private float[] pmf = {};
    private int[] frequencies = {};

    /** A builder of no memory yet. */
    public CdfTableBuilder() {}

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
        return new CdfTableBuilder().rebuild(prior, numNoiseLevels, tailMass, precision, bottleneckType);
    }

    /**
     * Builds one table for each prior element, at an offset of its own.
     *
     * @param offsets the offset of each element
     */
    public static CdfTables build(Prior prior, double[] offsets, double tailMass, int precision) {
        return new CdfTableBuilder().rebuild(prior, offsets, tailMass, precision);
    }

    /** As {@link #build(Prior, int, double, int, ElementType)}, in the memory of the last build. */
    public CdfTables rebuild(
            Prior prior, int numNoiseLevels, double tailMass, int precision, ElementType bottleneckType) {
        if (numNoiseLevels < 1 || numNoiseLevels > Dither.MAX_NOISE_LEVELS) {
            throw new IllegalArgumentException("numNoiseLevels must be in [1, 2^24]: numNoiseLevels=" + numNoiseLevels);
        }
        Rows rows = new Rows(prior, tailMass, precision, numNoiseLevels) {
            @Override
            double offset(int level, int element) {
                return NoiseOffsets.tableOffset(level, numNoiseLevels, bottleneckType);
            }
        };
        return build(rows);
    }

    /** As {@link #build(Prior, double[], double, int)}, in the memory of the last build. */
    public CdfTables rebuild(Prior prior, double[] offsets, double tailMass, int precision) {
        int size = prior.size();
        if (offsets.length != size) {
            throw new IllegalArgumentException("there must be one offset for each element of the prior: offsets="
                    + offsets.length + " elements=" + size);
        }
        Rows rows = new Rows(prior, tailMass, precision, 1) {
            @Override
            double offset(int level, int element) {
                return offsets[element];
            }
        };
        return build(rows);
    }

    // ---- the cells of each row

    /** Which integers the cells of each table stand for. */
    private abstract static class Rows {
        final Prior prior;
        final int levels;
        final int precision;
        private final double[] lower;
        private final double[] upper;

        Rows(Prior prior, double tailMass, int precision, int levels) {
            if (!(tailMass > 0 && tailMass < 1)) {
                throw new IllegalArgumentException("tailMass must be in (0, 1): tailMass=" + tailMass);
            }
            if (precision < 1 || precision > MAX_PRECISION) {
                throw new IllegalArgumentException("precision must be in [1, 16]: precision=" + precision);
            }
            this.prior = prior;
            this.levels = levels;
            this.precision = precision;
            this.lower = new double[prior.size()];
            this.upper = new double[prior.size()];
            for (int element = 0; element < lower.length; element++) {
                findTails(element, tailMass);
            }
        }

        private void findTails(int element, double tailMass) {
            boolean noHalf = tailMass / 2 == 0; // tails that end somewhere are found all the same
            try {
                lower[element] = prior.lowerTail(element, tailMass);
                upper[element] = prior.upperTail(element, tailMass);
            } catch (IllegalArgumentException e) {
                throw noHalf ? withoutHalf(element, tailMass) : withoutTails(element, tailMass, e);
            }
            if (noHalf && !(Double.isFinite(lower[element]) && Double.isFinite(upper[element]))) {
                throw withoutHalf(element, tailMass);
            }
        }

        private static IllegalArgumentException withoutTails(
                int element, double tailMass, IllegalArgumentException cause) {
            return new IllegalArgumentException(
                    "the prior must have half of tailMass on each side: element=" + element + " tailMass=" + tailMass
                            + ": " + cause.getMessage(),
                    cause);
        }

        private static IllegalArgumentException withoutHalf(int element, double tailMass) {
            return new IllegalArgumentException("half of tailMass must be larger than 0 as a float64 where the prior's"
                    + " tails do not end: tailMass=" + tailMass + " element=" + element);
        }

        /** The offset of a table. */
        abstract double offset(int level, int element);

        final int size() {
            return lower.length;
        }

        final double min(int element, double offset) {
            return Math.floor(lower[element] - offset);
        }

        final double max(int element, double offset) {
            return Math.ceil(upper[element] - offset);
        }

        /** The number of cells of a table, that for overflow included, which must fit the slots. */
        final int checkedCells(int level, int element) {
            double offset = offset(level, element);
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
                            : "no precision up to 16 gives; a larger tail mass or a smaller scale does,"
                                    + " and rans-free-1 needs no tables")
                    + ": level=" + level + " element=" + element + " cells=" + cells + " precision=" + precision);
        }
    }

    // ---- assembly

    /** Measures all rows, so that what does not fit is refused before anything is allocated; then fills them. */
    private CdfTables build(Rows rows) {
        int size = rows.size();
        long tables = (long) rows.levels * size;
        if (tables > MAX_TABLES) {
            throw new IllegalArgumentException("the tables must be fewer than 2^29: numNoiseLevels=" + rows.levels
                    + " elements=" + size + " tables=" + tables);
        }
        long ints = 0;
        int longest = 0;
        for (int level = 0; level < rows.levels; level++) {
            for (int element = 0; element < size; element++) {
                int cells = rows.checkedCells(level, element);
                longest = Math.max(longest, cells);
                ints += ROW_HEADER + cells;
            }
        }
        if (ints > Shape.MAX_ARRAY_LENGTH) {
            throw new IllegalArgumentException(
                    "the tables must have less than 2^31 - 8 integers: integers=" + ints + " tables=" + tables);
        }
        if (pmf.length < longest) {
            pmf = new float[longest];
            frequencies = new int[longest];
        }
        int sweepMasses = (int) Math.min(Math.max(longest, SWEEP_MASSES), ints);
        if (masses.length < sweepMasses) {
            masses = new double[sweepMasses];
        }
        int[] rowStart = new int[(int) tables + 1];
        int[] cdfOffset = new int[(int) tables];
        int[] cdf = new int[(int) ints];
        layOut(rows, rowStart, cdfOffset);
        fill(rows, rowStart, cdf);
        return CdfTables.trusted(cdf, cdfOffset, rowStart, rows.precision);
    }

    /** Where each row starts, and the symbol of its first cell. */
    private static void layOut(Rows rows, int[] rowStart, int[] cdfOffset) {
        int size = rows.size();
        int row = 0;
        for (int level = 0; level < rows.levels; level++) {
            for (int element = 0; element < size; element++) {
                double offset = rows.offset(level, element);
                double min = rows.min(element, offset);
                cdfOffset[row] = (int) min;
                rowStart[row + 1] = rowStart[row] + ROW_HEADER + (int) (rows.max(element, offset) - min) + 2;
                row++;
            }
        }
    }

    /** Collects rows, those of an element next to each other, until their masses fill a sweep, and fills them. */
    private void fill(Rows rows, int[] rowStart, int[] cdf) {
        int swept = 0; // rows of the sweep
        int sweptMasses = 0;
        for (int element = 0; element < rows.size(); element++) {
            for (int level = 0; level < rows.levels; level++) {
                double offset = rows.offset(level, element);
                double min = rows.min(element, offset);
                int count = (int) (rows.max(element, offset) - min + 1);
                if (swept == SWEEP_ROWS || sweptMasses + count > masses.length) {
                    fillSwept(rows, swept, rowStart, cdf);
                    swept = 0;
                    sweptMasses = 0;
                }
                levels[swept] = level;
                elements[swept] = element;
                firsts[swept] = min + offset;
                counts[swept] = count;
                swept++;
                sweptMasses += count;
            }
        }
        fillSwept(rows, swept, rowStart, cdf);
    }

    private void fillSwept(Rows rows, int swept, int[] rowStart, int[] cdf) {
        rows.prior.probRows(swept, elements, firsts, counts, masses, 0);
        int mass = 0;
        for (int r = 0; r < swept; r++) {
            loadPmf(r, mass);
            quantizer.quantize(pmf, counts[r] + 1, rows.precision, frequencies);
            int at = rowStart[levels[r] * rows.size() + elements[r]];
            cdf[at++] = -rows.precision;
            int bound = 0;
            cdf[at++] = bound;
            for (int cell = 0; cell <= counts[r]; cell++) {
                bound += frequencies[cell];
                cdf[at++] = bound;
            }
            mass += counts[r];
        }
    }

    /** Reads a row's masses, from index {@code at} on, and what they leave for overflow. */
    private void loadPmf(int r, int at) {
        int count = counts[r];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double mass = masses[at + i];
            if (!(mass >= 0 && mass <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException("the masses of the prior must be finite and at least 0: level="
                        + levels[r] + " element=" + elements[r] + " y=" + (firsts[r] + i) + " mass=" + mass);
            }
            sum += mass;
            pmf[i] = (float) mass;
        }
        pmf[count] = (float) Math.max(1 - sum, 0);
    }
}
