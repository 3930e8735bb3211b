/** The cost of a tensor under a prior, in bits. */
@NullMarked
package io.github.uniquant.rate;

import org.jspecify.annotations.NullMarked;
