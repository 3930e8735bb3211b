/**
 * CompressAI's rANS coder: reads and writes its strings. One state of 63 bits, words of 32, and tables of precision 16 whose
 * last cell is the escape; a symbol without a cell takes that one and then groups of 4 bits. A string may go through several
 * sets of tables, one after the other.
 *
 * <p>Invariants: the bytes are CompressAI's for the same tables and symbols, wherever it makes any; a symbol is coded or
 * refused, never changed; a decoder with its sanity check accepts exactly the strings that an encoder writes, and any decoder
 * takes time in proportion to the symbols.
 *
 * <p>Read {@link io.github.uniquant.coder.compressai.CompressAiFormat}, then {@link
 * io.github.uniquant.coder.compressai.CompressAiTables}, the encoder and the decoder. {@code docs/compressai.md} has a
 * string state by state, and the way from a model's tensors to strings.
 */
@NullMarked
package io.github.uniquant.coder.compressai;

import org.jspecify.annotations.NullMarked;
