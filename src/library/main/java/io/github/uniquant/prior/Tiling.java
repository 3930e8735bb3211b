package io.github.uniquant.prior;

import java.util.Arrays;

/**
 * How the elements of a prior are laid out for loops over runs of values: a prior of few elements is repeated, so that a run
 * is long enough for vectors. Value i of a call belongs to place {@code (firstElement + i) mod span}. Sums run place by place,
 * each in the order of the values, and then over the copies of an element, in order: an order that does not depend on the
 * machine.
 *
 * @param size elements of the prior
 * @param copies how often they are repeated
 */
record Tiling(int size, int copies) {
    /** A span of at least this many places is not repeated. */
    private static final int LEAST_SPAN = 128;

    /** Copies come in multiples of this, so that a span is whole vectors. */
    private static final int LANES = 8;

    static Tiling of(int size) {
        boolean repeats = size > 0 && size < LEAST_SPAN;
        return new Tiling(size, repeats ? LANES * ((LEAST_SPAN + LANES * size - 1) / (LANES * size)) : 1);
    }

    /** This, or where its spans divide a block, as many of them as fill one. */
    Tiling filling(int block) {
        return span() > 0 && block % span() == 0 ? new Tiling(size, copies * (block / span())) : this;
    }

    int span() {
        return size * copies;
    }

    /** Values by element, repeated; the array itself where nothing is. */
    double[] tile(double[] values) {
        double[] tiled = copies == 1 ? values : new double[values.length * copies];
        for (int at = 0; copies > 1 && at < tiled.length; at += values.length) {
            System.arraycopy(values, 0, tiled, at, values.length);
        }
        return tiled;
    }

    /** Working memory for sums by place, of as many values as a parameter has; none where nothing is repeated. */
    double[] newPlaces(int values) {
        return new double[copies == 1 ? 0 : values * copies];
    }

    /** Where to add up what belongs to a place: {@code sums} itself where nothing is repeated, else {@code scratch}, zeroed. */
    double[] places(double[] sums, double[] scratch) {
        Arrays.fill(scratch, 0);
        return copies == 1 ? sums : scratch;
    }

    /** Adds what was added up in {@link #places} to the sums by element. */
    void fold(double[] places, double[] sums) {
        for (int i = 0; copies > 1 && i < sums.length; i++) {
            double sum = places[i];
            for (int at = i + sums.length; at < places.length; at += sums.length) {
                sum += places[at];
            }
            sums[i] += sum;
        }
    }

    /** The place behind a run that ends at {@code end}. */
    int next(int end) {
        return end == span() ? 0 : end;
    }

    /** The values from {@code place} on, {@code left} at most, up to the end of the span and of a block. */
    int run(int place, int left, int block) {
        return Math.min(Math.min(left, block), span() - place);
    }
}
