/**
 * Dithered quantisation: values and offsets to integer symbols, {@code s = round(y - o)}, and back, {@code s + o}, with
 * ties to even and one rounding to the bottleneck's type for each operation.
 */
@NullMarked
package io.github.uniquant.quantize;

import org.jspecify.annotations.NullMarked;
