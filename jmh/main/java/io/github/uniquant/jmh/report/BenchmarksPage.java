package io.github.uniquant.jmh.report;

import io.github.uniquant.jmh.Machine;
import io.github.uniquant.jmh.report.Results.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Writes {@code docs/benchmarks.md}: every result that was taken, those that lose included. */
final class BenchmarksPage {
    private static final String MISSING = "-";
    private static final List<String> STATIC_CODERS =
            List.of("uniquant-vector", "uniquant-scalar", "htscodecs", "zstd-jni-1", "htsjdk-nx16");
    private static final List<String> SOURCES = List.of("drawn", "quiet", "pca");
    private static final List<String> PATHS = List.of("vector", "scalar");
    private static final List<String> FORMATS = List.of("rans", "tfc-range");
    private static final List<String> WORKLOADS = List.of("latents", "embeddings", "gradient");

    private static final String FRAME = """
            # Benchmarks

            This page is written by a program from JMH's results; the last section tells how to run both. Every figure is \
            for one thread. M is a million elements a second; ± is half of the 99.9 % confidence interval. Every \
            benchmark checks its answer before it is timed, and nothing that ships is switched off for it.

            - **One table** (`StaticCoderBenchmark`): 16 MiB of byte symbols, a rounded normal variable of 4.0 bits. Every \
            coder counts its histogram and makes its tables within the time. htscodecs is the C library, called through \
            `java.lang.foreign` on memory outside the heap.
            - **Many tables** (`ManyTablesBenchmark`): symbols to bytes and back, with the 2880 tables of 192 channels (a \
            normal prior, scales 0.11 to 64) at 15 noise levels, precision 12, in units of 49,152. *drawn*: from the \
            prior, escapes as they fall; *quiet*: each element the likeliest of its table; *pca*: drawn, the last half of \
            each unit certain.
            - **Whole model** (`ModelBenchmark`): floats to strings and back, 15 noise levels, precision 12. *latents*: \
            (8, 16, 16, 192), normal, scales 0.11 to 64, 8 units; *embeddings*: (2000, 768), normal, scales about 2, 2000 \
            units; *gradient*: 1,000,000 values of one Laplace prior of scale 1.5, one unit. The strings are new objects; the \
            floats go to a tensor that is there, or to a new one, which takes its memory too. The format `rans` is this \
            library's, `tfc-range` TensorFlow Compression's.
            - **Latency** (`LatencyBenchmark`): one embedding of 768 floats a call, cycling over 4,096 of them; with \
            foreign traffic, 8 MiB of other memory are written before each call.
            """;

    private static final String HOW_TO = """
            ## How to run

            With JDK 25; for the rows of htscodecs, install Debian's `libhtscodecs2`.

            ```
            mvn -q -B -pl jmh -am package -DskipTests
            java -jar jmh/target/benchmarks.jar -prof gc -rf json -rff results.json
            java --enable-native-access=ALL-UNNAMED -cp jmh/target/benchmarks.jar io.github.uniquant.jmh.report.Report results.json docs
            ```

            The report describes the machine that it first runs on beside the results, in `results.machine.json`: run it \
            where the results come from. Several results, one from each machine, may be given before the folder. `-p \
            coder=uniquant-vector,htscodecs` or `-p path=vector` runs a part, `-f 3` takes three JVMs for each row, and \
            `-jvmArgsPrepend -Duniquant.kernels=256` narrows the vectors. With `-jvmArgsPrepend "-XX:UseAVX=2 \
            -Duniquant.htscodecs=avx2"`, and the second also given to the report, neither side uses more than AVX2.
            """;

    private final StringBuilder text = new StringBuilder(FRAME);

    /** Adds the results of one machine. */
    void add(Machine machine, Results results, String chart) {
        text.append("\n## ")
                .append(machine.cpu())
                .append(", ")
                .append(machine.date())
                .append("\n\n");
        text.append("![Rates of all coders](").append(chart).append(")\n\n");
        machine(machine, results);
        oneTable(results);
        manyTables(results);
        wholeModel(results);
        latency(results);
        losses(results);
    }

    /** The page. */
    String text() {
        return text + (text.length() == FRAME.length() ? "\nNo results are published yet.\n" : "") + "\n" + HOW_TO;
    }

    private void machine(Machine machine, Results results) {
        Table table = new Table(2, "machine", "")
                .row("CPU", machine.cpu() + ", " + machine.family())
                .row("flags", String.join(" ", machine.flags()))
                .row("processors", Integer.toString(machine.processors()))
                .row("system", machine.os())
                .row("JDK", String.join(", ", distinct(results, Result::jdk)))
                .row("htscodecs", machine.htscodecs())
                .row("results taken", machine.date());
        distinct(results, Result::settings).forEach(settings -> table.row("settings", settings));
        text.append(table);
    }

    private static List<String> distinct(Results results, Function<Result, String> property) {
        return results.all().stream().map(property).distinct().toList();
    }

    private void heading(String title) {
        text.append("\n### ").append(title).append("\n\n");
    }

    // ---- the benchmarks

    private void oneTable(Results results) {
        if (results.of("StaticCoderBenchmark").isEmpty()) {
            return;
        }
        heading("One table, 16 MiB");
        Table table = new Table(
                1, "coder", "encode, M", "decode, M", "bits/element", "of htscodecs' encode", "of its decode");
        for (String coder : STATIC_CODERS) {
            var encode = results.find("StaticCoderBenchmark", "encode", "coder", coder);
            var decode = results.find("StaticCoderBenchmark", "decode", "coder", coder);
            if (encode.isEmpty() && decode.isEmpty()) {
                continue;
            }
            table.row(
                    coder,
                    encode.map(BenchmarksPage::rate).orElse(MISSING),
                    decode.map(BenchmarksPage::rate).orElse(MISSING),
                    encode.map(r -> format("%.4f", r.bitsPerElement())).orElse(MISSING),
                    ratio(encode.map(Result::rate).orElse(Double.NaN), bar(results, "encode")),
                    ratio(decode.map(Result::rate).orElse(Double.NaN), bar(results, "decode")));
        }
        text.append(table);
    }

    private void manyTables(Results results) {
        if (results.of("ManyTablesBenchmark").isEmpty()) {
            return;
        }
        heading("Many tables, 2880");
        Table table = new Table(
                2,
                "source",
                "path",
                "encode, M",
                "decode, M",
                "bits/element",
                "of htscodecs' encode with one table",
                "of its decode");
        for (String source : SOURCES) {
            for (String path : PATHS) {
                var encode = results.find("ManyTablesBenchmark", "encode", "source", source, "path", path);
                var decode = results.find("ManyTablesBenchmark", "decode", "source", source, "path", path);
                if (encode.isEmpty() && decode.isEmpty()) {
                    continue;
                }
                table.row(
                        source,
                        path,
                        encode.map(BenchmarksPage::rate).orElse(MISSING),
                        decode.map(BenchmarksPage::rate).orElse(MISSING),
                        encode.map(r -> format("%.4f", r.bitsPerElement())).orElse(MISSING),
                        ratio(encode.map(Result::rate).orElse(Double.NaN), bar(results, "encode")),
                        ratio(decode.map(Result::rate).orElse(Double.NaN), bar(results, "decode")));
            }
        }
        text.append(table);
    }

    private void wholeModel(Results results) {
        if (results.of("ModelBenchmark").isEmpty()) {
            return;
        }
        heading("Whole model, floats to strings / strings to floats");
        List<String> header = new ArrayList<>(List.of("coder"));
        WORKLOADS.forEach(workload -> header.add(workload + ", M"));
        Table table = new Table(1, header.toArray(String[]::new));
        for (String format : FORMATS) {
            for (String path : PATHS) {
                if (!measured(results, format, path).isEmpty()) {
                    table.row(modelRow(results, format, path, false));
                    table.row(modelRow(results, format, path, true));
                    table.row(newTensorRow(results, format, path));
                }
            }
        }
        for (String format : FORMATS) {
            List<String> sizes = new ArrayList<>(List.of("Uniquant, " + format + ": bits/element"));
            WORKLOADS.forEach(workload ->
                    sizes.add(results.find("ModelBenchmark", "compress", "workload", workload, "format", format)
                            .map(r -> format("%.4f", r.bitsPerElement()))
                            .orElse(MISSING)));
            table.row(sizes);
        }
        for (PeerFigures peer : PeerFigures.ALL) {
            table.row(peer.coder() + " \\*", peer.latents(), peer.embeddings(), peer.gradient());
        }
        text.append(table)
                .append("\n\\* Not measured here: ")
                .append(PeerFigures.MACHINE)
                .append(".\n");
    }

    private static List<String> modelRow(Results results, String format, String path, boolean ratios) {
        List<String> row = new ArrayList<>();
        row.add("Uniquant, " + format + ", " + path + (ratios ? ": of htscodecs with one table" : ""));
        for (String workload : WORKLOADS) {
            double compress = modelRate(results, "compress", workload, format, path);
            double decompress = modelRate(results, "decompress", workload, format, path);
            row.add(
                    ratios
                            ? ratio(compress, bar(results, "encode")) + " / "
                                    + ratio(decompress, bar(results, "decode"))
                            : number(compress) + " / " + number(decompress));
        }
        return row;
    }

    private static List<String> newTensorRow(Results results, String format, String path) {
        List<String> row = new ArrayList<>();
        row.add("Uniquant, " + format + ", " + path + ": to a new tensor");
        for (String workload : WORKLOADS) {
            row.add(number(modelRate(results, "decompressNew", workload, format, path)));
        }
        return row;
    }

    private static List<Result> measured(Results results, String format, String path) {
        return results.of("ModelBenchmark").stream()
                .filter(r -> r.has("format", format) && r.has("path", path))
                .toList();
    }

    private static double modelRate(Results results, String method, String workload, String format, String path) {
        return results.rate("ModelBenchmark", method, "workload", workload, "format", format, "path", path);
    }

    private void latency(Results results) {
        if (results.of("LatencyBenchmark").isEmpty()) {
            return;
        }
        heading("One vector of 768 floats, microseconds a call");
        Table table = new Table(
                2, "call", "foreign traffic", "median", "90 %", "99 %", "99.9 %", "mean", "bytes allocated a call");
        for (Result result : results.of("LatencyBenchmark")) {
            table.row(
                    result.method(),
                    result.params().getOrDefault("foreignMiB", MISSING) + " MiB",
                    number(result.percentile("50.0")),
                    number(result.percentile("90.0")),
                    number(result.percentile("99.0")),
                    number(result.percentile("99.9")),
                    number(result.score()),
                    result.allocated().isPresent()
                            ? format("%.1f", result.allocated().getAsDouble())
                            : MISSING);
        }
        text.append(table);
    }

    /** Every comparison in the tables of measured rates that this library's vector path does not win. */
    private void losses(Results results) {
        List<String> losses = new ArrayList<>();
        for (String method : List.of("encode", "decode")) {
            double ours = results.rate("StaticCoderBenchmark", method, "coder", "uniquant-vector");
            for (String coder : STATIC_CODERS) {
                double theirs = results.rate("StaticCoderBenchmark", method, "coder", coder);
                lossIf(theirs > ours, losses, "one table, " + method + ": " + coder, theirs, ours);
            }
            double drawn = results.rate("ManyTablesBenchmark", method, "source", "drawn", "path", "vector");
            for (String source : SOURCES) {
                double vector = results.rate("ManyTablesBenchmark", method, "source", source, "path", "vector");
                double scalar = results.rate("ManyTablesBenchmark", method, "source", source, "path", "scalar");
                String row = "many tables, " + method + ", " + source;
                lossIf(scalar > vector, losses, row + ": the scalar path", scalar, vector);
                lossIf(drawn > vector, losses, row + ": drawn symbols", drawn, vector);
            }
        }
        for (String method : List.of("compress", "decompress", "decompressNew")) {
            String job = method.equals("decompressNew") ? "decompress to a new tensor" : method;
            for (String workload : WORKLOADS) {
                double rans = modelRate(results, method, workload, "rans", "vector");
                double range = modelRate(results, method, workload, "tfc-range", "vector");
                String row = "whole model, " + job + ", " + workload;
                for (String format : FORMATS) {
                    double vector = modelRate(results, method, workload, format, "vector");
                    double scalar = modelRate(results, method, workload, format, "scalar");
                    lossIf(scalar > vector, losses, row + ", " + format + ": the scalar path", scalar, vector);
                }
                lossIf(range > rans, losses, row + ": the format tfc-range", range, rans);
            }
        }
        heading("Where the vector path loses");
        if (losses.isEmpty()) {
            text.append("In no row above.\n");
        }
        losses.forEach(loss -> text.append("- ").append(loss).append("\n"));
    }

    private static void lossIf(boolean lost, List<String> losses, String what, double theirs, double ours) {
        if (lost) {
            losses.add(what + " " + number(theirs) + " M, here " + number(ours) + " M");
        }
    }

    // ---- cells

    private static double bar(Results results, String method) {
        return results.rate("StaticCoderBenchmark", method, "coder", "htscodecs");
    }

    private static String rate(Result result) {
        String error = Double.isNaN(result.error()) ? "" : format(" ± %.0f %%", 100 * result.error());
        return number(result.rate()) + error;
    }

    private static String ratio(double value, double of) {
        return Double.isNaN(value / of) ? MISSING : format("%.2f", value / of);
    }

    /** Three digits. */
    private static String number(double value) {
        if (Double.isNaN(value)) {
            return MISSING;
        }
        return format(value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f", value);
    }

    private static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
