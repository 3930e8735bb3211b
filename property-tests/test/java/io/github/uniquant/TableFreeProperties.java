package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.statistics.Statistics;

/** Laws of models without tables, at every scale. */
class TableFreeProperties {
    private static final int TRIES = 400;

    /** The families that are coded without tables. */
    enum Family {
        NORMAL,
        LOGISTIC,
        LAPLACE;

        Prior of(Shape shape, double[] loc, double[] scale) {
            return switch (this) {
                case NORMAL -> NoisyNormal.of(shape, loc, scale);
                case LOGISTIC -> NoisyLogistic.of(shape, loc, scale);
                case LAPLACE -> NoisyLaplace.of(shape, loc, scale);
            };
        }
    }

    /** A model and a tensor of shape (units, rows, channels). */
    record Sample(UniversalBatchedEntropyModel model, Tensor values, int rows) {
        @Override
        public String toString() {
            return "Sample[" + model.getConfig() + " weights=" + model.getWeights() + " shape=" + values.shape() + "]";
        }
    }

    private record Numbers(int precision, int noiseLevels, double tailMass, double logScale, long seed) {}

    @Provide
    Arbitrary<Sample> samples() {
        Arbitrary<Numbers> numbers = Combinators.combine(
                        Arbitraries.integers().between(3, 16),
                        Arbitraries.of(1, 2, 15, 16, 1000, 1 << 20, 1 << 24),
                        Arbitraries.of(0x1p-8, 0.5, 1e-6),
                        Arbitraries.doubles().between(-8, 4),
                        Arbitraries.longs())
                .as(Numbers::new);
        Arbitrary<int[]> dims = Combinators.combine(
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 90),
                        Arbitraries.integers().between(1, 12))
                .as((units, rows, channels) -> new int[] {units, rows, channels});
        Arbitrary<ElementType> types =
                Arbitraries.of(ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.FLOAT32, ElementType.FLOAT64);
        return Combinators.combine(numbers, dims, types, Arbitraries.of(Family.class), Arbitraries.of(true, false))
                .as(TableFreeProperties::sample)
                .withoutEdgeCases();
    }

    private static Sample sample(Numbers numbers, int[] dims, ElementType type, Family family, boolean seeded) {
        SplittableRandom random = new SplittableRandom(numbers.seed);
        int channels = dims[2];
        double[] loc = new double[channels];
        double[] scale = new double[channels];
        for (int j = 0; j < channels; j++) {
            loc[j] = random.nextInt(4) == 0 ? random.nextInt(-9, 10) / 2.0 : 8 * random.nextDouble() - 4;
            scale[j] = Math.pow(10, Math.clamp(numbers.logScale + random.nextDouble() - 0.5, -8.0, 4.0));
        }
        Prior prior = family.of(Shape.of(channels), loc, scale);
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .coder(CoderFormat.RANS_FREE)
                .bottleneckType(type)
                .rangeCoderPrecision(numbers.precision)
                .numNoiseLevels(numbers.noiseLevels)
                .tailMass(numbers.tailMass)
                .dither(seeded ? Dither.seed(numbers.seed, 5) : Dither.tfc())
                .build();
        double largest = type == ElementType.FLOAT16 ? 2000 : type == ElementType.BFLOAT16 ? 250 : 2e9;
        double[] values = new double[dims[0] * dims[1] * channels];
        for (int i = 0; i < values.length; i++) {
            double value = prior.sample(i % channels, random);
            double outlier = Math.pow(largest, random.nextDouble()) * (random.nextBoolean() ? 1 : -1);
            values[i] = Math.clamp(random.nextInt(40) == 0 ? outlier : value, -largest, largest);
        }
        return new Sample(model, Tensor.of(Shape.of(dims), values).to(type), dims[1]);
    }

    @Property(tries = TRIES)
    void decodeInvertsEncode(@ForAll("samples") Sample sample) {
        BitStrings strings = sample.model.compress(sample.values);
        assertThat(sample.model.decompress(strings, Shape.of(sample.rows)))
                .isEqualTo(sample.model.call(sample.values, Training.FALSE).perturbed());
        UnitEncoder encoder = sample.model.newEncoder(Shape.of(sample.rows));
        for (int length : strings.lengths()) {
            assertThat((long) length).isLessThanOrEqualTo(encoder.maxBytes());
        }
        Statistics.label("type").collect(sample.model.bottleneckType());
        Statistics.label("family").collect(sample.model.prior().family()).coverage(checker -> {
            checker.check("NoisyNormal").percentage(percentage -> percentage > 20);
            checker.check("NoisyLogistic").percentage(percentage -> percentage > 20);
            checker.check("NoisyLaplace").percentage(percentage -> percentage > 20);
        });
        Statistics.label("elements of a unit")
                .collect(sample.values.shape().trailing(2).elements() < 256 ? "below 256" : "256 and more")
                .coverage(checker -> {
                    checker.check("below 256").percentage(percentage -> percentage > 10);
                    checker.check("256 and more").percentage(percentage -> percentage > 10);
                });
    }

    @Property(tries = TRIES / 4)
    void configAndWeightsRebuildTheModel(@ForAll("samples") Sample sample) {
        List<Tensor> weights = sample.model.getWeights();
        assertThat(weights).hasSize(2);
        UniversalBatchedEntropyModel rebuilt =
                UniversalBatchedEntropyModel.fromConfig(sample.model.getConfig(), weights);
        assertThat(rebuilt.compress(sample.values)).isEqualTo(sample.model.compress(sample.values));
    }

    @Property(tries = TRIES / 2, shrinking = ShrinkingMode.OFF)
    void damageIsRefusedOrGivesOtherValues(@ForAll("samples") Sample sample, @ForAll Damage damage, @ForAll long seed) {
        BitStrings strings = sample.model.compress(sample.values);
        for (int i = 0; i < strings.count(); i++) {
            byte[] damaged = damage.of(strings.get(i), seed + i);
            BitStrings one = BitStrings.of(Shape.of(1), List.of(damaged));
            try {
                Tensor decoded = sample.model.decompress(one, Shape.of(sample.rows), new long[] {i});
                assertThat(decoded.size())
                        .isEqualTo((int) sample.values.shape().trailing(2).elements());
            } catch (MalformedBitstreamException e) {
                assertThat(e.offset()).isBetween(0L, (long) damaged.length);
            }
        }
    }
}
