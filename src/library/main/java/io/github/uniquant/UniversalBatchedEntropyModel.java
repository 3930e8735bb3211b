package io.github.uniquant;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.rate.RateEstimator;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
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
public final class UniversalBatchedEntropyModel {
    private static final double DEFAULT_TAIL_MASS = 0x1p-8;
    private static final int DEFAULT_PRECISION = 12;
    private static final int DEFAULT_NOISE_LEVELS = 15;

    private final Builder options;
    private final Shape priorShape;
    private final DitherLayouts layouts;
    private final @Nullable TableCoder coder;
    private final @Nullable RateEstimator estimator;

    private UniversalBatchedEntropyModel(Builder options) {
        this.options = options;
        this.priorShape = options.priorShape;
        if (priorShape.elements() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the prior must have less than 2^31 elements: priorShape=" + priorShape);
        }
        if (options.codingRank < priorShape.rank()) {
            throw new IllegalArgumentException("codingRank must be set, and at least the rank of the prior's shape:"
                    + " codingRank=" + options.codingRank + " priorShape=" + priorShape);
        }
        this.layouts = new DitherLayouts(
                options.dither, options.numNoiseLevels, (int) priorShape.elements(), options.bottleneckType);
        this.estimator =
                options.prior == null ? null : new RateEstimator(options.prior, options.laplaceTailMass);
        this.coder = options.compression ? newCoder(options) : null;
    }

    private static TableCoder newCoder(Builder options) {
        CdfTables tables = options.tables;
        if (tables == null) {
            tables = CdfTableBuilder.build(
                    Objects.requireNonNull(options.prior),
                    options.numNoiseLevels,
                    options.tailMass,
                    options.rangeCoderPrecision,
                    options.bottleneckType);
        } else {
            long rows = options.numNoiseLevels * options.priorShape.elements();
            if (tables.count() != rows) {
                throw new IllegalArgumentException("there must be one table for each noise level and prior element:"
                        + " tables=" + tables.count() + " numNoiseLevels=" + options.numNoiseLevels + " priorShape="
                        + options.priorShape);
            }
        }
        return new TableCoder(tables, options.coder, options.decodeSanityCheck, options.bottleneckType);
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

    // ---- coding

    /**
     * Compresses a tensor of shape {@code batch ++ coding} and of the bottleneck's type to one string for each element of
     * {@code batch}. A value that is not finite, or does not round to an int32, is refused.
     */
    public BitStrings compress(Tensor bottleneck) {
        TableCoder tableCoder = requireCompression();
        Shape batch = checkShape(bottleneck);
        Shape unit = bottleneck.shape().trailing(codingRank());
        if (unit.elements() > DecodeLimits.FORMAT_UNIT_ELEMENTS) {
            throw new IllegalArgumentException(
                    "a coding unit must have at most 2^28 elements: elements=" + unit.elements() + " shape=" + unit);
        }
        int elements = (int) unit.elements();
        return tableCoder.compress(bottleneck, batch, elements, layouts.source(elements));
    }

    /**
     * Decompresses strings to a tensor of shape {@code strings.shape ++ broadcastShape ++ priorShape}.
     *
     * @param broadcastShape the part of the shape between the batch and the prior's shape, as it was compressed
     * @throws io.github.uniquant.coder.MalformedBitstreamException if a string is damaged
     */
    public Tensor decompress(BitStrings strings, Shape broadcastShape) {
        return decompress(strings, broadcastShape, null);
    }

    /**
     * Decompresses some units of a batch, given their numbers: row-major indexes in the batch that was compressed.
     *
     * @param unitNumbers one number for each string
     */
    public Tensor decompress(BitStrings strings, Shape broadcastShape, long @Nullable [] unitNumbers) {
        TableCoder tableCoder = requireCompression();
        if (unitNumbers != null && unitNumbers.length != strings.count()) {
            throw new IllegalArgumentException("there must be one unit number for each string: unitNumbers="
                    + unitNumbers.length + " strings=" + strings.count());
        }
        Shape unit = unitShape(broadcastShape);
        options.limits.check(strings.count(), unit);
        return tableCoder.decompress(strings, unit, layouts.source((int) unit.elements()), unitNumbers);
    }

    /** An encoder of coding units of shape {@code broadcastShape ++ priorShape}, for latency-critical callers. */
    public UnitEncoder newEncoder(Shape broadcastShape) {
        TableCoder tableCoder = requireCompression();
        int elements = unitElements(broadcastShape);
        return tableCoder.newEncoder(layouts.source(elements), elements);
    }

    /** A decoder of coding units of shape {@code broadcastShape ++ priorShape}, for latency-critical callers. */
    public UnitDecoder newDecoder(Shape broadcastShape) {
        TableCoder tableCoder = requireCompression();
        int elements = unitElements(broadcastShape);
        return tableCoder.newDecoder(layouts.source(elements), elements);
    }

    private int unitElements(Shape broadcastShape) {
        Shape unit = unitShape(broadcastShape);
        options.limits.check(1, unit);
        return (int) unit.elements();
    }

    private Shape unitShape(Shape broadcastShape) {
        int rank = codingRank() - priorShape.rank();
        if (broadcastShape.rank() != rank) {
            throw new IllegalArgumentException("broadcastShape must have codingRank - rank(priorShape) dimensions:"
                    + " broadcastShape=" + broadcastShape + " codingRank=" + codingRank() + " priorShape="
                    + priorShape);
        }
        return broadcastShape.concat(priorShape);
    }

    /** Checks a bottleneck's type and shape, and returns its batch shape. */
    private Shape checkShape(Tensor bottleneck) {
        Shape shape = bottleneck.shape();
        if (bottleneck.type() != options.bottleneckType) {
            throw new IllegalArgumentException("the tensor must be of the bottleneck's type: bottleneckType="
                    + options.bottleneckType.id() + " type=" + bottleneck.type().id());
        }
        if (shape.rank() < codingRank() || !shape.trailing(priorShape.rank()).equals(priorShape)) {
            throw new IllegalArgumentException("the tensor must have at least codingRank dimensions and end in the"
                    + " prior's shape: shape=" + shape + " codingRank=" + codingRank() + " priorShape=" + priorShape);
        }
        return shape.leading(shape.rank() - codingRank());
    }

    private TableCoder requireCompression() {
        if (coder == null) {
            throw new IllegalStateException("the model must be built with compression(true) for coding and tables");
        }
        return coder;
    }

    // ---- estimates

    /**
     * Equivalent to {@link #call(Tensor, Training, RandomGenerator)} with a generator of the calling thread, unseeded.
     */
    public RateEstimate call(Tensor bottleneck, Training training) {
        return call(bottleneck, training, ThreadLocalRandom.current());
    }

    /**
     * Perturbs a tensor of shape {@code batch ++ coding} and estimates the bits of each coding unit.
     *
     * @param training TRUE: fresh uniform noise is added; FALSE: the coded dither is, {@code round(y - o) + o}
     * @param random where fresh noise comes from
     */
    public RateEstimate call(Tensor bottleneck, Training training, RandomGenerator random) {
        Shape batch = checkShape(bottleneck);
        Tensor perturbed = training == Training.TRUE
                ? Perturbation.addUniformNoise(bottleneck, random)
                : Perturbation.dither(bottleneck, batch, layouts);
        return requirePrior().estimate(perturbed, batch);
    }

    /** Estimates the bits of {@code bottleneck + noise}, for noise of the tensor's own shape and type. */
    public RateEstimate call(Tensor bottleneck, Tensor noise) {
        Shape batch = checkShape(bottleneck);
        return requirePrior().estimate(Perturbation.add(bottleneck, noise), batch);
    }

    private RateEstimator requirePrior() {
        if (estimator == null) {
            throw new IllegalStateException("the model must be built from a prior for estimates: it has tables alone");
        }
        return estimator;
    }

    // ---- attributes

    /** The tables used for coding. */
    public CdfTables tables() {
        return requireCompression().tables();
    }

    /** A copy of the integer CDFs in upstream's layout; see {@link CdfTables#cdf()}. */
    public int[] cdf() {
        return tables().cdf();
    }

    /** A copy of the value of each table's first cell. */
    public int[] cdfOffset() {
        return tables().cdfOffset();
    }

    /** The prior. A model made from tables has none: that is an {@link IllegalStateException}. */
    public Prior prior() {
        if (options.prior == null) {
            throw new IllegalStateException("the model has no prior: it was built from tables");
        }
        return options.prior;
    }

    /** Whether the model has a prior, rather than tables alone. */
    public boolean hasPrior() {
        return options.prior != null;
    }

    /** Batch shape of the prior: the innermost dimensions, which are not assumed i.i.d. */
    public Shape priorShape() {
        return priorShape;
    }

    /** The number of innermost dimensions that are one coding unit. */
    public int codingRank() {
        return options.codingRank;
    }

    /** Whether the model has tables, and so compresses and decompresses. */
    public boolean compression() {
        return options.compression;
    }

    /** Whether gradients with respect to the bottleneck are expected over the noise. */
    public boolean expectedGrads() {
        return options.expectedGrads;
    }

    /** Weight of the Laplace mixture that augments the prior in estimates; 0 where there is none. */
    public double laplaceTailMass() {
        return options.laplaceTailMass;
    }

    /** Approximate probability mass that is coded as overflow. */
    public double tailMass() {
        return options.tailMass;
    }

    /** Bits of precision of the tables, read back from them. */
    public int rangeCoderPrecision() {
        return coder == null ? options.rangeCoderPrecision : coder.tables().precision();
    }

    /** The number of levels of the quantised noise. */
    public int numNoiseLevels() {
        return options.numNoiseLevels;
    }

    /** Whether the tables are derived state, left out of the weights; implied without compression. */
    public boolean stateless() {
        return options.stateless || !options.compression;
    }

    /** Whether decoding checks that each string was used up exactly. */
    public boolean decodeSanityCheck() {
        return options.decodeSanityCheck;
    }

    /** Type of the bottleneck tensor. */
    public ElementType bottleneckType() {
        return options.bottleneckType;
    }

    /** The layout of the strings. */
    public CoderFormat coder() {
        return options.coder;
    }

    /** Where the noise levels come from. */
    public Dither dither() {
        return options.dither;
    }

    /** The limits on decoding. */
    public DecodeLimits limits() {
        return options.limits;
    }

    // ---- state

    /** The parameters of the prior. */
    public List<Variable> trainableVariables() {
        return options.prior == null ? List.of() : options.prior.parameters();
    }

    /** The tables, {@code cdf} and {@code cdf_offset}; none in a stateless model. */
    public List<Variable> nonTrainableVariables() {
        if (stateless()) {
            return List.of();
        }
        int[] cdf = cdf();
        int[] cdfOffset = cdfOffset();
        return List.of(
                new Variable("cdf", Tensor.of(Shape.of(cdf.length), cdf)),
                new Variable("cdf_offset", Tensor.of(Shape.of(cdfOffset.length), cdfOffset)));
    }

    /** Trainable, then non-trainable variables. */
    public List<Variable> variables() {
        List<Variable> variables = new ArrayList<>(trainableVariables());
        variables.addAll(nonTrainableVariables());
        return List.copyOf(variables);
    }

    /** The values of {@link #variables()}. */
    public List<Tensor> getWeights() {
        return variables().stream().map(Variable::value).toList();
    }

    /**
     * A model with these weights in place of {@link #getWeights()}, of the same count, types and, but for the tables,
     * shapes. This model stays as it is. The tables are taken as given, as upstream does; give a stateless model's
     * weights to have them built from the prior.
     */
    public UniversalBatchedEntropyModel setWeights(List<Tensor> weights) {
        List<Variable> variables = variables();
        if (weights.size() != variables.size()) {
            throw new IllegalArgumentException("there must be one weight for each variable: weights=" + weights.size()
                    + " variables=" + variables.size());
        }
        Builder builder = options.copy();
        int parameters = trainableVariables().size();
        if (options.prior != null) {
            builder.prior = options.prior.withParameters(weights.subList(0, parameters));
        }
        builder.tables = stateless()
                ? null
                : CdfTables.of(
                        weights.get(parameters).ints(),
                        weights.get(parameters + 1).ints());
        return builder.build();
    }

    /**
     * The configuration: a map of strings, numbers, booleans, lists and maps, ready for JSON. With {@link #getWeights()}
     * it rebuilds the model; see {@link #fromConfig}.
     *
     * @throws IllegalStateException on a model without compression or stateless, as upstream
     */
    public Map<String, Object> getConfig() {
        if (stateless()) {
            throw new IllegalStateException("getConfig needs a model with compression(true) and stateless(false):"
                    + " compression=" + options.compression + " stateless=" + options.stateless);
        }
        return ModelConfig.of(this);
    }

    /**
     * The model of a configuration and its weights. It decodes what the first one coded.
     *
     * @param config what {@link #getConfig()} gave
     * @param weights what {@link #getWeights()} gave
     */
    public static UniversalBatchedEntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights) {
        return ModelConfig.model(config, weights);
    }

    /** The arguments of a model; one method for each of upstream's constructor arguments, with upstream's defaults. */
    public static final class Builder implements Cloneable {
        private final Shape priorShape;
        private @Nullable Prior prior;
        private @Nullable CdfTables tables;
        private int codingRank = -1;
        private boolean compression;
        private double laplaceTailMass;
        private boolean expectedGrads;
        private double tailMass = DEFAULT_TAIL_MASS;
        private int rangeCoderPrecision = DEFAULT_PRECISION;
        private ElementType bottleneckType = ElementType.FLOAT32;
        private int numNoiseLevels = DEFAULT_NOISE_LEVELS;
        private boolean stateless;
        private boolean decodeSanityCheck = true;
        private CoderFormat coder = CoderFormat.RANS;
        private Dither dither = Dither.tfc();
        private DecodeLimits limits = DecodeLimits.DEFAULT;

        private Builder(@Nullable Prior prior, Shape priorShape, @Nullable CdfTables tables) {
            if (prior != null && prior.eventRank() != 0) {
                throw new IllegalArgumentException("the prior must be over scalars: eventRank=" + prior.eventRank());
            }
            this.prior = prior;
            this.priorShape = priorShape;
            this.tables = tables;
        }

        private Builder copy() {
            try {
                return (Builder) clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }

        /** The number of innermost dimensions that are one coding unit, at least the rank of the prior's shape. */
        public Builder codingRank(int codingRank) {
            if (codingRank < 0) {
                throw new IllegalArgumentException("codingRank must be at least 0: codingRank=" + codingRank);
            }
            this.codingRank = codingRank;
            return this;
        }

        /** Whether to build the tables, which {@code compress} and {@code decompress} need; false by default. */
        public Builder compression(boolean compression) {
            this.compression = compression;
            return this;
        }

        /** Weight in [0, 1) of a Laplace mixture that augments the prior in estimates; 0 by default. */
        public Builder laplaceTailMass(double laplaceTailMass) {
            this.laplaceTailMass = laplaceTailMass;
            return this;
        }

        /** Whether gradients with respect to the bottleneck are expected over the noise; false by default. */
        public Builder expectedGrads(boolean expectedGrads) {
            this.expectedGrads = expectedGrads;
            return this;
        }

        /** Approximate probability mass in (0, 1) that is coded as overflow; 2^-8 by default. */
        public Builder tailMass(double tailMass) {
            if (!(tailMass > 0 && tailMass < 1)) {
                throw new IllegalArgumentException("tailMass must be in (0, 1): tailMass=" + tailMass);
            }
            this.tailMass = tailMass;
            return this;
        }

        /** Bits of precision of the tables, 1 to 16; 12 by default. */
        public Builder rangeCoderPrecision(int rangeCoderPrecision) {
            if (rangeCoderPrecision < 1 || rangeCoderPrecision > 16) {
                throw new IllegalArgumentException(
                        "rangeCoderPrecision must be in [1, 16]: rangeCoderPrecision=" + rangeCoderPrecision);
            }
            this.rangeCoderPrecision = rangeCoderPrecision;
            return this;
        }

        /** Type of the bottleneck tensor, a floating one; float32 by default. */
        public Builder bottleneckType(ElementType bottleneckType) {
            if (!bottleneckType.isFloating()) {
                throw new IllegalArgumentException(
                        "bottleneckType must be a floating type: bottleneckType=" + bottleneckType.id());
            }
            this.bottleneckType = bottleneckType;
            return this;
        }

        /** The number of levels of the quantised noise, at least 1; 15 by default. */
        public Builder numNoiseLevels(int numNoiseLevels) {
            if (numNoiseLevels < 1) {
                throw new IllegalArgumentException("numNoiseLevels must be at least 1: numNoiseLevels=" + numNoiseLevels);
            }
            this.numNoiseLevels = numNoiseLevels;
            return this;
        }

        /** Whether the tables are derived state, left out of the weights; false by default. */
        public Builder stateless(boolean stateless) {
            this.stateless = stateless;
            return this;
        }

        /** Whether decoding checks that each string was used up exactly; true by default. */
        public Builder decodeSanityCheck(boolean decodeSanityCheck) {
            this.decodeSanityCheck = decodeSanityCheck;
            return this;
        }

        /** The layout of the strings; {@link CoderFormat#RANS} by default. */
        public Builder coder(CoderFormat coder) {
            this.coder = coder;
            return this;
        }

        /** Where the noise levels come from; {@link Dither#tfc()} by default. */
        public Builder dither(Dither dither) {
            this.dither = dither;
            return this;
        }

        /** The limits on decoding; {@link DecodeLimits#DEFAULT} by default. */
        public Builder limits(DecodeLimits limits) {
            this.limits = limits;
            return this;
        }

        /** Tables to use instead of building them from the prior, such as those the sender shipped. */
        public Builder tables(CdfTables tables) {
            this.tables = tables;
            return this;
        }

        /** Builds the model, and its tables where it compresses. */
        public UniversalBatchedEntropyModel build() {
            return new UniversalBatchedEntropyModel(copy());
        }
    }
}
