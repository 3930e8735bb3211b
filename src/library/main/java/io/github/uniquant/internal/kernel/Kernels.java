package io.github.uniquant.internal.kernel;

/**
 * The loops that take the time: arrays in, arrays out, one call for many elements. Every implementation gives the same
 * bits. Callers check ranges; an implementation may read and write a vector's width beyond what it is asked for where a
 * method says so.
 */
public interface Kernels {
    /** Elements that arrays need behind the ones named, where a method says so. */
    int PADDING = 64;

    /** What runs, for logs and tests: {@code scalar}, {@code vector-256} or {@code vector-512}. */
    String name();

    /** Whether {@link #decodeSlots} is faster than {@link #decodeLanes} where both can decode long units. */
    boolean slotsAreFaster();

    // ---- quantization: each returns the index of the first value that it refuses, or -1

    /** {@code symbols[i] = round(values[i] - offsets[i])} in float32; refuses what is not finite or not an int32. */
    int quantize(
            float[] values, int valuesOffset, float[] offsets, int offsetsOffset, int count, int[] symbols, int at);

    /** The same in float64. */
    int quantize(
            double[] values, int valuesOffset, double[] offsets, int offsetsOffset, int count, int[] symbols, int at);

    /** The same for binary16 bits: the difference rounds to binary16; refuses magnitudes above {@code limit}. */
    int quantizeFloat16(
            short[] values,
            int valuesOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int at,
            int limit);

    /** The same for bfloat16 bits. */
    int quantizeBfloat16(
            short[] values,
            int valuesOffset,
            float[] offsets,
            int offsetsOffset,
            int count,
            int[] symbols,
            int at,
            int limit);

    /** {@code values[i] = symbols[i] + offsets[i]} in float32. */
    void reconstruct(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, float[] values, int valuesOffset);

    /** The same in float64. */
    void reconstruct(
            int[] symbols, int at, double[] offsets, int offsetsOffset, int count, double[] values, int valuesOffset);

    /** The same, rounded once to binary16 bits. */
    void reconstructFloat16(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, short[] values, int valuesOffset);

    /** The same, rounded once to bfloat16 bits. */
    void reconstructBfloat16(
            int[] symbols, int at, float[] offsets, int offsetsOffset, int count, short[] values, int valuesOffset);

    // ---- symbols and cells

    /**
     * Looks up the rows of symbols, in coding order: {@code rows[rowsEnd - 1 - i] = rowTable[rowBase[i] + symbol]}, with {@code
     * first + last} for the symbol where that is not in [first, first + last): an <i>escape</i>.
     *
     * @param range {@code first << cellBits | last} of each element
     * @param cellBits at least 2, as firsts are within 2^30 of 0
     * @param planOffset index of the first element in range and rowBase
     * @param escapes where to append {@code planOffset + i} and the symbol of each escape, in order; it has room for all
     * @param escapesEnd the number of ints in it so far
     * @return the number of ints in escapes
     */
    int rows(
            int[] symbols,
            int at,
            int[] range,
            int cellBits,
            int[] rowBase,
            int planOffset,
            int count,
            int[] rowTable,
            int[] rows,
            int rowsEnd,
            int[] escapes,
            int escapesEnd);

    /** The escapes that {@link #rows} finds, alone. */
    int escapes(
            int[] symbols, int at, int[] range, int cellBits, int planOffset, int count, int[] escapes, int escapesEnd);

    // ---- lanes

    /**
     * Encodes the rows of some units of one plan on interleaved lanes, all of whose states are at least 2^16: within a unit,
     * {@code rows[from + k]} on lane {@code (lanes - 1 - k) mod lanes}. {@code states[v]} is that of lane {@code lanes - 1 -
     * v}: the order in which lanes push. {@link #PADDING} ints behind the states may be overwritten.
     *
     * @param units the number of units; the arrays below have one entry for each
     * @param rows a cell's first slot {@code << 16 | frequency - 1} each; {@link #PADDING} ints may be read behind them
     * @param count rows of one unit, a multiple of {@code lanes}
     * @param lanes a power of two
     * @param words receive the words in the order they are pushed; have room for one a row and {@link #PADDING} more
     * @param wordCounts words in them, before and after
     * @param scratch {@link #PADDING} ints, and where there are more units than one {@link #TAIL_SCRATCH}
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
     *     {@link #PADDING} ints may be read behind them
     * @param range {@code first << cellBits | last} of each element, with as much behind them
     * @param from index of the first element in descriptor and range
     * @param count elements of one unit, a multiple of {@code lanes}
     * @param states the lanes' states, in order; {@link #PADDING} ints behind them may be overwritten
     * @param words words in the order they are popped, with {@code count + PADDING} more behind the last one
     * @param next indexes of the next words, before and after
     * @param symbols receive the symbols, from index 0; {@link #PADDING} ints behind them may be overwritten
     * @param escapes receive the index in the plan of each element with an escape, in order; have room for all
     * @param escapesEnd the numbers of ints in them, before and after
     * @param scratch {@link #PADDING} ints, and four for each lane of each unit
     * @param wideScratch {@link #PADDING} longs, and one for each lane of each unit
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
     * @param table the table of each element; {@link #PADDING} ints may be read behind them
     * @param slots as for {@link #decodeBytes}; those of table t from {@code t << precision} on
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

    // ---- one lane

    /** Most units that the two methods below take. */
    int TAIL_UNITS = 32;

    /** Ints of scratch that they take; for one unit, {@link #PADDING}. */
    int TAIL_SCRATCH = 160 * TAIL_UNITS;

    /**
     * Encodes rows of some units of one plan on one lane each, side by side. States may be young, below the frequency of a
     * row: see {@link YoungStates}.
     *
     * @param units the number of units; the arrays below have one entry for each, and {@code states} {@link #TAIL_UNITS}
     * @param table the table of the element of row {@code from + k} is {@code table[tableFrom + count - 1 - k]}
     * @param originOf the first slot of each table's likeliest cell
     * @param words receive the words in the order they are pushed; have room for one a row and one more
     * @param scratch at least {@link #TAIL_SCRATCH} ints
     */
    void encodeTails(
            int units,
            int[][] rows,
            int from,
            int count,
            int precision,
            int[] table,
            int tableFrom,
            int[] originOf,
            int[] states,
            short[][] words,
            int[] wordCounts,
            int[] scratch);

    /** How many units it takes for {@link #decodeTails} to have them in vectors; {@link ScalarTails} is faster for several below. */
    int leastTailsInVectors();

    /**
     * Decodes elements of some units of one plan on one lane each, side by side, by the tables of {@link #decodeLanes}.
     *
     * @param table the table of each element
     * @param from index of the first element in descriptor, range, rowBase and table
     * @param rowBase where each element's row of the symbol 0 is in the rows
     * @param rows of the tables, as for {@link #rows}; {@link #PADDING} ints may be read behind them
     * @param originOf the first slot of each table's likeliest cell
     * @param buckets the ints of {@link NarrowBuckets}, and {@link #PADDING} more
     * @param states of each unit; {@link #TAIL_UNITS} entries
     * @param next indexes of the next words, before and after
     * @param end indexes behind the last words
     * @param scratch at least {@link #TAIL_SCRATCH} ints
     * @return the number of elements decoded: less than {@code count} where a state is 0, which no string has; then what is
     *     left in the arrays is undefined
     */
    int decodeTails(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int[] rowBase,
            int[] rows,
            int[] table,
            int from,
            int count,
            int precision,
            int[] originOf,
            int[] buckets,
            int[] states,
            short[][] words,
            int[] next,
            int[] end,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch);

    // ---- one table of bytes

    /**
     * As {@link #encodeLanes} for one unit of bytes, all of one table: element {@code at + i} on lane {@code i mod lanes},
     * the last one first.
     *
     * @param precision at most 12
     * @param first the least byte value that can be coded
     * @param cells byte values from there that can be coded; no others can
     * @param rowOf for each byte value the first slot of its cell {@code << 16 | frequency}; negative where the byte cannot be
     *     coded, and in the {@link #PADDING} ints behind
     * @param reciprocalOf {@link #reciprocal} of the frequency of each byte value, and {@link #PADDING} floats more
     * @param scratch {@link #PADDING} ints, and one for each lane
     * @return the number of words, after; negative where a byte cannot be coded, and then states and words are undefined
     */
    int encodeBytes(
            byte[] symbols,
            int at,
            int count,
            int lanes,
            int precision,
            int first,
            int cells,
            int[] rowOf,
            float[] reciprocalOf,
            int[] states,
            short[] words,
            int wordCount,
            int[] scratch);

    /**
     * As {@link #decodeLanes} for one unit of bytes, all of one table that has no escapes, by its slots.
     *
     * @param slots for each slot of a table the frequency less 1 {@code << 20}, the slots of the cell before this one
     *     {@code << 8}, and the cell, below 256
     * @param first the symbol of the first cell
     * @param next index of the next word
     * @param scratch {@link #PADDING} ints, and one for each lane
     * @return index of the next word, after
     */
    int decodeBytes(
            int[] slots,
            int first,
            int count,
            int lanes,
            int precision,
            int[] states,
            short[] words,
            int next,
            byte[] symbols,
            int at,
            int[] scratch);

    /**
     * What half a dividend below {@code frequency * 2^20}, rounded down and to a float, is multiplied by for its quotient by a
     * frequency up to 2^12: the product is at most the true quotient, and its integer part at most one less. Twice the
     * reciprocal, so little smaller that three roundings do not reach above it; what that and an odd dividend's last bit take
     * off is less than one, or, for the frequency 1, where all is exact, just one.
     */
    static float reciprocal(int frequency) {
        return frequency == 1 ? 2 : 2 * (1 - 0x1p-22f) / frequency;
    }

    // ---- words

    /** Writes words little-endian, the last of them first. */
    void writeWordsBackwards(short[] words, int count, byte[] bytes, int at);
}
