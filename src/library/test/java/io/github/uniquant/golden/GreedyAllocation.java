package io.github.uniquant.golden;

/**
 * What any order among ties may make of a row of masses. Upstream adjusts the rounded frequencies one slot at a time, the
 * cheapest first; where costs are equal its order is that of an unstable sort. Costs of one cell only rise, so frequencies
 * are a possible result if and only if they add up, and no step that was made cost more than one that was left.
 */
final class GreedyAllocation {
    /** Costs closer than this are ties: differences of logarithms, which both sides round, are no more exact. */
    private static final double TIE = 1e-11;

    private GreedyAllocation() {}

    static boolean isPossible(float[] pmf, int precision, int[] frequencies) {
        int slots = 1 << precision;
        long startSum = 0;
        long sum = 0;
        int[] start = new int[pmf.length];
        for (int i = 0; i < pmf.length; i++) {
            start[i] = (int) Math.max(1, Math.rint(pmf[i] * slots));
            startSum += start[i];
            sum += frequencies[i];
        }
        boolean give = startSum < slots;
        double dearestMade = Double.NEGATIVE_INFINITY;
        double cheapestLeft = Double.POSITIVE_INFINITY;
        for (int i = 0; i < pmf.length; i++) {
            int made = give ? frequencies[i] - start[i] : start[i] - frequencies[i];
            if (made < 0 || frequencies[i] < 1) {
                return false;
            }
            if (made > 0) {
                dearestMade = Math.max(dearestMade, cost(pmf[i], give ? frequencies[i] - 1 : frequencies[i] + 1, give));
            }
            if (give || frequencies[i] > 1) {
                cheapestLeft = Math.min(cheapestLeft, cost(pmf[i], frequencies[i], give));
            }
        }
        return sum == slots && dearestMade <= cheapestLeft + TIE * Math.abs(cheapestLeft);
    }

    /** The cost of giving a cell of this frequency one slot, or of taking one. */
    private static double cost(double mass, int frequency, boolean give) {
        return give ? -mass * (log2(frequency + 1) - log2(frequency)) : mass * (log2(frequency) - log2(frequency - 1));
    }

    private static double log2(int x) {
        return StrictMath.log(x) / StrictMath.log(2);
    }
}
