package io.github.uniquant.fit;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Deals prior elements out to a few tasks of an executor, each the next one as soon as it is done with one. */
final class ElementTasks {
    /** All elements on the calling thread. */
    static final ElementTasks HERE = new ElementTasks(Runnable::run, 1);

    private final Executor executor;
    private final int parallelism;

    ElementTasks(Executor executor, int parallelism) {
        if (parallelism < 1) {
            throw new IllegalArgumentException("parallelism must be at least 1: parallelism=" + parallelism);
        }
        this.executor = executor;
        this.parallelism = parallelism;
    }

    /** Calls the task with 0 .. elements - 1, and waits for all calls. After a failure no further call is begun. */
    void run(int elements, IntConsumer task) {
        AtomicInteger next = new AtomicInteger();
        Runnable dealer = () -> {
            try {
                for (int element = next.getAndIncrement(); element < elements; element = next.getAndIncrement()) {
                    task.accept(element);
                }
            } catch (RuntimeException | Error e) {
                next.set(elements);
                throw e;
            }
        };
        if (parallelism == 1) {
            dealer.run();
            return;
        }
        CompletableFuture<?>[] running = new CompletableFuture<?>[Math.min(parallelism, Math.max(elements, 1))];
        for (int t = 0; t < running.length; t++) {
            try {
                running[t] = CompletableFuture.runAsync(dealer, executor);
            } catch (RejectedExecutionException e) {
                running[t] = CompletableFuture.failedFuture(e); // those before it are running
            }
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
