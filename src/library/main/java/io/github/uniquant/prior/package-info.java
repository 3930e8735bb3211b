/** Noisy distributions: densities of a base variable plus uniform noise of unit width. */
@NullMarked
package io.github.uniquant.prior;

import org.jspecify.annotations.NullMarked;
