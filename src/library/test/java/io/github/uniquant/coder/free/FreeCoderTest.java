package io.github.uniquant.coder.free;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uniquant.coder.free.FreeUnit.Family;
import io.github.uniquant.coder.free.FreeUnit.Source;
import io.github.uniquant.internal.kernel.KernelProvider;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table-free coder: every path writes the bytes of the textbook coder, and reads them. */
class FreeCoderTest {
    private static final double[] SCALES = {1e-8, 1e-3, 0.1, 1, 8, 100, 1e4, 1e6};

    @Test
    void theVectorPathIsTestedWhereTheProcessorHasIt() {
        assertThat(KernelProvider.freeKernels().name())
                .isEqualTo(KernelProvider.kernels().name());
    }

    private static Family family(int i) {
        return List.of(Family.values()).get(i % 3);
    }

    private static void check(FreeUnit unit) {
        byte[] expected = TextbookFreeCoder.encode(unit);
        for (FreePath path : FreePath.all()) {
            assertThat(unit.encode(path)).as("bytes by %s", path).isEqualTo(expected);
            assertThat(unit.decode(path, expected)).as("symbols by %s", path).isEqualTo(unit.symbols());
        }
        assertThat(TextbookFreeCoder.decode(unit, expected)).isEqualTo(unit.symbols());
    }

    static Stream<Arguments> familiesAndSources() {
        return Stream.of(Family.values())
                .flatMap(family -> Stream.of(Source.values()).map(source -> Arguments.of(family, source)));
    }

    @ParameterizedTest
    @MethodSource("familiesAndSources")
    void decodeInvertsEncodeAtEveryScaleAndPrecision(Family family, Source source) {
        SplittableRandom random = new SplittableRandom(
                31L * family.name().hashCode() + source.name().hashCode());
        for (double scale : SCALES) {
            for (int precision = 3; precision <= 16; precision++) {
                int elements = random.nextInt(2) == 0 ? random.nextInt(250) : random.nextInt(250, 900);
                int priorSize = 1 + random.nextInt(random.nextBoolean() ? 4 : 200);
                check(FreeUnit.of(family, precision, priorSize, scale, elements, source, random.nextLong()));
            }
        }
    }

    @Test
    void decodeInvertsEncodeAtEveryLength() {
        for (int n = 0; n <= 300; n++) {
            check(FreeUnit.of(family(n), 12, 1 + n % 7, 4, n, Source.OUTLIERS, n));
        }
        for (int n : new int[] {575, 576, 577, 1021, 4095, 4096, 4097, 4160, 8191, 12_289}) {
            check(FreeUnit.of(family(n), 12, 192, 2, n, Source.DRAWN, n));
        }
    }

    /** Beyond 2^20 elements rows are computed again where they are coded. */
    @Test
    void rowsThatAreNotKeptGiveTheSameStrings() {
        FreeUnit unit = FreeUnit.of(Family.LOGISTIC, 12, 3, 1, (1 << 20) + 777, Source.OUTLIERS, 5);
        byte[] first = unit.encode(FreePath.all().getFirst());
        for (FreePath path : FreePath.all()) {
            assertThat(unit.encode(path)).isEqualTo(first);
            assertThat(unit.decode(path, first)).isEqualTo(unit.symbols());
        }
    }

    @Test
    void certainElementsTakeNoBytes() {
        FreeUnit unit = FreeUnit.of(
                Family.NORMAL.of(new double[] {0.25}, new double[] {1e-8}),
                12,
                200,
                Source.LIKELIEST,
                new SplittableRandom(1));
        assertThat(unit.encode(FreePath.all().getLast())).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void drawnDataTakesItsIdeal(Family family) {
        double over = 0;
        int units = 0;
        for (int precision : new int[] {8, 12, 14}) {
            for (double scale : new double[] {0.05, 0.3, 1, 4, 30}) {
                for (int n : new int[] {10, 100, 256, 768, 5_000, 30_000}) {
                    FreeUnit unit = FreeUnit.of(family, precision, 16, scale, n, Source.DRAWN, n + precision);
                    double ideal = unit.idealBits() / 8;
                    int length = unit.encode(FreePath.all().getLast()).length;
                    assertThat((double) length)
                            .as("n=%d p=%d scale=%s", n, precision, scale)
                            .isLessThanOrEqualTo(ideal * 1.0005 + 4);
                    over += length - ideal;
                    units++;
                }
            }
        }
        assertThat(over / units).isLessThan(2.2);
    }

    @ParameterizedTest
    @EnumSource(Source.class)
    void bytesStayWithinTheBound(Source source) {
        for (int precision = 3; precision <= 16; precision++) {
            for (int n : new int[] {0, 1, 7, 300, 3000}) {
                FreeUnit unit = FreeUnit.of(Family.LAPLACE, precision, 5, 3, n, source, n);
                FreePath path = FreePath.all().getLast();
                int length = unit.encode(path).length;
                assertThat((long) length)
                        .isLessThanOrEqualTo(path.encoder(unit.cdfs()).maxBytes(n));
                // As docs/format.md proves for the native string.
                double e = Math.log(1 + Math.pow(2, precision - 15)) / Math.log(2);
                int lanes = n < 256 ? 1 : 64;
                double bits = (unit.idealBits() + precision + 3 + 8 + 2 * lanes) / (1 - e / 16) + 7;
                assertThat(8.0 * length).as("p=%d n=%d", precision, n).isLessThanOrEqualTo(bits);
            }
        }
    }

    @Test
    void anOutputThatIsTooSmallSaysHowManyBytesAreNeededAndStaysAsItWas() {
        FreeUnit unit = FreeUnit.of(Family.NORMAL, 12, 3, 5, 500, Source.DRAWN, 3);
        FreeEncoder encoder = new FreeEncoder(unit.cdfs());
        int length = (int)
                encoder.code((first, count, to) -> System.arraycopy(unit.symbols(), first, to, 0, count), unit.plan());
        byte[] out = new byte[length + 20];
        Arrays.fill(out, (byte) 0x5a);
        byte[] before = out.clone();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoder.write(out, 10, 10 + length - 1))
                .withMessage(
                        "the output must have room for the string: needed=" + length + " available=" + (length - 1));
        assertThat(out).isEqualTo(before);
        assertThat(encoder.write(out, 10, 10 + length)).isEqualTo(length);
        assertThat(Arrays.copyOfRange(out, 10, 10 + length))
                .isEqualTo(unit.encode(FreePath.all().getFirst()));
        assertThat(Arrays.copyOf(out, 10)).isEqualTo(Arrays.copyOf(before, 10));
        assertThat(Arrays.copyOfRange(out, 10 + length, out.length)).containsOnly(0x5a);
    }

    @Test
    void aSourceThatThrowsLeavesNoString() {
        FreeUnit unit = FreeUnit.of(Family.NORMAL, 12, 3, 5, 500, Source.DRAWN, 3);
        FreeEncoder encoder = new FreeEncoder(unit.cdfs());
        assertThat(encoder.code(
                        (first, count, to) -> System.arraycopy(unit.symbols(), first, to, 0, count), unit.plan()))
                .isPositive();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encoder.code(
                        (first, count, to) -> {
                            throw new IllegalArgumentException("no such value");
                        },
                        unit.plan()))
                .withMessage("no such value");
        assertThat(encoder.length()).isZero();
        assertThat(encoder.write(new byte[0], 0, 0)).isZero();
    }

    @Test
    void aUnitHasAtMostTwoToThe28Elements() {
        FreePlan plan = new FreePlan(
                FreeUnit.of(Family.NORMAL, 12, 1, 1, 1, Source.DRAWN, 1).cdfs());
        for (int elements : new int[] {-1, (1 << 28) + 1, Integer.MAX_VALUE}) {
            String message = "a unit must have from 0 to 2^28 elements: elements=" + elements;
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> plan.layOut(new float[1], elements))
                    .withMessage(message);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> plan.layOut(new double[1], elements))
                    .withMessage(message);
        }
        assertThat(plan.layOut(new float[1], 1).count()).isOne();
    }

    @Test
    void aPlanOfOtherCdfsIsRefused() {
        FreeUnit unit = FreeUnit.of(Family.NORMAL, 12, 1, 1, 3, Source.DRAWN, 1);
        FreeUnit other = FreeUnit.of(Family.NORMAL, 12, 1, 2, 3, Source.DRAWN, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FreeEncoder(unit.cdfs()).code((first, count, to) -> {}, other.plan()))
                .withMessageStartingWith("the plan must be one of the encoder's CDFs");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FreeDecoder(unit.cdfs(), true)
                        .decode(new byte[0], 0, 0, other.plan(), (first, count, from) -> {}))
                .withMessageStartingWith("the plan must be one of the decoder's CDFs");
    }
}
