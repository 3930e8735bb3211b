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
    private final CodeLength length;
    private final double[] logProb;
    private final double[] weights; // of the points' log-densities in the gradient of the code length
    private final double[] byPoint;
    private final double[][] byParameter;

    GradientFit(Parameterization parameterization, CodeLength length, List<Variable> parameters) {
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

    /** A prior and its code length. */
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
    static Fitted from(double[] start, Parameterization parameterization, CodeLength length, double leastGain) {
        Prior first = parameterization.prior(start);
        GradientFit fit = new GradientFit(parameterization, length, first.parameters());
        QuasiNewton.Minimum minimum = QuasiNewton.minimize(fit, start, MAX_STEPS, leastGain);
        return new Fitted(parameterization.prior(minimum.x()), minimum.value());
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
