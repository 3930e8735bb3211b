package io.github.uniquant.golden;

import io.github.uniquant.table.PmfQuantizer;
import java.util.Arrays;

/** Rows of masses to rows of integer CDFs: exact, but for the order among exact ties. */
final class PmfVectors {
    private PmfVectors() {}

    static void check(GoldenCase c) {
        int precision = c.field("precision").asInt();
        Npy pmfs = c.array("pmf");
        int rows = pmfs.shape().dim(0);
        int cells = pmfs.shape().dim(1);
        float[] masses = pmfs.floats();
        int[] cdf = c.array("cdf").ints();
        PmfQuantizer quantizer = new PmfQuantizer();
        int[] ours = new int[cells];
        int[] theirs = new int[cells];
        for (int row = 0; row < rows; row++) {
            float[] pmf = Arrays.copyOfRange(masses, row * cells, (row + 1) * cells);
            int at = row * (cells + 1);
            Tolerance.checkEqual(c, "cdf", at, 0, cdf[at]);
            for (int i = 0; i < cells; i++) {
                theirs[i] = cdf[at + i + 1] - cdf[at + i];
            }
            quantizer.quantize(pmf, cells, precision, ours);
            if (!GreedyAllocation.isPossible(pmf, precision, ours)) {
                throw new AssertionError("the quantiser must be greedy: case=" + c.name() + " row=" + row);
            }
            if (!Arrays.equals(ours, theirs) && !GreedyAllocation.isPossible(pmf, precision, theirs)) {
                int i = Arrays.mismatch(ours, theirs);
                Tolerance.checkEqual(c, "cdf", at + i + 1, ours[i], theirs[i]);
            }
        }
    }
}
