package io.github.uniquant;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.BottleneckGradient;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.free.TableFreeCdfs;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A batched entropy model with universal quantization: the noise that a bottleneck was trained with is the noise that its
 * transmission adds. Section 3.2 of "Universally Quantized Neural Compression" (Agustsson and Theis, 2020,
 * arXiv:2006.09952); the arguments, methods and results are those of TensorFlow Compression's class of this name.
 *
 * <p>A tensor has shape {@code batch ++ coding}: its innermost {@link #codingRank()} dimensions are one <i>coding
 * unit</i>, coded to one byte string. A coding unit has shape {@code broadcast ++ priorShape}: the prior's elements are
 * independent along {@code priorShape} and shared along {@code broadcast}.
 *
 * <p>A model is immutable and thread-safe.
 */
public final class UniversalBatchedEntropyModel extends BatchedEntropyModel {
    private final int numNoiseLevels;
    private final Dither dither;
    private final DitherLayouts layouts;

    /** What built the tables and will build those of later weights; null where {@link #setWeights} made none yet. */
    private final @Nullable CdfTableBuilder tableBuilder; // guarded by itself

    private UniversalBatchedEntropyModel(Builder builder, Arguments arguments) {
        super(arguments, builder.prior, builder.priorShape, arguments.compression() ? coder(builder, arguments) : null);
        this.numNoiseLevels = builder.numNoiseLevels;
        this.dither = builder.dither;
        this.layouts = new DitherLayouts(
                dither,
                numNoiseLevels,
                (int) priorShape().elements(),
                arguments.bottleneckType(),
                ransTables(),
                freeCdfs());
        this.tableBuilder = builder.tableBuilder;
    }

    private static @Nullable TableCoder coder(Builder builder, Arguments arguments) {
        if (arguments.coder() != CoderFormat.RANS_FREE) {
            return tableCoder(tables(builder, arguments), arguments);
        }
        if (builder.prior == null || builder.tables != null) {
            throw Builder.cannotCodeWithoutTables();
        }
        TableFreeCdfs cdfs = TableFreeCdfs.of(builder.prior, arguments.rangeCoderPrecision(), arguments.tailMass());
        return new TableCoder(cdfs, arguments.decodeSanityCheck(), arguments.bottleneckType());
    }

    private static CdfTables tables(Builder builder, Arguments arguments) {
        CdfTables given = builder.tables;
        if (given != null) {
            return given;
        }
        CdfTableBuilder tableBuilder = builder.tableBuilder == null ? new CdfTableBuilder() : builder.tableBuilder;
        synchronized (tableBuilder) {
            return tableBuilder.rebuild(
                    Objects.requireNonNull(builder.prior),
                    builder.numNoiseLevels,
                    arguments.tailMass(),
                    arguments.rangeCoderPrecision(),
                    arguments.bottleneckType());
        }
    }

    /** Starts a model of this prior; {@link Builder#codingRank} must be set. */
    public static Builder builder(Prior prior) {
        return new Builder(prior, prior.shape(), null);
    }

    /**
     * Starts a model of tables that were made elsewhere: it compresses and decompresses, but has no prior and estimates
     * nothing. {@link Builder#codingRank} must be set.
     *
     * @param tables one table for each noise level and prior element, at row level * priorSize + element
     */
    public static Builder builder(CdfTables tables, Shape priorShape) {
        return new Builder(null, priorShape, tables).compression(true);
    }

    @Override
    UnitLayout.Source layouts(int elements) {
        return layouts.source(elements);
    }

    @Override
    BottleneckGradient quantizedGradient() {
        return BottleneckGradient.NONE;
    }

    @Override
    Tensor quantized(Tensor bottleneck, Shape batch) {
        return Perturbation.dither(bottleneck, batch, this::layouts);
    }

    /**
     * Decompresses some units of a batch, given their numbers: row-major indexes in the batch that was compressed.
     *
     * @param unitNumbers one number for each string
     */
    public Tensor decompress(BitStrings strings, Shape broadcastShape, long @Nullable [] unitNumbers) {
        return decompress(strings, broadcastShape, unitNumbers, UnitTasks.HERE);
    }

    /** The number of levels of the quantised noise. */
    public int numNoiseLevels() {
        return numNoiseLevels;
    }

    /** Where the noise levels come from. */
    public Dither dither() {
        return dither;
    }

    @Override
    public UniversalBatchedEntropyModel setWeights(List<Tensor> weights) {
        Weights taken = weights(weights);
        Builder builder = new Builder(taken.prior(), priorShape(), taken.tables())
                .arguments(arguments)
                .numNoiseLevels(numNoiseLevels)
                .dither(dither);
        if (compression() && taken.tables() == null && freeCdfs() == null) {
            builder.tableBuilder = tableBuilder == null ? new CdfTableBuilder() : tableBuilder;
        }
        return builder.build();
    }

    /**
     * The model of a configuration and its weights. It decodes what the first one coded.
     *
     * @param config what {@link #getConfig()} gave
     * @param weights what {@link #getWeights()} gave
     */
    public static UniversalBatchedEntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights) {
        return ModelConfig.model(UniversalBatchedEntropyModel.class, config, weights, DecodeLimits.DEFAULT);
    }

    /** The arguments of a universal batched model. */
    public static final class Builder extends EntropyModel.Builder<Builder> {
        private int numNoiseLevels = DEFAULT_NOISE_LEVELS;
        private Dither dither = Dither.tfc();

        @Nullable
        CdfTableBuilder tableBuilder; // to build tables in the memory of; null for memory of their own

        private Builder(@Nullable Prior prior, Shape priorShape, @Nullable CdfTables tables) {
            super(prior, priorShape, tables);
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        boolean codesWithoutTables() {
            return true;
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
        public UniversalBatchedEntropyModel build() {
            return new UniversalBatchedEntropyModel(this, arguments(priorShape.rank(), numNoiseLevels));
        }
    }
}
