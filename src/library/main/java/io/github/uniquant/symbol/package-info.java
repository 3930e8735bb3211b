/** Integer symbols to the cells of a table and what lies outside them, and back. */
@NullMarked
package io.github.uniquant.symbol;

import org.jspecify.annotations.NullMarked;
