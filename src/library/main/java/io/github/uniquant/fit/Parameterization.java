package io.github.uniquant.fit;

import io.github.uniquant.prior.Prior;

/**
 * A family's priors of one element as a smooth function of unbounded variables of comparable size: what a search by
 * gradients can walk in.
 */
interface Parameterization {
    /** The prior at a point. */
    Prior prior(double[] x);

    /**
     * The chain rule.
     *
     * @param byParameter derivatives by the values of each of the prior's parameters
     * @param byX takes the derivatives by the variables
     */
    void chain(double[] x, double[][] byParameter, double[] byX);
}
