package io.github.uniquant.fit;

import java.util.Arrays;

/**
 * A quadrature of the density that dithered data have: each value y, spread evenly over [y - 1/2, y + 1/2], as weights at
 * points. The sum of {@code weight * f(point)} stands for the sum over the data of the mean of {@code f(y + u)}, u uniform
 * on (-1/2, 1/2).
 *
 * <p>Values are first gathered in cells, narrow where they are dense: a cell is as wide as {@code 1 / resolution} of the
 * data's spread, farther out of its distance from the median, and holds a limited share of the values unless they are
 * equal. The values of a cell wider than the box are spread over it as a few: at single points far apart, a prior could
 * have spikes that the data do not have. The density of the cells' boxes is constant between the boxes' ends, and each such interval is one point, a long
 * one a few. So the cost depends on the resolution and hardly on the number of values, and data whose spread is far below
 * the box's width, or far above, need no rule of their own.
 */
final class Quadrature {
    /** For families of few, well-determined parameters. */
    static final int FINE = 64;

    /** For families whose evaluation is expensive. */
    static final int COARSE = 24;

    /** Intervals are cut to this length, or to this many cells' widths where those are wide. */
    private static final double LONGEST = 0.125;

    private static final int LONGEST_CELLS = 4;

    /** A cell wider than the box is spread over so many places at most. */
    private static final int MOST_PLACES = 4;

    /** A cell holds at most one of this many parts of the values, in units of the resolution. */
    private static final int PARTS = 4;

    private final int resolution;
    private final double median;
    private final double spread;
    private final double leastWidth;

    private double[] centres = {};
    private double[] extents = {};
    private double[] points = new double[512];
    private double[] weights = new double[512];
    private int size;

    private Quadrature(Histogram.View data, int resolution, double leastScale) {
        this.resolution = resolution;
        this.median = data.quartile(2);
        this.spread = (data.quartile(3) - data.quartile(1)) / 2;
        this.leastWidth = leastScale / 4;
    }

    /**
     * A quadrature of the values of one prior element, of which there must be one.
     *
     * @param leastScale the least scale of a prior: what is closer together than a part of it is taken as equal
     */
    static Quadrature of(Histogram.View data, int resolution, double leastScale) {
        Quadrature quadrature = new Quadrature(data, resolution, leastScale);
        double[] counts = quadrature.gather(data);
        quadrature.addIntervals(counts);
        quadrature.points = Arrays.copyOf(quadrature.points, quadrature.size);
        quadrature.weights = Arrays.copyOf(quadrature.weights, quadrature.size);
        return quadrature;
    }

    /** The width of a cell at x. */
    private double width(double x) {
        return Math.max(Math.max(spread, Math.abs(x - median)) / resolution, leastWidth);
    }

    /** Gathers values in cells, each about the mean of its values; returns the cells' counts. */
    private double[] gather(Histogram.View data) {
        double[] values = data.values();
        double[] counts = new double[values.length];
        centres = new double[values.length];
        extents = new double[values.length];
        long most = data.total() / ((long) PARTS * resolution);
        int cells = 0;
        for (int i = 0; i < values.length; ) {
            double first = values[i];
            double width = width(first);
            long count = data.counts()[i];
            double excess = 0; // of the values above the first, which may be far from 0
            int next = i + 1;
            while (next < values.length
                    && values[next] - first <= width
                    && (count + data.counts()[next] <= most || values[next] - first <= leastWidth)) {
                count += data.counts()[next];
                excess += data.counts()[next] * (values[next] - first);
                next++;
            }
            double extent = values[next - 1] - first;
            double mean = excess / count;
            double half = Math.min(mean, extent - mean); // within the cell, so that places stay in order
            int places = (int) Math.clamp(Math.ceil(extent), 1, Math.min(MOST_PLACES, next - i));
            for (int p = 0; p < places; p++) {
                centres[cells] = first + mean + (2 * (p + 0.5) / places - 1) * half;
                extents[cells] = extent;
                counts[cells] = (double) count / places;
                cells++;
            }
            i = next;
        }
        centres = Arrays.copyOf(centres, cells);
        extents = Arrays.copyOf(extents, cells);
        return Arrays.copyOf(counts, cells);
    }

    /** Sweeps over the ends of the cells' boxes from left to right. */
    private void addIntervals(double[] counts) {
        int cells = centres.length;
        // Boxes entered are those of centres[0 .. entered), boxes left those of centres[0 .. left).
        int entered = 0;
        int left = 0;
        double inside = 0;
        double from = 0;
        while (left < cells) {
            double enter = entered < cells ? centres[entered] - 0.5 : Double.POSITIVE_INFINITY;
            double leave = centres[left] + 0.5;
            double to = Math.min(enter, leave);
            if (entered > left) {
                addInterval(from, to, inside);
            }
            from = to;
            if (enter <= leave) {
                inside += counts[entered++];
            } else {
                inside -= counts[left++];
            }
        }
    }

    private void addInterval(double from, double to, double density) {
        double length = to - from;
        if (!(length > 0)) {
            return;
        }
        double longest = Math.max(LONGEST, LONGEST_CELLS * width(from + length / 2));
        int pieces = (int) Math.min(Math.ceil(length / longest), 1 / LONGEST);
        for (int p = 0; p < pieces; p++) {
            add(from + (p + 0.5) / pieces * length, density * length / pieces);
        }
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

    /** Where the function is to be taken. Not to be changed. */
    double[] points() {
        return points;
    }

    /** How much each point counts: as many values in all as there are. Not to be changed. */
    double[] weights() {
        return weights;
    }

    /** How far apart the values of the cell nearest to x are. */
    double extent(double x) {
        int next = Arrays.binarySearch(centres, x);
        if (next < 0) {
            next = ~next;
            boolean previous = next == centres.length || next > 0 && x - centres[next - 1] < centres[next] - x;
            next -= previous ? 1 : 0;
        }
        return extents[next];
    }

    double median() {
        return median;
    }

    double spread() {
        return spread;
    }
}
