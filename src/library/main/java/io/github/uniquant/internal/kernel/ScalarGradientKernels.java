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
    public void prepare(double[] scale, int count, double[] inverse, double[] shrink) {
        for (int i = 0; i < count; i++) {
            inverse[i] = Math.min(1 / scale[i], Double.MAX_VALUE);
            double width = Math.min(inverse[i], LIMIT);
            shrink[i] = width / ExactMath.expm1(width);
        }
    }

    @Override
    public void normal(
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
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double unit = inverse[first + i];
            double d = y[yOffset + i] - location;
            double rest = rest(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double edge = d < 0 ? -rest : rest;
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

    @Override
    public void logistic(
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
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double unit = inverse[first + i];
            double d = y[yOffset + i] - location;
            double rest = rest(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double edge = d < 0 ? -rest : rest;
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

    @Override
    public void laplace(
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
        for (int i = 0; i < count; i++) {
            double location = loc[first + i];
            double unit = inverse[first + i];
            double d = y[yOffset + i] - location;
            double rest = rest(y[yOffset + i], location, d);
            double distance = Math.abs(d);
            double edge = d < 0 ? -rest : rest;
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
}
