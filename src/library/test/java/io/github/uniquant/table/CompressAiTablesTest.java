package io.github.uniquant.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansTables;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CompressAiTablesTest {
    // As CompressAI keeps them: rows of a common width, padded with zeros; the last cell is the escape.
    private static final int[][] QUANTIZED_CDF = {
        {0, 6000, 59000, 65000, 65536, 0, 0}, {0, 900, 12000, 52000, 64000, 65500, 65536}
    };
    private static final int[] CDF_LENGTH = {5, 7};
    private static final int[] OFFSET = {-1, -2};

    @Test
    void rowsLoseTheirPaddingAndKeepTheirCells() {
        CdfTables tables = CompressAiTables.of(QUANTIZED_CDF, CDF_LENGTH, OFFSET);

        assertThat(tables.count()).isEqualTo(2);
        assertThat(tables.precision()).isEqualTo(16);
        for (int t = 0; t < tables.count(); t++) {
            assertThat(tables.hasOverflow(t)).isTrue();
        }
        assertThat(tables.cells(0)).isEqualTo(4);
        assertThat(tables.cells(1)).isEqualTo(6);
        assertThat(tables.frequency(0, 1)).isEqualTo(53000);
        assertThat(tables.offset(1)).isEqualTo(-2);
    }

    @Test
    void coderTakesAnIndexForEachSymbol() {
        RansTables tables = RansTables.of(CompressAiTables.of(QUANTIZED_CDF, CDF_LENGTH, OFFSET));
        int[] indexes = {0, 1, 1, 0, 1, 0};
        int[] symbols = {0, -2, 2, 1, 70, -9}; // the last two are escapes
        RansEncoder encoder = new RansEncoder(tables);
        byte[] bytes = new byte[(int) encoder.maxBytes(6)];
        int length = encoder.encode(symbols, 0, indexes, 0, 6, bytes, 0, bytes.length);

        int[] decoded = new int[6];
        int used = new RansDecoder(tables, true).decode(bytes, 0, length, indexes, 0, 6, decoded, 0);
        assertThat(used).isEqualTo(length);
        assertThat(decoded).isEqualTo(symbols);
        assertThat(Arrays.copyOf(bytes, length)).hasSizeLessThan(15);
    }
}
