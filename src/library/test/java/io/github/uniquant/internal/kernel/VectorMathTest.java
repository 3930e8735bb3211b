package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Functions of arrays against those of single numbers: the same bits for every argument. */
class VectorMathTest {
    private static final int RANDOM = 20_000;

    /** A function of an array, with working memory from an index on. */
    private interface ArrayFunction {
        void apply(double[] a, int from, int to, double[] spare, int spareFrom);
    }

    @BeforeEach
    void vectorsRunHere() {
        assumeTrue(!KernelProvider.kernels().name().equals("scalar"), KernelProvider.reason());
    }

    /** Where formulas change over, and where doubles end. */
    static List<Double> boundaries() {
        List<Double> points = new ArrayList<>();
        for (double x : new double[] {
            0,
            Double.MIN_VALUE,
            Double.MIN_NORMAL,
            1e-300,
            1e-17,
            0x1p-53,
            0x1p-5,
            Math.sqrt(0.5),
            ExactMath.LN2 / 2,
            ExactMath.LN2,
            1,
            Math.sqrt(2),
            5,
            37.5,
            38.6,
            40,
            100,
            708.3964,
            709.782712893384,
            710.8,
            744.44,
            745.14,
            745.2,
            1000 * ExactMath.LN2,
            1e8,
            0x1p52,
            1e150,
            1e154,
            1e300,
            Double.MAX_VALUE,
            Double.POSITIVE_INFINITY
        }) {
            for (double near : new double[] {Math.nextDown(x), x, Math.nextUp(x)}) {
                points.add(near);
                points.add(-near);
            }
        }
        points.add(Double.NaN);
        return points;
    }

    /** Boundaries, numbers of all magnitudes, numbers of everyday magnitude, and any bits. */
    static double[] points(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Double> points = new ArrayList<>(boundaries());
        for (int i = 0; i < RANDOM; i++) {
            double sign = random.nextBoolean() ? 1 : -1;
            points.add(sign * random.nextDouble(40));
            points.add(sign * random.nextDouble(800));
            points.add(sign * Math.scalb(1 + random.nextDouble(), random.nextInt(-60, 12)));
            points.add(Double.longBitsToDouble(random.nextLong()));
        }
        while (points.size() % 16 != 0) {
            points.add(0.0);
        }
        return points.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static void assertSameBits(ArrayFunction actual, DoubleUnaryOperator expected, double[] points) {
        int guard = 16;
        double[] a = new double[points.length + 2 * guard];
        System.arraycopy(points, 0, a, guard, points.length);
        actual.apply(a, guard, guard + points.length, new double[points.length + 3], 3);
        for (int i = 0; i < points.length; i++) {

            assertThat(Double.doubleToLongBits(a[guard + i]))
                    .as("at x=%s", points[i])
                    .isEqualTo(Double.doubleToLongBits(expected.applyAsDouble(points[i])));
        }
        for (int i = 0; i < guard; i++) {
            assertThat(a[i]).isZero();
            assertThat(a[a.length - 1 - i]).isZero();
        }
    }

    private static double[] positive(double[] points) {
        double[] positive = points.clone();
        for (int i = 0; i < positive.length; i++) {
            positive[i] = Math.abs(positive[i]);
        }
        return positive;
    }

    @Test
    void exponentialsHaveTheBitsOfExactMath() {
        assertSameBits((a, from, to, spare, at) -> VectorMath.exp(a, from, to), ExactMath::exp, points(1));
        assertSameBits((a, from, to, spare, at) -> VectorMath.expm1(a, from, to), ExactMath::expm1, points(2));
        assertSameBits(VectorMath::tanh, ExactMath::tanh, points(3));
    }

    @Test
    void logarithmsHaveTheBitsOfExactMath() {
        assertSameBits((a, from, to, spare, at) -> VectorMath.log(a, from, to), ExactMath::log, points(4));
        assertSameBits((a, from, to, spare, at) -> VectorMath.log(a, from, to), ExactMath::log, positive(points(5)));
        assertSameBits(VectorMath::log1p, ExactMath::log1p, points(6));
        assertSameBits(VectorMath::log1p, ExactMath::log1p, positive(points(7)));
    }

    @Test
    void partsOfTheNormalDistributionHaveTheBitsOfExactMath() {
        double[] points = positive(points(8));
        assertSameBits((a, from, to, spare, at) -> VectorMath.gaussian(a, from, to), ExactMath::gaussian, points);
        assertSameBits(
                (a, from, to, spare, at) -> VectorMath.scaledSurvival(a, from, to), ExactMath::scaledSurvival, points);
    }
}
