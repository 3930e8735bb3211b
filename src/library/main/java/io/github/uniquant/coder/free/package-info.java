/**
 * The native format without tables, {@code rans-free-1}: lanes, words and strings are those of {@link
 * io.github.uniquant.coder.rans}, but the cells of an element are computed from its location and scale, so that the number
 * of noise levels has no bound but the dither's.
 *
 * <p>Invariants: those of the native format. A cell has one run of slots, cells lie in their natural order, the one for
 * symbols outside the window last. What a cell does not say of its symbol are <i>extra</i> bits, on lane 0 behind all cells.
 *
 * <p>Read {@link io.github.uniquant.table.free.TableFreeCdfs} for the cells, {@link io.github.uniquant.coder.free.FreePlan} for
 * the lanes of a unit, then {@link io.github.uniquant.coder.free.FreeEncoder} and {@link
 * io.github.uniquant.coder.free.FreeDecoder}. {@code docs/table-free.md} explains, {@code docs/format.md} specifies.
 */
@NullMarked
package io.github.uniquant.coder.free;

import org.jspecify.annotations.NullMarked;
