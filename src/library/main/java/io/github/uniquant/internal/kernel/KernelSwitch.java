package io.github.uniquant.internal.kernel;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which kernels are in use: one set for good, or the scalar set until the vector set runs compiled, first the kernels of
 * coding, then those of distributions. All sets give the same bits, so the move from one to the other may fall between any
 * two calls of kernels. Thread-safe.
 */
final class KernelSwitch {
    /** The name of the thread that warms the vector kernels up. */
    static final String THREAD_NAME = "uniquant-warm-up";

    static final String WIDEST = "the widest vectors of this processor";
    static final String NO_VECTORS = "the processor has no 256-bit integer vectors";
    static final String FAILING = "the vector kernels do not work here: ";

    /** What is in use and why; {@code set} is null where what was asked for cannot run. */
    private record Choice(@Nullable KernelSet set, String reason) {}

    private volatile Choice choice;
    private final AtomicBoolean threadStarted = new AtomicBoolean();

    /** Work until the thread starts, in elements of coding; none will where it is 0. Threads may lose each other's updates: it is not exact. */
    private int workLeft;

    private final Object warmUp = new Object();
    private @Nullable Supplier<@Nullable KernelSet> vectors; // to move to; guarded by warmUp, as the next
    private boolean warm;

    private KernelSwitch(Choice choice, @Nullable Supplier<@Nullable KernelSet> vectors, int workLeft) {
        this.choice = choice;
        this.vectors = vectors;
        this.workLeft = workLeft;
    }

    /** One set for good. */
    static KernelSwitch fixed(KernelSet set, String reason) {
        return new KernelSwitch(new Choice(set, reason), null, 0);
    }

    /** No set: every use is an {@link IllegalStateException} with this reason. */
    static KernelSwitch refused(String reason) {
        return new KernelSwitch(new Choice(null, reason), null, 0);
    }

    /**
     * The scalar set until another is compiled.
     *
     * @param vectors loads the other; null from it where the processor lacks the vectors
     * @param work what kernels do before a thread compiles it; 0 to leave that to {@link #warmUp}
     */
    static KernelSwitch later(Supplier<@Nullable KernelSet> vectors, int work) {
        return new KernelSwitch(new Choice(KernelSet.SCALAR, "until the vector kernels are compiled"), vectors, work);
    }

    /** The set to use for the next call of a kernel, which does so much work. */
    KernelSet set(long work) {
        if (workLeft > 0) {
            count(work);
        }
        Choice current = choice;
        if (current.set == null) {
            throw new IllegalStateException(current.reason);
        }
        return current.set;
    }

    String reason() {
        return choice.reason;
    }

    /** Whether the scalar set is in use, and none to move to. */
    boolean isScalarForGood() {
        KernelSet current = choice.set;
        synchronized (warmUp) {
            return current != null && current.isScalar() && vectors == null;
        }
    }

    @Override
    public String toString() {
        Choice current = choice;
        return (current.set == null ? "none" : current.set.name()) + " (" + current.reason + ")";
    }

    // ---- warm-up

    private void count(long work) {
        workLeft = (int) Math.max(0, workLeft - work);
        if (workLeft == 0 && threadStarted.compareAndSet(false, true)) {
            startThread();
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a wish: nothing depends on it
    private void startThread() {
        try {
            Thread.ofPlatform()
                    .name(THREAD_NAME)
                    .daemon()
                    .priority(Thread.MIN_PRIORITY)
                    .inheritInheritableThreadLocals(false)
                    .start(this::warmUp);
        } catch (OutOfMemoryError e) {
            stayScalar("no thread can be had to compile the vector kernels");
        }
    }

    /**
     * Runs the vector kernels until they are compiled, and moves to them. Waits where another thread is at it; returns at
     * once where it was done, or where there are none.
     */
    void warmUp() {
        synchronized (warmUp) {
            Supplier<@Nullable KernelSet> toLoad = vectors;
            KernelSet current = choice.set;
            if (toLoad != null) {
                vectors = null;
                workLeft = 0;
                compile(toLoad);
            } else if (!warm && current != null && !current.isScalar()) {
                exercise(current, KernelSet.codingExercises());
                exercise(current, KernelSet.distributionExercises());
            }
            warm = true;
        }
    }

    private void compile(Supplier<@Nullable KernelSet> toLoad) {
        long start = System.nanoTime();
        try {
            String obstacle = VmCompiler.obstacle();
            KernelSet vector = obstacle == null ? toLoad.get() : null;
            if (obstacle != null) {
                stayScalar("the VM does not compile vectors: " + obstacle);
            } else if (vector == null) {
                stayScalar(NO_VECTORS);
            } else {
                exerciseAll(vector, start);
            }
        } catch (RuntimeException | Error e) { // whatever it is, the scalar kernels go on
            choice = new Choice(KernelSet.SCALAR, FAILING + e);
            KernelProvider.LOGGER.log(System.Logger.Level.WARNING, "kernels: " + this, e);
        }
    }

    private void exerciseAll(KernelSet vector, long start) {
        List<String> slow = exercise(vector, KernelSet.codingExercises());
        if (!slow.isEmpty()) {
            stayScalar("the VM does not compile vectors, or takes too long to: " + slow);
            return;
        }
        KernelSet ofCoding = vector.ofCoding();
        choose(
                System.Logger.Level.DEBUG,
                new Choice(ofCoding, WIDEST + ", those of distributions when they are compiled"));
        slow = exercise(vector, KernelSet.distributionExercises());
        if (slow.isEmpty()) {
            long millis = (System.nanoTime() - start) / 1_000_000;
            choose(System.Logger.Level.DEBUG, new Choice(vector, WIDEST + ", compiled in " + millis + " ms"));
        } else {
            choose(
                    System.Logger.Level.INFO,
                    new Choice(ofCoding, WIDEST + ", but for distributions, which take too long to compile: " + slow));
        }
    }

    private static List<String> exercise(KernelSet vector, List<KernelExercise> exercises) {
        return KernelWarmUp.run(vector, exercises, KernelWarmUp.PATIENCE);
    }

    /** Tells those who switched the vector kernels on that they will not have them. */
    private void stayScalar(String reason) {
        choose(System.Logger.Level.INFO, new Choice(KernelSet.SCALAR, reason));
    }

    private void choose(System.Logger.Level level, Choice next) {
        choice = next;
        KernelProvider.LOGGER.log(level, () -> "kernels: " + this);
    }
}
