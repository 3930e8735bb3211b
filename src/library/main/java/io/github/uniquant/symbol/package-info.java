/**
 * Integer symbols to the cells of a table and what lies outside them, and back: a symbol without a cell of its own takes
 * the overflow cell, and its distance from the table an Elias gamma code with a sign.
 *
 * <p>Invariant: every int32 symbol has exactly one code under every table with overflow, and its distance fits 32 bits.
 *
 * <p>Read {@link io.github.uniquant.symbol.OverflowCode}; the coders say how they write those bits.
 */
@NullMarked
package io.github.uniquant.symbol;

import org.jspecify.annotations.NullMarked;
