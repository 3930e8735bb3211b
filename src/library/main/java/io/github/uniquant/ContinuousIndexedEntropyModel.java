package io.github.uniquant;

import io.github.uniquant.prior.Prior;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An indexed entropy model with plain rounding, and one table for each tuple of indexes: Ballé, Johnston and Minnen, "Integer
 * Networks for Data Compression with Latent-Variable Models" (2019). The arguments, methods and results are those of
 * TensorFlow Compression's class of this name.
 *
 * <p>A model is immutable and thread-safe.
 */
public final class ContinuousIndexedEntropyModel extends IndexedEntropyModel {
    private ContinuousIndexedEntropyModel(Builder builder, Arguments arguments, @Nullable Prior prior) {
        super(builder, arguments, prior, arguments.compression() ? tables(builder, arguments, prior) : null);
    }

    /** The tables of plain rounding, at offset 0. */
    static CdfTables tables(IndexedEntropyModel.Builder<?> builder, Arguments arguments, @Nullable Prior prior) {
        CdfTables given = builder.tables;
        return given != null
                ? given
                : CdfTableBuilder.build(
                        Objects.requireNonNull(prior),
                        new double[Math.toIntExact(builder.priorShape.elements())],
                        arguments.tailMass(),
                        arguments.rangeCoderPrecision());
    }

    /**
     * Starts a model of the distributions that a function gives; {@link Builder#codingRank} must be set.
     *
     * @param indexRanges how many values each index of a tuple may have, at least 1
     */
    public static Builder builder(PriorFn priorFn, int... indexRanges) {
        return new Builder(priorFn, null, Shape.of(indexRanges), null);
    }

    /**
     * Starts a model that looks its distributions up: those of a prior whose shape is the index ranges, of a family that the
     * library knows. {@link Builder#codingRank} must be set.
     */
    public static Builder builder(Prior prior) {
        return new Builder(null, prior, prior.shape(), null);
    }

    /**
     * Starts a model of tables that were made elsewhere: it compresses and decompresses, but estimates nothing. {@link
     * Builder#codingRank} must be set.
     *
     * @param tables one table for each tuple of indexes, in row-major order
     */
    public static Builder builder(CdfTables tables, int... indexRanges) {
        return new Builder(null, null, Shape.of(indexRanges), tables).compression(true);
    }

    /**
     * Rounds a tensor of shape {@code batch ++ coding} to integers, as decoding what was coded of it gives it. For an
     * optimiser, its gradient is the identity (straight-through).
     */
    public Tensor quantize(Tensor bottleneck) {
        batchShape(bottleneck);
        return Perturbation.round(bottleneck);
    }

    /** As {@link IndexedEntropyModel#setWeights}. The new model has no {@link PriorFn}: it looks parameters up. */
    @Override
    public ContinuousIndexedEntropyModel setWeights(List<Tensor> weights) {
        Weights taken = weights(weights);
        Builder builder = new Builder(null, lookedUp(taken), priorShape(), taken.tables()).arguments(arguments);
        return (channelAxis().isPresent() ? builder.channelAxis(channelAxis().getAsInt()) : builder.noChannelAxis())
                .build();
    }

    /**
     * The model of a configuration and its weights. It decodes what the first one coded, and looks parameters up where that
     * one had a {@link PriorFn}.
     *
     * @param config what {@link #getConfig()} gave
     * @param weights what {@link #getWeights()} gave
     */
    public static ContinuousIndexedEntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights) {
        return ModelConfig.model(ContinuousIndexedEntropyModel.class, config, weights, DecodeLimits.DEFAULT);
    }

    /** The arguments of a continuous indexed model. */
    public static final class Builder extends IndexedEntropyModel.Builder<Builder> {
        private Builder(
                @Nullable PriorFn priorFn, @Nullable Prior prior, Shape indexRanges, @Nullable CdfTables tables) {
            super(priorFn, prior, indexRanges, tables);
            channelAxis = -1;
        }

        @Override
        Builder self() {
            return this;
        }

        /** The axis of indexes that tuples lie along, negative from the last; -1, the last, by default. */
        public Builder channelAxis(int channelAxis) {
            this.channelAxis = channelAxis;
            return this;
        }

        /** Indexes have no channel axis but the tensor's own shape; for one index range only. */
        public Builder noChannelAxis() {
            if (priorShape.rank() != 1) {
                throw new IllegalArgumentException(
                        "only a single index range needs no channel axis: indexRanges=" + priorShape);
            }
            this.channelAxis = null;
            return this;
        }

        /**
         * Builds the model, and its tables where it compresses.
         *
         * @throws IllegalArgumentException if the coding rank is missing or too small, or an element of the prior needs more
         *     cells than the precision has slots: the message gives the least precision that would do
         */
        public ContinuousIndexedEntropyModel build() {
            Arguments arguments = arguments(0, 1);
            return new ContinuousIndexedEntropyModel(this, arguments, priorOfAll(arguments));
        }
    }
}
