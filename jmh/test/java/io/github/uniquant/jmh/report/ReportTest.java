package io.github.uniquant.jmh.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    private Path folder;

    private static String result(String benchmark, String params, double elements, double bytes) {
        return """
                {"jmhVersion": "1.37", "benchmark": "io.github.uniquant.jmh.%s", "mode": "thrpt", "forks": 1,
                 "vmName": "VM", "vmVersion": "25", "jvmArgs": ["-Xmx2g"],
                 "warmupIterations": 1, "warmupTime": "1 s", "measurementIterations": 5, "measurementTime": "1 s",
                 "params": {%s},
                 "primaryMetric": {"score": 50.0, "scoreError": "NaN", "scorePercentiles": {"50.0": 50.0}},
                 "secondaryMetrics": {"elements": {"score": %s}, "bytes": {"score": %s}}}""".formatted(benchmark, params, elements, bytes);
    }

    private String page(String... results) throws IOException {
        Path run = folder.resolve("run.json");
        Files.writeString(run, "[" + String.join(",", results) + "]");
        Report.write(new Path[] {run}, folder);
        return Files.readString(folder.resolve("benchmarks.md"));
    }

    @Test
    void ratesSizesAndRatiosStandInTheTable() throws IOException {
        String page = page(
                result("StaticCoderBenchmark.encode", "\"coder\": \"uniquant-vector\"", 1500e6, 750e6),
                result("StaticCoderBenchmark.encode", "\"coder\": \"htscodecs\"", 1000e6, 500e6));
        assertThat(page).contains("| uniquant-vector | 1500 | - | 4.0000 | 1.50 | - |");
        assertThat(page).contains("In no row above.");
        assertThat(folder.resolve("benchmarks-run.png")).isNotEmptyFile();
        assertThat(folder.resolve("run.machine.json")).isNotEmptyFile();
    }

    @Test
    void losingRowsAreKeptAndNamed() throws IOException {
        String page = page(
                result("StaticCoderBenchmark.decode", "\"coder\": \"uniquant-vector\"", 900e6, 450e6),
                result("StaticCoderBenchmark.decode", "\"coder\": \"htscodecs\"", 2000e6, 1000e6));
        assertThat(page).contains("| uniquant-vector | - | 900 | - | - | 0.45 |");
        assertThat(page).contains("- one table, decode: htscodecs 2000 M, here 900 M");
    }

    @Test
    void losingRowsOfEveryFormatAreNamed() throws IOException {
        String vector = "\"workload\": \"embeddings\", \"format\": \"tfc-range\", \"path\": \"vector\"";
        String scalar = vector.replace("vector", "scalar");
        String page = page(
                result("ModelBenchmark.compress", vector, 83e6, 30e6),
                result("ModelBenchmark.compress", scalar, 86e6, 30e6),
                result("ModelBenchmark.decompressNew", vector, 30e6, 11e6),
                result("ModelBenchmark.decompressNew", scalar, 34e6, 13e6));
        assertThat(page)
                .contains("- whole model, compress, embeddings, tfc-range: the scalar path 86.0 M, here 83.0 M")
                .contains("- whole model, decompress to a new tensor, embeddings, tfc-range: the scalar path 34.0 M,"
                        + " here 30.0 M")
                .doesNotContain("In no row above.");
    }

    @Test
    void withoutResultsThePageSaysHowToGetSome() throws IOException {
        Report.write(new Path[0], folder);
        assertThat(Files.readString(folder.resolve("benchmarks.md")))
                .contains("No results are published yet.")
                .contains("java -jar jmh/target/benchmarks.jar");
    }

    @Test
    void thePublishedPageIsOneOfTheProgram() throws IOException {
        Report.write(new Path[0], folder);
        String empty = Files.readString(folder.resolve("benchmarks.md"));
        String place = "\nNo results are published yet.\n"; // of the results
        int at = empty.indexOf(place);
        assertThat(Files.readString(Path.of("../docs/benchmarks.md")))
                .startsWith(empty.substring(0, at))
                .endsWith(empty.substring(at + place.length()));
    }

    @Test
    void theMachineOfARunIsDescribedOnce() throws IOException {
        page(result("StaticCoderBenchmark.encode", "\"coder\": \"htscodecs\"", 1e9, 1e9));
        Path description = folder.resolve("run.machine.json");
        Files.writeString(
                description, Files.readString(description).replaceFirst("\"cpu\" : \".*\"", "\"cpu\" : \"Z80\""));
        assertThat(page(result("StaticCoderBenchmark.encode", "\"coder\": \"htscodecs\"", 1e9, 1e9)))
                .contains("## Z80");
    }
}
