package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.Prior;

/**
 * The code length as searches see it: smooth in the prior's parameters, in nats, for priors about one place.
 *
 * <p>A point t costs {@code -log(P(t) + m E(t))}: P is the prior's density, m the objective's escape mass, and {@code E(t) = 1 / (4 (1 +
 * r^2 + d^2))}, d the distance of t from the median c of the priors that are looked for and r half the distance of their
 * quartiles. So an outlier costs about what coding it costs, and not the square of its distance, and within the prior E is
 * far below P. With m = 0 it is {@code -log P(t)}.
 *
 * <p>c and r stay as they are during a search: the gradient is that of P alone. Where the search ends elsewhere, another one
 * follows, about that place. {@link CodeLength} compares what they found.
 */
final class SmoothLength {
    /** Of searches one after another, each about where the last one ended. */
    static final int MAX_ROUNDS = 4;

    /** Distances below a part of the box's width make no difference. */
    private static final double NEAR = 0.5;

    private final Quadrature data;
    private final Objective objective;
    private final double median;
    private final double reach;
    private final double[] escapes; // m E(t) of each point

    /**
     * @param median where the priors lie
     * @param reach half the distance of their quartiles, about
     */
    SmoothLength(Quadrature data, Objective objective, double median, double reach) {
        this.data = data;
        this.objective = objective;
        this.median = median;
        this.reach = reach;
        this.escapes = new double[data.points().length];
        for (int i = 0; i < escapes.length; i++) {
            double d = data.points()[i] - median;
            escapes[i] = objective.escapeMass / (4 * (1 + reach * reach + d * d));
        }
    }

    Quadrature data() {
        return data;
    }

    /** The code length about another place; this one where the two are nearly the same. */
    SmoothLength about(double newMedian, double newReach) {
        return objective.escapeMass == 0 || same(median, reach, newMedian, newReach)
                ? this
                : new SmoothLength(data, objective, newMedian, newReach);
    }

    /** Whether a search about one place does for the other. */
    static boolean same(double median, double reach, double newMedian, double newReach) {
        double here = reach + NEAR;
        double there = newReach + NEAR;
        return Math.abs(newMedian - median) <= there && here <= 2 * there && there <= 2 * here;
    }

    /** The code length about a prior of one element. */
    SmoothLength about(Prior prior) {
        double lower = prior.base().quantile(0, 0.25);
        double upper = prior.base().upperQuantile(0, 0.25);
        return about(prior.base().quantile(0, 0.5), (upper - lower) / 2);
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
                length = -ExactMath.log(sum);
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
        if (objective.escapeMass > 0) {
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
