package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.VectorMath.D;
import static io.github.uniquant.internal.kernel.VectorMath.HALF;
import static io.github.uniquant.internal.kernel.VectorMath.INFINITY;
import static io.github.uniquant.internal.kernel.VectorMath.INV_LN2;
import static io.github.uniquant.internal.kernel.VectorMath.INV_SQRT_2PI;
import static io.github.uniquant.internal.kernel.VectorMath.LN2_HIGH;
import static io.github.uniquant.internal.kernel.VectorMath.LN2_LOW;
import static io.github.uniquant.internal.kernel.VectorMath.MINUS_HALF;
import static io.github.uniquant.internal.kernel.VectorMath.ONE;
import static io.github.uniquant.internal.kernel.VectorMath.SIGNIFICAND_BITS;
import static io.github.uniquant.internal.kernel.VectorMath.TWO;
import static io.github.uniquant.internal.kernel.VectorMath.W;
import static io.github.uniquant.internal.kernel.VectorMath.ZERO;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;

import io.github.uniquant.internal.kernel.PriorKernels.Family;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * {@link BoxMath} lane by lane, as chains of loops over a block in working memory; {@link VectorMath} says why. What a formula
 * needs for some values only is collected and computed for those: by vectors for the normal distribution, whose branches go
 * by scale, by lanes for boxes about the location of a Laplace distribution.
 *
 * <p>Parameters are those of {@link BoxParameters}, each from an index of its own on, so that all may lie in one array.
 */
final class VectorBoxes {
    /** Most values of a call, which are whole vectors. */
    static final int BLOCK = 256;

    /** Length of the working memory. */
    static final int WORK = 18 * BLOCK;

    // Rows of the working memory. Those of wide boxes of the normal distribution, and of narrow ones, are collected.
    private static final int LOW = 0;
    private static final int HIGH = BLOCK;
    private static final int NEAR = 2 * BLOCK; // the distance of the nearer edge; what is below in its place
    private static final int MASS = 2 * BLOCK;
    private static final int FAR = 3 * BLOCK; // a factor of the survival function; what is below in its place
    private static final int REST = 3 * BLOCK;
    private static final int DECAY = 4 * BLOCK;
    private static final int DECAY_LESS_1 = 5 * BLOCK;
    private static final int TAIL = 6 * BLOCK;
    private static final int TAIL_QUOTIENT = 7 * BLOCK;
    private static final int DENSITY = 8 * BLOCK;
    private static final int DENSITY_LESS_1 = 9 * BLOCK;
    private static final int SLOPE = 8 * BLOCK;
    private static final int STRETCH = 9 * BLOCK;
    private static final int IS_NARROW = 10 * BLOCK; // of all boxes: 1, else 0
    private static final int CENTRE = 11 * BLOCK;
    private static final int U = 12 * BLOCK;
    private static final int V = 13 * BLOCK;
    private static final int NARROW_MASS = 14 * BLOCK;
    private static final int NARROW_REST = 15 * BLOCK;
    private static final int NARROW_SLOPE = 16 * BLOCK;
    private static final int NARROW_STRETCH = 17 * BLOCK;

    private static final DoubleVector THREE = broadcast(3);
    private static final DoubleVector FOUR = broadcast(4);
    private static final DoubleVector LIMIT = broadcast(BoxMath.LIMIT);
    private static final DoubleVector MINUS_LIMIT = broadcast(-BoxMath.LIMIT);
    private static final DoubleVector MAX = broadcast(Double.MAX_VALUE);
    private static final DoubleVector MINUS_MAX = broadcast(-Double.MAX_VALUE);
    private static final DoubleVector MIN_NORMAL = broadcast(Double.MIN_NORMAL);
    private static final DoubleVector EXP_LIMIT = broadcast(BoxMath.EXP_LIMIT);
    private static final DoubleVector MAGIC = broadcast(BoxMath.MAGIC);
    private static final DoubleVector MILLS_CENTRE = broadcast(ExactMath.MILLS_CENTRE);
    private static final DoubleVector SERIES_HALF_WIDTH = broadcast(BoxMath.SERIES_HALF_WIDTH);
    private static final DoubleVector SERIES_REACH = broadcast(BoxMath.SERIES_REACH);
    private static final DoubleVector A1 = broadcast(BoxMath.A1);
    private static final DoubleVector A2 = broadcast(BoxMath.A2);
    private static final DoubleVector A3 = broadcast(BoxMath.A3);
    private static final DoubleVector A4 = broadcast(BoxMath.A4);
    private static final DoubleVector B0 = broadcast(BoxMath.B0);
    private static final DoubleVector B1 = broadcast(BoxMath.B1);
    private static final DoubleVector B2 = broadcast(BoxMath.B2);
    private static final DoubleVector B3 = broadcast(BoxMath.B3);
    private static final DoubleVector C0 = broadcast(BoxMath.C0);
    private static final DoubleVector C1 = broadcast(BoxMath.C1);
    private static final DoubleVector C2 = broadcast(BoxMath.C2);
    private static final DoubleVector D0 = broadcast(BoxMath.D0);
    private static final DoubleVector D1 = broadcast(BoxMath.D1);
    private static final DoubleVector E0 = broadcast(BoxMath.E0);
    private static final DoubleVector FOUR_E0 = broadcast(4 * BoxMath.E0);
    private static final DoubleVector TWO_C2 = broadcast(2 * BoxMath.C2);
    private static final DoubleVector THREE_B3 = broadcast(3 * BoxMath.B3);
    private static final DoubleVector TWO_B2 = broadcast(2 * BoxMath.B2);
    private static final DoubleVector FOUR_A4 = broadcast(4 * BoxMath.A4);
    private static final DoubleVector THREE_A3 = broadcast(3 * BoxMath.A3);
    private static final DoubleVector TWO_A2 = broadcast(2 * BoxMath.A2);
    private static final LongVector SQRT_HALF_BITS = longs(ExactMath.SQRT_HALF_BITS);
    private static final LongVector EXPONENT_MASK = longs(ExactMath.EXPONENT_MASK);

    /** 1024 in the place of the exponent: keeps the difference of two from being negative. */
    private static final LongVector BIAS = longs(0x4000000000000000L);

    /** An integer n below 2^52 in the low bits of this makes the double 2^52 + n. */
    private static final LongVector TWO_52_BITS = longs(0x4330000000000000L);

    private static final DoubleVector TWO_52_AND_BIAS = broadcast(0x1p52 + 1024);

    private VectorBoxes() {}

    private static DoubleVector broadcast(double value) {
        return DoubleVector.broadcast(D, value);
    }

    private static LongVector longs(long value) {
        return LongVector.broadcast(ONE.reinterpretAsLongs().species(), value);
    }

    /**
     * As {@link BoxMath#run}, for at most {@link #BLOCK} values.
     *
     * @param work {@link #WORK} doubles, whose contents are not defined
     */
    static void run(
            Family family,
            double[] y,
            int yAt,
            double[] loc,
            int locAt,
            double[] inverse,
            int inverseAt,
            double[] factor,
            int factorAt,
            double[] shrink,
            int shrinkAt,
            int n,
            double @Nullable [] logProb,
            int logAt,
            double @Nullable [] byY,
            double @Nullable [] byScale,
            int at,
            double[] work) {
        switch (family) {
            case NORMAL -> {
                int narrow = narrowBoxes(y, yAt, loc, locAt, inverse, inverseAt, factor, factorAt, n, work);
                int wide = wideBoxes(y, yAt, loc, locAt, inverse, inverseAt, n, work);
                series(narrow, work);
                decayAndQuotients(wide, work, DECAY, DECAY_LESS_1, HIGH, TAIL, TAIL_QUOTIENT);
                decayAndQuotients(wide, work, DENSITY, DENSITY_LESS_1, NEAR, NEAR, FAR);
                VectorMath.polynomial(VectorMath.MILLS_TERMS, work, NEAR, NEAR, wide);
                VectorMath.polynomial(VectorMath.MILLS_TERMS, work, TAIL, TAIL, wide);
                normalMass(wide, work);
                if (byY != null && byScale != null) {
                    normalSlopes(narrow, work);
                    finishNormal(y, yAt, loc, locAt, inverse, inverseAt, n, byY, byScale, at, work);
                }
                if (logProb != null) {
                    log(narrow, work, NARROW_MASS, NARROW_REST);
                    log(wide, work, MASS, REST);
                    finishNormalLog(n, logProb, logAt, work);
                }
            }
            case LOGISTIC -> {
                logisticEdges(y, yAt, loc, locAt, inverse, inverseAt, factor, factorAt, n, work);
                decay(n, work, LOW, DENSITY, DENSITY_LESS_1);
                decay(n, work, HIGH, DECAY, DECAY_LESS_1);
                logisticMass(n, work);
                if (byY != null && byScale != null) {
                    logisticSlopes(y, yAt, loc, locAt, inverse, inverseAt, shrink, shrinkAt, n, byY, byScale, at, work);
                }
                if (logProb != null) {
                    logisticLog(n, logProb, logAt, work);
                }
            }
            case LAPLACE -> {
                int central = laplaceEdges(y, yAt, loc, locAt, inverse, inverseAt, n, work);
                decay(central, work, LOW, DENSITY, DENSITY_LESS_1);
                decay(central, work, HIGH, DECAY, DECAY_LESS_1);
                laplaceMass(central, work);
                if (byY != null && byScale != null) {
                    finishLaplace(y, yAt, loc, locAt, inverse, inverseAt, shrink, shrinkAt, n, byY, byScale, at, work);
                }
                if (logProb != null) {
                    log(central, work, MASS, REST);
                    finishLaplaceLog(factor, factorAt, n, logProb, logAt, work);
                }
            }
        }
    }

    // ---- functions

    /** {@code e = exp(-|x|)} and {@code less = expm1(-|x|)}, from row to row. */
    private static void decay(int n, double[] work, int x, int e, int less) {
        for (int i = 0; i < n; i += W) {
            DoubleVector a = DoubleVector.fromArray(D, work, x + i).abs().neg();
            VectorMask<Double> vanishes = a.compare(LT, EXP_LIMIT);
            a = a.blend(EXP_LIMIT, vanishes);
            DoubleVector t = a.mul(INV_LN2).add(MAGIC);
            DoubleVector k = t.sub(MAGIC);
            DoubleVector r = a.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW));
            DoubleVector r2 = r.mul(r);
            DoubleVector r4 = r2.mul(r2);
            DoubleVector q0 = r.mul(VectorMath.E1)
                    .add(VectorMath.E0)
                    .add(r.mul(VectorMath.E3).add(VectorMath.E2).mul(r2));
            DoubleVector q1 = r.mul(VectorMath.E5)
                    .add(VectorMath.E4)
                    .add(r.mul(VectorMath.E7).add(VectorMath.E6).mul(r2));
            DoubleVector q2 = r.mul(VectorMath.E9).add(VectorMath.E8).add(r2.mul(VectorMath.E10));
            DoubleVector q = q1.mul(r4).add(q0).add(q2.mul(r4.mul(r4)));
            DoubleVector power =
                    t.reinterpretAsLongs().lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles();
            DoubleVector p = r2.mul(q).add(r).mul(power);
            p.add(power).blend(ZERO, vanishes).intoArray(work, e + i);
            p.add(power.sub(ONE)).intoArray(work, less + i);
        }
    }

    /**
     * {@link #decay} in place of rows {@code e} and {@code less}, of what is in the first; and the two quotients of the scaled
     * survival function of row {@code z}, whose division goes on beside it.
     */
    private static void decayAndQuotients(int n, double[] work, int e, int less, int z, int t, int factor) {
        for (int i = 0; i < n; i += W) {
            DoubleVector distance = DoubleVector.fromArray(D, work, z + i);
            DoubleVector up = distance.add(MILLS_CENTRE);
            DoubleVector next = distance.add(ONE);
            DoubleVector reciprocal = ONE.div(up.mul(next));
            DoubleVector a = DoubleVector.fromArray(D, work, e + i).neg();
            VectorMask<Double> vanishes = a.compare(LT, EXP_LIMIT);
            a = a.blend(EXP_LIMIT, vanishes);
            DoubleVector magic = a.mul(INV_LN2).add(MAGIC);
            DoubleVector k = magic.sub(MAGIC);
            DoubleVector r = a.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW));
            DoubleVector r2 = r.mul(r);
            DoubleVector r4 = r2.mul(r2);
            DoubleVector q0 = r.mul(VectorMath.E1)
                    .add(VectorMath.E0)
                    .add(r.mul(VectorMath.E3).add(VectorMath.E2).mul(r2));
            DoubleVector q1 = r.mul(VectorMath.E5)
                    .add(VectorMath.E4)
                    .add(r.mul(VectorMath.E7).add(VectorMath.E6).mul(r2));
            DoubleVector q2 = r.mul(VectorMath.E9).add(VectorMath.E8).add(r2.mul(VectorMath.E10));
            DoubleVector q = q1.mul(r4).add(q0).add(q2.mul(r4.mul(r4)));
            DoubleVector power =
                    magic.reinterpretAsLongs().lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles();
            DoubleVector p = r2.mul(q).add(r).mul(power);
            p.add(power).blend(ZERO, vanishes).intoArray(work, e + i);
            p.add(power.sub(ONE)).intoArray(work, less + i);
            distance.sub(MILLS_CENTRE).mul(reciprocal.mul(next)).intoArray(work, t + i);
            reciprocal.mul(up).intoArray(work, factor + i);
        }
    }

    /** Row {@code x} = its logarithm and {@code rest}. Vectors with a lane that is not positive, normal and finite are rare. */
    private static void log(int n, double[] work, int x, int rest) {
        for (int i = 0; i < n; i += W) {
            DoubleVector value = DoubleVector.fromArray(D, work, x + i);
            if (!value.compare(LT, INFINITY)
                    .andNot(value.compare(LT, MIN_NORMAL))
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
                    .sub(ONE);
            DoubleVector k = exponent.lanewise(LSHR, SIGNIFICAND_BITS)
                    .or(TWO_52_BITS)
                    .reinterpretAsDoubles()
                    .sub(TWO_52_AND_BIAS);
            DoubleVector s = f.div(f.add(TWO));
            DoubleVector w = s.mul(s);
            DoubleVector w2 = w.mul(w);
            DoubleVector r0 = w.mul(VectorMath.L1)
                    .add(VectorMath.L0)
                    .add(w.mul(VectorMath.L3).add(VectorMath.L2).mul(w2));
            DoubleVector r1 = w.mul(VectorMath.L5)
                    .add(VectorMath.L4)
                    .add(w.mul(VectorMath.L7).add(VectorMath.L6).mul(w2));
            DoubleVector r = r1.mul(w2.mul(w2)).add(r0);
            DoubleVector half = f.mul(HALF).mul(f);
            DoubleVector inner = s.mul(w.mul(r).add(half)).add(k.mul(LN2_LOW));
            k.mul(LN2_HIGH)
                    .sub(half.sub(inner).sub(f))
                    .add(DoubleVector.fromArray(D, work, rest + i))
                    .intoArray(work, x + i);
        }
    }

    // ---- the normal distribution

    /**
     * Says which boxes are narrow. Collects the centre, u, v, and the logarithm of what the series is to be multiplied by;
     * returns their number.
     */
    private static int narrowBoxes(
            double[] y,
            int yAt,
            double[] loc,
            int locAt,
            double[] inverse,
            int inverseAt,
            double[] factor,
            int factorAt,
            int n,
            double[] work) {
        int narrow = 0;
        for (int i = 0; i < n; i += W) {
            DoubleVector unit = DoubleVector.fromArray(D, inverse, inverseAt + i);
            DoubleVector h = HALF.mul(unit);
            VectorMask<Double> isNarrow = h.compare(LT, SERIES_HALF_WIDTH);
            if (!isNarrow.anyTrue()) {
                ZERO.intoArray(work, IS_NARROW + i);
                continue;
            }
            DoubleVector c = DoubleVector.fromArray(D, y, yAt + i)
                    .sub(DoubleVector.fromArray(D, loc, locAt + i))
                    .abs()
                    .mul(unit);
            c = c.blend(LIMIT, c.compare(GT, LIMIT));
            DoubleVector hc = h.mul(c);
            isNarrow = isNarrow.and(hc.compare(LT, SERIES_REACH));
            ZERO.blend(ONE, isNarrow).intoArray(work, IS_NARROW + i);
            if (isNarrow.anyTrue()) {
                c.intoArray(work, CENTRE + narrow);
                hc.mul(hc).intoArray(work, U + narrow);
                h.mul(h).intoArray(work, V + narrow);
                DoubleVector.fromArray(D, factor, factorAt + i)
                        .sub(c.mul(HALF).mul(c))
                        .intoArray(work, NARROW_REST + narrow);
                narrow += W;
            }
        }
        return narrow;
    }

    /**
     * Collects edges, the distance of the nearer one, and in DECAY and DENSITY what decays: 2hc, and half the square of the
     * lower edge of boxes about the location. Returns their number.
     */
    private static int wideBoxes(
            double[] y, int yAt, double[] loc, int locAt, double[] inverse, int inverseAt, int n, double[] work) {
        int wide = 0;
        for (int i = 0; i < n; i += W) {
            if (DoubleVector.fromArray(D, work, IS_NARROW + i).compare(GT, ZERO).allTrue()) {
                continue;
            }
            DoubleVector location = DoubleVector.fromArray(D, loc, locAt + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, inverseAt + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yAt + i);
            DoubleVector d = value.sub(location);
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            DoubleVector edge = rest.blend(rest.neg(), d.compare(LT, ZERO));
            DoubleVector distance = d.abs();
            DoubleVector low = distance.sub(HALF).add(edge).mul(unit);
            low = low.blend(LIMIT, low.compare(GT, LIMIT));
            low = low.blend(MINUS_LIMIT, low.compare(LT, MINUS_LIMIT));
            DoubleVector high = distance.add(HALF).add(edge).mul(unit);
            high = high.blend(LIMIT, high.compare(GT, LIMIT));
            DoubleVector c = distance.mul(unit);
            c = c.blend(LIMIT, c.compare(GT, LIMIT));
            DoubleVector h = HALF.mul(unit);
            h = h.blend(LIMIT, h.compare(GT, LIMIT));
            low.intoArray(work, LOW + wide);
            high.intoArray(work, HIGH + wide);
            low.abs().intoArray(work, NEAR + wide);
            h.mul(c).mul(TWO).intoArray(work, DECAY + wide);
            low.mul(HALF).mul(low).blend(ZERO, low.compare(GT, ZERO)).intoArray(work, DENSITY + wide);
            wide += W;
        }
        return wide;
    }

    /** The mean of the density over narrow boxes over that at their centres. */
    private static void series(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector u = DoubleVector.fromArray(D, work, U + i);
            DoubleVector v = DoubleVector.fromArray(D, work, V + i);
            DoubleVector sum = u.mul(E0).add(v.mul(D1).add(D0));
            sum = sum.mul(u).add(v.mul(C2).add(C1).mul(v).add(C0));
            sum = sum.mul(u).add(v.mul(B3).add(B2).mul(v).add(B1).mul(v).add(B0));
            sum.mul(u)
                    .add(v.mul(A4).add(A3).mul(v).add(A2).mul(v).add(A1).mul(v).add(ONE))
                    .intoArray(work, NARROW_MASS + i);
        }
    }

    /** Slope and stretch of narrow boxes. */
    private static void normalSlopes(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector u = DoubleVector.fromArray(D, work, U + i);
            DoubleVector v = DoubleVector.fromArray(D, work, V + i);
            DoubleVector c = DoubleVector.fromArray(D, work, CENTRE + i);
            DoubleVector reciprocal = ONE.div(DoubleVector.fromArray(D, work, NARROW_MASS + i));
            DoubleVector byU = u.mul(FOUR_E0).add(v.mul(D1).add(D0).mul(THREE));
            byU = byU.mul(u).add(v.mul(C2).add(C1).mul(v).add(C0).mul(TWO));
            byU = byU.mul(u).add(v.mul(B3).add(B2).mul(v).add(B1).mul(v).add(B0));
            DoubleVector byV = u.mul(D1).add(v.mul(TWO_C2).add(C1));
            byV = byV.mul(u).add(v.mul(THREE_B3).add(TWO_B2).mul(v).add(B1));
            byV = byV.mul(u)
                    .add(v.mul(FOUR_A4).add(THREE_A3).mul(v).add(TWO_A2).mul(v).add(A1));
            v.mul(byU).mul(TWO).mul(reciprocal).sub(ONE).mul(c).intoArray(work, NARROW_SLOPE + i);
            c.mul(c)
                    .sub(ONE)
                    .sub(u.mul(byU).mul(FOUR).add(v.mul(byV).mul(TWO)).mul(reciprocal))
                    .intoArray(work, NARROW_STRETCH + i);
        }
    }

    /** Mass, rest, slope and stretch of wide boxes. */
    private static void normalMass(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector high = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector ratio = DoubleVector.fromArray(D, work, DECAY + i);
            DoubleVector density = DoubleVector.fromArray(D, work, DENSITY + i);
            DoubleVector tailLow =
                    DoubleVector.fromArray(D, work, NEAR + i).mul(DoubleVector.fromArray(D, work, FAR + i));
            DoubleVector beyond = DoubleVector.fromArray(D, work, TAIL + i)
                    .mul(DoubleVector.fromArray(D, work, TAIL_QUOTIENT + i))
                    .mul(ratio);
            VectorMask<Double> beside = low.compare(GT, ZERO);
            DoubleVector outside = density.mul(tailLow.add(beyond));
            DoubleVector mass = ONE.sub(outside).blend(tailLow.sub(beyond), beside);
            DoubleVector reciprocal = ONE.div(mass);
            mass.intoArray(work, MASS + i);
            outside.neg()
                    .sub(mass.sub(ONE))
                    .mul(reciprocal)
                    .blend(low.mul(MINUS_HALF).mul(low), beside)
                    .intoArray(work, REST + i);
            DoubleVector scaled = density.mul(INV_SQRT_2PI).mul(reciprocal);
            scaled.mul(DoubleVector.fromArray(D, work, DECAY_LESS_1 + i)).intoArray(work, SLOPE + i);
            scaled.mul(low.sub(high.mul(ratio))).intoArray(work, STRETCH + i);
        }
    }

    private static void finishNormal(
            double[] y,
            int yAt,
            double[] loc,
            int locAt,
            double[] inverse,
            int inverseAt,
            int n,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        for (int i = 0, narrow = 0, wide = 0; i < n; i += W) {
            VectorMask<Double> isNarrow =
                    DoubleVector.fromArray(D, work, IS_NARROW + i).compare(GT, ZERO);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, inverseAt + i);
            DoubleVector slope = DoubleVector.fromArray(D, work, SLOPE + wide)
                    .blend(DoubleVector.fromArray(D, work, NARROW_SLOPE + narrow), isNarrow);
            DoubleVector stretch = DoubleVector.fromArray(D, work, STRETCH + wide)
                    .blend(DoubleVector.fromArray(D, work, NARROW_STRETCH + narrow), isNarrow);
            VectorMask<Double> left =
                    DoubleVector.fromArray(D, y, yAt + i).compare(LT, DoubleVector.fromArray(D, loc, locAt + i));
            DoubleVector a = slope.mul(unit); // at most 0
            a = a.blend(MINUS_MAX, a.compare(LT, MINUS_MAX));
            a.blend(a.neg(), left).intoArray(byY, at + i);
            DoubleVector b = stretch.mul(unit);
            b = b.blend(MAX, b.compare(GT, MAX));
            b.blend(MINUS_MAX, b.compare(LT, MINUS_MAX)).intoArray(byScale, at + i);
            narrow += isNarrow.anyTrue() ? W : 0;
            wide += isNarrow.allTrue() ? 0 : W;
        }
    }

    private static void finishNormalLog(int n, double[] logProb, int logAt, double[] work) {
        for (int i = 0, narrow = 0, wide = 0; i < n; i += W) {
            VectorMask<Double> isNarrow =
                    DoubleVector.fromArray(D, work, IS_NARROW + i).compare(GT, ZERO);
            DoubleVector.fromArray(D, work, MASS + wide)
                    .blend(DoubleVector.fromArray(D, work, NARROW_MASS + narrow), isNarrow)
                    .intoArray(logProb, logAt + i);
            narrow += isNarrow.anyTrue() ? W : 0;
            wide += isNarrow.allTrue() ? 0 : W;
        }
    }

    // ---- the logistic distribution

    /** Edges, and in TAIL the logarithm of what does not depend on exponentials. */
    private static void logisticEdges(
            double[] y,
            int yAt,
            double[] loc,
            int locAt,
            double[] inverse,
            int inverseAt,
            double[] factor,
            int factorAt,
            int n,
            double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector location = DoubleVector.fromArray(D, loc, locAt + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, inverseAt + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yAt + i);
            DoubleVector d = value.sub(location);
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            DoubleVector edge = rest.blend(rest.neg(), d.compare(LT, ZERO));
            DoubleVector distance = d.abs();
            DoubleVector low = distance.sub(HALF).add(edge).mul(unit);
            low.intoArray(work, LOW + i);
            distance.add(HALF).add(edge).mul(unit).intoArray(work, HIGH + i);
            DoubleVector.fromArray(D, factor, factorAt + i)
                    .sub(ZERO.blend(low, low.compare(GT, ZERO)))
                    .intoArray(work, TAIL + i);
        }
    }

    /** MASS = (1 + e)(1 + f) of the decays at both edges, TAIL_QUOTIENT its reciprocal, REST what its rounding lost. */
    private static void logisticMass(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector e = DoubleVector.fromArray(D, work, DENSITY + i);
            DoubleVector f = DoubleVector.fromArray(D, work, DECAY + i);
            DoubleVector x = e.mul(f).add(e.add(f));
            DoubleVector sum = x.add(ONE);
            DoubleVector reciprocal = ONE.div(sum);
            sum.intoArray(work, MASS + i);
            reciprocal.intoArray(work, TAIL_QUOTIENT + i);
            x.sub(sum.sub(ONE)).mul(reciprocal).intoArray(work, REST + i);
        }
    }

    private static void logisticSlopes(
            double[] y,
            int yAt,
            double[] loc,
            int locAt,
            double[] inverse,
            int inverseAt,
            double[] shrink,
            int shrinkAt,
            int n,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector high = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector e = DoubleVector.fromArray(D, work, DENSITY + i);
            DoubleVector eLess = DoubleVector.fromArray(D, work, DENSITY_LESS_1 + i);
            DoubleVector f = DoubleVector.fromArray(D, work, DECAY + i);
            DoubleVector fLess = DoubleVector.fromArray(D, work, DECAY_LESS_1 + i);
            DoubleVector reciprocal = DoubleVector.fromArray(D, work, TAIL_QUOTIENT + i);
            VectorMask<Double> beside = low.compare(GT, ZERO);
            DoubleVector fall = f.sub(e)
                    .blend(fLess.sub(eLess), eLess.compare(GT, MINUS_HALF))
                    .blend(eLess.mul(fLess).add(eLess.add(fLess)), beside);
            DoubleVector slope = fall.mul(reciprocal);
            low = low.blend(LIMIT, low.compare(GT, LIMIT));
            low = low.blend(MINUS_LIMIT, low.compare(LT, MINUS_LIMIT));
            high = high.blend(LIMIT, high.compare(GT, LIMIT));
            DoubleVector stretch = low.mul(e.blend(ONE, beside).mul(f.add(ONE)))
                    .sub(high.mul(f.mul(e.add(ONE))))
                    .mul(reciprocal)
                    .sub(DoubleVector.fromArray(D, shrink, shrinkAt + i));
            DoubleVector unit = DoubleVector.fromArray(D, inverse, inverseAt + i);
            VectorMask<Double> left =
                    DoubleVector.fromArray(D, y, yAt + i).compare(LT, DoubleVector.fromArray(D, loc, locAt + i));
            DoubleVector a = slope.mul(unit); // at most 0
            a = a.blend(MINUS_MAX, a.compare(LT, MINUS_MAX));
            a.blend(a.neg(), left).intoArray(byY, at + i);
            DoubleVector b = stretch.mul(unit);
            b = b.blend(MAX, b.compare(GT, MAX));
            b.blend(MINUS_MAX, b.compare(LT, MINUS_MAX)).intoArray(byScale, at + i);
        }
    }

    private static void logisticLog(int n, double[] logProb, int logAt, double[] work) {
        log(n, work, MASS, REST);
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, work, TAIL + i)
                    .sub(DoubleVector.fromArray(D, work, MASS + i))
                    .intoArray(logProb, logAt + i);
        }
    }

    // ---- the Laplace distribution

    /**
     * Lower edges of all boxes in CENTRE. Collects both edges of boxes about the location, lane by lane; returns their number,
     * rounded up to whole vectors of them.
     */
    private static int laplaceEdges(
            double[] y, int yAt, double[] loc, int locAt, double[] inverse, int inverseAt, int n, double[] work) {
        int central = 0;
        for (int i = 0; i < n; i += W) {
            DoubleVector location = DoubleVector.fromArray(D, loc, locAt + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, inverseAt + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yAt + i);
            DoubleVector d = value.sub(location);
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            DoubleVector edge = rest.blend(rest.neg(), d.compare(LT, ZERO));
            DoubleVector distance = d.abs();
            DoubleVector low = distance.sub(HALF).add(edge).mul(unit);
            low.intoArray(work, CENTRE + i);
            VectorMask<Double> about = low.compare(GT, ZERO).not();
            if (about.anyTrue()) {
                low.compress(about).intoArray(work, LOW + central);
                distance.add(HALF).add(edge).mul(unit).compress(about).intoArray(work, HIGH + central);
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
            DoubleVector e = DoubleVector.fromArray(D, work, DENSITY + i);
            DoubleVector f = DoubleVector.fromArray(D, work, DECAY + i);
            DoubleVector eLess = DoubleVector.fromArray(D, work, DENSITY_LESS_1 + i);
            DoubleVector fLess = DoubleVector.fromArray(D, work, DECAY_LESS_1 + i);
            DoubleVector outside = e.add(f);
            VectorMask<Double> small = outside.compare(LT, ONE);
            DoubleVector x = eLess.add(fLess).blend(outside, small).mul(MINUS_HALF);
            DoubleVector mass = x.blend(x.add(ONE), small);
            DoubleVector reciprocal = ONE.div(mass);
            reciprocal = reciprocal.blend(MAX, reciprocal.compare(GT, MAX));
            mass.intoArray(work, MASS + i);
            ZERO.blend(x.sub(mass.sub(ONE)).mul(reciprocal), small).intoArray(work, REST + i);
            fLess.sub(eLess).blend(f.sub(e), small).mul(HALF).mul(reciprocal).intoArray(work, SLOPE + i);
            low.mul(e).sub(high.mul(f)).mul(HALF).mul(reciprocal).intoArray(work, STRETCH + i);
        }
    }

    private static void finishLaplace(
            double[] y,
            int yAt,
            double[] loc,
            int locAt,
            double[] inverse,
            int inverseAt,
            double[] shrink,
            int shrinkAt,
            int n,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        for (int i = 0, central = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, CENTRE + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, inverseAt + i);
            DoubleVector slope = DoubleVector.broadcast(D, -1); // where a constant meets a blend, both are allocated
            DoubleVector stretch = low.sub(DoubleVector.fromArray(D, shrink, shrinkAt + i));
            VectorMask<Double> about = low.compare(GT, ZERO).not();
            if (about.anyTrue()) {
                slope = slope.blend(
                        DoubleVector.fromArray(D, work, SLOPE + central).expand(about), about);
                stretch = stretch.blend(
                        DoubleVector.fromArray(D, work, STRETCH + central).expand(about), about);
                central += about.trueCount();
            }
            VectorMask<Double> left =
                    DoubleVector.fromArray(D, y, yAt + i).compare(LT, DoubleVector.fromArray(D, loc, locAt + i));
            DoubleVector a = slope.mul(unit); // at most 0
            a = a.blend(MINUS_MAX, a.compare(LT, MINUS_MAX));
            a.blend(a.neg(), left).intoArray(byY, at + i);
            DoubleVector b = stretch.mul(unit);
            b = b.blend(MAX, b.compare(GT, MAX));
            b.blend(MINUS_MAX, b.compare(LT, MINUS_MAX)).intoArray(byScale, at + i);
        }
    }

    private static void finishLaplaceLog(
            double[] factor, int factorAt, int n, double[] logProb, int logAt, double[] work) {
        for (int i = 0, central = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, CENTRE + i);
            DoubleVector log = DoubleVector.fromArray(D, factor, factorAt + i).sub(low);
            VectorMask<Double> about = low.compare(GT, ZERO).not();
            if (about.anyTrue()) {
                log = log.blend(DoubleVector.fromArray(D, work, MASS + central).expand(about), about);
                central += about.trueCount();
            }
            log.intoArray(logProb, logAt + i);
        }
    }
}
