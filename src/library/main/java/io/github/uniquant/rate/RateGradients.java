package io.github.uniquant.rate;

import io.github.uniquant.tensor.Tensor;
import java.util.List;

/**
 * Gradients of a weighted sum of bits.
 *
 * @param bottleneck by the tensor that was perturbed, of its shape and type
 * @param parameters by the prior's parameters, each of its parameter's shape and type
 */
public record RateGradients(Tensor bottleneck, List<Tensor> parameters) {}
