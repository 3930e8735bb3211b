package io.github.uniquant.fit;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The values of one prior element, as ascending values and how often each occurred. Exact up to {@link #MOST_VALUES}
 * different ones; beyond, values stand for bins of a power of two, the narrowest of which no more are occupied. That width
 * depends on the values alone: not on their order, nor on how they were dealt to histograms that were merged.
 */
final class Histogram {
    /** Across a bell shape, so many bins are about a 1/800 of its deviation wide: they move its variance by 1e-7. */
    static final int MOST_VALUES = 8192;

    private static final int MOST_COINS = 1024;
    private static final int EXACT = Integer.MIN_VALUE;
    private static final int LEAST_EXPONENT = Double.MIN_EXPONENT;
    private static final int FIRST_PENDING = 16;

    /** Of larger multiples of the bin's width, a half is lost to rounding: such values are their own bins. */
    private static final double LARGEST_BIN = 0x1p51;

    private double[] values = {};
    private long[] counts = {};
    private long total;
    private int exponent = EXACT;

    private double[] pending = {};
    private int pendingSize;

    /** Adds a finite value. */
    void add(double value) {
        if (pendingSize == pending.length) {
            if (pendingSize < MOST_VALUES) {
                pending = Arrays.copyOf(pending, Math.max(FIRST_PENDING, 2 * pendingSize));
            } else {
                settle();
            }
        }
        pending[pendingSize++] = value == 0 ? 0 : value; // one zero
    }

    /** Adds all values of another histogram, which stays as it is. */
    synchronized void add(Histogram other) {
        View theirs = other.view();
        settle();
        if (other.exponent > exponent) {
            exponent = other.exponent;
            combine(binned(values, exponent), counts);
        }
        insert(binned(theirs.values, exponent), theirs.counts);
    }

    /** Values in ascending order, none twice, and how often each occurred. */
    record View(double[] values, long[] counts, long total) {
        /** The least value with at least {@code quarters} quarters of all up to it; there must be a value. */
        double quartile(int quarters) {
            int i = 0;
            long upTo = counts[0];
            while (4 * upTo < quarters * total) {
                i++;
                upTo += counts[i];
            }
            return values[i];
        }

        /** The first shortest interval with at least half of all values: its ends. */
        double[] shortestHalf() {
            int best = 0;
            int bestEnd = values.length - 1;
            int end = 0;
            long inside = counts[0];
            for (int first = 0; first < values.length; first++) {
                while (2 * inside < total && end + 1 < values.length) {
                    inside += counts[++end];
                }
                if (2 * inside < total) {
                    break;
                }
                if (values[end] - values[first] < values[bestEnd] - values[best]) {
                    best = first;
                    bestEnd = end;
                }
                inside -= counts[first];
            }
            return new double[] {values[best], values[bestEnd]};
        }

        /** The values dealt out at random, each to one of two halves. */
        View[] halves(SplittableRandom random) {
            long[] first = new long[counts.length];
            long[] second = new long[counts.length];
            for (int i = 0; i < counts.length; i++) {
                first[i] = half(counts[i], random);
                second[i] = counts[i] - first[i];
            }
            return new View[] {ofCounts(first), ofCounts(second)};
        }

        /** A draw of the number of heads of so many coins: of many by the normal distribution, as 1024 of them show it. */
        private static long half(long count, SplittableRandom random) {
            if (count > MOST_COINS) {
                double deviations = (ones(MOST_COINS, random) - MOST_COINS / 2.0) / Math.sqrt(MOST_COINS / 4.0);
                return Math.round(count / 2.0 + deviations * Math.sqrt(count / 4.0));
            }
            return ones((int) count, random);
        }

        private static int ones(int bits, SplittableRandom random) {
            int ones = 0;
            for (int left = bits; left > 0; left -= Long.SIZE) {
                long drawn = random.nextLong();
                ones += Long.bitCount(left < Long.SIZE ? drawn >>> (Long.SIZE - left) : drawn);
            }
            return ones;
        }

        /** The same values with other counts; those that occur no more are left out. */
        private View ofCounts(long[] newCounts) {
            double[] kept = new double[values.length];
            long[] keptCounts = new long[values.length];
            int n = 0;
            long sum = 0;
            for (int i = 0; i < values.length; i++) {
                if (newCounts[i] > 0) {
                    kept[n] = values[i];
                    keptCounts[n++] = newCounts[i];
                    sum += newCounts[i];
                }
            }
            return new View(Arrays.copyOf(kept, n), Arrays.copyOf(keptCounts, n), sum);
        }

        /** The same values, each divided by a step. */
        View dividedBy(double step) {
            double[] divided = new double[values.length];
            Arrays.setAll(divided, i -> values[i] / step);
            return new View(divided, counts, total);
        }
    }

    /** What was added so far. The arrays are not to be changed. */
    synchronized View view() {
        settle();
        return new View(values, counts, total);
    }

    /** Merges the values that wait. Invariant afterwards: the bins are the narrowest that the values allow. */
    private void settle() {
        if (pendingSize == 0) {
            return;
        }
        double[] added = binned(Arrays.copyOf(pending, pendingSize), exponent);
        pendingSize = 0;
        Arrays.sort(added);
        long[] ones = new long[added.length];
        Arrays.fill(ones, 1);
        insert(added, ones);
    }

    private void insert(double[] added, long[] addedCounts) {
        double[] merged = new double[values.length + added.length];
        long[] mergedCounts = new long[merged.length];
        for (int i = 0, j = 0; i + j < merged.length; ) {
            boolean mine = j == added.length || i < values.length && values[i] <= added[j];
            merged[i + j] = mine ? values[i] : added[j];
            mergedCounts[i + j] = mine ? counts[i] : addedCounts[j];
            i += mine ? 1 : 0;
            j += mine ? 0 : 1;
        }
        for (long count : addedCounts) {
            total += count;
        }
        combine(merged, mergedCounts);
        if (values.length > MOST_VALUES) {
            exponent = leastExponent();
            combine(binned(values, exponent), counts);
        }
    }

    /** Takes over ascending values, those that are equal as one. */
    private void combine(double[] ascending, long[] theirCounts) {
        double[] distinct = new double[ascending.length];
        long[] distinctCounts = new long[ascending.length];
        int n = 0;
        for (int i = 0; i < ascending.length; i++) {
            if (n == 0 || distinct[n - 1] != ascending[i]) {
                distinct[n++] = ascending[i];
            }
            distinctCounts[n - 1] += theirCounts[i];
        }
        values = Arrays.copyOf(distinct, n);
        counts = Arrays.copyOf(distinctCounts, n);
    }

    /** The least exponent whose bins are few enough: by bisection, since wider bins are never more. */
    private int leastExponent() {
        int tooFine = exponent == EXACT ? LEAST_EXPONENT : exponent;
        int coarse = Double.MAX_EXPONENT;
        while (coarse - tooFine > 1) {
            int middle = tooFine + coarse >> 1;
            if (occupied(middle) > MOST_VALUES) {
                tooFine = middle;
            } else {
                coarse = middle;
            }
        }
        return coarse;
    }

    private int occupied(int binExponent) {
        int bins = 1;
        for (int i = 1; i < values.length; i++) {
            bins += binned(values[i], binExponent) == binned(values[i - 1], binExponent) ? 0 : 1;
        }
        return bins;
    }

    private static double[] binned(double[] values, int binExponent) {
        if (binExponent == EXACT) {
            return values;
        }
        double[] result = new double[values.length];
        Arrays.setAll(result, i -> binned(values[i], binExponent));
        return result;
    }

    /** The middle of the value's bin. It lies in the bin, so that the wider bins of both are the same. */
    private static double binned(double value, int binExponent) {
        double bin = Math.floor(Math.scalb(value, -binExponent));
        return Math.abs(bin) < LARGEST_BIN ? Math.scalb(bin + 0.5, binExponent) : value;
    }
}
