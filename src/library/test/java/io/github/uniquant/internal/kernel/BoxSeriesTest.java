package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The series of narrow normal boxes against the integral that it stands for, by quadrature. */
class BoxSeriesTest {
    private static final int NODES = 24;

    private final double[] nodes = new double[NODES];
    private final double[] weights = new double[NODES];

    /** Gauss-Legendre quadrature on [0, 1], its nodes by Newton's method. */
    BoxSeriesTest() {
        for (int i = 0; i < NODES; i++) {
            double x = Math.cos(Math.PI * (i + 0.75) / (NODES + 0.5));
            double slope = 0;
            for (int step = 0; step < 20; step++) {
                double last = 1;
                double value = x;
                for (int k = 2; k <= NODES; k++) {
                    double next = ((2 * k - 1) * x * value - (k - 1) * last) / k;
                    last = value;
                    value = next;
                }
                slope = NODES * (x * value - last) / (x * x - 1);
                x -= value / slope;
            }
            nodes[i] = (x + 1) / 2;
            weights[i] = 1 / ((1 - x * x) * slope * slope);
        }
    }

    private double byQuadrature(double u, double v) {
        double mean = 0;
        for (int i = 0; i < NODES; i++) {
            double s = nodes[i];
            mean += weights[i] * Math.exp(-v * s * s / 2) * Math.cosh(s * Math.sqrt(u));
        }
        return Math.log(mean);
    }

    @Test
    void theSeriesIsTheLogarithmOfTheMeanOverTheBox() {
        for (double v = 0; v < 1.01; v += 1.0 / 64) {
            double inverse = 2 * Math.sqrt(v);
            for (double u = 0; u <= BoxSeries.U; u += 1.0 / 16) {
                double t = u * BoxSeries.TO_T - 1;
                double sum = 0;
                for (int j = BoxSeries.COUNT - 1; j >= 0; j--) {
                    sum = sum * t + BoxSeries.coefficient(j, inverse);
                }
                assertThat(sum).as("u=" + u + " v=" + v).isCloseTo(byQuadrature(u, v), within(1.5e-15));
            }
        }
    }
}
