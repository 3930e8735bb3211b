package io.github.uniquant.fit;

import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Variable;
import java.util.Arrays;
import java.util.List;

/** The least code length in a parameterized family, by gradients. */
final class GradientFit implements QuasiNewton.Function {
    private static final int MAX_STEPS = 400;

    /** Variables beyond this are no place to look at: rounding would drown them. */
    private static final double LARGEST_VARIABLE = 1e9;

    private final Parameterization parameterization;
    private final SmoothLength length;
    private final double[] logProb;
    private final double[] weights; // of the points' log-densities in the gradient of the code length
    private final double[] byPoint;
    private final double[][] byParameter;

    GradientFit(Parameterization parameterization, SmoothLength length, List<Variable> parameters) {
        this.parameterization = parameterization;
        this.length = length;
        int points = length.data().points().length;
        this.logProb = new double[points];
        this.weights = new double[points];
        this.byPoint = new double[points];
        this.byParameter = new double[parameters.size()][];
        for (int p = 0; p < byParameter.length; p++) {
            byParameter[p] = new double[parameters.get(p).value().size()];
        }
    }

    /** A prior and its code length, as {@link CodeLength} has it. */
    record Fitted(Prior prior, double nats) {
        Fitted orShorter(Fitted other) {
            return other.nats < nats ? other : this;
        }
    }

    /**
     * Goes down from a start.
     *
     * @param leastGain in nats: what several steps must gain for the search to go on
     */
    static QuasiNewton.Minimum from(
            double[] start, Parameterization parameterization, SmoothLength length, double leastGain) {
        Prior first = parameterization.prior(start);
        GradientFit fit = new GradientFit(parameterization, length, first.parameters());
        return QuasiNewton.minimize(fit, start, MAX_STEPS, leastGain);
    }

    /** Goes down from a start, and on from where that ends with the code length about that place, until it is the same place. */
    static Prior settled(double[] start, Parameterization parameterization, SmoothLength length, double leastGain) {
        SmoothLength about = length;
        double[] x = start;
        for (int round = 1; ; round++) {
            x = from(x, parameterization, about, leastGain).x();
            Prior prior = parameterization.prior(x);
            SmoothLength there = about.about(prior);
            if (there == about || round == SmoothLength.MAX_ROUNDS) {
                return prior;
            }
            about = there;
        }
    }

    @Override
    public double at(double[] x, double[] gradient) {
        for (double variable : x) {
            if (!(Math.abs(variable) <= LARGEST_VARIABLE)) {
                return Double.POSITIVE_INFINITY;
            }
        }
        Prior prior = parameterization.prior(x);
        for (double[] derivatives : byParameter) {
            Arrays.fill(derivatives, 0);
        }
        double nats = length.natsAndGradients(prior, logProb, weights, byPoint, byParameter);
        parameterization.chain(x, byParameter, gradient);
        for (double derivative : gradient) {
            if (!Double.isFinite(derivative)) {
                return Double.POSITIVE_INFINITY;
            }
        }
        return nats;
    }
}
