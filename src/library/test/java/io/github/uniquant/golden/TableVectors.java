package io.github.uniquant.golden;

import io.github.uniquant.golden.GoldenPrior.Interval;
import io.github.uniquant.table.CdfTables;
import java.util.function.IntToDoubleFunction;

/**
 * Tables rebuilt from a prior's parameters, against upstream's. Those of a float64 prior must be equal. Upstream computes
 * those of a float32 prior in float32, so that single slots go to a neighbour, and a tail next to an integer may lie
 * beyond it. Where upstream searches for the tails, its search stops short of them, and masses differ in more cells. A share
 * of a small set of tables allows at least four moved slots, of two cells each, and one row.
 */
final class TableVectors {
    private static final double CLOSED_CELLS = 0.002;
    private static final double CLOSED_ROWS = 0.01;
    private static final double NUMERIC_CELLS = 0.02;

    /** At 16 bits of precision, float32's rounding of masses moves a slot in some 1,600 cells, by chance up to a few. */
    private static final int FEWEST_CELLS = 8;

    private final GoldenCase c;
    private final GoldenPrior golden;
    private final double tailMass;
    private final CdfTables ours;
    private final CdfTables theirs;

    private int cells;
    private int cellsThatDiffer;
    private int rowsOfOtherLength;

    private TableVectors(GoldenCase c, GoldenPrior golden, double tailMass, CdfTables ours, CdfTables theirs) {
        this.c = c;
        this.golden = golden;
        this.tailMass = tailMass;
        this.ours = ours;
        this.theirs = theirs;
    }

    /**
     * Compares tables with upstream's.
     *
     * @param offsets the offset that each row was made at
     */
    static void check(
            GoldenCase c,
            GoldenPrior golden,
            IntToDoubleFunction offsets,
            double tailMass,
            CdfTables ours,
            CdfTables theirs) {
        new TableVectors(c, golden, tailMass, ours, theirs).check(offsets);
    }

    private void check(IntToDoubleFunction offsets) {
        Tolerance.checkEqual(c, "cdf_offset", 0, ours.count(), theirs.count());
        for (int row = 0; row < ours.count(); row++) {
            double offset = offsets.applyAsDouble(row);
            if (ours.offset(row) == theirs.offset(row) && ours.cells(row) == theirs.cells(row)) {
                checkCells(row, offset);
            } else {
                checkRange(row, offset);
                rowsOfOtherLength++;
            }
        }
        boolean exact = golden.isFloat64();
        double cellShare = golden.numericTails() ? NUMERIC_CELLS : CLOSED_CELLS;
        checkCount("cdf", cellsThatDiffer, cells, exact ? 0 : Math.max(FEWEST_CELLS, cellShare * cells));
        if (!golden.numericTails()) {
            checkCount(
                    "cdf_offset", rowsOfOtherLength, ours.count(), exact ? 0 : Math.max(1, CLOSED_ROWS * ours.count()));
        }
    }

    private void checkCount(String array, int differ, int all, double limit) {
        if (differ > limit) {
            throw new AssertionError("tables must be upstream's but for a small share: case=" + c.name() + " array="
                    + array + " differ=" + differ + " of=" + all + " limit=" + limit);
        }
    }

    /** A row of upstream's range: equal, or possible with another order among ties, or apart by single slots. */
    private void checkCells(int row, double offset) {
        int n = ours.cells(row);
        int differ = 0;
        int[] frequencies = new int[n];
        for (int cell = 0; cell < n; cell++) {
            frequencies[cell] = theirs.frequency(row, cell);
            if (ours.frequency(row, cell) != frequencies[cell]) {
                differ++;
            }
        }
        cells += n;
        if (differ == 0 || GreedyAllocation.isPossible(pmf(row, offset), ours.precision(), frequencies)) {
            return;
        }
        cellsThatDiffer += differ;
        for (int cell = 0; cell < n; cell++) {
            Tolerance.absolute(1).check(c, "cdf row " + row, cell, ours.frequency(row, cell), frequencies[cell]);
        }
    }

    /** The masses of a row, as the builder computes them. */
    private float[] pmf(int row, double offset) {
        int last = ours.cells(row) - 1;
        double[] masses = new double[last];
        golden.prior().probRow(row % golden.size(), ours.offset(row) + offset, last, masses, 0);
        float[] pmf = new float[last + 1];
        double sum = 0;
        for (int cell = 0; cell < last; cell++) {
            sum += masses[cell];
            pmf[cell] = (float) masses[cell];
        }
        pmf[last] = (float) Math.max(1 - sum, 0);
        return pmf;
    }

    /** A row of another range: each end must be an integer that the tolerance of the tail allows. */
    private void checkRange(int row, double offset) {
        int element = row % golden.size();
        Interval lower = golden.lowerTail(element, tailMass);
        Interval upper = golden.upperTail(element, tailMass);
        int min = theirs.offset(row);
        int max = min + theirs.cells(row) - 2;
        Tolerance exact = Tolerance.absolute(0);
        exact.check(c, "cdf_offset", row, Math.floor(lower.low() - offset), Math.floor(lower.high() - offset), min);
        exact.check(c, "last cell", row, Math.ceil(upper.low() - offset), Math.ceil(upper.high() - offset), max);
    }
}
