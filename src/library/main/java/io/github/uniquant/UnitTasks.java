package io.github.uniquant;

import io.github.uniquant.internal.task.Tasks;
import java.util.concurrent.Executor;

/** Runs the units of a batch in a few contiguous parts. */
final class UnitTasks {
    /** All units on the calling thread. */
    static final UnitTasks HERE = new UnitTasks(Tasks.HERE);

    private final Tasks tasks;

    private UnitTasks(Tasks tasks) {
        this.tasks = tasks;
    }

    UnitTasks(Executor executor, int parallelism) {
        this(new Tasks(executor, parallelism));
    }

    /** What one task does: units {@code first .. end - 1}, as part {@code part}. */
    interface Task {
        void run(int part, int first, int end);
    }

    /** How many parts so many units are cut into: none where there are none, for which nothing need be laid out. */
    int parts(int units) {
        return units == 0 ? 0 : tasks.parts(units);
    }

    /** Runs all parts as {@link Tasks#run} does. */
    void run(int units, Task task) {
        int parts = parts(units);
        tasks.run(parts, part -> task.run(part, first(units, part, parts), first(units, part + 1, parts)));
    }

    private static int first(int units, int part, int parts) {
        return (int) ((long) units * part / parts);
    }
}
