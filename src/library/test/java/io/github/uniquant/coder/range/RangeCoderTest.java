package io.github.uniquant.coder.range;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.table.CdfTables;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RangeCoderTest {
    private static final int[] EXTREMES = {
        Integer.MIN_VALUE,
        Integer.MIN_VALUE + 1,
        -(1 << 30) - 1,
        -(1 << 30),
        -(1 << 30) + 1,
        -1,
        0,
        1,
        (1 << 30) - 1,
        1 << 30,
        (1 << 30) + 1,
        Integer.MAX_VALUE - 1,
        Integer.MAX_VALUE
    };

    private final SplittableRandom random = new SplittableRandom(10);

    /** Random tables: of any number of cells, with and without overflow. */
    private CdfTables tables(int precision, int count) {
        int slots = 1 << precision;
        int[] cdf = new int[count * (slots + 2)];
        int[] offsets = new int[count];
        int at = 0;
        for (int t = 0; t < count; t++) {
            cdf[at++] = random.nextBoolean() ? -precision : precision;
            cdf[at++] = 0;
            int cells = 1 + random.nextInt(Math.min(slots, 40));
            int bound = 0;
            for (int c = 1; c < cells; c++) {
                int room = slots - (cells - c) - bound;
                bound += 1 + (random.nextInt(3) == 0 ? random.nextInt(room) : random.nextInt(Math.min(room, 3)));
                cdf[at++] = bound;
            }
            cdf[at++] = slots;
            offsets[t] = random.nextInt(-50, 50);
        }
        return CdfTables.of(Arrays.copyOf(cdf, at), offsets);
    }

    private static CdfTables uniform(int precision, boolean overflow, int offset) {
        int slots = 1 << precision;
        int[] cdf = new int[slots + 2];
        cdf[0] = overflow ? -precision : precision;
        for (int i = 0; i <= slots; i++) {
            cdf[i + 1] = i;
        }
        return CdfTables.of(cdf, new int[] {offset});
    }

    private int[] tableOf(CdfTables tables, int n) {
        return random.ints(n, 0, tables.count()).toArray();
    }

    private int[] symbols(CdfTables tables, int[] tableOf, int escapesIn100) {
        return Arrays.stream(tableOf)
                .map(table -> {
                    int last = tables.cells(table) - 1;
                    if (tables.hasOverflow(table) && (last == 0 || random.nextInt(100) < escapesIn100)) {
                        return random.nextInt() >> random.nextInt(32);
                    }
                    return tables.offset(table) + random.nextInt(last + (tables.hasOverflow(table) ? 0 : 1));
                })
                .toArray();
    }

    private static byte[] encode(CdfTables tables, int[] tableOf, int[] symbols) {
        return encode(new RangeEncoder(tables), tableOf, symbols);
    }

    private static byte[] encode(RangeEncoder encoder, int[] tableOf, int[] symbols) {
        byte[] out = new byte[(int) encoder.maxBytes(symbols.length)];
        int written = encoder.encode(symbols, 0, tableOf, 0, symbols.length, out, 0, out.length);
        return Arrays.copyOf(out, written);
    }

    private static int[] decode(CdfTables tables, int[] tableOf, byte[] string, boolean sanityCheck) {
        int[] symbols = new int[tableOf.length];
        new RangeDecoder(tables, sanityCheck).decode(string, 0, string.length, tableOf, 0, symbols.length, symbols, 0);
        return symbols;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 12, 15, 16})
    void stringsAreThoseOfTheTextbookAndDecodeToTheirSymbols(int precision) {
        TextbookRangeCoder.Events events = new TextbookRangeCoder.Events();
        for (int round = 0; round < 60; round++) {
            CdfTables tables = tables(precision, 1 + random.nextInt(5));
            int[] tableOf = tableOf(tables, random.nextInt(200));
            int[] symbols = symbols(tables, tableOf, round % 3 == 0 ? 30 : 2);
            byte[] string = encode(tables, tableOf, symbols);
            assertThat(string).isEqualTo(TextbookRangeCoder.encode(tables, tableOf, symbols, events));
            assertThat(decode(tables, tableOf, string, true)).isEqualTo(symbols);
        }
        assertThat(events.endedWithOneByte).isPositive();
    }

    @Test
    void escapesOfEveryMagnitudeAreCoded() {
        for (int offset : EXTREMES) {
            if (offset == Integer.MIN_VALUE) {
                continue;
            }
            // One cell and overflow; and overflow alone.
            CdfTables tables = CdfTables.of(new int[] {-4, 0, 5, 16, -4, 0, 16}, new int[] {offset, offset});
            for (int table = 0; table < 2; table++) {
                int[] tableOf = new int[EXTREMES.length];
                Arrays.fill(tableOf, table);
                byte[] string = encode(tables, tableOf, EXTREMES);
                assertThat(string)
                        .isEqualTo(
                                TextbookRangeCoder.encode(tables, tableOf, EXTREMES, new TextbookRangeCoder.Events()));
                assertThat(decode(tables, tableOf, string, true)).isEqualTo(EXTREMES);
            }
        }
        CdfTables tables = CdfTables.of(new int[] {-4, 0, 5, 16}, new int[] {0});
        for (int bit = 0; bit < 31; bit++) {
            int[] symbols = {1 << bit, -(1 << bit), (1 << bit) - 1, 1 - (1 << bit), ~(1 << bit)};
            int[] tableOf = new int[symbols.length];
            assertThat(decode(tables, tableOf, encode(tables, tableOf, symbols), true))
                    .isEqualTo(symbols);
        }
    }

    @Test
    void everyBranchOfTheCarryIsReachedAndRight() {
        TextbookRangeCoder.Events events = new TextbookRangeCoder.Events();
        // Frequencies of 3: bounds of cells then rarely are multiples of 2^16, where an interval would end and not
        // straddle.
        int[] cdf = new int[1368]; // 1365 cells and one of what is left over
        Arrays.setAll(cdf, i -> i == 0 ? 12 : Math.min(3 * (i - 1), 4096));
        CdfTables tables = CdfTables.of(cdf, new int[] {0});
        RangeEncoder encoder =
                new RangeEncoder(tables); // one for all strings: what one holds back is not the next one's
        for (int round = 0; round < 1000; round++) {
            int n = 1 + random.nextInt(30);
            int[] symbols = new int[n];
            TextbookRangeCoder coder = new TextbookRangeCoder(new TextbookRangeCoder.Events());
            // The interval is kept on a point that becomes a carry once 16 more bits have left, then let go.
            int quiet = random.nextInt(n);
            int letGo = quiet + random.nextInt(n - quiet);
            BigInteger point = BigInteger.ZERO;
            int pointWords = 0;
            for (int i = 0; i < n; i++) {
                if (i == quiet) {
                    pointWords = coder.words();
                    point = coder.base().shiftRight(16).add(BigInteger.ONE).shiftLeft(16);
                }
                boolean keep = i >= quiet && i <= letGo;
                BigInteger now = coder.scaledFrom(point, pointWords);
                symbols[i] =
                        keep && holds(coder, now) ? coder.cellAround(tables, 0, now) : random.nextInt(tables.cells(0));
                coder.cell(tables, 0, symbols[i]);
            }
            int[] tableOf = new int[n];
            byte[] string = encode(encoder, tableOf, symbols);
            assertThat(string).isEqualTo(TextbookRangeCoder.encode(tables, tableOf, symbols, events));
            assertThat(decode(tables, tableOf, string, true)).isEqualTo(symbols);
        }
        // Nothing coded at all, or only certainties, or only the first cell: the base stays zero.
        for (int n = 0; n < 12; n++) {
            int[] zeros = new int[n];
            byte[] string = encode(tables, zeros, zeros);
            assertThat(string).isEqualTo(TextbookRangeCoder.encode(tables, zeros, zeros, events));
            assertThat(decode(tables, zeros, string, true)).isEqualTo(zeros);
        }
        assertThat(events.heldBack).isGreaterThan(50);
        assertThat(events.heldLonger).isGreaterThan(50);
        assertThat(events.carried).isGreaterThan(10);
        assertThat(events.carriedOverZeros).isGreaterThan(10);
        assertThat(events.settled).isGreaterThan(10);
        assertThat(events.settledOverOnes).isGreaterThan(10);
        assertThat(events.endedHeldBack).isGreaterThan(10);
        assertThat(events.endedAtZero).isGreaterThan(10);
        assertThat(events.endedWithOneByte).isGreaterThan(10);
        assertThat(events.endedWithTwoBytes).isGreaterThan(10);
    }

    /** The second of three cells {@code [0, from), [from, to), [to, 2^16)}. */
    private static int[] middle(int from, int to) {
        return new int[] {16, 0, from, to, 1 << 16};
    }

    private static int[] concat(int[]... rows) {
        return Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray();
    }

    /** Drawn symbols do not come upon these: one point less, or one more, and the string is another. */
    @Test
    void anIntervalMayEndOnTheVeryPointOfACarryOrOfAByte() {
        // Of 2^16 slots from 0, then from 0xffff of the lower half, then from 33000 on: 32536 are left up to 2^32.
        int[] carry = concat(middle(1000, 1003), middle(21845, 21846), middle(11000, 32846), middle(32000, 32536));
        // Three slots of 2^16 from (5 << 24) - (2 << 16) on, of which 131073 are left up to 5 << 24, that one included.
        int[] aByte = concat(middle(1278, 1281), middle(21000, 43691));
        assertThat(middlesAsTheTextbook(carry).settled).isOne();
        assertThat(middlesAsTheTextbook(aByte).endedWithOneByte).isOne();
    }

    /** Codes the middle cell of each row in turn. */
    private static TextbookRangeCoder.Events middlesAsTheTextbook(int[] cdf) {
        CdfTables tables = CdfTables.of(cdf, new int[cdf.length / 5]);
        int[] tableOf = IntStream.range(0, tables.count()).toArray();
        int[] symbols = new int[tableOf.length];
        Arrays.fill(symbols, 1);
        TextbookRangeCoder.Events events = new TextbookRangeCoder.Events();
        byte[] string = encode(tables, tableOf, symbols);
        assertThat(string).isEqualTo(TextbookRangeCoder.encode(tables, tableOf, symbols, events));
        assertThat(decode(tables, tableOf, string, true)).isEqualTo(symbols);
        return events;
    }

    private static boolean holds(TextbookRangeCoder coder, BigInteger point) {
        return coder.base().compareTo(point) < 0 && coder.contains(point);
    }

    @Test
    void maxBytesIsABoundForTheWorstSymbols() {
        // A cell of one slot of 2^16, then the longest escape.
        CdfTables tables = CdfTables.of(new int[] {-16, 0, 65535, 65536}, new int[] {Integer.MAX_VALUE});
        RangeEncoder encoder = new RangeEncoder(tables);
        for (int n = 0; n < 60; n++) {
            int[] symbols = new int[n];
            Arrays.fill(symbols, Integer.MIN_VALUE);
            byte[] string = encode(tables, new int[n], symbols);
            assertThat((long) string.length)
                    .isLessThanOrEqualTo(encoder.maxBytes(n))
                    .isGreaterThanOrEqualTo(10L * n);
        }
        CdfTables finest = uniform(16, false, 0);
        for (int n = 0; n < 60; n++) {
            int[] symbols = random.ints(n, 0, 65536).toArray();
            assertThat((long) encode(finest, new int[n], symbols).length)
                    .isLessThanOrEqualTo(new RangeEncoder(finest).maxBytes(n));
        }
    }

    @Test
    void damagedStringsEndInAMalformedBitstreamOrInWrongSymbols() {
        int refused = 0;
        int total = 0;
        for (int round = 0; round < 4000; round++) {
            CdfTables tables = tables(1 + random.nextInt(16), 1 + random.nextInt(4));
            int[] tableOf = tableOf(tables, random.nextInt(40));
            byte[] string = encode(tables, tableOf, symbols(tables, tableOf, 10));
            byte[] damaged = switch (round % 4) {
                case 0 -> Arrays.copyOf(string, random.nextInt(string.length + 1));
                case 1 -> extended(string);
                case 2 -> flipped(string);
                default -> randomBytes(random.nextInt(40));
            };
            if (Arrays.equals(damaged, string)) {
                continue;
            }
            total++;
            for (boolean sanityCheck : new boolean[] {true, false}) {
                try {
                    decode(tables, tableOf, damaged, sanityCheck);
                } catch (MalformedBitstreamException e) {
                    refused += sanityCheck ? 1 : 0;
                    assertThat(e.offset()).isBetween(0L, (long) damaged.length);
                    assertThat(e).hasMessageEndingWith(": offset=" + e.offset());
                }
            }
        }
        assertThat(refused).isGreaterThan(total / 2);
    }

    private byte[] extended(byte[] string) {
        byte[] longer = Arrays.copyOf(string, string.length + 1 + random.nextInt(5));
        longer[longer.length - 1] = (byte) (1 + random.nextInt(255));
        return longer;
    }

    private byte[] flipped(byte[] string) {
        byte[] flipped = string.clone();
        if (string.length > 0) {
            flipped[random.nextInt(string.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return flipped;
    }

    private byte[] randomBytes(int n) {
        byte[] bytes = new byte[n];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void assertMalformed(String message, CdfTables tables, int n, byte[] string) {
        assertThatThrownBy(() -> decode(tables, new int[n], string, true))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessage(message);
    }

    @Test
    void eachRefusalNamesItsReasonAndTheOffset() {
        CdfTables tables = uniform(8, true, 0);
        byte[] string = encode(tables, new int[8], new int[] {1, 2, 3, 4, 5, 6, 7, 8});
        byte[] longer = Arrays.copyOf(string, string.length + 7);
        assertMalformed("the string must end with the last symbol: offset=" + consumed(8), tables, 8, longer);
        byte[] wrongEnd = Arrays.copyOf(string, string.length + 1);
        wrongEnd[string.length] = 1;
        assertMalformed("the string must end as an encoder ends it: offset=" + wrongEnd.length, tables, 8, wrongEnd);
        assertThat(decode(tables, new int[8], longer, false)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);

        TextbookRangeCoder endless = new TextbookRangeCoder(new TextbookRangeCoder.Events());
        endless.cell(tables, 0, 255);
        endless.bits("0".repeat(32) + "1".repeat(34));
        byte[] tooLong = endless.finish();
        assertThatThrownBy(() -> decode(tables, new int[1], tooLong, true))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageStartingWith("an escape must have at most 32 bits: offset=");

        TextbookRangeCoder beyond = new TextbookRangeCoder(new TextbookRangeCoder.Events());
        beyond.cell(tables, 0, 255);
        beyond.bits("0".repeat(31) + "1".repeat(32) + "0");
        byte[] tooLarge = beyond.finish();
        assertThatThrownBy(() -> decode(tables, new int[1], tooLarge, true))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageStartingWith("an escape must give an int32: offset=");

        CdfTables atTheEnd = CdfTables.of(new int[] {2, 0, 1, 2, 3, 4}, new int[] {Integer.MAX_VALUE - 1});
        TextbookRangeCoder outside = new TextbookRangeCoder(new TextbookRangeCoder.Events());
        outside.cell(atTheEnd, 0, 2);
        byte[] noInt32 = outside.finish();
        assertThatThrownBy(() -> decode(atTheEnd, new int[1], noInt32, true))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageStartingWith("a cell must give an int32: offset=");
    }

    /** Bytes that the window has taken in after n symbols of 8 bits: 4 at the start, 2 for each 16 bits. */
    private static int consumed(int n) {
        return 4 + 2 * (n * 8 / 16);
    }

    @Test
    void codersWorkInSlicesOfTheCallersArrays() {
        CdfTables tables = tables(10, 3);
        int[] tableOf = tableOf(tables, 60);
        int[] symbols = symbols(tables, tableOf, 10);
        byte[] expected = encode(tables, Arrays.copyOfRange(tableOf, 7, 47), Arrays.copyOfRange(symbols, 7, 47));
        RangeEncoder encoder = new RangeEncoder(tables);
        byte[] out = new byte[expected.length + 9];
        Arrays.fill(out, (byte) 0x55);
        assertThat(encoder.encode(symbols, 7, tableOf, 7, 40, out, 5, 5 + expected.length))
                .isEqualTo(expected.length);
        assertThat(Arrays.copyOfRange(out, 5, 5 + expected.length)).isEqualTo(expected);
        assertThat(out).startsWith(0x55, 0x55, 0x55, 0x55, 0x55).endsWith(0x55, 0x55, 0x55, 0x55);
        int[] back = new int[50];
        assertThat(new RangeDecoder(tables, true).decode(out, 5, expected.length, tableOf, 7, 40, back, 3))
                .isEqualTo(expected.length);
        assertThat(Arrays.copyOfRange(back, 3, 43)).isEqualTo(Arrays.copyOfRange(symbols, 7, 47));

        byte[] untouched = new byte[expected.length];
        assertThatThrownBy(() -> encoder.encode(symbols, 7, tableOf, 7, 40, untouched, 1, expected.length))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the output must have room for the string: needed=" + expected.length + " available="
                        + (expected.length - 1));
        assertThat(untouched).containsOnly(0);
        assertThat(encoder.encode(symbols, 7, tableOf, 7, 40, untouched, 0, expected.length))
                .isEqualTo(expected.length);
    }

    @Test
    void ofAStringThatIsRefusedNoPartIsWritten() {
        CdfTables tables = uniform(8, false, 0);
        RangeEncoder encoder = new RangeEncoder(tables);
        int[] symbols = new int[100];
        assertThat(encoder.code(symbols, 0, new int[100], 0, 90)).isEqualTo(encoder.length());
        Arrays.setAll(symbols, i -> i == 99 ? 256 : 200);
        assertThatThrownBy(() -> encoder.code(symbols, 0, new int[100], 0, 100))
                .isInstanceOf(IllegalArgumentException.class);
        byte[] out = new byte[200];
        assertThat(encoder.length()).isZero();
        assertThat(encoder.write(out, 0, 200)).isZero();
        assertThat(out).containsOnly(0);
        assertThat(encoder.code(symbols, 0, new int[100], 0, 99)).isEqualTo(99);
    }

    @Test
    void aSymbolOutsideATableWithoutOverflowIsTheCallersMistake() {
        CdfTables tables = CdfTables.of(new int[] {4, 0, 5, 16}, new int[] {-3});
        assertThat(decode(tables, new int[2], encode(tables, new int[2], new int[] {-3, -2}), true))
                .containsExactly(-3, -2);
        for (int symbol : new int[] {-4, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> encode(tables, new int[2], new int[] {-3, symbol}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a symbol must lie in its table, which has no overflow cell: index=1 symbol=" + symbol
                            + " table=0 first=-3 cells=2");
        }
    }
}
