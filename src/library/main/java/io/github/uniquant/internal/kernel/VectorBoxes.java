package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.ExactMath.EXPONENT_MASK;
import static io.github.uniquant.internal.kernel.ExactMath.INV_LN2;
import static io.github.uniquant.internal.kernel.ExactMath.INV_SQRT_2PI;
import static io.github.uniquant.internal.kernel.ExactMath.LN2_HIGH;
import static io.github.uniquant.internal.kernel.ExactMath.LN2_LOW;
import static io.github.uniquant.internal.kernel.ExactMath.MILLS_CENTRE;
import static io.github.uniquant.internal.kernel.ExactMath.SQRT_HALF_BITS;
import static io.github.uniquant.internal.kernel.VectorMath.BIAS;
import static io.github.uniquant.internal.kernel.VectorMath.D;
import static io.github.uniquant.internal.kernel.VectorMath.ONE;
import static io.github.uniquant.internal.kernel.VectorMath.SIGNIFICAND_BITS;
import static io.github.uniquant.internal.kernel.VectorMath.TWO;
import static io.github.uniquant.internal.kernel.VectorMath.TWO_52_AND_BIAS;
import static io.github.uniquant.internal.kernel.VectorMath.TWO_52_BITS;
import static io.github.uniquant.internal.kernel.VectorMath.W;
import static io.github.uniquant.internal.kernel.VectorMath.ZERO;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * {@link BoxMath} lane by lane, as chains of loops over a block in working memory; {@link VectorMath} says why. What a formula
 * needs for some values only is collected and computed for those: by vectors for the normal distribution, whose branches go
 * by scale, by lanes for boxes about the location of a Laplace distribution.
 */
final class VectorBoxes {
    /** Most values of a call, which are whole vectors. */
    static final int BLOCK = GradientKernels.BLOCK;

    // Rows of the working memory, of all boxes or of those collected; what is side by side is in use at different
    // times.
    private static final int LOW = 0;
    private static final int HIGH = BLOCK;
    private static final int MASS = 2 * BLOCK;
    private static final int REST = 3 * BLOCK;
    private static final int SLOPE = 4 * BLOCK;
    private static final int STRETCH = 5 * BLOCK;

    // Logistic and Laplace distributions: decays at both edges, and what they lack of 1.
    private static final int LOW_DECAY = 6 * BLOCK;
    private static final int HIGH_DECAY = 7 * BLOCK;
    private static final int LOW_DECAY_LESS_1 = 8 * BLOCK;
    private static final int HIGH_DECAY_LESS_1 = 9 * BLOCK;
    private static final int BEFORE = 10 * BLOCK; // logistic: the logarithm of what does not depend on exponentials
    private static final int RECIPROCAL = 11 * BLOCK;
    private static final int LOWER_EDGE = 10 * BLOCK; // Laplace: of all boxes
    private static final int SIGNED_UNIT =
            11 * BLOCK; // Laplace: the reciprocal scale, negative to the left of the location
    private static final int UNUSED = 12 * BLOCK; // Laplace: for logarithms that nobody wants

    // Wide boxes of the normal distribution: what belongs to the nearer edges of those collected, and then to the
    // farther ones.
    private static final int DISTANCE = 6 * BLOCK; // two rows; the polynomial of the survival function in its place
    private static final int FACTOR = 8 * BLOCK; // two rows: of that polynomial
    private static final int DECAY = 10 * BLOCK; // two rows
    private static final int DECAY_LESS_1 =
            12 * BLOCK; // two rows: what those lack of 1; at first what of the farther ones decays

    // All boxes of the normal distribution.
    private static final int T = 14 * BLOCK; // the argument of the series; 2 for wide boxes
    private static final int BASE = 15 * BLOCK; // log-densities without the series
    private static final int SUM = 6 * BLOCK; // log-densities of narrow boxes
    private static final int RISE = 7 * BLOCK; // derivatives of the series by t
    private static final int CURVATURE = 8 * BLOCK;
    private static final int SERIES = 16 * BLOCK; // coefficients of a vector of distributions that keep none

    private static final long SIGN = Long.MIN_VALUE;

    private VectorBoxes() {}

    /**
     * As {@link BoxMath#run}, for at most {@link #BLOCK} values.
     *
     * @param work {@link GradientKernels#WORK} doubles, whose contents are not defined
     */
    static void run(
            BoxParameters boxes,
            double[] y,
            int yAt,
            int first,
            int n,
            double @Nullable [] logProb,
            int logAt,
            double @Nullable [] byY,
            double @Nullable [] byScale,
            int at,
            double[] work) {
        double[] loc = boxes.loc();
        double[] inverse = boxes.inverse();
        double[] factor = boxes.factor();
        double[] shrink = boxes.shrink();
        switch (boxes.family()) {
            case NORMAL -> {
                int wide = wideBoxes(y, yAt, loc, inverse, factor, first, n, work);
                if (wide > 0) {
                    System.arraycopy(work, HIGH, work, DISTANCE + wide, wide);
                    System.arraycopy(work, DECAY_LESS_1, work, DECAY + wide, wide);
                    decayAndQuotients(2 * wide, work);
                    VectorMath.polynomial(VectorMath.MILLS_TERMS, work, DISTANCE, DISTANCE, 2 * wide);
                    normalMass(wide, work);
                }
                if (byY != null && byScale != null) {
                    seriesAndDerivatives(boxes, first, n, work);
                    finishNormal(y, yAt, loc, inverse, first, n, byY, byScale, at, work);
                    if (logProb != null) {
                        System.arraycopy(work, SUM, logProb, logAt, n);
                    }
                } else if (logProb != null) {
                    series(boxes, first, n, work, logProb, logAt);
                }
                if (logProb != null && wide > 0) {
                    log(wide, work, MASS, REST);
                    replaceWide(n, work, logProb, logAt);
                }
            }
            case LOGISTIC -> {
                logisticEdges(y, yAt, loc, inverse, factor, first, n, work);
                decays(n, work);
                logisticMass(n, work);
                if (byY != null && byScale != null) {
                    logisticSlopes(y, yAt, loc, inverse, shrink, first, n, byY, byScale, at, work);
                }
                if (logProb != null) {
                    logisticLog(n, logProb, logAt, work);
                }
            }
            case LAPLACE -> {
                int central = laplaceEdges(y, yAt, loc, inverse, first, n, work);
                decays(central, work);
                laplaceMass(central, work);
                if (logProb != null) {
                    log(central, work, MASS, REST);
                }
                if (byY != null && byScale != null) {
                    double[] logs = logProb == null ? work : logProb;
                    int logsAt = logProb == null ? UNUSED : logAt;
                    laplaceGradients(factor, shrink, first, n, logs, logsAt, byY, byScale, at, work);
                } else if (logProb != null) {
                    laplaceLog(factor, first, n, logProb, logAt, work);
                }
            }
        }
    }

    // ---- functions

    /** {@code exp(-|x|)} and {@code expm1(-|x|)} of both edges, in one loop: most calls have few values. */
    private static void decays(int n, double[] work) {
        for (int j = 0; j < 2 * n; j += W) {
            int i = j < n ? j : j - n + BLOCK; // rows of upper edges follow on those of lower ones
            DoubleVector a = DoubleVector.fromArray(D, work, LOW + i)
                    .reinterpretAsLongs()
                    .or(SIGN)
                    .reinterpretAsDoubles();
            VectorMask<Double> vanishes = a.compare(LT, BoxMath.EXP_LIMIT);
            a = a.blend(BoxMath.EXP_LIMIT, vanishes);
            DoubleVector t = a.mul(INV_LN2).add(BoxMath.MAGIC);
            DoubleVector k = t.sub(BoxMath.MAGIC);
            DoubleVector r = a.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW));
            DoubleVector r2 = r.mul(r);
            DoubleVector r4 = r2.mul(r2);
            DoubleVector q0 = r.mul(ExactMath.E1)
                    .add(ExactMath.E0)
                    .add(r.mul(ExactMath.E3).add(ExactMath.E2).mul(r2));
            DoubleVector q1 = r.mul(ExactMath.E5)
                    .add(ExactMath.E4)
                    .add(r.mul(ExactMath.E7).add(ExactMath.E6).mul(r2));
            DoubleVector q2 = r.mul(ExactMath.E9).add(ExactMath.E8).add(r2.mul(ExactMath.E10));
            DoubleVector q = q1.mul(r4).add(q0).add(q2.mul(r4.mul(r4)));
            DoubleVector power =
                    t.reinterpretAsLongs().lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles();
            DoubleVector p = r2.mul(q).add(r).mul(power);
            p.add(power).blend(0.0, vanishes).intoArray(work, LOW_DECAY + i);
            p.add(power.sub(1.0)).intoArray(work, LOW_DECAY_LESS_1 + i);
        }
    }

    /**
     * {@link #decays} in place, of DECAY; and both quotients of the scaled survival function of DISTANCE, whose division goes on
     * beside it.
     */
    private static void decayAndQuotients(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector distance = DoubleVector.fromArray(D, work, DISTANCE + i);
            DoubleVector up = distance.add(MILLS_CENTRE);
            DoubleVector next = distance.add(1.0);
            DoubleVector reciprocal = ONE.div(up.mul(next));
            DoubleVector a = DoubleVector.fromArray(D, work, DECAY + i).neg();
            VectorMask<Double> vanishes = a.compare(LT, BoxMath.EXP_LIMIT);
            a = a.blend(BoxMath.EXP_LIMIT, vanishes);
            DoubleVector magic = a.mul(INV_LN2).add(BoxMath.MAGIC);
            DoubleVector k = magic.sub(BoxMath.MAGIC);
            DoubleVector r = a.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW));
            DoubleVector r2 = r.mul(r);
            DoubleVector r4 = r2.mul(r2);
            DoubleVector q0 = r.mul(ExactMath.E1)
                    .add(ExactMath.E0)
                    .add(r.mul(ExactMath.E3).add(ExactMath.E2).mul(r2));
            DoubleVector q1 = r.mul(ExactMath.E5)
                    .add(ExactMath.E4)
                    .add(r.mul(ExactMath.E7).add(ExactMath.E6).mul(r2));
            DoubleVector q2 = r.mul(ExactMath.E9).add(ExactMath.E8).add(r2.mul(ExactMath.E10));
            DoubleVector q = q1.mul(r4).add(q0).add(q2.mul(r4.mul(r4)));
            DoubleVector power =
                    magic.reinterpretAsLongs().lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles();
            DoubleVector p = r2.mul(q).add(r).mul(power);
            p.add(power).blend(0.0, vanishes).intoArray(work, DECAY + i);
            p.add(power.sub(1.0)).intoArray(work, DECAY_LESS_1 + i);
            distance.sub(MILLS_CENTRE).mul(reciprocal.mul(next)).intoArray(work, DISTANCE + i);
            reciprocal.mul(up).intoArray(work, FACTOR + i);
        }
    }

    /** Row {@code x} = its logarithm and {@code rest}. Vectors with a lane that is not positive, normal and finite are rare. */
    private static void log(int n, double[] work, int x, int rest) {
        for (int i = 0; i < n; i += W) {
            DoubleVector value = DoubleVector.fromArray(D, work, x + i);
            if (!value.compare(LT, Double.POSITIVE_INFINITY)
                    .andNot(value.compare(LT, Double.MIN_NORMAL))
                    .allTrue()) {
                for (int j = i; j < i + W; j++) {
                    work[x + j] = BoxMath.log(work[x + j]) + work[rest + j];
                }
                continue;
            }
            LongVector bits = value.reinterpretAsLongs();
            LongVector exponent = bits.add(BIAS).sub(SQRT_HALF_BITS);
            DoubleVector f = bits.add(BIAS)
                    .sub(exponent.and(EXPONENT_MASK))
                    .reinterpretAsDoubles()
                    .sub(1.0);
            DoubleVector k = exponent.lanewise(LSHR, SIGNIFICAND_BITS)
                    .or(TWO_52_BITS)
                    .reinterpretAsDoubles()
                    .sub(TWO_52_AND_BIAS);
            DoubleVector s = f.div(f.add(2.0));
            DoubleVector w = s.mul(s);
            DoubleVector w2 = w.mul(w);
            DoubleVector r0 = w.mul(ExactMath.L1)
                    .add(ExactMath.L0)
                    .add(w.mul(ExactMath.L3).add(ExactMath.L2).mul(w2));
            DoubleVector r1 = w.mul(ExactMath.L5)
                    .add(ExactMath.L4)
                    .add(w.mul(ExactMath.L7).add(ExactMath.L6).mul(w2));
            DoubleVector r = r1.mul(w2.mul(w2)).add(r0);
            DoubleVector half = f.mul(0.5).mul(f);
            DoubleVector inner = s.mul(w.mul(r).add(half)).add(k.mul(LN2_LOW));
            k.mul(LN2_HIGH)
                    .sub(half.sub(inner).sub(f))
                    .add(DoubleVector.fromArray(D, work, rest + i))
                    .intoArray(work, x + i);
        }
    }

    // ---- the normal distribution

    /**
     * The series' argument of narrow boxes, and what their log-densities are beside it. Collects of vectors with others the
     * edges, in DISTANCE that of the nearer one, in DECAY half its square for boxes about the location, else 0, and in
     * DECAY_LESS_1 2hc. Returns their number.
     */
    private static int wideBoxes(
            double[] y, int yAt, double[] loc, double[] inverse, double[] factor, int first, int n, double[] work) {
        int wide = 0;
        for (int i = 0; i < n; i += W) {
            DoubleVector location = DoubleVector.fromArray(D, loc, first + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yAt + i);
            DoubleVector d = value.sub(location);
            DoubleVector distance = d.abs();
            DoubleVector c = distance.mul(unit);
            c = c.blend(BoxMath.LIMIT, c.compare(GT, BoxMath.LIMIT));
            DoubleVector h = unit.mul(0.5);
            h = h.blend(BoxMath.LIMIT, h.compare(GT, BoxMath.LIMIT));
            DoubleVector hc = h.mul(c);
            VectorMask<Double> narrow = h.compare(LT, 1.0).and(hc.compare(LT, BoxSeries.REACH));
            TWO.blend(hc.mul(hc).mul(BoxSeries.TO_T).sub(1.0), narrow).intoArray(work, T + i);
            DoubleVector.fromArray(D, factor, first + i).sub(c.mul(0.5).mul(c)).intoArray(work, BASE + i);
            if (narrow.allTrue()) {
                continue;
            }
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            DoubleVector edge = rest.blend(rest.neg(), d.compare(LT, 0.0));
            DoubleVector low = distance.sub(0.5).add(edge).mul(unit);
            low = low.blend(BoxMath.LIMIT, low.compare(GT, BoxMath.LIMIT));
            low = low.blend(-BoxMath.LIMIT, low.compare(LT, -BoxMath.LIMIT));
            DoubleVector high = distance.add(0.5).add(edge).mul(unit);
            high = high.blend(BoxMath.LIMIT, high.compare(GT, BoxMath.LIMIT));
            low.intoArray(work, LOW + wide);
            high.intoArray(work, HIGH + wide);
            low.abs().intoArray(work, DISTANCE + wide);
            hc.mul(2.0).intoArray(work, DECAY_LESS_1 + wide);
            low.mul(0.5).mul(low).blend(0.0, low.compare(GT, 0.0)).intoArray(work, DECAY + wide);
            wide += W;
        }
        return wide;
    }

    /** Mass, rest, slope and stretch of wide boxes. */
    private static void normalMass(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector high = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector density = DoubleVector.fromArray(D, work, DECAY + i);
            DoubleVector ratio = DoubleVector.fromArray(D, work, DECAY + n + i);
            DoubleVector tailLow =
                    DoubleVector.fromArray(D, work, DISTANCE + i).mul(DoubleVector.fromArray(D, work, FACTOR + i));
            DoubleVector beyond = DoubleVector.fromArray(D, work, DISTANCE + n + i)
                    .mul(DoubleVector.fromArray(D, work, FACTOR + n + i))
                    .mul(ratio);
            VectorMask<Double> beside = low.compare(GT, 0.0);
            DoubleVector outside = density.mul(tailLow.add(beyond));
            DoubleVector mass = ONE.sub(outside).blend(tailLow.sub(beyond), beside);
            DoubleVector reciprocal = ONE.div(mass);
            mass.intoArray(work, MASS + i);
            outside.neg()
                    .sub(mass.sub(1.0))
                    .mul(reciprocal)
                    .blend(low.mul(-0.5).mul(low), beside)
                    .intoArray(work, REST + i);
            DoubleVector scaled = density.mul(INV_SQRT_2PI).mul(reciprocal);
            scaled.mul(DoubleVector.fromArray(D, work, DECAY_LESS_1 + n + i)).intoArray(work, SLOPE + i);
            scaled.mul(low.sub(high.mul(ratio))).intoArray(work, STRETCH + i);
        }
    }

    /** Log-densities of narrow boxes. */
    private static void series(BoxParameters boxes, int first, int n, double[] work, double[] to, int toAt) {
        double[] series = boxes.series();
        boolean keeps = series.length > 0;
        double[] coefficients = keeps ? series : work;
        int stride = keeps ? boxes.inverse().length : W;
        for (int i = 0; i < n; i += W) {
            DoubleVector t = DoubleVector.fromArray(D, work, T + i);
            if (!t.compare(LT, 2.0).anyTrue()) {
                continue;
            }
            int at = keeps ? first + i : seriesOf(boxes.inverse(), first + i, work);
            DoubleVector t2 = t.mul(t);
            DoubleVector even = DoubleVector.broadcast(D, 0);
            DoubleVector odd = DoubleVector.broadcast(D, 0);
            for (int j = at + (BoxSeries.COUNT - 2) * stride; j >= at; j -= 2 * stride) {
                even = even.mul(t2).add(DoubleVector.fromArray(D, coefficients, j));
                odd = odd.mul(t2).add(DoubleVector.fromArray(D, coefficients, j + stride));
            }
            even.add(odd.mul(t)).add(DoubleVector.fromArray(D, work, BASE + i)).intoArray(to, toAt + i);
        }
    }

    /** As {@link #series}, to SUM, and the series' derivatives by t. */
    private static void seriesAndDerivatives(BoxParameters boxes, int first, int n, double[] work) {
        double[] series = boxes.series();
        boolean keeps = series.length > 0;
        double[] coefficients = keeps ? series : work;
        int stride = keeps ? boxes.inverse().length : W;
        for (int i = 0; i < n; i += W) {
            DoubleVector t = DoubleVector.fromArray(D, work, T + i);
            if (!t.compare(LT, 2.0).anyTrue()) {
                continue;
            }
            int at = keeps ? first + i : seriesOf(boxes.inverse(), first + i, work);
            DoubleVector t2 = t.mul(t);
            DoubleVector even = DoubleVector.broadcast(D, 0);
            DoubleVector odd = DoubleVector.broadcast(D, 0);
            DoubleVector even1 = DoubleVector.broadcast(D, 0);
            DoubleVector odd1 = DoubleVector.broadcast(D, 0);
            DoubleVector even2 = DoubleVector.broadcast(D, 0);
            DoubleVector odd2 = DoubleVector.broadcast(D, 0);
            for (int j = at + (BoxSeries.COUNT - 2) * stride; j >= at; j -= 2 * stride) {
                even2 = even2.mul(t2).add(even1);
                odd2 = odd2.mul(t2).add(odd1);
                even1 = even1.mul(t2).add(even);
                odd1 = odd1.mul(t2).add(odd);
                even = even.mul(t2).add(DoubleVector.fromArray(D, coefficients, j));
                odd = odd.mul(t2).add(DoubleVector.fromArray(D, coefficients, j + stride));
            }
            even.add(odd.mul(t)).add(DoubleVector.fromArray(D, work, BASE + i)).intoArray(work, SUM + i);
            odd.add(t.mul(2.0).mul(even1.add(odd1.mul(t)))).intoArray(work, RISE + i);
            even1.mul(2.0)
                    .add(odd1.mul(t).mul(6.0))
                    .add(t2.mul(8.0).mul(even2.add(odd2.mul(t))))
                    .intoArray(work, CURVATURE + i);
        }
    }

    /** {@link BoxSeries} of the distributions of a vector; returns where. */
    private static int seriesOf(double[] inverse, int at, double[] work) {
        DoubleVector unit = DoubleVector.fromArray(D, inverse, at);
        DoubleVector x = unit.mul(0.5).mul(unit).sub(1.0);
        for (int j = 0; j < BoxSeries.COUNT; j++) {
            double[] terms = BoxSeries.terms(j);
            DoubleVector sum = DoubleVector.broadcast(D, terms[terms.length - 1]);
            for (int k = terms.length - 2; k >= 0; k--) {
                sum = sum.mul(x).add(DoubleVector.broadcast(D, terms[k]));
            }
            sum.intoArray(work, SERIES + j * W);
        }
        return SERIES;
    }

    private static void finishNormal(
            double[] y,
            int yAt,
            double[] loc,
            double[] inverse,
            int first,
            int n,
            double[] byY,
            double[] byScale,
            int to,
            double[] work) {
        for (int i = 0, wideAt = 0; i < n; i += W) {
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            DoubleVector d = DoubleVector.fromArray(D, y, yAt + i).sub(DoubleVector.fromArray(D, loc, first + i));
            VectorMask<Double> narrow = DoubleVector.fromArray(D, work, T + i).compare(LT, 2.0);
            DoubleVector h = unit.mul(0.5);
            DoubleVector c = d.abs().mul(unit);
            c = c.blend(BoxMath.LIMIT, c.compare(GT, BoxMath.LIMIT));
            DoubleVector hc = h.mul(c);
            DoubleVector v = h.mul(h);
            DoubleVector bend = DoubleVector.fromArray(D, work, RISE + i)
                    .mul(BoxSeries.SLOPE_FACTOR)
                    .mul(v)
                    .sub(1.0);
            DoubleVector narrowSlope = bend.mul(c);
            DoubleVector narrowStretch = narrowSlope
                    .mul(narrowSlope)
                    .add(bend.add(DoubleVector.fromArray(D, work, CURVATURE + i)
                            .mul(BoxSeries.CURVATURE_FACTOR)
                            .mul(hc.mul(hc).mul(v))));
            DoubleVector slope = DoubleVector.fromArray(D, work, SLOPE + wideAt).blend(narrowSlope, narrow);
            DoubleVector stretch =
                    DoubleVector.fromArray(D, work, STRETCH + wideAt).blend(narrowStretch, narrow);
            wideAt += narrow.allTrue() ? 0 : W;
            VectorMask<Double> left = d.compare(LT, 0.0);
            DoubleVector a = slope.mul(unit); // at most 0
            a = a.blend(-Double.MAX_VALUE, a.compare(LT, -Double.MAX_VALUE));
            a.blend(a.neg(), left).intoArray(byY, to + i);
            DoubleVector b = stretch.mul(unit);
            b = b.blend(Double.MAX_VALUE, b.compare(GT, Double.MAX_VALUE));
            b.blend(-Double.MAX_VALUE, b.compare(LT, -Double.MAX_VALUE)).intoArray(byScale, to + i);
        }
    }

    /** Puts the log-densities of wide boxes in their places. */
    private static void replaceWide(int n, double[] work, double[] logProb, int logAt) {
        for (int i = 0, wideAt = 0; i < n; i += W) {
            VectorMask<Double> narrow = DoubleVector.fromArray(D, work, T + i).compare(LT, 2.0);
            if (!narrow.allTrue()) {
                DoubleVector.fromArray(D, work, MASS + wideAt)
                        .blend(DoubleVector.fromArray(D, logProb, logAt + i), narrow)
                        .intoArray(logProb, logAt + i);
                wideAt += W;
            }
        }
    }

    // ---- the logistic distribution

    /** Edges, and in BEFORE the logarithm of what does not depend on exponentials. */
    private static void logisticEdges(
            double[] y, int yAt, double[] loc, double[] inverse, double[] factor, int first, int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector location = DoubleVector.fromArray(D, loc, first + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yAt + i);
            DoubleVector d = value.sub(location);
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            DoubleVector edge = rest.blend(rest.neg(), d.compare(LT, 0.0));
            DoubleVector distance = d.abs();
            DoubleVector low = distance.sub(0.5).add(edge).mul(unit);
            low.intoArray(work, LOW + i);
            distance.add(0.5).add(edge).mul(unit).intoArray(work, HIGH + i);
            DoubleVector.fromArray(D, factor, first + i)
                    .sub(ZERO.blend(low, low.compare(GT, 0.0)))
                    .intoArray(work, BEFORE + i);
        }
    }

    /** MASS = (1 + e)(1 + f) of the decays at both edges, RECIPROCAL its reciprocal, REST what its rounding lost. */
    private static void logisticMass(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector e = DoubleVector.fromArray(D, work, LOW_DECAY + i);
            DoubleVector f = DoubleVector.fromArray(D, work, HIGH_DECAY + i);
            DoubleVector x = e.mul(f).add(e.add(f));
            DoubleVector sum = x.add(1.0);
            DoubleVector reciprocal = ONE.div(sum);
            sum.intoArray(work, MASS + i);
            reciprocal.intoArray(work, RECIPROCAL + i);
            x.sub(sum.sub(1.0)).mul(reciprocal).intoArray(work, REST + i);
        }
    }

    private static void logisticSlopes(
            double[] y,
            int yAt,
            double[] loc,
            double[] inverse,
            double[] shrink,
            int first,
            int n,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector high = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector e = DoubleVector.fromArray(D, work, LOW_DECAY + i);
            DoubleVector eLess = DoubleVector.fromArray(D, work, LOW_DECAY_LESS_1 + i);
            DoubleVector f = DoubleVector.fromArray(D, work, HIGH_DECAY + i);
            DoubleVector fLess = DoubleVector.fromArray(D, work, HIGH_DECAY_LESS_1 + i);
            DoubleVector reciprocal = DoubleVector.fromArray(D, work, RECIPROCAL + i);
            VectorMask<Double> beside = low.compare(GT, 0.0);
            DoubleVector fall = f.sub(e)
                    .blend(fLess.sub(eLess), eLess.compare(GT, -0.5))
                    .blend(eLess.mul(fLess).add(eLess.add(fLess)), beside);
            DoubleVector slope = fall.mul(reciprocal);
            low = low.blend(BoxMath.LIMIT, low.compare(GT, BoxMath.LIMIT));
            low = low.blend(-BoxMath.LIMIT, low.compare(LT, -BoxMath.LIMIT));
            high = high.blend(BoxMath.LIMIT, high.compare(GT, BoxMath.LIMIT));
            DoubleVector stretch = low.mul(e.blend(1.0, beside).mul(f.add(1.0)))
                    .sub(high.mul(f.mul(e.add(1.0))))
                    .mul(reciprocal)
                    .sub(DoubleVector.fromArray(D, shrink, first + i));
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            VectorMask<Double> left =
                    DoubleVector.fromArray(D, y, yAt + i).compare(LT, DoubleVector.fromArray(D, loc, first + i));
            DoubleVector a = slope.mul(unit); // at most 0
            a = a.blend(-Double.MAX_VALUE, a.compare(LT, -Double.MAX_VALUE));
            a.blend(a.neg(), left).intoArray(byY, at + i);
            DoubleVector b = stretch.mul(unit);
            b = b.blend(Double.MAX_VALUE, b.compare(GT, Double.MAX_VALUE));
            b.blend(-Double.MAX_VALUE, b.compare(LT, -Double.MAX_VALUE)).intoArray(byScale, at + i);
        }
    }

    private static void logisticLog(int n, double[] logProb, int logAt, double[] work) {
        log(n, work, MASS, REST);
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, work, BEFORE + i)
                    .sub(DoubleVector.fromArray(D, work, MASS + i))
                    .intoArray(logProb, logAt + i);
        }
    }

    // ---- the Laplace distribution

    /**
     * Lower edges of all boxes in LOWER_EDGE, and SIGNED_UNIT. Collects both edges of boxes about the location, lane by lane; returns their number,
     * rounded up to whole vectors of them.
     */
    private static int laplaceEdges(
            double[] y, int yAt, double[] loc, double[] inverse, int first, int n, double[] work) {
        int central = 0;
        for (int i = 0; i < n; i += W) {
            DoubleVector location = DoubleVector.fromArray(D, loc, first + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yAt + i);
            DoubleVector d = value.sub(location);
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            LongVector sign = d.add(0.0).reinterpretAsLongs().and(SIGN); // 0, too, of -0.0
            DoubleVector edge = rest.reinterpretAsLongs().lanewise(XOR, sign).reinterpretAsDoubles();
            DoubleVector distance = d.abs();
            DoubleVector low = distance.sub(0.5).add(edge).mul(unit);
            low.intoArray(work, LOWER_EDGE + i);
            unit.reinterpretAsLongs().lanewise(XOR, sign).reinterpretAsDoubles().intoArray(work, SIGNED_UNIT + i);
            VectorMask<Double> about = low.compare(GT, 0.0).not();
            if (about.anyTrue()) {
                low.compress(about).intoArray(work, LOW + central);
                distance.add(0.5).add(edge).mul(unit).compress(about).intoArray(work, HIGH + central);
                central += about.trueCount();
            }
        }
        int end = (central + W - 1) / W * W;
        for (int i = central; i < end; i++) {
            work[LOW + i] = -1;
            work[HIGH + i] = 1;
        }
        return end;
    }

    /** Mass, rest, slope and stretch of boxes about the location. */
    private static void laplaceMass(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector high = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector e = DoubleVector.fromArray(D, work, LOW_DECAY + i);
            DoubleVector f = DoubleVector.fromArray(D, work, HIGH_DECAY + i);
            DoubleVector eLess = DoubleVector.fromArray(D, work, LOW_DECAY_LESS_1 + i);
            DoubleVector fLess = DoubleVector.fromArray(D, work, HIGH_DECAY_LESS_1 + i);
            DoubleVector outside = e.add(f);
            VectorMask<Double> small = outside.compare(LT, 1.0);
            DoubleVector x = eLess.add(fLess).blend(outside, small).mul(-0.5);
            DoubleVector mass = x.blend(x.add(1.0), small);
            DoubleVector reciprocal = ONE.div(mass);
            reciprocal = reciprocal.blend(Double.MAX_VALUE, reciprocal.compare(GT, Double.MAX_VALUE));
            mass.intoArray(work, MASS + i);
            ZERO.blend(x.sub(mass.sub(1.0)).mul(reciprocal), small).intoArray(work, REST + i);
            DoubleVector slope =
                    fLess.sub(eLess).blend(f.sub(e), small).mul(0.5).mul(reciprocal);
            DoubleVector stretch = low.mul(e).sub(high.mul(f)).mul(0.5).mul(reciprocal);
            slope.blend(-1.0, slope.compare(LT, -1.0)).intoArray(work, SLOPE + i);
            stretch.blend(-1.0, stretch.compare(LT, -1.0)).intoArray(work, STRETCH + i);
        }
    }

    private static void laplaceGradients(
            double[] factor,
            double[] shrink,
            int first,
            int n,
            double[] logProb,
            int logAt,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        for (int i = 0, central = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOWER_EDGE + i);
            DoubleVector unit = DoubleVector.fromArray(D, work, SIGNED_UNIT + i);
            DoubleVector slope = DoubleVector.broadcast(D, -1); // where a constant meets a blend, both are allocated
            DoubleVector stretch = low.sub(DoubleVector.fromArray(D, shrink, first + i));
            DoubleVector log = DoubleVector.fromArray(D, factor, first + i).sub(low);
            VectorMask<Double> about = low.compare(GT, 0.0).not();
            // Without a branch: most vectors have such boxes, and the others load what lies there, and drop it.
            slope = slope.blend(DoubleVector.fromArray(D, work, SLOPE + central).expand(about), about);
            stretch = stretch.blend(
                    DoubleVector.fromArray(D, work, STRETCH + central).expand(about), about);
            log = log.blend(DoubleVector.fromArray(D, work, MASS + central).expand(about), about);
            central += about.trueCount();
            slope.mul(unit).intoArray(byY, at + i);
            DoubleVector b = stretch.mul(unit.abs());
            b.blend(Double.MAX_VALUE, b.compare(GT, Double.MAX_VALUE)).intoArray(byScale, at + i);
            log.intoArray(logProb, logAt + i);
        }
    }

    private static void laplaceLog(double[] factor, int first, int n, double[] logProb, int logAt, double[] work) {
        for (int i = 0, central = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOWER_EDGE + i);
            DoubleVector log = DoubleVector.fromArray(D, factor, first + i).sub(low);
            VectorMask<Double> about = low.compare(GT, 0.0).not();
            if (about.anyTrue()) {
                log = log.blend(DoubleVector.fromArray(D, work, MASS + central).expand(about), about);
                central += about.trueCount();
            }
            log.intoArray(logProb, logAt + i);
        }
    }
}
