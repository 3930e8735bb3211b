package io.github.uniquant.internal.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Exercises of all methods of {@link Kernels}. Owns the data; for one thread. */
final class CodingExercises {
    private static final int LONG = KernelExercise.LONG;
    private static final int PRECISION = 12;
    private static final int CELLS = 8;
    private static final int CELL_BITS = 4;
    private static final int TAIL_CELL_BITS = 7;
    private static final int MANY_CELLS = 100; // of a table that no kernel takes for a small one
    private static final int MAX_LANES = 256;
    private static final int MAX_UNITS = Kernels.TAIL_UNITS;
    private static final int MAX_UNITS_ON_LANES = 3;
    private static final int MAX_TAIL = 40; // more than two vectors

    private static final int BYTE_ROWS = 16; // rows of lanes that are encoded at least

    /** In every so many turns, a case that programs meet rarely. */
    private static final int RARE = 16;

    private static final int LIMIT = 200; // of symbols of the half types

    private final SplittableRandom random = new SplittableRandom(5);
    private final float[] floats = new float[LONG];
    private final double[] doubles = new double[LONG];
    private final short[] float16s = new short[LONG];
    private final short[] bfloat16s = new short[LONG];
    private final float[] floatOffsets = new float[LONG];
    private final double[] doubleOffsets = new double[LONG];
    private final int[] symbols = new int[LONG];
    private final float[] floatsOut = new float[LONG];
    private final double[] doublesOut = new double[LONG];
    private final short[] shortsOut = new short[LONG];
    private final int[] symbolsOut = new int[LONG];
    private final byte[] bytesOut = new byte[2 * LONG];

    private final int[] range = new int[LONG + Kernels.PADDING];
    private final int[] tailRange = new int[LONG];
    private final int[] rowBase = new int[LONG];
    private final int[] rowTable = new int[CELLS + 1 + Kernels.PADDING]; // the last one for escapes
    private final int[] rows = new int[LONG + Kernels.PADDING];
    private final int[] escapes = new int[2 * LONG];

    private final int[] descriptor = new int[LONG + Kernels.PADDING];
    private final int[] buckets = new int[2 * CELLS + Kernels.PADDING];
    private final int[] farBuckets; // the same, as many as of many tables
    private final NarrowBuckets narrowBuckets;
    private final int[][] unitRows = new int[MAX_UNITS][];
    private final int[][] states = new int[MAX_UNITS_ON_LANES][MAX_LANES + Kernels.PADDING];
    private final short[][] words = new short[MAX_UNITS][LONG + Kernels.PADDING];
    private final int[] wordCounts = new int[MAX_UNITS];
    private final int[][] unitSymbols = new int[MAX_UNITS][LONG + Kernels.PADDING];
    private final int[][] unitEscapes = new int[MAX_UNITS][LONG];
    private final int[] escapesEnd = new int[MAX_UNITS];
    private final int[] wordsEnd = new int[MAX_UNITS];
    private final int[] tailStates = new int[MAX_UNITS];
    private final int[] table = new int[LONG + Kernels.PADDING]; // all one
    private final int[] originOf = new int[1];
    private final int[] scratch =
            new int[Math.max(Kernels.TAIL_SCRATCH, Kernels.PADDING + 4 * MAX_UNITS_ON_LANES * MAX_LANES)];
    private final long[] wideScratch = new long[scratch.length];

    private final byte[] bytes = new byte[2 * LONG];
    private final int[] rowOfByte = new int[(1 << Byte.SIZE) + Kernels.PADDING];
    private final float[] reciprocalOfByte = new float[(1 << Byte.SIZE) + Kernels.PADDING];
    private final int[] slots = new int[1 << PRECISION];

    private CodingExercises() {
        int frequency = (1 << PRECISION) / CELLS;
        for (int c = 0; c < CELLS; c++) {
            rowTable[c] = c * frequency << 16 | frequency - 1;
            // A cell a bucket: its two bounds, and no second or third cell.
            int start = c * frequency;
            int stop = start + frequency;
            buckets[2 * c] = start | stop << 13 | c + 2 << 26;
            buckets[2 * c + 1] = stop | stop << 13 | c + 2 >> 6 << 26;
        }
        narrowBuckets = new NarrowBuckets(buckets);
        farBuckets = Arrays.copyOf(buckets, VectorTails.FAR_BUCKETS);
        rowTable[CELLS] = rowTable[0];
        for (int slot = 0; slot < slots.length; slot++) {
            slots[slot] = frequency - 1 << 20 | slot % frequency << 8 | slot / frequency;
        }
        Arrays.setAll(rowOfByte, symbol -> rowTable[symbol % CELLS] + 1);
        Arrays.fill(reciprocalOfByte, Kernels.reciprocal(frequency));
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(CELLS);
        }
        Arrays.setAll(range, i -> i % RARE == 0 ? CELLS - 1 : CELLS); // an escape in some of the rows of lanes
        Arrays.setAll(tailRange, i -> i % 5 == 0 ? MANY_CELLS : range[i]);
        Arrays.fill(descriptor, NarrowBuckets.descriptor(CELLS / 2, 0, Integer.numberOfTrailingZeros(frequency)));
        Arrays.setAll(unitRows, u -> new int[LONG + Kernels.PADDING]);
        for (int i = 0; i < LONG; i++) {
            float offset = i % 15 / 16f - 0.4375f;
            float value = random.nextInt(CELLS - 1) + random.nextFloat() - 0.5f + offset;
            floatOffsets[i] = offset;
            doubleOffsets[i] = offset;
            floats[i] = value;
            doubles[i] = value;
            float16s[i] = Float.floatToFloat16(value);
            bfloat16s[i] = (short) (Float.floatToRawIntBits(value) >>> 16);
            symbols[i] = random.nextInt(CELLS - 1);
            for (int u = 0; u < MAX_UNITS; u++) {
                unitRows[u][i] = rowTable[random.nextInt(CELLS)];
                words[u][i] = (short) random.nextInt();
            }
        }
    }

    static List<KernelExercise> all() {
        CodingExercises data = new CodingExercises();
        return List.of(
                new KernelExercise("quantize", data::quantizeFloats),
                new KernelExercise("rows", data::rows),
                new KernelExercise("escapes", data::escapes),
                new KernelExercise("encodeLanes", (kernels, turn, most) -> data.encode(kernels, turn, most, 64)),
                new KernelExercise("decodeLanes", (kernels, turn, most) -> data.decode(kernels, turn, most, 64)),
                new KernelExercise("reconstruct", data::reconstructFloats),
                new KernelExercise("encodeLanes", (kernels, turn, most) -> data.encode(kernels, turn, most, 16)),
                new KernelExercise("decodeLanes", (kernels, turn, most) -> data.decode(kernels, turn, most, 16)),
                new KernelExercise("encodeLanes", (kernels, turn, most) -> data.encode(kernels, turn, most, 8)),
                new KernelExercise("decodeLanes", (kernels, turn, most) -> data.decode(kernels, turn, most, 8)),
                new KernelExercise("encodeTails", (kernels, turn, most) -> data.encodeTails(kernels, turn, most, 32)),
                new KernelExercise("decodeTails", (kernels, turn, most) -> data.decodeTails(kernels, turn, most, 32)),
                new KernelExercise("encodeTails", (kernels, turn, most) -> data.encodeTails(kernels, turn, most, 16)),
                new KernelExercise("decodeTails", (kernels, turn, most) -> data.decodeTails(kernels, turn, most, 16)),
                new KernelExercise("decodeTails", (kernels, turn, most) -> data.decodeTails(kernels, turn, most, 1)),
                new KernelExercise("writeWordsBackwards", data::writeWordsBackwards),
                new KernelExercise("encodeBytes", (kernels, turn, most) -> data.encodeBytes(kernels, turn, most, 64)),
                new KernelExercise("decodeBytes", (kernels, turn, most) -> data.decodeBytes(kernels, turn, most, 64)),
                new KernelExercise("decodeSlots", (kernels, turn, most) -> data.decodeSlots(kernels, turn, most, 64)),
                new KernelExercise("encodeBytes", (kernels, turn, most) -> data.encodeBytes(kernels, turn, most, 8)),
                new KernelExercise("decodeBytes", (kernels, turn, most) -> data.decodeBytes(kernels, turn, most, 8)),
                new KernelExercise("decodeSlots", (kernels, turn, most) -> data.decodeSlots(kernels, turn, most, 8)),
                new KernelExercise("quantize", data::quantizeDoubles),
                new KernelExercise("reconstruct", data::reconstructDoubles),
                new KernelExercise("quantizeFloat16", data::quantizeFloat16),
                new KernelExercise("quantizeBfloat16", data::quantizeBfloat16),
                new KernelExercise("reconstructBfloat16", data::reconstructBfloat16));
    }

    /** All elements in the turn that is timed; any number of them in others, so that tails come in all lengths. */
    private static int count(int turn, int most) {
        return turn == 0 ? most : most - turn % MAX_TAIL;
    }

    private static boolean rare(int turn) {
        return turn % RARE == RARE - 1;
    }

    // ---- quantization

    private void quantizeFloats(KernelSet kernels, int turn, int most) {
        int count = count(turn, most);
        float kept = floats[turn % count];
        if (rare(turn)) {
            floats[turn % count] = turn / RARE % 2 == 0 ? 0x1.8p23f : Float.NaN; // beyond the quick way; refused
        }
        kernels.coding().quantize(floats, 0, floatOffsets, 0, count, symbolsOut, 0);
        floats[turn % count] = kept;
    }

    private void quantizeDoubles(KernelSet kernels, int turn, int most) {
        int count = count(turn, most);
        double kept = doubles[turn % count];
        if (rare(turn)) {
            doubles[turn % count] = turn / RARE % 2 == 0 ? -0x1p31 : Double.NaN;
        }
        kernels.coding().quantize(doubles, 0, doubleOffsets, 0, count, symbolsOut, 0);
        doubles[turn % count] = kept;
    }

    private void quantizeFloat16(KernelSet kernels, int turn, int most) {
        int count = count(turn, most);
        short kept = float16s[turn % count];
        if (rare(turn)) {
            float16s[turn % count] = Float.floatToFloat16(Float.POSITIVE_INFINITY);
        }
        kernels.coding().quantizeFloat16(float16s, 0, floatOffsets, 0, count, symbolsOut, 0, LIMIT);
        float16s[turn % count] = kept;
    }

    private void quantizeBfloat16(KernelSet kernels, int turn, int most) {
        int count = count(turn, most);
        short kept = bfloat16s[turn % count];
        if (rare(turn)) {
            bfloat16s[turn % count] = (short) (Float.floatToRawIntBits(Float.POSITIVE_INFINITY) >>> 16);
        }
        kernels.coding().quantizeBfloat16(bfloat16s, 0, floatOffsets, 0, count, symbolsOut, 0, LIMIT);
        bfloat16s[turn % count] = kept;
    }

    private void reconstructFloats(KernelSet kernels, int turn, int most) {
        kernels.coding().reconstruct(symbols, 0, floatOffsets, 0, count(turn, most), floatsOut, 0);
    }

    private void reconstructDoubles(KernelSet kernels, int turn, int most) {
        kernels.coding().reconstruct(symbols, 0, doubleOffsets, 0, count(turn, most), doublesOut, 0);
    }

    private void reconstructBfloat16(KernelSet kernels, int turn, int most) {
        kernels.coding().reconstructBfloat16(symbols, 0, floatOffsets, 0, count(turn, most), shortsOut, 0);
    }

    // ---- symbols and cells

    private void rows(KernelSet kernels, int turn, int most) {
        int count = count(turn, most);
        symbols[turn % count] = rare(turn) ? -1 : 0;
        kernels.coding().rows(symbols, 0, range, CELL_BITS, rowBase, 0, count, rowTable, rows, count, escapes, 0);
        symbols[turn % count] = 0;
    }

    private void escapes(KernelSet kernels, int turn, int most) {
        int count = count(turn, most);
        symbols[turn % count] = rare(turn) ? -1 : 0;
        kernels.coding().escapes(symbols, 0, range, CELL_BITS, 0, count, escapes, 0);
        symbols[turn % count] = 0;
    }

    // ---- lanes

    private void encode(KernelSet kernels, int turn, int most, int usualLanes) {
        int lanes = lanes(turn, usualLanes);
        int units = start(turn, lanes);
        int precision = turn % RARE == 1 ? 9 : PRECISION;
        int count = rowsOf(lanes, most / units);
        kernels.coding().encodeLanes(units, unitRows, 0, count, lanes, precision, states, words, wordCounts, scratch);
    }

    private void decode(KernelSet kernels, int turn, int most, int usualLanes) {
        int lanes = lanes(turn, usualLanes);
        int units = start(turn, lanes);
        kernels.coding()
                .decodeLanes(
                        units,
                        descriptor,
                        range,
                        CELL_BITS,
                        0,
                        rowsOf(lanes, most / units),
                        lanes,
                        PRECISION,
                        narrowBuckets,
                        states,
                        words,
                        wordCounts,
                        unitSymbols,
                        unitEscapes,
                        escapesEnd,
                        scratch,
                        wideScratch);
    }

    private void decodeSlots(KernelSet kernels, int turn, int most, int usualLanes) {
        int lanes = lanes(turn, usualLanes);
        int units = start(turn, lanes);
        kernels.coding()
                .decodeSlots(
                        units,
                        table,
                        range,
                        CELL_BITS,
                        0,
                        rowsOf(lanes, most / units),
                        lanes,
                        PRECISION,
                        slots,
                        states,
                        words,
                        wordCounts,
                        unitSymbols,
                        unitEscapes,
                        escapesEnd,
                        scratch);
    }

    private void encodeBytes(KernelSet kernels, int turn, int most, int usualLanes) {
        int lanes = lanes(turn, usualLanes);
        start(turn, lanes);
        int precision = turn % RARE == 1 ? 9 : PRECISION;
        int cells = turn % RARE == 2 ? 1 << Byte.SIZE : CELLS;
        // Four vectors a turn of the loop: a short call has too few turns for the compiler to come.
        int count = rowsOf(lanes, Math.max(most, Math.min(BYTE_ROWS * lanes, LONG)));
        if (rare(turn)) {
            bytes[0] = CELLS; // refused
        }
        kernels.coding()
                .encodeBytes(
                        bytes,
                        0,
                        count,
                        lanes,
                        precision,
                        0,
                        cells,
                        rowOfByte,
                        reciprocalOfByte,
                        states[0],
                        words[0],
                        0,
                        scratch);
        bytes[0] = 0;
    }

    private void decodeBytes(KernelSet kernels, int turn, int most, int usualLanes) {
        int lanes = lanes(turn, usualLanes);
        start(turn, lanes);
        kernels.coding()
                .decodeBytes(
                        slots, 0, rowsOf(lanes, most), lanes, PRECISION, states[0], words[0], 0, bytesOut, 0, scratch);
    }

    /** Starts some units on so many lanes; returns the number of units. */
    private int start(int turn, int lanes) {
        int units = turn % 4 == 3 ? MAX_UNITS_ON_LANES : 1 + turn / 2 % 2;
        for (int u = 0; u < units; u++) {
            for (int v = 0; v < lanes; v++) {
                states[u][v] = grownState();
            }
            wordCounts[u] = 0;
            escapesEnd[u] = 0;
        }
        return units;
    }

    private int grownState() {
        return random.nextInt() | 1 << 16;
    }

    /** Which vectors a kernel takes, if any, depends on the lanes. */
    private static int lanes(int turn, int usual) {
        return !rare(turn) ? usual : turn / RARE % 2 == 0 ? MAX_LANES : 2;
    }

    /** The most elements in whole rows, at least one row. */
    private static int rowsOf(int lanes, int most) {
        return Math.max(lanes, most) / lanes * lanes;
    }

    // ---- one lane

    private void encodeTails(KernelSet kernels, int turn, int most, int usualUnits) {
        int units = startTails(turn, usualUnits);
        int precision = turn % RARE == 1 ? 9 : PRECISION;
        kernels.coding()
                .encodeTails(
                        units,
                        unitRows,
                        0,
                        most / units,
                        precision,
                        table,
                        0,
                        originOf,
                        tailStates,
                        words,
                        wordCounts,
                        scratch);
    }

    private void decodeTails(KernelSet kernels, int turn, int most, int usualUnits) {
        int units = startTails(turn, usualUnits);
        if (turn % RARE == 1) {
            tailStates[0] = 0; // refused
        }
        kernels.coding()
                .decodeTails(
                        units,
                        descriptor,
                        tailRange,
                        TAIL_CELL_BITS,
                        rowBase,
                        rowTable,
                        table,
                        0,
                        most / units,
                        PRECISION,
                        originOf,
                        units == 1 ? farBuckets : buckets,
                        tailStates,
                        words,
                        wordCounts,
                        wordsEnd,
                        unitSymbols,
                        unitEscapes,
                        escapesEnd,
                        scratch);
    }

    /** Starts some units on a lane each, in every other turn with young states and few words; returns their number. */
    private int startTails(int turn, int usual) {
        boolean young = turn % 2 == 1;
        int units = rare(turn) ? 1 + turn / RARE % MAX_UNITS : usual;
        for (int u = 0; u < units; u++) {
            tailStates[u] = young ? 1 + random.nextInt(1 << PRECISION) : grownState();
            wordCounts[u] = 0;
            wordsEnd[u] = young ? u % RARE : LONG;
            escapesEnd[u] = 0;
        }
        return units;
    }

    // ---- words

    private void writeWordsBackwards(KernelSet kernels, int turn, int most) {
        kernels.coding().writeWordsBackwards(shortsOut, count(turn, most), bytesOut, 0);
    }
}
