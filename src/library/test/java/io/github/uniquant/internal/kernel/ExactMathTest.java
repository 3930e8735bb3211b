package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.BigMath.big;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Errors in units in the last place, against decimal arithmetic of 90 digits. */
class ExactMathTest {
    private static final int POINTS = 400;

    private final SplittableRandom random = new SplittableRandom(1);

    private double[] uniform(double low, double high) {
        double[] points = new double[POINTS];
        Arrays.setAll(points, i -> random.nextDouble(low, high));
        points[0] = low;
        return points;
    }

    /** Points spread evenly over the powers of two. */
    private double[] scattered(double low, double high) {
        double[] points = new double[POINTS];
        Arrays.setAll(points, i -> Math.exp(random.nextDouble(Math.log(low), Math.log(high))));
        points[0] = low;
        points[1] = high;
        return points;
    }

    private static double[] negated(double[] points) {
        return Arrays.stream(points).map(x -> -x).toArray();
    }

    private static void assertUlps(
            double bound, DoubleUnaryOperator actual, UnaryOperator<BigDecimal> exact, double[]... pointSets) {
        for (double[] points : pointSets) {
            for (double x : points) {
                double value = actual.applyAsDouble(x);
                assertThat(BigMath.ulps(value, exact.apply(big(x))))
                        .as("ulps at x=%s value=%s", x, value)
                        .isLessThanOrEqualTo(bound);
            }
        }
    }

    private static BigDecimal exactLog1mExp(BigDecimal d) {
        return d.compareTo(BigDecimal.ONE) < 0
                ? BigMath.log(BigMath.expm1(d.negate()).negate())
                : BigMath.log1p(BigMath.exp(d.negate()).negate());
    }

    @Test
    void expIsWithinAnUlpDownToTheLeastSubnormal() {
        assertUlps(1, ExactMath::exp, BigMath::exp, uniform(-5, 5), uniform(-745.1, 709.78), uniform(-745.1, -708));
        assertThat(ExactMath.exp(709.782712893384)).isEqualTo(1.7976931348622732e308);
        assertThat(ExactMath.exp(709.7827128933841)).isInfinite();
        assertThat(ExactMath.exp(Double.POSITIVE_INFINITY)).isInfinite();
        assertThat(ExactMath.exp(-745.1332)).isEqualTo(Double.MIN_VALUE);
        assertThat(ExactMath.exp(-745.1333)).isZero();
        assertThat(ExactMath.exp(Double.NEGATIVE_INFINITY)).isZero();
        assertThat(ExactMath.exp(0)).isEqualTo(1);
        assertThat(ExactMath.exp(Double.NaN)).isNaN();
    }

    @Test
    void expm1KeepsItsRelativeErrorNearZero() {
        double[] tiny = scattered(1e-320, 1);
        assertUlps(2, ExactMath::expm1, BigMath::expm1, tiny, negated(tiny), uniform(-2, 2), uniform(-60, 709.78));
        assertThat(ExactMath.expm1(Double.POSITIVE_INFINITY)).isInfinite();
        assertThat(ExactMath.expm1(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
        assertThat(ExactMath.expm1(Double.NaN)).isNaN();
    }

    @Test
    void logIsWithinAnUlpFromSubnormalsToTheLargest() {
        double[] nearOne = scattered(1e-15, 0.1);
        assertUlps(
                1,
                ExactMath::log,
                BigMath::log,
                scattered(Double.MIN_VALUE, Double.MAX_VALUE),
                uniform(0.5, 2),
                Arrays.stream(nearOne).map(x -> 1 + x).toArray(),
                Arrays.stream(nearOne).map(x -> 1 - x).toArray());
        assertThat(ExactMath.log(0)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(ExactMath.log(Double.POSITIVE_INFINITY)).isInfinite();
        assertThat(ExactMath.log(-1)).isNaN();
        assertThat(ExactMath.log(Double.NaN)).isNaN();
    }

    @Test
    void log2IsExactForPowersOfTwoAndAccurateNextToThem() {
        for (int k = -1074; k < 1024; k++) {
            assertThat(ExactMath.log2(Math.scalb(1.0, k))).isEqualTo(k);
        }
        double[] nearOne = scattered(1e-15, 0.1);
        assertUlps(
                2,
                ExactMath::log2,
                BigMath::log2,
                scattered(Double.MIN_VALUE, Double.MAX_VALUE),
                uniform(0.5, 2),
                Arrays.stream(nearOne).map(x -> 1 - x).toArray());
    }

    @Test
    void log1pHoldsForTinyAndForHugeArguments() {
        double[] tiny = scattered(1e-320, 0.999999);
        assertUlps(
                1.5,
                ExactMath::log1p,
                BigMath::log1p,
                scattered(1e-320, Double.MAX_VALUE),
                scattered(1e-3, 1e3),
                negated(tiny),
                uniform(Math.nextUp(-1.0), 0));
        assertThat(ExactMath.log1p(-1)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(ExactMath.log1p(Double.POSITIVE_INFINITY)).isInfinite();
        assertThat(ExactMath.log1p(-1.1)).isNaN();
    }

    @Test
    void log1mExpHoldsNearZeroAndFarOut() {
        assertUlps(1.5, ExactMath::log1mExp, ExactMathTest::exactLog1mExp, scattered(1e-300, 30), uniform(0.3, 744));
        assertThat(ExactMath.log1mExp(0)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(ExactMath.log1mExp(Double.POSITIVE_INFINITY)).isZero();
    }

    @Test
    void tanhAndItsInverseHoldAtBothEnds() {
        double[] tiny = scattered(1e-320, 30);
        assertUlps(3, ExactMath::tanh, BigMath::tanh, tiny, negated(tiny), uniform(-3, 3));
        assertThat(ExactMath.tanh(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
        double[] nearOne = Arrays.stream(scattered(1e-16, 0.1)).map(x -> 1 - x).toArray();
        assertUlps(2, ExactMath::atanh, BigMath::atanh, scattered(1e-310, 0.9), uniform(-0.99, 1), nearOne);
        assertThat(ExactMath.atanh(1)).isInfinite();
        assertThat(ExactMath.atanh(-1)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void logisticAndItsLogHoldInBothTails() {
        assertUlps(2, ExactMath::logistic, BigMath::logistic, uniform(-745, 60), uniform(-745, -700), uniform(-3, 3));
        assertUlps(
                2, ExactMath::logLogistic, BigMath::logLogistic, uniform(-1000, 744), uniform(-5, 5), uniform(30, 744));
        assertUlps(
                2,
                ExactMath::softplus,
                x -> BigMath.logLogistic(x.negate()).negate(),
                uniform(-744, 1000),
                uniform(-5, 5));
        assertThat(ExactMath.softplus(1e300)).isEqualTo(1e300);
    }

    @Test
    void logisticIntervalsDoNotCancel() {
        for (int i = 0; i < POINTS; i++) {
            double d = scattered(1e-12, 50)[2];
            double a = random.nextDouble(-300, 300);
            double b = a + d;
            BigDecimal exact = BigMath.expm1(big(d).negate())
                    .negate()
                    .multiply(BigMath.logistic(big(a).negate()))
                    .multiply(BigMath.logistic(big(a).add(big(d))));
            assertThat(BigMath.relativeError(ExactMath.logisticInterval(a, b, d), exact))
                    .as("a=%s d=%s", a, d)
                    .isLessThan(1e-13);
            assertThat(BigMath.relativeError(ExactMath.logLogisticInterval(a, b, d), BigMath.log(exact)))
                    .as("a=%s d=%s", a, d)
                    .isLessThan(1e-13);
        }
    }

    @Test
    void normalDistributionIsWithinFourUlpsInBothTails() {
        assertUlps(
                4,
                z -> ExactMath.normalCdf(-z),
                BigMath::normalSurvival,
                uniform(0, 37.5),
                uniform(-9, 9),
                uniform(37, 38.4),
                scattered(1e-300, 1));
        assertUlps(3, ExactMath::normalDensity, BigMath::normalDensity, uniform(-38.5, 38.5));
        assertThat(ExactMath.normalCdf(40)).isEqualTo(1);
        assertThat(ExactMath.normalCdf(-40)).isZero();
        assertThat(ExactMath.normalCdf(Double.NEGATIVE_INFINITY)).isZero();
    }

    @Test
    void logNormalSurvivalHoldsWhereTheSurvivalUnderflows() {
        assertUlps(
                4,
                ExactMath::logNormalSurvival,
                BigMath::logNormalSurvival,
                uniform(-37, 60),
                uniform(-2, 2),
                scattered(1, 1e140));
        assertThat(ExactMath.logNormalSurvival(Double.NEGATIVE_INFINITY)).isZero();
    }

    @Test
    void normalUpperQuantileInvertsTheSurvival() {
        double[] nearHalf =
                Arrays.stream(scattered(1e-16, 0.25)).map(d -> 0.5 - d).toArray();
        for (double[] points : new double[][] {scattered(1e-307, 0.5), uniform(1e-3, 0.5), nearHalf}) {
            for (double p : points) {
                double z = ExactMath.normalUpperQuantile(p);
                // The error of z, from that of its survival function.
                BigDecimal error = BigMath.divide(
                        BigMath.normalSurvival(big(z)).subtract(big(p)).abs(), BigMath.normalDensity(big(z)));
                assertThat(error.doubleValue()).as("p=%s z=%s", p, z).isLessThanOrEqualTo(4 * Math.ulp(z));
            }
        }
        assertThat(ExactMath.normalUpperQuantile(0.5)).isZero();
    }
}
