package io.github.uniquant.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplesTest {
    private static Samples scalars(double... values) {
        return Samples.of(Tensor.of(Shape.of(values.length), values), Shape.scalar());
    }

    private static void assertSame(Samples a, Samples b) {
        assertThat(a.histogram(0).values()).isEqualTo(b.histogram(0).values());
        assertThat(a.histogram(0).counts()).isEqualTo(b.histogram(0).counts());
        assertThat(a.count()).isEqualTo(b.count());
    }

    /** Bells, with values far out and some that occur often. */
    private static double[] draws(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[n];
        Arrays.setAll(
                values,
                i -> i % 10 == 0
                        ? random.nextInt(5)
                        : i % 1001 == 0 ? 1e250 * random.nextGaussian() : random.nextGaussian());
        return values;
    }

    @Test
    void fewDifferentValuesAreCountedExactly() {
        SplittableRandom random = new SplittableRandom(1);
        TreeMap<Double, Long> expected = new TreeMap<>();
        Samples samples = Samples.of(ElementType.FLOAT64, Shape.scalar());
        for (int block = 0; block < 50; block++) {
            double[] values = new double[3001];
            Arrays.setAll(values, i -> random.nextInt(-4000, 4000) / 7.0);
            Arrays.stream(values).forEach(value -> expected.merge(value + 0.0, 1L, Long::sum));
            samples.add(Tensor.of(Shape.of(values.length), values));
        }
        assertThat(expected).hasSizeGreaterThan(7000);
        assertThat(samples.histogram(0).values())
                .containsExactly(expected.keySet().stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray());
        assertThat(samples.histogram(0).counts())
                .containsExactly(
                        expected.values().stream().mapToLong(Long::longValue).toArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {5000, 8192, 8193, 100_000})
    void neitherOrderNorCutsNorMergesMatter(int n) {
        double[] values = draws(n, 2);
        Samples whole = scalars(values);
        double[] reversed = new double[n];
        Arrays.setAll(reversed, i -> values[n - 1 - i]);
        assertSame(scalars(reversed), whole);
        Samples cut = Samples.of(ElementType.FLOAT64, Shape.scalar());
        Samples merged = Samples.of(ElementType.FLOAT64, Shape.scalar());
        Samples taken = Samples.of(ElementType.FLOAT64, Shape.scalar()); // from coarser ones, as they hold more values
        for (int first = 0, length = 1; first < n; first += length, length = 3 * length + 1) {
            double[] part = Arrays.copyOfRange(values, first, Math.min(first + length, n));
            cut.add(Tensor.of(Shape.of(part.length), part));
            cut.count(); // settles what waits
            merged = scalars(part).merge(merged);
            taken.merge(scalars(part));
        }
        assertSame(cut, whole);
        assertSame(merged, whole);
        assertSame(taken, whole);
        assertThat(whole.count()).isEqualTo(n);
        assertThat(whole.histogram(0).values().length).isLessThanOrEqualTo(Histogram.MOST_VALUES);
    }

    @Test
    void binsOfManyValuesAreFine() {
        double[] values = draws(300_000, 3);
        Histogram.View view = scalars(values).histogram(0);
        double[] core =
                Arrays.stream(view.values()).filter(v -> Math.abs(v) < 3).toArray();
        double widest = 0;
        for (int i = 1; i < core.length; i++) {
            widest = Math.max(widest, core[i] - core[i - 1]);
        }
        assertThat(core).hasSizeGreaterThan(2000);
        assertThat(widest).isLessThan(0x1p-7);
        Arrays.sort(values);
        for (int quarters = 1; quarters < 4; quarters++) {
            assertThat(view.quartile(quarters)).isCloseTo(values[values.length * quarters / 4], within(0x1p-9));
        }
    }

    @Test
    void halvesAddUpAndAreEven() {
        long[] counts = {1, 2, 63, 64, 65, 1024, 1025, 100_000, 3_000_000_000L};
        double[] values = new double[counts.length];
        Arrays.setAll(values, i -> i);
        Histogram.View view =
                new Histogram.View(values, counts, Arrays.stream(counts).sum());
        double[] sum = new double[counts.length];
        double[] squares = new double[counts.length];
        int draws = 400;
        for (int draw = 0; draw < draws; draw++) {
            Histogram.View[] halves = view.halves(new SplittableRandom(draw));
            assertThat(halves[0].total() + halves[1].total()).isEqualTo(view.total());
            long[] first = new long[counts.length];
            for (int i = 0; i < halves[0].values().length; i++) {
                first[(int) halves[0].values()[i]] = halves[0].counts()[i];
            }
            for (int i = 0; i < counts.length; i++) {
                double deviations = (first[i] - counts[i] / 2.0) / Math.sqrt(counts[i] / 4.0);
                assertThat(first[i]).isBetween(0L, counts[i]);
                sum[i] += deviations;
                squares[i] += deviations * deviations;
            }
        }
        for (int i = 0; i < counts.length; i++) {
            assertThat(sum[i] / Math.sqrt(draws)).isBetween(-4.0, 4.0);
            assertThat(squares[i] / draws).isBetween(0.7, 1.3);
        }
    }

    @Test
    void channelsAreKeptApart() {
        Samples samples = Samples.of(Tensor.of(Shape.of(3, 2), 1f, 10f, 2f, 20f, 1f, -0f), Shape.of(2));
        assertThat(samples.histogram(0).values()).containsExactly(1, 2);
        assertThat(samples.histogram(0).counts()).containsExactly(2, 1);
        assertThat(samples.histogram(1).values()).containsExactly(0, 10, 20);
        assertThat(samples.largestMagnitude()).isEqualTo(20);
        assertThat(samples.count()).isEqualTo(6);
    }

    @Test
    void badTensorsAreRefusedWhole() {
        Samples samples = Samples.of(ElementType.FLOAT32, Shape.of(2));
        assertThatThrownBy(() -> samples.add(Tensor.of(Shape.of(2, 2), 1f, 2f, Float.NaN, 3f)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("finite: element=2 value=NaN");
        assertThat(samples.count()).isZero();
        assertThatThrownBy(() -> samples.add(Tensor.of(Shape.of(2, 2), 1.0, 2, 3, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type=float64 samples=float32");
        assertThatThrownBy(() -> samples.add(Tensor.of(Shape.of(1, 3), 1f, 2f, 3f)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(1, 3) priorShape=(2,)");
        assertThatThrownBy(() -> Samples.of(Tensor.of(Shape.of(3), 1f, 2f, 3f), Shape.of(Integer.MAX_VALUE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(3,) priorShape=(2147483647,)");
        assertThatThrownBy(() -> Samples.of(ElementType.FLOAT32, Shape.of(Integer.MAX_VALUE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 2^31 - 9");
        assertThatThrownBy(() -> samples.merge(samples)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> samples.merge(Samples.of(ElementType.FLOAT32, Shape.of(3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("priorShape=(2,)");
        assertThatThrownBy(() -> Samples.of(ElementType.INT32, Shape.scalar()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("int32");
    }
}
