package io.github.uniquant;

import io.github.uniquant.tensor.Tensor;

/**
 * What a model without tables says of a tensor: the quantised tensor, of the tensor's own shape and type, and the penalty
 * of each coding unit, float64, of the batch shape. The penalty is no number of bits: it falls with them.
 */
public record PenaltyEstimate(Tensor quantized, Tensor penalty) {}
