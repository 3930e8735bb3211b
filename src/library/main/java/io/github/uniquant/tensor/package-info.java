/** Shapes and dense row-major tensors: what goes into a model and comes out of it. */
@NullMarked
package io.github.uniquant.tensor;

import org.jspecify.annotations.NullMarked;
