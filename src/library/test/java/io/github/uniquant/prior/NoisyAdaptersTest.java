package io.github.uniquant.prior;

import static io.github.uniquant.internal.kernel.BigMath.big;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.assertj.core.data.Offset.offset;

import io.github.uniquant.internal.kernel.BigMath;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Rounded and soft-rounded priors, and priors of a user's own distribution. */
class NoisyAdaptersTest {
    private static final BigDecimal HALF = new BigDecimal("0.5");

    private final SplittableRandom random = new SplittableRandom(5);

    private static NoisyNormal normal(double loc, double scale) {
        return NoisyNormal.of(Shape.scalar(), new double[] {loc}, new double[] {scale});
    }

    private NoisyDeepFactorized deep() {
        return NoisyDeepFactorized.initial(Shape.scalar(), new int[] {3, 3}, 10, random);
    }

    private static BigDecimal exactSoftRound(double x, double alpha) {
        BigDecimal m = big(Math.floor(x)).add(HALF);
        BigDecimal tanh = BigMath.tanh(big(alpha).multiply(big(x).subtract(m)));
        return m.add(BigMath.divide(tanh, BigMath.tanh(big(alpha / 2)).multiply(big(2))));
    }

    private static BigDecimal exactSoftRoundInverse(BigDecimal y, double alpha) {
        BigDecimal m = big(Math.floor(y.doubleValue())).add(HALF);
        BigDecimal s = y.subtract(m).multiply(BigMath.tanh(big(alpha / 2))).multiply(big(2));
        return m.add(BigMath.divide(BigMath.atanh(s), big(alpha)));
    }

    @Test
    void softRoundAndItsInverseAreExactToTheRoundingOfTheirSums() {
        for (double alpha : new double[] {0.01, 0.5, 2, 5, 13}) {
            for (int i = 0; i < 100; i++) {
                double x = random.nextDouble(-4, 4);
                assertThat(SoftRound.softRound(x, alpha))
                        .isCloseTo(exactSoftRound(x, alpha).doubleValue(), offset(1e-14));
                double y = Math.floor(x) + random.nextDouble(0.01, 0.99);
                assertThat(SoftRound.softRoundInverse(y, alpha))
                        .isCloseTo(exactSoftRoundInverse(big(y), alpha).doubleValue(), offset(2e-14));
                double there = SoftRound.softRound(x, alpha);
                assertThat(SoftRound.softRoundInverse(there, alpha)).isCloseTo(x, offset(1e-14 * Math.exp(alpha)));
                assertThat(SoftRound.softRoundConditionalMean(y, alpha))
                        .isEqualTo(SoftRound.softRoundInverse(y - 0.5, alpha) + 0.5);
            }
        }
        assertThat(SoftRound.softRound(1.3, 0)).isEqualTo(1.3);
        assertThat(SoftRound.softRoundInverse(1.3, 1e-4)).isEqualTo(1.3);
        // So sharp, soft rounding is rounding.
        assertThat(SoftRound.softRound(1.3, 1e9)).isEqualTo(1);
        assertThat(SoftRound.softRound(1.7, 1e9)).isEqualTo(2);
        assertThatThrownBy(() -> SoftRound.softRound(0, -1))
                .hasMessage("alpha must be finite and at least 0: alpha=-1.0");
        assertThatThrownBy(() -> SoftRound.softRoundInverse(0, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("alpha must be finite and at least 0: alpha=NaN");
    }

    @Test
    void aRoundedPriorIsTheProbabilityOfWhatRoundsToTheIntegerInTheBox() {
        for (double scale : new double[] {1e-8, 0.3, 2, 1e6}) {
            NoisyRounded prior = NoisyRounded.of(normal(0.2, scale));
            for (int i = 0; i < 50; i++) {
                double y = random.nextDouble(-3, 3) * (1 + scale);
                double n = Math.rint(y);
                BigDecimal exact = PriorOracle.NORMAL.prob(n, 0.2, scale);
                if (exact.doubleValue() > 1e-300) {
                    assertThat(BigMath.relativeError(prior.prob(0, y), exact)).isLessThan(1e-12);
                    double log = BigMath.log(exact).doubleValue();
                    assertThat(prior.logProb(0, y)).isCloseTo(log, offset(1e-13 - 1e-13 * log));
                }
                // The difference of the base's CDFs that defines the prior, where that loses nothing.
                assertThat(prior.prob(0, y)).isCloseTo(NoisyPrior.prob(prior.base(), 0, y), offset(4e-16));
            }
        }
    }

    @Test
    void aRoundedDeepFactorizedPriorIsThatOfItsIntegers() {
        NoisyDeepFactorized inner = deep();
        NoisyRounded prior = NoisyRounded.of(inner);
        for (double y = -20.3; y < 20; y += 0.83) {
            assertThat(prior.prob(0, y)).isEqualTo(inner.prob(0, Math.rint(y)));
            assertThat(prior.prob(0, y)).isCloseTo(NoisyPrior.prob(prior.base(), 0, y), offset(4e-16));
        }
        assertThat(prior.family()).isEqualTo("NoisyRoundedDeepFactorized");
        assertThat(prior.quantizationOffset(0)).isZero();
        assertThat(NoisyRounded.soft(inner, 2).family()).isEqualTo("NoisySoftRoundedDeepFactorized");
    }

    @Test
    void aSoftRoundedPriorIsTheDifferenceOfTheBasesCdfAtTheInverse() {
        for (double alpha : new double[] {0.5, 3, 8}) {
            for (double scale : new double[] {0.4, 2, 20}) {
                NoisyRounded prior = NoisyRounded.soft(normal(0.2, scale), alpha);
                for (int i = 0; i < 30; i++) {
                    double y = Math.rint(random.nextDouble(-5, 5) * scale) + random.nextDouble(-0.45, 0.45);
                    BigDecimal exact = PriorOracle.NORMAL.interval(
                            exactSoftRoundInverse(big(y).subtract(HALF), alpha),
                            exactSoftRoundInverse(big(y).add(HALF), alpha),
                            0.2,
                            scale);
                    // The inverse is rounded to the ulp of y, which the density magnifies.
                    double slack = 4e-16 + 4 * Math.ulp(Math.abs(y) + 1) / scale * (1 + 1 / alpha);
                    assertThat(prior.prob(0, y)).isCloseTo(exact.doubleValue(), offset(slack));
                    if (exact.doubleValue() > 1e-4) {
                        assertThat(prior.logProb(0, y))
                                .isCloseTo(BigMath.log(exact).doubleValue(), offset(1e-10));
                    }
                }
                assertThat(prior.quantizationOffset(0))
                        .isCloseTo(exactSoftRound(0.2, alpha).doubleValue(), offset(1e-14));
            }
        }
    }

    @Test
    void tailsAndSamplesOfTheAdaptersAreThoseOfTheMappedBase() {
        NoisyRounded rounded = NoisyRounded.of(normal(0.2, 3));
        NoisyRounded soft = NoisyRounded.soft(normal(0.2, 3), 4);
        double low = normal(0.2, 3).lowerTail(0, 0x1p-8);
        assertThat(rounded.lowerTail(0, 0x1p-8)).isEqualTo(Math.floor(low));
        assertThat(rounded.base().quantile(0, 0x1p-9)).isEqualTo(Math.rint(low));
        assertThat(soft.lowerTail(0, 0x1p-8)).isEqualTo(SoftRound.softRound(low, 4));
        KolmogorovSmirnov.assertDrawsOfTheNoisyPrior(2_000, () -> soft.sample(0, random), soft.base());
        // The mass below an integer box's middle, of a rounded variable with noise.
        KolmogorovSmirnov.assertDrawnFrom(10_000, () -> rounded.sample(0, random), y -> {
            double n = Math.rint(y);
            double below = rounded.base().cdf(0, n - 0.5);
            return below + (y - n + 0.5) * rounded.prob(0, n);
        });
        assertThatThrownBy(() -> rounded.base().logDensity(0, 0)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void adaptersAreRebuiltFromTheirNamesAndRefuseWhatTheyCannotRound() {
        for (NoisyRounded prior : List.of(NoisyRounded.of(normal(0.2, 3)), NoisyRounded.soft(normal(0.2, 3), 4))) {
            Prior same = Priors.of(prior.family(), prior.type(), prior.options(), prior.parameters());
            assertThat(same.family()).isEqualTo(prior.family());
            assertThat(same.prob(0, 1.3)).isEqualTo(prior.prob(0, 1.3));
            assertThatThrownBy(() -> NoisyRounded.of(prior))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("only the library's own families can be rounded, once: family=" + prior.family());
        }
        assertThatThrownBy(() -> NoisyRounded.soft(normal(0, 1), -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("alpha must be finite and at least 0: alpha=-1.0");
        assertThatThrownBy(() -> NoisyRounded.of(NoisyPrior.of(new Triangle())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("only the library's own families can be rounded, once: family=user");
    }

    /** A user's own distribution: the triangle on [-4, 4], as the library's documentation would have it written. */
    private record Triangle(Shape shape) implements BaseDistribution {
        Triangle() {
            this(Shape.of(1));
        }

        @Override
        public double cdf(int element, double x) {
            return x > 0 ? 1 - survival(element, x) : survival(element, -x);
        }

        @Override
        public double survival(int element, double x) {
            if (x < 0) {
                return 1 - survival(element, -x);
            }
            double rest = Math.max(4 - x, 0);
            return rest * rest / 32;
        }

        @Override
        public double logCdf(int element, double x) {
            return Math.log(cdf(element, x));
        }

        @Override
        public double logSurvival(int element, double x) {
            return Math.log(survival(element, x));
        }

        @Override
        public double logDensity(int element, double x) {
            return Math.log(Math.max(4 - Math.abs(x), 0) / 16);
        }

        @Override
        public double quantile(int element, double p) {
            return -upperQuantile(element, p);
        }

        @Override
        public double upperQuantile(int element, double p) {
            return p <= 0.5 ? 4 - Math.sqrt(32 * p) : Math.sqrt(32 * (1 - p)) - 4;
        }

        @Override
        public double sample(int element, RandomGenerator random) {
            return quantile(element, random.nextDouble());
        }
    }

    @Test
    void aUsersOwnDistributionIsAPrior() {
        NoisyPrior prior = NoisyPrior.of(new Triangle());
        for (double y = -3.5; y <= 3.5; y += 0.25) {
            // Where the box does not cover the peak, the mean of a linear density is that at its middle.
            double exact = Math.abs(y) >= 0.5 ? (4 - Math.abs(y)) / 16 : (4 - y * y - 0.25) / 16;
            assertThat(prior.prob(0, y)).isCloseTo(exact, offset(4e-16));
            assertThat(prior.logProb(0, y)).isCloseTo(Math.log(exact), offset(1e-14));
        }
        assertThat(prior.prob(0, 5)).isZero();
        assertThat(prior.logProb(0, 5)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(prior.logProb(0, -4.4)).isFinite();
        assertThat(prior.lowerTail(0, 0.5))
                .isEqualTo(-prior.upperTail(0, 0.5))
                .isCloseTo(Math.sqrt(8) - 4, offset(1e-15));
        assertThat(prior.quantizationOffset(0)).isZero();
        assertThat(prior.parameters()).isEmpty();
        KolmogorovSmirnov.assertDrawsOfTheNoisyPrior(10_000, () -> prior.sample(0, random), prior.base());
    }

    @Test
    void aPriorOfMoreElementsThanAnArrayHoldsIsRefused() {
        Triangle many = new Triangle(Shape.of(1 << 16, 1 << 16));
        assertThatThrownBy(() -> NoisyPrior.of(many).size())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the number of elements must be at most 2^31 - 9: shape=(65536, 65536)");
        assertThatThrownBy(() -> CdfTableBuilder.build(NoisyPrior.of(many), 1, 0.1, 12, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(65536, 65536)");
    }

    /** At an integer, where the inverse rises by up to 1e308 a unit. */
    @Test
    void slopesOfNearlyRoundedPriorsAreFinite() {
        for (double alpha = 690; alpha < 730; alpha++) {
            Prior prior = NoisyRounded.soft(normal(10, 0.01), alpha);
            double[] dy = new double[1];
            prior.logProbGradients(new double[] {0.5}, 0, 0, 1, new double[] {-3}, 0, dy, 0, new double[2][1]);
            assertThat(dy[0]).as("alpha=%s", alpha).isFinite();
        }
    }

    /** Between humps both CDFs of a box are alike to the last bit. */
    @Test
    void softRoundedMixturesHaveAccurateLogDensitiesBetweenHumps() {
        Shape shape = Shape.of(2);
        Prior inner = NoisyNormalMixture.of(
                Tensor.of(shape, -20.0, 20.0), Tensor.of(shape, 1.0, 1.0), Tensor.of(shape, 0.5, 0.5));
        for (double y : new double[] {-12, -10, -3.3, 0, 5, 7.75}) {
            Prior identity = NoisyRounded.soft(inner, 0);
            assertThat(identity.logProb(0, y)).isCloseTo(inner.logProb(0, y), within(1e-9));
            Prior soft = NoisyRounded.soft(inner, 3);
            double step = 1e-4;
            double slope = (soft.logProb(0, y + step) - soft.logProb(0, y - step)) / (2 * step);
            double[] dy = new double[1];
            double[] several = {y, y};
            soft.logProbGradients(new double[] {y}, 0, 0, 1, new double[] {1}, 0, dy, 0, new double[3][2]);
            assertThat(dy[0]).as("y=%s", y).isCloseTo(slope, withinPercentage(0.01));
            soft.logProb(several, 0, 0, 1, several, 1);
            assertThat(several[1]).isEqualTo(soft.logProb(0, y)).isFinite();
        }
    }

    @Test
    void softRoundingNeedsAFiniteAlpha() {
        for (double alpha : new double[] {-1, Double.POSITIVE_INFINITY, Double.NaN}) {
            assertThatThrownBy(() -> SoftRound.softRound(0.5, alpha))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("alpha must be finite and at least 0: alpha=" + alpha);
        }
        assertThat(SoftRound.softRound(0.7, Double.MAX_VALUE)).isEqualTo(1);
    }

    @Test
    void rootSearchEndsAtNeighbouringDoubles() {
        for (double root : new double[] {0, 1e-300, -1e-12, 0.1, -123.456, 1e17, -1e200}) {
            double found = RootSearch.increasing(x -> Math.signum(x - root), 0.5, 1);
            assertThat(Math.abs(found - root)).isLessThanOrEqualTo(Math.max(Math.ulp(root), 1e-40));
        }
        assertThatThrownBy(() -> RootSearch.increasing(x -> -1, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the function must cross zero within the doubles: bound=Infinity");
        assertThatThrownBy(() -> RootSearch.increasing(x -> Double.NaN, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the function must cross zero within the doubles");
    }
}
