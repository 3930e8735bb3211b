package io.github.uniquant.coder.compressai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CompressAiTablesTest {
    // As CompressAI keeps them: rows of a common width, padded with zeros; the last cell is the escape.
    private static final int[] QUANTIZED_CDF = {
        0, 6000, 59000, 65000, 65536, 0, 0, 0, 900, 12000, 52000, 64000, 65500, 65536
    };
    private static final int[] CDF_LENGTH = {5, 7};
    private static final int[] OFFSET = {-1, -2};

    private static int[] changed(int[] array, int index, int value) {
        int[] changed = array.clone();
        changed[index] = value;
        return changed;
    }

    @Test
    void rowsLoseTheirPaddingAndKeepTheirCells() {
        CdfTables tables =
                CompressAiTables.of(QUANTIZED_CDF, CDF_LENGTH, OFFSET).tables();
        assertThat(tables.cdf())
                .containsExactly(-16, 0, 6000, 59000, 65000, 65536, -16, 0, 900, 12000, 52000, 64000, 65500, 65536);
        assertThat(tables.cdfOffset()).containsExactly(-1, -2);
        assertThat(tables.hasOverflow(0) && tables.hasOverflow(1)).isTrue();
        assertThat(CompressAiTables.of(tables).tables()).isSameAs(tables);
        assertThat(CompressAiTables.of(new int[0], new int[0], new int[0])
                        .tables()
                        .count())
                .isZero();
    }

    private static void assertRefused(String message, int[] cdf, int[] length, int[] offset) {
        assertThatThrownBy(() -> CompressAiTables.of(cdf, length, offset))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void buffersThatAreNoTablesAreRefused() {
        String shape = "there must be a length, an offset and a row of the same width for each table: ";
        assertRefused(shape + "lengths=1 offsets=2 ints=14", QUANTIZED_CDF, new int[] {5}, OFFSET);
        assertRefused(shape + "lengths=2 offsets=1 ints=14", QUANTIZED_CDF, CDF_LENGTH, new int[1]);
        assertRefused(shape + "lengths=2 offsets=2 ints=13", Arrays.copyOf(QUANTIZED_CDF, 13), CDF_LENGTH, OFFSET);
        assertRefused(shape + "lengths=0 offsets=0 ints=14", QUANTIZED_CDF, new int[0], new int[0]);
        String length = "a length must be in [2, width]: ";
        assertRefused(length + "table=1 length=1 width=7 ints=14", QUANTIZED_CDF, changed(CDF_LENGTH, 1, 1), OFFSET);
        assertRefused(length + "table=1 length=8 width=7 ints=14", QUANTIZED_CDF, changed(CDF_LENGTH, 1, 8), OFFSET);
        String row = "a row must rise strictly from 0 over its length, and be 0 behind it: ";
        assertRefused(row + "table=0 length=5 index=0 value=1", changed(QUANTIZED_CDF, 0, 1), CDF_LENGTH, OFFSET);
        assertRefused(row + "table=0 length=5 index=2 value=6000", changed(QUANTIZED_CDF, 2, 6000), CDF_LENGTH, OFFSET);
        assertRefused(row + "table=0 length=5 index=6 value=1", changed(QUANTIZED_CDF, 6, 1), CDF_LENGTH, OFFSET);
        assertRefused(row + "table=0 length=4 index=4 value=65536", QUANTIZED_CDF, changed(CDF_LENGTH, 0, 4), OFFSET);
        assertRefused(row + "table=0 length=6 index=5 value=0", QUANTIZED_CDF, changed(CDF_LENGTH, 0, 6), OFFSET);
        String end = "a row must end at 65536: ";
        assertRefused(end + "table=1 length=7 value=65535", changed(QUANTIZED_CDF, 13, 65535), CDF_LENGTH, OFFSET);
        assertRefused(end + "table=1 length=7 value=65537", changed(QUANTIZED_CDF, 13, 65537), CDF_LENGTH, OFFSET);
        assertThatThrownBy(() -> CompressAiTables.of(QUANTIZED_CDF, CDF_LENGTH, new int[] {0, Integer.MIN_VALUE}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("row=1 offset=-2147483648");
    }

    @Test
    void tablesOfAnotherKindAreRefused() {
        assertThatThrownBy(() -> CompressAiTables.of(CdfTables.of(new int[] {-12, 0, 7, 4096}, new int[1])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tables must have precision 16 and overflow: precision=12 table=0 overflow=true");
        CdfTables noOverflow = CdfTables.of(new int[] {-16, 0, 7, 65536, 16, 0, 65536}, new int[2]);
        assertThatThrownBy(() -> CompressAiTables.of(noOverflow))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tables must have precision 16 and overflow: precision=16 table=1 overflow=false");
        int[] row = {-16, 0, 7, 8, 65536};
        assertThatThrownBy(() -> CompressAiTables.of(CdfTables.of(row, new int[] {Integer.MAX_VALUE})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("all symbols that have a cell must be ints: table=0 offset=2147483647 cells=3");
        assertThat(CompressAiTables.of(CdfTables.of(row, new int[] {Integer.MAX_VALUE - 1})))
                .hasToString("CompressAiTables[" + CdfTables.of(row, new int[] {Integer.MAX_VALUE - 1}) + "]");
    }

    /** A product in place of a division, for every frequency, next to all kinds of multiples of it. */
    @Test
    void quotientsAreExact() {
        SplittableRandom random = new SplittableRandom(2);
        for (int f = 1; f <= 1 << 16; f++) {
            long reciprocal = CompressAiTables.reciprocal(f);
            int shift = CompressAiTables.quotientShift(f);
            long largest = Long.MAX_VALUE / f * f;
            assertQuotient(Long.MAX_VALUE, f, reciprocal, shift);
            assertQuotient(largest, f, reciprocal, shift);
            assertQuotient(largest - 1, f, reciprocal, shift);
            assertQuotient(0, f, reciprocal, shift);
            assertQuotient(f - 1, f, reciprocal, shift);
            for (int i = 0; i < 20; i++) {
                long x = random.nextLong() >>> 1 + random.nextInt(40);
                assertQuotient(x, f, reciprocal, shift);
                assertQuotient(x / f * f, f, reciprocal, shift);
                assertQuotient(Math.max(0, x / f * f - 1), f, reciprocal, shift);
            }
        }
    }

    private static void assertQuotient(long x, int f, long reciprocal, int shift) {
        if (CompressAiTables.quotient(x, reciprocal, shift) != x / f) {
            throw new AssertionError("the quotient must be exact: x=" + x + " f=" + f);
        }
    }

    // ---- masses

    private static void assertRow(float[] pmf, int... cdf) {
        assertThat(CompressAiTables.pmfToQuantizedCdf(pmf)).containsExactly(cdf);
    }

    @Test
    void massesBecomeRowsByTheRules() {
        assertRow(new float[] {1}, 0, 65536);
        assertRow(new float[] {1, 1}, 0, 32768, 65536);
        assertRow(new float[] {0.25f, 0.5f, 0.25f}, 0, 16384, 49152, 65536);
        // Thirds are 21845 slots each: what the floors lost goes to the last cell.
        assertRow(new float[] {1, 1, 1}, 0, 21845, 43690, 65536);
        // Halves of a slot are rounded up; 3 slots in all, of which each is 21845.33.
        assertRow(new float[] {0x1p-17f, 0x1p-16f, 0x1.8p-17f}, 0, 21845, 43690, 65536);
        // Empty cells take from the narrowest of more than one slot, which may lie on either side, the first of two
        // alike.
        assertRow(new float[] {0, 0x1p-15f, 1 - 0x1p-14f, 0x1p-15f, 0}, 0, 1, 2, 65534, 65535, 65536);
        assertRow(new float[] {0, 0, 1}, 0, 1, 2, 65536);
        assertRow(new float[] {1, 0, 0}, 0, 65534, 65535, 65536);
        float[] even = new float[1 << 16];
        Arrays.fill(even, 1 / 7f);
        int[] row = CompressAiTables.pmfToQuantizedCdf(even);
        assertThat(row[65535]).isEqualTo(65535);
        Arrays.fill(even, 0, 40_000, 0);
        assertThat(CompressAiTables.pmfToQuantizedCdf(even)).containsExactly(row);
    }

    /** One slot at a time, from a donor that is looked for among all cells, as the rules say. */
    private static int[] textbookRow(float[] pmf) {
        int n = pmf.length;
        long[] f = new long[n];
        long total = 0;
        for (int i = 0; i < n; i++) {
            f[i] = Math.round((double) pmf[i] * 65536); // half up
            total += f[i];
        }
        int[] c = new int[n + 1];
        for (int i = 0; i < n; i++) {
            c[i + 1] = c[i] + (int) (65536 * f[i] / total);
        }
        c[n] = 65536;
        for (int i = 0; i < n; i++) {
            if (c[i + 1] == c[i]) {
                int donor = -1;
                for (int j = 0; j < n; j++) {
                    int width = c[j + 1] - c[j];
                    if (width > 1 && (donor < 0 || width < c[donor + 1] - c[donor])) {
                        donor = j;
                    }
                }
                for (int j = donor + 1; j <= i; j++) {
                    c[j]--;
                }
                for (int j = i + 1; j <= donor; j++) {
                    c[j]++;
                }
            }
        }
        return c;
    }

    @Test
    void rowsOfRandomMassesAreThoseOfTheTextbook() {
        SplittableRandom random = new SplittableRandom(3);
        int stolen = 0;
        for (int round = 0; round < 2000; round++) {
            float[] pmf = new float[1 + random.nextInt(round % 50 == 0 ? 3000 : 40)];
            int spread = 1 + random.nextInt(24);
            for (int i = 0; i < pmf.length; i++) {
                pmf[i] = random.nextInt(6) == 0 ? 0 : (float) Math.scalb(random.nextDouble(), -random.nextInt(spread));
            }
            pmf[random.nextInt(pmf.length)] = random.nextFloat() + 0.01f;
            int[] row = CompressAiTables.pmfToQuantizedCdf(pmf);
            assertThat(row).isEqualTo(textbookRow(pmf));
            CompressAiTables.of(row, new int[] {row.length}, new int[1]); // checks that it is one
            for (float mass : pmf) {
                stolen += mass == 0 ? 1 : 0;
            }
        }
        assertThat(stolen).isGreaterThan(1000);
    }

    private static void assertMassesRefused(String message, float... pmf) {
        assertThatThrownBy(() -> CompressAiTables.pmfToQuantizedCdf(pmf))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void massesThatAreNoneAreRefused() {
        assertMassesRefused("there must be from 1 to 65536 masses: length=0");
        assertMassesRefused("there must be from 1 to 65536 masses: length=65537", new float[65537]);
        assertMassesRefused("masses must be finite and at least 0: index=1 mass=-1.0E-9", 1, -1e-9f);
        assertMassesRefused("masses must be finite and at least 0: index=0 mass=NaN", Float.NaN);
        assertMassesRefused("masses must be finite and at least 0: index=0 mass=Infinity", Float.POSITIVE_INFINITY);
        String sum = "masses must add up to at least a slot of 2^-16, and to less than 2^15: slots=";
        assertMassesRefused(sum + "0 length=2", 0, 0x1p-18f);
        assertMassesRefused(sum + "2147483648 length=1", 32768);
        assertMassesRefused(sum + "4294967296 length=2", Float.MAX_VALUE, 1e30f);
        assertRow(new float[] {32767, 0}, 0, 65535, 65536);
    }
}
