package io.github.uniquant.internal.kernel;

/**
 * Decodes elements on one lane of each unit, the scalar way: those of one unit, of units that are too few to share vectors,
 * and on every path those of units that have tables of their own.
 */
public final class ScalarTails {
    /** Units that take turns: a step of one waits for its step before, of which others fill the time. */
    private static final int TURNS = 4;

    private ScalarTails() {}

    /**
     * {@link Kernels#decodeTails} of units that may have plans of their own, {@code descriptor[u][from[u] ..]} and so on being
     * those of unit u.
     */
    public static int decode(
            int units,
            int[][] descriptor,
            int[][] range,
            int cellBits,
            int[][] table,
            int[] from,
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
            int[] escapesEnd) {
        for (int first = 0; first < units; first += TURNS) {
            int done = stepInTurns(
                    first,
                    Math.min(first + TURNS, units) - 1,
                    descriptor,
                    table,
                    from,
                    count,
                    precision,
                    originOf,
                    buckets,
                    states,
                    words,
                    next,
                    end,
                    symbols);
            if (done < count) {
                return done;
            }
        }
        for (int u = 0; u < units; u++) {
            findCells(u, descriptor[u], range[u], cellBits, from[u], 0, count, symbols[u], escapes, escapesEnd);
        }
        return count;
    }

    /** Makes the steps of up to {@link #TURNS} units, and writes the cells' positions. */
    private static int stepInTurns(
            int first,
            int last,
            int[][] descriptor,
            int[][] table,
            int[] from,
            int count,
            int precision,
            int[] originOf,
            int[] buckets,
            int[] states,
            short[][] words,
            int[] next,
            int[] end,
            int[][] positions) {
        for (int i = 0; i < count; i++) {
            i = stepGrownInTurns(
                    first, last, descriptor, from, i, count, precision, buckets, states, words, next, end, positions);
            for (int u = first; u <= last && i < count; u++) {
                int x = states[u];
                if (x == 0) {
                    return i;
                }
                int at = from[u] + i;
                long step = x >>> precision == 0
                        ? youngStep(x, descriptor[u][at], precision, originOf[table[u][at]], buckets)
                        : grownStep(x, descriptor[u][at], precision, buckets);
                x = (int) step;
                positions[u][i] = (int) (step >>> 32);
                if (x >>> 16 == 0 && next[u] < end[u]) {
                    x = x << 16 | words[u][next[u]++] & 0xffff;
                }
                states[u] = x;
            }
        }
        return count;
    }

    /**
     * Makes the steps until one of the units is young; returns the index of the next element. The last unit also takes the turns
     * of those that are missing: they write the same.
     */
    private static int stepGrownInTurns(
            int first,
            int last,
            int[][] descriptor,
            int[] from,
            int begin,
            int count,
            int precision,
            int[] buckets,
            int[] states,
            short[][] words,
            int[] next,
            int[] end,
            int[][] positions) {
        int second = Math.min(first + 1, last);
        int third = Math.min(first + 2, last);
        int[] descriptor0 = descriptor[first];
        int[] descriptor1 = descriptor[second];
        int[] descriptor2 = descriptor[third];
        int[] descriptor3 = descriptor[last];
        int from0 = from[first];
        int from1 = from[second];
        int from2 = from[third];
        int from3 = from[last];
        short[] words0 = words[first];
        short[] words1 = words[second];
        short[] words2 = words[third];
        short[] words3 = words[last];
        int[] positions0 = positions[first];
        int[] positions1 = positions[second];
        int[] positions2 = positions[third];
        int[] positions3 = positions[last];
        int end0 = end[first];
        int end1 = end[second];
        int end2 = end[third];
        int end3 = end[last];
        int next0 = next[first];
        int next1 = next[second];
        int next2 = next[third];
        int next3 = next[last];
        int x0 = states[first];
        int x1 = states[second];
        int x2 = states[third];
        int x3 = states[last];
        int i = begin;
        for (; i < count; i++) {
            if (x0 >>> precision == 0 || x1 >>> precision == 0 || x2 >>> precision == 0 || x3 >>> precision == 0) {
                break;
            }
            long step0 = grownStep(x0, descriptor0[from0 + i], precision, buckets);
            long step1 = grownStep(x1, descriptor1[from1 + i], precision, buckets);
            long step2 = grownStep(x2, descriptor2[from2 + i], precision, buckets);
            long step3 = grownStep(x3, descriptor3[from3 + i], precision, buckets);
            positions0[i] = (int) (step0 >>> 32);
            positions1[i] = (int) (step1 >>> 32);
            positions2[i] = (int) (step2 >>> 32);
            positions3[i] = (int) (step3 >>> 32);
            x0 = (int) step0;
            x1 = (int) step1;
            x2 = (int) step2;
            x3 = (int) step3;
            if (x0 >>> 16 == 0 && next0 < end0) {
                x0 = x0 << 16 | words0[next0++] & 0xffff;
            }
            if (x1 >>> 16 == 0 && next1 < end1) {
                x1 = x1 << 16 | words1[next1++] & 0xffff;
            }
            if (x2 >>> 16 == 0 && next2 < end2) {
                x2 = x2 << 16 | words2[next2++] & 0xffff;
            }
            if (x3 >>> 16 == 0 && next3 < end3) {
                x3 = x3 << 16 | words3[next3++] & 0xffff;
            }
        }
        states[first] = x0;
        states[second] = x1;
        states[third] = x2;
        states[last] = x3;
        next[first] = next0;
        next[second] = next1;
        next[third] = next2;
        next[last] = next3;
        return i;
    }

    /** {@link Kernels#decodeTails} of one unit. */
    static int decodeAlone(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int[] table,
            int from,
            int count,
            int precision,
            int[] originOf,
            int[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int end,
            int[] symbols,
            int[][] escapes,
            int[] escapesEnd) {
        int i = 0;
        do {
            i = stepGrown(unit, descriptor, from, i, count, precision, buckets, states, words, next, end, symbols);
            i = stepYoung(
                    unit,
                    descriptor,
                    table,
                    from,
                    i,
                    count,
                    precision,
                    originOf,
                    buckets,
                    states,
                    words,
                    next,
                    end,
                    symbols);
        } while (i < count && states[unit] != 0);
        findCells(unit, descriptor, range, cellBits, from, 0, i, symbols, escapes, escapesEnd);
        return i;
    }

    /**
     * Makes the steps of a unit until its state is young, and writes the cells' positions; returns the index of the next
     * element. What only the symbols need waits for a second loop: this one is one chain, and what it has in registers makes it
     * faster.
     */
    private static int stepGrown(
            int unit,
            int[] descriptor,
            int from,
            int begin,
            int count,
            int precision,
            int[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int end,
            int[] positions) {
        int x = states[unit];
        int at = next[unit];
        int i = begin;
        for (; i < count; i++) {
            int q = x >>> precision;
            if (q == 0) {
                break;
            }
            long step = loneStep(x, descriptor[from + i], precision, buckets);
            x = (int) step;
            positions[i] = (int) (step >>> 32);
            if (x >>> 16 == 0 && at < end) {
                x = x << 16 | words[at++] & 0xffff;
            }
        }
        states[unit] = x;
        next[unit] = at;
        return i;
    }

    /** The symbols of the cells at the positions of some elements, in their place, and the escapes among them. */
    private static void findCells(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int begin,
            int stop,
            int[] symbols,
            int[][] escapes,
            int[] escapesEnd) {
        int cellMask = (1 << cellBits) - 1;
        for (int i = begin; i < stop; i++) {
            int r = range[from + i];
            int cell = NarrowBuckets.cell(descriptor[from + i], symbols[i]);
            symbols[i] = (r >> cellBits) + cell;
            if (cell == (r & cellMask)) {
                escapes[unit][escapesEnd[unit]++] = from + i;
            }
        }
    }

    /** The state after an element, before a word is pushed, and above it the position of its cell. */
    static long grownStep(int x, int descriptor, int precision, int[] buckets) {
        int entry = entry(descriptor, x & (1 << precision) - 1);
        return grownStep(x, precision, buckets[entry], buckets[entry + 1]);
    }

    /** Whether a table has one bucket, as those of up to three cells: where it is does not wait for the state. */
    static boolean hasOneBucket(int descriptor, int precision) {
        return NarrowBuckets.sizeBits(descriptor) == precision;
    }

    /** {@link #grownStep} of a unit alone, whose next step waits for this one. */
    static long loneStep(int x, int descriptor, int precision, int[] buckets) {
        if (!hasOneBucket(descriptor, precision)) {
            return grownStep(x, descriptor, precision, buckets);
        }
        int entry = entry(descriptor, 0);
        return grownStep(x, precision, buckets[entry], buckets[entry + 1]);
    }

    private static long grownStep(int x, int precision, int low, int high) {
        int slot = x & (1 << precision) - 1;
        int q = x >>> precision;
        int b0 = low & 0x1fff;
        int b1 = low >>> 13 & 0x1fff;
        int b2 = high & 0x1fff;
        int f0 = b1 - b0;
        int f1 = b2 - b1;
        int f2 = (high >>> 13 & 0x1fff) - b2;
        int before1 = slot - b1 >> 31; // -1 in the first cell
        int before2 = slot - b2 >> 31; // -1 in the first two
        int position = (low >>> 26 | high >>> 26 << 6) + before1 + before2;
        int grown = q * f2 + (slot - b2) + (q * (f1 - f2) + f1 & before2) + (q * (f0 - f1) + f0 & before1);
        return (long) position << 32 | grown & 0xffffffffL;
    }

    /** {@link #grownStep} of a young state, which is not 0. */
    private static long youngStep(int x, int descriptor, int precision, int origin, int[] buckets) {
        int slot = YoungStates.slot(x, origin, precision);
        int entry = entry(descriptor, slot);
        int low = buckets[entry];
        int high = buckets[entry + 1];
        int b1 = low >>> 13 & 0x1fff;
        int b2 = high & 0x1fff;
        int b3 = high >>> 13 & 0x1fff;
        int before1 = slot - b1 >> 31; // -1 in the first cell
        int before2 = slot - b2 >> 31; // -1 in the first two
        int start = b2 + (b1 - b2 & before2) + ((low & 0x1fff) - b1 & before1);
        int stop = b3 + (b2 - b3 & before2) + (b1 - b2 & before1);
        long position = (low >>> 26 | high >>> 26 << 6) + before1 + before2;
        return position << 32 | YoungStates.rank(x, start, stop - start, origin, precision);
    }

    /** Where the entry of a slot's bucket is. */
    private static int entry(int descriptor, int slot) {
        return 2 * NarrowBuckets.entry(descriptor, slot);
    }

    /** Makes the steps of a unit while its state is young and not 0; otherwise as {@link #stepGrown}. */
    private static int stepYoung(
            int unit,
            int[] descriptor,
            int[] table,
            int from,
            int begin,
            int count,
            int precision,
            int[] originOf,
            int[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int end,
            int[] positions) {
        int x = states[unit];
        int at = next[unit];
        int i = begin;
        for (; i < count && x >>> precision == 0 && x != 0; i++) {
            long step = youngStep(x, descriptor[from + i], precision, originOf[table[from + i]], buckets);
            x = (int) step;
            positions[i] = (int) (step >>> 32);
            if (at < end) {
                x = x << 16 | words[at++] & 0xffff;
            }
        }
        states[unit] = x;
        next[unit] = at;
        return i;
    }

    /**
     * Decodes elements of a unit while its state is young and not 0; returns the index of the next element. {@link Kernels#decodeTails}
     * has the parameters.
     */
    static int decodeYoung(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int[] table,
            int from,
            int begin,
            int count,
            int precision,
            int[] originOf,
            int[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int end,
            int[] symbols,
            int[][] escapes,
            int[] escapesEnd) {
        int stop = stepYoung(
                unit,
                descriptor,
                table,
                from,
                begin,
                count,
                precision,
                originOf,
                buckets,
                states,
                words,
                next,
                end,
                symbols);
        findCells(unit, descriptor, range, cellBits, from, begin, stop, symbols, escapes, escapesEnd);
        return stop;
    }
}
