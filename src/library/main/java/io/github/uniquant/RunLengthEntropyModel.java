package io.github.uniquant;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.runlength.RunLengthDecoder;
import io.github.uniquant.coder.runlength.RunLengthEncoder;
import io.github.uniquant.coder.runlength.RunLengthFormat;
import io.github.uniquant.quantize.Quantizer;
import io.github.uniquant.tensor.Bfloat16;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * What the entropy models without tables share: values are rounded to integers and coded by a {@linkplain
 * io.github.uniquant.coder.runlength run-length code}; in place of an estimate of bits stands a penalty that encourages
 * short strings. A tensor has shape {@code batch ++ coding}: its innermost {@link #codingRank()} dimensions are one
 * <i>coding unit</i>, coded to one byte string.
 *
 * <p>A model is immutable and thread-safe, and has no weights.
 */
public abstract sealed class RunLengthEntropyModel permits PowerLawEntropyModel, LaplaceEntropyModel {
    private final int codingRank;
    private final ElementType bottleneckType;
    private final boolean decodeSanityCheck;
    private final DecodeLimits limits;
    private final RunLengthFormat format;

    RunLengthEntropyModel(Builder<?> builder, RunLengthFormat format) {
        if (builder.codingRank < 0) {
            throw new IllegalArgumentException("codingRank must be set: codingRank=" + builder.codingRank);
        }
        this.codingRank = builder.codingRank;
        this.bottleneckType = builder.bottleneckType;
        this.decodeSanityCheck = builder.decodeSanityCheck;
        this.limits = builder.limits;
        this.format = format;
    }

    // ---- coding

    /**
     * Compresses a tensor of shape {@code batch ++ coding} and of the bottleneck's type to one string for each element of
     * {@code batch}. A value that is not finite, or does not round to an int32, is refused by the indexes of its unit in
     * the batch and of its element in the unit.
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
        Shape batch = batchShape(bottleneck);
        int elements = EntropyModel.codableElements(bottleneck.shape().trailing(codingRank));
        int units = batch.arrayLength();
        byte[][] strings = new byte[units][];
        tasks.run(units, (part, first, end) -> {
            RunLengthEncoder encoder = new RunLengthEncoder(format);
            int[] symbols = new int[elements];
            for (int unit = first; unit < end; unit++) {
                try {
                    Quantizer.round(bottleneck, unit * elements, elements, symbols);
                    strings[unit] = new byte[encoder.code(symbols, 0, elements)];
                } catch (IllegalArgumentException e) {
                    throw units == 1 ? e : new IllegalArgumentException(e.getMessage() + " unit=" + unit, e);
                }
                encoder.write(strings[unit], 0, strings[unit].length);
            }
        });
        return BitStrings.of(batch, Arrays.asList(strings));
    }

    /**
     * Decompresses strings to a tensor of shape {@code strings.shape ++ codeShape}.
     *
     * @param codeShape the shape of a coding unit
     * @throws MalformedBitstreamException if a string is damaged; where there are many, the message names its index
     */
    public final Tensor decompress(BitStrings strings, Shape codeShape) {
        return decompress(strings, codeShape, UnitTasks.HERE);
    }

    /**
     * As {@link #decompress(BitStrings, Shape)}, with the units spread over tasks of an executor; the values are the same.
     *
     * @param executor runs the tasks; the calling thread runs one, and what no other has begun, and waits for all
     * @param parallelism the most tasks, at least 1
     */
    public final Tensor decompress(BitStrings strings, Shape codeShape, Executor executor, int parallelism) {
        return decompress(strings, codeShape, new UnitTasks(executor, parallelism));
    }

    private Tensor decompress(BitStrings strings, Shape codeShape, UnitTasks tasks) {
        if (codeShape.rank() != codingRank) {
            throw new IllegalArgumentException(
                    "codeShape must have codingRank dimensions: codeShape=" + codeShape + " codingRank=" + codingRank);
        }
        limits.check(strings.count(), codeShape);
        int elements = (int) codeShape.elements();
        Tensor values = Tensor.zeros(bottleneckType, strings.shape().concat(codeShape));
        tasks.run(strings.count(), (part, first, end) -> {
            RunLengthDecoder decoder = new RunLengthDecoder(format, decodeSanityCheck);
            int[] symbols = new int[elements];
            for (int unit = first; unit < end; unit++) {
                try {
                    decoder.decode(strings.bytes(), strings.start(unit), strings.length(unit), symbols, 0, elements);
                } catch (MalformedBitstreamException e) {
                    throw strings.count() == 1 ? e : e.inString(unit);
                }
                store(symbols, values, unit * elements);
            }
        });
        return values;
    }

    private static void store(int[] symbols, Tensor values, int first) {
        switch (values.type()) {
            case FLOAT32 -> {
                float[] floats = values.floats();
                for (int i = 0; i < symbols.length; i++) {
                    floats[first + i] = symbols[i];
                }
            }
            case FLOAT64 -> {
                double[] doubles = values.doubles();
                for (int i = 0; i < symbols.length; i++) {
                    doubles[first + i] = symbols[i];
                }
            }
            case FLOAT16 -> {
                for (int i = 0; i < symbols.length; i++) {
                    values.shorts()[first + i] = Float.floatToFloat16(symbols[i]);
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < symbols.length; i++) {
                    values.shorts()[first + i] = Bfloat16.fromFloat(symbols[i]);
                }
            }
            case INT32 -> throw new AssertionError(values);
        }
    }

    // ---- training

    /** Equivalent to {@link #quantize} and {@link #penalty} together. */
    public final PenaltyEstimate call(Tensor bottleneck) {
        return new PenaltyEstimate(quantize(bottleneck), penalty(bottleneck));
    }

    /**
     * Rounds every value to the nearest integer, on ties to the even one: the values that decompressing gives. In training
     * the gradient of a rounded value counts as that of the value itself.
     */
    public final Tensor quantize(Tensor bottleneck) {
        batchShape(bottleneck);
        Tensor rounded = Tensor.zeros(ElementType.FLOAT64, bottleneck.shape());
        double[] values = rounded.doubles();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.rint(bottleneck.get(i)) + 0.0; // no negative zero
        }
        return rounded.to(bottleneckType);
    }

    /**
     * The penalty of each coding unit of a tensor of shape {@code batch ++ coding}: the sum over its elements, from the
     * first to the last, in float64, of the batch shape.
     */
    public final Tensor penalty(Tensor bottleneck) {
        Shape batch = batchShape(bottleneck);
        double[] penalties = new double[batch.arrayLength()];
        if (bottleneck.size() > 0) {
            int elements = bottleneck.size() / penalties.length;
            for (int unit = 0; unit < penalties.length; unit++) {
                double sum = 0;
                for (int i = unit * elements; i < (unit + 1) * elements; i++) {
                    sum += penalty(Math.abs(bottleneck.get(i)));
                }
                penalties[unit] = sum;
            }
        }
        return Tensor.of(batch, penalties);
    }

    /**
     * The derivative of a unit's penalty by each of its values, of the tensor's own shape and type; 0 where the value is 0,
     * as upstream has it.
     */
    public final Tensor penaltyGradient(Tensor bottleneck) {
        batchShape(bottleneck);
        double[] gradient = new double[bottleneck.size()];
        for (int i = 0; i < gradient.length; i++) {
            double y = bottleneck.get(i);
            gradient[i] = Math.signum(y) * slope(Math.abs(y));
        }
        return Tensor.of(bottleneck.shape(), gradient).to(bottleneckType);
    }

    /** The penalty of one element of this magnitude. */
    abstract double penalty(double magnitude);

    /** The derivative of the penalty by the magnitude. */
    abstract double slope(double magnitude);

    /** Checks a bottleneck's type and rank, and returns its batch shape. */
    private Shape batchShape(Tensor bottleneck) {
        Shape shape = bottleneck.shape();
        if (bottleneck.type() != bottleneckType) {
            throw new IllegalArgumentException("the tensor must be of the bottleneck's type: bottleneckType="
                    + bottleneckType.id() + " type=" + bottleneck.type().id());
        }
        if (shape.rank() < codingRank) {
            throw new IllegalArgumentException("the tensor must have at least codingRank dimensions: shape=" + shape
                    + " codingRank=" + codingRank);
        }
        return shape.leading(shape.rank() - codingRank);
    }

    // ---- attributes

    /** The number of innermost dimensions that are one coding unit. */
    public final int codingRank() {
        return codingRank;
    }

    /** Type of the bottleneck tensor. */
    public final ElementType bottleneckType() {
        return bottleneckType;
    }

    /** Whether decoding checks that each string was used up exactly. */
    public final boolean decodeSanityCheck() {
        return decodeSanityCheck;
    }

    /** The layout of the strings. */
    public final RunLengthFormat format() {
        return format;
    }

    /** The limits on decoding. */
    public final DecodeLimits limits() {
        return limits;
    }

    /** No tensors: nothing of such a model is trained, and it has no tables. */
    public final List<Tensor> getWeights() {
        return List.of();
    }

    /**
     * The configuration: a map of upstream's argument names, and {@code decode_sanity_check}, to numbers, booleans and
     * strings, ready for JSON.
     */
    public final Map<String, Object> getConfig() {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("coding_rank", codingRank);
        putArguments(config);
        config.put("bottleneck_dtype", bottleneckType.id());
        config.put("decode_sanity_check", decodeSanityCheck);
        return config;
    }

    /** Adds the model's own arguments. */
    abstract void putArguments(Map<String, Object> config);

    static double requirePositive(String name, double value) {
        if (!(value > 0 && value <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " must be finite and larger than 0: " + name + "=" + value);
        }
        return value;
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + getConfig();
    }

    /**
     * The arguments that these models share.
     *
     * @param <B> the builder itself
     */
    public abstract static sealed class Builder<B extends Builder<B>>
            permits PowerLawEntropyModel.Builder, LaplaceEntropyModel.Builder {
        private int codingRank = -1;
        private ElementType bottleneckType = ElementType.FLOAT32;
        private boolean decodeSanityCheck = true;
        private DecodeLimits limits = DecodeLimits.DEFAULT;

        Builder() {}

        abstract B self();

        /** Takes what all configurations hold. */
        final B shared(ModelConfig.Fields fields) {
            return codingRank(fields.integer("coding_rank"))
                    .bottleneckType(ElementType.ofId(fields.string("bottleneck_dtype")))
                    .decodeSanityCheck(fields.bool("decode_sanity_check"));
        }

        /** The number of innermost dimensions that are one coding unit; must be set. */
        public final B codingRank(int codingRank) {
            if (codingRank < 0) {
                throw new IllegalArgumentException("codingRank must be at least 0: codingRank=" + codingRank);
            }
            this.codingRank = codingRank;
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

        /**
         * Whether decoding checks that each string was used up exactly; true by default. Upstream never does: some of its
         * strings with a rice code are damaged when they are written, and this is what shows it.
         */
        public final B decodeSanityCheck(boolean decodeSanityCheck) {
            this.decodeSanityCheck = decodeSanityCheck;
            return self();
        }

        /** The limits on decoding; {@link DecodeLimits#DEFAULT} by default. */
        public final B limits(DecodeLimits limits) {
            this.limits = Objects.requireNonNull(limits);
            return self();
        }
    }
}
