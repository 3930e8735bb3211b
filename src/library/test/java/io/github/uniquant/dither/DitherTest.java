package io.github.uniquant.dither;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.internal.kernel.Philox;
import io.github.uniquant.tensor.Bfloat16;
import io.github.uniquant.tensor.ElementType;
import java.math.BigInteger;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DitherTest {
    private static final BigInteger TWO_32 = BigInteger.ONE.shiftLeft(32);

    private static int hex(String word) {
        return Integer.parseUnsignedInt(word, 16);
    }

    private static int[] hexes(String words) {
        return Arrays.stream(words.split(" ")).mapToInt(DitherTest::hex).toArray();
    }

    /** Philox4x32-10 as its paper defines it, in big integers. */
    private static int[] textbookPhilox(int[] counter, int[] key) {
        BigInteger[] c = unsigned(counter);
        BigInteger[] k = unsigned(key);
        for (int round = 0; round < 10; round++) {
            BigInteger[] p0 = c[0].multiply(new BigInteger("D2511F53", 16)).divideAndRemainder(TWO_32);
            BigInteger[] p1 = c[2].multiply(new BigInteger("CD9E8D57", 16)).divideAndRemainder(TWO_32);
            c = new BigInteger[] {
                p1[0].xor(c[1]).xor(k[0]), p1[1], p0[0].xor(c[3]).xor(k[1]), p0[1]
            };
            k[0] = k[0].add(new BigInteger("9E3779B9", 16)).mod(TWO_32);
            k[1] = k[1].add(new BigInteger("BB67AE85", 16)).mod(TWO_32);
        }
        return Arrays.stream(c).mapToInt(BigInteger::intValue).toArray();
    }

    private static BigInteger[] unsigned(int[] words) {
        return Arrays.stream(words)
                .mapToObj(word -> BigInteger.valueOf(Integer.toUnsignedLong(word)))
                .toArray(BigInteger[]::new);
    }

    private static int[] levels(Dither dither, long unit, int first, int count, int numNoiseLevels) {
        int[] out = new int[count];
        dither.levels(unit, first, count, numNoiseLevels, out, 0);
        return out;
    }

    @ParameterizedTest
    @CsvSource({
        "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
        "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
    })
    void philoxGivesThePublishedWords(String counter, String key, String expected) {
        int[] c = hexes(counter);
        int[] k = hexes(key);
        int[] out = new int[6];
        Philox.block(c[0], c[1], c[2], c[3], k[0], k[1], out, 1);
        assertThat(Arrays.copyOfRange(out, 1, 5)).isEqualTo(hexes(expected)).isEqualTo(textbookPhilox(c, k));
        assertThat(out[0]).isZero();
        assertThat(out[5]).isZero();
    }

    @Test
    void tfcLevelsAreThoseOfUpstream() {
        // The first levels of stateless_uniform((...), seed=(1234, 1234), 0, 15, int32).
        assertThat(levels(Dither.tfc(), 0, 0, 16, 15))
                .containsExactly(5, 13, 11, 12, 1, 7, 1, 7, 1, 4, 1, 2, 2, 8, 11, 8);
        assertThat(levels(Dither.tfc(), 0, 0, 16, 1000))
                .containsExactly(565, 653, 186, 222, 601, 472, 366, 107, 886, 199, 601, 932, 732, 993, 171, 23);
    }

    @Test
    void tfcLevelsAreWordsOfTheScrambledSeedModuloTheirNumber() {
        int[] stream = textbookPhilox(new int[] {1234, 0, 1234, 0}, new int[] {hex("3ec8f720"), hex("02461e29")});
        for (int numNoiseLevels : new int[] {1, 2, 15, 1000, 1 << 24}) {
            int[] expected = new int[400];
            for (int i = 0; i < expected.length; i++) {
                int[] block =
                        textbookPhilox(new int[] {i / 4, 0, stream[2], stream[3]}, new int[] {stream[0], stream[1]});
                expected[i] = (int) (Integer.toUnsignedLong(block[i % 4]) % numNoiseLevels);
            }
            assertThat(levels(Dither.tfc(), 0, 0, 400, numNoiseLevels)).isEqualTo(expected);
            assertThat(levels(Dither.tfc(), 99, 0, 400, numNoiseLevels)).isEqualTo(expected);
        }
        assertThat(Dither.tfc().sharedByUnits()).isTrue();
        assertThat(Dither.tfc().name()).isEqualTo("tfc");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 0x123456789abcdef0L, Long.MIN_VALUE})
    void seededLevelsScaleTheWordsOfTheUnitsOwnCounter(long seed) {
        for (long firstUnit : new long[] {0, 5, 0xFFFFFFFFL, -2, Long.MAX_VALUE}) {
            for (long unit : new long[] {0, 1, 2, 1L << 40}) {
                long number = firstUnit + unit;
                for (int numNoiseLevels : new int[] {1, 15, 1 << 24}) {
                    int[] expected = new int[40];
                    for (int i = 0; i < expected.length; i++) {
                        int[] block = textbookPhilox(
                                new int[] {i / 4, 0, (int) number, (int) (number >>> 32)},
                                new int[] {(int) seed, (int) (seed >>> 32)});
                        expected[i] = BigInteger.valueOf(Integer.toUnsignedLong(block[i % 4]))
                                .multiply(BigInteger.valueOf(numNoiseLevels))
                                .shiftRight(32)
                                .intValueExact();
                    }
                    assertThat(levels(Dither.seed(seed, firstUnit), unit, 0, 40, numNoiseLevels))
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void unitNumbersWrapAt64Bits() {
        int[] expected = levels(Dither.seed(9, 0), 1, 0, 20, 15);
        assertThat(levels(Dither.seed(9, -1), 2, 0, 20, 15)).isEqualTo(expected);
        assertThat(levels(Dither.seed(9, Long.MAX_VALUE), Long.MIN_VALUE + 2, 0, 20, 15))
                .isEqualTo(expected);
        assertThat(levels(Dither.seed(9, 0), 1L << 32, 0, 20, 15))
                .isNotEqualTo(levels(Dither.seed(9, 0), 0, 0, 20, 15));
    }

    @Test
    void partialRangesEqualSlicesOfTheWhole() {
        for (Dither dither : new Dither[] {Dither.tfc(), Dither.seed(-7, 3)}) {
            int[] whole = levels(dither, 2, 0, 60, 15);
            for (int first = 0; first < 12; first++) {
                for (int count = 0; count <= 20; count++) {
                    int[] out = new int[count + 4];
                    Arrays.fill(out, -9);
                    dither.levels(2, first, count, 15, out, 3);
                    assertThat(Arrays.copyOfRange(out, 3, 3 + count))
                            .isEqualTo(Arrays.copyOfRange(whole, first, first + count));
                    assertThat(out).startsWith(-9, -9, -9).endsWith(-9);
                }
            }
            // The last elements that an index can name.
            int last = Integer.MAX_VALUE - 5;
            assertThat(Arrays.copyOfRange(levels(dither, 0, last, 5, 15), 2, 5))
                    .isEqualTo(levels(dither, 0, last + 2, 3, 15));
        }
    }

    @Test
    void levelsAreEvenlySpread() {
        for (Dither dither : new Dither[] {Dither.tfc(), Dither.seed(1, 0)}) {
            int[] counts = new int[15];
            for (int level : levels(dither, 0, 0, 150_000, 15)) {
                counts[level]++;
            }
            double chiSquare = 0;
            for (int count : counts) {
                chiSquare += (count - 10_000.0) * (count - 10_000.0) / 10_000;
            }
            assertThat(chiSquare).isLessThan(43); // 14 degrees of freedom: exceeded with probability 1e-4
        }
    }

    @Test
    void badArgumentsAreRefused() {
        for (Dither dither : new Dither[] {Dither.tfc(), Dither.seed(1, 0)}) {
            for (int numNoiseLevels : new int[] {0, -1, (1 << 24) + 1}) {
                assertThatThrownBy(() -> levels(dither, 0, 0, 1, numNoiseLevels))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("numNoiseLevels must be in [1, 2^24]: numNoiseLevels=" + numNoiseLevels);
            }
            assertThatThrownBy(() -> levels(dither, 0, -1, 1, 15))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("firstElement must be at least 0: firstElement=-1");
            assertThatThrownBy(() -> dither.levels(0, 0, 3, 15, new int[4], 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void offsetsLieInsideTheUnitBoxAndAreSymmetric() {
        for (int n : new int[] {1, 2, 7, 15, 1000, 1 << 24}) {
            for (int level : new int[] {0, n / 3, n / 2, n - 1}) {
                double offset = NoiseOffsets.offset(level, n);
                assertThat(offset).isStrictlyBetween(-0.5, 0.5).isEqualTo((level + 1.0) / (n + 1.0) - 0.5);
                assertThat(NoiseOffsets.offset(n - 1 - level, n) + offset).isBetween(-0x1p-53, 0x1p-53);
                assertThat(NoiseOffsets.tableOffset(level, n, ElementType.FLOAT64))
                        .isEqualTo(offset);
                float narrow = (float) (level + 1) / (float) (n + 1) - 0.5f;
                assertThat(NoiseOffsets.tableOffset(level, n, ElementType.FLOAT32))
                        .isEqualTo(narrow);
                assertThat(NoiseOffsets.tableOffset(level, n, ElementType.FLOAT16))
                        .isEqualTo(Float.float16ToFloat(Float.floatToFloat16(narrow)));
                assertThat(NoiseOffsets.tableOffset(level, n, ElementType.BFLOAT16))
                        .isEqualTo(Bfloat16.toFloat(Bfloat16.fromFloat(narrow)));
            }
        }
        // Where N + 1 is a power of two, all roundings agree.
        for (int level = 0; level < 15; level++) {
            for (ElementType type : ElementType.values()) {
                if (type.isFloating()) {
                    assertThat(NoiseOffsets.tableOffset(level, 15, type)).isEqualTo(NoiseOffsets.offset(level, 15));
                }
            }
        }
        assertThatThrownBy(() -> NoiseOffsets.tableOffset(0, 15, ElementType.INT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bottleneckType must be a floating type: int32");
    }
}
