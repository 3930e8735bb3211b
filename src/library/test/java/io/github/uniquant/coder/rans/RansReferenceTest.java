package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.rans.ReferenceRans.Branch;
import io.github.uniquant.coder.rans.ReferenceRans.LaneRule;
import io.github.uniquant.table.CdfTables;
import java.math.BigInteger;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The production coder against the textbook one, byte for byte. */
class RansReferenceTest {
    /** Lengths without lanes, all of them. */
    private static final int SHORT = ReferenceRans.FLAGGED_ELEMENTS - 1;

    static Stream<CoderPath> paths() {
        return CoderPath.all().stream();
    }

    static IntStream precisions() {
        return IntStream.rangeClosed(1, 16);
    }

    /** Around every multiple of 64, primes, and as many elements as stay quick. */
    private static int[] longLengths(int precision) {
        return IntStream.concat(
                        IntStream.rangeClosed(4, 20).flatMap(i -> IntStream.of(64 * i - 1, 64 * i, 64 * i + 1)),
                        IntStream.of(257, 263, 293, 300, 1009, 2003, 4099, 7919, 10_000 + precision))
                .toArray();
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void shortUnitsAreThoseOfTheReference(int precision) {
        Map<Branch, Integer> branches = new EnumMap<>(Branch.class);
        for (TableSet set : TableSet.values()) {
            for (boolean overflow : new boolean[] {false, true}) {
                compare(
                        set.tables(precision, overflow),
                        IntStream.rangeClosed(0, SHORT).toArray(),
                        branches);
            }
        }
        assertThat(branches)
                .containsKeys(Branch.NO_BYTES, Branch.SHORT_UNIT, Branch.ESCAPE, Branch.LONG_ESCAPE, Branch.YOUNG_STATE)
                .doesNotContainKeys(Branch.ONE_LANE, Branch.LANES_8);
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void longUnitsAreThoseOfTheReference(int precision) {
        Map<Branch, Integer> branches = new EnumMap<>(Branch.class);
        for (TableSet set : TableSet.values()) {
            for (boolean overflow : new boolean[] {false, true}) {
                compare(set.tables(precision, overflow), longLengths(precision), branches);
            }
        }
        assertThat(branches)
                .containsKeys(Branch.NO_BYTES, Branch.ONE_LANE, Branch.LANES_8, Branch.LANES_16, Branch.TAIL_IN_BACK);
    }

    /** Codes a unit of each length, of all sources and escapes in turn. */
    private static void compare(CdfTables tables, int[] lengths, Map<Branch, Integer> branches) {
        ReferenceRans reference = new ReferenceRans(tables);
        RansTables ransTables = RansTables.of(tables);
        SplittableRandom random = new SplittableRandom(tables.hash());
        CodingUnit.Source[] sources = CodingUnit.Source.values();
        CodingUnit.Escapes[] escapes = CodingUnit.Escapes.values();
        int turn = 0;
        for (int n : lengths) {
            CodingUnit unit = CodingUnit.of(
                    tables, n, sources[turn % sources.length], escapes[turn / sources.length % escapes.length], random);
            turn++;
            compare(reference, ransTables, unit);
        }
        reference.branches().forEach((branch, count) -> branches.merge(branch, count, Integer::sum));
    }

    private static void compare(ReferenceRans reference, RansTables tables, CodingUnit unit) {
        byte[] expected = reference.encode(unit.tableOf(), unit.symbols());
        assertThat(reference.decode(unit.tableOf(), expected)).isEqualTo(unit.symbols());
        for (CoderPath path : CoderPath.all()) {
            assertThat(path.encode(tables, unit))
                    .as("path=%s tables=%s elements=%d", path, unit.tables(), unit.elements())
                    .isEqualTo(expected);
            assertThat(path.decode(tables, unit.tableOf(), expected)).isEqualTo(unit.symbols());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "100_000, TWO_CELLS, DRAWN",
        "100_000, TWO_CELLS, LIKELIEST",
        "100_000, NORMALS, DRAWN",
        "100_000, NORMALS, LIKELIEST",
        "100_000, NORMALS, UNIFORM",
        "100_000, BIMODAL, DRAWN",
        "100_000, CERTAIN_AND_NORMAL, DRAWN_THEN_FIRST_TABLE",
        "1_000_000, TWO_CELLS, LIKELIEST",
        "1_000_000, NORMALS, DRAWN",
        "1_000_000, CERTAIN_AND_NORMAL, FIRST_TABLE_THEN_DRAWN"
    })
    void unitsOfManyElementsAreThoseOfTheReference(String elements, TableSet set, CodingUnit.Source source) {
        int n = Integer.parseInt(elements.replace("_", "")) - 3;
        CdfTables tables = set.tables(12, true);
        CodingUnit unit = CodingUnit.of(tables, n, source, CodingUnit.Escapes.FEW, new SplittableRandom(n));
        compare(new ReferenceRans(tables), RansTables.of(tables), unit);
    }

    /** Units that take the rarer turns of the lane rule; what they reached is counted. */
    @ParameterizedTest
    @MethodSource("paths")
    void everyTurnOfTheLaneRuleIsReached(CoderPath path) {
        Map<Branch, Integer> branches = new EnumMap<>(Branch.class);
        for (CodingUnit unit : LaneRuleUnits.all()) {
            ReferenceRans reference = new ReferenceRans(unit.tables());
            byte[] expected = reference.encode(unit.tableOf(), unit.symbols());
            RansTables tables = RansTables.of(unit.tables());
            assertThat(path.encode(tables, unit)).isEqualTo(expected);
            assertThat(path.decode(tables, unit.tableOf(), expected)).isEqualTo(unit.symbols());
            reference.branches().forEach((branch, count) -> branches.merge(branch, count, Integer::sum));
        }
        assertThat(branches).containsKeys(LaneRuleUnits.branchesOfTheRule());
    }

    /** A decoder needs no lane rule: it reads any lane count and any tail. */
    @ParameterizedTest
    @MethodSource("paths")
    void stringsOfAnyLaneCountAreRead(CoderPath path) {
        SplittableRandom random = new SplittableRandom(5);
        for (int precision : new int[] {5, 12, 16}) {
            CdfTables tables = TableSet.NORMALS.tables(precision, true);
            RansTables ransTables = RansTables.of(tables);
            for (int k = 1; k <= ReferenceRans.MAX_LOG_LANES; k++) {
                ReferenceRans reference = new ReferenceRans(tables, LaneRule.always(k));
                Branch lanes = Branch.valueOf("LANES_" + (1 << k));
                for (int n = 256; n < 14_000; n = 2 * n + 1) {
                    CodingUnit unit = CodingUnit.of(tables, n, CodingUnit.Source.DRAWN, CodingUnit.Escapes.FEW, random);
                    byte[] string = reference.encode(unit.tableOf(), unit.symbols());
                    assertThat(reference.decode(unit.tableOf(), string)).isEqualTo(unit.symbols());
                    assertThat(path.decode(ransTables, unit.tableOf(), string)).isEqualTo(unit.symbols());
                }
                assertThat(reference.branches()).containsKey(lanes);
            }
        }
    }

    /** The logarithms of the lane rule are the exact ones, rounded down: 2^16 log2 f has one bit less than f^(2^16). */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 255, 256, 257, 1000, 4093, 4095, 40_503, 65_535, 65_536})
    void expectedCostsComeFromExactLogarithms(int f) {
        assertThat(ReferenceRans.log2(f))
                .isEqualTo(BigInteger.valueOf(f).pow(1 << 16).bitLength() - 1);
    }
}
