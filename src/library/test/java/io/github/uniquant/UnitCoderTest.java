package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnitCoderTest {
    private static final int ELEMENTS = 768;
    private static final byte FILL = 0x55;
    private static final int CALLS = 500;

    private static UniversalBatchedEntropyModel model(CoderFormat format, ElementType type, Dither dither) {
        double[] scale = new double[ELEMENTS];
        Arrays.setAll(scale, i -> 0.2 + i * 0.01);
        Prior prior = NoisyNormal.of(Shape.of(ELEMENTS), new double[ELEMENTS], scale);
        return UniversalBatchedEntropyModel.builder(prior)
                .codingRank(1)
                .compression(true)
                .coder(format)
                .bottleneckType(type)
                .dither(dither)
                .build();
    }

    private static double[] vector(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[ELEMENTS];
        Arrays.setAll(values, i -> random.nextGaussian() * (0.2 + i * 0.01));
        values[random.nextInt(ELEMENTS)] = 77;
        return values;
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void unitCodersWriteWhatTheModelWrites(CoderFormat format) {
        UniversalBatchedEntropyModel model = model(format, ElementType.FLOAT32, Dither.seed(3, 0));
        float[] values = new float[4 * ELEMENTS];
        for (int u = 0; u < 4; u++) {
            double[] vector = vector(u);
            for (int i = 0; i < ELEMENTS; i++) {
                values[u * ELEMENTS + i] = (float) vector[i];
            }
        }
        BitStrings strings = model.compress(Tensor.of(Shape.of(4, ELEMENTS), values));
        Tensor decoded = model.decompress(strings, Shape.scalar());
        UnitEncoder encoder = model.newEncoder(Shape.scalar());
        UnitDecoder decoder = model.newDecoder(Shape.scalar());
        byte[] out = new byte[(int) encoder.maxBytes() + 20];
        float[] back = new float[ELEMENTS + 20];
        for (int u = 0; u < 4; u++) {
            Arrays.fill(out, FILL);
            int written = encoder.encode(u, values, u * ELEMENTS, out, 7, out.length);
            assertThat(Arrays.copyOfRange(out, 7, 7 + written)).isEqualTo(strings.get(u));
            assertThat(Arrays.copyOf(out, 7)).containsOnly(FILL);
            assertThat(Arrays.copyOfRange(out, 7 + written, out.length)).containsOnly(FILL);
            Arrays.fill(back, -1);
            assertThat(decoder.decode(u, out, 7, written, back, 9)).isEqualTo(written);
            assertThat(Arrays.copyOfRange(back, 9, 9 + ELEMENTS))
                    .isEqualTo(Arrays.copyOfRange(decoded.floats(), u * ELEMENTS, (u + 1) * ELEMENTS));
            assertThat(Arrays.copyOf(back, 9)).containsOnly(-1);
            assertThat(Arrays.copyOfRange(back, 9 + ELEMENTS, back.length)).containsOnly(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
    void segmentsAreCodedAsArraysAre(ElementType type) {
        UniversalBatchedEntropyModel model = model(CoderFormat.RANS, type, Dither.tfc());
        Tensor y = Tensor.of(Shape.of(ELEMENTS), vector(1)).to(type);
        byte[] expected = model.compress(y).get(0);
        UnitEncoder encoder = model.newEncoder(Shape.scalar());
        UnitDecoder decoder = model.newDecoder(Shape.scalar());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocate(3 + (long) ELEMENTS * type.bytes());
            MemorySegment heap = switch (type) {
                case FLOAT64 -> MemorySegment.ofArray(y.doubles());
                case FLOAT32 -> MemorySegment.ofArray(y.floats());
                default -> MemorySegment.ofArray(y.shorts());
            };
            MemorySegment.copy(heap, 0, in, 3, heap.byteSize());
            MemorySegment out = arena.allocate(5 + expected.length);
            assertThat(encoder.encode(in, 3, out, 5)).isEqualTo(expected.length);
            assertThat(out.asSlice(5).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
            MemorySegment back = arena.allocate(1 + heap.byteSize());
            assertThat(decoder.decode(out, 5, expected.length, back, 1)).isEqualTo(expected.length);
            Tensor decoded = model.decompress(model.compress(y), Shape.scalar());
            MemorySegment decodedHeap = switch (type) {
                case FLOAT64 -> MemorySegment.ofArray(decoded.doubles());
                case FLOAT32 -> MemorySegment.ofArray(decoded.floats());
                default -> MemorySegment.ofArray(decoded.shorts());
            };
            assertThat(back.asSlice(1).mismatch(decodedHeap)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
    void methodsWithoutAUnitMeanUnitZero(ElementType type) {
        UniversalBatchedEntropyModel model = model(CoderFormat.RANS, type, Dither.seed(3, 0));
        Tensor y = Tensor.of(Shape.of(2 * ELEMENTS), inTwoUnits()).to(type);
        byte[] expected = model.compress(
                        Tensor.of(Shape.of(ELEMENTS), vector(1)).to(type))
                .get(0);
        Tensor decoded = model.decompress(BitStrings.of(Shape.scalar(), List.of(expected)), Shape.scalar());
        UnitEncoder encoder = model.newEncoder(Shape.scalar());
        UnitDecoder decoder = model.newDecoder(Shape.scalar());
        byte[] out = new byte[expected.length + 5];
        Tensor back = Tensor.zeros(type, Shape.of(ELEMENTS + 9));
        switch (type) {
            case FLOAT64 -> {
                assertThat(encoder.encode(y.doubles(), ELEMENTS, out, 5)).isEqualTo(expected.length);
                assertThat(decoder.decode(out, 5, expected.length, back.doubles(), 9))
                        .isEqualTo(expected.length);
            }
            case FLOAT32 -> {
                assertThat(encoder.encode(y.floats(), ELEMENTS, out, 5)).isEqualTo(expected.length);
                assertThat(decoder.decode(out, 5, expected.length, back.floats(), 9))
                        .isEqualTo(expected.length);
            }
            default -> {
                assertThat(encoder.encode(y.shorts(), ELEMENTS, out, 5)).isEqualTo(expected.length);
                assertThat(decoder.decode(out, 5, expected.length, back.shorts(), 9))
                        .isEqualTo(expected.length);
            }
        }
        assertThat(Arrays.copyOfRange(out, 5, out.length)).isEqualTo(expected);
        assertThat(Arrays.copyOfRange(back.toDoubles(), 9, back.size())).isEqualTo(decoded.toDoubles());
    }

    /** Zeros, and the values of {@code vector(1)} behind them. */
    private static double[] inTwoUnits() {
        double[] values = new double[2 * ELEMENTS];
        System.arraycopy(vector(1), 0, values, ELEMENTS, ELEMENTS);
        return values;
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
    void aValueIsRefusedWhereverItIs(ElementType type) {
        UniversalBatchedEntropyModel model = model(CoderFormat.RANS, type, Dither.tfc());
        for (int element : new int[] {0, 1, ELEMENTS - 1}) {
            double[] values = vector(4);
            values[element] = Double.NaN;
            Tensor y = Tensor.of(Shape.of(ELEMENTS), values).to(type);
            assertThatThrownBy(() -> model.compress(y))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(": element=" + element + " value=NaN");
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void outputThatDoesNotFitIsRefusedAndUntouched(CoderFormat format) {
        UniversalBatchedEntropyModel model = model(format, ElementType.FLOAT64, Dither.tfc());
        double[] values = vector(2);
        UnitEncoder encoder = model.newEncoder(Shape.scalar());
        byte[] out = new byte[(int) encoder.maxBytes()];
        int length = encoder.encode(values, 0, out, 0);
        Arrays.fill(out, FILL);
        assertThatThrownBy(() -> encoder.encode(0, values, 0, out, 10, 10 + length - 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Integer.toString(length));
        assertThat(out).containsOnly(FILL);
        assertThat(encoder.encode(0, values, 0, out, 10, 10 + length)).isEqualTo(length);
        assertThatThrownBy(() -> encoder.encode(new float[ELEMENTS], 0, out, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("given=float32");
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void warmUnitCodersAllocateNothing(CoderFormat format) {
        for (Dither dither : new Dither[] {Dither.tfc(), Dither.seed(1, 2)}) {
            UniversalBatchedEntropyModel model = model(format, ElementType.FLOAT64, dither);
            UnitEncoder encoder = model.newEncoder(Shape.scalar());
            UnitDecoder decoder = model.newDecoder(Shape.scalar());
            double[] values = vector(3);
            double[] back = new double[ELEMENTS];
            byte[] out = new byte[(int) encoder.maxBytes()];
            long allocated = Allocations.ofWarmCalls(CALLS, 200, CALLS, i -> {
                int written = encoder.encode(i, values, 0, out, 0, out.length);
                decoder.decode(i, out, 0, written, back, 0);
            });
            assertThat(allocated).isLessThan(CALLS);
        }
    }
}
