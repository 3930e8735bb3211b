package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table-free kernels of this process against the scalar ones: equal bits, and nothing written beyond what they may. */
class FreeKernelTwinTest {
    private static final int MAX_COUNT = 70;
    private static final int FILL = 0x5a5a5a5a;

    private final SplittableRandom random = new SplittableRandom(8);
    private final FreeKernels scalar = KernelProvider.scalarFree();
    private final FreeKernels vector = KernelProvider.freeKernels();
    private final int[] scratch = new int[FreeKernels.SCRATCH];

    /** A unit's layout of random CDFs. */
    private final class Layout {
        final int from = random.nextInt(50);
        final int precision = 3 + random.nextInt(14);
        final FreeCdfs cdfs;
        final int[] origins;
        final float[] fractions;
        final boolean near = random.nextInt(4) > 0;

        Layout(FreeCdfsTest.Family family, int count) {
            double[] scales = new double[1 + random.nextInt(40)];
            double spread = random.nextInt(3) == 0 ? 1e5 : 10;
            Arrays.setAll(scales, i -> Math.pow(spread, 2 * random.nextDouble() - 1));
            cdfs = family.of(precision, 0x1p-8, scales);
            origins = new int[from + count + Kernels.PADDING];
            fractions = new float[origins.length];
            for (int i = 0; i < from + count; i++) {
                origins[i] = near ? random.nextInt(-9, 10) : random.nextInt();
                fractions[i] = Math.scalb((float) (random.nextDouble() - 0.5), -cdfs.shift(i % scales.length));
            }
        }
    }

    private static int[] filled(int length) {
        int[] array = new int[length];
        Arrays.fill(array, FILL);
        return array;
    }

    @Test
    void theVectorKernelsRunWhereTheProcessHasThem() {
        assertThat(vector.name()).isEqualTo(KernelProvider.kernels().name());
    }

    @ParameterizedTest
    @EnumSource(FreeCdfsTest.Family.class)
    void rowsAreComputedAlike(FreeCdfsTest.Family family) {
        assumeTrue(!vector.equals(scalar), KernelProvider.reason());
        for (int i = 0; i < 3000; i++) {
            int count = i % 10 == 0 ? 500 + random.nextInt(600) : random.nextInt(MAX_COUNT);
            Layout layout = new Layout(family, count);
            int[] symbols = new int[count];
            for (int k = 0; k < count; k++) {
                symbols[k] = random.nextInt(9) == 0
                        ? random.nextInt()
                        : layout.origins[layout.from + k] + random.nextInt(-40, 40);
            }
            int[] expected = filled(count + 2 * Kernels.PADDING);
            int[] actual = expected.clone();
            int[] expectedExtras = filled(2 * count + 8);
            int[] actualExtras = expectedExtras.clone();
            int rowsEnd = Kernels.PADDING + count;
            int expectedEnd = rows(scalar, layout, symbols, expected, rowsEnd, expectedExtras);
            assertThat(rows(vector, layout, symbols, actual, rowsEnd, actualExtras))
                    .isEqualTo(expectedEnd);
            assertThat(actual).isEqualTo(expected);
            assertThat(actualExtras).isEqualTo(expectedExtras);
        }
    }

    private int rows(FreeKernels kernels, Layout layout, int[] symbols, int[] rows, int rowsEnd, int[] extras) {
        return kernels.rows(
                layout.cdfs,
                layout.origins,
                layout.fractions,
                layout.from,
                symbols,
                symbols.length,
                layout.near,
                rows,
                rowsEnd,
                extras,
                4,
                scratch);
    }

    @ParameterizedTest
    @EnumSource(FreeCdfsTest.Family.class)
    void lanesAreDecodedAlike(FreeCdfsTest.Family family) {
        assumeTrue(!vector.equals(scalar), KernelProvider.reason());
        for (int i = 0; i < 2000; i++) {
            int lanes = 2 << random.nextInt(8);
            int count = lanes * (1 + random.nextInt(4));
            Layout layout = new Layout(family, count);
            int[] states = filled(lanes + Kernels.PADDING);
            for (int lane = 0; lane < lanes; lane++) {
                states[lane] = 1 << 16 + random.nextInt(16) | random.nextInt(1 << 16);
            }
            int[] actualStates = states.clone();
            short[] words = new short[3 + count + Kernels.PADDING];
            for (int k = 0; k < count; k++) {
                words[k] = (short) random.nextInt();
            }
            int[] expected = filled(count + Kernels.PADDING);
            int[] actual = expected.clone();
            int next = scalar.decodeLanes(
                    layout.cdfs,
                    layout.origins,
                    layout.fractions,
                    layout.from,
                    count,
                    lanes,
                    states,
                    words,
                    3,
                    expected,
                    scratch);
            assertThat(vector.decodeLanes(
                            layout.cdfs,
                            layout.origins,
                            layout.fractions,
                            layout.from,
                            count,
                            lanes,
                            actualStates,
                            words,
                            3,
                            actual,
                            scratch))
                    .isEqualTo(next);
            assertThat(Arrays.copyOf(actual, count)).isEqualTo(Arrays.copyOf(expected, count));
            assertThat(Arrays.copyOf(actualStates, lanes)).isEqualTo(Arrays.copyOf(states, lanes));
        }
    }

    @ParameterizedTest
    @EnumSource(FreeCdfsTest.Family.class)
    void cellsBecomeSymbolsAlike(FreeCdfsTest.Family family) {
        assumeTrue(!vector.equals(scalar), KernelProvider.reason());
        for (int i = 0; i < 3000; i++) {
            int count = random.nextInt(MAX_COUNT);
            Layout layout = new Layout(family, count);
            int[] expected = filled(count + Kernels.PADDING);
            for (int k = 0; k < count; k++) {
                int element = (layout.from + k) % layout.cdfs.size();
                expected[k] = random.nextInt(2 * layout.cdfs.half(element) + 1);
            }
            int[] actual = expected.clone();
            int[] expectedExtras = filled(2 * count + 8);
            int[] actualExtras = expectedExtras.clone();
            int end = scalar.symbols(layout.cdfs, layout.origins, layout.from, expected, count, expectedExtras, 4);
            assertThat(vector.symbols(layout.cdfs, layout.origins, layout.from, actual, count, actualExtras, 4))
                    .isEqualTo(end);
            assertThat(actual).isEqualTo(expected);
            assertThat(actualExtras).isEqualTo(expectedExtras);
        }
    }
}
