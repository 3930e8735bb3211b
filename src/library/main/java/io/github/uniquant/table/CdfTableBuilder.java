package io.github.uniquant.table;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import java.util.Arrays;

/**
 * Builds the integer tables of a prior. The table of an offset o has one cell for each integer from {@code floor(lower -
 * o)} to {@code ceil(upper - o)}, where lower and upper cut half of the tail mass each off the base distribution, and a last
 * cell for overflow; its masses are those of the noisy prior at integer + o. Only operations with exactly defined results
 * take part, so the same parameters give the same tables on every machine.
 */
public final class CdfTableBuilder {
    private static final int MAX_PRECISION = 16;

    private final double tailMass;
    private final int precision;
    private final PmfQuantizer quantizer = new PmfQuantizer();
    private int[] cdf = new int[64];
    private int end;
    private double[] masses = {};
    private float[] pmf = {};
    private int[] frequencies = {};

    private CdfTableBuilder(double tailMass, int precision) {
        if (!(tailMass > 0 && tailMass < 1)) {
            throw new IllegalArgumentException("tailMass must be in (0, 1): tailMass=" + tailMass);
        }
        if (precision < 1 || precision > MAX_PRECISION) {
            throw new IllegalArgumentException("precision must be in [1, 16]: precision=" + precision);
        }
        this.tailMass = tailMass;
        this.precision = precision;
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
        CdfTableBuilder builder = new CdfTableBuilder(tailMass, precision);
        int size = prior.size();
        int[] cdfOffset = new int[rows(numNoiseLevels, size)];
        double[] lower = new double[size];
        double[] upper = new double[size];
        builder.tails(prior, lower, upper);
        for (int level = 0; level < numNoiseLevels; level++) {
            double offset = NoiseOffsets.tableOffset(level, numNoiseLevels, bottleneckType);
            for (int element = 0; element < size; element++) {
                cdfOffset[level * size + element] =
                        builder.addRow(prior, level, element, lower[element], upper[element], offset);
            }
        }
        return CdfTables.of(Arrays.copyOf(builder.cdf, builder.end), cdfOffset);
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
        CdfTableBuilder builder = new CdfTableBuilder(tailMass, precision);
        int[] cdfOffset = new int[size];
        double[] lower = new double[size];
        double[] upper = new double[size];
        builder.tails(prior, lower, upper);
        for (int element = 0; element < size; element++) {
            cdfOffset[element] = builder.addRow(prior, 0, element, lower[element], upper[element], offsets[element]);
        }
        return CdfTables.of(Arrays.copyOf(builder.cdf, builder.end), cdfOffset);
    }

    private static int rows(int numNoiseLevels, int size) {
        long rows = (long) numNoiseLevels * size;
        if (rows > Integer.MAX_VALUE / 4) {
            throw new IllegalArgumentException("the tables must be fewer than 2^29: numNoiseLevels=" + numNoiseLevels
                    + " elements=" + size + " tables=" + rows);
        }
        return (int) rows;
    }

    private void tails(Prior prior, double[] lower, double[] upper) {
        for (int element = 0; element < lower.length; element++) {
            lower[element] = prior.lowerTail(element, tailMass);
            upper[element] = prior.upperTail(element, tailMass);
        }
    }

    /** Appends the row of one table; returns the symbol of its first cell. */
    private int addRow(Prior prior, int level, int element, double lower, double upper, double offset) {
        double min = Math.floor(lower - offset);
        double max = Math.ceil(upper - offset);
        if (!(min > Integer.MIN_VALUE && max < Integer.MAX_VALUE && min <= max)) {
            throw new IllegalArgumentException("the tails of the prior must be 32-bit integers, in order: level="
                    + level + " element=" + element + " lower=" + lower + " upper=" + upper);
        }
        int length = checkedLength(max - min + 1, level, element);
        grow(length + 1);
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

    /** The number of cells but the last, which with it must fit the slots. */
    private int checkedLength(double length, int level, int element) {
        double cells = length + 1;
        if (cells <= 1 << precision) {
            return (int) length;
        }
        int least = 32 - Integer.numberOfLeadingZeros((int) Math.min(cells, 1e9) - 1);
        throw new IllegalArgumentException("a table must have at least as many slots as cells, which "
                + (least <= MAX_PRECISION
                        ? "takes a precision of at least " + least
                        : "no precision up to 16 gives; a larger tail mass or a smaller scale does")
                + ": level=" + level + " element=" + element + " cells=" + (long) cells + " precision=" + precision);
    }

    private void grow(int cells) {
        if (masses.length < cells) {
            masses = new double[2 * cells];
            pmf = new float[2 * cells];
            frequencies = new int[2 * cells];
        }
        long needed = (long) end + cells + 2;
        if (needed > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("the tables must have less than 2^31 integers: integers=" + needed);
        }
        if (cdf.length < needed) {
            cdf = Arrays.copyOf(cdf, (int) Math.min(Math.max(needed, cdf.length * 2L), Integer.MAX_VALUE - 8));
        }
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
