/**
 * Noisy distributions: densities of a base variable plus uniform noise of unit width, {@code P(y) = c(y + 1/2) - c(y -
 * 1/2)}. That is at once the density of a dithered value and the probability of the integer cell around y, so one function
 * serves estimates and tables.
 *
 * <p>Invariants: arithmetic is in doubles, of operations that have the same bits on every machine; logarithms stay finite far
 * beyond where densities underflow; priors are immutable.
 *
 * <p>Read {@link io.github.uniquant.prior.Prior}, then a family such as {@link io.github.uniquant.prior.NoisyNormal}. For a
 * distribution of your own, implement {@link io.github.uniquant.prior.BaseDistribution} and wrap it in {@link
 * io.github.uniquant.prior.NoisyPrior}.
 */
@NullMarked
package io.github.uniquant.prior;

import org.jspecify.annotations.NullMarked;
