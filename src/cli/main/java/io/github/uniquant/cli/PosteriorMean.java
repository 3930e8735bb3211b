package io.github.uniquant.cli;

import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.tensor.Tensor;

/**
 * The best guess at values from their dithered reconstruction. A reconstruction is the value plus noise that is uniform
 * on (-1/2, 1/2), so the value is distributed as the prior without its noise, cut to that interval around the
 * reconstruction; its mean has the least expected square error. Where a prior is much narrower than a step, as in smooth
 * parts of a picture, this takes nearly all of the noise away.
 */
final class PosteriorMean {
    private static final int PARTS = 32;

    private PosteriorMean() {}

    /**
     * The means of values given their reconstructions.
     *
     * @param prior the prior without its noise; elements of the tensor take its elements in turn
     * @param decoded reconstructions in units of the step, float32
     */
    static Tensor of(BaseDistribution prior, Tensor decoded) {
        int priors = (int) prior.shape().elements();
        float[] means = new float[decoded.size()];
        for (int i = 0; i < means.length; i++) {
            means[i] = (float) mean(prior, i % priors, decoded.get(i));
        }
        return Tensor.of(decoded.shape(), means);
    }

    /** The mean of the prior on (x - 1/2, x + 1/2): of the masses of equal parts, each taken to be in its middle. */
    private static double mean(BaseDistribution prior, int element, double x) {
        boolean upper = prior.cdf(element, x) > 0.5; // the tail that is accurate there
        double mass = 0;
        double moment = 0;
        double before = tail(prior, element, x - 0.5, upper);
        for (int part = 1; part <= PARTS; part++) {
            double after = tail(prior, element, x - 0.5 + (double) part / PARTS, upper);
            double partMass = Math.abs(after - before);
            mass += partMass;
            moment += partMass * ((part - 0.5) / PARTS - 0.5);
            before = after;
        }
        return mass > 0 ? x + moment / mass : x;
    }

    private static double tail(BaseDistribution prior, int element, double x, boolean upper) {
        return upper ? prior.survival(element, x) : prior.cdf(element, x);
    }
}
