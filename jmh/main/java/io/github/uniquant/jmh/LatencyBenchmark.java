package io.github.uniquant.jmh;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.Training;
import io.github.uniquant.UnitDecoder;
import io.github.uniquant.UnitEncoder;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.jmh.data.Workload;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * One vector of 768 floats to its string, and back: the time of single calls, cycling over 4,096 vectors. With foreign
 * traffic, that much other memory is written before each call, outside the time measured: what a service meets whose
 * caches other work has filled.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LatencyBenchmark extends ForkedBenchmark {
    private static final int VECTORS = 4096;
    private static final int LONGS_PER_MIB = (1 << 20) / Long.BYTES;

    @Param({"0", "8"})
    public int foreignMiB;

    private UnitEncoder encoder;
    private UnitDecoder decoder;
    private int dimensions;
    private float[] vectors;
    private byte[] strings;
    private int[] starts; // string i is strings[starts[i] .. starts[i + 1])
    private byte[] out;
    private float[] decoded;
    private long[] foreign;
    private int next;

    @Setup
    public void setUp() {
        Workload job = Workload.embeddings(VECTORS);
        UniversalBatchedEntropyModel model = job.model(CoderFormat.RANS);
        Tensor tensor = job.draw();
        vectors = tensor.floats();
        dimensions = tensor.shape().dim(1);
        encoder = model.newEncoder(job.broadcastShape());
        decoder = model.newDecoder(job.broadcastShape());
        out = new byte[Math.toIntExact(encoder.maxBytes())];
        decoded = new float[dimensions];
        foreign = new long[foreignMiB * LONGS_PER_MIB];

        BitStrings compressed = model.compress(tensor);
        strings = compressed.toBytes();
        starts = new int[VECTORS + 1];
        float[] dithered = model.call(tensor, Training.FALSE).perturbed().floats();
        for (int i = 0; i < VECTORS; i++) {
            starts[i + 1] = starts[i] + compressed.length(i);
            int length = encoder.encode(vectors, i * dimensions, out, 0);
            check(
                    Arrays.equals(out, 0, length, strings, starts[i], starts[i + 1]),
                    "a vector's string is that of its unit in the batch");
            decoder.decode(strings, starts[i], length, decoded, 0);
            check(
                    Arrays.equals(decoded, 0, dimensions, dithered, i * dimensions, (i + 1) * dimensions),
                    "decoding gives the dithered vector");
        }
        KernelPath.describe();
    }

    /** The foreign traffic; JMH takes the time of a call after it. */
    @Setup(Level.Invocation)
    public void disturb() {
        for (int i = 0; i < foreign.length; i++) {
            foreign[i] += i;
        }
        next = next + 1 == VECTORS ? 0 : next + 1;
    }

    @Benchmark
    public int compress() {
        return encoder.encode(vectors, next * dimensions, out, 0);
    }

    @Benchmark
    public int decompress() {
        return decoder.decode(strings, starts[next], starts[next + 1] - starts[next], decoded, 0);
    }
}
