/**
 * The library's own format, {@code rans-1}: many rANS states, <i>lanes</i>, that share one stack of 16-bit words.
 *
 * <p>A state is a stack of symbols in one integer: coding grows it by what a symbol costs, and its low bits go to the words
 * when it would outgrow 32. So the encoder runs backwards. A unit's tail is coded on lane 0 alone; the other lanes take their
 * start states off it, code the head with it, and give their end states back, so that they cost next to nothing. States
 * below 2^p, <i>young</i> ones, are dealt to the cells in bit-reversed order, so that short units waste nothing either.
 *
 * <p>Invariants: with words on the stack a state is at least 2^16; once at least 2^p, it stays so; it is never 0. The number of
 * lanes and the order of slots and words are format, not hardware: every path makes the same bytes. Tables and plans are
 * immutable and shared; coders are reusable and belong to one thread.
 *
 * <p>Read {@link io.github.uniquant.coder.rans.RansTables} for the order of slots, {@link
 * io.github.uniquant.coder.rans.RansPlan} for the lanes of a unit, then {@link io.github.uniquant.coder.rans.RansEncoder}
 * and {@link io.github.uniquant.coder.rans.RansDecoder}. {@code docs/rans.md} explains, {@code docs/format.md} specifies.
 */
@NullMarked
package io.github.uniquant.coder.rans;

import org.jspecify.annotations.NullMarked;
