/** From JMH's results to {@code docs/benchmarks.md} and its chart. */
@NullMarked
package io.github.uniquant.jmh.report;

import org.jspecify.annotations.NullMarked;
