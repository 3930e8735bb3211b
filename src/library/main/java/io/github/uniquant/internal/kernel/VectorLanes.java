package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.FloatQuotient.LESS_HALF;
import static io.github.uniquant.internal.kernel.FloatQuotient.LESS_HALF_FRACTION;
import static io.github.uniquant.internal.kernel.FloatQuotient.TOWARDS_ZERO;
import static io.github.uniquant.internal.kernel.FloatQuotient.TWO_32;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector path of interleaved lanes: all encoding, and decoding by loads; {@link VectorGatheredLanes} decodes by gathers.
 *
 * <p>Kernels write their steps out, although they have many in common. With one method for the words that lanes take, heads
 * of 64 lanes were decoded in 1.7 ns an element instead of 1.0, those of 8 lanes in pairs in 2.8 instead of 1.0; with one for
 * the step of the encoders, one run in two took 3.2 ns instead of 0.4. The reason is in {@link VectorMath}.
 */
final class VectorLanes {
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, I.vectorShape());
    private static final VectorSpecies<Long> L = VectorSpecies.of(long.class, I.vectorShape());
    private static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorWidth.HALF);
    private static final int W = I.length();
    private static final boolean WIDE = VectorWidth.WIDE;

    private static final ScalarKernels SCALAR = ScalarKernels.INSTANCE;

    /** Fewest lanes that have vectors: all of 256 bits, half of 512. */
    private static final int FEW_LANES = 8;

    private static final int OF_FEW_LANES = (1 << FEW_LANES) - 1; // as bits of a mask

    /** The lanes of long units. Loads and vectors take turns over a row, up to 1.7 times as fast where its length is known. */
    static final int USUAL_LANES = 64;

    private static final VectorShuffle<Integer> TWICE = VectorShuffle.fromOp(I, lane -> lane & W / 2 - 1);
    private static final VectorShuffle<Integer> SWAP_HALVES = VectorShuffle.fromOp(I, lane -> lane ^ W / 2);

    // The lanes whose numbers have a bit. Loops take masks of them from outside, or the lanes as a parameter: masks of
    // constants are made anew at each use, in five instructions.
    private static final long ODD_INTS = 0xaaaa & (1L << W) - 1;
    private static final long WITH_1 = 0xaa & (1L << L.length()) - 1;
    private static final long WITH_2 = 0xcc & (1L << L.length()) - 1;
    private static final long WITH_4 = 0xf0 & (1L << L.length()) - 1;

    // Where decodeLoadedUnit has what in scratch, behind the indexes of entries.
    private static final int ENTRIES = USUAL_LANES;
    private static final int STATES = 3 * USUAL_LANES;

    // Where decodeLoadedRows has what of a vector of lanes, behind its indexes of entries. The step is a power of two:
    // bounds of other multiples are checked in the loop.
    private static final int ROW_POSITIONS = W;
    private static final int ROW_STATES = 2 * W;
    private static final int ROW_STEP = 4 * W;

    private VectorLanes() {}

    /** {@link Kernels#encodeLanes}. */
    static void encodeLanes(
            int units,
            int[][] rows,
            int from,
            int count,
            int lanes,
            int precision,
            int[][] states,
            short[][] words,
            int[] wordCounts,
            int[] scratch) {
        if (lanes < FEW_LANES || precision < FloatQuotient.LEAST_PRECISION) {
            SCALAR.encodeLanes(units, rows, from, count, lanes, precision, states, words, wordCounts, scratch);
            return;
        }
        if (units == 1 && lanes <= W) {
            wordCounts[0] = encodeVector(rows[0], from, count, lanes, precision, states[0], words[0], wordCounts[0]);
            return;
        }
        if (lanes < W) {
            encodePairs(units, rows, from, count, precision, states, words, wordCounts, scratch);
            return;
        }
        if (lanes == USUAL_LANES) {
            for (int u = 0; u < units; u++) {
                wordCounts[u] = encodeUsual(rows[u], from, count, precision, states[u], words[u], wordCounts[u]);
            }
            return;
        }
        IntVector highBits = IntVector.broadcast(I, 32 - precision);
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slots = IntVector.broadcast(I, 1 << precision);
        for (int k = 0; k < count; k += lanes) {
            for (int u = 0; u < units; u++) {
                int end = wordCounts[u];
                for (int v = 0; v < lanes; v += W) {
                    IntVector row = IntVector.fromArray(I, rows[u], from + k + v);
                    IntVector x = IntVector.fromArray(I, states[u], v);
                    IntVector f = row.and(0xffff).add(1);
                    VectorMask<Integer> small =
                            x.lanewise(VectorOperators.LSHR, highBits).compare(VectorOperators.LT, f);
                    int kept = (int) small.toLong() & VectorWidth.ALL_LANES;
                    IntVector shorter = x.lanewise(VectorOperators.LSHR, 16).blend(x, small);
                    IntVector pushed = WIDE
                            ? x.compress(small.not())
                            : IntVector.fromArray(I, LaneOrders.OTHERS_FIRST, kept * W)
                                    .selectFrom(x);
                    ((ShortVector) pushed.convertShape(VectorOperators.I2S, S, 0)).intoArray(words[u], end);
                    end += W - Integer.bitCount(kept);
                    // x / f in floats, at most one too small.
                    FloatVector reciprocal = FloatVector.broadcast(F, TOWARDS_ZERO)
                            .div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0));
                    FloatVector signed = (FloatVector) shorter.convertShape(VectorOperators.I2F, F, 0);
                    IntVector q = signed.add(
                                    TWO_32,
                                    shorter.compare(VectorOperators.LT, 0).cast(F))
                            .mul(reciprocal)
                            .add(LESS_HALF)
                            .reinterpretAsInts()
                            .and(LESS_HALF_FRACTION);
                    IntVector r = shorter.sub(q.mul(f));
                    IntVector grown = q.lanewise(VectorOperators.LSHL, precisions)
                            .add(r)
                            .add(row.lanewise(VectorOperators.LSHR, 16));
                    // One more in q: 2^p more for it, f less for r.
                    grown.add(slots.sub(f))
                            .blend(grown, r.compare(VectorOperators.LT, f))
                            .intoArray(states[u], v);
                }
                wordCounts[u] = end;
            }
        }
    }

    /** As {@link #encodeLanes} for one unit of {@link #USUAL_LANES}. */
    private static int encodeUsual(
            int[] rows, int from, int count, int precision, int[] states, short[] words, int wordCount) {
        IntVector highBits = IntVector.broadcast(I, 32 - precision);
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slots = IntVector.broadcast(I, 1 << precision);
        int end = wordCount;
        for (int k = from; k < from + count; k += USUAL_LANES) {
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                IntVector row = IntVector.fromArray(I, rows, k + j);
                IntVector x = IntVector.fromArray(I, states, j);
                IntVector f = row.and(0xffff).add(1);
                VectorMask<Integer> small =
                        x.lanewise(VectorOperators.LSHR, highBits).compare(VectorOperators.LT, f);
                int kept = (int) small.toLong() & VectorWidth.ALL_LANES;
                IntVector shorter = x.lanewise(VectorOperators.LSHR, 16).blend(x, small);
                IntVector pushed = WIDE
                        ? x.compress(small.not())
                        : IntVector.fromArray(I, LaneOrders.OTHERS_FIRST, kept * W)
                                .selectFrom(x);
                ((ShortVector) pushed.convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
                end += W - Integer.bitCount(kept);
                // x / f in floats, at most one too small.
                FloatVector reciprocal = FloatVector.broadcast(F, TOWARDS_ZERO)
                        .div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0));
                FloatVector signed = (FloatVector) shorter.convertShape(VectorOperators.I2F, F, 0);
                IntVector q = signed.add(
                                TWO_32, shorter.compare(VectorOperators.LT, 0).cast(F))
                        .mul(reciprocal)
                        .add(LESS_HALF)
                        .reinterpretAsInts()
                        .and(LESS_HALF_FRACTION);
                IntVector r = shorter.sub(q.mul(f));
                IntVector grown =
                        q.lanewise(VectorOperators.LSHL, precisions).add(r).add(row.lanewise(VectorOperators.LSHR, 16));
                // One more in q: 2^p more for it, f less for r.
                grown.add(slots.sub(f))
                        .blend(grown, r.compare(VectorOperators.LT, f))
                        .intoArray(states, j);
            }
        }
        return end;
    }

    /**
     * As {@link #encodeLanes} for one unit with a vector of lanes, or half of one: its states stay in a register from row to
     * row.
     */
    private static int encodeVector(
            int[] rows, int from, int count, int lanes, int precision, int[] states, short[] words, int wordCount) {
        int slots = 1 << precision;
        IntVector highBits = IntVector.broadcast(I, 32 - precision);
        IntVector precisions = IntVector.broadcast(I, precision);
        // Lanes beyond get a frequency that no state is too large for, and push nothing.
        IntVector beyond = IntVector.broadcast(I, 0xffff).blend(0, VectorMask.fromLong(I, (1L << lanes) - 1));
        int end = wordCount;
        IntVector x = IntVector.fromArray(I, states, 0);
        for (int k = from; k < from + count; k += lanes) {
            IntVector row = IntVector.fromArray(I, rows, k);
            if (WIDE) {
                row = row.or(beyond);
            }
            IntVector f = row.and(0xffff).add(1);
            FloatVector reciprocal =
                    FloatVector.broadcast(F, TOWARDS_ZERO).div((FloatVector) f.convertShape(VectorOperators.I2F, F, 0));
            VectorMask<Integer> full =
                    x.lanewise(VectorOperators.LSHR, highBits).compare(VectorOperators.GE, f);
            ((ShortVector) x.compress(full).convertShape(VectorOperators.I2S, S, 0)).intoArray(words, end);
            end += full.trueCount();
            // Both floats that the dividend may be, beside the comparison: the next row waits for this one.
            IntVector shifted = x.lanewise(VectorOperators.LSHR, 16);
            FloatVector ofShifted = (FloatVector) shifted.convertShape(VectorOperators.I2F, F, 0);
            FloatVector dividend = ((FloatVector) x.convertShape(VectorOperators.I2F, F, 0))
                    .add(TWO_32, x.compare(VectorOperators.LT, 0).cast(F))
                    .blend(ofShifted, full.cast(F));
            x = x.blend(shifted, full);
            IntVector q =
                    dividend.mul(reciprocal).add(LESS_HALF).reinterpretAsInts().and(LESS_HALF_FRACTION);
            IntVector r = x.sub(q.mul(f));
            IntVector grown =
                    q.lanewise(VectorOperators.LSHL, precisions).add(r).add(row.lanewise(VectorOperators.LSHR, 16));
            x = grown.add(f.neg().add(slots), r.compare(VectorOperators.GE, f));
        }
        x.intoArray(states, 0);
        return end;
    }

    /**
     * Encodes units of half as many lanes as a vector has, one in each half. A unit without a partner is its own, and both
     * write the same.
     */
    private static void encodePairs(
            int units,
            int[][] rows,
            int from,
            int count,
            int precision,
            int[][] states,
            short[][] words,
            int[] wordCounts,
            int[] scratch) {
        VectorMask<Integer> upperHalf = VectorWidth.intsWith(W / 2);
        VectorMask<Integer> lowerHalf = upperHalf.not();
        int half = W / 2;
        int slots = 1 << precision;
        for (int u = 0; u < units + units % 2; u++) {
            System.arraycopy(states[Math.min(u, units - 1)], 0, scratch, half * u, half);
        }
        for (int k = from; k < from + count; k += half) {
            for (int u = 0; u < units; u += 2) {
                int v = Math.min(u + 1, units - 1);
                IntVector row = IntVector.fromArray(I, rows[u], k)
                        .blend(IntVector.fromArray(I, rows[v], k).rearrange(SWAP_HALVES), upperHalf);
                IntVector x = IntVector.fromArray(I, scratch, half * u);
                IntVector f = row.and(0xffff).add(1);
                VectorMask<Integer> full =
                        x.lanewise(VectorOperators.LSHR, 32 - precision).compare(VectorOperators.GE, f);
                VectorMask<Integer> lower = full.and(lowerHalf);
                VectorMask<Integer> upper = full.and(upperHalf);
                int lowerEnd = wordCounts[u];
                int upperEnd = wordCounts[v];
                ((ShortVector) x.compress(upper).convertShape(VectorOperators.I2S, S, 0)).intoArray(words[v], upperEnd);
                ((ShortVector) x.compress(lower).convertShape(VectorOperators.I2S, S, 0)).intoArray(words[u], lowerEnd);
                wordCounts[v] = upperEnd + upper.trueCount();
                wordCounts[u] = lowerEnd + lower.trueCount();
                x = x.lanewise(VectorOperators.LSHR, 16, full);
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
                        q.lanewise(VectorOperators.LSHL, precision).add(r).add(row.lanewise(VectorOperators.LSHR, 16));
                grown.add(f.neg().add(slots), r.compare(VectorOperators.GE, f)).intoArray(scratch, half * u);
            }
        }
        for (int u = 0; u < units; u++) {
            System.arraycopy(scratch, half * u, states[u], 0, half);
        }
    }

    /** {@link Kernels#decodeLanes}. */
    static void decodeLanes(
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
            long[] wideScratch) {
        if (lanes < FEW_LANES) {
            SCALAR.decodeLanes(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    lanes,
                    precision,
                    buckets,
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch,
                    wideScratch);
            return;
        }
        if (units == 1 && lanes == FEW_LANES) {
            decodeFew(
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    precision,
                    buckets.longs(),
                    states[0],
                    words[0],
                    next,
                    symbols[0],
                    escapes[0],
                    escapesEnd);
            return;
        }
        if (lanes < W && !VectorWidth.GATHER) {
            decodeLoadedPairs(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    precision,
                    buckets.longs(),
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch,
                    wideScratch);
            return;
        }
        if (lanes < W) {
            VectorGatheredLanes.decodePairs(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    precision,
                    buckets.ints(),
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch);
            return;
        }
        if (!VectorWidth.GATHER && lanes != USUAL_LANES) {
            decodeLoadedRows(
                    units,
                    descriptor,
                    range,
                    cellBits,
                    from,
                    count,
                    lanes,
                    precision,
                    buckets.longs(),
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch,
                    wideScratch);
            return;
        }
        if (!VectorWidth.GATHER) {
            for (int u = 0; u < units; u++) {
                if (WIDE) {
                    decodeLoadedWide(
                            u,
                            descriptor,
                            range,
                            cellBits,
                            from,
                            count,
                            precision,
                            buckets.longs(),
                            states[u],
                            words[u],
                            next,
                            symbols[u],
                            escapes[u],
                            escapesEnd,
                            scratch,
                            wideScratch);
                } else {
                    decodeLoadedUnit(
                            u,
                            descriptor,
                            range,
                            cellBits,
                            from,
                            count,
                            precision,
                            buckets.longs(),
                            states[u],
                            words[u],
                            next,
                            symbols[u],
                            escapes[u],
                            escapesEnd,
                            scratch);
                }
            }
            return;
        }
        if (lanes > W) {
            for (int u = 0; u < units; u++) {
                VectorGatheredLanes.decodeUnit(
                        u,
                        descriptor,
                        range,
                        cellBits,
                        from,
                        count,
                        lanes,
                        precision,
                        buckets.ints(),
                        states[u],
                        words[u],
                        next,
                        symbols[u],
                        escapes[u],
                        escapesEnd,
                        scratch);
            }
            return;
        }
        VectorGatheredLanes.decodeUnits(
                units,
                descriptor,
                range,
                cellBits,
                from,
                count,
                precision,
                buckets.ints(),
                states,
                words,
                next,
                symbols,
                escapes,
                escapesEnd,
                scratch);
    }

    /**
     * As {@link #decodeLanes} for one unit of {@link #USUAL_LANES}, by loads, of both ints of a bucket at once: those of a row
     * at a time, so that what is stored one by one is in the cache when vectors read it. What is loaded for even lanes lies
     * before what is for odd ones, so that shifts take it apart.
     */
    private static void decodeLoadedWide(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            long[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] entries) {
        if (count == 0) {
            return;
        }
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        int last = from + count - USUAL_LANES;
        int at = next[unit];
        for (int j = 0; j < USUAL_LANES; j++) {
            scratch[j] = NarrowBuckets.entry(descriptor[from + j], states[j] & slotMask);
        }
        for (int i = from; i <= last; i += USUAL_LANES) {
            long any = 0;
            int ahead = Math.min(i + USUAL_LANES, last); // after the last one something to drop
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                for (int k = 0; k < W / 2; k++) {
                    entries[j + k] = buckets[scratch[j + 2 * k]];
                    entries[j + W / 2 + k] = buckets[scratch[j + 2 * k + 1]];
                }
            }
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                LongVector even = LongVector.fromArray(L, entries, j);
                LongVector odd = LongVector.fromArray(L, entries, j + W / 2);
                IntVector x = IntVector.fromArray(I, states, j);
                IntVector d = IntVector.fromArray(I, descriptor, i + j);
                IntVector nextD = IntVector.fromArray(I, descriptor, ahead + j);
                IntVector r = IntVector.fromArray(I, range, i + j);
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                IntVector low = even.and(0xffffffffL)
                        .or(odd.lanewise(VectorOperators.LSHL, Integer.SIZE))
                        .reinterpretAsInts();
                IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                        .or(odd.and(-1L << Integer.SIZE))
                        .reinterpretAsInts();
                IntVector slot = x.and(slotMask);
                // As unsigned ints, the least difference is from the cell's start, and the greatest from its stop.
                IntVector past0 = slot.sub(low.and(0x1fff));
                IntVector past1 =
                        slot.sub(low.lanewise(VectorOperators.LSHR, 13).and(0x1fff));
                IntVector past2 = slot.sub(high.and(0x1fff));
                IntVector past3 =
                        slot.sub(high.lanewise(VectorOperators.LSHR, 13).and(0x1fff));
                IntVector pastStart =
                        past0.lanewise(VectorOperators.UMIN, past1).lanewise(VectorOperators.UMIN, past2);
                IntVector pastStop = past1.lanewise(VectorOperators.UMAX, past2).lanewise(VectorOperators.UMAX, past3);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(past1.lanewise(VectorOperators.ASHR, 31))
                        .add(past2.lanewise(VectorOperators.ASHR, 31));
                x = x.lanewise(VectorOperators.LSHR, precisions)
                        .mul(pastStart.sub(pastStop))
                        .add(pastStart);
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                at += Long.bitCount(low16.toLong());
                x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word.expand(low16));
                IntVector half = d.lanewise(VectorOperators.LSHR, NarrowBuckets.HALF_SHIFT);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(half.and(position.and(1).neg()));
                long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                x.intoArray(states, j);
                nextD.and(NarrowBuckets.FIRST_MASK)
                        .add(x.and(slotMask).lanewise(VectorOperators.LSHR, nextD.and(NarrowBuckets.SIZE_MASK)))
                        .intoArray(scratch, j);
                cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from + j);
                any |= escaped;
                entries[v] = escaped;
            }
            if (any != 0) {
                for (int v = 0; v < USUAL_LANES / W; v++) {
                    for (long escaped = entries[v]; escaped != 0; escaped &= escaped - 1) {
                        escapes[escapesEnd[unit]++] = i + v * W + Long.numberOfTrailingZeros(escaped);
                    }
                }
            }
        }
        next[unit] = at;
    }

    /**
     * As {@link #decodeLoadedWide} for 256 bits, where there are half as many registers: in more loops and two methods, since
     * what does not find room in registers costs more than what is stored in between. The states of a block, the indexes of
     * entries and the entries are in scratch, at constant distances from one index.
     */
    private static void decodeLoadedUnit(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            long[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd,
            int[] scratch) {
        if (count == 0) {
            return;
        }
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        for (int j = 0; j < USUAL_LANES; j += W) {
            IntVector x = IntVector.fromArray(I, states, j);
            IntVector d = IntVector.fromArray(I, descriptor, from + j);
            x.intoArray(scratch, STATES + j);
            d.and(NarrowBuckets.FIRST_MASK)
                    .add(x.and(slotMask).lanewise(VectorOperators.LSHR, d.and(NarrowBuckets.SIZE_MASK)))
                    .intoArray(scratch, j);
        }
        next[unit] = stepLoaded(
                buckets, descriptor, from, count, precision, words, next[unit], symbols, scratch, WITH_1, WITH_2);
        System.arraycopy(scratch, STATES, states, 0, USUAL_LANES);
        IntVector cellMask = IntVector.broadcast(I, (1 << cellBits) - 1);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        int end = escapesEnd[unit];
        for (int i = 0; i < count; i += W) {
            IntVector position = IntVector.fromArray(I, symbols, i);
            IntVector half = IntVector.fromArray(I, descriptor, from + i)
                    .lanewise(VectorOperators.LSHR, NarrowBuckets.HALF_SHIFT);
            IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                    .add(half.and(position.and(1).neg()));
            IntVector r = IntVector.fromArray(I, range, from + i);
            long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
            cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i);
            for (; escaped != 0; escaped &= escaped - 1) {
                escapes[end++] = from + i + Long.numberOfTrailingZeros(escaped);
            }
        }
        escapesEnd[unit] = end;
    }

    /**
     * Makes the steps of rows of {@link #USUAL_LANES}: loads the entries of all lanes, whose indexes are in scratch, then makes
     * a step of their states and writes the indexes of the next row's entries, in two loops so that each finds room in
     * registers. Writes the positions of cells. Returns the index of the next word.
     *
     * <p>The lanes that masks are made of come as parameters: masks of constants are made anew at each use, and masks that are
     * variables are stored in each turn, for the case that the code has to be left.
     */
    private static int stepLoaded(
            long[] buckets,
            int[] descriptor,
            int from,
            int count,
            int precision,
            short[] words,
            int wordsAt,
            int[] positions,
            int[] scratch,
            long with1,
            long with2) {
        int at = wordsAt;
        for (int i = 0; i < count; i += USUAL_LANES) {
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                LongVector even = four(buckets, scratch, j, with1, with2);
                LongVector odd = four(buckets, scratch, j + 1, with1, with2);
                even.reinterpretAsInts().intoArray(scratch, ENTRIES + 2 * j);
                odd.reinterpretAsInts().intoArray(scratch, ENTRIES + 2 * j + W);
            }
            IntVector precisions = IntVector.broadcast(I, precision);
            IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
            VectorMask<Integer> odds = VectorMask.fromLong(I, ODD_INTS);
            for (int v = 0; v < USUAL_LANES / W; v++) {
                int j = v * W;
                // Memory is not touched while there are masks: across that the compiler keeps them in a second form.
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                // Behind the last row something to drop.
                IntVector d = IntVector.fromArray(I, descriptor, from + i + USUAL_LANES + j);
                IntVector even = IntVector.fromArray(I, scratch, ENTRIES + 2 * j);
                IntVector odd = IntVector.fromArray(I, scratch, ENTRIES + 2 * j + W);
                IntVector x = IntVector.fromArray(I, scratch, STATES + j);
                IntVector low = even.blend(
                        odd.reinterpretAsLongs()
                                .lanewise(VectorOperators.LSHL, Integer.SIZE)
                                .reinterpretAsInts(),
                        odds);
                IntVector high = even.reinterpretAsLongs()
                        .lanewise(VectorOperators.LSHR, Integer.SIZE)
                        .reinterpretAsInts()
                        .blend(odd, odds);
                IntVector slot = x.and(slotMask);
                IntVector past0 = slot.sub(low.and(0x1fff));
                IntVector past1 =
                        slot.sub(low.lanewise(VectorOperators.LSHR, 13).and(0x1fff));
                IntVector past2 = slot.sub(high.and(0x1fff));
                IntVector past3 =
                        slot.sub(high.lanewise(VectorOperators.LSHR, 13).and(0x1fff));
                IntVector pastStart =
                        past0.lanewise(VectorOperators.UMIN, past1).lanewise(VectorOperators.UMIN, past2);
                IntVector pastStop = past1.lanewise(VectorOperators.UMAX, past2).lanewise(VectorOperators.UMAX, past3);
                low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(past1.lanewise(VectorOperators.ASHR, 31))
                        .add(past2.lanewise(VectorOperators.ASHR, 31))
                        .intoArray(positions, i + j);
                x = x.lanewise(VectorOperators.LSHR, precisions)
                        .mul(pastStart.sub(pastStop))
                        .add(pastStart);
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                int taking = (int) low16.toLong() & VectorWidth.ALL_LANES;
                IntVector taken =
                        IntVector.fromArray(I, LaneOrders.RANKS, taking * W).selectFrom(word);
                at += Integer.bitCount(taking);
                x = x.blend(x.lanewise(VectorOperators.LSHL, 16).or(taken), low16);
                x.intoArray(scratch, STATES + j);
                d.and(NarrowBuckets.FIRST_MASK)
                        .add(x.and(slotMask).lanewise(VectorOperators.LSHR, d.and(NarrowBuckets.SIZE_MASK)))
                        .intoArray(scratch, j);
            }
        }
        return at;
    }

    /** Adds elements with an escape, given a mask of lanes for each vector of a row from element i on. */
    private static int addEscapes(long[] escaped, int from, int step, int lanes, int i, int[] escapes, int end) {
        int to = end;
        for (int j = 0, at = from; j < lanes; j += W, at += step) {
            for (long rest = escaped[at]; rest != 0; rest &= rest - 1) {
                escapes[to++] = i + j + Long.numberOfTrailingZeros(rest);
            }
        }
        return to;
    }

    /**
     * Two longs, on lanes that have not and on lanes that have the bit 1 in their numbers; for more, blend two of these by the
     * next bit. Each is loaded into all lanes of a vector: stored one by one, they would reach a vector only when all of them
     * have come to the cache. A method of at most 35 bytecodes, as this, is inlined whatever the compiler has counted; but not
     * where it was compiled by itself before, to more than 2,500 bytes. Then every vector that goes in or out is allocated.
     */
    static LongVector two(long[] longs, int a, int b, VectorMask<Long> with1) {
        return LongVector.broadcast(L, longs[a]).blend(LongVector.broadcast(L, longs[b]), with1);
    }

    /** Two of {@link #two}: the longs whose indexes are every other one from {@code j} on; just 35 bytecodes. */
    private static LongVector four(long[] longs, int[] index, int j, VectorMask<Long> with1, VectorMask<Long> with2) {
        return two(longs, index[j], index[j + 2], with1).blend(two(longs, index[j + 4], index[j + 6], with1), with2);
    }

    /** As the other, by the lanes of its masks. */
    private static LongVector four(long[] longs, int[] index, int j, long with1, long with2) {
        return pair(longs, index, j, with1).blend(pair(longs, index, j + 4, with1), VectorMask.fromLong(L, with2));
    }

    private static LongVector pair(long[] longs, int[] index, int j, long with1) {
        return two(longs, index[j], index[j + 2], VectorMask.fromLong(L, with1));
    }

    /**
     * As {@link #decodeLanes} by loads, of one unit of {@link #FEW_LANES}: its states, and the indexes of entries, stay in
     * registers from row to row, for each row waits for the one before. Where vectors are wide, their upper halves are of no
     * meaning. With sixteen lanes it is too much for the compiler to inline.
     */
    private static void decodeFew(
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            long[] buckets,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd) {
        if (count == 0) {
            return;
        }
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        VectorMask<Long> with1 = VectorMask.fromLong(L, WITH_1);
        VectorMask<Long> with2 = VectorMask.fromLong(L, WITH_2);
        int end = from + count;
        int at = next[0];
        IntVector x = IntVector.fromArray(I, states, 0);
        for (int i = from; i < end; i += FEW_LANES) {
            IntVector d = IntVector.fromArray(I, descriptor, i);
            IntVector word =
                    (IntVector) ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
            IntVector slot = x.and(slotMask);
            IntVector index = d.and(NarrowBuckets.FIRST_MASK)
                    .add(slot.lanewise(VectorOperators.LSHR, d.and(NarrowBuckets.SIZE_MASK)));
            LongVector even = two(buckets, index.lane(0), index.lane(2), with1)
                    .blend(two(buckets, index.lane(4), index.lane(6), with1), with2);
            LongVector odd = two(buckets, index.lane(1), index.lane(3), with1)
                    .blend(two(buckets, index.lane(5), index.lane(7), with1), with2);
            IntVector low = even.and(0xffffffffL)
                    .or(odd.lanewise(VectorOperators.LSHL, Integer.SIZE))
                    .reinterpretAsInts();
            IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                    .or(odd.and(-1L << Integer.SIZE))
                    .reinterpretAsInts();
            IntVector b0 = low.and(0x1fff);
            IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            IntVector b2 = high.and(0x1fff);
            IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
            VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
            IntVector start = b2.blend(b1, before2).blend(b0, before1);
            IntVector stop = b3.blend(b2, before2).blend(b1, before1);
            low.lanewise(VectorOperators.LSHR, 26)
                    .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                    .sub(1, before1)
                    .sub(1, before2)
                    .intoArray(symbols, i - from);
            x = x.lanewise(VectorOperators.LSHR, precisions)
                    .mul(stop.sub(start))
                    .add(slot.sub(start));
            VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
            at += Long.bitCount(low16.toLong() & OF_FEW_LANES);
            x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word.expand(low16));
        }
        x.intoArray(states, 0);
        next[0] = at;
        IntVector cellMask = IntVector.broadcast(I, (1 << cellBits) - 1);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        for (int i = from; i < end; i += W) {
            IntVector position = IntVector.fromArray(I, symbols, i - from);
            IntVector half =
                    IntVector.fromArray(I, descriptor, i).lanewise(VectorOperators.LSHR, NarrowBuckets.HALF_SHIFT);
            IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                    .add(half.and(position.and(1).neg()));
            IntVector r = IntVector.fromArray(I, range, i);
            long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
            if (i + W > end) {
                escaped &= OF_FEW_LANES;
            }
            cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from);
            for (; escaped != 0; escaped &= escaped - 1) {
                escapes[escapesEnd[0]++] = i + Long.numberOfTrailingZeros(escaped);
            }
        }
    }

    /**
     * As {@link #decodeLanes} by loads, of a row of all units at a time; what belongs to units is beside each other, vector by
     * vector of a row.
     */
    private static void decodeLoadedRows(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int lanes,
            int precision,
            long[] buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] escapeMasks) {
        if (count == 0) {
            return;
        }
        int last = from + count - lanes;
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        for (int j = 0, first = 0; j < lanes; j += W, first += units) {
            IntVector d = IntVector.fromArray(I, descriptor, from + j);
            IntVector bases = d.and(NarrowBuckets.FIRST_MASK);
            IntVector bucketBits = d.and(NarrowBuckets.SIZE_MASK);
            for (int u = 0; u < units; u++) {
                int at = (first + u) * ROW_STEP;
                IntVector x = IntVector.fromArray(I, states[u], j);
                x.intoArray(scratch, at + ROW_STATES);
                bases.add(x.and(slotMask).lanewise(VectorOperators.LSHR, bucketBits))
                        .intoArray(scratch, at);
            }
        }
        for (int i = from; i <= last; i += lanes) {
            stepLoadedRow(
                    units,
                    lanes,
                    buckets,
                    descriptor,
                    Math.min(i + lanes, last),
                    precision,
                    words,
                    next,
                    scratch,
                    WITH_1,
                    WITH_2);
            long any = 0;
            for (int j = 0, first = 0; j < lanes; j += W, first += units) {
                IntVector half = IntVector.fromArray(I, descriptor, i + j)
                        .lanewise(VectorOperators.LSHR, NarrowBuckets.HALF_SHIFT);
                IntVector r = IntVector.fromArray(I, range, i + j);
                IntVector firsts = r.lanewise(VectorOperators.ASHR, cellBits);
                IntVector lasts = r.and((1 << cellBits) - 1);
                for (int u = 0; u < units; u++) {
                    IntVector position = IntVector.fromArray(I, scratch, (first + u) * ROW_STEP + ROW_POSITIONS);
                    IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                            .add(half.and(position.and(1).neg()));
                    long escaped = cell.compare(VectorOperators.EQ, lasts).toLong();
                    escapeMasks[first + u] = escaped;
                    any |= escaped;
                    cell.add(firsts).intoArray(symbols[u], i - from + j);
                }
            }
            for (int u = 0; any != 0 && u < units; u++) {
                escapesEnd[u] = addEscapes(escapeMasks, u, units, lanes, i, escapes[u], escapesEnd[u]);
            }
        }
        for (int j = 0, first = 0; j < lanes; j += W, first += units) {
            for (int u = 0; u < units; u++) {
                IntVector.fromArray(I, scratch, (first + u) * ROW_STEP + ROW_STATES)
                        .intoArray(states[u], j);
            }
        }
    }

    /** As {@link #stepLoaded}, of a row of all units. */
    private static void stepLoadedRow(
            int units,
            int lanes,
            long[] buckets,
            int[] descriptor,
            int ahead,
            int precision,
            short[][] words,
            int[] next,
            int[] scratch,
            long with1,
            long with2) {
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        VectorMask<Integer> odds = VectorMask.fromLong(I, ODD_INTS);
        for (int lane = 0, first = 0; lane < lanes; lane += W, first += units) {
            IntVector d = IntVector.fromArray(I, descriptor, ahead + lane);
            IntVector bases = d.and(NarrowBuckets.FIRST_MASK);
            IntVector bucketBits = d.and(NarrowBuckets.SIZE_MASK);
            for (int u = 0; u < units; u++) {
                int j = (first + u) * ROW_STEP;
                int at = next[u];
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words[u], at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                LongVector even = four(buckets, scratch, j, with1, with2);
                LongVector odd = four(buckets, scratch, j + 1, with1, with2);
                if (WIDE) {
                    VectorMask<Long> with4 = VectorMask.fromLong(L, WITH_4);
                    even = even.blend(four(buckets, scratch, j + 8, with1, with2), with4);
                    odd = odd.blend(four(buckets, scratch, j + 9, with1, with2), with4);
                }
                IntVector x = IntVector.fromArray(I, scratch, j + ROW_STATES);
                IntVector low = even.reinterpretAsInts()
                        .blend(odd.lanewise(VectorOperators.LSHL, Integer.SIZE).reinterpretAsInts(), odds);
                IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                        .reinterpretAsInts()
                        .blend(odd.reinterpretAsInts(), odds);
                IntVector slot = x.and(slotMask);
                IntVector past0 = slot.sub(low.and(0x1fff));
                IntVector past1 =
                        slot.sub(low.lanewise(VectorOperators.LSHR, 13).and(0x1fff));
                IntVector past2 = slot.sub(high.and(0x1fff));
                IntVector past3 =
                        slot.sub(high.lanewise(VectorOperators.LSHR, 13).and(0x1fff));
                IntVector pastStart =
                        past0.lanewise(VectorOperators.UMIN, past1).lanewise(VectorOperators.UMIN, past2);
                IntVector pastStop = past1.lanewise(VectorOperators.UMAX, past2).lanewise(VectorOperators.UMAX, past3);
                low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .add(past1.lanewise(VectorOperators.ASHR, 31))
                        .add(past2.lanewise(VectorOperators.ASHR, 31))
                        .intoArray(scratch, j + ROW_POSITIONS);
                x = x.lanewise(VectorOperators.LSHR, precisions)
                        .mul(pastStart.sub(pastStop))
                        .add(pastStart);
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                int taking = (int) low16.toLong() & VectorWidth.ALL_LANES;
                if (WIDE) {
                    x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word.expand(low16));
                } else {
                    IntVector taken =
                            IntVector.fromArray(I, LaneOrders.RANKS, taking * W).selectFrom(word);
                    x = x.blend(x.lanewise(VectorOperators.LSHL, 16).or(taken), low16);
                }
                next[u] = at + Integer.bitCount(taking);
                x.intoArray(scratch, j + ROW_STATES);
                bases.add(x.and(slotMask).lanewise(VectorOperators.LSHR, bucketBits))
                        .intoArray(scratch, j);
            }
        }
    }

    /**
     * As {@link VectorGatheredLanes#decodePairs}, by loads as {@link #decodeLoadedRows}; states are behind the indexes of entries in the scratch,
     * and positions in the wide one, each pair's before its mask of escapes.
     */
    private static void decodeLoadedPairs(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            long[] buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch,
            long[] wideScratch) {
        if (count == 0) {
            return;
        }
        int half = W / 2;
        int pairs = (units + 1) / 2;
        int last = from + count - half;
        for (int pair = 0; pair < pairs; pair++) {
            for (int lane = 0; lane < W; lane++) {
                int x = states[Math.min(2 * pair + lane / half, units - 1)][lane % half];
                scratch[pair * W + lane] =
                        NarrowBuckets.entry(descriptor[from + lane % half], x & (1 << precision) - 1);
                scratch[(pairs + pair) * W + lane] = x;
            }
        }
        for (int i = from; i <= last; i += half) {
            stepLoadedPairs(
                    units, buckets, wideScratch, descriptor, Math.min(i + half, last), precision, words, next, scratch);
            IntVector halfCells = twice(descriptor, i).lanewise(VectorOperators.LSHR, NarrowBuckets.HALF_SHIFT);
            IntVector r = twice(range, i);
            IntVector firsts = r.lanewise(VectorOperators.ASHR, cellBits);
            IntVector lasts = r.and((1 << cellBits) - 1);
            long any = 0;
            for (int pair = 0; pair < pairs; pair++) {
                int u = 2 * pair;
                IntVector position =
                        LongVector.fromArray(L, wideScratch, pair * W).reinterpretAsInts();
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(halfCells.and(position.and(1).neg()));
                long escaped = cell.compare(VectorOperators.EQ, lasts).toLong();
                wideScratch[pair * W + half] = escaped;
                any |= escaped;
                IntVector symbol = cell.add(firsts);
                symbol.rearrange(SWAP_HALVES).intoArray(symbols[Math.min(u + 1, units - 1)], i - from);
                symbol.intoArray(symbols[u], i - from);
            }
            for (int u = 0; any != 0 && u < units; u++) {
                long escaped = wideScratch[u / 2 * W + half] >>> u % 2 * half & (1L << half) - 1;
                for (; escaped != 0; escaped &= escaped - 1) {
                    escapes[u][escapesEnd[u]++] = i + Long.numberOfTrailingZeros(escaped);
                }
            }
        }
        for (int u = 0; u < units; u++) {
            System.arraycopy(scratch, (pairs + u / 2) * W + u % 2 * half, states[u], 0, half);
        }
    }

    /** Half a vector of ints, in both halves of one. */
    private static IntVector twice(int[] values, int at) {
        return IntVector.fromArray(I, values, at).rearrange(TWICE);
    }

    /** As {@link #stepLoadedRow}, of pairs. */
    private static void stepLoadedPairs(
            int units,
            long[] buckets,
            long[] positions,
            int[] descriptor,
            int ahead,
            int precision,
            short[][] words,
            int[] next,
            int[] scratch) {
        int pairs = (units + 1) / 2;
        VectorMask<Integer> upperHalf = VectorWidth.intsWith(W / 2);
        VectorMask<Integer> lowerHalf = upperHalf.not();
        VectorMask<Long> with1 = VectorMask.fromLong(L, WITH_1);
        VectorMask<Long> with2 = VectorMask.fromLong(L, WITH_2);
        VectorMask<Long> with4 = VectorMask.fromLong(L, WITH_4);
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector slotMask = IntVector.broadcast(I, (1 << precision) - 1);
        IntVector d = twice(descriptor, ahead);
        IntVector bases = d.and(NarrowBuckets.FIRST_MASK);
        IntVector bucketBits = d.and(NarrowBuckets.SIZE_MASK);
        for (int pair = 0; pair < pairs; pair++) {
            int u = 2 * pair;
            int v = Math.min(u + 1, units - 1);
            int j = pair * W;
            LongVector even = four(buckets, scratch, j, with1, with2);
            LongVector odd = four(buckets, scratch, j + 1, with1, with2);
            if (WIDE) {
                even = even.blend(four(buckets, scratch, j + 8, with1, with2), with4);
                odd = odd.blend(four(buckets, scratch, j + 9, with1, with2), with4);
            }
            IntVector low = even.and(0xffffffffL)
                    .or(odd.lanewise(VectorOperators.LSHL, Integer.SIZE))
                    .reinterpretAsInts();
            IntVector high = even.lanewise(VectorOperators.LSHR, Integer.SIZE)
                    .or(odd.and(-1L << Integer.SIZE))
                    .reinterpretAsInts();
            IntVector x = IntVector.fromArray(I, scratch, pairs * W + j);
            IntVector slot = x.and(slotMask);
            IntVector b0 = low.and(0x1fff);
            IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            IntVector b2 = high.and(0x1fff);
            IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
            VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
            VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
            IntVector start = b2.blend(b1, before2).blend(b0, before1);
            IntVector stop = b3.blend(b2, before2).blend(b1, before1);
            low.lanewise(VectorOperators.LSHR, 26)
                    .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                    .sub(1, before1)
                    .sub(1, before2)
                    .reinterpretAsLongs()
                    .intoArray(positions, j);
            x = x.lanewise(VectorOperators.LSHR, precisions)
                    .mul(stop.sub(start))
                    .add(slot.sub(start));
            VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
            VectorMask<Integer> lower = low16.and(lowerHalf);
            VectorMask<Integer> upper = low16.and(upperHalf);
            int lowerAt = next[u];
            int upperAt = next[v];
            IntVector word = ((IntVector) ShortVector.fromArray(S, words[u], lowerAt)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                    .expand(lower)
                    .or(((IntVector) ShortVector.fromArray(S, words[v], upperAt)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                            .expand(upper));
            next[v] = upperAt + upper.trueCount();
            next[u] = lowerAt + lower.trueCount();
            x = x.lanewise(VectorOperators.LSHL, 16, low16).or(word);
            x.intoArray(scratch, pairs * W + j);
            bases.add(x.and(slotMask).lanewise(VectorOperators.LSHR, bucketBits))
                    .intoArray(scratch, j);
        }
    }

    /** {@link Kernels#decodeSlots}. */
    static void decodeSlots(
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
            int[] scratch) {
        if (lanes < FEW_LANES) {
            SCALAR.decodeSlots(
                    units,
                    table,
                    range,
                    cellBits,
                    from,
                    count,
                    lanes,
                    precision,
                    slots,
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch);
            return;
        }
        if (lanes < W) {
            decodeFewSlots(
                    units,
                    table,
                    range,
                    cellBits,
                    from,
                    count,
                    precision,
                    slots,
                    states,
                    words,
                    next,
                    symbols,
                    escapes,
                    escapesEnd,
                    scratch);
            return;
        }
        if (!WIDE && lanes == USUAL_LANES) {
            for (int u = 0; u < units; u++) {
                decodeLoadedSlots(
                        u,
                        table,
                        range,
                        cellBits,
                        from,
                        count,
                        precision,
                        slots,
                        states[u],
                        words[u],
                        next,
                        symbols[u],
                        escapes[u],
                        escapesEnd,
                        scratch);
            }
            return;
        }
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        for (int i = from; i < from + count; i += lanes) {
            for (int u = 0; u < units; u++) {
                int at = next[u];
                for (int j = 0; j < lanes; j += W) {
                    IntVector x = IntVector.fromArray(I, states[u], j);
                    x.and(slotMask)
                            .add(IntVector.fromArray(I, table, i + j).lanewise(VectorOperators.LSHL, precision))
                            .intoArray(scratch, 0);
                    IntVector entry;
                    if (WIDE) {
                        entry = IntVector.fromArray(I, slots, 0, scratch, 0);
                    } else {
                        for (int k = 0; k < W; k++) {
                            scratch[W + k] = slots[scratch[k]];
                        }
                        entry = IntVector.fromArray(I, scratch, W);
                    }
                    IntVector quotient = x.lanewise(VectorOperators.LSHR, precision);
                    x = entry.lanewise(VectorOperators.LSHR, 20)
                            .mul(quotient)
                            .add(quotient)
                            .add(entry.lanewise(VectorOperators.LSHR, 8).and(0xfff));
                    VectorMask<Integer> low16 =
                            x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                    IntVector word = ((IntVector) ShortVector.fromArray(S, words[u], at)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                            .expand(low16);
                    at += low16.trueCount();
                    x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(states[u], j);
                    IntVector cell = entry.and(0xff);
                    IntVector r = IntVector.fromArray(I, range, i + j);
                    cell.add(r.lanewise(VectorOperators.ASHR, cellBits)).intoArray(symbols[u], i - from + j);
                    long escaped =
                            cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                    for (; escaped != 0; escaped &= escaped - 1) {
                        escapes[u][escapesEnd[u]++] = i + j + Long.numberOfTrailingZeros(escaped);
                    }
                }
                next[u] = at;
            }
        }
    }

    /** As {@link #decodeSlots} for one unit of {@link #USUAL_LANES}, by loads as in {@link #decodeLoadedUnit}. */
    private static void decodeLoadedSlots(
            int unit,
            int[] table,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            int[] slots,
            int[] states,
            short[] words,
            int[] next,
            int[] symbols,
            int[] escapes,
            int[] escapesEnd,
            int[] scratch) {
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        int at = next[unit];
        for (int i = from; i < from + count; i += USUAL_LANES) {
            for (int j = 0; j < USUAL_LANES; j++) {
                scratch[j] = slots[(table[i + j] << precision) + (states[j] & slotMask)];
            }
            for (int j = 0; j < USUAL_LANES; j += W) {
                IntVector entry = IntVector.fromArray(I, scratch, j);
                IntVector quotient = IntVector.fromArray(I, states, j).lanewise(VectorOperators.LSHR, precisions);
                IntVector r = IntVector.fromArray(I, range, i + j);
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                IntVector x = entry.lanewise(VectorOperators.LSHR, 20)
                        .mul(quotient)
                        .add(quotient)
                        .add(entry.lanewise(VectorOperators.LSHR, 8).and(0xfff));
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                at += Long.bitCount(low16.toLong());
                IntVector cell = entry.and(0xff);
                long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                x.lanewise(VectorOperators.LSHL, 16, low16)
                        .or(word.expand(low16))
                        .intoArray(states, j);
                cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from + j);
                for (; escaped != 0; escaped &= escaped - 1) {
                    escapes[escapesEnd[unit]++] = i + j + Long.numberOfTrailingZeros(escaped);
                }
            }
        }
        next[unit] = at;
    }

    /** As {@link #decodeSlots} for half as many lanes as a vector has: what its upper half holds is of no meaning. */
    private static void decodeFewSlots(
            int units,
            int[] table,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            int[] slots,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch) {
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        for (int i = from; i < from + count; i += FEW_LANES) {
            IntVector r = IntVector.fromArray(I, range, i);
            // Behind the last element there may be no table.
            IntVector bases = twice(table, i).lanewise(VectorOperators.LSHL, precisions);
            IntVector firsts = r.lanewise(VectorOperators.ASHR, allCellBits);
            IntVector lasts = r.and(cellMask);
            for (int u = 0; u < units; u++) {
                int at = next[u];
                IntVector x = IntVector.fromArray(I, states[u], 0);
                IntVector word = (IntVector)
                        ShortVector.fromArray(S, words[u], at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
                x.and(slotMask).add(bases).intoArray(scratch, 0);
                IntVector entry = IntVector.fromArray(I, slots, 0, scratch, 0);
                IntVector quotient = x.lanewise(VectorOperators.LSHR, precisions);
                x = entry.lanewise(VectorOperators.LSHR, 20)
                        .mul(quotient)
                        .add(quotient)
                        .add(entry.lanewise(VectorOperators.LSHR, 8).and(0xfff));
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                next[u] = at + Long.bitCount(low16.toLong() & OF_FEW_LANES);
                x.lanewise(VectorOperators.LSHL, 16, low16)
                        .or(word.expand(low16))
                        .intoArray(states[u], 0);
                IntVector cell = entry.and(0xff);
                cell.add(firsts).intoArray(symbols[u], i - from);
                long escaped = cell.compare(VectorOperators.EQ, lasts).toLong() & OF_FEW_LANES;
                for (; escaped != 0; escaped &= escaped - 1) {
                    escapes[u][escapesEnd[u]++] = i + Long.numberOfTrailingZeros(escaped);
                }
            }
        }
    }
}
