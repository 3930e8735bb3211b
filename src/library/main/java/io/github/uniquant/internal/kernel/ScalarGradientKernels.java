package io.github.uniquant.internal.kernel;

import org.jspecify.annotations.Nullable;

/** The scalar path: one value after the other, of location-scale families by {@link BoxMath}. */
public final class ScalarGradientKernels implements GradientKernels {
    /** The scalar kernels, without state. */
    public static final ScalarGradientKernels INSTANCE = new ScalarGradientKernels();

    /** Beyond this a difference of tanh loses nothing that matters. */
    static final double LARGE_RISE = 0.5;

    /** What shares of a mixture are computed with beside 1, so that the reciprocal of a subnormal sum is finite. */
    static final double RAISE = 0x1p100;

    private ScalarGradientKernels() {}

    @Override
    public void locationScale(
            BoxParameters boxes,
            double[] y,
            int yOffset,
            int first,
            int count,
            double @Nullable [] logProb,
            int logProbOffset,
            double @Nullable [] byY,
            double @Nullable [] byScale,
            int at,
            double[] work) {
        BoxMath.run(boxes, y, yOffset, first, count, logProb, logProbOffset, byY, byScale, at);
    }

    @Override
    public void accumulate(
            double[] weights,
            int weightsOffset,
            double[] byY,
            double[] byScale,
            int from,
            int to,
            double[] dy,
            int dyOffset,
            double[] sumByLoc,
            double[] sumByScale,
            int first) {
        for (int i = from; i < to; i++) {
            double weight = weights[weightsOffset + i];
            double gradient = weight * byY[i];
            dy[dyOffset + i] = gradient;
            sumByLoc[first + i] -= gradient;
            sumByScale[first + i] += weight * byScale[i];
        }
    }

    // ---- mixtures

    @Override
    public void mixture(
            double[][] terms,
            double[][] weights,
            int place,
            int from,
            int to,
            double[] sums,
            double[] logProb,
            int logProbOffset,
            double[] work) {
        for (int i = from; i < to; i++) {
            double most = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < terms.length; c++) {
                most = weights[c][place + i] > 0 ? Math.max(most, terms[c][i]) : most;
            }
            double base = most == Double.NEGATIVE_INFINITY ? 0 : most; // the difference of infinities is no number
            double sum = 0;
            for (int c = 0; c < terms.length; c++) {
                double weight = weights[c][place + i];
                terms[c][i] = ExactMath.exp(terms[c][i] - base);
                sum += weight > 0 ? weight * terms[c][i] : 0;
            }
            sums[i] = sum;
            logProb[logProbOffset + i] = most == Double.NEGATIVE_INFINITY ? most : most + ExactMath.log(sum);
        }
    }

    @Override
    public void mixtureGradients(
            double[][] terms,
            double[][] weights,
            int place,
            int from,
            int to,
            double[] sums,
            double[][] byY,
            double[][] byScale,
            double[] valueWeights,
            int valueWeightsOffset,
            double[] dy,
            int dyOffset,
            double[][] sumByLoc,
            double[][] sumByScale,
            double[][] sumByWeight,
            double[] work) {
        for (int i = from; i < to; i++) {
            double valueWeight = valueWeights[valueWeightsOffset + i];
            double reciprocal = 1 / Math.max(sums[i] * RAISE, Double.MIN_NORMAL); // a sum of 0 gives no gradient
            double slope = 0;
            for (int c = 0; c < terms.length; c++) {
                double weight = weights[c][place + i];
                double term = terms[c][i] * RAISE;
                double ratio = term * reciprocal;
                // Without weight a component has no share, whatever its density.
                double share = weight > 0 ? weight * ratio : 0;
                if (ratio > Double.MAX_VALUE) {
                    ratio = Double.MAX_VALUE;
                    share = weight > 0 ? weight * term * reciprocal : 0;
                }
                double bySlope = share * byY[c][i];
                slope += bySlope;
                sumByLoc[c][place + i] -= valueWeight * bySlope;
                sumByScale[c][place + i] += valueWeight * (share * byScale[c][i]);
                sumByWeight[c][place + i] += valueWeight * ratio;
            }
            // Shares of the largest slope may add up to a little more than it.
            dy[dyOffset + i] = valueWeight * Math.min(Math.max(slope, -Double.MAX_VALUE), Double.MAX_VALUE);
        }
    }

    // ---- the deep factorized distribution

    @Override
    public void deepFactorized(
            GradientNetwork network,
            double[] y,
            int yOffset,
            int place,
            int count,
            double[] weights,
            int weightsOffset,
            double @Nullable [] logProb,
            int logProbOffset,
            double[] dy,
            int dyOffset,
            double[][] sums,
            double[] work) {
        for (int i = 0; i < count; i++) {
            work[network.inputs()] = y[yOffset + i] - 0.5;
            work[network.rises()] = 1;
            for (int l = 0; l < network.layers(); l++) {
                forward(network, l, place + i, work);
            }
            if (logProb != null) {
                int output = network.before(network.layers());
                double low = work[network.inputs() + output];
                double rise = work[network.rises() + output];
                logProb[logProbOffset + i] = ExactMath.logLogisticInterval(low, low + rise, rise);
            }
            output(network, weights[weightsOffset + i], work);
            for (int l = network.layers() - 1; l >= 0; l--) {
                backward(network, l, place + i, sums, work);
            }
            dy[dyOffset + i] = work[network.byInputs()];
        }
    }

    /** A layer's values, and how far they rise. */
    private static void forward(GradientNetwork network, int l, int place, double[] work) {
        int in = network.widths()[l];
        int out = network.widths()[l + 1];
        int from = network.before(l);
        int to = network.before(l + 1);
        for (int o = 0; o < out; o++) {
            double sum = 0;
            double rise = 0;
            for (int i = 0; i < in; i++) {
                double cell = network.matrices()[l][(o * in + i) * network.places() + place];
                sum += cell * work[network.inputs() + from + i];
                rise += cell * work[network.rises() + from + i];
            }
            sum += network.biases()[l][o * network.places() + place];
            if (l < network.layers() - 1) {
                double factor = network.factors()[l][o * network.places() + place];
                double bend = ExactMath.tanh(sum);
                double bendRise = tanhRise(sum, bend, rise);
                work[network.bends() + to + o] = bend;
                work[network.bendRises() + to + o] = bendRise;
                sum += factor * bend;
                rise += factor * bendRise;
            }
            work[network.inputs() + to + o] = sum;
            work[network.rises() + to + o] = rise;
        }
    }

    /** tanh(x + d) - tanh(x) for t = tanh(x) and d >= 0; the addition theorem where d is small. */
    private static double tanhRise(double x, double t, double d) {
        if (d > LARGE_RISE) {
            return ExactMath.tanh(x + d) - t;
        }
        double td = ExactMath.tanh(d);
        return td * (1 - t * t) / (1 + t * td);
    }

    /** Gradients by the logit at y - 1/2 and by its rise. */
    private static void output(GradientNetwork network, double weight, double[] work) {
        int output = network.before(network.layers());
        double difference = work[network.rises() + output];
        double low = work[network.inputs() + output];
        double high = low + difference;
        // log P = log(1 - e^-difference) + log S(low) + log S(-high), S(z) = 1 / (1 + e^z), mirrored where that is
        // right
        // of the median.
        boolean flip = low + high > 0;
        double left = flip ? -high : low;
        double right = flip ? -low : high;
        double tail = ExactMath.exp(left);
        double head = ExactMath.exp(right);
        double aboveLeft = 1 / (1 + tail);
        double aboveRight = 1 / (1 + head);
        double shift = -ExactMath.expm1(left + right) * aboveLeft * aboveRight;
        double aboveHigh = flip ? tail * aboveLeft : aboveRight;
        double stretch = 1 / ExactMath.expm1(difference);
        work[network.byInputs() + output] = weight * (flip ? -shift : shift);
        work[network.byRises() + output] = weight * ((stretch > BoxMath.LIMIT ? BoxMath.LIMIT : stretch) + aboveHigh);
    }

    /** From the gradients by what a layer gives, those by its parameters and by what it gets. */
    private static void backward(GradientNetwork network, int l, int place, double[][] sums, double[] work) {
        int in = network.widths()[l];
        int out = network.widths()[l + 1];
        int from = network.before(l);
        int to = network.before(l + 1);
        for (int o = 0; o < out; o++) {
            double bySum = work[network.byInputs() + to + o];
            double byRise = work[network.byRises() + to + o];
            int at = o * network.places() + place;
            if (l < network.layers() - 1) {
                double factor = network.factors()[l][at];
                double bend = work[network.bends() + to + o];
                double bendRise = work[network.bendRises() + to + o];
                double top = bend + bendRise;
                sums[3 * l + 2][at] += (bySum * bend + byRise * bendRise) * network.factorSlopes()[l][at];
                // tanh' = 1 - tanh^2, and its rise is -(top - bend) (top + bend).
                bySum = bySum * (1 + factor * (1 - bend * bend)) - byRise * (factor * (bendRise * (top + bend)));
                byRise = byRise * (1 + factor * (1 - top * top));
                work[network.byInputs() + to + o] = bySum;
                work[network.byRises() + to + o] = byRise;
            }
            sums[3 * l + 1][at] += bySum;
        }
        for (int i = 0; i < in; i++) {
            double input = work[network.inputs() + from + i];
            double rise = work[network.rises() + from + i];
            double byInput = 0;
            double byInputRise = 0;
            for (int o = 0; o < out; o++) {
                double bySum = work[network.byInputs() + to + o];
                double byRise = work[network.byRises() + to + o];
                int at = (o * in + i) * network.places() + place;
                sums[3 * l][at] += (bySum * input + byRise * rise) * network.matrixSlopes()[l][at];
                byInput += network.matrices()[l][at] * bySum;
                byInputRise += network.matrices()[l][at] * byRise;
            }
            work[network.byInputs() + from + i] = byInput;
            work[network.byRises() + from + i] = byInputRise;
        }
    }
}
