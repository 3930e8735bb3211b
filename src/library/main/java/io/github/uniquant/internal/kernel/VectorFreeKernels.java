package io.github.uniquant.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector path of table-free coding, as wide as the kernels that {@link KernelProvider} has chosen. Each operation is the
 * float operation of {@link FreeCdfs} on many elements. It is the only code that gathers at its width where the width is
 * 256; see {@link VectorKernels}.
 */
final class VectorFreeKernels implements FreeKernels {
    private static final VectorSpecies<Integer> I =
            KernelProvider.kernels().name().endsWith("512") ? IntVector.SPECIES_512 : IntVector.SPECIES_256;
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, I.vectorShape());
    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(I.vectorBitSize() / 2));
    private static final int W = I.length();
    private static final VectorShuffle<Integer> REVERSE = VectorShuffle.iota(I, W - 1, -1, false);

    static final VectorFreeKernels INSTANCE = new VectorFreeKernels();

    /** Steps to a neighbouring cell; what they do not find is searched for one by one. */
    private static final int NEIGHBOURS = 3;

    private VectorFreeKernels() {}

    @Override
    public String name() {
        return "vector-" + I.vectorBitSize();
    }

    /** See {@code FreeCdfs.share}. */
    private static IntVector share(
            FloatVector edge,
            FloatVector slope,
            FloatVector clamp,
            FloatVector step,
            FloatVector gain,
            FloatVector middle,
            float[] nodes,
            int[] scratch,
            int at) {
        FloatVector z = edge.mul(slope);
        z = z.blend(clamp, z.compare(VectorOperators.GT, clamp));
        FloatVector least = clamp.neg();
        z = z.blend(least, z.compare(VectorOperators.LT, least)).add(FreeCdfs.REACH);
        IntVector i = (IntVector) z.convertShape(VectorOperators.F2I, I, 0);
        i.intoArray(scratch, at);
        FloatVector node = (FloatVector) i.convertShape(VectorOperators.I2F, F, 0);
        FloatVector j = node.sub(FreeCdfs.REACH);
        FloatVector q0 = gain.mul(FloatVector.fromArray(F, nodes, 0, scratch, at))
                .sub(step.mul(j));
        FloatVector q1 = gain.mul(FloatVector.fromArray(F, nodes, 1, scratch, at))
                .sub(step.mul(j.add(1)));
        return (IntVector)
                middle.add(q0.add(z.sub(node).mul(q1.sub(q0)))).convertShape(VectorOperators.F2I, I, 0);
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
            int extrasEnd) {
        int end = extrasEnd;
        int bound = nearZero ? I.loopBound(count) : 0;
        int size = cdfs.size();
        int element = from % size;
        int slots = 1 << cdfs.precision;
        float[] nodes = cdfs.nodes;
        for (int i = 0; i < bound; i += W) {
            IntVector h = IntVector.fromArray(I, cdfs.half, element);
            IntVector shift = IntVector.fromArray(I, cdfs.shift, element);
            IntVector n = h.add(h);
            IntVector cell = IntVector.fromArray(I, symbols, i)
                    .sub(IntVector.fromArray(I, origins, from + i))
                    .lanewise(VectorOperators.ASHR, shift)
                    .add(h);
            VectorMask<Integer> outside = cell.compare(VectorOperators.UGE, n);
            VectorMask<Integer> extra = outside.or(shift.compare(VectorOperators.NE, 0));
            if (extra.anyTrue()) {
                for (long lanes = extra.toLong(); lanes != 0; lanes &= lanes - 1) {
                    int lane = Long.numberOfTrailingZeros(lanes);
                    extras[end] = from + i + lane;
                    extras[end + 1] = symbols[i + lane];
                    end += 2;
                }
            }
            cell = cell.blend(n, outside);
            FloatVector slope = FloatVector.fromArray(F, cdfs.slope, element);
            FloatVector clamp = FloatVector.fromArray(F, cdfs.clamp, element);
            FloatVector step = FloatVector.fromArray(F, cdfs.step, element);
            FloatVector gain = FloatVector.fromArray(F, cdfs.gain, element);
            FloatVector middle = FloatVector.fromArray(F, cdfs.middle, element);
            IntVector stop = IntVector.fromArray(I, cdfs.end, element);
            FloatVector fraction = FloatVector.fromArray(F, fractions, from + i);
            FloatVector edge = (FloatVector) cell.sub(h).convertShape(VectorOperators.I2F, F, 0);
            int at = rowsEnd - W - i;
            IntVector low = cell.add(share(edge.sub(fraction), slope, clamp, step, gain, middle, nodes, rows, at));
            IntVector high = cell.add(1)
                    .add(share(edge.add(1).sub(fraction), slope, clamp, step, gain, middle, nodes, rows, at));
            low = low.blend(0, cell.compare(VectorOperators.EQ, 0)).blend(stop, outside);
            high = high.blend(stop, cell.compare(VectorOperators.EQ, n.sub(1))).blend(slots, outside);
            low.lanewise(VectorOperators.LSHL, 16)
                    .or(high.sub(low).sub(1))
                    .rearrange(REVERSE)
                    .intoArray(rows, at);
            element += W;
            element = element < size ? element : element % size;
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
            int[] cells) {
        int precision = cdfs.precision;
        int slotMask = (1 << precision) - 1;
        int slots = 1 << precision;
        int size = cdfs.size();
        float[] nodes = cdfs.nodes;
        float[] quantiles = cdfs.quantiles;
        int width = Math.min(W, lanes);
        VectorMask<Integer> active = I.indexInRange(0, lanes); // rows of few lanes leave the rest of a vector idle
        int at = next;
        int lane = 0;
        int element = from % size;
        for (int i = 0; i < count; i += width) {
            IntVector x = IntVector.fromArray(I, states, lane);
            IntVector slot = x.and(slotMask);
            IntVector h = IntVector.fromArray(I, cdfs.half, element);
            IntVector n = h.add(h);
            IntVector end = IntVector.fromArray(I, cdfs.end, element);
            VectorMask<Integer> outside = slot.compare(VectorOperators.GE, end);
            FloatVector slope = FloatVector.fromArray(F, cdfs.slope, element);
            FloatVector clamp = FloatVector.fromArray(F, cdfs.clamp, element);
            FloatVector step = FloatVector.fromArray(F, cdfs.step, element);
            FloatVector gain = FloatVector.fromArray(F, cdfs.gain, element);
            FloatVector middle = FloatVector.fromArray(F, cdfs.middle, element);
            FloatVector fraction = FloatVector.fromArray(F, fractions, from + i);

            // See FreeCdfs.guess.
            FloatVector hf = (FloatVector) h.convertShape(VectorOperators.I2F, F, 0);
            FloatVector distance = ((FloatVector) slot.convertShape(VectorOperators.I2F, F, 0))
                    .add(FreeCdfs.SLOT_END)
                    .sub(hf)
                    .sub(fraction)
                    .sub(middle);
            FloatVector a = distance.abs();
            FloatVector tail = a.div(gain).neg().add(0.5f);
            tail = tail.blend(FreeCdfs.LEAST_TAIL, tail.compare(VectorOperators.LT, FreeCdfs.LEAST_TAIL));
            IntVector bits = tail.reinterpretAsInts();
            bits.lanewise(VectorOperators.LSHR, FreeCdfs.TAIL_SHIFT)
                    .sub(FreeCdfs.TAIL_BASE)
                    .intoArray(cells, i);
            FloatVector quantile = FloatVector.fromArray(F, quantiles, 0, cells, i);
            FloatVector inside = FloatVector.fromArray(F, quantiles, 1, cells, i)
                    .sub(quantile)
                    .mul(((FloatVector) bits.and((1 << FreeCdfs.TAIL_SHIFT) - 1)
                                    .convertShape(VectorOperators.I2F, F, 0))
                            .mul(FreeCdfs.TAIL_STEP))
                    .add(quantile)
                    .mul(step);
            FloatVector beyond = a.sub(FloatVector.fromArray(F, cdfs.bound, element));
            FloatVector e = beyond.blend(inside, beyond.compare(VectorOperators.LE, step.mul(clamp)));
            e = e.blend(e.neg(), distance.compare(VectorOperators.LT, 0));
            IntVector cell = (IntVector) e.add(fraction).add(hf).convertShape(VectorOperators.F2I, I, 0);
            IntVector last = n.sub(1);
            cell = cell.blend(0, cell.compare(VectorOperators.LT, 0));
            cell = cell.blend(last, cell.compare(VectorOperators.GT, last));

            VectorMask<Integer> searched = active.andNot(outside);
            IntVector start;
            IntVector stop;
            int tries = 0;
            while (true) {
                FloatVector edge = (FloatVector) cell.sub(h).convertShape(VectorOperators.I2F, F, 0);
                start = cell.add(share(edge.sub(fraction), slope, clamp, step, gain, middle, nodes, cells, i));
                stop = cell.add(1)
                        .add(share(edge.add(1).sub(fraction), slope, clamp, step, gain, middle, nodes, cells, i));
                start = start.blend(0, cell.compare(VectorOperators.EQ, 0));
                stop = stop.blend(end, cell.compare(VectorOperators.EQ, last));
                VectorMask<Integer> below = slot.compare(VectorOperators.LT, start).and(searched);
                VectorMask<Integer> above = slot.compare(VectorOperators.GE, stop).and(searched);
                if (!below.or(above).anyTrue()) {
                    break;
                }
                if (tries++ < NEIGHBOURS) {
                    cell = cell.sub(1, below).add(1, above);
                } else {
                    cell.intoArray(cells, i);
                    search(cdfs, below.or(above).toLong(), element, fractions, from + i, states, lane, cells, i);
                    cell = IntVector.fromArray(I, cells, i);
                }
            }
            start = start.blend(end, outside);
            stop = stop.blend(slots, outside);
            cell.blend(n, outside).intoArray(cells, i);

            x = x.lanewise(VectorOperators.LSHR, precision).mul(stop.sub(start)).add(slot.sub(start));
            VectorMask<Integer> low16 = x.lanewise(VectorOperators.LSHR, 16)
                    .compare(VectorOperators.EQ, 0)
                    .and(active);
            IntVector word = ((IntVector) ShortVector.fromArray(S, words, at)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                    .expand(low16);
            at += low16.trueCount();
            x.blend(x.lanewise(VectorOperators.LSHL, 16).or(word), low16).intoArray(states, lane);
            lane = lane + W < lanes ? lane + W : 0;
            element += width;
            element = element < size ? element : element % size;
        }
        return at;
    }

    /** Finds the cells of some lanes one by one. */
    private static void search(
            FreeCdfs cdfs,
            long lanes,
            int element,
            float[] fractions,
            int from,
            int[] states,
            int lane,
            int[] cells,
            int at) {
        for (long left = lanes; left != 0; left &= left - 1) {
            int v = Long.numberOfTrailingZeros(left);
            int slot = states[lane + v] & (1 << cdfs.precision) - 1;
            cells[at + v] = (int) (cdfs.locate((element + v) % cdfs.size(), fractions[from + v], slot) >>> 32);
        }
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
