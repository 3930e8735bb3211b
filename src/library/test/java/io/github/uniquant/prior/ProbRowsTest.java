package io.github.uniquant.prior;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Densities of many rows together against those of single points: the same bits. */
class ProbRowsTest {
    private static final int ELEMENTS = 4;
    private static final int GUARD = 3;

    private static Stream<Prior> priors() {
        Shape shape = Shape.of(ELEMENTS);
        Shape components = Shape.of(ELEMENTS, 2);
        double[] loc = {0.3, -17.25, 1e6, 0};
        double[] scale = {1.5, 0.02, 7, 1e-8};
        Tensor locs = Tensor.of(components, -3.0, 3, 0, 0.25, 8, 9, 0, 0);
        Tensor scales = Tensor.of(components, 0.1, 1, 2, 1e-8, 3, 3, 1, 100);
        Tensor weights = Tensor.of(components, 0.5, 0.5, 0.125, 0.875, 1, 0, 0.25, 0.75);
        NoisyNormal normal = NoisyNormal.of(shape, loc, scale);
        NoisyDeepFactorized deep = NoisyDeepFactorized.initial(shape, new int[] {3, 3}, 4, new SplittableRandom(7));
        return Stream.of(
                normal,
                NoisyLogistic.of(shape, loc, scale),
                NoisyLaplace.of(shape, loc, scale),
                NoisyNormalMixture.of(locs, scales, weights),
                NoisyLogisticMixture.of(locs, scales, weights),
                deep,
                NoisyRounded.of(normal),
                NoisyRounded.soft(normal, 5),
                NoisyRounded.soft(deep, 2),
                NoisyPrior.of(normal.base()));
    }

    @ParameterizedTest
    @MethodSource("priors")
    void rowsHaveTheDensitiesOfTheirPoints(Prior prior) {
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 40; round++) {
            int rows = random.nextInt(30);
            int[] elements = new int[rows + 1]; // one more than is asked for
            double[] firsts = new double[rows + 1];
            int[] counts = new int[rows + 1];
            int sum = 0;
            for (int r = 0; r < rows; r++) {
                elements[r] = random.nextInt(ELEMENTS);
                counts[r] = random.nextInt(4) == 0 ? random.nextInt(60) : random.nextInt(4);
                double centre = Math.rint(prior.base().quantile(elements[r], 0.5));
                firsts[r] = centre - counts[r] / 2 + random.nextInt(16) / 16.0 - 0.5;
                sum += counts[r];
            }
            counts[rows] = 5;
            double[] out = new double[GUARD + sum + GUARD];
            Arrays.fill(out, -9);
            prior.probRows(rows, elements, firsts, counts, out, GUARD);
            double[] expected = new double[out.length];
            Arrays.fill(expected, -9);
            int at = GUARD;
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < counts[r]; i++) {
                    expected[at++] = prior.prob(elements[r], firsts[r] + i);
                }
            }
            assertThat(out).isEqualTo(expected);
        }
    }
}
