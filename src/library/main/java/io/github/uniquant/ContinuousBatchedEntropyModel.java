package io.github.uniquant;

import io.github.uniquant.prior.Prior;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A batched entropy model with plain rounding, and one table for each element of the prior: Ballé, Laparra and Simoncelli,
 * "End-to-end Optimized Image Compression" (2017, arXiv:1611.01704). The arguments, methods and results are those of
 * TensorFlow Compression's class of this name.
 *
 * <p>Values are rounded to integers plus the prior element's {@linkplain #quantizationOffset() quantization offset} q: {@code
 * s = round(y - q)}, {@code y_hat = s + q}. Shapes are as in {@link UniversalBatchedEntropyModel}.
 *
 * <p>A model is immutable and thread-safe.
 */
public final class ContinuousBatchedEntropyModel extends BatchedEntropyModel {
    private final boolean offsetHeuristic;
    private final @Nullable Tensor quantizationOffset; // of the bottleneck's type and the prior's shape
    private final boolean offsetIsDerived;
    private final LayoutCache layouts;

    private ContinuousBatchedEntropyModel(Builder builder, Arguments arguments, @Nullable Tensor offset) {
        super(
                arguments,
                builder.prior,
                builder.priorShape,
                tableCoder(arguments.compression() ? tables(builder, arguments, offset) : null, arguments));
        this.offsetHeuristic = builder.offsetHeuristic;
        this.quantizationOffset = offset;
        this.offsetIsDerived = !builder.offsetIsGiven;
        double[] offsets = offset == null ? new double[(int) priorShape().elements()] : offset.toDoubles();
        this.layouts = new LayoutCache(arguments.bottleneckType(), ransTables(), layout -> fill(layout, offsets));
    }

    private static CdfTables tables(Builder builder, Arguments arguments, @Nullable Tensor offset) {
        CdfTables given = builder.tables;
        if (given != null) {
            return given;
        }
        Prior prior = Objects.requireNonNull(builder.prior);
        double[] offsets = offset == null ? new double[prior.size()] : offset.toDoubles();
        return CdfTableBuilder.build(prior, offsets, arguments.tailMass(), arguments.rangeCoderPrecision());
    }

    private static void fill(UnitLayout layout, double[] offsets) {
        int element = 0;
        for (int i = 0; i < layout.tables.length; i++) {
            layout.set(i, element, offsets[element]);
            element = element + 1 == offsets.length ? 0 : element + 1;
        }
    }

    /** Starts a model of this prior; {@link Builder#codingRank} must be set. */
    public static Builder builder(Prior prior) {
        return new Builder(prior, prior.shape(), null);
    }

    /**
     * Starts a model of tables that were made elsewhere: it compresses and decompresses, but has no prior and estimates
     * nothing. {@link Builder#codingRank} must be set, and {@link Builder#quantizationOffset} where the tables were made at
     * one.
     *
     * @param tables one table for each prior element
     */
    public static Builder builder(CdfTables tables, Shape priorShape) {
        return new Builder(null, priorShape, tables).compression(true);
    }

    @Override
    UnitLayout.Source layouts(int elements) {
        return layouts.source(elements);
    }

    @Override
    Tensor quantized(Tensor bottleneck, Shape batch) {
        return quantizationOffset == null
                ? Perturbation.round(bottleneck)
                : Perturbation.dither(bottleneck, batch, this::layouts);
    }

    /**
     * Rounds a tensor of shape {@code batch ++ coding} to integers plus the quantization offset, as decoding what was coded of
     * it gives it. For an optimiser, its gradient is the identity (straight-through).
     */
    public Tensor quantize(Tensor bottleneck) {
        return quantized(bottleneck, checkShape(bottleneck));
    }

    /** Whether the quantization offset was to be taken from the prior. */
    public boolean offsetHeuristic() {
        return offsetHeuristic;
    }

    /** The offset of each element of the prior, of the bottleneck's type; empty where all are zero. */
    public Optional<Tensor> quantizationOffset() {
        return Optional.ofNullable(quantizationOffset).map(ContinuousBatchedEntropyModel::copy);
    }

    private static Tensor copy(Tensor offset) {
        return Tensor.of(offset.shape(), offset.toDoubles()).to(offset.type());
    }

    /** The tables, {@code cdf} and {@code cdf_offset}, and the quantization offset, if any; none in a stateless model. */
    @Override
    public List<Variable> nonTrainableVariables() {
        List<Variable> variables = new ArrayList<>(super.nonTrainableVariables());
        if (quantizationOffset != null && !stateless()) {
            variables.add(new Variable("quantization_offset", copy(quantizationOffset)));
        }
        return List.copyOf(variables);
    }

    @Override
    public ContinuousBatchedEntropyModel setWeights(List<Tensor> weights) {
        Weights taken = weights(weights);
        Builder builder = new Builder(taken.prior(), priorShape(), taken.tables())
                .arguments(arguments)
                .offsetHeuristic(offsetHeuristic);
        if (!stateless()) {
            builder.fixedOffset(quantizationOffset == null ? null : weights.get(weights.size() - 1));
        } else if (!offsetIsDerived) {
            builder.fixedOffset(quantizationOffset);
        }
        return builder.build();
    }

    /**
     * The model of a configuration and its weights. It decodes what the first one coded.
     *
     * @param config what {@link #getConfig()} gave
     * @param weights what {@link #getWeights()} gave
     */
    public static ContinuousBatchedEntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights) {
        return ModelConfig.model(ContinuousBatchedEntropyModel.class, config, weights, DecodeLimits.DEFAULT);
    }

    /** The arguments of a continuous batched model. */
    public static final class Builder extends EntropyModel.Builder<Builder> {
        private boolean offsetHeuristic = true;
        private @Nullable Tensor quantizationOffset;
        private boolean offsetIsGiven;

        private Builder(@Nullable Prior prior, Shape priorShape, @Nullable CdfTables tables) {
            super(prior, priorShape, tables);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Whether to take the quantization offset from the prior: the mode, or where there is none the median, less its
         * nearest integer; true by default. A model without a prior, or with an offset that was given, ignores it.
         */
        public Builder offsetHeuristic(boolean offsetHeuristic) {
            this.offsetHeuristic = offsetHeuristic;
            return this;
        }

        /**
         * The quantization offset to use, in place of the heuristic's.
         *
         * @param quantizationOffset of the prior's shape, or of rank 0 for all elements; finite, of a floating type
         */
        public Builder quantizationOffset(Tensor quantizationOffset) {
            return fixedOffset(quantizationOffset);
        }

        /** This offset, or none whatever the heuristic says. */
        Builder fixedOffset(@Nullable Tensor offset) {
            if (offset != null) {
                checkOffset(offset);
            }
            quantizationOffset = offset;
            offsetIsGiven = true;
            return this;
        }

        private void checkOffset(Tensor offset) {
            if (offset.shape().rank() != 0 && !offset.shape().equals(priorShape)
                    || !offset.type().isFloating()) {
                throw new IllegalArgumentException(
                        "quantizationOffset must be of the prior's shape or of rank 0, and of a"
                                + " floating type: quantizationOffset=" + offset + " priorShape=" + priorShape);
            }
            int bad = FiniteValues.firstOther(offset);
            if (bad >= 0) {
                throw new IllegalArgumentException(
                        "quantizationOffset must be finite: element=" + bad + " value=" + offset.get(bad));
            }
        }

        /** The offset, rounded to the bottleneck's type; null where there is none. */
        private @Nullable Tensor offset(ElementType type) {
            Tensor given = quantizationOffset;
            boolean none = given == null;
            double[] offsets = new double[(int) priorShape.elements()];
            if (given != null) {
                Arrays.setAll(offsets, j -> given.get(given.shape().rank() == 0 ? 0 : j));
            } else if (prior != null && offsetHeuristic && !offsetIsGiven) {
                Arrays.setAll(offsets, prior::quantizationOffset);
                none = Arrays.stream(offsets).allMatch(offset -> offset == 0);
            }
            if (none) {
                return null;
            }
            Tensor rounded = Tensor.of(priorShape, offsets).to(type);
            int bad = FiniteValues.firstOther(rounded);
            if (bad >= 0) {
                throw new IllegalArgumentException(
                        "quantizationOffset must be finite in the bottleneck's type: element=" + bad + " value="
                                + offsets[bad] + " bottleneckType=" + type.id());
            }
            return rounded;
        }

        /**
         * Builds the model, and its tables where it compresses.
         *
         * @throws IllegalArgumentException if the coding rank is missing or too small, or an element of the prior needs more
         *     cells than the precision has slots: the message gives the least precision that would do
         */
        public ContinuousBatchedEntropyModel build() {
            Arguments arguments = arguments(priorShape.rank(), 1);
            return new ContinuousBatchedEntropyModel(this, arguments, offset(arguments.bottleneckType()));
        }
    }
}
