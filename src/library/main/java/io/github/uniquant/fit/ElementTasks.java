package io.github.uniquant.fit;

import io.github.uniquant.internal.task.Tasks;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Deals prior elements out to a few threads, each the next one as soon as it is done with one. */
final class ElementTasks {
    /** All elements on the calling thread. */
    static final ElementTasks HERE = new ElementTasks(Tasks.HERE);

    private final Tasks tasks;

    private ElementTasks(Tasks tasks) {
        this.tasks = tasks;
    }

    ElementTasks(Executor executor, int parallelism) {
        this(new Tasks(executor, parallelism));
    }

    /** Calls the task with 0 .. elements - 1, and waits for all calls. After a failure no further call is begun. */
    void run(int elements, IntConsumer task) {
        AtomicInteger next = new AtomicInteger();
        tasks.run(tasks.parts(elements), part -> {
            try {
                for (int element = next.getAndIncrement(); element < elements; element = next.getAndIncrement()) {
                    task.accept(element);
                }
            } catch (RuntimeException | Error e) {
                next.set(elements);
                throw e;
            }
        });
    }
}
