package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyPrior;
import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class UniversalBatchedEntropyModelTest {
    private static final Shape CHANNELS = Shape.of(6);

    private static Prior normal() {
        return NoisyNormal.of(CHANNELS, new double[] {0, 1.5, -3, 0.25, 7, 0}, new double[] {1e-8, 0.1, 0.6, 2, 9, 40});
    }

    private static UniversalBatchedEntropyModel.Builder builder() {
        return UniversalBatchedEntropyModel.builder(normal()).codingRank(2).compression(true);
    }

    /** Draws around the prior, with an outlier in every fiftieth place. */
    private static Tensor draw(Prior prior, Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int priorSize = (int) prior.shape().elements();
        double[] values = new double[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = prior.base().sample(i % priorSize, random);
            if (random.nextInt(50) == 0) {
                values[i] += random.nextInt(-90, 91);
            }
        }
        return Tensor.of(shape, values);
    }

    private static Stream<Arguments> formatsTypesAndDithers() {
        return Stream.of(CoderFormat.values())
                .flatMap(format -> Stream.of(
                                ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.FLOAT32, ElementType.FLOAT64)
                        .flatMap(type -> Stream.of(Dither.tfc(), Dither.seed(99, 1L << 40))
                                .map(dither -> Arguments.of(format, type, dither))));
    }

    @ParameterizedTest
    @MethodSource("formatsTypesAndDithers")
    void reconstructionErrorIsAtMostHalfUpToRounding(CoderFormat format, ElementType type, Dither dither) {
        UniversalBatchedEntropyModel model =
                builder().coder(format).bottleneckType(type).dither(dither).build();
        Tensor y = draw(normal(), Shape.of(3, 40, 6), 5).to(type);
        BitStrings strings = model.compress(y);
        assertThat(strings.shape()).isEqualTo(Shape.of(3));
        Tensor decoded = model.decompress(strings, Shape.of(40));
        assertThat(decoded.shape()).isEqualTo(y.shape());
        assertThat(decoded.type()).isEqualTo(type);
        for (int i = 0; i < y.size(); i++) {
            double ulp = ulp(Math.abs(y.get(i)) + 1, type);
            assertThat(Math.abs(decoded.get(i) - y.get(i))).isLessThanOrEqualTo(0.5 + ulp);
        }
    }

    private static double ulp(double value, ElementType type) {
        int bits = switch (type) {
            case FLOAT16 -> 10;
            case BFLOAT16 -> 7;
            case FLOAT32 -> 23;
            default -> 52;
        };
        return Math.scalb(1.0, Math.getExponent(value) - bits);
    }

    @ParameterizedTest
    @MethodSource("formatsTypesAndDithers")
    void decodingGivesWhatCallWithoutTrainingPerturbsTo(CoderFormat format, ElementType type, Dither dither) {
        UniversalBatchedEntropyModel model =
                builder().coder(format).bottleneckType(type).dither(dither).build();
        Tensor y = draw(normal(), Shape.of(2, 25, 6), 6).to(type);
        assertThat(model.decompress(model.compress(y), Shape.of(25)))
                .isEqualTo(model.call(y, Training.FALSE).perturbed());
    }

    static Stream<Arguments> priorsAndFormats() {
        Prior deep = NoisyDeepFactorized.initial(Shape.of(4), new int[] {3, 3}, 10, new SplittableRandom(3));
        Prior normal = NoisyNormal.of(Shape.of(4), new double[4], new double[] {0.5, 1, 4, 16});
        return Stream.of(deep, normal)
                .flatMap(p -> Stream.of(CoderFormat.values())
                        .filter(f -> f != CoderFormat.RANS_FREE || p.equals(normal))
                        .map(f -> Arguments.of(p, f)));
    }

    @ParameterizedTest
    @MethodSource("priorsAndFormats")
    void stringLengthIsWithinOnePercentAndTwoBytesOfTheEstimate(Prior prior, CoderFormat format) {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .coder(format)
                .build();
        SplittableRandom random = new SplittableRandom(8);
        double[] values = new double[5000 * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = prior.base().sample(i % 4, random);
        }
        Tensor y = Tensor.of(Shape.of(5000, 4), values).to(ElementType.FLOAT32);
        double bytes = model.compress(y).totalBytes();
        for (Training training : Training.values()) {
            double estimated = model.call(y, training, new SplittableRandom(1)).totalBits() / 8;
            assertThat(bytes).isCloseTo(estimated, within(0.01 * estimated + 2));
        }
    }

    @ParameterizedTest
    @MethodSource("priorsAndFormats")
    void reconstructionErrorIsAtMostHalfForEachPrior(Prior prior, CoderFormat format) {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .coder(format)
                .build();
        Tensor y = draw(prior, Shape.of(2, 300, 4), 13).to(ElementType.FLOAT32);
        Tensor decoded = model.decompress(model.compress(y), Shape.of(300));
        for (int i = 0; i < y.size(); i++) {
            assertThat(Math.abs(decoded.get(i) - y.get(i)))
                    .isLessThanOrEqualTo(0.5 + Math.ulp(Math.abs((float) y.get(i)) + 1));
        }
    }

    static Stream<Arguments> outliersAndPriors() {
        return Stream.of(1e3, 1e4, 1e5, 1e6)
                .flatMap(x -> Stream.of(
                                NoisyNormal.of(Shape.of(1), new double[] {0}, new double[] {1}),
                                NoisyDeepFactorized.initial(Shape.of(1), new int[] {3, 3}, 1, new SplittableRandom(3)))
                        .map(prior -> Arguments.of(x, prior)));
    }

    @ParameterizedTest
    @MethodSource("outliersAndPriors")
    void laplaceTailCostsAnOutlierItsMagnitudeInNats(double x, Prior prior) {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(1)
                .laplaceTailMass(1e-3)
                .build();
        assertThat(model.laplaceTailMass()).isEqualTo(1e-3);
        for (double y : new double[] {x, -x}) {
            for (Training training : Training.values()) {
                double bits =
                        model.call(Tensor.of(Shape.of(1), (float) y), training).totalBits();
                assertThat(bits).isCloseTo(x / Math.log(2), within(0.01 * x / Math.log(2)));
            }
        }
    }

    static Stream<Arguments> priorsAndDithers() {
        return Stream.of(
                        NoisyNormal.of(Shape.scalar(), new double[] {0}, new double[] {3}),
                        NoisyDeepFactorized.initial(Shape.scalar(), new int[] {3, 3}, 10, new SplittableRandom(3)))
                .flatMap(p -> Stream.of(Dither.tfc(), Dither.seed(17, 0)).map(d -> Arguments.of(p, d)));
    }

    @ParameterizedTest
    @MethodSource("priorsAndDithers")
    void quantizationNoiseIsUniform(Prior prior, Dither dither) {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(1)
                .compression(true)
                .numNoiseLevels(1000)
                .dither(dither)
                .build();
        int n = 20_000;
        SplittableRandom random = new SplittableRandom(2);
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            y[i] = (float) prior.base().sample(0, random);
        }
        Tensor decoded = model.decompress(model.compress(Tensor.of(Shape.of(n), y)), Shape.of(n));
        double[] noise = new double[n];
        for (int i = 0; i < n; i++) {
            noise[i] = decoded.get(i) - y[i] + 0.5;
        }
        Arrays.sort(noise);
        double distance = 0;
        for (int i = 0; i < n; i++) {
            distance = Math.max(distance, Math.max(noise[i] - (double) i / n, (i + 1.0) / n - noise[i]));
        }
        // Kolmogorov's critical value at a significance of 1e-3.
        assertThat(distance * Math.sqrt(n)).isLessThan(1.95);
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void farOutliersSurvive(CoderFormat format) {
        UniversalBatchedEntropyModel model =
                builder().coder(format).bottleneckType(ElementType.FLOAT64).build();
        double[] extremes = {-2147483647, 2147483646, 1L << 30, -(1L << 30), 1.5e9, -2e9};
        Tensor y = Tensor.of(Shape.of(1, 6), extremes);
        Tensor decoded = model.decompress(model.compress(y), Shape.of(1));
        for (int i = 0; i < extremes.length; i++) {
            assertThat(decoded.get(i)).isCloseTo(extremes[i], within(0.5));
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void emptyBatchesAndEmptyUnitsRoundTrip(CoderFormat format) {
        UniversalBatchedEntropyModel model = builder().coder(format).build();
        BitStrings none = model.compress(Tensor.zeros(ElementType.FLOAT32, Shape.of(0, 5, 6)));
        assertThat(none.count()).isZero();
        assertThat(model.decompress(none, Shape.of(5)).shape()).isEqualTo(Shape.of(0, 5, 6));
        BitStrings empty = model.compress(Tensor.zeros(ElementType.FLOAT32, Shape.of(3, 0, 6)));
        assertThat(empty.lengths()).containsExactly(0, 0, 0);
        assertThat(model.decompress(empty, Shape.of(0)).shape()).isEqualTo(Shape.of(3, 0, 6));
    }

    @Test
    void unitsOfASeededDitherDecodeAloneGivenTheirNumbers() {
        UniversalBatchedEntropyModel model =
                builder().dither(Dither.seed(5, 100)).build();
        Tensor y = draw(normal(), Shape.of(4, 10, 6), 7).to(ElementType.FLOAT32);
        BitStrings strings = model.compress(y);
        Tensor all = model.decompress(strings, Shape.of(10));
        BitStrings some = BitStrings.of(Shape.of(2), List.of(strings.get(3), strings.get(1)));
        Tensor decoded = model.decompress(some, Shape.of(10), new long[] {3, 1});
        assertThat(Arrays.copyOfRange(decoded.floats(), 0, 60)).isEqualTo(Arrays.copyOfRange(all.floats(), 180, 240));
        assertThat(Arrays.copyOfRange(decoded.floats(), 60, 120)).isEqualTo(Arrays.copyOfRange(all.floats(), 60, 120));
        UniversalBatchedEntropyModel shifted =
                builder().dither(Dither.seed(5, 103)).build();
        Tensor alone = shifted.decompress(BitStrings.of(Shape.scalar(), List.of(strings.get(3))), Shape.of(10));
        assertThat(alone.floats()).isEqualTo(Arrays.copyOfRange(all.floats(), 180, 240));
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void configAndWeightsRebuildTheModel(CoderFormat format) {
        UniversalBatchedEntropyModel model = builder()
                .coder(format)
                .tailMass(0.01)
                .rangeCoderPrecision(13)
                .numNoiseLevels(7)
                .laplaceTailMass(1e-3)
                .expectedGrads(true)
                .dither(Dither.seed(-4, 9))
                .build();
        Tensor y = draw(normal(), Shape.of(2, 10, 6), 9).to(ElementType.FLOAT32);
        UniversalBatchedEntropyModel rebuilt =
                UniversalBatchedEntropyModel.fromConfig(model.getConfig(), model.getWeights());
        assertThat(rebuilt.getConfig()).isEqualTo(model.getConfig());
        assertThat(rebuilt.codingHash()).isEqualTo(model.codingHash());
        assertThat(rebuilt.decompress(model.compress(y), Shape.of(10)))
                .isEqualTo(model.decompress(model.compress(y), Shape.of(10)));
        assertThat(rebuilt.call(y, Training.FALSE).bits())
                .isEqualTo(model.call(y, Training.FALSE).bits());
        assertThat(model.getWeights()).hasSize(format == CoderFormat.RANS_FREE ? 2 : 4);
    }

    @Test
    void tablesAloneCodeButDoNotEstimate() {
        UniversalBatchedEntropyModel model = builder().build();
        CdfTables tables = CdfTables.of(model.cdf(), model.cdfOffset());
        UniversalBatchedEntropyModel bare = UniversalBatchedEntropyModel.builder(tables, CHANNELS)
                .codingRank(2)
                .build();
        Tensor y = draw(normal(), Shape.of(2, 10, 6), 10).to(ElementType.FLOAT32);
        assertThat(bare.compress(y)).isEqualTo(model.compress(y));
        UniversalBatchedEntropyModel rebuilt =
                UniversalBatchedEntropyModel.fromConfig(bare.getConfig(), bare.getWeights());
        assertThat(rebuilt.compress(y)).isEqualTo(model.compress(y));
        assertThatThrownBy(() -> bare.call(y, Training.FALSE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("prior");
    }

    /** Its code does not travel: the tables stand for it, as in files. */
    @Test
    void aPriorOfTheUsersOwnIsRebuiltByItsTables() {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(NoisyPrior.of(normal().base()))
                .codingRank(2)
                .compression(true)
                .build();
        Tensor y = draw(normal(), Shape.of(2, 10, 6), 10).to(ElementType.FLOAT32);
        UniversalBatchedEntropyModel rebuilt =
                UniversalBatchedEntropyModel.fromConfig(model.getConfig(), model.getWeights());
        assertThat(rebuilt.hasPrior()).isFalse();
        assertThat(rebuilt.compress(y)).isEqualTo(model.compress(y));
        assertThat(rebuilt.getConfig()).isEqualTo(model.getConfig());
    }

    @Test
    void setWeightsGivesAModelWithThem() {
        UniversalBatchedEntropyModel model = builder().build();
        UniversalBatchedEntropyModel other = UniversalBatchedEntropyModel.builder(
                        NoisyNormal.of(CHANNELS, new double[6], new double[] {1, 2, 3, 4, 5, 6}))
                .codingRank(2)
                .compression(true)
                .build();
        UniversalBatchedEntropyModel set = model.setWeights(other.getWeights());
        assertThat(set.tables()).isEqualTo(other.tables());
        assertThat(set.prior().parameters()).isEqualTo(other.prior().parameters());
        assertThat(model.tables()).isNotEqualTo(other.tables());
        assertThatThrownBy(() -> model.setWeights(other.getWeights().subList(0, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weights=3 variables=4");
    }

    @Test
    void withoutCompressionThereAreNoTablesButEstimates() {
        UniversalBatchedEntropyModel model = builder().compression(false).build();
        Tensor y = Tensor.zeros(ElementType.FLOAT32, Shape.of(10, 6));
        assertThat(model.call(y, Training.FALSE).bits().shape()).isEqualTo(Shape.scalar());
        assertThat(model.stateless()).isTrue();
        assertThat(model.getWeights()).hasSize(2);
        for (Runnable call : List.<Runnable>of(
                () -> model.compress(y),
                model::cdf,
                model::cdfOffset,
                model::getConfig,
                () -> model.newEncoder(Shape.of(10)))) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("compression(true)");
        }
        UniversalBatchedEntropyModel stateless = builder().stateless(true).build();
        assertThat(stateless.getWeights()).hasSize(2);
        assertThat(stateless.cdf()).isEqualTo(builder().build().cdf());
        assertThatThrownBy(stateless::getConfig).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void attributesAreTheArgumentsAndTheDefaultsUpstreams() {
        UniversalBatchedEntropyModel plain =
                UniversalBatchedEntropyModel.builder(normal()).codingRank(1).build();
        assertThat(plain.codingRank()).isEqualTo(1);
        assertThat(plain.compression()).isFalse();
        assertThat(plain.laplaceTailMass()).isZero();
        assertThat(plain.expectedGrads()).isFalse();
        assertThat(plain.tailMass()).isEqualTo(0x1p-8);
        assertThat(plain.rangeCoderPrecision()).isEqualTo(12);
        assertThat(plain.bottleneckType()).isEqualTo(ElementType.FLOAT32);
        assertThat(plain.numNoiseLevels()).isEqualTo(15);
        assertThat(plain.stateless()).isTrue();
        assertThat(plain.decodeSanityCheck()).isTrue();
        assertThat(plain.coder()).isEqualTo(CoderFormat.RANS);
        assertThat(plain.dither()).isEqualTo(Dither.tfc());
        assertThat(plain.limits()).isEqualTo(DecodeLimits.DEFAULT);
        UniversalBatchedEntropyModel other = builder()
                .laplaceTailMass(0.25)
                .expectedGrads(true)
                .tailMass(0.5)
                .rangeCoderPrecision(9)
                .bottleneckType(ElementType.FLOAT64)
                .numNoiseLevels(3)
                .decodeSanityCheck(false)
                .coder(CoderFormat.TFC_RANGE)
                .dither(Dither.seed(1, 2))
                .build();
        assertThat(other.codingRank()).isEqualTo(2);
        assertThat(other.compression()).isTrue();
        assertThat(other.laplaceTailMass()).isEqualTo(0.25);
        assertThat(other.expectedGrads()).isTrue();
        assertThat(other.tailMass()).isEqualTo(0.5);
        assertThat(other.rangeCoderPrecision()).isEqualTo(9);
        assertThat(other.bottleneckType()).isEqualTo(ElementType.FLOAT64);
        assertThat(other.numNoiseLevels()).isEqualTo(3);
        assertThat(other.stateless()).isFalse();
        assertThat(other.decodeSanityCheck()).isFalse();
        assertThat(other.coder()).isEqualTo(CoderFormat.TFC_RANGE);
        assertThat(other.dither()).isEqualTo(Dither.seed(1, 2));
        assertThat(other.priorShape()).isEqualTo(CHANNELS);
        assertThat(other.prior().parameters()).isEqualTo(normal().parameters());
        assertThat(other.hasPrior()).isTrue();
        assertThat(other.tables().count()).isEqualTo(3 * 6);
        assertThat(other.tables().precision()).isEqualTo(9);
    }

    @Test
    void variablesAreTheParametersThenTheTables() {
        UniversalBatchedEntropyModel model = builder().build();
        assertThat(model.trainableVariables()).isEqualTo(normal().parameters());
        assertThat(model.nonTrainableVariables()).extracting(Variable::name).containsExactly("cdf", "cdf_offset");
        assertThat(model.nonTrainableVariables().get(0).value().ints()).isEqualTo(model.cdf());
        assertThat(model.nonTrainableVariables().get(1).value().ints()).isEqualTo(model.cdfOffset());
        assertThat(model.variables()).extracting(Variable::name).containsExactly("loc", "scale", "cdf", "cdf_offset");
        assertThat(model.getWeights())
                .isEqualTo(model.variables().stream().map(Variable::value).toList());
        assertThat(model.cdf()[0]).isEqualTo(-12);
        assertThat(model.cdfOffset()).hasSize(15 * 6);
        assertThat(model.tables().cumulative(0, model.tables().cells(0))).isEqualTo(1 << 12);
        UniversalBatchedEntropyModel stateless = builder().stateless(true).build();
        assertThat(stateless.nonTrainableVariables()).isEmpty();
        assertThat(stateless.variables()).isEqualTo(stateless.trainableVariables());
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void aStatelessModelCodesAlike(CoderFormat format) {
        UniversalBatchedEntropyModel model = builder().coder(format).build();
        UniversalBatchedEntropyModel stateless =
                builder().coder(format).stateless(true).build();
        assertThat(stateless.stateless()).isTrue();
        Tensor y = draw(normal(), Shape.of(2, 30, 6), 14).to(ElementType.FLOAT32);
        assertThat(stateless.compress(y)).isEqualTo(model.compress(y));
        // Its tables are derived: other parameters give other tables.
        List<Tensor> scales =
                List.of(Tensor.of(CHANNELS, new double[6]), Tensor.of(CHANNELS, new double[] {1, 2, 3, 4, 5, 6}));
        UniversalBatchedEntropyModel set = stateless.setWeights(scales);
        assertThat(set.codingHash())
                .isEqualTo(UniversalBatchedEntropyModel.builder(
                                NoisyNormal.of(CHANNELS, new double[6], new double[] {1, 2, 3, 4, 5, 6}))
                        .codingRank(2)
                        .compression(true)
                        .coder(format)
                        .build()
                        .codingHash());
    }

    /** They share working memory, whichever threads make them. */
    @Test
    void modelsMadeOfOneAnotherHaveTheTablesOfTheirOwnWeights() {
        UniversalBatchedEntropyModel first = builder().stateless(true).build();
        UniversalBatchedEntropyModel second = first.setWeights(first.getWeights());
        assertThat(second.tables()).isEqualTo(first.tables());
        IntStream.range(1, 200).parallel().forEach(i -> {
            double[] loc = {i % 7, 0, 0.1 * i, 0, 0, -i};
            double[] scale = {0.01 * i, 1, 2, 0.1, i % 50 + 1, 6};
            List<Tensor> weights = List.of(Tensor.of(CHANNELS, loc), Tensor.of(CHANNELS, scale));
            UniversalBatchedEntropyModel third = second.setWeights(weights).setWeights(weights);
            assertThat(third.tables())
                    .isEqualTo(CdfTableBuilder.build(
                            NoisyNormal.of(CHANNELS, loc, scale), 15, 0x1p-8, 12, ElementType.FLOAT32));
        });
        assertThat(second.tables()).isEqualTo(first.tables());
    }

    @Test
    void aStatelessModelOfTablesAloneKeepsThem() {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                        builder().build().tables(), CHANNELS)
                .codingRank(2)
                .stateless(true)
                .build();
        assertThat(model.setWeights(List.of()).tables()).isEqualTo(model.tables());
    }

    @Test
    void wrongWeightsAndConfigurationsAreRefused() {
        UniversalBatchedEntropyModel model = builder().build();
        List<Tensor> weights = model.getWeights();
        List<Tensor> swapped = List.of(weights.get(0), weights.get(1), weights.get(3), weights.get(2));
        List<Tensor> narrow =
                List.of(weights.get(0).to(ElementType.FLOAT32), weights.get(1), weights.get(2), weights.get(3));
        assertThatThrownBy(() -> model.setWeights(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weights=0 variables=4");
        assertThatThrownBy(() -> model.setWeights(swapped)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> model.setWeights(narrow))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type=float32");
        assertThatThrownBy(() -> UniversalBatchedEntropyModel.fromConfig(model.getConfig(), weights.subList(1, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weights=3 variables=4");
        for (String field : model.getConfig().keySet()) {
            Map<String, Object> config = new HashMap<>(model.getConfig());
            config.put(field, new Object());
            assertThatThrownBy(() -> UniversalBatchedEntropyModel.fromConfig(config, weights))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("field=" + field);
        }
    }

    @Test
    void numbersOfAConfigurationAreTakenWholeOrRefused() {
        UniversalBatchedEntropyModel model = builder().build();
        Map<String, Object> prior = new HashMap<>(priorOf(model.getConfig()));
        prior.put("parameters", List.of("loc", 1));
        Map<String, List<Object>> refused = Map.of(
                "num_noise_levels",
                List.of(
                        15.5,
                        15.5f,
                        new BigDecimal("15.5"),
                        BigInteger.TWO.pow(64).add(BigInteger.valueOf(15)),
                        1L << 40),
                "prior_shape",
                List.of(
                        List.of(6.5),
                        List.of("6"),
                        List.of(BigInteger.TWO.pow(32).add(BigInteger.valueOf(6)))),
                "prior",
                List.of(prior));
        refused.forEach((field, values) -> {
            for (Object value : values) {
                Map<String, Object> config = new HashMap<>(model.getConfig());
                config.put(field, value);
                assertThatThrownBy(() -> UniversalBatchedEntropyModel.fromConfig(config, model.getWeights()))
                        .as("%s=%s", field, value)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("configuration must have a field of the expected kind: field="
                                + (field.equals("prior") ? "parameters" : field));
            }
        });
        Map<String, Object> config = new HashMap<>(model.getConfig());
        for (Number whole : new Number[] {BigInteger.valueOf(15), new BigDecimal("15.0"), 15.0}) {
            config.put("num_noise_levels", whole);
            assertThat(UniversalBatchedEntropyModel.fromConfig(config, model.getWeights())
                            .getConfig())
                    .isEqualTo(model.getConfig());
        }
    }

    private static Map<String, Object> priorOf(Map<String, Object> config) {
        Map<String, Object> prior = new HashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(config.get("prior")))
                .forEach((key, value) -> prior.put((String) key, value));
        return prior;
    }

    /** A map of strings, numbers, booleans, lists and maps: nothing that JSON does not have. */
    @Test
    void configurationsAreReadyForJson() {
        for (Prior prior : List.of(
                normal(), NoisyDeepFactorized.initial(Shape.of(4), new int[] {3, 3}, 10, new SplittableRandom(3)))) {
            Map<String, Object> config = UniversalBatchedEntropyModel.builder(prior)
                    .codingRank(2)
                    .compression(true)
                    .build()
                    .getConfig();
            assertThat(config)
                    .containsKeys(
                            "prior_shape",
                            "coding_rank",
                            "compression",
                            "laplace_tail_mass",
                            "expected_grads",
                            "tail_mass",
                            "range_coder_precision",
                            "bottleneck_dtype",
                            "num_noise_levels",
                            "stateless",
                            "decode_sanity_check");
            assertJson(config);
        }
    }

    /** JSON has one type of numbers, and readers of it give integers as they like. */
    @Test
    void configurationsMayHoldIntegersAsAnyNumbers() {
        UniversalBatchedEntropyModel model =
                builder().dither(Dither.seed(1L << 53, -3)).build();
        for (Function<Number, Number> read : List.<Function<Number, Number>>of(
                Number::doubleValue,
                number -> new BigDecimal(number.toString()),
                number -> BigDecimal.valueOf(number.doubleValue()).toBigInteger())) {
            Map<String, Object> config = new HashMap<>(model.getConfig());
            config.replaceAll((field, value) -> value instanceof Integer integer ? read.apply(integer) : value);
            config.put("dither", Map.of("name", "seed", "seed", read.apply(1L << 53), "first_unit", read.apply(-3)));
            assertThat(UniversalBatchedEntropyModel.fromConfig(config, model.getWeights())
                            .getConfig())
                    .isEqualTo(model.getConfig());
        }
        for (Number whole : new Number[] {2L, (short) 2, BigInteger.TWO, 2.0, new BigDecimal("2")}) {
            Map<String, Object> config = new HashMap<>(model.getConfig());
            config.put("coding_rank", whole);
            assertThat(UniversalBatchedEntropyModel.fromConfig(config, model.getWeights())
                            .codingRank())
                    .isEqualTo(2);
        }
        for (Number bad : List.of(
                2.5,
                2.5f,
                Double.NaN,
                Double.POSITIVE_INFINITY,
                new BigDecimal("2.5"),
                (1L << 32) + 2,
                BigInteger.TWO.pow(64).add(BigInteger.TWO))) {
            Map<String, Object> config = new HashMap<>(model.getConfig());
            config.put("coding_rank", bad);
            assertThatThrownBy(() -> UniversalBatchedEntropyModel.fromConfig(config, model.getWeights()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("field=coding_rank")
                    .hasMessageEndingWith("value=" + bad);
        }
        // Beyond 2^53 a double is not the number that was written.
        Map<String, Object> config = new HashMap<>(model.getConfig());
        config.put("dither", Map.of("name", "seed", "seed", 0x1p60, "first_unit", 0));
        assertThatThrownBy(() -> UniversalBatchedEntropyModel.fromConfig(config, model.getWeights()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("field=seed");
    }

    private static void assertJson(Object value) {
        switch (value) {
            case Map<?, ?> map ->
                map.forEach((key, item) -> {
                    assertThat(key).isInstanceOf(String.class);
                    assertJson(item);
                });
            case List<?> list -> list.forEach(UniversalBatchedEntropyModelTest::assertJson);
            default -> assertThat(value).isInstanceOfAny(String.class, Number.class, Boolean.class);
        }
    }

    @Test
    void valuesBeyondTheIntegersOfTheirTypeAreRefused() {
        Map<ElementType, double[]> bad = Map.of(
                ElementType.FLOAT16, new double[] {2051, -2051, 60000},
                ElementType.BFLOAT16, new double[] {258, -258, 1e30},
                ElementType.FLOAT32, new double[] {2147483648.0, -2147484000.0, 1e38},
                ElementType.FLOAT64, new double[] {2147483648.0, -2147483650.0, 1e300});
        bad.forEach((type, values) -> {
            UniversalBatchedEntropyModel model = builder().bottleneckType(type).build();
            for (double value : values) {
                double[] y = new double[24];
                y[16] = value;
                Tensor tensor = Tensor.of(Shape.of(2, 2, 6), y).to(type);
                assertThatThrownBy(() -> model.compress(tensor))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("every value must be finite and round to an int")
                        .hasMessageContaining("element=4 value=" + tensor.get(16));
            }
        });
    }

    @Test
    void trainingAddsFreshNoiseAndTheSumOfTensorAndNoiseIsCosted() {
        UniversalBatchedEntropyModel model = builder().compression(false).build();
        Tensor y = draw(normal(), Shape.of(3, 50, 6), 15).to(ElementType.FLOAT32);
        RateEstimate first = model.call(y, Training.TRUE, new SplittableRandom(1));
        RateEstimate again = model.call(y, Training.TRUE, new SplittableRandom(1));
        RateEstimate second = model.call(y, Training.TRUE, new SplittableRandom(2));
        assertThat(again).isEqualTo(first);
        assertThat(second.perturbed()).isNotEqualTo(first.perturbed());
        float[] noise = new float[y.size()];
        double sum = 0;
        for (int i = 0; i < noise.length; i++) {
            double difference = first.perturbed().get(i) - y.get(i);
            assertThat(Math.abs(difference)).isLessThanOrEqualTo(0.5 + Math.ulp(Math.abs((float) y.get(i)) + 1));
            sum += difference;
            noise[i] = i % 2 == 0 ? 0.25f : -0.5f;
        }
        assertThat(sum / noise.length).isCloseTo(0, within(0.05));
        RateEstimate given = model.call(y, Tensor.of(y.shape(), noise));
        for (int i = 0; i < noise.length; i++) {
            assertThat(given.perturbed().floats()[i]).isEqualTo(y.floats()[i] + noise[i]);
        }
        // The estimate without training is the same each time: its dither is the coded one.
        assertThat(model.call(y, Training.FALSE)).isEqualTo(model.call(y, Training.FALSE));
    }

    @Test
    void estimatesOfUnitsAddUp() {
        UniversalBatchedEntropyModel model = builder().build();
        Tensor y = draw(normal(), Shape.of(2, 3, 10, 6), 11).to(ElementType.FLOAT32);
        RateEstimate estimate = model.call(y, Training.FALSE);
        assertThat(estimate.bits().shape()).isEqualTo(Shape.of(2, 3));
        double expected = 0;
        for (int i = 0; i < y.size(); i++) {
            expected -= normal().logProb(i % 6, estimate.perturbed().get(i)) / Math.log(2);
        }
        assertThat(estimate.totalBits()).isCloseTo(expected, within(1e-9 * expected));
    }

    @Test
    void badArgumentsAreRefusedWithTheirValues() {
        Map<Runnable, String> calls = Map.ofEntries(
                Map.entry(() -> builder().tailMass(0), "tailMass=0.0"),
                Map.entry(() -> builder().tailMass(1), "tailMass=1.0"),
                Map.entry(() -> builder().tailMass(Double.NaN), "tailMass=NaN"),
                Map.entry(() -> builder().rangeCoderPrecision(0), "rangeCoderPrecision=0"),
                Map.entry(() -> builder().rangeCoderPrecision(17), "rangeCoderPrecision=17"),
                Map.entry(() -> builder().numNoiseLevels(0), "numNoiseLevels=0"),
                Map.entry(() -> builder().codingRank(-1), "codingRank=-1"),
                Map.entry(() -> builder().codingRank(0).build(), "codingRank=0 priorRank=1"),
                Map.entry(() -> builder().laplaceTailMass(1).build(), "laplaceTailMass=1.0"),
                Map.entry(() -> builder().bottleneckType(ElementType.INT32), "bottleneckType=int32"),
                Map.entry(
                        () -> builder()
                                .numNoiseLevels(14)
                                .tables(builder().build().tables())
                                .build(),
                        "tables=90"),
                Map.entry(() -> CoderFormat.ofId("rans-7"), "id=rans-7"),
                Map.entry(() -> new DecodeLimits(-1, 0), "maxUnitElements=-1"));
        calls.forEach((call, message) -> assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message));
    }

    @Test
    void badTensorsAndStringsAreRefused() {
        UniversalBatchedEntropyModel model = builder().build();
        Tensor y = draw(normal(), Shape.of(2, 10, 6), 12).to(ElementType.FLOAT32);
        BitStrings strings = model.compress(y);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 2147483648f}) {
            float[] values = y.floats().clone();
            values[77] = bad;
            assertThatThrownBy(() -> model.compress(Tensor.of(y.shape(), values)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("element=17 value=" + (double) bad);
        }
        assertThatThrownBy(() -> model.compress(Tensor.of(Shape.of(6), new float[6])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(6,) codingRank=2");
        assertThatThrownBy(() -> model.compress(Tensor.of(Shape.of(6, 5), new float[30])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(6, 5)");
        assertThatThrownBy(() -> model.compress(y.to(ElementType.FLOAT64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type=float64");
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(10, 6)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("broadcastShape=(10, 6)");
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(10), new long[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unitNumbers=1 strings=2");
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(1 << 30)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxUnitElements");
        UniversalBatchedEntropyModel limited =
                builder().limits(new DecodeLimits(60, 119)).build();
        assertThatThrownBy(() -> limited.decompress(strings, Shape.of(10)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxCallElements=119");
        assertThatThrownBy(() -> BitStrings.of(Shape.of(3), List.of(new byte[1])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("strings=1 shape=(3,)");
        byte[] cut = Arrays.copyOf(strings.get(0), strings.length(0) - 3);
        assertThatThrownBy(() -> model.decompress(BitStrings.of(Shape.of(1), List.of(cut)), Shape.of(10)))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("offset=");
    }

    @Test
    void modelsAndPriorsPrintWhatTheyAre() {
        Prior prior = NoisyNormal.of(Shape.of(2), new float[2], new float[] {1, 2});
        assertThat(UniversalBatchedEntropyModel.builder(prior).codingRank(1).build())
                .hasToString(
                        "UniversalBatchedEntropyModel[prior=NoisyNormal[shape=(2,), type=float32], priorShape=(2,),"
                                + " codingRank=1, bottleneckType=float32, coder=none]");
        assertThat(NoisyRounded.of(prior)).hasToString("NoisyRoundedNormal[shape=(2,), type=float32]");
    }

    @Test
    void aPriorOverVectorsIsRefused() {
        BaseDistribution base = normal().base();
        BaseDistribution vectors = (BaseDistribution) java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {BaseDistribution.class},
                (proxy, method, arguments) ->
                        method.getName().equals("eventRank") ? 1 : method.invoke(base, arguments));
        assertThatThrownBy(() -> UniversalBatchedEntropyModel.builder(NoisyPrior.of(vectors)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("eventRank=1");
    }

    @Test
    void aModelIsSharedByThreads() throws Exception {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                        NoisyLogistic.of(CHANNELS, new double[6], new double[] {1, 1, 2, 2, 3, 3}))
                .codingRank(2)
                .compression(true)
                .build();
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tensors.add(draw(normal(), Shape.of(3, 5 + i, 6), i).to(ElementType.FLOAT32));
        }
        List<BitStrings> strings = tensors.stream().map(model::compress).toList();
        List<Tensor> decoded = new ArrayList<>();
        List<RateEstimate> estimates = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            decoded.add(model.decompress(strings.get(i), Shape.of(5 + i)));
            estimates.add(model.call(tensors.get(i), Training.FALSE));
        }
        // Each thread takes the shapes in another order, so that layouts are made and dropped side by side.
        int threads = 4;
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int first = 2 * t + 1;
            tasks.add(() -> {
                start.await();
                boolean same = true;
                for (int round = 0; round < 25 * 8; round++) {
                    int i = round * first % 8;
                    same &= model.compress(tensors.get(i)).equals(strings.get(i));
                    same &= model.decompress(strings.get(i), Shape.of(5 + i)).equals(decoded.get(i));
                    same &= model.call(tensors.get(i), Training.FALSE).equals(estimates.get(i));
                }
                return same;
            });
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (Future<Boolean> task : pool.invokeAll(tasks)) {
                assertThat(task.get()).isTrue();
            }
        }
    }
}
