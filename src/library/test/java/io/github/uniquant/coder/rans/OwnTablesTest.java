package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Units that have tables of their own, as indexed models have them, decoded side by side. */
class OwnTablesTest {
    /** Of one block and more, with and without lanes, around the sizes of tails. */
    private static final int[] ELEMENTS = {0, 1, 5, 255, 256, 300, 777, 4097, 9000};

    private static final List<CodingUnit.Source> SOURCES = List.of(CodingUnit.Source.values());
    private static final List<CodingUnit.Escapes> ESCAPES = List.of(CodingUnit.Escapes.values());

    private static List<Kernels> kernels() {
        return Stream.of(KernelProvider.scalar(), KernelProvider.kernels())
                .distinct()
                .toList();
    }

    /** Units whose tails differ: what they cost, and where, goes by their number. */
    private static CodingUnit unit(CdfTables tables, int n, int number, SplittableRandom random) {
        CodingUnit.Source source = SOURCES.get(number % SOURCES.size());
        CodingUnit.Escapes escapes = ESCAPES.get(number / SOURCES.size() % ESCAPES.size());
        if (number % 2 == 0) {
            return CodingUnit.of(tables, n, source, escapes, random);
        }
        int[] tableOf = random.ints(n, 0, tables.count()).toArray();
        return CodingUnit.of(tables, tableOf, source, escapes, random);
    }

    private static byte[] encoded(RansTables tables, CodingUnit unit) {
        byte[] out = new byte[(int) new RansEncoder(tables).maxBytes(unit.elements())];
        int length = new RansEncoder(tables)
                .encode(unit.symbols(), 0, unit.tableOf(), 0, unit.elements(), out, 0, out.length);
        return Arrays.copyOf(out, length);
    }

    /** A sink to an array. */
    private static SymbolSink to(int[] symbols) {
        return (first, count, given) -> System.arraycopy(given, 0, symbols, first, count);
    }

    private static int[][] decodedTogether(
            RansDecoder[] decoders, CodingUnit[] units, byte[][] strings, int count, int tablesOffset) {
        int[][] symbols = new int[count][];
        SymbolSink[] sinks = new SymbolSink[count];
        for (int u = 0; u < count; u++) {
            int n = units[u].elements();
            symbols[u] = new int[n];
            sinks[u] = to(symbols[u]);
            int[] tableOf = new int[n + tablesOffset];
            System.arraycopy(units[u].tableOf(), 0, tableOf, tablesOffset, n);
            decoders[u].begin(strings[u], 0, strings[u].length, tableOf, tablesOffset, n, sinks[u]);
        }
        RansDecoder.finishTogether(decoders, count, sinks);
        return symbols;
    }

    @ParameterizedTest
    @EnumSource(TableSet.class)
    void decodingTogetherInvertsEncodingEach(TableSet set) {
        SplittableRandom random = new SplittableRandom(4);
        for (Kernels kernels : kernels()) {
            for (int precision : new int[] {4, 12, 13}) {
                RansTables tables = RansTables.of(set.tables(precision, true));
                RansDecoder[] decoders = new RansDecoder[RansDecoder.groupSize(1)];
                Arrays.setAll(decoders, u -> new RansDecoder(tables, true, kernels));
                for (int n : ELEMENTS) {
                    for (int count = 1; count <= decoders.length; count++) {
                        CodingUnit[] units = new CodingUnit[count];
                        Arrays.setAll(units, u -> unit(tables.tables(), n, random.nextInt(30), random));
                        byte[][] strings = Stream.of(units)
                                .map(unit -> encoded(tables, unit))
                                .toArray(byte[][]::new);
                        int[][] symbols = decodedTogether(decoders, units, strings, count, count % 2);
                        for (int u = 0; u < count; u++) {
                            assertThat(symbols[u])
                                    .as("unit %d of %d, elements %d, precision %d, %s", u, count, n, precision, kernels)
                                    .isEqualTo(units[u].symbols());
                        }
                    }
                }
            }
        }
    }

    /** Lanes and tails go by what a unit costs, so a group has several of both. */
    @Test
    void tailsOfAGroupDiffer() {
        RansTables tables = RansTables.of(TableSet.CERTAIN_AND_NORMAL.tables(12, true));
        SplittableRandom random = new SplittableRandom(5);
        int n = 9000;
        assertThat(Stream.of(CodingUnit.Source.DRAWN, CodingUnit.Source.DRAWN_THEN_FIRST_TABLE)
                        .map(source -> CodingUnit.of(tables.tables(), n, source, CodingUnit.Escapes.NONE, random))
                        .map(unit -> tables.plan(unit.tableOf(), 0, n))
                        .map(plan -> plan.attempt(0))
                        .distinct())
                .hasSize(2);
    }

    @Test
    void damagedStringsBesideWholeOnesAreMalformedOrDecode() {
        SplittableRandom random = new SplittableRandom(6);
        RansTables tables = RansTables.of(TableSet.NORMALS.tables(12, true));
        int malformed = 0;
        for (Kernels kernels : kernels()) {
            RansDecoder[] decoders = new RansDecoder[4];
            Arrays.setAll(decoders, u -> new RansDecoder(tables, true, kernels));
            for (int turn = 0; turn < 400; turn++) {
                int n = ELEMENTS[2 + random.nextInt(ELEMENTS.length - 2)];
                CodingUnit[] units = new CodingUnit[4];
                Arrays.setAll(units, u -> unit(tables.tables(), n, random.nextInt(30), random));
                byte[][] strings =
                        Stream.of(units).map(unit -> encoded(tables, unit)).toArray(byte[][]::new);
                byte[] damaged = strings[turn % 4];
                for (int i = 0; i < 3 && damaged.length > 0; i++) {
                    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                }
                strings[turn % 4] = Arrays.copyOf(damaged, Math.max(0, damaged.length - random.nextInt(3)));
                try {
                    int[][] symbols = decodedTogether(decoders, units, strings, 4, 0);
                    for (int u = 0; u < 4; u++) {
                        if (u != turn % 4) {
                            assertThat(symbols[u]).isEqualTo(units[u].symbols());
                        }
                    }
                } catch (MalformedBitstreamException e) {
                    malformed++;
                }
            }
        }
        assertThat(malformed).isGreaterThan(100);
    }

    /** The caller's mistake, and no damage of a string. */
    @ParameterizedTest
    @EnumSource(
            value = TableSet.class,
            names = {"NORMALS", "RANDOM"})
    void onlyWhatWasBegunIsFinished(TableSet set) {
        RansTables tables = RansTables.of(set.tables(12, true));
        CodingUnit unit = unit(tables.tables(), 300, 0, new SplittableRandom(3));
        byte[] string = encoded(tables, unit);
        SymbolSink sink = to(new int[300]);
        RansDecoder decoder = new RansDecoder(tables, true);
        assertNothingToFinish(decoder, sink);
        decoder.begin(string, 0, string.length, unit.tableOf(), 0, 300, sink);
        assertThat(decoder.finish(sink)).isEqualTo(string.length);
        assertNothingToFinish(decoder, sink);
        decoder.begin(string, 0, string.length, unit.tableOf(), 0, 300, sink);
        assertThatThrownBy(() -> decoder.begin(new byte[1], 0, 1, unit.tableOf(), 0, 300, sink))
                .isInstanceOf(MalformedBitstreamException.class);
        assertNothingToFinish(decoder, sink);
        decoder.begin(string, 0, string.length, unit.tableOf(), 0, 300, sink);
        decoder.decode(string, 0, string.length, unit.tableOf(), 0, 300, new int[300], 0);
        assertNothingToFinish(decoder, sink);
        decoder.begin(string, 0, string.length, unit.tableOf(), 0, 300, sink);
        decoder.use(tables);
        assertNothingToFinish(decoder, sink);
        decoder.begin(string, 0, string.length, unit.tableOf(), 0, 300, sink);
        RansDecoder.finishTogether(new RansDecoder[] {decoder}, 1, new SymbolSink[] {sink});
        assertNothingToFinish(decoder, sink);
    }

    private static void assertNothingToFinish(RansDecoder decoder, SymbolSink sink) {
        assertThatThrownBy(() -> decoder.finish(sink))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a string must have been begun, and not be finished or refused");
        assertThatThrownBy(() -> RansDecoder.finishTogether(new RansDecoder[] {decoder}, 1, new SymbolSink[] {sink}))
                .isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = TableSet.class,
            names = {"NORMALS", "RANDOM"})
    void indexesOfNoTableAreRefused(TableSet set) {
        RansTables tables = RansTables.of(set.tables(12, true));
        for (int bad : new int[] {-1, tables.count(), Integer.MAX_VALUE}) {
            int[] tableOf = new int[600];
            CodingUnit unit = CodingUnit.of(
                    tables.tables(),
                    tableOf.clone(),
                    CodingUnit.Source.DRAWN,
                    CodingUnit.Escapes.NONE,
                    new SplittableRandom(7));
            byte[] string = encoded(tables, unit);
            tableOf[599] = bad;
            SymbolSink sink = to(new int[600]);
            assertThatThrownBy(() -> {
                        RansDecoder decoder = new RansDecoder(tables, true);
                        decoder.begin(string, 0, string.length, tableOf, 0, 600, sink);
                        decoder.finish(sink);
                    })
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("table=" + bad);
            assertThatThrownBy(() -> new RansEncoder(tables)
                            .code((first, count, symbols) -> Arrays.fill(symbols, 0), tableOf, 0, 600))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("table=" + bad);
        }
    }
}
