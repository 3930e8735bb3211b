package io.github.uniquant.cli;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.Step;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.fit.Family;
import io.github.uniquant.fit.FitListener;
import io.github.uniquant.fit.FittedPrior;
import io.github.uniquant.fit.PriorFitter;
import io.github.uniquant.fit.Samples;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How to fit a model to a tensor: the options that {@code fit} and {@code compress} share. */
final class PriorOptions {
    private static final int DEFAULT_PRECISION = 12;
    private static final int MAX_PRECISION = 16;
    private static final int DEFAULT_NOISE_LEVELS = 15;
    private static final double TAIL_MASS = 0x1p-8;

    /** Most cells of tables that a file leaves out, since they are rebuilt: those of more would dwarf the strings. */
    private static final double MAX_CELLS = 1 << 24;

    /** What {@link CoderFormat#RANS_FREE} takes. */
    private static final int MIN_FREE_PRECISION = 3;

    private static final Set<Family> FREE_FAMILIES =
            EnumSet.of(Family.AUTO, Family.NORMAL, Family.LOGISTIC, Family.LAPLACE);

    /** That of {@link PriorFitter#fitStep}. */
    private static final double MAX_RATE_WEIGHT = 2e307;

    /** With fewer values for each prior element, its parameters may cost more than they save. */
    private static final int FEW_VALUES = 16;

    @Option(
            names = "--prior",
            paramLabel = "FAMILY",
            split = ",",
            converter = FamilyConverter.class,
            description = {
                "normal, logistic, laplace, normal-mixture, logistic-mixture or deep-factorized; of several joined by"
                        + " commas, the one that takes the fewest bits for values it was not fitted to. auto, the"
                        + " default, is normal,logistic,laplace."
            })
    private Family @Nullable [] families;

    @Option(names = "--components", paramLabel = "C", description = "Components of a mixture, 1 to 960. 3 by default.")
    private @Nullable Integer components;

    @Option(
            names = "--filters",
            paramLabel = "F",
            split = ",",
            description = "Widths of a deep factorized prior's inner layers, joined by commas. 3,3 by default.")
    private int @Nullable [] filters;

    @Option(
            names = "--step",
            paramLabel = "S",
            description = "Quantization step: |x - x_hat| <= S/2, up to rounding in the type. 1 by default.")
    private @Nullable Double step;

    @Option(
            names = "--rate-weight",
            paramLabel = "W",
            description = {
                "Choose the step, instead of --step: that of the least mean squared error + W * bits an element."
            })
    private @Nullable Double rateWeight;

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
            description = {
                "Bits of precision of the tables, 1 to 16, or 3 to 16 with rans-free. 12 by default, more where the"
                        + " tables need it."
            })
    private @Nullable Integer precision;

    @Option(
            names = "--noise-levels",
            paramLabel = "N",
            description =
                    "Levels of the quantized noise. 15 by default; for more than some hundreds take --format rans-free.")
    private @Nullable Integer noiseLevels;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            description = {
                "Noise that differs by coding unit, from this seed. By default all units have the same noise, TensorFlow"
                        + " Compression's."
            })
    private @Nullable Long seed;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            converter = FormatConverter.class,
            description =
                    "The layout of the strings: rans (the default), tfc-range, or rans-free, which needs no tables, for"
                            + " normal, logistic and laplace priors.")
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
        return families != null
                || components != null
                || filters != null
                || step != null
                || rateWeight != null
                || priorShape != null
                || codingRank != null
                || precision != null
                || noiseLevels != null
                || seed != null
                || format != null;
    }

    /** Refuses values that no tensor could make right. */
    void check() {
        if (step != null && rateWeight != null) {
            throw CommandFailure.usage("--rate-weight must stand without --step: it chooses the step");
        }
        requirePositive("--step", "step", step);
        requirePositive("--rate-weight", "rateWeight", rateWeight);
        if (rateWeight != null && rateWeight > MAX_RATE_WEIGHT) {
            throw CommandFailure.usage("--rate-weight must be at most 2e307: rateWeight=" + rateWeight);
        }
        if (format == CoderFormat.RANS_FREE) {
            requireRange("--precision of rans-free", precision, MIN_FREE_PRECISION, MAX_PRECISION);
            if (families != null && !FREE_FAMILIES.containsAll(List.of(families))) {
                throw CommandFailure.usage("--format rans-free must stand with normal, logistic or laplace priors only:"
                        + " it computes their cells");
            }
        }
        requireRange("--precision", precision, 1, MAX_PRECISION);
        requireRange("--noise-levels", noiseLevels, 1, Dither.MAX_NOISE_LEVELS);
        fitter();
    }

    private static void requireRange(String option, @Nullable Integer value, int least, int most) {
        if (value != null && (value < least || value > most)) {
            throw CommandFailure.usage(option + " must be from " + least + " to " + most + ": " + value);
        }
    }

    private static void requirePositive(String option, String name, @Nullable Double value) {
        if (value != null && !(value > 0 && Double.isFinite(value))) {
            throw CommandFailure.usage(option + " must be finite and larger than 0: " + name + "=" + value);
        }
    }

    private PriorFitter fitter() {
        PriorFitter fitter = families == null
                ? PriorFitter.of(Family.AUTO)
                : PriorFitter.of(families[0], Arrays.copyOfRange(families, 1, families.length));
        try {
            fitter = components == null ? fitter : fitter.components(components);
            fitter = filters == null ? fitter : fitter.numFilters(filters);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(e);
        }
        return fitter.executor(ForkJoinPool.commonPool(), Runtime.getRuntime().availableProcessors());
    }

    /** The samples to gather for tensors like this one: one prior for each element of the prior's shape. */
    Samples samples(FloatArray array) {
        return Samples.of(array.type(), priorShape(array.shape()));
    }

    /**
     * Adds a tensor's values to the samples. Values that are not finite or, divided by the step, beyond int32 are refused
     * with their index.
     */
    void gather(FloatArray array, Samples samples, Messages messages) {
        if (rateWeight == null) {
            CompressCommand.checkedStep(array, step(), messages);
            array.requireInt32Range(step());
        } else {
            array.largestMagnitude();
        }
        array.addTo(samples);
    }

    /** A model, its step, and how well its prior fits. */
    record Fitted(StoredModel stored, FittedPrior prior) {}

    /** A fit to one tensor. */
    Fitted fit(FloatArray array, FitListener listener, Messages messages) {
        Samples samples = samples(array);
        gather(array, samples, messages);
        return fit(samples, array, listener, messages);
    }

    /**
     * Fits a prior to samples, and builds the model of it.
     *
     * @param array a tensor like those that were gathered
     */
    Fitted fit(Samples samples, FloatArray array, FitListener listener, Messages messages) {
        Shape shape = samples.priorShape();
        int rank = codingRank(array.shape(), shape);
        long each = shape.elements() == 0 ? 0 : samples.count() / shape.elements();
        double largest = samples.largestMagnitude();
        if (rateWeight == null && largest > 0 && largest < step()) {
            messages.warn("the step of " + Numbers.plain(step()) + " is larger than every value, the largest being "
                    + Numbers.plain(largest) + ": little but noise will come back; --step sets a finer one");
        }
        if (samples.count() > 0 && each < FEW_VALUES && shape.elements() > 1) {
            messages.warn("there " + (each == 1 ? "is" : "are") + " only " + Numbers.count(each, "value")
                    + " for each of " + shape.elements() + " priors; consider --prior-shape scalar");
        }
        PriorFitter fitter = fitter().listener(listener);
        FittedPrior fitted = rateWeight == null ? fitter.fit(samples, step()) : fitter.fitStep(samples, rateWeight);
        Step stored = rateWeight == null ? Step.of(fitted.step(), array.type()) : chosenStep(array, fitted, messages);
        return new Fitted(new StoredModel(model(fitted.prior(), array.type(), rank, messages), stored), fitted);
    }

    /** The step that the rate weight chose, which may be none in the array's type. */
    private Step chosenStep(FloatArray array, FittedPrior fitted, Messages messages) {
        double rounded = array.type() == ElementType.FLOAT64 ? fitted.step() : (float) fitted.step();
        if (!(rounded > 0 && Double.isFinite(rounded))) {
            throw CommandFailure.usage(
                    "--rate-weight must choose a step that is finite and larger than 0 in the tensor's"
                            + " type: rateWeight=" + rateWeight + " step=" + fitted.step() + " type="
                            + array.type().id());
        }
        return CompressCommand.checkedStep(array, fitted.step(), messages);
    }

    private double step() {
        return step == null ? 1 : step;
    }

    private UniversalBatchedEntropyModel model(Prior prior, ElementType type, int rank, Messages messages) {
        UniversalBatchedEntropyModel.Builder builder;
        try {
            builder = UniversalBatchedEntropyModel.builder(prior)
                    .codingRank(rank)
                    .compression(true)
                    .tailMass(TAIL_MASS)
                    .bottleneckType(type)
                    .coder(format == null ? CoderFormat.RANS : format)
                    .dither(seed == null ? Dither.tfc() : Dither.seed(seed, 0));
            if (noiseLevels != null) {
                requireFewCells(prior, noiseLevels);
                builder.numNoiseLevels(noiseLevels);
            }
            if (precision != null) {
                builder.rangeCoderPrecision(precision);
            }
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(e);
        }
        boolean anyPrecision = format == CoderFormat.RANS_FREE; // its windows fit all of them
        return precision != null || anyPrecision ? builder.build() : withLeastPrecision(builder, messages);
    }

    /** Refuses more levels than by default where their tables would have too many cells. */
    private void requireFewCells(Prior prior, int levels) {
        if (format == CoderFormat.RANS_FREE) {
            return;
        }
        double cells = 0; // of one level
        for (int element = 0; element < prior.size(); element++) {
            cells += prior.upperTail(element, TAIL_MASS) - prior.lowerTail(element, TAIL_MASS) + 4;
        }
        int most = (int) Math.max(DEFAULT_NOISE_LEVELS, MAX_CELLS / cells);
        if (levels > most) {
            throw CommandFailure.usage("--noise-levels must be at most " + most
                    + " for the tables of this prior to have at most 2^24 cells; --format rans-free needs no tables:"
                    + " noiseLevels=" + levels);
        }
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

    /** Families by their names in lower case, words joined by hyphens. */
    static final class FamilyConverter implements ITypeConverter<Family> {
        @Override
        public Family convert(String value) {
            for (Family family : Family.values()) {
                if (name(family).equals(value.strip().toLowerCase(Locale.ROOT))) {
                    return family;
                }
            }
            throw new TypeConversionException("must be one of "
                    + Arrays.stream(Family.values()).map(FamilyConverter::name).collect(Collectors.joining(", "))
                    + ", not '" + value + "'");
        }

        private static String name(Family family) {
            return family.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
