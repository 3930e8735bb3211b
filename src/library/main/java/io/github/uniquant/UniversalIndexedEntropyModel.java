package io.github.uniquant;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.BottleneckGradient;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An indexed entropy model with universal quantization, and one table for each noise level and tuple of indexes: {@link
 * ContinuousIndexedEntropyModel} with the dither of {@link UniversalBatchedEntropyModel}. The arguments, methods and results are
 * those of TensorFlow Compression's class of this name.
 *
 * <p>With {@link Dither#tfc()} the noise levels are drawn for the whole tensor, batch dimensions included, as upstream: a
 * unit's string depends on where in the tensor it stands. With {@link Dither#seed} a unit has the levels of its number.
 *
 * <p>A model is immutable and thread-safe.
 */
public final class UniversalIndexedEntropyModel extends IndexedEntropyModel {
    private final int numNoiseLevels;
    private final Dither dither;
    private final IndexedLayouts.Levels levels;

    private UniversalIndexedEntropyModel(Builder builder, Arguments arguments, @Nullable Prior prior) {
        super(builder, arguments, prior, arguments.compression() ? tables(builder, arguments, prior) : null);
        this.numNoiseLevels = builder.numNoiseLevels;
        this.dither = builder.dither;
        this.levels = new IndexedLayouts.Levels(
                dither, numNoiseLevels, (int) priorShape().elements(), arguments.bottleneckType());
    }

    private static CdfTables tables(Builder builder, Arguments arguments, @Nullable Prior prior) {
        CdfTables given = builder.tables;
        return given != null
                ? given
                : CdfTableBuilder.build(
                        Objects.requireNonNull(prior),
                        builder.numNoiseLevels,
                        arguments.tailMass(),
                        arguments.rangeCoderPrecision(),
                        arguments.bottleneckType());
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
     * @param tables one table for each noise level and tuple of indexes, in row-major order of {@code (level) ++ tuple}
     */
    public static Builder builder(CdfTables tables, int... indexRanges) {
        return new Builder(null, null, Shape.of(indexRanges), tables).compression(true);
    }

    @Override
    IndexedLayouts.Shift shift() {
        return levels;
    }

    @Override
    BottleneckGradient quantizedGradient() {
        return BottleneckGradient.NONE;
    }

    @Override
    Tensor quantized(Tensor bottleneck, Shape batch, Indexes indexes) {
        return Perturbation.dither(bottleneck, batch, elements -> layouts(indexes, elements, levels));
    }

    /** The number of levels of the quantised noise. */
    public int numNoiseLevels() {
        return numNoiseLevels;
    }

    /** Where the noise levels come from. */
    public Dither dither() {
        return dither;
    }

    /** As {@link IndexedEntropyModel#setWeights}. The new model has no {@link PriorFn}: it looks parameters up. */
    @Override
    public UniversalIndexedEntropyModel setWeights(List<Tensor> weights) {
        Weights taken = weights(weights);
        return new Builder(null, lookedUp(taken), priorShape(), taken.tables())
                .arguments(arguments)
                .numNoiseLevels(numNoiseLevels)
                .dither(dither)
                .build();
    }

    /**
     * The model of a configuration and its weights. It decodes what the first one coded, and looks parameters up where that
     * one had a {@link PriorFn}.
     *
     * @param config what {@link #getConfig()} gave
     * @param weights what {@link #getWeights()} gave
     */
    public static UniversalIndexedEntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights) {
        return ModelConfig.model(UniversalIndexedEntropyModel.class, config, weights, DecodeLimits.DEFAULT);
    }

    /** The arguments of a universal indexed model. */
    public static final class Builder extends IndexedEntropyModel.Builder<Builder> {
        private int numNoiseLevels = DEFAULT_NOISE_LEVELS;
        private Dither dither = Dither.tfc();

        private Builder(
                @Nullable PriorFn priorFn, @Nullable Prior prior, Shape indexRanges, @Nullable CdfTables tables) {
            super(priorFn, prior, indexRanges, tables);
            channelAxis = -1;
        }

        @Override
        Builder self() {
            return this;
        }

        /** The number of levels of the quantised noise, 1 to 2^24; 15 by default. */
        public Builder numNoiseLevels(int numNoiseLevels) {
            this.numNoiseLevels = checkedNoiseLevels(numNoiseLevels);
            return this;
        }

        /** Where the noise levels come from; {@link Dither#tfc()} by default. */
        public Builder dither(Dither dither) {
            this.dither = Objects.requireNonNull(dither);
            return this;
        }

        /**
         * Builds the model, and its tables where it compresses.
         *
         * @throws IllegalArgumentException if the coding rank is missing or too small, or an element of the prior needs more
         *     cells than the precision has slots: the message gives the least precision that would do
         */
        public UniversalIndexedEntropyModel build() {
            Arguments arguments = arguments(0, numNoiseLevels);
            return new UniversalIndexedEntropyModel(this, arguments, priorOfAll(arguments));
        }
    }
}
