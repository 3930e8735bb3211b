package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;

/**
 * The location and scale with the least code length for the values of one prior element, and that code length in nats.
 * Found by Newton's method with damping, from starting values of the data's moments and, where those differ much, of their
 * quartiles; the quadrature is made anew until it suits the scale that was found with it.
 */
record ElementFit(double loc, double scale, double nats) {
    private static final int MAX_QUADRATURES = 12;
    private static final int MAX_STEPS = 100;

    /** Steps are cut to this many scales, and to this change of the scale's logarithm. */
    private static final double MAX_STEP = 1.5;

    /** A step that should gain less than this, in nats a value, is the last. */
    private static final double LEAST_GAIN = 1e-12;

    private static final double MAX_DAMPING = 1e12;

    /**
     * Fits a family to values.
     *
     * @param sorted the values, ascending
     * @param leastScale the least scale to give: that of constant values
     */
    static ElementFit of(Family family, double[] sorted, double leastScale) {
        int n = sorted.length;
        if (n == 0) {
            return new ElementFit(0, 1, 0);
        }
        double median = quantile(sorted, 2);
        if (sorted[0] == sorted[n - 1]) {
            NoisyData data = NoisyData.of(sorted, median, leastScale);
            return new ElementFit(median, leastScale, CodeLength.of(data, median, family, median, leastScale).nats);
        }
        double mean = mean(sorted);
        double deviation = deviation(sorted, mean);
        ElementFit fit = from(family, sorted, median, mean, Math.max(0.7 * deviation, leastScale), leastScale);
        double quartiles = (quantile(sorted, 3) - quantile(sorted, 1)) / 2;
        if (quartiles < 0.4 * deviation) {
            ElementFit other = from(family, sorted, median, median, Math.max(quartiles, leastScale), leastScale);
            return other.nats < fit.nats ? other : fit;
        }
        return fit;
    }

    /** The value at {@code quarters} quarters of the way. */
    private static double quantile(double[] sorted, int quarters) {
        long twice = (sorted.length - 1L) * quarters / 2;
        int low = (int) (twice / 2);
        int high = (int) ((twice + 1) / 2);
        return sorted[low] + (sorted[high] - sorted[low]) / 2;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double deviation(double[] values, double mean) {
        double sum = 0;
        for (double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return Math.sqrt(sum / values.length);
    }

    private static ElementFit from(
            Family family, double[] sorted, double median, double startLoc, double startScale, double leastScale) {
        double loc = startLoc;
        double scale = startScale;
        for (int i = 0; ; i++) {
            NoisyData data = NoisyData.of(sorted, loc, scale);
            CodeLength least = minimum(data, median, family, loc, scale, leastScale, sorted.length);
            boolean suits =
                    least.scale > 0.7 * scale && least.scale < 1.5 * scale && Math.abs(least.loc - loc) < 2 * scale;
            if (suits || i == MAX_QUADRATURES) {
                return new ElementFit(least.loc, least.scale, least.nats);
            }
            loc = least.loc;
            scale = least.scale;
        }
    }

    /** Newton's method on one quadrature, damped so that each step taken gains something. */
    private static CodeLength minimum(
            NoisyData data,
            double median,
            Family family,
            double startLoc,
            double startScale,
            double leastScale,
            int count) {
        CodeLength best = CodeLength.of(data, median, family, startLoc, startScale);
        double damping = 0;
        for (int i = 0; i < MAX_STEPS && damping <= MAX_DAMPING; i++) {
            boolean atLeastScale = best.scale <= leastScale && best.byScale >= 0;
            double unit = (Math.abs(best.byLocLoc) + Math.abs(best.byScaleScale)) / 2;
            double a = best.byLocLoc + damping * unit;
            double c = best.byScaleScale + damping * unit;
            double b = atLeastScale ? 0 : best.byLocScale;
            double h = atLeastScale ? 0 : best.byScale;
            double g = best.byLoc;
            double determinant = a * c - b * b;
            if (!(a > 0 && (atLeastScale || determinant > 0 && c > 0))) {
                damping = damped(damping);
                continue;
            }
            double stepLoc = atLeastScale ? -g / a : (b * h - c * g) / determinant;
            double stepScale = atLeastScale ? 0 : (b * g - a * h) / determinant;
            double gain = -(g * stepLoc + h * stepScale) / 2;
            if (!(gain > LEAST_GAIN * count)) {
                break;
            }
            double cut = MAX_STEP / Math.max(MAX_STEP, Math.max(Math.abs(stepLoc), Math.abs(stepScale)));
            double loc = best.loc + best.scale * (stepLoc * cut);
            double scale = Math.max(best.scale * ExactMath.exp(stepScale * cut), leastScale);
            CodeLength trial = CodeLength.of(data, median, family, loc, scale);
            if (trial.nats < best.nats) {
                best = trial;
                damping = damping < 1e-3 ? 0 : damping / 8;
            } else {
                damping = damped(damping);
            }
        }
        return best;
    }

    private static double damped(double damping) {
        return Math.max(1e-3, 4 * damping);
    }
}
