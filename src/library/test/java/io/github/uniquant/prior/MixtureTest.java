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
import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MixtureTest {
    /** Weights add up to 1 within 1e-5 only; and a CDF near 1 is coarse. */
    @Test
    void quantilesNearOneAreThoseOfTheOtherTail() {
        Shape shape = Shape.of(2);
        Prior prior = NoisyNormalMixture.of(
                Tensor.of(shape, -1.0, 1.0), Tensor.of(shape, 1.0, 1.0), Tensor.of(shape, 0.5, 0.499991));
        for (double p : new double[] {0x1p-2, 0x1p-10, 0x1p-20, 0x1p-50}) {
            assertThat(prior.base().quantile(0, 1 - p)).isEqualTo(prior.base().upperQuantile(0, p));
            assertThat(prior.base().upperQuantile(0, 1 - p))
                    .isEqualTo(prior.base().quantile(0, p));
            assertThat(prior.base().survival(0, prior.base().quantile(0, 1 - p)))
                    .isCloseTo(p, withinPercentage(1e-9));
        }
    }

    // Two elements of three components; the second has a component of weight 0 and one of a tiny scale.
    private static final double[] LOC = {-1.3, 0.4, 5.2, 0.25, -7, 40};
    private static final double[] SCALE = {0.3, 2, 0.05, 1e-8, 3, 1};
    private static final double[] WEIGHT = {0.5, 0.25, 0.25, 0.125, 0.875, 0};

    private final SplittableRandom random = new SplittableRandom(3);

    private static Prior prior(PriorOracle family, Tensor loc, Tensor scale, Tensor weight) {
        return switch (family) {
            case NORMAL -> NoisyNormalMixture.of(loc, scale, weight);
            case LOGISTIC -> NoisyLogisticMixture.of(loc, scale, weight);
            case LAPLACE -> throw new IllegalArgumentException("no such family");
        };
    }

    private static Prior prior(PriorOracle family) {
        Shape shape = Shape.of(2, 3);
        return prior(family, Tensor.of(shape, LOC), Tensor.of(shape, SCALE), Tensor.of(shape, WEIGHT));
    }

    private static BigDecimal weighted(int element, IntFunction<BigDecimal> term) {
        BigDecimal sum = BigDecimal.ZERO;
        for (int c = 3 * element; c < 3 * element + 3; c++) {
            if (WEIGHT[c] > 0) {
                sum = BigMath.add(sum, big(WEIGHT[c]).multiply(term.apply(c)));
            }
        }
        return sum;
    }

    @ParameterizedTest
    @EnumSource(names = "LAPLACE", mode = EnumSource.Mode.EXCLUDE)
    void probAndLogProbAreThoseOfTheMixtureOfExactTerms(PriorOracle family) {
        Prior prior = prior(family);
        for (int i = 0; i < 150; i++) {
            int element = i & 1;
            double y = i % 3 == 0 ? random.nextDouble(-300, 300) : random.nextDouble(-12, 8);
            BigDecimal exact = weighted(element, c -> family.prob(y, LOC[c], SCALE[c]));
            if (exact.doubleValue() > 1e-300) {
                assertThat(BigMath.relativeError(prior.prob(element, y), exact)).isLessThan(1e-12);
            }
            double exactLog = BigMath.log(exact).doubleValue();
            assertThat(prior.logProb(element, y)).isCloseTo(exactLog, offset(1e-13 - 1e-13 * exactLog));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "LAPLACE", mode = EnumSource.Mode.EXCLUDE)
    void tailsOfTheBaseAreAccurateInBothTailsAndInTheirLogs(PriorOracle family) {
        BaseDistribution base = prior(family).base();
        for (int i = 0; i < 150; i++) {
            double x = i % 2 == 0 ? random.nextDouble(-60, 60) : random.nextDouble(-9, 7);
            BigDecimal survival = weighted(0, c -> family.upper(big((x - LOC[c]) / SCALE[c])));
            BigDecimal cdf = weighted(0, c -> family.upper(big(-(x - LOC[c]) / SCALE[c])));
            assertThat(BigMath.relativeError(base.survival(0, x), survival)).isLessThan(1e-15);
            assertThat(BigMath.relativeError(base.cdf(0, x), cdf)).isLessThan(1e-15);
            assertThat(base.logSurvival(0, x))
                    .isCloseTo(BigMath.log(survival).doubleValue(), offset(1e-15 * (4 - base.logSurvival(0, x))));
            assertThat(base.logCdf(0, x))
                    .isCloseTo(BigMath.log(cdf).doubleValue(), offset(1e-15 * (4 - base.logCdf(0, x))));
        }
        // Where the tails underflow, their logs do not.
        assertThat(base.logSurvival(0, 1e5)).isLessThan(-4e4).isGreaterThan(-1e10);
    }

    @ParameterizedTest
    @EnumSource(names = "LAPLACE", mode = EnumSource.Mode.EXCLUDE)
    void quantilesAreRootsToTheLastBit(PriorOracle family) {
        BaseDistribution base = prior(family).base();
        for (int element = 0; element < 2; element++) {
            for (double p : new double[] {1e-200, 1e-9, 0x1p-9, 0.3, 0.5, 0.9}) {
                double low = base.quantile(element, p);
                assertThat(base.logCdf(element, low)).isGreaterThanOrEqualTo(Math.log(p) - 1e-12);
                assertThat(base.cdf(element, Math.nextDown(low))).isLessThanOrEqualTo(p * (1 + 1e-12));
                double high = base.upperQuantile(element, p);
                assertThat(base.survival(element, high)).isLessThanOrEqualTo(p * (1 + 1e-12));
                assertThat(base.survival(element, Math.nextDown(high))).isGreaterThanOrEqualTo(p * (1 - 1e-12));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "LAPLACE", mode = EnumSource.Mode.EXCLUDE)
    void samplesFollowTheNoisyDistribution(PriorOracle family) {
        Prior prior = prior(family);
        KolmogorovSmirnov.assertDrawsOfTheNoisyPrior(10_000, () -> prior.sample(0, random), prior.base());
    }

    @ParameterizedTest
    @EnumSource(names = "LAPLACE", mode = EnumSource.Mode.EXCLUDE)
    void quantizationOffsetIsThatOfTheLikeliestComponent(PriorOracle family) {
        Prior prior = prior(family);
        for (int element = 0; element < 2; element++) {
            double best = Double.NEGATIVE_INFINITY;
            double offset = Double.NaN;
            for (int c = 3 * element; c < 3 * element + 3; c++) {
                double candidate = LOC[c] - Math.rint(LOC[c]);
                if (prior.logProb(element, candidate) > best) {
                    best = prior.logProb(element, candidate);
                    offset = candidate;
                }
            }
            assertThat(prior.quantizationOffset(element)).isEqualTo(offset);
        }
        assertThat(prior.quantizationOffset(1)).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = "LAPLACE", mode = EnumSource.Mode.EXCLUDE)
    void oneComponentIsTheFamilyItself(PriorOracle family) {
        Tensor loc = Tensor.of(Shape.of(1), 0.3f);
        Tensor scale = Tensor.of(Shape.of(1), 1.7f);
        Prior mixture = prior(family, loc, scale, Tensor.of(Shape.of(1), 1f));
        Prior single = family == PriorOracle.NORMAL ? NoisyNormal.of(loc, scale) : NoisyLogistic.of(loc, scale);
        assertThat(mixture.shape()).isEqualTo(Shape.scalar());
        assertThat(mixture.type()).isEqualTo(ElementType.FLOAT32);
        for (double y = -20; y < 20; y += 0.37) {
            assertThat(mixture.prob(0, y)).isEqualTo(single.prob(0, y));
            assertThat(mixture.logProb(0, y)).isEqualTo(single.logProb(0, y));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "LAPLACE", mode = EnumSource.Mode.EXCLUDE)
    void badWeightsAreRefused(PriorOracle family) {
        Tensor ones = Tensor.of(Shape.of(1, 2), 1.0, 1.0);
        assertThatThrownBy(() -> prior(family, ones, ones, Tensor.of(Shape.of(1, 2), 1.5, -0.5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weights must be at least 0: element=1 weight=-0.5");
        assertThatThrownBy(() -> prior(family, ones, ones, Tensor.of(Shape.of(1, 2), 0.5, 0.25)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the weights of an element must add up to 1: element=0 sum=0.75");
        Tensor scalar = Tensor.of(Shape.scalar(), 1.0);
        assertThatThrownBy(() -> prior(family, scalar, scalar, scalar))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a mixture needs a last axis of components: parameter=loc shape=()");
        Prior prior = prior(family);
        Prior named = Priors.of(prior.family(), prior.type(), prior.options(), prior.parameters());
        assertThat(named.prob(1, 0.5)).isEqualTo(prior.prob(1, 0.5));
        List<Tensor> values =
                prior.parameters().stream().map(variable -> variable.value()).toList();
        assertThat(prior.withParameters(values).prob(0, 0.5)).isEqualTo(prior.prob(0, 0.5));
    }
}
