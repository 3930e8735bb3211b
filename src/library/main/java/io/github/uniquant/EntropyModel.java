package io.github.uniquant;

import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.BottleneckGradient;
import io.github.uniquant.rate.RateEstimator;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.free.TableFreeCdfs;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What all table-driven entropy models share: their arguments, their tables, and the way of a tensor to strings. A tensor
 * has shape {@code batch ++ coding}: its innermost {@link #codingRank()} dimensions are one <i>coding unit</i>, coded to
 * one byte string.
 *
 * <p>A model is immutable and thread-safe.
 */
public abstract sealed class EntropyModel permits BatchedEntropyModel, IndexedEntropyModel {
    final Arguments arguments;
    private final @Nullable Prior prior;
    private final Shape priorShape;
    private final @Nullable TableCoder coder;

    /**
     * @param prior the distributions that the tables are of; null in a model of tables alone
     * @param coder what codes; null in a model without compression
     */
    EntropyModel(Arguments arguments, @Nullable Prior prior, Shape priorShape, @Nullable TableCoder coder) {
        this.arguments = arguments;
        this.prior = prior;
        this.priorShape = priorShape;
        this.coder = coder;
    }

    /** What codes with these tables; null where there are none, in a model without compression. */
    static @Nullable TableCoder tableCoder(@Nullable CdfTables tables, Arguments arguments) {
        return tables == null
                ? null
                : new TableCoder(tables, arguments.coder, arguments.decodeSanityCheck, arguments.bottleneckType);
    }

    /** The arguments that all models share. */
    record Arguments(
            int codingRank,
            boolean compression,
            double laplaceTailMass,
            boolean expectedGrads,
            double tailMass,
            int rangeCoderPrecision,
            ElementType bottleneckType,
            boolean stateless,
            boolean decodeSanityCheck,
            CoderFormat coder,
            DecodeLimits limits) {}

    // ---- shapes

    /** Checks a bottleneck's type and rank, and returns its batch shape. */
    final Shape batchShape(Tensor bottleneck) {
        Shape shape = bottleneck.shape();
        if (bottleneck.type() != arguments.bottleneckType) {
            throw new IllegalArgumentException(
                    "the tensor must be of the bottleneck's type: bottleneckType=" + arguments.bottleneckType.id()
                            + " type=" + bottleneck.type().id());
        }
        if (shape.rank() < codingRank()) {
            throw new IllegalArgumentException("the tensor must have at least codingRank dimensions: shape=" + shape
                    + " codingRank=" + codingRank());
        }
        return shape.leading(shape.rank() - codingRank());
    }

    /** The elements of a coding unit of this shape, checked against the formats' bound. */
    static int codableElements(Shape unit) {
        if (unit.elements() > DecodeLimits.FORMAT_UNIT_ELEMENTS) {
            throw new IllegalArgumentException(
                    "a coding unit must have at most 2^28 elements: elements=" + unit.elements() + " shape=" + unit);
        }
        return (int) unit.elements();
    }

    final TableCoder requireCompression() {
        if (coder == null) {
            throw new IllegalStateException("the model must be built with compression(true) for coding and tables");
        }
        return coder;
    }

    /** What the native coder needs of the tables; null where it takes no part. */
    final @Nullable RansTables ransTables() {
        return coder == null ? null : coder.ransTables();
    }

    /** What the table-free coder needs of the prior; null where it takes no part. */
    final @Nullable TableFreeCdfs freeCdfs() {
        return coder == null ? null : coder.freeCdfs();
    }

    /** What estimates the bits of tensors under a prior, with the model's Laplace tail. */
    final RateEstimator estimator(Prior ofElements) {
        return new RateEstimator(ofElements, arguments.laplaceTailMass);
    }

    /** How estimates of tensors with noise take the gradient by the tensor. */
    final BottleneckGradient noiseGradient() {
        return arguments.expectedGrads ? BottleneckGradient.EXPECTED : BottleneckGradient.PATHWISE;
    }

    /**
     * How estimates of quantized tensors take it. As upstream: plain rounding passes gradients straight through, rounding
     * with dither passes none.
     */
    BottleneckGradient quantizedGradient() {
        return BottleneckGradient.PATHWISE;
    }

    // ---- attributes

    /** The prior. A model made from tables has none: that is an {@link IllegalStateException}. */
    public final Prior prior() {
        if (prior == null) {
            throw new IllegalStateException("the model has no prior: it was built from tables");
        }
        return prior;
    }

    /** Whether the model has a prior, rather than tables alone. */
    public final boolean hasPrior() {
        return prior != null;
    }

    /** Batch shape of the prior: one distribution, and at least one table, for each of its elements. */
    public final Shape priorShape() {
        return priorShape;
    }

    /**
     * A stable hash of what sender and receiver must have in common for their cells to be the same: of the tables, or of
     * the parameters that cells are computed from.
     */
    public final long codingHash() {
        return requireCompression().hash();
    }

    /**
     * The tables used for coding.
     *
     * @throws IllegalStateException in a model without compression, or whose coder computes its cells
     */
    public final CdfTables tables() {
        return requireCompression().tables();
    }

    /** A copy of the integer CDFs in upstream's layout; see {@link CdfTables#cdf()}. */
    public final int[] cdf() {
        return tables().cdf();
    }

    /** A copy of the value of each table's first cell. */
    public final int[] cdfOffset() {
        return tables().cdfOffset();
    }

    /** The number of innermost dimensions that are one coding unit. */
    public final int codingRank() {
        return arguments.codingRank;
    }

    /** Whether the model has tables, and so compresses and decompresses. */
    public final boolean compression() {
        return arguments.compression;
    }

    /** Whether gradients with respect to the bottleneck are expected over the noise. */
    public final boolean expectedGrads() {
        return arguments.expectedGrads;
    }

    /** Weight of the Laplace mixture that augments the prior in estimates; 0 where there is none. */
    public final double laplaceTailMass() {
        return arguments.laplaceTailMass;
    }

    /** Approximate probability mass that is coded as overflow. */
    public final double tailMass() {
        return arguments.tailMass;
    }

    /** Bits of precision of the tables, read back from them. */
    public final int rangeCoderPrecision() {
        return coder == null ? arguments.rangeCoderPrecision : coder.precision();
    }

    /** Whether the tables are derived state, left out of the weights; implied without compression. */
    public final boolean stateless() {
        return arguments.stateless || !arguments.compression;
    }

    /** Whether decoding checks that each string was used up exactly. */
    public final boolean decodeSanityCheck() {
        return arguments.decodeSanityCheck;
    }

    /** Type of the bottleneck tensor. */
    public final ElementType bottleneckType() {
        return arguments.bottleneckType;
    }

    /** The layout of the strings. */
    public final CoderFormat coder() {
        return arguments.coder;
    }

    /** The limits on decoding. */
    public final DecodeLimits limits() {
        return arguments.limits;
    }

    // ---- state

    /** The parameters of the prior. */
    public final List<Variable> trainableVariables() {
        return prior == null ? List.of() : prior.parameters();
    }

    /** The tables, {@code cdf} and {@code cdf_offset}; none in a stateless model, and without tables. */
    public List<Variable> nonTrainableVariables() {
        if (stateless() || freeCdfs() != null) {
            return List.of();
        }
        int[] cdf = cdf();
        int[] cdfOffset = cdfOffset();
        return List.of(
                new Variable("cdf", Tensor.of(Shape.of(cdf.length), cdf)),
                new Variable("cdf_offset", Tensor.of(Shape.of(cdfOffset.length), cdfOffset)));
    }

    /** Trainable, then non-trainable variables. */
    public final List<Variable> variables() {
        List<Variable> variables = new ArrayList<>(trainableVariables());
        variables.addAll(nonTrainableVariables());
        return List.copyOf(variables);
    }

    /** The values of {@link #variables()}. */
    public final List<Tensor> getWeights() {
        return variables().stream().map(Variable::value).toList();
    }

    /**
     * A model with these weights in place of {@link #getWeights()}, of the same count, types and, but for the tables,
     * shapes. This model stays as it is. The tables are taken as given, as upstream does; give a stateless model's
     * weights to have them built from the prior.
     */
    public abstract EntropyModel setWeights(List<Tensor> weights);

    /**
     * Weights taken apart: another prior, if there is one, and other tables, unless they are derived state or there are
     * none.
     */
    record Weights(@Nullable Prior prior, @Nullable CdfTables tables) {}

    /** Checks that there is one weight for each variable, and takes them apart. */
    final Weights weights(List<Tensor> weights) {
        int variables = variables().size();
        if (weights.size() != variables) {
            throw new IllegalArgumentException("there must be one weight for each variable: weights=" + weights.size()
                    + " variables=" + variables);
        }
        int parameters = trainableVariables().size();
        CdfTables tables = null;
        if (!stateless() && freeCdfs() == null) {
            tables = CdfTables.of(
                    weights.get(parameters).ints(), weights.get(parameters + 1).ints());
        } else if (prior == null && compression()) {
            tables = tables(); // there is nothing else to have them of
        }
        return new Weights(prior == null ? null : prior.withParameters(weights.subList(0, parameters)), tables);
    }

    /**
     * The configuration: a map of strings, numbers, booleans, lists and maps, ready for JSON. With {@link #getWeights()}
     * it rebuilds the model; see {@link #fromConfig(Map, List)}. A {@link io.github.uniquant.prior.NoisyPrior} is not part of
     * it, being the user's own code: the model that is rebuilt has the tables alone.
     *
     * @throws IllegalStateException on a model without compression or stateless, as upstream
     */
    public final Map<String, Object> getConfig() {
        if (stateless()) {
            throw new IllegalStateException("getConfig needs a model with compression(true) and stateless(false):"
                    + " compression=" + arguments.compression + " stateless=" + arguments.stateless);
        }
        return ModelConfig.of(this);
    }

    /**
     * The model of a configuration and its weights, of the class that the configuration is of. It decodes what the first
     * one coded.
     *
     * @param config what {@link #getConfig()} gave
     * @param weights what {@link #getWeights()} gave
     */
    public static EntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights) {
        return fromConfig(config, weights, DecodeLimits.DEFAULT);
    }

    /** As {@link #fromConfig(Map, List)}, with limits on decoding, which are not part of a configuration. */
    public static EntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights, DecodeLimits limits) {
        return ModelConfig.model(EntropyModel.class, config, weights, limits);
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[prior=" + prior + ", priorShape=" + priorShape + ", codingRank="
                + arguments.codingRank + ", bottleneckType=" + arguments.bottleneckType.id() + ", coder="
                + (coder == null ? "none" : arguments.coder.id()) + "]";
    }

    /**
     * The arguments that all models share; one method for each of upstream's constructor arguments, with upstream's
     * defaults.
     *
     * @param <B> the builder itself
     */
    public abstract static sealed class Builder<B extends Builder<B>>
            permits ContinuousBatchedEntropyModel.Builder,
                    UniversalBatchedEntropyModel.Builder,
                    IndexedEntropyModel.Builder {
        private static final double DEFAULT_TAIL_MASS = 0x1p-8;
        private static final int DEFAULT_PRECISION = 12;
        static final int DEFAULT_NOISE_LEVELS = 15;

        final @Nullable Prior prior;
        final Shape priorShape;

        @Nullable
        CdfTables tables; // null where none were given

        private int codingRank = -1;
        private boolean compression;
        private double laplaceTailMass;
        private boolean expectedGrads;
        private double tailMass = DEFAULT_TAIL_MASS;
        private int rangeCoderPrecision = DEFAULT_PRECISION;
        private ElementType bottleneckType = ElementType.FLOAT32;
        private boolean stateless;
        private boolean decodeSanityCheck = true;
        private CoderFormat coder = CoderFormat.RANS;
        private DecodeLimits limits = DecodeLimits.DEFAULT;

        Builder(@Nullable Prior prior, Shape priorShape, @Nullable CdfTables tables) {
            if (prior != null) {
                requireScalar(prior);
            }
            if (priorShape.elements() > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "the prior must have less than 2^31 elements: priorShape=" + priorShape);
            }
            this.prior = prior;
            this.priorShape = priorShape;
            this.tables = tables;
        }

        static void requireScalar(Prior prior) {
            if (prior.eventRank() != 0) {
                throw new IllegalArgumentException("the prior must be over scalars: eventRank=" + prior.eventRank());
            }
        }

        static int checkedNoiseLevels(int numNoiseLevels) {
            if (numNoiseLevels < 1 || numNoiseLevels > Dither.MAX_NOISE_LEVELS) {
                throw new IllegalArgumentException(
                        "numNoiseLevels must be in [1, 2^24]: numNoiseLevels=" + numNoiseLevels);
            }
            return numNoiseLevels;
        }

        abstract B self();

        /** Whether the model can be coded without tables, see {@link CoderFormat#RANS_FREE}. */
        boolean codesWithoutTables() {
            return false;
        }

        /** Tables to use instead of building them from the prior, such as those the sender shipped. */
        public final B tables(CdfTables tables) {
            this.tables = Objects.requireNonNull(tables);
            return self();
        }

        static IllegalArgumentException cannotCodeWithoutTables() {
            return new IllegalArgumentException(
                    "a model must be a UniversalBatchedEntropyModel with a prior and no tables to code without tables:"
                            + " coder=" + CoderFormat.RANS_FREE.id());
        }

        /**
         * The arguments as they stand. The coding rank must be set, and at least {@code leastCodingRank}; of tables, where
         * they were given, there must be one for each noise level and prior element.
         */
        final Arguments arguments(int leastCodingRank, int numNoiseLevels) {
            if (codingRank < leastCodingRank) {
                throw new IllegalArgumentException("codingRank must be set, and at least the rank of the prior's shape:"
                        + " codingRank=" + codingRank + " priorRank=" + leastCodingRank);
            }
            if (coder == CoderFormat.RANS_FREE && !codesWithoutTables()) {
                throw cannotCodeWithoutTables();
            }
            if (tables != null && tables.count() != numNoiseLevels * priorShape.elements()) {
                throw new IllegalArgumentException("there must be one table for each noise level and prior element:"
                        + " tables=" + tables.count() + " numNoiseLevels=" + numNoiseLevels + " priorShape="
                        + priorShape);
            }
            return new Arguments(
                    codingRank,
                    compression,
                    laplaceTailMass,
                    expectedGrads,
                    tailMass,
                    rangeCoderPrecision,
                    bottleneckType,
                    stateless,
                    decodeSanityCheck,
                    coder,
                    limits);
        }

        /** Takes all arguments of another model. */
        final B arguments(Arguments other) {
            codingRank = other.codingRank;
            compression = other.compression;
            laplaceTailMass = other.laplaceTailMass;
            expectedGrads = other.expectedGrads;
            tailMass = other.tailMass;
            rangeCoderPrecision = other.rangeCoderPrecision;
            bottleneckType = other.bottleneckType;
            stateless = other.stateless;
            decodeSanityCheck = other.decodeSanityCheck;
            coder = other.coder;
            limits = other.limits;
            return self();
        }

        /** The number of innermost dimensions that are one coding unit, at least the rank of the prior's shape. */
        public final B codingRank(int codingRank) {
            if (codingRank < 0) {
                throw new IllegalArgumentException("codingRank must be at least 0: codingRank=" + codingRank);
            }
            this.codingRank = codingRank;
            return self();
        }

        /** Whether to build the tables, which {@code compress} and {@code decompress} need; false by default. */
        public final B compression(boolean compression) {
            this.compression = compression;
            return self();
        }

        /** Weight in [0, 1) of a Laplace mixture that augments the prior in estimates; 0 by default. */
        public final B laplaceTailMass(double laplaceTailMass) {
            if (!(laplaceTailMass >= 0 && laplaceTailMass < 1)) {
                throw new IllegalArgumentException(
                        "laplaceTailMass must be in [0, 1): laplaceTailMass=" + laplaceTailMass);
            }
            this.laplaceTailMass = laplaceTailMass;
            return self();
        }

        /** Whether gradients with respect to the bottleneck are expected over the noise; false by default. */
        public final B expectedGrads(boolean expectedGrads) {
            this.expectedGrads = expectedGrads;
            return self();
        }

        /** Approximate probability mass in (0, 1) that is coded as overflow, half on each side; 2^-8 by default. */
        public final B tailMass(double tailMass) {
            if (!(tailMass > 0 && tailMass < 1)) {
                throw new IllegalArgumentException("tailMass must be in (0, 1): tailMass=" + tailMass);
            }
            this.tailMass = tailMass;
            return self();
        }

        /** Bits of precision p of the tables, 1 to 16; 12 by default. A table has at most 2^p cells. */
        public final B rangeCoderPrecision(int rangeCoderPrecision) {
            if (rangeCoderPrecision < 1 || rangeCoderPrecision > 16) {
                throw new IllegalArgumentException(
                        "rangeCoderPrecision must be in [1, 16]: rangeCoderPrecision=" + rangeCoderPrecision);
            }
            this.rangeCoderPrecision = rangeCoderPrecision;
            return self();
        }

        /** Type of the bottleneck tensor, a floating one; float32 by default. */
        public final B bottleneckType(ElementType bottleneckType) {
            if (!bottleneckType.isFloating()) {
                throw new IllegalArgumentException(
                        "bottleneckType must be a floating type: bottleneckType=" + bottleneckType.id());
            }
            this.bottleneckType = bottleneckType;
            return self();
        }

        /** Whether the tables are derived state, left out of the weights; false by default. */
        public final B stateless(boolean stateless) {
            this.stateless = stateless;
            return self();
        }

        /** Whether decoding checks that each string was used up exactly; true by default. */
        public final B decodeSanityCheck(boolean decodeSanityCheck) {
            this.decodeSanityCheck = decodeSanityCheck;
            return self();
        }

        /** The layout of the strings; {@link CoderFormat#RANS} by default. */
        public final B coder(CoderFormat coder) {
            this.coder = Objects.requireNonNull(coder);
            return self();
        }

        /** The limits on decoding; {@link DecodeLimits#DEFAULT} by default. */
        public final B limits(DecodeLimits limits) {
            this.limits = Objects.requireNonNull(limits);
            return self();
        }
    }
}
