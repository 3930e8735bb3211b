package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Words to levels, at the words where a quotient that is one off would show. */
class DitherKernelsTest {
    interface Reduce {
        void apply(int[] words, int at, int count, int levels);
    }

    private static Stream<Named<Reduce>> remainders() {
        Stream<Named<Reduce>> scalar = Stream.of(Named.of("scalar", ScalarDitherKernels::remainders));
        return vectorsRun()
                ? Stream.concat(scalar, Stream.of(Named.of("vector", VectorDitherKernels::remainders)))
                : scalar;
    }

    private static Stream<Named<Reduce>> shares() {
        Stream<Named<Reduce>> scalar = Stream.of(Named.of("scalar", ScalarDitherKernels::shares));
        return vectorsRun()
                ? Stream.concat(scalar, Stream.of(Named.of("vector", VectorDitherKernels::shares)))
                : scalar;
    }

    private static boolean vectorsRun() {
        return !(KernelProvider.ditherKernels(0) instanceof ScalarDitherKernels);
    }

    private final SplittableRandom random = new SplittableRandom(3);

    /** Every divisor of a few kinds: small, about powers of two, large. */
    private int[] divisors() {
        int[] divisors = new int[1000];
        for (int i = 0; i < divisors.length; i++) {
            int power = 1 << random.nextInt(25);
            divisors[i] = i < 300 ? i + 1 : Math.clamp((long) power + random.nextInt(-2, 3), 1, 1 << 24);
        }
        return divisors;
    }

    /** Multiples of a divisor and what is next to them, the least and the largest words among them. */
    private int[] words(int divisor) {
        long multiples = (1L << 32) / divisor;
        int[] words = new int[200];
        for (int i = 0; i < words.length; i++) {
            long multiple = i < 20 ? i / 4 : i < 40 ? multiples - i / 4 + 5 : random.nextLong(multiples + 1);
            words[i] = (int) (multiple * divisor + i % 4 - 2);
        }
        words[0] = -1;
        words[1] = Integer.MIN_VALUE;
        words[2] = Integer.MAX_VALUE;
        return words;
    }

    @ParameterizedTest
    @MethodSource("remainders")
    void remaindersAreThoseOfUnsignedDivision(Reduce remainders) {
        for (int divisor : divisors()) {
            int[] words = words(divisor);
            int[] expected = Arrays.stream(words)
                    .map(word -> Integer.remainderUnsigned(word, divisor))
                    .toArray();
            remainders.apply(words, 0, words.length, divisor);
            assertThat(words).as("divisor=%d", divisor).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("shares")
    void sharesAreHighHalvesOfProducts(Reduce shares) {
        for (int levels : divisors()) {
            int[] words = words(levels);
            int[] expected = Arrays.stream(words)
                    .map(word -> (int) Math.unsignedMultiplyHigh((long) word << 32, levels))
                    .toArray();
            shares.apply(words, 0, words.length, levels);
            assertThat(words).as("levels=%d", levels).isEqualTo(expected);
        }
    }
}
