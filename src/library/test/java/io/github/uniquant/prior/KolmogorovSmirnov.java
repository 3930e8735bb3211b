package io.github.uniquant.prior;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.function.DoubleUnaryOperator;

/** The test of Kolmogorov and Smirnov: whether draws follow a distribution. */
final class KolmogorovSmirnov {
    /** The statistic times sqrt(n) exceeds this with probability 1e-4; the draws here have fixed seeds. */
    private static final double CRITICAL = 2.23;

    private static final int SLICES = 32;

    private KolmogorovSmirnov() {}

    static void assertDrawnFrom(int draws, DoubleSupplier draw, DoubleUnaryOperator cdf) {
        double[] sorted = new double[draws];
        Arrays.setAll(sorted, i -> draw.getAsDouble());
        Arrays.sort(sorted);
        double distance = 0;
        for (int i = 0; i < draws; i++) {
            double p = cdf.applyAsDouble(sorted[i]);
            distance = Math.max(distance, Math.max((i + 1.0) / draws - p, p - (double) i / draws));
        }
        assertThat(distance * Math.sqrt(draws)).isLessThan(CRITICAL);
    }

    /** Draws of a noisy prior: the CDF of y + u is the mean of the base's over a unit box. */
    static void assertDrawsOfTheNoisyPrior(int draws, DoubleSupplier draw, BaseDistribution base) {
        assertDrawnFrom(draws, draw, y -> boxMean(x -> base.cdf(0, x), y));
    }

    /** The mean of a function over the unit box about y, by the midpoint rule. */
    private static double boxMean(DoubleUnaryOperator f, double y) {
        double sum = 0;
        for (int i = 0; i < SLICES; i++) {
            sum += f.applyAsDouble(y - 0.5 + (i + 0.5) / SLICES);
        }
        return sum / SLICES;
    }
}
