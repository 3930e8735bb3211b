package io.github.uniquant.internal.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The law of {@link Kernels}: the same bits from every implementation. Each method gives some kernels and the scalar ones
 * the same arguments, in arrays with guards around what they may touch, and compares all that they left.
 */
final class KernelTwins {
    /** Longer than a few of the widest vectors. */
    private static final int MAX_COUNT = 70;

    private static final int GUARD = 9;
    private static final int CELL_BITS = 11;
    private static final int FILL = 0x5a5a5a5a;
    private static final Kernels SCALAR = KernelProvider.scalar();

    /** As noise offsets are: inside (-1/2, 1/2), and representable in every type. */
    private static final float[] OFFSETS = {0, -0.0f, 0.4375f, -0.4375f, 0.25f, -0.125f, 0x1p-8f, -0.5f, 0.5f};

    private final Kernels kernels;
    private final SplittableRandom random = new SplittableRandom(1);

    KernelTwins(Kernels kernels) {
        this.kernels = kernels;
    }

    private static void check(boolean holds, String what, Object... values) {
        if (!holds) {
            throw new AssertionError(what + ": " + Arrays.deepToString(values));
        }
    }

    private static int[] filled(int length) {
        int[] array = new int[length];
        Arrays.fill(array, FILL);
        return array;
    }

    private static boolean onlyFill(int[] array, int from, int end) {
        return IntStream.range(from, end).allMatch(i -> array[i] == FILL);
    }

    // ---- quantization

    /** A call of one of the four quantizers, whatever its types. */
    private interface Quantize {
        int run(Kernels kernels, int valuesOffset, int offsetsOffset, int count, int[] symbols, int at);
    }

    /** Checks one call; symbols are defined only where no value is refused. Returns whether none was. */
    private boolean checkQuantize(int valuesOffset, int offsetsOffset, int count, String what, Quantize quantize) {
        int at = random.nextInt(GUARD);
        int[] expected = filled(at + count + GUARD);
        int[] actual = expected.clone();
        int refused = quantize.run(SCALAR, valuesOffset, offsetsOffset, count, expected, at);
        int actuallyRefused = quantize.run(kernels, valuesOffset, offsetsOffset, count, actual, at);
        check(refused == actuallyRefused, what + " refused", refused, actuallyRefused, count);
        check(refused >= -1 && refused < count, what + " refused", refused, count);
        if (refused < 0) {
            check(Arrays.equals(expected, actual), what, count, at, expected, actual);
        }
        check(onlyFill(actual, 0, at) && onlyFill(actual, at + count, actual.length), what + " guard", actual);
        return refused < 0;
    }

    private static List<Double> specialValues(boolean wide) {
        List<Double> values = new ArrayList<>(List.of(
                Double.NaN,
                Double.POSITIVE_INFINITY,
                0.0,
                0.5,
                1.5,
                2.5,
                3.5,
                0.4375,
                1e-3,
                4194303.5,
                4194304.5,
                8388607.5,
                8388608.5,
                1e9 + 0.5,
                0x1p31 - 0.5,
                0x1p31 + 0.5,
                0x1p31 - 1.5,
                1e300));
        for (int exponent : new int[] {-1, 0, 1, 8, 11, 21, 22, 23, 24, 30, 31, 32, 51, 52, 62, 63, 100}) {
            double power = Math.scalb(1.0, exponent);
            values.addAll(List.of(power, power - 0.5, power + 0.5, power - 1, power + 1));
            values.addAll(List.of((double) Math.nextDown((float) power), (double) Math.nextUp((float) power)));
            values.addAll(List.of(Math.nextDown(power), Math.nextUp(power)));
        }
        values.addAll(List.of((double) Float.MIN_VALUE, (double) Float.MIN_NORMAL, (double) Float.MAX_VALUE));
        if (wide) {
            values.addAll(List.of(Double.MIN_VALUE, Double.MIN_NORMAL, Double.MAX_VALUE));
        }
        values.addAll(values.stream().map(value -> -value).toList());
        return values;
    }

    private float[] offsets(int length) {
        float[] offsets = new float[length];
        for (int i = 0; i < length; i++) {
            offsets[i] = OFFSETS[random.nextInt(OFFSETS.length)];
        }
        return offsets;
    }

    private double[] wideOffsets(int length) {
        double[] offsets = new double[length];
        for (int i = 0; i < length; i++) {
            offsets[i] = random.nextBoolean() ? OFFSETS[random.nextInt(OFFSETS.length)] : random.nextDouble() - 0.5;
        }
        return offsets;
    }

    void floatsAreQuantizedAlike() {
        float[] values = new float[MAX_COUNT + GUARD];
        float[] offsets = offsets(MAX_COUNT + GUARD);
        Quantize quantize = (k, valuesOffset, offsetsOffset, count, symbols, at) ->
                k.quantize(values, valuesOffset, offsets, offsetsOffset, count, symbols, at);
        List<Double> specials = specialValues(false);
        float[] accepted = new float[specials.size()];
        int acceptedCount = 0;
        for (double special : specials) {
            for (int position = 0; position < 40; position++) {
                Arrays.fill(values, 1.25f);
                values[3 + position] = (float) special;
                boolean ok = checkQuantize(3, random.nextInt(GUARD), 40, "float " + special, quantize);
                if (ok && position == 0) {
                    accepted[acceptedCount++] = (float) special;
                }
            }
        }
        for (int count = 0; count <= MAX_COUNT; count++) {
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextInt(8) > 0
                        ? (float) (random.nextGaussian() * 50)
                        : accepted[random.nextInt(acceptedCount)];
            }
            checkQuantize(random.nextInt(GUARD), random.nextInt(GUARD), count, "floats", quantize);
        }
    }

    void doublesAreQuantizedAlike() {
        double[] values = new double[MAX_COUNT + GUARD];
        double[] offsets = wideOffsets(MAX_COUNT + GUARD);
        Quantize quantize = (k, valuesOffset, offsetsOffset, count, symbols, at) ->
                k.quantize(values, valuesOffset, offsets, offsetsOffset, count, symbols, at);
        List<Double> specials = specialValues(true);
        double[] accepted = new double[specials.size()];
        int acceptedCount = 0;
        for (double special : specials) {
            for (int position = 0; position < 20; position++) {
                Arrays.fill(values, 1.25);
                values[3 + position] = special;
                boolean ok = checkQuantize(3, random.nextInt(GUARD), 20, "double " + special, quantize);
                if (ok && position == 0) {
                    accepted[acceptedCount++] = special;
                }
            }
        }
        for (int count = 0; count <= MAX_COUNT; count++) {
            for (int i = 0; i < values.length; i++) {
                values[i] =
                        random.nextInt(8) > 0 ? random.nextGaussian() * 50 : accepted[random.nextInt(acceptedCount)];
            }
            checkQuantize(random.nextInt(GUARD), random.nextInt(GUARD), count, "doubles", quantize);
        }
    }

    /** All 2^16 bit patterns of a half type, each in some place among ordinary values. */
    void halvesAreQuantizedAlike() {
        for (boolean bfloat : new boolean[] {false, true}) {
            short one = (short) (bfloat ? 0x3f80 : 0x3c00);
            short[] values = new short[MAX_COUNT + GUARD];
            float[] offsets = offsets(MAX_COUNT + GUARD);
            for (int limit : bfloat ? new int[] {1 << 8, 7} : new int[] {1 << 11, 100}) {
                Quantize quantize = (k, valuesOffset, offsetsOffset, count, symbols, at) -> bfloat
                        ? k.quantizeBfloat16(values, valuesOffset, offsets, offsetsOffset, count, symbols, at, limit)
                        : k.quantizeFloat16(values, valuesOffset, offsets, offsetsOffset, count, symbols, at, limit);
                String what = (bfloat ? "bfloat16 limit " : "float16 limit ") + limit;
                Arrays.fill(values, one);
                for (int bits = 0; bits < 1 << 16; bits++) {
                    int place = 2 + random.nextInt(34);
                    values[place] = (short) bits;
                    checkQuantize(2, random.nextInt(GUARD), 34, what, quantize);
                    values[place] = one;
                }
                for (int count = 0; count <= MAX_COUNT; count++) {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (short) (one + random.nextInt(200) | random.nextInt(2) << 15);
                    }
                    checkQuantize(random.nextInt(GUARD), random.nextInt(GUARD), count, what, quantize);
                }
            }
        }
    }

    private int[] symbols(int length, int magnitude) {
        int[] specials = {
            0,
            1,
            -1,
            255,
            256,
            257,
            2047,
            2048,
            2049,
            65504,
            65519,
            65520,
            1 << 22,
            (1 << 23) - 1,
            (1 << 24) - 1,
            (1 << 24) + 1,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE - 63,
            Integer.MIN_VALUE
        };
        int[] symbols = new int[length];
        for (int i = 0; i < length; i++) {
            symbols[i] = random.nextInt(3) > 0
                    ? random.nextInt(-magnitude, magnitude)
                    : specials[random.nextInt(specials.length)] * (random.nextBoolean() ? 1 : -1);
        }
        return symbols;
    }

    void symbolsAreReconstructedAlike() {
        for (int round = 0; round < 10; round++) {
            for (int count = 0; count <= MAX_COUNT; count++) {
                int[] symbols = symbols(MAX_COUNT + GUARD, 1 << 3 * round + 1);
                float[] offsets = offsets(MAX_COUNT + GUARD);
                double[] wideOffsets = wideOffsets(MAX_COUNT + GUARD);
                int from = random.nextInt(GUARD);
                int offsetsFrom = random.nextInt(GUARD);
                int to = random.nextInt(GUARD);
                int length = to + count + GUARD;
                float[] floats = new float[length];
                Arrays.fill(floats, -7);
                float[] otherFloats = floats.clone();
                SCALAR.reconstruct(symbols, from, offsets, offsetsFrom, count, floats, to);
                kernels.reconstruct(symbols, from, offsets, offsetsFrom, count, otherFloats, to);
                check(Arrays.equals(floats, otherFloats), "floats", floats, otherFloats);
                double[] doubles = new double[length];
                Arrays.fill(doubles, -7);
                double[] otherDoubles = doubles.clone();
                SCALAR.reconstruct(symbols, from, wideOffsets, offsetsFrom, count, doubles, to);
                kernels.reconstruct(symbols, from, wideOffsets, offsetsFrom, count, otherDoubles, to);
                check(Arrays.equals(doubles, otherDoubles), "doubles", doubles, otherDoubles);
                short[] halves = new short[length];
                Arrays.fill(halves, (short) 0x1234);
                short[] otherHalves = halves.clone();
                SCALAR.reconstructFloat16(symbols, from, offsets, offsetsFrom, count, halves, to);
                kernels.reconstructFloat16(symbols, from, offsets, offsetsFrom, count, otherHalves, to);
                check(Arrays.equals(halves, otherHalves), "float16", halves, otherHalves);
                SCALAR.reconstructBfloat16(symbols, from, offsets, offsetsFrom, count, halves, to);
                kernels.reconstructBfloat16(symbols, from, offsets, offsetsFrom, count, otherHalves, to);
                check(Arrays.equals(halves, otherHalves), "bfloat16", halves, otherHalves);
            }
        }
    }

    // ---- rows

    void rowsAreLookedUpAlike() {
        int[] rowTable = random.ints(5000).toArray();
        for (int round = 0; round < 12; round++) {
            int cellBits = random.nextInt(2, 18);
            int leastFirst = Integer.MIN_VALUE >> cellBits;
            int largestFirst = Integer.MAX_VALUE >> cellBits;
            int[] bases = {0, leastFirst + 3, largestFirst - 3, leastFirst / 2, largestFirst / 2};
            for (int count = 0; count <= MAX_COUNT; count++) {
                int planOffset = random.nextInt(GUARD);
                int at = random.nextInt(GUARD);
                int[] range = new int[planOffset + count];
                int[] rowBase = new int[planOffset + count];
                int[] symbols = filled(at + count);
                for (int i = 0; i < planOffset + count; i++) {
                    int first = bases[random.nextInt(5)] + random.nextInt(-3, 4);
                    int last = random.nextInt(Math.min(1 << cellBits, random.nextInt(4) == 0 ? 3 : 1200));
                    range[i] = first << cellBits | last;
                    rowBase[i] = random.nextInt(rowTable.length - last) - first;
                    if (i >= planOffset) {
                        symbols[at + i - planOffset] = switch (random.nextInt(round == 1 ? 1 : 12)) {
                            case 1 -> first - 1;
                            case 2 -> first + last;
                            case 3 -> random.nextBoolean() ? Integer.MIN_VALUE : Integer.MAX_VALUE;
                            case 4 -> random.nextInt();
                            case 5 -> first;
                            default -> first + random.nextInt(Math.max(1, last));
                        };
                    }
                }
                int rowsEnd = GUARD + count;
                int escapesEnd = random.nextInt(GUARD);
                int[] rows = filled(rowsEnd + GUARD);
                int[] otherRows = rows.clone();
                int[] escapes = filled(escapesEnd + 2 * count);
                int[] otherEscapes = escapes.clone();
                int end = SCALAR.rows(
                        symbols,
                        at,
                        range,
                        cellBits,
                        rowBase,
                        planOffset,
                        count,
                        rowTable,
                        rows,
                        rowsEnd,
                        escapes,
                        escapesEnd);
                int otherEnd = kernels.rows(
                        symbols,
                        at,
                        range,
                        cellBits,
                        rowBase,
                        planOffset,
                        count,
                        rowTable,
                        otherRows,
                        rowsEnd,
                        otherEscapes,
                        escapesEnd);
                check(end == otherEnd && Arrays.equals(escapes, otherEscapes), "escapes", escapes, otherEscapes);
                check(Arrays.equals(rows, otherRows), "rows", rows, otherRows);
                for (Kernels path : new Kernels[] {SCALAR, kernels}) {
                    int[] alone = filled(escapesEnd + 2 * count);
                    System.arraycopy(escapes, 0, alone, 0, escapesEnd);
                    int aloneEnd = path.escapes(symbols, at, range, cellBits, planOffset, count, alone, escapesEnd);
                    check(aloneEnd == end && Arrays.equals(alone, escapes), "escapes alone", alone, escapes);
                }
            }
        }
    }

    // ---- lanes

    private static int[][] copies(int[][] arrays) {
        return Arrays.stream(arrays).map(int[]::clone).toArray(int[][]::new);
    }

    /** Whether each two begin with the same ints. */
    private static boolean equalUpTo(int count, int[][] arrays, int[][] others) {
        for (int u = 0; u < arrays.length; u++) {
            if (!Arrays.equals(arrays[u], 0, count, others[u], 0, count)) {
                return false;
            }
        }
        return true;
    }

    private static short[][] copies(short[][] arrays) {
        return Arrays.stream(arrays).map(short[]::clone).toArray(short[][]::new);
    }

    /** A state of a lane, at least 2^16, often at an end of its range or of the signed one. */
    private int state() {
        return switch (random.nextInt(8)) {
            case 0 -> 1 << 16;
            case 1 -> -1;
            case 2 -> Integer.MIN_VALUE;
            case 3 -> Integer.MAX_VALUE;
            case 4 -> 1 << 16 | random.nextInt(1 << 16);
            default -> (int) random.nextLong(1L << 16, 1L << 32);
        };
    }

    private int frequency(int precision) {
        int slots = 1 << precision;
        return switch (random.nextInt(6)) {
            case 0 -> 1;
            case 1 -> slots;
            case 2 -> Math.max(1, slots - 1);
            default -> 1 + random.nextInt(1 << random.nextInt(precision + 1));
        };
    }

    private static final int[] UNITS = {1, 2, 3, 5, 16};

    void lanesAreEncodedAlike() {
        for (int precision = 1; precision <= 16; precision++) {
            for (int lanes = 1; lanes <= 256; lanes *= 2) {
                for (int units : UNITS) {
                    checkEncode(units, lanes, lanes * random.nextInt(4), precision, false);
                }
                checkEncode(1, lanes, 8 * lanes, precision, true);
            }
        }
        // Long runs of quotients that the divider is most likely to get wrong by one.
        for (int precision = 1; precision <= 16; precision++) {
            for (int i = 0; i < 60; i++) {
                checkEncode(4, 256, 256, precision, true);
            }
        }
    }

    /** @param nearMultiples whether the states of the first row lie beside multiples of its frequencies */
    private void checkEncode(int units, int lanes, int count, int precision, boolean nearMultiples) {
        int from = random.nextInt(5);
        int[][] rows = new int[units][from + count + Kernels.PADDING];
        int[][] states = new int[units][lanes + Kernels.PADDING];
        short[][] words = new short[units][];
        int[] wordCounts = new int[units];
        for (int u = 0; u < units; u++) {
            for (int k = 0; k < rows[u].length; k++) {
                int f = frequency(precision);
                rows[u][k] = random.nextInt((1 << precision) - f + 1) << 16 | f - 1;
            }
            for (int v = 0; v < lanes; v++) {
                states[u][v] = state();
                if (nearMultiples && count > 0) {
                    long f = (rows[u][from + v] & 0xffff) + 1;
                    long most = Math.min((f << 32 - precision) / f, 0xFFFFFFFFL / f);
                    long x = f * random.nextLong(1, most + 1) - random.nextInt(2);
                    states[u][v] = (int) Math.clamp(x, 1L << 16, 0xFFFFFFFFL);
                }
            }
            Arrays.fill(states[u], lanes, states[u].length, FILL);
            wordCounts[u] = random.nextInt(GUARD);
            words[u] = new short[wordCounts[u] + count + Kernels.PADDING];
            Arrays.fill(words[u], (short) FILL);
        }
        int[][] otherRows = copies(rows);
        int[][] otherStates = copies(states);
        short[][] otherWords = copies(words);
        int[] otherCounts = wordCounts.clone();
        SCALAR.encodeLanes(
                units, rows, from, count, lanes, precision, states, words, wordCounts, new int[Kernels.TAIL_SCRATCH]);
        kernels.encodeLanes(
                units,
                otherRows,
                from,
                count,
                lanes,
                precision,
                otherStates,
                otherWords,
                otherCounts,
                new int[Kernels.TAIL_SCRATCH]);
        Object[] shape = {units, lanes, count, precision};
        check(Arrays.deepEquals(rows, otherRows), "rows", shape);
        check(equalUpTo(lanes, states, otherStates), "states", shape);
        check(Arrays.equals(wordCounts, otherCounts), "word counts", shape);
        for (int u = 0; u < units; u++) {
            int end = wordCounts[u];
            check(Arrays.equals(words[u], 0, end, otherWords[u], 0, end), "words", shape);
        }
    }

    /** Riffled tables with narrow buckets, as the decoding kernel reads them. */
    private static final class Buckets {
        final int[] descriptor;
        final int[] cells;
        final int[] origins; // the first slot of each table's likeliest cell
        final int[] entries;
        final int[] rowBase; // of each table's first cell
        final int[] rows;

        Buckets(int[][] frequencies, int precision) {
            int count = frequencies.length;
            rowBase = new int[count];
            int[] allRows = {};
            descriptor = new int[count];
            cells = new int[count];
            origins = new int[count];
            int[] all = {};
            for (int t = 0; t < count; t++) {
                int n = frequencies[t].length;
                int half = (n + 1) / 2;
                int[] starts = new int[n + 3];
                for (int j = 0; j < n; j++) {
                    starts[j + 1] = starts[j] + frequencies[t][(j >> 1) + (j & 1) * half];
                }
                int largest = 0;
                for (int j = 0; j < n; j++) {
                    if (starts[j + 1] - starts[j] > largest) {
                        largest = starts[j + 1] - starts[j];
                        origins[t] = starts[j];
                    }
                }
                starts[n + 1] = starts[n];
                starts[n + 2] = starts[n];
                int shift = Math.max(0, precision - 3);
                while (mostCells(starts, n, shift) > 3) {
                    shift--;
                }
                int base = all.length / 2;
                all = Arrays.copyOf(all, all.length + 2 * Math.max(16, 1 << precision - shift));
                for (int b = 0; b < 1 << precision - shift; b++) {
                    int j = position(starts, b << shift);
                    all[2 * (base + b)] = starts[j] | starts[j + 1] << 13 | j + 2 << 26;
                    all[2 * (base + b) + 1] = starts[j + 2] | starts[Math.min(j + 3, n)] << 13 | j + 2 >> 6 << 26;
                }
                descriptor[t] = NarrowBuckets.descriptor(half, base, shift);
                cells[t] = n;
                rowBase[t] = allRows.length;
                allRows = Arrays.copyOf(allRows, allRows.length + n);
                for (int j = 0; j < n; j++) {
                    allRows[rowBase[t] + (j >> 1) + (j & 1) * half] = starts[j] << 16 | starts[j + 1] - starts[j] - 1;
                }
            }
            entries = Arrays.copyOf(all, all.length + Kernels.PADDING);
            rows = Arrays.copyOf(allRows, allRows.length + Kernels.PADDING);
        }

        private static int position(int[] starts, int slot) {
            int j = 0;
            while (starts[j + 1] <= slot) {
                j++;
            }
            return j;
        }

        private static int mostCells(int[] starts, int cells, int shift) {
            int most = 0;
            for (int first = 0; first < starts[cells]; first += 1 << shift) {
                most = Math.max(most, position(starts, first + (1 << shift) - 1) - position(starts, first) + 1);
            }
            return most;
        }
    }

    private int[][] frequencies(int precision) {
        int[][] frequencies = new int[14][];
        for (int t = 0; t < frequencies.length; t++) {
            int most = Math.min(1 << precision, t < 8 ? 20 : t < 12 ? 80 : 2046);
            int[] f = new int[t == 0 ? 1 : t == 13 ? most : 1 + random.nextInt(most)];
            Arrays.fill(f, 1);
            int left = (1 << precision) - f.length;
            int peak = random.nextInt(f.length);
            f[peak] += left / 2;
            for (int i = 0; i < left - left / 2; i++) {
                f[random.nextInt(f.length)]++;
            }
            frequencies[t] = f;
        }
        return frequencies;
    }

    void lanesAreDecodedAlike() {
        for (int precision = 1; precision <= 12; precision++) {
            Buckets buckets = new Buckets(frequencies(precision), precision);
            for (int lanes = 1; lanes <= 256; lanes *= 2) {
                for (int units : UNITS) {
                    checkDecode(buckets, units, lanes, lanes * random.nextInt(4), precision);
                }
                checkDecode(buckets, 1, lanes, 16 * lanes, precision);
            }
        }
    }

    private void checkDecode(Buckets buckets, int units, int lanes, int count, int precision) {
        int from = random.nextInt(GUARD);
        int[] descriptor = new int[from + count + Kernels.PADDING];
        int[] range = new int[from + count + Kernels.PADDING];
        for (int i = 0; i < from + count; i++) {
            int t = random.nextInt(buckets.cells.length);
            descriptor[i] = buckets.descriptor[t];
            int first = random.nextInt(-50, 50) + (random.nextInt(9) == 0 ? (1 << 31 - CELL_BITS) - 60 : 0);
            int last = buckets.cells[t] - random.nextInt(2); // with and without overflow
            range[i] = first << CELL_BITS | last;
        }
        int[][] states = new int[units][lanes + Kernels.PADDING];
        short[][] words = new short[units][];
        int[] next = new int[units];
        int[][] symbols = new int[units][];
        int[][] escapes = new int[units][];
        int[] escapesEnd = new int[units];
        for (int u = 0; u < units; u++) {
            for (int v = 0; v < states[u].length; v++) {
                states[u][v] = state();
            }
            next[u] = random.nextInt(GUARD);
            words[u] = new short[next[u] + count + Kernels.PADDING];
            for (int i = 0; i < words[u].length; i++) {
                words[u][i] = (short) (random.nextInt(5) == 0 ? -random.nextInt(2) : random.nextInt());
            }
            symbols[u] = filled(count + Kernels.PADDING);
            escapesEnd[u] = random.nextInt(GUARD);
            escapes[u] = filled(escapesEnd[u] + count);
        }
        int[][] otherStates = copies(states);
        short[][] otherWords = copies(words);
        int[] otherNext = next.clone();
        int[][] otherSymbols = copies(symbols);
        int[][] otherEscapes = copies(escapes);
        int[] otherEscapesEnd = escapesEnd.clone();
        NarrowBuckets narrow = new NarrowBuckets(buckets.entries);
        SCALAR.decodeLanes(
                units,
                descriptor,
                range,
                CELL_BITS,
                from,
                count,
                lanes,
                precision,
                narrow,
                states,
                words,
                next,
                symbols,
                escapes,
                escapesEnd,
                scratch(units, lanes),
                new long[Kernels.PADDING + units * lanes]);
        kernels.decodeLanes(
                units,
                descriptor,
                range,
                CELL_BITS,
                from,
                count,
                lanes,
                precision,
                narrow,
                otherStates,
                otherWords,
                otherNext,
                otherSymbols,
                otherEscapes,
                otherEscapesEnd,
                scratch(units, lanes),
                new long[Kernels.PADDING + units * lanes]);
        Object[] shape = {units, lanes, count, precision};
        check(equalUpTo(count, symbols, otherSymbols), "symbols", shape);
        check(equalUpTo(lanes, states, otherStates), "states", shape);
        check(Arrays.equals(next, otherNext), "next words", shape);
        check(Arrays.deepEquals(words, otherWords), "words", shape);
        check(Arrays.equals(escapesEnd, otherEscapesEnd), "ends of escapes", shape);
        check(Arrays.deepEquals(escapes, otherEscapes), "escapes", shape);
    }

    /** Cells of tables of bytes: few, beside what is kept in registers, and all. */
    private static final int[] BYTE_CELLS = {1, 2, 16, 33, 64, 65, 256};

    void bytesAreEncodedAlike() {
        for (int cells : BYTE_CELLS) { // more than are looked at together
            checkEncodeBytes(64, 64 * 150, 12, cells, -1);
            if (cells < 256) {
                checkEncodeBytes(64, 64 * 150, 12, cells, 0);
                checkEncodeBytes(64, 64 * 150, 12, cells, 64 * 150 - 1);
            }
        }
        for (int precision = 1; precision <= 12; precision++) {
            for (int lanes = 1; lanes <= 256; lanes *= 2) {
                for (int rows : new int[] {0, 1, 2, 5}) {
                    checkEncodeBytes(lanes, rows * lanes, precision, BYTE_CELLS[random.nextInt(BYTE_CELLS.length)], -1);
                }
                for (int cells : BYTE_CELLS) {
                    checkEncodeBytes(lanes, 3 * lanes, precision, cells, -1);
                    if (cells < 256) {
                        checkEncodeBytes(lanes, 3 * lanes, precision, cells, random.nextInt(3 * lanes));
                    }
                }
            }
        }
    }

    /** @param refused index of a byte without a row; negative for none */
    private void checkEncodeBytes(int lanes, int count, int precision, int cells, int refused) {
        int at = random.nextInt(GUARD);
        int first = random.nextInt(256 - cells + 1);
        int[] rowOf = new int[256 + Kernels.PADDING];
        float[] reciprocalOf = new float[256 + Kernels.PADDING];
        Arrays.fill(rowOf, -1);
        for (int symbol = first; symbol < first + cells; symbol++) {
            int f = frequency(precision);
            rowOf[symbol] = random.nextInt((1 << precision) - f + 1) << 16 | f;
            reciprocalOf[symbol] = Kernels.reciprocal(f);
        }
        byte[] symbols = new byte[at + count + GUARD];
        for (int i = 0; i < symbols.length; i++) {
            symbols[i] = (byte) (first + random.nextInt(cells));
        }
        if (refused >= 0) {
            symbols[at + refused] = (byte) (first + cells + random.nextInt(256 - cells));
        }
        int[] states = states(lanes);
        int[] otherStates = states.clone();
        int wordCount = random.nextInt(GUARD);
        short[] words = new short[wordCount + count + Kernels.PADDING];
        short[] otherWords = words.clone();
        int[] scratch = new int[Kernels.PADDING + lanes];
        int end = SCALAR.encodeBytes(
                symbols,
                at,
                count,
                lanes,
                precision,
                first,
                cells,
                rowOf,
                reciprocalOf,
                states,
                words,
                wordCount,
                scratch);
        int otherEnd = kernels.encodeBytes(
                symbols,
                at,
                count,
                lanes,
                precision,
                first,
                cells,
                rowOf,
                reciprocalOf,
                otherStates,
                otherWords,
                wordCount,
                scratch);
        Object[] shape = {lanes, count, precision, first, cells, refused};
        check(refused >= 0 == end < 0, "refused", shape);
        check(end < 0 ? otherEnd < 0 : end == otherEnd, "word counts", shape);
        if (end >= 0) {
            check(Arrays.equals(states, otherStates), "states", shape);
            check(Arrays.equals(words, 0, end, otherWords, 0, end), "words", shape);
        }
    }

    private static int[] scratch(int units, int lanes) {
        return new int[Kernels.PADDING + 4 * units * lanes];
    }

    private int[] states(int lanes) {
        int[] states = filled(lanes + Kernels.PADDING);
        for (int v = 0; v < lanes; v++) {
            states[v] = state();
        }
        return states;
    }

    /** Numbers of units on one lane each: up to the most, and beside the widths of vectors. */
    private static final int[] TAIL_UNITS = {1, 2, 3, 5, 8, 9, 16, 17, 31, 32};

    void tailsAreEncodedAlike() {
        for (int precision = 1; precision <= 16; precision++) {
            for (int units : TAIL_UNITS) {
                checkEncodeTails(units, random.nextInt(60), precision);
            }
        }
    }

    private void checkEncodeTails(int units, int count, int precision) {
        int from = random.nextInt(GUARD);
        int tableFrom = random.nextInt(GUARD);
        int[] table = new int[tableFrom + count];
        Arrays.setAll(table, i -> random.nextInt(5));
        int[] originOf = random.ints(5, 0, 1 << precision).toArray();
        originOf[0] = 0;
        int[][] rows = new int[units][from + count + Kernels.PADDING];
        int[][] states = new int[2][Kernels.TAIL_UNITS];
        short[][][] words = new short[2][units][];
        int[][] wordCounts = new int[2][units];
        for (int u = 0; u < units; u++) {
            for (int k = 0; k < count; k++) {
                // A cell of more than half of the slots is its table's likeliest: its first slot is the origin.
                boolean large = table[tableFrom + count - 1 - k] == 0 && random.nextBoolean();
                int half = 1 << precision - 1;
                int f = large ? half + 1 + random.nextInt(half) : 1 + random.nextInt(half);
                int start = large ? 0 : random.nextInt((1 << precision) - f + 1);
                rows[u][from + k] = start << 16 | f - 1;
            }
            states[0][u] = youngOrNot(precision);
            wordCounts[0][u] = random.nextInt(GUARD);
            words[0][u] = words(wordCounts[0][u] + count + 1);
            words[1][u] = words[0][u].clone();
        }
        states[1] = states[0].clone();
        wordCounts[1] = wordCounts[0].clone();
        for (int path = 0; path < 2; path++) {
            (path == 0 ? SCALAR : kernels)
                    .encodeTails(
                            units,
                            rows,
                            from,
                            count,
                            precision,
                            table,
                            tableFrom,
                            originOf,
                            states[path],
                            words[path],
                            wordCounts[path],
                            new int[Kernels.TAIL_SCRATCH]);
        }
        Object[] shape = {units, count, precision};
        check(Arrays.equals(states[0], 0, units, states[1], 0, units), "states", shape);
        check(Arrays.equals(wordCounts[0], wordCounts[1]), "word counts", shape);
        for (int u = 0; u < units; u++) {
            int end = wordCounts[0][u];
            check(Arrays.equals(words[0][u], 0, end, words[1][u], 0, end), "words", shape);
        }
    }

    /** A state that a lane may have while it is alone, more often a young one. */
    private int youngOrNot(int precision) {
        return switch (random.nextInt(4)) {
            case 0 -> 1;
            case 1 -> random.nextInt(1, 1 << precision);
            case 2 -> (1 << precision) + random.nextInt(1 << 16);
            default -> state();
        };
    }

    void tailsAreDecodedAlike() {
        for (int precision = 1; precision <= 12; precision++) {
            Buckets buckets = new Buckets(frequencies(precision), precision);
            for (int units : TAIL_UNITS) {
                checkDecodeTails(buckets, units, random.nextInt(60), precision, false);
                checkDecodeTails(buckets, units, 300, precision, false);
                checkDecodeTails(buckets, units, 20, precision, true);
            }
        }
    }

    /** @param damaged whether one state is 0, which stops the decoding */
    private void checkDecodeTails(Buckets buckets, int units, int count, int precision, boolean damaged) {
        int from = random.nextInt(GUARD);
        int[] entries = random.nextBoolean() // kernels may choose by their number
                ? buckets.entries
                : Arrays.copyOf(buckets.entries, Math.max(buckets.entries.length, VectorTails.FAR_BUCKETS));
        int[] table = new int[from + count];
        int[] descriptor = new int[from + count];
        int[] range = new int[from + count];
        int[] rowBase = new int[from + count];
        for (int i = 0; i < from + count; i++) {
            table[i] = random.nextInt(buckets.cells.length);
            descriptor[i] = buckets.descriptor[table[i]];
            int first = random.nextInt(-50, 50) + (random.nextInt(9) == 0 ? (1 << 31 - CELL_BITS) - 60 : 0);
            int last = buckets.cells[table[i]] - random.nextInt(2);
            range[i] = first << CELL_BITS | last;
            rowBase[i] = buckets.rowBase[table[i]] - first;
        }
        int[][] states = new int[2][Kernels.TAIL_UNITS];
        short[][] words = new short[units][];
        int[][] next = new int[2][units];
        int[] end = new int[units];
        int[][][] symbols = new int[2][units][];
        int[][][] escapes = new int[2][units][];
        int[][] escapesEnd = new int[2][units];
        for (int u = 0; u < units; u++) {
            states[0][u] = youngOrNot(precision);
            next[0][u] = random.nextInt(GUARD);
            end[u] = next[0][u] + random.nextInt(count + 1);
            words[u] = words(end[u]);
            symbols[0][u] = filled(count + GUARD);
            escapesEnd[0][u] = random.nextInt(GUARD);
            escapes[0][u] = filled(escapesEnd[0][u] + count);
            symbols[1][u] = symbols[0][u].clone();
            escapes[1][u] = escapes[0][u].clone();
        }
        if (damaged) {
            states[0][random.nextInt(units)] = 0;
        }
        states[1] = states[0].clone();
        next[1] = next[0].clone();
        escapesEnd[1] = escapesEnd[0].clone();
        int[] decoded = new int[2];
        for (int path = 0; path < 2; path++) {
            decoded[path] = (path == 0 ? SCALAR : kernels)
                    .decodeTails(
                            units,
                            descriptor,
                            range,
                            CELL_BITS,
                            rowBase,
                            buckets.rows,
                            table,
                            from,
                            count,
                            precision,
                            buckets.origins,
                            entries,
                            states[path],
                            words,
                            next[path],
                            end,
                            symbols[path],
                            escapes[path],
                            escapesEnd[path],
                            new int[Kernels.TAIL_SCRATCH]);
        }
        Object[] shape = {units, count, precision};
        check(decoded[0] == count == (decoded[1] == count), "zero states", shape, decoded);
        check(!damaged || decoded[0] < count, "zero states are noticed", shape);
        if (decoded[0] == count) {
            check(Arrays.deepEquals(symbols[0], symbols[1]), "symbols", shape);
            check(Arrays.equals(states[0], 0, units, states[1], 0, units), "states", shape);
            check(Arrays.equals(next[0], next[1]), "next words", shape);
            check(Arrays.equals(escapesEnd[0], escapesEnd[1]), "ends of escapes", shape);
            check(Arrays.deepEquals(escapes[0], escapes[1]), "escapes", shape);
        }
    }

    /** The slots of some tables of at most 256 cells, in shuffled order. */
    private int[] slots(int tables, int precision) {
        int[] slots = new int[tables << precision];
        for (int t = 0; t < tables; t++) {
            int cells = 1 + random.nextInt(Math.min(1 << precision, 256));
            for (int c = 0, slot = 0; c < cells; c++) {
                int left = (1 << precision) - slot - (cells - 1 - c);
                int f = c == cells - 1 ? left : 1 + random.nextInt(random.nextInt(left) + 1);
                for (int k = 0; k < f; k++) {
                    slots[(t << precision) + slot++] = f - 1 << 20 | k << 8 | cells - 1 - c;
                }
            }
        }
        return slots;
    }

    private short[] words(int length) {
        short[] words = new short[length];
        for (int i = 0; i < length; i++) {
            words[i] = (short) (random.nextInt(5) == 0 ? -random.nextInt(2) : random.nextInt());
        }
        return words;
    }

    void slotsAreDecodedAlike() {
        for (int precision = 1; precision <= 12; precision++) {
            int tables = 1 + random.nextInt(4);
            int[] slots = slots(tables, precision);
            for (int lanes = 1; lanes <= 256; lanes *= 2) {
                for (int rows : new int[] {0, 1, 2, 5}) {
                    checkDecodeBytes(slots, lanes, rows * lanes, precision);
                }
                for (int units : UNITS) {
                    checkDecodeSlots(slots, tables, units, lanes, lanes * random.nextInt(4), precision);
                }
            }
        }
    }

    private void checkDecodeBytes(int[] slots, int lanes, int count, int precision) {
        int at = random.nextInt(GUARD);
        int next = random.nextInt(GUARD);
        int first = random.nextInt(256);
        int[] states = states(lanes);
        int[] otherStates = states.clone();
        short[] words = words(next + count + Kernels.PADDING);
        byte[] symbols = new byte[at + count + GUARD];
        Arrays.fill(symbols, (byte) FILL);
        byte[] otherSymbols = symbols.clone();
        int[] scratch = new int[Kernels.PADDING + lanes];
        int end = SCALAR.decodeBytes(slots, first, count, lanes, precision, states, words, next, symbols, at, scratch);
        int otherEnd = kernels.decodeBytes(
                slots, first, count, lanes, precision, otherStates, words, next, otherSymbols, at, scratch);
        Object[] shape = {lanes, count, precision, first};
        check(end == otherEnd, "next words", shape);
        check(Arrays.equals(states, otherStates), "states", shape);
        check(Arrays.equals(symbols, otherSymbols), "symbols", shape);
    }

    private void checkDecodeSlots(int[] slots, int tables, int units, int lanes, int count, int precision) {
        int from = random.nextInt(GUARD);
        int[] table = new int[from + count + Kernels.PADDING];
        int[] range = new int[from + count + Kernels.PADDING];
        Arrays.fill(table, from + count, table.length, Integer.MAX_VALUE); // may be read, but not looked up
        for (int i = 0; i < from + count; i++) {
            table[i] = random.nextInt(tables);
            int first = random.nextInt(-50, 50) + (random.nextInt(9) == 0 ? (1 << 31 - CELL_BITS) - 60 : 0);
            int last = random.nextInt(256);
            range[i] = first << CELL_BITS | last;
        }
        int[][][] states = new int[2][units][];
        short[][] words = new short[units][];
        int[][] next = new int[2][units];
        int[][][] symbols = new int[2][units][];
        int[][][] escapes = new int[2][units][];
        int[][] escapesEnd = new int[2][units];
        for (int u = 0; u < units; u++) {
            states[0][u] = states(lanes);
            next[0][u] = random.nextInt(GUARD);
            words[u] = words(next[0][u] + count + Kernels.PADDING);
            symbols[0][u] = filled(count + Kernels.PADDING);
            escapesEnd[0][u] = random.nextInt(GUARD);
            escapes[0][u] = filled(escapesEnd[0][u] + count);
            states[1][u] = states[0][u].clone();
            symbols[1][u] = symbols[0][u].clone();
            escapes[1][u] = escapes[0][u].clone();
        }
        next[1] = next[0].clone();
        escapesEnd[1] = escapesEnd[0].clone();
        for (int path = 0; path < 2; path++) {
            (path == 0 ? SCALAR : kernels)
                    .decodeSlots(
                            units,
                            table,
                            range,
                            CELL_BITS,
                            from,
                            count,
                            lanes,
                            precision,
                            slots,
                            states[path],
                            words,
                            next[path],
                            symbols[path],
                            escapes[path],
                            escapesEnd[path],
                            scratch(units, lanes));
        }
        Object[] shape = {units, lanes, count, precision};
        check(equalUpTo(count, symbols[0], symbols[1]), "symbols", shape);
        check(equalUpTo(lanes, states[0], states[1]), "states", shape);
        check(Arrays.equals(next[0], next[1]), "next words", shape);
        check(Arrays.equals(escapesEnd[0], escapesEnd[1]), "ends of escapes", shape);
        check(Arrays.deepEquals(escapes[0], escapes[1]), "escapes", shape);
    }

    void wordsAreCopiedAlike() {
        for (int count = 0; count <= MAX_COUNT; count++) {
            int at = random.nextInt(GUARD);
            short[] words = new short[count + GUARD];
            for (int i = 0; i < words.length; i++) {
                words[i] = (short) random.nextInt();
            }
            byte[][] written = new byte[2][at + 2 * count + GUARD];
            for (int path = 0; path < 2; path++) {
                Kernels of = path == 0 ? SCALAR : kernels;
                of.writeWordsBackwards(words, count, written[path], at);
            }
            check(Arrays.equals(written[0], written[1]), "bytes", count, at);
        }
    }

    // ---- noise levels

    /** A call of one of the two kinds of levels. */
    private interface Levels {
        void draw(DitherKernels kernels, long first, int count, int levels, int[] out, int at);
    }

    void levelsAreDrawnAlike() {
        DitherKernels dither = KernelProvider.ditherKernels(0);
        check(!(dither instanceof ScalarDitherKernels), "levels come by vectors");
        int[] k = {random.nextInt(), random.nextInt(), random.nextInt(), random.nextInt()};
        List<Levels> kinds = List.of(
                (kernels, first, count, levels, out, at) ->
                        kernels.remainders(k[0], k[1], k[2], k[3], first, count, levels, out, at),
                (kernels, first, count, levels, out, at) ->
                        kernels.shares(k[0], k[1], k[2], k[3], first, count, levels, out, at));
        for (Levels kind : kinds) {
            for (int count = 0; count <= 2 * MAX_COUNT; count++) {
                for (long first : new long[] {0, 1, 2, 3, 1001, Integer.MAX_VALUE - 70, (1L << 34) - 4 * MAX_COUNT}) {
                    checkLevels(kind, dither, first, count, random.nextInt(1, 1 << 24));
                }
            }
            for (int levels : new int[] {1, 2, 3, 7, 15, 16, 1000, (1 << 24) - 1, 1 << 24}) {
                checkLevels(kind, dither, random.nextInt(100), 5000, levels);
            }
        }
    }

    private void checkLevels(Levels kind, DitherKernels dither, long first, int count, int levels) {
        int at = random.nextInt(GUARD);
        int[] expected = filled(at + count + GUARD);
        int[] actual = expected.clone();
        kind.draw(ScalarDitherKernels.INSTANCE, first, count, levels, expected, at);
        kind.draw(dither, first, count, levels, actual, at);
        check(Arrays.equals(expected, actual), "levels", first, count, levels, expected, actual);
        check(onlyFill(actual, 0, at) && onlyFill(actual, at + count, actual.length), "levels guard", actual);
    }

    /** All of the above, for processes without a test framework. */
    void allAlike() {
        floatsAreQuantizedAlike();
        doublesAreQuantizedAlike();
        halvesAreQuantizedAlike();
        symbolsAreReconstructedAlike();
        rowsAreLookedUpAlike();
        lanesAreEncodedAlike();
        lanesAreDecodedAlike();
        bytesAreEncodedAlike();
        slotsAreDecodedAlike();
        tailsAreEncodedAlike();
        tailsAreDecodedAlike();
        wordsAreCopiedAlike();
        levelsAreDrawnAlike();
    }
}
