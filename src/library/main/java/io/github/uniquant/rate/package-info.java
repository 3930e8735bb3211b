/**
 * The cost of a tensor under a prior, in bits: the sum of {@code -log2 P} over each coding unit, of values with fresh noise
 * or with the coded dither. A Laplace tail may augment the prior, so that outliers keep a cost of about {@code |y| / ln 2}.
 *
 * <p>Invariants: one float64 for each coding unit; sums run in one fixed order, so that an estimate has the same bits on every
 * path. Estimates change neither tables nor strings.
 *
 * <p>Read {@link io.github.uniquant.rate.RateEstimator}; {@link io.github.uniquant.rate.RateEstimate} is what it gives,
 * with gradients by tensor and parameters.
 */
@NullMarked
package io.github.uniquant.rate;

import org.jspecify.annotations.NullMarked;
