package io.github.uniquant;

import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An indexed entropy model of a location-scale family: an index selects the scale of each element, and its location is given
 * as it is. Values are rounded about their locations, {@code s = round(y - loc)}, {@code y_hat = s + loc}; without
 * locations, to integers. The arguments, methods and results are those of TensorFlow Compression's class of this name.
 *
 * <p>Indexes have the tensor's own shape. The location of every element must be the same to the bit for sender and
 * receiver; a location is finite, and of the bottleneck's type. The last tensor of {@link #call(Tensor, Tensor,
 * Tensor)} is noise, as in all indexed models, and not locations.
 *
 * <p>A model is immutable and thread-safe.
 */
public final class LocationScaleIndexedEntropyModel extends IndexedEntropyModel {
    private LocationScaleIndexedEntropyModel(Builder builder, Arguments arguments, @Nullable Prior prior) {
        super(
                builder,
                arguments,
                prior,
                arguments.compression() ? ContinuousIndexedEntropyModel.tables(builder, arguments, prior) : null);
    }

    /**
     * Starts a model of the scales that a function gives, such as {@code builder(NoisyNormal::of, 64, i -> table[(int) i])};
     * {@link Builder#codingRank} must be set. As for a {@link PriorFn}, the function should be exact, or the tables shipped.
     *
     * @param priorFn a prior of these locations, all 0, and scales
     * @param numScales how many values an index may have, at least 1
     * @param scaleFn the scale of an index, larger than 0
     */
    public static Builder builder(
            BiFunction<Tensor, Tensor, ? extends Prior> priorFn, int numScales, DoubleUnaryOperator scaleFn) {
        PriorFn ofIndexes = indexes -> priorFn.apply(
                Tensor.zeros(indexes.type(), indexes.shape()), indexes.map(i -> scaleFn.applyAsDouble(i[0])));
        return new Builder(ofIndexes, null, Shape.of(numScales), null);
    }

    /**
     * Starts a model that looks its scales up: those of a prior of one dimension, with locations of 0. {@link
     * Builder#codingRank} must be set.
     */
    public static Builder builder(Prior prior) {
        return new Builder(null, prior, prior.shape(), null);
    }

    /**
     * Starts a model of tables that were made elsewhere, one for each scale: it compresses and decompresses, but estimates
     * nothing. {@link Builder#codingRank} must be set.
     */
    public static Builder builder(CdfTables tables) {
        return new Builder(null, null, Shape.of(tables.count()), tables).compression(true);
    }

    // ---- coding about locations

    /**
     * As {@link #compress(Tensor, Tensor)}, about locations.
     *
     * @param loc of the tensor's shape and type
     */
    public BitStrings compress(Tensor bottleneck, Tensor indexes, Tensor loc) {
        return compress(bottleneck, indexes, about(loc, bottleneck.shape()), UnitTasks.HERE);
    }

    /** As {@link #compress(Tensor, Tensor, Executor, int)}, about locations. */
    public BitStrings compress(Tensor bottleneck, Tensor indexes, Tensor loc, Executor executor, int parallelism) {
        return compress(bottleneck, indexes, about(loc, bottleneck.shape()), new UnitTasks(executor, parallelism));
    }

    /**
     * As {@link #decompress(BitStrings, Tensor)}, about locations.
     *
     * @param loc of the shape of the indexes and of the bottleneck's type
     */
    public Tensor decompress(BitStrings strings, Tensor indexes, Tensor loc) {
        return decompress(strings, indexes, about(loc, indexes.shape()), UnitTasks.HERE);
    }

    /** As {@link #decompress(BitStrings, Tensor, Executor, int)}, about locations. */
    public Tensor decompress(BitStrings strings, Tensor indexes, Tensor loc, Executor executor, int parallelism) {
        return decompress(strings, indexes, about(loc, indexes.shape()), new UnitTasks(executor, parallelism));
    }

    /**
     * As {@link #decompressTo(BitStrings, Tensor, Tensor)}, about locations.
     *
     * @param loc of the bottleneck's shape and type
     */
    public void decompressTo(BitStrings strings, Tensor indexes, Tensor loc, Tensor bottleneck) {
        decompressTo(strings, indexes, about(loc, indexes.shape()), UnitTasks.HERE, bottleneck);
    }

    /** As {@link #decompressTo(BitStrings, Tensor, Tensor, Executor, int)}, about locations. */
    public void decompressTo(
            BitStrings strings, Tensor indexes, Tensor loc, Tensor bottleneck, Executor executor, int parallelism) {
        UnitTasks tasks = new UnitTasks(executor, parallelism);
        decompressTo(strings, indexes, about(loc, indexes.shape()), tasks, bottleneck);
    }

    /**
     * As {@link #newEncoder(Tensor)}, about locations, which are those in the tensor when a unit is coded, as the indexes are.
     *
     * @param loc of the shape of the indexes and of the bottleneck's type; finite whenever a unit is coded
     */
    public UnitEncoder newEncoder(Tensor indexes, Tensor loc) {
        return newEncoder(indexes, about(loc, indexes.shape()));
    }

    /**
     * As {@link #newDecoder(Tensor)}, about locations, which are those in the tensor when a unit is decoded.
     *
     * @param loc of the shape of the indexes and of the bottleneck's type; finite, and what it was for the encoder, whenever
     *     a unit is decoded
     */
    public UnitDecoder newDecoder(Tensor indexes, Tensor loc) {
        return newDecoder(indexes, about(loc, indexes.shape()));
    }

    private IndexedLayouts.Shift about(Tensor loc, Shape shape) {
        checkLoc(loc, shape);
        return IndexedLayouts.Shift.by(loc);
    }

    private void checkLoc(Tensor loc, Shape shape) {
        if (loc.type() != bottleneckType() || !loc.shape().equals(shape)) {
            throw new IllegalArgumentException("loc must have the tensor's shape and type: loc=" + loc + " shape="
                    + shape + " bottleneckType=" + bottleneckType().id());
        }
    }

    /** Rounds a tensor to integers; its gradient for an optimiser is the identity (straight-through). */
    public Tensor quantize(Tensor bottleneck) {
        batchShape(bottleneck);
        return Perturbation.round(bottleneck);
    }

    /** Rounds a tensor to integers plus its locations, as decoding what was coded of it gives it. */
    public Tensor quantize(Tensor bottleneck, Tensor loc) {
        return Perturbation.add(quantize(centred(bottleneck, loc)), loc);
    }

    private Tensor centred(Tensor bottleneck, Tensor loc) {
        batchShape(bottleneck);
        checkLoc(loc, bottleneck.shape());
        FiniteValues.require(loc, 0, loc.size(), "location", "loc");
        return Perturbation.subtract(bottleneck, loc);
    }

    /**
     * Equivalent to {@link #call(Tensor, Tensor, Tensor, Training, RandomGenerator)} with a generator of the calling
     * thread, unseeded.
     */
    public RateEstimate call(Tensor bottleneck, Tensor indexes, Tensor loc, Training training) {
        return call(bottleneck, indexes, loc, training, ThreadLocalRandom.current());
    }

    /** As {@link #call(Tensor, Tensor, Training, RandomGenerator)}, about locations of the tensor's shape and type. */
    public RateEstimate call(Tensor bottleneck, Tensor indexes, Tensor loc, Training training, RandomGenerator random) {
        RateEstimate estimate = call(centred(bottleneck, loc), indexes, training, random);
        return estimate.withPerturbed(Perturbation.add(estimate.perturbed(), loc));
    }

    /** The number of scales that an index selects from. */
    public int numScales() {
        return priorShape().dim(0);
    }

    /** As {@link IndexedEntropyModel#setWeights}. The new model has no scale function: it looks scales up. */
    @Override
    public LocationScaleIndexedEntropyModel setWeights(List<Tensor> weights) {
        Weights taken = weights(weights);
        return new Builder(null, lookedUp(taken), priorShape(), taken.tables())
                .arguments(arguments)
                .build();
    }

    /**
     * The model of a configuration and its weights. It decodes what the first one coded, and looks scales up where that one
     * had a function.
     *
     * @param config what {@link #getConfig()} gave
     * @param weights what {@link #getWeights()} gave
     */
    public static LocationScaleIndexedEntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights) {
        return ModelConfig.model(LocationScaleIndexedEntropyModel.class, config, weights, DecodeLimits.DEFAULT);
    }

    /** The arguments of a location-scale model. */
    public static final class Builder extends IndexedEntropyModel.Builder<Builder> {
        private Builder(@Nullable PriorFn priorFn, @Nullable Prior prior, Shape numScales, @Nullable CdfTables tables) {
            super(priorFn, prior, numScales, tables);
            if (numScales.rank() != 1) {
                throw new IllegalArgumentException(
                        "the prior must have one dimension, for the scales: priorShape=" + numScales);
            }
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the model, and its tables where it compresses.
         *
         * @throws IllegalArgumentException if the coding rank is missing or too small, or an element of the prior needs more
         *     cells than the precision has slots: the message gives the least precision that would do
         */
        public LocationScaleIndexedEntropyModel build() {
            Arguments arguments = arguments(0, 1);
            return new LocationScaleIndexedEntropyModel(this, arguments, priorOfAll(arguments));
        }
    }
}
