package io.github.uniquant.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What all benchmarks share: one JVM for each combination of parameters, in which the kernels are chosen before the
 * library's first class is initialised. Vectors run from the first call; five seconds of warm-up cover their kernels, which
 * take 1.5 s to compile.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Duniquant.warmup=none",
            "-Xms2g",
            "-Xmx2g"
        })
@State(Scope.Thread)
public abstract class ForkedBenchmark {
    /** Fails the benchmark in setup, with a reason, where an answer is wrong. */
    static void check(boolean holds, String claim) {
        if (!holds) {
            throw new IllegalStateException("the benchmark's answer is wrong: " + claim);
        }
    }
}
