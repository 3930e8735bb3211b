package io.github.uniquant;

import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.BottleneckGradient;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.rate.RateEstimator;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the batched models share: each element's distribution is known from where it stands. A coding unit has shape {@code
 * broadcast ++ priorShape}: the prior's elements are independent along {@code priorShape} and shared along {@code
 * broadcast}.
 *
 * <p>A model is immutable and thread-safe.
 */
public abstract sealed class BatchedEntropyModel extends EntropyModel
        permits ContinuousBatchedEntropyModel, UniversalBatchedEntropyModel {
    private final @Nullable RateEstimator estimator;

    BatchedEntropyModel(Arguments arguments, @Nullable Prior prior, Shape priorShape, @Nullable TableCoder coder) {
        super(arguments, prior, priorShape, coder);
        this.estimator = prior == null ? null : estimator(prior);
    }

    /** Where the layouts of units of this many elements come from, for use by one thread. */
    abstract UnitLayout.Source layouts(int elements);

    /** A tensor as decoding what was coded of it gives it. */
    abstract Tensor quantized(Tensor bottleneck, Shape batch);

    // ---- coding

    /**
     * Compresses a tensor of shape {@code batch ++ coding} and of the bottleneck's type to one string for each element of
     * {@code batch}. Values are rounded with step 1: for another one, divide them by it first, as {@link
     * io.github.uniquant.container.TensorWriter#step} does. A value that is not finite, or does not round to an int32, is
     * refused by the indexes of its unit in the batch and of its element in the unit.
     */
    public final BitStrings compress(Tensor bottleneck) {
        return compress(bottleneck, UnitTasks.HERE);
    }

    /**
     * As {@link #compress(Tensor)}, with the units spread over tasks of an executor; the strings are the same.
     *
     * @param executor runs the tasks; the calling thread runs one, and what no other has begun, and waits for all
     * @param parallelism the most tasks, at least 1
     */
    public final BitStrings compress(Tensor bottleneck, Executor executor, int parallelism) {
        return compress(bottleneck, new UnitTasks(executor, parallelism));
    }

    private BitStrings compress(Tensor bottleneck, UnitTasks tasks) {
        TableCoder tableCoder = requireCompression();
        Shape batch = checkShape(bottleneck);
        int elements = codableElements(bottleneck.shape().trailing(codingRank()));
        return tableCoder.compress(bottleneck, batch, elements, () -> layouts(elements), tasks);
    }

    /**
     * Decompresses strings to a tensor of shape {@code strings.shape ++ broadcastShape ++ priorShape}.
     *
     * @param broadcastShape the part of the shape between the batch and the prior's shape, as it was compressed: {@code
     *     codingRank - rank(priorShape)} dimensions, {@link Shape#scalar()} for none
     * @throws io.github.uniquant.coder.MalformedBitstreamException if a string is damaged; where there are many, the
     *     message names its index
     */
    public final Tensor decompress(BitStrings strings, Shape broadcastShape) {
        return decompress(strings, broadcastShape, null, UnitTasks.HERE);
    }

    /**
     * As {@link #decompress(BitStrings, Shape)}, with the units spread over tasks of an executor; the values are the same.
     *
     * @param executor runs the tasks; the calling thread runs one, and what no other has begun, and waits for all
     * @param parallelism the most tasks, at least 1
     */
    public final Tensor decompress(BitStrings strings, Shape broadcastShape, Executor executor, int parallelism) {
        return decompress(strings, broadcastShape, null, new UnitTasks(executor, parallelism));
    }

    final Tensor decompress(BitStrings strings, Shape broadcastShape, long @Nullable [] unitNumbers, UnitTasks tasks) {
        requireCompression();
        if (unitNumbers != null && unitNumbers.length != strings.count()) {
            throw new IllegalArgumentException("there must be one unit number for each string: unitNumbers="
                    + unitNumbers.length + " strings=" + strings.count());
        }
        Shape unit = unitShape(broadcastShape);
        limits().check(strings.count(), unit);
        Tensor bottleneck = Tensor.zeros(bottleneckType(), strings.shape().concat(unit));
        decompressTo(strings, unitNumbers, bottleneck, unit, tasks);
        return bottleneck;
    }

    /**
     * Decompresses strings to a tensor of the caller's, of the bottleneck's type and of the shape that was compressed, {@code
     * strings.shape ++ broadcastShape ++ priorShape}: what {@link #decompress(BitStrings, Shape)} does to a new one, within
     * the same limits. What the tensor holds after an exception is not defined.
     *
     * @throws io.github.uniquant.coder.MalformedBitstreamException if a string is damaged; where there are many, the
     *     message names its index
     */
    public final void decompressTo(BitStrings strings, Tensor bottleneck) {
        decompressTo(strings, bottleneck, UnitTasks.HERE);
    }

    /**
     * As {@link #decompressTo(BitStrings, Tensor)}, with the units spread over tasks of an executor; the values are the same.
     *
     * @param executor runs the tasks; the calling thread runs one, and what no other has begun, and waits for all
     * @param parallelism the most tasks, at least 1
     */
    public final void decompressTo(BitStrings strings, Tensor bottleneck, Executor executor, int parallelism) {
        decompressTo(strings, bottleneck, new UnitTasks(executor, parallelism));
    }

    private void decompressTo(BitStrings strings, Tensor bottleneck, UnitTasks tasks) {
        requireCompression();
        Shape batch = checkShape(bottleneck);
        if (!batch.equals(strings.shape())) {
            throw new IllegalArgumentException("the tensor must have the strings' shape, and behind it codingRank"
                    + " dimensions: shape=" + bottleneck.shape() + " strings=" + strings.shape() + " codingRank="
                    + codingRank());
        }
        Shape unit = bottleneck.shape().trailing(codingRank());
        limits().check(strings.count(), unit);
        decompressTo(strings, null, bottleneck, unit, tasks);
    }

    private void decompressTo(
            BitStrings strings, long @Nullable [] unitNumbers, Tensor bottleneck, Shape unit, UnitTasks tasks) {
        int elements = (int) unit.elements();
        requireCompression().decompress(strings, elements, () -> layouts(elements), unitNumbers, tasks, bottleneck);
    }

    /**
     * An encoder of coding units of shape {@code broadcastShape ++ priorShape}, for latency-critical callers.
     *
     * @param broadcastShape {@link Shape#scalar()} where a unit has the prior's shape
     */
    public final UnitEncoder newEncoder(Shape broadcastShape) {
        TableCoder tableCoder = requireCompression();
        int elements = codableElements(unitShape(broadcastShape));
        return tableCoder.newEncoder(layouts(elements), elements);
    }

    /**
     * A decoder of coding units of shape {@code broadcastShape ++ priorShape}, for latency-critical callers.
     *
     * @param broadcastShape {@link Shape#scalar()} where a unit has the prior's shape
     */
    public final UnitDecoder newDecoder(Shape broadcastShape) {
        TableCoder tableCoder = requireCompression();
        Shape unit = unitShape(broadcastShape);
        limits().check(1, unit);
        int elements = (int) unit.elements();
        return tableCoder.newDecoder(layouts(elements), elements);
    }

    private Shape unitShape(Shape broadcastShape) {
        int rank = codingRank() - priorShape().rank();
        if (broadcastShape.rank() != rank) {
            throw new IllegalArgumentException("broadcastShape must have codingRank - rank(priorShape) dimensions:"
                    + " broadcastShape=" + broadcastShape + " codingRank=" + codingRank() + " priorShape="
                    + priorShape());
        }
        return broadcastShape.concat(priorShape());
    }

    /** Checks a bottleneck's type and shape, and returns its batch shape. */
    final Shape checkShape(Tensor bottleneck) {
        Shape batch = batchShape(bottleneck);
        if (!bottleneck.shape().trailing(priorShape().rank()).equals(priorShape())) {
            throw new IllegalArgumentException("the tensor must end in the prior's shape: shape=" + bottleneck.shape()
                    + " priorShape=" + priorShape());
        }
        return batch;
    }

    // ---- estimates

    /**
     * Equivalent to {@link #call(Tensor, Training, RandomGenerator)} with a generator of the calling thread, unseeded.
     */
    public final RateEstimate call(Tensor bottleneck, Training training) {
        return call(bottleneck, training, ThreadLocalRandom.current());
    }

    /**
     * Perturbs a tensor of shape {@code batch ++ coding} and estimates the bits of each coding unit.
     *
     * @param training TRUE: fresh uniform noise is added; FALSE: the tensor becomes what decoding gives of it
     * @param random where fresh noise comes from
     */
    public final RateEstimate call(Tensor bottleneck, Training training, RandomGenerator random) {
        Shape batch = checkShape(bottleneck);
        Tensor perturbed = training == Training.TRUE
                ? Perturbation.addUniformNoise(bottleneck, random)
                : quantized(bottleneck, batch);
        BottleneckGradient gradient = training == Training.TRUE ? noiseGradient() : quantizedGradient();
        return requirePrior().estimate(bottleneck, perturbed, batch, gradient);
    }

    /** Estimates the bits of {@code bottleneck + noise}, for noise of the tensor's own shape and type. */
    public final RateEstimate call(Tensor bottleneck, Tensor noise) {
        Shape batch = checkShape(bottleneck);
        return requirePrior().estimate(bottleneck, Perturbation.add(bottleneck, noise), batch, noiseGradient());
    }

    private RateEstimator requirePrior() {
        if (estimator == null) {
            throw new IllegalStateException("the model must be built from a prior for estimates: it has tables alone");
        }
        return estimator;
    }
}
