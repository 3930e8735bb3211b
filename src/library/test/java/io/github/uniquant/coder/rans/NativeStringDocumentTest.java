package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The native string is what {@code docs/format.md} says: its examples, its rules taken literally, and its bound. */
class NativeStringDocumentTest {
    private static final Pattern BLOCK = Pattern.compile("```rans (\\S+)\n(.*?)```", Pattern.DOTALL);

    /** An example of the page: lines of a keyword and its values. */
    record Example(String name, CdfTables tables, int[] tableOf, int[] symbols, List<Long> states, byte[] string) {
        static Example parse(String name, String text) {
            List<Integer> cdf = new ArrayList<>();
            List<Integer> offsets = new ArrayList<>();
            List<Integer> tableOf = new ArrayList<>();
            List<Integer> symbols = new ArrayList<>();
            List<Long> states = new ArrayList<>();
            StringBuilder hex = new StringBuilder();
            int precision = 0;
            for (String line : text.lines().toList()) {
                String[] words = line.trim().split("\\s+");
                List<Integer> values =
                        words[0].equals("string") || words[0].equals("states") || words[0].equals("digits")
                                ? List.of()
                                : Arrays.stream(words)
                                        .filter(w -> w.matches("-?\\d+"))
                                        .map(Integer::valueOf)
                                        .toList();
                switch (words[0]) {
                    case "precision" -> precision = values.getFirst();
                    case "table" -> {
                        offsets.add(values.getFirst());
                        cdf.add(line.contains("overflow") ? -precision : precision);
                        cdf.add(0);
                        values.stream().skip(1).forEach(f -> cdf.add(cdf.getLast() + f));
                    }
                    case "tables" -> tableOf.addAll(values);
                    case "symbols" -> symbols.addAll(values);
                    case "digits" -> words[1].chars().forEach(c -> symbols.add(HexFormat.fromHexDigit(c)));
                    case "states" ->
                        Arrays.stream(words).skip(1).map(Long::valueOf).forEach(states::add);
                    case "string" -> Arrays.stream(words).skip(1).forEach(hex::append);
                    default -> throw new AssertionError("unknown line: " + line);
                }
            }
            while (tableOf.size() < symbols.size()) {
                tableOf.add(0);
            }
            CdfTables tables = CdfTables.of(ints(cdf), ints(offsets));
            return new Example(
                    name,
                    tables,
                    ints(tableOf),
                    ints(symbols),
                    states,
                    HexFormat.of().parseHex(hex));
        }

        private static int[] ints(List<Integer> values) {
            return values.stream().mapToInt(Integer::intValue).toArray();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Example> examples() throws IOException {
        String page =
                Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../../docs/format.md"));
        return BLOCK.matcher(page)
                .results()
                .map(block -> Example.parse(block.group(1), block.group(2)))
                .toList();
    }

    @Test
    void pageHasItsExamples() throws IOException {
        assertThat(examples()).extracting(Example::name).contains("young", "escape", "word", "lanes");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void stringIsAsDocumented(Example example) {
        byte[] bytes = encode(example.tables, example.tableOf, example.symbols);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(bytes))
                .isEqualTo(HexFormat.ofDelimiter(" ").formatHex(example.string));
        int[] decoded = new int[example.symbols.length];
        RansDecoder decoder = new RansDecoder(RansTables.of(example.tables), true);
        int used = decoder.decode(bytes, 0, bytes.length, example.tableOf, 0, decoded.length, decoded, 0);
        assertThat(used).isEqualTo(bytes.length);
        assertThat(decoded).isEqualTo(example.symbols);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void rulesTakenLiterallyDecodeIt(Example example) {
        assertThat(new TextbookCoder(example.tables).decode(example.string, example.tableOf))
                .isEqualTo(example.symbols);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void statesAreAsDocumented(Example example) {
        TextbookCoder coder = new TextbookCoder(example.tables);
        byte[] oneLane = coder.encode(example.tableOf, example.symbols);
        if (example.symbols.length < RansFormat.HEADER_ELEMENTS) {
            assertThat(oneLane).isEqualTo(example.string);
            assertThat(coder.trace()).isEqualTo(example.states);
        } else {
            assertThat(oneLane).as("the example is one of many lanes").isNotEqualTo(example.string);
        }
    }

    // ---- the rules taken literally, on random units

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 8, 11, 12, 13, 16})
    void rulesTakenLiterallyGiveTheStringsOfTheCoder(int precision) {
        Random random = new Random(precision);
        int onManyLanes = 0;
        for (int round = 0; round < 12; round++) {
            CdfTables tables = randomTables(random, precision, 3);
            int n = round < 6 ? random.nextInt(40) : 200 + random.nextInt(900);
            n = precision > 12 ? Math.min(n, 300) : n;
            int[] tableOf = random.ints(n, 0, tables.count()).toArray();
            int[] symbols = IntStream.range(0, n)
                    .map(i -> drawn(tables, tableOf[i], random))
                    .toArray();
            byte[] string = encode(tables, tableOf, symbols);
            assertThat(new TextbookCoder(tables).decode(string, tableOf)).isEqualTo(symbols);
            if (n < RansFormat.HEADER_ELEMENTS) {
                assertThat(new TextbookCoder(tables).encode(tableOf, symbols)).isEqualTo(string);
            }
            onManyLanes += lanes(string, n) > 1 ? 1 : 0;
        }
        if (precision >= 5 && precision <= 12) {
            assertThat(onManyLanes).as("units on many lanes").isPositive();
        }
    }

    @Test
    void rulesTakenLiterallyDecodeATailInFront() {
        CdfTables tables = CdfTables.of(
                new int[] {-8, 0, 40, 80, 120, 160, 200, 240, 250, 256, -8, 0, 255, 256}, new int[] {-3, 0});
        Random random = new Random(11);
        int n = 1503;
        int[] tableOf = IntStream.range(0, n).map(i -> i < n / 2 ? 0 : 1).toArray();
        int[] symbols = IntStream.range(0, n)
                .map(i -> i < n / 2 ? drawn(tables, 0, random) : 0)
                .toArray();
        byte[] string = encode(tables, tableOf, symbols);
        assertThat(lanes(string, n)).isEqualTo(8);
        assertThat(string[0] >> 4 & 1).as("the tail is in front").isEqualTo(1);
        assertThat(new TextbookCoder(tables).decode(string, tableOf)).isEqualTo(symbols);
    }

    // ---- the bound

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8, 12, 14, 15, 16})
    void bytesStayWithinTheProvenBoundForAnyData(int precision) {
        Random random = new Random(100 + precision);
        for (int n : new int[] {1, 2, 7, 50, 255, 256, 300, 1000, 20_000}) {
            CdfTables tables = randomTables(random, precision, 4);
            int[] tableOf = random.ints(n, 0, tables.count()).toArray();
            List<IntUnaryOperator> data = List.of(
                    i -> drawn(tables, tableOf[i], random),
                    i -> tables.offset(tableOf[i]) + extremeCell(tables, tableOf[i], 1),
                    i -> tables.offset(tableOf[i]) + extremeCell(tables, tableOf[i], -1),
                    i -> tables.offset(tableOf[i]) + random.nextInt(tables.cells(tableOf[i])));
            for (IntUnaryOperator symbol : data) {
                int[] symbols = IntStream.range(0, n).map(symbol).toArray();
                byte[] string = encode(tables, tableOf, symbols);
                assertThat((double) string.length)
                        .as("precision=%d n=%d", precision, n)
                        .isLessThanOrEqualTo(bound(tables, tableOf, symbols, lanes(string, n)));
            }
        }
    }

    /** The bound of the page, section "Bytes": in bytes, for a string of so many lanes. */
    private static double bound(CdfTables tables, int[] tableOf, int[] symbols, int lanes) {
        int p = tables.precision();
        double ideal = 0;
        for (int i = 0; i < symbols.length; i++) {
            int m = tables.cells(tableOf[i]) - 1;
            long value = (long) symbols[i] - tables.offset(tableOf[i]);
            boolean escape = tables.hasOverflow(tableOf[i]) && (value < 0 || value >= m);
            ideal += p - log2(tables.frequency(tableOf[i], escape ? m : (int) value));
            ideal += escape ? OverflowCode.bits(Math.abs(OverflowCode.signedGamma(value, m))) : 0;
        }
        double bits = ideal + p + 3 + (lanes > 1 ? lanes * (1 + log2(1 + Math.scalb(1.0, p - 16))) + 8 : 0);
        return (bits / (1 - log2(1 + Math.scalb(1.0, p - 15)) / 16) + 7) / 8;
    }

    private static int lanes(byte[] string, int n) {
        if (n < RansFormat.HEADER_ELEMENTS || string.length == 0 || (string[0] & 1) == 0) {
            return 1;
        }
        return 2 << (string[0] >> 1 & 7);
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }

    // ---- data

    private static byte[] encode(CdfTables tables, int[] tableOf, int[] symbols) {
        RansEncoder encoder = new RansEncoder(RansTables.of(tables));
        byte[] out = new byte[(int) encoder.maxBytes(symbols.length)];
        int length = encoder.encode(symbols, 0, tableOf, 0, symbols.length, out, 0, out.length);
        return Arrays.copyOf(out, length);
    }

    /** Tables of random frequencies, some unimodal, with overflow. */
    private static CdfTables randomTables(Random random, int precision, int count) {
        int slots = 1 << precision;
        String cdf = Stream.generate(() -> {
                    int cells = 1 + random.nextInt(Math.min(slots, 40));
                    int[] bounds = random.ints(1, slots)
                            .distinct()
                            .limit(cells - 1)
                            .sorted()
                            .toArray();
                    int[] frequencies = new int[cells];
                    for (int c = 0; c < cells; c++) {
                        frequencies[c] = (c + 1 < cells ? bounds[c] : slots) - (c > 0 ? bounds[c - 1] : 0);
                    }
                    if (random.nextBoolean()) {
                        Arrays.sort(frequencies);
                    }
                    StringBuilder row = new StringBuilder(-precision + " 0");
                    int sum = 0;
                    for (int f : frequencies) {
                        sum += f;
                        row.append(' ').append(sum);
                    }
                    return row.toString();
                })
                .limit(count)
                .collect(Collectors.joining(" "));
        return CdfTables.of(
                Arrays.stream(cdf.split(" ")).mapToInt(Integer::parseInt).toArray(),
                random.ints(count, -20, 20).toArray());
    }

    /** A symbol that the table makes likely, or one far out where the overflow cell was drawn. */
    private static int drawn(CdfTables tables, int table, Random random) {
        int slot = random.nextInt(1 << tables.precision());
        int cell = 0;
        while (tables.cumulative(table, cell + 1) <= slot) {
            cell++;
        }
        if (cell < tables.cells(table) - 1) {
            return tables.offset(table) + cell;
        }
        int distance = random.nextInt() >>> 1 + random.nextInt(31);
        return random.nextBoolean() ? tables.offset(table) - 1 - distance : tables.offset(table) + cell + distance;
    }

    /** The likeliest cell (sign 1) or the rarest one. */
    private static int extremeCell(CdfTables tables, int table, int sign) {
        int best = 0;
        for (int c = 1; c < tables.cells(table); c++) {
            best = sign * (tables.frequency(table, c) - tables.frequency(table, best)) > 0 ? c : best;
        }
        return best;
    }
}
