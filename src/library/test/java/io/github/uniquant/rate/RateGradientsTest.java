package io.github.uniquant.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyPrior;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of bits: against differences of the bits, and against averages over noise. */
class RateGradientsTest {
    private static final Shape BATCH = Shape.of(2, 3);
    private static final int ELEMENTS = 4;
    private static final Shape SHAPE = BATCH.concat(Shape.of(5, ELEMENTS));

    static List<Prior> priors() {
        SplittableRandom random = new SplittableRandom(21);
        double[] loc = random.doubles(ELEMENTS, -2, 2).toArray();
        double[] scale = {0.05, 0.6, 3, 50};
        Shape shape = Shape.of(ELEMENTS);
        return List.of(
                NoisyNormal.of(shape, loc, scale),
                NoisyLogistic.of(shape, loc, scale),
                NoisyLaplace.of(shape, loc, scale),
                NoisyDeepFactorized.initial(shape, new int[] {3, 3}, 4, random));
    }

    private static Tensor draw(long seed, double reach) {
        return Tensor.of(
                SHAPE,
                new SplittableRandom(seed)
                        .doubles(SHAPE.elements(), -reach, reach)
                        .toArray());
    }

    /** Weights of a loss, one for each unit, some of them 0 or negative. */
    private static Tensor weights() {
        return Tensor.of(BATCH, 1.0, -0.5, 0, 2, 0.25, 3);
    }

    private static double loss(RateEstimate estimate, Tensor weights) {
        double loss = 0;
        for (int u = 0; u < weights.size(); u++) {
            loss += weights.get(u) * estimate.bits().get(u);
        }
        return loss;
    }

    /** A central difference of sixth order. */
    private static double slope(DoubleUnaryOperator f, double x, double step) {
        double[] slopes = new double[3];
        for (int k = 1; k <= 3; k++) {
            slopes[k - 1] = (f.applyAsDouble(x + k * step) - f.applyAsDouble(x - k * step)) / (2 * k * step);
        }
        return (15 * slopes[0] - 6 * slopes[1] + slopes[2]) / 10;
    }

    private static Tensor with(Tensor tensor, int i, double value) {
        double[] values = tensor.toDoubles();
        values[i] = value;
        return Tensor.of(tensor.shape(), values);
    }

    @ParameterizedTest
    @MethodSource("priors")
    void gradientsAreThoseOfTheWeightedBits(Prior prior) {
        for (double tailMass : new double[] {0, 0.01}) {
            RateEstimator estimator = new RateEstimator(prior, tailMass);
            Tensor y = draw(22, 6);
            RateGradients gradients = estimator.estimate(y, BATCH).backward(weights());
            assertThat(gradients.bottleneck().shape()).isEqualTo(SHAPE);
            for (int i = 0; i < y.size(); i++) {
                int at = i;
                double expected =
                        slope(x -> loss(estimator.estimate(with(y, at, x), BATCH), weights()), y.get(i), 1e-3);
                assertThat(gradients.bottleneck().get(i))
                        .as(prior.family() + " tailMass=" + tailMass + " y=" + y.get(i) + " element=" + i % ELEMENTS)
                        .isCloseTo(expected, within(1e-6 * Math.max(1, Math.abs(expected))));
            }
            List<Tensor> values =
                    prior.parameters().stream().map(Variable::value).toList();
            for (int v = 0; v < values.size(); v++) {
                assertThat(gradients.parameters().get(v).shape())
                        .isEqualTo(values.get(v).shape());
                for (int k = 0; k < values.get(v).size(); k++) {
                    int parameter = v;
                    int index = k;
                    double value = values.get(v).get(k);
                    double expected = slope(
                            x -> {
                                List<Tensor> moved = new ArrayList<>(values);
                                moved.set(parameter, with(values.get(parameter), index, x));
                                RateEstimator other = new RateEstimator(prior.withParameters(moved), tailMass);
                                return loss(other.estimate(y, BATCH), weights());
                            },
                            value,
                            1e-3 * Math.max(Math.abs(value), 0.5));
                    assertThat(gradients.parameters().get(v).get(k))
                            .as(prior.family() + " " + prior.parameters().get(v).name() + "[" + k + "] tailMass="
                                    + tailMass)
                            .isCloseTo(expected, within(2e-6 * Math.max(1, Math.abs(expected))));
                }
            }
        }
    }

    /** Section 4.2 of the paper: the difference f(y + 1/2) - f(y - 1/2) is the mean of the derivative over all noise. */
    @ParameterizedTest
    @MethodSource("priors")
    void theExpectedGradientIsTheMeanOverNoise(Prior prior) {
        int noises = 100_000;
        for (double tailMass : new double[] {0, 0.01}) {
            RateEstimator estimator = new RateEstimator(prior, tailMass);
            for (double y : new double[] {-3.2, 0.1, 1.4}) {
                // One coding unit of copies of y for each element, and its noises.
                Tensor copies = Tensor.zeros(ElementType.FLOAT64, Shape.of(noises, ELEMENTS));
                Arrays.fill(copies.doubles(), y);
                double[] noisy = new SplittableRandom(23)
                        .doubles((long) noises * ELEMENTS, y - 0.5, y + 0.5)
                        .toArray();
                Tensor perturbed = Tensor.of(copies.shape(), noisy);
                double[] pathwise = estimator
                        .estimate(copies, perturbed, Shape.scalar(), BottleneckGradient.PATHWISE)
                        .backward()
                        .bottleneck()
                        .doubles();
                double[] expected = estimator
                        .estimate(copies, perturbed, Shape.scalar(), BottleneckGradient.EXPECTED)
                        .backward()
                        .bottleneck()
                        .doubles();
                for (int element = 0; element < ELEMENTS; element++) {
                    double sum = 0;
                    double squares = 0;
                    for (int i = element; i < pathwise.length; i += ELEMENTS) {
                        sum += pathwise[i];
                        squares += pathwise[i] * pathwise[i];
                    }
                    double mean = sum / noises;
                    double error = Math.sqrt(Math.max(squares / noises - mean * mean, 0) / noises);
                    assertThat(expected[element])
                            .as(prior.family() + " tailMass=" + tailMass + " y=" + y + " element=" + element)
                            .isCloseTo(mean, within(4 * error + 1e-9));
                }
            }
        }
    }

    @Test
    void expectedGradientsLeaveThoseOfParametersAtThePerturbedSample() {
        Prior prior = priors().get(0);
        RateEstimator estimator = new RateEstimator(prior, 0);
        Tensor y = draw(24, 3);
        Tensor perturbed = draw(25, 3);
        RateGradients pathwise = estimator
                .estimate(y, perturbed, BATCH, BottleneckGradient.PATHWISE)
                .backward();
        for (BottleneckGradient gradient : BottleneckGradient.values()) {
            RateGradients other =
                    estimator.estimate(y, perturbed, BATCH, gradient).backward();
            assertThat(other.parameters()).isEqualTo(pathwise.parameters());
        }
    }

    @Test
    void whatThePerturbedTensorCostsPassesStraightThroughNoiseAndNotThroughRounding() {
        RateEstimator estimator = new RateEstimator(priors().get(0), 0);
        Tensor y = draw(26, 3);
        Tensor byPerturbed = draw(27, 1);
        Tensor byBits = weights();
        for (BottleneckGradient gradient : BottleneckGradient.values()) {
            RateEstimate estimate = estimator.estimate(y, draw(28, 3), BATCH, gradient);
            double[] own = estimate.backward(byBits).bottleneck().doubles();
            double[] both = estimate.backward(byBits, byPerturbed).bottleneck().doubles();
            for (int i = 0; i < own.length; i++) {
                boolean passes = gradient != BottleneckGradient.NONE;
                assertThat(both[i]).isEqualTo(passes ? own[i] + byPerturbed.get(i) : 0);
                assertThat(passes || own[i] == 0).isTrue();
            }
        }
    }

    /** The slope of an outlier is that of the Laplace tail, 1 nat a unit, at any distance; the prior gets no part of it. */
    @ParameterizedTest
    @ValueSource(doubles = {1e3, -1e4, 1e6})
    void outliersPullWithTheLaplaceTail(double y) {
        Prior prior = NoisyNormal.of(Shape.scalar(), new double[] {0}, new double[] {1});
        RateGradients gradients = new RateEstimator(prior, 1e-3)
                .estimate(Tensor.of(Shape.of(1), y), Shape.of(1))
                .backward();
        assertThat(gradients.bottleneck().get(0)).isEqualTo(Math.signum(y) / Math.log(2));
        assertThat(gradients.parameters().get(0).get(0)).isZero();
        assertThat(gradients.parameters().get(1).get(0)).isZero();
    }

    @Test
    void gradientsHaveTheTypesOfWhatTheyAreBy() {
        Prior prior = NoisyNormal.of(Shape.of(2), new float[2], new float[] {1, 2});
        Tensor y = Tensor.of(Shape.of(3, 2), 1f, 2, 3, 4, 5, 6);
        for (ElementType type :
                List.of(ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.FLOAT32, ElementType.FLOAT64)) {
            RateGradients gradients = new RateEstimator(prior, 0)
                    .estimate(y.to(type), Shape.of(3))
                    .backward();
            assertThat(gradients.bottleneck().type()).isEqualTo(type);
            assertThat(gradients.bottleneck().get(0)).isGreaterThan(0);
            assertThat(gradients.parameters()).extracting(Tensor::type).containsOnly(ElementType.FLOAT32);
        }
    }

    @Test
    void unitsAndBatchesMayBeEmpty() {
        Prior prior = priors().get(0);
        for (Shape batch : List.of(Shape.of(0), Shape.of(3))) {
            Tensor y = Tensor.zeros(ElementType.FLOAT32, batch.concat(Shape.of(0, ELEMENTS)));
            RateGradients gradients =
                    new RateEstimator(prior, 0).estimate(y, batch).backward();
            assertThat(gradients.bottleneck()).isEqualTo(y);
            assertThat(gradients.parameters().get(0).toDoubles()).containsOnly(0);
        }
    }

    /** Units of more than a block of values, neither of them a multiple of the prior's elements. */
    @Test
    void longUnitsGoOnWithThePriorsElements() {
        int elements = 7;
        int units = 3;
        int unit = 9_500;
        SplittableRandom random = new SplittableRandom(30);
        Prior prior = NoisyLogistic.of(
                Shape.of(elements),
                random.doubles(elements, -3, 3).toArray(),
                random.doubles(elements, 0.1, 3).toArray());
        double[] values = random.doubles((long) units * unit, -5, 5).toArray();
        double[] byUnit = {1, -0.5, 2};
        for (double tailMass : new double[] {0, 0.01}) {
            RateEstimator estimator = new RateEstimator(prior, tailMass);
            Shape batch = Shape.of(units);
            RateEstimate estimate = estimator.estimate(Tensor.of(Shape.of(units, unit), values), batch);
            RateGradients gradients = estimate.backward(Tensor.of(batch, byUnit));
            double[] bits = new double[units];
            double[] byScale = new double[elements];
            for (int i = 0; i < values.length; i++) {
                int element = i % elements;
                RateEstimate alone = new RateEstimator(
                                Priors.gathered(prior, new int[] {element}, Shape.scalar()), tailMass)
                        .estimate(Tensor.of(Shape.scalar(), values[i]), Shape.scalar());
                RateGradients ofOne = alone.backward(Tensor.of(Shape.scalar(), byUnit[i / unit]));
                bits[i / unit] += alone.totalBits();
                byScale[element] += ofOne.parameters().get(1).get(0);
                assertThat(gradients.bottleneck().get(i))
                        .isEqualTo(ofOne.bottleneck().get(0));
            }
            for (int u = 0; u < units; u++) {
                assertThat(estimate.bits().get(u)).isCloseTo(bits[u], within(1e-9 * bits[u]));
            }
            for (int element = 0; element < elements; element++) {
                assertThat(gradients.parameters().get(1).get(element)).isCloseTo(byScale[element], within(1e-8));
            }
        }
    }

    @Test
    void aBatchThatIsNotTheTensorsOwnIsRefused() {
        RateEstimator estimator = new RateEstimator(priors().get(0), 0);
        Tensor y = draw(29, 1);
        for (Shape batch : List.of(Shape.of(6), Shape.of(7), Shape.of(0), Shape.of(2, 3, 5, ELEMENTS, 1))) {
            assertThatThrownBy(() -> estimator.estimate(y, batch))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the tensor's leading dimensions must be the batch's: shape=(2, 3, 5, 4) batchShape="
                            + batch);
        }
        RateEstimator ofNone = new RateEstimator(NoisyNormal.of(Shape.of(0, 2), new double[0], new double[0]), 0);
        assertThatThrownBy(() -> ofNone.estimate(y, BATCH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a prior must have elements to estimate values: shape=(2, 3, 5, 4) priorShape=(0, 2)");
        Tensor none = Tensor.zeros(ElementType.FLOAT64, Shape.of(3, 0, 2));
        assertThat(ofNone.estimate(none, Shape.of(3)).bits().toDoubles()).containsExactly(0, 0, 0);
    }

    @Test
    void aPriorWithoutParametersHasTheSameGradientByTheTensor() {
        Prior normal = priors().get(0);
        Tensor y = draw(29, 1);
        for (BottleneckGradient gradient : BottleneckGradient.values()) {
            Tensor expected = new RateEstimator(normal, 0)
                    .estimate(y, y, BATCH, gradient)
                    .backward()
                    .bottleneck();
            RateGradients bare = new RateEstimator(NoisyPrior.of(normal.base()), 0)
                    .estimate(y, y, BATCH, gradient)
                    .backward();
            assertThat(bare.parameters()).isEmpty();
            for (int i = 0; i < y.size(); i++) {
                assertThat(bare.bottleneck().get(i)).isCloseTo(expected.get(i), within(1e-6));
            }
        }
    }

    @Test
    void estimatesAreEqualByPerturbedTensorAndBits() {
        Tensor one = Tensor.of(Shape.scalar(), 1.0);
        Tensor other = Tensor.of(Shape.scalar(), 2.0);
        RateEstimate estimate = new RateEstimate(one, other);
        assertThat(estimate).isEqualTo(new RateEstimate(one, other)).hasSameHashCodeAs(new RateEstimate(one, other));
        assertThat(List.of(new RateEstimate(other, other), new RateEstimate(one, one)))
                .doesNotContain(estimate);
    }

    @Test
    void theEstimatorsArgumentsAreChecked() {
        for (double tailMass : new double[] {-1e-9, 1, Double.NaN}) {
            assertThatThrownBy(() -> new RateEstimator(priors().get(0), tailMass))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("laplaceTailMass must be in [0, 1): laplaceTailMass=" + tailMass);
        }
        RateEstimator estimator = new RateEstimator(priors().get(0), 0);
        Tensor y = draw(29, 1);
        Tensor flat = y.reshape(Shape.of(y.size()));
        assertThatThrownBy(() -> estimator.estimate(flat, y, BATCH, BottleneckGradient.PATHWISE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must have the bottleneck's shape: bottleneck=(120,) perturbed=(2, 3, 5, 4)");
    }

    @Test
    void badCotangentsAreRefusedWithTheirShapes() {
        RateEstimate estimate = new RateEstimator(priors().get(0), 0).estimate(draw(29, 1), BATCH);
        assertThatThrownBy(() -> estimate.backward(Tensor.of(Shape.of(6), new double[6])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batchShape=(2, 3)");
        assertThatThrownBy(() -> estimate.backward(Tensor.of(BATCH, new float[6])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("byBits must be float64");
        assertThatThrownBy(() -> estimate.backward(weights(), weights()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(2, 3, 5, 4)");
        assertThatThrownBy(() -> new RateEstimate(estimate.perturbed(), estimate.bits()).backward())
                .isInstanceOf(IllegalStateException.class);
    }
}
