/** What the benchmarks code: data drawn from seeded generators, the same in every run, and the counters of their results. */
@NullMarked
package io.github.uniquant.jmh.data;

import org.jspecify.annotations.NullMarked;
