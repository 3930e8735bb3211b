/**
 * Shapes and dense row-major tensors: what goes into a model and comes out of it. A {@link io.github.uniquant.tensor.Tensor}
 * is a shape, an {@link io.github.uniquant.tensor.ElementType} and a Java array of that type; the half types are arrays of
 * their bits. A {@link io.github.uniquant.tensor.Variable} is a tensor with a name.
 *
 * <p>Invariants: the array has as many elements as the shape says, the last dimension running fastest; dimensions of 0 and
 * rank 0 are valid.
 *
 * <p>Read {@link io.github.uniquant.tensor.Shape}, then {@link io.github.uniquant.tensor.Tensor}.
 */
@NullMarked
package io.github.uniquant.tensor;

import org.jspecify.annotations.NullMarked;
