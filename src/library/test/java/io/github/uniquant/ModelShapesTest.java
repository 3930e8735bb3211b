package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Prior, batch and broadcast shapes of every kind, and dithers that differ by unit. */
class ModelShapesTest {
    private static Prior prior(Shape shape) {
        double[] loc = new double[(int) shape.elements()];
        double[] scale = new double[loc.length];
        Arrays.setAll(loc, i -> i * 1.25);
        Arrays.setAll(scale, i -> 0.3 + i);
        return NoisyNormal.of(shape, loc, scale);
    }

    private static Tensor draw(Prior prior, Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) prior.base().sample(i % prior.size(), random);
        }
        return Tensor.of(shape, values);
    }

    static Stream<Arguments> shapes() {
        Shape scalar = Shape.scalar();
        return Stream.of(
                        Arguments.of(scalar, scalar, scalar),
                        Arguments.of(Shape.of(7), scalar, scalar),
                        Arguments.of(scalar, Shape.of(9), scalar),
                        Arguments.of(Shape.of(2, 3), Shape.of(4, 5), scalar),
                        Arguments.of(scalar, scalar, Shape.of(3)),
                        Arguments.of(Shape.of(5), scalar, Shape.of(3)),
                        Arguments.of(Shape.of(2), Shape.of(4, 3), Shape.of(3)),
                        Arguments.of(Shape.of(2, 2), Shape.of(6), Shape.of(2, 3)),
                        Arguments.of(scalar, Shape.of(1, 1, 6), Shape.of(2, 1, 3)),
                        Arguments.of(Shape.of(1, 3), Shape.of(100), Shape.of(3, 1)))
                .flatMap(row -> Stream.of(CoderFormat.values())
                        .map(format -> Arguments.of(row.get()[0], row.get()[1], row.get()[2], format)));
    }

    /** A tensor of no elements may have more units than a batch can have strings. */
    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void moreUnitsThanAnArrayHoldsAreRefused(CoderFormat format) {
        String message = "the number of elements must be at most 2^31 - 9: shape=(46341, 46341)";
        Tensor many = Tensor.zeros(ElementType.FLOAT32, Shape.of(46341, 46341, 0));
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior(Shape.scalar()))
                .codingRank(1)
                .compression(true)
                .coder(format)
                .build();
        LaplaceEntropyModel laplace =
                LaplaceEntropyModel.builder().codingRank(1).build();
        Stream.<Runnable>of(
                        () -> model.compress(many),
                        () -> model.call(many, Training.FALSE),
                        () -> RateReport.of(model, many),
                        () -> laplace.compress(many),
                        () -> laplace.penalty(many))
                .forEach(call -> assertThatThrownBy(call::run)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage(message));
    }

    @Test
    void stringsOfMoreBytesThanAnArrayHoldsAreRefused() {
        List<byte[]> strings = new ArrayList<>(Collections.nCopies(2047, new byte[1 << 20]));
        strings.add(new byte[(1 << 20) - 1]);
        assertThatThrownBy(() -> BitStrings.of(Shape.of(strings.size()), strings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 2^31 - 9: string=2047 length=1048575 end=2147483647");
    }

    /** A batch of no units has no element to lay out, however many a unit would have. */
    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void anEmptyBatchTakesNoMemoryForItsUnits(CoderFormat format) {
        int elements = 1 << 24;
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior(Shape.scalar()))
                .codingRank(1)
                .compression(true)
                .coder(format)
                .build();
        LaplaceEntropyModel laplace =
                LaplaceEntropyModel.builder().codingRank(1).build();
        Tensor none = Tensor.zeros(ElementType.FLOAT32, Shape.of(0, elements));
        BitStrings strings = BitStrings.of(Shape.of(0), List.of());
        long allocated = Allocations.ofWarmCalls(1, 1, 0, i -> {
            assertThat(model.compress(none)).isEqualTo(strings);
            assertThat(model.compress(none, Runnable::run, 3)).isEqualTo(strings);
            assertThat(model.decompress(strings, Shape.of(elements))).isEqualTo(none);
            assertThat(model.decompress(strings, Shape.of(elements), Runnable::run, 3))
                    .isEqualTo(none);
            assertThat(laplace.compress(none)).isEqualTo(strings);
            assertThat(laplace.decompress(strings, Shape.of(elements))).isEqualTo(none);
        });
        assertThat(allocated).as("bytes").isLessThan(elements);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void everyShapeRoundTrips(Shape batch, Shape broadcast, Shape priorShape, CoderFormat format) {
        Shape shape = batch.concat(broadcast).concat(priorShape);
        int codingRank = broadcast.rank() + priorShape.rank();
        List<AnyModel.Kind> kinds = Stream.of(AnyModel.Kind.values())
                .filter(kind -> kind.takes(format))
                .toList();
        for (AnyModel.Kind kind : kinds) {
            for (Dither dither : List.of(Dither.tfc(), Dither.seed(8, -1))) {
                AnyModel any = AnyModel.of(
                        kind, new AnyModel.Options(priorShape, codingRank, format, dither, ElementType.FLOAT32));
                if (any.model() instanceof BatchedEntropyModel) {
                    assertThat(any.model().priorShape()).isEqualTo(priorShape);
                }
                Tensor tensor = any.draw(shape, 1);
                BitStrings strings = any.compress(tensor);
                assertThat(strings.shape()).isEqualTo(batch);
                RateEstimate estimate = any.call(tensor, Training.FALSE);
                assertThat(estimate.bits().shape()).isEqualTo(batch);
                assertThat(estimate.perturbed().shape()).isEqualTo(tensor.shape());
                Tensor decoded = any.decompress(strings, shape);
                assertThat(decoded).as(kind.name()).isEqualTo(AnyModel.withoutNegativeZeros(estimate.perturbed()));
                for (int i = 0; i < tensor.size(); i++) {
                    assertThat(decoded.get(i))
                            .isCloseTo(tensor.get(i), within(0.5 + Math.ulp(Math.abs((float) tensor.get(i)) + 3)));
                }
            }
        }
    }

    @Test
    void unitsOfABatchAreCodedAsTheyAreAlone() {
        Prior prior = prior(Shape.of(3));
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .build();
        Tensor batch = draw(prior, Shape.of(4, 50, 3), 2);
        BitStrings strings = model.compress(batch);
        for (int u = 0; u < 4; u++) {
            float[] unit = Arrays.copyOfRange(batch.floats(), u * 150, (u + 1) * 150);
            assertThat(model.compress(Tensor.of(Shape.of(50, 3), unit)).get(0)).isEqualTo(strings.get(u));
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void unitsOfASeededDitherDifferAndThoseOfTfcDoNot(CoderFormat format) {
        Prior prior = NoisyNormal.of(Shape.scalar(), new double[] {0}, new double[] {6});
        Tensor one = draw(prior, Shape.of(400), 3);
        float[] twice = Arrays.copyOf(one.floats(), 800);
        System.arraycopy(twice, 0, twice, 400, 400);
        Tensor pair = Tensor.of(Shape.of(2, 400), twice);
        UniversalBatchedEntropyModel.Builder builder = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(1)
                .compression(true)
                .coder(format);
        UniversalBatchedEntropyModel shared = builder.dither(Dither.tfc()).build();
        assertThat(shared.compress(pair).get(0)).isEqualTo(shared.compress(pair).get(1));
        UniversalBatchedEntropyModel seeded = builder.dither(Dither.seed(3, 0)).build();
        BitStrings strings = seeded.compress(pair);
        assertThat(strings.get(0)).isNotEqualTo(strings.get(1));
        Tensor decoded = seeded.decompress(strings, Shape.of(400));
        int equal = 0;
        for (int i = 0; i < 400; i++) {
            equal += decoded.get(i) == decoded.get(400 + i) ? 1 : 0;
        }
        // Levels that agree by chance: one in 15.
        assertThat(equal).isBetween(8, 60);
        UniversalBatchedEntropyModel other = builder.dither(Dither.seed(4, 0)).build();
        assertThat(other.compress(pair).get(0)).isNotEqualTo(strings.get(0));
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void anyUnitsDecodeByTheirNumbersInAnyOrder(CoderFormat format) {
        Prior prior = prior(Shape.of(3));
        long first = Long.MAX_VALUE - 2; // numbers wrap around
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .coder(format)
                .dither(Dither.seed(12, first))
                .build();
        Tensor tensor = draw(prior, Shape.of(2, 3, 20, 3), 4);
        BitStrings strings = model.compress(tensor);
        Tensor all = model.decompress(strings, Shape.of(20));
        long[] numbers = {5, 0, 3, 3};
        BitStrings some = BitStrings.of(
                Shape.of(2, 2),
                Arrays.stream(numbers).mapToObj(u -> strings.get((int) u)).toList());
        Tensor decoded = model.decompress(some, Shape.of(20), numbers);
        UnitDecoder decoder = model.newDecoder(Shape.of(20));
        float[] alone = new float[60];
        for (int i = 0; i < numbers.length; i++) {
            int from = (int) numbers[i] * 60;
            float[] expected = Arrays.copyOfRange(all.floats(), from, from + 60);
            assertThat(Arrays.copyOfRange(decoded.floats(), i * 60, i * 60 + 60))
                    .isEqualTo(expected);
            byte[] string = strings.get((int) numbers[i]);
            decoder.decode(numbers[i], string, 0, string.length, alone, 0);
            assertThat(alone).isEqualTo(expected);
        }
        // Under a wrong number the tables are others: what comes out, if anything, is not the unit.
        byte[] string = strings.get(1);
        try {
            decoder.decode(2, string, 0, string.length, alone, 0);
            assertThat(alone).isNotEqualTo(Arrays.copyOfRange(all.floats(), 60, 120));
        } catch (io.github.uniquant.coder.MalformedBitstreamException e) {
            assertThat(e).hasMessageContaining("offset=");
        }
    }

    @Test
    void aScalarPriorCostsEachElementAlike() {
        Prior prior = prior(Shape.scalar());
        UniversalBatchedEntropyModel each =
                UniversalBatchedEntropyModel.builder(prior).codingRank(0).build();
        UniversalBatchedEntropyModel all =
                UniversalBatchedEntropyModel.builder(prior).codingRank(2).build();
        Tensor tensor = draw(prior, Shape.of(6, 7), 5);
        Tensor noise = Tensor.zeros(ElementType.FLOAT32, tensor.shape());
        assertThat(each.call(tensor, noise).bits().shape()).isEqualTo(tensor.shape());
        assertThat(each.call(tensor, noise).totalBits())
                .isCloseTo(all.call(tensor, noise).totalBits(), within(1e-9));
    }

    @Test
    void shapesThatDoNotFitThePriorAreRefused() {
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior(Shape.of(2, 3)))
                .codingRank(3)
                .compression(true)
                .build();
        Tensor transposed = Tensor.zeros(ElementType.FLOAT32, Shape.of(4, 3, 2));
        assertThatThrownBy(() -> model.compress(transposed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(4, 3, 2) priorShape=(2, 3)");
        assertThatThrownBy(() -> model.call(transposed, Training.TRUE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(4, 3, 2) priorShape=(2, 3)");
        assertThatThrownBy(() -> model.call(Tensor.zeros(ElementType.FLOAT32, Shape.of(2, 3)), Training.FALSE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(2, 3) codingRank=3");
        Tensor fits = Tensor.zeros(ElementType.FLOAT32, Shape.of(4, 2, 3));
        assertThatThrownBy(() -> model.call(fits, Tensor.zeros(ElementType.FLOAT32, Shape.of(2, 3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("noise must have the tensor's shape and type");
        assertThatThrownBy(() -> model.decompress(model.compress(fits), Shape.scalar()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("broadcastShape=() codingRank=3 priorShape=(2, 3)");
    }
}
