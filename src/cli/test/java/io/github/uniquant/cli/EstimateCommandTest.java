package io.github.uniquant.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.RateReport;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EstimateCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    /** Channels on the last axis, of different widths; one outlier, in the last channel of the last row. */
    private static Tensor latents(int rows, int channels) {
        SplittableRandom random = new SplittableRandom(1);
        double[] values = new double[rows * channels];
        Arrays.setAll(values, i -> random.nextGaussian() * (1 + i % channels));
        values[values.length - 1] = 300;
        return Tensor.of(Shape.of(rows, channels), values).to(ElementType.FLOAT32);
    }

    private Path npy(Tensor tensor) {
        Path file = folder.resolve("x.npy");
        NpyFile.write(file, tensor);
        return file;
    }

    private static Run estimate(Object... args) {
        List<Object> all = new ArrayList<>(List.of("estimate"));
        all.addAll(Arrays.asList(args));
        Run run = Run.uniquant(all.toArray());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private Path fit(Path input, Object... options) {
        Path model = folder.resolve("m.uqm");
        List<Object> all = new ArrayList<>(List.of("fit", input, "-o", model));
        all.addAll(Arrays.asList(options));
        assertThat(Run.uniquant(all.toArray()).exitCode()).isZero();
        return model;
    }

    @Test
    void jsonHoldsTheReportOfEveryUnitAndChannel() {
        Tensor x = latents(200, 4);
        Path input = npy(x);
        Path modelFile = fit(input, "--step", "0.5", "--coding-rank", "1", "--prior", "normal");
        JsonNode json = JsonMapper.shared()
                .readTree(estimate(input, "--model", modelFile, "--json").out());
        StoredModel stored = StoredModel.read(modelFile);
        RateReport report = RateReport.of(stored.model(), stored.step().divide(x));

        assertThat(json.get("dtype").stringValue()).isEqualTo("float32");
        assertThat(json.get("shape").toString()).isEqualTo("[200,4]");
        assertThat(json.get("batch_shape").toString()).isEqualTo("[200]");
        assertThat(json.get("prior_shape").toString()).isEqualTo("[4]");
        assertThat(json.get("step").doubleValue()).isEqualTo(0.5);
        assertThat(json.get("prior").stringValue()).isEqualTo("NoisyNormal");
        assertThat(json.get("format").stringValue()).isEqualTo("rans-1");
        assertCost(json.get("total"), report.total());
        assertThat(json.get("total").get("bytes").longValue()).isEqualTo(report.bytes());
        assertThat(json.get("total").get("overhead_bits").doubleValue()).isEqualTo(report.overheadBits());
        assertThat(json.get("units").size()).isEqualTo(200);
        for (int unit = 0; unit < 200; unit++) {
            JsonNode node = json.get("units").get(unit);
            assertCost(node, report.unit(unit));
            assertThat(node.get("bytes").longValue()).isEqualTo(report.bytes(unit));
            assertThat(node.get("overhead_bits").doubleValue()).isEqualTo(report.overheadBits(unit));
        }
        assertThat(json.get("units").get(199).get("escapes").longValue()).isPositive();
        assertThat(json.get("channels").size()).isEqualTo(4);
        for (int channel = 0; channel < 4; channel++) {
            JsonNode node = json.get("channels").get(channel);
            assertCost(node, report.channel(channel));
            assertThat(node.get("table_overhead_bits").doubleValue()).isEqualTo(report.tableOverheadBits(channel));
        }
    }

    private static void assertCost(JsonNode node, RateReport.Cost cost) {
        assertThat(node.get("elements").longValue()).isEqualTo(cost.elements());
        assertThat(node.get("estimated_bits").doubleValue()).isEqualTo(cost.estimatedBits());
        assertThat(node.get("expected_bits").doubleValue()).isEqualTo(cost.expectedBits());
        assertThat(node.get("cross_entropy_bits").doubleValue()).isEqualTo(cost.crossEntropyBits());
        assertThat(node.get("escapes").longValue()).isEqualTo(cost.escapes());
        assertThat(node.get("escape_bits").longValue()).isEqualTo(cost.escapeBits());
        assertThat(node.get("ideal_bits").doubleValue()).isEqualTo(cost.idealBits());
    }

    /** What the table says is what compressing makes: the strings of a file with the same options. */
    @Test
    void theTableSaysWhatCompressingTakes() {
        Path input = npy(latents(500, 3));
        Path compressed = folder.resolve("x.uq");
        for (String format : List.of("rans", "tfc-range")) {
            assertThat(Run.uniquant("compress", input, "-o", compressed, "--step", "0.25", "--format", format)
                            .exitCode())
                    .isZero();
            long stringBytes = JsonMapper.shared()
                    .readTree(Run.uniquant("info", compressed, "--json").out())
                    .get("string_bytes")
                    .longValue();
            String out = estimate(input, "--step", "0.25", "--format", format).out();
            assertThat(out)
                    .startsWith(input + ": float32 (500, 3), step 0.25, Noisy")
                    .contains(Numbers.count(stringBytes) + " bytes in strings")
                    .contains("1 unit ")
                    .contains("Bits per element of each channel:");
            List<String> names = out.lines()
                    .skip(3)
                    .limit(7)
                    .map(line -> line.split("\\s+", 2)[0])
                    .toList();
            assertThat(names)
                    .containsExactly("estimated", "expected", "cross-entropy", "escapes", "ideal", "real", "overhead");
            assertThat(out.lines().filter(line -> line.matches(" +[0-2]( +[\\d.,]+){5}")))
                    .hasSize(3);
        }
    }

    @Test
    void ofManyChannelsTheTableShowsThoseThatTakeMost() {
        Path input = npy(latents(300, 40));
        String out = estimate(input).out();
        assertThat(out).contains("Bits per element of the 16 channels that take most, of 40 (--json has all):");
        List<String> channels = out.lines()
                .filter(line -> line.matches(" +\\d+( +[\\d.,]+){5}"))
                .map(line -> line.strip().split(" +", 2)[0])
                .toList();
        assertThat(channels).hasSize(16).contains("38", "39").doesNotContain("0", "1");
    }

    @Test
    void tensorsWithoutElementsCostNothing() {
        for (int[] dims : new int[][] {{0, 4}, {5, 0}}) {
            Path input = npy(Tensor.of(Shape.of(dims), new float[0]));
            assertThat(estimate(input, "--coding-rank", "1").out()).contains("0 bytes in strings");
            JsonNode total = JsonMapper.shared()
                    .readTree(estimate(input, "--json").out())
                    .get("total");
            assertThat(total.get("elements").longValue()).isZero();
            assertThat(total.get("ideal_bits").doubleValue()).isZero();
        }
    }

    @Test
    void whatCannotBeEstimatedIsRefused() {
        Path input = npy(latents(50, 4));
        Path modelFile = fit(input);
        Run both = Run.uniquant("estimate", input, "--model", modelFile, "--step", "2");
        assertThat(both.exitCode()).isEqualTo(1);
        assertThat(both.err()).contains("--model must stand alone");
        Tensor wider = Tensor.of(Shape.of(1, 5), 0, 0, 0, 0, 0f);
        Run shape = Run.uniquant("estimate", npy(wider), "--model", modelFile);
        assertThat(shape.exitCode()).isEqualTo(2);
        assertThat(shape.err()).contains("the tensor must end in the prior's shape");
        Run type = Run.uniquant("estimate", npy(wider.to(ElementType.FLOAT64)), "--model", modelFile);
        assertThat(type.exitCode()).isEqualTo(2);
        assertThat(type.err()).contains("the array must be of the model's type: type=float64 model=float32");
        Run bad = Run.uniquant("estimate", npy(Tensor.of(Shape.of(1, 4), 0, Float.NaN, 0, 0f)));
        assertThat(bad.exitCode()).isEqualTo(2);
        assertThat(bad.err()).contains("every value must be finite: index=[0, 1]");
        Run missing = Run.uniquant("estimate", folder.resolve("none.npy"));
        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.err()).contains("there is no such file");
    }
}
