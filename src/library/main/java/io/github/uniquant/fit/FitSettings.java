package io.github.uniquant.fit;

/**
 * What a fit of one element depends on, beside its values.
 *
 * @param components of a mixture
 * @param numFilters the widths of a deep factorized density's inner layers
 * @param seed of whatever is drawn: starts of searches, and the halves that a family is chosen with
 */
record FitSettings(Objective objective, int components, int[] numFilters, long seed) {}
