package io.github.uniquant.prior;

import static io.github.uniquant.internal.kernel.BigMath.big;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.internal.kernel.BigMath;
import io.github.uniquant.tensor.Shape;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The largest errors of distributions, as kernels compute them, against decimal arithmetic. The property {@code
 * uniquant.accuracyPoints} sets the number of points of each kind; where it is set, the errors are printed, for
 * {@code docs/kernels.md}.
 */
class AccuracyTest {
    private static final String PROPERTY = "uniquant.accuracyPoints";
    private static final int POINTS = Integer.getInteger(PROPERTY, 150);

    /** Of slopes in units of the scale: below it, densities that they are made of may be subnormal. */
    private static final double LEAST_SLOPE = 1e-290;

    /** Where values are drawn from, in units of the scale from the location. */
    enum Reach {
        CENTRE(-3, 3),
        TAILS(-40, 40),
        SUBNORMAL(-750, -700), // where tails leave the normal doubles
        FAR(-1000, 1000);

        final double from;
        final double to;

        Reach(double from, double to) {
            this.from = from;
            this.to = to;
        }
    }

    /** Values of this reach. */
    private double draw(PriorOracle oracle, Reach reach) {
        return oracle == PriorOracle.NORMAL && reach == Reach.SUBNORMAL
                ? random.nextDouble(-38.6, -37.4)
                : random.nextDouble(reach.from, reach.to);
    }

    /** Noisy priors and a value for each, whose box has its prior's location or an edge within a reach. */
    private record Case(double[] scale, double[] loc, double[] y, Prior prior) {}

    /** Scales of every size, 1e-8 among them, and locations that are not representable sums with the edges of boxes. */
    private Case drawCase(PriorOracle oracle, Reach reach) {
        double[] scale = new double[POINTS];
        Arrays.setAll(scale, i -> i % 4 == 0 ? 1e-8 : Math.pow(10, random.nextDouble(-8, 6)));
        double[] loc = random.doubles(POINTS, -10, 10).toArray();
        double[] y = new double[POINTS];
        for (int i = 0; i < POINTS; i++) {
            double edge = i % 3 == 0 ? 0 : random.nextBoolean() ? 0.5 : -0.5;
            y[i] = loc[i] + edge + scale[i] * draw(oracle, reach);
        }
        return new Case(scale, loc, y, prior(oracle, loc, scale));
    }

    private static Stream<Arguments> families() {
        return Stream.of(PriorOracle.values())
                .flatMap(oracle -> Stream.of(Reach.values()).map(reach -> Arguments.of(oracle, reach)));
    }

    private final SplittableRandom random = new SplittableRandom(1);

    private static Prior prior(PriorOracle oracle, double[] loc, double[] scale) {
        Shape shape = Shape.of(loc.length);
        return switch (oracle) {
            case NORMAL -> NoisyNormal.of(shape, loc, scale);
            case LOGISTIC -> NoisyLogistic.of(shape, loc, scale);
            case LAPLACE -> NoisyLaplace.of(shape, loc, scale);
        };
    }

    /** The largest error so far, and where it was. */
    private static final class Worst {
        private double error;
        private double z;
        private double scale;

        /** An error at z scales from the location. */
        void see(double seen, double atZ, double atScale) {
            if (!(seen <= error)) {
                error = seen;
                z = atZ;
                scale = atScale;
            }
        }

        void report(String what) {
            if (System.getProperty(PROPERTY) != null) {
                System.out.printf(
                        "accuracy: %s points=%d error=%.3g z=%.4g scale=%.3g%n", what, POINTS, error, z, scale);
            }
        }
    }

    /** The standard distribution: what is left is the error of the functions themselves. */
    @ParameterizedTest
    @MethodSource("families")
    void standardDistributionsAreWithinAFewUnitsInTheLastPlace(PriorOracle oracle, Reach reach) {
        BaseDistribution base =
                prior(oracle, new double[] {0}, new double[] {1}).base();
        double[] x = new double[POINTS];
        Arrays.setAll(x, i -> draw(oracle, reach));
        double[] cdf = new double[POINTS];
        double[] survival = new double[POINTS];
        double[] logSurvival = new double[POINTS];
        base.cdf(x, 0, 0, POINTS, cdf, 0);
        base.survival(x, 0, 0, POINTS, survival, 0);
        base.logSurvival(x, 0, 0, POINTS, logSurvival, 0);
        Worst worst = new Worst();
        Worst worstLog = new Worst();
        for (int i = 0; i < POINTS; i++) {
            worst.see(BigMath.ulps(cdf[i], oracle.upper(big(-x[i]))), -x[i], 1);
            worst.see(BigMath.ulps(survival[i], oracle.upper(big(x[i]))), x[i], 1);
            worstLog.see(BigMath.ulps(logSurvival[i], oracle.logUpper(big(x[i]))), x[i], 1);
        }
        worst.report(oracle + " " + reach + " cdf and survival, ulps");
        worstLog.report(oracle + " " + reach + " log survival, ulps");
        assertThat(worst.error).isLessThanOrEqualTo(4);
        assertThat(worstLog.error).isLessThanOrEqualTo(4);
    }

    @ParameterizedTest
    @MethodSource("families")
    void noisyDensitiesKeepTheirRelativeError(PriorOracle oracle, Reach reach) {
        Case drawn = drawCase(oracle, reach);
        double[] scale = drawn.scale;
        double[] loc = drawn.loc;
        double[] y = drawn.y;
        double[] prob = new double[POINTS];
        double[] logProb = new double[POINTS];
        drawn.prior.prob(y, 0, 0, POINTS, prob, 0);
        drawn.prior.logProb(y, 0, 0, POINTS, logProb, 0);
        Worst worst = new Worst();
        Worst worstLog = new Worst();
        for (int i = 0; i < POINTS; i++) {
            double distance = (y[i] - loc[i]) / scale[i];
            BigDecimal exact = oracle.prob(y[i], loc[i], scale[i]);
            if (exact.doubleValue() >= Double.MIN_NORMAL) {
                // A relative error of z moves the density by z times the hazard, which is z or 1, as much.
                double z = Math.max(0, (Math.abs(y[i] - loc[i]) - 0.5) / scale[i]);
                double condition = 1 + (oracle == PriorOracle.NORMAL ? z * z : z);
                worst.see(BigMath.relativeError(prob[i], exact) / condition, distance, scale[i]);
            } else {
                assertThat(prob[i]).isBetween(0.0, 2 * Double.MIN_NORMAL);
            }
            BigDecimal exactLog = oracle.logProb(y[i], loc[i], scale[i]);
            double unit = Math.max(1, Math.abs(exactLog.doubleValue()));
            worstLog.see(
                    Math.abs(BigMath.subtract(big(logProb[i]), exactLog).doubleValue()) / unit, distance, scale[i]);
        }
        worst.report(oracle + " " + reach + " noisy density, relative, over its condition");
        worstLog.report(oracle + " " + reach + " log of it, relative or absolute");
        assertThat(worst.error).isLessThan(1e-14);
        assertThat(worstLog.error).isLessThan(1e-14);
    }

    /** Gradients, where a difference of log-densities would be rounding alone, too. */
    @ParameterizedTest
    @MethodSource("families")
    void gradientsKeepTheirRelativeError(PriorOracle oracle, Reach reach) {
        Case drawn = drawCase(oracle, reach);
        double[] scale = drawn.scale;
        double[] loc = drawn.loc;
        double[] y = drawn.y;
        double[] weights = new double[POINTS];
        Arrays.fill(weights, 1);
        double[] byY = new double[POINTS];
        double[][] byParameters = new double[2][POINTS];
        drawn.prior.logProbGradients(y, 0, 0, POINTS, weights, 0, byY, 0, byParameters);
        Worst worst = new Worst();
        Worst worstByScale = new Worst();
        for (int i = 0; i < POINTS; i++) {
            BigDecimal[] exact = oracle.logProbGradients(y[i], loc[i], scale[i]);
            double distance = Math.abs(y[i] - loc[i]);
            double z = Math.max(0, 0.5 - distance) / scale[i];
            double condition = 1 + (oracle == PriorOracle.NORMAL ? z * z : z);
            if (distance < 0.5) {
                condition *= Math.max(1, scale[i] / distance); // the difference of two densities nearly alike
            }
            // Deep in the box the densities at its edges underflow. Outside, the slope by the scale passes 0.
            if (Math.abs(exact[0].doubleValue()) * scale[i] > LEAST_SLOPE) {
                worst.see(BigMath.relativeError(byY[i], exact[0]) / condition, distance / scale[i], scale[i]);
                double unit = Math.abs(exact[1].doubleValue()) + (distance > 0.5 ? 1 / scale[i] : 0);
                double difference = BigMath.subtract(big(byParameters[1][i]), exact[1])
                        .abs()
                        .doubleValue();
                worstByScale.see(difference / unit / condition, distance / scale[i], scale[i]);
            }
            assertThat(byParameters[0][i]).isEqualTo(-byY[i]);
        }
        worst.report(oracle + " " + reach + " gradient by y, relative, over its condition");
        worstByScale.report(oracle + " " + reach + " gradient by the scale, relative, over its condition");
        assertThat(worst.error).isLessThan(1e-14);
        assertThat(worstByScale.error).isLessThan(1e-14);
    }
}
