package io.github.uniquant.internal.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Exercises of all methods of {@link FreeKernels}. Owns the data; for one thread. */
final class FreeExercises {
    private static final int LONG = KernelExercise.LONG;
    private static final int PRECISION = 12;
    private static final double TAIL_MASS = 0x1p-8;
    private static final int ELEMENTS = 192;
    private static final int LANES = 64;
    private static final int MAX_LANES = 256;
    private static final int MAX_TAIL = 40; // more than two vectors

    /** In every so many turns, a case that programs meet rarely. */
    private static final int RARE = 16;

    private final SplittableRandom random = new SplittableRandom(6);
    private final FreeCdfs usual; // one symbol a cell
    private final FreeCdfs single;
    private final FreeCdfs wide; // many symbols a cell
    private final int[] origins = new int[ELEMENTS + LONG + Kernels.PADDING];
    private final float[] fractions = new float[origins.length];
    private final int[] symbols = new int[LONG];
    private final int[] rows = new int[LONG + Kernels.PADDING];
    private final int[] extras = new int[2 * LONG];
    private final int[] firstStates = new int[MAX_LANES];
    private final int[] states = new int[MAX_LANES + Kernels.PADDING];
    private final short[] words = new short[2 * LONG + Kernels.PADDING];
    private final int[] cells = new int[LONG + Kernels.PADDING];
    private final int[] scratch = new int[FreeKernels.SCRATCH];

    private FreeExercises() {
        double[] scales = new double[ELEMENTS];
        Arrays.setAll(scales, j -> 0.1 + j * j * 0.0005);
        usual = laplace(scales);
        single = laplace(5);
        wide = laplace(3, 1e4);
        for (int i = 0; i < origins.length; i++) {
            origins[i] = i % 7 - 3;
            fractions[i] = i % 15 / 15f - 0.5f;
        }
        Arrays.setAll(symbols, i -> i % 7 - 3);
        Arrays.setAll(firstStates, lane -> 1 << 16 + lane % 15 | random.nextInt(1 << 16));
        for (int i = 0; i < words.length; i++) {
            words[i] = (short) random.nextInt();
        }
    }

    private static FreeCdfs laplace(double... scales) {
        return new FreeCdfs(PRECISION, TAIL_MASS, scales, z -> ExactMath.exp(-z) / 2, tail -> -ExactMath.log(2 * tail));
    }

    static List<KernelExercise> all() {
        FreeExercises data = new FreeExercises();
        return List.of(
                new KernelExercise("freeRows", data::rows),
                new KernelExercise("freeDecodeLanes", data::decodeLanes),
                new KernelExercise("freeSymbols", data::symbols));
    }

    /** All elements in the turn that is timed; any number of them in others, so that tails come in all lengths. */
    private static int count(int turn, int most) {
        return turn == 0 ? most : most - turn % MAX_TAIL;
    }

    private static boolean rare(int turn) {
        return turn % RARE == RARE - 1;
    }

    private FreeCdfs cdfs(int turn) {
        return rare(turn) ? turn / RARE % 2 == 0 ? wide : single : usual;
    }

    private void rows(KernelSet kernels, int turn, int most) {
        int count = count(turn, most);
        symbols[turn % count] = turn % RARE == 1 ? 1 << 20 : 0; // outside the window
        boolean nearZero = turn % RARE != 2;
        kernels.free()
                .rows(
                        cdfs(turn),
                        origins,
                        fractions,
                        turn % ELEMENTS,
                        symbols,
                        count,
                        nearZero,
                        rows,
                        count,
                        extras,
                        0,
                        scratch);
        symbols[turn % count] = 0;
    }

    private void decodeLanes(KernelSet kernels, int turn, int most) {
        int lanes = turn % RARE == 1 ? 2 << turn / RARE % 8 : LANES;
        int count = most / lanes * lanes;
        System.arraycopy(firstStates, 0, states, 0, MAX_LANES);
        kernels.free()
                .decodeLanes(
                        cdfs(turn),
                        origins,
                        fractions,
                        turn % ELEMENTS,
                        count,
                        lanes,
                        states,
                        words,
                        0,
                        cells,
                        scratch);
    }

    private void symbols(KernelSet kernels, int turn, int most) {
        FreeCdfs cdfs = cdfs(turn);
        int count = count(turn, most);
        int from = turn % ELEMENTS;
        Arrays.fill(cells, 0, count, 0);
        if (turn % RARE == 1) {
            int i = turn % count;
            cells[i] = 2 * cdfs.half((from + i) % cdfs.size()); // outside the window
        }
        kernels.free().symbols(cdfs, origins, from, cells, count, extras, 0);
    }
}
