package io.github.uniquant.jmh;

import io.github.uniquant.jmh.data.Draws;
import io.github.uniquant.jmh.data.ElementCounter;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * One step of training without its optimiser: log-densities of a run of values, and their gradients by the values and by all
 * parameters. 256 values for each of 192 channels, whose scales run from 0.11 to 64, as latents have them; {@code laplace} is
 * one distribution for all. Upstream's figures are those of its gradient step in graph mode compiled by XLA.
 */
public class GradientBenchmark extends ForkedBenchmark {
    private static final int CHANNELS = 192;
    private static final int VALUES = 256 * CHANNELS;
    private static final long SEED = 31;

    @Param({"vector", "scalar"})
    public String path = "";

    @Param({"normal", "logistic", "laplace", "deep-factorized"})
    public String prior = "";

    private Prior family;
    private double[] values;
    private double[] weights;
    private double[] logProbs;
    private double[] gradients;
    private double[][] parameterGradients;

    @Setup
    public void setUp() {
        KernelPath.select(path);
        double[] scales = Draws.logSpaced(0.11, 64, CHANNELS);
        Shape channels = Shape.of(CHANNELS);
        family = switch (prior) {
            case "normal" -> NoisyNormal.of(channels, new double[CHANNELS], scales);
            case "logistic" -> NoisyLogistic.of(channels, new double[CHANNELS], scales);
            case "laplace" -> NoisyLaplace.of(Shape.scalar(), new double[] {0}, new double[] {1.5});
            case "deep-factorized" ->
                NoisyDeepFactorized.initial(channels, new int[] {3, 3}, 10, Draws.generator(SEED));
            default -> throw new IllegalArgumentException("not a prior of this benchmark: prior=" + prior);
        };
        int size = family.size();
        float[] drawn = Draws.bottleneck(family, i -> i % size, VALUES, SEED + 1);
        values = new double[VALUES];
        Arrays.setAll(values, i -> drawn[i]);
        weights = new double[VALUES];
        Arrays.fill(weights, 1);
        logProbs = new double[VALUES];
        gradients = new double[VALUES];
        parameterGradients = family.parameters().stream()
                .map(parameter -> new double[parameter.value().size()])
                .toArray(double[][]::new);
        logProbAndGradients();
        double step = 1e-5;
        for (int i = 0; i < VALUES; i += 997) {
            double slope = (family.logProb(i % size, values[i] + step) - family.logProb(i % size, values[i] - step))
                    / (2 * step);
            check(
                    Math.abs(gradients[i] - slope) < 1e-3 * Math.max(1, Math.abs(slope)),
                    "gradients are slopes of log-densities");
        }
        KernelPath.confirm(path);
    }

    private void logProbAndGradients() {
        family.logProbAndGradients(values, 0, 0, VALUES, weights, 0, logProbs, 0, gradients, 0, parameterGradients);
    }

    @Benchmark
    public double[][] step(ElementCounter counter) {
        logProbAndGradients();
        counter.add(VALUES, 0);
        return parameterGradients;
    }
}
