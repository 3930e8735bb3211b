package io.github.uniquant.internal.kernel;

import java.util.List;

/** Exercises of all methods of {@link DitherKernels}. Owns the data; for one thread. */
final class DitherExercises {
    private static final int LEVELS = 15;
    private static final int MAX_TAIL = 40; // more than two vectors

    private final int[] levels = new int[KernelExercise.LONG];

    private DitherExercises() {}

    static List<KernelExercise> all() {
        DitherExercises data = new DitherExercises();
        return List.of(new KernelExercise("remainders", data::remainders), new KernelExercise("shares", data::shares));
    }

    /** All elements in the turn that is timed; any number of them in others, so that tails come in all lengths. */
    private static int count(int turn, int most) {
        return turn == 0 ? most : most - turn % MAX_TAIL;
    }

    private void remainders(KernelSet kernels, int turn, int most) {
        kernels.dither().remainders(turn, 1, 2, 3, turn % 5, count(turn, most), LEVELS, levels, 0);
    }

    private void shares(KernelSet kernels, int turn, int most) {
        kernels.dither().shares(turn, 1, 2, 3, turn % 5, count(turn, most), LEVELS, levels, 0);
    }
}
