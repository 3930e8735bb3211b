/**
 * Priors from data: the parameters under which a tensor takes the fewest bits. {@link
 * io.github.uniquant.fit.PriorFitter} is where to start.
 */
@NullMarked
package io.github.uniquant.fit;

import org.jspecify.annotations.NullMarked;
