package io.github.uniquant.internal.kernel;

/**
 * What compresses and expands vectors of eight lanes where there are no mask registers: looked up by a mask of lanes, as the
 * bits of an int, a select from the vector is shorter than what the platform does there, and the same bits count the lanes.
 */
final class LaneOrders {
    private static final int LANES = 8;
    private static final int MASKS = 1 << LANES;

    /** For each mask the numbers of the lanes that are not in it, in order; then zeros. */
    static final int[] OTHERS_FIRST = new int[MASKS * LANES];

    /** For each mask and each lane, how many lanes before it are in the mask. */
    static final int[] RANKS = new int[MASKS * LANES];

    static {
        for (int mask = 0; mask < MASKS; mask++) {
            for (int lane = 0; lane < LANES; lane++) {
                int rank = Integer.bitCount(mask & (1 << lane) - 1);
                RANKS[mask * LANES + lane] = rank;
                if ((mask >>> lane & 1) == 0) {
                    OTHERS_FIRST[mask * LANES + lane - rank] = lane;
                }
            }
        }
    }

    private LaneOrders() {}
}
