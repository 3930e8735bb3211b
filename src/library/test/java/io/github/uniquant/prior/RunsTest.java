package io.github.uniquant.prior;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs and rows of values, which kernels compute, against the functions of one value: the same bits. */
class RunsTest {
    private static final int COUNT = 611;

    private final SplittableRandom random = new SplittableRandom(1);

    static List<Prior> priors() {
        SplittableRandom random = new SplittableRandom(2);
        int n = 13;
        double[] loc = random.doubles(n, -3, 3).toArray();
        double[] scale = random.doubles(n, -8, 4).map(e -> Math.pow(10, e)).toArray();
        Shape components = Shape.of(n, 3);
        Tensor locs = Tensor.of(components, random.doubles(3 * n, -9, 9).toArray());
        Tensor scales = Tensor.of(
                components,
                random.doubles(3 * n, -3, 2).map(e -> Math.pow(10, e)).toArray());
        double[] weight = new double[3 * n];
        Arrays.setAll(weight, i -> i % 3 == 0 ? 0 : i % 3 == 1 ? 0.25 : 0.75);
        Tensor weights = Tensor.of(components, weight);
        Prior normal = NoisyNormal.of(Shape.of(n), loc, scale);
        Prior one = NoisyLogistic.of(
                Tensor.of(Shape.scalar(), new float[] {0.25f}), Tensor.of(Shape.scalar(), new float[] {3}));
        return List.of(
                normal,
                one,
                NoisyLogistic.of(Shape.of(n), loc, scale),
                NoisyLaplace.of(Shape.of(n), loc, scale),
                NoisyNormalMixture.of(locs, scales, weights),
                NoisyLogisticMixture.of(locs, scales, weights),
                NoisyDeepFactorized.initial(Shape.of(n), new int[] {3, 3}, 10, random),
                NoisyDeepFactorized.initial(Shape.of(2, 3), new int[] {}, 4, random),
                NoisyRounded.of(normal),
                NoisyRounded.soft(normal, 3),
                NoisyPrior.of(one.base()));
    }

    /** A function of a run. */
    private interface Run {
        void apply(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset);
    }

    /** A function of one value. */
    private interface One {
        double apply(int element, double x);
    }

    private void assertSameBits(int elements, Run run, One one) {
        double[] x = random.doubles(COUNT + 5, -30, 30).toArray();
        x[50] = 1e9;
        x[51] = 0;
        double[] out = new double[COUNT + 7];
        int first = random.nextInt(elements);
        run.apply(x, 5, first, COUNT, out, 7);
        for (int i = 0; i < COUNT; i++) {
            double expected = one.apply((first + i) % elements, x[5 + i]);
            assertThat(Double.doubleToLongBits(out[7 + i]))
                    .as("i=%d x=%s expected=%s actual=%s", i, x[5 + i], expected, out[7 + i])
                    .isEqualTo(Double.doubleToLongBits(expected));
        }
        run.apply(x, 5, first, COUNT, x, 5);
        assertThat(Arrays.copyOfRange(x, 5, 5 + COUNT)).isEqualTo(Arrays.copyOfRange(out, 7, 7 + COUNT));
    }

    @ParameterizedTest
    @MethodSource("priors")
    void runsHaveTheBitsOfSingleValues(Prior prior) {
        assertSameBits(prior.size(), prior::prob, prior::prob);
        assertSameBits(prior.size(), prior::logProb, prior::logProb);
        BaseDistribution base = prior.base();
        assertSameBits(prior.size(), base::cdf, base::cdf);
        assertSameBits(prior.size(), base::survival, base::survival);
        assertSameBits(prior.size(), base::logCdf, base::logCdf);
        assertSameBits(prior.size(), base::logSurvival, base::logSurvival);
        if (!(base instanceof Adapted)) {
            assertSameBits(prior.size(), base::logDensity, base::logDensity);
        }
    }

    @ParameterizedTest
    @MethodSource("priors")
    void rowsHaveTheBitsOfSingleValues(Prior prior) {
        for (int element = 0; element < prior.size(); element++) {
            double[] row = new double[73];
            prior.probRow(element, -20.4375, 70, row, 3);
            for (int i = 0; i < 70; i++) {
                assertThat(row[3 + i]).isEqualTo(prior.prob(element, -20.4375 + i));
            }
            assertThat(row).startsWith(0, 0, 0);
        }
    }

    /** Those that are not of a user's own distribution. */
    static List<Prior> ownPriors() {
        return priors().stream().filter(prior -> !(prior instanceof NoisyPrior)).toList();
    }

    @ParameterizedTest
    @MethodSource("ownPriors")
    void runsBeyondTheirArraysAreRefused(Prior prior) {
        double[] ten = new double[10];
        Arrays.fill(ten, 0.25);
        double[] none = {};
        prior.prob(none, 0, 0, 0, none, 0);
        assertThatThrownBy(() -> prior.prob(ten, 1, 0, 10, ten, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a run must be within its arrays")
                .hasMessageContaining("xOffset=1");
        assertThatThrownBy(() -> prior.logProb(ten, 0, 0, 10, ten, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> prior.logProb(ten, 0, 0, -1, ten, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> prior.logProb(ten, 0, prior.size(), 1, ten, 1))
                .hasMessageContaining("firstElement=" + prior.size() + " elements=" + prior.size());
        assertThatThrownBy(() -> prior.prob(ten, 0, prior.size(), 1, ten, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> prior.probRow(prior.size(), 0, 1, ten, 1))
                .isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class);
        assertThat(ten).containsOnly(0.25);
    }
}
