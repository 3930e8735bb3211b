/** The quantised noise that sender and receiver share: noise levels from a counter-based generator, and their offsets. */
@NullMarked
package io.github.uniquant.dither;

import org.jspecify.annotations.NullMarked;
