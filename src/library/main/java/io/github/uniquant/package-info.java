/**
 * Universal-quantization entropy models. A model wires the flow:
 *
 * <pre>
 *  prior ──▶ table ─────────────┐
 *                               ▼
 *  tensor ─▶ quantize ─▶ symbols ─▶ coder ─▶ bytes        prior + tensor ─▶ rate (bits)
 *              ▲
 *           dither
 * </pre>
 *
 * <p>A {@linkplain io.github.uniquant.prior prior} gives integer {@linkplain io.github.uniquant.table tables}. A {@linkplain
 * io.github.uniquant.tensor tensor} is {@linkplain io.github.uniquant.dither dithered}, {@linkplain
 * io.github.uniquant.quantize quantised} to {@linkplain io.github.uniquant.symbol symbols}, and {@linkplain
 * io.github.uniquant.coder coded} to one byte string for each coding unit; and back. {@linkplain io.github.uniquant.rate
 * Rate} says how many bits that takes, without coding. {@linkplain io.github.uniquant.container Files} keep models and
 * tensors.
 *
 * <p>Invariants: the bytes of a unit depend on the model, the unit's number where the dither counts units, its shape and
 * its data, never on the machine, the threads or the rest of the batch. What is decoded is the same to the bit everywhere,
 * and differs from what was coded by at most 1/2, up to rounding in its type. Three kinds of failure: {@link
 * IllegalArgumentException} for a caller's mistake, {@link IllegalStateException} for a model that lacks what a method
 * needs, {@link io.github.uniquant.coder.MalformedBitstreamException} for bad bytes. A range of an array or a segment that is
 * not within it is an {@link IndexOutOfBoundsException}, as everywhere in Java, before anything is written.
 *
 * <p>Start at {@link io.github.uniquant.UniversalBatchedEntropyModel}. Its sisters are {@link
 * io.github.uniquant.ContinuousBatchedEntropyModel}, {@link io.github.uniquant.ContinuousIndexedEntropyModel}, {@link
 * io.github.uniquant.LocationScaleIndexedEntropyModel} and {@link io.github.uniquant.UniversalIndexedEntropyModel}, and,
 * without prior or tables, {@link io.github.uniquant.PowerLawEntropyModel} and {@link
 * io.github.uniquant.LaplaceEntropyModel}; {@code docs/entropy-models.md} says which to take. For one unit at a time without
 * allocation, go on to {@link io.github.uniquant.UnitEncoder} and {@link io.github.uniquant.UnitDecoder}, and {@link
 * io.github.uniquant.Uniquant} to warm up before a service's first request; {@link io.github.uniquant.RateReport} says where
 * a batch's bits go. {@code docs/concepts.md} explains the words.
 */
@NullMarked
package io.github.uniquant;

import org.jspecify.annotations.NullMarked;
