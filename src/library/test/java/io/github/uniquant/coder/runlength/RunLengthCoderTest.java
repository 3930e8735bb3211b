package io.github.uniquant.coder.runlength;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.Allocations;
import io.github.uniquant.coder.MalformedBitstreamException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RunLengthCoderTest {
    private static final int GUARD = 0x5A5A5A5A;
    private static final int MARGIN = 9;

    static Stream<RunLengthFormat> formats() {
        return Stream.of(-1, 0, 1, 3, 12, 31)
                .flatMap(run -> Stream.of(-1, 0, 2, 13, 31)
                        .flatMap(magnitude ->
                                Stream.of(false, true).map(runs -> RunLengthFormat.of(run, magnitude, runs))));
    }

    /** Units of n symbols, of which one in {@code every} is not zero, of magnitudes up to {@code most}. */
    private static int[] draw(int n, int every, long most, SplittableRandom random) {
        int[] symbols = new int[n];
        for (int i = 0; i < n; i++) {
            if (random.nextInt(every) == 0) {
                symbols[i] = (int) (random.nextLong(1, most + 1) * (random.nextBoolean() ? 1 : -1));
            }
        }
        return symbols;
    }

    private static byte[] encode(RunLengthFormat format, int... symbols) {
        RunLengthEncoder encoder = new RunLengthEncoder(format);
        int length = encoder.code(symbols, 0, symbols.length);
        byte[] string = new byte[length];
        assertThat(encoder.write(string, 0, length)).isEqualTo(length);
        return string;
    }

    private static int[] decode(RunLengthFormat format, byte[] string, int count) {
        int[] symbols = new int[count];
        assertThat(new RunLengthDecoder(format, true).decode(string, 0, string.length, symbols, 0, count))
                .isEqualTo(string.length);
        return symbols;
    }

    private static void assertInverts(RunLengthFormat format, int... symbols) {
        byte[] string = encode(format, symbols);
        assertThat(string).isEqualTo(TextbookRunLengthCoder.encode(format, symbols));
        assertThat(decode(format, string, symbols.length)).isEqualTo(symbols);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void stringsAreThoseOfTheTextbookAndDecode(RunLengthFormat format) {
        SplittableRandom random = new SplittableRandom(3);
        for (int n : new int[] {0, 1, 2, 7, 8, 9, 31, 64, 65, 500}) {
            for (int every : new int[] {1, 2, 10, 1000}) {
                for (long most : new long[] {1, 3, 300}) {
                    assertInverts(format, draw(n, every, most, random));
                }
            }
        }
    }

    /** Magnitudes of every width, both signs, in every format whose strings stay short. */
    @ParameterizedTest
    @MethodSource("formats")
    void everyInt32HasACode(RunLengthFormat format) {
        int k = format.magnitudeCode().parameter();
        int widths = k < 0 ? 31 : Math.min(31, k + 12);
        int[] symbols = IntStream.rangeClosed(0, widths)
                .flatMap(w -> IntStream.of(1 << w, -(1 << w), (int) ((1L << w) - 1), (int) -((1L << w) - 1), 0))
                .filter(x -> k < 0 || Math.abs((long) x) >> k < 1 << 12)
                .toArray();
        assertInverts(format, symbols);
        for (int x : new int[] {Integer.MIN_VALUE, -Integer.MAX_VALUE, Integer.MAX_VALUE}) {
            if (k < 0 || k >= 13) {
                assertInverts(format, x);
                assertInverts(format, 0, x, x, 0, 0, x);
            }
        }
    }

    @Test
    void aMagnitudeOfTwoToThe31TakesTheGammaCodeOf32Bits() {
        assertThat(TextbookRunLengthCoder.bits(RunLengthFormat.GAMMA, Integer.MIN_VALUE))
                .isEqualTo("1" + "0" + "0".repeat(31) + "1" + "0".repeat(31));
        assertInverts(RunLengthFormat.GAMMA, Integer.MIN_VALUE, 0, Integer.MIN_VALUE);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void runsOfEveryLengthDecode(RunLengthFormat format) {
        if (format.runLengthCode().parameter() == 0) {
            assertInverts(format, unit(70_000, 69_999));
            return;
        }
        for (int length : new int[] {1, 56, 57, 58, 4095, 4096, 1 << 17, (1 << 17) + 1}) {
            assertInverts(format, new int[length]);
            assertInverts(format, unit(length, length - 1));
            assertInverts(format, unit(length, 0));
        }
    }

    private static int[] unit(int n, int nonZero) {
        int[] symbols = new int[n];
        symbols[nonZero] = -1;
        return symbols;
    }

    @Test
    void codeLengthsAreThoseOfTheCodes() {
        SplittableRandom random = new SplittableRandom(4);
        for (int parameter : new int[] {-1, 0, 1, 5, 31}) {
            IntegerCode code = new IntegerCode(parameter);
            RunLengthFormat format = new RunLengthFormat(IntegerCode.rice(31), code, false);
            for (int i = 0; i < 200; i++) {
                int x = random.nextInt(1, parameter < 0 || parameter > 18 ? Integer.MAX_VALUE : 1 << parameter + 12);
                // A run of 0 by rice(31) takes 32 bits, the sign one.
                assertThat(TextbookRunLengthCoder.bits(format, x).length() - 33)
                        .isEqualTo(code.bits(x - 1L + code.least()));
            }
        }
    }

    @Test
    void anEmptyUnitHasNoBytes() {
        for (RunLengthFormat format : formats().toList()) {
            assertThat(encode(format)).isEmpty();
            assertThat(decode(format, new byte[0], 0)).isEmpty();
            assertThatThrownBy(() -> decode(format, new byte[] {1}, 0)).isInstanceOf(MalformedBitstreamException.class);
        }
    }

    @Test
    void rangesOfTheCallersArraysAreKept() {
        RunLengthFormat format = RunLengthFormat.of(1, -1, false);
        int[] symbols = {7, 7, 0, 0, -5, 0, 7, 7};
        byte[] out = new byte[20];
        Arrays.fill(out, (byte) 0x5A);
        int length = new RunLengthEncoder(format).encode(symbols, 2, 4, out, 3, 20);
        byte[] expected = TextbookRunLengthCoder.encode(format, 0, 0, -5, 0);
        assertThat(length).isEqualTo(expected.length);
        assertThat(Arrays.copyOfRange(out, 3, 3 + length)).isEqualTo(expected);
        assertThat(Arrays.copyOf(out, 3)).containsOnly(0x5A);
        assertThat(Arrays.copyOfRange(out, 3 + length, 20)).containsOnly(0x5A);
        int[] decoded = {9, 9, 9, 9, 9, 9};
        new RunLengthDecoder(format, true).decode(out, 3, length, decoded, 1, 4);
        assertThat(decoded).containsExactly(9, 0, 0, -5, 0, 9);
    }

    @Test
    void aStringThatDoesNotFitIsRefusedWithItsLength() {
        RunLengthEncoder encoder = new RunLengthEncoder(RunLengthFormat.of(0, 0, false));
        byte[] out = new byte[12];
        assertThatThrownBy(() -> encoder.encode(new int[] {0, 80}, 0, 2, out, 4, 12))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the output must have room for the string: needed=11 available=8");
        assertThat(out).containsOnly(0);
        assertThat(encoder.length()).isEqualTo(11);
        assertThatThrownBy(() -> encoder.encode(new int[2], 1, 2, out, 0, 12))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void parametersWithoutACodeAreRefused() {
        assertThatThrownBy(() -> new IntegerCode(-2)).hasMessageContaining("parameter=-2");
        assertThatThrownBy(() -> new IntegerCode(32)).hasMessageContaining("parameter=32");
        assertThatThrownBy(() -> IntegerCode.rice(-1)).hasMessageContaining("k=-1");
        assertThatThrownBy(() -> IntegerCode.GAMMA.bits(0)).hasMessageContaining("least=1");
        assertThat(RunLengthFormat.of(-1, -1, false)).isEqualTo(RunLengthFormat.GAMMA);
        assertThat(RunLengthFormat.of(-1, 3, true))
                .hasToString("RunLengthFormat[runLengthCode=gamma," + " magnitudeCode=rice(3), runsOfNonZeros=true]");
    }

    // ---- damage

    private static byte[] bytes(String bits) {
        byte[] bytes = new byte[(bits.length() + 7) / 8];
        IntStream.range(0, bits.length())
                .filter(i -> bits.charAt(i) == '1')
                .forEach(i -> bytes[i / 8] |= (byte) (1 << i % 8));
        return bytes;
    }

    private static void assertMalformed(RunLengthFormat format, int count, String bits, String reason, long offset) {
        assertThatThrownBy(() -> decode(format, bytes(bits), count))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessage(reason + ": offset=" + offset);
    }

    @Test
    void eachKindOfDamageHasItsReasonAndOffset() {
        RunLengthFormat gamma = RunLengthFormat.GAMMA;
        String cut = "a string must not end within a code";
        assertMalformed(gamma, 1, "", cut, 0);
        assertMalformed(gamma, 100, "00000000", cut, 1);
        assertMalformed(gamma, 2, "1" + "1" + "00000", cut, 1); // a run of 0, a sign, no magnitude
        String run = "a run must end within the unit";
        assertMalformed(gamma, 2, "00100", run, 0); // a run of 3 in a unit of 2
        assertMalformed(gamma, 2, "1".repeat(3) + "00101", run, 0);
        assertMalformed(RunLengthFormat.of(0, 0, true), 2, "1" + "001", run, 0); // 3 values in a unit of 2
        assertMalformed(RunLengthFormat.of(0, 0, true), 3, "1" + "1" + "11" + "001", run, 0);
        assertMalformed(RunLengthFormat.of(0, 0, false), 1, "0".repeat(200) + "1", run, 0);
        String value = "a value must be an int32";
        assertMalformed(gamma, 1, "1" + "1" + "0".repeat(31) + "1" + "0".repeat(31), value, 0);
        assertMalformed(gamma, 1, "1" + "0" + "0".repeat(31) + "1" + "1" + "0".repeat(30), value, 4);
        assertMalformed(gamma, 1, "1" + "0" + "0".repeat(32) + "1" + "0".repeat(32), value, 0);
        assertMalformed(RunLengthFormat.of(-1, 31, false), 1, "1" + "1" + "1" + "1".repeat(31), value, 0);
        assertMalformed(RunLengthFormat.of(-1, 31, false), 1, "1" + "0" + "01" + "0".repeat(31), value, 0);
        assertThatCode(() -> decode(RunLengthFormat.of(-1, 31, false), new byte[] {-3, -1, -1, -1, 3}, 1))
                .doesNotThrowAnyException(); // the same with the other sign is -2^31
        assertMalformed(gamma, 1, "1" + "11" + "00000" + "0", "a string must end with the code that fills the unit", 0);
        assertMalformed(gamma, 1, "1" + "11" + "00001", "the bits after the last code must be zero", 0);
    }

    @Test
    void withoutTheSanityCheckWhatIsLeftOverIsIgnored() {
        RunLengthDecoder decoder = new RunLengthDecoder(RunLengthFormat.GAMMA, false);
        int[] symbols = new int[1];
        for (String bits : List.of("111", "11111111", "11100000" + "11111111")) {
            byte[] string = bytes(bits);
            assertThat(decoder.decode(string, 0, string.length, symbols, 0, 1)).isEqualTo(1);
            assertThat(symbols).containsExactly(1);
        }
        assertThatThrownBy(() -> decoder.decode(new byte[1], 0, 1, symbols, 0, 1))
                .isInstanceOf(MalformedBitstreamException.class);
        assertThat(decoder.decode(new byte[1], 0, 1, symbols, 0, 0)).isZero();
    }

    /** A decoder takes a string exactly where coding what it gives makes the same string. */
    @ParameterizedTest
    @MethodSource("formats")
    void aDecoderAcceptsWhatAnEncoderWritesAndNothingElse(RunLengthFormat format) {
        SplittableRandom random = new SplittableRandom(5);
        int accepted = 0;
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            int n = random.nextInt(40);
            byte[] string = encode(format, draw(n, 1 + random.nextInt(4), 1 + random.nextInt(9), random));
            switch (random.nextInt(4)) {
                case 0 -> string = Arrays.copyOf(string, random.nextInt(string.length + 3));
                case 1 -> random.nextBytes(string);
                default -> {
                    for (int flips = random.nextInt(3); flips >= 0 && string.length > 0; flips--) {
                        string[random.nextInt(string.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                }
            }
            int[] guarded = new int[n + 2 * MARGIN];
            Arrays.fill(guarded, GUARD);
            byte[] in = new byte[string.length + 5];
            Arrays.fill(in, (byte) -1);
            System.arraycopy(string, 0, in, 2, string.length);
            try {
                new RunLengthDecoder(format, true).decode(in, 2, string.length, guarded, MARGIN, n);
                accepted++;
                int[] symbols = Arrays.copyOfRange(guarded, MARGIN, MARGIN + n);
                assertThat(encode(format, symbols)).isEqualTo(string);
            } catch (MalformedBitstreamException e) {
                refused++;
                assertThat(e.offset()).isBetween(0L, (long) string.length);
            }
            assertThat(Arrays.copyOf(guarded, MARGIN)).containsOnly(GUARD);
            assertThat(Arrays.copyOfRange(guarded, MARGIN + n, n + 2 * MARGIN)).containsOnly(GUARD);
        }
        assertThat(accepted).isPositive();
        assertThat(refused).isPositive();
    }

    static List<Arguments> hostileStrings() {
        byte[] random = new byte[1 << 18];
        new SplittableRandom(6).nextBytes(random);
        byte[] ones = new byte[1 << 18];
        Arrays.fill(ones, (byte) -1);
        return List.of(
                Arguments.of("zeros", new byte[1 << 18]), Arguments.of("ones", ones), Arguments.of("random", random));
    }

    /** Each code takes a bit or more, so that no string of this size keeps a decoder for long. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileStrings")
    void timeIsBoundedByTheBytesAndTheSymbols(String name, byte[] string) {
        int[] symbols = new int[1 << 20];
        for (RunLengthFormat format : formats().toList()) {
            RunLengthDecoder decoder = new RunLengthDecoder(format, true);
            long best = Long.MAX_VALUE;
            for (int round = 0; round < 3; round++) {
                long start = System.nanoTime();
                try {
                    decoder.decode(string, 0, string.length, symbols, 0, symbols.length);
                } catch (MalformedBitstreamException e) {
                    assertThat(e.offset()).isBetween(0L, (long) string.length);
                }
                best = Math.min(best, System.nanoTime() - start);
            }
            assertThat(best).as("nanoseconds, %s by %s", name, format).isLessThan(1_000_000_000L);
        }
    }

    @Test
    void warmCodersAllocateNothing() {
        int[] symbols = draw(5000, 6, 40, new SplittableRandom(7));
        int[] decoded = new int[symbols.length];
        byte[] out = new byte[symbols.length * 4];
        for (RunLengthFormat format : List.of(RunLengthFormat.GAMMA, RunLengthFormat.of(2, 3, true))) {
            RunLengthEncoder encoder = new RunLengthEncoder(format);
            RunLengthDecoder decoder = new RunLengthDecoder(format, true);
            long allocated = Allocations.ofWarmCalls(100, 50, 100, i -> {
                int length = encoder.encode(symbols, 0, symbols.length, out, 0, out.length);
                decoder.decode(out, 0, length, decoded, 0, decoded.length);
            });
            assertThat(decoded).isEqualTo(symbols);
            assertThat(allocated).as("bytes that 100 calls allocated").isLessThan(100);
        }
    }
}
