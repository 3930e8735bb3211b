package io.github.uniquant.rate;

import io.github.uniquant.tensor.Tensor;

/**
 * What a model estimates of a tensor: the perturbed tensor, of the tensor's own shape and type, and the bits of each
 * coding unit, float64, of the batch shape.
 */
public record RateEstimate(Tensor perturbed, Tensor bits) {
    /** The bits of all coding units together. */
    public double totalBits() {
        return PairwiseSum.of(bits.doubles(), 0, bits.size());
    }
}
