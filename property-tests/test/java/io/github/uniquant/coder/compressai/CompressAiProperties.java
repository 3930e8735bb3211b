package io.github.uniquant.coder.compressai;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.Damage;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

/** Laws of CompressAI's strings, over random tables and units. */
class CompressAiProperties {
    private static final int TRIES = 400;
    private static final int MARGIN = 70;
    private static final int GUARD = 0x5A5A5A5A;

    @Provide
    Arbitrary<CompressAiUnit> units() {
        Arbitrary<Integer> elements = Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(0)),
                Tuple.of(1, Arbitraries.integers().between(1, 2)),
                Tuple.of(4, Arbitraries.integers().between(3, 200)),
                Tuple.of(1, Arbitraries.integers().between(200, 20_000)));
        return Combinators.combine(
                        Arbitraries.integers().between(1, 9),
                        Arbitraries.of(1, 3, 50, 3000),
                        elements,
                        Arbitraries.of(0, 1, 20, 100),
                        Arbitraries.longs())
                .as(CompressAiUnit::of)
                .withoutEdgeCases();
    }

    @Property(tries = 2 * TRIES)
    void decodeInvertsEncode(@ForAll("units") CompressAiUnit unit) {
        byte[] string = unit.encode();
        int n = unit.elements();
        int[] decoded = new int[n];
        int consumed = new CompressAiDecoder(unit.tables(), true)
                .decode(string, 0, string.length, unit.tableOf(), 0, n, decoded, 0);
        assertThat(consumed).isEqualTo(string.length);
        assertThat(decoded).isEqualTo(unit.symbols());
        assertThat(string.length % 4).isZero();
        assertThat((long) string.length).isBetween(8L, new CompressAiEncoder(unit.tables()).maxBytes(n));
        Statistics.label("an escape of 8 groups")
                .collect(IntStream.range(0, n)
                        .anyMatch(i -> Math.abs((long) unit.symbols()[i]
                                        - unit.tables().tables().offset(unit.tableOf()[i]))
                                > 1 << 28))
                .coverage(checker -> checker.check(true).count(count -> count > 0));
    }

    /** Within 40 bits of the symbols' costs: the state, less its first bit, and what was lost to rounding. */
    @Property(tries = TRIES)
    void lengthIsTheCostOfTheCells(@ForAll("units") CompressAiUnit unit) {
        CdfTables tables = unit.tables().tables();
        double bits = 0;
        for (int i = 0; i < unit.elements(); i++) {
            int t = unit.tableOf()[i];
            int e = tables.cells(t) - 1;
            long v = (long) unit.symbols()[i] - tables.offset(t);
            boolean inside = v >= 0 && v < e;
            bits += 16 - Math.log(tables.frequency(t, inside ? (int) v : e)) / Math.log(2);
            if (!inside) {
                long raw = v < 0 ? -2 * v - 1 : 2 * (v - e);
                bits += 4 + 4 * ((67 - Long.numberOfLeadingZeros(raw)) / 4);
            }
        }
        double ideal = bits / 8 + 4;
        assertThat((double) unit.encode().length).isBetween(ideal - 0.5, ideal * 1.0001 + 5);
    }

    /** However a unit is cut into slices, its string is the same, and gives the same symbols whichever way it is cut. */
    @Property(tries = TRIES)
    void slicesAreOneString(@ForAll("units") CompressAiUnit unit, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] whole = unit.encode();
        int n = unit.elements();
        CompressAiEncoder encoder = new CompressAiEncoder(unit.tables());
        for (int from = 0; from < n; ) {
            int count = Math.min(random.nextInt(1 + n / 2 + 1), n - from);
            encoder.append(unit.tables(), unit.symbols(), from, unit.tableOf(), from, count);
            from += count;
        }
        byte[] string = new byte[encoder.finish()];
        encoder.write(string, 0, string.length);
        assertThat(string).isEqualTo(whole);
        int[] decoded = new int[n];
        CompressAiDecoder decoder = new CompressAiDecoder(unit.tables(), true);
        decoder.begin(string, 0, string.length);
        for (int from = 0; from < n; ) {
            int count = Math.min(random.nextInt(1 + n / 2 + 1), n - from);
            decoder.decodeSlice(unit.tables(), unit.tableOf(), from, count, decoded, from);
            from += count;
        }
        assertThat(decoder.finish()).isEqualTo(string.length);
        assertThat(decoded).isEqualTo(unit.symbols());
    }

    @Property(tries = 3 * TRIES, shrinking = ShrinkingMode.BOUNDED)
    void damagedInputNeverEscapesAsAnotherException(
            @ForAll("units") CompressAiUnit unit, @ForAll Damage damage, @ForAll long seed) {
        byte[] string = damage.of(unit.encode(), seed);
        int n = unit.elements();
        int[] symbols = new int[n + 2 * MARGIN];
        Arrays.fill(symbols, GUARD);
        boolean refused = false;
        long start = System.nanoTime();
        try {
            new CompressAiDecoder(unit.tables(), true)
                    .decode(string, 0, string.length, unit.tableOf(), 0, n, symbols, MARGIN);
        } catch (MalformedBitstreamException e) {
            refused = true;
            assertThat(e.offset()).isBetween(0L, (long) string.length);
        }
        assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(2_000_000_000L);
        assertThat(Arrays.copyOf(symbols, MARGIN)).containsOnly(GUARD);
        assertThat(Arrays.copyOfRange(symbols, MARGIN + n, symbols.length)).containsOnly(GUARD);
        if (!refused) {
            int[] decoded = Arrays.copyOfRange(symbols, MARGIN, MARGIN + n);
            assertThat(new CompressAiUnit(unit.tables(), unit.tableOf(), decoded).encode())
                    .isEqualTo(string);
        }
        Statistics.label("refused").collect(refused).coverage(checker -> {
            checker.check(true).count(count -> count > 0);
        });
    }

    @Provide
    Arbitrary<float[]> masses() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 300),
                        Arbitraries.of(1, 8, 24),
                        Arbitraries.of(0.0, 0.5, 0.95),
                        Arbitraries.longs())
                .as(CompressAiProperties::masses)
                .withoutEdgeCases();
    }

    /** Masses over so many powers of two, a part of them 0. */
    private static float[] masses(int n, int spread, double zeros, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] masses = new float[n];
        for (int i = 0; i < n; i++) {
            if (random.nextDouble() >= zeros) {
                masses[i] = (float) Math.scalb(random.nextDouble(), -random.nextInt(spread));
            }
        }
        masses[random.nextInt(n)] = 0.5f;
        return masses;
    }

    /** Every cell has a slot or more; cells give as many slots as empty ones take, and none takes more. */
    @Property(tries = TRIES)
    void rowsOfMassesAreTables(@ForAll("masses") float[] pmf) {
        int[] row = CompressAiTables.pmfToQuantizedCdf(pmf);
        CdfTables tables =
                CompressAiTables.of(row, new int[] {row.length}, new int[1]).tables();
        int n = pmf.length;
        assertThat(tables.cells(0)).isEqualTo(n);
        long[] share = new long[n];
        long total = 0;
        for (int i = 0; i < n; i++) {
            share[i] = (long) Math.floor(pmf[i] * 65536.0 + 0.5);
            total += share[i];
        }
        long left = 65536;
        for (int i = 0; i < n; i++) {
            share[i] = 65536 * share[i] / total;
            left -= share[i];
        }
        share[n - 1] += left;
        for (int i = 0; i < n; i++) {
            assertThat((long) tables.frequency(0, i)).isBetween(1L, Math.max(1, share[i]));
        }
        Statistics.label("empty cells")
                .collect(Arrays.stream(share).anyMatch(slots -> slots == 0))
                .coverage(checker -> {
                    checker.check(true).count(count -> count > 0);
                    checker.check(false).count(count -> count > 0);
                });
    }
}
