/** The library's own format: many rANS states that share one stack of words. */
@NullMarked
package io.github.uniquant.coder.rans;

import org.jspecify.annotations.NullMarked;
