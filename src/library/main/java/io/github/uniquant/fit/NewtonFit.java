package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import java.util.ArrayList;
import java.util.List;

/**
 * The locations and scales at which the code length for the values of one prior element is least. Found by Newton's method
 * with damping, from the data's moments and, where those differ much, from their quartiles and from the shortest
 * interval with half of them. (A prior that leaves more than half of the values to escapes takes more than a wide
 * one: of a value at distance d, twice log2 d instead of once.)
 */
final class NewtonFit {
    private static final int MAX_STEPS = 100;

    /** Steps are cut to this many scales, and to this change of the scale's logarithm. */
    private static final double MAX_STEP = 1.5;

    /** A step that should gain less than this, in nats a value, is the last. */
    private static final double LEAST_GAIN = 1e-12;

    private static final double MAX_DAMPING = 1e12;

    private final LocationScaleFamily family;
    private final Quadrature data;
    private final Objective objective;
    private final double leastScale;
    private final double leastGain;
    private final List<NewtonPoint> found = new ArrayList<>();

    private NewtonFit(
            LocationScaleFamily family, Quadrature data, Objective objective, double leastScale, double leastGain) {
        this.family = family;
        this.data = data;
        this.objective = objective;
        this.leastScale = leastScale;
        this.leastGain = leastGain;
    }

    /** The places found for values that differ, at least one, none twice; which is best is for {@link CodeLength} to say. */
    static List<NewtonPoint> of(
            LocationScaleFamily family,
            Histogram.View values,
            Quadrature data,
            Objective objective,
            double leastScale) {
        NewtonFit fit = new NewtonFit(family, data, objective, leastScale, LEAST_GAIN * values.total());
        double median = data.median();
        double spread = data.spread();
        double mean = mean(values, median);
        double deviation = deviation(values, mean);
        double[] half = values.shortestHalf();
        double middle = half[0] + (half[1] - half[0]) / 2;
        double reach = (half[1] - half[0]) / 2;
        if (reach < 0.4 * deviation || Math.abs(middle - mean) > deviation / 2) {
            fit.search(middle, reach); // first: exactly where constant values among others are
        }
        if (spread < 0.4 * deviation) {
            fit.search(median, spread);
        }
        fit.search(mean, 0.7 * deviation);
        return fit.found;
    }

    /** Searches from a start, and on from where that ends with the code length about that place, until it is the same. */
    private void search(double loc, double scale) {
        SmoothLength about = new SmoothLength(data, objective, loc, Math.max(scale, leastScale));
        NewtonPoint point = new NewtonPoint(about, family, loc, Math.max(scale, leastScale));
        for (int round = 1; ; round++) {
            point = minimum(about, family, point, leastScale, leastGain);
            SmoothLength there = about.about(point.loc, point.scale);
            if (there == about || round == SmoothLength.MAX_ROUNDS) {
                break;
            }
            about = there;
            point = new NewtonPoint(about, family, point.loc, point.scale);
        }
        for (NewtonPoint other : found) {
            if (SmoothLength.same(other.loc, other.scale, point.loc, point.scale)) {
                return;
            }
        }
        found.add(point);
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
            SmoothLength length, LocationScaleFamily family, NewtonPoint start, double leastScale, double leastGain) {
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
