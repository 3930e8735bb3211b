package io.github.uniquant.prior;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.tensor.Shape;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The analytic gradients of every family against differences of its own log-densities, and the bulk call's laws. */
class LogProbGradientsTest {
    private static final double RELATIVE = 1e-6;

    /** The families with few enough parameters to know where their densities bend. */
    enum Bare {
        NORMAL,
        LOGISTIC,
        LAPLACE;

        Prior of(double loc, double scale) {
            Shape shape = Shape.scalar();
            return switch (this) {
                case NORMAL -> NoisyNormal.of(shape, new double[] {loc}, new double[] {scale});
                case LOGISTIC -> NoisyLogistic.of(shape, new double[] {loc}, new double[] {scale});
                case LAPLACE -> NoisyLaplace.of(shape, new double[] {loc}, new double[] {scale});
            };
        }
    }

    /** d logProb / d y, and by each parameter, at one value. */
    record Gradients(double byY, double[][] byParameters) {
        static Gradients at(Prior prior, int element, double y) {
            double[] dy = new double[1];
            double[][] byParameters = zeros(prior);
            prior.logProbGradients(new double[] {y}, 0, element, 1, new double[] {1}, 0, dy, 0, byParameters);
            return new Gradients(dy[0], byParameters);
        }
    }

    private static double[][] zeros(Prior prior) {
        return prior.parameters().stream()
                .map(parameter -> new double[parameter.value().size()])
                .toArray(double[][]::new);
    }

    private static void assertAgrees(FiniteDifference expected, double actual, String what) {
        assertThat(actual).as(what).isCloseTo(expected.value(), within(RELATIVE * Math.abs(expected.value())));
    }

    @ParameterizedTest
    @EnumSource(Bare.class)
    void gradientsAreThoseOfTheLogDensityAtEveryScale(Bare family) {
        SplittableRandom random = new SplittableRandom(family.ordinal());
        int compared = 0;
        int trials = 20_000;
        for (int i = 0; i < trials; i++) {
            double scale = Math.exp(random.nextDouble(Math.log(1e-8), Math.log(1e4)));
            double loc = random.nextDouble(-3, 3);
            double sigmas = random.nextDouble(-8, 8);
            double y = switch (i % 4) {
                case 0 -> loc + sigmas * scale;
                case 1 -> loc + sigmas * scale + (random.nextBoolean() ? 0.5 : -0.5);
                case 2 -> loc + random.nextDouble(-0.6, 0.6);
                default -> loc + 150 * sigmas * scale;
            };
            // Where the box's edge passes the Laplace distribution's peak, the derivative has a kink.
            double toKink = Math.abs(Math.abs(y - loc) - 0.5);
            double reach = Math.min(scale, family == Bare.LAPLACE ? 2 * toKink : scale);
            Gradients gradients = Gradients.at(family.of(loc, scale), 0, y);
            String what = "loc=" + loc + " scale=" + scale + " y=" + y;
            FiniteDifference byY =
                    FiniteDifference.of(x -> family.of(loc, scale).logProb(0, x), y, reach);
            FiniteDifference byLoc =
                    FiniteDifference.of(x -> family.of(x, scale).logProb(0, y), loc, reach);
            FiniteDifference byScale =
                    FiniteDifference.of(x -> family.of(loc, x).logProb(0, y), scale, 0.5 * scale);
            if (byY.isSure() && byLoc.isSure() && byScale.isSure()) {
                assertAgrees(byY, gradients.byY, "byY " + what);
                assertAgrees(byLoc, gradients.byParameters[0][0], "byLoc " + what);
                assertAgrees(byScale, gradients.byParameters[1][0], "byScale " + what);
                compared++;
            }
        }
        // The rest is deep in a box far wider than the scale, where the density is 1 to the last bit, or within
        // rounding.
        assertThat(compared).isGreaterThan(trials / 3);
        System.out.println(family + " " + compared);
    }
}
