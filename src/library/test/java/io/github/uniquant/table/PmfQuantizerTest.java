package io.github.uniquant.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.internal.kernel.ExactMath;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
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

    /** The rule as it is stated, by a queue of all scores. */
    private static int[] oneAtATime(float[] pmf, int precision) {
        record Next(double score, int index) implements Comparable<Next> {
            @Override
            public int compareTo(Next other) {
                return score == other.score ? index - other.index : Double.compare(score, other.score);
            }
        }
        int slots = 1 << precision;
        int[] f = new int[pmf.length];
        long sum = 0;
        for (int i = 0; i < f.length; i++) {
            f[i] = (int) Math.max(1, Math.rint(Math.min(pmf[i] * slots, (float) slots)));
            sum += f[i];
        }
        boolean give = sum < slots;
        IntToDoubleFunction score = i -> give
                ? -(pmf[i] * (ExactMath.log2(f[i] + 1) - ExactMath.log2(f[i])))
                : pmf[i] * (ExactMath.log2(f[i]) - ExactMath.log2(f[i] - 1));
        Queue<Next> queue = new PriorityQueue<>();
        for (int i = 0; i < f.length; i++) {
            if (give || f[i] > 1) {
                queue.add(new Next(score.applyAsDouble(i), i));
            }
        }
        for (; sum != slots; sum += give ? 1 : -1) {
            int i = queue.remove().index;
            f[i] += give ? 1 : -1;
            if (give || f[i] > 1) {
                queue.add(new Next(score.applyAsDouble(i), i));
            }
        }
        return f;
    }

    /** However many slots are to move, and whichever way they are found, they are those that the rule moves. */
    @Test
    void slotsMoveAsTheyWouldOneAtATime() {
        int[] moves = new int[5];
        for (int round = 0; round < 2000; round++) {
            int precision = 1 + random.nextInt(12);
            float[] pmf = pmf(1 + random.nextInt(Math.min(1 << precision, 400)));
            if (random.nextInt(10) == 0) {
                float factor = 1 << random.nextInt(30);
                for (int i = 0; i < pmf.length; i++) {
                    pmf[i] *= factor;
                }
            }
            assertThat(quantize(pmf, precision))
                    .as(() -> "pmf=" + Arrays.toString(pmf) + " precision=" + precision)
                    .isEqualTo(oneAtATime(pmf, precision));
            int slots = 1 << precision;
            long missing = slots
                    - IntStream.range(0, pmf.length)
                            .mapToLong(i -> (long) Math.max(1, Math.rint(Math.min(pmf[i] * slots, (float) slots))))
                            .sum();
            int kind = missing > 24 ? 0 : missing > 0 ? 1 : missing >= -24 ? 2 : missing >= -slots ? 3 : 4;
            moves[kind] += missing == 0 ? 0 : 1;
        }
        assertThat(Arrays.stream(moves)).allMatch(rounds -> rounds > 50);
    }

    @Test
    void wideRowsAreThoseOfTheRuleToo() {
        for (int length : new int[] {5000, 30_000, 60_000, 65_535, 65_536}) {
            for (double scale : new double[] {length / 20.0, length / 5.0}) {
                float[] pmf = new float[length];
                for (int i = 0; i < length; i++) {
                    double z = (i - length / 2) / scale;
                    pmf[i] = (float) (Math.exp(-z * z / 2) / scale / 2.5066);
                }
                assertThat(quantize(pmf, 16)).isEqualTo(oneAtATime(pmf, 16));
            }
        }
    }

    /** What the search for the slots that move rests on. */
    @Test
    void gainsFallAsFrequenciesRise() {
        double previous = Double.POSITIVE_INFINITY;
        for (int f = 1; f < 1 << 16; f++) {
            double gain = ExactMath.log2(f + 1) - ExactMath.log2(f);
            assertThat(gain).isPositive().isLessThan(previous);
            previous = gain;
        }
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
        for (int length : new int[] {2, 100, 1 << 15, 1 << 16}) {
            float[] pmf = new float[length];
            Arrays.fill(pmf, Float.MAX_VALUE);
            // Slot by slot all tie, and the lowest indexes give first.
            int slots = 1 << 16;
            int[] expected = new int[length];
            Arrays.setAll(expected, i -> slots / length + (i >= length - slots % length ? 1 : 0));
            assertThat(quantize(pmf, 16)).isEqualTo(expected);
        }
        assertThat(quantize(new float[] {-0.0f, 1}, 4)).containsExactly(1, 15);
        assertThat(quantize(new float[] {Float.MAX_VALUE, Float.MAX_VALUE, 0}, 4))
                .satisfies(f -> assertThat(Arrays.stream(f).sum()).isEqualTo(16));
        assertThat(quantize(new float[] {Float.MIN_VALUE}, 16)).containsExactly(65536);
    }

    @Test
    void aLengthBeyondAnArrayIsRefusedBeforeAFrequencyIsWritten() {
        int[] frequencies = new int[3];
        float[] masses = {0.5f, 0.25f, 0.25f, 0};
        assertThatThrownBy(() -> new PmfQuantizer().quantize(masses, 4, 4, frequencies))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(frequencies).containsOnly(0);
        int[] more = new int[5];
        assertThatThrownBy(() -> new PmfQuantizer().quantize(masses, 5, 4, more))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(more).containsOnly(0);
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
