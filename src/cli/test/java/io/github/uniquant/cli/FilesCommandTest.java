package io.github.uniquant.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.ContinuousBatchedEntropyModel;
import io.github.uniquant.ContinuousIndexedEntropyModel;
import io.github.uniquant.DecodeLimits;
import io.github.uniquant.EntropyModel;
import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.UniversalIndexedEntropyModel;
import io.github.uniquant.container.ModelFile;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyPrior;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** fit, compress, decompress, info and verify. */
class FilesCommandTest {
    private static final Prior NORMAL = NoisyNormal.of(Shape.of(2), new double[] {0, 0.5}, new double[] {1, 2});

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    /** Channels on the last axis, of different widths. */
    private static Tensor latents(ElementType type, int... dims) {
        SplittableRandom random = new SplittableRandom(1);
        Shape shape = Shape.of(dims);
        double[] values = new double[(int) shape.elements()];
        int channels = dims.length == 0 ? 1 : dims[dims.length - 1];
        Arrays.setAll(values, i -> random.nextGaussian() * 0.3 * (1 + i % channels));
        return Tensor.of(shape, values).to(type);
    }

    private Path npy(String name, Tensor tensor) {
        Path file = folder.resolve(name);
        NpyFile.write(file, tensor);
        return file;
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static Run succeeded(Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private static void assertRefused(Run run, int exitCode, String... parts) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.err()).contains("uniquant: ").contains(parts).doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    private static void assertWithinHalfAStep(Tensor x, Tensor decoded, double step) {
        assertThat(decoded.shape()).isEqualTo(x.shape());
        assertThat(decoded.type()).isEqualTo(x.type());
        double ulps = x.type() == ElementType.FLOAT16 ? 0x1p-9 : 0x1p-20;
        double largest = 0;
        for (int i = 0; i < x.size(); i++) {
            double error = Math.abs(x.get(i) - decoded.get(i));
            assertThat(error).isLessThanOrEqualTo(step / 2 + ulps * (Math.abs(x.get(i)) + step));
            largest = Math.max(largest, error);
        }
        assertThat(largest).isGreaterThan(0.4 * step); // it was quantised with this step, and no finer
    }

    // ---- what works

    @ParameterizedTest
    @CsvSource({
        "FLOAT32, auto, rans",
        "FLOAT64, laplace, rans",
        "FLOAT16, logistic, rans",
        "FLOAT32, normal, tfc-range",
        "FLOAT32, laplace, rans-free"
    })
    void decompressInvertsCompressUpToHalfAStep(ElementType type, String family, String format) {
        Tensor x = latents(type, 3, 50, 4);
        Path input = npy("x.npy", x);
        for (double step : new double[] {0.125, 1, 0.1}) {
            Run run = succeeded(Run.uniquant(
                    "compress", input, "-o", file("x.uq"), "--prior", family, "--step", step, "--format", format));
            assertThat(run.out()).startsWith(file("x.uq") + ": 600 elements, ").contains("bits per element");
            succeeded(Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy")));
            assertWithinHalfAStep(x, NpyFile.readFloats(file("y.npy")), step);
        }
    }

    @Test
    void aFittedModelKeepsItsStepAndCodesOtherTensors() throws IOException {
        Path training = npy("training.npy", latents(ElementType.FLOAT32, 200, 4));
        Tensor x = latents(ElementType.FLOAT32, 5, 10, 4);
        Path input = npy("x.npy", x);
        Run fit = succeeded(Run.uniquant("fit", training, "-o", file("model.uqm"), "--step", "0.2"));
        assertThat(fit.out()).contains("NoisyNormal, prior shape (4,), 60 tables, step 0.2");
        for (String[] options : new String[][] {{}, {"--external"}}) {
            Object[] args = {"compress", input, "-o", file("x.uq"), "--model", file("model.uqm")};
            succeeded(Run.uniquant(concat(args, options)));
            Object[] model = options.length == 0 ? new Object[0] : new Object[] {"--model", file("model.uqm")};
            assertThat(succeeded(Run.uniquant(concat(new Object[] {"verify", file("x.uq")}, model)))
                            .out())
                    .contains("ok, 200 elements in 5 segments");
            succeeded(Run.uniquant(concat(new Object[] {"decompress", file("x.uq"), "-o", file("y.npy")}, model)));
            assertWithinHalfAStep(x, NpyFile.readFloats(file("y.npy")), 0.2f);
        }
        long external = Files.size(file("x.uq"));
        assertRefused(
                Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy")), 1, "does not hold its model", "--model");
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq"), "--model", file("model.uqm")));
        assertThat(Files.size(file("x.uq"))).isGreaterThan(external);
    }

    private static Object[] concat(Object[] first, Object[] second) {
        Object[] all = Arrays.copyOf(first, first.length + second.length, Object[].class);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @ParameterizedTest
    @CsvSource({
        "'', '[4]', 1",
        "'--coding-rank 1', '[4]', 60",
        "'--prior-shape scalar', '[]', 1",
        "'--prior-shape scalar --coding-rank 0', '[]', 240",
        "'--prior-shape 20,4 --coding-rank 2 --seed 7', '[20,4]', 3"
    })
    void shapesOfPriorsAndUnitsAreThoseAskedFor(String options, String priorShape, long units) {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 3, 20, 4));
        Object[] args = {"compress", input, "-o", file("x.uq")};
        succeeded(Run.uniquant(concat(args, options.isEmpty() ? new Object[0] : options.split(" "))));
        JsonNode info = JsonMapper.shared()
                .readTree(
                        succeeded(Run.uniquant("info", file("x.uq"), "--json")).out());
        assertThat(info.get("units").longValue()).isEqualTo(units);
        assertThat(info.get("model").get("prior_shape").toString()).isEqualTo(priorShape);
        succeeded(Run.uniquant("verify", file("x.uq")));
    }

    @Test
    void tensorsOfFewAxesAndNoElementsWork() {
        for (int[] dims : new int[][] {{}, {300}, {0, 4}, {5, 0}}) {
            Tensor x = latents(ElementType.FLOAT32, dims);
            Path input = npy("x.npy", x);
            succeeded(Run.uniquant("compress", input, "-o", file("x.uq")));
            succeeded(Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy")));
            assertThat(NpyFile.readFloats(file("y.npy")).shape()).isEqualTo(x.shape());
        }
    }

    @Test
    void wideTensorsGetMorePrecisionByThemselves() {
        Tensor x = latents(ElementType.FLOAT32, 500, 2);
        Path input = npy("x.npy", x);
        Run run = succeeded(Run.uniquant("compress", input, "-o", file("x.uq"), "--step", "0.0005"));
        assertThat(run.err()).contains("note: the tables need a precision of 1");
        succeeded(Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy")));
        assertWithinHalfAStep(x, NpyFile.readFloats(file("y.npy")), 0.0005f);
        assertRefused(
                Run.uniquant("compress", input, "-o", file("x.uq"), "--step", "0.0005", "--precision", "12"),
                2,
                "x.npy: ",
                "cells");
        assertRefused(
                Run.uniquant("compress", input, "-o", file("x.uq"), "--step", "1e-6"),
                2,
                "the step must be larger for such values");
    }

    @Test
    void modelsWithoutTablesAreFittedShownAndUsed() {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 3, 20, 4));
        String fitted = succeeded(Run.uniquant(
                        "fit",
                        input,
                        "-o",
                        file("m.uqm"),
                        "--prior",
                        "normal",
                        "--format",
                        "rans-free",
                        "--noise-levels",
                        "16777216"))
                .out();
        assertThat(fitted).contains("no tables");
        assertThat(succeeded(Run.uniquant("info", file("m.uqm"))).out())
                .contains(CoderFormat.RANS_FREE.id())
                .contains("tables                  0\n");
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq"), "--model", file("m.uqm")));
        succeeded(Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy")));
        JsonNode estimate = JsonMapper.shared()
                .readTree(succeeded(Run.uniquant("estimate", input, "--model", file("m.uqm"), "--json"))
                        .out());
        assertThat(estimate.get("format").stringValue()).isEqualTo(CoderFormat.RANS_FREE.id());
        JsonNode total = estimate.get("total");
        double ideal = total.get("ideal_bits").doubleValue();
        assertThat(ideal).isCloseTo(total.get("estimated_bits").doubleValue(), within(0.05 * ideal));
        assertThat(8 * total.get("bytes").doubleValue())
                .isCloseTo(ideal + total.get("overhead_bits").doubleValue(), within(1e-6));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT16, 65504, 40", "FLOAT32, 3.4028234663852886e38, 3e38"})
    void theLargestFiniteValuesStayFinite(ElementType type, double largest, double step) {
        double[] values = new double[300];
        Arrays.setAll(values, i -> i % 10 == 0 ? -largest : i % 10 == 1 ? largest : 0);
        Tensor x = Tensor.of(Shape.of(300), values).to(type);
        Path input = npy("x.npy", x);
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq"), "--step", step));
        succeeded(Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy")));
        assertWithinHalfAStep(x, NpyFile.readFloats(file("y.npy")), step);
    }

    @Test
    void segmentsAreAsLongAsTheElementsAllowed() throws IOException {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(NORMAL)
                .codingRank(1)
                .compression(true)
                .limits(new DecodeLimits(1 << 27, 1 << 27))
                .build();
        ModelFile.write(model, file("m.uqm"));
        assertThat(StoredModel.read(file("m.uqm"), model.limits()).model().limits())
                .isEqualTo(model.limits());
    }

    private static Stream<EntropyModel> modelsOfEveryClass() {
        return Stream.of(
                UniversalBatchedEntropyModel.builder(NORMAL)
                        .codingRank(1)
                        .compression(true)
                        .build(),
                ContinuousBatchedEntropyModel.builder(NORMAL)
                        .codingRank(1)
                        .compression(true)
                        .build(),
                ContinuousBatchedEntropyModel.builder(NoisyPrior.of(NORMAL.base()))
                        .codingRank(1)
                        .compression(true)
                        .build(),
                ContinuousIndexedEntropyModel.builder(
                                i -> NoisyNormal.of(i.map(x -> x[0]), i.map(x -> x[1] + 0.5)), 3, 2)
                        .codingRank(1)
                        .compression(true)
                        .build(),
                LocationScaleIndexedEntropyModel.builder(NoisyNormal::of, 4, i -> i + 0.25)
                        .codingRank(0)
                        .compression(true)
                        .build(),
                UniversalIndexedEntropyModel.builder(NORMAL)
                        .codingRank(1)
                        .compression(true)
                        .build());
    }

    @ParameterizedTest
    @MethodSource("modelsOfEveryClass")
    void infoSaysWhatModelsOfEveryClassAre(EntropyModel model) throws IOException {
        ModelFile.write(model, file("m.uqm"));
        String name = model.getClass().getSimpleName();
        boolean universal = model instanceof UniversalBatchedEntropyModel;
        assertThat(succeeded(Run.uniquant("info", file("m.uqm"))).out())
                .contains(
                        "class                   " + name + "\n",
                        "step                    " + (universal ? 1 : "-") + "\n");
        JsonNode info = JsonMapper.shared()
                .readTree(
                        succeeded(Run.uniquant("info", file("m.uqm"), "--json")).out());
        assertThat(info.get("class").stringValue()).isEqualTo(name);
        assertThat(info.get("step").isNull()).isEqualTo(!universal);
        assertThat(info.get("tables").intValue()).isEqualTo(model.tables().count());
        assertThat(info.get("model").get("prior_shape").size())
                .isEqualTo(model.priorShape().rank());
        if (!universal) {
            Path input = npy("x.npy", latents(ElementType.FLOAT32, 3, 2));
            assertRefused(
                    Run.uniquant("compress", input, "-o", file("x.uq"), "--model", file("m.uqm")), 2, "file=" + name);
        }
    }

    @Test
    void infoShowsShapesAsAllCommandsDo() {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 4));
        assertThat(succeeded(Run.uniquant("info", input)).out()).contains("shape                   (4,)\n");
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq")));
        assertThat(succeeded(Run.uniquant("info", file("x.uq"))).out())
                .contains("shape                   (4,)\n")
                .contains("  prior shape           ()\n");
    }

    @Test
    void infoSaysWhatFilesHold() {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 3, 20, 4));
        succeeded(Run.uniquant("fit", input, "-o", file("m.uqm"), "--step", "0.5", "--prior", "laplace"));
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq"), "--model", file("m.uqm")));
        assertThat(succeeded(Run.uniquant("info", file("x.uq"))).out())
                .contains("compressed tensor", "(3, 20, 4)", "float32", CoderFormat.RANS.id(), "NoisyLaplace");
        assertThat(succeeded(Run.uniquant("info", file("m.uqm"))).out()).contains("step                    0.5\n");
        assertThat(succeeded(Run.uniquant("info", input)).out()).contains("array", "<f4");

        JsonNode tensor = JsonMapper.shared()
                .readTree(
                        succeeded(Run.uniquant("info", file("x.uq"), "--json")).out());
        JsonNode model = JsonMapper.shared()
                .readTree(
                        succeeded(Run.uniquant("info", file("m.uqm"), "--json")).out());
        assertThat(tensor.get("step").doubleValue()).isEqualTo(0.5);
        assertThat(tensor.get("holds_model").booleanValue()).isTrue();
        assertThat(tensor.get("tables_hash")).isEqualTo(model.get("tables_hash"));
        assertThat(model.get("model").get("prior").get("family").stringValue()).isEqualTo("NoisyLaplace");
        assertThat(model.get("tables").intValue()).isEqualTo(60);
    }

    @Test
    void aStepLargerThanEveryValueIsWarnedOf() {
        Tensor x = Tensor.of(Shape.of(3), 0.25f, -0.5f, 0);
        Run coarse = succeeded(Run.uniquant("compress", npy("x.npy", x), "-o", file("x.uq")));
        assertThat(coarse.err()).contains("warning: the step of 1 is larger than every value, the largest being 0.5:");
        assertThat(coarse.out()).contains("3 elements");
        Run fine = succeeded(Run.uniquant("compress", file("x.npy"), "-o", file("x.uq"), "--step", "0.5"));
        assertThat(fine.err()).isEmpty();
    }

    @Test
    void anEmptyTensorIsNotWarnedOf() {
        Tensor x = Tensor.zeros(ElementType.FLOAT32, Shape.of(0, 16));
        assertThat(succeeded(Run.uniquant("compress", npy("x.npy", x), "-o", file("x.uq")))
                        .err())
                .isEmpty();
    }

    @Test
    void aTypeTooCoarseForTheStepIsWarnedOf() {
        Tensor x = Tensor.of(Shape.of(4), 70_000f, 70_001f, 69_999f, 70_000.5f);
        Run fine = succeeded(Run.uniquant("compress", npy("x.npy", x), "-o", file("x.uq"), "--step", "1"));
        assertThat(fine.err()).isEmpty(); // neighbours of 70,000 are 1/128 apart
        Run coarse = succeeded(Run.uniquant("compress", file("x.npy"), "-o", file("x.uq"), "--step", "0.25"));
        assertThat(coarse.err())
                .contains("warning: float32 is too coarse for this step", "0.03125 steps apart")
                .hasLineCount(1);
        succeeded(Run.uniquant("fit", file("x.npy"), "-o", file("m.uqm"), "--step", "0.25"));
        for (Object[] options : new Object[][] {{"--step", "0.25"}, {"--model", file("m.uqm")}}) {
            Run estimate = succeeded(Run.uniquant(concat(new Object[] {"estimate", file("x.npy")}, options)));
            assertThat(estimate.err()).isEqualTo(coarse.err());
        }
    }

    // ---- what is refused: data

    @Test
    void valuesThatAreNotFiniteAreRefusedWithTheirIndex() {
        float[] values = new float[24];
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            values[13] = bad;
            Path input = npy("x.npy", Tensor.of(Shape.of(2, 3, 4), values));
            for (String command : new String[] {"compress", "fit"}) {
                assertRefused(
                        Run.uniquant(command, input, "-o", file("out")), 2, "x.npy: ", "index=[1, 0, 1] value=" + bad);
            }
        }
        assertThat(file("out")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "laplace | NoisyLaplace",
                "normal-mixture --components 2 | NoisyNormalMixture",
                "logistic-mixture | NoisyLogisticMixture",
                "deep-factorized --filters 2,2 | NoisyDeepFactorized",
                "NORMAL,Deep-Factorized | NoisyNormal"
            })
    void everyFamilyIsFittedStoredAndDecoded(String options, String family) {
        Tensor x = latents(ElementType.FLOAT32, 100, 2);
        Path input = npy("x.npy", x);
        Object[] fit = concat(new Object[] {"fit", input, "-o", file("m.uqm"), "--step", "0.2", "--prior"}, (Object[])
                options.split(" "));
        assertThat(succeeded(Run.uniquant(fit)).out())
                .contains(family + ", prior shape (2,)", "bits per element expected");
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq"), "--model", file("m.uqm")));
        succeeded(Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy")));
        assertWithinHalfAStep(x, NpyFile.readFloats(file("y.npy")), 0.2f);
    }

    @Test
    void severalTensorsAreFittedAsOne() {
        Tensor x = latents(ElementType.FLOAT32, 60, 4);
        Path whole = npy("x.npy", x);
        float[] values = x.floats();
        Path first = npy("a.npy", Tensor.of(Shape.of(20, 4), Arrays.copyOf(values, 80)));
        Path second = npy("b.npy", Tensor.of(Shape.of(40, 4), Arrays.copyOfRange(values, 80, 240)));
        succeeded(Run.uniquant("fit", whole, "-o", file("whole.uqm")));
        Run run = succeeded(Run.uniquant("fit", first, second, "-o", file("parts.uqm"), "--progress"));
        assertThat(run.err()).contains("fitted 1 of 4 prior elements", "fitted 4 of 4 prior elements, step 1");
        assertThat(file("parts.uqm")).hasSameBinaryContentAs(file("whole.uqm"));
        Path other = npy("c.npy", latents(ElementType.FLOAT32, 20, 3));
        assertRefused(
                Run.uniquant("fit", first, other, "-o", file("m.uqm")), 2, "c.npy: ", "shape=(20, 3) priorShape=(4,)");
        Path wide = npy("d.npy", latents(ElementType.FLOAT64, 20, 4));
        assertRefused(
                Run.uniquant("fit", first, wide, "-o", file("m.uqm")), 2, "d.npy: ", "type=float64", "first=float32");
    }

    @Test
    void theRateWeightChoosesTheStep() throws IOException {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 2000, 2));
        double last = 0;
        for (String weight : new String[] {"1e-5", "1e-3", "0.05"}) {
            succeeded(Run.uniquant("fit", input, "-o", file("m.uqm"), "--rate-weight", weight, "--prior", "normal"));
            double step = JsonMapper.shared()
                    .readTree(succeeded(Run.uniquant("info", file("m.uqm"), "--json"))
                            .out())
                    .get("step")
                    .doubleValue();
            double fine = Math.sqrt(6 * Double.parseDouble(weight) / Math.log(2));
            assertThat(step).isGreaterThan(last).isBetween(fine / 2, fine * 1.03);
            last = step;
        }
        assertRefused(
                Run.uniquant("fit", input, "-o", file("m.uqm"), "--rate-weight", "1", "--step", "1"),
                1,
                "--rate-weight must stand without --step");
        assertRefused(
                Run.uniquant("compress", input, "-o", file("x.uq"), "--rate-weight", "0"),
                1,
                "--rate-weight",
                "rateWeight=0");
        assertRefused(
                Run.uniquant("fit", input, "-o", file("m.uqm"), "--prior", "gauss"), 1, "normal-mixture", "'gauss'");
        assertRefused(Run.uniquant("fit", input, "-o", file("m.uqm"), "--components", "0"), 1, "components=0");
    }

    @Test
    void valuesBeyondInt32AreRefused() {
        Path input = npy("x.npy", Tensor.of(Shape.of(2), 1f, 1e10f));
        assertRefused(Run.uniquant("compress", input, "-o", file("x.uq")), 2, "x.npy: ", "2^31", "index=[1]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compress", "fit", "decompress", "verify", "info"})
    void missingAndForeignFilesAreRefused(String command) throws IOException {
        Object[] out =
                command.equals("verify") || command.equals("info") ? new Object[0] : new Object[] {"-o", file("out")};
        Path missing = file("missing");
        assertRefused(
                Run.uniquant(concat(new Object[] {command, missing}, out)), 2, missing + ": there is no such file");
        Path text = Files.writeString(file("text"), "some text, and no tensor at all");
        assertRefused(
                Run.uniquant(concat(new Object[] {command, text}, out)), 2, text + ": damaged, or not such a file");
        Path empty = Files.write(file("empty"), new byte[0]);
        assertRefused(Run.uniquant(concat(new Object[] {command, empty}, out)), 2, empty + ": ");
        assertRefused(Run.uniquant(concat(new Object[] {command, folder}, out)), 2, "not a directory");
        assertThat(file("out")).doesNotExist();
    }

    @Test
    void filesOfTheOtherKindAreRefusedByName() {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        succeeded(Run.uniquant("fit", input, "-o", file("m.uqm")));
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq")));
        assertRefused(Run.uniquant("verify", file("m.uqm")), 2, "must be a .uq tensor, not a .uqm model");
        assertRefused(
                Run.uniquant("compress", input, "-o", file("y.uq"), "--model", file("x.uq")),
                2,
                "must be a .uqm model, not a .uq tensor");
        assertRefused(Run.uniquant("verify", input), 2, "x.npy: damaged, or not such a file");
    }

    @Test
    void everyFlippedBitAndCutOfACompressedTensorIsFound() throws IOException {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq")));
        byte[] good = Files.readAllBytes(file("x.uq"));
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 150; i++) {
            byte[] bad = i % 3 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            if (i % 3 != 0) {
                bad[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(file("bad.uq"), bad);
            assertRefused(Run.uniquant("verify", file("bad.uq")), 2, "bad.uq: ", "offset=");
            assertRefused(Run.uniquant("decompress", file("bad.uq"), "-o", file("y.npy")), 2, "bad.uq: ", "offset=");
        }
        Files.write(file("bad.uq"), Arrays.copyOf(good, good.length + 1));
        assertRefused(Run.uniquant("verify", file("bad.uq")), 2, "bad.uq: ", "offset=");
        assertThat(file("y.npy")).doesNotExist();
    }

    @Test
    void unknownFormatsInFilesAreRefusedByName() throws IOException {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq")));
        byte[] bytes = Files.readAllBytes(file("x.uq"));
        String id = "X" + CoderFormat.RANS.id().substring(1);
        replace(bytes, CoderFormat.RANS.id(), id);
        Files.write(file("bad.uq"), bytes);
        assertRefused(Run.uniquant("verify", file("bad.uq")), 2, "bad.uq: the coder format must be one of", "id=" + id);
    }

    @Test
    void textOfFilesIsPrintedWithoutControlCharacters() throws IOException {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq")));
        byte[] bytes = Files.readAllBytes(file("x.uq"));
        replace(bytes, CoderFormat.RANS.id(), "\33[2J\n!"); // a terminal would clear its screen, and start a line
        Files.write(file("bad.uq"), bytes);
        Run run = Run.uniquant("verify", file("bad.uq"));
        assertRefused(run, 2, "id=?[2J?!");
        assertThat(run.err().lines()).hasSize(1);
        bytes = Files.readAllBytes(file("x.uq"));
        replace(bytes, "tail_mass", "tail\33mass");
        replace(bytes, "scale", "sca\nE");
        Files.write(file("odd.uq"), bytes);
        assertThat(succeeded(Run.uniquant("info", file("odd.uq"))).out())
                .contains("tail?mass")
                .contains("(loc, sca?E)");
    }

    /** Replaces text in the header of a compressed tensor of one segment, and the checksums that cover it. */
    private static void replace(byte[] bytes, String text, String other) {
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
        byte[] otherBytes = other.getBytes(StandardCharsets.ISO_8859_1);
        assertThat(otherBytes).hasSize(text.length());
        System.arraycopy(otherBytes, 0, bytes, at, otherBytes.length);
        int header = 16 + (bytes[12] & 0xFF | (bytes[13] & 0xFF) << 8);
        int trailer = bytes.length - 16;
        int index = trailer - bytes[trailer];
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, header);
        putInt(bytes, header, crc.getValue());
        crc.reset();
        crc.update(bytes, header, 4);
        crc.update(bytes, index, trailer + 8 - index);
        putInt(bytes, trailer + 8, crc.getValue());
    }

    private static void putInt(byte[] bytes, int at, long value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >>> 8 * i);
        }
    }

    @Test
    void aModelThatDoesNotFitIsRefused() {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        succeeded(Run.uniquant("fit", input, "-o", file("m.uqm")));
        Path other = npy("y.npy", latents(ElementType.FLOAT32, 30, 5));
        assertRefused(
                Run.uniquant("compress", other, "-o", file("y.uq"), "--model", file("m.uqm")),
                2,
                "y.npy: ",
                "shape=(30, 5)",
                "priorShape=(4,)");
        Path wide = npy("z.npy", latents(ElementType.FLOAT64, 30, 4));
        assertRefused(
                Run.uniquant("compress", wide, "-o", file("y.uq"), "--model", file("m.uqm")),
                2,
                "z.npy: the array must be of the model's type: type=float64 model=float32");
        succeeded(Run.uniquant("fit", input, "-o", file("other.uqm"), "--step", "0.01"));
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq"), "--model", file("m.uqm"), "--external"));
        assertRefused(
                Run.uniquant("verify", file("x.uq"), "--model", file("other.uqm")),
                2,
                "x.uq: ",
                "the model must",
                "hash=");
    }

    @Test
    void moreElementsThanAllowedAreRefused() {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq")));
        assertRefused(
                Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy"), "--max-elements", "119"),
                2,
                "at most --max-elements",
                "elements=120 maxElements=119");
        succeeded(Run.uniquant("decompress", file("x.uq"), "-o", file("y.npy"), "--max-elements", "120"));
    }

    // ---- what is refused: places to write to

    @ParameterizedTest
    @ValueSource(strings = {"fit", "compress", "decompress"})
    void failedOutputIsReportedAndLeavesTheOldFile(String command) throws IOException {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        succeeded(Run.uniquant("compress", input, "-o", file("x.uq")));
        Path from = command.equals("decompress") ? file("x.uq") : input;
        assertRefused(
                Run.uniquant(command, from, "-o", file("none/out")), 2, "cannot be written: there is no directory");
        Path blocked = input.resolve("out"); // below a file
        assertRefused(Run.uniquant(command, from, "-o", blocked), 2, blocked + ": cannot be written: ");
        assertRefused(Run.uniquant(command, from, "-o", folder), 2, "it is a directory");
        Path full = Path.of("/dev/full");
        if (Files.exists(full)) {
            assertRefused(
                    Run.uniquant(command, from, "-o", full),
                    2,
                    "/dev/full: cannot be written: No space left on device");
            assertThat(Files.isRegularFile(full)).isFalse();
        }
        Path old = Files.writeString(file("old"), "old");
        Path damaged = Files.write(file("damaged"), Arrays.copyOf(Files.readAllBytes(from), 100));
        assertRefused(Run.uniquant(command, damaged, "-o", old), 2, "damaged: ");
        assertThat(old).hasContent("old");
        succeeded(Run.uniquant(command, from, "-o", old));
        assertThat(Files.readString(old, StandardCharsets.ISO_8859_1)).isNotEqualTo("old");
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void aFileWhereADirectoryIsWantedIsReported() throws IOException {
        Path blocking = Files.writeString(file("old"), "old");
        assertRefused(Run.uniquant("demo", "-o", blocking), 2, blocking + ": cannot be written: it is not a directory");
        Path link = Files.createSymbolicLink(file("link"), Path.of("none"));
        assertRefused(
                Run.uniquant("demo", "-o", link.resolve("a")),
                2,
                link.resolve("a") + ": cannot be written: " + link + " is not a directory");
        assertThat(blocking).hasContent("old");
    }

    @Test
    void aDirectoryWithoutPermissionIsReported() throws IOException {
        Path locked = Files.createDirectory(file("locked"));
        assumeThat(locked.toFile().setWritable(false) && !Files.isWritable(locked))
                .as("the user is not almighty")
                .isTrue();
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        assertRefused(Run.uniquant("compress", input, "-o", locked.resolve("x.uq")), 2, "permission denied");
        assertThat(locked.toFile().setWritable(true)).isTrue();
    }

    /** Where the bytes may go to the standard output, its lines would be among them. */
    @ParameterizedTest
    @ValueSource(strings = {"fit", "compress"})
    void resultsGoBesideTheBytesOfAPipeOrDevice(String command) {
        Path device = Path.of("/dev/null");
        assumeThat(device).exists();
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        Run run = succeeded(Run.uniquant(command, input, "-o", device));
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("/dev/null: ").contains("bits per element");
        assertThat(Files.isRegularFile(device)).isFalse();
    }

    @Test
    void aDirectoryThatTakesNoFilesIsNotSaidToBeMissing() {
        assumeThat(Path.of("/proc")).isDirectory();
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        assertRefused(
                Run.uniquant("compress", input, "-o", "/proc/a.uq"),
                2,
                "/proc/a.uq: cannot be written: its directory takes no new files");
    }

    @Test
    void outputThroughASymbolicLinkToNothingMakesWhatItPointsTo() throws IOException {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        Path link = Files.createSymbolicLink(file("link"), Path.of("middle"));
        Path middle = Files.createSymbolicLink(file("middle"), file("target"));
        succeeded(Run.uniquant("compress", input, "-o", link));
        assertThat(link).isSymbolicLink();
        assertThat(middle).isSymbolicLink();
        assertThat(file("target")).isRegularFile();
        succeeded(Run.uniquant("verify", link));
        Path loop = Files.createSymbolicLink(file("loop"), Path.of("loop"));
        assertRefused(Run.uniquant("compress", input, "-o", loop), 2, "it is behind too many symbolic links");
        Path lost = Files.createSymbolicLink(file("lost"), Path.of("none/target"));
        assertRefused(Run.uniquant("compress", input, "-o", lost), 2, "there is no directory to hold it");
    }

    @Test
    void outputThatIsReplacedHandsOnItsPermissions() throws IOException {
        assumeThat(folder.getFileSystem().supportedFileAttributeViews()).contains("posix");
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        Path output = file("x.uq");
        succeeded(Run.uniquant("compress", input, "-o", output));
        Files.setPosixFilePermissions(output, PosixFilePermissions.fromString("rw-------"));
        succeeded(Run.uniquant("compress", input, "-o", output));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(output)))
                .isEqualTo("rw-------");
    }

    @Test
    void outputThroughASymbolicLinkReplacesWhatItPointsTo() throws IOException {
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        Path target = Files.writeString(file("target"), "old");
        Path link = Files.createSymbolicLink(file("link"), target);
        succeeded(Run.uniquant("compress", input, "-o", link));
        assertThat(Files.isSymbolicLink(link)).isTrue();
        succeeded(Run.uniquant("verify", target));
    }

    // ---- what is refused: usage

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compress X | Missing required option",
                "compress X -o Y --step 0 | --step must be finite and larger than 0",
                "compress X -o Y --step -1 | --step must be finite and larger than 0",
                "compress X -o Y --step NaN | --step must be finite and larger than 0",
                "compress X -o Y --step x | 'x' is not a double",
                "compress X -o Y --prior cauchy | cauchy",
                "compress X -o Y --prior-shape 5 | must be the innermost axes of the tensor: priorShape=(5,) shape=(30, 4)",
                "compress X -o Y --prior-shape last,4 | --prior-shape must be last, scalar, or sizes",
                "compress X -o Y --coding-rank 0 | --coding-rank must be from the rank of the prior's shape",
                "compress X -o Y --coding-rank 3 | codingRank=3",
                "compress X -o Y --prior normal-mixture --components 1000000 | must have 1 to 960 components",
                "compress X -o Y --rate-weight 1e300 | --rate-weight must choose a step that is finite",
                "compress X -o Y --rate-weight 1e300 | rateWeight=1.0E300 step=",
                "fit X -o Y --rate-weight 1e308 | --rate-weight must be at most 2e307: rateWeight=1.0E308",
                "compress X -o Y --step 1e60 | step=1.0E60 type=float32",
                "compress X -o Y --precision 17 | --precision must be from 1 to 16: 17",
                "compress X -o Y --precision 0 | --precision must be from 1 to 16: 0",
                "compress X -o Y --noise-levels 0 | --noise-levels must be from 1 to 16777216: 0",
                "compress X -o Y --noise-levels 1000000 | --noise-levels must be at most ",
                "fit X -o Y --noise-levels 16777216 --format tfc-range | --format rans-free needs no tables",
                "fit X -o Y --format rans-free --prior deep-factorized | --format rans-free must stand with normal, logistic or laplace",
                "compress X -o Y --format rans-free --prior auto,normal-mixture | it computes their cells",
                "compress X -o Y --format rans-free --precision 2 | --precision of rans-free must be from 3 to 16: 2",
                "compress X -o Y --format zip | must be rans, tfc-range or rans-free, not 'zip'",
                "compress X -o Y --model M --step 2 | --model must stand alone",
                "compress X -o Y --external | --external must stand with --model",
                "decompress X -o Y --max-elements -1 | --max-elements must be at least 0",
                "compres X -o Y | Did you mean"
            })
    void wrongUsageIsExplained(String commandAndMessage) {
        String[] parts = commandAndMessage.split(" \\| ", 2);
        Path input = npy("x.npy", latents(ElementType.FLOAT32, 30, 4));
        Object[] args = Arrays.stream(parts[0].split(" "))
                .map(arg -> arg.equals("X") ? input : arg.equals("Y") ? file("out") : arg)
                .toArray();
        assertRefused(Run.uniquant(args), 1, parts[1], "--help");
        assertThat(file("out")).doesNotExist();
    }

    @Test
    void helpIsThereForEveryCommand() {
        String[][] commands = {
            {},
            {"fit"},
            {"compress"},
            {"decompress"},
            {"info"},
            {"verify"},
            {"strings"},
            {"demo"},
            {"strings", "encode"},
            {"strings", "decode"}
        };
        for (String[] command : commands) {
            Run run = succeeded(Run.uniquant(concat(command, new Object[] {"--help"})));
            assertThat(run.out())
                    .contains("Usage: uniquant " + String.join(" ", command))
                    .contains("Example");
            assertThat(run.err()).isEmpty();
            boolean all = command.length == 0;
            assertThat(run.out().contains("uniquant demo  "))
                    .as("examples of others")
                    .isEqualTo(all);
        }
        assertThat(Run.uniquant().exitCode()).isEqualTo(1);
        assertThat(Run.uniquant().err()).contains("a command must be given", "decompress");
        assertThat(Run.uniquant("strings").exitCode()).isEqualTo(1);
        assertThat(succeeded(Run.uniquant("--version")).out()).startsWith("uniquant ");
    }

    @Test
    void stackTracesAreForDebugging() {
        Run run = Run.uniquant("verify", file("missing"), "--debug");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("\tat ", "there is no such file");
    }
}
