package io.github.uniquant.cli;

/** The orthonormal DCT-II of 8x8 blocks, and its inverse. */
final class BlockDct {
    /** Rows and columns of a block. */
    static final int SIZE = 8;

    /** Coefficients of a block. */
    static final int AREA = SIZE * SIZE;

    private static final double[] BASIS = basis(); // BASIS[k * SIZE + i]: frequency k at sample i

    private BlockDct() {}

    private static double[] basis() {
        double[] basis = new double[AREA];
        for (int k = 0; k < SIZE; k++) {
            double norm = Math.sqrt((k == 0 ? 1.0 : 2.0) / SIZE);
            for (int i = 0; i < SIZE; i++) {
                basis[k * SIZE + i] = norm * StrictMath.cos(Math.PI * (2 * i + 1) * k / (2.0 * SIZE));
            }
        }
        return basis;
    }

    /** Coefficients from samples, both row by row. */
    static double[] forward(double[] samples) {
        return transform(samples, true);
    }

    /** Samples from coefficients. */
    static double[] inverse(double[] coefficients) {
        return transform(coefficients, false);
    }

    /** Along the rows, then along the columns: each pass transposes, so that the second one restores the order. */
    private static double[] transform(double[] block, boolean forward) {
        return pass(pass(block, forward), forward);
    }

    private static double[] pass(double[] block, boolean forward) {
        double[] result = new double[AREA];
        for (int row = 0; row < SIZE; row++) {
            for (int to = 0; to < SIZE; to++) {
                double sum = 0;
                for (int from = 0; from < SIZE; from++) {
                    sum += block[row * SIZE + from] * (forward ? BASIS[to * SIZE + from] : BASIS[from * SIZE + to]);
                }
                result[to * SIZE + row] = sum;
            }
        }
        return result;
    }
}
