package io.github.uniquant.jmh.report;

import io.github.uniquant.jmh.Machine;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The page {@code docs/cold-start.md}: what a process does about its first calls, and how they go on one machine. */
final class ColdStartPage {
    static final String PICTURE = "cold-start.png";

    private static final int FIRST_CALLS = 1000;
    private static final int AFTER_THE_SWITCH = 1000;
    private static final String MISSING = "-";

    private static final String TEXT = """
            # Cold start

            A vector operation that the JIT compiler has not compiled is a method call that allocates. Until then the \
            vector kernels are about a hundred times slower than their scalar twins, for more than a thousand calls; the \
            scalar ones are fast after a few dozen. All kernels give the same bits, so a process may use either at any \
            moment.

            **What the library does.** It starts on the scalar kernels. When they have worked on 90 million elements, \
            each counted where it is quantised and where it is coded (45 million elements encoded, half a second), or as much \
            on densities and gradients, where a value counts as four elements, one daemon \
            thread of low priority, `uniquant-warm-up`, runs the vector kernels on made-up data until each of them takes \
            at most three times its scalar twin's time, which uncompiled ones do not. Then it runs them all once more, rare \
            cases included, until none is slow again and none waits for the compiler. Then the process moves to the vector \
            kernels, between two calls of kernels: those of coding first, those of distributions and gradients, which \
            tables, estimates and fits take, some seconds later. Then the thread ends. If no further kernel gets there in 40 \
            rounds, half a minute or more, as in a VM that does not compile vectors, the process stays scalar. A process that \
            works little never has the thread.

            **What it costs.** The thread and the compiler take about seventeen seconds of processor time together, eleven \
            of them until coding moves. Meanwhile other code waits for the compiler, and a process with one processor shares that \
            one with both.

            | for | do this |
            | --- | --- |
            | full speed from the first request on | call `Uniquant.warmUp()` before the first one: it has the vector \
            kernels compiled, moves to them, and codes made-up units until the code around them is compiled too |
            | no thread | `-Duniquant.warmup=manual`: scalar until `Uniquant.warmUp()` is called. Or force a path, \
            below |
            | vectors from the first call, as a batch job of many seconds may want | `-Duniquant.warmup=none` |
            | vectors or an error | `-Duniquant.kernels=vector`, `256` or `512`: from the first call, without a thread; \
            `Uniquant.warmUp()` compiles them |
            | the scalar path for good | `-Duniquant.kernels=scalar`: no thread, nothing is compiled |

            `Uniquant.kernels()` tells what runs and why, and the logger `io.github.uniquant` has a line at level DEBUG \
            when it changes, at INFO where the module is there and the scalar kernels stay all the same, and at WARNING where \
            the vector kernels fail. In a VM that says that it does not compile vectors (`-Xint`, `-XX:TieredStopAtLevel` below 4, \
            `-XX:-EnableVectorSupport`), and below 256-bit integer vectors, the scalar kernels stay. The library asks the VM by \
            the module `jdk.management`; in a run-time image without it, times alone decide.

            ## Measured

            One unit of 64 x 64 values, compressed and decompressed in turn, in a new JVM whose classes were loaded by a \
            unit of one row. *vector* is `-Duniquant.kernels=vector`, *auto* the default. The paths took turns; every \
            figure is the median over the JVMs of a path, and the ratios are those of these medians to the scalar path's.

            """;

    private static final String HOW_TO = """

            ## How to run

            ```
            mvn -q -B -pl jmh -am package -DskipTests
            java --enable-native-access=ALL-UNNAMED -cp jmh/target/benchmarks.jar io.github.uniquant.jmh.report.ColdStart 20 docs
            ```

            It writes this page and its picture. `java -jar jmh/target/benchmarks.jar ColdStartBenchmark` has the same \
            calls one a JMH iteration.
            """;

    private final List<ColdStartRun> runs;
    private final Machine machine;

    ColdStartPage(List<ColdStartRun> runs, Machine machine) {
        this.runs = runs;
        this.machine = machine;
    }

    String text() {
        StringBuilder text = new StringBuilder(TEXT);
        text.append(String.format(
                Locale.ROOT,
                "%s (%s), %d processors, %s, %s, %s. %d JVMs of each path, one after the other; the machine's load average was"
                        + " %.1f in the median, and what is above 1 to 3 is other work, which makes everything slower.%n%n",
                machine.cpu(),
                machine.family(),
                machine.processors(),
                machine.os(),
                machine.jdk(),
                machine.date(),
                of(ColdStart.PATHS.getFirst()).size(),
                median(runs.stream().mapToDouble(ColdStartRun::load).toArray())));
        Table table = new Table(1, "", "scalar", "auto", "vector", "auto / scalar", "vector / scalar");
        row(table, "building the model, ms", run -> run.buildNanos() / 1e6);
        rows(table, "compress", ColdStartRun::compress);
        rows(table, "decompress", ColdStartRun::decompress);
        text.append(table);
        text.append(switches());
        text.append("\n![Call number against time](").append(PICTURE).append(")\n");
        return text.append(HOW_TO).toString();
    }

    private void rows(Table table, String what, Function<ColdStartRun, long[]> times) {
        row(table, what + ": call 1, ms", run -> times.apply(run)[0] / 1e6);
        row(
                table,
                what + ": calls 1 to 1000 together, ms",
                run -> Arrays.stream(times.apply(run), 0, FIRST_CALLS).sum() / 1e6);
        row(table, what + ": p99 of calls 2 to 5000, us", run -> quantile(after(times.apply(run)), 0.99) / 1e3);
        row(table, what + ": slowest of calls 2 to 5000, us", run -> quantile(after(times.apply(run)), 1) / 1e3);
        row(
                table,
                what + ": median of calls 4001 to 5000, us",
                run -> quantile(
                                Arrays.copyOfRange(times.apply(run), ColdStart.CALLS - FIRST_CALLS, ColdStart.CALLS),
                                0.5)
                        / 1e3);
    }

    private static long[] after(long[] times) {
        return Arrays.copyOfRange(times, 1, ColdStart.CALLS);
    }

    private List<ColdStartRun> of(String path) {
        return runs.stream().filter(run -> run.path().equals(path)).toList();
    }

    private void row(Table table, String what, ToDoubleFunction<ColdStartRun> figure) {
        double[] medians = ColdStart.PATHS.stream()
                .mapToDouble(
                        path -> median(of(path).stream().mapToDouble(figure).toArray()))
                .toArray();
        table.row(
                what,
                number(medians[0]),
                number(medians[1]),
                number(medians[2]),
                String.format(Locale.ROOT, "%.2f", medians[1] / medians[0]),
                String.format(Locale.ROOT, "%.2f", medians[2] / medians[0]));
    }

    /** How the processes that went on long enough moved to the vectors. */
    private String switches() {
        List<ColdStartRun> moved = of("auto").stream()
                .filter(run -> run.switchedAt() > AFTER_THE_SWITCH
                        && run.switchedAt() + AFTER_THE_SWITCH < run.compress().length)
                .toList();
        if (moved.isEmpty()) {
            return "\nNo process went on for long enough to move to vectors.\n";
        }
        Table table = new Table(
                1,
                "move to vectors, in " + moved.size() + " JVMs that went on",
                "1000 calls before",
                "1000 calls after",
                "the last 1000");
        around(table, "compress: median, us", moved, ColdStartRun::compress, 0.5);
        around(table, "compress: p99, us", moved, ColdStartRun::compress, 0.99);
        around(table, "compress: slowest, us", moved, ColdStartRun::compress, 1);
        around(table, "decompress: median, us", moved, ColdStartRun::decompress, 0.5);
        around(table, "decompress: p99, us", moved, ColdStartRun::decompress, 0.99);
        around(table, "decompress: slowest, us", moved, ColdStartRun::decompress, 1);
        return String.format(
                        Locale.ROOT,
                        "%nThey moved at call %.0f, %.1f s after the first.%n%n",
                        median(moved.stream()
                                .mapToDouble(ColdStartRun::switchedAt)
                                .toArray()),
                        median(moved.stream()
                                .mapToDouble(run -> run.switchedNanos() / 1e9)
                                .toArray()))
                + table;
    }

    private static void around(
            Table table, String what, List<ColdStartRun> runs, Function<ColdStartRun, long[]> times, double quantile) {
        table.row(
                what,
                at(runs, times, quantile, run -> run.switchedAt() - AFTER_THE_SWITCH),
                at(runs, times, quantile, ColdStartRun::switchedAt),
                at(runs, times, quantile, run -> run.compress().length - AFTER_THE_SWITCH));
    }

    private static String at(
            List<ColdStartRun> runs,
            Function<ColdStartRun, long[]> times,
            double quantile,
            ToDoubleFunction<ColdStartRun> first) {
        return number(median(runs.stream()
                        .mapToDouble(run -> {
                            int from = (int) first.applyAsDouble(run);
                            return quantile(
                                    Arrays.copyOfRange(times.apply(run), from, from + AFTER_THE_SWITCH), quantile);
                        })
                        .toArray())
                / 1e3);
    }

    /** The value below which this part of the values lies. */
    static long quantile(long[] values, double part) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.min(sorted.length - 1, (int) (sorted.length * part))];
    }

    /** The middle one, the upper of two; NaN of none. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return MISSING;
        }
        return String.format(Locale.ROOT, value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f", value);
    }
}
