package io.github.uniquant.jmh.data;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.random.RandomGenerator;

/**
 * A whole job: a model, and a tensor that follows its prior.
 *
 * @param prior what the tensor is drawn from
 * @param shape of the tensor
 * @param codingRank the innermost dimensions that are one unit
 */
public record Workload(Prior prior, Shape shape, int codingRank) {
    private static final int NUM_NOISE_LEVELS = 15;
    private static final int PRECISION = 12;
    private static final long SEED = 20;

    /** The workload of this name: latents, embeddings or gradient. */
    public static Workload of(String name) {
        return switch (name) {
            case "latents" -> latents();
            case "embeddings" -> embeddings(2000);
            case "gradient" -> gradient();
            default ->
                throw new IllegalArgumentException(
                        "workload must be latents, embeddings or gradient: workload=" + name);
        };
    }

    /** 8 units of 16 x 16 latents with 192 channels, whose scales run from 0.11 to 64. */
    public static Workload latents() {
        double[] scales = Draws.logSpaced(0.11, 64, 192);
        return new Workload(NoisyNormal.of(Shape.of(192), new double[192], scales), Shape.of(8, 16, 16, 192), 3);
    }

    /** Embeddings of 768 dimensions, a unit each; the scales scatter around 2. */
    public static Workload embeddings(int count) {
        RandomGenerator random = Draws.generator(SEED);
        double[] scales = new double[768];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 2 * Math.exp(0.3 * random.nextGaussian());
        }
        return new Workload(NoisyNormal.of(Shape.of(768), new double[768], scales), Shape.of(count, 768), 1);
    }

    /** One unit of 64 x 64 values, whose scales run from 0.11 to 64: 4,096 elements, what a service may get in a request. */
    public static Workload request() {
        double[] scales = Draws.logSpaced(0.11, 64, 64);
        return new Workload(NoisyNormal.of(Shape.of(64), new double[64], scales), Shape.of(64, 64), 2);
    }

    /** A gradient of a million elements that share one prior: one unit. */
    public static Workload gradient() {
        Prior prior = NoisyLaplace.of(Shape.scalar(), new double[] {0}, new double[] {1.5});
        return new Workload(prior, Shape.of(1_000_000), 1);
    }

    /** The tensor, drawn anew. */
    public Tensor draw() {
        int priorSize = prior.size();
        return Tensor.of(shape, Draws.bottleneck(prior, i -> i % priorSize, (int) shape.elements(), SEED + 1));
    }

    /** A model of the prior, ready for coding. */
    public UniversalBatchedEntropyModel model(CoderFormat format) {
        return UniversalBatchedEntropyModel.builder(prior)
                .codingRank(codingRank)
                .compression(true)
                .numNoiseLevels(NUM_NOISE_LEVELS)
                .rangeCoderPrecision(PRECISION)
                .coder(format)
                .build();
    }

    /** The part of a unit's shape outside the prior's. */
    public Shape broadcastShape() {
        return shape.trailing(codingRank).leading(codingRank - prior.shape().rank());
    }
}
