package io.github.uniquant.internal.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TasksTest {
    private static final int PARTS = 5;

    private static final Executor DROPS_ALL = task -> {};

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void runsEachPartOnce(Executor executor) {
        AtomicIntegerArray runs = new AtomicIntegerArray(PARTS);
        new Tasks(executor, PARTS).run(PARTS, runs::incrementAndGet);
        for (int p = 0; p < PARTS; p++) {
            assertThat(runs.get(p)).as("runs of part %d", p).isEqualTo(1);
        }
    }

    @Test
    void eachPartRunsOnceWithAnyExecutor() throws Exception {
        runsEachPartOnce(Runnable::run);
        runsEachPartOnce(DROPS_ALL);
        runsEachPartOnce(ForkJoinPool.commonPool());
        runsEachPartOnce(task -> {
            task.run();
            task.run();
        });
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            runsEachPartOnce(one);
        }
    }

    @Test
    void aTaskMayRunPartsOnItsOwnExecutor() throws Exception {
        try (ExecutorService one = Executors.newSingleThreadExecutor()) {
            AtomicInteger sum = new AtomicInteger();
            Future<?> outer = one.submit(() -> new Tasks(one, PARTS).run(PARTS, part -> sum.addAndGet(part)));
            outer.get(10, TimeUnit.SECONDS);
            assertThat(sum).hasValue(0 + 1 + 2 + 3 + 4);
        }
    }

    @Test
    void allPartsRunAtATimeWhereThereAreThreads() {
        try (ExecutorService pool = Executors.newCachedThreadPool()) {
            CountDownLatch all = new CountDownLatch(PARTS);
            new Tasks(pool, PARTS).run(PARTS, part -> {
                all.countDown();
                await(all);
            });
            assertThat(all.getCount()).isZero();
        }
    }

    @Test
    void theFirstPartThatThrowsIsHeardAfterAllEnd() {
        try (ExecutorService pool = Executors.newCachedThreadPool()) {
            AtomicInteger ended = new AtomicInteger();
            CountDownLatch thrown = new CountDownLatch(2);
            assertThatThrownBy(() -> new Tasks(pool, PARTS).run(PARTS, part -> {
                        if (part == 2 || part == 3) {
                            thrown.countDown();
                            throw new IllegalArgumentException("part " + part);
                        }
                        await(thrown);
                        ended.incrementAndGet();
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("part 2");
            assertThat(ended).hasValue(PARTS - 2);
        }
    }

    @Test
    void anErrorOfAPartIsThrownAsItIs() {
        Error error = new OutOfMemoryError("of a part");
        for (int bad : new int[] {0, 3}) {
            assertThatThrownBy(() -> new Tasks(ForkJoinPool.commonPool(), PARTS).run(PARTS, part -> {
                        if (part == bad) {
                            throw error;
                        }
                    }))
                    .isSameAs(error);
        }
    }

    /** Nothing that is checked may be thrown, but a caller's code can, against its word. */
    @Test
    void aCheckedExceptionAgainstAllRulesEndsTheCall() {
        Exception checked = new Exception("against all rules");
        assertThatThrownBy(() -> new Tasks(DROPS_ALL, PARTS).run(PARTS, part -> throwAny(checked)))
                .isInstanceOf(AssertionError.class)
                .hasCause(checked);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> void throwAny(Exception e) throws E {
        throw (E) e;
    }

    /** As an executor does that cannot have a thread. */
    @Test
    void nothingRunsAfterTheCallWhereTheExecutorFails() {
        try (ExecutorService pool = Executors.newCachedThreadPool()) {
            CountDownLatch begun = new CountDownLatch(1);
            List<Integer> ended = new ArrayList<>(); // filled by one part
            Error error = new OutOfMemoryError("unable to create a thread");
            AtomicInteger asked = new AtomicInteger();
            Executor failing = task -> {
                if (asked.incrementAndGet() == 2) {
                    await(begun);
                    throw error;
                }
                pool.execute(task);
            };
            assertThatThrownBy(() -> new Tasks(failing, PARTS).run(PARTS, part -> {
                        begun.countDown();
                        pause();
                        ended.add(part);
                    }))
                    .isSameAs(error);
            assertThat(ended).as("parts that were begun before").containsExactly(1);
            assertThat(asked).hasValue(2);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aTaskThatComesLateDoesNothing() {
        List<Runnable> late = new ArrayList<>();
        AtomicInteger runs = new AtomicInteger();
        new Tasks(late::add, PARTS).run(PARTS, part -> runs.incrementAndGet());
        assertThat(late).hasSize(PARTS - 1);
        late.forEach(Runnable::run);
        assertThat(runs).hasValue(PARTS);
    }

    @Test
    void parallelismIsAtLeastOne() {
        assertThatThrownBy(() -> new Tasks(Runnable::run, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parallelism must be at least 1: parallelism=0");
        assertThat(new Tasks(Runnable::run, 3).parts(0)).isEqualTo(1);
        assertThat(new Tasks(Runnable::run, 3).parts(2)).isEqualTo(2);
        assertThat(new Tasks(Runnable::run, 3).parts(7)).isEqualTo(3);
    }
}
