package io.github.uniquant.internal.kernel;

import java.util.function.DoubleUnaryOperator;

/**
 * The integer CDFs of a batch of location-scale priors, computed where a table would be looked up. {@code
 * docs/table-free.md} defines them and proves what they promise: for every element and every place of its median within a
 * cell, {@code start(0) = 0}, each cell has at least one slot, and all of them together 2^p.
 *
 * <p>A cell is a run of 2^{@link #shift} symbols, cell {@code h} the one that begins at the unit's origin for the element;
 * the median lies {@code fraction} cells behind that, in [-1/2, 1/2]. Cells 0 to 2 h - 1 are the window, and cell 2 h
 * stands for every symbol outside it. A cell's lower edge lies {@code e = cell - h - fraction} cells from the median, and
 * {@code start(cell) = cell + floor(B/2 + q(e))}: one slot for each cell before, and a share of the B slots that are left
 * over, q being a piecewise linear function that never falls. All of it is float arithmetic of single roundings in a fixed
 * order, so the numbers are the same on every machine.
 */
public final class FreeCdfs {
    /** Nodes of the standard CDF in one scale. */
    static final int NODES_PER_SCALE = 32;

    /** Nodes on either side of the median: as many as 16 scales have. */
    static final int REACH = 512;

    /** Nodes are multiples of this: half a unit in the last place of a float below 1/2. */
    private static final double NODE_UNIT = 0x1p-24;

    /** No slope of node coordinates is larger: with it, a fraction of 2^-60 is behind the last node. */
    private static final double MAX_SLOPE = 0x1p100;

    /** Tails that the guess of a cell tells apart: from 2^-20 to 1/2, 32 to an octave. */
    static final float LEAST_TAIL = 0x1p-20f;

    static final int TAIL_SHIFT = 18;
    static final float TAIL_STEP = 0x1p-18f;
    static final int TAIL_BASE = Float.floatToRawIntBits(LEAST_TAIL) >>> TAIL_SHIFT;
    private static final int TAILS = (Float.floatToRawIntBits(0.5f) >>> TAIL_SHIFT) - TAIL_BASE + 1;

    /** A slot is looked for just before its end: a multiple of the least unit in which slots and this are floats. */
    static final float SLOT_END = 1 - 0x1p-6f;

    private static final int MIN_PRECISION = 3;
    private static final int MAX_PRECISION = 16;
    private static final int MAX_SHIFT = 31;
    private static final int NEIGHBOURS = 2;

    final int precision;
    private final int size;

    /** The CDF of the standard distribution less 1/2, at {@code (index - REACH) / NODES_PER_SCALE}. */
    final float[] nodes;

    /** Upper quantiles of the standard distribution, in nodes, at the floats whose bits are {@code TAIL_BASE + index << TAIL_SHIFT}. */
    final float[] quantiles;

    // Per element; repeated behind the last one, so that a vector can be read from any.
    final int[] half; // h: half the cells of the window
    final int[] shift; // log2 of the symbols of a cell
    final int[] end; // the first slot of the cell outside the window
    final float[] middle; // B/2
    final float[] slope; // nodes in a cell
    final float[] step; // cells between nodes
    final float[] gain; // K: slots that the whole distribution would get
    final float[] clamp; // the node behind which q is level
    final float[] bound; // q there

    /**
     * @param precision p, in [3, 16]
     * @param tailMass approximate mass outside the window, in (0, 1)
     * @param scales finite and larger than 0
     * @param survival of the standard distribution, for arguments of at least 0
     * @param upperQuantile its inverse, for probabilities up to 1/2
     */
    public FreeCdfs(
            int precision,
            double tailMass,
            double[] scales,
            DoubleUnaryOperator survival,
            DoubleUnaryOperator upperQuantile) {
        if (precision < MIN_PRECISION || precision > MAX_PRECISION) {
            throw new IllegalArgumentException(
                    "precision must be in [3, 16] to code without tables: precision=" + precision);
        }
        this.precision = precision;
        this.size = scales.length;
        this.nodes = nodes(survival);
        this.quantiles = quantiles(upperQuantile);
        int length = size == 0 ? 0 : size + Kernels.PADDING;
        half = new int[length];
        shift = new int[length];
        end = new int[length];
        middle = new float[length];
        slope = new float[length];
        step = new float[length];
        gain = new float[length];
        clamp = new float[length];
        bound = new float[length];
        double reach = upperQuantile.applyAsDouble(tailMass / 2);
        for (int element = 0; element < size; element++) {
            fit(element, scales[element], reach, survival);
        }
        for (int i = size; i < length; i++) {
            copy(i - size, i);
        }
    }

    private static float[] nodes(DoubleUnaryOperator survival) {
        float[] nodes = new float[2 * REACH + 1];
        for (int i = 1; i <= REACH; i++) {
            double above = 0.5 - survival.applyAsDouble((double) i / NODES_PER_SCALE);
            nodes[REACH + i] = (float) (Math.rint(above / NODE_UNIT) * NODE_UNIT);
            nodes[REACH - i] = -nodes[REACH + i];
        }
        return nodes;
    }

    private static float[] quantiles(DoubleUnaryOperator upperQuantile) {
        float[] quantiles = new float[TAILS + 1]; // the last two are the median
        for (int i = 0; i < TAILS - 1; i++) {
            double tail = Float.intBitsToFloat(TAIL_BASE + i << TAIL_SHIFT);
            quantiles[i] = (float) (NODES_PER_SCALE * upperQuantile.applyAsDouble(tail));
        }
        return quantiles;
    }

    /** Finds the window and the curve of an element. */
    private void fit(int element, double scale, double reach, DoubleUnaryOperator survival) {
        int most = 1 << precision - 3; // half of a quarter of the slots
        int k = 0;
        double scaled = scale;
        while (Math.ceil(reach * scaled + 0.5) > most && k < MAX_SHIFT) {
            k++;
            scaled *= 0.5;
        }
        int h = (int) Math.min(Math.max(1, Math.ceil(reach * scaled + 0.5)), most);
        int slots = 1 << precision;
        double outside = 2 * survival.applyAsDouble(Math.min(h / scaled, REACH));
        int escape = (int) Math.min(Math.max(1, Math.rint(outside * slots)), slots / 2);
        shift[element] = k;
        half[element] = h;
        end[element] = slots - escape;
        middle[element] = (slots - escape - 2 * h) / 2f;
        slope[element] = (float) Math.min(NODES_PER_SCALE / scaled, MAX_SLOPE);
        step[element] = (float) (scaled / NODES_PER_SCALE);
        int last = (int) Math.min(REACH - 1, Math.ceil((h + 0.5) * slope[element]));
        float candidate = (float) gain(middle[element], step[element], last);
        while (!level(element, candidate, last)) {
            candidate = Math.nextDown(candidate);
        }
    }

    /** The largest K with {@code K T(c) - step c <= middle} at every node c up to the last one. */
    private double gain(double middle, double step, int last) {
        double gain = Double.POSITIVE_INFINITY;
        for (int c = 1; c <= last; c++) {
            gain = Math.min(gain, (middle + step * c) / nodes[REACH + c]);
        }
        return gain;
    }

    /** Takes a gain, and levels q off where it would fall; false where q would then give more slots than there are. */
    private boolean level(int element, float candidate, int last) {
        float s = step[element];
        int c = 0;
        float top = 0;
        for (; c < last; c++) {
            float next = candidate * nodes[REACH + c + 1] - s * (c + 1);
            if (!(next >= top)) {
                break;
            }
            top = next;
        }
        gain[element] = candidate;
        clamp[element] = c;
        bound[element] = top;
        return top <= middle[element];
    }

    private void copy(int from, int to) {
        half[to] = half[from];
        shift[to] = shift[from];
        end[to] = end[from];
        middle[to] = middle[from];
        slope[to] = slope[from];
        step[to] = step[from];
        gain[to] = gain[from];
        clamp[to] = clamp[from];
        bound[to] = bound[from];
    }

    /** Bits of precision p. */
    public int precision() {
        return precision;
    }

    /** The number of elements. */
    public int size() {
        return size;
    }

    /** h: half the cells of an element's window. */
    public int half(int element) {
        return half[element];
    }

    /** log2 of the number of symbols in a cell. */
    public int shift(int element) {
        return shift[element];
    }

    /** The cell that the median lies in: the likeliest one. */
    public int likeliest(int element, float fraction) {
        return fraction >= 0 ? half[element] : half[element] - 1;
    }

    /** The first slot of a cell, from 0 to 2 h. */
    public int start(int element, float fraction, int cell) {
        if (cell == 0) {
            return 0;
        }
        int h = half[element];
        return cell == 2 * h ? end[element] : cell + share(element, (cell - h) - fraction);
    }

    /** {@code floor(B/2 + q(edge))}. */
    private int share(int element, float edge) {
        float c = clamp[element];
        float z = edge * slope[element];
        z = z > c ? c : z;
        z = (z < -c ? -c : z) + REACH;
        int i = (int) z;
        float node = i;
        float t = z - node;
        float j = node - REACH;
        float s = step[element];
        float k = gain[element];
        float q0 = k * nodes[i] - s * j;
        float q1 = k * nodes[i + 1] - s * (j + 1);
        return (int) (middle[element] + (q0 + t * (q1 - q0)));
    }

    /** The row of a cell, from 0 to 2 h: its first slot {@code << 16 | frequency - 1}. */
    public int row(int element, float fraction, int cell) {
        int start = start(element, fraction, cell);
        int stop = cell == 2 * half[element] ? 1 << precision : start(element, fraction, cell + 1);
        return start << 16 | stop - start - 1;
    }

    /** The cell {@code << 32} that a slot belongs to, and its row. */
    public long locate(int element, float fraction, int slot) {
        int high = 2 * half[element];
        if (slot >= end[element]) {
            return (long) high << 32 | row(element, fraction, high) & 0xFFFFFFFFL;
        }
        return search(element, fraction, slot, Math.max(0, Math.min(guess(element, fraction, slot), high - 1)));
    }

    /** Looks for the cell of a slot in the window, from a guess on. */
    private long search(int element, float fraction, int slot, int guess) {
        // start(low) <= slot < start(high), and low <= cell < high
        int low = 0;
        int high = 2 * half[element];
        int cell = guess;
        for (int tries = 0; ; tries++) {
            int start = start(element, fraction, cell);
            int stop = start(element, fraction, cell + 1);
            if (start <= slot && slot < stop) {
                return (long) cell << 32 | (start << 16 | stop - start - 1) & 0xFFFFFFFFL;
            }
            int next;
            if (slot < start) {
                high = cell;
                next = cell - 1;
            } else {
                low = cell + 1;
                next = cell + 1;
            }
            cell = tries < NEIGHBOURS ? next : low + high >>> 1;
        }
    }

    /** About the cell that a slot belongs to: the inverse of the curve. It decides how long a search takes, and no more. */
    private int guess(int element, float fraction, int slot) {
        float s = step[element];
        float distance = slot + SLOT_END - half[element] - fraction - middle[element];
        float a = Math.abs(distance);
        float tail = 0.5f - a / gain[element];
        int bits = Float.floatToRawIntBits(tail < LEAST_TAIL ? LEAST_TAIL : tail);
        int i = (bits >>> TAIL_SHIFT) - TAIL_BASE;
        float t = (bits & (1 << TAIL_SHIFT) - 1) * TAIL_STEP;
        float inside = (quantiles[i] + t * (quantiles[i + 1] - quantiles[i])) * s;
        float outside = a - bound[element];
        float e = outside <= s * clamp[element] ? inside : outside;
        return (int) ((distance < 0 ? -e : e) + fraction + half[element]);
    }
}
