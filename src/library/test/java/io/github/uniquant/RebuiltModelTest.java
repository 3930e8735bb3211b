package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models rebuilt in another process, from files alone, on other kinds of JVM. */
class RebuiltModelTest {
    private static final Shape PRIOR_SHAPE = Shape.of(3);
    private static final Shape BROADCAST = Shape.of(130);

    @TempDir
    static @Nullable Path folder;

    private static Path folder() {
        return Objects.requireNonNull(folder);
    }

    private static List<Prior> priors() {
        double[] loc = {0, 1.3, -40};
        double[] scale = {1e-8, 0.7, 6};
        Shape two = Shape.of(3, 2);
        double[] locs = {0, 3, -2, 2, 10, -11};
        double[] scales = {0.3, 1, 0.02, 4, 1, 2};
        double[] weights = {0.5, 0.5, 0.75, 0.25, 0.125, 0.875};
        return List.of(
                NoisyNormal.of(PRIOR_SHAPE, loc, scale),
                NoisyNormal.of(PRIOR_SHAPE, new float[] {0, 1.3f, -40}, new float[] {1e-8f, 0.7f, 6}),
                NoisyLogistic.of(PRIOR_SHAPE, loc, scale),
                NoisyLaplace.of(PRIOR_SHAPE, loc, scale),
                NoisyNormalMixture.of(Tensor.of(two, locs), Tensor.of(two, scales), Tensor.of(two, weights)),
                NoisyLogisticMixture.of(Tensor.of(two, locs), Tensor.of(two, scales), Tensor.of(two, weights)),
                NoisyDeepFactorized.initial(PRIOR_SHAPE, new int[] {3, 3}, 10, new SplittableRandom(4)),
                NoisyRounded.of(NoisyNormal.of(PRIOR_SHAPE, loc, new double[] {0.5, 1, 6})),
                NoisyRounded.soft(NoisyNormal.of(PRIOR_SHAPE, loc, new double[] {0.5, 1, 6}), 4));
    }

    /** One model of each prior; between them they take every argument to another value than its default. */
    private static List<UniversalBatchedEntropyModel> models() {
        List<UniversalBatchedEntropyModel> models = new ArrayList<>();
        ElementType[] types = {ElementType.FLOAT32, ElementType.FLOAT64, ElementType.BFLOAT16, ElementType.FLOAT16};
        for (Prior prior : priors()) {
            int i = models.size();
            models.add(UniversalBatchedEntropyModel.builder(prior)
                    .codingRank(2)
                    .compression(true)
                    .coder(i % 2 == 0 ? CoderFormat.RANS : CoderFormat.TFC_RANGE)
                    .bottleneckType(types[i % 4])
                    .dither(i % 3 == 0 ? Dither.tfc() : Dither.seed(-7L * i, Long.MAX_VALUE))
                    .numNoiseLevels(i % 2 == 0 ? 15 : 6)
                    .rangeCoderPrecision(i % 4 == 1 ? 16 : 12)
                    .tailMass(i % 3 == 1 ? 1e-3 : 0x1p-8)
                    .laplaceTailMass(i % 2 == 1 ? 1e-3 : 0)
                    .expectedGrads(i % 3 == 2)
                    .decodeSanityCheck(i % 5 != 4)
                    .build());
        }
        return models;
    }

    private static Tensor tensor(UniversalBatchedEntropyModel model) {
        SplittableRandom random = new SplittableRandom(6);
        double[] values = new double[4 * 130 * 3];
        Arrays.setAll(values, i -> model.prior().base().sample(i % 3, random) + (i % 97 == 0 ? i % 61 - 30 : 0));
        return Tensor.of(Shape.of(2, 2, 130, 3), values).to(model.bottleneckType());
    }

    private static Path file(Path directory, int model, String name) {
        return directory.resolve(model + "." + name);
    }

    @BeforeAll
    static void writeModelsTensorsAndStrings() throws IOException {
        List<UniversalBatchedEntropyModel> models = models();
        for (int i = 0; i < models.size(); i++) {
            UniversalBatchedEntropyModel model = models.get(i);
            Tensor tensor = tensor(model);
            Stored.write(file(folder(), i, "config"), model.getConfig());
            Stored.write(file(folder(), i, "weights"), model.getWeights());
            Stored.write(file(folder(), i, "parameters"), model.prior().parameters());
            Stored.write(file(folder(), i, "tensor"), tensor);
            Stored.write(file(folder(), i, "strings"), model.compress(tensor));
        }
    }

    static Stream<List<String>> virtualMachines() {
        List<String> vectors = List.of("--add-modules", "jdk.incubator.vector");
        return Stream.of(
                List.of(),
                vectors,
                List.of("-Xint"),
                List.of("-XX:+IgnoreUnrecognizedVMOptions", "-XX:UseAVX=0"),
                Stream.concat(vectors.stream(), Stream.of("-XX:+IgnoreUnrecognizedVMOptions", "-XX:UseAVX=0"))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("virtualMachines")
    void aModelRebuiltInAnotherProcessCodesAsTheFirstOne(List<String> options) throws Exception {
        Path results = Files.createTempDirectory(folder(), "results");
        run(options, results);
        List<UniversalBatchedEntropyModel> models = models();
        for (int i = 0; i < models.size(); i++) {
            UniversalBatchedEntropyModel model = models.get(i);
            Tensor tensor = tensor(model);
            BitStrings strings = model.compress(tensor);
            RateEstimate estimate = model.call(tensor, Training.FALSE);
            Tensor decoded = model.decompress(strings, BROADCAST);
            for (String from : List.of("config", "parameters")) {
                String what = from + " of " + model.prior().family() + " in " + options;
                assertThat(Stored.read(file(results, i, from + "-decoded")))
                        .as(what)
                        .isEqualTo(decoded);
                assertThat(Stored.read(file(results, i, from + "-strings")))
                        .as(what)
                        .isEqualTo(strings);
                assertThat(Stored.read(file(results, i, from + "-bits")))
                        .as(what)
                        .isEqualTo(estimate.bits());
                assertThat(Stored.read(file(results, i, from + "-hash")))
                        .as(what)
                        .isEqualTo(model.tables().hash());
            }
        }
    }

    @Test
    void whatIsStoredComesBack() throws IOException {
        Path file = folder().resolve("stored");
        for (UniversalBatchedEntropyModel model : models()) {
            Stored.write(file, model.getConfig());
            assertThat(Stored.read(file)).isEqualTo(model.getConfig());
            Stored.write(file, model.variables());
            assertThat(Stored.read(file)).isEqualTo(model.variables());
        }
    }

    private static void run(List<String> options, Path results) throws Exception {
        Path log = results.resolve("log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                location(UniversalBatchedEntropyModel.class) + File.pathSeparator + location(RebuiltModelTest.class),
                Rebuilder.class.getName(),
                folder().toString(),
                results.toString(),
                Integer.toString(models().size())));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    }

    private static Path location(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** The other process: rebuilds each model in two ways, and codes with it. */
    static final class Rebuilder {
        private Rebuilder() {}

        public static void main(String[] arguments) throws IOException {
            Path in = Path.of(arguments[0]);
            Path out = Path.of(arguments[1]);
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                Map<String, Object> config = Stored.readMap(file(in, i, "config"));
                List<Tensor> weights = Stored.readList(file(in, i, "weights"), Tensor.class);
                List<Variable> parameters = Stored.readList(file(in, i, "parameters"), Variable.class);
                code(UniversalBatchedEntropyModel.fromConfig(config, weights), in, out, i, "config");
                code(fromParameters(config, parameters), in, out, i, "parameters");
            }
        }

        /** Without the tables: they are built again. */
        private static UniversalBatchedEntropyModel fromParameters(
                Map<String, Object> config, List<Variable> parameters) {
            Map<String, Object> priorConfig = Stored.map(Stored.field(config, "prior", Map.class));
            Map<String, Object> dither = Stored.map(Stored.field(config, "dither", Map.class));
            Prior prior = Priors.of(
                    Stored.field(priorConfig, "family", String.class),
                    ElementType.ofId(Stored.field(priorConfig, "dtype", String.class)),
                    Stored.map(Stored.field(priorConfig, "options", Map.class)),
                    parameters);
            return UniversalBatchedEntropyModel.builder(prior)
                    .codingRank(Stored.field(config, "coding_rank", Integer.class))
                    .compression(true)
                    .coder(CoderFormat.ofId(Stored.field(config, "coder", String.class)))
                    .bottleneckType(ElementType.ofId(Stored.field(config, "bottleneck_dtype", String.class)))
                    .dither(
                            Stored.field(dither, "name", String.class).equals("tfc")
                                    ? Dither.tfc()
                                    : Dither.seed(
                                            Stored.field(dither, "seed", Long.class),
                                            Stored.field(dither, "first_unit", Long.class)))
                    .numNoiseLevels(Stored.field(config, "num_noise_levels", Integer.class))
                    .rangeCoderPrecision(Stored.field(config, "range_coder_precision", Integer.class))
                    .tailMass(Stored.field(config, "tail_mass", Double.class))
                    .laplaceTailMass(Stored.field(config, "laplace_tail_mass", Double.class))
                    .decodeSanityCheck(Stored.field(config, "decode_sanity_check", Boolean.class))
                    .build();
        }

        private static void code(UniversalBatchedEntropyModel model, Path in, Path out, int i, String from)
                throws IOException {
            Tensor tensor = (Tensor) Stored.read(file(in, i, "tensor"));
            BitStrings strings = (BitStrings) Stored.read(file(in, i, "strings"));
            Stored.write(file(out, i, from + "-decoded"), model.decompress(strings, BROADCAST));
            Stored.write(file(out, i, from + "-strings"), model.compress(tensor));
            Stored.write(
                    file(out, i, from + "-bits"),
                    model.call(tensor, Training.FALSE).bits());
            Stored.write(file(out, i, from + "-hash"), model.tables().hash());
        }
    }

    /** Values of configurations, tensors and strings as tagged bytes. */
    private static final class Stored {
        private Stored() {}

        static void write(Path file, Object value) throws IOException {
            try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
                write(out, value);
            }
        }

        private static void write(DataOutputStream out, Object value) throws IOException {
            switch (value) {
                case Boolean flag -> {
                    out.writeByte('b');
                    out.writeBoolean(flag);
                }
                case Integer number -> {
                    out.writeByte('i');
                    out.writeInt(number);
                }
                case Long number -> {
                    out.writeByte('l');
                    out.writeLong(number);
                }
                case Double number -> {
                    out.writeByte('d');
                    out.writeDouble(number);
                }
                case String text -> {
                    out.writeByte('s');
                    out.writeUTF(text);
                }
                case List<?> list -> {
                    out.writeByte('L');
                    out.writeInt(list.size());
                    for (Object item : list) {
                        write(out, item);
                    }
                }
                case Map<?, ?> map -> {
                    out.writeByte('M');
                    out.writeInt(map.size());
                    for (Map.Entry<?, ?> entry : map.entrySet()) {
                        write(out, entry.getKey());
                        write(out, entry.getValue());
                    }
                }
                case Variable variable -> {
                    out.writeByte('V');
                    write(out, variable.name());
                    write(out, variable.value());
                }
                case Tensor tensor -> {
                    out.writeByte('T');
                    writeTensor(out, tensor);
                }
                case BitStrings strings -> {
                    out.writeByte('S');
                    writeTensor(out, Tensor.of(strings.shape(), strings.lengths()));
                    out.writeInt(strings.totalBytes());
                    out.write(strings.toBytes());
                }
                default -> throw new AssertionError(value.getClass());
            }
        }

        private static void writeTensor(DataOutputStream out, Tensor tensor) throws IOException {
            out.writeUTF(tensor.type().id());
            out.writeInt(tensor.shape().rank());
            for (int dim : tensor.shape().toArray()) {
                out.writeInt(dim);
            }
            for (int i = 0; i < tensor.size(); i++) {
                switch (tensor.type()) {
                    case FLOAT16, BFLOAT16 -> out.writeShort(tensor.shorts()[i]);
                    case FLOAT32 -> out.writeFloat(tensor.floats()[i]);
                    case FLOAT64 -> out.writeDouble(tensor.doubles()[i]);
                    case INT32 -> out.writeInt(tensor.ints()[i]);
                }
            }
        }

        static Object read(Path file) throws IOException {
            try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
                Object value = read(in);
                assertThatAllIsRead(in);
                return value;
            }
        }

        private static void assertThatAllIsRead(DataInputStream in) throws IOException {
            if (in.read() >= 0) {
                throw new AssertionError("bytes are left over");
            }
        }

        static Map<String, Object> readMap(Path file) throws IOException {
            return map(read(file));
        }

        static <T> T field(Map<String, Object> map, String name, Class<T> type) {
            return type.cast(Objects.requireNonNull(map.get(name), name));
        }

        static Map<String, Object> map(Object value) {
            Map<String, Object> map = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((key, item) -> map.put((String) key, item));
            return map;
        }

        static <T> List<T> readList(Path file, Class<T> type) throws IOException {
            return ((List<?>) read(file)).stream().map(type::cast).toList();
        }

        private static Object read(DataInputStream in) throws IOException {
            return switch (in.readByte()) {
                case 'b' -> in.readBoolean();
                case 'i' -> in.readInt();
                case 'l' -> in.readLong();
                case 'd' -> in.readDouble();
                case 's' -> in.readUTF();
                case 'L' -> readItems(in, in.readInt());
                case 'M' -> {
                    List<Object> items = readItems(in, 2 * in.readInt());
                    Map<String, Object> map = new LinkedHashMap<>();
                    for (int i = 0; i < items.size(); i += 2) {
                        map.put((String) items.get(i), items.get(i + 1));
                    }
                    yield map;
                }
                case 'V' -> new Variable((String) read(in), (Tensor) read(in));
                case 'T' -> readTensor(in);
                case 'S' -> {
                    Tensor lengths = readTensor(in);
                    byte[] bytes = new byte[in.readInt()];
                    in.readFully(bytes);
                    yield BitStrings.of(lengths.shape(), bytes, lengths.ints());
                }
                default -> throw new AssertionError("unknown tag");
            };
        }

        private static List<Object> readItems(DataInputStream in, int count) throws IOException {
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                items.add(read(in));
            }
            return items;
        }

        private static Tensor readTensor(DataInputStream in) throws IOException {
            ElementType type = ElementType.ofId(in.readUTF());
            int[] dims = new int[in.readInt()];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = in.readInt();
            }
            Tensor tensor = Tensor.zeros(type, Shape.of(dims));
            for (int i = 0; i < tensor.size(); i++) {
                switch (type) {
                    case FLOAT16, BFLOAT16 -> tensor.shorts()[i] = in.readShort();
                    case FLOAT32 -> tensor.floats()[i] = in.readFloat();
                    case FLOAT64 -> tensor.doubles()[i] = in.readDouble();
                    case INT32 -> tensor.ints()[i] = in.readInt();
                }
            }
            return tensor;
        }
    }
}
