package io.github.uniquant.table;

import io.github.uniquant.internal.kernel.ExactMath;

/**
 * Turns probability masses into integer frequencies that add up to a power of two, each at least 1. It starts from {@code
 * max(1, round(pmf * 2^p))}; while the sum is too large it takes 1 from the frequency whose loss {@code pmf * (log2 f -
 * log2(f - 1))} is least, among those above 1; while it is too small it gives 1 to that whose gain {@code pmf * (log2(f +
 * 1) - log2 f)} is largest. On ties the lowest index takes or gives. Reusable and single-threaded.
 */
public final class PmfQuantizer {
    private double[] score = {};
    private int[] heap = {};

    /**
     * Quantises {@code pmf[0 .. length)} to {@code frequencies[0 .. length)}.
     *
     * @param pmf masses, finite and at least 0; they need not add up to 1
     * @param precision p, in [1, 16]; 2^p must be at least {@code length}
     */
    public void quantize(float[] pmf, int length, int precision, int[] frequencies) {
        int slots = 1 << precision;
        if (precision < 1 || precision > 16 || length < 1 || length > slots) {
            throw new IllegalArgumentException("there must be from 1 to 2^precision masses, precision in [1, 16]:"
                    + " length=" + length + " precision=" + precision);
        }
        int sum = 0;
        for (int i = 0; i < length; i++) {
            float mass = pmf[i];
            if (!(mass >= 0 && mass <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException(
                        "masses must be finite and at least 0: index=" + i + " mass=" + mass);
            }
            // Capped so that no sum of masses, whatever they are, leaves the int range.
            frequencies[i] = (int) Math.max(1, Math.rint(Math.min(mass * slots, (float) slots)));
            sum = Math.min(sum + frequencies[i], Integer.MAX_VALUE - slots);
        }
        if (sum != slots) {
            adjust(pmf, length, slots - sum, frequencies);
        }
    }

    /** Gives (missing > 0) or takes (missing < 0) one at a time, by a heap of scores: the least score and index on top. */
    private void adjust(float[] pmf, int length, int missing, int[] frequencies) {
        if (score.length < length) {
            score = new double[length];
            heap = new int[length];
        }
        boolean give = missing > 0;
        int size = 0;
        for (int i = 0; i < length; i++) {
            if (give || frequencies[i] > 1) {
                score[i] = score(pmf[i], frequencies[i], give);
                heap[size++] = i;
            }
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            siftDown(i, size);
        }
        for (int left = Math.abs(missing); left > 0; left--) {
            int best = heap[0];
            frequencies[best] += give ? 1 : -1;
            if (!give && frequencies[best] == 1) {
                heap[0] = heap[--size];
            } else {
                score[best] = score(pmf[best], frequencies[best], give);
            }
            siftDown(0, size);
        }
    }

    /** The loss of taking, or the negated gain of giving: the least is next. */
    private static double score(double mass, int frequency, boolean give) {
        return give
                ? -(mass * (ExactMath.log2(frequency + 1) - ExactMath.log2(frequency)))
                : mass * (ExactMath.log2(frequency) - ExactMath.log2(frequency - 1));
    }

    private boolean before(int a, int b) {
        return score[a] < score[b] || score[a] == score[b] && a < b;
    }

    private void siftDown(int from, int size) {
        int at = from;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], heap[at])) {
                return;
            }
            int swapped = heap[at];
            heap[at] = heap[child];
            heap[child] = swapped;
            at = child;
        }
    }
}
