/** TensorFlow Compression's range coder: reads and writes its strings. */
@NullMarked
package io.github.uniquant.coder.range;

import org.jspecify.annotations.NullMarked;
