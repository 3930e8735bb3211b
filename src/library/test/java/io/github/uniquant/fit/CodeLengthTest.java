package io.github.uniquant.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What fits expect, beside the strings that their priors make. */
class CodeLengthTest {
    private static final int VALUES = 4000;
    private static final List<Family> SIMPLE = List.of(Family.NORMAL, Family.LOGISTIC, Family.LAPLACE);

    private static Tensor draw(ToDoubleFunction<SplittableRandom> source) {
        SplittableRandom random = new SplittableRandom(1);
        double[] values = new double[VALUES];
        Arrays.setAll(values, i -> source.applyAsDouble(random));
        return Tensor.of(Shape.of(VALUES), values);
    }

    /** Normal values of deviation 3, a share of them moved by a gap. */
    private static Tensor humps(double share, double gap) {
        return draw(random -> 3 * random.nextGaussian() + (random.nextDouble() < share ? gap : 0));
    }

    private static FittedPrior fit(Tensor values, Family family) {
        return PriorFitter.of(family).fit(Samples.of(values, Shape.scalar()));
    }

    /** Of the string, with tables of the least precision from 12 on; infinite where no tables hold the prior. */
    private static double codedBits(Prior prior, Tensor values) {
        for (int precision = 12; precision <= 16; precision++) {
            try {
                UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                        .codingRank(1)
                        .compression(true)
                        .bottleneckType(ElementType.FLOAT64)
                        .rangeCoderPrecision(precision)
                        .build();
                return 8.0 * model.compress(values).totalBytes() / values.size();
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("at least as many slots as cells");
            }
        }
        return Double.POSITIVE_INFINITY;
    }

    private static Stream<Arguments> data() {
        return Stream.of(
                Arguments.of("30 % at 20000", humps(0.3, 20_000)),
                Arguments.of("50 % at 5000", humps(0.5, 5000)),
                Arguments.of("45 % at 20000", humps(0.45, 20_000)),
                Arguments.of("30 % at 5000", humps(0.3, 5000)),
                Arguments.of("10 % at 1000", humps(0.1, 1000)),
                Arguments.of("30 % at 300", humps(0.3, 300)),
                Arguments.of("three humps", draw(random -> 3 * random.nextGaussian() + 3000 * random.nextInt(3))),
                Arguments.of(
                        "outliers",
                        draw(random -> 5 + 2 * random.nextGaussian() + (random.nextDouble() < 1e-3 ? 1e6 : 0))),
                Arguments.of(
                        "a wide share",
                        draw(random -> 2 * random.nextGaussian() * (random.nextDouble() < 0.05 ? 500 : 1))),
                Arguments.of("Cauchy", draw(random -> 5 * Math.tan(Math.PI * (random.nextDouble() - 0.5)))),
                Arguments.of("narrow Cauchy", draw(random -> 0.1 * Math.tan(Math.PI * (random.nextDouble() - 0.5)))),
                Arguments.of("constant", draw(random -> 2.3)),
                Arguments.of(
                        "constant, but for 1 %",
                        draw(random -> random.nextDouble() < 0.01 ? 100 * random.nextGaussian() : 2.3)),
                Arguments.of("half 0", draw(random -> random.nextBoolean() ? 0 : 1000 * random.nextGaussian())),
                Arguments.of("normal", draw(random -> 3 * random.nextGaussian())),
                Arguments.of("wide normal", draw(random -> 200 * random.nextGaussian())),
                Arguments.of("narrow normal", draw(random -> 0.23 + 0.1 * random.nextGaussian())),
                Arguments.of("exponential", draw(random -> -20 * Math.log(1 - random.nextDouble()))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("data")
    void stringsTakeWhatFitsExpect(String name, Tensor values) {
        Family[] families = Family.values();
        for (Family family : families) {
            FittedPrior fitted = fit(values, family);
            double coded = codedBits(fitted.prior(), values);
            if (family == Family.AUTO || coded < Double.POSITIVE_INFINITY) {
                assertThat(fitted.bitsPerValue())
                        .as("%s, %s", name, family)
                        .isCloseTo(coded, within(0.05 + 0.01 * coded));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("data")
    void noFamilyMakesAShorterStringThanTheChosenOne(String name, Tensor values) {
        double chosen = codedBits(fit(values, Family.AUTO).prior(), values);
        for (Family family : SIMPLE) {
            for (Objective objective : Objective.values()) {
                Prior other = PriorFitter.of(family)
                        .objective(objective)
                        .fit(Samples.of(values, Shape.scalar()))
                        .prior();
                assertThat(chosen).as("%s, %s", name, family).isLessThan(codedBits(other, values) * 1.005 + 0.01);
            }
        }
    }

    /** A hump of few values, far from the others, is no place for the prior. */
    @ParameterizedTest
    @CsvSource({"0.3, 20000, 14.7", "0.5, 5000, 14.1", "0.3, 5000, 13.1"})
    void priorsAreNotFittedToTheSmallerHump(double share, double gap, double mostBits) {
        Tensor values = humps(share, gap);
        for (Family family : SIMPLE) {
            Prior prior = fit(values, family).prior();
            double below = prior.base().cdf(0, gap / 2);
            double scale = prior.parameters().get(1).value().get(0);
            assertThat(below > 0.4 || scale > gap / 10)
                    .as("%s %s", below, scale)
                    .isTrue();
        }
        assertThat(codedBits(fit(values, Family.AUTO).prior(), values)).isLessThan(mostBits);
    }

    /** The escapes' own code: of an outlier one cell beyond the table, the overflow cell's cost and 2 bits. */
    @Test
    void escapesAreCountedFromTheTablesEnd() {
        Prior prior = NoisyNormal.of(Shape.scalar(), new double[] {0}, new double[] {10});
        double edge = prior.upperTail(0, 0x1p-8);
        double overflow = 8.4; // of tail mass 2^-8, less the cell beyond the edge
        for (int exponent : new int[] {0, 1, 5, 20}) {
            double value = edge + 1.5 * (1 << exponent) + 0.5;
            Quadrature data = Quadrature.of(
                    Samples.of(Tensor.of(Shape.of(1), value), Shape.scalar()).histogram(0), Quadrature.FINE, 0x1p-16);
            double bits = new CodeLength(data, Objective.CODE_LENGTH).nats(prior) / Math.log(2);
            assertThat(bits)
                    .as("%d", exponent)
                    .isCloseTo(overflow + 2 * exponent + 2, within(exponent == 0 ? 1.1 : 0.3));
        }
    }

    @Test
    void tablesThatHoldThePriorComeBeforeTheFewestBits() {
        // The best Laplace prior takes fewer bits than the best normal one, but more than 2^16 cells.
        Tensor values = humps(0.45, 20_000);
        assertThat(codedBits(fit(values, Family.LAPLACE).prior(), values)).isInfinite();
        FittedPrior chosen = fit(values, Family.AUTO);
        assertThat(chosen.family()).isEqualTo(Family.NORMAL);
        assertThat(codedBits(chosen.prior(), values)).isLessThan(16.1);
    }

    @Test
    void fitsOfHumpsAreTheSameForAnyNumberOfThreads() {
        SplittableRandom random = new SplittableRandom(3);
        double[] values = new double[6 * 1000];
        Arrays.setAll(values, i -> 3 * random.nextGaussian() + (random.nextDouble() < 0.1 * (i % 6) ? 5000 : 0));
        Samples samples = Samples.of(Tensor.of(Shape.of(1000, 6), values), Shape.of(6));
        PriorFitter fitter = PriorFitter.of(Family.AUTO, Family.NORMAL_MIXTURE);
        FittedPrior alone = fitter.fit(samples);
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            FittedPrior together = fitter.executor(executor, 3).fit(samples);
            assertThat(together.prior().parameters()).isEqualTo(alone.prior().parameters());
            assertThat(together.bits()).isEqualTo(alone.bits());
        }
    }

    @Test
    void theStepIsChosenByWhatStringsTake() {
        Tensor values = humps(0.3, 5000);
        FittedPrior fitted = PriorFitter.of(Family.AUTO).fitStep(Samples.of(values, Shape.scalar()), 0.5);
        double[] divided = Arrays.stream(values.doubles())
                .map(value -> value / fitted.step())
                .toArray();
        double coded = codedBits(fitted.prior(), Tensor.of(values.shape(), divided));
        assertThat(fitted.bitsPerValue()).isCloseTo(coded, within(0.05 + 0.01 * coded));
    }

    /** The longest tables are flat and lose up to a bit. Steps just too fine for tables have no such loss in their bits. */
    @ParameterizedTest
    @ValueSource(doubles = {2e-4, 1.2e-4, 1e-4, 9e-5})
    void stepsAreNotTooFineForTables(double fineStep) {
        Tensor values = draw(SplittableRandom::nextGaussian);
        double rateWeight = fineStep * fineStep * Math.log(2) / 6;
        FittedPrior fitted = PriorFitter.of(Family.NORMAL).fitStep(Samples.of(values, Shape.scalar()), rateWeight);
        double[] divided = Arrays.stream(values.doubles())
                .map(value -> value / fitted.step())
                .toArray();
        assertThat(codedBits(fitted.prior(), Tensor.of(values.shape(), divided)))
                .isLessThan(16.1);
        assertThat(fitted.step()).isBetween(fineStep / 2, 2 * fineStep);
    }

    /** Where the cells nearly fill a table, each gets one slot; a slightly wider prior gets twice as many slots. */
    @Test
    void scalesHeedTheJumpsOfThePrecision() {
        for (double scale = 20; scale < 4000; scale *= 1.4) {
            double unit = scale;
            Tensor values = draw(random -> unit * Math.exp(4 * random.nextGaussian()) / 50);
            for (Family family : SIMPLE) {
                FittedPrior fitted = PriorFitter.of(family).fit(Samples.of(values, Shape.scalar()));
                double coded = codedBits(fitted.prior(), values);
                Tensor loc = fitted.prior().parameters().get(0).value();
                Tensor width = fitted.prior().parameters().get(1).value();
                for (double factor : new double[] {0.9, 1.01, 1.03, 1.1}) {
                    Tensor wider = Tensor.of(Shape.scalar(), factor * width.get(0));
                    Prior other = fitted.prior().withParameters(List.of(loc, wider));
                    assertThat(coded)
                            .as("%s, scale=%s factor=%s", family, scale, factor)
                            .isLessThan(1.04 * codedBits(other, values));
                }
            }
        }
    }

    @Test
    void theShortestHalfIsFound() {
        Histogram.View values = new Histogram.View(new double[] {-9, 1, 2, 2.5, 40}, new long[] {1, 1, 2, 1, 2}, 7);
        assertThat(values.shortestHalf()).containsExactly(1, 2.5);
        assertThat(new Histogram.View(new double[] {3}, new long[] {5}, 5).shortestHalf())
                .containsExactly(3, 3);
        assertThat(new Histogram.View(new double[] {3, 8}, new long[] {1, 1}, 2).shortestHalf())
                .containsExactly(3, 3);
    }
}
