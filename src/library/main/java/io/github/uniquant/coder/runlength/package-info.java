/**
 * TensorFlow Compression's run-length coder: reads and writes its strings. Runs of zeros take one code each; a value that
 * is not zero takes a sign and the code of its magnitude. There are no tables: the codes of the integers are fixed, Elias
 * gamma or Golomb-Rice, so that a string depends on the symbols and the format alone.
 *
 * <p>Invariants: the bytes are upstream's for the same symbols; every int32 has a code; a decoder with
 * its sanity check accepts exactly the strings that an encoder writes, and any decoder takes time in proportion to the symbols and the bytes.
 *
 * <p>Read {@link io.github.uniquant.coder.runlength.IntegerCode}, then {@link
 * io.github.uniquant.coder.runlength.RunLengthFormat}, then the encoder and the decoder. {@code docs/run-length.md} draws
 * the bits.
 */
@NullMarked
package io.github.uniquant.coder.runlength;

import org.jspecify.annotations.NullMarked;
