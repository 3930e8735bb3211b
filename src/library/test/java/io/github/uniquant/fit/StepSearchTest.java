package io.github.uniquant.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
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
