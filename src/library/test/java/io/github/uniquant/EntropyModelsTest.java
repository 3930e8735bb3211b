package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.AnyModel.Kind;
import io.github.uniquant.AnyModel.Options;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Laws of every model, whatever it codes with; {@link ModelShapesTest} and {@link ConcurrencyTest} have more of them. */
class EntropyModelsTest {
    private static final Shape SHAPE = Shape.of(2, 2, 70, 3);

    static Stream<Arguments> kindsAndFormats() {
        return Stream.of(Kind.values()).flatMap(kind -> kind.formats().map(format -> Arguments.of(kind, format)));
    }

    static Stream<Arguments> kindsAndTypes() {
        return Stream.of(Kind.values())
                .flatMap(kind -> Stream.of(ElementType.values())
                        .filter(ElementType::isFloating)
                        .map(type -> Arguments.of(kind, type)));
    }

    @ParameterizedTest
    @MethodSource("kindsAndTypes")
    void decodingGivesWhatTheEstimateSays(Kind kind, ElementType type) {
        AnyModel any = AnyModel.of(kind, Options.of(CoderFormat.RANS).with(type));
        Tensor y = any.draw(SHAPE, 1);
        RateEstimate estimate = any.call(y, Training.FALSE);
        Tensor decoded = any.decompress(any.compress(y), SHAPE);
        assertThat(decoded.type()).isEqualTo(type);
        assertThat(decoded).isEqualTo(AnyModel.withoutNegativeZeros(estimate.perturbed()));
        double ulp = switch (type) {
            case FLOAT16 -> 0x1p-10;
            case BFLOAT16 -> 0x1p-7;
            case FLOAT32 -> 0x1p-23;
            default -> 0x1p-52;
        };
        for (int i = 0; i < y.size(); i++) {
            assertThat(decoded.get(i)).isCloseTo(y.get(i), within(0.5 + ulp * (Math.abs(y.get(i)) + 3)));
        }
    }

    @ParameterizedTest
    @MethodSource("kindsAndFormats")
    void stringsAreAsLongAsTheEstimateSays(Kind kind, CoderFormat format) {
        AnyModel any = AnyModel.of(kind, Options.of(format));
        Shape shape = Shape.of(20_000, 3);
        Tensor y = any.draw(shape, 2);
        double bits = any.call(y, Training.FALSE).totalBits();
        // Two bytes, and 1 % for what the tables' tails and their 12 bits of precision cost.
        assertThat(8.0 * any.compress(y).totalBytes()).isBetween(bits * 0.995, bits * 1.01 + 16);
    }

    @ParameterizedTest
    @MethodSource("kindsAndFormats")
    void freshNoiseIsUniformAndCostsMoreThanNothing(Kind kind, CoderFormat format) {
        AnyModel any = AnyModel.of(kind, Options.of(format));
        Shape shape = Shape.of(2_000, 3);
        Tensor y = any.draw(shape, 3);
        RateEstimate estimate = any.call(y, Training.TRUE);
        assertThat(estimate.totalBits()).isPositive();
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < y.size(); i++) {
            double noise = estimate.perturbed().get(i) - y.get(i);
            assertThat(Math.abs(noise)).isLessThan(0.5 + 1e-5);
            sum += noise;
            squares += noise * noise;
        }
        assertThat(sum / y.size()).isCloseTo(0, within(0.02));
        assertThat(squares / y.size()).isCloseTo(1 / 12.0, within(0.005));
    }

    @ParameterizedTest
    @MethodSource("kindsAndFormats")
    void stringsAndValuesAreTheSameFromAnyNumberOfTasks(Kind kind, CoderFormat format) {
        AnyModel any = AnyModel.of(kind, Options.of(format));
        Shape shape = Shape.of(13, 60, 3);
        Tensor y = any.draw(shape, 4);
        BitStrings strings = any.compress(y);
        Tensor decoded = any.decompress(strings, shape);
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            for (int parallelism : new int[] {1, 2, 5, 40}) {
                assertThat(any.compress(y, executor, parallelism)).isEqualTo(strings);
                assertThat(any.decompress(strings, shape, executor, parallelism))
                        .isEqualTo(decoded);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kindsAndFormats")
    void outliersAreCodedAndOtherValuesRefusedByTheirPlace(Kind kind, CoderFormat format) {
        AnyModel any = AnyModel.of(kind, Options.of(format));
        Tensor y = any.draw(SHAPE, 5);
        y.floats()[0] = 1e9f;
        y.floats()[y.size() - 1] = -1e9f;
        Tensor decoded = any.decompress(any.compress(y), SHAPE);
        assertThat(decoded.get(0)).isCloseTo(1e9, within(64.0));
        assertThat(decoded.get(y.size() - 1)).isCloseTo(-1e9, within(64.0));
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 3e9f}) {
            y.floats()[2 * 210 + 17] = bad;
            assertThatThrownBy(() -> any.compress(y))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("element=17")
                    .hasMessageContaining("unit=2");
        }
    }

    @ParameterizedTest
    @MethodSource("kindsAndFormats")
    void emptyTensorsRoundTrip(Kind kind, CoderFormat format) {
        AnyModel any = AnyModel.of(kind, Options.of(format));
        for (Shape shape : List.of(Shape.of(0, 5, 3), Shape.of(4, 0, 3))) {
            Tensor y = Tensor.zeros(ElementType.FLOAT32, shape);
            BitStrings strings = any.compress(y);
            assertThat(strings.totalBytes()).isZero();
            assertThat(any.decompress(strings, shape)).isEqualTo(y);
            assertThat(any.call(y, Training.FALSE).totalBits()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("kindsAndFormats")
    void damagedStringsEndInTheExceptionOrInOtherValues(Kind kind, CoderFormat format) {
        AnyModel any = AnyModel.of(kind, Options.of(format));
        Shape shape = Shape.of(70, 3);
        Tensor y = any.draw(shape, 6);
        byte[] string = any.compress(y).get(0);
        Tensor right = any.decompress(any.compress(y), shape);
        int refused = 0;
        for (int bit = 0; bit < 8 * string.length; bit++) {
            byte[] damaged = string.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                Tensor decoded = any.decompress(BitStrings.of(Shape.scalar(), List.of(damaged)), shape);
                assertThat(decoded).isNotEqualTo(right);
            } catch (MalformedBitstreamException e) {
                assertThat(e).hasMessageContaining("offset=");
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aDamagedStringOfABatchIsNamed(Kind kind) {
        AnyModel any = AnyModel.of(kind, Options.of(CoderFormat.RANS));
        BitStrings strings = any.compress(any.draw(SHAPE, 7));
        List<byte[]> some = new ArrayList<>();
        for (int i = 0; i < strings.count(); i++) {
            some.add(i == 2 ? Arrays.copyOf(strings.get(i), strings.length(i) / 2) : strings.get(i));
        }
        assertThatThrownBy(() -> any.decompress(BitStrings.of(strings.shape(), some), SHAPE))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("string=2");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void decodingBeyondTheLimitsIsRefused(Kind kind) {
        AnyModel any = AnyModel.of(kind, Options.of(CoderFormat.RANS));
        BitStrings strings = any.compress(any.draw(SHAPE, 8));
        for (DecodeLimits limits : List.of(new DecodeLimits(209, 10_000), new DecodeLimits(210, 839))) {
            AnyModel limited = new AnyModel(limited(any.model(), limits));
            assertThatThrownBy(() -> limited.decompress(strings, SHAPE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("see DecodeLimits");
        }
        assertThat(new AnyModel(limited(any.model(), new DecodeLimits(210, 840))).decompress(strings, SHAPE))
                .isEqualTo(any.decompress(strings, SHAPE));
    }

    private static EntropyModel limited(EntropyModel model, DecodeLimits limits) {
        return switch (model) {
            case UniversalBatchedEntropyModel m ->
                limited(UniversalBatchedEntropyModel.builder(m.prior()), m, limits)
                        .build();
            case ContinuousBatchedEntropyModel m ->
                limited(ContinuousBatchedEntropyModel.builder(m.prior()), m, limits)
                        .build();
            case ContinuousIndexedEntropyModel m ->
                limited(ContinuousIndexedEntropyModel.builder(m.prior()), m, limits)
                        .build();
            case LocationScaleIndexedEntropyModel m ->
                limited(LocationScaleIndexedEntropyModel.builder(m.prior()), m, limits)
                        .build();
            case UniversalIndexedEntropyModel m ->
                limited(UniversalIndexedEntropyModel.builder(m.prior()), m, limits)
                        .build();
        };
    }

    private static <B extends EntropyModel.Builder<B>> B limited(B builder, EntropyModel model, DecodeLimits limits) {
        return builder.codingRank(model.codingRank()).compression(true).limits(limits);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void withoutCompressionThereAreEstimatesButNoStrings(Kind kind) {
        AnyModel any = AnyModel.of(kind, Options.of(CoderFormat.RANS));
        Tensor y = any.draw(SHAPE, 9);
        AnyModel plain = new AnyModel(
                switch (any.model()) {
                    case UniversalBatchedEntropyModel m ->
                        UniversalBatchedEntropyModel.builder(m.prior())
                                .codingRank(2)
                                .build();
                    case ContinuousBatchedEntropyModel m ->
                        ContinuousBatchedEntropyModel.builder(m.prior())
                                .codingRank(2)
                                .build();
                    case ContinuousIndexedEntropyModel m ->
                        ContinuousIndexedEntropyModel.builder(m.prior())
                                .codingRank(2)
                                .build();
                    case LocationScaleIndexedEntropyModel m ->
                        LocationScaleIndexedEntropyModel.builder(m.prior())
                                .codingRank(2)
                                .build();
                    case UniversalIndexedEntropyModel m ->
                        UniversalIndexedEntropyModel.builder(m.prior())
                                .codingRank(2)
                                .build();
                });
        AnyModel.assertSameEstimate(plain.call(y, Training.FALSE), any.call(y, Training.FALSE));
        assertThat(plain.model().getWeights())
                .isEqualTo(any.model().prior().parameters().stream()
                        .map(Variable::value)
                        .toList());
        assertThatThrownBy(() -> plain.compress(y)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> plain.decompress(any.compress(y), SHAPE)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> plain.model().getConfig()).isInstanceOf(IllegalStateException.class);
    }

    // ---- rebuilt models

    @ParameterizedTest
    @MethodSource("kindsAndFormats")
    void aModelRebuiltFromConfigurationAndWeightsCodesAsTheFirstOne(Kind kind, CoderFormat format) {
        AnyModel any = AnyModel.of(kind, Options.of(format).with(Dither.seed(5, 1)));
        JsonMapper json = JsonMapper.builder().build();
        Map<String, Object> config = json.readValue(
                json.writeValueAsString(any.model().getConfig()), new TypeReference<Map<String, Object>>() {});
        EntropyModel rebuilt = EntropyModel.fromConfig(config, any.model().getWeights());
        assertSame(new AnyModel(rebuilt), any);
    }

    /** The same class, state, strings, values and estimates. */
    static void assertSame(AnyModel rebuilt, AnyModel first) {
        assertThat(rebuilt.model()).hasSameClassAs(first.model());
        assertThat(rebuilt.model().getConfig()).isEqualTo(first.model().getConfig());
        assertThat(rebuilt.model().variables()).isEqualTo(first.model().variables());
        Tensor y = first.draw(SHAPE, 10);
        BitStrings strings = first.compress(y);
        assertThat(rebuilt.compress(y)).isEqualTo(strings);
        assertThat(rebuilt.decompress(strings, SHAPE)).isEqualTo(first.decompress(strings, SHAPE));
        AnyModel.assertSameEstimate(rebuilt.call(y, Training.FALSE), first.call(y, Training.FALSE));
        AnyModel.assertSameEstimate(rebuilt.call(y, Training.TRUE), first.call(y, Training.TRUE));
    }

    /** A format that is null would be none of the formats, and code as one of them. */
    @Test
    @SuppressWarnings("NullAway")
    void argumentsThatAreNullAreRefused() {
        UniversalBatchedEntropyModel.Builder builder =
                UniversalBatchedEntropyModel.builder(NoisyNormal.of(Shape.of(1), new float[] {0}, new float[] {1}));
        assertThatThrownBy(() -> builder.coder(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.limits(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.dither(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.tables(null)).isInstanceOf(NullPointerException.class);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void configurationsOfOtherClassesAreRefused(Kind kind) {
        EntropyModel model = AnyModel.of(kind, Options.of(CoderFormat.RANS)).model();
        Map<String, Object> config = model.getConfig();
        List<Tensor> weights = model.getWeights();
        Map<Kind, Runnable> rebuilders = Map.of(
                Kind.UNIVERSAL_BATCHED, () -> UniversalBatchedEntropyModel.fromConfig(config, weights),
                Kind.CONTINUOUS_BATCHED, () -> ContinuousBatchedEntropyModel.fromConfig(config, weights),
                Kind.CONTINUOUS_INDEXED, () -> ContinuousIndexedEntropyModel.fromConfig(config, weights),
                Kind.LOCATION_SCALE, () -> LocationScaleIndexedEntropyModel.fromConfig(config, weights),
                Kind.UNIVERSAL_INDEXED, () -> UniversalIndexedEntropyModel.fromConfig(config, weights));
        rebuilders.forEach((other, rebuild) -> {
            if (other == kind) {
                rebuild.run();
            } else {
                assertThatThrownBy(rebuild::run)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("class_name=" + model.getClass().getSimpleName());
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void setWeightsGivesAModelOfThem(Kind kind) {
        AnyModel first = AnyModel.of(kind, Options.of(CoderFormat.RANS));
        assertSame(new AnyModel(first.model().setWeights(first.model().getWeights())), first);
        List<Tensor> fewer =
                first.model().getWeights().subList(0, first.model().getWeights().size() - 1);
        assertThatThrownBy(() -> first.model().setWeights(fewer))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one weight for each variable");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void weightsOfRandomBytesNeverBreakAModel(Kind kind) {
        EntropyModel model = AnyModel.of(kind, Options.of(CoderFormat.RANS)).model();
        SplittableRandom random = new SplittableRandom(11);
        int refused = 0;
        for (int round = 0; round < 50; round++) {
            List<Tensor> weights = new ArrayList<>(model.getWeights());
            int which = random.nextInt(weights.size());
            Tensor changed = weights.get(which).to(ElementType.FLOAT64);
            double[] values = changed.toDoubles();
            values[random.nextInt(values.length)] = random.nextInt(-5000, 5000);
            weights.set(
                    which,
                    Tensor.of(changed.shape(), values).to(weights.get(which).type()));
            try {
                assertThat(model.setWeights(weights).tables().count())
                        .isEqualTo(model.tables().count());
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1, 49);
    }
}
