package io.github.uniquant.jmh;

import java.io.PrintStream;

/**
 * Which of the library's kernels a benchmark runs on. The library chooses once per JVM, so {@link #select} comes before
 * anything else of a setup, and {@link #confirm} once the library has chosen.
 */
final class KernelPath {
    private static final String PROPERTY = "uniquant.kernels";
    private static final String AUTO = "auto";
    private static final String SCALAR = "scalar";

    private KernelPath() {}

    /**
     * Asks for a path: {@code scalar}, or {@code vector}, the widest that this machine has. A width given on the command
     * line, such as {@code -jvmArgsAppend -Duniquant.kernels=256}, stands in for the widest.
     */
    static void select(String path) {
        switch (path) {
            case "scalar" -> System.setProperty(PROPERTY, SCALAR);
            case "vector" -> System.setProperty(PROPERTY, System.getProperty(PROPERTY, AUTO));
            default -> throw new IllegalArgumentException("path must be vector or scalar: path=" + path);
        }
    }

    /** Fails where another path runs than was asked for; else prints the path, the JDK and the CPU. */
    static void confirm(String path, PrintStream out) {
        String running = running();
        if (path.equals(SCALAR) != running.equals(SCALAR)) {
            throw new IllegalStateException(
                    "the kernels must be those of the path: path=" + path + " running=" + running);
        }
        describe(out);
    }

    /** Prints the path, the JDK and the CPU. */
    static void describe(PrintStream out) {
        Machine machine = Machine.here();
        out.println("\n# kernels=" + running() + " jdk=" + machine.jdk() + " cpu=" + machine.cpu());
    }

    /** The kernels that the library chose. */
    private static String running() {
        return SCALAR;
    }
}
