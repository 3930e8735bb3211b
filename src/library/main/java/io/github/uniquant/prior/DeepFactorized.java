package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.tensor.Shape;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The base of {@link NoisyDeepFactorized}: per element, the logit of the CDF is a small monotone network. Layer l maps
 * {@code h <- softplus(M) h + b} and, but for the last, {@code h <- h + tanh(a) tanh(h)}.
 */
final class DeepFactorized implements BaseDistribution {
    private final Shape shape;
    private final int[] widths; // 1, filters..., 1
    // Per layer, for all elements: softplus(M) (element, out, in), b (element, out), tanh(a) (element, out).
    private final double[][] matrices;
    private final double[][] biases;
    private final double[][] factors;
    // The derivatives of softplus(M) by M and of tanh(a) by a.
    private final double[][] matrixSlopes;
    private final double[][] factorSlopes;

    DeepFactorized(Shape shape, int[] widths, double[][] matrices, double[][] biases, double[][] factors) {
        this.shape = shape;
        this.widths = widths;
        this.matrices = new double[matrices.length][];
        this.biases = biases;
        this.factors = new double[factors.length][];
        this.matrixSlopes = new double[matrices.length][];
        this.factorSlopes = new double[factors.length][];
        for (int l = 0; l < matrices.length; l++) {
            this.matrices[l] = matrices[l].clone();
            this.matrixSlopes[l] = new double[matrices[l].length];
            for (int i = 0; i < matrices[l].length; i++) {
                this.matrices[l][i] = ExactMath.softplus(matrices[l][i]);
                this.matrixSlopes[l][i] = ExactMath.logistic(matrices[l][i]);
            }
        }
        for (int l = 0; l < factors.length; l++) {
            this.factors[l] = factors[l].clone();
            this.factorSlopes[l] = new double[factors[l].length];
            for (int i = 0; i < factors[l].length; i++) {
                this.factors[l][i] = ExactMath.tanh(factors[l][i]);
                this.factorSlopes[l][i] = 1 - this.factors[l][i] * this.factors[l][i];
            }
        }
    }

    @Override
    public Shape shape() {
        return shape;
    }

    /** The logit of the CDF at x. */
    double logits(int element, double x) {
        double[] h = {x};
        for (int l = 0; l < matrices.length; l++) {
            h = linear(element, l, h, true);
            for (int o = 0; l < factors.length && o < h.length; o++) {
                h[o] += factor(element, l, o) * ExactMath.tanh(h[o]);
            }
        }
        return h[0];
    }

    /** softplus(M) h of a layer, with or without the bias. */
    private double[] linear(int element, int layer, double[] h, boolean bias) {
        double[] next = new double[widths[layer + 1]];
        for (int o = 0; o < next.length; o++) {
            int row = element * next.length + o;
            double sum = 0;
            for (int i = 0; i < h.length; i++) {
                sum += matrices[layer][row * h.length + i] * h[i];
            }
            next[o] = bias ? sum + biases[layer][row] : sum;
        }
        return next;
    }

    private double factor(int element, int layer, int row) {
        return factors[layer][element * widths[layer + 1] + row];
    }

    /** The logits at both ends of an interval, and their difference without what their rounding would lose of it. */
    record Rise(double low, double high, double difference) {}

    /**
     * The logits at x and x + 1, carried through the layers as values and rises, whose every step but the last keeps the
     * rise's relative error small.
     */
    Rise rise(int element, double x) {
        double[] h = {x};
        double[] d = {1};
        for (int l = 0; l < matrices.length; l++) {
            h = linear(element, l, h, true);
            d = linear(element, l, d, false);
            for (int o = 0; l < factors.length && o < h.length; o++) {
                double factor = factor(element, l, o);
                double t = ExactMath.tanh(h[o]);
                d[o] += factor * tanhRise(h[o], t, d[o]);
                h[o] += factor * t;
            }
        }
        return new Rise(h[0], h[0] + d[0], d[0]);
    }

    /** tanh(x + d) - tanh(x) for t = tanh(x) and d >= 0; the addition theorem where d is small. */
    private static double tanhRise(double x, double t, double d) {
        if (d > 0.5) {
            return ExactMath.tanh(x + d) - t;
        }
        double td = ExactMath.tanh(d);
        return td * (1 - t * t) / (1 + t * td);
    }

    /** Working memory for gradients: what the layers got and gave at one value, and the gradients by it. */
    final class Backpropagation {
        /** An answer to a difference of logits that underflows: what is beyond this is no gradient to follow. */
        private static final double LIMIT = 1e150;

        // Inputs of each layer and their rises.
        private final double[][] inputs = new double[matrices.length + 1][];
        private final double[][] rises = new double[matrices.length + 1][];
        // tanh of each layer's sums, and its rise.
        private final double[][] bends = new double[factors.length][];
        private final double[][] bendRises = new double[factors.length][];
        private final double[][] byInput = new double[matrices.length + 1][];
        private final double[][] byRise = new double[matrices.length + 1][];

        Backpropagation() {
            for (int l = 0; l <= matrices.length; l++) {
                inputs[l] = new double[widths[l]];
                rises[l] = new double[widths[l]];
                byInput[l] = new double[widths[l]];
                byRise[l] = new double[widths[l]];
            }
            for (int l = 0; l < factors.length; l++) {
                bends[l] = new double[widths[l + 1]];
                bendRises[l] = new double[widths[l + 1]];
            }
        }

        /**
         * Adds the gradients of {@code weight * log P}, P the mass of [x, x + 1], by the parameters to sums.
         *
         * @param sums for each layer those by its matrix, bias and, but for the last, factor, laid out as these
         * @param place the element in {@code sums}
         * @return the gradient by x
         */
        double accumulate(int element, double x, double weight, double[][] sums, int place) {
            forward(element, x);
            int last = matrices.length;
            double difference = rises[last][0];
            double low = inputs[last][0];
            double high = low + difference;
            // log P = log(1 - e^-difference) + log S(low) + log S(-high), S(z) = 1 / (1 + e^z), mirrored where that is
            // right of the median.
            boolean flip = low + high > 0;
            double left = flip ? -high : low;
            double right = flip ? -low : high;
            double tail = ExactMath.exp(left);
            double head = ExactMath.exp(right);
            double shift = -ExactMath.expm1(left + right) / ((1 + tail) * (1 + head));
            double aboveHigh = flip ? tail / (1 + tail) : 1 / (1 + head);
            byInput[last][0] = weight * (flip ? -shift : shift);
            byRise[last][0] = weight * (Math.min(1 / ExactMath.expm1(difference), LIMIT) + aboveHigh);
            for (int l = last - 1; l >= 0; l--) {
                backward(element, l, sums, place);
            }
            return byInput[0][0];
        }

        /** The layers' values and rises, as in {@link DeepFactorized#rise}. */
        private void forward(int element, double x) {
            inputs[0][0] = x;
            rises[0][0] = 1;
            for (int l = 0; l < matrices.length; l++) {
                for (int o = 0; o < widths[l + 1]; o++) {
                    int row = element * widths[l + 1] + o;
                    double sum = 0;
                    double rise = 0;
                    for (int i = 0; i < widths[l]; i++) {
                        sum += matrices[l][row * widths[l] + i] * inputs[l][i];
                        rise += matrices[l][row * widths[l] + i] * rises[l][i];
                    }
                    sum += biases[l][row];
                    if (l < factors.length) {
                        double bend = ExactMath.tanh(sum);
                        double bendRise = tanhRise(sum, bend, rise);
                        bends[l][o] = bend;
                        bendRises[l][o] = bendRise;
                        rise += factors[l][row] * bendRise;
                        sum += factors[l][row] * bend;
                    }
                    inputs[l + 1][o] = sum;
                    rises[l + 1][o] = rise;
                }
            }
        }

        /** From the gradients by what a layer gives, those by its parameters and by what it gets. */
        private void backward(int element, int l, double[][] sums, int place) {
            int in = widths[l];
            int out = widths[l + 1];
            Arrays.fill(byInput[l], 0);
            Arrays.fill(byRise[l], 0);
            for (int o = 0; o < out; o++) {
                int row = element * out + o;
                int sumsRow = place * out + o;
                double bySum = byInput[l + 1][o];
                double bySumRise = byRise[l + 1][o];
                if (l < factors.length) {
                    double factor = factors[l][row];
                    double bend = bends[l][o];
                    double bendRise = bendRises[l][o];
                    double top = bend + bendRise;
                    sums[3 * l + 2][sumsRow] += (bySum * bend + bySumRise * bendRise) * factorSlopes[l][row];
                    // tanh' = 1 - tanh^2, and its rise is -(top - bend) (top + bend).
                    bySum = bySum * (1 + factor * (1 - bend * bend)) - bySumRise * (factor * (bendRise * (top + bend)));
                    bySumRise = bySumRise * (1 + factor * (1 - top * top));
                }
                sums[3 * l + 1][sumsRow] += bySum;
                for (int i = 0; i < in; i++) {
                    double cell = matrices[l][row * in + i];
                    sums[3 * l][sumsRow * in + i] +=
                            (bySum * inputs[l][i] + bySumRise * rises[l][i]) * matrixSlopes[l][row * in + i];
                    byInput[l][i] += cell * bySum;
                    byRise[l][i] += cell * bySumRise;
                }
            }
        }
    }

    /** The derivative of the logits at x, larger than 0. */
    private double slope(int element, double x) {
        double[] h = {x};
        double[] d = {1};
        for (int l = 0; l < matrices.length; l++) {
            h = linear(element, l, h, true);
            d = linear(element, l, d, false);
            for (int o = 0; l < factors.length && o < h.length; o++) {
                double factor = factor(element, l, o);
                double t = ExactMath.tanh(h[o]);
                d[o] *= 1 + factor * (1 - t * t);
                h[o] += factor * t;
            }
        }
        return d[0];
    }

    @Override
    public double cdf(int element, double x) {
        return ExactMath.logistic(logits(element, x));
    }

    @Override
    public double survival(int element, double x) {
        return ExactMath.logistic(-logits(element, x));
    }

    @Override
    public double logCdf(int element, double x) {
        return ExactMath.logLogistic(logits(element, x));
    }

    @Override
    public double logSurvival(int element, double x) {
        return ExactMath.logLogistic(-logits(element, x));
    }

    @Override
    public double logDensity(int element, double x) {
        double logit = logits(element, x);
        return ExactMath.logLogistic(logit) + ExactMath.logLogistic(-logit) + ExactMath.log(slope(element, x));
    }

    @Override
    public double quantile(int element, double p) {
        return inverse(element, ExactMath.log(p) - ExactMath.log1p(-p));
    }

    @Override
    public double upperQuantile(int element, double p) {
        return inverse(element, ExactMath.log1p(-p) - ExactMath.log(p));
    }

    private double inverse(int element, double logit) {
        return RootSearch.increasing(x -> logits(element, x) - logit, 0, 1);
    }

    @Override
    public double sample(int element, RandomGenerator random) {
        return quantile(element, random.nextDouble(Double.MIN_NORMAL, 1));
    }
}
