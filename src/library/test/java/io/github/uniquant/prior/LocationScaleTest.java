package io.github.uniquant.prior;

import static io.github.uniquant.internal.kernel.BigMath.big;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.github.uniquant.internal.kernel.BigMath;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The normal, logistic and Laplace families against decimal arithmetic of 90 digits. */
class LocationScaleTest {
    private static final double[] SCALES = {1e-8, 1e-3, 0.05, 0.11, 0.3, 0.7, 1, 3, 15.9, 16.1, 64, 1e3, 1e6, 1e10};

    private final SplittableRandom random = new SplittableRandom(2);

    private static Prior prior(PriorOracle family, Tensor loc, Tensor scale) {
        return switch (family) {
            case NORMAL -> NoisyNormal.of(loc, scale);
            case LOGISTIC -> NoisyLogistic.of(loc, scale);
            case LAPLACE -> NoisyLaplace.of(loc, scale);
        };
    }

    private static Prior prior(PriorOracle family, double loc, double scale) {
        return prior(family, Tensor.of(Shape.scalar(), loc), Tensor.of(Shape.scalar(), scale));
    }

    /** How far out, in scales, the tail falls to 1e-300. */
    private static double reach(PriorOracle family) {
        return family == PriorOracle.NORMAL ? 36.9 : 688;
    }

    private static void assertProb(Prior prior, double y, BigDecimal exact) {
        double prob = prior.prob(0, y);
        if (exact.doubleValue() > 1e-300) {
            assertThat(BigMath.relativeError(prob, exact))
                    .as("prob at y=%s of %s: %s", y, prior.family(), prob)
                    .isLessThanOrEqualTo(1e-12);
        } else {
            assertThat(prob).isLessThanOrEqualTo(1e-299);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tailsOfTheBaseAreWithinAFewUlpsOfTheStandardisedArgument(PriorOracle family) {
        for (int i = 0; i < 300; i++) {
            double loc = random.nextDouble(-3, 3);
            double scale = Math.exp(random.nextDouble(-5, 5));
            double x = loc + scale * random.nextDouble(-1, 1) * (i % 2 == 0 ? reach(family) : 3);
            BaseDistribution base = prior(family, loc, scale).base();
            BigDecimal z = big((x - loc) / scale);
            assertThat(BigMath.ulps(base.survival(0, x), family.upper(z))).isLessThanOrEqualTo(4);
            assertThat(BigMath.ulps(base.cdf(0, x), family.upper(z.negate()))).isLessThanOrEqualTo(4);
            assertThat(BigMath.ulps(base.logSurvival(0, x), family.logUpper(z))).isLessThanOrEqualTo(4);
            assertThat(BigMath.ulps(base.logCdf(0, x), family.logUpper(z.negate())))
                    .isLessThanOrEqualTo(4);
        }
    }

    @ParameterizedTest
    @EnumSource
    void probIsExactTo1e12AtEveryScaleAndDistance(PriorOracle family) {
        for (double scale : SCALES) {
            for (int i = 0; i < 40; i++) {
                double loc = random.nextDouble(-3, 3);
                double spread = i % 2 == 0 ? reach(family) : 2;
                double y = loc + (0.5 + scale * spread) * random.nextDouble(-1, 1);
                assertProb(prior(family, loc, scale), y, family.prob(y, loc, scale));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void edgesOfATinyScaleAreWhereTheRealNumbersPutThem(PriorOracle family) {
        double[][] cases = {{0.3, -0.2}, {-0.3, 0.2}, {0.1, 0.6}, {1.1, 0.6}, {1e-17, 0.5}, {123.7, 123.2}, {0.1, -0.4}
        };
        for (double[] c : cases) {
            for (double scale : new double[] {1e-8, 1e-15, 1e-17}) {
                assertProb(prior(family, c[1], scale), c[0], family.prob(c[0], c[1], scale));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void logProbIsAccurateFarBeyondTheUnderflowOfProb(PriorOracle family) {
        for (double scale : SCALES) {
            for (int i = 0; i < 30; i++) {
                double loc = random.nextDouble(-3, 3);
                double spread = i % 2 == 0 ? 4000 : 3;
                double y = loc + (0.5 + scale * spread) * random.nextDouble(-1, 1);
                double exact = family.logProb(y, loc, scale).doubleValue();
                if (exact > -1e300) {
                    assertThat(prior(family, loc, scale).logProb(0, y))
                            .as("y=%s loc=%s scale=%s", y, loc, scale)
                            .isCloseTo(exact, offset(1e-13 - 1e-13 * exact));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void logProbIsNeverAboveZeroNorNotANumber(PriorOracle family) {
        double[] scales = {Double.MIN_VALUE, 1e-310, 1e-300, 1e-100, 1, 1e100, 1e200, Double.MAX_VALUE};
        double[] points = {0, Double.MIN_VALUE, 0.5, -0.5, 1, 1e10, 1e100, 1e160, -1e300, Double.MAX_VALUE};
        for (double scale : scales) {
            Prior prior = prior(family, 0, scale);
            for (double y : points) {
                assertThat(prior.logProb(0, y)).as("y=%s scale=%s", y, scale).isLessThanOrEqualTo(0);
                assertThat(prior.prob(0, y)).as("y=%s scale=%s", y, scale).isBetween(0.0, 1.0);
            }
            assertThat(prior.prob(0, Double.POSITIVE_INFINITY)).isZero();
            assertThat(prior.prob(0, Double.NEGATIVE_INFINITY)).isZero();
            assertThat(prior.prob(0, Double.NaN)).isNaN();
        }
    }

    @ParameterizedTest
    @EnumSource
    void quantilesInvertTheBase(PriorOracle family) {
        for (double p : new double[] {1e-300, 1e-17, 1e-9, 0x1p-9, 0.2, 0.25, 0.3, 0.4999999999, 0.5, 0.7, 0.999}) {
            BaseDistribution base = prior(family, 0, 1).base();
            double low = base.quantile(0, p);
            double high = base.upperQuantile(0, p);
            assertThat(low + high).isZero();
            double slack = 4 * Math.ulp(high) * Math.exp(base.logDensity(0, high)) + 2 * Math.ulp(p);
            assertThat(big(p).subtract(family.upper(big(high))).abs().doubleValue())
                    .as("p=%s", p)
                    .isLessThanOrEqualTo(slack);
            BaseDistribution shifted = prior(family, 1.5, 3).base();
            assertThat(shifted.quantile(0, p)).isEqualTo(1.5 + 3 * low);
            assertThat(shifted.upperQuantile(0, p)).isEqualTo(1.5 + 3 * high);
        }
    }

    @ParameterizedTest
    @EnumSource
    void logDensityIsTheDerivativeOfTheCdf(PriorOracle family) {
        BaseDistribution base = prior(family, 0.3, 2.5).base();
        double h = 0x1p-13;
        for (double x : new double[] {-7, -1, 0.25, 0.9, 4, 11}) {
            BigDecimal slope = BigMath.divide(family.interval(big(x - h), big(x + h), 0.3, 2.5), big(2 * h));
            assertThat(base.logDensity(0, x)).isCloseTo(BigMath.log(slope).doubleValue(), offset(1e-8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void samplesFollowTheNoisyDistribution(PriorOracle family) {
        Prior prior = prior(family, 0.3, 0.8);
        KolmogorovSmirnov.assertDrawsOfTheNoisyPrior(10_000, () -> prior.sample(0, random), prior.base());
    }

    @ParameterizedTest
    @EnumSource
    void batchesOfAnyRankAreRowMajorAndFloat32ParametersAreTakenAsTheyAre(PriorOracle family) {
        for (Shape shape : List.of(Shape.scalar(), Shape.of(6), Shape.of(2, 3), Shape.of(1, 3, 1, 2), Shape.of(0))) {
            int n = (int) shape.elements();
            float[] loc = new float[n];
            float[] scale = new float[n];
            for (int i = 0; i < n; i++) {
                loc[i] = i * 0.1f;
                scale[i] = 0.3f + i;
            }
            Prior prior = prior(family, Tensor.of(shape, loc), Tensor.of(shape, scale));
            assertThat(prior.shape()).isEqualTo(shape);
            assertThat(prior.size()).isEqualTo(n);
            assertThat(prior.type()).isEqualTo(ElementType.FLOAT32);
            for (int i = 0; i < n; i++) {
                assertThat(prior.prob(i, 1.25))
                        .isEqualTo(prior(family, loc[i], scale[i]).prob(0, 1.25));
                assertThat(prior.logProb(i, 1.25))
                        .isEqualTo(prior(family, loc[i], scale[i]).logProb(0, 1.25));
                assertThat(prior.quantizationOffset(i)).isEqualTo(loc[i] - Math.rint(loc[i]));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void bulkCallsEqualSingleOnes(PriorOracle family) {
        Prior prior = prior(family, Tensor.of(Shape.of(3), 0.1, -0.2, 4), Tensor.of(Shape.of(3), 0.2, 3.0, 1e-3));
        double[] y = random.doubles(20, -5, 5).toArray();
        double[] prob = new double[25];
        double[] logProb = new double[25];
        double[] row = new double[25];
        prior.prob(y, 3, 2, 15, prob, 5);
        prior.logProb(y, 3, 2, 15, logProb, 5);
        prior.probRow(1, -6.25, 15, row, 5);
        for (int i = 0; i < 15; i++) {
            assertThat(prob[5 + i]).isEqualTo(prior.prob((2 + i) % 3, y[3 + i]));
            assertThat(logProb[5 + i]).isEqualTo(prior.logProb((2 + i) % 3, y[3 + i]));
            assertThat(row[5 + i]).isEqualTo(prior.prob(1, -6.25 + i));
        }
        assertThat(prob).startsWith(0, 0, 0, 0, 0).endsWith(0, 0, 0, 0, 0);
    }

    @ParameterizedTest
    @EnumSource
    void parametersAreCopiedAndCanBeReplaced(PriorOracle family) {
        double[] loc = {0.5, 1};
        Prior prior = prior(family, Tensor.of(Shape.of(2), loc), Tensor.of(Shape.of(2), 1.0, 2.0));
        double before = prior.prob(0, 0);
        loc[0] = 100;
        prior.parameters().get(0).value().doubles()[0] = 100;
        assertThat(prior.prob(0, 0)).isEqualTo(before);
        assertThat(prior.parameters()).extracting("name").containsExactly("loc", "scale");
        Prior replaced =
                prior.withParameters(List.of(Tensor.of(Shape.of(2), 0.0, 0.0), Tensor.of(Shape.of(2), 3.0, 3.0)));
        assertThat(replaced.family()).isEqualTo(prior.family());
        assertThat(replaced.prob(1, 0)).isEqualTo(prior(family, 0, 3).prob(0, 0));
        Prior named = Priors.of(prior.family(), prior.type(), prior.options(), prior.parameters());
        assertThat(named.prob(1, 0.25)).isEqualTo(prior.prob(1, 0.25));
    }

    @ParameterizedTest
    @EnumSource
    void badParametersAreRefused(PriorOracle family) {
        for (double scale : new double[] {0, -0.0, -1}) {
            assertThatThrownBy(() -> prior(family, 0, scale))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a scale must be larger than 0: parameter=scale element=0 value=" + scale);
        }
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertThatThrownBy(() -> prior(family, bad, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("parameters must be finite: parameter=loc element=0 value=" + bad);
            assertThatThrownBy(() -> prior(family, 0, bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("parameters must be finite: parameter=scale element=0 value=" + bad);
        }
        assertThatThrownBy(() -> prior(family, Tensor.of(Shape.of(1), 0.0), Tensor.of(Shape.scalar(), 1.0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("parameters must have the same shape and type: loc=");
        assertThatThrownBy(() -> prior(family, Tensor.of(Shape.of(1), 0f), Tensor.of(Shape.of(1), 1.0)))
                .hasMessageContaining("parameters must have the same shape and type");
        assertThatThrownBy(() -> prior(family, Tensor.of(Shape.of(1), 0), Tensor.of(Shape.of(1), 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parameters must be float32 or float64: parameter=loc type=int32");
        Prior prior = prior(family, 0, 1);
        assertThatThrownBy(() -> prior.withParameters(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there must be one value for each parameter: values=0 parameters=2");
        assertThatThrownBy(() -> Priors.of("NoisyCauchy", ElementType.FLOAT64, prior.options(), prior.parameters()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the prior must be of a family that the library knows: family=NoisyCauchy");
        assertThatThrownBy(() -> Priors.of(prior.family(), ElementType.FLOAT64, prior.options(), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the parameter must be given: name=loc given=[]");
        assertThatThrownBy(() -> Priors.of(prior.family(), ElementType.FLOAT32, prior.options(), prior.parameters()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parameters must have the prior's type: parameter=loc type=float64 expected=float32");
    }
}
