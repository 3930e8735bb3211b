package io.github.uniquant.coder.free;

import io.github.uniquant.coder.free.FreeUnit.Family;
import io.github.uniquant.coder.free.FreeUnit.Source;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.table.free.TableFreeCdfs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** The committed table-free strings, and the program that made them with the textbook coder. It only adds. */
final class FreeGoldenStreams {
    private static final String NAME = "/streams/table-free.txt";
    private static final String NOTHING = "-";

    private FreeGoldenStreams() {}

    /** What a line holds before its symbols: a prior, and the number of noise levels, of the tfc dither. */
    record Model(Family family, int precision, double tailMass, double[] loc, double[] scale, int levels) {
        FreeUnit unit(int[] symbols) {
            int n = symbols.length;
            int[] level = new int[n];
            Dither.tfc().levels(0, 0, n, levels, level, 0);
            double[] offsets = new double[n];
            Arrays.setAll(offsets, i -> NoiseOffsets.offset(level[i], levels));
            return new FreeUnit(TableFreeCdfs.of(family.of(loc, scale), precision, tailMass), offsets, symbols);
        }
    }

    /** One string and what it decodes to. */
    record Stream(String name, Model model, int[] symbols, byte[] string) {
        FreeUnit unit() {
            return model.unit(symbols);
        }

        private String line() {
            return String.join(
                    " ",
                    name,
                    model.family.name(),
                    Integer.toString(model.precision),
                    Double.toString(model.tailMass),
                    text(model.loc),
                    text(model.scale),
                    Integer.toString(model.levels),
                    symbols.length == 0
                            ? NOTHING
                            : Arrays.stream(symbols).mapToObj(Integer::toString).collect(Collectors.joining(",")),
                    string.length == 0 ? NOTHING : HexFormat.of().formatHex(string));
        }

        private static String text(double[] values) {
            return Arrays.stream(values).mapToObj(Double::toString).collect(Collectors.joining(","));
        }

        private static double[] doubles(String text) {
            return Arrays.stream(text.split(",", -1))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
        }

        private static Stream parse(String line) {
            String[] field = line.split(" ", -1);
            Model model = new Model(
                    Family.valueOf(field[1]),
                    Integer.parseInt(field[2]),
                    Double.parseDouble(field[3]),
                    doubles(field[4]),
                    doubles(field[5]),
                    Integer.parseInt(field[6]));
            int[] symbols = field[7].equals(NOTHING)
                    ? new int[0]
                    : Arrays.stream(field[7].split(",", -1))
                            .mapToInt(Integer::parseInt)
                            .toArray();
            return new Stream(
                    field[0], model, symbols, HexFormat.of().parseHex(field[8].equals(NOTHING) ? "" : field[8]));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** The committed streams. */
    static List<Stream> load() {
        InputStream in = FreeGoldenStreams.class.getResourceAsStream(NAME);
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(Objects.requireNonNull(in, NAME), StandardCharsets.UTF_8))) {
            return reader.lines().map(Stream::parse).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static double[] spread(int count, double from, double to) {
        double[] values = new double[count];
        Arrays.setAll(values, i -> from * Math.pow(to / from, i / Math.max(1.0, count - 1)));
        return values;
    }

    private static Stream make(String name, Model model, int elements, Source source) {
        FreeUnit offsets = model.unit(new int[elements]);
        FreeUnit unit = FreeUnit.of(offsets.cdfs(), offsets.offsets(), source, new SplittableRandom(name.hashCode()));
        return new Stream(name, model, unit.symbols(), TextbookFreeCoder.encode(unit));
    }

    private static List<Stream> cases() {
        List<Stream> cases = new ArrayList<>();
        double[] zero = {0};
        double[] locs = {0, 0.5, -3.25, 1e9, 7};
        for (Family family : Family.values()) {
            String f = family.name().toLowerCase(Locale.ROOT);
            Model unitScale = new Model(family, 12, 0x1p-8, zero, new double[] {1}, 15);
            Model five = new Model(family, 12, 0x1p-8, locs, spread(5, 1e-8, 9), 1 << 24);
            Model wide = new Model(family, 12, 0x1p-8, locs, spread(5, 50, 5000), 7);
            cases.add(make(f + "-empty", unitScale, 0, Source.DRAWN));
            cases.add(make(f + "-one", unitScale, 1, Source.DRAWN));
            cases.add(make(f + "-short", five, 40, Source.DRAWN));
            cases.add(make(f + "-outliers", five, 60, Source.OUTLIERS));
            cases.add(make(f + "-outside", five, 9, Source.OUTSIDE));
            cases.add(make(f + "-likeliest", five, 30, Source.LIKELIEST));
            cases.add(make(f + "-one-lane", five, 260, Source.DRAWN));
            cases.add(make(f + "-coarse", wide, 33, Source.OUTLIERS));
            cases.add(make(f + "-coarse-lanes", wide, 512, Source.DRAWN));
            cases.add(make(f + "-lanes", unitScale, 1500, Source.DRAWN));
            for (int precision : new int[] {3, 8, 16}) {
                Model model = new Model(family, precision, 0.01, locs, spread(5, 0.1, 40), 15);
                cases.add(make(f + "-precision-" + precision, model, 100, Source.DRAWN));
            }
        }
        // Certain channels at the back: the tail goes in front.
        double[] fading = new double[700];
        Arrays.fill(fading, 1e-8);
        Arrays.fill(fading, 0, 400, 16);
        Model pca = new Model(Family.NORMAL, 12, 0x1p-8, new double[700], fading, 15);
        cases.add(make("normal-tail-in-front", pca, 700, Source.DRAWN));
        Model many = new Model(Family.LAPLACE, 12, 0x1p-8, zero, new double[] {20}, 15);
        cases.add(make("laplace-16-lanes", many, 1600, Source.DRAWN));
        Model certain = new Model(Family.LOGISTIC, 12, 0x1p-8, new double[] {0.2}, new double[] {1e-8}, 15);
        cases.add(make("logistic-certain", certain, 400, Source.DRAWN));
        cases.add(make("logistic-certain-short", certain, 200, Source.DRAWN));
        return cases;
    }

    /** Adds to the file named by the first argument the cases that it lacks. */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        List<String> lines = new ArrayList<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
        List<String> names =
                lines.stream().map(line -> line.substring(0, line.indexOf(' '))).toList();
        cases().stream()
                .filter(stream -> !names.contains(stream.name))
                .map(Stream::line)
                .forEach(lines::add);
        Files.write(file, lines);
    }
}
