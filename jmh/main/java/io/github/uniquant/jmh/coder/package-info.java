/** Coders of byte symbols with one table, behind one interface: this library's, and those it is measured against. */
@NullMarked
package io.github.uniquant.jmh.coder;

import org.jspecify.annotations.NullMarked;
