package io.github.uniquant.internal.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Exercises of all methods of {@link Kernels}. Owns the data; for one thread. */
final class CodingExercises {
    private static final int LONG = KernelExercise.LONG;
    private static final int PRECISION = 12;
    private static final int CELLS = 8;
    private static final int MAX_LANES = 256;
    private static final int MAX_UNITS = Kernels.TAIL_UNITS;
    private static final int FEW_UNITS = 3;
    private static final int MAX_TAIL = 40; // more than two vectors

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

    private final int[] first = new int[LONG];
    private final int[] last = new int[LONG];
    private final int[] rowBase = new int[LONG];
    private final int[] rowTable = new int[CELLS + 1]; // the last one for escapes
    private final int[] rows = new int[LONG + Kernels.PADDING];
    private final int[] escapes = new int[2 * LONG];

    private final byte[] bytes = new byte[2 * LONG];
    private final int[] rowOf = new int[256];
    private final float[] reciprocalOf = new float[256];
    private final int[] slots = new int[1 << PRECISION];
    private final int[] table = new int[LONG + Kernels.PADDING]; // all of table 0
    private final int[] origins = {0};
    private final int[] lane0 = new int[MAX_UNITS];
    private final int[] wordsEnd = new int[MAX_UNITS];

    private final int[] descriptor = new int[LONG + Kernels.PADDING];
    private final int[] buckets = new int[2 * CELLS];
    private final int[][] unitRows = new int[MAX_UNITS][];
    private final int[][] states = new int[MAX_UNITS][MAX_LANES];
    private final short[][] words = new short[MAX_UNITS][LONG + Kernels.PADDING];
    private final int[] wordCounts = new int[MAX_UNITS];
    private final int[][] unitSymbols = new int[MAX_UNITS][LONG];
    private final int[][] unitEscapes = new int[MAX_UNITS][LONG];
    private final int[] escapesEnd = new int[MAX_UNITS];
    private final int[] scratch = new int[Math.max(Kernels.TAIL_SCRATCH, Kernels.PADDING + 2 * FEW_UNITS * MAX_LANES)];

    private CodingExercises() {
        int frequency = (1 << PRECISION) / CELLS;
        for (int c = 0; c < CELLS; c++) {
            rowTable[c] = c * frequency << 16 | frequency - 1;
            // A cell a bucket: its two bounds, and no second or third cell.
            int start = c * frequency;
            int stop = start + frequency;
            buckets[2 * c] = start | stop << 13 | c << 26;
            buckets[2 * c + 1] = stop | stop << 13;
        }
        rowTable[CELLS] = rowTable[0];
        Arrays.setAll(rowOf, b -> rowTable[b % CELLS]);
        Arrays.fill(reciprocalOf, Kernels.reciprocal(frequency));
        Arrays.setAll(slots, slot -> frequency - 1 << 20 | slot % frequency << 8 | slot / frequency);
        random.nextBytes(bytes);
        Arrays.setAll(last, i -> i % RARE == 0 ? CELLS - 1 : CELLS); // an escape in some of the rows of lanes
        Arrays.fill(descriptor, CELLS / 2 << 4 | Integer.numberOfTrailingZeros(frequency));
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
                new KernelExercise("encodeLanes", (kernels, turn, most) -> data.encode(kernels, turn, most, 64)),
                new KernelExercise("decodeLanes", (kernels, turn, most) -> data.decode(kernels, turn, most, 64)),
                new KernelExercise("reconstruct", data::reconstructFloats),
                new KernelExercise("encodeLanes", (kernels, turn, most) -> data.encode(kernels, turn, most, 16)),
                new KernelExercise("decodeLanes", (kernels, turn, most) -> data.decode(kernels, turn, most, 16)),
                new KernelExercise("encodeLanes", (kernels, turn, most) -> data.encode(kernels, turn, most, 8)),
                new KernelExercise("decodeLanes", (kernels, turn, most) -> data.decode(kernels, turn, most, 8)),
                new KernelExercise("encodeTails", data::encodeTails),
                new KernelExercise("decodeTails", data::decodeTails),
                new KernelExercise("decodeSlots", data::decodeSlots),
                new KernelExercise("encodeBytes", data::encodeBytes),
                new KernelExercise("decodeBytes", data::decodeBytes),
                new KernelExercise("readWords", data::readWords),
                new KernelExercise("writeWordsBackwards", data::writeWords),
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
        boolean nearZero = turn % RARE != 1;
        kernels.coding().rows(symbols, 0, first, last, rowBase, 0, count, nearZero, rowTable, rows, count, escapes, 0);
        symbols[turn % count] = 0;
    }

    // ---- lanes

    private void encode(KernelSet kernels, int turn, int most, int usualLanes) {
        int lanes = lanes(turn, usualLanes);
        int units = units(turn);
        for (int u = 0; u < units; u++) {
            fillStates(states[u], lanes);
            wordCounts[u] = 0;
        }
        int precision = turn % RARE == 1 ? 9 : PRECISION;
        int count = Math.max(lanes, most) / units / lanes * lanes;
        kernels.coding().encodeLanes(units, unitRows, 0, count, lanes, precision, states, words, wordCounts);
    }

    private void decode(KernelSet kernels, int turn, int most, int usualLanes) {
        int lanes = lanes(turn, usualLanes);
        int units = units(turn);
        for (int u = 0; u < units; u++) {
            fillStates(states[u], lanes);
            wordCounts[u] = 0;
            escapesEnd[u] = 0;
        }
        int count = Math.max(lanes, most) / units / lanes * lanes;
        kernels.coding()
                .decodeLanes(
                        units,
                        descriptor,
                        first,
                        last,
                        0,
                        count,
                        lanes,
                        PRECISION,
                        buckets,
                        states,
                        words,
                        wordCounts,
                        unitSymbols,
                        unitEscapes,
                        escapesEnd,
                        scratch);
    }

    private static int units(int turn) {
        return turn % 4 == 3 ? FEW_UNITS : 1 + turn / 2 % 2;
    }

    /** Which vectors a kernel takes, if any, depends on the lanes. */
    private static int lanes(int turn, int usual) {
        return !rare(turn) ? usual : turn / RARE % 2 == 0 ? MAX_LANES : 2;
    }

    private void fillStates(int[] of, int lanes) {
        for (int v = 0; v < lanes; v++) {
            of[v] = random.nextInt() | 1 << 16;
        }
    }

    // ---- one lane

    private void encodeTails(KernelSet kernels, int turn, int most) {
        int units = rare(turn) ? 1 : MAX_UNITS;
        int count = most / units;
        startTails(turn, count);
        kernels.coding()
                .encodeTails(
                        units, unitRows, 0, count, PRECISION, table, 0, origins, lane0, words, wordCounts, scratch);
    }

    private void decodeTails(KernelSet kernels, int turn, int most) {
        int units = rare(turn) ? 1 : MAX_UNITS;
        int count = most / units;
        startTails(turn, count);
        kernels.coding()
                .decodeTails(
                        units,
                        descriptor,
                        first,
                        last,
                        table,
                        0,
                        count,
                        PRECISION,
                        origins,
                        buckets,
                        lane0,
                        words,
                        wordCounts,
                        wordsEnd,
                        unitSymbols,
                        unitEscapes,
                        escapesEnd,
                        scratch);
    }

    /** States, in some turns young ones. */
    private void startTails(int turn, int count) {
        for (int u = 0; u < MAX_UNITS; u++) {
            lane0[u] = turn % 4 == 1 ? 1 + random.nextInt((1 << PRECISION) - 1) : random.nextInt() | 1 << 16;
            wordCounts[u] = 0;
            wordsEnd[u] = turn % 8 == 5 ? 2 : count;
            escapesEnd[u] = 0;
        }
    }

    // ---- bytes, slots, words

    private void encodeBytes(KernelSet kernels, int turn, int most) {
        int lanes = lanes(turn, 64);
        fillStates(states[0], lanes);
        kernels.coding()
                .encodeBytes(
                        bytes,
                        0,
                        Math.max(lanes, most) / lanes * lanes,
                        lanes,
                        PRECISION,
                        rowOf,
                        reciprocalOf,
                        states[0],
                        words[0],
                        0,
                        scratch);
    }

    private void decodeBytes(KernelSet kernels, int turn, int most) {
        int lanes = lanes(turn, 64);
        fillStates(states[0], lanes);
        int count = Math.max(lanes, most) / lanes * lanes;
        kernels.coding().decodeBytes(slots, 0, count, lanes, PRECISION, states[0], words[0], 0, bytes, 0, scratch);
    }

    private void decodeSlots(KernelSet kernels, int turn, int most) {
        int lanes = lanes(turn, turn % 3 == 0 ? 16 : 64);
        int units = units(turn);
        for (int u = 0; u < units; u++) {
            fillStates(states[u], lanes);
            wordCounts[u] = 0;
            escapesEnd[u] = 0;
        }
        kernels.coding()
                .decodeSlots(
                        units,
                        table,
                        first,
                        last,
                        0,
                        Math.max(lanes, most) / units / lanes * lanes,
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

    private void readWords(KernelSet kernels, int turn, int most) {
        kernels.coding().readWords(bytes, 0, count(turn, most), words[0], 0);
    }

    private void writeWords(KernelSet kernels, int turn, int most) {
        kernels.coding().writeWordsBackwards(words[0], count(turn, most), bytes, 0);
    }
}
