package io.github.uniquant.coder.runlength;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.Damage;
import io.github.uniquant.coder.MalformedBitstreamException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

/** Laws of the run-length coder, over random formats and units. */
class RunLengthProperties {
    private static final int TRIES = 400;
    private static final int MARGIN = 70;
    private static final int GUARD = 0x5A5A5A5A;

    @Provide
    Arbitrary<RunLengthUnit> units() {
        Arbitrary<Integer> parameters = Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.just(-1)),
                Tuple.of(3, Arbitraries.integers().between(0, 6)),
                Tuple.of(1, Arbitraries.integers().between(7, 31)));
        Arbitrary<RunLengthFormat> formats = Combinators.combine(parameters, parameters, Arbitraries.of(true, false))
                .as(RunLengthFormat::of);
        Arbitrary<Integer> elements = Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(0)),
                Tuple.of(4, Arbitraries.integers().between(1, 200)),
                Tuple.of(1, Arbitraries.integers().between(200, 20_000)));
        return Combinators.combine(
                        formats,
                        elements,
                        Arbitraries.of(0, 1, 8, 100, 3000),
                        Arbitraries.of(RunLengthUnit.Magnitudes.class),
                        Arbitraries.longs())
                .as(RunLengthUnit::of)
                .withoutEdgeCases();
    }

    @Property(tries = 2 * TRIES)
    void decodeInvertsEncode(@ForAll("units") RunLengthUnit unit) {
        byte[] string = unit.encode();
        int[] decoded = new int[unit.elements()];
        int consumed =
                new RunLengthDecoder(unit.format(), true).decode(string, 0, string.length, decoded, 0, decoded.length);
        assertThat(consumed).isEqualTo(string.length);
        assertThat(decoded).isEqualTo(unit.symbols());
        assertThat(string.length == 0).isEqualTo(unit.elements() == 0);
        Statistics.label("runs of non-zeros")
                .collect(unit.format().runsOfNonZeros())
                .coverage(checker -> {
                    checker.check(true).count(count -> count > 0);
                    checker.check(false).count(count -> count > 0);
                });
        Statistics.label("a code of more than 57 bits")
                .collect(Arrays.stream(unit.symbols())
                        .filter(x -> x != 0)
                        .anyMatch(x -> unit.format()
                                        .magnitudeCode()
                                        .bits(Math.abs((long) x)
                                                - 1
                                                + unit.format().magnitudeCode().least())
                                > 57))
                .coverage(checker -> checker.check(true).count(count -> count > 0));
    }

    /** The sum of the codes' lengths, rounded up to bytes. */
    @Property(tries = TRIES)
    void lengthIsTheSumOfTheCodes(@ForAll("units") RunLengthUnit unit) {
        RunLengthFormat format = unit.format();
        int[] symbols = unit.symbols();
        long bits = 0;
        boolean first = true;
        for (int i = 0; i < symbols.length; ) {
            int start = i;
            while (i < symbols.length && symbols[i] == 0) {
                i++;
            }
            int length = i - start - (first || !format.runsOfNonZeros() ? 0 : 1);
            bits += format.runLengthCode().bits(length + format.runLengthCode().least());
            first = false;
            start = i;
            while (i < symbols.length && symbols[i] != 0 && (format.runsOfNonZeros() || i == start)) {
                long magnitude = Math.abs((long) symbols[i++]);
                bits += 1
                        + format.magnitudeCode()
                                .bits(magnitude - 1 + format.magnitudeCode().least());
            }
            if (format.runsOfNonZeros() && i > start) {
                bits += format.runLengthCode()
                        .bits(i - start - 1 + format.runLengthCode().least());
            }
        }
        assertThat((long) unit.encode().length).isEqualTo((bits + 7) / 8);
    }

    @Property(tries = 3 * TRIES, shrinking = ShrinkingMode.BOUNDED)
    void damagedInputNeverEscapesAsAnotherException(
            @ForAll("units") RunLengthUnit unit, @ForAll Damage damage, @ForAll long seed) {
        byte[] string = damage.of(unit.encode(), seed);
        int n = unit.elements();
        int[] symbols = new int[n + 2 * MARGIN];
        Arrays.fill(symbols, GUARD);
        boolean refused = false;
        long start = System.nanoTime();
        try {
            new RunLengthDecoder(unit.format(), true).decode(string, 0, string.length, symbols, MARGIN, n);
        } catch (MalformedBitstreamException e) {
            refused = true;
            assertThat(e.offset()).isBetween(0L, (long) string.length);
        }
        assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(2_000_000_000L);
        assertThat(Arrays.copyOf(symbols, MARGIN)).containsOnly(GUARD);
        assertThat(Arrays.copyOfRange(symbols, MARGIN + n, symbols.length)).containsOnly(GUARD);
        if (!refused) {
            int[] decoded = Arrays.copyOfRange(symbols, MARGIN, MARGIN + n);
            assertThat(new RunLengthUnit(unit.format(), decoded).encode()).isEqualTo(string);
        }
        Statistics.label("refused").collect(refused).coverage(checker -> {
            checker.check(true).count(count -> count > 0);
            checker.check(false).count(count -> count > 0);
        });
    }
}
