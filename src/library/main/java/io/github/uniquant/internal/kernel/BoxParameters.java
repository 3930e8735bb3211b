package io.github.uniquant.internal.kernel;

import io.github.uniquant.internal.kernel.PriorKernels.Family;

/**
 * Location-scale distributions as kernels of their noisy log-densities want them: what depends on the parameters alone is
 * computed once. With s a scale and w = 1 / s the width of the box in units of it:
 *
 * @param inverse w, at most {@link Double#MAX_VALUE}: scales below its reciprocal count as that
 * @param factor the logarithm of what the mass of a box has as a factor whatever y is: normal {@code w / sqrt(2 pi)}, the
 *     density at the location, which only narrow boxes use; logistic {@code 1 - e^-w}; Laplace {@code (1 - e^-w) / 2}
 * @param shrink {@code w / (e^w - 1)}, what widening the scale takes off {@code log (1 - e^-w)} times the scale; 0 for the
 *     normal distribution, which has no use for it
 * @param series normal: {@link BoxSeries#of}; empty for more than {@link #MOST_SERIES} distributions, whose coefficients are
 *     computed where they are wanted, and for other families
 */
public record BoxParameters(
        Family family, double[] loc, double[] inverse, double[] factor, double[] shrink, double[] series) {
    /** So many distributions take 640 KB of coefficients. */
    static final int MOST_SERIES = 4096;

    private static final double[] NO_SERIES = {};

    /** Those of as many distributions as there are scales. */
    public static BoxParameters of(Family family, double[] loc, double[] scale) {
        double[] inverse = new double[scale.length];
        double[] factor = new double[scale.length];
        double[] shrink = new double[scale.length];
        for (int i = 0; i < scale.length; i++) {
            inverse[i] = inverse(scale[i]);
            factor[i] = factor(family, inverse[i]);
            if (family != Family.NORMAL) {
                double width = Math.min(inverse[i], BoxMath.LIMIT);
                shrink[i] = width / ExactMath.expm1(width);
            }
        }
        boolean keepsSeries = family == Family.NORMAL && scale.length <= MOST_SERIES;
        return new BoxParameters(family, loc, inverse, factor, shrink, keepsSeries ? BoxSeries.of(inverse) : NO_SERIES);
    }

    /** The same distributions again and again. */
    public BoxParameters repeated(int copies) {
        int size = inverse.length;
        return copies == 1
                ? this
                : new BoxParameters(
                        family,
                        repeated(loc, size, copies),
                        repeated(inverse, size, copies),
                        repeated(factor, size, copies),
                        repeated(shrink, size, copies),
                        repeated(series, size, copies));
    }

    /** Repeats each row of so many values. */
    private static double[] repeated(double[] rows, int size, int copies) {
        double[] all = new double[rows.length * copies];
        for (int at = 0, row = 0; row < rows.length; row += size) {
            for (int copy = 0; copy < copies; copy++, at += size) {
                System.arraycopy(rows, row, all, at, size);
            }
        }
        return all;
    }

    /** log P of one value. */
    public double logProb(int at, double y) {
        return BoxMath.logProb(this, at, y);
    }

    private static double inverse(double scale) {
        return Math.min(1 / scale, Double.MAX_VALUE);
    }

    private static double factor(Family family, double inverse) {
        return switch (family) {
            case NORMAL -> ExactMath.log(inverse) - ExactMath.LOG_SQRT_2PI;
            case LOGISTIC -> ExactMath.log1mExp(inverse);
            case LAPLACE -> ExactMath.log1mExp(inverse) - ExactMath.LN2;
        };
    }
}
