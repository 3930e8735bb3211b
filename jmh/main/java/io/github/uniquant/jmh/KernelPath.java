package io.github.uniquant.jmh;

import io.github.uniquant.internal.kernel.KernelProvider;

/**
 * Which of the library's kernels a benchmark runs on. The library chooses once per JVM, so {@link #select} comes before
 * anything else of a setup.
 */
final class KernelPath {
    private static final String SCALAR = "scalar";
    private static final String VECTOR = "vector";

    private KernelPath() {}

    /**
     * Forces a path: {@code scalar}, or {@code vector}, the widest that this machine has. A width given on the command
     * line, as by {@code -jvmArgsAppend -Duniquant.kernels=256}, stands in for the widest.
     */
    static void select(String path) {
        switch (path) {
            case SCALAR -> System.setProperty(KernelProvider.PROPERTY, SCALAR);
            case VECTOR ->
                System.setProperty(KernelProvider.PROPERTY, System.getProperty(KernelProvider.PROPERTY, VECTOR));
            default -> throw new IllegalArgumentException("path must be vector or scalar: path=" + path);
        }
    }

    /** Fails where another path runs than was selected; else says which kernels run, on what machine. */
    static void confirm(String path) {
        String running = KernelProvider.kernels().name();
        if (path.equals(SCALAR) != running.equals(SCALAR)) {
            throw new IllegalStateException(
                    "the kernels must be those of the path: path=" + path + " running=" + running);
        }
        describe();
    }

    /** Says which kernels run, on what machine. */
    static void describe() {
        Machine machine = Machine.here();
        System.out.printf(
                "%n# kernels: %s (%s); JDK: %s; CPU: %s%n",
                KernelProvider.kernels().name(), KernelProvider.reason(), machine.jdk(), machine.cpu());
    }
}
