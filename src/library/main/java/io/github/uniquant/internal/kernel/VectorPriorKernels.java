package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.ExactMath.EXP_UNDERFLOW;
import static io.github.uniquant.internal.kernel.ExactMath.GAUSSIAN_LIMIT;
import static io.github.uniquant.internal.kernel.ExactMath.HIGH_HALF;
import static io.github.uniquant.internal.kernel.ExactMath.INV_LN2;
import static io.github.uniquant.internal.kernel.ExactMath.INV_SQRT_2PI;
import static io.github.uniquant.internal.kernel.ExactMath.LN2;
import static io.github.uniquant.internal.kernel.ExactMath.LN2_HIGH;
import static io.github.uniquant.internal.kernel.ExactMath.LN2_LOW;
import static io.github.uniquant.internal.kernel.ExactMath.LOG_SQRT_2PI;
import static io.github.uniquant.internal.kernel.ExactMath.NORMAL_LIMIT;
import static io.github.uniquant.internal.kernel.VectorMath.D;
import static io.github.uniquant.internal.kernel.VectorMath.HALF;
import static io.github.uniquant.internal.kernel.VectorMath.INFINITY;
import static io.github.uniquant.internal.kernel.VectorMath.MAGIC;
import static io.github.uniquant.internal.kernel.VectorMath.ONE;
import static io.github.uniquant.internal.kernel.VectorMath.SIGNIFICAND_BITS;
import static io.github.uniquant.internal.kernel.VectorMath.W;
import static io.github.uniquant.internal.kernel.VectorMath.ZERO;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;

/**
 * The vector path: chains of loops over a block of values in working memory, see {@link VectorMath}. What is left at the end
 * of a run goes to {@link ScalarPriorKernels}.
 *
 * <p>Where a formula has branches, the vectors of a block that need a branch for any of their lanes are collected, and the
 * branch is computed for those alone; a later loop meets them in the same order by the same test, so no index is kept. Where
 * the neighbours in a tensor have similar scales, as channels have, most vectors need one branch.
 */
final class VectorPriorKernels implements PriorKernels {
    /** Values of a block: as many as keep its working memory in the first-level cache. */
    private static final int BLOCK = VectorMath.BLOCK;

    /** Parameters of at least so many elements in a row are read where they are, instead of being copied. */
    private static final int LONG_RUN = BLOCK / 2;

    // Rows of a block.
    private static final int LOC = 0;
    private static final int SCALE = BLOCK;
    private static final int LOW = 2 * BLOCK; // the edges of the box
    private static final int HIGH = 3 * BLOCK;
    private static final int NARROW = 4 * BLOCK; // half the width of a narrow box, infinite for others
    private static final int CENTRE = 5 * BLOCK; // of a narrow box
    private static final int A = 6 * BLOCK;
    private static final int B = 7 * BLOCK;
    private static final int C = 8 * BLOCK;
    private static final int E = 9 * BLOCK;
    private static final int F = 10 * BLOCK;
    private static final int SPARE = 11 * BLOCK; // four rows
    private static final int ROWS = 15 * BLOCK;

    private static final double SERIES_SCALE = 0.5 / FamilyMath.SERIES_HALF_WIDTH;
    private static final DoubleVector MINUS_ONE = vector(-1);

    static final VectorPriorKernels INSTANCE = new VectorPriorKernels();

    private static final ScalarPriorKernels SCALAR = ScalarPriorKernels.INSTANCE;

    private final ScratchPool pool = new ScratchPool();
    private final ScratchPool outerPool = new ScratchPool(); // for kernels that call others of their own

    private VectorPriorKernels() {}

    private static DoubleVector vector(double value) {
        return DoubleVector.broadcast(D, value);
    }

    @Override
    public String name() {
        return "vector-" + D.vectorBitSize();
    }

    /** Copies the values of a run's elements. */
    private static void cycle(double[] values, int from, int size, int first, double[] to, int at, int n) {
        if (size == 1) {
            Arrays.fill(to, at, at + n, values[from]);
            return;
        }
        int element = first;
        for (int done = 0; done < n; ) {
            int m = Math.min(n - done, size - element);
            if (m >= W) {
                System.arraycopy(values, from + element, to, at + done, m);
            } else {
                for (int i = 0; i < m; i++) {
                    to[at + done + i] = values[from + element + i];
                }
            }
            done += m;
            element = 0;
        }
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
        int bound = D.loopBound(count);
        if (bound > 0) {
            double[] s = pool.take(ROWS);
            boolean tail = quantity == Quantity.CDF || quantity == Quantity.SURVIVAL;
            for (int done = 0; done < bound; ) {
                int n = Math.min(BLOCK, bound - done);
                int element = ScalarPriorKernels.element(first, done, size);
                int run = size - element;
                if (tail && run >= LONG_RUN) {
                    n = Math.min(n, D.loopBound(run));
                    int at = from + element;
                    upper(quantity, family, x, xOffset + done, loc, at, scale, at, s, n, out, outOffset + done);
                } else {
                    cycle(loc, from, size, element, s, LOC, n);
                    cycle(scale, from, size, element, s, SCALE, n);
                    block(quantity, family, x, xOffset + done, s, n, out, outOffset + done);
                }
                done += n;
            }
            pool.giveBack(s);
        }
        if (bound < count) {
            SCALAR.locationScale(
                    quantity,
                    family,
                    x,
                    xOffset + bound,
                    loc,
                    scale,
                    from,
                    size,
                    ScalarPriorKernels.element(first, bound, size),
                    count - bound,
                    out,
                    outOffset + bound);
        }
    }

    private static void block(
            Quantity quantity, Family family, double[] x, int xAt, double[] s, int n, double[] out, int outAt) {
        switch (quantity) {
            case CDF, SURVIVAL -> upper(quantity, family, x, xAt, s, LOC, s, SCALE, s, n, out, outAt);
            case LOG_CDF, LOG_SURVIVAL -> {
                switch (family) {
                    case NORMAL -> {
                        standardize(x, xAt, s, n, quantity.isLower());
                        normalLogUpper(s, n, out, outAt);
                    }
                    case LOGISTIC -> {
                        standardize(x, xAt, s, n, quantity.isLower());
                        logisticLogUpper(s, n, out, outAt);
                    }
                    case LAPLACE -> {
                        standardizeAndReduce(x, xAt, s, LOC, s, SCALE, s, n, quantity.isLower());
                        VectorMath.polynomial(VectorMath.EXP_TERMS, s, A, C, n);
                        VectorMath.scale(s, A, s, A, n);
                        laplaceLogUpper(s, n, out, outAt);
                    }
                }
            }
            case LOG_DENSITY -> {
                standardize(x, xAt, s, n, false);
                VectorMath.log(s, SCALE, SCALE + n);
                switch (family) {
                    case NORMAL -> normalLogDensity(s, n, out, outAt);
                    case LOGISTIC -> logisticLogDensity(s, n, out, outAt);
                    case LAPLACE -> laplaceLogDensity(s, n, out, outAt);
                }
            }
            case NOISY_PROB -> {
                edges(x, xAt, s, n);
                switch (family) {
                    case NORMAL -> normalBox(x, xAt, s, n, out, outAt);
                    case LOGISTIC -> {
                        logisticEdges(s, n);
                        logisticBox(s, n, out, outAt);
                    }
                    case LAPLACE -> laplaceBox(s, n, out, outAt);
                }
            }
            case NOISY_LOG_PROB -> throw new IllegalArgumentException("GradientKernels has it");
        }
    }

    /** Pr(X > x), or Pr(X <= x). */
    private static void upper(
            Quantity quantity,
            Family family,
            double[] x,
            int xAt,
            double[] loc,
            int locAt,
            double[] scale,
            int scaleAt,
            double[] s,
            int n,
            double[] out,
            int outAt) {
        boolean negate = quantity.isLower();
        switch (family) {
            case NORMAL -> {
                standardizeNormal(x, xAt, loc, locAt, scale, scaleAt, s, n, negate);
                normalUpper(s, n, out, outAt);
            }
            case LOGISTIC -> {
                standardizeAndReduce(x, xAt, loc, locAt, scale, scaleAt, s, n, negate);
                logisticUpper(s, n, out, outAt);
            }
            case LAPLACE -> {
                standardizeAndReduce(x, xAt, loc, locAt, scale, scaleAt, s, n, negate);
                laplaceUpper(s, n, out, outAt);
            }
        }
    }

    /** LOW = (x - loc) / scale, or that with the other sign. */
    private static void standardize(double[] x, int xAt, double[] s, int n, boolean negate) {
        DoubleVector sign = negate ? MINUS_ONE : ONE;
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, x, xAt + i)
                    .sub(DoubleVector.fromArray(D, s, LOC + i))
                    .div(DoubleVector.fromArray(D, s, SCALE + i))
                    .mul(sign)
                    .intoArray(s, LOW + i);
        }
    }

    /** As {@link #standardize}, and -|LOW| reduced, as {@link VectorMath#scale} wants it, from A on. */
    private static void standardizeAndReduce(
            double[] x,
            int xAt,
            double[] loc,
            int locAt,
            double[] scale,
            int scaleAt,
            double[] s,
            int n,
            boolean negate) {
        DoubleVector sign = negate ? MINUS_ONE : ONE;
        for (int i = 0; i < n; i += W) {
            DoubleVector z = DoubleVector.fromArray(D, x, xAt + i)
                    .sub(DoubleVector.fromArray(D, loc, locAt + i))
                    .div(DoubleVector.fromArray(D, scale, scaleAt + i))
                    .mul(sign);
            z.intoArray(s, LOW + i);
            DoubleVector y = z.abs().neg();
            y = y.blend(EXP_UNDERFLOW, y.compare(LT, EXP_UNDERFLOW));
            DoubleVector t = y.mul(INV_LN2).add(MAGIC);
            DoubleVector k = t.sub(MAGIC);
            t.intoArray(s, B + i);
            y.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW)).intoArray(s, A + i);
        }
    }

    /**
     * As {@link #standardize}, HIGH = |LOW|, bounded, and the exponent of the density there, -HIGH^2 / 2, reduced, as {@link
     * VectorMath#scale} wants it, from A on.
     */
    private static void standardizeNormal(
            double[] x,
            int xAt,
            double[] loc,
            int locAt,
            double[] scale,
            int scaleAt,
            double[] s,
            int n,
            boolean negate) {
        DoubleVector sign = negate ? MINUS_ONE : ONE;
        for (int i = 0; i < n; i += W) {
            DoubleVector signed = DoubleVector.fromArray(D, x, xAt + i)
                    .sub(DoubleVector.fromArray(D, loc, locAt + i))
                    .div(DoubleVector.fromArray(D, scale, scaleAt + i))
                    .mul(sign);
            signed.intoArray(s, LOW + i);
            DoubleVector z = signed.abs();
            z = z.blend(GAUSSIAN_LIMIT, z.compare(GT, GAUSSIAN_LIMIT));
            z.intoArray(s, HIGH + i);
            DoubleVector high = z.reinterpretAsLongs().and(HIGH_HALF).reinterpretAsDoubles();
            DoubleVector small = z.sub(high).mul(-0.5).mul(z.add(high));
            DoubleVector y = high.mul(-0.5).mul(high);
            y = y.blend(EXP_UNDERFLOW, y.compare(LT, EXP_UNDERFLOW));
            DoubleVector t = y.mul(INV_LN2).add(MAGIC);
            DoubleVector k = t.sub(MAGIC);
            t.intoArray(s, B + i);
            y.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW)).add(small).intoArray(s, A + i);
        }
    }

    /** LOW and HIGH = the edges of the unit box about x, right of the location, in units of the scale. */
    private static void edges(double[] x, int xAt, double[] s, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector y = DoubleVector.fromArray(D, x, xAt + i);
            DoubleVector loc = DoubleVector.fromArray(D, s, LOC + i);
            DoubleVector scale = DoubleVector.fromArray(D, s, SCALE + i);
            DoubleVector d = y.sub(loc);
            DoubleVector minusLoc = d.sub(y);
            DoubleVector rest = y.sub(d.sub(minusLoc)).sub(loc.add(minusLoc));
            rest = rest.blend(0.0, rest.compare(NE, rest));
            rest = rest.blend(rest.neg(), d.compare(LT, 0.0));
            DoubleVector distance = d.abs();
            distance.sub(0.5).add(rest).div(scale).intoArray(s, LOW + i);
            distance.add(0.5).add(rest).div(scale).intoArray(s, HIGH + i);
        }
    }

    // ---- the normal distribution

    /** Pr(Z > z) from what {@link #standardizeNormal} left. */
    private static void normalUpper(double[] s, int n, double[] out, int outAt) {
        VectorMath.polynomialAndMillsFraction(VectorMath.EXP_TERMS, s, A, C, n, HIGH, E);
        VectorMath.polynomial(VectorMath.MILLS_TERMS, s, E, F, n);
        for (int i = 0; i < n; i += W) {
            DoubleVector r = DoubleVector.fromArray(D, s, A + i);
            DoubleVector p =
                    r.add(r.mul(r).mul(DoubleVector.fromArray(D, s, C + i))).add(1.0);
            LongVector biased = DoubleVector.fromArray(D, s, B + i).reinterpretAsLongs();
            LongVector first = biased.lanewise(LSHR, 1);
            LongVector second = biased.sub(first);
            DoubleVector e = p.mul(first.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .mul(second.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles());
            DoubleVector tail = e.mul(DoubleVector.fromArray(D, s, F + i)
                    .div(DoubleVector.fromArray(D, s, HIGH + i).add(1.0)));
            ONE.sub(tail)
                    .blend(tail, DoubleVector.fromArray(D, s, LOW + i).compare(GT, 0.0))
                    .intoArray(out, outAt + i);
        }
    }

    private static void normalLogUpper(double[] s, int n, double[] out, int outAt) {
        int lower = 0;
        for (int i = 0; i < n; i += W) {
            DoubleVector z = DoubleVector.fromArray(D, s, LOW + i);
            VectorMask<Double> negative = z.compare(LT, 0.0);
            DoubleVector limit = vector(NORMAL_LIMIT).blend(GAUSSIAN_LIMIT, negative);
            DoubleVector distance = z.abs();
            distance.blend(limit, distance.compare(GT, limit)).intoArray(s, A + i);
            if (negative.anyTrue()) {
                distance.intoArray(s, B + lower);
                lower += W;
            }
        }
        VectorMath.scaledSurvival(s, A, A + n);
        VectorMath.gaussian(s, B, B + lower);
        // u and c of the result, log(u) + c
        for (int i = 0, at = 0; i < n; i += W) {
            DoubleVector z = DoubleVector.fromArray(D, s, LOW + i);
            VectorMask<Double> negative = z.compare(LT, 0.0);
            DoubleVector u = DoubleVector.fromArray(D, s, A + i);
            DoubleVector bounded = z.blend(NORMAL_LIMIT, z.compare(GT, NORMAL_LIMIT));
            DoubleVector c = bounded.mul(0.5).mul(bounded).neg();
            DoubleVector x = DoubleVector.fromArray(D, s, B + at).mul(u).neg();
            DoubleVector sum = x.add(1.0);
            u.blend(sum, negative).intoArray(s, A + i);
            c.blend(x.sub(sum.sub(1.0)).div(sum), negative).intoArray(s, C + i);
            at += negative.anyTrue() ? W : 0;
        }
        VectorMath.log(s, A, A + n);
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, A + i)
                    .add(DoubleVector.fromArray(D, s, C + i))
                    .intoArray(out, outAt + i);
        }
    }

    private static void normalLogDensity(double[] s, int n, double[] out, int outAt) {
        for (int i = 0; i < n; i += W) {
            DoubleVector z = DoubleVector.fromArray(D, s, LOW + i);
            z.mul(-0.5)
                    .mul(z)
                    .sub(LOG_SQRT_2PI)
                    .sub(DoubleVector.fromArray(D, s, SCALE + i))
                    .intoArray(out, outAt + i);
        }
    }

    /** NARROW and CENTRE. A half width below the series' is a scale above its inverse. */
    private static void narrowBoxes(double[] x, int xAt, double[] s, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector scale = DoubleVector.fromArray(D, s, SCALE + i);
            if (scale.compare(GT, SERIES_SCALE).anyTrue()) {
                DoubleVector half = HALF.div(scale);
                DoubleVector centre = DoubleVector.fromArray(D, x, xAt + i)
                        .sub(DoubleVector.fromArray(D, s, LOC + i))
                        .abs()
                        .div(scale);
                VectorMask<Double> narrow = half.compare(LT, FamilyMath.SERIES_HALF_WIDTH)
                        .and(half.mul(centre).compare(LT, FamilyMath.SERIES_REACH));
                INFINITY.blend(half, narrow).intoArray(s, NARROW + i);
                centre.intoArray(s, CENTRE + i);
            } else {
                INFINITY.intoArray(s, NARROW + i);
            }
        }
    }

    /**
     * Collects in A and B what the scaled survival function is wanted of, of vectors with boxes that are not narrow: their
     * edges, bounded. Returns their number of values.
     */
    private static int wideBoxes(double[] s, int n) {
        int wide = 0;
        for (int i = 0; i < n; i += W) {
            if (DoubleVector.fromArray(D, s, NARROW + i)
                    .compare(EQ, Double.POSITIVE_INFINITY)
                    .anyTrue()) {
                DoubleVector low = DoubleVector.fromArray(D, s, LOW + i);
                DoubleVector high = DoubleVector.fromArray(D, s, HIGH + i);
                DoubleVector distance = low.abs();
                distance.blend(GAUSSIAN_LIMIT, distance.compare(GT, GAUSSIAN_LIMIT))
                        .intoArray(s, A + wide);
                high.blend(GAUSSIAN_LIMIT, high.compare(GT, GAUSSIAN_LIMIT)).intoArray(s, B + wide);
                wide += W;
            }
        }
        return wide;
    }

    private static void normalBox(double[] x, int xAt, double[] s, int n, double[] out, int outAt) {
        narrowBoxes(x, xAt, s, n);
        int wide = wideBoxes(s, n);
        VectorMath.upperTail(s, A, A + wide);
        VectorMath.upperTail(s, B, B + wide);
        int narrow = 0;
        for (int i = 0; i < n; i += W) {
            if (DoubleVector.fromArray(D, s, NARROW + i)
                    .compare(LT, Double.POSITIVE_INFINITY)
                    .anyTrue()) {
                DoubleVector.fromArray(D, s, CENTRE + i).intoArray(s, C + narrow);
                narrow += W;
            }
        }
        VectorMath.gaussian(s, C, C + narrow);
        series(s, n, F);
        for (int i = 0, wideAt = 0, narrowAt = 0; i < n; i += W) {
            DoubleVector half = DoubleVector.fromArray(D, s, NARROW + i);
            VectorMask<Double> other = half.compare(EQ, Double.POSITIVE_INFINITY);
            DoubleVector density = DoubleVector.fromArray(D, s, C + narrowAt).mul(INV_SQRT_2PI);
            DoubleVector tailHigh = DoubleVector.fromArray(D, s, B + wideAt);
            DoubleVector tailLow = DoubleVector.fromArray(D, s, A + wideAt);
            DoubleVector beyondLow = tailLow.blend(
                    ONE.sub(tailLow), DoubleVector.fromArray(D, s, LOW + i).compare(LT, 0.0));
            half.mul(2.0)
                    .mul(density)
                    .mul(DoubleVector.fromArray(D, s, F + i))
                    .blend(beyondLow.sub(tailHigh), other)
                    .intoArray(out, outAt + i);
            wideAt += other.anyTrue() ? W : 0;
            narrowAt += other.allTrue() ? 0 : W;
        }
    }

    /** The series of {@link FamilyMath} for narrow boxes. */
    private static void series(double[] s, int n, int to) {
        for (int i = 0; i < n; i += W) {
            DoubleVector h = DoubleVector.fromArray(D, s, NARROW + i);
            if (h.compare(LT, Double.POSITIVE_INFINITY).anyTrue()) {
                DoubleVector hz = h.mul(DoubleVector.fromArray(D, s, CENTRE + i));
                DoubleVector v = h.mul(h);
                DoubleVector u = hz.mul(hz);
                DoubleVector he2 = u.sub(v);
                DoubleVector he4 = u.sub(v.mul(6.0)).mul(u).add(v.mul(3.0).mul(v));
                DoubleVector he6 = u.sub(v.mul(15.0))
                        .mul(u)
                        .add(v.mul(45.0).mul(v))
                        .mul(u)
                        .sub(v.mul(15.0).mul(v).mul(v));
                DoubleVector he8 = u.sub(v.mul(28.0))
                        .mul(u)
                        .add(v.mul(210.0).mul(v))
                        .mul(u)
                        .sub(v.mul(420.0).mul(v).mul(v))
                        .mul(u)
                        .add(v.mul(105.0).mul(v).mul(v).mul(v));
                he2.div(6.0)
                        .add(he4.div(120.0).add(he6.div(5040.0).add(he8.div(362880.0))))
                        .add(1.0)
                        .intoArray(s, to + i);
            }
        }
    }

    // ---- the logistic distribution

    /** Pr(Z > z) of z in LOW and -|z|, reduced, from A on. */
    private static void logisticUpper(double[] s, int n, double[] out, int outAt) {
        VectorMath.polynomial(VectorMath.EXP_TERMS, s, A, C, n);
        for (int i = 0; i < n; i += W) {
            DoubleVector r = DoubleVector.fromArray(D, s, A + i);
            DoubleVector p =
                    r.add(r.mul(r).mul(DoubleVector.fromArray(D, s, C + i))).add(1.0);
            LongVector biased = DoubleVector.fromArray(D, s, B + i).reinterpretAsLongs();
            LongVector first = biased.lanewise(LSHR, 1);
            LongVector second = biased.sub(first);
            DoubleVector e = p.mul(first.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .mul(second.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles());
            ONE.blend(e, DoubleVector.fromArray(D, s, LOW + i).compare(GT, 0.0))
                    .div(e.add(1.0))
                    .intoArray(out, outAt + i);
        }
    }

    private static void logisticLogUpper(double[] s, int n, double[] out, int outAt) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, LOW + i).neg().intoArray(out, outAt + i);
        }
        VectorMath.logLogistic(out, outAt, outAt + n, s, SPARE);
    }

    private static void logisticLogDensity(double[] s, int n, double[] out, int outAt) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, LOW + i).abs().intoArray(s, A + i);
        }
        VectorMath.logLogistic(s, A, A + n, s, SPARE); // -softplus(-|z|)
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, LOW + i)
                    .abs()
                    .neg()
                    .sub(DoubleVector.fromArray(D, s, A + i).neg().mul(2.0))
                    .sub(DoubleVector.fromArray(D, s, SCALE + i))
                    .intoArray(out, outAt + i);
        }
    }

    /** A = 1 / scale, B = the low edge, C = less the high edge. */
    private static void logisticEdges(double[] s, int n) {
        for (int i = 0; i < n; i += W) {
            ONE.div(DoubleVector.fromArray(D, s, SCALE + i)).intoArray(s, A + i);
            DoubleVector.fromArray(D, s, LOW + i).intoArray(s, B + i);
            DoubleVector.fromArray(D, s, HIGH + i).neg().intoArray(s, C + i);
        }
    }

    /** -expm1(-A) / ((1 + exp(B)) (1 + exp(C))). */
    private static void logisticBox(double[] s, int n, double[] out, int outAt) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, A + i).neg().intoArray(s, A + i);
        }
        VectorMath.expm1(s, A, A + n);
        VectorMath.exp(s, B, B + n);
        VectorMath.exp(s, C, C + n);
        for (int i = 0; i < n; i += W) {
            DoubleVector below = DoubleVector.fromArray(D, s, B + i)
                    .add(1.0)
                    .mul(DoubleVector.fromArray(D, s, C + i).add(1.0));
            DoubleVector.fromArray(D, s, A + i).neg().div(below).intoArray(out, outAt + i);
        }
    }

    /** log1mExp(A) - softplus(B) - softplus(C). */
    private static void logisticLogBox(double[] s, int n, double[] out, int outAt) {
        VectorMath.log1mExp(s, A, A + n, s, SPARE);
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, B + i).neg().intoArray(s, B + i);
            DoubleVector.fromArray(D, s, C + i).neg().intoArray(s, C + i);
        }
        VectorMath.logLogistic(s, B, B + n, s, SPARE);
        VectorMath.logLogistic(s, C, C + n, s, SPARE);
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, A + i)
                    .add(DoubleVector.fromArray(D, s, B + i))
                    .add(DoubleVector.fromArray(D, s, C + i))
                    .intoArray(out, outAt + i);
        }
    }

    // ---- the Laplace distribution

    /** Pr(Z > z) of z in LOW and -|z|, reduced, from A on. */
    private static void laplaceUpper(double[] s, int n, double[] out, int outAt) {
        VectorMath.polynomial(VectorMath.EXP_TERMS, s, A, C, n);
        for (int i = 0; i < n; i += W) {
            DoubleVector r = DoubleVector.fromArray(D, s, A + i);
            DoubleVector p =
                    r.add(r.mul(r).mul(DoubleVector.fromArray(D, s, C + i))).add(1.0);
            LongVector biased = DoubleVector.fromArray(D, s, B + i).reinterpretAsLongs();
            LongVector first = biased.lanewise(LSHR, 1);
            LongVector second = biased.sub(first);
            DoubleVector e = p.mul(first.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .mul(second.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles());
            DoubleVector tail = e.mul(0.5);
            tail.blend(ONE.sub(tail), DoubleVector.fromArray(D, s, LOW + i).compare(LT, 0.0))
                    .intoArray(out, outAt + i);
        }
    }

    /** log Pr(Z > z) of z in LOW and e^-|z| in A. */
    private static void laplaceLogUpper(double[] s, int n, double[] out, int outAt) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, A + i).mul(-0.5).intoArray(s, A + i);
        }
        VectorMath.log1p(s, A, A + n, s, SPARE);
        for (int i = 0; i < n; i += W) {
            DoubleVector z = DoubleVector.fromArray(D, s, LOW + i);
            z.neg()
                    .sub(LN2)
                    .blend(DoubleVector.fromArray(D, s, A + i), z.compare(LT, 0.0))
                    .intoArray(out, outAt + i);
        }
    }

    private static void laplaceLogDensity(double[] s, int n, double[] out, int outAt) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, LOW + i)
                    .abs()
                    .neg()
                    .sub(LN2)
                    .sub(DoubleVector.fromArray(D, s, SCALE + i))
                    .intoArray(out, outAt + i);
        }
    }

    private static void laplaceBox(double[] s, int n, double[] out, int outAt) {
        int tails = 0;
        int centrals = 0;
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, s, LOW + i);
            VectorMask<Double> tail = low.compare(GT, 0.0);
            low.neg().intoArray(s, A + tails);
            low.intoArray(s, B + centrals);
            DoubleVector.fromArray(D, s, HIGH + i)
                    .neg()
                    .blend(MINUS_ONE.div(DoubleVector.fromArray(D, s, SCALE + i)), tail)
                    .intoArray(s, C + i);
            tails += tail.anyTrue() ? W : 0;
            centrals += tail.allTrue() ? 0 : W;
        }
        VectorMath.exp(s, A, A + tails);
        VectorMath.expm1(s, B, B + centrals);
        VectorMath.expm1(s, C, C + n);
        for (int i = 0, tailAt = 0, centralAt = 0; i < n; i += W) {
            VectorMask<Double> tail = DoubleVector.fromArray(D, s, LOW + i).compare(GT, 0.0);
            DoubleVector outer = DoubleVector.fromArray(D, s, C + i);
            outer.add(DoubleVector.fromArray(D, s, B + centralAt))
                    .mul(-0.5)
                    .blend(DoubleVector.fromArray(D, s, A + tailAt).mul(-0.5).mul(outer), tail)
                    .intoArray(out, outAt + i);
            tailAt += tail.anyTrue() ? W : 0;
            centralAt += tail.allTrue() ? 0 : W;
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
        int bound = D.loopBound(count);
        int stride = loc.length / components;
        if (bound > 0) {
            // The rows: terms of each component, then weights of each, then two more.
            double[] s = outerPool.take((2 * components + 2) * BLOCK);
            for (int done = 0; done < bound; done += BLOCK) {
                int n = Math.min(BLOCK, bound - done);
                int element = ScalarPriorKernels.element(first, done, size);
                for (int c = 0; c < components; c++) {
                    int at = c * stride + from;
                    locationScale(quantity, family, x, xOffset + done, loc, scale, at, size, element, n, s, c * BLOCK);
                    cycle(weight, at, size, element, s, (components + c) * BLOCK, n);
                }
                if (quantity.isLog()) {
                    logSum(components, s, n, out, outOffset + done);
                } else {
                    sum(components, s, n, out, outOffset + done);
                }
            }
            outerPool.giveBack(s);
        }
        if (bound < count) {
            SCALAR.mixture(
                    quantity,
                    family,
                    components,
                    x,
                    xOffset + bound,
                    loc,
                    scale,
                    weight,
                    from,
                    size,
                    ScalarPriorKernels.element(first, bound, size),
                    count - bound,
                    out,
                    outOffset + bound);
        }
    }

    private static void sum(int components, double[] s, int n, double[] out, int outAt) {
        for (int i = 0; i < n; i += W) {
            DoubleVector sum = ZERO.add(
                    DoubleVector.fromArray(D, s, components * BLOCK + i).mul(DoubleVector.fromArray(D, s, i)));
            for (int c = 1; c < components; c++) {
                sum = sum.add(DoubleVector.fromArray(D, s, (components + c) * BLOCK + i)
                        .mul(DoubleVector.fromArray(D, s, c * BLOCK + i)));
            }
            sum.intoArray(out, outAt + i);
        }
    }

    /** log of the weighted sum of terms given by their logs. */
    private static void logSum(int components, double[] s, int n, double[] out, int outAt) {
        int max = 2 * components * BLOCK;
        int sum = max + BLOCK;
        Arrays.fill(s, max, max + n, Double.NEGATIVE_INFINITY);
        Arrays.fill(s, sum, sum + n, 0);
        for (int c = 0; c < components; c++) {
            VectorMath.raiseMax(s, c * BLOCK, s, (components + c) * BLOCK, s, max, n);
        }
        for (int c = 0; c < components; c++) {
            int row = c * BLOCK;
            VectorMath.subtract(s, row, s, max, n);
            VectorMath.exp(s, row, row + n);
            VectorMath.addWeighted(s, row, s, (components + c) * BLOCK, s, sum, n);
        }
        VectorMath.log(s, sum, sum + n);
        for (int i = 0; i < n; i += W) {
            DoubleVector most = DoubleVector.fromArray(D, s, max + i);
            most.add(DoubleVector.fromArray(D, s, sum + i))
                    .blend(most, most.compare(EQ, Double.NEGATIVE_INFINITY))
                    .intoArray(out, outAt + i);
        }
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
        int bound = D.loopBound(count);
        if (bound > 0) {
            int width = network.maxWidth();
            int working = (6 * width + 1) * BLOCK;
            double[] layers = outerPool.take(working);
            double[] s = pool.take(ROWS);
            for (int done = 0; done < bound; done += BLOCK) {
                int n = Math.min(BLOCK, bound - done);
                int element = ScalarPriorKernels.element(first, done, size);
                propagate(quantity, network, x, xOffset + done, from, size, element, layers, width, n);
                System.arraycopy(layers, 0, s, LOW, n);
                System.arraycopy(layers, width * BLOCK, s, A, n);
                logits(quantity, s, n, out, outOffset + done);
            }
            pool.giveBack(s);
            outerPool.giveBack(layers);
        }
        if (bound < count) {
            SCALAR.deepFactorized(
                    quantity,
                    network,
                    x,
                    xOffset + bound,
                    from,
                    size,
                    ScalarPriorKernels.element(first, bound, size),
                    count - bound,
                    out,
                    outOffset + bound);
        }
    }

    /** The quantity from the logit in LOW, and its derivative or rise in A. */
    private static void logits(Quantity quantity, double[] s, int n, double[] out, int outAt) {
        switch (quantity) {
            case CDF -> {
                negateLow(s, n);
                reduceLow(s, n);
                logisticUpper(s, n, out, outAt);
            }
            case SURVIVAL -> {
                reduceLow(s, n);
                logisticUpper(s, n, out, outAt);
            }
            case LOG_CDF -> {
                negateLow(s, n);
                logisticLogUpper(s, n, out, outAt);
            }
            case LOG_SURVIVAL -> logisticLogUpper(s, n, out, outAt);
            case LOG_DENSITY -> logisticDensity(s, n, out, outAt);
            case NOISY_PROB -> {
                orderedLogits(s, n);
                logisticBox(s, n, out, outAt);
            }
            case NOISY_LOG_PROB -> {
                orderedLogits(s, n);
                logisticLogBox(s, n, out, outAt);
            }
        }
    }

    /** The density of the logistic distribution at LOW, times A; its logarithm. */
    private static void logisticDensity(double[] s, int n, double[] out, int outAt) {
        for (int i = 0; i < n; i += W) {
            DoubleVector logit = DoubleVector.fromArray(D, s, LOW + i);
            logit.intoArray(s, B + i);
            logit.neg().intoArray(s, C + i);
        }
        VectorMath.logLogistic(s, B, B + n, s, SPARE);
        VectorMath.logLogistic(s, C, C + n, s, SPARE);
        VectorMath.log(s, A, A + n);
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, B + i)
                    .add(DoubleVector.fromArray(D, s, C + i))
                    .add(DoubleVector.fromArray(D, s, A + i))
                    .intoArray(out, outAt + i);
        }
    }

    /** -|LOW| reduced, from A on. */
    private static void reduceLow(double[] s, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, LOW + i).abs().neg().intoArray(s, SPARE + i);
        }
        VectorMath.reduce(s, SPARE, s, A, n);
    }

    private static void negateLow(double[] s, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, LOW + i).neg().intoArray(s, LOW + i);
        }
    }

    /** B and C, for an interval of logits from LOW to A more, turned around to lie left of 0: less its high end, its low end. */
    private static void orderedLogits(double[] s, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, s, LOW + i);
            DoubleVector high = low.add(DoubleVector.fromArray(D, s, A + i));
            VectorMask<Double> flip = low.add(high).compare(GT, 0.0);
            high.neg().blend(low, flip).intoArray(s, B + i);
            low.blend(high.neg(), flip).intoArray(s, C + i);
        }
    }

    /**
     * Leaves the logits in the first row, and in row {@code width} what {@link ScalarPriorKernels} says. Rows of a block, in
     * groups of {@code width}: values, their derivatives or rises, those of the next layer, and two groups of spare ones.
     */
    private static void propagate(
            Quantity quantity,
            LogitNetwork network,
            double[] x,
            int xAt,
            int from,
            int size,
            int first,
            double[] s,
            int width,
            int n) {
        int values = 0;
        int rises = width * BLOCK;
        int nextValues = 2 * width * BLOCK;
        int nextRises = 3 * width * BLOCK;
        int parameter = 6 * width * BLOCK;
        DoubleVector half = quantity.isNoisy() ? HALF : ZERO;
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, x, xAt + i).sub(half).intoArray(s, values + i);
            ONE.intoArray(s, rises + i);
        }
        int layers = network.layers();
        for (int l = 0; l < layers; l++) {
            int inputs = network.widths()[l];
            int outputs = network.widths()[l + 1];
            for (int o = 0; o < outputs; o++) {
                int row = o * n;
                Arrays.fill(s, nextValues + row, nextValues + row + n, 0);
                Arrays.fill(s, nextRises + row, nextRises + row + n, 0);
                for (int j = 0; j < inputs; j++) {
                    int weights = (o * inputs + j) * network.size() + from;
                    cycle(network.matrices()[l], weights, size, first, s, parameter, n);
                    addProducts(s, parameter, values + j * n, nextValues + row, n);
                    addProducts(s, parameter, rises + j * n, nextRises + row, n);
                }
                cycle(network.biases()[l], o * network.size() + from, size, first, s, parameter, n);
                VectorMath.add(s, nextValues + row, nextValues + row + n, s, parameter);
            }
            if (l < layers - 1) {
                activate(quantity, network, l, from, size, first, s, width, n);
            }
            System.arraycopy(s, nextValues, s, values, outputs * n);
            System.arraycopy(s, nextRises, s, rises, outputs * n);
        }
    }

    /** {@code sum = sum + a b}. */
    private static void addProducts(double[] s, int a, int b, int sum, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, sum + i)
                    .add(DoubleVector.fromArray(D, s, a + i).mul(DoubleVector.fromArray(D, s, b + i)))
                    .intoArray(s, sum + i);
        }
    }

    /** {@code h <- h + a tanh(h)} of the next layer's values, and what that makes of their derivatives or rises. */
    private static void activate(
            Quantity quantity,
            LogitNetwork network,
            int layer,
            int from,
            int size,
            int first,
            double[] s,
            int width,
            int n) {
        int rows = network.widths()[layer + 1] * n;
        int values = 2 * width * BLOCK;
        int rises = 3 * width * BLOCK;
        int tanh = 4 * width * BLOCK;
        int tanhOfRise = 5 * width * BLOCK;
        int parameter = 6 * width * BLOCK;
        int unused = 0; // this layer's values and derivatives
        System.arraycopy(s, values, s, tanh, rows);
        VectorMath.tanh(s, tanh, tanh + rows, s, unused);
        if (quantity.isNoisy()) {
            for (int i = 0; i < rows; i += W) {
                DoubleVector d = DoubleVector.fromArray(D, s, rises + i);
                d.blend(DoubleVector.fromArray(D, s, values + i).add(d), d.compare(GT, 0.5))
                        .intoArray(s, tanhOfRise + i);
            }
            VectorMath.tanh(s, tanhOfRise, tanhOfRise + rows, s, unused);
        }
        for (int o = 0; o < network.widths()[layer + 1]; o++) {
            cycle(network.factors()[layer], o * network.size() + from, size, first, s, parameter, n);
            int row = o * n;
            switch (quantity) {
                case NOISY_PROB, NOISY_LOG_PROB -> raise(s, rises + row, tanh + row, tanhOfRise + row, parameter, n);
                case LOG_DENSITY -> differentiate(s, rises + row, tanh + row, parameter, n);
                default -> {}
            }
            addProducts(s, parameter, tanh + row, values + row, n);
        }
    }

    /** {@code d = d + factor (tanh(h + d) - tanh(h))}, by the addition theorem where d is small. */
    private static void raise(double[] s, int rises, int tanh, int tanhOfRise, int factor, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector d = DoubleVector.fromArray(D, s, rises + i);
            DoubleVector t = DoubleVector.fromArray(D, s, tanh + i);
            DoubleVector td = DoubleVector.fromArray(D, s, tanhOfRise + i);
            DoubleVector small = td.mul(ONE.sub(t.mul(t))).div(t.mul(td).add(1.0));
            DoubleVector rise = small.blend(td.sub(t), d.compare(GT, 0.5));
            d.add(DoubleVector.fromArray(D, s, factor + i).mul(rise)).intoArray(s, rises + i);
        }
    }

    /** {@code d = d (1 + factor (1 - tanh(h)^2))}. */
    private static void differentiate(double[] s, int rises, int tanh, int factor, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector t = DoubleVector.fromArray(D, s, tanh + i);
            DoubleVector slope = DoubleVector.fromArray(D, s, factor + i)
                    .mul(ONE.sub(t.mul(t)))
                    .add(1.0);
            DoubleVector.fromArray(D, s, rises + i).mul(slope).intoArray(s, rises + i);
        }
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
        int bound = D.loopBound(count);
        double[] s = pool.take(ROWS);
        for (int done = 0; done < bound; done += BLOCK) {
            int n = Math.min(BLOCK, bound - done);
            System.arraycopy(tailLogs, tailOffset + done, s, A, n);
            VectorMath.exp(s, A, A + n);
            mixTail(probs, probsOffset + done, s, n, mass);
            VectorMath.log(s, B, B + n);
            choose(s, n, tailLogs, tailOffset + done, ExactMath.log(mass), threshold, out, outOffset + done);
        }
        pool.giveBack(s);
        SCALAR.withTail(
                probs,
                probsOffset + bound,
                tailLogs,
                tailOffset + bound,
                count - bound,
                mass,
                threshold,
                out,
                outOffset + bound);
    }

    /** A and B = {@code (1 - mass) p + mass A}. */
    private static void mixTail(double[] probs, int at, double[] s, int n, double mass) {
        DoubleVector share = vector(mass);
        DoubleVector rest = vector(1 - mass);
        for (int i = 0; i < n; i += W) {
            DoubleVector mixture = rest.mul(DoubleVector.fromArray(D, probs, at + i))
                    .add(share.mul(DoubleVector.fromArray(D, s, A + i)));
            mixture.intoArray(s, A + i);
            mixture.intoArray(s, B + i);
        }
    }

    /** B, or where A is below the threshold the tail alone. */
    private static void choose(
            double[] s, int n, double[] tailLogs, int at, double logMass, double threshold, double[] out, int outAt) {
        DoubleVector log = vector(logMass);
        DoubleVector least = vector(threshold);
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, s, B + i)
                    .blend(
                            log.add(DoubleVector.fromArray(D, tailLogs, at + i)),
                            DoubleVector.fromArray(D, s, A + i).compare(LT, least))
                    .intoArray(out, outAt + i);
        }
    }
}
