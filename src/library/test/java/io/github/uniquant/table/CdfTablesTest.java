package io.github.uniquant.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.junit.jupiter.api.Test;

class CdfTablesTest {
    // Two tables of 16 slots: three cells and overflow from symbol -1 on; two cells without overflow from 7 on.
    private static final int[] CDF = {-4, 0, 3, 10, 15, 16, 4, 0, 1, 16};
    private static final int[] OFFSET = {-1, 7};

    private static void assertRefused(String message, int[] cdf, int... cdfOffset) {
        assertThatThrownBy(() -> CdfTables.of(cdf, cdfOffset))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void rowsReadBackAsTheyWereGiven() {
        CdfTables tables = CdfTables.of(CDF, OFFSET);
        assertThat(tables.count()).isEqualTo(2);
        assertThat(tables.precision()).isEqualTo(4);
        assertThat(tables.totalCells()).isEqualTo(6);
        assertThat(tables.cells(0)).isEqualTo(4);
        assertThat(tables.cells(1)).isEqualTo(2);
        assertThat(tables.hasOverflow(0)).isTrue();
        assertThat(tables.hasOverflow(1)).isFalse();
        assertThat(tables.offset(1)).isEqualTo(7);
        assertThat(tables.cumulative(0, 4)).isEqualTo(16);
        assertThat(tables.cumulative(1, 0)).isZero();
        assertThat(tables.frequency(0, 1)).isEqualTo(7);
        assertThat(tables.frequency(1, 1)).isEqualTo(15);
        assertThat(tables.cdf()).isEqualTo(CDF);
        assertThat(tables.cdfOffset()).isEqualTo(OFFSET);
    }

    @Test
    void tablesShareNothingWithTheCaller() {
        int[] cdf = CDF.clone();
        int[] offset = OFFSET.clone();
        CdfTables tables = CdfTables.of(cdf, offset);
        cdf[2] = 99;
        offset[0] = 99;
        tables.cdf()[2] = 99;
        tables.cdfOffset()[0] = 99;
        assertThat(tables).isEqualTo(CdfTables.of(CDF, OFFSET)).hasSameHashCodeAs(CdfTables.of(CDF, OFFSET));
        assertThat(tables).isNotEqualTo(CdfTables.of(CDF, new int[] {-1, 8}));
        int[] otherBound = CDF.clone();
        otherBound[2]--;
        assertThat(tables).isNotEqualTo(CdfTables.of(otherBound, OFFSET));
    }

    @Test
    void everyKindOfDamageIsNamed() {
        String count = "cdf must have one row for each offset: ";
        assertRefused(count + "rows=2 offsets=3", CDF, -1, 7, 0);
        assertRefused(count + "offsets=1 position=6 length=10", CDF, -1);
        assertRefused(count + "rows=0 offsets=1", new int[0], 0);
        assertRefused(count + "offsets=0 position=0 length=10", CDF);
        String precision = "each row must start with the same precision in [1, 16], or its negative: row=";
        assertRefused(precision + "0 position=0 value=0 first=0", new int[] {0, 0, 1}, 0);
        assertRefused(precision + "0 position=0 value=-17 first=-17", new int[] {-17, 0, 1 << 17}, 0);
        assertRefused(
                precision + "0 position=0 value=-2147483648 first=-2147483648", new int[] {Integer.MIN_VALUE, 0, 1}, 0);
        assertRefused(precision + "1 position=3 value=3 first=-2", new int[] {-2, 0, 4, 3, 0, 8}, 0, 0);
        String rise = "a row must rise strictly from 0 to 2^precision: row=0 position=";
        assertRefused(rise + "1 value=1 previous=-1 slots=4", new int[] {-2, 1, 4}, 0);
        assertRefused(rise + "3 value=2 previous=2 slots=4", new int[] {-2, 0, 2, 2, 4}, 0);
        assertRefused(rise + "3 value=1 previous=2 slots=4", new int[] {-2, 0, 2, 1, 4}, 0);
        assertRefused(rise + "2 value=-1 previous=0 slots=4", new int[] {-2, 0, -1, 4}, 0);
        assertRefused(rise + "3 value=5 previous=2 slots=4", new int[] {-2, 0, 2, 5}, 0);
        assertRefused(rise + "3 previous=2 slots=4", new int[] {-2, 0, 2}, 0);
        assertRefused(rise + "1 previous=-1 slots=4", new int[] {-2}, 0);
        assertRefused(
                "an offset must be larger than the least int: row=1 offset=-2147483648", CDF, 0, Integer.MIN_VALUE);
    }

    @Test
    void noTablesAndTheLargestTablesAreValid() {
        assertThat(CdfTables.of(new int[0], new int[0]).count()).isZero();
        assertThat(CdfTables.of(new int[] {-1, 0, 2}, new int[] {Integer.MAX_VALUE})
                        .cells(0))
                .isEqualTo(1);
        int[] finest = new int[(1 << 16) + 2];
        finest[0] = -16;
        for (int i = 0; i <= 1 << 16; i++) {
            finest[i + 1] = i;
        }
        assertThat(CdfTables.of(finest, new int[] {0}).cells(0)).isEqualTo(1 << 16);
    }

    @Test
    void hashIsThatOfItsDefinitionForever() throws Exception {
        ByteBuffer text = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        text.put("uniquant-tables-1 riffle-0".getBytes(StandardCharsets.US_ASCII));
        text.putInt(OFFSET.length);
        for (int value : OFFSET) {
            text.putInt(value);
        }
        text.putInt(CDF.length);
        for (int value : CDF) {
            text.putInt(value);
        }
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(text.array(), 0, text.position());
        long hash = CdfTables.of(CDF, OFFSET).hash();
        assertThat(hash).isEqualTo(ByteBuffer.wrap(digest.digest()).getLong());
        assertThat(Long.toHexString(hash)).isEqualTo("325e773806c48495");
        assertThat(CdfTables.of(CDF, OFFSET))
                .hasToString("CdfTables[count=2, precision=4, cells=6, hash=" + Long.toHexString(hash) + "]");
    }

    @Test
    void hashOfManyIntsIsThatOfOnePass() throws Exception {
        int[] cdf = new int[5000 * 3];
        int[] offset = new int[5000];
        ByteBuffer text = ByteBuffer.allocate(100_000).order(ByteOrder.LITTLE_ENDIAN);
        text.put("uniquant-tables-1 riffle-0".getBytes(StandardCharsets.US_ASCII))
                .putInt(5000);
        for (int i = 0; i < 5000; i++) {
            offset[i] = i * i;
            text.putInt(offset[i]);
        }
        text.putInt(cdf.length);
        for (int i = 0; i < 5000; i++) {
            cdf[3 * i] = -1;
            cdf[3 * i + 2] = 2;
            text.putInt(-1).putInt(0).putInt(2);
        }
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(text.array(), 0, text.position());
        assertThat(CdfTables.of(cdf, offset).hash())
                .isEqualTo(ByteBuffer.wrap(digest.digest()).getLong());
    }
}
