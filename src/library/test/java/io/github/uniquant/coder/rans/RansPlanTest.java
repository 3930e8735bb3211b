package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.coder.SymbolSource;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans with copies of the tables that their elements use: those of units that use few of many. */
class RansPlanTest {
    private static final int PRECISION = 12;
    private static final int TABLES = 3000;

    static Stream<Kernels> kernels() {
        return Stream.of(KernelProvider.scalar(), KernelProvider.kernels()).distinct();
    }

    /** Many tables of the kinds in a set, all unimodal or not. */
    private static CdfTables manyTables(TableSet set, boolean unimodal, boolean overflow) {
        CdfTables few = set.tables(PRECISION, overflow);
        List<int[]> kinds = IntStream.range(0, few.count())
                .mapToObj(t -> IntStream.range(0, few.cells(t))
                        .map(cell -> few.frequency(t, cell))
                        .toArray())
                .filter(f -> isUnimodal(f) == unimodal)
                .toList();
        assertThat(kinds).hasSizeGreaterThan(1);
        int[] offset = IntStream.range(0, TABLES).map(t -> t % 200 - 100).toArray();
        int[] cdf = new int
                [IntStream.range(0, TABLES)
                        .map(t -> kinds.get(t % kinds.size()).length + 2)
                        .sum()];
        int at = 0;
        for (int t = 0; t < TABLES; t++) {
            cdf[at++] = overflow ? -PRECISION : PRECISION;
            cdf[at++] = 0;
            for (int f : kinds.get(t % kinds.size())) {
                cdf[at] = cdf[at - 1] + f;
                at++;
            }
        }
        return CdfTables.of(cdf, offset);
    }

    private static boolean isUnimodal(int[] frequencies) {
        return RansTables.of(TableSet.tables(PRECISION, false, List.of(frequencies)))
                .hasBucketKernel();
    }

    /** A unit whose tables lie far apart; each of them serves {@code uses} elements, here and there. */
    private static CodingUnit unit(CdfTables tables, int elements, int uses, CodingUnit.Escapes escapes) {
        int distinct = (elements + uses - 1) / uses;
        int[] tableOf = IntStream.range(0, elements)
                .map(i -> i % distinct * 1009 % TABLES)
                .toArray();
        return CodingUnit.of(tables, tableOf, CodingUnit.Source.DRAWN, escapes, new SplittableRandom(elements));
    }

    private static SymbolSource source(CodingUnit unit) {
        return (first, count, to) -> System.arraycopy(unit.symbols(), first, to, 0, count);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void copiedTablesCodeAsTheTablesThemselves(Kernels kernels) {
        for (boolean overflow : new boolean[] {true, false}) {
            CdfTables tables = manyTables(TableSet.NORMALS, true, overflow);
            RansTables ready = RansTables.of(tables);
            RansEncoder encoder = new RansEncoder(ready, kernels);
            RansDecoder decoder = new RansDecoder(ready, true, kernels);
            for (int elements : new int[] {1, 7, 255, 256, 300, 700, 901, 1300, 5000}) {
                for (int uses : new int[] {1 + elements / 1000, 9}) {
                    CodingUnit unit = unit(tables, elements, uses, CodingUnit.Escapes.FEW);
                    RansPlan plan = ready.plan(unit.tableOf(), 0, elements);
                    assertThat(plan.copiedInts())
                            .as("elements=%d uses=%d overflow=%b", elements, uses, overflow)
                            .isPositive()
                            .isLessThanOrEqualTo((ready.rows().length + ready.buckets().length) / 2);
                    byte[] expected = new byte[(int) encoder.maxBytes(elements)];
                    int length = encoder.encode(
                            unit.symbols(), 0, unit.tableOf(), 0, elements, expected, 0, expected.length);
                    byte[] string = new byte[expected.length];
                    assertThat(encoder.code(source(unit), plan)).isEqualTo(length);
                    assertThat(encoder.write(string, 0, string.length)).isEqualTo(length);
                    assertThat(string).as("elements=%d uses=%d", elements, uses).isEqualTo(expected);
                    int[] decoded = new int[elements];
                    SymbolSink sink = (first, count, from) -> System.arraycopy(from, 0, decoded, first, count);
                    assertThat(decoder.decode(string, 0, length, plan, sink)).isEqualTo(length);
                    assertThat(decoded).isEqualTo(unit.symbols());
                }
            }
        }
    }

    /** A copy pays by what lies between its tables in the whole. */
    @ParameterizedTest
    @ValueSource(ints = {TABLES * 9 / 10, TABLES, 2 * TABLES})
    void unitsThatUseMostTablesCopyNone(int elements) {
        CdfTables tables = manyTables(TableSet.NORMALS, true, true);
        CodingUnit unit = unit(tables, elements, 1, CodingUnit.Escapes.NONE);
        assertThat(RansTables.of(tables).plan(unit.tableOf(), 0, elements).copiedInts())
                .isZero();
    }

    /** Beyond it, indexes of elements would wrap around, and decoding would not end. */
    @Test
    void aUnitHasAtMostTwoToThe28Elements() {
        RansTables one = RansTables.of(CdfTables.of(new int[] {4, 0, 16}, new int[] {0}));
        assertThat(one.plan(1 << 28).count()).isEqualTo(1 << 28);
        for (int elements : new int[] {-1, (1 << 28) + 1, Integer.MAX_VALUE}) {
            String message = "a unit must have from 0 to 2^28 elements: elements=" + elements;
            assertThatThrownBy(() -> one.plan(elements))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> one.plan(new int[1], 0, elements))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
        }
        RansTables two = RansTables.of(CdfTables.of(new int[] {4, 0, 16, 4, 0, 16}, new int[] {0, 0}));
        assertThatThrownBy(() -> two.plan(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there must be one table: tables=2");
    }

    /** There are no kernels that would read the copies. */
    @ParameterizedTest
    @MethodSource("kernels")
    void tablesThatAreNotUnimodalAreNotCopied(Kernels kernels) {
        CdfTables tables = manyTables(TableSet.BIMODAL, false, true);
        RansTables ready = RansTables.of(tables);
        CodingUnit unit = unit(tables, 700, 1, CodingUnit.Escapes.FEW);
        RansPlan plan = ready.plan(unit.tableOf(), 0, 700);
        assertThat(plan.copiedInts()).isZero();
        RansEncoder encoder = new RansEncoder(ready, kernels);
        byte[] string = new byte[(int) encoder.code(source(unit), plan)];
        encoder.write(string, 0, string.length);
        int[] decoded = new int[700];
        new RansDecoder(ready, true, kernels)
                .decode(
                        string,
                        0,
                        string.length,
                        plan,
                        (first, count, from) -> System.arraycopy(from, 0, decoded, first, count));
        assertThat(decoded).isEqualTo(unit.symbols());
    }

    /** As of one that codes alone: what it holds of the unit before must not pass for the refused one's. */
    @ParameterizedTest
    @MethodSource("kernels")
    void unitsCodedTogetherLeaveNoStringsWhereOneIsRefused(Kernels kernels) {
        RansTables tables = RansTables.of(CdfTables.of(new int[] {4, 0, 5, 10, 16}, new int[] {0}));
        RansPlan plan = tables.plan(300);
        RansEncoder[] encoders = {new RansEncoder(tables, kernels), new RansEncoder(tables, kernels)};
        SymbolSource taken = (first, count, symbols) -> Arrays.fill(symbols, 0, count, 2);
        SymbolSource refused = (first, count, symbols) -> Arrays.fill(symbols, 0, count, 3);
        RansEncoder.codeTogether(encoders, new SymbolSource[] {taken, taken}, 2, plan);
        assertThat(encoders).allSatisfy(encoder -> assertThat(encoder.length()).isPositive());
        assertThatThrownBy(() -> RansEncoder.codeTogether(encoders, new SymbolSource[] {taken, refused}, 2, plan))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("index=0 symbol=3");
        assertThat(encoders).allSatisfy(encoder -> {
            assertThat(encoder.length()).isZero();
            assertThat(encoder.write(new byte[0], 0, 0)).isZero();
        });
        RansEncoder.codeTogether(encoders, new SymbolSource[] {taken, taken}, 2, plan);
        assertThat(encoders[1].length()).isEqualTo(encoders[0].length()).isPositive();
    }
}
