package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.GradientNetwork;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.LogitNetwork;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import io.github.uniquant.tensor.Shape;
import java.util.random.RandomGenerator;

/**
 * The base of {@link NoisyDeepFactorized}: per element, the logit of the CDF is a small monotone network. Layer l maps
 * {@code h <- softplus(M) h + b} and, but for the last, {@code h <- h + tanh(a) tanh(h)}.
 */
final class DeepFactorized implements RunDistribution {
    private final Shape shape;
    private final int[] widths; // 1, filters..., 1
    // Per layer, for all elements: softplus(M) (element, out, in), b (element, out), tanh(a) (element, out).
    private final double[][] matrices;
    private final double[][] biases;
    private final double[][] factors;
    // The derivatives of softplus(M) by M and of tanh(a) by a.
    private final double[][] matrixSlopes;
    private final double[][] factorSlopes;
    private final LogitNetwork network; // the same once more, as kernels want it

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
        this.network =
                LogitNetwork.ofElements((int) shape.elements(), widths, this.matrices, this.biases, this.factors);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public void run(
            Quantity quantity, double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        Parameters.checkRun(network.size(), x, xOffset, firstElement, count, out, outOffset);
        KernelProvider.priorKernels((long) count * network.weights())
                .deepFactorized(quantity, network, x, xOffset, 0, network.size(), firstElement, count, out, outOffset);
    }

    @Override
    public void points(
            Quantity quantity, int element, double[] x, int xOffset, int count, double[] out, int outOffset) {
        KernelProvider.priorKernels((long) count * network.weights())
                .deepFactorized(quantity, network, x, xOffset, element, 1, 0, count, out, outOffset);
    }

    /** Entries of the matrices of an element. */
    int weights() {
        return network.weights();
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

    /** The networks with what gradients need besides, one for each place. */
    GradientNetwork gradientNetwork(Tiling tiling) {
        return new GradientNetwork(
                tiling.span(),
                widths,
                byPlace(tiling, matrices),
                byPlace(tiling, matrixSlopes),
                byPlace(tiling, biases),
                byPlace(tiling, factors),
                byPlace(tiling, factorSlopes));
    }

    /** Values (element, value) of each layer as (value, place). */
    private static double[][] byPlace(Tiling tiling, double[][] layers) {
        double[][] byPlace = new double[layers.length][];
        int span = tiling.span();
        for (int l = 0; l < layers.length; l++) {
            int values = span == 0 ? 0 : layers[l].length / tiling.size();
            byPlace[l] = new double[values * span];
            for (int v = 0; v < values; v++) {
                for (int place = 0; place < span; place++) {
                    byPlace[l][v * span + place] = layers[l][place % tiling.size() * values + v];
                }
            }
        }
        return byPlace;
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
