package io.github.uniquant.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriorFitterTest {
    private static final int SAMPLES = 5000;

    private static Stream<Family> families() {
        return Stream.of(Family.NORMAL, Family.LOGISTIC, Family.LAPLACE);
    }

    private static Stream<Arguments> familiesAndScales() {
        return families()
                .flatMap(family ->
                        Stream.of(1e-3, 0.03, 0.2, 1.0, 7.0, 90.0, 2e5).map(scale -> Arguments.of(family, scale)));
    }

    private static Prior prior(Family family, Shape shape, double[] loc, double[] scale) {
        return switch (family) {
            case NORMAL -> NoisyNormal.of(shape, loc, scale);
            case LOGISTIC -> NoisyLogistic.of(shape, loc, scale);
            case LAPLACE -> NoisyLaplace.of(shape, loc, scale);
            default -> throw new AssertionError(family);
        };
    }

    /** Un-noised draws of shape (samples) ++ prior.shape. */
    private static Tensor draw(Prior prior, int samples, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[samples * prior.size()];
        Arrays.setAll(values, i -> prior.base().sample(i % prior.size(), random));
        return Tensor.of(Shape.of(samples).concat(prior.shape()), values);
    }

    private static double[] parameter(Prior prior, int index) {
        return prior.parameters().get(index).value().toDoubles();
    }

    /** Expected bits per element of the data under dither: the mean over each value's box, in three parts about its edges. */
    private static double expectedBits(Prior prior, Tensor values, double scale) {
        int points = 40;
        double edge = Math.min(20 * scale, 0.5);
        double[] bounds = {-0.5, -0.5 + edge, 0.5 - edge, 0.5};
        double nats = 0;
        for (int i = 0; i < values.size(); i++) {
            for (int part = 0; part < 3; part++) {
                double width = bounds[part + 1] - bounds[part];
                for (int p = 0; p < points && width > 0; p++) {
                    double y = values.get(i) + bounds[part] + (p + 0.5) / points * width;
                    nats -= prior.logProb(i % prior.size(), y) * width / points;
                }
            }
        }
        return nats / values.size() / Math.log(2);
    }

    @ParameterizedTest
    @MethodSource("familiesAndScales")
    void fittedParametersAreThoseTheDataWereDrawnFrom(Family family, double scale) {
        Shape shape = Shape.of(2, 2);
        double[] loc = {0, 0.4, -3.25, 100.3};
        double[] scales = {scale, 1.3 * scale, 0.8 * scale, scale};
        Prior fitted = PriorFitter.fit(draw(prior(family, shape, loc, scales), SAMPLES, 1), family, shape);
        assertThat(fitted.family()).isEqualTo(prior(family, shape, loc, scales).family());
        assertThat(fitted.shape()).isEqualTo(shape);
        // Five standard errors and more: those of a location are scale times at most sqrt(3 / samples), here 0.024.
        for (int element = 0; element < 4; element++) {
            assertThat(parameter(fitted, 0)[element]).isCloseTo(loc[element], within(0.1 * scales[element]));
            assertThat(parameter(fitted, 1)[element]).isCloseTo(scales[element], within(0.08 * scales[element]));
        }
    }

    @ParameterizedTest
    @MethodSource("familiesAndScales")
    void codeLengthIsAHairAboveThatOfTheTrueParametersAtMost(Family family, double scale) {
        Prior truth = prior(family, Shape.of(2), new double[] {0.3, -17}, new double[] {scale, scale / 2});
        Tensor values = draw(truth, 700, 2);
        Prior fitted = PriorFitter.fit(values, family, truth.shape());
        double least = expectedBits(truth, values, scale);
        // The data's own best parameters are better than those they were drawn from; held-out data pay for that.
        assertThat(expectedBits(fitted, values, scale)).isLessThan(least + 1e-5);
        Tensor fresh = draw(truth, 700, 3);
        assertThat(expectedBits(fitted, fresh, scale)).isLessThan(expectedBits(truth, fresh, scale) + 1e-2);
    }

    /** Constant values cost next to nothing; what escapes keep for themselves must not make it less than that. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void noFitExpectsLessThanNoBits(Family family) {
        for (Objective objective : Objective.values()) {
            PriorFitter fitter = PriorFitter.of(family).objective(objective);
            for (double constant : new double[] {0, 0.3, -47.5}) {
                double[] values = new double[100];
                Arrays.fill(values, constant);
                Samples samples = Samples.of(Tensor.of(Shape.of(values.length), values), Shape.scalar());
                assertThat(fitter.fit(samples).bitsPerValue())
                        .as("%s %s", objective, constant)
                        .isBetween(0.0, 0.01);
                // Steps so wide that the values are all alike to them.
                Samples spread = Samples.of(Tensor.of(Shape.of(3), constant, constant + 1, -1.0), Shape.scalar());
                assertThat(fitter.fit(spread, 1e9).bitsPerValue()).isBetween(0.0, 0.01);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("familiesAndScales")
    void perturbedParametersNeverTakeFewerBits(Family family, double scale) {
        Prior truth = prior(family, Shape.scalar(), new double[] {1.7}, new double[] {scale});
        Tensor values = draw(truth, 1000, 4);
        Prior fitted = PriorFitter.fit(values, family, Shape.scalar());
        double loc = parameter(fitted, 0)[0];
        double fittedScale = parameter(fitted, 1)[0];
        double least = expectedBits(fitted, values, scale);
        for (double[] step :
                new double[][] {{0.03, 0}, {-0.03, 0}, {0, 0.02}, {0, -0.02}, {0.03, 0.02}, {-0.03, -0.02}}) {
            Prior perturbed = prior(family, Shape.scalar(), new double[] {loc + step[0] * fittedScale}, new double[] {
                fittedScale * (1 + step[1])
            });
            assertThat(expectedBits(perturbed, values, scale)).isGreaterThan(least);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void autoPicksTheFamilyOfTheData(Family family) {
        for (double scale : new double[] {0.02, 0.5, 3, 50}) {
            double[] scales = {scale, 2 * scale, scale};
            Prior truth = prior(family, Shape.of(3), new double[3], scales);
            Tensor values = draw(truth, 20_000, 5);
            Prior picked = PriorFitter.fit(values, Family.AUTO, truth.shape());
            assertThat(picked.family()).isEqualTo(truth.family());
            assertThat(picked.parameters())
                    .isEqualTo(PriorFitter.fit(values, family, truth.shape()).parameters());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Family.class,
            names = {"NORMAL", "LOGISTIC", "LAPLACE", "AUTO"})
    void constantValuesCostNextToNothing(Family family) {
        Tensor values = Tensor.zeros(ElementType.FLOAT32, Shape.of(1000, 3));
        for (int i = 0; i < values.size(); i++) {
            values.floats()[i] = new float[] {0, -2.3f, 4711.2f}[i % 3];
        }
        Prior fitted = PriorFitter.fit(values, family, Shape.of(3));
        assertThat(fitted.parameters().get(0).value()).isEqualTo(Tensor.of(Shape.of(3), 0f, -2.3f, 4711.2f));
        assertThat(parameter(fitted, 1)[1]).isEqualTo(0x1p-16);
        // One unit in the last place of 4711.2: what adding noise to it in float32 loses.
        assertThat(parameter(fitted, 1)[2]).isEqualTo(Math.ulp(4711.2f));
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(fitted)
                .codingRank(2)
                .compression(true)
                .dither(Dither.seed(1, 0))
                .build();
        assertThat(model.compress(values).totalBytes()).isLessThan(4);
    }

    @ParameterizedTest
    @EnumSource(
            value = Family.class,
            names = {"NORMAL", "LOGISTIC", "LAPLACE", "AUTO"})
    void fewOutliersDoNotWidenThePrior(Family family) {
        double[] values = draw(NoisyNormal.of(Shape.scalar(), new double[] {5}, new double[] {2}), SAMPLES, 6)
                .doubles();
        Prior clean = PriorFitter.fit(Tensor.of(Shape.of(SAMPLES), values.clone()), family, Shape.scalar());
        values[10] = 1e6;
        values[20] = -2147483648.0;
        values[30] = 500;
        Prior fitted = PriorFitter.fit(Tensor.of(Shape.of(SAMPLES), values), family, Shape.scalar());
        assertThat(fitted.family()).isEqualTo(clean.family());
        assertThat(parameter(fitted, 0)[0]).isCloseTo(parameter(clean, 0)[0], within(0.01));
        assertThat(parameter(fitted, 1)[0]).isCloseTo(parameter(clean, 1)[0], within(0.02));
        int bytes = bytes(fitted, values);
        assertThat(bytes).isLessThan(bytes(moments(values), values) / 3);
        assertThat(bytes).isLessThan(bytes(clean, values) + 5);
    }

    /** Maximum likelihood of a normal density that has to explain its outliers. */
    private static Prior moments(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        double variance = Arrays.stream(values)
                .map(y -> (y - mean) * (y - mean))
                .average()
                .orElseThrow();
        return NoisyNormal.of(Shape.scalar(), new double[] {mean}, new double[] {Math.min(Math.sqrt(variance), 3e4)});
    }

    private static int bytes(Prior prior, double[] values) {
        return UniversalBatchedEntropyModel.builder(prior)
                .codingRank(1)
                .compression(true)
                .bottleneckType(ElementType.FLOAT64)
                .rangeCoderPrecision(16)
                .tailMass(prior.family().equals("NoisyNormal") && parameter(prior, 1)[0] > 1e4 ? 0.6 : 0x1p-8)
                .build()
                .compress(Tensor.of(Shape.of(values.length), values))
                .totalBytes();
    }

    @ParameterizedTest
    @EnumSource(
            value = Family.class,
            names = {"NORMAL", "LOGISTIC", "LAPLACE", "AUTO"})
    void fewValuesAreFitted(Family family) {
        Prior none = PriorFitter.fit(Tensor.zeros(ElementType.FLOAT32, Shape.of(0, 2)), family, Shape.of(2));
        assertThat(parameter(none, 0)).containsOnly(0);
        assertThat(parameter(none, 1)).containsOnly(1);
        Prior one = PriorFitter.fit(Tensor.of(Shape.of(1, 1), -7.25), family, Shape.of(1));
        assertThat(parameter(one, 0)).containsExactly(-7.25);
        assertThat(parameter(one, 1)).containsExactly(0x1p-16);
        Prior two = PriorFitter.fit(Tensor.of(Shape.of(2), 10.0, 14.0), family, Shape.scalar());
        assertThat(parameter(two, 0)[0]).isBetween(10.0, 14.0);
        assertThat(parameter(two, 1)[0]).isBetween(0.5, 3.0);
        Prior empty = PriorFitter.fit(Tensor.zeros(ElementType.FLOAT64, Shape.of(5, 0)), family, Shape.of(0));
        assertThat(empty.size()).isZero();
    }

    @ParameterizedTest
    @MethodSource("families")
    void hugeValuesAreFitted(Family family) {
        Prior truth = prior(family, Shape.scalar(), new double[] {-1.2e9}, new double[] {3e7});
        Prior fitted = PriorFitter.fit(draw(truth, SAMPLES, 7), family, Shape.scalar());
        assertThat(parameter(fitted, 0)[0]).isCloseTo(-1.2e9, within(0.1 * 3e7));
        assertThat(parameter(fitted, 1)[0]).isCloseTo(3e7, within(0.08 * 3e7));
    }

    /** Half the values are 0: no family has that shape, and all of them must end somewhere sensible. */
    @ParameterizedTest
    @EnumSource(
            value = Family.class,
            names = {"NORMAL", "LOGISTIC", "LAPLACE", "AUTO"})
    void dataOfNoFamilyAreFitted(Family family) {
        SplittableRandom random = new SplittableRandom(8);
        for (double slab : new double[] {0.3, 4, 1e3, 1e8}) {
            double[] values = new double[4000];
            Arrays.setAll(values, i -> i % 2 == 0 ? 0 : slab * random.nextGaussian());
            Prior fitted = PriorFitter.fit(Tensor.of(Shape.of(4000), values), family, Shape.scalar());
            assertThat(Math.abs(parameter(fitted, 0)[0])).isLessThan(0.5 + slab / 10);
            assertThat(parameter(fitted, 1)[0]).isBetween(0x1p-16, 1.5 * slab);
        }
    }

    @Test
    void theStepDividesTheValues() {
        Prior truth = NoisyNormal.of(Shape.of(2), new double[] {3, -1}, new double[] {2, 0.5});
        Tensor values = draw(truth, 2000, 9);
        double[] divided = Arrays.stream(values.doubles()).map(y -> y / 0.25).toArray();
        assertThat(PriorFitter.fit(values, Family.NORMAL, Shape.of(2), 0.25).parameters())
                .isEqualTo(PriorFitter.fit(Tensor.of(values.shape(), divided), Family.NORMAL, Shape.of(2))
                        .parameters());
    }

    @Test
    void theOrderOfTheValuesDoesNotMatter() {
        Tensor values = draw(NoisyLaplace.of(Shape.scalar(), new double[] {3}, new double[] {2}), 3000, 10);
        double[] reversed = new double[values.size()];
        Arrays.setAll(reversed, i -> values.get(values.size() - 1 - i));
        assertThat(PriorFitter.fit(Tensor.of(values.shape(), reversed), Family.AUTO, Shape.scalar())
                        .parameters())
                .isEqualTo(PriorFitter.fit(values, Family.AUTO, Shape.scalar()).parameters());
    }

    /** Parameters that were once computed: a change of one bit anywhere would split senders from receivers. */
    @Test
    void theParametersAreTheSameOnEveryMachine() {
        double[] values = new double[1000];
        Arrays.setAll(values, i -> (i * 7919 % 1000 - 500) / 64.0 + (i % 7) * (i % 11) / 8.0);
        Tensor tensor = Tensor.of(Shape.of(500, 2), values);
        long bits = 17;
        for (Family family : List.of(Family.NORMAL, Family.LOGISTIC, Family.LAPLACE, Family.AUTO)) {
            Prior prior = PriorFitter.fit(tensor, family, Shape.of(2));
            for (int p = 0; p < 2; p++) {
                for (double value : parameter(prior, p)) {
                    bits = bits * 31 + Double.doubleToRawLongBits(value);
                }
            }
        }
        assertThat(Long.toHexString(bits)).isEqualTo("7967954029acf976");
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
    void parametersAreFloat64ForFloat64ValuesAndElseFloat32(ElementType type) {
        Prior truth = NoisyNormal.of(Shape.of(1), new double[] {1}, new double[] {4});
        Prior fitted = PriorFitter.fit(draw(truth, 2000, 11).to(type), Family.NORMAL, Shape.of(1));
        assertThat(fitted.type()).isEqualTo(type == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32);
        assertThat(parameter(fitted, 1)[0]).isCloseTo(4, within(0.3));
    }

    @Test
    void aMillionElementsOfManyChannelsTakeSeconds() {
        int channels = 192;
        SplittableRandom random = new SplittableRandom(12);
        float[] values = new float[1_000_000 / channels * channels];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.exp(i % channels / 24.0 - 4));
        }
        long start = System.nanoTime();
        Prior fitted = PriorFitter.fit(
                Tensor.of(Shape.of(values.length / channels, channels), values), Family.AUTO, Shape.of(channels));
        assertThat(fitted.family()).isEqualTo("NoisyNormal");
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(20);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 2147483649.0, -1e300})
    void valuesThatCannotBeCodedAreRefusedWithTheirIndex(double bad) {
        double[] values = new double[12];
        values[7] = bad;
        assertThatThrownBy(() -> PriorFitter.fit(Tensor.of(Shape.of(4, 3), values), Family.AUTO, Shape.of(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("element=7 value=" + bad);
    }

    @Test
    void samplesThatCannotBeCodedAreRefusedWithTheLargest() {
        Samples samples = Samples.of(Tensor.of(Shape.of(3), 1.0, -0x1p30, 0x1p29), Shape.scalar());
        PriorFitter fitter = PriorFitter.of(Family.LAPLACE);
        assertThat(fitter.fit(samples, 0.5).prior().family()).isEqualTo("NoisyLaplace");
        assertThatThrownBy(() -> fitter.fit(samples, 0.499))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("every value divided by the step must be at most 2^31 in magnitude: value=" + 0x1p30 / 0.499
                        + " step=0.499");
    }

    @Test
    void afterAFailureNoFurtherElementIsBegun() {
        List<Integer> begun = new ArrayList<>();
        assertThatThrownBy(() -> new ElementTasks(Runnable::run, 4).run(100, element -> {
                    begun.add(element);
                    throw new IllegalStateException("element " + element);
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("element 0");
        assertThat(begun).containsExactly(0);
    }

    @Test
    void badArgumentsAreRefusedWithTheirValues() {
        Tensor values = Tensor.of(Shape.of(2, 3), new double[6]);
        assertThatThrownBy(() -> PriorFitter.fit(values, Family.NORMAL, Shape.of(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(2, 3) priorShape=(2,)");
        assertThatThrownBy(() -> PriorFitter.fit(values, Family.NORMAL, Shape.of(1, 2, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(2, 3) priorShape=(1, 2, 3)");
        assertThatThrownBy(() -> PriorFitter.fit(Tensor.of(Shape.of(1), 3), Family.NORMAL, Shape.of(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("int32");
        for (double step : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> PriorFitter.fit(values, Family.NORMAL, Shape.of(3), step))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("step=" + step);
        }
    }
}
