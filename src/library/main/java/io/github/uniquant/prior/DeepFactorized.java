package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.tensor.Shape;
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

    DeepFactorized(Shape shape, int[] widths, double[][] matrices, double[][] biases, double[][] factors) {
        this.shape = shape;
        this.widths = widths;
        this.matrices = new double[matrices.length][];
        this.biases = biases;
        this.factors = new double[factors.length][];
        for (int l = 0; l < matrices.length; l++) {
            this.matrices[l] = matrices[l].clone();
            for (int i = 0; i < matrices[l].length; i++) {
                this.matrices[l][i] = ExactMath.softplus(matrices[l][i]);
            }
        }
        for (int l = 0; l < factors.length; l++) {
            this.factors[l] = factors[l].clone();
            for (int i = 0; i < factors[l].length; i++) {
                this.factors[l][i] = ExactMath.tanh(factors[l][i]);
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
        int layers = matrices.length;
        for (int l = 0; l < layers; l++) {
            int in = widths[l];
            int out = widths[l + 1];
            double[] next = new double[out];
            for (int o = 0; o < out; o++) {
                double sum = 0;
                int row = (element * out + o) * in;
                for (int i = 0; i < in; i++) {
                    sum += matrices[l][row + i] * h[i];
                }
                sum += biases[l][element * out + o];
                next[o] = l < layers - 1 ? sum + factors[l][element * out + o] * ExactMath.tanh(sum) : sum;
            }
            h = next;
        }
        return h[0];
    }

    /** The derivative of the logits at x, larger than 0. */
    private double slope(int element, double x) {
        double[] h = {x};
        double[] d = {1};
        int layers = matrices.length;
        for (int l = 0; l < layers; l++) {
            int in = widths[l];
            int out = widths[l + 1];
            double[] next = new double[out];
            double[] nextD = new double[out];
            for (int o = 0; o < out; o++) {
                double sum = 0;
                double sumD = 0;
                int row = (element * out + o) * in;
                for (int i = 0; i < in; i++) {
                    sum += matrices[l][row + i] * h[i];
                    sumD += matrices[l][row + i] * d[i];
                }
                sum += biases[l][element * out + o];
                if (l < layers - 1) {
                    double factor = factors[l][element * out + o];
                    double t = ExactMath.tanh(sum);
                    next[o] = sum + factor * t;
                    nextD[o] = sumD * (1 + factor * (1 - t * t));
                } else {
                    next[o] = sum;
                    nextD[o] = sumD;
                }
            }
            h = next;
            d = nextD;
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
