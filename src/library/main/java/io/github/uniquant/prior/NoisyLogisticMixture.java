package io.github.uniquant.prior;

import io.github.uniquant.tensor.Tensor;

/** A batch of mixtures of logistic distributions with additive uniform noise. */
public final class NoisyLogisticMixture extends NoisyMixture {
    private NoisyLogisticMixture(Tensor loc, Tensor scale, Tensor weight) {
        super(Standard.LOGISTIC, loc, scale, weight);
    }

    /**
     * A prior of the type of its parameters, which have the prior's shape and a last axis of components.
     *
     * @param loc locations, finite
     * @param scale scales, finite and larger than 0
     * @param weight weights, at least 0 and adding up to 1, within 1e-5, along the last axis
     */
    public static NoisyLogisticMixture of(Tensor loc, Tensor scale, Tensor weight) {
        return new NoisyLogisticMixture(loc, scale, weight);
    }

    @Override
    Prior with(Tensor loc, Tensor scale, Tensor weight) {
        return of(loc, scale, weight);
    }

    @Override
    public String family() {
        return "NoisyLogisticMixture";
    }
}
