package io.github.uniquant.readme;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.Training;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.internal.kernel.Philox;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.BottleneckGradient;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.rate.RateEstimator;
import io.github.uniquant.rate.RateGradients;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The numbers of the worked examples under docs are what the code computes. */
class WorkedExamplesTest {
    private static final Prior NORMAL = NoisyNormal.of(Shape.scalar(), new double[] {0}, new double[] {1});

    private static String page(String name) throws IOException {
        return Files.readString(Path.of(System.getProperty("basedir", "."))
                .resolve("../../docs")
                .resolve(name));
    }

    private static double bits(double y) {
        return -NORMAL.logProb(0, y) / Math.log(2);
    }

    @Test
    void levelsOfTheDitherPage() throws IOException {
        assertThat(page("dither.md"))
                .contains("| tfc, every unit | " + levels(Dither.tfc(), 0) + " |")
                .contains("| seed 7, unit 0 | " + levels(Dither.seed(7, 0), 0) + " |")
                .contains("| seed 7, unit 1 | " + levels(Dither.seed(7, 0), 1) + " |");
        assertThat(NoiseOffsets.offset(5, 15)).isEqualTo(-0.125);
    }

    @Test
    void theScramblingOfTheDitherPage() throws IOException {
        String text = page("dither.md").replace('\n', ' ');
        assertThat(text).contains("key (3ec8f720, 02461e29) and counter (1234, 0, 1234, 0)");
        int[] stream = new int[4];
        Philox.block(1234, 0, 1234, 0, 0x3ec8f720, 0x02461e29, stream, 0);
        assertThat(text)
                .contains("(" + hex(stream[0]) + ", " + hex(stream[1]) + "), are the key")
                .contains("(" + hex(stream[2]) + ", " + hex(stream[3]) + "), the last two of the counter");
        int[] words = new int[4];
        Philox.block(0, 0, stream[2], stream[3], stream[0], stream[1], words, 0);
        assertThat(text)
                .contains(Arrays.stream(words).mapToObj(WorkedExamplesTest::hex).collect(Collectors.joining(", ")));
        int[] levels = new int[4];
        Dither.tfc().levels(0, 0, 4, 15, levels, 0);
        assertThat(levels)
                .isEqualTo(Arrays.stream(words)
                        .map(word -> Integer.remainderUnsigned(word, 15))
                        .toArray());
    }

    private static String hex(int word) {
        return HexFormat.of().toHexDigits(word);
    }

    private static String levels(Dither dither, long unit) {
        int[] levels = new int[8];
        dither.levels(unit, 0, 8, 15, levels, 0);
        return Arrays.stream(levels).mapToObj(Integer::toString).collect(Collectors.joining(", "));
    }

    @Test
    void densitiesOfThePriorsPage() throws IOException {
        String page = page("priors.md");
        for (double y : new double[] {0, 0.25, 1}) {
            assertThat(page).contains(String.format(Locale.ROOT, "| %.5f | %.3f |", NORMAL.prob(0, y), bits(y)));
        }
        assertThat(page)
                .contains(String.format(Locale.ROOT, "| 3 | %.6f | %.3f |", NORMAL.prob(0, 3), bits(3)))
                .contains(String.format(Locale.ROOT, "log P = %.2f | %.2f |", NORMAL.logProb(0, 40), bits(40)));
        Prior box = NoisyNormal.of(Shape.scalar(), new double[] {0}, new double[] {1e-8});
        assertThat(List.of(box.prob(0, 0.25), box.prob(0, 1))).containsExactly(1.0, 0.0);
    }

    @Test
    void tableOfTheTablesPage() throws IOException {
        CdfTables tables = CdfTableBuilder.build(NORMAL, 1, 0x1p-8, 8, ElementType.FLOAT32);
        String masses = IntStream.rangeClosed(-3, 3)
                .mapToObj(i -> String.format(Locale.ROOT, "%.2f", 256 * NORMAL.prob(0, i)))
                .collect(Collectors.joining(" | "));
        String frequencies = IntStream.range(0, tables.cells(0))
                .mapToObj(c -> Integer.toString(tables.frequency(0, c)))
                .collect(Collectors.joining(" | "));
        assertThat(page("tables.md"))
                .contains("| pmf * 256 | " + masses + " |")
                .contains("| final | " + frequencies + " |")
                .contains("`" + Arrays.toString(tables.cdf()) + "`");
        assertThat(tables.offset(0)).isEqualTo(-3);
    }

    @Test
    void estimatesOfTheRatePage() throws IOException {
        String page = page("rate.md");
        assertThat(page)
                .contains(String.format(Locale.ROOT, "| 0.5 | %.3f | %.3f |", estimate(0.5f, 0), estimate(0.5f, 1e-3)))
                .contains(String.format(Locale.ROOT, "| 30 | %.2f | %.2f |", estimate(30, 0), estimate(30, 1e-3)))
                .contains(String.format(
                        Locale.ROOT, "| 1,000 | %,.0f | %,.1f |", estimate(1000, 0), estimate(1000, 1e-3)))
                .contains(String.format(Locale.ROOT, "| 1,000,000 | 7.2e11 | %,.0f |", estimate(1e6f, 1e-3)));
    }

    private static double estimate(float y, double laplaceTailMass) {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(NORMAL)
                .codingRank(1)
                .laplaceTailMass(laplaceTailMass)
                .build();
        return model.call(Tensor.of(Shape.of(1), y), Tensor.of(Shape.of(1), 0f)).totalBits();
    }

    @Test
    void gradientsOfTheGradientsPage() throws IOException {
        String page = page("gradients.md");
        for (double[] row : new double[][] {{0.5, 0}, {3, 0}, {1000, 0}, {1000, 1e-3}}) {
            RateEstimator estimator = new RateEstimator(NORMAL, row[1]);
            Tensor y = Tensor.of(Shape.of(1), row[0]);
            RateGradients pathwise = estimator.estimate(y, Shape.of(1)).backward();
            RateGradients expected = estimator
                    .estimate(y, y, Shape.of(1), BottleneckGradient.EXPECTED)
                    .backward();
            assertThat(page)
                    .contains(String.format(
                            Locale.ROOT,
                            "| %s | %s | %.5f | %.5f | %.5f |",
                            row[0] == 0.5 ? "0.5" : String.format(Locale.ROOT, "%,.0f", row[0]),
                            row[1] == 0 ? "0" : "0.001",
                            pathwise.bottleneck().get(0),
                            expected.bottleneck().get(0),
                            pathwise.parameters().get(1).get(0)));
        }
    }

    @Test
    void elementsOfTheConceptsPage() throws IOException {
        String page = page("concepts.md");
        int[] levels = new int[3];
        Dither.tfc().levels(0, 0, 3, 15, levels, 0);
        double[] values = {0.3, -1.2, 5.9};
        for (int i = 0; i < 3; i++) {
            double y = values[i];
            double o = NoiseOffsets.offset(levels[i], 15);
            long s = Math.round(y - o);
            assertThat(page)
                    .contains("| " + y + " | " + o + " | " + shortest(y - o) + " | " + s + " | " + shortest(s + o)
                            + " | " + shortest(s + o - y) + " |");
        }
    }

    @Test
    void elementsOfTheEntropyModelsPage() throws IOException {
        String page = page("entropy-models.md");
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(3), new float[3], new float[] {0.1f, 1, 10}))
                .codingRank(0)
                .compression(true)
                .build();
        Tensor y = Tensor.of(Shape.of(3), 0.875f, 2.5f, -7.75f);
        Tensor indexes = Tensor.of(Shape.of(3), 0, 1, 2);
        Tensor loc = Tensor.of(Shape.of(3), 1f, 0.25f, -1.5f);
        Tensor decoded = model.decompress(model.compress(y, indexes, loc), indexes, loc);
        RateEstimate estimate = model.call(y, indexes, loc, Training.FALSE);
        assertThat(estimate.perturbed()).isEqualTo(decoded);
        for (int i = 0; i < 3; i++) {
            String row = String.format(
                    Locale.ROOT,
                    "| %s | %d | %s | %s | %d | %s | %.3f |",
                    y.get(i),
                    i,
                    loc.get(i) == 1 ? "1" : loc.get(i),
                    y.get(i) - loc.get(i),
                    Math.round(decoded.get(i) - loc.get(i)),
                    decoded.get(i),
                    Math.abs(estimate.bits().get(i)));
            assertThat(page).contains(row);
        }
    }

    private static String shortest(double value) {
        return Double.toString(Math.rint(value * 1000) / 1000);
    }
}
