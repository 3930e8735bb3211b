package io.github.uniquant.cli;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.fit.Family;
import io.github.uniquant.fit.PriorFitter;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How to fit a model to a tensor: the options that {@code fit} and {@code compress} share. */
final class PriorOptions {
    private static final int DEFAULT_PRECISION = 12;
    private static final int MAX_PRECISION = 16;

    /** With fewer values for each prior element, its parameters may cost more than they save. */
    private static final int FEW_VALUES = 16;

    @Option(
            names = "--prior",
            paramLabel = "FAMILY",
            description = "normal, laplace, logistic, or auto, the best of these by code length (the default).")
    private @Nullable Family family;

    @Option(
            names = "--step",
            paramLabel = "S",
            description = "Quantization step: |x - x_hat| <= S/2, up to rounding in the type. 1 by default.")
    private @Nullable Double step;

    @Option(
            names = "--prior-shape",
            paramLabel = "SHAPE",
            description = {
                "Which elements have a prior of their own: last (the default), one for each channel of the last axis;"
                        + " scalar, one for all (the default for tensors of less than 2 axes); or the sizes of the"
                        + " innermost axes, as 16,192."
            })
    private @Nullable String priorShape;

    @Option(
            names = "--coding-rank",
            paramLabel = "R",
            description =
                    "The innermost axes that are one coding unit, which can be decoded by itself. All axes by default.")
    private @Nullable Integer codingRank;

    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "Bits of precision of the tables, 1 to 16. 12 by default, more where the tables need it.")
    private @Nullable Integer precision;

    @Option(names = "--noise-levels", paramLabel = "N", description = "Levels of the quantized noise. 15 by default.")
    private @Nullable Integer noiseLevels;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            description = "Noise that differs by coding unit, from this seed; by default all units have upstream's.")
    private @Nullable Long seed;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            converter = FormatConverter.class,
            description =
                    "The layout of the strings: rans (the default), tfc-range, or rans-free, which needs no tables.")
    private @Nullable CoderFormat format;

    /** {@code rans}, {@code tfc-range} or {@code rans-free}. */
    static final class FormatConverter implements ITypeConverter<CoderFormat> {
        @Override
        public CoderFormat convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "rans" -> CoderFormat.RANS;
                case "tfc-range" -> CoderFormat.TFC_RANGE;
                case "rans-free" -> CoderFormat.RANS_FREE;
                default ->
                    throw new TypeConversionException("must be rans, tfc-range or rans-free, not '" + value + "'");
            };
        }
    }

    /** Whether any of these options was given. */
    boolean given() {
        return family != null
                || step != null
                || priorShape != null
                || codingRank != null
                || precision != null
                || noiseLevels != null
                || seed != null
                || format != null;
    }

    /** The step, 1 where none was given. */
    double step() {
        double value = step == null ? 1 : step;
        if (!(value > 0 && Double.isFinite(value))) {
            throw CommandFailure.usage("--step must be finite and larger than 0: step=" + value);
        }
        return value;
    }

    /** Fits a prior to a tensor, and builds the model of it. */
    UniversalBatchedEntropyModel fit(Tensor tensor, Messages messages) {
        double divisor = step();
        Shape shape = priorShape(tensor.shape());
        int rank = codingRank(tensor.shape(), shape);
        if (shape.elements() > 0 && tensor.size() / shape.elements() < FEW_VALUES && shape.elements() > 1) {
            messages.warn("there are only " + tensor.size() / shape.elements() + " values for each of "
                    + shape.elements() + " priors; consider --prior-shape scalar");
        }
        Prior prior = PriorFitter.fit(tensor, family == null ? Family.AUTO : family, shape, divisor);
        UniversalBatchedEntropyModel.Builder builder;
        try {
            builder = UniversalBatchedEntropyModel.builder(prior)
                    .codingRank(rank)
                    .compression(true)
                    .bottleneckType(tensor.type())
                    .coder(format == null ? CoderFormat.RANS : format)
                    .dither(seed == null ? Dither.tfc() : Dither.seed(seed, 0));
            if (noiseLevels != null) {
                builder.numNoiseLevels(noiseLevels);
            }
            if (precision != null) {
                builder.rangeCoderPrecision(precision);
            }
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(e);
        }
        return precision != null ? builder.build() : withLeastPrecision(builder, messages);
    }

    /** The model of the least precision, from the default one on, whose tables have as many slots as cells. */
    private static UniversalBatchedEntropyModel withLeastPrecision(
            UniversalBatchedEntropyModel.Builder builder, Messages messages) {
        for (int p = DEFAULT_PRECISION; ; p++) {
            try {
                UniversalBatchedEntropyModel model =
                        builder.rangeCoderPrecision(p).build();
                if (p > DEFAULT_PRECISION) {
                    messages.note("the tables need a precision of " + p);
                }
                return model;
            } catch (IllegalArgumentException e) {
                if (p == MAX_PRECISION) {
                    throw new IllegalArgumentException("the step must be larger for such values: " + e.getMessage(), e);
                }
            }
        }
    }

    private Shape priorShape(Shape shape) {
        String wanted = priorShape != null ? priorShape : shape.rank() < 2 ? "scalar" : "last";
        Shape result = switch (wanted) {
            case "scalar" -> Shape.scalar();
            case "last" -> shape.trailing(Math.min(1, shape.rank()));
            default -> {
                try {
                    yield ShapeConverter.parse(wanted);
                } catch (IllegalArgumentException e) {
                    throw CommandFailure.usage(
                            "--prior-shape must be last, scalar, or sizes joined by commas, not '" + wanted + "'");
                }
            }
        };
        if (result.rank() > shape.rank() || !shape.trailing(result.rank()).equals(result)) {
            throw CommandFailure.usage(
                    "--prior-shape must be the innermost axes of the tensor: priorShape=" + result + " shape=" + shape);
        }
        return result;
    }

    private int codingRank(Shape shape, Shape prior) {
        int rank = codingRank == null ? shape.rank() : codingRank;
        if (rank < prior.rank() || rank > shape.rank()) {
            throw CommandFailure.usage("--coding-rank must be from the rank of the prior's shape to that of the tensor:"
                    + " codingRank=" + rank + " priorShape=" + prior + " shape=" + shape);
        }
        return rank;
    }
}
