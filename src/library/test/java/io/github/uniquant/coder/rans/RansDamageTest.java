package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolDecoder;
import io.github.uniquant.coder.rans.CodingUnit.Escapes;
import io.github.uniquant.coder.rans.CodingUnit.Source;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What damage does to a string: the one exception, or wrong symbols where no check can know. */
class RansDamageTest {
    private static final int GUARD = 0x5A5A5A5A;
    private static final int MARGIN = 70;
    private static final int MOST_ATTEMPTS = 100;

    private enum Damage {
        CUT_ONE_BYTE,
        CUT_TWO_BYTES,
        CUT_ANYWHERE,
        EXTENDED,
        FLIPPED_BIT,
        FLIPPED_BIT_IN_FRONT,
        RANDOM_BYTES,
        ZEROS,
        ONES;

        byte[] of(byte[] string, SplittableRandom random) {
            int n = string.length;
            byte[] damaged = switch (this) {
                case CUT_ONE_BYTE -> Arrays.copyOf(string, Math.max(0, n - 1));
                case CUT_TWO_BYTES -> Arrays.copyOf(string, Math.max(0, n - 2));
                case CUT_ANYWHERE -> Arrays.copyOf(string, random.nextInt(n + 1));
                case EXTENDED -> Arrays.copyOf(string, n + 1 + random.nextInt(9));
                default -> string.clone();
            };
            switch (this) {
                case EXTENDED -> random(damaged, n, random);
                case FLIPPED_BIT -> flip(damaged, n, random);
                case FLIPPED_BIT_IN_FRONT -> flip(damaged, Math.min(n, 6), random);
                case RANDOM_BYTES -> random(damaged, 0, random);
                case ZEROS -> Arrays.fill(damaged, (byte) 0);
                case ONES -> Arrays.fill(damaged, (byte) -1);
                case CUT_ONE_BYTE, CUT_TWO_BYTES, CUT_ANYWHERE -> {}
            }
            return damaged;
        }

        private static void random(byte[] bytes, int from, SplittableRandom random) {
            for (int i = from; i < bytes.length; i++) {
                bytes[i] = (byte) random.nextInt();
            }
        }

        private static void flip(byte[] bytes, int end, SplittableRandom random) {
            if (end > 0) {
                bytes[random.nextInt(end)] ^= (byte) (1 << random.nextInt(8));
            }
        }
    }

    static Stream<Arguments> pathsAndSets() {
        return CoderPath.all().stream()
                .flatMap(path -> Arrays.stream(TableSet.values()).map(set -> Arguments.of(path, set)));
    }

    static Stream<CoderPath> paths() {
        return CoderPath.all().stream();
    }

    /** Decodes to the middle of a guarded array; null where the string is refused. */
    private static int @Nullable [] decodeGuarded(SymbolDecoder decoder, int[] tableOf, byte[] string) {
        int n = tableOf.length;
        int[] symbols = new int[n + 2 * MARGIN];
        Arrays.fill(symbols, GUARD);
        byte[] in = new byte[string.length + 7];
        Arrays.fill(in, (byte) 0xA5);
        System.arraycopy(string, 0, in, 3, string.length);
        boolean refused = false;
        try {
            assertThat(decoder.decode(in, 3, string.length, tableOf, 0, n, symbols, MARGIN))
                    .isEqualTo(string.length);
        } catch (MalformedBitstreamException e) {
            assertThat(e.offset()).isBetween(0L, (long) string.length);
            refused = true;
        }
        assertThat(Arrays.copyOf(symbols, MARGIN)).containsOnly(GUARD);
        assertThat(Arrays.copyOfRange(symbols, MARGIN + n, symbols.length)).containsOnly(GUARD);
        return refused ? null : Arrays.copyOfRange(symbols, MARGIN, MARGIN + n);
    }

    private static int @Nullable [] decodeByReference(ReferenceRans reference, int[] tableOf, byte[] string) {
        try {
            return reference.decode(tableOf, string);
        } catch (MalformedBitstreamException e) {
            return null;
        }
    }

    @ParameterizedTest
    @MethodSource("pathsAndSets")
    void damageIsRefusedWhereTheFormatRefusesIt(CoderPath path, TableSet set) {
        SplittableRandom random = new SplittableRandom(7);
        int refused = 0;
        for (int precision : new int[] {1, 4, 12, 16}) {
            CdfTables tables = set.tables(precision, true);
            SymbolDecoder decoder = path.newDecoder().apply(RansTables.of(tables));
            ReferenceRans reference = new ReferenceRans(tables);
            for (int n : new int[] {0, 1, 2, 9, 64, 255, 256, 300, 777, 2500}) {
                for (Source source : new Source[] {Source.DRAWN, Source.LIKELIEST}) {
                    CodingUnit unit = CodingUnit.of(tables, n, source, Escapes.FEW, random);
                    byte[] string = reference.encode(unit.tableOf(), unit.symbols());
                    for (Damage damage : Damage.values()) {
                        byte[] damaged = damage.of(string, random);
                        int[] expected = decodeByReference(reference, unit.tableOf(), damaged);
                        refused += expected == null ? 1 : 0;
                        assertThat(decodeGuarded(decoder, unit.tableOf(), damaged))
                                .as("%s of %d bytes, elements=%d tables=%s", damage, string.length, n, tables)
                                .isEqualTo(expected);
                    }
                }
            }
        }
        assertThat(refused).isPositive();
    }

    /** Without the sanity check only the end of the string goes unchecked. */
    @ParameterizedTest
    @MethodSource("pathsAndSets")
    void withoutTheSanityCheckDamageIsStillContained(CoderPath path, TableSet set) {
        SplittableRandom random = new SplittableRandom(8);
        for (int precision : new int[] {3, 12}) {
            CdfTables tables = set.tables(precision, true);
            ReferenceRans reference = new ReferenceRans(tables);
            SymbolDecoder decoder = path.newUncheckedDecoder().apply(RansTables.of(tables));
            for (int n : new int[] {0, 1, 100, 256, 2000}) {
                CodingUnit unit = CodingUnit.of(tables, n, Source.DRAWN, Escapes.FEW, random);
                byte[] string = reference.encode(unit.tableOf(), unit.symbols());
                for (Damage damage : Damage.values()) {
                    byte[] damaged = damage.of(string, random);
                    int[] symbols = new int[n];
                    try {
                        assertThat(decoder.decode(damaged, 0, damaged.length, unit.tableOf(), 0, n, symbols, 0))
                                .isBetween(0, damaged.length);
                    } catch (MalformedBitstreamException e) {
                        assertThat(e.offset()).isBetween(0L, (long) damaged.length);
                    }
                }
            }
        }
    }

    /** Tables may have cells for numbers behind the last int32: no encoder can have coded one. */
    @ParameterizedTest
    @MethodSource("paths")
    void cellsBeyondTheLastInt32AreRefused(CoderPath path) {
        List<int[]> frequencies = List.of(new int[] {3, 5, 4, 2, 2});
        for (boolean overflow : new boolean[] {true, false}) {
            CdfTables within = TableSet.tables(4, overflow, frequencies);
            CdfTables atTheEnd = CdfTables.of(within.cdf(), new int[] {Integer.MAX_VALUE - 2});
            SymbolDecoder decoder = path.newDecoder().apply(RansTables.of(atTheEnd));
            for (int n : new int[] {1, 40, 3000}) {
                int[] tableOf = new int[n];
                int[] symbols = new int[n];
                for (int i = 0; i < n; i++) {
                    symbols[i] = within.offset(0) + i % 3;
                }
                CodingUnit unit = new CodingUnit(within, tableOf, symbols);
                int[] decoded = decodeGuarded(decoder, tableOf, path.encode(RansTables.of(within), unit));
                assertThat(decoded).isNotNull().contains(Integer.MAX_VALUE - 2);
                symbols[n / 2] = within.offset(0) + 3; // 2^31
                byte[] string = path.encode(RansTables.of(within), unit);
                assertThatThrownBy(() -> decoder.decode(string, 0, string.length, tableOf, 0, n, new int[n], 0))
                        .isInstanceOf(MalformedBitstreamException.class)
                        .hasMessageStartingWith("a cell must give an int32: offset=");
            }
        }
    }

    /** A string of any bytes takes at most 4 times as long as a valid one, beside the making of the exception. */
    @ParameterizedTest
    @MethodSource("paths")
    void damageTakesAtMostFourTimesAsLong(CoderPath path) {
        SplittableRandom random = new SplittableRandom(9);
        for (TableSet set : new TableSet[] {TableSet.NORMALS, TableSet.CELLS_OF_FREQUENCY_1, TableSet.TWO_CELLS}) {
            CdfTables tables = set.tables(12, true);
            SymbolDecoder decoder = path.newDecoder().apply(RansTables.of(tables));
            for (int n : new int[] {200, 2_000, 20_000}) {
                CodingUnit unit = CodingUnit.of(tables, n, Source.DRAWN, Escapes.FEW, random);
                byte[] valid = path.encode(RansTables.of(tables), unit);
                for (Damage damage : Damage.values()) {
                    Times times = new Times(decoder, unit.tableOf(), valid, damage.of(valid, random));
                    for (int attempt = 0; attempt < MOST_ATTEMPTS && !times.areWithinTheBound(); attempt++) {
                        times.measure(20 + 20_000 / n);
                    }
                    assertThat(times.damaged)
                            .as("nanoseconds for %s, elements=%d tables=%s %s", damage, n, tables, times)
                            .isLessThanOrEqualTo(times.bound());
                }
            }
        }
    }

    /** A few bytes can keep a state young for all elements of a long unit. */
    @ParameterizedTest
    @MethodSource("paths")
    void aStateThatStaysYoungTakesAtMostFourTimesAsLong(CoderPath path) {
        SplittableRandom random = new SplittableRandom(10);
        int n = 20_000;
        for (List<Integer> cells : List.of(List.of(4095, 1), List.of(4000, 96), List.of(20, 4056, 20))) {
            CdfTables tables = TableSet.tables(
                    12,
                    false,
                    List.of(cells.stream().mapToInt(Integer::intValue).toArray()));
            SymbolDecoder decoder = path.newDecoder().apply(RansTables.of(tables));
            CodingUnit unit = CodingUnit.of(tables, n, Source.DRAWN, Escapes.NONE, random);
            byte[] valid = path.encode(RansTables.of(tables), unit);
            for (int bits = 2; bits < 1 << 14; bits = bits * 5 / 4 + 1) {
                byte[] hostile = {(byte) (2 * bits), (byte) (bits >> 7)
                }; // a header of one lane, and the bits of a state
                Times times = new Times(decoder, unit.tableOf(), valid, hostile);
                for (int attempt = 0; attempt < MOST_ATTEMPTS && !times.areWithinTheBound(); attempt++) {
                    times.measure(10);
                }
                assertThat(times.damaged)
                        .as("nanoseconds for bits=%d tables=%s %s", bits, cells, times)
                        .isLessThanOrEqualTo(times.bound());
            }
        }
    }

    /** The least times seen of a valid string, a damaged one and an exception, in turn, so that load meets all alike. */
    private static final class Times {
        private final SymbolDecoder decoder;
        private final int[] tableOf;
        private final byte[] validString;
        private final byte[] damagedString;
        private final int[] symbols;
        private long valid = Long.MAX_VALUE;
        private long damaged = Long.MAX_VALUE;
        private long exception = Long.MAX_VALUE;

        Times(SymbolDecoder decoder, int[] tableOf, byte[] validString, byte[] damagedString) {
            this.decoder = decoder;
            this.tableOf = tableOf;
            this.validString = validString;
            this.damagedString = damagedString;
            this.symbols = new int[tableOf.length];
        }

        void measure(int rounds) {
            for (int round = 0; round < rounds; round++) {
                long start = System.nanoTime();
                decode(validString);
                long afterValid = System.nanoTime();
                decode(damagedString);
                long afterDamaged = System.nanoTime();
                try {
                    throw new MalformedBitstreamException("none", round);
                } catch (MalformedBitstreamException e) {
                    exception = Math.min(exception, System.nanoTime() - afterDamaged);
                }
                valid = Math.min(valid, afterValid - start);
                damaged = Math.min(damaged, afterDamaged - afterValid);
            }
        }

        private void decode(byte[] string) {
            try {
                decoder.decode(string, 0, string.length, tableOf, 0, tableOf.length, symbols, 0);
            } catch (MalformedBitstreamException e) {
                // As good as an end of the string.
            }
        }

        boolean areWithinTheBound() {
            return damaged <= bound();
        }

        long bound() {
            return valid == Long.MAX_VALUE ? 0 : 4 * valid + 2 * exception;
        }

        @Override
        public String toString() {
            return "valid=" + valid + " exception=" + exception;
        }
    }
}
