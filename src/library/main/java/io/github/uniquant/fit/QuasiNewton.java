package io.github.uniquant.fit;

/**
 * The method of Broyden, Fletcher, Goldfarb and Shanno: finds a local minimum of a smooth function of a few dozen variables
 * from its gradients alone. Every step is the same on every machine.
 *
 * <p>Notation as in Nocedal and Wright, "Numerical Optimization" (2006), chapter 6: H the approximate inverse of the
 * Hessian, p the search direction, s a step and y the change of the gradient along it.
 */
final class QuasiNewton {
    /** A step must gain this share of what the gradient promises, and leave at most this share of the slope. */
    private static final double SUFFICIENT_DECREASE = 1e-4;

    private static final double SUFFICIENT_FLATTENING = 0.9;

    private static final int MAX_TRIALS = 24;

    /** So many steps in a row must gain something worth while. */
    private static final int PATIENCE = 8;

    private final Function function;
    private final int n;
    private final double[] x;
    private final double[] gradient;
    private double value;

    private final double[] inverse; // H, row by row
    private final double[] direction;
    private final double[] trial;
    private final double[] trialGradient;
    private double trialValue;

    /** A function and its gradient. */
    interface Function {
        /** The value at x; writes the gradient. A value that is not finite is a point to stay away from. */
        double at(double[] x, double[] gradient);
    }

    /** A point and the function's value there. */
    record Minimum(double[] x, double value) {}

    private QuasiNewton(Function function, double[] start) {
        this.function = function;
        this.n = start.length;
        this.x = start.clone();
        this.gradient = new double[n];
        this.inverse = new double[n * n];
        this.direction = new double[n];
        this.trial = new double[n];
        this.trialGradient = new double[n];
        this.value = function.at(x, gradient);
    }

    /**
     * Goes down from a start.
     *
     * @param maxSteps steps at most
     * @param leastGain where {@link #PATIENCE} steps gained less than this in all, the last was the last
     */
    static Minimum minimize(Function function, double[] start, int maxSteps, double leastGain) {
        QuasiNewton search = new QuasiNewton(function, start);
        search.run(maxSteps, leastGain);
        return new Minimum(search.x, search.value);
    }

    private void run(int maxSteps, double leastGain) {
        if (!Double.isFinite(value)) {
            return;
        }
        boolean steepest = true;
        double[] before = new double[PATIENCE];
        for (int step = 0; step < maxSteps; step++) {
            if (step >= PATIENCE && !(before[step % PATIENCE] - value > leastGain)) {
                return;
            }
            before[step % PATIENCE] = value;
            if (steepest) {
                resetInverse();
            }
            double slope = chooseDirection();
            if (!(slope < 0) || !search(slope)) {
                if (steepest) {
                    return;
                }
                steepest = true; // the approximation has gone astray: begin it anew
                continue;
            }
            update(steepest);
            steepest = false;
        }
    }

    /** H = I / |gradient|: the first step is of length 1 at most. */
    private void resetInverse() {
        double norm = Math.sqrt(dot(gradient, gradient));
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                inverse[i * n + j] = i == j ? 1 / Math.max(norm, 1) : 0;
            }
        }
    }

    /** p = -H gradient; returns the slope along p. */
    private double chooseDirection() {
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += inverse[i * n + j] * gradient[j];
            }
            direction[i] = -sum;
        }
        return dot(direction, gradient);
    }

    /** Looks along p for a point that is lower enough and flat enough, by interpolation and bisection of a bracket. */
    private boolean search(double slope) {
        double low = 0;
        double lowValue = value;
        double lowSlope = slope;
        double high = Double.POSITIVE_INFINITY;
        double t = 1;
        for (int i = 0; i < MAX_TRIALS; i++) {
            double trialSlope = tryStep(t);
            if (!(trialValue <= value + SUFFICIENT_DECREASE * t * slope) || trialValue > lowValue) {
                high = t;
                // The parabola through the lower end, with its slope, and this point.
                double width = t - low;
                double curvature = 2 * (trialValue - lowValue - lowSlope * width) / (width * width);
                double vertex = -lowSlope / curvature;
                t = low + (vertex > 0 ? Math.min(Math.max(vertex, 0.1 * width), 0.5 * width) : 0.5 * width);
            } else if (trialSlope < SUFFICIENT_FLATTENING * slope) {
                low = t;
                lowValue = trialValue;
                lowSlope = trialSlope;
                t = high == Double.POSITIVE_INFINITY ? 3 * t : low + (high - low) / 2;
            } else {
                return true;
            }
        }
        if (low > 0) {
            tryStep(low);
            return true;
        }
        return false;
    }

    /** Goes t times p from x; returns the slope there. */
    private double tryStep(double t) {
        for (int i = 0; i < n; i++) {
            trial[i] = x[i] + t * direction[i];
        }
        trialValue = function.at(trial, trialGradient);
        return dot(direction, trialGradient);
    }

    /** Takes the step to the trial point and corrects H by what the gradient did along it. */
    private void update(boolean first) {
        double[] s = direction; // of no other use from here on
        double[] y = trial;
        for (int i = 0; i < n; i++) {
            s[i] = trial[i] - x[i];
            x[i] = trial[i];
            y[i] = trialGradient[i] - gradient[i];
            gradient[i] = trialGradient[i];
        }
        value = trialValue;
        double sy = dot(s, y);
        double yy = dot(y, y);
        if (!(sy > 1e-12 * Math.sqrt(yy * dot(s, s)))) {
            return; // not convex here: H would lose its positivity
        }
        if (first) {
            for (int i = 0; i < n; i++) {
                inverse[i * n + i] = sy / yy;
            }
        }
        // H := (I - s y'/sy) H (I - y s'/sy) + s s'/sy
        double[] hy = trialGradient;
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += inverse[i * n + j] * y[j];
            }
            hy[i] = sum;
        }
        double factor = (1 + dot(y, hy) / sy) / sy;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                inverse[i * n + j] += factor * (s[i] * s[j]) - (hy[i] * s[j] + s[i] * hy[j]) / sy;
            }
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
