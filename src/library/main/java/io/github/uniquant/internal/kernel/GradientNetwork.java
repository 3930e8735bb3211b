package io.github.uniquant.internal.kernel;

/**
 * The networks of a deep factorized distribution, as gradients want them: one for each place, with the values of all places
 * beside each other. Layer l maps {@code h <- M h + b} and, but for the last, {@code h <- h + a tanh(h)}; M is softplus, and a
 * tanh, of the prior's own parameters.
 *
 * @param places the number of networks
 * @param widths those of the layers' inputs, and 1, that of the output
 * @param matrices of each layer, output o, input i and place p at {@code (o * inputs + i) * places + p}
 * @param matrixSlopes the derivatives of the matrices by the prior's parameters, laid out as they
 * @param biases of each layer, output o and place p at {@code o * places + p}
 * @param factors of each layer but the last, laid out as biases
 * @param factorSlopes the derivatives of the factors by the prior's parameters, laid out as they
 */
public record GradientNetwork(
        int places,
        int[] widths,
        double[][] matrices,
        double[][] matrixSlopes,
        double[][] biases,
        double[][] factors,
        double[][] factorSlopes) {
    /** Values of a block: on the vector path, whose working memory is as many values for each of {@link #slots}. */
    static final int BLOCK = 64;

    int layers() {
        return matrices.length;
    }

    /** The values in front of a layer's inputs, of all layers; for the number of layers, before the output. */
    int before(int layer) {
        int sum = 0;
        for (int l = 0; l < layer; l++) {
            sum += widths[l];
        }
        return sum;
    }

    private int neurons() {
        return before(widths.length);
    }

    /** Inputs of all layers, and the output. */
    int inputs() {
        return 0;
    }

    /** How far these rise from y - 1/2 to y + 1/2. */
    int rises() {
        return neurons();
    }

    /** tanh of each layer's sums, where that layer's outputs are in inputs. */
    int bends() {
        return 2 * neurons();
    }

    /** How far these rise. */
    int bendRises() {
        return 3 * neurons();
    }

    /** Gradients by inputs. */
    int byInputs() {
        return 4 * neurons();
    }

    /** Gradients by rises. */
    int byRises() {
        return 5 * neurons();
    }

    /** As many slots as the widest layer, free at any time. */
    int spare() {
        return 6 * neurons();
    }

    /** Slots of working memory, at least four of them spare. */
    int slots() {
        int widest = 4;
        for (int width : widths) {
            widest = Math.max(widest, width);
        }
        return 6 * neurons() + widest;
    }

    /** Length of the working memory that kernels take. */
    public int work() {
        return slots() * BLOCK;
    }
}
