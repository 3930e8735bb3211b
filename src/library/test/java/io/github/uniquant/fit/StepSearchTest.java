package io.github.uniquant.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepSearchTest {
    private static Samples normals(double scale) {
        SplittableRandom random = new SplittableRandom(1);
        double[] values = new double[8000];
        Arrays.setAll(values, i -> 3 + scale * random.nextGaussian());
        return Samples.of(Tensor.of(Shape.of(4000, 2), values), Shape.of(2));
    }

    /** Fine quantization: each halving of the step costs one bit, so the best step is sqrt(6 W / ln 2). */
    @Test
    void fineStepsAreThoseOfTheFormula() {
        double weight = 1e-4;
        FittedPrior fitted = PriorFitter.of(Family.NORMAL).fitStep(normals(1), weight);
        double formula = Math.sqrt(6 * weight / Math.log(2));
        assertThat(fitted.step()).isCloseTo(formula, within(0.03 * formula));
        assertThat(fitted.meanSquaredError()).isEqualTo(fitted.step() * fitted.step() / 12);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.1, 0.5, 3, 100})
    void noOtherStepCostsLess(double weight) {
        PriorFitter fitter = PriorFitter.of(Family.LOGISTIC, Family.NORMAL);
        Samples samples = normals(2);
        FittedPrior chosen = fitter.fitStep(samples, weight);
        double least = chosen.meanSquaredError() + weight * chosen.bitsPerValue();
        for (double factor = 1.0 / 64; factor <= 64; factor *= 1.3) {
            FittedPrior other = fitter.fit(samples, chosen.step() * factor);
            assertThat(other.meanSquaredError() + weight * other.bitsPerValue()).isGreaterThan(least * (1 - 1e-3));
        }
    }

    /** Values or rates whose squares are beyond the doubles: the finest step that the values allow, or one near it. */
    @ParameterizedTest
    @ValueSource(doubles = {1e163, 1e300, Double.MAX_VALUE})
    void hugeValuesHaveAStepAtAnyRate(double largest) {
        Samples samples = Samples.of(Tensor.of(Shape.of(4), largest, -largest / 3, largest / 7, 5), Shape.scalar());
        for (double weight : new double[] {Double.MIN_VALUE, 1, 2e307}) {
            FittedPrior fitted = PriorFitter.of(Family.NORMAL, Family.LAPLACE).fitStep(samples, weight);
            assertThat(fitted.step()).isFinite().isGreaterThanOrEqualTo(largest * 0x1p-31);
            assertThat(fitted.values()).isEqualTo(4);
        }
    }

    /** A rate that jumps by a bit, as where a prior has one cell more than a table of some precision. */
    @Test
    void theStepIsTheCheapestThatWasTried() {
        for (double jump = 0.5; jump < 2.2; jump *= 1.03) {
            double at = jump * StepSearch.fine(0.01);
            Map<Double, Double> tried = new HashMap<>();
            DoubleUnaryOperator rate = step -> 8 - Math.log(step) / Math.log(2) + (step < at ? 1 : 0);
            double best = StepSearch.best(0.01, 1e-9, false, step -> {
                tried.put(step, step * step / 12 + 0.01 * rate.applyAsDouble(step));
                return rate.applyAsDouble(step);
            });
            assertThat(tried.get(best)).isEqualTo(Collections.min(tried.values()));
            assertThat(tried).hasSizeLessThan(24);
            assertThat(tried.keySet()).allMatch(step -> step == Double.parseDouble("%.2e".formatted(step)));
            for (double other = best / 8; other < 8 * best; other *= 1.01) {
                assertThat(tried.get(best)).isLessThan((other * other / 12 + 0.01 * rate.applyAsDouble(other)) * 1.07);
            }
        }
    }

    /** Above the step of fine quantization there may be better ones, which tables hold. */
    @Test
    void heavyTailsGetAStepThatTablesHold() {
        SplittableRandom random = new SplittableRandom(1);
        double[] values = new double[1000];
        Arrays.setAll(values, i -> Math.exp(4 * random.nextGaussian()));
        Samples samples = Samples.of(Tensor.of(Shape.of(1000), values), Shape.scalar());
        double weight = 3.147e-5;
        PriorFitter fitter = PriorFitter.of(Family.LAPLACE);
        FittedPrior chosen = fitter.fitStep(samples, weight);
        double least = chosen.meanSquaredError() + weight * chosen.bitsPerValue();
        for (double factor = 0.5; factor <= 2; factor *= 1.1) {
            FittedPrior other = fitter.fit(samples, chosen.step() * factor);
            assertThat(other.meanSquaredError() + weight * other.bitsPerValue()).isGreaterThan(least * 0.98);
        }
    }

    /** The rate of two values has dips where a step puts both in a few cells. */
    @Test
    void twoValuesGetAStepThatIsNearTheBest() {
        for (int seed = 1; seed <= 10; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Tensor values = Tensor.of(Shape.of(2), random.nextGaussian(), random.nextGaussian());
            Samples samples = Samples.of(values, Shape.scalar());
            for (Family family : new Family[] {Family.LAPLACE, Family.NORMAL}) {
                PriorFitter fitter = PriorFitter.of(family);
                FittedPrior chosen = fitter.fitStep(samples, 0.1);
                double least = chosen.meanSquaredError() + 0.1 * chosen.bitsPerValue();
                for (double factor = 1.0 / 16; factor <= 16; factor *= 1.05) {
                    FittedPrior other = fitter.fit(samples, chosen.step() * factor);
                    assertThat(other.meanSquaredError() + 0.1 * other.bitsPerValue())
                            .as("seed=%s family=%s step=%s other=%s", seed, family, chosen.step(), other.step())
                            .isGreaterThan(least * 0.9);
                }
            }
        }
    }

    @Test
    void stepsStayWithinWhatCanBeCoded() {
        Samples samples = Samples.of(Tensor.of(Shape.of(3), 1e12, 1.0, 5.0), Shape.scalar());
        assertThat(PriorFitter.of(Family.LAPLACE).fitStep(samples, 1e-9).step()).isGreaterThanOrEqualTo(1e12 / 0x1p31);
        Samples constant = Samples.of(Tensor.of(Shape.of(2), 0.0, 0.0), Shape.scalar());
        assertThat(PriorFitter.of(Family.NORMAL).fitStep(constant, 1).bitsPerValue())
                .isLessThan(0.01);
    }

    @Test
    void badArgumentsAreRefusedWithTheirValues() {
        PriorFitter fitter = PriorFitter.of(Family.NORMAL);
        for (double weight : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 2.1e307}) {
            assertThatThrownBy(() -> fitter.fitStep(normals(1), weight))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("rateWeight=" + weight);
        }
        assertThatThrownBy(() -> fitter.fitStep(Samples.of(ElementType.FLOAT32, Shape.of(2)), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("priorShape=(2,)");
    }
}
