package io.github.uniquant.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class QuasiNewtonTest {
    @Test
    void rosenbrocksValleyIsFollowedToItsEnd() {
        int[] calls = {0};
        QuasiNewton.Minimum minimum = QuasiNewton.minimize(
                (x, g) -> {
                    calls[0]++;
                    double a = 1 - x[0];
                    double b = x[1] - x[0] * x[0];
                    g[0] = -2 * a - 400 * x[0] * b;
                    g[1] = 200 * b;
                    return a * a + 100 * b * b;
                },
                new double[] {-1.2, 1},
                200,
                1e-14);
        assertThat(minimum.value()).isLessThan(1e-12);
        assertThat(minimum.x()[0]).isCloseTo(1, within(1e-5));
        assertThat(calls[0]).isLessThan(100);
    }

    @Test
    void illConditionedQuadraticsTakeFewSteps() {
        int n = 20;
        QuasiNewton.Minimum minimum = QuasiNewton.minimize(
                (x, g) -> {
                    double sum = 0;
                    for (int i = 0; i < n; i++) {
                        double weight = Math.pow(10, i / 4.0);
                        g[i] = weight * (x[i] - i);
                        sum += weight * (x[i] - i) * (x[i] - i) / 2;
                    }
                    return sum;
                },
                new double[n],
                200,
                1e-10);
        for (int i = 0; i < n; i++) {
            assertThat(minimum.x()[i]).isCloseTo(i, within(1e-3));
        }
    }

    @Test
    void placesThatAreNotFiniteAreKeptAwayFrom() {
        QuasiNewton.Minimum minimum = QuasiNewton.minimize(
                (x, g) -> {
                    g[0] = 1 - 0.01 / x[0];
                    return x[0] > 0 ? x[0] - 0.01 * Math.log(x[0]) : Double.POSITIVE_INFINITY;
                },
                new double[] {5},
                100,
                1e-12);
        assertThat(minimum.x()[0]).isCloseTo(0.01, within(1e-5));
    }

    @Test
    void aStartThatIsAMinimumStays() {
        double[] start = {0, 0};
        assertThat(QuasiNewton.minimize((x, g) -> x[0] * x[0], start, 10, 0).x())
                .containsExactly(start)
                .isNotSameAs(start);
        assertThat(QuasiNewton.minimize((x, g) -> Double.NaN, start, 10, 0).x()).containsExactly(start);
    }
}
