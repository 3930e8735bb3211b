package io.github.uniquant.jmh.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TableUnitsTest {
    /** Bits of a unit's symbols that lie in their tables, over its elements, and the share of escapes. */
    private record Cost(double bitsPerElement, double escapes) {
        static Cost of(TableUnits data, int unit) {
            CdfTables tables = data.tables();
            double bits = 0;
            int escapes = 0;
            int[] tableOf = data.tableOf();
            for (int i = 0; i < tableOf.length; i++) {
                int overflow = tables.cells(tableOf[i]) - 1;
                int cell = data.units()[unit][i] - tables.offset(tableOf[i]);
                boolean escape = cell < 0 || cell >= overflow;
                escapes += escape ? 1 : 0;
                bits += 12 - Math.log(tables.frequency(tableOf[i], escape ? overflow : cell)) / Math.log(2);
            }
            return new Cost(bits / tableOf.length, (double) escapes / tableOf.length);
        }
    }

    @Test
    void drawnUnitsUseEveryTableAndCostTheirEntropy() {
        TableUnits data = TableUnits.of("drawn");
        assertThat(Arrays.stream(data.tableOf()).distinct().count()).isEqualTo(192 * 15);
        Cost cost = Cost.of(data, 0);
        assertThat(cost.bitsPerElement()).isBetween(3.55, 3.70);
        assertThat(cost.escapes()).isBetween(0.0005, 0.004);
        assertThat(data.units()[1]).isNotEqualTo(data.units()[0]);
    }

    @Test
    void quietUnitsHaveNoEscapesAndTheLikeliestCells() {
        TableUnits quiet = TableUnits.of("quiet");
        assertThat(Cost.of(quiet, 0).escapes()).isZero();
        assertThat(Cost.of(quiet, 0).bitsPerElement())
                .isLessThan(Cost.of(TableUnits.of("drawn"), 0).bitsPerElement());
    }

    @Test
    void theLastHalfOfAPcaUnitIsCertain() {
        TableUnits data = TableUnits.of("pca");
        int half = data.tableOf().length / 2;
        int[] symbols = Arrays.copyOfRange(data.units()[0], half, 2 * half);
        assertThat(symbols).containsOnly(0);
        assertThat(Arrays.stream(data.tableOf(), half, 2 * half).distinct().count())
                .isEqualTo(15);
        for (int i = half; i < 2 * half; i++) {
            int table = data.tableOf()[i];
            // At offset 0, both neighbours and the overflow cell have the one slot that every cell has.
            assertThat(data.tables().frequency(table, -data.tables().offset(table)))
                    .isGreaterThanOrEqualTo(4096 - 3);
        }
    }
}
