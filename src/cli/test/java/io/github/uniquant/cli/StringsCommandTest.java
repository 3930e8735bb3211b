package io.github.uniquant.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StringsCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private static Path golden() {
        URL url = Objects.requireNonNull(StringsCommandTest.class.getResource("/golden"));
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static Stream<Path> cases() throws IOException {
        try (Stream<Path> children = Files.list(golden())) {
            return children.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    /** The dimensions between the batch and the prior. */
    private static String broadcastShape(Path model) throws IOException {
        String json = Files.readString(model.resolve("case.json"));
        String list = json.replaceAll("(?s).*\"broadcast_shape\": \\[(.*?)].*", "$1");
        return list.replaceAll("\\s", "");
    }

    @Test
    void thereAreGoldenCases() throws IOException {
        assertThat(cases()).hasSize(11);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void upstreamsStringsAreWrittenByteForByte(Path model) throws IOException {
        Path out = folder.resolve("new/strings");
        Run run = Run.uniquant(
                "strings", "encode", model.resolve("y.npy"), "--model", model, "--format", "tfc-range", "-o", out);
        assertThat(run).isEqualTo(new Run(0, "", ""));
        assertThat(out.resolve("strings.bin")).hasSameBinaryContentAs(model.resolve("strings.bin"));
        assertThat(out.resolve("string_lengths.npy")).hasSameBinaryContentAs(model.resolve("string_lengths.npy"));
        assertThat(out).isDirectoryNotContaining("glob:**.part");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void upstreamsStringsAreReadBitForBit(Path model) throws IOException {
        Path out = folder.resolve("back.npy");
        Run run = Run.uniquant(
                "strings",
                "decode",
                model,
                "--model",
                model,
                "--format",
                "tfc-range",
                "--broadcast-shape",
                broadcastShape(model),
                "-o",
                out);
        assertThat(run).isEqualTo(new Run(0, "", ""));
        assertThat(out).hasSameBinaryContentAs(model.resolve("decompressed.npy"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void nativeStringsDecodeToTheSameTensor(Path model) throws IOException {
        Path strings = folder.resolve("strings");
        Path out = folder.resolve("back.npy");
        assertThat(Run.uniquant(
                        "strings",
                        "encode",
                        model.resolve("y.npy"),
                        "--model",
                        model,
                        "--format",
                        "rans",
                        "-o",
                        strings))
                .isEqualTo(new Run(0, "", ""));
        assertThat(Run.uniquant(
                        "strings",
                        "decode",
                        strings,
                        "--model",
                        model,
                        "--format",
                        "rans",
                        "--broadcast-shape",
                        broadcastShape(model),
                        "-o",
                        out))
                .isEqualTo(new Run(0, "", ""));
        assertThat(out).hasSameBinaryContentAs(model.resolve("decompressed.npy"));
    }

    // ---- what is refused

    private Path copyOfModel() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        Path golden = golden().resolve("normal_default");
        for (String name : new String[] {"case.json", "cdf.npy", "cdf_offset.npy", "y.npy"}) {
            Files.copy(golden.resolve(name), model.resolve(name));
        }
        return model;
    }

    private Run encode(Path input, Path model) {
        return Run.uniquant(
                "strings", "encode", input, "--model", model, "--format", "rans", "-o", folder.resolve("s"));
    }

    private Run decode(Path strings, String broadcastShape) {
        return Run.uniquant(
                "strings",
                "decode",
                strings,
                "--model",
                golden().resolve("normal_default"),
                "--format",
                "tfc-range",
                "--broadcast-shape",
                broadcastShape,
                "-o",
                folder.resolve("back.npy"));
    }

    private static void assertRefused(Run run, int exitCode, String... parts) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.err()).startsWith("uniquant: ").contains(parts).doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json | must be JSON",
                "{\"prior_shape\": [6] | must be JSON: Unexpected end-of-input: expected close marker for Object: line=1 column=20",
                "{\"prior_shape\": [6 | expected close marker for Array: line=1 column=19",
                "{} | field=prior_shape value=missing",
                "[] | field=prior_shape value=missing",
                "{\"prior_shape\": [6.5], \"coding_rank\": 3} | field=prior_shape value=6.5",
                "{\"prior_shape\": [6]} | field=coding_rank value=missing",
                "{\"prior_shape\": [6], \"coding_rank\": \"3\"} | field=coding_rank",
                "{\"prior_shape\": [6], \"coding_rank\": 0} | codingRank must be set, and at least the rank",
                "{\"prior_shape\": [7], \"coding_rank\": 3} | one table for each noise level",
                "{\"prior_shape\": [6], \"coding_rank\": 3, \"arguments\": 1} | field=arguments",
                "{\"prior_shape\": [6], \"coding_rank\": 3, \"arguments\": {\"colour\": 1}} | name=colour",
                "{\"prior_shape\": [6], \"coding_rank\": 3, \"arguments\": {\"range_coder_precision\": 9}} | tables=12",
                "{\"prior_shape\": [6], \"coding_rank\": 3, \"arguments\": {\"bottleneck_dtype\": \"int8\"}} | id=int8",
                "{\"what\": \"ContinuousBatchedEntropyModel\", \"prior_shape\": [6]} | what=Continuous"
            })
    void aModelThatDoesNotFitItselfIsRefused(String jsonAndMessage) throws IOException {
        String[] parts = jsonAndMessage.split(" \\| ", 2);
        Path model = copyOfModel();
        Files.writeString(model.resolve("case.json"), parts[0]);
        Run run = encode(model.resolve("y.npy"), model);
        assertRefused(run, 2, "case.json: ", parts[1]);
        assertThat(run.err()).doesNotContain("Source", "REDACTED", "StreamReadFeature");
        assertThat(folder.resolve("s")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"[, nesting depth", "9, length"})
    void jsonBeyondTheLimitsOfTheParserIsRefused(String text, String message) throws IOException {
        Path model = copyOfModel();
        Files.writeString(model.resolve("case.json"), text.repeat(100_000));
        assertRefused(encode(model.resolve("y.npy"), model), 2, "case.json: must be JSON: ", message);
    }

    @Test
    void damagedTablesAreRefused() throws IOException {
        Path model = copyOfModel();
        int[] cdf = NpyFile.readInts(model.resolve("cdf.npy")).ints();
        cdf[2] = cdf[3];
        NpyFile.write(model.resolve("cdf.npy"), Tensor.of(Shape.of(cdf.length), cdf));
        assertRefused(encode(model.resolve("y.npy"), model), 2, "cdf.npy: ", "rise strictly", "row=0");
    }

    @Test
    void aMissingModelIsRefused() throws IOException {
        Path y = golden().resolve("normal_default/y.npy");
        assertRefused(encode(y, folder.resolve("none")), 2, "none: must be a folder with cdf.npy");
        Path model = copyOfModel();
        Files.delete(model.resolve("cdf_offset.npy"));
        assertRefused(encode(y, model), 2, "cdf_offset.npy: there is no such file");
    }

    @Test
    void valuesThatCannotBeCodedAreRefusedWithTheirIndex() throws IOException {
        Path model = copyOfModel();
        float[] values = new float[360];
        values[123] = Float.NaN;
        NpyFile.write(model.resolve("y.npy"), Tensor.of(Shape.of(3, 5, 4, 6), values));
        assertRefused(encode(model.resolve("y.npy"), model), 2, "y.npy: ", "finite", "value=NaN");
        values[123] = 0x1p31f;
        NpyFile.write(model.resolve("y.npy"), Tensor.of(Shape.of(3, 5, 4, 6), values));
        assertRefused(encode(model.resolve("y.npy"), model), 2, "int32", "value=2.147483648E9");
        assertThat(folder.resolve("s")).doesNotExist();
    }

    @Test
    void aTensorOfAnotherShapeOrTypeIsRefused() throws IOException {
        Path model = copyOfModel();
        Path y = folder.resolve("y.npy");
        NpyFile.write(y, Tensor.of(Shape.of(3, 5, 4, 5), new float[300]));
        assertRefused(encode(y, model), 2, "y.npy: ", "shape=(3, 5, 4, 5) priorShape=(6,)");
        NpyFile.write(y, Tensor.of(Shape.of(4, 6), new float[24]));
        assertRefused(encode(y, model), 2, "at least codingRank dimensions: shape=(4, 6) codingRank=3");
        NpyFile.write(y, Tensor.zeros(ElementType.FLOAT64, Shape.of(3, 5, 4, 6)));
        assertRefused(encode(y, model), 2, "bottleneckType=float32 type=float64");
    }

    @Test
    void aFileWhereTheFolderIsWantedIsReported() throws IOException {
        Path model = copyOfModel();
        Path blocking = Files.writeString(folder.resolve("s"), "old");
        assertRefused(
                encode(model.resolve("y.npy"), model), 2, blocking + ": cannot be written: it is not a directory");
        assertThat(blocking).hasContent("old");
    }

    private Path copyOfStrings() throws IOException {
        Path strings = Files.createDirectory(folder.resolve("strings"));
        Path golden = golden().resolve("normal_default");
        for (String name : new String[] {"strings.bin", "string_lengths.npy"}) {
            Files.copy(golden.resolve(name), strings.resolve(name));
        }
        return strings;
    }

    @Test
    void damagedStringsAreRefused() throws IOException {
        Path strings = copyOfStrings();
        Path bin = strings.resolve("strings.bin");
        byte[] bytes = Files.readAllBytes(bin);
        Files.write(bin, Arrays.copyOf(bytes, bytes.length - 1));
        assertRefused(decode(strings, "5,4"), 2, "strings.bin: ", "lengths must add up");
        int[] lengths = NpyFile.readInts(strings.resolve("string_lengths.npy")).ints();
        Files.write(bin, Arrays.copyOf(bytes, bytes.length + 16));
        lengths[2] += 16; // a range decoder stops before them
        NpyFile.write(strings.resolve("string_lengths.npy"), Tensor.of(Shape.of(3), lengths));
        assertRefused(decode(strings, "5,4"), 2, "strings.bin: ", "offset=");
        lengths[2] = -1;
        NpyFile.write(strings.resolve("string_lengths.npy"), Tensor.of(Shape.of(3), lengths));
        assertRefused(decode(strings, "5,4"), 2, "string=2 length=-1");
        Files.delete(bin);
        assertRefused(decode(strings, "5,4"), 2, "strings.bin: there is no such file");
        assertThat(folder.resolve("back.npy")).doesNotExist();
    }

    @Test
    void aBroadcastShapeThatDoesNotFitIsRefused() throws IOException {
        Path strings = copyOfStrings();
        assertRefused(decode(strings, "5"), 1, "--broadcast-shape must have 2 dimensions");
        assertRefused(decode(strings, "5,-4"), 1, "'5,-4'");
        assertRefused(decode(strings, "5,x"), 1, "'5,x'");
        assertRefused(decode(strings, "2,2"), 2, "strings.bin: ");
        assertRefused(decode(strings, "100000,100000"), 2, "must have at most");
    }

    @Test
    void unknownFormatsAreRefusedByName() {
        Run run = Run.uniquant("strings", "encode", "y.npy", "--model", "m", "--format", "zip", "-o", "s");
        assertRefused(run, 1, "--format", "must be rans or tfc-range, not 'zip'");
    }
}
