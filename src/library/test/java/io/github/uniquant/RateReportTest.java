package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.RateReport.Cost;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateReportTest {
    private static final int CHANNELS = 6;

    private static Prior prior() {
        double[] scale = new double[CHANNELS];
        Arrays.setAll(scale, j -> 0.2 * Math.pow(3, j));
        return NoisyNormal.of(Shape.of(2, 3), new double[CHANNELS], scale);
    }

    private static Tensor draw(Prior prior, ElementType type, int... dims) {
        SplittableRandom random = new SplittableRandom(1);
        double[] values = new double[(int) Shape.of(dims).elements()];
        Arrays.setAll(values, i -> prior.base().sample(i % prior.size(), random));
        return Tensor.of(Shape.of(dims), values).to(type);
    }

    private static UniversalBatchedEntropyModel.Builder builder(Prior prior, int codingRank) {
        return UniversalBatchedEntropyModel.builder(prior)
                .codingRank(codingRank)
                .compression(true);
    }

    private static List<Cost> unitCosts(RateReport report) {
        return IntStream.range(0, report.units()).mapToObj(report::unit).toList();
    }

    private static List<Cost> channelCosts(RateReport report) {
        return IntStream.range(0, report.channels()).mapToObj(report::channel).toList();
    }

    static Stream<Arguments> models() {
        return Stream.of(ElementType.FLOAT32, ElementType.FLOAT64, ElementType.BFLOAT16)
                .flatMap(type -> Stream.of(CoderFormat.RANS, CoderFormat.TFC_RANGE, CoderFormat.RANS_FREE)
                        .flatMap(format -> Stream.of(Dither.tfc(), Dither.seed(3, 5))
                                .map(dither -> Arguments.of(type, format, dither))));
    }

    @ParameterizedTest
    @MethodSource("models")
    void unitsAndChannelsAddUpToAll(ElementType type, CoderFormat format, Dither dither) {
        Prior prior = prior();
        UniversalBatchedEntropyModel model = builder(prior, 3)
                .bottleneckType(type)
                .coder(format)
                .dither(dither)
                .laplaceTailMass(1e-3)
                .build();
        Tensor tensor = draw(prior, type, 4, 60, 2, 3);
        RateReport report = RateReport.of(model, tensor);
        assertThat(report.batchShape()).isEqualTo(Shape.of(4));
        assertThat(report.priorShape()).isEqualTo(Shape.of(2, 3));
        Cost all = report.total();
        assertThat(all.elements()).isEqualTo(4 * 60 * 6);
        for (List<Cost> costs : List.of(unitCosts(report), channelCosts(report))) {
            assertThat(costs).extracting(Cost::elements).containsOnly(all.elements() / costs.size());
            assertThat(costs.stream().mapToDouble(Cost::estimatedBits).sum())
                    .isCloseTo(all.estimatedBits(), within(1e-6));
            assertThat(costs.stream().mapToDouble(Cost::expectedBits).sum())
                    .isCloseTo(all.expectedBits(), within(1e-6));
            assertThat(costs.stream().mapToDouble(Cost::crossEntropyBits).sum())
                    .isCloseTo(all.crossEntropyBits(), within(1e-6));
            assertThat(costs.stream().mapToLong(Cost::escapes).sum()).isEqualTo(all.escapes());
            assertThat(costs.stream().mapToDouble(Cost::idealBits).sum()).isCloseTo(all.idealBits(), within(1e-6));
        }
        assertThat(all.escapes()).isPositive();
        assertThat(all.estimatedBits())
                .isCloseTo(model.call(tensor, Training.FALSE).totalBits(), within(1e-6));
        assertThat(report.bytes()).isEqualTo(model.compress(tensor).totalBytes());
    }

    /** What each number is worth, on data that follows the prior. */
    @ParameterizedTest
    @MethodSource("models")
    void eachNumberIsCloseToTheOneBeforeOnDataOfThePrior(ElementType type, CoderFormat format, Dither dither) {
        Prior prior = prior();
        UniversalBatchedEntropyModel model = builder(prior, 3)
                .bottleneckType(type)
                .coder(format)
                .dither(dither)
                .build();
        RateReport report = RateReport.of(model, draw(prior, type, 2, 1500, 2, 3));
        for (int unit = 0; unit < report.units(); unit++) {
            Cost cost = report.unit(unit);
            assertThat(cost.crossEntropyBits()).isCloseTo(cost.expectedBits(), within(0.02 * cost.expectedBits()));
            assertThat(cost.idealBits()).isCloseTo(cost.estimatedBits(), within(0.02 * cost.estimatedBits()));
            assertThat(report.overheadBits(unit)).isBetween(-8.0, 40 + 0.0005 * cost.idealBits());
            assertThat(8.0 * report.bytes(unit) - report.overheadBits(unit)).isCloseTo(cost.idealBits(), within(1e-6));
        }
        for (int channel = 0; channel < CHANNELS; channel++) {
            Cost cost = report.channel(channel);
            assertThat(cost.expectedBits()).isCloseTo(cost.crossEntropyBits(), within(0.1 * cost.expectedBits()));
            assertThat(report.tableOverheadBits(channel)).isCloseTo(0, within(0.05 * cost.estimatedBits()));
        }
        assertThat(report.overheadBits()).isCloseTo(report.overheadBits(0) + report.overheadBits(1), within(1e-6));
    }

    /** One table of cells 0 (8 of 16 slots), 1 (6 of 16) and overflow (2 of 16), so that each cost is known. */
    @Test
    void costsAreThoseOfTheCells() {
        CdfTables tables = CdfTables.of(new int[] {-4, 0, 8, 14, 16}, new int[1]);
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(tables, Shape.scalar())
                .codingRank(1)
                .numNoiseLevels(1)
                .rangeCoderPrecision(4)
                .build();
        RateReport report = RateReport.of(model, Tensor.of(Shape.of(2, 3), 0f, 1, 0, 2, -1, 30));
        double log6 = 4 - Math.log(6) / Math.log(2);
        assertThat(report.unit(0).crossEntropyBits()).isCloseTo(1 + log6 + 1, within(1e-12));
        assertThat(report.unit(0).escapes()).isZero();
        assertThat(report.unit(1).crossEntropyBits()).isCloseTo(9, within(1e-12));
        assertThat(report.unit(1).escapes()).isEqualTo(3);
        // g = 1, 1 and 29: one bit, one bit and nine, and a sign each.
        assertThat(report.unit(1).escapeBits()).isEqualTo(2 + 2 + 10);
        assertThat(report.unit(1).idealBits()).isCloseTo(23, within(1e-12));
        double entropy = 0.5 + 0.375 * log6 + 0.125 * 3;
        assertThat(report.total().expectedBits()).isCloseTo(6 * entropy, within(1e-12));
        assertThat(report.hasEstimate()).isFalse();
        assertThat(report.total().estimatedBits()).isNaN();
        assertThat(report.channel(0).estimatedBits()).isNaN();
    }

    /** Scales whose cells are of one symbol and of many, and values far outside their windows. */
    @ParameterizedTest
    @ValueSource(ints = {15, 1 << 24})
    void stringsWithoutTablesTakeTheirIdealSize(int numNoiseLevels) {
        Prior prior = NoisyNormal.of(Shape.of(3), new double[] {0.25, -3, 100}, new double[] {0.01, 3, 5000});
        UniversalBatchedEntropyModel model = builder(prior, 2)
                .coder(CoderFormat.RANS_FREE)
                .numNoiseLevels(numNoiseLevels)
                .dither(Dither.seed(3, 5))
                .build();
        Tensor drawn = draw(prior, ElementType.FLOAT32, 1500, 3);
        float[] values = drawn.floats().clone();
        for (int i = 0; i < values.length; i += 100) {
            values[i] += i % 200 == 0 ? 60_000 : -70_000;
        }
        RateReport report = RateReport.of(model, Tensor.of(drawn.shape(), values));
        // The outliers, and the few that the prior has outside its windows.
        assertThat(report.total().escapes()).isBetween(45L, 45 + 3 * 1500L / 128);
        assertThat(report.total().escapeBits())
                .isBetween(45 * 15L, report.total().escapes() * 40);
        assertThat(report.overheadBits())
                .isBetween(-8.0, 40 + 0.0005 * report.total().idealBits());
        for (int channel = 0; channel < 3; channel++) {
            Cost cost = report.channel(channel);
            assertThat(cost.escapes()).isGreaterThanOrEqualTo(15);
            assertThat(cost.crossEntropyBits()).isGreaterThan(0.95 * cost.expectedBits());
        }
        RateReport clean = RateReport.of(model, drawn);
        for (int channel = 0; channel < 3; channel++) {
            Cost cost = clean.channel(channel);
            assertThat(cost.crossEntropyBits()).isCloseTo(cost.expectedBits(), within(0.03 * cost.expectedBits() + 40));
            assertThat(cost.idealBits()).isCloseTo(cost.estimatedBits(), within(0.02 * cost.estimatedBits() + 40));
        }
    }

    @Test
    void aBatchWithoutUnitsOrElementsCostsNothing() {
        UniversalBatchedEntropyModel model = builder(prior(), 3).build();
        for (int[] dims : new int[][] {{0, 5, 2, 3}, {3, 0, 2, 3}}) {
            RateReport report = RateReport.of(model, Tensor.of(Shape.of(dims), new float[0]));
            assertThat(report.units()).isEqualTo(dims[0]);
            assertThat(report.bytes()).isZero();
            assertThat(report.total()).isEqualTo(new Cost(0, 0, 0, 0, 0, 0));
            assertThat(report.channels()).isEqualTo(6);
            assertThat(report.overheadBits()).isZero();
        }
    }

    @Test
    void theChannelThatDoesNotFollowItsPriorStandsOut() {
        Prior narrow = NoisyLaplace.of(Shape.of(3), new double[3], new double[] {1, 1, 1});
        Prior wide = NoisyLaplace.of(Shape.of(3), new double[3], new double[] {1, 8, 1});
        RateReport report = RateReport.of(builder(narrow, 2).build(), draw(wide, ElementType.FLOAT32, 4000, 3));
        assertThat(report.channel(1).idealBits())
                .isGreaterThan(2 * report.channel(1).expectedBits());
        assertThat(report.channel(0).idealBits())
                .isLessThan(1.05 * report.channel(0).expectedBits());
    }

    @Test
    void aModelWithoutCompressionHasNoReport() {
        UniversalBatchedEntropyModel model =
                UniversalBatchedEntropyModel.builder(prior()).codingRank(2).build();
        assertThatThrownBy(() -> RateReport.of(model, Tensor.of(Shape.of(2, 3), new float[6])))
                .isInstanceOf(IllegalStateException.class);
    }

    /** The example of {@code docs/rate.md}, to its last digit. */
    @Test
    void theExampleOfThePageHolds() throws IOException {
        String page =
                Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../../docs/rate.md"));
        Matcher block = Pattern.compile("```report\n(.*?)```", Pattern.DOTALL).matcher(page);
        assertThat(block.find()).isTrue();
        List<String> lines = block.group(1).lines().toList();
        double[] values = Arrays.stream(lines.getFirst().strip().split("\\s+", -1))
                .skip(1)
                .mapToDouble(Double::parseDouble)
                .toArray();
        Prior prior = NoisyNormal.of(Shape.of(3), new float[] {0, 0, 1}, new float[] {0.5f, 1, 4});
        RateReport report = RateReport.of(
                builder(prior, 2).build(), Tensor.of(Shape.of(2, 2, 3), values).to(ElementType.FLOAT32));
        List<String> ours = Stream.of(
                        Stream.of("tensor " + lines.getFirst().strip().substring(6)),
                        Stream.of("estimated expected cross-entropy escapes ideal bytes"),
                        IntStream.range(0, 2).mapToObj(i -> line("unit " + i, report.unit(i)) + " " + report.bytes(i)),
                        IntStream.range(0, 3).mapToObj(i -> line("channel " + i, report.channel(i))),
                        Stream.of(line("all", report.total()) + " " + report.bytes()))
                .flatMap(stream -> stream)
                .map(line -> line.replaceAll("\\s+", " "))
                .toList();
        assertThat(lines.stream()
                        .map(line -> line.strip().replaceAll("\\s+", " "))
                        .toList())
                .isEqualTo(ours);
    }

    private static String line(String of, Cost cost) {
        String[] numbers = DoubleStream.of(cost.estimatedBits(), cost.expectedBits(), cost.crossEntropyBits())
                .mapToObj(bits -> String.format(Locale.ROOT, "%.3f", bits))
                .toArray(String[]::new);
        return of + " " + String.join(" ", numbers) + " " + cost.escapes() + " "
                + String.format(Locale.ROOT, "%.3f", cost.idealBits());
    }
}
