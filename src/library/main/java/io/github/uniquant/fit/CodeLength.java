package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.Prior;

/**
 * The expected code length, in nats, of the dithered data of one prior element.
 *
 * <p>A point t costs {@code -log((P(t) + m E(t)) / (1 + m))}: P is the prior's density, m the objective's escape mass, and {@code E(t) =
 * 1 / (4 (1 + d^2))}, d the distance of t from the data's median, what an escape's gamma code gives to a symbol so far out.
 * So an outlier costs what coding it costs, and not the square of its distance. With m = 0 it is {@code -log P(t)}.
 * As shares of one distribution, P and E never make it less than 0.
 */
final class CodeLength {
    private final Quadrature data;
    private final double escapeMass;
    private final double[] escapes; // m E(t) of each point
    private final double logWhole; // log(1 + m)

    CodeLength(Quadrature data, Objective objective) {
        this.data = data;
        this.escapeMass = objective.escapeMass;
        this.escapes = new double[data.points().length];
        this.logWhole = ExactMath.log1p(objective.escapeMass);
        for (int i = 0; i < escapes.length; i++) {
            double d = data.points()[i] - data.median();
            escapes[i] = escapeMass / (4 * (1 + d * d));
        }
    }

    Quadrature data() {
        return data;
    }

    /**
     * The code length under a prior of one element.
     *
     * @param logProb takes the log-density of each point
     * @param shares takes P / (P + m E) of each point: how much of the prior's gradient counts
     */
    double nats(Prior prior, double[] logProb, double[] shares) {
        double[] points = data.points();
        double[] weights = data.weights();
        prior.logProb(points, 0, 0, points.length, logProb, 0);
        double nats = 0;
        for (int i = 0; i < points.length; i++) {
            double length = -logProb[i];
            shares[i] = 1;
            if (escapes[i] > 0) {
                double prob = ExactMath.exp(logProb[i]);
                double sum = prob + escapes[i];
                length = logWhole - ExactMath.log(sum);
                shares[i] = prob / sum;
            }
            nats += weights[i] * length;
        }
        return nats;
    }

    /**
     * The code length under a prior of one element, and its gradients by the prior's parameters.
     *
     * @param logProb working memory, one for each point, as weights and byPoint
     * @param byParameter as {@link Prior#logProbGradients} has it: gradients are added to what is there
     */
    double natsAndGradients(Prior prior, double[] logProb, double[] weights, double[] byPoint, double[][] byParameter) {
        double[] points = data.points();
        int n = points.length;
        if (escapeMass > 0) {
            // How much of the prior's gradient counts at a point depends on its density there.
            double nats = nats(prior, logProb, weights);
            for (int i = 0; i < n; i++) {
                weights[i] *= -data.weights()[i];
            }
            prior.logProbGradients(points, 0, 0, n, weights, 0, byPoint, 0, byParameter);
            return nats;
        }
        for (int i = 0; i < n; i++) {
            weights[i] = -data.weights()[i];
        }
        prior.logProbAndGradients(points, 0, 0, n, weights, 0, logProb, 0, byPoint, 0, byParameter);
        double nats = 0;
        for (int i = 0; i < n; i++) {
            nats += weights[i] * logProb[i];
        }
        return nats;
    }
}
