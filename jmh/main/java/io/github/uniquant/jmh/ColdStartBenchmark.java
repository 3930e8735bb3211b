package io.github.uniquant.jmh;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.Training;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.jmh.data.Workload;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The first calls of a process, one an iteration: the raw data of a result are call number against time. One unit of 4,096
 * elements a call. JMH does much between two calls; {@code report.ColdStart} makes them back to back.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1000)
public class ColdStartBenchmark extends ForkedBenchmark {
    @Param({"vector", "scalar", "auto"})
    public String path = "";

    private UniversalBatchedEntropyModel model;
    private Tensor tensor;
    private Shape broadcastShape;
    private BitStrings strings;

    /** Makes the model. Another one checks the answer, and loads the classes. */
    @Setup
    public void setUp() {
        KernelPath.select(path);
        Workload job = Workload.request();
        model = job.model(CoderFormat.RANS);
        tensor = job.draw();
        broadcastShape = job.broadcastShape();
        UniversalBatchedEntropyModel other = job.model(CoderFormat.RANS);
        strings = other.compress(tensor);
        check(
                other.decompress(strings, broadcastShape)
                        .equals(other.call(tensor, Training.FALSE).perturbed()),
                "decompressing gives the dithered tensor");
    }

    @Benchmark
    public BitStrings compress() {
        return model.compress(tensor);
    }

    @Benchmark
    public Tensor decompress() {
        return model.decompress(strings, broadcastShape);
    }

    @TearDown
    public void tearDown() {
        KernelPath.describe();
    }
}
