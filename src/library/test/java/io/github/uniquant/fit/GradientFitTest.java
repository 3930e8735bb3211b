package io.github.uniquant.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Fits of every family, above all of those that are fitted by their gradients. */
class GradientFitTest {
    private static final int SAMPLES = 20_000;

    private static Tensor draw(Prior prior, int samples, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[samples * prior.size()];
        Arrays.setAll(values, i -> prior.base().sample(i % prior.size(), random));
        return Tensor.of(Shape.of(samples).concat(prior.shape()), values);
    }

    private static Prior normalMixture(double[] loc, double[] scale, double[] weight) {
        Shape shape = Shape.of(loc.length);
        return NoisyNormalMixture.of(Tensor.of(shape, loc), Tensor.of(shape, scale), Tensor.of(shape, weight));
    }

    private static Prior logisticMixture(double[] loc, double[] scale, double[] weight) {
        Shape shape = Shape.of(loc.length);
        return NoisyLogisticMixture.of(Tensor.of(shape, loc), Tensor.of(shape, scale), Tensor.of(shape, weight));
    }

    private static Stream<Arguments> truths() {
        return Stream.of(0.2, 1.0, 30.0)
                .flatMap(s -> Stream.of(
                        Arguments.of(
                                Family.NORMAL, NoisyNormal.of(Shape.scalar(), new double[] {0.7}, new double[] {s})),
                        Arguments.of(
                                Family.LOGISTIC,
                                NoisyLogistic.of(Shape.scalar(), new double[] {-4.2}, new double[] {s})),
                        Arguments.of(
                                Family.LAPLACE, NoisyLaplace.of(Shape.scalar(), new double[] {0.1}, new double[] {s})),
                        Arguments.of(
                                Family.NORMAL_MIXTURE,
                                normalMixture(
                                        new double[] {-6 * s - 2, 0.3, 5 * s + 3},
                                        new double[] {s, 0.6 * s, 1.5 * s},
                                        new double[] {0.3, 0.5, 0.2})),
                        Arguments.of(
                                Family.LOGISTIC_MIXTURE,
                                logisticMixture(
                                        new double[] {-9 * s - 2, 0.3, 9 * s + 3},
                                        new double[] {s, 0.6 * s, 1.2 * s},
                                        new double[] {0.3, 0.5, 0.2}))));
    }

    private static Prior with(Prior prior, int variable, int entry, double by) {
        List<Tensor> values = new ArrayList<>();
        prior.parameters().forEach(parameter -> values.add(parameter.value()));
        values.get(variable).doubles()[entry] += by;
        if (prior.parameters().get(variable).name().equals("weight")) {
            values.get(variable).doubles()[(entry + 1) % 3] -= by; // weights add up to 1
        }
        return prior.withParameters(values);
    }

    /**
     * A parameter's standard error, by the inverse of the Fisher information that noisy samples have of all parameters. The
     * fit takes the mean over the noise, and does not do worse.
     */
    private static double[] standardErrors(Prior prior, double[] y) {
        List<double[]> scores = new ArrayList<>();
        for (int v = 0; v < prior.parameters().size(); v++) {
            Variable parameter = prior.parameters().get(v);
            int free = parameter.name().equals("weight")
                    ? parameter.value().size() - 1
                    : parameter.value().size();
            for (int i = 0; i < free; i++) {
                double h = 1e-4
                        * Math.min(1, Math.abs(prior.parameters().get(1).value().get(0)));
                Prior above = with(prior, v, i, h);
                Prior below = with(prior, v, i, -h);
                scores.add(Arrays.stream(y)
                        .map(t -> (above.logProb(0, t) - below.logProb(0, t)) / (2 * h))
                        .toArray());
            }
        }
        int n = scores.size();
        double[][] information = new double[n][2 * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < y.length; k++) {
                    information[i][j] += scores.get(i)[k] * scores.get(j)[k];
                }
            }
            information[i][n + i] = 1;
        }
        invert(information);
        double[] errors = new double[n];
        Arrays.setAll(errors, i -> Math.sqrt(information[i][n + i]));
        return errors;
    }

    /** Gauss and Jordan's elimination of a positive definite matrix with the unit matrix beside it. */
    private static void invert(double[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            double pivot = rows[i][i];
            for (int c = 0; c < rows[i].length; c++) {
                rows[i][c] /= pivot;
            }
            for (int r = 0; r < rows.length; r++) {
                double factor = rows[r][i];
                for (int c = 0; r != i && c < rows[i].length; c++) {
                    rows[r][c] -= factor * rows[i][c];
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("truths")
    void parametersAreRecoveredWithinThreeStandardErrors(Family family, Prior truth) {
        Tensor values = draw(truth, SAMPLES, 1);
        Prior fitted = PriorFitter.of(family)
                .objective(Objective.LIKELIHOOD)
                .fit(Samples.of(values, Shape.scalar()))
                .prior();
        SplittableRandom random = new SplittableRandom(2);
        double[] y = Arrays.stream(values.doubles())
                .map(value -> value + random.nextDouble() - 0.5)
                .toArray();
        double[] errors = standardErrors(truth, y);
        int e = 0;
        for (int v = 0; v < truth.parameters().size(); v++) {
            double[] expected = truth.parameters().get(v).value().doubles();
            double[] actual = fitted.parameters().get(v).value().doubles();
            for (int i = 0; i < expected.length && e < errors.length; i++, e++) {
                assertThat(actual[i])
                        .as("%s %d of %s", truth.parameters().get(v).name(), i, family)
                        .isCloseTo(expected[i], within(3 * errors[e]));
                double width = truth.base().quantile(0, 0.9) - truth.base().quantile(0, 0.1);
                assertThat(errors[e]).isLessThan(0.02 * (1 + width)); // it says something
            }
        }
        assertThat(e).isEqualTo(errors.length);
    }

    private static double nats(Prior prior, double[] y) {
        double[] logProb = new double[y.length];
        prior.logProb(y, 0, 0, y.length, logProb, 0);
        return -Arrays.stream(logProb).sum() / y.length;
    }

    /** A deep factorized density with two humps and unequal tails, of a given width. */
    private static NoisyDeepFactorized humps(double scale) {
        NoisyDeepFactorized start =
                NoisyDeepFactorized.initial(Shape.scalar(), new int[] {3, 3}, scale, new SplittableRandom(9));
        List<Tensor> values = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(10);
        for (Variable parameter : start.parameters()) {
            double[] entries = parameter.value().doubles();
            double spread = parameter.name().startsWith("factor")
                    ? 1.5
                    : parameter.name().equals("bias_0") ? 2 : 0.5;
            Arrays.setAll(entries, i -> entries[i] + spread * random.nextGaussian());
            values.add(parameter.value());
        }
        return (NoisyDeepFactorized) start.withParameters(values);
    }

    /** n nats are lost for 2 n parameters: 28 here cost 14 nats of all samples on others like them. */
    @ParameterizedTest
    @MethodSource("widths")
    void deepFactorizedDensitiesAreRecoveredInLikelihood(double scale) {
        Prior truth = humps(scale);
        Prior fitted = PriorFitter.fit(draw(truth, SAMPLES, 3), Family.DEEP_FACTORIZED, Shape.scalar());
        SplittableRandom random = new SplittableRandom(4);
        double[] fresh = new double[SAMPLES];
        Arrays.setAll(fresh, i -> truth.sample(0, random));
        // The difference of the two, on the same samples, strays by the root of twice its mean.
        assertThat(nats(fitted, fresh)).isLessThan(nats(truth, fresh) + (14 + 3 * Math.sqrt(28)) / SAMPLES);
    }

    private static Stream<Double> widths() {
        return Stream.of(0.3, 3.0, 300.0);
    }

    /** Adam, as in Kingma and Ba (2015), on the gradients of the whole data. */
    private static double adam(Parameterization family, double[] start, SmoothLength length, int steps) {
        GradientFit function =
                new GradientFit(family, length, family.prior(start).parameters());
        double[] x = start.clone();
        double[] gradient = new double[x.length];
        double[] mean = new double[x.length];
        double[] square = new double[x.length];
        double value = 0;
        for (int step = 1; step <= steps; step++) {
            value = function.at(x, gradient);
            for (int i = 0; i < x.length; i++) {
                mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
                square[i] = 0.999 * square[i] + 0.001 * gradient[i] * gradient[i];
                double rate = 0.02 * (1 - (double) step / steps);
                x[i] -= rate
                        * (mean[i] / (1 - Math.pow(0.9, step)))
                        / (Math.sqrt(square[i] / (1 - Math.pow(0.999, step))) + 1e-8);
            }
        }
        return value;
    }

    @Test
    void adamFindsNothingShorter() {
        double[] drawn = draw(humps(2), 3000, 5).doubles();
        Histogram.View values = Samples.of(Tensor.of(Shape.of(drawn.length), drawn), Shape.scalar())
                .histogram(0);
        Quadrature data = Quadrature.of(values, Quadrature.COARSE, 0x1p-16);
        SmoothLength length = new SmoothLength(data, Objective.CODE_LENGTH, data.median(), data.spread());
        DeepFactorizedParameterization family = new DeepFactorizedParameterization(
                new int[] {3, 3}, data.median(), data.spread(), new SplittableRandom(6));
        double adam = adam(family, family.startPoint(), length, 2500);
        double ours =
                GradientFit.from(family.startPoint(), family, length, 0.02).value();
        assertThat(ours).isLessThan(adam + 1);
        assertThat(adam).isLessThan(ours * 1.01); // and it was a fair try
    }

    private static Stream<Parameterization> parameterizations() {
        return Stream.of(
                new MixtureParameterization(
                        LocationScaleFamily.NORMAL, new double[] {3, 4, 9}, new double[] {2, 1, 0.7}, new double[] {
                            0.01, 0.5, 1e-4
                        }),
                new MixtureParameterization(
                        LocationScaleFamily.LOGISTIC,
                        new double[] {-30, -29.5, -31},
                        new double[] {0.2, 0.1, 1},
                        new double[] {0.01, 0.1, 1e-4}),
                new DeepFactorizedParameterization(new int[] {3, 3}, 5, 0.4, new SplittableRandom(1)),
                new DeepFactorizedParameterization(new int[] {2}, -70, 40, new SplittableRandom(2)),
                new DeepFactorizedParameterization(new int[] {}, 0.1, 0.02, new SplittableRandom(3)));
    }

    @ParameterizedTest
    @MethodSource("parameterizations")
    void gradientsAreThoseOfTheCodeLength(Parameterization family) {
        SplittableRandom random = new SplittableRandom(7);
        double[] x = family instanceof DeepFactorizedParameterization network ? network.startPoint() : new double[9];
        Arrays.setAll(x, i -> x[i] + 0.3 * random.nextGaussian());
        Prior prior = family.prior(x);
        double[] drawn = draw(prior, 300, 8).doubles();
        Histogram.View values =
                Samples.of(Tensor.of(Shape.of(300), drawn), Shape.scalar()).histogram(0);
        for (Objective objective : Objective.values()) {
            Quadrature data = Quadrature.of(values, Quadrature.COARSE, 0x1p-16);
            SmoothLength length = new SmoothLength(data, objective, data.median(), data.spread());
            GradientFit function = new GradientFit(family, length, prior.parameters());
            double[] gradient = new double[x.length];
            double[] unused = new double[x.length];
            function.at(x, gradient);
            for (int i = 0; i < x.length; i++) {
                double h = 1e-4;
                double[] moved = x.clone();
                double difference = 0;
                int[] offsets = {-2, -1, 1, 2};
                double[] factors = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12};
                for (int k = 0; k < 4; k++) {
                    moved[i] = x[i] + offsets[k] * h;
                    difference += factors[k] * function.at(moved, unused) / h;
                }
                assertThat(gradient[i]).isCloseTo(difference, within(1e-6 * (1 + Math.abs(difference)) + 1e-5));
            }
        }
    }

    private static Stream<Family> flexible() {
        return Stream.of(Family.NORMAL_MIXTURE, Family.LOGISTIC_MIXTURE, Family.DEEP_FACTORIZED);
    }

    @ParameterizedTest
    @MethodSource("flexible")
    void constantEmptyAndFewValuesAreFitted(Family family) {
        Tensor values = Tensor.zeros(ElementType.FLOAT32, Shape.of(1000, 3));
        for (int i = 0; i < values.size(); i++) {
            values.floats()[i] = new float[] {0, -2.3f, 47.2f}[i % 3];
        }
        Prior constant = PriorFitter.fit(values, family, Shape.of(3));
        assertThat(constant.type()).isEqualTo(ElementType.FLOAT32);
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(constant)
                .codingRank(2)
                .compression(true)
                .build();
        assertThat(model.compress(values).totalBytes()).isLessThan(4);
        FittedPrior none = PriorFitter.of(family).fit(Samples.of(ElementType.FLOAT64, Shape.of(2)));
        assertThat(none.bits()).isZero();
        assertThat(none.bitsPerValue()).isZero();
        assertThat(none.prior().logProb(1, 0)).isBetween(-1.6, -0.9);
        assertThat(PriorFitter.fit(Tensor.of(Shape.of(3, 0), new double[0]), family, Shape.of(0))
                        .size())
                .isZero();
        Prior two = PriorFitter.fit(Tensor.of(Shape.of(2), 10.0, 14.0), family, Shape.scalar());
        assertThat(two.logProb(0, 10) + two.logProb(0, 14)).isBetween(-9.0, -1.0);
    }

    @ParameterizedTest
    @MethodSource("flexible")
    void fewOutliersCostWhatEscapesCost(Family family) {
        double[] values = draw(NoisyNormal.of(Shape.scalar(), new double[] {5}, new double[] {2}), 5000, 6)
                .doubles();
        Samples clean = Samples.of(Tensor.of(Shape.of(5000), values.clone()), Shape.scalar());
        double before = PriorFitter.of(family).fit(clean).bits();
        values[10] = 1e6;
        values[20] = -2147483648.0;
        values[30] = 500;
        Samples dirty = Samples.of(Tensor.of(Shape.of(5000), values), Shape.scalar());
        double after = PriorFitter.of(family).fit(dirty).bits();
        assertThat(after).isBetween(before + 30, before + 160);
        // Without escapes, all must pay for the outliers, and no more than with a single component.
        double single = PriorFitter.of(Family.LOGISTIC)
                .objective(Objective.LIKELIHOOD)
                .fit(dirty)
                .bits();
        assertThat(PriorFitter.of(family)
                        .objective(Objective.LIKELIHOOD)
                        .fit(dirty)
                        .bits())
                .isLessThan(single * 1.02);
    }

    /**
     * Half of the values are 0, or lie about it: mixtures see that and pay a bit or two for it. With tables that have hardly
     * more slots than cells they pay a third of a bit more.
     */
    @ParameterizedTest
    @EnumSource(
            value = Family.class,
            names = {"NORMAL_MIXTURE", "LOGISTIC_MIXTURE"})
    void spikesAndSlabsAreTakenApart(Family family) {
        for (double spike : new double[] {0, 0.01, 1}) {
            for (double slab : new double[] {30, 1e3, 1e6}) {
                SplittableRandom random = new SplittableRandom(8);
                double[] values = new double[4000];
                Arrays.setAll(values, i -> (i % 2 == 0 ? spike : slab) * random.nextGaussian());
                Samples samples = Samples.of(Tensor.of(Shape.of(4000), values), Shape.scalar());
                double entropy = Math.log(slab * Math.sqrt(2 * Math.PI * Math.E)) / Math.log(2);
                double spikeEntropy = spike == 1 ? 2.1 : 0;
                for (Objective objective : Objective.values()) {
                    FittedPrior fitted =
                            PriorFitter.of(family).objective(objective).fit(samples);
                    assertThat(fitted.bitsPerValue())
                            .as("spike %s slab %s %s", spike, slab, objective)
                            .isLessThan(1
                                    + (entropy + spikeEntropy) / 2
                                    + (objective == Objective.LIKELIHOOD ? 0.15 : 0.45));
                }
            }
        }
    }

    @Test
    void theFamilyIsChosenByWhatItWasNotFittedTo() {
        Prior bell = NoisyNormal.of(Shape.of(3), new double[3], new double[] {0.8, 2, 5});
        PriorFitter all =
                PriorFitter.of(Family.AUTO, Family.NORMAL_MIXTURE, Family.LOGISTIC_MIXTURE, Family.DEEP_FACTORIZED);
        // 8 and 28 parameters fit 300 values better than 2 do, and others like them worse.
        Samples bells = Samples.of(draw(bell, 300, 11), bell.shape());
        FittedPrior chosen = all.fit(bells);
        assertThat(chosen.family()).isEqualTo(Family.NORMAL);
        assertThat(PriorFitter.of(Family.DEEP_FACTORIZED).fit(bells).bits()).isLessThan(chosen.bits());
        Prior humps = normalMixture(new double[] {-9, 0, 9}, new double[] {1, 1, 1}, new double[] {0.4, 0.2, 0.4});
        assertThat(all.fit(Samples.of(draw(humps, 1000, 12), Shape.scalar())).family())
                .isEqualTo(Family.NORMAL_MIXTURE);
    }

    @Test
    void threadsAndListenersDoNotMatter() {
        Tensor values = draw(NoisyLaplace.of(Shape.of(3), new double[3], new double[] {1, 2, 3}), 60, 13);
        Samples samples = Samples.of(values, Shape.of(3));
        PriorFitter fitter =
                PriorFitter.of(Family.NORMAL, Family.NORMAL_MIXTURE).seed(5);
        FittedPrior alone = fitter.fit(samples);
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Integer> heard = new ArrayList<>();
            FittedPrior together = fitter.executor(pool, 4)
                    .listener((done, total, step) -> {
                        assertThat(total).isEqualTo(3);
                        assertThat(step).isEqualTo(0.5);
                        heard.add(done);
                    })
                    .fit(samples, 0.5);
            assertThat(heard).containsExactly(1, 2, 3);
            assertThat(together.bits()).isGreaterThan(alone.bits());
            assertThat(fitter.executor(pool, 3).fit(samples).prior().parameters())
                    .isEqualTo(alone.prior().parameters());
            assertThatThrownBy(() -> fitter.executor(pool, 2)
                            .listener((done, total, step) -> {
                                throw new IllegalStateException("enough");
                            })
                            .fit(samples))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("enough");
        }
        PriorFitter deep = PriorFitter.of(Family.DEEP_FACTORIZED);
        assertThat(deep.seed(1).fit(samples).prior().parameters())
                .isEqualTo(deep.seed(1).fit(samples).prior().parameters())
                .isNotEqualTo(deep.seed(2).fit(samples).prior().parameters());
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aBillionValuesAreFittedLikeAFew(Family family) {
        Prior truth = NoisyLogistic.of(Shape.scalar(), new double[] {0.4}, new double[] {3});
        Samples few = Samples.of(draw(truth, 6000, 14), Shape.scalar());
        Samples many = few;
        for (int doubling = 0; doubling < 18; doubling++) {
            many = Samples.of(ElementType.FLOAT64, Shape.scalar()).merge(many).merge(many);
        }
        FittedPrior fitted = PriorFitter.of(family).fit(many);
        FittedPrior likeFew = PriorFitter.of(family).fit(few);
        assertThat(fitted.values()).isEqualTo(6000L << 18);
        assertThat(fitted.family()).isEqualTo(likeFew.family());
        // Searches end elsewhere on the flat ground, where whole slots make small steps.
        assertThat(fitted.bitsPerValue()).isCloseTo(likeFew.bitsPerValue(), within(4e-3));
    }

    @Test
    void asManyComponentsAsAllowedStayFinite() {
        double[] values = new double[60];
        Arrays.setAll(values, i -> i % 2 == 0 ? 0x1p31 - i : i - 0x1p31);
        Samples samples = Samples.of(Tensor.of(Shape.of(60), values), Shape.scalar());
        FittedPrior fitted =
                PriorFitter.of(Family.NORMAL_MIXTURE).components(960).fit(samples);
        assertThat(fitted.bitsPerValue()).isFinite();
    }

    /** With hundreds of components, the widest must still be of a width that tables hold. */
    @ParameterizedTest
    @CsvSource({"200, 20", "300, 20", "200, 100", "300, 100", "300, 400"})
    void manyComponentsMakeAUsablePrior(int components, int n) {
        SplittableRandom random = new SplittableRandom(1);
        double[] values = new double[n];
        Arrays.setAll(values, i -> random.nextGaussian());
        Tensor tensor = Tensor.of(Shape.of(n), values);
        FittedPrior fitted =
                PriorFitter.of(Family.NORMAL_MIXTURE).components(components).fit(Samples.of(tensor, Shape.scalar()));
        assertThat(fitted.bitsPerValue()).isBetween(0.0, 2.6);
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(fitted.prior())
                .codingRank(1)
                .compression(true)
                .bottleneckType(ElementType.FLOAT64)
                .build();
        double[] manyTimes = new double[100 * n];
        Arrays.setAll(manyTimes, i -> values[i % n]);
        Tensor all = Tensor.of(Shape.of(manyTimes.length), manyTimes);
        double coded = 8.0 * model.compress(all).totalBytes() / manyTimes.length;
        assertThat(fitted.bitsPerValue()).isCloseTo(coded, within(0.05 + 0.01 * coded));
    }

    @Test
    void badSettingsAreRefusedWithTheirValues() {
        PriorFitter fitter = PriorFitter.of(Family.NORMAL);
        for (int components : new int[] {0, 961, 1_000_000}) {
            assertThatThrownBy(() -> fitter.components(components))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 to 960 components")
                    .hasMessageContaining("components=" + components);
        }
        assertThatThrownBy(() -> fitter.numFilters(3, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layer=1 filters=0");
        assertThatThrownBy(() -> fitter.executor(Runnable::run, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("parallelism=0");
    }
}
