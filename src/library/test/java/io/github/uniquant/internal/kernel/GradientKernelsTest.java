package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.uniquant.internal.kernel.PriorKernels.Family;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gradient kernels of this process against the scalar ones: the same bits. */
class GradientKernelsTest {
    private static final double[] EDGES = {
        0,
        Double.MIN_VALUE,
        Double.MIN_NORMAL,
        1e-160,
        1e-8,
        0x1p-6,
        0.25,
        0.5,
        Math.nextUp(0.5),
        1,
        16,
        37,
        1e8,
        1e150,
        1e300,
        Double.MAX_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NaN
    };

    /** Log-densities, derivatives by y and by scale, of values under elements of their own, from some offset on. */
    private static double[] results(
            Family family, GradientKernels kernels, double[] y, double[] loc, double[] scale, int from, int count) {
        BoxParameters boxes = BoxParameters.of(family, loc, scale);
        int n = y.length;
        double[] logProb = new double[n];
        double[] byY = new double[n];
        double[] byScale = new double[n];
        double[] work = new double[GradientKernels.WORK];
        Arrays.fill(work, Double.NaN);
        kernels.locationScale(boxes, y, from, from, count, logProb, from, byY, byScale, from, work);
        double[] alone = new double[n];
        double[] byYAlone = new double[n];
        double[] byScaleAlone = new double[n];
        Arrays.fill(work, Double.NaN);
        kernels.locationScale(boxes, y, from, from, count, alone, from, null, null, 0, work);
        Arrays.fill(work, Double.NaN);
        kernels.locationScale(boxes, y, from, from, count, null, 0, byYAlone, byScaleAlone, from, work);
        assertThat(alone).as("log-densities with and without derivatives").isEqualTo(logProb);
        assertThat(byYAlone).as("derivatives with and without log-densities").isEqualTo(byY);
        assertThat(byScaleAlone).isEqualTo(byScale);
        double[] all = Arrays.copyOf(logProb, 3 * n);
        System.arraycopy(byY, 0, all, n, n);
        System.arraycopy(byScale, 0, all, 2 * n, n);
        return all;
    }

    private static void check(
            Family family, GradientKernels kernels, double[] y, double[] loc, double[] scale, int from, int count) {
        double[] expected = results(family, ScalarGradientKernels.INSTANCE, y, loc, scale, from, count);
        double[] actual = results(family, kernels, y, loc, scale, from, count);
        for (int i = 0; i < expected.length; i++) {
            int at = i % y.length;
            assertThat(Double.doubleToLongBits(actual[i]))
                    .as(family + " y=" + y[at] + " loc=" + loc[at] + " scale=" + scale[at] + " scalar=" + expected[i]
                            + " vector=" + actual[i])
                    .isEqualTo(Double.doubleToLongBits(expected[i]));
        }
    }

    private static GradientKernels vectors() {
        GradientKernels kernels = KernelProvider.gradientKernels(0);
        assumeTrue(!(kernels instanceof ScalarGradientKernels), KernelProvider.reason());
        return kernels;
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void vectorBitsEqualScalarBitsOfRandomValues(Family family) {
        GradientKernels kernels = vectors();
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 40; round++) {
            int n = 1000;
            double[] y = new double[n];
            double[] loc = new double[n];
            double[] scale = new double[n];
            double least = round % 2 == 0 ? 1e-8 : 4;
            for (int i = 0; i < n; i++) {
                scale[i] = Math.exp(random.nextDouble(Math.log(least), Math.log(1e4)));
                loc[i] = random.nextDouble(-3, 3);
                y[i] = loc[i] + scale[i] * random.nextDouble(-9, 9) + random.nextInt(-1, 2) * 0.5;
                y[i] += round % 5 == 0 ? 1000 * scale[i] : 0;
            }
            check(family, kernels, y, loc, scale, 0, n);
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void vectorBitsEqualScalarBitsAtTheEdges(Family family) {
        GradientKernels kernels = vectors();
        int n = 2 * EDGES.length;
        for (double scale : EDGES) {
            for (double loc : new double[] {0, 0.5, -3, 1e8, -1e300}) {
                double[] y = new double[n];
                double[] scales = new double[n];
                double[] locs = new double[n];
                for (int i = 0; i < n; i++) {
                    y[i] = i < EDGES.length ? EDGES[i] : -EDGES[i - EDGES.length];
                }
                Arrays.fill(scales, scale);
                Arrays.fill(locs, loc);
                check(family, kernels, y, locs, scales, 0, n);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void everyLengthAroundAVectorIsCovered(Family family) {
        GradientKernels kernels = vectors();
        SplittableRandom random = new SplittableRandom(12);
        double[] y = random.doubles(300, -4, 4).toArray();
        double[] loc = random.doubles(300, -1, 1).toArray();
        double[] scale = random.doubles(300, 0.01, 30).toArray();
        for (int count = 0; count < 40; count++) {
            check(family, kernels, y, loc, scale, count % 7, count);
            check(family, kernels, y, loc, scale, count % 7, 120 + count);
        }
    }

    @Test
    void sumsAreAlike() {
        GradientKernels kernels = vectors();
        SplittableRandom random = new SplittableRandom(13);
        double[] weights = random.doubles(60, -1, 1).toArray();
        double[] byY = random.doubles(60, -1, 1).toArray();
        double[] byScale = random.doubles(60, -1, 1).toArray();
        double[] start = random.doubles(64, -1, 1).toArray();
        for (int to = 0; to < 40; to++) {
            double[][] results = new double[2][];
            for (int path = 0; path < 2; path++) {
                GradientKernels chosen = path == 0 ? ScalarGradientKernels.INSTANCE : kernels;
                double[] dy = new double[60];
                double[] byLoc = start.clone();
                double[] byScaleSums = start.clone();
                chosen.accumulate(weights, 2, byY, byScale, Math.min(to, 3), to, dy, 1, byLoc, byScaleSums, 4);
                results[path] = Arrays.copyOf(dy, 60 + 2 * 64);
                System.arraycopy(byLoc, 0, results[path], 60, 64);
                System.arraycopy(byScaleSums, 0, results[path], 124, 64);
            }
            assertThat(results[1]).isEqualTo(results[0]);
        }
    }

    /** Coefficients that are computed on the way are those that are kept, in scalar code and in vectors. */
    @Test
    void bitsDoNotDependOnWhetherSeriesAreKept() {
        SplittableRandom random = new SplittableRandom(14);
        int n = 400;
        double[] loc = random.doubles(n, -1, 1).toArray();
        double[] scale = random.doubles(n, -2, 4).map(Math::exp).toArray();
        double[] y = random.doubles(n, -9, 9).toArray();
        BoxParameters kept = BoxParameters.of(Family.NORMAL, loc, scale);
        assertThat(kept.series()).hasSize(BoxSeries.COUNT * n);
        int many = BoxParameters.MOST_SERIES + 1;
        BoxParameters computed =
                BoxParameters.of(Family.NORMAL, Arrays.copyOf(loc, many), filled(Arrays.copyOf(scale, many), n));
        assertThat(computed.series()).isEmpty();
        for (GradientKernels kernels : new GradientKernels[] {ScalarGradientKernels.INSTANCE, vectors()}) {
            double[][] results = new double[2][3 * n];
            double[] byY = new double[n];
            double[] byScale = new double[n];
            double[] work = new double[GradientKernels.WORK];
            for (int path = 0; path < 2; path++) {
                BoxParameters boxes = path == 0 ? kept : computed;
                kernels.locationScale(boxes, y, 0, 0, n, results[path], 0, byY, byScale, 0, work);
                System.arraycopy(byY, 0, results[path], n, n);
                System.arraycopy(byScale, 0, results[path], 2 * n, n);
                for (int i = 0; i < n; i++) {
                    assertThat(boxes.logProb(i, y[i])).isEqualTo(results[path][i]);
                }
            }
            assertThat(results[1]).isEqualTo(results[0]);
        }
    }

    private static double[] filled(double[] values, int from) {
        Arrays.fill(values, from, values.length, 1);
        return values;
    }

    @Test
    void mixturesAreAlike() {
        GradientKernels kernels = vectors();
        SplittableRandom random = new SplittableRandom(15);
        for (int round = 0; round < 200; round++) {
            int count = round % 45;
            int components = 1 + round % 4;
            int from = Math.min(round % 3, count);
            int place = round % 5;
            boolean far = round % 7 == 0;
            double[][] logs = new double[components][];
            double[][][] rows = new double[3][components][];
            for (int c = 0; c < components; c++) {
                logs[c] = random.doubles(50, far ? -1e300 : -40, 2).toArray();
                rows[0][c] = random.doubles(60, 0, 1)
                        .map(w -> w < 0.3 ? 0 : w < 0.32 ? Double.MIN_VALUE : w)
                        .toArray();
                rows[1][c] = random.doubles(50, -1, 1).toArray();
                rows[2][c] = random.doubles(50, -1, 1).toArray();
            }
            if (round % 11 == 0) {
                Arrays.fill(logs[0], Double.NEGATIVE_INFINITY);
                Arrays.fill(rows[1][components - 1], -Double.MAX_VALUE);
            }
            double[] valueWeights = random.doubles(50, -1, 1).toArray();
            double[][] results = new double[2][];
            for (int path = 0; path < 2; path++) {
                GradientKernels chosen = path == 0 ? ScalarGradientKernels.INSTANCE : kernels;
                double[][] terms = new double[components][];
                double[][][] gradients = new double[3][components][60];
                for (int c = 0; c < components; c++) {
                    terms[c] = logs[c].clone();
                }
                double[] sums = new double[50];
                double[] logProb = new double[50];
                double[] dy = new double[50];
                double[] work = new double[GradientKernels.WORK];
                chosen.mixture(terms, rows[0], place, from, count, sums, logProb, 3, work);
                for (int i = from; i < count && !far; i++) {
                    double sum = 0;
                    for (int c = 0; c < components; c++) {
                        sum += rows[0][c][place + i] * Math.exp(logs[c][i]);
                    }
                    assertThat(logProb[3 + i]).isCloseTo(Math.log(sum), within(1e-13 * Math.max(1, -Math.log(sum))));
                }
                chosen.mixtureGradients(
                        terms,
                        rows[0],
                        place,
                        from,
                        count,
                        sums,
                        rows[1],
                        rows[2],
                        valueWeights,
                        1,
                        dy,
                        2,
                        gradients[0],
                        gradients[1],
                        gradients[2],
                        work);
                DoubleStream all = DoubleStream.concat(Arrays.stream(logProb), Arrays.stream(dy));
                for (double[][] gradient : gradients) {
                    for (double[] row : gradient) {
                        all = DoubleStream.concat(all, Arrays.stream(row));
                    }
                }
                results[path] = all.toArray();
            }
            assertThat(results[1]).as("round " + round).isEqualTo(results[0]).doesNotContain(Double.NaN);
        }
    }
}
