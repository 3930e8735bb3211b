package io.github.uniquant.jmh.report;

import io.github.uniquant.jmh.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures how a process starts, {@code ColdStart FORKS FOLDER}: as many JVMs for each path, in turns, and writes {@code
 * cold-start.md} with its picture to the folder.
 */
public final class ColdStart {
    static final List<String> PATHS = List.of("scalar", "auto", "vector");

    /** The calls that a process is judged by. */
    static final int CALLS = 5000;

    /** So many calls, in one of a few forks, show the rest of the way. */
    private static final int LONG_CALLS = 120_000;

    private static final int FORKS_FOR_A_LONG_ONE = 7;

    private ColdStart() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 2) {
            System.err.println("usage: ColdStart FORKS FOLDER");
            System.exit(1);
        }
        int forks = Integer.parseInt(arguments[0]);
        write(measure(forks), Machine.here(), Path.of(arguments[1]));
    }

    static void write(List<ColdStartRun> runs, Machine machine, Path folder) throws IOException {
        Files.writeString(folder.resolve("cold-start.md"), new ColdStartPage(runs, machine).text());
        ColdStartChart.write(runs, machine.cpu(), folder.resolve(ColdStartPage.PICTURE));
    }

    /** The paths take turns, so that what else the machine does in the meantime meets all of them. */
    private static List<ColdStartRun> measure(int forks) throws IOException, InterruptedException {
        List<ColdStartRun> runs = new ArrayList<>();
        Path file = Files.createTempFile("cold-start", ".bin");
        try {
            for (int i = 0; i < forks; i++) {
                for (String path : PATHS) {
                    runs.add(fork(path, i % FORKS_FOR_A_LONG_ONE == 0 ? LONG_CALLS : CALLS, file));
                }
                System.err.printf("fork %d of %d%n", i + 1, forks);
            }
        } finally {
            Files.delete(file);
        }
        return runs;
    }

    static ColdStartRun fork(String path, int calls, Path file) throws IOException, InterruptedException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-Xms1g",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                ColdStartRun.class.getName(),
                path,
                String.valueOf(calls),
                file.toString());
        int exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (exitCode != 0) {
            throw new IllegalStateException("a run must end well: path=" + path + " exitCode=" + exitCode);
        }
        return ColdStartRun.read(file);
    }
}
