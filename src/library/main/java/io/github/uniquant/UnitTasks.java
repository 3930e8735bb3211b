package io.github.uniquant;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Runs the units of a batch in a few contiguous parts, each a task of an executor. */
final class UnitTasks {
    /** All units on the calling thread. */
    static final UnitTasks HERE = new UnitTasks(Runnable::run, 1);

    private final Executor executor;
    private final int parallelism;

    UnitTasks(Executor executor, int parallelism) {
        if (parallelism < 1) {
            throw new IllegalArgumentException("parallelism must be at least 1: parallelism=" + parallelism);
        }
        this.executor = executor;
        this.parallelism = parallelism;
    }

    /** What one task does: units {@code first .. end - 1}, as part {@code part}. */
    interface Task {
        void run(int part, int first, int end);
    }

    /** How many parts so many units are cut into. */
    int parts(int units) {
        return Math.max(1, Math.min(parallelism, units));
    }

    /** Runs all parts and waits for them; what one throws is thrown here, that of the first part that did. */
    void run(int units, Task task) {
        int parts = parts(units);
        if (parts == 1) {
            task.run(0, 0, units);
            return;
        }
        CompletableFuture<?>[] running = new CompletableFuture<?>[parts];
        for (int p = 0; p < parts; p++) {
            int part = p;
            int first = (int) ((long) units * p / parts);
            int end = (int) ((long) units * (p + 1) / parts);
            running[p] = CompletableFuture.runAsync(() -> task.run(part, first, end), executor);
        }
        RuntimeException failure = null;
        for (CompletableFuture<?> future : running) {
            try {
                future.join();
            } catch (CompletionException e) {
                failure = failure != null
                        ? failure
                        : e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
