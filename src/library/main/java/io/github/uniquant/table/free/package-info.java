/**
 * What stands in place of tables where a location-scale prior is coded without them: a fixed-point CDF of each element, for
 * any noise offset. Not exported: there is no coder for users that takes it.
 *
 * <p>Invariants: as of tables, with cells that are computed. {@code docs/table-free.md} explains.
 *
 * <p>Read {@link io.github.uniquant.table.free.TableFreeCdfs}, and on in {@link io.github.uniquant.coder.free}.
 */
@NullMarked
package io.github.uniquant.table.free;

import org.jspecify.annotations.NullMarked;
