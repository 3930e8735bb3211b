package io.github.uniquant.fit;

import java.util.Arrays;

/**
 * A quadrature of the density that dithered data have: each value y, spread evenly over [y - 1/2, y + 1/2], as weights at
 * points. The sum of {@code weight * f(point)} stands for the sum over the data of the mean of {@code f(y + u)}, u uniform
 * on (-1/2, 1/2), for f that vary at the scale given. Its cost depends on the number of scales that the data cover, hardly
 * on the number of values.
 */
final class NoisyData {
    /** Points of a grid lie {@code scale / 8} apart or closer: values rounded to it move the variance by 1/768 at most. */
    private static final int GRID_EXPONENT = 3;

    private static final int LEAST_EXPONENT = -20;

    /** From scale 2^3 on the box hardly counts: bins replace it, finer ones, since the Laplace density has a kink. */
    private static final int WIDE_EXPONENT = 3;

    private static final int BIN_EXPONENT = 6;

    /** Values farther out than this many scales have points of their own, and need no fine ones. */
    private static final double CORE = 16;

    /** So many scales inside the box that all values share, a prior of about the given scale is flat. */
    private static final double EDGE = 8;

    private static final int FLAT_POINTS = 16;
    private static final int OUTLIER_POINTS = 4;

    /** Farther than this from the core, one point is enough: the price of an escape hardly varies over a box. */
    private static final double FAR = 8;

    private double[] points = new double[512];
    private double[] weights = new double[512];
    private int size;

    private NoisyData() {}

    /**
     * A quadrature for priors of about this location and scale.
     *
     * @param sorted the values, ascending
     * @param scale at least 2^-17
     */
    static NoisyData of(double[] sorted, double loc, double scale) {
        boolean wide = Math.getExponent(scale) >= WIDE_EXPONENT;
        int exponent = Math.max(Math.getExponent(scale) - (wide ? BIN_EXPONENT : GRID_EXPONENT), LEAST_EXPONENT);
        double spacing = Math.scalb(1.0, exponent);
        double near = wide ? 0 : CORE * scale + FAR;
        NoisyData data = new NoisyData();
        int first = lowerBound(sorted, loc - CORE * scale);
        int end = lowerBound(sorted, loc + CORE * scale);
        data.addOutliers(sorted, 0, first, loc, near);
        if (wide) {
            data.addBins(sorted, first, end, spacing);
        } else {
            data.addBoxes(sorted, first, end, spacing, scale);
        }
        data.addOutliers(sorted, end, sorted.length, loc, near);
        return data;
    }

    /** Index of the first value that is not below the bound. */
    private static int lowerBound(double[] sorted, double bound) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (sorted[middle] < bound) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Each box by evenly spaced points of its own, those of values that are not near by one. */
    private void addOutliers(double[] sorted, int first, int end, double loc, double near) {
        for (int i = first, next; i < end; i = next) {
            next = i + 1;
            while (next < end && sorted[next] == sorted[i]) {
                next++;
            }
            int pointsEach = Math.abs(sorted[i] - loc) < near ? OUTLIER_POINTS : 1;
            for (int p = 0; p < pointsEach; p++) {
                add(sorted[i] + ((p + 0.5) / pointsEach - 0.5), (double) (next - i) / pointsEach);
            }
        }
    }

    /** Whole boxes by the bins that the values lie in. */
    private void addBins(double[] sorted, int first, int end, double spacing) {
        for (int i = first, next; i < end; i = next) {
            double bin = Math.floor(sorted[i] / spacing);
            next = i + 1;
            while (next < end && Math.floor(sorted[next] / spacing) == bin) {
                next++;
            }
            add((bin + 0.5) * spacing, next - i);
        }
    }

    /** The number of boxes over each point of a grid, by a sweep from left to right. */
    private void addBoxes(double[] sorted, int first, int end, double spacing, double scale) {
        if (first == end) {
            return;
        }
        long perBox = (long) (1 / spacing);
        double flatFrom = sorted[end - 1] - 0.5 + EDGE * scale;
        double flatTo = sorted[first] + 0.5 - EDGE * scale;
        // Boxes entered are those of sorted[first .. entered), boxes left those of sorted[first .. left).
        int entered = first;
        int left = first;
        long m = firstPoint(sorted[first], spacing);
        while (left < end) {
            while (entered < end && firstPoint(sorted[entered], spacing) <= m) {
                entered++;
            }
            while (left < entered && firstPoint(sorted[left], spacing) + perBox <= m) {
                left++;
            }
            int boxes = entered - left;
            double point = (m + 0.5) * spacing;
            long flat = boxes == end - first && point >= flatFrom ? (long) ((flatTo - point) / spacing) : 0;
            if (flat > FLAT_POINTS) {
                for (int p = 0; p < FLAT_POINTS; p++) {
                    double at = point - spacing / 2 + (p + 0.5) / FLAT_POINTS * flat * spacing;
                    add(at, spacing * boxes * flat / FLAT_POINTS);
                }
                m += flat;
            } else if (boxes > 0) {
                add(point, spacing * boxes);
                m++;
            } else if (entered < end) {
                m = firstPoint(sorted[entered], spacing);
            }
        }
    }

    /** The first m whose point {@code (m + 1/2) spacing} lies in the box of y. */
    private static long firstPoint(double y, double spacing) {
        return (long) Math.ceil((y - 0.5) / spacing - 0.5);
    }

    private void add(double point, double weight) {
        if (size == points.length) {
            points = Arrays.copyOf(points, 2 * size);
            weights = Arrays.copyOf(weights, 2 * size);
        }
        points[size] = point;
        weights[size] = weight;
        size++;
    }

    int size() {
        return size;
    }

    double point(int i) {
        return points[i];
    }

    double weight(int i) {
        return weights[i];
    }
}
