package io.github.uniquant.internal.kernel;

/** Coding on interleaved lanes: the part of {@link Kernels} that goes to vectors of half the width where lanes are few. */
public interface LaneKernels {
    /**
     * Encodes the rows of some units of one plan on interleaved lanes, all of whose states are at least 2^16: within a unit,
     * {@code rows[from + k]} on lane {@code (lanes - 1 - k) mod lanes}. {@code states[v]} is that of lane {@code lanes - 1 -
     * v}: the order in which lanes push.
     *
     * @param units the number of units; the arrays below have one entry for each
     * @param rows a cell's first slot {@code << 16 | frequency - 1} each; {@link Kernels#PADDING} ints may be read behind them
     * @param count rows of one unit, a multiple of {@code lanes}
     * @param lanes a power of two
     * @param words receive the words in the order they are pushed; have room for one a row and {@link Kernels#PADDING} more
     * @param wordCounts words in them, before and after
     * @param scratch {@link Kernels#PADDING} ints, and where there are more units than one {@link Kernels#TAIL_SCRATCH}
     */
    void encodeLanes(
            int units,
            int[][] rows,
            int from,
            int count,
            int lanes,
            int precision,
            int[][] states,
            short[][] words,
            int[] wordCounts,
            int[] scratch);

    /**
     * Decodes elements of some units of one plan on interleaved lanes, all of whose states are at least 2^16: within a unit,
     * element {@code i} on lane {@code i mod lanes}, by narrow buckets of riffled tables (see {@code RansTables}): the cell
     * at a position is {@code (position >> 1) + (position & 1) * half}, its symbol {@code first} more, and the cell {@code
     * last} an escape.
     *
     * @param units the number of units; the arrays of arrays have one entry for each
     * @param descriptor of each element's table, as {@link NarrowBuckets} has it;
     *     {@link Kernels#PADDING} ints may be read behind them
     * @param range {@code first << cellBits | last} of each element, with as much behind them
     * @param from index of the first element in descriptor and range
     * @param count elements of one unit, a multiple of {@code lanes}
     * @param states the lanes' states, in order
     * @param words words in the order they are popped, with {@code count + Kernels.PADDING} more behind the last one
     * @param next indexes of the next words, before and after
     * @param symbols receive the symbols, from index 0
     * @param escapes receive the index in the plan of each element with an escape, in order; have room for all
     * @param escapesEnd the numbers of ints in them, before and after
     * @param scratch {@link Kernels#PADDING} ints, and two for each lane of each unit
     * @param wideScratch {@link Kernels#PADDING} longs, and one for each lane of each unit
     */
    void decodeLanes(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int lanes,
            int precision,
            NarrowBuckets buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] wideScratch);

    /**
     * As {@link #decodeLanes}, by the slots of few tables instead of buckets.
     *
     * @param table the table of each element; {@link Kernels#PADDING} ints may be read behind them
     * @param slots as for {@link Kernels#decodeBytes}; those of table t from {@code t << precision} on
     */
    void decodeSlots(
            int units,
            int[] table,
            int[] range,
            int cellBits,
            int from,
            int count,
            int lanes,
            int precision,
            int[] slots,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch);
}
