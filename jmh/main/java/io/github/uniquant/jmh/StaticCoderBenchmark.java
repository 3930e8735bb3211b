package io.github.uniquant.jmh;

import io.github.uniquant.jmh.coder.StaticCoder;
import io.github.uniquant.jmh.data.Draws;
import io.github.uniquant.jmh.data.ElementCounter;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * 16 MiB of byte symbols with one table: a rounded normal variable of 4.0 bits. Every coder counts its histogram and
 * makes its tables within each call.
 */
public class StaticCoderBenchmark extends ForkedBenchmark {
    private static final int COUNT = 16 << 20;
    private static final double SIGMA = 3.8608;
    private static final long SEED = 12;

    @Param({"uniquant-vector", "uniquant-scalar", "zstd-jni-1", "htsjdk-nx16", "htscodecs"})
    public String coder = "";

    private StaticCoder instance;
    private int stringBytes;

    @Setup
    public void setUp() {
        switch (coder) {
            case "uniquant-vector" -> KernelPath.select("vector");
            case "uniquant-scalar" -> KernelPath.select("scalar");
            default -> {}
        }
        byte[] symbols = Draws.roundedNormal(COUNT, SIGMA, SEED);
        instance = StaticCoder.of(coder, symbols);
        stringBytes = instance.encode();
        instance.decode();
        check(Arrays.equals(symbols, instance.decoded()), "decoding inverts encoding");
        switch (coder) {
            case "uniquant-vector" -> KernelPath.confirm("vector");
            case "uniquant-scalar" -> KernelPath.confirm("scalar");
            default -> System.out.printf("%n# %s%n", Machine.here());
        }
    }

    @TearDown
    public void tearDown() {
        instance.close();
    }

    @Benchmark
    public int encode(ElementCounter counter) {
        int bytes = instance.encode();
        counter.add(COUNT, bytes);
        return bytes;
    }

    @Benchmark
    public void decode(ElementCounter counter, Blackhole blackhole) {
        instance.decode();
        counter.add(COUNT, stringBytes);
        blackhole.consume(instance);
    }
}
