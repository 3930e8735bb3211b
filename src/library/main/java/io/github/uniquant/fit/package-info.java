/**
 * Priors from data: the parameters under which tensors take the fewest bits. Values become histograms, histograms points of
 * a quadrature over values and noise, and those a prior: by Newton's method for location-scale families, by a quasi-Newton
 * search on exact gradients for mixtures and deep factorized densities.
 *
 * <p>Invariants: parameters depend on values, settings and seed only, to the last bit; an element's fit does not depend on
 * the others'.
 *
 * <p>Start with {@link io.github.uniquant.fit.PriorFitter}, and {@link io.github.uniquant.fit.Samples} for a stream.
 */
@NullMarked
package io.github.uniquant.fit;

import org.jspecify.annotations.NullMarked;
