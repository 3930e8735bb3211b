/**
 * The quantised noise that sender and receiver share. A counter-based generator makes a word of a unit's number and an
 * element's index; the word picks one of N noise levels, and level k has the offset {@code (k + 1) / (N + 1) - 1/2}. Nothing of
 * it travels, and any element's level is reached without the ones before it.
 *
 * <p>Invariants: levels depend on the dither, the unit's number, the element's index and N alone; offsets lie strictly inside
 * (-1/2, 1/2) and are symmetric.
 *
 * <p>Read {@link io.github.uniquant.dither.Dither} for the two ways to draw levels, then {@link
 * io.github.uniquant.dither.NoiseOffsets} for the two ways in which upstream rounds offsets, and on in {@link
 * io.github.uniquant.quantize}.
 */
@NullMarked
package io.github.uniquant.dither;

import org.jspecify.annotations.NullMarked;
