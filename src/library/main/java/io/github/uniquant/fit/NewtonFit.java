package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;

/**
 * The location and scale with the least code length for the values of one prior element. Found by Newton's method with
 * damping, from starting values of the data's moments and, where those differ much, of their quartiles.
 */
final class NewtonFit {
    private static final int MAX_STEPS = 100;

    /** Steps are cut to this many scales, and to this change of the scale's logarithm. */
    private static final double MAX_STEP = 1.5;

    /** A step that should gain less than this, in nats a value, is the last. */
    private static final double LEAST_GAIN = 1e-12;

    private static final double MAX_DAMPING = 1e12;

    private NewtonFit() {}

    /** Fits a family to values that differ. */
    static NewtonPoint of(LocationScaleFamily family, Histogram.View values, CodeLength length, double leastScale) {
        double median = length.data().median();
        double spread = length.data().spread();
        double mean = mean(values, median);
        double deviation = deviation(values, mean);
        double leastGain = LEAST_GAIN * values.total();
        NewtonPoint moments = new NewtonPoint(length, family, mean, Math.max(0.7 * deviation, leastScale));
        NewtonPoint best = minimum(length, family, moments, leastScale, leastGain);
        if (spread < 0.4 * deviation) {
            NewtonPoint quartiles = new NewtonPoint(length, family, median, Math.max(spread, leastScale));
            NewtonPoint other = minimum(length, family, quartiles, leastScale, leastGain);
            return other.nats < best.nats ? other : best;
        }
        return best;
    }

    private static double mean(Histogram.View values, double median) {
        double sum = 0;
        for (int i = 0; i < values.values().length; i++) {
            sum += values.counts()[i] * (values.values()[i] - median);
        }
        return median + sum / values.total();
    }

    private static double deviation(Histogram.View values, double mean) {
        double sum = 0;
        for (int i = 0; i < values.values().length; i++) {
            double d = values.values()[i] - mean;
            sum += values.counts()[i] * (d * d);
        }
        return Math.sqrt(sum / values.total());
    }

    /** Newton's method, damped so that each step taken gains something. */
    static NewtonPoint minimum(
            CodeLength length, LocationScaleFamily family, NewtonPoint start, double leastScale, double leastGain) {
        NewtonPoint best = start;
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
            if (!(gain > leastGain)) {
                break;
            }
            double cut = MAX_STEP / Math.max(MAX_STEP, Math.max(Math.abs(stepLoc), Math.abs(stepScale)));
            double loc = best.loc + best.scale * (stepLoc * cut);
            double scale = Math.max(best.scale * ExactMath.exp(stepScale * cut), leastScale);
            NewtonPoint trial = new NewtonPoint(length, family, loc, scale);
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
