package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.ExactMath.EXPM1_SATURATED;
import static io.github.uniquant.internal.kernel.ExactMath.EXPONENT_MASK;
import static io.github.uniquant.internal.kernel.ExactMath.EXP_UNDERFLOW;
import static io.github.uniquant.internal.kernel.ExactMath.GAUSSIAN_LIMIT;
import static io.github.uniquant.internal.kernel.ExactMath.HIGH_HALF;
import static io.github.uniquant.internal.kernel.ExactMath.INV_LN2;
import static io.github.uniquant.internal.kernel.ExactMath.LN2;
import static io.github.uniquant.internal.kernel.ExactMath.LN2_HIGH;
import static io.github.uniquant.internal.kernel.ExactMath.LN2_LOW;
import static io.github.uniquant.internal.kernel.ExactMath.MILLS_CENTRE;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ExactMath} for arrays: the same operations in the same order, lane by lane, so the same bits for every argument.
 * A branch there is a blend here. Every function works in place on the elements {@code from} to {@code to} of an array, whose
 * number is a multiple of {@link #W}.
 *
 * <p><b>Why arrays.</b> The compiler stops making methods part of their caller once that has 18,000 nodes, and a vector that
 * crosses a call is allocated. One vector operation is about 300 nodes, and a number it must broadcast as many again. So a
 * kernel is a chain of loops over a block that stays in the first-level cache, and each loop is a method that calls no other of
 * ours. One loop that called three functions of vectors ran at a quarter of the speed.
 *
 * <p><b>Why constants are doubles.</b> A loop that stores doubles may overwrite, for all the compiler knows, the array inside a
 * constant vector, and loads it again at every use, across two cache lines. A broadcast double stays in a register, which was
 * worth a tenth to a sixth of all kernels. Vectors are left only where an operation starts with a constant.
 */
final class VectorMath {
    static final VectorSpecies<Double> D = VectorSpecies.of(double.class, VectorWidth.SHAPE);
    private static final VectorSpecies<Long> L = VectorSpecies.of(long.class, D.vectorShape());

    /** Lanes of a vector. */
    static final int W = D.length();

    static final DoubleVector ZERO = broadcast(0);
    static final DoubleVector HALF = broadcast(0.5);
    static final DoubleVector ONE = broadcast(1);
    static final DoubleVector TWO = broadcast(2);
    static final DoubleVector INFINITY = broadcast(Double.POSITIVE_INFINITY);

    static final int SIGNIFICAND_BITS = 52;

    /**
     * Adding it rounds to an integer k, ties to even, and leaves k + 2046 in the low 12 bits of the sum. 2046 is twice the
     * bias of an exponent, and even, so that ties stay what they were. Bits above those 12 fall off in shifts.
     */
    static final double MAGIC = 0x1.8p52 + 2046;

    /** Above all that exponents of e are bounded by. */
    private static final double EXP_LIMIT = ExactMath.EXP_OVERFLOW + 1;

    private static final double MAGIC_1000 = 0x1.8p52 + 2046 + 1000;

    /** The biased exponent of 2^-k is this less k + 2046. */
    private static final LongVector MIRROR = longs(3L * 1023);

    /** 1024 in the place of the exponent: keeps the difference of two from being negative. */
    static final long BIAS = 0x4000000000000000L;

    private static final long SQRT_HALF_LESS_BIAS = ExactMath.SQRT_HALF_BITS - 0x4000000000000000L;

    /** An integer n below 2^52 in the low bits of this makes the double 2^52 + n. */
    static final long TWO_52_BITS = 0x4330000000000000L;

    static final double TWO_52_AND_BIAS = 0x1p52 + 1024;

    static final double[] EXP_TERMS = {
        ExactMath.E10,
        ExactMath.E9,
        ExactMath.E8,
        ExactMath.E7,
        ExactMath.E6,
        ExactMath.E5,
        ExactMath.E4,
        ExactMath.E3,
        ExactMath.E2,
        ExactMath.E1,
        ExactMath.E0
    };

    static final double[] MILLS_TERMS = {
        ExactMath.M24,
        ExactMath.M23,
        ExactMath.M22,
        ExactMath.M21,
        ExactMath.M20,
        ExactMath.M19,
        ExactMath.M18,
        ExactMath.M17,
        ExactMath.M16,
        ExactMath.M15,
        ExactMath.M14,
        ExactMath.M13,
        ExactMath.M12,
        ExactMath.M11,
        ExactMath.M10,
        ExactMath.M9,
        ExactMath.M8,
        ExactMath.M7,
        ExactMath.M6,
        ExactMath.M5,
        ExactMath.M4,
        ExactMath.M3,
        ExactMath.M2,
        ExactMath.M1,
        ExactMath.M0
    };

    /** Elements that functions work on at a time: their working memory stays in the first-level cache beside the caller's. */
    static final int BLOCK = 256;

    // Rows of working memory.
    private static final int REST = 0; // what a polynomial is taken of
    private static final int POWER = BLOCK; // MAGIC and an exponent of 2
    private static final int POLYNOMIAL = 2 * BLOCK;
    private static final int VALUE = 3 * BLOCK;
    private static final int FRACTION = 4 * BLOCK;
    private static final int MILLS = 5 * BLOCK;

    /** Working memory of functions, of each thread. */
    private static final ThreadLocal<double[]> WORK = ThreadLocal.withInitial(() -> new double[6 * BLOCK]);

    private VectorMath() {}

    private static DoubleVector broadcast(double value) {
        return DoubleVector.broadcast(D, value);
    }

    private static LongVector longs(long value) {
        return LongVector.broadcast(L, value);
    }

    /**
     * {@code to = terms[0] x^m + ... + terms[m]}, by Horner's rule, for n elements of {@code s} from {@code x} on. A chain of
     * multiplications and additions waits for each result; eight of them side by side keep the processor busy. So elements up to
     * a multiple of eight vectors are computed, and what lies behind the n is overwritten.
     */
    static void polynomial(double[] terms, double[] s, int x, int to, int n) {
        for (int i = 0; i < n; i += 8 * W) {
            DoubleVector x0 = DoubleVector.fromArray(D, s, x + i);
            DoubleVector x1 = DoubleVector.fromArray(D, s, x + i + W);
            DoubleVector x2 = DoubleVector.fromArray(D, s, x + i + 2 * W);
            DoubleVector x3 = DoubleVector.fromArray(D, s, x + i + 3 * W);
            DoubleVector x4 = DoubleVector.fromArray(D, s, x + i + 4 * W);
            DoubleVector x5 = DoubleVector.fromArray(D, s, x + i + 5 * W);
            DoubleVector x6 = DoubleVector.fromArray(D, s, x + i + 6 * W);
            DoubleVector x7 = DoubleVector.fromArray(D, s, x + i + 7 * W);
            DoubleVector p0 = DoubleVector.broadcast(D, terms[0]);
            DoubleVector p1 = p0;
            DoubleVector p2 = p0;
            DoubleVector p3 = p0;
            DoubleVector p4 = p0;
            DoubleVector p5 = p0;
            DoubleVector p6 = p0;
            DoubleVector p7 = p0;
            for (int j = 1; j < terms.length; j++) {
                DoubleVector term = DoubleVector.broadcast(D, terms[j]);
                p0 = p0.mul(x0).add(term);
                p1 = p1.mul(x1).add(term);
                p2 = p2.mul(x2).add(term);
                p3 = p3.mul(x3).add(term);
                p4 = p4.mul(x4).add(term);
                p5 = p5.mul(x5).add(term);
                p6 = p6.mul(x6).add(term);
                p7 = p7.mul(x7).add(term);
            }
            p0.intoArray(s, to + i);
            p1.intoArray(s, to + i + W);
            p2.intoArray(s, to + i + 2 * W);
            p3.intoArray(s, to + i + 3 * W);
            p4.intoArray(s, to + i + 4 * W);
            p5.intoArray(s, to + i + 5 * W);
            p6.intoArray(s, to + i + 6 * W);
            p7.intoArray(s, to + i + 7 * W);
        }
    }

    /**
     * As {@link #polynomial}, and {@code fraction = (z - 5) / (z + 5)}: divisions go on beside the next turn's polynomials, which
     * wait for a loop of divisions alone.
     */
    static void polynomialAndMillsFraction(double[] terms, double[] s, int x, int to, int n, int z, int fraction) {
        for (int i = 0; i < n; i += 8 * W) {
            DoubleVector x0 = DoubleVector.fromArray(D, s, x + i);
            DoubleVector x1 = DoubleVector.fromArray(D, s, x + i + W);
            DoubleVector x2 = DoubleVector.fromArray(D, s, x + i + 2 * W);
            DoubleVector x3 = DoubleVector.fromArray(D, s, x + i + 3 * W);
            DoubleVector x4 = DoubleVector.fromArray(D, s, x + i + 4 * W);
            DoubleVector x5 = DoubleVector.fromArray(D, s, x + i + 5 * W);
            DoubleVector x6 = DoubleVector.fromArray(D, s, x + i + 6 * W);
            DoubleVector x7 = DoubleVector.fromArray(D, s, x + i + 7 * W);
            DoubleVector p0 = DoubleVector.broadcast(D, terms[0]);
            DoubleVector p1 = p0;
            DoubleVector p2 = p0;
            DoubleVector p3 = p0;
            DoubleVector p4 = p0;
            DoubleVector p5 = p0;
            DoubleVector p6 = p0;
            DoubleVector p7 = p0;
            for (int j = 1; j < terms.length; j++) {
                DoubleVector term = DoubleVector.broadcast(D, terms[j]);
                p0 = p0.mul(x0).add(term);
                p1 = p1.mul(x1).add(term);
                p2 = p2.mul(x2).add(term);
                p3 = p3.mul(x3).add(term);
                p4 = p4.mul(x4).add(term);
                p5 = p5.mul(x5).add(term);
                p6 = p6.mul(x6).add(term);
                p7 = p7.mul(x7).add(term);
            }
            p0.intoArray(s, to + i);
            p1.intoArray(s, to + i + W);
            p2.intoArray(s, to + i + 2 * W);
            p3.intoArray(s, to + i + 3 * W);
            p4.intoArray(s, to + i + 4 * W);
            p5.intoArray(s, to + i + 5 * W);
            p6.intoArray(s, to + i + 6 * W);
            p7.intoArray(s, to + i + 7 * W);
            DoubleVector z0 = DoubleVector.fromArray(D, s, z + i);
            z0.sub(MILLS_CENTRE).div(z0.add(MILLS_CENTRE)).intoArray(s, fraction + i);
            DoubleVector z1 = DoubleVector.fromArray(D, s, z + i + W);
            z1.sub(MILLS_CENTRE).div(z1.add(MILLS_CENTRE)).intoArray(s, fraction + i + W);
            DoubleVector z2 = DoubleVector.fromArray(D, s, z + i + 2 * W);
            z2.sub(MILLS_CENTRE).div(z2.add(MILLS_CENTRE)).intoArray(s, fraction + i + 2 * W);
            DoubleVector z3 = DoubleVector.fromArray(D, s, z + i + 3 * W);
            z3.sub(MILLS_CENTRE).div(z3.add(MILLS_CENTRE)).intoArray(s, fraction + i + 3 * W);
            DoubleVector z4 = DoubleVector.fromArray(D, s, z + i + 4 * W);
            z4.sub(MILLS_CENTRE).div(z4.add(MILLS_CENTRE)).intoArray(s, fraction + i + 4 * W);
            DoubleVector z5 = DoubleVector.fromArray(D, s, z + i + 5 * W);
            z5.sub(MILLS_CENTRE).div(z5.add(MILLS_CENTRE)).intoArray(s, fraction + i + 5 * W);
            DoubleVector z6 = DoubleVector.fromArray(D, s, z + i + 6 * W);
            z6.sub(MILLS_CENTRE).div(z6.add(MILLS_CENTRE)).intoArray(s, fraction + i + 6 * W);
            DoubleVector z7 = DoubleVector.fromArray(D, s, z + i + 7 * W);
            z7.sub(MILLS_CENTRE).div(z7.add(MILLS_CENTRE)).intoArray(s, fraction + i + 7 * W);
        }
    }

    /** {@code a = exp(a)}. */
    static void exp(double[] a, int from, int to) {
        double[] s = WORK.get();
        for (int at = from; at < to; at += BLOCK) {
            int n = Math.min(BLOCK, to - at);
            reduce(a, at, s, 0, n);
            polynomial(EXP_TERMS, s, REST, POLYNOMIAL, n);
            scale(s, 0, a, at, n);
        }
    }

    /** {@code REST = a - k ln 2} for the nearest integer k, in POWER; rows from {@code rows} on. */
    static void reduce(double[] a, int from, double[] s, int rows, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector x = DoubleVector.fromArray(D, a, from + i);
            x = x.blend(EXP_UNDERFLOW, x.compare(LT, EXP_UNDERFLOW));
            x = x.blend(EXP_LIMIT, x.compare(GT, EXP_LIMIT));
            DoubleVector t = x.mul(INV_LN2).add(MAGIC);
            DoubleVector k = t.sub(MAGIC);
            t.intoArray(s, rows + POWER + i);
            x.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW)).intoArray(s, rows + REST + i);
        }
    }

    /** {@code a = e^REST 2^POWER}, by two factors, whose biased exponents are (k >> 1) + 1023 and the rest of k + 2046. */
    static void scale(double[] s, int rows, double[] a, int from, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector r = DoubleVector.fromArray(D, s, rows + REST + i);
            DoubleVector q = DoubleVector.fromArray(D, s, rows + POLYNOMIAL + i);
            DoubleVector p = r.add(r.mul(r).mul(q)).add(1.0);
            LongVector biased = DoubleVector.fromArray(D, s, rows + POWER + i).reinterpretAsLongs();
            LongVector first = biased.lanewise(LSHR, 1);
            LongVector second = biased.sub(first);
            p.mul(first.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .mul(second.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .intoArray(a, from + i);
        }
    }

    /** {@code a = expm1(a)}. */
    static void expm1(double[] a, int from, int to) {
        double[] s = WORK.get();
        for (int at = from; at < to; at += BLOCK) {
            int n = Math.min(BLOCK, to - at);
            reduceForExpm1(a, at, s, n);
            polynomial(EXP_TERMS, s, REST, POLYNOMIAL, n);
            scaleLessOne(s, a, at, n);
        }
    }

    /** As {@link #reduce}, of at least -40. */
    private static void reduceForExpm1(double[] a, int from, double[] s, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector x = DoubleVector.fromArray(D, a, from + i);
            x = x.blend(EXPM1_SATURATED, x.compare(LT, EXPM1_SATURATED));
            x = x.blend(EXP_LIMIT, x.compare(GT, EXP_LIMIT));
            DoubleVector t = x.mul(INV_LN2).add(MAGIC);
            DoubleVector k = t.sub(MAGIC);
            t.intoArray(s, POWER + i);
            x.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW)).intoArray(s, REST + i);
        }
    }

    /** {@code a = e^REST 2^POWER - 1}: (e^REST - 1 + 1 - 2^-k) 2^k, with a k of 1000 for a larger one in the inner term. */
    private static void scaleLessOne(double[] s, double[] a, int from, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector r = DoubleVector.fromArray(D, s, REST + i);
            DoubleVector q = DoubleVector.fromArray(D, s, POLYNOMIAL + i);
            DoubleVector t = DoubleVector.fromArray(D, s, POWER + i);
            DoubleVector bounded = t.blend(MAGIC_1000, t.compare(GT, MAGIC_1000));
            LongVector mirrored = MIRROR.sub(bounded.reinterpretAsLongs());
            DoubleVector rest =
                    ONE.sub(mirrored.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles());
            DoubleVector p = r.add(r.mul(r).mul(q)).add(rest);
            LongVector biased = t.reinterpretAsLongs();
            LongVector first = biased.lanewise(LSHR, 1);
            LongVector second = biased.sub(first);
            p.mul(first.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .mul(second.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .intoArray(a, from + i);
        }
    }

    /** {@code a = exp(-a^2 / 2)}, for a at least 0 or not a number. */
    static void gaussian(double[] a, int from, int to) {
        double[] s = WORK.get();
        for (int at = from; at < to; at += BLOCK) {
            int n = Math.min(BLOCK, to - at);
            reduceHalfSquare(a, at, s, n);
            polynomial(EXP_TERMS, s, REST, POLYNOMIAL, n);
            scale(s, 0, a, at, n);
        }
    }

    /** As {@link #reduce}, of -a^2 / 2, whose rounding is in REST. */
    private static void reduceHalfSquare(double[] a, int from, double[] s, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector z = DoubleVector.fromArray(D, a, from + i);
            z = z.blend(GAUSSIAN_LIMIT, z.compare(GT, GAUSSIAN_LIMIT));
            DoubleVector high = z.reinterpretAsLongs().and(HIGH_HALF).reinterpretAsDoubles();
            DoubleVector small = z.sub(high).mul(-0.5).mul(z.add(high));
            DoubleVector x = high.mul(-0.5).mul(high);
            x = x.blend(EXP_UNDERFLOW, x.compare(LT, EXP_UNDERFLOW));
            DoubleVector t = x.mul(INV_LN2).add(MAGIC);
            DoubleVector k = t.sub(MAGIC);
            t.intoArray(s, POWER + i);
            x.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW)).add(small).intoArray(s, REST + i);
        }
    }

    /** {@code a = log(a)}. Vectors with a lane that is not positive, normal and finite, which are rare, go to the scalar twin. */
    static void log(double[] a, int from, int to) {
        for (int i = from; i < to; i += W) {
            DoubleVector x = DoubleVector.fromArray(D, a, i);
            VectorMask<Double> ordinary =
                    x.compare(LT, Double.POSITIVE_INFINITY).andNot(x.compare(LT, Double.MIN_NORMAL));
            if (!ordinary.allTrue()) {
                for (int j = i; j < i + W; j++) {
                    a[j] = ExactMath.log(a[j]);
                }
                continue;
            }
            LongVector bits = x.reinterpretAsLongs();
            LongVector exponent = bits.sub(SQRT_HALF_LESS_BIAS);
            DoubleVector m = bits.add(BIAS).sub(exponent.and(EXPONENT_MASK)).reinterpretAsDoubles();
            DoubleVector k = exponent.lanewise(LSHR, SIGNIFICAND_BITS)
                    .or(TWO_52_BITS)
                    .reinterpretAsDoubles()
                    .sub(TWO_52_AND_BIAS);
            DoubleVector f = m.sub(1.0);
            DoubleVector s = f.div(f.add(2.0));
            DoubleVector w = s.mul(s);
            DoubleVector r = w.mul(ExactMath.L7).add(ExactMath.L6);
            r = r.mul(w).add(ExactMath.L5);
            r = r.mul(w).add(ExactMath.L4);
            r = r.mul(w).add(ExactMath.L3);
            r = r.mul(w).add(ExactMath.L2);
            r = r.mul(w).add(ExactMath.L1);
            r = r.mul(w).add(ExactMath.L0);
            DoubleVector half = f.mul(0.5).mul(f);
            DoubleVector inner = s.mul(half.add(w.mul(r))).add(k.mul(LN2_LOW));
            k.mul(LN2_HIGH).sub(half.sub(inner).sub(f)).intoArray(a, i);
        }
    }

    /** {@code a = log1p(a)}; {@code spare[spareFrom ...]} is overwritten. */
    static void log1p(double[] a, int from, int to, double[] spare, int spareFrom) {
        for (int i = from; i < to; i += W) {
            DoubleVector x = DoubleVector.fromArray(D, a, i);
            DoubleVector u = x.add(1.0);
            VectorMask<Double> ordinary = u.compare(GT, 0.0).andNot(u.compare(EQ, Double.POSITIVE_INFINITY));
            u.intoArray(a, i);
            ZERO.blend(x.sub(u.sub(1.0)).div(u), ordinary).intoArray(spare, spareFrom + i - from);
        }
        log(a, from, to);
        add(a, from, to, spare, spareFrom);
    }

    /** {@code a = a + b}. */
    static void add(double[] a, int from, int to, double[] b, int bFrom) {
        for (int i = from; i < to; i += W) {
            DoubleVector.fromArray(D, a, i)
                    .add(DoubleVector.fromArray(D, b, bFrom + i - from))
                    .intoArray(a, i);
        }
    }

    /** {@code a = tanh(a)}; {@code spare[spareFrom ...]} is overwritten. */
    static void tanh(double[] a, int from, int to, double[] spare, int spareFrom) {
        int spareTo = spareFrom + to - from;
        for (int i = from; i < to; i += W) {
            DoubleVector x = DoubleVector.fromArray(D, a, i);
            x.abs().mul(-2.0).intoArray(spare, spareFrom + i - from);
        }
        expm1(spare, spareFrom, spareTo);
        for (int i = from; i < to; i += W) {
            DoubleVector t = DoubleVector.fromArray(D, spare, spareFrom + i - from);
            DoubleVector magnitude = t.neg().div(t.add(2.0));
            VectorMask<Double> negative = DoubleVector.fromArray(D, a, i).compare(LT, 0.0);
            magnitude.blend(magnitude.neg(), negative).intoArray(a, i);
        }
    }

    /**
     * {@code a = log(1 - exp(-a))}, for a at least 0; three times as many elements of {@code spare} are overwritten. The vectors
     * that need e^-a - 1 for any lane, and those that need e^-a, are collected first. Lanes that need neither of what is loaded
     * later get whatever lies there, and drop it.
     */
    static void log1mExp(double[] a, int from, int to, double[] spare, int spareFrom) {
        int farFrom = spareFrom + to - from;
        int lostFrom = farFrom + to - from;
        int nearTo = spareFrom;
        int farTo = farFrom;
        for (int i = from; i < to; i += W) {
            DoubleVector d = DoubleVector.fromArray(D, a, i);
            VectorMask<Double> near = d.compare(LT, LN2);
            if (near.anyTrue()) {
                d.neg().intoArray(spare, nearTo);
                nearTo += W;
            }
            if (!near.allTrue()) {
                d.neg().intoArray(spare, farTo);
                farTo += W;
            }
        }
        expm1(spare, spareFrom, nearTo);
        exp(spare, farFrom, farTo);
        for (int i = from, nearAt = spareFrom, farAt = farFrom; i < to; i += W) {
            VectorMask<Double> near = DoubleVector.fromArray(D, a, i).compare(LT, LN2);
            DoubleVector complement = DoubleVector.fromArray(D, spare, nearAt).neg();
            DoubleVector x = DoubleVector.fromArray(D, spare, farAt).neg();
            DoubleVector u = x.add(1.0);
            x.sub(u.sub(1.0)).div(u).blend(0.0, near).intoArray(spare, lostFrom + i - from);
            u.blend(complement, near).intoArray(a, i);
            nearAt += near.anyTrue() ? W : 0;
            farAt += near.allTrue() ? 0 : W;
        }
        log(a, from, to);
        add(a, from, to, spare, lostFrom);
    }

    /** {@code a = log(1 / (1 + exp(-a)))}; twice as many elements of {@code spare} are overwritten. */
    static void logLogistic(double[] a, int from, int to, double[] spare, int spareFrom) {
        int spareTo = spareFrom + to - from;
        for (int i = from; i < to; i += W) {
            DoubleVector.fromArray(D, a, i).abs().neg().intoArray(spare, spareFrom + i - from);
        }
        exp(spare, spareFrom, spareTo);
        log1p(spare, spareFrom, spareTo, spare, spareTo);
        for (int i = from; i < to; i += W) {
            DoubleVector x = DoubleVector.fromArray(D, a, i);
            x.blend(0.0, x.compare(GT, 0.0))
                    .sub(DoubleVector.fromArray(D, spare, spareFrom + i - from))
                    .intoArray(a, i);
        }
    }

    /** {@code a} = the survival function of the normal distribution at a, times exp(a^2 / 2), for a at least 0. */
    static void scaledSurvival(double[] a, int from, int to) {
        double[] s = WORK.get();
        for (int at = from; at < to; at += BLOCK) {
            int n = Math.min(BLOCK, to - at);
            for (int i = 0; i < n; i += W) {
                DoubleVector z = DoubleVector.fromArray(D, a, at + i);
                z.sub(MILLS_CENTRE).div(z.add(MILLS_CENTRE)).intoArray(s, REST + i);
            }
            polynomial(MILLS_TERMS, s, REST, POLYNOMIAL, n);
            for (int i = 0; i < n; i += W) {
                DoubleVector.fromArray(D, s, POLYNOMIAL + i)
                        .div(DoubleVector.fromArray(D, a, at + i).add(1.0))
                        .intoArray(a, at + i);
            }
        }
    }

    /** {@code a} = the survival function of the normal distribution at a, for a from 0 to 100. */
    static void upperTail(double[] a, int from, int to) {
        double[] s = WORK.get();
        for (int at = from; at < to; at += BLOCK) {
            int n = Math.min(BLOCK, to - at);
            System.arraycopy(a, at, s, VALUE, n);
            reduceHalfSquare(s, VALUE, s, n);
            polynomialAndMillsFraction(EXP_TERMS, s, REST, POLYNOMIAL, n, VALUE, FRACTION);
            polynomial(MILLS_TERMS, s, FRACTION, MILLS, n);
            scaleBySurvival(s, a, at, n);
        }
    }

    /** {@code a = e^REST 2^POWER MILLS / (1 + VALUE)}. */
    private static void scaleBySurvival(double[] s, double[] a, int from, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector r = DoubleVector.fromArray(D, s, REST + i);
            DoubleVector q = DoubleVector.fromArray(D, s, POLYNOMIAL + i);
            DoubleVector p = r.add(r.mul(r).mul(q)).add(1.0);
            LongVector biased = DoubleVector.fromArray(D, s, POWER + i).reinterpretAsLongs();
            LongVector first = biased.lanewise(LSHR, 1);
            LongVector second = biased.sub(first);
            p.mul(first.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .mul(second.lanewise(LSHL, SIGNIFICAND_BITS).reinterpretAsDoubles())
                    .mul(DoubleVector.fromArray(D, s, MILLS + i)
                            .div(DoubleVector.fromArray(D, s, VALUE + i).add(1.0)))
                    .intoArray(a, from + i);
        }
    }

    // ---- weighted sums of terms that are given by their logarithms

    /** {@code max = Math.max(max, log)} where the weight is above 0. */
    static void raiseMax(double[] logs, int logsAt, double[] weights, int weightsAt, double[] max, int maxAt, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector most = DoubleVector.fromArray(D, max, maxAt + i);
            DoubleVector value = DoubleVector.fromArray(D, logs, logsAt + i);
            VectorMask<Double> takes = value.compare(GT, most).or(value.compare(NE, value));
            most.blend(
                            value,
                            DoubleVector.fromArray(D, weights, weightsAt + i)
                                    .compare(GT, 0.0)
                                    .and(takes))
                    .intoArray(max, maxAt + i);
        }
    }

    /** {@code a = a - b}. */
    static void subtract(double[] a, int aAt, double[] b, int bAt, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, a, aAt + i)
                    .sub(DoubleVector.fromArray(D, b, bAt + i))
                    .intoArray(a, aAt + i);
        }
    }

    /** {@code sum = sum + weight term} where the weight is above 0. */
    static void addWeighted(
            double[] terms, int termsAt, double[] weights, int weightsAt, double[] sum, int sumAt, int n) {
        for (int i = 0; i < n; i += W) {
            DoubleVector weight = DoubleVector.fromArray(D, weights, weightsAt + i);
            DoubleVector term =
                    ZERO.blend(weight.mul(DoubleVector.fromArray(D, terms, termsAt + i)), weight.compare(GT, 0.0));
            DoubleVector.fromArray(D, sum, sumAt + i).add(term).intoArray(sum, sumAt + i);
        }
    }
}
