/**
 * Integer CDF tables: where floats end. A table cuts 2^p slots into cells, one for each integer between the tails of a
 * prior and a last one for all others, in proportion to their masses. There is one for each noise level and prior element.
 *
 * <p>Invariants: every cell has at least one slot; the slots add up to 2^p; the same parameters give the same tables on every
 * machine. Coders see nothing but these integers.
 *
 * <p>Read {@link io.github.uniquant.table.CdfTables} for what a table is (tables made elsewhere enter there), {@link
 * io.github.uniquant.table.CdfTableBuilder} for how a prior becomes one, and {@link
 * io.github.uniquant.table.PmfQuantizer} for how masses become frequencies.
 */
@NullMarked
package io.github.uniquant.table;

import org.jspecify.annotations.NullMarked;
