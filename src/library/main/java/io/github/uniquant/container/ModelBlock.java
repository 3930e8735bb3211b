package io.github.uniquant.container;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.ContinuousBatchedEntropyModel;
import io.github.uniquant.ContinuousIndexedEntropyModel;
import io.github.uniquant.DecodeLimits;
import io.github.uniquant.EntropyModel;
import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.UniversalIndexedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model within a header: whole, or by what identifies it.
 *
 * <pre>
 * i64     hash of the tables, or of what cells are computed from where there are none
 * u8      how the tables are given: 0 elsewhere, 1 rebuilt from the prior, 2 stored; without tables 0 or 1
 * map     configuration, tagged; for 0 only bottleneck_dtype, coder, coding_rank, dither, num_noise_levels, prior_shape
 * varint  number of the prior's parameters, and 1 with a quantization offset (not for 0), then for each
 *   string  type
 *   varint  rank, then a varint for each dimension
 *           elements in row-major order
 *         tables (for 2)
 * </pre>
 *
 * Version 1 holds universal batched models. Version 2 holds all others, by the class_name in their configuration.
 *
 * @param parameters the prior's parameters, and the quantization offset behind them, if there is one
 * @param offset where the block lies in its file
 */
record ModelBlock(
        Map<String, @Nullable Object> config,
        long tablesHash,
        Tables kind,
        List<Tensor> parameters,
        @Nullable CdfTables stored,
        long offset) {
    /** Bounds on the work of rebuilding tables: cells, and cells times the parameters of a prior element. */
    private static final double MAX_REBUILT_CELLS = 1 << 24;

    private static final double MAX_REBUILT_WORK = 1 << 28;

    private static final int MAX_RANK = 255;
    private static final int NO_DITHER = -1; // one table for each element of the prior, as with one level
    private static final String CLASS_NAME = "class_name";
    private static final String UNIVERSAL_BATCHED = UniversalBatchedEntropyModel.class.getSimpleName();

    /** The models of version 2, and whether they have a dither. */
    private static final Map<String, Boolean> HAS_DITHER = Map.of(
            ContinuousBatchedEntropyModel.class.getSimpleName(), false,
            ContinuousIndexedEntropyModel.class.getSimpleName(), false,
            LocationScaleIndexedEntropyModel.class.getSimpleName(), false,
            UniversalIndexedEntropyModel.class.getSimpleName(), true);

    private static final Set<String> DITHERS =
            Set.of(Dither.tfc().name(), Dither.seed(0, 0).name());

    /** How the tables of a model are given. */
    enum Tables {
        ELSEWHERE(0),
        REBUILT(1),
        STORED(2);

        /** The byte in the file. */
        final int code;

        Tables(int code) {
            this.code = code;
        }

        static Tables read(BlockReader in) {
            int code = in.u8();
            for (Tables tables : values()) {
                if (tables.code == code) {
                    return tables;
                }
            }
            throw new MalformedBitstreamException(
                    "the way that tables are given must be 0, 1 or 2: code=" + code, in.offset() - 1);
        }
    }

    // ---- writing

    /** Writes a whole model; returns the version that it takes. */
    static int write(BlockWriter out, EntropyModel model, TableStorage storage) {
        Map<String, Object> config = new LinkedHashMap<>(model.getConfig());
        boolean named = model.hasPrior() && Priors.knows(model.prior().family());
        if (!named) {
            config.remove("prior"); // a prior of the user's own has no name to find it by: the tables stand for it
        }
        boolean tableFree = model.coder() == CoderFormat.RANS_FREE;
        boolean rebuilt = tableFree || storage == TableStorage.REBUILT && named && isGivenByPrior(model);
        out.i64(model.codingHash());
        out.u8((rebuilt ? Tables.REBUILT : Tables.STORED).code);
        TaggedValues.write(out, config);
        List<Tensor> parameters = new ArrayList<>();
        if (named) {
            model.trainableVariables().forEach(variable -> parameters.add(variable.value()));
        }
        quantizationOffset(model).ifPresent(parameters::add);
        out.varint(parameters.size());
        parameters.forEach(parameter -> writeTensor(out, parameter));
        if (!rebuilt) {
            StoredTables.write(out, model.tables());
        }
        return config.containsKey(CLASS_NAME) ? 2 : 1;
    }

    private static Optional<Tensor> quantizationOffset(EntropyModel model) {
        return model instanceof ContinuousBatchedEntropyModel continuous
                ? continuous.quantizationOffset()
                : Optional.empty();
    }

    private static boolean isGivenByPrior(EntropyModel model) {
        int numNoiseLevels = switch (model) {
            case UniversalBatchedEntropyModel universal -> universal.numNoiseLevels();
            case UniversalIndexedEntropyModel universal -> universal.numNoiseLevels();
            default -> NO_DITHER;
        };
        if (!canRebuild(model.prior(), Math.abs(numNoiseLevels), model.tailMass())) {
            return false;
        }
        CdfTables rebuilt;
        try {
            rebuilt = build(
                    model.prior(),
                    numNoiseLevels,
                    quantizationOffset(model).orElse(null),
                    model.tailMass(),
                    model.rangeCoderPrecision(),
                    model.bottleneckType());
        } catch (IllegalArgumentException e) {
            return false; // the prior gives no tables of this precision; those of the model were given
        }
        return rebuilt.equals(model.tables());
    }

    /** Builds tables: of noise levels or, for {@link #NO_DITHER}, of plain rounding about an offset, if there is one. */
    private static CdfTables build(
            Prior prior,
            int numNoiseLevels,
            @Nullable Tensor quantizationOffset,
            double tailMass,
            int precision,
            ElementType bottleneckType) {
        if (numNoiseLevels != NO_DITHER) {
            return CdfTableBuilder.build(prior, numNoiseLevels, tailMass, precision, bottleneckType);
        }
        double[] offsets = quantizationOffset == null ? new double[prior.size()] : quantizationOffset.toDoubles();
        return CdfTableBuilder.build(prior, offsets, tailMass, precision);
    }

    /** Whether building the tables of a prior is a bounded amount of work, whatever its parameters. */
    static boolean canRebuild(Prior prior, int numNoiseLevels, double tailMass) {
        double cells = 0;
        double values = 0;
        for (Variable parameter : prior.parameters()) {
            values += parameter.value().size();
        }
        for (int element = 0; element < prior.size(); element++) {
            cells += numNoiseLevels * (prior.upperTail(element, tailMass) - prior.lowerTail(element, tailMass) + 4);
        }
        return cells <= MAX_REBUILT_CELLS && cells * (values / Math.max(1, prior.size())) <= MAX_REBUILT_WORK;
    }

    /** Writes what identifies a model that the reader has. */
    static void writeIdentity(BlockWriter out, UniversalBatchedEntropyModel model) {
        out.i64(model.codingHash());
        out.u8(Tables.ELSEWHERE.code);
        TaggedValues.write(out, identity(model));
    }

    /** What the models of sender and receiver must have in common, beside the tables. */
    private static Map<String, Object> identity(UniversalBatchedEntropyModel model) {
        Map<String, Object> dither = new LinkedHashMap<>();
        dither.put("name", model.dither().name());
        if (model.dither() instanceof Dither.Seeded seeded) {
            dither.put("seed", seeded.seed());
            dither.put("first_unit", seeded.firstUnit());
        }
        List<Object> priorShape = new ArrayList<>();
        for (int dim : model.priorShape().toArray()) {
            priorShape.add((long) dim);
        }
        Map<String, Object> identity = new LinkedHashMap<>();
        identity.put("bottleneck_dtype", model.bottleneckType().id());
        identity.put("coder", model.coder().id());
        identity.put("coding_rank", (long) model.codingRank());
        identity.put("dither", dither);
        identity.put("num_noise_levels", (long) model.numNoiseLevels());
        identity.put("prior_shape", priorShape);
        return identity;
    }

    static void writeTensor(BlockWriter out, Tensor tensor) {
        out.string(tensor.type().id());
        writeShape(out, tensor.shape());
        switch (tensor.type()) {
            case FLOAT16, BFLOAT16 -> {
                for (short bits : tensor.shorts()) {
                    out.i16(bits);
                }
            }
            case FLOAT32 -> {
                for (float value : tensor.floats()) {
                    out.f32(value);
                }
            }
            case FLOAT64 -> {
                for (double value : tensor.doubles()) {
                    out.f64(value);
                }
            }
            case INT32 -> {
                for (int value : tensor.ints()) {
                    out.i32(value);
                }
            }
        }
    }

    /** Writes the rank and the dimensions. */
    static void writeShape(BlockWriter out, Shape shape) {
        if (shape.rank() > MAX_RANK) {
            throw new IllegalArgumentException("a shape must have at most 255 dimensions: rank=" + shape.rank());
        }
        out.varint(shape.rank());
        for (int dim : shape.toArray()) {
            out.varint(dim);
        }
    }

    // ---- reading

    /** Reads a block of a version. A name that this library does not know is refused by name. */
    static ModelBlock read(BlockReader in, int version) {
        long offset = in.offset();
        long hash = in.i64();
        Tables kind = Tables.read(in);
        Map<String, @Nullable Object> config = TaggedValues.readMap(in);
        List<Tensor> parameters = new ArrayList<>();
        CdfTables stored = null;
        if (kind != Tables.ELSEWHERE) {
            int count = in.count("the parameters", 2);
            for (int i = 0; i < count; i++) {
                parameters.add(readTensor(in));
            }
            stored = kind == Tables.STORED ? StoredTables.read(in) : null;
        }
        ModelBlock block = new ModelBlock(config, hash, kind, List.copyOf(parameters), stored, offset);
        block.checkNames(version);
        return block;
    }

    private void checkNames(int version) {
        coder();
        bottleneckType();
        if ((version == 1) != (config.get(CLASS_NAME) == null)) {
            throw malformed("a model must name its class in version 2, and only there: version=" + version
                    + " class_name=" + config.get(CLASS_NAME));
        }
        if (version == 2 && !HAS_DITHER.containsKey(className())) {
            throw new IllegalArgumentException(
                    "the class of the model must be one that the library knows: class_name=" + className());
        }
        if (coder() == CoderFormat.RANS_FREE && !isUniversalBatched()) {
            throw malformed(
                    "a model of this class must have tables: class_name=" + className() + " coder=" + coder().id());
        }
        if (hasDither()) {
            checkDither();
        }
        checkPrior();
    }

    /** The class of the model. */
    String className() {
        return config.get(CLASS_NAME) == null ? UNIVERSAL_BATCHED : text(CLASS_NAME);
    }

    boolean isUniversalBatched() {
        return className().equals(UNIVERSAL_BATCHED);
    }

    private boolean hasDither() {
        return HAS_DITHER.getOrDefault(className(), true);
    }

    private void checkDither() {
        if (!(config.get("dither") instanceof Map<?, ?> dither) || !(dither.get("name") instanceof String name)) {
            throw malformed("the configuration must name the dither");
        }
        if (!DITHERS.contains(name)) {
            throw new IllegalArgumentException("the dither must be one of tfc, seed: name=" + name);
        }
    }

    private void checkPrior() {
        String family = priorField("family");
        if (family != null && !Priors.knows(family)) {
            throw new IllegalArgumentException(
                    "the prior must be of a family that the library knows: family=" + family);
        }
        if (!bottleneckType().isFloating()) {
            throw malformed("the bottleneck must be of a floating type: bottleneck_dtype="
                    + bottleneckType().id());
        }
    }

    private @Nullable String priorField(String name) {
        return config.get("prior") instanceof Map<?, ?> prior && prior.get(name) instanceof String text ? text : null;
    }

    private static Tensor readTensor(BlockReader in) {
        ElementType type = ElementType.ofId(in.string());
        Shape shape = readShape(in);
        if (shape.elements() > in.remaining() / type.bytes()) {
            throw in.malformed("the elements of a tensor must fit the block: shape=" + shape);
        }
        Tensor tensor = Tensor.zeros(type, shape);
        for (int i = 0; i < tensor.size(); i++) {
            switch (type) {
                case FLOAT16, BFLOAT16 -> tensor.shorts()[i] = in.i16();
                case FLOAT32 -> tensor.floats()[i] = in.f32();
                case FLOAT64 -> tensor.doubles()[i] = in.f64();
                case INT32 -> tensor.ints()[i] = in.i32();
            }
        }
        return tensor;
    }

    static Shape readShape(BlockReader in) {
        int[] dims = new int[in.varint("a rank", 0, MAX_RANK)];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = in.varint("a dimension", 0, Integer.MAX_VALUE);
        }
        try {
            return Shape.of(dims);
        } catch (IllegalArgumentException e) {
            throw new MalformedBitstreamException("a shape must be valid, but " + e.getMessage(), in.offset(), e);
        }
    }

    // ---- what it says

    CoderFormat coder() {
        return CoderFormat.ofId(text("coder"));
    }

    ElementType bottleneckType() {
        return ElementType.ofId(text("bottleneck_dtype"));
    }

    int codingRank() {
        return integer("coding_rank", config.get("coding_rank"));
    }

    Shape priorShape() {
        if (!(config.get("prior_shape") instanceof List<?> list) || list.size() > MAX_RANK) {
            throw malformed("the configuration must have a list prior_shape");
        }
        try {
            return Shape.of(
                    list.stream().mapToInt(dim -> integer("prior_shape", dim)).toArray());
        } catch (IllegalArgumentException e) {
            throw new MalformedBitstreamException("prior_shape must be a shape, but " + e.getMessage(), offset, e);
        }
    }

    private String text(String name) {
        if (config.get(name) instanceof String text) {
            return text;
        }
        throw malformed("the configuration must have a string " + name);
    }

    private int integer(String name, @Nullable Object value) {
        if (value instanceof Long wide && wide >= 0 && wide <= Integer.MAX_VALUE) {
            return (int) (long) wide;
        }
        throw malformed("the configuration must have integers from 0 to 2^31 - 1: field=" + name + " value=" + value);
    }

    /** The model itself, which must be of this class, with limits; its tables must have the recorded hash. */
    <M extends EntropyModel> M model(Class<M> type, DecodeLimits limits) {
        EntropyModel model = model(limits);
        if (!type.isInstance(model)) {
            throw new IllegalArgumentException("the file must hold a model of the class asked for: file=" + className()
                    + " asked=" + type.getSimpleName());
        }
        return type.cast(model);
    }

    private EntropyModel model(DecodeLimits limits) {
        try {
            List<Tensor> weights = new ArrayList<>(parameters);
            if (coder() != CoderFormat.RANS_FREE) {
                CdfTables tables = stored != null ? stored : rebuiltTables();
                requireHash(tables.hash());
                int[] cdf = tables.cdf();
                int[] cdfOffset = tables.cdfOffset();
                int behindPrior = parameters.size() - (offsetParameter() == null ? 0 : 1);
                weights.add(behindPrior, Tensor.of(Shape.of(cdf.length), cdf));
                weights.add(behindPrior + 1, Tensor.of(Shape.of(cdfOffset.length), cdfOffset));
            } else if (stored != null) {
                throw malformed("a model without tables must have none stored");
            }
            EntropyModel model = EntropyModel.fromConfig(withoutNulls(), weights, limits);
            if (model.stateless()) { // or without compression
                throw malformed("a model must have compression(true) and stateless(false) to be in a file: compression="
                        + model.compression());
            }
            requireHash(model.codingHash());
            return model;
        } catch (IllegalArgumentException e) {
            throw new MalformedBitstreamException("the model must be valid, but " + e.getMessage(), offset, e);
        }
    }

    /** The quantization offset, behind the prior's parameters; null where the configuration says that there is none. */
    private @Nullable Tensor offsetParameter() {
        if (!Boolean.TRUE.equals(config.get("quantization_offset"))) {
            return null;
        }
        if (parameters.isEmpty()) {
            throw malformed("the quantization offset must be there");
        }
        return parameters.get(parameters.size() - 1);
    }

    private void requireHash(long hash) {
        if (hash != tablesHash) {
            throw malformed("the tables must have the recorded hash: hash=" + Long.toHexString(hash) + " recorded="
                    + Long.toHexString(tablesHash));
        }
    }

    private CdfTables rebuiltTables() {
        Tensor quantizationOffset = offsetParameter();
        if (!(config.get("prior") instanceof Map<?, ?> prior)
                || !(prior.get("options") instanceof Map<?, ?> given)
                || !(prior.get("parameters") instanceof List<?> names)
                || !(config.get("tail_mass") instanceof Double tailMass)
                || names.size() + (quantizationOffset == null ? 0 : 1) != parameters.size()) {
            throw malformed("the configuration must have a prior with options, a tail_mass, and as many names of"
                    + " parameters as there are parameters: parameters=" + parameters.size());
        }
        Map<String, Object> options = new LinkedHashMap<>();
        given.forEach((key, value) -> options.put(String.valueOf(key), Objects.requireNonNullElse(value, "null")));
        List<Variable> named = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            named.add(new Variable(String.valueOf(names.get(i)), parameters.get(i)));
        }
        Prior rebuilt = Priors.of(
                Objects.requireNonNullElse(priorField("family"), ""),
                ElementType.ofId(Objects.requireNonNullElse(priorField("dtype"), "")),
                options,
                named);
        int levels = hasDither() ? integer("num_noise_levels", config.get("num_noise_levels")) : NO_DITHER;
        if (!(tailMass > 0 && tailMass < 1) || !canRebuild(rebuilt, Math.abs(levels), tailMass)) {
            throw malformed("the tables of a prior must have at most 2^24 cells to be left out: num_noise_levels="
                    + Math.abs(levels) + " tail_mass=" + tailMass + " prior=" + rebuilt.shape());
        }
        return build(
                rebuilt,
                levels,
                quantizationOffset,
                tailMass,
                integer("range_coder_precision", config.get("range_coder_precision")),
                bottleneckType());
    }

    /** The configuration for {@code fromConfig}, where a field that is null is left out. */
    private Map<String, Object> withoutNulls() {
        Map<String, Object> present = new LinkedHashMap<>();
        config.forEach((key, value) -> {
            if (value != null) {
                present.put(key, value);
            }
        });
        return present;
    }

    /** Refuses a model of the caller that is not the one that coded the file. */
    void requireSame(UniversalBatchedEntropyModel model) {
        if (model.codingHash() != tablesHash) {
            throw new IllegalArgumentException("the model must have the tables that the file was coded with: hash="
                    + Long.toHexString(model.codingHash()) + " file=" + Long.toHexString(tablesHash));
        }
        identity(model).forEach((key, value) -> {
            if (!value.equals(config.get(key))) {
                throw new IllegalArgumentException(
                        "the model must be as the file was coded: " + key + "=" + value + " file=" + config.get(key));
            }
        });
    }

    private MalformedBitstreamException malformed(String reason) {
        return new MalformedBitstreamException(reason, offset);
    }
}
