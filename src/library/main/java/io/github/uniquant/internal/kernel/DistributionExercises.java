package io.github.uniquant.internal.kernel;

import io.github.uniquant.internal.kernel.PriorKernels.Family;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Exercises of all methods of {@link PriorKernels} and {@link GradientKernels}. Owns the data; for one thread. */
final class DistributionExercises {
    private static final int LONG = KernelExercise.LONG;
    private static final int ELEMENTS = 192;
    private static final int COMPONENTS = 2;
    private static final int[] WIDTHS = {1, 3, 3, 1};
    private static final int MAX_TAIL = 40; // more than two vectors

    /** Values of a call of deep factorized kernels, which take some dozen times as long as others for each. */
    private static final int FEW = 256;

    private static final double MASS = 0x1p-8;
    private static final double THRESHOLD = 1e-10;

    private final SplittableRandom random = new SplittableRandom(7);
    private final double[] x = new double[LONG];
    private final double[] out = new double[LONG];
    private final double[] loc = new double[COMPONENTS * ELEMENTS];
    private final double[] scale = new double[COMPONENTS * ELEMENTS];
    private final double[] weight = new double[COMPONENTS * ELEMENTS];
    private final double[] probs = new double[LONG];
    private final double[] tailLogs = new double[LONG];
    private final LogitNetwork network;

    private final double[] locOfValue = new double[LONG];
    private final double[] scaleOfValue = new double[LONG];
    private final GradientNetwork gradientNetwork;
    private final double[] weights = new double[LONG];
    private final double[] byY = new double[LONG];
    private final double[] byScale = new double[LONG];
    private final double[] sumByLoc = new double[LONG];
    private final double[] sumByScale = new double[LONG];
    private final double[][] terms = new double[COMPONENTS][LONG];
    private final double[][] weightRows = new double[COMPONENTS][LONG];
    private final double[] sumsOfTerms = new double[LONG];
    private final double[][] gradientRows = new double[COMPONENTS][LONG];
    private final double[][] sumRows = new double[COMPONENTS][LONG];
    private final double[][] sums = new double[3 * (WIDTHS.length - 1)][];
    private final double[] work;

    private DistributionExercises() {
        // From narrow boxes to wide ones, and from the middle to both tails: every branch of the formulas.
        Arrays.setAll(scale, j -> 0.1 + j % ELEMENTS * (j % ELEMENTS) * 0.002);
        Arrays.setAll(loc, j -> j % 7 - 3);
        Arrays.setAll(weight, j -> j % 5 == 0 ? 0 : 0.5);
        Arrays.setAll(x, i -> i % 31 - 15 + i % 15 / 16.0);
        Arrays.setAll(probs, i -> i % 11 == 0 ? 0 : 1.0 / (1 + i));
        Arrays.setAll(tailLogs, i -> -i % 60);
        Arrays.fill(weights, -1);
        for (double[] row : weightRows) {
            Arrays.setAll(row, i -> weight[i % ELEMENTS] + 0.5);
        }
        int layers = WIDTHS.length - 1;
        double[][] matrices = new double[layers][];
        double[][] biases = new double[layers][];
        double[][] factors = new double[layers - 1][];
        for (int l = 0; l < layers; l++) {
            matrices[l] = random.doubles((long) WIDTHS[l] * WIDTHS[l + 1] * FEW, 0.1, 1)
                    .toArray();
            biases[l] = random.doubles((long) WIDTHS[l + 1] * FEW, -1, 1).toArray();
            sums[3 * l] = new double[matrices[l].length];
            sums[3 * l + 1] = new double[biases[l].length];
            if (l < layers - 1) {
                factors[l] =
                        random.doubles((long) WIDTHS[l + 1] * FEW, -0.5, 0.5).toArray();
                sums[3 * l + 2] = new double[factors[l].length];
            }
        }
        network = new LogitNetwork(FEW, WIDTHS, matrices, biases, factors);
        gradientNetwork = new GradientNetwork(FEW, WIDTHS, matrices, matrices, biases, factors, factors);
        work = new double[Math.max(GradientKernels.WORK, gradientNetwork.work())];
        Arrays.setAll(locOfValue, i -> loc[i % ELEMENTS]);
        Arrays.setAll(scaleOfValue, i -> scale[i % ELEMENTS]);
    }

    static List<KernelExercise> all() {
        DistributionExercises data = new DistributionExercises();
        List<KernelExercise> all = new ArrayList<>();
        for (Quantity quantity : Quantity.values()) {
            for (Family family : quantity.ofFamilies() ? Family.values() : new Family[0]) {
                all.add(new KernelExercise(
                        "locationScale",
                        (kernels, turn, most) -> data.locationScale(kernels, turn, most, quantity, family)));
            }
            if (quantity.ofFamilies()) {
                all.add(new KernelExercise(
                        "mixture",
                        (kernels, turn, most) -> data.mixture(kernels, turn, most, quantity, Family.LAPLACE)));
            }
            all.add(new KernelExercise(
                    "deepFactorized", (kernels, turn, most) -> data.deepFactorized(kernels, turn, most, quantity)));
        }
        all.add(new KernelExercise("withTail", data::withTail));
        for (Family family : Family.values()) {
            BoxParameters boxes = BoxParameters.of(family, data.locOfValue, data.scaleOfValue);
            all.add(new KernelExercise(
                    "locationScale gradients",
                    (kernels, turn, most) -> data.locationScaleGradients(kernels, turn, most, boxes)));
        }
        all.add(new KernelExercise("accumulate", data::accumulate));
        all.add(new KernelExercise("mixture gradients", data::mixtureGradients));
        all.add(new KernelExercise("deepFactorized gradients", data::deepFactorizedGradients));
        return all;
    }

    /** All elements in the turn that is timed; any number of them in others, so that tails come in all lengths. */
    private static int count(int turn, int most) {
        return turn == 0 ? most : most - turn % MAX_TAIL;
    }

    private static int few(int turn, int most) {
        return count(turn, Math.min(most, turn == 0 ? FEW : FEW / 4));
    }

    /** A row of a table in every other turn; a run over the elements that starts anywhere in others. */
    private static int size(int turn) {
        return turn % 2 == 0 ? ELEMENTS : 1;
    }

    private static int from(int turn) {
        return size(turn) == 1 ? turn % ELEMENTS : 0;
    }

    private void locationScale(KernelSet kernels, int turn, int most, Quantity quantity, Family family) {
        int size = size(turn);
        kernels.priors()
                .locationScale(
                        quantity, family, x, 0, loc, scale, from(turn), size, turn % size, count(turn, most), out, 0);
    }

    private void mixture(KernelSet kernels, int turn, int most, Quantity quantity, Family family) {
        int size = size(turn);
        kernels.priors()
                .mixture(
                        quantity,
                        family,
                        COMPONENTS,
                        x,
                        0,
                        loc,
                        scale,
                        weight,
                        from(turn),
                        size,
                        turn % size,
                        count(turn, most),
                        out,
                        0);
    }

    private void deepFactorized(KernelSet kernels, int turn, int most, Quantity quantity) {
        kernels.priors().deepFactorized(quantity, network, x, 0, 0, FEW, turn % FEW, few(turn, most), out, 0);
    }

    private void withTail(KernelSet kernels, int turn, int most) {
        kernels.priors().withTail(probs, 0, tailLogs, 0, count(turn, most), MASS, THRESHOLD, out, 0);
    }

    /** Both the log-density and its derivatives, or one of them. */
    private void locationScaleGradients(KernelSet kernels, int turn, int most, BoxParameters boxes) {
        boolean derivatives = turn % 3 != 1;
        kernels.gradients()
                .locationScale(
                        boxes,
                        x,
                        0,
                        0,
                        count(turn, most),
                        turn % 3 == 2 ? null : out,
                        0,
                        derivatives ? byY : null,
                        derivatives ? byScale : null,
                        0,
                        work);
    }

    private void accumulate(KernelSet kernels, int turn, int most) {
        kernels.gradients().accumulate(weights, 0, probs, probs, 0, count(turn, most), out, 0, sumByLoc, sumByScale, 0);
    }

    private void mixtureGradients(KernelSet kernels, int turn, int most) {
        int count = Math.min(count(turn, most), GradientKernels.WORK);
        for (double[] row : terms) {
            System.arraycopy(tailLogs, 0, row, 0, count);
        }
        kernels.gradients().mixture(terms, weightRows, 0, 0, count, sumsOfTerms, out, 0, work);
        kernels.gradients()
                .mixtureGradients(
                        terms,
                        weightRows,
                        0,
                        0,
                        count,
                        sumsOfTerms,
                        gradientRows,
                        gradientRows,
                        weights,
                        0,
                        out,
                        0,
                        sumRows,
                        sumRows,
                        sumRows,
                        work);
    }

    private void deepFactorizedGradients(KernelSet kernels, int turn, int most) {
        kernels.gradients()
                .deepFactorized(
                        gradientNetwork,
                        x,
                        0,
                        0,
                        few(turn, most),
                        weights,
                        0,
                        turn % 2 == 0 ? byY : null,
                        0,
                        out,
                        0,
                        sums,
                        work);
    }
}
