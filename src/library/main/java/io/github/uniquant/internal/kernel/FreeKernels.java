package io.github.uniquant.internal.kernel;

/**
 * The loops of table-free coding, as {@link Kernels}: every implementation gives the same bits. Element {@code i} of a unit
 * is element {@code i mod size} of the CDFs. The arrays of a unit, origins and fractions, have {@link Kernels#PADDING}
 * entries behind the ones named.
 */
public interface FreeKernels {
    /** Ints of scratch memory. */
    int SCRATCH = 2048;

    /** What runs: {@code scalar}, {@code vector-256} or {@code vector-512}. */
    String name();

    /**
     * Computes the rows of symbols, in coding order: {@code rows[rowsEnd - 1 - i]} is that of element {@code from + i}. An
     * element needs <i>extra</i> bits if its symbol lies outside the window or its cell has more than one symbol.
     *
     * @param nearZero whether every origin is within 2^30 of 0, and no window is longer than 2^30
     * @param extras where to append the index in the unit and the symbol of each such element, in order; it has room for all
     * @param extrasEnd the number of ints in it so far
     * @param scratch at least {@link #SCRATCH} ints
     * @return the number of ints in extras
     */
    int rows(
            FreeCdfs cdfs,
            int[] origins,
            float[] fractions,
            int from,
            int[] symbols,
            int count,
            boolean nearZero,
            int[] rows,
            int rowsEnd,
            int[] extras,
            int extrasEnd,
            int[] scratch);

    /**
     * Decodes the cells of a run of elements on interleaved lanes, all of whose states are at least 2^16: element {@code
     * from + i} on lane {@code i mod lanes}.
     *
     * @param count a multiple of {@code lanes}
     * @param states the lanes' states, in order; have {@link Kernels#PADDING} ints behind them, which may be overwritten
     * @param words in the order they are popped, with {@code count + PADDING} more behind the last one
     * @param next index of the next word
     * @param cells receive the cells, from index 0; have {@link Kernels#PADDING} ints behind them, which may be overwritten
     * @param scratch at least {@link #SCRATCH} ints
     * @return the index of the next word
     */
    int decodeLanes(
            FreeCdfs cdfs,
            int[] origins,
            float[] fractions,
            int from,
            int count,
            int lanes,
            int[] states,
            short[] words,
            int next,
            int[] cells,
            int[] scratch);

    /**
     * Turns cells into symbols, in place: the first symbol of each cell.
     *
     * @param extras where to append the index in the unit and the cell of each element with extra bits, in order; it has
     *     room for all
     * @param extrasEnd the number of ints in it so far
     * @return the number of ints in extras
     */
    int symbols(FreeCdfs cdfs, int[] origins, int from, int[] cells, int count, int[] extras, int extrasEnd);
}
