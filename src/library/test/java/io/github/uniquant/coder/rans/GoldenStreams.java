package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.rans.CodingUnit.Escapes;
import io.github.uniquant.coder.rans.CodingUnit.Source;
import io.github.uniquant.coder.rans.ReferenceRans.LaneRule;
import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The committed native strings: their text form, and the program that made them with the textbook coder. It only adds: a
 * case or table that the files have is left as it is.
 */
final class GoldenStreams {
    private static final String TABLES = "tables.txt";
    private static final String STREAMS = "streams.txt";
    private static final String NOTHING = "-";
    private static final String RULE = "rule";

    private GoldenStreams() {}

    /**
     * One string and what it decodes to.
     *
     * @param tablesName the line of tables.txt with its tables
     * @param sections the tables of its elements: {@code count:table,table,...} for each section, its tables taken in turn
     * @param logLanes k of the 2^k lanes that it was made to have, against the lane rule; 0 where it follows the rule
     */
    record Stream(String name, String tablesName, int logLanes, String sections, CodingUnit unit, byte[] string) {
        boolean followsTheRule() {
            return logLanes == 0;
        }

        LaneRule rule() {
            return followsTheRule() ? LaneRule.OF_THE_FORMAT : LaneRule.always(logLanes);
        }

        private String line() {
            return String.join(
                    " ",
                    name,
                    tablesName,
                    followsTheRule() ? RULE : "k=" + logLanes,
                    sections,
                    runs(unit.symbols()),
                    string.length == 0 ? NOTHING : HexFormat.of().formatHex(string));
        }

        private static Stream parse(String line, Map<String, CdfTables> tables) {
            String[] field = line.split(" ", -1);
            CodingUnit unit =
                    new CodingUnit(Objects.requireNonNull(tables.get(field[1])), tableOf(field[3]), ints(field[4]));
            return new Stream(
                    field[0],
                    field[1],
                    field[2].equals(RULE) ? 0 : Integer.parseInt(field[2].substring(2)),
                    field[3],
                    unit,
                    HexFormat.of().parseHex(field[5].equals(NOTHING) ? "" : field[5]));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** The committed streams. */
    static List<Stream> load() {
        Map<String, CdfTables> tables = new LinkedHashMap<>();
        for (String line : lines(TABLES)) {
            String[] field = line.split(" ", -1);
            tables.put(field[0], CdfTables.of(ints(field[2]), ints(field[1])));
        }
        return lines(STREAMS).stream().map(line -> Stream.parse(line, tables)).toList();
    }

    private static List<String> lines(String name) {
        InputStream in = GoldenStreams.class.getResourceAsStream("/streams/" + name);
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(Objects.requireNonNull(in, name), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Ints with commas between, a run of equal ones as {@code value*count}. */
    private static String runs(int[] values) {
        if (values.length == 0) {
            return NOTHING;
        }
        StringBuilder text = new StringBuilder();
        for (int from = 0; from < values.length; ) {
            int to = from + 1;
            while (to < values.length && values[to] == values[from]) {
                to++;
            }
            text.append(from == 0 ? "" : ",").append(values[from]);
            if (to - from > 1) {
                text.append('*').append(to - from);
            }
            from = to;
        }
        return text.toString();
    }

    private static int[] ints(String runs) {
        if (runs.equals(NOTHING)) {
            return new int[0];
        }
        return Arrays.stream(runs.split(","))
                .flatMapToInt(run -> {
                    String[] part = run.split("\\*", -1);
                    int value = Integer.parseInt(part[0]);
                    return IntStream.generate(() -> value).limit(part.length == 1 ? 1 : Integer.parseInt(part[1]));
                })
                .toArray();
    }

    /** The table of each element of some sections. */
    private static int[] tableOf(String sections) {
        return Arrays.stream(sections.split(";", -1))
                .flatMapToInt(section -> {
                    int colon = section.indexOf(':');
                    int[] cycle = ints(section.substring(colon + 1));
                    return IntStream.range(0, Integer.parseInt(section.substring(0, colon)))
                            .map(i -> cycle[i % cycle.length]);
                })
                .toArray();
    }

    // ---- making

    /**
     * Adds the cases below that the files do not have.
     *
     * @param args the folder with the files
     */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Maker maker = new Maker();
        maker.makeAll();
        append(folder.resolve(TABLES), maker.tableLines());
        append(folder.resolve(STREAMS), maker.streams.stream().map(Stream::line).toList());
    }

    private static void append(Path file, List<String> lines) throws IOException {
        List<String> old = Files.exists(file) ? Files.readAllLines(file) : List.of();
        List<String> names = old.stream().map(GoldenStreams::nameOf).toList();
        List<String> added =
                lines.stream().filter(line -> !names.contains(nameOf(line))).toList();
        Files.write(file, added, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static String nameOf(String line) {
        return line.substring(0, line.indexOf(' '));
    }

    private static final class Maker {
        private final Map<String, CdfTables> tables = new LinkedHashMap<>();
        private final List<Stream> streams = new ArrayList<>();
        private final SplittableRandom random = new SplittableRandom(2020);

        List<String> tableLines() {
            return tables.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + runs(entry.getValue().cdfOffset()) + " "
                            + runs(entry.getValue().cdf()))
                    .toList();
        }

        private CdfTables table(String name, int precision, boolean overflow, int[]... frequencies) {
            return tables.computeIfAbsent(name, key -> TableSet.tables(precision, overflow, List.of(frequencies)));
        }

        private void add(String name, String tablesName, int logLanes, String sections, CodingUnit unit) {
            LaneRule rule = logLanes == 0 ? LaneRule.OF_THE_FORMAT : LaneRule.always(logLanes);
            byte[] string = new ReferenceRans(unit.tables(), rule).encode(unit.tableOf(), unit.symbols());
            streams.add(new Stream(name, tablesName, logLanes, sections, unit, string));
        }

        /** A unit of the lane rule, its symbols drawn. */
        private void add(String name, String tablesName, String sections) {
            add(name, tablesName, 0, sections, unit(tablesName, sections, Source.DRAWN, Escapes.NONE));
        }

        /** A unit of n elements that take all tables in turn. */
        private void add(String tablesName, int n, Source source, Escapes escapes) {
            String sections = n + ":" + allOf(tablesName);
            String name = tablesName + "-" + n + "-" + source.name().toLowerCase(Locale.ROOT)
                    + (escapes == Escapes.NONE ? "" : "-" + escapes.name().toLowerCase(Locale.ROOT));
            add(name, tablesName, 0, sections, unit(tablesName, sections, source, escapes));
        }

        private CodingUnit unit(String tablesName, String sections, Source source, Escapes escapes) {
            return CodingUnit.of(named(tablesName), tableOf(sections), source, escapes, random);
        }

        private CdfTables named(String tablesName) {
            return Objects.requireNonNull(tables.get(tablesName));
        }

        private String allOf(String tablesName) {
            return runs(IntStream.range(0, named(tablesName).count()).toArray());
        }

        void makeAll() {
            table("certain-p12", 12, false, new int[] {4096});
            table("rare-p12", 12, false, new int[] {4095, 1}, new int[] {1, 4095});
            table("coin-p1", 1, false, new int[] {1, 1});
            table("coin-p16", 16, false, new int[] {1 << 15, 1 << 15});
            table("ones-p6", 6, false, IntStream.generate(() -> 1).limit(64).toArray());
            table("normals-p12", 12, true, normals(12));
            table("normals-p16", 16, true, normals(16));
            table("bimodal-p8", 8, true, new int[] {90, 20, 3, 1, 2, 30, 100, 10}, new int[] {5, 1, 120, 1, 120, 9});
            table("escape-alone-p12", 12, true, new int[] {4096});
            table("mixed-p12", 12, true, new int[] {4096}, TableSet.normal(12, 1.5));
            table("steps-p12", 12, false, new int[] {4096}, TableSet.normal(12, 8));
            table("skewed-p12", 12, false, TableSet.scaled(12, skewed()));
            makeShortUnits();
            makeEscapes();
            makeUnitsOfOneLane();
            makeUnitsOfTheRule();
            makeUnitsOfOtherLanes();
        }

        private static int[][] normals(int precision) {
            return IntStream.range(0, 8)
                    .mapToObj(i -> TableSet.normal(precision, 0.2 + 0.3 * i * i))
                    .toArray(int[][]::new);
        }

        private static double[] skewed() {
            double[] mass = new double[200];
            Arrays.fill(mass, 1);
            mass[100] = 163;
            return mass;
        }

        private void makeShortUnits() {
            add("certain-p12", 0, Source.DRAWN, Escapes.NONE);
            add("certain-p12", 1, Source.DRAWN, Escapes.NONE);
            add("certain-p12", 255, Source.DRAWN, Escapes.NONE);
            for (int n : new int[] {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13, 64, 255}) {
                add("normals-p12", n, Source.DRAWN, Escapes.NONE);
            }
            for (int n : new int[] {1, 4, 100}) {
                add("normals-p16", n, Source.DRAWN, Escapes.NONE);
                add("bimodal-p8", n, Source.DRAWN, Escapes.NONE);
                add("ones-p6", n, Source.UNIFORM, Escapes.NONE);
                add("rare-p12", n, Source.LIKELIEST, Escapes.NONE);
                add("rare-p12", n, Source.UNIFORM, Escapes.NONE);
                add("coin-p1", n, Source.UNIFORM, Escapes.NONE);
                add("coin-p16", n, Source.UNIFORM, Escapes.NONE);
            }
            for (int n : new int[] {6, 7, 8, 9, 10, 11}) {
                add("normals-p16", n, Source.UNIFORM, Escapes.NONE);
            }
            add("skewed-p12", 30, Source.LIKELIEST, Escapes.NONE);
        }

        private void makeEscapes() {
            long[] gammas = {1, 2, 3, (1 << 15) - 1, 1 << 15, (1 << 16) - 1, 1 << 16, Integer.MAX_VALUE};
            int first = named("escape-alone-p12").offset(0);
            int[] symbols = Arrays.stream(gammas)
                    .flatMap(g -> LongStream.of(OverflowCode.value(g, true, 0), OverflowCode.value(g, false, 0)))
                    .map(value -> Math.max(value + first, Integer.MIN_VALUE))
                    .mapToInt(Math::toIntExact)
                    .toArray();
            for (int symbol : symbols) {
                addSymbols("escape-of-" + symbol, "escape-alone-p12", "1:0", symbol);
            }
            addSymbols("escapes", "escape-alone-p12", symbols.length + ":0", symbols);
            // Tables 1 and 2 of a set start at the ends of the ints.
            addSymbols("escapes-across-the-ints", "normals-p12", "2:1,2", Integer.MIN_VALUE, Integer.MAX_VALUE);
            add("normals-p12", 40, Source.DRAWN, Escapes.ALL);
            add("bimodal-p8", 200, Source.DRAWN, Escapes.FEW);
        }

        private void addSymbols(String name, String tablesName, String sections, int... symbols) {
            add(name, tablesName, 0, sections, new CodingUnit(named(tablesName), tableOf(sections), symbols));
        }

        private void makeUnitsOfOneLane() {
            add("certain-p12", 256, Source.DRAWN, Escapes.NONE);
            add("certain-p12", 1_000_000, Source.DRAWN, Escapes.NONE);
            add("rare-p12", 3000, Source.LIKELIEST, Escapes.NONE);
            add("rare-p12", 5000, Source.DRAWN, Escapes.NONE);
            add("coin-p1", 300, Source.UNIFORM, Escapes.NONE);
            add("coin-p16", 257, Source.UNIFORM, Escapes.NONE);
            add("mixed-p12", 400, Source.DRAWN, Escapes.FEW);
        }

        private void makeUnitsOfTheRule() {
            for (int n : new int[] {800, 801, 3000}) {
                add("normals-p12", n, Source.DRAWN, Escapes.NONE);
            }
            add("normals-p16", 900, Source.DRAWN, Escapes.FEW);
            add("bimodal-p8", 1100, Source.DRAWN, Escapes.FEW);
            add("coin-p1", 2000, Source.UNIFORM, Escapes.NONE);
            add("coin-p16", 9000, Source.UNIFORM, Escapes.NONE);
            for (int n : new int[] {1500, 3500, 6800}) {
                add("ones-p6", n, Source.UNIFORM, Escapes.NONE);
            }
            // The tail holds less than expected.
            add("skewed-p12", 2500, Source.LIKELIEST, Escapes.NONE);
            add("tail-in-front-of-8-lanes", "steps-p12", "400:1;600:0");
            add("tail-in-front-of-16-lanes", "steps-p12", "2000:1;2100:0");
            add("tail-in-back-of-16-lanes", "steps-p12", "2100:0;2000:1");
            add("tail-in-front-of-many-rows", "steps-p12", "1500:0;1500:1;4500:0");
            // The largest tail that fits a unit of 1.3 times a power of two is 0.38 of it.
            add("no-room-for-lanes", "steps-p12", "4154:0;2343:1;4153:0");
            // And a little outside: enough for the tail of 8 lanes, too little for that of 16.
            add("fewer-lanes", "steps-p12", "4154:1,0*50;2343:1;4153:1,0*50");
        }

        /** Lane counts by command, some of which the rule does not choose: decoders read them all the same. */
        private void makeUnitsOfOtherLanes() {
            for (int k = 1; k <= ReferenceRans.MAX_LOG_LANES; k++) {
                // Elements of 5 bits, with a fifth more of them than a tail needs.
                double needed = LaneRule.OF_THE_FORMAT.leastTailCost(k) / 65536.0 / 5 * 1.2;
                int tail = 1 << k;
                while (tail < Math.max(128, needed)) {
                    tail *= 2;
                }
                String tails = "-of-" + (1 << k) + "-lanes-by-command";
                String front = tail + 5 + ":1;" + tail + ":0";
                String back = tail + ":0;" + (tail + 5) + ":1";
                add(
                        "tail-in-front" + tails,
                        "steps-p12",
                        k,
                        front,
                        unit("steps-p12", front, Source.DRAWN, Escapes.NONE));
                add("tail-in-back" + tails, "steps-p12", k, back, unit("steps-p12", back, Source.DRAWN, Escapes.NONE));
            }
        }
    }
}
