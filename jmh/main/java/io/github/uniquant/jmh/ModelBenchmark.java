package io.github.uniquant.jmh;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.Training;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.jmh.data.ElementCounter;
import io.github.uniquant.jmh.data.Workload;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The whole job: a tensor of floats to strings, and back. {@link Workload} says what the workloads are. */
public class ModelBenchmark extends ForkedBenchmark {
    @Param({"latents", "embeddings", "gradient"})
    public String workload = "";

    @Param({"vector", "scalar"})
    public String path = "";

    @Param({"rans", "tfc-range"})
    public String format = "";

    private UniversalBatchedEntropyModel model;
    private Tensor tensor;
    private Tensor decompressed;
    private Shape broadcastShape;
    private BitStrings strings;

    @Setup
    public void setUp() {
        KernelPath.select(path);
        Workload job = Workload.of(workload);
        model = job.model(format(format));
        tensor = job.draw();
        broadcastShape = job.broadcastShape();
        strings = model.compress(tensor);
        RateEstimate estimate = model.call(tensor, Training.FALSE);
        check(
                model.decompress(strings, broadcastShape).equals(estimate.perturbed()),
                "decompressing gives the dithered tensor");
        decompressed = Tensor.zeros(tensor.type(), tensor.shape());
        model.decompressTo(strings, decompressed);
        check(decompressed.equals(estimate.perturbed()), "decompressing gives it to a tensor of the caller's");
        KernelPath.confirm(path);
        double idealBytes = estimate.totalBits() / Byte.SIZE;
        System.out.printf(
                "# bytes=%d over the prior's own bits=%+.3f %% bytes a string=%+.2f%n",
                strings.totalBytes(),
                100 * (strings.totalBytes() / idealBytes - 1),
                (strings.totalBytes() - idealBytes) / strings.count());
    }

    private static CoderFormat format(String name) {
        return switch (name) {
            case "rans" -> CoderFormat.RANS;
            case "tfc-range" -> CoderFormat.TFC_RANGE;
            default -> throw new IllegalArgumentException("format must be rans or tfc-range: format=" + name);
        };
    }

    @Benchmark
    public BitStrings compress(ElementCounter counter) {
        BitStrings compressed = model.compress(tensor);
        counter.add(tensor.size(), compressed.totalBytes());
        return compressed;
    }

    /** To a tensor of the caller's, the same one every time. */
    @Benchmark
    public Tensor decompress(ElementCounter counter) {
        counter.add(tensor.size(), strings.totalBytes());
        model.decompressTo(strings, decompressed);
        return decompressed;
    }

    /** To a new tensor. */
    @Benchmark
    public Tensor decompressNew(ElementCounter counter) {
        counter.add(tensor.size(), strings.totalBytes());
        return model.decompress(strings, broadcastShape);
    }
}
