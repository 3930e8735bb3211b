package io.github.uniquant.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class QuantizerTest {
    private static final int N = 40; // vectors of any width, and more

    /** A run of one of the methods: offset into values, into offsets, count, offset into symbols. */
    private interface Run {
        void apply(int valuesOffset, int offsetsOffset, int count, int symbolsOffset);
    }

    private static void assertRefusesRangesOutside(Run run, Runnable assertUntouched) {
        int[][] outside = {
            {0, 0, N + 1, 0},
            {1, 0, N, 0},
            {0, 1, N, 0},
            {0, 0, N, 1},
            {-1, 0, N, 0},
            {0, -1, N, 0},
            {0, 0, N, -1},
            {0, 0, -1, 0},
            {Integer.MAX_VALUE, 0, 1, 0}
        };
        for (int[] arguments : outside) {
            assertThatThrownBy(() -> run.apply(arguments[0], arguments[1], arguments[2], arguments[3]))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertUntouched.run();
        }
    }

    @Test
    void rangesOutsideTheirArraysAreRefusedBeforeASymbolIsWritten() {
        int[] symbols = new int[N];
        Runnable untouched = () -> assertThat(symbols).containsOnly(0);
        float[] floats = new float[N];
        double[] doubles = new double[N];
        short[] halves = new short[N];
        float[] narrowOffsets = new float[N];
        double[] offsets = new double[N];
        Arrays.fill(floats, 7);
        Arrays.fill(doubles, 7);
        Arrays.fill(halves, (short) 0x4700); // 7 in binary16, 32768 in bfloat16
        assertRefusesRangesOutside(
                (v, o, n, s) -> Quantizer.quantize(floats, v, narrowOffsets, o, n, symbols, s, 0), untouched);
        assertRefusesRangesOutside(
                (v, o, n, s) -> Quantizer.quantize(doubles, v, offsets, o, n, symbols, s, 0), untouched);
        assertRefusesRangesOutside(
                (v, o, n, s) -> Quantizer.quantizeFloat16(halves, v, narrowOffsets, o, n, symbols, s, 0), untouched);
        assertRefusesRangesOutside(
                (v, o, n, s) -> Quantizer.quantizeBfloat16(halves, v, narrowOffsets, o, n, symbols, s, 0), untouched);
        for (Tensor tensor : new Tensor[] {
            Tensor.of(Shape.of(N), floats), Tensor.of(Shape.of(N), doubles), Tensor.ofFloat16(Shape.of(N), halves)
        }) {
            for (int[] range : new int[][] {{0, N + 1}, {1, N}, {-1, N}, {0, -1}}) {
                assertThatThrownBy(() -> Quantizer.round(tensor, range[0], range[1], symbols))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                untouched.run();
            }
            int[] shorter = new int[N - 1];
            assertThatThrownBy(() -> Quantizer.round(tensor, 0, N, shorter))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(shorter).containsOnly(0);
        }
    }

    @Test
    void rangesOutsideTheirArraysAreRefusedBeforeAValueIsWritten() {
        int[] symbols = new int[N];
        Arrays.fill(symbols, 7);
        float[] narrowOffsets = new float[N];
        double[] offsets = new double[N];
        float[] floats = new float[N];
        double[] doubles = new double[N];
        short[] halves = new short[N];
        assertRefusesRangesOutside(
                (v, o, n, s) -> Quantizer.reconstruct(symbols, s, narrowOffsets, o, n, floats, v),
                () -> assertThat(floats).containsOnly(0));
        assertRefusesRangesOutside(
                (v, o, n, s) -> Quantizer.reconstruct(symbols, s, offsets, o, n, doubles, v),
                () -> assertThat(doubles).containsOnly(0));
        Runnable untouched = () -> assertThat(halves).containsOnly((short) 0);
        assertRefusesRangesOutside(
                (v, o, n, s) -> Quantizer.reconstructFloat16(symbols, s, narrowOffsets, o, n, halves, v), untouched);
        assertRefusesRangesOutside(
                (v, o, n, s) -> Quantizer.reconstructBfloat16(symbols, s, narrowOffsets, o, n, halves, v), untouched);
    }
}
