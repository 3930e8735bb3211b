package io.github.uniquant.jmh.report;

import io.github.uniquant.jmh.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes {@code benchmarks.md} and a chart for each run to a folder: {@code Report results.json ... docs}. Without results
 * it writes the page that says how to get some.
 */
public final class Report {
    private static final String EXTENSION = ".json";
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Report() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length == 0) {
            System.err.println("usage: Report [results.json ...] FOLDER");
            System.exit(1);
        }
        Path folder = Path.of(arguments[arguments.length - 1]);
        write(Arrays.stream(arguments, 0, arguments.length - 1).map(Path::of).toArray(Path[]::new), folder);
    }

    static void write(Path[] runs, Path folder) throws IOException {
        BenchmarksPage page = new BenchmarksPage();
        for (Path run : runs) {
            Machine machine = machine(run);
            Results results = Results.read(run);
            String chart = "benchmarks-" + name(run) + ".png";
            SpeedChart.write(results, machine.cpu(), folder.resolve(chart));
            page.add(machine, results, chart);
        }
        Files.writeString(folder.resolve("benchmarks.md"), page.text());
    }

    /** The machine described beside a run; this one, described there now, where there is no description yet. */
    private static Machine machine(Path run) throws IOException {
        Path description = run.resolveSibling(name(run) + ".machine" + EXTENSION);
        if (!Files.exists(description)) {
            Files.writeString(description, JSON.writeValueAsString(Machine.here()) + "\n");
        }
        return JSON.readValue(Files.readString(description), Machine.class);
    }

    private static String name(Path run) {
        String file = String.valueOf(run.getFileName());
        return file.endsWith(EXTENSION) ? file.substring(0, file.length() - EXTENSION.length()) : file;
    }
}
