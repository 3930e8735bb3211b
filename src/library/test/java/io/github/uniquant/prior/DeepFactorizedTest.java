package io.github.uniquant.prior;

import static io.github.uniquant.internal.kernel.BigMath.big;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.assertj.core.data.Offset.offset;

import io.github.uniquant.internal.kernel.BigMath;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeepFactorizedTest {
    private static final MathContext DIGITS = new MathContext(80);
    private static final BigDecimal HALF = new BigDecimal("0.5");

    private final SplittableRandom random = new SplittableRandom(4);

    private static int[] filters(String text) {
        return text.isEmpty()
                ? new int[0]
                : Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    /** A prior with every parameter moved away from its initial value. */
    private NoisyDeepFactorized trained(Shape shape, int[] filters, double initScale) {
        NoisyDeepFactorized prior = NoisyDeepFactorized.initial(shape, filters, initScale, random);
        List<Tensor> values = new ArrayList<>();
        for (Variable parameter : prior.parameters()) {
            double[] moved = parameter.value().toDoubles();
            for (int i = 0; i < moved.length; i++) {
                moved[i] += random.nextDouble(-1, 1);
            }
            values.add(Tensor.of(parameter.value().shape(), moved));
        }
        return (NoisyDeepFactorized) prior.withParameters(values);
    }

    /** The network of element j in decimal arithmetic, straight from its definition. */
    private static BigDecimal exactLogits(Prior prior, int element, BigDecimal x) {
        List<Variable> parameters = prior.parameters();
        int layers = (parameters.size() + 1) / 3;
        BigDecimal[] h = {x};
        for (int l = 0; l < layers; l++) {
            double[] matrix = named(parameters, "matrix_" + l);
            double[] bias = named(parameters, "bias_" + l);
            int out = bias.length / prior.size();
            BigDecimal[] next = new BigDecimal[out];
            for (int o = 0; o < out; o++) {
                BigDecimal sum = big(bias[element * out + o]);
                for (int i = 0; i < h.length; i++) {
                    BigDecimal m = big(matrix[(element * out + o) * h.length + i]);
                    BigDecimal softplus = BigMath.log1p(BigMath.exp(m));
                    sum = sum.add(softplus.multiply(h[i], DIGITS), DIGITS);
                }
                if (l < layers - 1) {
                    BigDecimal factor = BigMath.tanh(big(named(parameters, "factor_" + l)[element * out + o]));
                    sum = sum.add(factor.multiply(BigMath.tanh(sum), DIGITS), DIGITS);
                }
                next[o] = sum;
            }
            h = next;
        }
        return h[0];
    }

    private static double[] named(List<Variable> parameters, String name) {
        return Parameters.named(parameters, name).toDoubles();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "3,3", "2,5,3"})
    void probIsExactTo1e12AndTailsToTheAccuracyOfTheLogits(String filters) {
        for (double initScale : new double[] {0.1, 10, 1e4}) {
            NoisyDeepFactorized prior = trained(Shape.of(2), filters(filters), initScale);
            BaseDistribution base = prior.base();
            for (int i = 0; i < 20; i++) {
                int element = i & 1;
                double y = random.nextDouble(-1, 1) * initScale * (i % 4 < 2 ? 2 : 100);
                BigDecimal low = exactLogits(prior, element, big(y).subtract(HALF));
                BigDecimal high = exactLogits(prior, element, big(y).add(HALF));
                BigDecimal prob = low.signum() > 0
                        ? BigMath.logistic(low.negate()).subtract(BigMath.logistic(high.negate()), DIGITS)
                        : BigMath.logistic(high).subtract(BigMath.logistic(low), DIGITS);
                // An error of the logits is a relative one of the probability.
                double slack = 4e-15 * (4 + low.abs().max(high.abs()).doubleValue());
                assertThat(slack).isLessThan(1e-9);
                if (prob.doubleValue() > 1e-290) {
                    assertThat(big(prior.prob(element, y))
                                    .subtract(prob, DIGITS)
                                    .abs()
                                    .doubleValue())
                            .as("y=%s initScale=%s", y, initScale)
                            .isLessThanOrEqualTo(Math.max(1e-12, slack) * prob.doubleValue());
                }
                double logProb = BigMath.log(prob).doubleValue();
                assertThat(prior.logProb(element, y)).isCloseTo(logProb, offset(slack));
                BigDecimal logits = exactLogits(prior, element, big(y));
                if (logits.abs().doubleValue() < 690) {
                    assertThat(BigMath.relativeError(base.cdf(element, y), BigMath.logistic(logits)))
                            .isLessThan(slack);
                    assertThat(BigMath.relativeError(base.survival(element, y), BigMath.logistic(logits.negate())))
                            .isLessThan(slack);
                }
                assertThat(base.logCdf(element, y))
                        .isCloseTo(BigMath.logLogistic(logits).doubleValue(), offset(slack));
                assertThat(base.logSurvival(element, y))
                        .isCloseTo(BigMath.logLogistic(logits.negate()).doubleValue(), offset(slack));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3,3", "2,5,3"})
    void quantilesInvertTheBaseAndGiveTheOffset(String filters) {
        NoisyDeepFactorized prior = trained(Shape.scalar(), filters(filters), 10);
        BaseDistribution base = prior.base();
        for (double p : new double[] {1e-12, 0x1p-9, 0.3, 0.5, 0.9}) {
            assertThat(base.cdf(0, base.quantile(0, p))).isCloseTo(p, offset(1e-13 * p));
            assertThat(base.survival(0, base.upperQuantile(0, p))).isCloseTo(p, offset(1e-13 * p));
        }
        double median = base.quantile(0, 0.5);
        assertThat(prior.quantizationOffset(0)).isEqualTo(median - Math.rint(median));
    }

    @Test
    void logDensityIsTheDerivativeOfTheCdf() {
        NoisyDeepFactorized prior = trained(Shape.scalar(), new int[] {3, 3}, 4);
        double h = 0x1p-14;
        for (double x = -8; x < 8; x += 0.7) {
            BigDecimal slope = BigMath.logistic(exactLogits(prior, 0, big(x).add(big(h))))
                    .subtract(BigMath.logistic(exactLogits(prior, 0, big(x).subtract(big(h)))));
            double exact = BigMath.log(BigMath.divide(slope, big(2 * h))).doubleValue();
            assertThat(prior.base().logDensity(0, x)).isCloseTo(exact, offset(1e-7));
        }
    }

    @Test
    void samplesFollowTheNoisyDistribution() {
        NoisyDeepFactorized prior = trained(Shape.scalar(), new int[] {3, 3}, 2);
        KolmogorovSmirnov.assertDrawsOfTheNoisyPrior(2_000, () -> prior.sample(0, random), prior.base());
    }

    /** Where exp(1 / s / out) is beyond the doubles, softplus is the identity. */
    @Test
    void initialScalesMayBeTiny() {
        for (double initScale : new double[] {1e-3, 1e-9, 1e-300}) {
            NoisyDeepFactorized prior = NoisyDeepFactorized.initial(Shape.scalar(), new int[0], initScale, random);
            assertThat(prior.parameters().get(0).value().get(0)).isCloseTo(1 / initScale, withinPercentage(1e-9));
        }
    }

    @Test
    void optionsMustBeThoseOfTheParameters() {
        NoisyDeepFactorized prior = NoisyDeepFactorized.initial(Shape.scalar(), new int[] {3, 2}, 10, random);
        Prior same = Priors.of(
                prior.family(),
                prior.type(),
                Map.of("num_filters", List.of(3L, 2.0), "init_scale", 10),
                prior.parameters());
        assertThat(same.options()).isEqualTo(prior.options());
        for (List<?> filters : List.of(List.of(3, 3), List.of(2, 3), List.of("3", 2))) {
            Map<String, Object> options = Map.of("num_filters", filters, "init_scale", 10);
            assertThatThrownBy(() -> Priors.of(prior.family(), prior.type(), options, prior.parameters()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("num_filters must be the widths of the inner layers' matrices: options=")
                    .hasMessageContaining("num_filters=" + filters);
        }
        for (double initScale : new double[] {-4, 0, Double.NaN}) {
            Map<String, Object> options = Map.of("num_filters", List.of(3, 2), "init_scale", initScale);
            assertThatThrownBy(() -> Priors.of(prior.family(), prior.type(), options, prior.parameters()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("initScale must be finite and larger than 0: initScale=" + initScale);
        }
    }

    @Test
    void initialParametersAreUpstreams() {
        NoisyDeepFactorized prior = NoisyDeepFactorized.initial(Shape.of(2, 2), new int[] {3, 3}, 10, random);
        assertThat(prior.parameters())
                .extracting("name")
                .containsExactlyInAnyOrder(
                        "matrix_0", "bias_0", "factor_0", "matrix_1", "bias_1", "factor_1", "matrix_2", "bias_2");
        double s = Math.cbrt(10);
        assertThat(Arrays.stream(named(prior.parameters(), "matrix_0")).boxed())
                .hasSize(12)
                .allSatisfy(m -> assertThat(m).isCloseTo(Math.log(Math.expm1(1 / s / 3)), offset(1e-14)));
        assertThat(Arrays.stream(named(prior.parameters(), "matrix_2")).boxed())
                .hasSize(12)
                .allSatisfy(m -> assertThat(m).isCloseTo(Math.log(Math.expm1(1 / s)), offset(1e-14)));
        assertThat(named(prior.parameters(), "factor_1")).hasSize(12).containsOnly(0);
        assertThat(Arrays.stream(named(prior.parameters(), "bias_1")).boxed())
                .hasSize(12)
                .allSatisfy(b -> assertThat(b).isBetween(-0.5, 0.5));
        Prior same = Priors.of(prior.family(), prior.type(), prior.options(), prior.parameters());
        assertThat(same.prob(3, 0.5)).isEqualTo(prior.prob(3, 0.5));
        assertThat(same.options()).isEqualTo(prior.options());
    }

    @Test
    void float32ParametersAreTakenAsTheyAre() {
        NoisyDeepFactorized wide = trained(Shape.of(2), new int[] {3}, 10);
        List<Variable> narrow = wide.parameters().stream()
                .map(v -> new Variable(v.name(), v.value().to(ElementType.FLOAT32)))
                .toList();
        List<Variable> again = narrow.stream()
                .map(v -> new Variable(v.name(), v.value().to(ElementType.FLOAT64)))
                .toList();
        Prior prior = Priors.of(wide.family(), ElementType.FLOAT32, wide.options(), narrow);
        assertThat(prior.type()).isEqualTo(ElementType.FLOAT32);
        assertThat(prior.prob(1, 2.5))
                .isEqualTo(Priors.of(wide.family(), ElementType.FLOAT64, wide.options(), again)
                        .prob(1, 2.5))
                .isNotEqualTo(wide.prob(1, 2.5));
    }

    @Test
    void badParametersAreRefused() {
        Tensor matrix = Tensor.of(Shape.of(1, 1), 0.5);
        Tensor bias = Tensor.of(Shape.of(1, 1), 0.5);
        assertRefused(
                "there must be as many biases as matrices, and one factor less: matrices=1 biases=1 factors=1",
                List.of(matrix),
                List.of(bias),
                List.of(bias));
        assertRefused(
                "a matrix must have shape batch ++ (out, in): matrix_0=(2,)",
                List.of(Tensor.of(Shape.of(2), 1.0, 2.0)),
                List.of(bias),
                List.of());
        assertRefused(
                "all matrices must have shape batch ++ (out, in), out at least 1: matrix_0=(0, 1) batchRank=0",
                List.of(Tensor.of(Shape.of(0, 1), new double[0]), matrix),
                List.of(bias, bias),
                List.of(bias));
        assertRefused(
                "all matrices must have shape batch ++ (out, in), out at least 1: matrix_1=() batchRank=0",
                List.of(matrix, Tensor.of(Shape.scalar(), 1.0), matrix),
                List.of(bias, bias, bias),
                List.of(bias, bias));
        assertRefused(
                "a parameter must have the shape that the layers before it imply, and one type with them:"
                        + " parameter=bias_0 value=Tensor[type=float64, shape=(1, 2)] expected=(1, 1) type=float64",
                List.of(matrix),
                List.of(Tensor.of(Shape.of(1, 2), 1.0, 2.0)),
                List.of());
        assertRefused(
                "parameters must be finite: parameter=matrix_0 element=0 value=NaN",
                List.of(Tensor.of(Shape.of(1, 1), Double.NaN)),
                List.of(bias),
                List.of());
        assertThatThrownBy(() -> NoisyDeepFactorized.initial(Shape.scalar(), new int[] {3, 0}, 10, random))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("numFilters must be at least 1: layer=1 filters=0");
        assertThatThrownBy(() -> NoisyDeepFactorized.initial(Shape.scalar(), new int[] {3}, 0, random))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("initScale must be finite and larger than 0: initScale=0.0");
    }

    private static void assertRefused(
            String message, List<Tensor> matrices, List<Tensor> biases, List<Tensor> factors) {
        assertThatThrownBy(() -> NoisyDeepFactorized.of(matrices, biases, factors))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
