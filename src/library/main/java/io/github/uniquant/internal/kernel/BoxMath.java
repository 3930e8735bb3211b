package io.github.uniquant.internal.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Logarithms of noisy densities of location-scale families, and their derivatives: the scalar path. With d the distance of y
 * from the location, s the scale, h = 1/(2s) and c = d/s, the box is [low, high] = [c - h, c + h] in units of the scale; with f
 * the standard density and P the box's mass,
 *
 * <pre>
 *   slope   = s d log P / d d = (f(high) - f(low)) / P
 *   stretch = s d log P / d s = (low f(low) - high f(high)) / P
 * </pre>
 *
 * Each family writes these so that nothing cancels but where the derivative itself passes zero, and so that f and P, which
 * underflow together far out, are only met as their ratio. A logarithm is {@code log u + rest}, where {@code rest} is what
 * the rounding of u lost if u is near 1, or the exponent of a factor that would underflow.
 *
 * <p>Polynomials of exponentials and logarithms are summed by Estrin's scheme, whose chains of operations are a third of
 * Horner's: on vectors, the length of chains bounds the speed. Exponentials are of arguments of at most 0.
 */
final class BoxMath {
    /** Bounds of what is measured in scales: products of two stay finite, and no result at a double's precision moves. */
    static final double LIMIT = 1e150;

    /** The least argument of an exponential whose result is not taken for 0: it is a normal double. */
    static final double EXP_LIMIT = -708;

    /** Adding it to a number of at most 0 rounds that to an integer k, and leaves k + 1023, an exponent, in the low bits. */
    static final double MAGIC = 0x1.8p52 + 1023;

    private BoxMath() {}

    // ---- functions

    /** e^x - 1 = p 2^k + (2^k - 1), for x at most 0 and 2^k = {@link #power}. */
    private static double reduced(double x, double power) {
        double bounded = Math.max(x, EXP_LIMIT);
        double k = (bounded * ExactMath.INV_LN2 + MAGIC) - MAGIC;
        double r = (bounded - k * ExactMath.LN2_HIGH) - k * ExactMath.LN2_LOW;
        double r2 = r * r;
        double r4 = r2 * r2;
        double q0 = (ExactMath.E1 * r + ExactMath.E0) + (ExactMath.E3 * r + ExactMath.E2) * r2;
        double q1 = (ExactMath.E5 * r + ExactMath.E4) + (ExactMath.E7 * r + ExactMath.E6) * r2;
        double q2 = (ExactMath.E9 * r + ExactMath.E8) + ExactMath.E10 * r2;
        double q = (q1 * r4 + q0) + q2 * (r4 * r4);
        return (r2 * q + r) * power;
    }

    private static double power(double x) {
        double t = Math.max(x, EXP_LIMIT) * ExactMath.INV_LN2 + MAGIC;
        return Double.longBitsToDouble(Double.doubleToRawLongBits(t) << 52);
    }

    /** e^x for x <= 0. */
    static double exp(double x) {
        double power = power(x);
        return x < EXP_LIMIT ? 0 : reduced(x, power) + power;
    }

    /** e^x - 1 for x <= 0. */
    static double expm1(double x) {
        double power = power(x);
        return reduced(x, power) + (power - 1);
    }

    /** Natural logarithm. */
    static double log(double x) {
        if (!(x >= Double.MIN_NORMAL && x < Double.POSITIVE_INFINITY)) {
            return ExactMath.log(x);
        }
        long bits = Double.doubleToRawLongBits(x);
        long exponent = bits - ExactMath.SQRT_HALF_BITS & ExactMath.EXPONENT_MASK;
        double f = Double.longBitsToDouble(bits - exponent) - 1;
        double k = exponent >> 52;
        double s = f / (f + 2);
        double w = s * s;
        double w2 = w * w;
        double r0 = (ExactMath.L1 * w + ExactMath.L0) + (ExactMath.L3 * w + ExactMath.L2) * w2;
        double r1 = (ExactMath.L5 * w + ExactMath.L4) + (ExactMath.L7 * w + ExactMath.L6) * w2;
        double r = r1 * (w2 * w2) + r0;
        double half = 0.5 * f * f;
        return k * ExactMath.LN2_HIGH - ((half - (s * (w * r + half) + k * ExactMath.LN2_LOW)) - f);
    }

    /**
     * The survival function of the standard normal distribution times exp(z^2/2), for 0 <= z <= {@link #LIMIT}: {@link
     * ExactMath#scaledSurvival} with one division for both of its quotients.
     */
    static double scaledSurvival(double z) {
        double a = z + ExactMath.MILLS_CENTRE;
        double b = z + 1;
        double reciprocal = 1 / (a * b);
        double t = (z - ExactMath.MILLS_CENTRE) * (reciprocal * b);
        return ExactMath.millsPolynomial(t) * (reciprocal * a);
    }

    private static double bounded(double x) {
        return Math.min(Math.max(x, -LIMIT), LIMIT);
    }

    /** x, or what is nearest to it of the finite doubles. */
    private static double finite(double x) {
        return Math.min(Math.max(x, -Double.MAX_VALUE), Double.MAX_VALUE);
    }

    /** From a slope, which is at most 0, by the distance from the location to one by y. */
    private static double byY(double slope, boolean left, double inverse) {
        double byDistance = Math.max(slope * inverse, -Double.MAX_VALUE);
        return left ? -byDistance : byDistance;
    }

    /** An edge of the box about y, to one side of its middle, in units of the scale. */
    private static double edge(double y, double loc, double side, double inverse) {
        double d = y - loc;
        return ((Math.abs(d) + side) + FamilyMath.edge(y, loc, d)) * inverse;
    }

    // ---- values

    /** log P of one value under one of some distributions. */
    static double logProb(BoxParameters boxes, int at, double y) {
        double loc = boxes.loc()[at];
        double inverse = boxes.inverse()[at];
        double factor = boxes.factor()[at];
        return switch (boxes.family()) {
            case NORMAL -> logNormal(y, loc, inverse, factor, boxes.series(), at);
            case LOGISTIC -> logLogistic(y, loc, inverse, factor);
            case LAPLACE -> logLaplace(y, loc, inverse, factor);
        };
    }

    /**
     * For i below {@code count}, log P at {@code y[yOffset + i]} under distribution {@code first + i} in {@code logProb[logAt
     * + i]}, and its derivatives by y and by the scale in {@code byY[at + i]} and {@code byScale[at + i]}. What is null is not
     * computed: the first, or the other two.
     */
    static void run(
            BoxParameters boxes,
            double[] y,
            int yOffset,
            int first,
            int count,
            double @Nullable [] logProb,
            int logAt,
            double @Nullable [] byY,
            double @Nullable [] byScale,
            int at) {
        if (byY == null || byScale == null) {
            for (int i = 0; logProb != null && i < count; i++) {
                logProb[logAt + i] = logProb(boxes, first + i, y[yOffset + i]);
            }
            return;
        }
        switch (boxes.family()) {
            case NORMAL -> normal(boxes, y, yOffset, first, count, logProb, logAt, byY, byScale, at);
            case LOGISTIC -> logistic(boxes, y, yOffset, first, count, logProb, logAt, byY, byScale, at);
            case LAPLACE -> laplace(boxes, y, yOffset, first, count, logProb, logAt, byY, byScale, at);
        }
    }

    // ---- the normal distribution

    /**
     * P in units of f(low) sqrt(2 pi) for a box beyond the location, else P. f(high) = f(low) e^(-2hc).
     *
     * @param outside for a box about the location, what it leaves of 1
     */
    private static double normalMass(double low, double tailLow, double beyond, double outside) {
        return low > 0 ? tailLow - beyond : 1 - outside;
    }

    /** Coefficient j of {@link BoxSeries} for distribution {@code at}, whose series are kept or not. */
    private static double coefficient(int j, double[] series, int at, double inverse) {
        return series.length == 0
                ? BoxSeries.coefficient(j, inverse)
                : series[series.length / BoxSeries.COUNT * j + at];
    }

    private static double logNormal(
            double y, double loc, double inverse, double factor, double[] series, int seriesAt) {
        double h = Math.min(0.5 * inverse, LIMIT);
        double c = Math.min(Math.abs(y - loc) * inverse, LIMIT);
        double hc = h * c;
        if (BoxSeries.isNarrow(h, hc)) {
            double t = hc * hc * BoxSeries.TO_T - 1;
            double t2 = t * t;
            double even = 0;
            double odd = 0;
            for (int j = BoxSeries.COUNT - 2; j >= 0; j -= 2) {
                even = even * t2 + coefficient(j, series, seriesAt, inverse);
                odd = odd * t2 + coefficient(j + 1, series, seriesAt, inverse);
            }
            return (even + odd * t) + (factor - 0.5 * c * c);
        }
        double low = bounded(edge(y, loc, -0.5, inverse));
        double high = bounded(edge(y, loc, 0.5, inverse));
        double tailLow = scaledSurvival(Math.abs(low));
        double beyond = scaledSurvival(high) * exp(-2 * hc);
        double drop = -0.5 * low * low;
        double outside = (low > 0 ? 1 : exp(drop)) * (tailLow + beyond);
        double mass = normalMass(low, tailLow, beyond, outside);
        return log(mass) + (low > 0 ? drop : (-outside - (mass - 1)) * (1 / mass));
    }

    private static void normal(
            BoxParameters boxes,
            double[] y,
            int yOffset,
            int first,
            int count,
            double @Nullable [] logProb,
            int logAt,
            double[] byY,
            double[] byScale,
            int at) {
        for (int i = 0; i < count; i++) {
            double value = y[yOffset + i];
            double loc = boxes.loc()[first + i];
            double inverse = boxes.inverse()[first + i];
            double h = Math.min(0.5 * inverse, LIMIT);
            double c = Math.min(Math.abs(value - loc) * inverse, LIMIT);
            double hc = h * c;
            double log;
            double slope;
            double stretch;
            if (BoxSeries.isNarrow(h, hc)) {
                // A polynomial of t is even(t^2) + t odd(t^2); beside the values, first and half second derivatives.
                double u = hc * hc;
                double v = h * h;
                double t = u * BoxSeries.TO_T - 1;
                double t2 = t * t;
                double even = 0;
                double odd = 0;
                double even1 = 0;
                double odd1 = 0;
                double even2 = 0;
                double odd2 = 0;
                for (int j = BoxSeries.COUNT - 2; j >= 0; j -= 2) {
                    even2 = even2 * t2 + even1;
                    odd2 = odd2 * t2 + odd1;
                    even1 = even1 * t2 + even;
                    odd1 = odd1 * t2 + odd;
                    even = even * t2 + coefficient(j, boxes.series(), first + i, inverse);
                    odd = odd * t2 + coefficient(j + 1, boxes.series(), first + i, inverse);
                }
                double byT = odd + 2 * t * (even1 + odd1 * t);
                double byTwice = (even1 * 2 + odd1 * t * 6) + 8 * t2 * (even2 + odd2 * t);
                double bend = byT * BoxSeries.SLOPE_FACTOR * v - 1;
                slope = bend * c;
                stretch = slope * slope + (bend + byTwice * BoxSeries.CURVATURE_FACTOR * (u * v));
                log = (even + odd * t) + (boxes.factor()[first + i] - 0.5 * c * c);
            } else {
                double low = bounded(edge(value, loc, -0.5, inverse));
                double high = bounded(edge(value, loc, 0.5, inverse));
                double fall = expm1(-2 * hc);
                double ratio = exp(-2 * hc);
                double tailLow = scaledSurvival(Math.abs(low));
                double beyond = scaledSurvival(high) * ratio;
                double drop = -0.5 * low * low;
                double density = low > 0 ? 1 : exp(drop);
                double outside = density * (tailLow + beyond);
                double mass = normalMass(low, tailLow, beyond, outside);
                double reciprocal = 1 / mass;
                double scaled = density * ExactMath.INV_SQRT_2PI * reciprocal;
                slope = scaled * fall;
                stretch = scaled * (low - high * ratio);
                log = logProb == null ? 0 : log(mass) + (low > 0 ? drop : (-outside - (mass - 1)) * reciprocal);
            }
            byY[at + i] = byY(slope, value < loc, inverse);
            byScale[at + i] = finite(stretch * inverse);
            if (logProb != null) {
                logProb[logAt + i] = log;
            }
        }
    }

    // ---- the logistic distribution: P = (1 - e^-2h) S(-low) S(high), with S(x) = 1 / (1 + e^x) the survival function

    private static double logLogistic(double y, double loc, double inverse, double factor) {
        double low = edge(y, loc, -0.5, inverse);
        double e = exp(-Math.abs(low));
        double f = exp(-edge(y, loc, 0.5, inverse));
        double x = e * f + (e + f);
        double sum = x + 1;
        return (factor - Math.max(low, 0)) - (log(sum) + (x - (sum - 1)) * (1 / sum));
    }

    private static void logistic(
            BoxParameters boxes,
            double[] y,
            int yOffset,
            int first,
            int count,
            double @Nullable [] logProb,
            int logAt,
            double[] byY,
            double[] byScale,
            int at) {
        for (int i = 0; i < count; i++) {
            double value = y[yOffset + i];
            double loc = boxes.loc()[first + i];
            double inverse = boxes.inverse()[first + i];
            double low = edge(value, loc, -0.5, inverse);
            double high = edge(value, loc, 0.5, inverse);
            // e and f, and what they are less than 1 by: e^low and e^-high left of the edge, e^-low and e^-high right
            // of it.
            double e = exp(-Math.abs(low));
            double eLess = expm1(-Math.abs(low));
            double f = exp(-high);
            double fLess = expm1(-high);
            double x = e * f + (e + f);
            double sum = x + 1;
            double reciprocal = 1 / sum;
            double fall = low > 0 ? eLess * fLess + (eLess + fLess) : eLess > -0.5 ? fLess - eLess : f - e;
            double slope = fall * reciprocal;
            double belowLow = (low > 0 ? 1 : e) * (f + 1);
            double aboveHigh = f * (e + 1);
            double stretch =
                    (bounded(low) * belowLow - bounded(high) * aboveHigh) * reciprocal - boxes.shrink()[first + i];
            byY[at + i] = byY(slope, value < loc, inverse);
            byScale[at + i] = finite(stretch * inverse);
            if (logProb != null) {
                logProb[logAt + i] =
                        (boxes.factor()[first + i] - Math.max(low, 0)) - (log(sum) + (x - (sum - 1)) * reciprocal);
            }
        }
    }

    // ---- the Laplace distribution: P = e^-low (1 - e^-2h) / 2, or 1 - (e^low + e^-high) / 2 about the location

    private static double logLaplace(double y, double loc, double inverse, double factor) {
        double low = edge(y, loc, -0.5, inverse);
        if (low > 0) {
            return factor - low;
        }
        double high = edge(y, loc, 0.5, inverse);
        double outside = exp(low) + exp(-high);
        boolean small = outside < 1;
        double x = -0.5 * (small ? outside : expm1(low) + expm1(-high));
        double mass = small ? x + 1 : x;
        return log(mass) + (small ? (x - (mass - 1)) * Math.min(1 / mass, Double.MAX_VALUE) : 0);
    }

    private static void laplace(
            BoxParameters boxes,
            double[] y,
            int yOffset,
            int first,
            int count,
            double @Nullable [] logProb,
            int logAt,
            double[] byY,
            double[] byScale,
            int at) {
        for (int i = 0; i < count; i++) {
            double value = y[yOffset + i];
            double loc = boxes.loc()[first + i];
            double inverse = boxes.inverse()[first + i];
            double low = edge(value, loc, -0.5, inverse);
            double slope;
            double stretch;
            double log;
            if (low > 0) {
                slope = -1;
                stretch = low - boxes.shrink()[first + i];
                log = boxes.factor()[first + i] - low;
            } else {
                double high = edge(value, loc, 0.5, inverse);
                double e = exp(low);
                double f = exp(-high);
                double eLess = expm1(low);
                double fLess = expm1(-high);
                boolean small = e + f < 1;
                double x = -0.5 * (small ? e + f : eLess + fLess);
                double mass = small ? x + 1 : x;
                double reciprocal = Math.min(1 / mass, Double.MAX_VALUE);
                slope = Math.max(0.5 * (small ? f - e : fLess - eLess) * reciprocal, -1);
                stretch = Math.max(0.5 * (low * e - high * f) * reciprocal, -1);
                log = logProb == null ? 0 : log(mass) + (small ? (x - (mass - 1)) * reciprocal : 0);
            }
            byY[at + i] = byY(slope, value < loc, inverse);
            byScale[at + i] = finite(stretch * inverse);
            if (logProb != null) {
                logProb[logAt + i] = log;
            }
        }
    }
}
