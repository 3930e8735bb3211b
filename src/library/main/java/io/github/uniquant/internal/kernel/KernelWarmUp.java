package io.github.uniquant.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs vector kernels on made-up data until their compiled code is in use. Before that, every vector operation is a call
 * that allocates, a hundred times slower than the scalar path; whether it is over shows in nothing but the time.
 *
 * <p>Once all kernels have been compiled, all are run and timed once more: the compiler may have left out a case of one that
 * came too early, and drops the code when the case comes; and where a scalar twin is not compiled either, a kernel passes that
 * still waits for the compiler. So the compiler is asked, too.
 */
final class KernelWarmUp {
    /**
     * Turns that all kernels run before any is run often, of so few elements that none of the vectors' own methods is compiled
     * for good after them; and the pause after each, in which they are compiled to count what they do.
     */
    private static final int FIRST_TURNS = 4;

    private static final int FIRST = 128;
    private static final long FIRST_PAUSE_NANOS = 50_000_000;

    /**
     * Rounds of short calls: beyond the 600 calls and 15,000 turns of a loop at which HotSpot compiles a method for good.
     * Not many more, for each is slow until then.
     */
    private static final int FULL_ROUNDS = 3;

    private static final int CALLS = 500;
    private static final int SHORT = 256;

    /**
     * Calls of later rounds, while the compiler works on what it has to do. They double as long as nothing comes of the
     * rounds, up to those of the first ones: a method whose counts began late may still lack calls.
     */
    private static final int FEW_CALLS = 20;

    /** In so many turns, all cases of an exercise come. */
    private static final int ALL_CASES = 64;

    /** The pause after a round; it doubles likewise, and leaves the processor to others. */
    private static final long LEAST_PAUSE_NANOS = 5_000_000;

    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    private static final int MOST_DOUBLINGS = 20; // both are at their longest long before

    /**
     * Compiled kernels need less than this many times their scalar twin's time; uncompiled ones a hundred times it. A vector of
     * few lanes may take longer than they do one by one, where each row waits for the one before.
     */
    private static final int COMPILED = 3;

    /** What a short time may be beside that, so that the clock's steps do not count; uncompiled kernels take longer by far. */
    private static final long SLACK_NANOS = 1000;

    private static final int TIMED_CALLS = 5;

    /**
     * Rounds to go on when no further kernel comes to be compiled: more than half a minute, and longer on a busy machine,
     * where rounds take as much longer as the compiler does. A VM may not compile vectors, and not say so. As many rounds
     * look at all kernels once more.
     */
    static final int PATIENCE = 40;

    private final KernelSet vector;
    private final List<KernelExercise> exercises;
    private final int patience;
    private final List<KernelExercise> left;

    private KernelWarmUp(KernelSet vector, List<KernelExercise> exercises, int patience) {
        this.vector = vector;
        this.exercises = exercises;
        this.left = new ArrayList<>(exercises);
        this.patience = patience;
    }

    /**
     * Returns once all kernels that the exercises call run compiled, with an empty list.
     *
     * @param patience rounds to go on while no further kernel comes to that: then the answer is the names of those left
     */
    static List<String> run(KernelSet vector, List<KernelExercise> exercises, int patience) {
        return new KernelWarmUp(vector, exercises, patience).run();
    }

    private List<String> run() {
        meet();
        int turn = 0;
        int inVain = 0;
        int looks = 0;
        for (int round = 0; inVain < patience && looks < patience; round++) {
            boolean last = left.isEmpty();
            int doublings = Math.min(last ? looks : inVain, MOST_DOUBLINGS);
            int calls = round < FULL_ROUNDS ? CALLS : Math.min(CALLS, (last ? ALL_CASES : FEW_CALLS) << doublings);
            for (KernelExercise exercise : last ? exercises : left) {
                exercise(exercise, turn, calls);
            }
            turn += calls;
            pause(Math.min(LONGEST_PAUSE_NANOS, LEAST_PAUSE_NANOS << doublings));
            if (!last) {
                inVain = left.removeIf(this::isCompiled) ? 0 : inVain + 1;
                continue;
            }
            looks++;
            exercises.stream().filter(exercise -> !isCompiled(exercise)).forEach(left::add);
            if (left.isEmpty() && !VmCompiler.hasKernels()) {
                break;
            }
        }
        return left.stream().map(KernelExercise::kernel).distinct().toList();
    }

    /**
     * Shows the compiler what all kernels ask of the methods that they share. Otherwise it compiles those for the first kernels,
     * drops the code for each operation that comes later, and counts that. A kernel adds up the counts of all methods that become
     * part of it; from {@code PerMethodTrapLimit} on, 100, the compiler keeps every branch that is never taken, and a vector that is
     * named in one, as in the message of a check, is allocated.
     */
    private void meet() {
        for (int turn = 0; turn < FIRST_TURNS; turn++) {
            for (KernelExercise exercise : exercises) {
                exercise.run(vector, turn, FIRST);
            }
            pause(FIRST_PAUSE_NANOS);
        }
    }

    private void exercise(KernelExercise exercise, int firstTurn, int calls) {
        for (int turn = firstTurn; turn < firstTurn + calls; turn++) {
            exercise.run(vector, turn, SHORT);
            exercise.run(KernelSet.SCALAR, turn, SHORT);
        }
    }

    /** Waits for all of the time, in an interrupted thread, too: without pauses the rounds end before the compiler does. */
    private static void pause(long nanos) {
        boolean interrupted = false;
        long end = System.nanoTime() + nanos;
        for (long rest = nanos; rest > 0; rest = end - System.nanoTime()) {
            LockSupport.parkNanos(rest);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isCompiled(KernelExercise exercise) {
        return least(exercise, vector) < COMPILED * least(exercise, KernelSet.SCALAR) + SLACK_NANOS;
    }

    private static long least(KernelExercise exercise, KernelSet kernels) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TIMED_CALLS; i++) {
            long start = System.nanoTime();
            exercise.run(kernels, 0, KernelExercise.LONG);
            least = Math.min(least, System.nanoTime() - start);
        }
        return least;
    }
}
