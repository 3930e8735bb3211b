package io.github.uniquant.prior;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.Allocations;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

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
        SplittableRandom random = new SplittableRandom(8);
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
    }

    /** Where only a component of a subnormal weight reaches, it has all of the density. */
    @Test
    void componentsOfTinyWeightsHaveTheirShare() {
        Shape shape = Shape.of(2);
        for (double weight : new double[] {1e-300, 1e-305, 1e-310, Double.MIN_VALUE}) {
            Prior mixture = NoisyNormalMixture.of(
                    Tensor.of(shape, 0.0, 100.0), Tensor.of(shape, 0.01, 0.01), Tensor.of(shape, 1.0, weight));
            Prior alone = NoisyNormal.of(Shape.scalar(), new double[] {100}, new double[] {0.01});
            int count = 24; // more than a vector
            double[] y = new double[count];
            Arrays.fill(y, 100.52);
            double[] ones = new double[count];
            Arrays.fill(ones, 1);
            double[] dy = new double[count];
            double[][] byParameters = zeros(mixture);
            mixture.logProbGradients(y, 0, 0, count, ones, 0, dy, 0, byParameters);
            double expected = Gradients.at(alone, 0, 100.52).byY;
            for (double slope : dy) {
                assertThat(slope).as("weight=%s", weight).isCloseTo(expected, within(1e-6 * Math.abs(expected)));
            }
            assertThat(byParameters[0][0]).isZero();
            assertThat(byParameters[0][1]).isCloseTo(-count * expected, within(1e-4 * Math.abs(expected)));
        }
    }

    /** Priors of a few elements each, of every other family, with the reach of their densities. */
    static List<Prior> priors() {
        SplittableRandom random = new SplittableRandom(7);
        List<Prior> priors = new ArrayList<>();
        int elements = 5;
        int components = 3;
        Shape shape = Shape.of(elements, components);
        for (double least : new double[] {0.3, 20}) {
            Tensor loc = draw(shape, random, -4, 4);
            Tensor scale = draw(shape, random, least, 3 * least);
            Tensor weight = draw(shape, random, 0.1, 1);
            for (int e = 0; e < elements; e++) {
                double[] w = weight.doubles();
                double sum = w[3 * e] + w[3 * e + 1] + w[3 * e + 2];
                for (int c = 0; c < components; c++) {
                    w[3 * e + c] /= sum;
                }
            }
            priors.add(NoisyNormalMixture.of(loc, scale, weight));
            priors.add(NoisyLogisticMixture.of(loc, scale, weight));
        }
        for (int[] filters : new int[][] {{3, 3}, {}, {1}, {5, 4, 2}}) {
            for (double initScale : new double[] {0.5, 10, 3000}) {
                priors.add(
                        trained(NoisyDeepFactorized.initial(Shape.of(elements), filters, initScale, random), random));
            }
        }
        Prior normal =
                NoisyNormal.of(draw(Shape.of(elements), random, -2, 2), draw(Shape.of(elements), random, 0.2, 3));
        for (double alpha : new double[] {0, 1e-4, 0.5, 4, 12}) {
            priors.add(NoisyRounded.soft(normal, alpha));
        }
        priors.add(NoisyRounded.soft(priors.get(0), 2));
        priors.add(NoisyRounded.soft(priors.get(4), 3));
        priors.add(NoisyRounded.of(normal));
        priors.add(NoisyRounded.of(priors.get(0)));
        return priors;
    }

    private static Tensor draw(Shape shape, RandomGenerator random, double low, double high) {
        double[] values = new double[(int) shape.elements()];
        Arrays.setAll(values, i -> random.nextDouble(low, high));
        return Tensor.of(shape, values);
    }

    /** A prior whose parameters have moved from where training starts. */
    private static Prior trained(Prior prior, RandomGenerator random) {
        List<Tensor> moved = new ArrayList<>();
        for (Variable parameter : prior.parameters()) {
            double[] values = parameter.value().toDoubles();
            Arrays.setAll(values, i -> values[i] + random.nextDouble(-0.8, 0.8));
            moved.add(Tensor.of(parameter.value().shape(), values));
        }
        return prior.withParameters(moved);
    }

    /** The prior with one value of one parameter in place of its own. */
    private static Prior with(Prior prior, int parameter, int index, double value) {
        List<Tensor> values = new ArrayList<>();
        for (Variable variable : prior.parameters()) {
            double[] copy = variable.value().toDoubles();
            if (values.size() == parameter) {
                copy[index] = value;
            }
            values.add(Tensor.of(variable.value().shape(), copy));
        }
        return prior.withParameters(values);
    }

    @ParameterizedTest
    @MethodSource("priors")
    void gradientsByEveryParameterAreThoseOfTheLogDensity(Prior prior) {
        SplittableRandom random = new SplittableRandom(1);
        int compared = 0;
        int sought = 0;
        for (int i = 0; i < 40; i++) {
            int element = i % prior.size();
            double y = prior.base().quantile(element, random.nextDouble(0.001, 0.999))
                    + random.nextDouble(-0.5, 0.5)
                    + (i % 10 == 9 ? 30 : 0);
            Gradients gradients = Gradients.at(prior, element, y);
            String what = prior.family() + " y=" + y;
            // Soft rounding bends within the distance to the next half-integer, where its inverse has a corner.
            double toCorner = Math.abs(y - 0.5 - Math.rint(y - 0.5));
            boolean rounded = prior instanceof NoisyRounded;
            FiniteDifference byY = FiniteDifference.of(
                    x -> prior.logProb(element, x), y, rounded ? Math.min(0.25, 2 * toCorner) : 0.5);
            sought++;
            if (byY.isSure()) {
                assertAgrees(byY, gradients.byY, "byY " + what);
                compared++;
            } else {
                assertThat(gradients.byY).as("byY " + what).isCloseTo(byY.value(), within(10 * byY.doubt()));
            }
            for (int v = 0; v < gradients.byParameters.length; v++) {
                double[] values = prior.parameters().get(v).value().toDoubles();
                int perElement = values.length / prior.size();
                for (int k = 0; k < values.length; k++) {
                    int parameter = v;
                    int index = k;
                    if (k / perElement != element) {
                        assertThat(gradients.byParameters[v][k])
                                .as("of another element")
                                .isZero();
                        continue;
                    }
                    sought++;
                    boolean weight = prior.parameters().get(v).name().equals("weight");
                    FiniteDifference expected = FiniteDifference.of(
                            x -> with(prior, parameter, index, x).logProb(element, y), values[k], weight ? 2e-5 : 0.25);
                    String name = prior.parameters().get(v).name() + "[" + k + "] " + what;
                    if (expected.isSure()) {
                        assertAgrees(expected, gradients.byParameters[v][k], name);
                        compared++;
                    } else {
                        assertThat(gradients.byParameters[v][k])
                                .as(name)
                                .isCloseTo(expected.value(), within(10 * expected.doubt()));
                    }
                }
            }
        }
        assertThat(compared).as("of " + sought).isGreaterThan(sought / 2);
    }

    /**
     * The documented order of sums, from gradients of single values. Where a prior is not repeated, later sums start at what
     * is there.
     */
    @ParameterizedTest
    @MethodSource("priors")
    void aRunAddsUpItsValuesGradientsInTheDocumentedOrder(Prior prior) {
        SplittableRandom random = new SplittableRandom(2);
        int size = prior.size();
        int copies = 8 * ((128 + 8 * size - 1) / (8 * size));
        int count = 3000;
        int firstElement = 3;
        double[] y = random.doubles(count + 7, -6, 6).toArray();
        double[] weights = random.doubles(count + 2, -2, 2).toArray();
        double[] dy = new double[count + 1];
        double[][] sums = zeros(prior);
        double[][] partial = new double[sums.length][];
        for (int v = 0; v < sums.length; v++) {
            Arrays.fill(sums[v], 1);
            partial[v] = new double[sums[v].length * copies];
        }
        prior.logProbGradients(y, 7, firstElement, count, weights, 2, dy, 1, sums);
        double[] single = new double[1];
        for (int i = 0; i < count; i++) {
            int place = (firstElement + i) % (size * copies);
            double[][] one = zeros(prior);
            prior.logProbGradients(y, 7 + i, place % size, 1, weights, 2 + i, single, 0, one);
            assertThat(dy[1 + i]).as("dy " + i).isEqualTo(single[0]);
            for (int v = 0; v < one.length; v++) {
                int perElement = one[v].length / size;
                for (int k = 0; k < perElement; k++) {
                    partial[v][place * perElement + k] += one[v][place % size * perElement + k];
                }
            }
        }
        for (int v = 0; v < sums.length; v++) {
            for (int k = 0; k < sums[v].length; k++) {
                double sum = 0;
                for (int at = k; at < partial[v].length; at += sums[v].length) {
                    sum += partial[v][at];
                }
                assertThat(sums[v][k]).as(prior.parameters().get(v).name()).isEqualTo(1 + sum);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Bare.class)
    void aPriorOfManyElementsAddsStraightIntoItsGradients(Bare family) {
        SplittableRandom random = new SplittableRandom(3);
        int size = 131;
        double[] loc = random.doubles(size, -1, 1).toArray();
        double[] scale = random.doubles(size, 0.01, 40).toArray();
        Prior prior = switch (family) {
            case NORMAL -> NoisyNormal.of(Shape.of(size), loc, scale);
            case LOGISTIC -> NoisyLogistic.of(Shape.of(size), loc, scale);
            case LAPLACE -> NoisyLaplace.of(Shape.of(size), loc, scale);
        };
        int count = 1000;
        double[] y = random.doubles(count, -50, 50).toArray();
        double[] weights = random.doubles(count, -1, 1).toArray();
        double[] dy = new double[count];
        double[][] sums = zeros(prior);
        prior.logProbGradients(y, 0, 100, count, weights, 0, dy, 0, sums);
        double[][] expected = zeros(prior);
        for (int i = 0; i < count; i++) {
            prior.logProbGradients(y, i, (100 + i) % size, 1, weights, i, dy, i, expected);
        }
        assertThat(sums).isDeepEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(Bare.class)
    void gradientsAreFiniteWhateverTheScaleAndTheDistance(Bare family) {
        double[] magnitudes = {
            0, Double.MIN_VALUE, 1e-310, 1e-160, 1e-8, 0.499, 0.5, 1, 1e3, 1e8, 1e155, 1e300, Double.MAX_VALUE
        };
        for (double scale : magnitudes) {
            for (double loc : new double[] {0, 0.5, -1e3, 1e300}) {
                for (double magnitude : magnitudes) {
                    for (double y : new double[] {magnitude, -magnitude}) {
                        if (scale > 0) {
                            Gradients gradients = Gradients.at(family.of(loc, scale), 0, y);
                            String what = "loc=" + loc + " scale=" + scale + " y=" + y;
                            assertThat(gradients.byY).as(what).isFinite();
                            assertThat(gradients.byParameters[0][0]).as(what).isEqualTo(0 - gradients.byY);
                            assertThat(gradients.byParameters[1][0]).as(what).isFinite();
                        }
                    }
                }
            }
        }
    }

    /** Where no component reaches, and where each of the slopes is as large as a double can be. */
    @Test
    void gradientsOfMixturesAreFiniteWhereverThoseOfTheirComponentsAre() {
        Shape shape = Shape.of(2);
        Tensor loc = Tensor.of(shape, 0.5, 0.5);
        Tensor scale = Tensor.of(shape, Double.MIN_VALUE, 1e-160);
        double share = 5.748236791584092e-10;
        List<Prior> mixtures = List.of(
                NoisyLogisticMixture.of(loc, scale, Tensor.of(shape, 1.0, 0.0)),
                NoisyLogisticMixture.of(loc, Tensor.of(shape, 1e-310, 1e-310), Tensor.of(shape, 0.25, 0.75)),
                NoisyNormalMixture.of(loc, scale, Tensor.of(shape, 1 - share, share)));
        for (Prior mixture : mixtures) {
            for (double magnitude : new double[] {0, 0.5, 4, 10_000.5, 1e160, Double.MAX_VALUE}) {
                for (double value : new double[] {magnitude, -magnitude}) {
                    double[] y = new double[19]; // more than vectors
                    Arrays.fill(y, value);
                    double[] ones = new double[y.length];
                    Arrays.fill(ones, 1);
                    double[] dy = new double[y.length];
                    mixture.logProbGradients(y, 0, 0, y.length, ones, 0, dy, 0, zeros(mixture));
                    String what = mixture.family() + " y=" + value;
                    for (double slope : dy) {
                        assertThat(slope).as(what).isFinite();
                    }
                    for (double[] byParameter : Gradients.at(mixture, 0, value).byParameters) {
                        for (double gradient : byParameter) {
                            assertThat(gradient).as(what).isFinite();
                        }
                    }
                }
            }
        }
    }

    /** A thousand scales out, at a scale of 1e-8: the slope of a normal tail is z / scale, of the others 1 / scale. */
    @Test
    void aThousandScalesOutTheSlopesAreThoseOfTheTails() {
        double scale = 1e-8;
        double y = 0.5 + 1000 * scale;
        double z = 1000;
        double mills = 1 / z - 1 / (z * z * z) + 3 / Math.pow(z, 5);
        double edge = y - 0.5; // what rounding made of it
        assertThat(Gradients.at(Bare.NORMAL.of(0, scale), 0, y).byY * scale)
                .isCloseTo(-1 / mills * (edge / scale / z), within(1e-5));
        assertThat(Gradients.at(Bare.LOGISTIC.of(0, scale), 0, y).byY * scale).isCloseTo(-1, within(1e-12));
        assertThat(Gradients.at(Bare.LAPLACE.of(0, scale), 0, -y).byY * scale).isCloseTo(1, within(1e-12));
    }

    @ParameterizedTest
    @MethodSource("priors")
    void gradientsMayOverwriteTheValuesOrTheWeights(Prior prior) {
        double[] y = new SplittableRandom(4).doubles(700, -5, 5).toArray();
        double[] weights = new SplittableRandom(5).doubles(700, 0, 1).toArray();
        double[] dy = new double[700];
        double[][] sums = zeros(prior);
        prior.logProbGradients(y, 0, 0, 700, weights, 0, dy, 0, sums);
        double[] inPlace = y.clone();
        prior.logProbGradients(inPlace, 0, 0, 700, weights, 0, inPlace, 0, zeros(prior));
        assertThat(inPlace).isEqualTo(dy);
        double[] weighed = weights.clone();
        double[][] again = zeros(prior);
        prior.logProbGradients(y, 0, 0, 700, weighed, 0, weighed, 0, again);
        assertThat(weighed).isEqualTo(dy);
        assertThat(again).isDeepEqualTo(sums);
    }

    /** Priors of all families, some of one element, some of more than a block of a run has. */
    static List<Prior> allPriors() {
        List<Prior> priors = new ArrayList<>(priors());
        SplittableRandom random = new SplittableRandom(9);
        for (int size : new int[] {1, 3, 192, 300}) {
            for (double least : new double[] {1e-8, 0.1, 20}) {
                double[] loc = random.doubles(size, -2, 2).toArray();
                double[] scale = random.doubles(size, least, 4 * least).toArray();
                priors.add(NoisyNormal.of(Shape.of(size), loc, scale));
                priors.add(NoisyLogistic.of(Shape.of(size), loc, scale));
                priors.add(NoisyLaplace.of(Shape.of(size), loc, scale));
            }
        }
        priors.add(NoisyPrior.of(priors.get(priors.size() - 1).base()));
        return priors;
    }

    @ParameterizedTest
    @MethodSource("allPriors")
    void onePassGivesTheBitsOfTwo(Prior prior) {
        int n = 700;
        int first = prior.size() / 2;
        double[] y = new SplittableRandom(4).doubles(n, -5, 5).toArray();
        double[] weights = new SplittableRandom(5).doubles(n, 0, 1).toArray();
        double[] logProb = new double[n];
        double[] dy = new double[n];
        double[][] sums = zeros(prior);
        prior.logProb(y, 0, first, n, logProb, 0);
        prior.logProbGradients(y, 0, first, n, weights, 0, dy, 0, sums);
        double[] logProbInOne = new double[n + 2];
        double[] dyInOne = new double[n];
        double[][] sumsInOne = zeros(prior);
        prior.logProbAndGradients(y, 0, first, n, weights, 0, logProbInOne, 1, dyInOne, 0, sumsInOne);
        assertThat(Arrays.copyOfRange(logProbInOne, 1, n + 1)).isEqualTo(logProb);
        assertThat(logProbInOne[0]).isZero();
        assertThat(logProbInOne[n + 1]).isZero();
        assertThat(dyInOne).isEqualTo(dy);
        assertThat(sumsInOne).isDeepEqualTo(sums);
        for (int i = 0; i < n; i += 7) {
            assertThat(logProb[i]).isEqualTo(prior.logProb((first + i) % prior.size(), y[i]));
        }
    }

    private static final int MOST_BATCHES = 400;

    /** Counts bytes in batches of calls until one allocates none, for the compiler may be at work until then. */
    @ParameterizedTest
    @MethodSource("priors")
    void warmCallsAllocateNothing(Prior prior) {
        double[] y = new SplittableRandom(6).doubles(999, -5, 5).toArray();
        double[] dy = new double[999];
        double[][] sums = zeros(prior);
        long allocated = Allocations.ofWarmCalls(
                10, MOST_BATCHES, 1, call -> prior.logProbGradients(y, 0, 2, 999, y, 0, dy, 0, sums));
        assertThat(allocated).isZero();
    }

    @Test
    void aUsersPriorHasGradientsWhereItsBaseHasADensity() {
        Prior normal = NoisyNormal.of(Shape.of(2), new double[] {0.3, -1}, new double[] {0.7, 4});
        Prior user = NoisyPrior.of(normal.base());
        for (double y = -6; y < 6; y += 0.37) {
            for (int element = 0; element < 2; element++) {
                double expected = Gradients.at(normal, element, y).byY;
                assertThat(Gradients.at(user, element, y).byY)
                        .isCloseTo(expected, within(1e-9 * Math.max(1, Math.abs(expected))));
            }
        }
        Prior rounded = NoisyPrior.of(NoisyRounded.of(normal).base());
        assertThatThrownBy(() -> Gradients.at(rounded, 1, 0.25))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("the base distribution must have a density for gradients: element=1 x=0.75");
    }

    @Test
    void badArgumentsAreRefusedWithTheirValues() {
        Prior prior = NoisyNormal.of(Shape.of(2), new double[2], new double[] {1, 1});
        double[] values = new double[4];
        double[][] gradients = {new double[2], new double[3]};
        assertThatThrownBy(() -> prior.logProbGradients(values, 0, 0, 4, values, 0, values, 0, gradients))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("gradients=[2, 3] parameters=[2, 2]");
        assertThatThrownBy(() -> prior.logProbGradients(values, 1, 0, 4, values, 0, values, 0, zeros(prior)))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> prior.logProbGradients(values, 0, 2, 1, values, 0, values, 0, zeros(prior)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
