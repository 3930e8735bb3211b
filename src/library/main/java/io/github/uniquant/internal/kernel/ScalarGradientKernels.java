package io.github.uniquant.internal.kernel;

import io.github.uniquant.internal.kernel.PriorKernels.Family;

/**
 * The scalar path. With d the distance of y from the location, s the scale, h = 1/(2s) and c = d/s, the box is [c - h, c + h] in
 * units of the scale; with f the standard density and P the box's mass,
 *
 * <pre>
 *   d log P / d d = (f(c + h) - f(c - h)) / (s P)
 *   d log P / d s = ((c - h) f(c - h) - (c + h) f(c + h)) / (s P)
 * </pre>
 *
 * Each family writes these so that nothing cancels but where the derivative itself passes zero, and so that f and P, which
 * underflow together far out, are only met as their ratio.
 */
public final class ScalarGradientKernels implements GradientKernels {
    /** The scalar kernels, without state. */
    public static final ScalarGradientKernels INSTANCE = new ScalarGradientKernels();

    /** Bounds of what is measured in scales: products of two stay finite, and no result at a double's precision moves. */
    static final double LIMIT = 1e150;

    /** A box of at most this half width, and of at most this half width times distance, is narrow enough for a series. */
    static final double SERIES_HALF_WIDTH = 0x1p-5;

    static final double SERIES_REACH = 0x1p-3;

    // The mean over [c - h, c + h] of the normal density over that at c: 1 + He2(c) h^2/3! + He4(c) h^4/5! + ..., with
    // Hermite
    // polynomials, ordered by powers of u = (hc)^2 and v = h^2.
    static final double A1 = -1.0 / 6;
    static final double A2 = 1.0 / 40;
    static final double A3 = -1.0 / 336;
    static final double A4 = 1.0 / 3456;
    static final double B0 = 1.0 / 6;
    static final double B1 = -1.0 / 20;
    static final double B2 = 1.0 / 112;
    static final double B3 = -1.0 / 864;
    static final double C0 = 1.0 / 120;
    static final double C1 = -1.0 / 336;
    static final double C2 = 1.0 / 1728;
    static final double D0 = 1.0 / 5040;
    static final double D1 = -1.0 / 12960;
    static final double E0 = 1.0 / 362880;

    /** Beyond this a difference of tanh loses nothing that matters. */
    static final double LARGE_RISE = 0.5;

    private ScalarGradientKernels() {}

    private static double bounded(double x) {
        return Math.min(Math.max(x, -LIMIT), LIMIT);
    }

    /** x, or what is nearest to it of the finite doubles. */
    private static double finite(double x) {
        return Math.min(Math.max(x, -Double.MAX_VALUE), Double.MAX_VALUE);
    }

    @Override
    public void prepare(double[] scale, int count, double[] inverse, double[] shrink) {
        for (int i = 0; i < count; i++) {
            inverse[i] = Math.min(1 / scale[i], Double.MAX_VALUE);
            double width = Math.min(inverse[i], LIMIT);
            shrink[i] = width / ExactMath.expm1(width);
        }
    }

    @Override
    public void locationScale(
            Family family,
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            double[] shrink,
            int first,
            int count,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        switch (family) {
            case NORMAL -> normal(y, yOffset, loc, inverse, first, count, byY, byScale, at);
            case LOGISTIC -> logistic(y, yOffset, loc, inverse, shrink, first, count, byY, byScale, at);
            case LAPLACE -> laplace(y, yOffset, loc, inverse, shrink, first, count, byY, byScale, at);
        }
    }

    private static void normal(
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            int first,
            int count,
            double[] byY,
            double[] byScale,
            int at) {
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double unit = inverse[first + i];
            double d = y[yOffset + i] - location;
            double edge = FamilyMath.edge(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double h = Math.min(0.5 * unit, LIMIT);
            double c = Math.min(distance * unit, LIMIT);
            double slope;
            double stretch;
            if (h < SERIES_HALF_WIDTH && h * c < SERIES_REACH) {
                // P = 2h f(c) S(u, v): the mean of the density over the box by Taylor's series, of powers of u, whose
                // coefficients A, B, ... are polynomials in v.
                double v = h * h;
                double hc = h * c;
                double u = hc * hc;
                double seriesB = ((B3 * v + B2) * v + B1) * v + B0;
                double seriesA = (((A4 * v + A3) * v + A2) * v + A1) * v + 1;
                double seriesC = (C2 * v + C1) * v + C0;
                double seriesD = D1 * v + D0;
                double series = (((E0 * u + seriesD) * u + seriesC) * u + seriesB) * u + seriesA;
                double byU = ((4 * E0 * u + 3 * seriesD) * u + 2 * seriesC) * u + seriesB;
                double byVa = ((4 * A4 * v + 3 * A3) * v + 2 * A2) * v + A1;
                double byVb = (3 * B3 * v + 2 * B2) * v + B1;
                double byV = ((D1 * u + (2 * C2 * v + C1)) * u + byVb) * u + byVa;
                slope = -c * (1 - 2 * (v * byU) / series);
                stretch = (c * c - 1) - (4 * (u * byU) + 2 * (v * byV)) / series;
            } else {
                double low = bounded((distance - 0.5 + edge) * unit);
                double high = bounded((distance + 0.5 + edge) * unit);
                // f(c + h) = f(c - h) e^(-2hc): all is in units of f(c - h), but where the box holds the location, of
                // 1.
                double fall = ExactMath.expm1(-2 * (h * c));
                double ratio = 1 + fall;
                double survivalLow = ExactMath.scaledSurvival(Math.abs(low));
                double survivalHigh = ExactMath.scaledSurvival(high);
                double density = low > 0 ? 1 : ExactMath.gaussian(-low);
                double mass = low > 0
                        ? survivalLow - survivalHigh * ratio
                        : 1 - density * (survivalLow + survivalHigh * ratio);
                double scaled = density * ExactMath.INV_SQRT_2PI / mass;
                slope = scaled * fall;
                stretch = scaled * (low - high * ratio);
            }
            byY[at + i] = finite((d < 0 ? -slope : slope) * unit);
            byScale[at + i] = finite(stretch * unit);
        }
    }

    private static void logistic(
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            double[] shrink,
            int first,
            int count,
            double[] byY,
            double[] byScale,
            int at) {
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double unit = inverse[first + i];
            double d = y[yOffset + i] - location;
            double edge = FamilyMath.edge(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double c = Math.min(distance * unit, LIMIT);
            double low = bounded((distance - 0.5 + edge) * unit);
            double high = bounded((distance + 0.5 + edge) * unit);
            // P = (1 - e^(-2h)) S(-low) S(high), with S(x) = 1 / (1 + e^x) the survival function.
            double belowLow = 1 / (1 + ExactMath.exp(-low));
            double tail = ExactMath.exp(-high);
            double belowHigh = 1 / (1 + tail);
            double slope = ExactMath.expm1(-2 * c) * belowLow * belowHigh;
            double stretch = (low * belowLow - high * (tail * belowHigh)) - shrink[first + i];
            byY[at + i] = finite((d < 0 ? -slope : slope) * unit);
            byScale[at + i] = finite(stretch * unit);
        }
    }

    private static void laplace(
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            double[] shrink,
            int first,
            int count,
            double[] byY,
            double[] byScale,
            int at) {
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double unit = inverse[first + i];
            double d = y[yOffset + i] - location;
            double edge = FamilyMath.edge(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double low = bounded((distance - 0.5 + edge) * unit);
            double slope;
            double stretch;
            if (low > 0) {
                // P = e^(-low) (1 - e^(-2h)) / 2
                slope = -1;
                stretch = low - shrink[first + i];
            } else {
                // P = 1 - (e^low + e^-high) / 2, and e^-high = e^low e^(-2c)
                double c = Math.min(distance * unit, LIMIT);
                double high = bounded((distance + 0.5 + edge) * unit);
                double density = ExactMath.exp(low);
                double fall = ExactMath.expm1(-2 * c);
                double twiceMass = -2 * ExactMath.expm1(low) - density * fall;
                double inverseMass = Math.min(1 / twiceMass, Double.MAX_VALUE);
                slope = density * fall * inverseMass;
                stretch = density * (low - high * (1 + fall)) * inverseMass;
            }
            byY[at + i] = finite((d < 0 ? -slope : slope) * unit);
            byScale[at + i] = finite(stretch * unit);
        }
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
            double sum = network.biases()[l][o * network.places() + place];
            double rise = 0;
            for (int i = 0; i < in; i++) {
                double cell = network.matrices()[l][(o * in + i) * network.places() + place];
                sum += cell * work[network.inputs() + from + i];
                rise += cell * work[network.rises() + from + i];
            }
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
        work[network.byRises() + output] = weight * ((stretch > LIMIT ? LIMIT : stretch) + aboveHigh);
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
