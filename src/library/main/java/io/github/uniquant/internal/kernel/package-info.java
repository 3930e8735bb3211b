/** The arithmetic under the library: arrays and numbers in, arrays and numbers out. Not exported; knows no other type. */
@NullMarked
package io.github.uniquant.internal.kernel;

import org.jspecify.annotations.NullMarked;
