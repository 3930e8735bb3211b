/**
 * The command line: {@code .npy} files in, models, compressed tensors and bare strings out, and back. A thin caller of the
 * library; {@link io.github.uniquant.cli.Main} is where it starts.
 */
@NullMarked
package io.github.uniquant.cli;

import org.jspecify.annotations.NullMarked;
