/**
 * Benchmarks. Each class measures one job; everything else is a {@code @Param}. Every benchmark checks its answer once, in
 * setup, and says which kernels run. {@code docs/benchmarks.md} tells how to run them.
 */
@NullMarked
package io.github.uniquant.jmh;

import org.jspecify.annotations.NullMarked;
