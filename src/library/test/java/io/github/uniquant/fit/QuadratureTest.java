package io.github.uniquant.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuadratureTest {
    /** The variance of a piece of an interval: an eighth wide at most where cells are narrow. */
    private static final double LOST = 1.0 / 64 / 12;

    private static double[] draws(double scale) {
        SplittableRandom random = new SplittableRandom(1);
        double[] values = new double[8000];
        Arrays.setAll(values, i -> 3.3 + scale * random.nextGaussian());
        return values;
    }

    private static Quadrature of(double[] values, int resolution) {
        Samples samples = Samples.of(Tensor.of(Shape.of(values.length), values), Shape.scalar());
        return Quadrature.of(samples.histogram(0), resolution, 0x1p-16);
    }

    private static double mean(Quadrature data, DoubleUnaryOperator f) {
        double sum = 0;
        double weights = 0;
        for (int i = 0; i < data.points().length; i++) {
            sum += data.weights()[i] * f.applyAsDouble(data.points()[i]);
            weights += data.weights()[i];
        }
        return sum / weights;
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-4, 0.03, 0.5, 1, 7, 1000, 1e7})
    void momentsAreThoseOfTheDitheredValues(double scale) {
        double[] values = draws(scale);
        double mean = Arrays.stream(values).average().orElseThrow();
        double square =
                Arrays.stream(values).map(y -> (y - 3.3) * (y - 3.3)).average().orElseThrow();
        for (int resolution : new int[] {Quadrature.COARSE, Quadrature.FINE}) {
            Quadrature data = of(values, resolution);
            assertThat(Arrays.stream(data.weights()).sum()).isCloseTo(values.length, within(1e-6));
            assertThat(mean(data, t -> t)).isCloseTo(mean, within(1e-7 * (1 + scale)));
            double variance = square + 1.0 / 12;
            assertThat(mean(data, t -> (t - 3.3) * (t - 3.3)))
                    .isCloseTo(variance, within(variance * 2 / (resolution * resolution) + LOST));
            assertThat(data.points().length).isLessThan(40 * resolution);
        }
    }

    /** The share of dither that takes values beyond a point is steep where the values are dense. */
    @ParameterizedTest
    @ValueSource(doubles = {0.03, 0.5, 7})
    void sharesBeyondAPointAreThoseOfTheDitheredValues(double scale) {
        double[] values = draws(scale);
        Quadrature data = of(values, Quadrature.FINE);
        for (double z = -2; z <= 2; z += 0.37) {
            double edge = 3.8 + z * scale;
            double expected = Arrays.stream(values)
                    .map(y -> Math.clamp(y + 0.5 - edge, 0, 1))
                    .average()
                    .orElseThrow();
            assertThat(mean(data, t -> t > edge ? 1 : 0)).isCloseTo(expected, within(0.01));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1000, 1_000_000_000})
    void anAtomKeepsItsPlace(long count) {
        double[] values = {-1e6, 0.25, 900};
        Quadrature data = Quadrature.of(
                new Histogram.View(values, new long[] {1, count, 1}, count + 2), Quadrature.FINE, 0x1p-16);
        assertThat(mean(data, t -> Math.abs(t - 0.25) < 0.5 ? 1 : 0)).isCloseTo(count / (count + 2.0), within(1e-9));
        assertThat(data.extent(0.3)).isZero();
        assertThat(data.median()).isEqualTo(0.25);
    }
}
