package io.github.uniquant.jmh;

import io.github.uniquant.internal.kernel.KernelProvider;

/**
 * Which of the library's kernels a benchmark runs on. The library chooses once per JVM, so {@link #select} comes before
 * anything else of a setup.
 */
public final class KernelPath {
    private static final String SCALAR = "scalar";
    private static final String VECTOR = "vector";
    private static final String AUTO = "auto";

    private KernelPath() {}

    /**
     * Forces a path: {@code scalar}, or {@code vector}, the widest that this machine has, from the first call on. A width
     * given on the command line, as by {@code -jvmArgsPrepend -Duniquant.kernels=256}, stands in for the widest. {@code auto}
     * forces none: scalar at first, and vectors when they are compiled, whatever other benchmarks do.
     */
    public static void select(String path) {
        switch (path) {
            case SCALAR -> System.setProperty(KernelProvider.PROPERTY, SCALAR);
            case VECTOR ->
                System.setProperty(KernelProvider.PROPERTY, System.getProperty(KernelProvider.PROPERTY, VECTOR));
            case AUTO -> {
                System.setProperty(KernelProvider.PROPERTY, AUTO);
                System.setProperty(KernelProvider.WARM_UP_PROPERTY, "background");
            }
            default -> throw new IllegalArgumentException("path must be vector, scalar or auto: path=" + path);
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
