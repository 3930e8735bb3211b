/** Runs the library against vectors that TensorFlow Compression made; {@code golden/README.md} in the test resources says how. */
@NullMarked
package io.github.uniquant.golden;

import org.jspecify.annotations.NullMarked;
