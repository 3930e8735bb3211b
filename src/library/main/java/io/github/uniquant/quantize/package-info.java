/**
 * Dithered quantisation: values and offsets to integer symbols, {@code s = round(y - o)}, and back, {@code s + o}.
 *
 * <p>Invariants: ties go to even; each operation rounds once to the bottleneck's type (the half types compute in float32 and
 * round once); so {@code |y - (s + o)| <= 1/2} up to that rounding. NaN, infinities, and what an int32 or a half type's exact
 * integers cannot hold are refused.
 *
 * <p>Read {@link io.github.uniquant.quantize.Quantizer}. Offsets come from {@link io.github.uniquant.dither}, symbols go to
 * {@link io.github.uniquant.coder}.
 */
@NullMarked
package io.github.uniquant.quantize;

import org.jspecify.annotations.NullMarked;
