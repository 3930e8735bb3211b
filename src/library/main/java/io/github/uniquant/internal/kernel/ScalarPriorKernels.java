package io.github.uniquant.internal.kernel;

/** The scalar path: one value after the other, by the functions of {@link ExactMath} and {@link FamilyMath}. */
final class ScalarPriorKernels implements PriorKernels {
    static final ScalarPriorKernels INSTANCE = new ScalarPriorKernels();

    /** Values of a block, whose components of a mixture are computed before they are summed. */
    private static final int BLOCK = 64;

    private final ScratchPool pool = new ScratchPool();

    private ScalarPriorKernels() {}

    @Override
    public String name() {
        return "scalar";
    }

    /** The element of a run's value. */
    static int element(int first, int i, int size) {
        return (int) (((long) first + i) % size);
    }

    // ---- location-scale distributions

    @Override
    public void locationScale(
            Quantity quantity,
            Family family,
            double[] x,
            int xOffset,
            double[] loc,
            double[] scale,
            int from,
            int size,
            int first,
            int count,
            double[] out,
            int outOffset) {
        // Stretches without a wrap, so that no loop takes a remainder.
        int step = size == 1 ? 0 : 1;
        for (int done = 0; done < count; ) {
            int at = element(first, done, size);
            int n = size == 1 ? count : Math.min(count - done, size - at);
            switch (quantity) {
                case NOISY_PROB ->
                    noisyProb(family, x, xOffset + done, loc, scale, from + at, step, n, out, outOffset + done);
                case NOISY_LOG_PROB -> throw new IllegalArgumentException("GradientKernels has it");
                default ->
                    ofBase(quantity, family, x, xOffset + done, loc, scale, from + at, step, n, out, outOffset + done);
            }
            done += n;
        }
    }

    private static void ofBase(
            Quantity quantity,
            Family family,
            double[] x,
            int xAt,
            double[] loc,
            double[] scale,
            int at,
            int step,
            int n,
            double[] out,
            int outAt) {
        boolean lower = quantity.isLower();
        for (int i = 0; i < n; i++) {
            double z = (x[xAt + i] - loc[at + i * step]) / scale[at + i * step];
            out[outAt + i] = lower ? -z : z;
        }
        for (int i = outAt; i < outAt + n; i++) {
            out[i] = switch (quantity) {
                case CDF, SURVIVAL -> FamilyMath.upper(family, out[i]);
                case LOG_CDF, LOG_SURVIVAL -> FamilyMath.logUpper(family, out[i]);
                default -> FamilyMath.logDensity(family, out[i]) - ExactMath.log(scale[at + (i - outAt) * step]);
            };
        }
    }

    private static void noisyProb(
            Family family,
            double[] x,
            int xAt,
            double[] loc,
            double[] scale,
            int at,
            int step,
            int n,
            double[] out,
            int outAt) {
        if (family == Family.NORMAL && step == 0) {
            noisyNormalRow(x, xAt, loc[at], scale[at], n, out, outAt);
            return;
        }
        for (int i = 0; i < n; i++) {
            out[outAt + i] = FamilyMath.interval(family, x[xAt + i], loc[at + i * step], scale[at + i * step]);
        }
    }

    /** Of one distribution: in a row of a table, the box of a value begins where that of its neighbour ends. */
    private static void noisyNormalRow(double[] x, int xAt, double loc, double scale, int n, double[] out, int outAt) {
        double half = 0.5 / scale;
        double lastNear = Double.NaN; // the edges of the last box by their distance, and their upper tails
        double lastFar = Double.NaN;
        double lastNearTail = 0;
        double lastFarTail = 0;
        for (int i = 0; i < n; i++) {
            double d = x[xAt + i] - loc;
            double distance = Math.abs(d);
            double rest = FamilyMath.edge(x[xAt + i], loc, d);
            double low = (distance - 0.5 + rest) / scale;
            double high = (distance + 0.5 + rest) / scale;
            if (FamilyMath.isNarrow(half, distance / scale)) {
                out[outAt + i] = FamilyMath.normal(distance, low, high, scale);
                continue;
            }
            double near = Math.abs(low);
            double farTail = high == lastNear ? lastNearTail : ExactMath.upperTail(high);
            double nearTail = near == lastFar ? lastFarTail : ExactMath.upperTail(near);
            out[outAt + i] = ExactMath.normalInterval(low, nearTail, farTail);
            lastNear = near;
            lastNearTail = nearTail;
            lastFar = high;
            lastFarTail = farTail;
        }
    }

    // ---- mixtures

    @Override
    public void mixture(
            Quantity quantity,
            Family family,
            int components,
            double[] x,
            int xOffset,
            double[] loc,
            double[] scale,
            double[] weight,
            int from,
            int size,
            int first,
            int count,
            double[] out,
            int outOffset) {
        int stride = loc.length / components;
        boolean logs = quantity.isLog();
        double[] s = pool.take((components + 1) * BLOCK);
        for (int done = 0; done < count; done += BLOCK) {
            int n = Math.min(BLOCK, count - done);
            int element = element(first, done, size);
            System.arraycopy(x, xOffset + done, s, components * BLOCK, n);
            for (int c = 0; c < components; c++) {
                locationScale(
                        quantity,
                        family,
                        s,
                        components * BLOCK,
                        loc,
                        scale,
                        c * stride + from,
                        size,
                        element,
                        n,
                        s,
                        c * BLOCK);
            }
            for (int i = 0; i < n; i++) {
                int at = from + element(element, i, size);
                out[outOffset + done + i] =
                        logs ? logSum(components, s, i, weight, at, stride) : sum(components, s, i, weight, at, stride);
            }
        }
        pool.giveBack(s);
    }

    private static double sum(int components, double[] terms, int i, double[] weight, int at, int stride) {
        double sum = 0;
        for (int c = 0; c < components; c++) {
            sum += weight[c * stride + at] * terms[c * BLOCK + i];
        }
        return sum;
    }

    /** log of the weighted sum of terms given by their logs. */
    private static double logSum(int components, double[] logs, int i, double[] weight, int at, int stride) {
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < components; c++) {
            if (weight[c * stride + at] > 0) {
                max = Math.max(max, logs[c * BLOCK + i]);
            }
        }
        if (max == Double.NEGATIVE_INFINITY) {
            return max;
        }
        double sum = 0;
        for (int c = 0; c < components; c++) {
            double w = weight[c * stride + at];
            sum += w > 0 ? w * ExactMath.exp(logs[c * BLOCK + i] - max) : 0;
        }
        return max + ExactMath.log(sum);
    }

    // ---- deep factorized distributions

    @Override
    public void deepFactorized(
            Quantity quantity,
            LogitNetwork network,
            double[] x,
            int xOffset,
            int from,
            int size,
            int first,
            int count,
            double[] out,
            int outOffset) {
        int width = network.maxWidth();
        double[] s = pool.take(4 * width);
        for (int i = 0; i < count; i++) {
            int element = from + element(first, i, size);
            double value = x[xOffset + i];
            propagate(quantity, network, element, quantity.isNoisy() ? value - 0.5 : value, s, width);
            double logit = s[0];
            double d = s[width];
            out[outOffset + i] = switch (quantity) {
                case CDF -> ExactMath.logistic(logit);
                case SURVIVAL -> ExactMath.logistic(-logit);
                case LOG_CDF -> ExactMath.logLogistic(logit);
                case LOG_SURVIVAL -> ExactMath.logLogistic(-logit);
                case LOG_DENSITY -> ExactMath.logLogistic(logit) + ExactMath.logLogistic(-logit) + ExactMath.log(d);
                case NOISY_PROB -> ExactMath.logisticInterval(logit, logit + d, d);
                case NOISY_LOG_PROB -> ExactMath.logLogisticInterval(logit, logit + d, d);
            };
        }
        pool.giveBack(s);
    }

    /**
     * Leaves the logit at x in s[0]; and in s[width] its derivative, or for noisy quantities its rise from x to x + 1, whose
     * relative error stays small through all layers.
     */
    private static void propagate(
            Quantity quantity, LogitNetwork network, int element, double x, double[] s, int width) {
        s[0] = x;
        s[width] = 1;
        for (int l = 0; l < network.layers(); l++) {
            int inputs = network.widths()[l];
            int outputs = network.widths()[l + 1];
            for (int o = 0; o < outputs; o++) {
                double h = 0;
                double d = 0;
                for (int i = 0; i < inputs; i++) {
                    double m = network.matrices()[l][(o * inputs + i) * network.size() + element];
                    h += m * s[i];
                    d += m * s[width + i];
                }
                h += network.biases()[l][o * network.size() + element];
                if (l < network.layers() - 1) {
                    double factor = network.factors()[l][o * network.size() + element];
                    double t = ExactMath.tanh(h);
                    switch (quantity) {
                        case NOISY_PROB, NOISY_LOG_PROB -> d += factor * tanhRise(h, t, d);
                        case LOG_DENSITY -> d *= 1 + factor * (1 - t * t);
                        default -> {}
                    }
                    h += factor * t;
                }
                s[2 * width + o] = h;
                s[3 * width + o] = d;
            }
            System.arraycopy(s, 2 * width, s, 0, outputs);
            System.arraycopy(s, 3 * width, s, width, outputs);
        }
    }

    /** tanh(x + d) - tanh(x) for t = tanh(x) and d >= 0; the addition theorem where d is small. */
    private static double tanhRise(double x, double t, double d) {
        if (d > 0.5) {
            return ExactMath.tanh(x + d) - t;
        }
        double td = ExactMath.tanh(d);
        return td * (1 - t * t) / (1 + t * td);
    }

    // ---- rates

    @Override
    public void withTail(
            double[] probs,
            int probsOffset,
            double[] tailLogs,
            int tailOffset,
            int count,
            double mass,
            double threshold,
            double[] out,
            int outOffset) {
        double logMass = ExactMath.log(mass);
        for (int i = 0; i < count; i++) {
            double t = tailLogs[tailOffset + i];
            double mixture = (1 - mass) * probs[probsOffset + i] + mass * ExactMath.exp(t);
            out[outOffset + i] = mixture < threshold ? logMass + t : ExactMath.log(mixture);
        }
    }
}
