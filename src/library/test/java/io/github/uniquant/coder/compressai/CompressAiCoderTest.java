package io.github.uniquant.coder.compressai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.Allocations;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.compressai.TextbookCompressAiCoder.Event;
import io.github.uniquant.table.CdfTables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CompressAiCoderTest {
    private static final int GUARD = 0x5A5A5A5A;
    private static final int MARGIN = 9;
    private static final int[] EXTREMES = {
        Integer.MIN_VALUE,
        Integer.MIN_VALUE + 1,
        -(1 << 30) - 1,
        -(1 << 30),
        -(1 << 27) - 1,
        -(1 << 27),
        -1,
        0,
        1,
        (1 << 27) - 1,
        1 << 27,
        (1 << 30) - 1,
        1 << 30,
        Integer.MAX_VALUE - 1,
        Integer.MAX_VALUE
    };

    private final SplittableRandom random = new SplittableRandom(11);

    private static CompressAiTables of(int[] cdf, int... offsets) {
        return CompressAiTables.of(CdfTables.of(cdf, offsets));
    }

    /** Random tables: of one cell to many, evenly cut or with most cells of one slot. */
    private CompressAiTables tables(int count) {
        int[][] rows = new int[count][];
        int[] offsets = new int[count];
        for (int t = 0; t < count; t++) {
            int cells = 1 + random.nextInt(random.nextInt(8) == 0 ? 5000 : 40);
            boolean narrow = random.nextBoolean();
            int[] cuts = random.ints(1, narrow ? cells + 2 : 65536)
                    .distinct()
                    .limit(cells - 1)
                    .sorted()
                    .toArray();
            rows[t] = IntStream.concat(IntStream.concat(IntStream.of(-16, 0), Arrays.stream(cuts)), IntStream.of(65536))
                    .toArray();
            offsets[t] = random.nextInt(-50, 50);
        }
        return of(Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray(), offsets);
    }

    private int[] tableOf(CompressAiTables tables, int n) {
        return random.ints(n, 0, tables.tables().count()).toArray();
    }

    /** Symbols as likely as the tables say, and as many more escapes, of every magnitude that any table here can code. */
    private int[] symbols(CompressAiTables tables, int[] tableOf, int escapesIn100) {
        CdfTables cdfs = tables.tables();
        return Arrays.stream(tableOf)
                .map(t -> {
                    int slot = random.nextInt(65536);
                    int cell = 0;
                    while (cdfs.cumulative(t, cell + 1) <= slot) {
                        cell++;
                    }
                    boolean escape = cell == cdfs.cells(t) - 1 || random.nextInt(100) < escapesIn100;
                    return cdfs.offset(t) + (escape ? random.nextInt() >> 1 + random.nextInt(31) : cell);
                })
                .toArray();
    }

    private static byte[] string(CompressAiEncoder encoder) {
        byte[] string = new byte[encoder.length()];
        assertThat(encoder.write(string, 0, string.length)).isEqualTo(string.length);
        return string;
    }

    private static byte[] encode(CompressAiTables tables, int[] tableOf, int... symbols) {
        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        encoder.code(symbols, 0, tableOf, 0, symbols.length);
        return string(encoder);
    }

    private static int[] decode(CompressAiTables tables, int[] tableOf, byte[] string, boolean sanityCheck) {
        int[] symbols = new int[tableOf.length];
        new CompressAiDecoder(tables, sanityCheck)
                .decode(string, 0, string.length, tableOf, 0, symbols.length, symbols, 0);
        return symbols;
    }

    private static byte[] assertInverts(CompressAiTables tables, int[] tableOf, int... symbols) {
        byte[] string = encode(tables, tableOf, symbols);
        assertThat(string).isEqualTo(TextbookCompressAiCoder.encode(tables.tables(), tableOf, symbols));
        assertThat(decode(tables, tableOf, string, true)).isEqualTo(symbols);
        assertThat(TextbookCompressAiCoder.decode(tables.tables(), tableOf, string))
                .hasValue(symbols);
        return string;
    }

    @Test
    void stringsAreThoseOfTheTextbookAndDecodeToTheirSymbols() {
        for (int round = 0; round < 300; round++) {
            CompressAiTables tables = tables(1 + random.nextInt(5));
            int[] tableOf = tableOf(tables, random.nextInt(round % 20 == 0 ? 3000 : 100));
            assertInverts(tables, tableOf, symbols(tables, tableOf, round % 3 == 0 ? 30 : 0));
        }
    }

    /** Units so short that CompressAI has no string, or writes in front of its memory. */
    @Test
    void noneOneAndTwoSymbolsAreCoded() {
        CompressAiTables tables = of(new int[] {-16, 0, 1, 40000, 65536}, -1);
        assertThat(assertInverts(tables, new int[0])).isEqualTo(HexFormat.of().parseHex("0000008000000000"));
        for (int a = -4; a < 5; a++) {
            assertInverts(tables, new int[1], a);
            for (int b = -4; b < 5; b++) {
                assertInverts(tables, new int[2], a, b);
            }
        }
    }

    /** A single cell, of 2^16 slots, on which CompressAI divides by 0. */
    @Test
    void aTableOfTheEscapeAloneIsCoded() {
        CompressAiTables tables = of(new int[] {-16, 0, 65536, -16, 0, 1, 65536}, 3, 0);
        int[] tableOf = tableOf(tables, 2000);
        assertInverts(tables, tableOf, random.ints(2000, -30, 30).toArray());
        // The first table's cell adds nothing, n takes one group and raw as many as it needs.
        assertThat(TextbookCompressAiCoder.events(tables.tables(), 0, 3)).hasSize(2);
        assertThat(assertInverts(tables, new int[4], 3, 3, 3, 3)).hasSize(8);
    }

    @Test
    void everyInt32IsCodedOrRefusedWithItsValues() {
        int coded = 0;
        int refused = 0;
        for (int offset : EXTREMES) {
            if (offset == Integer.MIN_VALUE) {
                continue;
            }
            int[] rows = offset > Integer.MAX_VALUE - 2
                    ? new int[] {-16, 0, 65536, -16, 0, 5, 65536}
                    : new int[] {-16, 0, 65536, -16, 0, 5, 6, 10, 65536};
            CompressAiTables tables = of(rows, offset, offset);
            for (int t = 0; t < 2; t++) {
                int escape = tables.tables().cells(t) - 1;
                for (int symbol : EXTREMES) {
                    long v = (long) symbol - offset;
                    int[] tableOf = {t};
                    if (v >= -(1L << 31) && v <= escape + (1L << 31) - 1) {
                        assertInverts(tables, tableOf, symbol);
                        coded++;
                        continue;
                    }
                    String message =
                            "a symbol must be from offset - 2^31 to offset + escape + 2^31 - 1: index=0 symbol="
                                    + symbol + " table=" + t + " offset=" + offset + " escape=" + escape;
                    byte[] out = new byte[20];
                    CompressAiEncoder encoder = new CompressAiEncoder(tables);
                    assertThat(encoder.encode(new int[] {offset}, 0, tableOf, 0, 1, new byte[20], 0, 20))
                            .isEqualTo(encoder.length());
                    assertThatThrownBy(() -> encoder.encode(new int[] {symbol}, 0, tableOf, 0, 1, out, 0, 20))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessage(message);
                    assertThat(out).containsOnly(0);
                    assertThat(encoder.length()).isZero();
                    assertThatThrownBy(() -> encoder.append(tables, new int[] {symbol}, 0, tableOf, 0, 1))
                            .hasMessage(message);
                    refused++;
                }
            }
        }
        assertThat(coded).isGreaterThan(200);
        assertThat(refused).isGreaterThan(50);
    }

    @Test
    void escapesOfEveryNumberOfGroupsAreCoded() {
        CompressAiTables tables = of(new int[] {-16, 0, 100, 65000, 65536}, -1);
        for (int bit = 0; bit < 31; bit++) {
            int[] symbols = {1 << bit, -(1 << bit), (1 << bit) - 1, 1 - (1 << bit), ~(1 << bit), (1 << bit) + 1};
            assertInverts(tables, new int[symbols.length], symbols);
        }
        assertThat(TextbookCompressAiCoder.events(tables.tables(), 0, Integer.MAX_VALUE - 1))
                .hasSize(10);
        assertInverts(tables, new int[1], Integer.MAX_VALUE - 1);
    }

    /** All slots of the state lead to the cell that a search finds. */
    @Test
    void everySlotHasItsCell() {
        for (int round = 0; round < 12; round++) {
            CompressAiTables tables = tables(3);
            CompressAiDecoder decoder = new CompressAiDecoder(tables, false);
            int[] symbol = new int[1];
            byte[] string = new byte[12];
            int t = round % 3;
            int cell = 0;
            for (int slot = 0; slot < 65536; slot++) {
                while (tables.tables().cumulative(t, cell + 1) <= slot) {
                    cell++;
                }
                if (cell == tables.tables().cells(t) - 1) {
                    break; // an escape, which has groups
                }
                string[0] = (byte) slot;
                string[1] = (byte) (slot >>> 8);
                string[3] = (byte) 0x80;
                decoder.decode(string, 0, 12, new int[] {t}, 0, 1, symbol, 0);
                if (symbol[0] != tables.tables().offset(t) + cell) {
                    throw new AssertionError("slot=" + slot + " symbol=" + symbol[0] + " cell=" + cell);
                }
            }
        }
    }

    @Test
    void maxBytesIsABoundForTheWorstSymbols() {
        CompressAiTables tables = of(new int[] {-16, 0, 65535, 65536}, 0);
        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        for (int n = 0; n < 500; n++) {
            int[] symbols = new int[n];
            Arrays.fill(symbols, Integer.MIN_VALUE);
            assertThat((long) encoder.code(symbols, 0, new int[n], 0, n))
                    .isLessThanOrEqualTo(encoder.maxBytes(n))
                    .isGreaterThanOrEqualTo(6L * n);
        }
    }

    // ---- the caller's arrays

    @Test
    void codersWorkInSlicesOfTheCallersArrays() {
        CompressAiTables tables = tables(3);
        int[] tableOf = tableOf(tables, 60);
        int[] symbols = symbols(tables, tableOf, 20);
        tableOf[6] = -1; // in front of the slice, and behind it
        tableOf[47] = 3;
        byte[] expected = TextbookCompressAiCoder.encode(
                tables.tables(), Arrays.copyOfRange(tableOf, 7, 47), Arrays.copyOfRange(symbols, 7, 47));
        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        byte[] out = new byte[expected.length + 9];
        Arrays.fill(out, (byte) 0x55);
        assertThat(encoder.encode(symbols, 7, tableOf, 7, 40, out, 5, 5 + expected.length))
                .isEqualTo(expected.length);
        assertThat(Arrays.copyOfRange(out, 5, 5 + expected.length)).isEqualTo(expected);
        assertThat(out).startsWith(0x55, 0x55, 0x55, 0x55, 0x55).endsWith(0x55, 0x55, 0x55, 0x55);
        int[] back = new int[50];
        Arrays.fill(back, GUARD);
        assertThat(new CompressAiDecoder(tables, true).decode(out, 5, expected.length, tableOf, 7, 40, back, 3))
                .isEqualTo(expected.length);
        assertThat(Arrays.copyOfRange(back, 3, 43)).isEqualTo(Arrays.copyOfRange(symbols, 7, 47));
        assertThat(back).startsWith(GUARD, GUARD, GUARD).endsWith(GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD);

        byte[] untouched = new byte[expected.length];
        assertThatThrownBy(() -> encoder.encode(symbols, 7, tableOf, 7, 40, untouched, 1, expected.length))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the output must have room for the string: needed=" + expected.length + " available="
                        + (expected.length - 1));
        assertThat(untouched).containsOnly(0);
    }

    @Test
    void arraysThatAreTooShortAndIndexesThatAreNoneAreTheCallersMistake() {
        CompressAiTables tables = tables(3);
        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        CompressAiDecoder decoder = new CompressAiDecoder(tables, true);
        byte[] empty = encode(tables, new int[0]);
        byte[] out = new byte[100];
        int[] four = new int[4];
        int[] five = new int[5];
        for (int bad : new int[] {-1, 3, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            int[] tableOf = {0, 2, bad, 1, 7};
            String message = "a table index must be that of a table: index=2 table=" + bad + " tables=3";
            int[] symbols = {GUARD, GUARD, GUARD, GUARD};
            for (Consumer<byte[]> call : List.<Consumer<byte[]>>of(
                    o -> encoder.encode(symbols, 0, tableOf, 0, 4, o, 0, 100),
                    o -> encoder.append(tables, symbols, 0, tableOf, 0, 4),
                    o -> decoder.decode(empty, 0, 8, tableOf, 0, 4, symbols, 0))) {
                assertThatThrownBy(() -> call.accept(out))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage(message);
            }
            assertThat(symbols).containsOnly(GUARD);
        }
        assertThat(out).containsOnly(0);
        for (Consumer<byte[]> call : List.<Consumer<byte[]>>of(
                o -> encoder.encode(four, 0, five, 0, 5, o, 0, 100),
                o -> encoder.encode(five, 0, four, 0, 5, o, 0, 100),
                o -> encoder.encode(four, 0, four, 0, 4, o, 0, 101),
                o -> encoder.append(tables, four, 1, five, 0, 4),
                o -> encoder.append(tables, five, 0, four, 1, 4),
                o -> decoder.begin(o, 93, 8),
                o -> decoder.decode(o, 0, 101, four, 0, 4, four, 0),
                o -> decoder.decode(o, 0, 8, four, 1, 4, four, 0),
                o -> decoder.decode(o, 0, 8, four, 0, 4, four, 1))) {
            assertThatThrownBy(() -> call.accept(out)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThat(encoder.finish()).isEqualTo(8); // nothing was appended
    }

    // ---- slices

    @Test
    void slicesMakeTheStringOfAllInOne() {
        CompressAiTables tables = tables(4);
        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        CompressAiDecoder decoder = new CompressAiDecoder(tables, true);
        for (int round = 0; round < 100; round++) {
            int n = random.nextInt(400);
            int[] tableOf = tableOf(tables, n);
            int[] symbols = symbols(tables, tableOf, 10);
            byte[] whole = encode(tables, tableOf, symbols);
            int[] decoded = new int[n];
            decoder.begin(whole, 0, whole.length);
            for (int from = 0; from < n; ) {
                int count = Math.min(random.nextInt(60), n - from); // none, too
                encoder.append(tables, symbols, from, tableOf, from, count);
                decoder.decodeSlice(tables, tableOf, from, count, decoded, from);
                from += count;
            }
            encoder.code(symbols, 0, tableOf, 0, n / 2); // stands apart from what was appended
            assertThat(encoder.finish()).isEqualTo(whole.length);
            assertThat(string(encoder)).isEqualTo(whole);
            assertThat(decoder.finish()).isEqualTo(whole.length);
            assertThat(decoded).isEqualTo(symbols);
        }
    }

    @Test
    void slicesMayHaveTablesOfTheirOwn() {
        CompressAiTables first = of(new int[] {-16, 0, 30000, 65000, 65536}, 0);
        CompressAiTables second = of(new int[] {-16, 0, 50, 65536, -16, 0, 65500, 65536}, -7, 100);
        List<Event> events = new ArrayList<>();
        for (int symbol : new int[] {0, 1, 9}) {
            events.addAll(TextbookCompressAiCoder.events(first.tables(), 0, symbol));
        }
        events.addAll(TextbookCompressAiCoder.events(second.tables(), 1, 100));
        events.addAll(TextbookCompressAiCoder.events(second.tables(), 0, -7));
        byte[] expected = TextbookCompressAiCoder.encode(events);

        CompressAiEncoder encoder = new CompressAiEncoder(first);
        encoder.append(second, new int[] {-1}, 0, new int[1], 0, 1);
        encoder.clear();
        encoder.append(first, new int[] {0, 1, 9}, 0, new int[3], 0, 3);
        encoder.append(second, new int[] {100, -7}, 0, new int[] {1, 0}, 0, 2);
        assertThat(encoder.finish()).isEqualTo(expected.length);
        assertThat(string(encoder)).isEqualTo(expected);
        assertThat(encoder.finish()).isEqualTo(8); // all was let go of

        int[] decoded = new int[5];
        CompressAiDecoder decoder = new CompressAiDecoder(first, true);
        decoder.begin(expected, 0, expected.length);
        decoder.decodeSlice(first, new int[3], 0, 3, decoded, 0);
        assertThatThrownBy(() -> decoder.decodeSlice(second, new int[] {2}, 0, 1, decoded, 3))
                .isInstanceOf(IllegalArgumentException.class);
        decoder.decodeSlice(second, new int[] {1, 0}, 0, 2, decoded, 3);
        assertThat(decoder.finish()).isEqualTo(expected.length);
        assertThat(decoded).containsExactly(0, 1, 9, 100, -7);
    }

    @Test
    void aStringMustHaveBegun() {
        CompressAiTables tables = tables(1);
        CompressAiDecoder decoder = new CompressAiDecoder(tables, true);
        byte[] string = encode(tables, new int[0]);
        assertNotBegun(decoder, tables);
        decoder.begin(string, 0, 8);
        decoder.finish();
        assertNotBegun(decoder, tables);
        assertThatThrownBy(() -> decoder.begin(string, 0, 7)).isInstanceOf(MalformedBitstreamException.class);
        assertNotBegun(decoder, tables);
        decoder.begin(string, 0, 8);
        assertThatThrownBy(() -> decoder.decodeSlice(tables, new int[99], 0, 99, new int[99], 0))
                .isInstanceOf(MalformedBitstreamException.class);
        assertNotBegun(decoder, tables);
        decoder.begin(string, 0, 8);
        assertThatThrownBy(() -> decoder.begin(new byte[8], 0, 8)).isInstanceOf(MalformedBitstreamException.class);
        assertNotBegun(decoder, tables);
    }

    private static void assertNotBegun(CompressAiDecoder decoder, CompressAiTables tables) {
        assertThatThrownBy(decoder::finish).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> decoder.decodeSlice(tables, new int[1], 0, 1, new int[1], 0))
                .isInstanceOf(IllegalStateException.class);
    }

    // ---- damage

    private static void assertMalformed(String message, CompressAiTables tables, int n, byte[] string) {
        for (boolean sanityCheck : new boolean[] {true, false}) {
            assertThatThrownBy(() -> decode(tables, new int[n], string, sanityCheck))
                    .isInstanceOf(MalformedBitstreamException.class)
                    .hasMessage(message);
        }
    }

    @Test
    void eachRefusalNamesItsReasonAndTheOffset() {
        CompressAiTables tables = of(new int[] {-16, 0, 100, 65000, 65536}, Integer.MAX_VALUE - 1);
        int a = Integer.MAX_VALUE - 1;
        HexFormat hex = HexFormat.of();
        assertMalformed("a string must have at least the 8 bytes of its state: offset=0", tables, 0, new byte[0]);
        assertMalformed("a string must have at least the 8 bytes of its state: offset=7", tables, 0, new byte[7]);
        String state = "the first state must be in [2^31, 2^63): offset=0";
        assertMalformed(state, tables, 0, hex.parseHex("ffffff7f00000000"));
        assertMalformed(state, tables, 0, hex.parseHex("ffffffffffffffff"));
        assertMalformed(state, tables, 0, hex.parseHex("0000000000000080"));

        byte[] string = encode(tables, new int[8], a, a, a, a, a, a, a, a);
        assertThat(string).hasSize(16);
        String ended = "a string must not end before its last symbol: offset=";
        assertMalformed(ended + 12, tables, 8, Arrays.copyOf(string, 12));
        assertMalformed(ended + 15, tables, 8, Arrays.copyOf(string, 15));
        assertMalformed(ended + 16, tables, 99, string);

        List<Event> escape = List.of(Event.cell(tables.tables(), 0, 2));
        assertMalformed(
                "an escape must have at most 8 groups: offset=8", tables, 1, groups(escape, 9, 0, 0, 0, 0, 0, 0, 0, 0));
        assertMalformed("an escape must have at most 8 groups: offset=8", tables, 1, groups(escape, 15, 0));
        assertMalformed("an escape must have no more groups than it needs: offset=8", tables, 1, groups(escape, 1, 0));
        assertMalformed(
                "an escape must have no more groups than it needs: offset=8", tables, 1, groups(escape, 2, 5, 0));
        assertMalformed("an escape must give an int32: offset=8", tables, 1, groups(escape, 0)); // MAX_VALUE + 1
        assertThat(decode(tables, new int[1], groups(escape, 1, 1), true)).containsExactly(a - 1);
    }

    private static byte[] groups(List<Event> escape, int... groups) {
        return TextbookCompressAiCoder.encode(
                Stream.concat(escape.stream(), Arrays.stream(groups).mapToObj(Event::group))
                        .toList());
    }

    @Test
    void withoutTheSanityCheckWhatIsLeftOverIsIgnored() {
        CompressAiTables tables = of(new int[] {-16, 0, 100, 65000, 65536}, -1);
        byte[] string = encode(tables, new int[3], -1, 0, 1);
        for (int more : new int[] {1, 4, 9}) {
            byte[] longer = Arrays.copyOf(string, string.length + more);
            assertThatThrownBy(() -> decode(tables, new int[3], longer, true))
                    .isInstanceOf(MalformedBitstreamException.class)
                    .hasMessage("the string must end with the last symbol: offset=" + string.length);
            int[] decoded = new int[3];
            assertThat(new CompressAiDecoder(tables, false)
                            .decode(longer, 0, longer.length, new int[3], 0, 3, decoded, 0))
                    .isEqualTo(string.length);
            assertThat(decoded).containsExactly(-1, 0, 1);
        }
        assertThatThrownBy(() -> decode(tables, new int[2], string, true))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessage("the state after the last symbol must be 2^31: offset=8");
        assertThat(decode(tables, new int[2], string, false)).containsExactly(-1, 0);
    }

    /** A decoder takes a string exactly where the textbook's takes it, and gives the same symbols. */
    @Test
    void aDecoderAcceptsWhatAnEncoderWritesAndNothingElse() {
        int accepted = 0;
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            CompressAiTables tables = tables(1 + random.nextInt(3));
            int n = random.nextInt(12);
            int[] tableOf = tableOf(tables, n);
            byte[] string = encode(tables, tableOf, symbols(tables, tableOf, 20));
            switch (random.nextInt(5)) {
                case 0 -> string = Arrays.copyOf(string, random.nextInt(string.length + 9));
                case 1 -> random.nextBytes(string);
                case 2 -> tableOf = tableOf(tables, n);
                default -> {
                    for (int flips = random.nextInt(3); flips > 0; flips--) {
                        string[random.nextInt(string.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                }
            }
            int[] guarded = new int[n + 2 * MARGIN];
            Arrays.fill(guarded, GUARD);
            byte[] in = new byte[string.length + 5];
            Arrays.fill(in, (byte) -1);
            System.arraycopy(string, 0, in, 2, string.length);
            Optional<int[]> expected = TextbookCompressAiCoder.decode(tables.tables(), tableOf, string);
            try {
                new CompressAiDecoder(tables, true).decode(in, 2, string.length, tableOf, 0, n, guarded, MARGIN);
                accepted++;
                int[] symbols = Arrays.copyOfRange(guarded, MARGIN, MARGIN + n);
                assertThat(expected).hasValue(symbols);
                assertThat(encode(tables, tableOf, symbols)).isEqualTo(string);
            } catch (MalformedBitstreamException e) {
                refused++;
                assertThat(expected).isEmpty();
                assertThat(e.offset()).isBetween(0L, (long) string.length);
                assertThat(e).hasMessageEndingWith(": offset=" + e.offset());
            }
            assertThat(Arrays.copyOf(guarded, MARGIN)).containsOnly(GUARD);
            assertThat(Arrays.copyOfRange(guarded, MARGIN + n, n + 2 * MARGIN)).containsOnly(GUARD);
        }
        assertThat(accepted).isGreaterThan(500);
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void warmCodersAllocateNothing() {
        CompressAiTables tables = tables(5);
        CompressAiTables others = tables(2);
        int n = 4000;
        int[] tableOf = tableOf(tables, n);
        int[] symbols = symbols(tables, tableOf, 5);
        int[] decoded = new int[n];
        byte[] out = new byte[8 * n];
        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        CompressAiDecoder decoder = new CompressAiDecoder(tables, true);
        int[] zeros = new int[10];
        long allocated = Allocations.ofWarmCalls(100, 50, 100, i -> {
            int length = encoder.encode(symbols, 0, tableOf, 0, n, out, 0, out.length);
            decoder.decode(out, 0, length, tableOf, 0, n, decoded, 0);
            encoder.append(tables, symbols, 0, tableOf, 0, n);
            encoder.append(others, zeros, 0, zeros, 0, 10);
            decoder.begin(out, 0, encoder.finish() == 0 ? 0 : encoder.write(out, 0, out.length));
            decoder.decodeSlice(tables, tableOf, 0, n, decoded, 0);
            decoder.decodeSlice(others, zeros, 0, 10, decoded, 0);
            decoder.finish();
        });
        assertThat(Arrays.copyOfRange(decoded, 10, n)).isEqualTo(Arrays.copyOfRange(symbols, 10, n));
        assertThat(allocated).as("bytes that 100 calls allocated").isLessThan(100);
    }
}
