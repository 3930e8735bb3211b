package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.PerturbAndApply.PointwiseFunction;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.SoftRound;
import io.github.uniquant.rate.BottleneckGradient;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.rate.RateGradients;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which gradients models pass, and functions of noisy tensors. */
class ModelGradientsTest {
    private static final Prior PRIOR = NoisyNormal.of(Shape.of(2), new double[] {0.2, -1}, new double[] {0.7, 3});
    private static final Tensor Y = Tensor.of(Shape.of(3, 2), 0.1f, -2, 1.7f, 5, -0.6f, 0.3f);
    private static final Tensor NOISE = Tensor.of(Shape.of(3, 2), 0.4f, -0.3f, 0.1f, 0, -0.2f, 0.25f);

    private static double[] byBottleneck(RateEstimate estimate) {
        return estimate.backward().bottleneck().toDoubles();
    }

    @Test
    void trainingPassesTheGradientAtTheNoisyValue() {
        RateEstimate estimate = UniversalBatchedEntropyModel.builder(PRIOR)
                .codingRank(1)
                .build()
                .call(Y, NOISE);
        double[] gradients = byBottleneck(estimate);
        for (int i = 0; i < gradients.length; i++) {
            double[] dy = new double[1];
            double[] noisy = {estimate.perturbed().get(i)};
            double[] nats = {-1 / Math.log(2)};
            PRIOR.logProbGradients(noisy, 0, i % 2, 1, nats, 0, dy, 0, new double[2][2]);
            assertThat(gradients[i]).isCloseTo(dy[0], within(1e-6));
        }
    }

    @Test
    void expectedGradientsAreDifferencesOfBitsAtBothEndsOfTheNoise() {
        double[] gradients = byBottleneck(UniversalBatchedEntropyModel.builder(PRIOR)
                .codingRank(1)
                .expectedGrads(true)
                .build()
                .call(Y, NOISE));
        for (int i = 0; i < gradients.length; i++) {
            double rise = PRIOR.logProb(i % 2, Y.get(i) + 0.5) - PRIOR.logProb(i % 2, Y.get(i) - 0.5);
            assertThat(gradients[i]).isCloseTo(-rise / Math.log(2), within(1e-6));
        }
    }

    /** As upstream: its universal models round without a gradient, its other models straight through. */
    @Test
    void ditherPassesNoGradientAndPlainRoundingPassesIt() {
        RateGradients dithered = UniversalBatchedEntropyModel.builder(PRIOR)
                .codingRank(1)
                .build()
                .call(Y, Training.FALSE)
                .backward(Tensor.of(Shape.of(3), 1.0, 1, 1), Y);
        assertThat(dithered.bottleneck()).isEqualTo(Tensor.zeros(ElementType.FLOAT32, Y.shape()));
        assertThat(dithered.parameters().get(1).toDoubles()).doesNotContain(0);
        RateEstimate rounded = ContinuousBatchedEntropyModel.builder(PRIOR)
                .codingRank(1)
                .build()
                .call(Y, Training.FALSE);
        assertThat(byBottleneck(rounded)).doesNotContain(0);
    }

    private static final PointwiseFunction CUBE = new PointwiseFunction() {
        @Override
        public double value(double x) {
            return x * x * x;
        }

        @Override
        public double derivative(double x) {
            return 3 * x * x;
        }
    };

    @Test
    void perturbAndApplyGivesTheFunctionOfTheNoisyTensor() {
        PerturbAndApply applied = PerturbAndApply.of(CUBE, Y, NOISE, BottleneckGradient.PATHWISE);
        for (int i = 0; i < Y.size(); i++) {
            float noisy = (float) Y.get(i) + (float) NOISE.get(i);
            assertThat(applied.perturbed().get(i)).isEqualTo(noisy);
            assertThat(applied.values().get(i)).isEqualTo((float) CUBE.value(noisy));
        }
        double[] gradients = applied.backward(NOISE, Y).toDoubles();
        for (int i = 0; i < Y.size(); i++) {
            double expected = NOISE.get(i) * CUBE.derivative(applied.perturbed().get(i)) + Y.get(i);
            assertThat(gradients[i]).isEqualTo((float) expected);
        }
    }

    /** For the cube: 3 E[(x + u)^2] = 3 x^2 + 1/4. */
    @Test
    void theExpectedGradientOfACubeIsInClosedForm() {
        Tensor y = Y.to(ElementType.FLOAT64);
        PerturbAndApply applied =
                PerturbAndApply.of(x -> x * x * x, y, new SplittableRandom(1), BottleneckGradient.EXPECTED);
        double[] ones = new double[y.size()];
        Arrays.fill(ones, 1);
        double[] gradients = applied.backward(Tensor.of(y.shape(), ones)).doubles();
        for (int i = 0; i < y.size(); i++) {
            assertThat(gradients[i]).isCloseTo(3 * y.get(i) * y.get(i) + 0.25, within(1e-12));
            assertThat(Math.abs(applied.perturbed().get(i) - y.get(i))).isLessThanOrEqualTo(0.5);
        }
    }

    @ParameterizedTest
    @EnumSource(BottleneckGradient.class)
    void aFunctionWithoutADerivativeServesExpectedGradientsAlone(BottleneckGradient gradient) {
        if (gradient == BottleneckGradient.NONE) {
            assertThatThrownBy(() -> PerturbAndApply.of(x -> x, Y, NOISE, gradient))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("gradient=NONE");
            return;
        }
        PerturbAndApply applied = PerturbAndApply.of(x -> x, Y, NOISE, gradient);
        if (gradient == BottleneckGradient.EXPECTED) {
            assertThat(applied.backward(Y)).isEqualTo(Y);
        } else {
            assertThatThrownBy(() -> applied.backward(Y)).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void noiseIsForTensorsOfOneFloatingType() {
        Tensor integers = Tensor.of(Y.shape(), 1, 2, 3, 4, 5, 6);
        assertThatThrownBy(() ->
                        PerturbAndApply.of(x -> x, integers, new SplittableRandom(1), BottleneckGradient.EXPECTED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the tensor must be of a floating type: Tensor[type=int32, shape=(3, 2)]");
        for (Tensor other : new Tensor[] {integers, Y.to(ElementType.FLOAT64)}) {
            assertThatThrownBy(() -> new PerturbAndApply(Y, other, Y, CUBE, BottleneckGradient.EXPECTED))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the tensors must be of one shape and one floating type")
                    .hasMessageContaining("perturbed=" + other);
            assertThatThrownBy(() -> new PerturbAndApply(other, Y, Y, CUBE, BottleneckGradient.EXPECTED))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("values=" + other);
        }
    }

    /** Soft rounding, its inverse and its conditional mean have the slopes that their differences show. */
    @Test
    void softRoundingsDerivativesAreThoseOfItsFunctions() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 2000; i++) {
            double alpha = Math.exp(random.nextDouble(Math.log(1e-4), Math.log(15)));
            double x = random.nextInt(-3, 4) + random.nextDouble(0.02, 0.48) + (i % 2) * 0.5;
            double step = 1e-3;
            double round = SoftRound.softRoundDerivative(x, alpha);
            double inverse = SoftRound.softRoundInverseDerivative(x, alpha);
            double mean = SoftRound.softRoundConditionalMeanDerivative(x, alpha);
            assertThat(round).isCloseTo(slope(t -> SoftRound.softRound(t, alpha), x, step), within(1e-6 * (1 + round)));
            assertThat(inverse)
                    .isCloseTo(slope(t -> SoftRound.softRoundInverse(t, alpha), x, step), within(1e-5 * (1 + inverse)));
            assertThat(mean)
                    .isCloseTo(
                            slope(t -> SoftRound.softRoundConditionalMean(t, alpha), x, step),
                            within(1e-5 * (1 + mean)));
            assertThat(SoftRound.softRoundInverseDerivative(SoftRound.softRound(x, alpha), alpha) * round)
                    .isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void theSlopeOfTheInverseIsFiniteAtItsPeaks() {
        assertThat(SoftRound.softRoundInverseDerivative(2, 5)).isCloseTo(Math.sinh(5) / 5, within(1e-12));
        assertThat(SoftRound.softRoundInverseDerivative(2, 50)).isCloseTo(Math.sinh(50) / 50, within(1e8));
        assertThat(SoftRound.softRoundInverseDerivative(2, 1e5)).isZero();
    }

    private static double slope(DoubleUnaryOperator f, double x, double step) {
        double first = (f.applyAsDouble(x + step) - f.applyAsDouble(x - step)) / (2 * step);
        double second = (f.applyAsDouble(x + 2 * step) - f.applyAsDouble(x - 2 * step)) / (4 * step);
        double third = (f.applyAsDouble(x + 3 * step) - f.applyAsDouble(x - 3 * step)) / (6 * step);
        return (15 * first - 6 * second + third) / 10;
    }
}
