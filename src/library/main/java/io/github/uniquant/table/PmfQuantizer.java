package io.github.uniquant.table;

import io.github.uniquant.internal.kernel.ExactMath;
import java.util.Arrays;
import java.util.Objects;

/**
 * Turns probability masses into integer frequencies that add up to a power of two, each at least 1. It starts from {@code
 * max(1, round(pmf * 2^p))}; while the sum is too large it takes 1 from the frequency whose loss {@code pmf * (log2 f -
 * log2(f - 1))} is least, among those above 1; while it is too small it gives 1 to that whose gain {@code pmf * (log2(f +
 * 1) - log2 f)} is largest. On ties the lowest index takes or gives. Reusable and single-threaded.
 *
 * <p>A frequency's losses grow as it falls, and its gains shrink as it rises. So the slots that are moved, one at a time,
 * are those of the least losses, or of the largest gains, of all there are. A few of them, the common case, are found by
 * one pass that keeps the best; more by a heap.
 */
public final class PmfQuantizer {
    /** Most slots for which one pass keeps the best: beyond, inserting into them costs more than a heap. */
    private static final int FEW = 24;

    /** Adding it rounds what is below 2^22 to an integer, ties to even, in the low bits of the sum. */
    private static final float MAGIC = 0x1.8p23f;

    private static final int MAGIC_BITS = 0x4b400000;
    private static final int MAX_BITS = 0x7f7fffff; // of Float.MAX_VALUE
    private static final long LOW = 0xFFFFFFFFL;

    private double[] steps = {}; // log2(f + 1) - log2(f) at f; 0 where it was not asked for

    private double[] score = {}; // of each index
    // For few slots: the best indexes, by rising score, then index; with room for one more.
    private final int[] best = new int[FEW + 1];
    private final double[] bestScore = new double[FEW + 1];
    private int[] heap = {}; // for more: indexes, with the next one on top

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
        Objects.checkFromIndexSize(0, length, pmf.length);
        Objects.checkFromIndexSize(0, length, frequencies.length);
        int above = 0; // what the frequencies have above 1 each: less than 2^32 together
        int bad = 0;
        for (int i = 0; i < length; i++) {
            int bits = Float.floatToRawIntBits(pmf[i] + 0f); // no negative 0
            bad |= bits | MAX_BITS - bits;
            int frequency = start(pmf[i], slots);
            frequencies[i] = frequency;
            above += frequency - 1;
        }
        if (bad < 0) {
            refuse(pmf, length);
        }
        long missing = slots - length - (above & LOW);
        if (missing != 0) {
            if (steps.length <= slots) {
                steps = new double[slots + 1];
            }
            adjust(pmf, length, slots, missing, frequencies);
        }
    }

    /** {@code max(1, round(mass * slots))}, at most {@code slots}, in operations of which the compiler makes vectors. */
    private static int start(float mass, int slots) {
        float rounded = Math.min(mass * slots, (float) slots) + MAGIC;
        return Math.max(1, Float.floatToRawIntBits(rounded) - MAGIC_BITS);
    }

    private static void refuse(float[] pmf, int length) {
        for (int i = 0; i < length; i++) {
            if (!(pmf[i] >= 0 && pmf[i] <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException(
                        "masses must be finite and at least 0: index=" + i + " mass=" + pmf[i]);
            }
        }
    }

    /** Gives (missing > 0) or takes (missing < 0) so many slots. */
    private void adjust(float[] pmf, int length, int slots, long missing, int[] frequencies) {
        long moved = Math.abs(missing);
        if (score.length < length) {
            score = new double[length];
        }
        if (moved <= FEW) {
            moveFew(pmf, length, missing > 0, (int) moved, frequencies);
            return;
        }
        if (heap.length < length) {
            heap = new int[length];
        }
        if (moved <= slots) {
            moveMany(pmf, length, slots, missing > 0 ? Move.GIVE : Move.TAKE, (int) moved, frequencies);
        } else {
            // Masses that add up to more than 2. What is not taken is the quicker to find.
            Arrays.fill(frequencies, 0, length, 1);
            moveMany(pmf, length, slots, Move.LEAVE, slots - length, frequencies);
        }
    }

    /** What happens to a slot, and when a frequency takes no further part in it. */
    private enum Move {
        /** Given. */
        GIVE,
        /** Taken, down to a frequency of 1. */
        TAKE,
        /**
         * Not taken, from a frequency of 1 up to where taking would start: the largest losses are left, on ties the highest
         * index.
         */
        LEAVE
    }

    // ---- scores

    /** log2(f + 1) - log2(f), for f from 1 to 2^p. It falls as f rises. */
    private double step(int f) {
        double known = steps[f];
        return known != 0 ? known : newStep(f);
    }

    private double newStep(int f) {
        double step = ExactMath.log2(f + 1) - ExactMath.log2(f);
        steps[f] = step;
        return step;
    }

    /** The loss of taking, or the negated gain of giving: the least is next. */
    private double score(double mass, int frequency, boolean give) {
        return give ? -(mass * step(frequency)) : mass * step(frequency - 1);
    }

    // A loop each, apart from the choice among the scores: one loop for all of it took twice as long.

    private void scoreGains(float[] pmf, int length, int[] frequencies) {
        double[] known = steps;
        double[] out = score;
        for (int i = 0; i < length; i++) {
            int f = frequencies[i];
            double step = known[f];
            out[i] = -(pmf[i] * (step != 0 ? step : newStep(f)));
        }
    }

    /** The losses; infinite where there is nothing to take. */
    private void scoreLosses(float[] pmf, int length, int[] frequencies) {
        double[] known = steps;
        double[] out = score;
        for (int i = 0; i < length; i++) {
            int f = frequencies[i] - 1;
            double loss = Double.POSITIVE_INFINITY;
            if (f > 0) {
                double step = known[f];
                loss = pmf[i] * (step != 0 ? step : newStep(f));
            }
            out[i] = loss;
        }
    }

    // ---- a few slots

    /** Moves at most {@link #FEW} slots. Only the indexes of as many least scores can take part. */
    private void moveFew(float[] pmf, int length, boolean give, int slots, int[] frequencies) {
        if (give) {
            scoreGains(pmf, length, frequencies);
        } else {
            scoreLosses(pmf, length, frequencies);
        }
        int size = 0;
        double worst = Double.POSITIVE_INFINITY; // of those that are kept, once they are as many as the slots
        for (int i = 0; i < length; i++) {
            double candidate = score[i];
            if (candidate < worst) {
                insert(candidate, i, size);
                size = Math.min(size + 1, slots);
                if (size == slots) {
                    worst = bestScore[size - 1];
                }
            }
        }
        for (int left = slots; left > 0; left--) {
            int index = best[0];
            frequencies[index] += give ? 1 : -1;
            size--;
            System.arraycopy(bestScore, 1, bestScore, 0, size);
            System.arraycopy(best, 1, best, 0, size);
            if (give || frequencies[index] > 1) {
                insert(score(pmf[index], frequencies[index], give), index, size);
                size++;
            }
        }
    }

    /** Inserts a score into the {@code size} best ones, in order. */
    private void insert(double candidate, int index, int size) {
        int at = size;
        while (at > 0 && (bestScore[at - 1] > candidate || bestScore[at - 1] == candidate && best[at - 1] > index)) {
            bestScore[at] = bestScore[at - 1];
            best[at] = best[at - 1];
            at--;
        }
        bestScore[at] = candidate;
        best[at] = index;
    }

    // ---- many slots

    private void moveMany(float[] pmf, int length, int slots, Move move, int count, int[] frequencies) {
        boolean give = move != Move.TAKE;
        boolean lastOnTies = move == Move.LEAVE;
        int size = 0;
        for (int i = 0; i < length; i++) {
            if (frequencies[i] != stop(move, pmf[i], slots)) {
                score[i] = score(pmf[i], frequencies[i], give);
                heap[size++] = i;
            }
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            siftDown(i, size, lastOnTies);
        }
        for (int left = count; left > 0; left--) {
            int index = heap[0];
            frequencies[index] += give ? 1 : -1;
            if (frequencies[index] == stop(move, pmf[index], slots)) {
                heap[0] = heap[--size];
            } else {
                score[index] = score(pmf[index], frequencies[index], give);
            }
            siftDown(0, size, lastOnTies);
        }
    }

    /** The frequency that moves no further. */
    private static int stop(Move move, float mass, int slots) {
        return switch (move) {
            case GIVE -> slots;
            case TAKE -> 1;
            case LEAVE -> start(mass, slots);
        };
    }

    private boolean before(int a, int b, boolean lastOnTies) {
        return score[a] < score[b] || score[a] == score[b] && a < b != lastOnTies;
    }

    private void siftDown(int from, int size, boolean lastOnTies) {
        int at = from;
        int sifted = heap[from];
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && before(heap[child + 1], heap[child], lastOnTies)) {
                child++;
            }
            if (!before(heap[child], sifted, lastOnTies)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = sifted;
    }
}
