/** Integer CDF tables: where floats end. */
@NullMarked
package io.github.uniquant.table;

import org.jspecify.annotations.NullMarked;
