/**
 * What every entropy coder here does: symbols and table indexes to bytes, and back, in bulk. A coder sees integers only,
 * never a distribution.
 *
 * <p>Invariants: decoding inverts encoding and says how many bytes it used; an encoder never writes beyond its limit; damaged
 * bytes are a {@link io.github.uniquant.coder.MalformedBitstreamException} or wrong symbols, and nothing else.
 *
 * <p>Read {@link io.github.uniquant.coder.SymbolEncoder} and {@link io.github.uniquant.coder.SymbolDecoder}; the coders lie in
 * the packages below, {@link io.github.uniquant.coder.rans}, {@link io.github.uniquant.coder.range} and {@link
 * io.github.uniquant.coder.compressai}; {@link io.github.uniquant.coder.runlength} has one without tables.
 */
@NullMarked
package io.github.uniquant.coder;

import org.jspecify.annotations.NullMarked;
