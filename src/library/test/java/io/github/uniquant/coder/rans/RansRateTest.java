package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.rans.CodingUnit.Escapes;
import io.github.uniquant.coder.rans.CodingUnit.Source;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How many bytes data drawn from its tables takes, against what the tables say it is worth. */
class RansRateTest {
    private static final double[] ENTROPIES = {0.01, 0.5, 2, 4, 8};

    /** Mean of bytes over ideal, over the short units of one table. */
    private static final double MEAN_OVER = 1.8;

    static Stream<Arguments> tables() {
        return IntStream.of(10, 12, 14, 15, 16)
                .boxed()
                .flatMap(p -> Arrays.stream(ENTROPIES).mapToObj(bits -> Arguments.of(p, bits)));
    }

    /** A table of about so many bits a symbol: of two cells below one bit, normal above. */
    private static CdfTables tableOf(int precision, double bits) {
        int slots = 1 << precision;
        int[] frequencies;
        if (bits < 1) {
            int rare = 1;
            while (entropy(rare, slots) < bits) {
                rare++;
            }
            frequencies = new int[] {slots - rare, rare};
        } else {
            // log2(sqrt(2 pi e)) = 2.05 bits at deviation 1.
            frequencies = TableSet.normal(precision, Math.pow(2, bits - 2.05));
        }
        return TableSet.tables(precision, false, List.of(frequencies));
    }

    private static double entropy(int rare, int slots) {
        double q = (double) rare / slots;
        return -(q * Math.log(q) + (1 - q) * Math.log(1 - q)) / Math.log(2);
    }

    /** The goal of the format for one unit. */
    private static double bound(int precision, double idealBytes) {
        return precision <= 14 ? idealBytes * 1.0005 + 3 : idealBytes * 1.003 + 4;
    }

    private static double over(CdfTables tables, RansTables ransTables, int n, SplittableRandom random) {
        CodingUnit unit = CodingUnit.of(tables, n, Source.DRAWN, Escapes.NONE, random);
        int bytes = CoderPath.all().getFirst().encode(ransTables, unit).length;
        double ideal = unit.idealBits() / 8;
        assertThat((double) bytes)
                .as("bytes of %d elements, ideal %.2f, tables %s", n, ideal, tables)
                .isLessThanOrEqualTo(bound(tables.precision(), ideal));
        return bytes - ideal;
    }

    @ParameterizedTest
    @MethodSource("tables")
    void shortUnitsStayWithinTheGoal(int precision, double bits) {
        CdfTables tables = tableOf(precision, bits);
        RansTables ransTables = RansTables.of(tables);
        SplittableRandom random = new SplittableRandom(17);
        // Every length without lanes, and from there on every length modulo 64 many times.
        double mean = IntStream.concat(
                        IntStream.rangeClosed(1, 300), IntStream.iterate(307, n -> n <= 2000, n -> n + 7))
                .mapToDouble(n -> over(tables, ransTables, n, random))
                .average()
                .orElseThrow();
        assertThat(mean).isLessThanOrEqualTo(precision <= 14 ? MEAN_OVER : 2 * MEAN_OVER);
    }

    @ParameterizedTest
    @MethodSource("tables")
    void longUnitsStayWithinTheGoal(int precision, double bits) {
        CdfTables tables = tableOf(precision, bits);
        RansTables ransTables = RansTables.of(tables);
        for (int n : new int[] {10_000, 100_000, 1_000_000}) {
            over(tables, ransTables, n, new SplittableRandom(n));
        }
    }

    @ParameterizedTest
    @MethodSource("tables")
    @EnabledIfSystemProperty(named = "uniquant.slow", matches = "true", disabledReason = "takes a minute")
    void unitsOfTenMillionElementsStayWithinTheGoal(int precision, double bits) {
        CdfTables tables = tableOf(precision, bits);
        over(tables, RansTables.of(tables), 10_000_000, new SplittableRandom(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 12, 16})
    void manyTablesStayWithinTheGoal(int precision) {
        for (TableSet set : TableSet.values()) {
            CdfTables tables = set.tables(precision, false);
            RansTables ransTables = RansTables.of(tables);
            SplittableRandom random = new SplittableRandom(precision);
            for (int n = 1; n < 60_000; n += 1 + n / 3) {
                over(tables, ransTables, n, random);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 2000, 1_000_000})
    void certainUnitsTakeAtMostOneByte(int n) {
        for (int precision : new int[] {1, 12, 16}) {
            CdfTables oneCell = TableSet.ONE_CELL.tables(precision, false);
            CodingUnit unit = CodingUnit.of(oneCell, n, Source.DRAWN, Escapes.NONE, new SplittableRandom(1));
            assertThat(CoderPath.all().getFirst().encode(RansTables.of(oneCell), unit))
                    .hasSizeLessThanOrEqualTo(1);
        }
    }

    /** A hundred escapes of any size cost what their codes say. */
    @ParameterizedTest
    @ValueSource(ints = {8, 12, 14})
    void escapesCostTheirCodes(int precision) {
        CdfTables tables = TableSet.NORMALS.tables(precision, true);
        RansTables ransTables = RansTables.of(tables);
        for (int n : new int[] {1, 10, 100, 1000, 10_000}) {
            CodingUnit unit = CodingUnit.of(tables, n, Source.DRAWN, Escapes.ALL, new SplittableRandom(n));
            int bytes = CoderPath.all().getFirst().encode(ransTables, unit).length;
            assertThat((double) bytes).isLessThanOrEqualTo(unit.idealBits() / 8 * 1.0005 + 3);
        }
    }
}
