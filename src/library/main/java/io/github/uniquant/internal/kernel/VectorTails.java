package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.FloatQuotient.LESS_HALF;
import static io.github.uniquant.internal.kernel.FloatQuotient.LESS_HALF_FRACTION;
import static io.github.uniquant.internal.kernel.FloatQuotient.TOWARDS_ZERO;
import static io.github.uniquant.internal.kernel.FloatQuotient.TWO_32;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector path of one lane: tails, and units of one lane, side by side with a unit in each lane of vectors, or one unit whose
 * tables are far.
 */
final class VectorTails {
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, I.vectorShape());
    private static final int W = I.length();

    /** What young states are computed in, and before that indexes: three vectors. */
    private static final int YOUNG_SCRATCH = 3 * W;

    /** Elements of a tail that have their units' words brought together. */
    private static final int TAIL_BLOCK = 128;

    /** So many ints of buckets are read from beyond the second-level cache, beside what else is decoded. */
    static final int FAR_BUCKETS = 1 << 16;

    /** Units that are enough to share vectors. */
    static final int LEAST_UNITS = W / 4 + 1;

    private static final ScalarKernels SCALAR = ScalarKernels.INSTANCE;

    private VectorTails() {}

    /** {@link Kernels#encodeTails}. */
    static void encodeTails(
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
            int[] scratch) {
        if (units < LEAST_UNITS || precision < FloatQuotient.LEAST_PRECISION) {
            SCALAR.encodeTails(
                    units,
                    rows,
                    from,
                    count,
                    precision,
                    table,
                    tableFrom,
                    originOf,
                    states,
                    words,
                    wordCounts,
                    scratch);
            return;
        }
        IntVector highBits = IntVector.broadcast(I, 32 - precision);
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slots = IntVector.broadcast(I, 1 << precision);
        int padded = units + W - 1 & -W;
        int turned = YOUNG_SCRATCH; // rows of W elements, each of all units
        for (int block = 0; block < count; block += W) {
            int length = Math.min(W, count - block);
            for (int lane = 0; lane < padded; lane++) {
                int[] unit = rows[Math.min(lane, units - 1)];
                for (int k = 0; k < length; k++) {
                    scratch[turned + k * padded + lane] = unit[from + block + k];
                }
            }
            for (int k = 0; k < length; k++) {
                for (int unit = 0; unit < units; unit += W) {
                    IntVector x = IntVector.fromArray(I, states, unit);
                    IntVector row = IntVector.fromArray(I, scratch, turned + k * padded + unit);
                    IntVector f = row.and(0xffff).add(1);
                    VectorMask<Integer> small =
                            x.lanewise(VectorOperators.LSHR, highBits).compare(VectorOperators.LT, f);
                    x = x.lanewise(VectorOperators.LSHR, 16).blend(x, small);
                    long pushing = ~small.toLong() & -1L >>> Long.SIZE - Math.min(W, units - unit);
                    for (; pushing != 0; pushing &= pushing - 1) {
                        int lane = unit + Long.numberOfTrailingZeros(pushing);
                        words[lane][wordCounts[lane]++] = (short) states[lane];
                    }
                    IntVector start = row.lanewise(VectorOperators.LSHR, 16);
                    FloatVector reciprocal = FloatVector.broadcast(F, TOWARDS_ZERO)
                            .div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0));
                    FloatVector signed = (FloatVector) x.convertShape(VectorOperators.I2F, F, 0);
                    IntVector q = signed.add(
                                    TWO_32, x.compare(VectorOperators.LT, 0).cast(F))
                            .mul(reciprocal)
                            .add(LESS_HALF)
                            .reinterpretAsInts()
                            .and(LESS_HALF_FRACTION);
                    IntVector r = x.sub(q.mul(f));
                    IntVector grown =
                            q.lanewise(VectorOperators.LSHL, precisions).add(r).add(start);
                    grown = grown.add(slots.sub(f)).blend(grown, r.compare(VectorOperators.LT, f));
                    VectorMask<Integer> young = x.compare(VectorOperators.ULT, f);
                    if (young.anyTrue()) {
                        x.intoArray(scratch, 0);
                        start.intoArray(scratch, W);
                        f.intoArray(scratch, 2 * W);
                        youngStates(scratch, originOf[table[tableFrom + count - 1 - block - k]], precision);
                        grown = grown.blend(IntVector.fromArray(I, scratch, 0), young);
                    }
                    grown.intoArray(states, unit);
                }
            }
        }
    }

    /** {@link Kernels#decodeTails}. */
    static int decodeTails(
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
            int[] scratch) {
        boolean alone = units < LEAST_UNITS;
        if (alone && buckets.length < FAR_BUCKETS) {
            return SCALAR.decodeTails(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    rowBase,
                    rows,
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
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch);
        }
        if (alone) {
            for (int unit = 0; unit < units; unit++) {
                int done = decodeTail(
                        unit,
                        descriptor,
                        range,
                        cellBits,
                        rowBase,
                        rows,
                        table,
                        from,
                        count,
                        precision,
                        originOf,
                        buckets,
                        states,
                        words[unit],
                        next,
                        end[unit],
                        symbols[unit],
                        escapes,
                        escapesEnd);
                if (done < count) {
                    return done;
                }
            }
            return count;
        }
        for (int block = 0; block < count; block += TAIL_BLOCK) {
            int length = Math.min(TAIL_BLOCK, count - block);
            int done = decodeTailBlock(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    table,
                    from + block,
                    length,
                    precision,
                    originOf,
                    buckets,
                    states,
                    words,
                    next,
                    end,
                    symbols,
                    block,
                    escapes,
                    escapesEnd,
                    scratch);
            if (done < length) {
                return block + done;
            }
        }
        return count;
    }

    /**
     * Elements of one unit whose tables are far. Each waits for the one before; so the rows of all cells of a table are loaded,
     * which needs no state and goes on ahead of the chain, and the one with the slot is looked for in them. A bucket would be
     * loaded by the state, which is the shorter chain only where it is near. Tables of more cells, and young states, go the
     * scalar way.
     */
    private static int decodeTail(
            int unit,
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
            short[] words,
            int[] next,
            int end,
            int[] symbols,
            int[][] escapes,
            int[] escapesEnd) {
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        int x = states[unit];
        int at = next[unit];
        for (int i = 0; i < count; i++) {
            int q = x >>> precision;
            if (q == 0) {
                states[unit] = x;
                next[unit] = at;
                i = ScalarTails.decodeYoung(
                        unit,
                        descriptor,
                        range,
                        cellBits,
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
                        symbols,
                        escapes,
                        escapesEnd);
                x = states[unit];
                at = next[unit];
                if (i == count || x == 0) {
                    return i;
                }
                q = x >>> precision;
            }
            int r = range[from + i];
            int last = r & cellMask; // at least as many as the index of any cell
            int first = r >> cellBits;
            int cell;
            int d = descriptor[from + i];
            if (last < 4 * W && !ScalarTails.hasOneBucket(d, precision)) {
                int base = rowBase[from + i] + first;
                IntVector slot = IntVector.broadcast(I, x & slotMask);
                long in = 0;
                for (int v = 0; v < 4; v++) {
                    IntVector loaded = IntVector.fromArray(I, rows, base + v * W);
                    IntVector above = slot.sub(loaded.lanewise(VectorOperators.LSHR, 16));
                    in |= above.compare(VectorOperators.ULE, loaded.and(0xffff)).toLong() << v * W;
                }
                cell = Long.numberOfTrailingZeros(in);
                int row = rows[base + cell];
                x = q * ((row & 0xffff) + 1) + (x & slotMask) - (row >>> 16);
            } else {
                long step = ScalarTails.loneStep(x, d, precision, buckets);
                x = (int) step;
                cell = NarrowBuckets.cell(d, (int) (step >>> 32));
            }
            symbols[i] = first + cell;
            if (cell == last) {
                escapes[unit][escapesEnd[unit]++] = from + i;
            }
            if (x >>> 16 == 0 && at < end) {
                x = x << 16 | words[at++] & 0xffff;
            }
        }
        states[unit] = x;
        next[unit] = at;
        return count;
    }

    /**
     * Elements whose words are gathered from one place. Lanes without a unit do what the last unit does. An element has one
     * table in all units: one of up to 2 W buckets, as most have, is looked up in registers where vectors are wide; others
     * have no instruction that selects from two.
     */
    private static int decodeTailBlock(
            int units,
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
            short[][] words,
            int[] next,
            int[] end,
            int[][] symbols,
            int symbolsFrom,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch) {
        int slotMask = (1 << precision) - 1;
        int padded = units + W - 1 & -W;
        int at = YOUNG_SCRATCH; // where each unit's words begin, and end
        int stop = at + padded;
        int turned = stop + padded; // symbols of W elements, each of all units
        int steps = turned + W * padded; // from one symbol of a unit to the next
        int wordsAt = steps + W; // the units' words, one after the other
        int stride = TAIL_BLOCK + 1;
        for (int i = 0; i < W; i++) {
            scratch[steps + i] = i * padded;
        }
        for (int lane = 0; lane < padded; lane++) {
            int unit = Math.min(lane, units - 1);
            int left = Math.min(end[unit] - next[unit], count);
            int to = wordsAt + lane * stride;
            short[] of = words[unit];
            int nextWord = next[unit];
            for (int i = 0; i < left; i++) {
                scratch[to + i] = of[nextWord + i] & 0xffff;
            }
            scratch[to + left] = 0;
            scratch[at + lane] = to;
            scratch[stop + lane] = to + left;
            states[lane] = states[unit];
        }
        // Broadcast once: in the loop each use would count against what the compiler inlines.
        IntVector slotBits = IntVector.broadcast(I, slotMask);
        IntVector bound = IntVector.broadcast(I, 0x1fff);
        IntVector zero = IntVector.broadcast(I, 0);
        IntVector minusOne = IntVector.broadcast(I, -1);
        IntVector minusTwo = IntVector.broadcast(I, -2);
        for (int i = 0; i < count; i++) {
            int d = descriptor[from + i];
            int base = 2 * NarrowBuckets.first(d);
            boolean near = VectorWidth.WIDE && 1 << precision - NarrowBuckets.sizeBits(d) <= 2 * W;
            // Where vectors are not wide, nothing of this is there to be inlined.
            IntVector entries0 = VectorWidth.WIDE ? IntVector.fromArray(I, buckets, base) : IntVector.zero(I);
            IntVector entries1 = VectorWidth.WIDE ? IntVector.fromArray(I, buckets, base + W) : IntVector.zero(I);
            IntVector entries2 = VectorWidth.WIDE ? IntVector.fromArray(I, buckets, base + 2 * W) : IntVector.zero(I);
            IntVector entries3 = VectorWidth.WIDE ? IntVector.fromArray(I, buckets, base + 3 * W) : IntVector.zero(I);
            for (int unit = 0; unit < units; unit += W) {
                IntVector x = IntVector.fromArray(I, states, unit);
                IntVector slot = x.and(slotBits);
                // Compared anew where it is used: a mask from here on would live across memory.
                boolean anyYoung = x.compare(VectorOperators.ULE, slotBits).anyTrue();
                if (anyYoung) {
                    if (x.compare(VectorOperators.EQ, 0).anyTrue()) {
                        return i;
                    }
                    slot = slot.blend(
                            youngSlot(x, originOf[table[from + i]], precision),
                            x.compare(VectorOperators.ULE, slotBits));
                }
                IntVector entry = slot.lanewise(VectorOperators.LSHR, NarrowBuckets.sizeBits(d));
                IntVector low;
                IntVector high;
                if (near) {
                    VectorMask<Integer> second = entry.compare(VectorOperators.GE, W);
                    IntVector lane = entry.lanewise(VectorOperators.LSHL, 1); // modulo 2 W
                    low = lane.selectFrom(entries0, entries1).blend(lane.selectFrom(entries2, entries3), second);
                    lane = lane.or(1);
                    high = lane.selectFrom(entries0, entries1).blend(lane.selectFrom(entries2, entries3), second);
                } else {
                    entry.lanewise(VectorOperators.LSHL, 1).add(base).intoArray(scratch, 0);
                    low = IntVector.fromArray(I, buckets, 0, scratch, 0);
                    high = IntVector.fromArray(I, buckets, 1, scratch, 0);
                }
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(bound);
                IntVector b2 = high.and(bound);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(bound);
                // Memory is not touched while there are masks: across that the compiler keeps them in a second form.
                VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
                VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
                IntVector start = b2.blend(b1, before2).blend(low.and(bound), before1);
                IntVector f = b3.blend(b2, before2).blend(b1, before1).sub(start);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(zero.blend(minusOne, before2).blend(minusTwo, before1));
                IntVector grown =
                        x.lanewise(VectorOperators.LSHR, precision).mul(f).add(slot.sub(start));
                if (anyYoung) {
                    x.intoArray(scratch, 0);
                    start.intoArray(scratch, W);
                    f.intoArray(scratch, 2 * W);
                    youngRanks(scratch, originOf[table[from + i]], precision);
                    grown = grown.blend(IntVector.fromArray(I, scratch, 0), x.compare(VectorOperators.ULE, slotBits));
                }
                IntVector wordAt = IntVector.fromArray(I, scratch, at + unit);
                IntVector wordsEnd = IntVector.fromArray(I, scratch, stop + unit);
                IntVector word = IntVector.fromArray(I, scratch, 0, scratch, at + unit);
                VectorMask<Integer> refilled = grown.lanewise(VectorOperators.LSHR, 16)
                        .compare(VectorOperators.EQ, 0)
                        .and(wordAt.compare(VectorOperators.LT, wordsEnd));
                grown = grown.blend(grown.lanewise(VectorOperators.LSHL, 16).or(word), refilled);
                wordAt = wordAt.add(1, refilled);
                grown.intoArray(states, unit);
                wordAt.intoArray(scratch, at + unit);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(position.and(1).neg().and(d >>> NarrowBuckets.HALF_SHIFT));
                int r = range[from + i];
                cell.add(r >> cellBits).intoArray(scratch, turned + i % W * padded + unit);
                long escaped = cell.compare(VectorOperators.EQ, r & (1 << cellBits) - 1)
                                .toLong()
                        & -1L >>> Long.SIZE - Math.min(W, units - unit);
                for (; escaped != 0; escaped &= escaped - 1) {
                    int lane = unit + Long.numberOfTrailingZeros(escaped);
                    escapes[lane][escapesEnd[lane]++] = from + i;
                }
            }
            if (i % W == W - 1 || i == count - 1) {
                int done = i % W + 1;
                turn(scratch, turned, padded, steps, units, done, symbols, symbolsFrom + i + 1 - done);
            }
        }
        for (int lane = 0; lane < units; lane++) {
            next[lane] += scratch[at + lane] - (wordsAt + lane * stride);
        }
        return count;
    }

    /** Gives symbols that lie element by element to their units. A vector of a unit's is gathered by the steps in the scratch. */
    private static void turn(
            int[] scratch, int turned, int padded, int steps, int units, int count, int[][] symbols, int symbolsFrom) {
        for (int lane = 0; lane < units; lane++) {
            int[] of = symbols[lane];
            if (count == W) {
                IntVector.fromArray(I, scratch, turned + lane, scratch, steps).intoArray(of, symbolsFrom);
                continue;
            }
            for (int i = 0; i < count; i++) {
                of[symbolsFrom + i] = scratch[turned + i * padded + lane];
            }
        }
    }

    /** As {@link YoungStates#slot}. */
    private static IntVector youngSlot(IntVector v, int origin, int precision) {
        return v.lanewise(VectorOperators.REVERSE)
                .lanewise(VectorOperators.LSHR, 32 - precision)
                .add(origin)
                .and((1 << precision) - 1);
    }

    /**
     * As {@link YoungStates#rank} for the states, starts and frequencies in a scratch, one vector after the other; in place of
     * the states.
     *
     * <p>From and to memory, and two bits a turn: so large a method (325 bytecodes) stays one of its own. The compiler took a
     * smaller one into its caller in part, where the limit of nodes left the operations behind that to calls which allocate:
     * 0.8 ns for every element of a unit of 768, in three processes of four.
     */
    private static void youngRanks(int[] scratch, int origin, int precision) {
        IntVector v = IntVector.fromArray(I, scratch, 0);
        IntVector low = IntVector.fromArray(I, scratch, W).sub(origin).and((1 << precision) - 1);
        IntVector high = low.add(IntVector.fromArray(I, scratch, 2 * W));
        IntVector rank = IntVector.zero(I);
        IntVector unset; // all ones where the bit is not
        int bit = precision - 1;
        for (; bit > 0; bit -= 2) {
            unset = v.lanewise(VectorOperators.LSHR, bit).and(1).sub(1);
            IntVector even = high.add(1).lanewise(VectorOperators.ASHR, 1);
            rank = rank.add(
                    even.sub(low.add(1).lanewise(VectorOperators.ASHR, 1)).lanewise(VectorOperators.AND_NOT, unset));
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
            unset = v.lanewise(VectorOperators.LSHR, bit - 1).and(1).sub(1);
            IntVector evenNext = high.add(1).lanewise(VectorOperators.ASHR, 1);
            rank = rank.add(evenNext.sub(low.add(1).lanewise(VectorOperators.ASHR, 1))
                    .lanewise(VectorOperators.AND_NOT, unset));
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
        }
        if (bit == 0) {
            unset = v.lanewise(VectorOperators.LSHR, 0).and(1).sub(1);
            IntVector even = high.add(1).lanewise(VectorOperators.ASHR, 1);
            rank = rank.add(
                    even.sub(low.add(1).lanewise(VectorOperators.ASHR, 1)).lanewise(VectorOperators.AND_NOT, unset));
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
        }
        rank.intoArray(scratch, 0);
    }

    /** As {@link YoungStates#state}; otherwise as {@link #youngRanks}. */
    private static void youngStates(int[] scratch, int origin, int precision) {
        IntVector left = IntVector.fromArray(I, scratch, 0);
        IntVector low = IntVector.fromArray(I, scratch, W).sub(origin).and((1 << precision) - 1);
        IntVector high = low.add(IntVector.fromArray(I, scratch, 2 * W));
        IntVector v = IntVector.zero(I);
        IntVector unset; // all ones where the bit is not
        int bit = precision - 1;
        for (; bit > 0; bit -= 2) {
            IntVector below =
                    high.add(1).lanewise(VectorOperators.ASHR, 1).sub(low.add(1).lanewise(VectorOperators.ASHR, 1));
            left = left.sub(below);
            unset = left.lanewise(VectorOperators.ASHR, 31);
            left = left.add(below.and(unset));
            v = v.add(v).sub(unset.not());
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
            IntVector belowNext =
                    high.add(1).lanewise(VectorOperators.ASHR, 1).sub(low.add(1).lanewise(VectorOperators.ASHR, 1));
            left = left.sub(belowNext);
            unset = left.lanewise(VectorOperators.ASHR, 31);
            left = left.add(belowNext.and(unset));
            v = v.add(v).sub(unset.not());
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
        }
        if (bit == 0) {
            IntVector below =
                    high.add(1).lanewise(VectorOperators.ASHR, 1).sub(low.add(1).lanewise(VectorOperators.ASHR, 1));
            left = left.sub(below);
            unset = left.lanewise(VectorOperators.ASHR, 31);
            left = left.add(below.and(unset));
            v = v.add(v).sub(unset.not());
            low = low.sub(unset).lanewise(VectorOperators.ASHR, 1);
            high = high.sub(unset).lanewise(VectorOperators.ASHR, 1);
        }
        v.intoArray(scratch, 0);
    }
}
