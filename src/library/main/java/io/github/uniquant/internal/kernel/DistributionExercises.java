package io.github.uniquant.internal.kernel;

import io.github.uniquant.internal.kernel.PriorKernels.Family;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Exercises of what tables and estimates of location-scale priors take, and of noise levels. Mixtures, deep factorized
 * priors and gradients have none: a process that uses them waits for the compiler then. Owns the data; for one thread.
 */
final class DistributionExercises {
    private static final int ELEMENTS = 192;
    private static final int LEVELS = 15;
    private static final int MAX_TAIL = 40; // more than two vectors

    private final double[] x = new double[KernelExercise.LONG];
    private final double[] out = new double[KernelExercise.LONG];
    private final double[] loc = new double[ELEMENTS];
    private final double[] scale = new double[ELEMENTS];
    private final int[] levels = new int[KernelExercise.LONG];

    private DistributionExercises() {
        // From narrow boxes to wide ones, and from the middle to both tails: every branch of the formulas.
        Arrays.setAll(scale, j -> 0.1 + j * j * 0.002);
        Arrays.setAll(loc, j -> j % 7 - 3);
        Arrays.setAll(x, i -> i % 31 - 15 + i % 15 / 16.0);
    }

    static List<KernelExercise> all() {
        DistributionExercises data = new DistributionExercises();
        List<KernelExercise> all = new ArrayList<>();
        for (Family family : Family.values()) {
            for (Quantity quantity : List.of(Quantity.NOISY_PROB, Quantity.NOISY_LOG_PROB)) {
                all.add(new KernelExercise(
                        "locationScale", (kernels, turn, most) -> data.density(kernels, turn, most, quantity, family)));
            }
        }
        all.add(new KernelExercise("remainders", data::remainders));
        all.add(new KernelExercise("shares", data::shares));
        return all;
    }

    /** All elements in the turn that is timed; any number of them in others, so that tails come in all lengths. */
    private static int count(int turn, int most) {
        return turn == 0 ? most : most - turn % MAX_TAIL;
    }

    private void density(KernelSet kernels, int turn, int most, Quantity quantity, Family family) {
        // A row of a table in every other turn.
        int size = turn % 2 == 0 ? ELEMENTS : 1;
        int from = size == 1 ? turn % ELEMENTS : 0;
        kernels.priors()
                .locationScale(quantity, family, x, 0, loc, scale, from, size, turn % size, count(turn, most), out, 0);
    }

    private void remainders(KernelSet kernels, int turn, int most) {
        kernels.dither().remainders(turn, 1, 2, 3, turn % 5, count(turn, most), LEVELS, levels, 0);
    }

    private void shares(KernelSet kernels, int turn, int most) {
        kernels.dither().shares(turn, 1, 2, 3, turn % 5, count(turn, most), LEVELS, levels, 0);
    }
}
