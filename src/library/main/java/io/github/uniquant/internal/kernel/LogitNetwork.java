package io.github.uniquant.internal.kernel;

/**
 * The monotone networks from values to logits of a deep factorized distribution, one for each element of a batch. Layer l
 * maps {@code h <- M h + b} and, but for the last, {@code h <- h + a tanh(h)}; M is softplus, and a tanh, of the prior's own
 * parameters. Values of all elements lie beside each other, as runs over a batch want them.
 *
 * @param size elements of the batch
 * @param widths those of the layers' inputs, and 1, that of the output
 * @param matrices of each layer, output o, input i and element j at {@code (o * inputs + i) * size + j}
 * @param biases of each layer, output o and element j at {@code o * size + j}
 * @param factors of each layer but the last, laid out as biases
 */
public record LogitNetwork(int size, int[] widths, double[][] matrices, double[][] biases, double[][] factors) {
    /** The network of parameters that are laid out element by element: (element, output, input). */
    public static LogitNetwork ofElements(
            int size, int[] widths, double[][] matrices, double[][] biases, double[][] factors) {
        return new LogitNetwork(
                size, widths.clone(), transposed(size, matrices), transposed(size, biases), transposed(size, factors));
    }

    private static double[][] transposed(int size, double[][] layers) {
        double[][] transposed = new double[layers.length][];
        for (int l = 0; l < layers.length; l++) {
            transposed[l] = new double[layers[l].length];
            int values = size == 0 ? 0 : layers[l].length / size;
            for (int j = 0; j < size; j++) {
                for (int v = 0; v < values; v++) {
                    transposed[l][v * size + j] = layers[l][j * values + v];
                }
            }
        }
        return transposed;
    }

    int layers() {
        return matrices.length;
    }

    /** Entries of the matrices of an element: what a value takes in time. */
    public int weights() {
        int sum = 0;
        for (int l = 0; l < layers(); l++) {
            sum += widths[l] * widths[l + 1];
        }
        return sum;
    }

    /** The largest number of values between two layers. */
    int maxWidth() {
        int max = 1;
        for (int width : widths) {
            max = Math.max(max, width);
        }
        return max;
    }
}
