package io.github.uniquant.internal.task;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the parts of a job on the calling thread and on tasks of an executor.
 *
 * <p>A call ends when no part runs any more, whatever happened: what the parts write belongs to the caller again. It ends with
 * any executor, for the calling thread runs the parts that no task has begun, also where the executor has no thread to spare,
 * being the caller's own, or drops tasks.
 */
public final class Tasks {
    /** All parts on the calling thread. */
    public static final Tasks HERE = new Tasks(Runnable::run, 1);

    private final Executor executor;
    private final int parallelism;

    /**
     * @param executor runs the parts but one
     * @param parallelism the most parts that run at a time, at least 1
     */
    public Tasks(Executor executor, int parallelism) {
        if (parallelism < 1) {
            throw new IllegalArgumentException("parallelism must be at least 1: parallelism=" + parallelism);
        }
        this.executor = executor;
        this.parallelism = parallelism;
    }

    /** How many parts to cut a job of so many units into, at least 1. */
    public int parts(int units) {
        return Math.max(1, Math.min(parallelism, units));
    }

    /**
     * Calls {@code part} with 0 .. parts - 1, each in a thread of its own if there are enough, and waits for all calls. What one
     * throws is thrown here, by the first part that did. Where the executor refuses a task, parts that were not begun before
     * are not run, and what it threw is thrown.
     */
    public void run(int parts, IntConsumer part) {
        if (parts == 1) {
            part.accept(0);
            return;
        }
        Part[] all = new Part[parts];
        for (int p = 0; p < parts; p++) {
            int number = p;
            all[p] = new Part(() -> part.accept(number));
        }
        Throwable failure = submit(all);
        for (Part each : all) {
            if (failure == null) {
                each.run();
            } else {
                each.withdraw();
            }
        }
        Throwable ofParts = null;
        for (Part each : all) {
            Throwable thrown = each.await();
            ofParts = ofParts != null ? ofParts : thrown;
        }
        rethrow(ofParts != null ? ofParts : failure);
    }

    /** Hands all parts but the first to the executor; returns what that threw. */
    private @Nullable Throwable submit(Part[] all) {
        try {
            for (int p = 1; p < all.length; p++) {
                executor.execute(all[p]);
            }
            return null;
        } catch (RuntimeException | Error e) { // not before the parts that are running have ended
            return e;
        }
    }

    private static void rethrow(@Nullable Throwable failure) {
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError("parts throw nothing that is checked", failure);
        }
    }

    /** A part that runs once, in the thread that comes first. */
    private static final class Part implements Runnable {
        private final AtomicReference<@Nullable Runnable> work;
        private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

        Part(Runnable work) {
            this.work = new AtomicReference<>(work);
        }

        @Override
        public void run() {
            Runnable mine = work.getAndSet(null);
            if (mine == null) {
                return;
            }
            try {
                mine.run();
                end.complete(null);
            } catch (Throwable e) { // whatever it is, the caller waits for the end
                end.completeExceptionally(e);
            }
        }

        /** Ends the part if it was not begun. */
        void withdraw() {
            if (work.getAndSet(null) != null) {
                end.complete(null);
            }
        }

        /** Waits for the end; returns what the part threw. */
        @Nullable
        Throwable await() {
            return end.handle((nothing, thrown) -> thrown).join();
        }
    }
}
