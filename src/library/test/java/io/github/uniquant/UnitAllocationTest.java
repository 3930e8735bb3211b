package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Warm unit coders allocate nothing, whichever memory they work on and whichever lanes they need. */
class UnitAllocationTest {
    private static final int CHANNELS = 16;

    /** Units of 8 lanes and of 64: few lanes have kernels of their own. */
    private static final int FEW_ROWS = 48;

    private static final int MANY_ROWS = 900;

    private static final int CALLS = 100;
    private static final int MOST_BATCHES = 600;

    private static double scale(int channel) {
        return 0.4 + 0.5 * channel;
    }

    private static UniversalBatchedEntropyModel model(Dither dither) {
        double[] scale = new double[CHANNELS];
        Arrays.setAll(scale, UnitAllocationTest::scale);
        return UniversalBatchedEntropyModel.builder(NoisyNormal.of(Shape.of(CHANNELS), new double[CHANNELS], scale))
                .codingRank(2)
                .compression(true)
                .bottleneckType(ElementType.FLOAT32)
                .dither(dither)
                .build();
    }

    private static float[] draw(int rows) {
        SplittableRandom random = new SplittableRandom(rows);
        float[] values = new float[rows * CHANNELS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scale(i % CHANNELS) * (random.nextInt(99) == 0 ? 20 : 1));
        }
        return values;
    }

    /** A unit's coders, its values and its string, in arrays and in segments off the heap. */
    private static final class Unit {
        private final UnitEncoder encoder;
        private final UnitDecoder decoder;
        private final float[] values;
        private final float[] decoded;
        private final byte[] string;
        private final MemorySegment valueSegment;
        private final MemorySegment decodedSegment;
        private final MemorySegment stringSegment;

        Unit(UniversalBatchedEntropyModel model, int rows, Arena arena) {
            encoder = model.newEncoder(Shape.of(rows));
            decoder = model.newDecoder(Shape.of(rows));
            values = draw(rows);
            decoded = new float[values.length];
            string = new byte[(int) encoder.maxBytes()];
            valueSegment = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
            decodedSegment = arena.allocate(valueSegment.byteSize());
            stringSegment = arena.allocate(string.length);
        }

        void codeArrays(int unit) {
            int length = encoder.encode(unit, values, 0, string, 0, string.length);
            decoder.decode(unit, string, 0, length, decoded, 0);
        }

        void codeSegments(int unit) {
            int length = encoder.encode(unit, valueSegment, 0, stringSegment, 0);
            decoder.decode(unit, stringSegment, 0, length, decodedSegment, 0);
        }
    }

    private static void checkComesToAllocateNothing(Runnable call) {
        assertThat(Allocations.ofWarmCalls(CALLS, MOST_BATCHES, CALLS, i -> call.run()))
                .as("bytes that %d calls allocated", CALLS)
                .isLessThan(CALLS);
    }

    private static void check(Dither dither) {
        try (Arena arena = Arena.ofConfined()) {
            UniversalBatchedEntropyModel model = model(dither);
            Unit few = new Unit(model, FEW_ROWS, arena);
            Unit many = new Unit(model, MANY_ROWS, arena);
            checkComesToAllocateNothing(() -> {
                few.codeArrays(1);
                many.codeArrays(2);
                few.codeSegments(3);
                many.codeSegments(4);
            });
            for (Unit unit : new Unit[] {few, many}) {
                for (int i = 0; i < unit.values.length; i++) {
                    float bound = 0.5f + Math.ulp(Math.abs(unit.values[i]) + 1);
                    assertThat(Math.abs(unit.decoded[i] - unit.values[i])).isLessThanOrEqualTo(bound);
                    float fromSegment = unit.decodedSegment.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    assertThat(Math.abs(fromSegment - unit.values[i])).isLessThanOrEqualTo(bound);
                }
            }
        }
    }

    @Test
    void unitsOfFewAndOfManyLanesInTurnAllocateNothing() {
        check(Dither.tfc());
    }

    @Test
    void unitsWithADitherOfTheirOwnAllocateNothing() {
        check(Dither.seed(1, 2));
    }

    @Test
    void unitsWithIndexesAndLocationsOfTheirOwnAllocateNothing() {
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal::of, CHANNELS, channel -> scale((int) channel))
                .codingRank(1)
                .compression(true)
                .build();
        for (int rows : new int[] {FEW_ROWS, MANY_ROWS}) {
            float[] values = draw(rows);
            int[] indexes = new int[values.length];
            float[] loc = new float[values.length];
            Shape shape = Shape.of(values.length);
            UnitEncoder encoder = model.newEncoder(Tensor.of(shape, indexes), Tensor.of(shape, loc));
            UnitDecoder decoder = model.newDecoder(Tensor.of(shape, indexes), Tensor.of(shape, loc));
            byte[] string = new byte[(int) encoder.maxBytes()];
            float[] decoded = new float[values.length];
            int[] calls = {0};
            checkComesToAllocateNothing(() -> {
                int call = calls[0]++;
                for (int i = 0; i < values.length; i++) {
                    indexes[i] = (i + call) % CHANNELS;
                    loc[i] = call % 8 * 0.125f;
                }
                int length = encoder.encode(values, 0, string, 0);
                decoder.decode(string, 0, length, decoded, 0);
            });
            for (int i = 0; i < values.length; i++) {
                assertThat(Math.abs(decoded[i] - values[i]))
                        .isLessThanOrEqualTo(0.5f + 2 * Math.ulp(Math.abs(values[i]) + 1));
            }
        }
    }
}
