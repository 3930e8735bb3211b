package io.github.uniquant.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PmfQuantizerTest {
    private final SplittableRandom random = new SplittableRandom(6);
    private final PmfQuantizer quantizer = new PmfQuantizer();

    private int[] quantize(float[] pmf, int precision) {
        int[] frequencies = new int[pmf.length];
        quantizer.quantize(pmf, pmf.length, precision, frequencies);
        return frequencies;
    }

    /** Masses with zeros, ties, and sums below and above 1. */
    private float[] pmf(int length) {
        float[] pmf = new float[length];
        double sum = 0;
        int kind = random.nextInt(4);
        for (int i = 0; i < length; i++) {
            double mass = switch (kind) {
                case 0 -> random.nextDouble();
                case 1 -> random.nextInt(4); // zeros and ties
                case 2 -> Math.exp(random.nextDouble(-30, 0));
                default -> Math.exp(-0.3 * Math.abs(i - length / 2)); // symmetric
            };
            pmf[i] = (float) mass;
            sum += mass;
        }
        double total = random.nextInt(3) == 0 ? random.nextDouble(0.5, 1.5) : 1;
        for (int i = 0; i < length; i++) {
            pmf[i] = (float) (pmf[i] / Math.max(sum, 1e-9) * total);
        }
        return pmf;
    }

    @Test
    void frequenciesAreThoseOfTheTextbook() {
        int given = 0;
        int taken = 0;
        for (int round = 0; round < 600; round++) {
            int precision = 1 + random.nextInt(10);
            float[] pmf = pmf(1 + random.nextInt(Math.min(1 << precision, 60)));
            int[] expected = TextbookTables.quantize(pmf, precision);
            assertThat(quantize(pmf, precision))
                    .as("pmf=%s precision=%s", Arrays.toString(pmf), precision)
                    .isEqualTo(expected);
            int slots = 1 << precision;
            int start = IntStream.range(0, pmf.length)
                    .map(i -> (int) Math.max(1, Math.rint(pmf[i] * slots)))
                    .sum();
            given += start < slots ? 1 : 0;
            taken += start > slots ? 1 : 0;
        }
        assertThat(given).isGreaterThan(50);
        assertThat(taken).isGreaterThan(50);
    }

    @Test
    void frequenciesAreAtLeastOneAndAddUpAtEveryPrecision() {
        for (int precision = 1; precision <= 16; precision++) {
            for (int length : new int[] {1, 2, 1 << precision - 1, 1 << precision}) {
                int[] frequencies = quantize(pmf(length), precision);
                assertThat(Arrays.stream(frequencies).sum()).isEqualTo(1 << precision);
                assertThat(Arrays.stream(frequencies)).allMatch(f -> f >= 1);
            }
        }
    }

    @Test
    void onTiesTheLowestIndexGivesAndTakes() {
        assertThat(quantize(new float[] {0.2f, 0.2f, 0.2f}, 3)).containsExactly(3, 3, 2);
        assertThat(quantize(new float[] {0, 0, 0, 0}, 3)).containsExactly(5, 1, 1, 1);
        assertThat(quantize(new float[] {0.25f, 0.25f, 0.25f, 0.25f, 0}, 3)).containsExactly(1, 2, 2, 2, 1);
    }

    @Test
    void massesOfAnySizeAreTaken() {
        assertThat(quantize(new float[] {Float.MAX_VALUE, Float.MAX_VALUE, 0}, 4))
                .satisfies(f -> assertThat(Arrays.stream(f).sum()).isEqualTo(16));
        assertThat(quantize(new float[] {Float.MIN_VALUE}, 16)).containsExactly(65536);
    }

    @Test
    void badMassesAreRefused() {
        for (float mass : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -0.1f}) {
            assertThatThrownBy(() -> quantize(new float[] {0.5f, mass}, 4))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("masses must be finite and at least 0: index=1 mass=" + mass);
        }
        for (int precision : new int[] {0, 17, -1}) {
            assertThatThrownBy(() -> quantize(new float[] {1}, precision))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("there must be from 1 to 2^precision masses, precision in [1, 16]: length=1 precision="
                            + precision);
        }
        assertThatThrownBy(() -> quantize(new float[3], 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("length=3 precision=1");
        assertThatThrownBy(() -> quantize(new float[0], 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("length=0 precision=1");
    }
}
