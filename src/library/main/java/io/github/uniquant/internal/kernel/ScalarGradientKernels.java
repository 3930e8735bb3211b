package io.github.uniquant.internal.kernel;

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

    static final double INV_SQRT_2PI = 0.3989422804014327;

    private ScalarGradientKernels() {}

    /** What d, the rounded difference of y and loc, lacks: where the scale is tiny, an edge of the box moves by it. */
    private static double rest(double y, double loc, double d) {
        double minusLoc = d - y;
        double rest = (y - (d - minusLoc)) - (loc + minusLoc);
        return Double.isNaN(rest) ? 0 : rest; // not a number for infinite d, which has no edge nearby
    }

    private static double bounded(double x) {
        return Math.min(Math.max(x, -LIMIT), LIMIT);
    }

    /** x, or what is nearest to it of the finite doubles. */
    private static double finite(double x) {
        return Math.min(Math.max(x, -Double.MAX_VALUE), Double.MAX_VALUE);
    }

    @Override
    public void normal(
            double[] y,
            int yOffset,
            double[] loc,
            double[] scale,
            int first,
            int count,
            double[] byY,
            double[] byScale) {
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double inverse = Math.min(1 / scale[first + i], Double.MAX_VALUE);
            double d = y[yOffset + i] - location;
            double rest = rest(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double edge = d < 0 ? -rest : rest;
            double h = Math.min(0.5 * inverse, LIMIT);
            double c = Math.min(distance * inverse, LIMIT);
            double slope;
            double stretch;
            if (h < SERIES_HALF_WIDTH && h * c < SERIES_REACH) {
                // P = 2h f(c) S(u, v): the mean of the density over the box by Taylor's series, with Hermite
                // polynomials.
                double v = h * h;
                double hc = h * c;
                double u = hc * hc;
                double he2 = u - v;
                double he4 = (u - 6 * v) * u + 3 * v * v;
                double he6 = ((u - 15 * v) * u + 45 * v * v) * u - 15 * v * v * v;
                double he8 = (((u - 28 * v) * u + 210 * v * v) * u - 420 * v * v * v) * u + 105 * v * v * v * v;
                double series = 1 + (he2 / 6 + (he4 / 120 + (he6 / 5040 + he8 / 362880)));
                double he4u = 2 * u - 6 * v;
                double he6u = (3 * u - 30 * v) * u + 45 * v * v;
                double he8u = ((4 * u - 84 * v) * u + 420 * v * v) * u - 420 * v * v * v;
                double byU = 1.0 / 6 + (he4u / 120 + (he6u / 5040 + he8u / 362880));
                double he4v = 6 * v - 6 * u;
                double he6v = (90 * v - 15 * u) * u - 45 * v * v;
                double he8v = ((420 * v - 28 * u) * u - 1260 * v * v) * u + 420 * v * v * v;
                double byV = he4v / 120 + (he6v / 5040 + he8v / 362880) - 1.0 / 6;
                slope = -c * (1 - 2 * v * byU / series);
                stretch = c * c - 1 - (4 * u * byU + 2 * v * byV) / series;
            } else {
                double low = bounded((distance - 0.5 + edge) * inverse);
                double high = bounded((distance + 0.5 + edge) * inverse);
                // f(c + h) = f(c - h) e^(-2hc): all is in units of f(c - h), but where the box holds the location, of
                // 1.
                double fall = ExactMath.expm1(-2 * h * c);
                double ratio = 1 + fall;
                double survivalLow = ExactMath.scaledSurvival(Math.abs(low));
                double survivalHigh = ExactMath.scaledSurvival(high);
                double density = low > 0 ? 1 : ExactMath.gaussian(-low);
                double mass = low > 0
                        ? survivalLow - survivalHigh * ratio
                        : 1 - density * (survivalLow + survivalHigh * ratio);
                double scaled = density * INV_SQRT_2PI / mass;
                slope = scaled * fall;
                stretch = scaled * (low - high * ratio);
            }
            byY[i] = finite((d < 0 ? -slope : slope) * inverse);
            byScale[i] = finite(stretch * inverse);
        }
    }

    @Override
    public void logistic(
            double[] y,
            int yOffset,
            double[] loc,
            double[] scale,
            int first,
            int count,
            double[] byY,
            double[] byScale) {
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double inverse = Math.min(1 / scale[first + i], Double.MAX_VALUE);
            double d = y[yOffset + i] - location;
            double rest = rest(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double edge = d < 0 ? -rest : rest;
            double c = Math.min(distance * inverse, LIMIT);
            double low = bounded((distance - 0.5 + edge) * inverse);
            double high = bounded((distance + 0.5 + edge) * inverse);
            // P = (1 - e^(-2h)) S(-low) S(high), with S(x) = 1 / (1 + e^x) the survival function.
            double belowLow = 1 / (1 + ExactMath.exp(-low));
            double tail = ExactMath.exp(-high);
            double aboveHigh = tail / (1 + tail);
            double slope = ExactMath.expm1(-2 * c) * belowLow / (1 + tail);
            double width = Math.min(inverse, LIMIT);
            double stretch = (low * belowLow - high * aboveHigh) - width / ExactMath.expm1(width);
            byY[i] = finite((d < 0 ? -slope : slope) * inverse);
            byScale[i] = finite(stretch * inverse);
        }
    }

    @Override
    public void laplace(
            double[] y,
            int yOffset,
            double[] loc,
            double[] scale,
            int first,
            int count,
            double[] byY,
            double[] byScale) {
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double inverse = Math.min(1 / scale[first + i], Double.MAX_VALUE);
            double d = y[yOffset + i] - location;
            double rest = rest(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double edge = d < 0 ? -rest : rest;
            double low = bounded((distance - 0.5 + edge) * inverse);
            double slope;
            double stretch;
            if (low > 0) {
                // P = e^(-low) (1 - e^(-2h)) / 2
                double width = Math.min(inverse, LIMIT);
                slope = -1;
                stretch = low - width / ExactMath.expm1(width);
            } else {
                // P = 1 - (e^low + e^-high) / 2
                double c = Math.min(distance * inverse, LIMIT);
                double high = bounded((distance + 0.5 + edge) * inverse);
                double densityLow = ExactMath.exp(low);
                double twiceMass = -(ExactMath.expm1(-high) + ExactMath.expm1(low));
                slope = ExactMath.expm1(-2 * c) * densityLow / twiceMass;
                stretch = (low * densityLow - high * ExactMath.exp(-high)) / twiceMass;
            }
            byY[i] = finite((d < 0 ? -slope : slope) * inverse);
            byScale[i] = finite(stretch * inverse);
        }
    }

    @Override
    public void accumulate(
            double[] weights,
            int weightsOffset,
            double[] byY,
            double[] byScale,
            int count,
            double[] dy,
            int dyOffset,
            double[] sumByLoc,
            double[] sumByScale,
            int first) {
        for (int i = 0; i < count; i++) {
            double weight = weights[weightsOffset + i];
            double gradient = weight * byY[i];
            dy[dyOffset + i] = gradient;
            sumByLoc[first + i] -= gradient;
            sumByScale[first + i] += weight * byScale[i];
        }
    }
}
