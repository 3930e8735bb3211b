package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.runlength.IntegerCode;
import io.github.uniquant.coder.runlength.RunLengthFormat;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class RunLengthEntropyModelTest {
    private static Stream<RunLengthEntropyModel> models(ElementType type, int codingRank) {
        return Stream.of(
                PowerLawEntropyModel.builder()
                        .codingRank(codingRank)
                        .bottleneckType(type)
                        .alpha(0.5)
                        .build(),
                LaplaceEntropyModel.builder()
                        .codingRank(codingRank)
                        .bottleneckType(type)
                        .build(),
                LaplaceEntropyModel.builder()
                        .codingRank(codingRank)
                        .bottleneckType(type)
                        .l1(3)
                        .runLengthCode(IntegerCode.rice(2))
                        .magnitudeCode(IntegerCode.rice(4))
                        .useRunLengthForNonZeros(true)
                        .build());
    }

    static Stream<RunLengthEntropyModel> models() {
        return models(ElementType.FLOAT32, 1);
    }

    private static Tensor draw(ElementType type, int... dims) {
        SplittableRandom random = new SplittableRandom(1);
        double[] values = new double[(int) Shape.of(dims).elements()];
        Arrays.setAll(values, i -> random.nextGaussian() * (random.nextInt(5) == 0 ? 20 : 0.6));
        return Tensor.of(Shape.of(dims), values).to(type);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INT32")
    void decompressInvertsCompressUpToQuantize(ElementType type) {
        int[][] shapes = {{}, {0}, {1}, {700}, {3, 40}, {2, 0, 5}, {0, 4}, {2, 3, 50}};
        for (int[] dims : shapes) {
            Tensor y = draw(type, dims);
            for (int rank = 0; rank <= dims.length; rank++) {
                for (RunLengthEntropyModel model : models(type, rank).toList()) {
                    BitStrings strings = model.compress(y);
                    Shape codeShape = y.shape().trailing(rank);
                    assertThat(strings.shape()).isEqualTo(y.shape().leading(dims.length - rank));
                    Tensor decoded = model.decompress(strings, codeShape);
                    assertThat(decoded).isEqualTo(model.quantize(y));
                    for (int i = 0; i < y.size(); i++) {
                        assertThat(Math.abs(decoded.get(i) - y.get(i))).isLessThanOrEqualTo(0.5);
                    }
                }
            }
        }
    }

    @Test
    void aUnitOfManyBlocksRoundsAsItsElements() {
        Tensor y = draw(ElementType.FLOAT16, 10_000);
        PowerLawEntropyModel model = PowerLawEntropyModel.builder()
                .codingRank(1)
                .bottleneckType(ElementType.FLOAT16)
                .build();
        assertThat(model.decompress(model.compress(y), y.shape())).isEqualTo(model.quantize(y));
    }

    /** Every value of a half type that is a number is coded, whatever its magnitude, up to 2^31. */
    @Test
    void halfTypesAreCodedBeyondTheirRangeOfAllIntegers() {
        for (ElementType type : List.of(ElementType.FLOAT16, ElementType.BFLOAT16)) {
            Tensor y = Tensor.of(Shape.of(4), 2500.0, -65504, 60000, 3).to(type);
            PowerLawEntropyModel model = PowerLawEntropyModel.builder()
                    .codingRank(1)
                    .bottleneckType(type)
                    .build();
            assertThat(model.decompress(model.compress(y), y.shape())).isEqualTo(y);
        }
    }

    @Test
    void theLeastInt32IsCodedAndNothingBeyond() {
        PowerLawEntropyModel model =
                PowerLawEntropyModel.builder().codingRank(1).build();
        Tensor y = Tensor.of(Shape.of(2), -0x1p31f, 0x1.fffffep30f);
        assertThat(model.decompress(model.compress(y), y.shape())).isEqualTo(y);
        for (float bad : new float[] {0x1p31f, -0x1.000002p31f, Float.NaN, Float.NEGATIVE_INFINITY}) {
            for (int element : new int[] {0, 4321}) {
                Tensor batch = Tensor.of(Shape.of(2, 5000), new float[10_000]);
                batch.floats()[5000 + element] = bad;
                assertThatThrownBy(() -> model.compress(batch))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("every value must be finite and round to an int32: element=" + element + " value="
                                + (double) bad + " unit=1");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void anExecutorChangesNothing(RunLengthEntropyModel model) {
        Tensor y = draw(ElementType.FLOAT32, 13, 300);
        BitStrings strings = model.compress(y);
        assertThat(model.compress(y, ForkJoinPool.commonPool(), 4)).isEqualTo(strings);
        assertThat(model.decompress(strings, Shape.of(300), ForkJoinPool.commonPool(), 5))
                .isEqualTo(model.decompress(strings, Shape.of(300)));
    }

    // ---- training

    @ParameterizedTest
    @MethodSource("models")
    void thePenaltyAddsUpOverElementsAndItsGradientIsItsSlope(RunLengthEntropyModel model) {
        Tensor y = draw(ElementType.FLOAT32, 3, 30);
        PenaltyEstimate estimate = model.call(y);
        assertThat(estimate.quantized()).isEqualTo(model.quantize(y));
        Tensor penalty = estimate.penalty();
        assertThat(penalty.shape()).isEqualTo(Shape.of(3));
        Tensor gradient = model.penaltyGradient(y);
        assertThat(gradient.shape()).isEqualTo(y.shape());
        double h = 0x1p-10;
        for (int unit = 0; unit < 3; unit++) {
            double sum = 0;
            for (int i = 0; i < 30; i++) {
                float value = y.floats()[30 * unit + i];
                sum += elementPenalty(model, value);
                if (Math.abs(value) > 2 * h) {
                    double slope = (elementPenalty(model, value + h) - elementPenalty(model, value - h)) / (2 * h);
                    assertThat(gradient.get(30 * unit + i)).isCloseTo(slope, within(1e-4 * Math.abs(slope)));
                }
            }
            assertThat(penalty.get(unit)).isCloseTo(sum, within(1e-9 * sum));
        }
        assertThat(model.penalty(Tensor.zeros(ElementType.FLOAT32, Shape.of(9))).doubles())
                .containsExactly(0);
        assertThat(model.penaltyGradient(Tensor.zeros(ElementType.FLOAT32, Shape.of(9)))
                        .floats())
                .containsOnly(0);
    }

    @Test
    void thePenaltyIsFiniteHoweverSmallAlphaIs() {
        for (double alpha : new double[] {Double.MIN_VALUE, 1e-310, 1e-300}) {
            PowerLawEntropyModel model = PowerLawEntropyModel.builder()
                    .codingRank(0)
                    .bottleneckType(ElementType.FLOAT64)
                    .alpha(alpha)
                    .build();
            double[] penalties =
                    model.penalty(Tensor.of(Shape.of(3), 0.0, 1, -1e30)).doubles();
            assertThat(penalties[0]).isZero();
            assertThat(penalties[1]).isCloseTo(-Math.log(alpha), within(1e-9));
            assertThat(penalties[2]).isCloseTo(30 * Math.log(10) - Math.log(alpha), within(1e-9));
        }
    }

    private static double elementPenalty(RunLengthEntropyModel model, double y) {
        return switch (model) {
            case PowerLawEntropyModel power -> Math.log((Math.abs(y) + power.alpha()) / power.alpha());
            case LaplaceEntropyModel laplace -> laplace.l1() * Math.abs(y);
        };
    }

    // ---- arguments and state

    @Test
    void defaultsAreUpstreams() {
        PowerLawEntropyModel power =
                PowerLawEntropyModel.builder().codingRank(2).build();
        assertThat(power.alpha()).isEqualTo(0.01);
        assertThat(power.codingRank()).isEqualTo(2);
        assertThat(power.bottleneckType()).isEqualTo(ElementType.FLOAT32);
        assertThat(power.format()).isEqualTo(RunLengthFormat.GAMMA);
        LaplaceEntropyModel laplace =
                LaplaceEntropyModel.builder().codingRank(0).build();
        assertThat(laplace.l1()).isEqualTo(0.01);
        assertThat(laplace.format()).isEqualTo(RunLengthFormat.of(-1, 0, false));
        assertThat(laplace.getConfig())
                .containsExactly(
                        Map.entry("coding_rank", 0),
                        Map.entry("l1", 0.01),
                        Map.entry("run_length_code", -1),
                        Map.entry("magnitude_code", 0),
                        Map.entry("use_run_length_for_non_zeros", false),
                        Map.entry("bottleneck_dtype", "float32"),
                        Map.entry("decode_sanity_check", true));
    }

    @Test
    void aModelOfAConfigurationIsTheSameModel() {
        Tensor y = draw(ElementType.FLOAT64, 3, 200);
        for (RunLengthEntropyModel model : models(ElementType.FLOAT64, 1).toList()) {
            assertThat(model.getWeights()).isEmpty();
            RunLengthEntropyModel restored = switch (model) {
                case PowerLawEntropyModel power -> PowerLawEntropyModel.fromConfig(power.getConfig());
                case LaplaceEntropyModel laplace -> LaplaceEntropyModel.fromConfig(laplace.getConfig());
            };
            assertThat(restored.getConfig()).isEqualTo(model.getConfig());
            assertThat(restored.compress(y)).isEqualTo(model.compress(y));
            assertThat(restored.penalty(y)).isEqualTo(model.penalty(y));
        }
        assertThatThrownBy(() -> PowerLawEntropyModel.fromConfig(Map.of("coding_rank", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("field=bottleneck_dtype");
    }

    @Test
    void badArgumentsAreRefusedWithTheirValues() {
        assertThatThrownBy(() -> PowerLawEntropyModel.builder().build()).hasMessageContaining("codingRank must be set");
        assertThatThrownBy(() -> PowerLawEntropyModel.builder().codingRank(-1)).hasMessageContaining("codingRank=-1");
        assertThatThrownBy(() -> PowerLawEntropyModel.builder().alpha(0)).hasMessageContaining("alpha=0.0");
        assertThatThrownBy(() -> LaplaceEntropyModel.builder().l1(Double.NaN)).hasMessageContaining("l1=NaN");
        assertThatThrownBy(() -> LaplaceEntropyModel.builder().bottleneckType(ElementType.INT32))
                .hasMessageContaining("bottleneckType=int32");
        PowerLawEntropyModel model =
                PowerLawEntropyModel.builder().codingRank(2).build();
        assertThatThrownBy(() -> model.compress(Tensor.of(Shape.of(3), 1f, 2, 3)))
                .hasMessageContaining("shape=(3,) codingRank=2");
        assertThatThrownBy(() -> model.penalty(Tensor.of(Shape.of(1, 1), 1.0)))
                .hasMessageContaining("bottleneckType=float32 type=float64");
        BitStrings strings = model.compress(Tensor.of(Shape.of(1, 1), 1f));
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(1)))
                .hasMessageContaining("codeShape=(1,) codingRank=2");
    }

    // ---- bad strings

    @Test
    void aDamagedStringIsNamedByItsIndex() {
        PowerLawEntropyModel model =
                PowerLawEntropyModel.builder().codingRank(1).build();
        BitStrings strings = BitStrings.of(Shape.of(3), List.of(new byte[] {6}, new byte[] {0}, new byte[] {6}));
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(2)))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessage("a string must not end within a code: string=1 offset=1");
    }

    @Test
    void withoutTheSanityCheckLeftOverBitsAreIgnored() {
        BitStrings longer = BitStrings.of(Shape.of(1), List.of(new byte[] {7, 9}));
        LaplaceEntropyModel.Builder builder = LaplaceEntropyModel.builder().codingRank(1);
        assertThatThrownBy(() -> builder.build().decompress(longer, Shape.of(1)))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessage("a string must end with the code that fills the unit: offset=0");
        LaplaceEntropyModel lenient = builder.decodeSanityCheck(false).build();
        assertThat(lenient.decompress(longer, Shape.of(1)).floats()).containsExactly(1);
        assertThat(lenient.decodeSanityCheck()).isFalse();
    }

    @Test
    void aStringMayNotAskForMoreElementsThanTheLimits() {
        PowerLawEntropyModel model = PowerLawEntropyModel.builder()
                .codingRank(1)
                .limits(new DecodeLimits(100, 250))
                .build();
        BitStrings strings = model.compress(Tensor.zeros(ElementType.FLOAT32, Shape.of(3, 100)));
        assertThat(strings.totalBytes()).isEqualTo(6);
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(101))).hasMessageContaining("maxUnitElements=100");
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(100))).hasMessageContaining("maxCallElements=250");
        assertThat(model.decompress(BitStrings.of(Shape.of(1), List.of(strings.get(0))), Shape.of(100))
                        .size())
                .isEqualTo(100);
    }
}
