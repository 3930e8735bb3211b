package io.github.uniquant;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.rate.RateEstimator;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.TableFreeCdfs;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
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
public final class UniversalBatchedEntropyModel extends EntropyModel {
    private static final int DEFAULT_NOISE_LEVELS = 15;

    private final @Nullable Prior prior;
    private final Shape priorShape;
    private final int numNoiseLevels;
    private final Dither dither;
    private final DitherLayouts layouts;
    private final @Nullable RateEstimator estimator;

    private UniversalBatchedEntropyModel(Builder builder, Arguments arguments) {
        super(arguments, arguments.compression() ? coder(builder, arguments) : null);
        this.prior = builder.prior;
        this.priorShape = builder.priorShape;
        this.numNoiseLevels = builder.numNoiseLevels;
        this.dither = builder.dither;
        this.layouts = new DitherLayouts(
                dither,
                numNoiseLevels,
                (int) priorShape.elements(),
                arguments.bottleneckType(),
                ransTables(),
                freeCdfs());
        this.estimator = prior == null ? null : new RateEstimator(prior, arguments.laplaceTailMass());
    }

    private static TableCoder coder(Builder builder, Arguments arguments) {
        if (arguments.coder() == CoderFormat.RANS_FREE) {
            if (builder.prior == null || builder.tables != null) {
                throw new IllegalArgumentException(
                        "a model must have a prior and no tables to code without tables: coder="
                                + arguments.coder().id());
            }
            TableFreeCdfs cdfs = TableFreeCdfs.of(builder.prior, arguments.rangeCoderPrecision(), arguments.tailMass());
            return new TableCoder(cdfs, arguments.decodeSanityCheck(), arguments.bottleneckType());
        }
        return new TableCoder(
                tables(builder, arguments),
                arguments.coder(),
                arguments.decodeSanityCheck(),
                arguments.bottleneckType());
    }

    private static CdfTables tables(Builder builder, Arguments arguments) {
        CdfTables tables = builder.tables;
        if (tables == null) {
            return CdfTableBuilder.build(
                    Objects.requireNonNull(builder.prior),
                    builder.numNoiseLevels,
                    arguments.tailMass(),
                    arguments.rangeCoderPrecision(),
                    arguments.bottleneckType());
        }
        if (tables.count() != builder.numNoiseLevels * builder.priorShape.elements()) {
            throw new IllegalArgumentException("there must be one table for each noise level and prior element:"
                    + " tables=" + tables.count() + " numNoiseLevels=" + builder.numNoiseLevels + " priorShape="
                    + builder.priorShape);
        }
        return tables;
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
     * {@code batch}. A value that is not finite, or does not round to an int32, is refused by the indexes of its unit in the batch
     * and of its element in the unit.
     */
    public BitStrings compress(Tensor bottleneck) {
        return compress(bottleneck, UnitTasks.HERE);
    }

    /**
     * As {@link #compress(Tensor)}, with the units spread over tasks of an executor; the strings are the same.
     *
     * @param executor runs the tasks; the calling thread waits for all of them
     * @param parallelism the most tasks, at least 1
     */
    public BitStrings compress(Tensor bottleneck, Executor executor, int parallelism) {
        return compress(bottleneck, new UnitTasks(executor, parallelism));
    }

    private BitStrings compress(Tensor bottleneck, UnitTasks tasks) {
        TableCoder tableCoder = requireCompression();
        Shape batch = checkShape(bottleneck);
        int elements = codableElements(bottleneck.shape().trailing(codingRank()));
        return tableCoder.compress(bottleneck, batch, elements, () -> layouts.source(elements), tasks);
    }

    /**
     * Decompresses strings to a tensor of shape {@code strings.shape ++ broadcastShape ++ priorShape}.
     *
     * @param broadcastShape the part of the shape between the batch and the prior's shape, as it was compressed
     * @throws io.github.uniquant.coder.MalformedBitstreamException if a string is damaged; where there are many, the
     *     message names its index
     */
    public Tensor decompress(BitStrings strings, Shape broadcastShape) {
        return decompress(strings, broadcastShape, null, UnitTasks.HERE);
    }

    /**
     * As {@link #decompress(BitStrings, Shape)}, with the units spread over tasks of an executor; the values are the same.
     *
     * @param executor runs the tasks; the calling thread waits for all of them
     * @param parallelism the most tasks, at least 1
     */
    public Tensor decompress(BitStrings strings, Shape broadcastShape, Executor executor, int parallelism) {
        return decompress(strings, broadcastShape, null, new UnitTasks(executor, parallelism));
    }

    /**
     * Decompresses some units of a batch, given their numbers: row-major indexes in the batch that was compressed.
     *
     * @param unitNumbers one number for each string
     */
    public Tensor decompress(BitStrings strings, Shape broadcastShape, long @Nullable [] unitNumbers) {
        return decompress(strings, broadcastShape, unitNumbers, UnitTasks.HERE);
    }

    private Tensor decompress(
            BitStrings strings, Shape broadcastShape, long @Nullable [] unitNumbers, UnitTasks tasks) {
        TableCoder tableCoder = requireCompression();
        if (unitNumbers != null && unitNumbers.length != strings.count()) {
            throw new IllegalArgumentException("there must be one unit number for each string: unitNumbers="
                    + unitNumbers.length + " strings=" + strings.count());
        }
        Shape unit = unitShape(broadcastShape);
        limits().check(strings.count(), unit);
        return tableCoder.decompress(strings, unit, () -> layouts.source((int) unit.elements()), unitNumbers, tasks);
    }

    /** An encoder of coding units of shape {@code broadcastShape ++ priorShape}, for latency-critical callers. */
    public UnitEncoder newEncoder(Shape broadcastShape) {
        TableCoder tableCoder = requireCompression();
        int elements = codableElements(unitShape(broadcastShape));
        return tableCoder.newEncoder(layouts.source(elements), elements);
    }

    /** A decoder of coding units of shape {@code broadcastShape ++ priorShape}, for latency-critical callers. */
    public UnitDecoder newDecoder(Shape broadcastShape) {
        TableCoder tableCoder = requireCompression();
        Shape unit = unitShape(broadcastShape);
        limits().check(1, unit);
        int elements = (int) unit.elements();
        return tableCoder.newDecoder(layouts.source(elements), elements);
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
        Shape batch = batchShape(bottleneck);
        if (!bottleneck.shape().trailing(priorShape.rank()).equals(priorShape)) {
            throw new IllegalArgumentException("the tensor must end in the prior's shape: shape=" + bottleneck.shape()
                    + " priorShape=" + priorShape);
        }
        return batch;
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
                : Perturbation.dither(bottleneck, batch, layouts::source);
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

    /** The prior. A model made from tables has none: that is an {@link IllegalStateException}. */
    public Prior prior() {
        if (prior == null) {
            throw new IllegalStateException("the model has no prior: it was built from tables");
        }
        return prior;
    }

    /** Whether the model has a prior, rather than tables alone. */
    public boolean hasPrior() {
        return prior != null;
    }

    /** Batch shape of the prior: the innermost dimensions, which are not assumed i.i.d. */
    public Shape priorShape() {
        return priorShape;
    }

    /** The number of levels of the quantised noise. */
    public int numNoiseLevels() {
        return numNoiseLevels;
    }

    /** Where the noise levels come from. */
    public Dither dither() {
        return dither;
    }

    // ---- state

    @Override
    public List<Variable> trainableVariables() {
        return prior == null ? List.of() : prior.parameters();
    }

    /**
     * A model with these weights in place of {@link #getWeights()}, of the same count, types and, but for the tables,
     * shapes. This model stays as it is. The tables are taken as given, as upstream does; give a stateless model's
     * weights to have them built from the prior.
     */
    public UniversalBatchedEntropyModel setWeights(List<Tensor> weights) {
        checkWeights(weights);
        int parameters = trainableVariables().size();
        CdfTables tables = stateless() || freeCdfs() != null
                ? null
                : CdfTables.of(
                        weights.get(parameters).ints(),
                        weights.get(parameters + 1).ints());
        Prior newPrior = prior == null ? null : prior.withParameters(weights.subList(0, parameters));
        return new Builder(newPrior, priorShape, tables)
                .arguments(arguments)
                .numNoiseLevels(numNoiseLevels)
                .dither(dither)
                .build();
    }

    /**
     * The configuration: a map of strings, numbers, booleans, lists and maps, ready for JSON. With {@link #getWeights()}
     * it rebuilds the model; see {@link #fromConfig}.
     *
     * @throws IllegalStateException on a model without compression or stateless, as upstream
     */
    public Map<String, Object> getConfig() {
        requireConfig();
        return ModelConfig.of(this);
    }

    /**
     * The model of a configuration and its weights. It decodes what the first one coded.
     *
     * @param config what {@link #getConfig()} gave
     * @param weights what {@link #getWeights()} gave
     */
    public static UniversalBatchedEntropyModel fromConfig(Map<String, Object> config, List<Tensor> weights) {
        return ModelConfig.universalBatched(config, weights);
    }

    /** The arguments of a universal batched model. */
    public static final class Builder extends EntropyModel.Builder<Builder> {
        private final @Nullable Prior prior;
        private final Shape priorShape;
        private @Nullable CdfTables tables;
        private int numNoiseLevels = DEFAULT_NOISE_LEVELS;
        private Dither dither = Dither.tfc();

        private Builder(@Nullable Prior prior, Shape priorShape, @Nullable CdfTables tables) {
            if (prior != null && prior.eventRank() != 0) {
                throw new IllegalArgumentException("the prior must be over scalars: eventRank=" + prior.eventRank());
            }
            if (priorShape.elements() > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "the prior must have less than 2^31 elements: priorShape=" + priorShape);
            }
            this.prior = prior;
            this.priorShape = priorShape;
            this.tables = tables;
        }

        @Override
        Builder self() {
            return this;
        }

        /** The number of levels of the quantised noise, 1 to 2^24; 15 by default. */
        public Builder numNoiseLevels(int numNoiseLevels) {
            if (numNoiseLevels < 1 || numNoiseLevels > Dither.MAX_NOISE_LEVELS) {
                throw new IllegalArgumentException(
                        "numNoiseLevels must be in [1, 2^24]: numNoiseLevels=" + numNoiseLevels);
            }
            this.numNoiseLevels = numNoiseLevels;
            return this;
        }

        /** Where the noise levels come from; {@link Dither#tfc()} by default. */
        public Builder dither(Dither dither) {
            this.dither = dither;
            return this;
        }

        /** Tables to use instead of building them from the prior, such as those the sender shipped. */
        public Builder tables(CdfTables tables) {
            this.tables = tables;
            return this;
        }

        /** Builds the model, and its tables where it compresses. */
        public UniversalBatchedEntropyModel build() {
            return new UniversalBatchedEntropyModel(this, arguments(priorShape.rank()));
        }
    }
}
