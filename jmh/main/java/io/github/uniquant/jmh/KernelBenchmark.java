package io.github.uniquant.jmh;

import io.github.uniquant.jmh.data.ElementCounter;
import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The kernels of distributions, one method each, on 4,096 float64 values of 192 channels whose scales run from 0.11 to 64:
 * values, parameters and results stay in the second-level cache.
 */
public class KernelBenchmark extends ForkedBenchmark {
    private static final int CHANNELS = 192;
    private static final int COUNT = 4096;
    private static final double LEAST_SCALE = 0.11;
    private static final double LARGEST_SCALE = 64;
    private static final int COMPONENTS = 3;

    @Param({"vector", "scalar"})
    public String path = "";

    private final double[] values = new double[COUNT];
    private final double[] results = new double[COUNT];
    private Prior normal;
    private Prior logistic;
    private Prior laplace;
    private Prior normalMixture;
    private Prior logisticMixture;
    private Prior deepFactorized;

    @Setup
    public void setUp() {
        KernelPath.select(path);
        SplittableRandom random = new SplittableRandom(12);
        Shape shape = Shape.of(CHANNELS);
        double[] loc = random.doubles(CHANNELS, -1, 1).toArray();
        double[] scale = new double[CHANNELS];
        Arrays.setAll(scale, c -> LEAST_SCALE * Math.pow(LARGEST_SCALE / LEAST_SCALE, (double) c / (CHANNELS - 1)));
        normal = NoisyNormal.of(shape, loc, scale);
        logistic = NoisyLogistic.of(shape, loc, scale);
        laplace = NoisyLaplace.of(shape, loc, scale);
        Shape components = Shape.of(CHANNELS, COMPONENTS);
        double[] locs = random.doubles((long) CHANNELS * COMPONENTS, -5, 5).toArray();
        double[] scales = new double[CHANNELS * COMPONENTS];
        Arrays.setAll(scales, i -> scale[i / COMPONENTS]);
        double[] weights = new double[CHANNELS * COMPONENTS];
        Arrays.fill(weights, 1.0 / COMPONENTS);
        normalMixture = NoisyNormalMixture.of(
                Tensor.of(components, locs), Tensor.of(components, scales), Tensor.of(components, weights));
        logisticMixture = NoisyLogisticMixture.of(
                Tensor.of(components, locs), Tensor.of(components, scales), Tensor.of(components, weights));
        deepFactorized = NoisyDeepFactorized.initial(shape, new int[] {3, 3}, 10, random);
        Arrays.setAll(values, i -> loc[i % CHANNELS] + scale[i % CHANNELS] * random.nextGaussian());
        for (Prior prior : new Prior[] {normal, logistic, laplace, normalMixture, logisticMixture, deepFactorized}) {
            prior.logProb(values, 0, 0, COUNT, results, 0);
            for (int i = 0; i < COUNT; i++) {
                check(results[i] == prior.logProb(i % CHANNELS, values[i]), "a run gives the bits of single values");
            }
        }
        KernelPath.confirm(path);
    }

    private double[] cdf(Prior prior, ElementCounter counter) {
        BaseDistribution base = prior.base();
        base.cdf(values, 0, 0, COUNT, results, 0);
        counter.add(COUNT, 0);
        return results;
    }

    private double[] noisyProb(Prior prior, ElementCounter counter) {
        prior.prob(values, 0, 0, COUNT, results, 0);
        counter.add(COUNT, 0);
        return results;
    }

    private double[] noisyLogProb(Prior prior, ElementCounter counter) {
        prior.logProb(values, 0, 0, COUNT, results, 0);
        counter.add(COUNT, 0);
        return results;
    }

    @Benchmark
    public double[] normalCdf(ElementCounter counter) {
        return cdf(normal, counter);
    }

    @Benchmark
    public double[] logisticCdf(ElementCounter counter) {
        return cdf(logistic, counter);
    }

    @Benchmark
    public double[] laplaceCdf(ElementCounter counter) {
        return cdf(laplace, counter);
    }

    @Benchmark
    public double[] noisyProbNormal(ElementCounter counter) {
        return noisyProb(normal, counter);
    }

    @Benchmark
    public double[] noisyProbLogistic(ElementCounter counter) {
        return noisyProb(logistic, counter);
    }

    @Benchmark
    public double[] noisyProbLaplace(ElementCounter counter) {
        return noisyProb(laplace, counter);
    }

    @Benchmark
    public double[] noisyLogProbNormal(ElementCounter counter) {
        return noisyLogProb(normal, counter);
    }

    @Benchmark
    public double[] noisyLogProbLogistic(ElementCounter counter) {
        return noisyLogProb(logistic, counter);
    }

    @Benchmark
    public double[] noisyLogProbLaplace(ElementCounter counter) {
        return noisyLogProb(laplace, counter);
    }

    @Benchmark
    public double[] noisyLogProbNormalMixture(ElementCounter counter) {
        return noisyLogProb(normalMixture, counter);
    }

    @Benchmark
    public double[] noisyLogProbLogisticMixture(ElementCounter counter) {
        return noisyLogProb(logisticMixture, counter);
    }

    @Benchmark
    public double[] noisyLogProbDeepFactorized(ElementCounter counter) {
        return noisyLogProb(deepFactorized, counter);
    }
}
