package io.github.uniquant.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector path of table-free coding. Each operation is the float operation of {@link FreeCdfs} on many elements. It gathers
 * at every width.
 */
final class VectorFreeKernels implements FreeKernels {
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, I.vectorShape());
    private static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorWidth.HALF);
    private static final int W = I.length();
    private static final VectorShuffle<Integer> REVERSE = VectorShuffle.iota(I, W - 1, -1, false);

    static final VectorFreeKernels INSTANCE = new VectorFreeKernels();

    /** Lanes of a row below which its elements are faster one after the other. */
    private static final int LEAST_LANES = 4;

    /** Elements whose cells and starts are kept in scratch memory between passes. */
    private static final int CHUNK = 512;

    // Where scratch memory keeps them, for a chunk or a row of lanes; the last is for gathers.
    private static final int CELLS = 0;
    private static final int STARTS = CHUNK;
    private static final int STOPS = 2 * CHUNK;
    private static final int INDEXES = 3 * CHUNK;

    private VectorFreeKernels() {}

    @Override
    public String name() {
        return "vector-" + I.vectorBitSize();
    }

    // The loops below are short on purpose: the compiler gives up inlining in long ones, and then allocates vectors.

    /**
     * Writes the first slot of each cell that the scratch memory holds, or of the cell {@code next} behind it, from {@code
     * to} on; 2^p for what is behind the last cell. See {@code FreeCdfs.share}.
     */
    private static void starts(
            FreeCdfs cdfs, int firstElement, float[] fractions, int from, int next, int count, int[] scratch, int to) {
        int slots = 1 << cdfs.precision;
        int size = cdfs.size();
        int element = firstElement;
        for (int i = 0; i < count; i += W) {
            IntVector cell = IntVector.fromArray(I, scratch, CELLS + i).add(next);
            IntVector h = IntVector.fromArray(I, cdfs.half, element);
            FloatVector clamp = FloatVector.fromArray(F, cdfs.clamp, element);
            FloatVector z = ((FloatVector) cell.sub(h).convertShape(VectorOperators.I2F, F, 0))
                    .sub(FloatVector.fromArray(F, fractions, from + i))
                    .mul(FloatVector.fromArray(F, cdfs.slope, element));
            z = z.blend(clamp, z.compare(VectorOperators.GT, clamp));
            FloatVector least = clamp.neg();
            z = z.blend(least, z.compare(VectorOperators.LT, least)).add(FreeCdfs.REACH);
            IntVector index = (IntVector) z.convertShape(VectorOperators.F2I, I, 0);
            index.intoArray(scratch, INDEXES);
            FloatVector step = FloatVector.fromArray(F, cdfs.step, element);
            FloatVector gain = FloatVector.fromArray(F, cdfs.gain, element);
            FloatVector node = (FloatVector) index.convertShape(VectorOperators.I2F, F, 0);
            FloatVector j = node.sub(FreeCdfs.REACH);
            FloatVector q0 = gain.mul(FloatVector.fromArray(F, cdfs.nodes, 0, scratch, INDEXES))
                    .sub(step.mul(j));
            FloatVector q1 = gain.mul(FloatVector.fromArray(F, cdfs.nodes, 1, scratch, INDEXES))
                    .sub(step.mul(j.add(1)));
            FloatVector share = q0.add(z.sub(node).mul(q1.sub(q0))).add(FloatVector.fromArray(F, cdfs.middle, element));
            IntVector n = h.add(h);
            cell.add((IntVector) share.convertShape(VectorOperators.F2I, I, 0))
                    .blend(0, cell.compare(VectorOperators.EQ, 0))
                    .blend(IntVector.fromArray(I, cdfs.end, element), cell.compare(VectorOperators.EQ, n))
                    .blend(slots, cell.compare(VectorOperators.GT, n))
                    .intoArray(scratch, to + i);
            element += W;
            element = element < size ? element : element % size;
        }
    }

    @Override
    public int rows(
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
            int[] scratch) {
        int end = extrasEnd;
        int bound = nearZero ? I.loopBound(count) : 0;
        int size = cdfs.size();
        for (int at = 0; at < bound; at += CHUNK) {
            int length = Math.min(CHUNK, bound - at);
            int element = (from + at) % size;
            end = cells(cdfs, element, origins, from + at, symbols, at, length, extras, end, scratch);
            starts(cdfs, element, fractions, from + at, 0, length, scratch, STARTS);
            starts(cdfs, element, fractions, from + at, 1, length, scratch, STOPS);
            for (int i = 0; i < length; i += W) {
                IntVector start = IntVector.fromArray(I, scratch, STARTS + i);
                start.lanewise(VectorOperators.LSHL, 16)
                        .add(IntVector.fromArray(I, scratch, STOPS + i)
                                .sub(start)
                                .sub(1))
                        .rearrange(REVERSE)
                        .intoArray(rows, rowsEnd - W - at - i);
            }
        }
        return ScalarFreeKernels.rows(
                cdfs,
                (from + bound) % size,
                origins,
                fractions,
                from + bound,
                symbols,
                bound,
                count - bound,
                rows,
                rowsEnd - bound,
                extras,
                end);
    }

    /** Writes the cells of symbols to the scratch memory, and notes those with extra bits. */
    private static int cells(
            FreeCdfs cdfs,
            int firstElement,
            int[] origins,
            int from,
            int[] symbols,
            int at,
            int count,
            int[] extras,
            int extrasEnd,
            int[] scratch) {
        int end = extrasEnd;
        int size = cdfs.size();
        int element = firstElement;
        for (int i = 0; i < count; i += W) {
            IntVector h = IntVector.fromArray(I, cdfs.half, element);
            IntVector shift = IntVector.fromArray(I, cdfs.shift, element);
            IntVector n = h.add(h);
            IntVector cell = IntVector.fromArray(I, symbols, at + i)
                    .sub(IntVector.fromArray(I, origins, from + i))
                    .lanewise(VectorOperators.ASHR, shift)
                    .add(h);
            VectorMask<Integer> outside = cell.compare(VectorOperators.UGE, n);
            long extra = outside.or(shift.compare(VectorOperators.NE, 0)).toLong();
            for (; extra != 0; extra &= extra - 1) {
                int lane = Long.numberOfTrailingZeros(extra);
                extras[end] = from + i + lane;
                extras[end + 1] = symbols[at + i + lane];
                end += 2;
            }
            cell.blend(n, outside).intoArray(scratch, CELLS + i);
            element += W;
            element = element < size ? element : element % size;
        }
        return end;
    }

    @Override
    public int decodeLanes(
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
            int[] scratch) {
        if (lanes < LEAST_LANES) {
            return ScalarFreeKernels.INSTANCE.decodeLanes(
                    cdfs, origins, fractions, from, count, lanes, states, words, next, cells, scratch);
        }
        int size = cdfs.size();
        int at = next;
        for (int i = 0; i < count; i += lanes) {
            int element = (from + i) % size;
            guess(cdfs, element, fractions, from + i, lanes, states, scratch);
            starts(cdfs, element, fractions, from + i, 0, lanes, scratch, STARTS);
            starts(cdfs, element, fractions, from + i, 1, lanes, scratch, STOPS);
            at = pop(cdfs, element, fractions, from + i, lanes, states, words, at, cells, i, scratch);
        }
        return at;
    }

    /** Writes a guess of the cells of a row of lanes to the scratch memory; right for those outside the window. */
    private static void guess(
            FreeCdfs cdfs, int firstElement, float[] fractions, int from, int lanes, int[] states, int[] scratch) {
        int slotMask = (1 << cdfs.precision) - 1;
        int size = cdfs.size();
        int element = firstElement;
        for (int v = 0; v < lanes; v += W) {
            IntVector slot = IntVector.fromArray(I, states, v).and(slotMask);
            IntVector h = IntVector.fromArray(I, cdfs.half, element);
            FloatVector step = FloatVector.fromArray(F, cdfs.step, element);
            FloatVector fraction = FloatVector.fromArray(F, fractions, from + v);
            FloatVector hf = (FloatVector) h.convertShape(VectorOperators.I2F, F, 0);
            FloatVector distance = ((FloatVector) slot.convertShape(VectorOperators.I2F, F, 0))
                    .add(FreeCdfs.SLOT_END)
                    .sub(hf)
                    .sub(fraction)
                    .sub(FloatVector.fromArray(F, cdfs.middle, element));
            FloatVector a = distance.abs();
            FloatVector tail =
                    a.div(FloatVector.fromArray(F, cdfs.gain, element)).neg().add(0.5f);
            IntVector bits = tail.blend(FreeCdfs.LEAST_TAIL, tail.compare(VectorOperators.LT, FreeCdfs.LEAST_TAIL))
                    .reinterpretAsInts();
            bits.lanewise(VectorOperators.LSHR, FreeCdfs.TAIL_SHIFT)
                    .sub(FreeCdfs.TAIL_BASE)
                    .intoArray(scratch, INDEXES);
            FloatVector t = ((FloatVector)
                            bits.and((1 << FreeCdfs.TAIL_SHIFT) - 1).convertShape(VectorOperators.I2F, F, 0))
                    .mul(FreeCdfs.TAIL_STEP);
            FloatVector quantile = FloatVector.fromArray(F, cdfs.quantiles, 0, scratch, INDEXES);
            FloatVector inside = FloatVector.fromArray(F, cdfs.quantiles, 1, scratch, INDEXES)
                    .sub(quantile)
                    .mul(t)
                    .add(quantile)
                    .mul(step);
            FloatVector outside = a.sub(FloatVector.fromArray(F, cdfs.bound, element));
            FloatVector e = outside.blend(
                    inside,
                    outside.compare(VectorOperators.LE, step.mul(FloatVector.fromArray(F, cdfs.clamp, element))));
            e = e.blend(e.neg(), distance.compare(VectorOperators.LT, 0));
            IntVector n = h.add(h);
            IntVector last = n.sub(1);
            IntVector cell = (IntVector) e.add(fraction).add(hf).convertShape(VectorOperators.F2I, I, 0);
            cell.blend(0, cell.compare(VectorOperators.LT, 0))
                    .blend(last, cell.compare(VectorOperators.GT, last))
                    .blend(n, slot.compare(VectorOperators.GE, IntVector.fromArray(I, cdfs.end, element)))
                    .intoArray(scratch, CELLS + v);
            element += W;
            element = element < size ? element : element % size;
        }
    }

    /** Corrects what was guessed wrong, and takes a row of elements off the lanes; returns the index of the next word. */
    private static int pop(
            FreeCdfs cdfs,
            int firstElement,
            float[] fractions,
            int from,
            int lanes,
            int[] states,
            short[] words,
            int next,
            int[] cells,
            int to,
            int[] scratch) {
        int precision = cdfs.precision;
        int slotMask = (1 << precision) - 1;
        int at = next;
        for (int v = 0; v < lanes; v += W) {
            IntVector x = IntVector.fromArray(I, states, v);
            IntVector slot = x.and(slotMask);
            VectorMask<Integer> active = I.indexInRange(v, lanes); // rows of few lanes leave the rest of a vector idle
            IntVector start = IntVector.fromArray(I, scratch, STARTS + v);
            IntVector stop = IntVector.fromArray(I, scratch, STOPS + v);
            VectorMask<Integer> wrong = slot.compare(VectorOperators.LT, start)
                    .or(slot.compare(VectorOperators.GE, stop))
                    .and(active);
            if (wrong.anyTrue()) {
                for (long left = wrong.toLong(); left != 0; left &= left - 1) {
                    int lane = v + Long.numberOfTrailingZeros(left);
                    long located = cdfs.locate(
                            (firstElement + lane) % cdfs.size(), fractions[from + lane], states[lane] & slotMask);
                    scratch[CELLS + lane] = (int) (located >>> 32);
                    scratch[STARTS + lane] = (int) located >>> 16;
                    scratch[STOPS + lane] = ((int) located >>> 16) + ((int) located & 0xffff) + 1;
                }
                start = IntVector.fromArray(I, scratch, STARTS + v);
                stop = IntVector.fromArray(I, scratch, STOPS + v);
            }
            IntVector.fromArray(I, scratch, CELLS + v).intoArray(cells, to + v);
            x = x.lanewise(VectorOperators.LSHR, precision).mul(stop.sub(start)).add(slot.sub(start));
            VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16)
                    .compare(VectorOperators.EQ, 0)
                    .and(active);
            IntVector word = ((IntVector)
                            ShortVector.fromArray(S, words, at).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                    .expand(low16);
            at += low16.trueCount();
            x.blend(x.lanewise(VectorOperators.LSHL, 16).or(word), low16).intoArray(states, v);
        }
        return at;
    }

    @Override
    public int symbols(FreeCdfs cdfs, int[] origins, int from, int[] cells, int count, int[] extras, int extrasEnd) {
        int end = extrasEnd;
        int bound = I.loopBound(count);
        int size = cdfs.size();
        int element = from % size;
        for (int i = 0; i < bound; i += W) {
            IntVector cell = IntVector.fromArray(I, cells, i);
            IntVector h = IntVector.fromArray(I, cdfs.half, element);
            IntVector shift = IntVector.fromArray(I, cdfs.shift, element);
            VectorMask<Integer> extra =
                    cell.compare(VectorOperators.EQ, h.add(h)).or(shift.compare(VectorOperators.NE, 0));
            if (extra.anyTrue()) {
                for (long lanes = extra.toLong(); lanes != 0; lanes &= lanes - 1) {
                    int lane = Long.numberOfTrailingZeros(lanes);
                    extras[end] = from + i + lane;
                    extras[end + 1] = cells[i + lane];
                    end += 2;
                }
            }
            cell.sub(h)
                    .lanewise(VectorOperators.LSHL, shift)
                    .add(IntVector.fromArray(I, origins, from + i))
                    .intoArray(cells, i);
            element += W;
            element = element < size ? element : element % size;
        }
        return ScalarFreeKernels.symbols(
                cdfs, (from + bound) % size, origins, from + bound, cells, bound, count - bound, extras, end);
    }
}
