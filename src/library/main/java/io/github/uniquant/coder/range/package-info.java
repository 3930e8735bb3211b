/**
 * TensorFlow Compression's range coder: reads and writes its strings. An interval of 32 bits is narrowed to the part of each
 * symbol's cell; its upper 16 bits leave it, big-endian, when it has become narrow, and wait where a carry may still
 * change them.
 *
 * <p>Invariants: the bytes are upstream's for the same tables and symbols; trailing zeros are implied; escapes go beyond
 * upstream's 30 bits to every int32.
 *
 * <p>Read {@link io.github.uniquant.coder.range.RangeEncoder}, then {@link io.github.uniquant.coder.range.RangeDecoder}.
 */
@NullMarked
package io.github.uniquant.coder.range;

import org.jspecify.annotations.NullMarked;
