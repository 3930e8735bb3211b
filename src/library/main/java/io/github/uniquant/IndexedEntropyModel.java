package io.github.uniquant;

import io.github.uniquant.prior.NoisyPrior;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.rate.BottleneckGradient;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the indexed models share: {@link Indexes}, side information that sender and receiver have, select the distribution
 * of each element. The prior has one distribution for each tuple of indexes: its shape is the index ranges.
 *
 * <p>Indexes are tensors of int32 or a floating type, with the tensor's shape and one axis more, {@link #channelAxis()},
 * for the indexes of a tuple. They are clipped to {@code [0, range - 1]}, and for coding cut to integers.
 *
 * <p>A model is immutable and thread-safe.
 */
public abstract sealed class IndexedEntropyModel extends EntropyModel
        permits ContinuousIndexedEntropyModel, LocationScaleIndexedEntropyModel, UniversalIndexedEntropyModel {
    final @Nullable PriorFn priorFn;
    private final @Nullable Integer channelAxis;

    IndexedEntropyModel(Builder<?> builder, Arguments arguments, @Nullable Prior prior, @Nullable CdfTables tables) {
        super(arguments, prior, builder.priorShape, tableCoder(tables, arguments));
        this.priorFn = builder.priorFn;
        this.channelAxis = builder.channelAxis;
    }

    /** What coding does to units beside looking up their tables; plain rounding unless it is overridden. */
    IndexedLayouts.Shift shift() {
        return IndexedLayouts.Shift.NONE;
    }

    // ---- coding

    /**
     * Compresses a tensor of shape {@code batch ++ coding} and of the bottleneck's type to one string for each element of
     * {@code batch}. A value that is not finite, or does not round to an int32, is refused by the indexes of its unit in the batch
     * and of its element in the unit.
     *
     * @param indexes finite, of the tensor's shape with the channel axis put in
     */
    public final BitStrings compress(Tensor bottleneck, Tensor indexes) {
        return compress(bottleneck, indexes, shift(), UnitTasks.HERE);
    }

    /**
     * As {@link #compress(Tensor, Tensor)}, with the units spread over tasks of an executor; the strings are the same.
     *
     * @param executor runs the tasks; the calling thread runs one, and what no other has begun, and waits for all
     * @param parallelism the most tasks, at least 1
     */
    public final BitStrings compress(Tensor bottleneck, Tensor indexes, Executor executor, int parallelism) {
        return compress(bottleneck, indexes, shift(), new UnitTasks(executor, parallelism));
    }

    final BitStrings compress(Tensor bottleneck, Tensor indexes, IndexedLayouts.Shift shift, UnitTasks tasks) {
        TableCoder tableCoder = requireCompression();
        Shape batch = batchShape(bottleneck);
        Indexes read = indexes(indexes, bottleneck.shape());
        int elements = codableElements(bottleneck.shape().trailing(codingRank()));
        return tableCoder.compress(bottleneck, batch, elements, () -> layouts(read, elements, shift), tasks);
    }

    /**
     * Decompresses strings to a tensor of the shape of the indexes without their channel axis.
     *
     * @param indexes as they were when the strings were made
     * @throws io.github.uniquant.coder.MalformedBitstreamException if a string is damaged; where there are many, the
     *     message names its index
     */
    public final Tensor decompress(BitStrings strings, Tensor indexes) {
        return decompress(strings, indexes, shift(), UnitTasks.HERE);
    }

    /**
     * As {@link #decompress(BitStrings, Tensor)}, with the units spread over tasks of an executor; the values are the same.
     *
     * @param executor runs the tasks; the calling thread runs one, and what no other has begun, and waits for all
     * @param parallelism the most tasks, at least 1
     */
    public final Tensor decompress(BitStrings strings, Tensor indexes, Executor executor, int parallelism) {
        return decompress(strings, indexes, shift(), new UnitTasks(executor, parallelism));
    }

    final Tensor decompress(BitStrings strings, Tensor indexes, IndexedLayouts.Shift shift, UnitTasks tasks) {
        requireCompression();
        Indexes read = indexes(indexes, false);
        checkStrings(strings, read);
        Tensor bottleneck = Tensor.zeros(bottleneckType(), read.shape());
        decompressTo(strings, read, shift, tasks, bottleneck);
        return bottleneck;
    }

    /**
     * Decompresses strings to a tensor of the caller's, of the bottleneck's type and of the shape that was compressed: what
     * {@link #decompress(BitStrings, Tensor)} does to a new one, within the same limits. What the tensor holds after an
     * exception is not defined.
     *
     * @param indexes as they were when the strings were made
     * @throws io.github.uniquant.coder.MalformedBitstreamException if a string is damaged; where there are many, the
     *     message names its index
     */
    public final void decompressTo(BitStrings strings, Tensor indexes, Tensor bottleneck) {
        decompressTo(strings, indexes, shift(), UnitTasks.HERE, bottleneck);
    }

    /**
     * As {@link #decompressTo(BitStrings, Tensor, Tensor)}, with the units spread over tasks of an executor; the values are
     * the same.
     *
     * @param executor runs the tasks; the calling thread runs one, and what no other has begun, and waits for all
     * @param parallelism the most tasks, at least 1
     */
    public final void decompressTo(
            BitStrings strings, Tensor indexes, Tensor bottleneck, Executor executor, int parallelism) {
        decompressTo(strings, indexes, shift(), new UnitTasks(executor, parallelism), bottleneck);
    }

    final void decompressTo(
            BitStrings strings, Tensor indexes, IndexedLayouts.Shift shift, UnitTasks tasks, Tensor bottleneck) {
        requireCompression();
        batchShape(bottleneck);
        Indexes read = indexes(indexes, bottleneck.shape());
        checkStrings(strings, read);
        decompressTo(strings, read, shift, tasks, bottleneck);
    }

    private void decompressTo(
            BitStrings strings, Indexes read, IndexedLayouts.Shift shift, UnitTasks tasks, Tensor bottleneck) {
        int elements = (int) read.shape().trailing(codingRank()).elements();
        requireCompression()
                .decompress(strings, elements, () -> layouts(read, elements, shift), null, tasks, bottleneck);
    }

    /** Refuses strings of another batch shape than the indexes', and units beyond the limits. */
    private void checkStrings(BitStrings strings, Indexes read) {
        Shape shape = read.shape();
        if (shape.rank() != strings.shape().rank() + codingRank()
                || !shape.leading(strings.shape().rank()).equals(strings.shape())) {
            throw new IllegalArgumentException(
                    "indexes must have the strings' shape, and behind it codingRank dimensions:" + " shape=" + shape
                            + " strings=" + strings.shape() + " codingRank=" + codingRank());
        }
        limits().check(strings.count(), shape.trailing(codingRank()));
    }

    /**
     * An encoder of coding units, for latency-critical callers. What the indexes in the tensor are when it codes a unit selects
     * that unit's tables: write the next ones to the tensor's own array before each call.
     *
     * @param indexes of a unit's shape with the channel axis put in; finite whenever a unit is coded
     */
    public final UnitEncoder newEncoder(Tensor indexes) {
        return newEncoder(indexes, shift());
    }

    final UnitEncoder newEncoder(Tensor indexes, IndexedLayouts.Shift shift) {
        TableCoder tableCoder = requireCompression();
        Indexes read = unitIndexes(indexes);
        int elements = codableElements(read.shape());
        return tableCoder.newEncoder(layouts(read, elements, shift), elements);
    }

    /**
     * A decoder of coding units, for latency-critical callers: the inverse of {@link #newEncoder(Tensor)}.
     *
     * @param indexes of a unit's shape with the channel axis put in; finite, and what they were for the encoder, whenever a
     *     unit is decoded
     */
    public final UnitDecoder newDecoder(Tensor indexes) {
        return newDecoder(indexes, shift());
    }

    final UnitDecoder newDecoder(Tensor indexes, IndexedLayouts.Shift shift) {
        TableCoder tableCoder = requireCompression();
        Indexes read = unitIndexes(indexes);
        limits().check(1, read.shape());
        int elements = (int) read.shape().elements();
        return tableCoder.newDecoder(layouts(read, elements, shift), elements);
    }

    /** Indexes of a unit, which its tensor has anew for each. */
    private Indexes unitIndexes(Tensor indexes) {
        Indexes read = indexes(indexes, true);
        if (read.shape().rank() != codingRank()) {
            throw new IllegalArgumentException(
                    "indexes of a unit must have codingRank dimensions, with the channel axis put in: indexes="
                            + indexes.shape() + " codingRank=" + codingRank() + " channelAxis=" + channelAxis);
        }
        return read;
    }

    final IndexedLayouts layouts(Indexes indexes, int elements, IndexedLayouts.Shift shift) {
        return new IndexedLayouts(indexes, bottleneckType(), elements, shift);
    }

    private Indexes indexes(Tensor indexes, boolean changing) {
        return Indexes.of(indexes, priorShape(), channelAxis, parameterType(bottleneckType()), changing);
    }

    /** The indexes of a tensor of this shape. */
    final Indexes indexes(Tensor indexes, Shape shape) {
        Indexes read = indexes(indexes, false);
        if (!read.shape().equals(shape)) {
            throw new IllegalArgumentException(
                    "indexes must have the tensor's shape, with the channel axis put in: indexes=" + indexes.shape()
                            + " shape=" + shape + " channelAxis=" + channelAxis);
        }
        return read;
    }

    /** Type of the parameters that a {@link PriorFn} computes. */
    private static ElementType parameterType(ElementType bottleneckType) {
        return bottleneckType == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
    }

    // ---- estimates

    /** A tensor as decoding what was coded of it gives it. */
    Tensor quantized(Tensor bottleneck, Shape batch, Indexes indexes) {
        return Perturbation.round(bottleneck);
    }

    /**
     * Equivalent to {@link #call(Tensor, Tensor, Training, RandomGenerator)} with a generator of the calling thread,
     * unseeded.
     */
    public final RateEstimate call(Tensor bottleneck, Tensor indexes, Training training) {
        return call(bottleneck, indexes, training, ThreadLocalRandom.current());
    }

    /**
     * Perturbs a tensor of shape {@code batch ++ coding} and estimates the bits of each coding unit. The distributions are those
     * of the indexes as they are, not cut to integers.
     *
     * @param indexes finite, of the tensor's shape with the channel axis put in; integers where the model has no {@link
     *     PriorFn}
     * @param training TRUE: fresh uniform noise is added; FALSE: the tensor becomes what decoding gives of it
     * @param random where fresh noise comes from
     */
    public final RateEstimate call(Tensor bottleneck, Tensor indexes, Training training, RandomGenerator random) {
        Shape batch = batchShape(bottleneck);
        Indexes read = indexes(indexes, bottleneck.shape());
        Tensor perturbed = training == Training.TRUE
                ? Perturbation.addUniformNoise(bottleneck, random)
                : quantized(bottleneck, batch, read);
        BottleneckGradient gradient = training == Training.TRUE ? noiseGradient() : quantizedGradient();
        return estimator(prior(read)).estimate(bottleneck, perturbed, batch, gradient);
    }

    /** Estimates the bits of {@code bottleneck + noise}, for noise of the tensor's own shape and type. */
    public final RateEstimate call(Tensor bottleneck, Tensor indexes, Tensor noise) {
        Shape batch = batchShape(bottleneck);
        Prior prior = prior(indexes(indexes, bottleneck.shape()));
        return estimator(prior).estimate(bottleneck, Perturbation.add(bottleneck, noise), batch, noiseGradient());
    }

    /** The prior that a model of these weights looks up; null where it cannot be, so that the tables stand for it. */
    static @Nullable Prior lookedUp(Weights taken) {
        Prior prior = taken.prior();
        return prior instanceof NoisyPrior && taken.tables() != null ? null : prior;
    }

    /** The distribution of each element: of the function, or looked up where there is none. */
    final Prior prior(Indexes indexes) {
        if (priorFn == null) {
            return Priors.gathered(prior(), indexes.wholeRows(), indexes.shape());
        }
        return priorOf(priorFn, indexes);
    }

    private static Prior priorOf(PriorFn priorFn, Indexes indexes) {
        Prior prior = priorFn.of(indexes);
        Builder.requireScalar(prior);
        if (!prior.shape().equals(indexes.shape())) {
            throw new IllegalArgumentException("a PriorFn must give a prior of its indexes' shape: indexes="
                    + indexes.shape() + " prior=" + prior.shape());
        }
        return prior;
    }

    // ---- attributes

    /** How many values each index of a tuple may have; the shape of the prior. */
    public final int[] indexRanges() {
        return priorShape().toArray();
    }

    /** The axis of indexes that tuples lie along, negative from the last; empty where tuples are single indexes. */
    public final OptionalInt channelAxis() {
        return channelAxis == null ? OptionalInt.empty() : OptionalInt.of(channelAxis);
    }

    /** Whether a function gives the distributions of indexes; a model without one looks them up in its prior. */
    public final boolean hasPriorFn() {
        return priorFn != null;
    }

    /**
     * The arguments that all indexed models share.
     *
     * @param <B> the builder itself
     */
    public abstract static sealed class Builder<B extends Builder<B>> extends EntropyModel.Builder<B>
            permits ContinuousIndexedEntropyModel.Builder,
                    LocationScaleIndexedEntropyModel.Builder,
                    UniversalIndexedEntropyModel.Builder {
        final @Nullable PriorFn priorFn;

        @Nullable
        Integer channelAxis;

        Builder(@Nullable PriorFn priorFn, @Nullable Prior prior, Shape indexRanges, @Nullable CdfTables tables) {
            super(prior, indexRanges, tables);
            if (indexRanges.rank() == 0 || indexRanges.elements() == 0) {
                throw new IllegalArgumentException(
                        "there must be at least one index range, each at least 1: indexRanges=" + indexRanges);
            }
            if (prior != null && !Priors.knows(prior.family())) {
                throw new IllegalArgumentException("a prior that indexes look up must be of a family that the library"
                        + " knows (for others give a PriorFn): family=" + prior.family());
            }
            this.priorFn = priorFn;
        }

        /** The distributions of all index tuples; null in a model of tables alone. */
        final @Nullable Prior priorOfAll(Arguments arguments) {
            return priorFn == null
                    ? prior
                    : priorOf(priorFn, Indexes.all(priorShape, parameterType(arguments.bottleneckType())));
        }
    }
}
