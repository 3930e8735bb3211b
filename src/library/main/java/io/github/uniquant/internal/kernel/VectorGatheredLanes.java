package io.github.uniquant.internal.kernel;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The vector path of decoding lanes by gathers; {@link VectorLanes} has it by loads. */
final class VectorGatheredLanes {
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorWidth.HALF);
    private static final int W = I.length();

    private static final VectorShuffle<Integer> TWICE = VectorShuffle.fromOp(I, lane -> lane & W / 2 - 1);
    private static final VectorShuffle<Integer> SWAP_HALVES = VectorShuffle.fromOp(I, lane -> lane ^ W / 2);

    private VectorGatheredLanes() {}

    /** As {@link Kernels#decodeLanes} for units with a vector of lanes each. */
    static void decodeUnits(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            int[] buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch) {
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        for (int i = from; i < from + count; i += W) {
            for (int u = 0; u < units; u++) {
                int at = next[u];
                IntVector x = IntVector.fromArray(I, states[u], 0);
                IntVector d = IntVector.fromArray(I, descriptor, i);
                IntVector slot = x.and(slotMask);
                entries(slot, d).intoArray(scratch, 0);
                IntVector low = IntVector.fromArray(I, buckets, 0, scratch, 0);
                IntVector high = IntVector.fromArray(I, buckets, 1, scratch, 0);
                IntVector b0 = low.and(0x1fff);
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                IntVector b2 = high.and(0x1fff);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
                VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
                IntVector start = b2.blend(b1, before2).blend(b0, before1);
                IntVector stop = b3.blend(b2, before2).blend(b1, before1);
                x = x.lanewise(VectorOperators.LSHR, precision)
                        .mul(stop.sub(start))
                        .add(slot.sub(start));
                VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16).compare(VectorOperators.EQ, 0);
                IntVector word = ((IntVector) ShortVector.fromArray(S, words[u], at)
                                .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                        .expand(low16);
                at += low16.trueCount();
                x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(states[u], 0);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .sub(1, before1)
                        .sub(1, before2);
                IntVector half = d.lanewise(VectorOperators.LSHR, NarrowBuckets.HALF_SHIFT);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(half.and(position.and(1).neg()));
                IntVector r = IntVector.fromArray(I, range, i);
                cell.add(r.lanewise(VectorOperators.ASHR, cellBits)).intoArray(symbols[u], i - from);
                long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                for (; escaped != 0; escaped &= escaped - 1) {
                    escapes[u][escapesEnd[u]++] = i + Long.numberOfTrailingZeros(escaped);
                }
                next[u] = at;
            }
        }
    }

    /**
     * As {@link Kernels#decodeLanes} for one unit of several vectors of lanes. The buckets of the next vector of states are
     * gathered before this one's are used, so that both loads are under way at once.
     */
    static void decodeUnit(
            int unit,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int lanes,
            int precision,
            int[] buckets,
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
        int slotMask = (1 << precision) - 1;
        int cellMask = (1 << cellBits) - 1;
        // Shifts by vectors: those by an int take two steps each.
        IntVector precisions = IntVector.broadcast(I, precision);
        IntVector allCellBits = IntVector.broadcast(I, cellBits);
        int last = from + count - lanes;
        int at = next[unit];
        IntVector nextX = IntVector.fromArray(I, states, 0);
        IntVector nextD = IntVector.fromArray(I, descriptor, from);
        IntVector nextSlot = nextX.and(slotMask);
        entries(nextSlot, nextD).intoArray(scratch, 0);
        IntVector nextLow = IntVector.fromArray(I, buckets, 0, scratch, 0);
        IntVector nextHigh = IntVector.fromArray(I, buckets, 1, scratch, 0);
        for (int i = from; i <= last; i += lanes) {
            for (int j = 0; j < lanes; j += W) {
                IntVector x = nextX;
                IntVector d = nextD;
                IntVector slot = nextSlot;
                IntVector low = nextLow;
                IntVector high = nextHigh;
                int nextI = i;
                int nextJ = j + W;
                if (nextJ == lanes) {
                    nextI = Math.min(i + lanes, last); // after the last one something to drop
                    nextJ = 0;
                }
                nextX = IntVector.fromArray(I, states, nextJ);
                nextD = IntVector.fromArray(I, descriptor, nextI + nextJ);
                nextSlot = nextX.and(slotMask);
                entries(nextSlot, nextD).intoArray(scratch, 0);
                nextLow = IntVector.fromArray(I, buckets, 0, scratch, 0);
                nextHigh = IntVector.fromArray(I, buckets, 1, scratch, 0);
                IntVector b0 = low.and(0x1fff);
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                IntVector b2 = high.and(0x1fff);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
                VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
                IntVector start = b2.blend(b1, before2).blend(b0, before1);
                IntVector stop = b3.blend(b2, before2).blend(b1, before1);
                x = x.lanewise(VectorOperators.LSHR, precisions)
                        .mul(stop.sub(start))
                        .add(slot.sub(start));
                VectorMask<Integer> low16 = x.compare(VectorOperators.ULT, 1 << 16);
                IntVector word = ((IntVector)
                                ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                        .expand(low16);
                at += low16.trueCount();
                x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(states, j);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .sub(1, before1)
                        .sub(1, before2);
                IntVector half = d.lanewise(VectorOperators.LSHR, NarrowBuckets.HALF_SHIFT);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(half.and(position.and(1).neg()));
                IntVector r = IntVector.fromArray(I, range, i + j);
                cell.add(r.lanewise(VectorOperators.ASHR, allCellBits)).intoArray(symbols, i - from + j);
                long escaped = cell.compare(VectorOperators.EQ, r.and(cellMask)).toLong();
                for (; escaped != 0; escaped &= escaped - 1) {
                    escapes[escapesEnd[unit]++] = i + j + Long.numberOfTrailingZeros(escaped);
                }
            }
        }
        next[unit] = at;
    }

    /**
     * Decodes units of half as many lanes as a vector has, one in each half. A unit without a partner is its own, and what
     * that does is dropped. Buckets gathered ahead, as in {@link #decodeUnit}, made this more than the compiler inlines in
     * every process.
     */
    static void decodePairs(
            int units,
            int[] descriptor,
            int[] range,
            int cellBits,
            int from,
            int count,
            int precision,
            int[] buckets,
            int[][] states,
            short[][] words,
            int[] next,
            int[][] symbols,
            int[][] escapes,
            int[] escapesEnd,
            int[] scratch) {
        VectorMask<Integer> upperHalf = VectorWidth.intsWith(W / 2);
        VectorMask<Integer> lowerHalf = upperHalf.not();
        int half = W / 2;
        int slotMask = (1 << precision) - 1;
        for (int u = 0; u < units + units % 2; u++) {
            System.arraycopy(states[Math.min(u, units - 1)], 0, scratch, W + half * u, half);
        }
        for (int i = 0; i < count; i += half) {
            IntVector d = IntVector.fromArray(I, descriptor, from + i).rearrange(TWICE);
            IntVector r = IntVector.fromArray(I, range, from + i).rearrange(TWICE);
            IntVector firsts = r.lanewise(VectorOperators.ASHR, cellBits);
            IntVector lasts = r.and((1 << cellBits) - 1);
            for (int u = 0; u < units; u += 2) {
                int v = Math.min(u + 1, units - 1);
                IntVector x = IntVector.fromArray(I, scratch, W + half * u);
                IntVector slot = x.and(slotMask);
                entries(slot, d).intoArray(scratch, 0);
                IntVector low = IntVector.fromArray(I, buckets, 0, scratch, 0);
                IntVector high = IntVector.fromArray(I, buckets, 1, scratch, 0);
                IntVector b0 = low.and(0x1fff);
                IntVector b1 = low.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                IntVector b2 = high.and(0x1fff);
                IntVector b3 = high.lanewise(VectorOperators.LSHR, 13).and(0x1fff);
                VectorMask<Integer> before1 = slot.compare(VectorOperators.LT, b1);
                VectorMask<Integer> before2 = slot.compare(VectorOperators.LT, b2);
                IntVector start = b2.blend(b1, before2).blend(b0, before1);
                IntVector stop = b3.blend(b2, before2).blend(b1, before1);
                x = x.lanewise(VectorOperators.LSHR, precision)
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
                x.lanewise(VectorOperators.LSHL, 16, low16).or(word).intoArray(scratch, W + half * u);
                IntVector position = low.lanewise(VectorOperators.LSHR, 26)
                        .or(high.lanewise(VectorOperators.LSHR, 26).lanewise(VectorOperators.LSHL, 6))
                        .sub(1, before1)
                        .sub(1, before2);
                IntVector cell = position.lanewise(VectorOperators.LSHR, 1)
                        .add(d.lanewise(VectorOperators.LSHR, NarrowBuckets.HALF_SHIFT)
                                .and(position.and(1).neg()));
                IntVector symbol = cell.add(firsts);
                symbol.rearrange(SWAP_HALVES).intoArray(symbols[v], i);
                symbol.intoArray(symbols[u], i);
                long escaped = cell.compare(VectorOperators.EQ, lasts).toLong();
                for (; escaped != 0; escaped &= escaped - 1) {
                    int lane = Long.numberOfTrailingZeros(escaped);
                    if (lane < half) {
                        escapes[u][escapesEnd[u]++] = from + i + lane;
                    } else if (u != v) {
                        escapes[v][escapesEnd[v]++] = from + i + lane - half;
                    }
                }
            }
        }
        for (int u = 0; u < units; u++) {
            System.arraycopy(scratch, W + half * u, states[u], 0, half);
        }
    }

    /** Indexes of the first ints of slots' entries. */
    private static IntVector entries(IntVector slot, IntVector descriptor) {
        IntVector bucket = slot.lanewise(VectorOperators.LSHR, descriptor.and(NarrowBuckets.SIZE_MASK));
        IntVector entry = descriptor.and(NarrowBuckets.FIRST_MASK).add(bucket);
        return entry.add(entry);
    }
}
