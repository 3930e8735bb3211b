package io.github.uniquant.coder.free;

import io.github.uniquant.coder.rans.LanePlan;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.table.free.TableFreeCdfs;

/**
 * What coding a unit takes that depends on its noise offsets alone: where the median of each element lies, and for the unit
 * the lanes to try. Element {@code i} of a unit is element {@code i mod size} of the CDFs. Thread-safe once laid out; make
 * one for each sequence of offsets that many units share, or lay one out again for each unit.
 */
public final class FreePlan extends LanePlan {
    /** Origins within this, and windows up to it, leave 32-bit differences that do not wrap into a window. */
    private static final int NEAR_ZERO = 1 << 30;

    private final TableFreeCdfs cdfs;
    private final boolean windowsAreShort;
    private boolean nearZero;
    private int[] origins = {};
    private float[] fractions = {};
    private final double[] offsets = new double[BLOCK];

    /** A plan of no elements. */
    public FreePlan(TableFreeCdfs cdfs) {
        this.cdfs = cdfs;
        boolean windows = true;
        for (int j = 0; j < cdfs.size(); j++) {
            windows &= 2L * cdfs.cdfs().half(j) << cdfs.cdfs().shift(j) <= NEAR_ZERO;
        }
        this.windowsAreShort = windows;
    }

    /** Lays this plan out for a unit with these noise offsets. */
    public FreePlan layOut(float[] noiseOffsets, int elements) {
        start(elements);
        for (int first = 0; first < elements; first += BLOCK) {
            int length = Math.min(BLOCK, elements - first);
            for (int i = 0; i < length; i++) {
                offsets[i] = noiseOffsets[first + i];
            }
            layOutBlock(first, length);
        }
        return this;
    }

    /** Lays this plan out for a unit with these noise offsets. */
    public FreePlan layOut(double[] noiseOffsets, int elements) {
        start(elements);
        for (int first = 0; first < elements; first += BLOCK) {
            int length = Math.min(BLOCK, elements - first);
            System.arraycopy(noiseOffsets, first, offsets, 0, length);
            layOutBlock(first, length);
        }
        return this;
    }

    private void start(int elements) {
        checkElements(elements);
        if (elements > 0 && cdfs.size() == 0) {
            throw new IllegalArgumentException("a unit of an empty prior must be empty: elements=" + elements);
        }
        if (origins.length < elements + Kernels.PADDING) {
            origins = new int[elements + Kernels.PADDING];
            fractions = new float[elements + Kernels.PADDING];
        }
        nearZero = windowsAreShort;
        if (count() != elements) {
            planLanes(elements); // by the number of elements alone
        }
    }

    private void layOutBlock(int first, int length) {
        cdfs.layOut(first, offsets, length, origins, fractions);
        for (int i = first; i < first + length; i++) {
            nearZero &= origins[i] >= -NEAR_ZERO && origins[i] <= NEAR_ZERO;
        }
    }

    @Override
    protected long costBefore(int element) {
        return cdfs.expectedCost(element);
    }

    TableFreeCdfs cdfs() {
        return cdfs;
    }

    /** The symbol that each element's cell h begins with. */
    int[] origins() {
        return origins;
    }

    /** Where each element's median lies behind that, in cells. */
    float[] fractions() {
        return fractions;
    }

    boolean nearZero() {
        return nearZero;
    }

    /** The element of the CDFs that an element of the unit is. */
    int element(int i) {
        return i % cdfs.size();
    }
}
