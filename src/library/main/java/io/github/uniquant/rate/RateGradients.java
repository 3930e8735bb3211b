package io.github.uniquant.rate;

import io.github.uniquant.tensor.Tensor;
import java.util.List;

/**
 * Gradients of a weighted sum of bits.
 *
 * <p>In an indexed model the prior is that of the tensor's elements, which its function gives or a look-up makes: gradients
 * by its parameters are by element, for the caller to carry on to what they were made of.
 *
 * @param bottleneck by the tensor that was perturbed, of its shape and type
 * @param parameters by the prior's parameters, each of its parameter's shape and type
 */
public record RateGradients(Tensor bottleneck, List<Tensor> parameters) {}
