package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.VectorMath.D;
import static io.github.uniquant.internal.kernel.VectorMath.W;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import io.github.uniquant.internal.kernel.PriorKernels.Family;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;

/**
 * The vector path: {@link ScalarGradientKernels} lane by lane, as chains of loops over blocks; {@link VectorMath} says why.
 * Tails call the scalar twin on what is left.
 */
final class VectorGradientKernels implements GradientKernels {
    static final VectorGradientKernels INSTANCE = new VectorGradientKernels();

    /** Values of a block: its arrays stay in the first-level cache. */
    private static final int BLOCK = 128;

    // Where the arrays of a block are in the working memory.
    private static final int LOW = 0;
    private static final int HIGH = BLOCK;
    private static final int FALL = 2 * BLOCK;
    private static final int FIRST = 3 * BLOCK;
    private static final int SECOND = 4 * BLOCK;
    private static final int THIRD = 5 * BLOCK;
    private static final int STRETCH = 6 * BLOCK;
    private static final int CENTRE = 7 * BLOCK;

    /** Values of a block of networks: a slot of their working memory holds so many. */
    private static final int LANE_BLOCK = GradientNetwork.BLOCK;

    private static final ScalarGradientKernels SCALAR = ScalarGradientKernels.INSTANCE;

    private static final DoubleVector ZERO = VectorMath.ZERO;
    private static final DoubleVector HALF = VectorMath.HALF;
    private static final DoubleVector ONE = VectorMath.ONE;
    private static final DoubleVector MINUS_ONE = broadcast(-1);
    private static final DoubleVector TWO = VectorMath.TWO;
    private static final DoubleVector MINUS_TWO = broadcast(-2);
    private static final DoubleVector THREE = broadcast(3);
    private static final DoubleVector FOUR = broadcast(4);
    private static final DoubleVector LARGE_RISE = broadcast(ScalarGradientKernels.LARGE_RISE);
    private static final DoubleVector LIMIT = broadcast(ScalarGradientKernels.LIMIT);
    private static final DoubleVector MINUS_LIMIT = broadcast(-ScalarGradientKernels.LIMIT);
    private static final DoubleVector MAX = broadcast(Double.MAX_VALUE);
    private static final DoubleVector MINUS_MAX = broadcast(-Double.MAX_VALUE);
    private static final DoubleVector SERIES_HALF_WIDTH = broadcast(ScalarGradientKernels.SERIES_HALF_WIDTH);
    private static final DoubleVector SERIES_HALF_WIDTH_SQUARED =
            broadcast(ScalarGradientKernels.SERIES_HALF_WIDTH * ScalarGradientKernels.SERIES_HALF_WIDTH);
    private static final DoubleVector SERIES_REACH_SQUARED =
            broadcast(ScalarGradientKernels.SERIES_REACH * ScalarGradientKernels.SERIES_REACH);
    private static final DoubleVector SERIES_REACH = broadcast(ScalarGradientKernels.SERIES_REACH);

    private static final DoubleVector A1 = broadcast(ScalarGradientKernels.A1);
    private static final DoubleVector A2 = broadcast(ScalarGradientKernels.A2);
    private static final DoubleVector A3 = broadcast(ScalarGradientKernels.A3);
    private static final DoubleVector A4 = broadcast(ScalarGradientKernels.A4);
    private static final DoubleVector B0 = broadcast(ScalarGradientKernels.B0);
    private static final DoubleVector B1 = broadcast(ScalarGradientKernels.B1);
    private static final DoubleVector B2 = broadcast(ScalarGradientKernels.B2);
    private static final DoubleVector B3 = broadcast(ScalarGradientKernels.B3);
    private static final DoubleVector C0 = broadcast(ScalarGradientKernels.C0);
    private static final DoubleVector C1 = broadcast(ScalarGradientKernels.C1);
    private static final DoubleVector C2 = broadcast(ScalarGradientKernels.C2);
    private static final DoubleVector D0 = broadcast(ScalarGradientKernels.D0);
    private static final DoubleVector D1 = broadcast(ScalarGradientKernels.D1);
    private static final DoubleVector E0 = broadcast(ScalarGradientKernels.E0);
    private static final DoubleVector FOUR_E0 = broadcast(4 * ScalarGradientKernels.E0);
    private static final DoubleVector TWO_C2 = broadcast(2 * ScalarGradientKernels.C2);
    private static final DoubleVector THREE_B3 = broadcast(3 * ScalarGradientKernels.B3);
    private static final DoubleVector TWO_B2 = broadcast(2 * ScalarGradientKernels.B2);
    private static final DoubleVector FOUR_A4 = broadcast(4 * ScalarGradientKernels.A4);
    private static final DoubleVector THREE_A3 = broadcast(3 * ScalarGradientKernels.A3);
    private static final DoubleVector TWO_A2 = broadcast(2 * ScalarGradientKernels.A2);

    private VectorGradientKernels() {}

    private static DoubleVector broadcast(double value) {
        return DoubleVector.broadcast(D, value);
    }

    @Override
    public void prepare(double[] scale, int count, double[] inverse, double[] shrink) {
        SCALAR.prepare(scale, count, inverse, shrink);
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
        int bound = D.loopBound(count);
        for (int from = 0; from < bound; from += BLOCK) {
            int n = Math.min(BLOCK, bound - from);
            int y0 = yOffset + from;
            int element = first + from;
            int to = at + from;
            switch (family) {
                case NORMAL -> normalBlock(y, y0, loc, inverse, element, n, byY, byScale, to, work);
                case LOGISTIC -> logisticBlock(y, y0, loc, inverse, shrink, element, n, byY, byScale, to, work);
                case LAPLACE -> laplaceBlock(y, y0, loc, inverse, shrink, element, n, byY, byScale, to, work);
            }
        }
        SCALAR.locationScale(
                family,
                y,
                yOffset + bound,
                loc,
                inverse,
                shrink,
                first + bound,
                count - bound,
                byY,
                byScale,
                at + bound,
                work);
    }

    // ---- the normal distribution

    private static void normalBlock(
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            int first,
            int n,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        boolean narrow = normalEdges(y, yOffset, loc, inverse, first, n, work);
        VectorMath.expm1(work, FALL, FALL + n);
        VectorMath.scaledSurvival(work, FIRST, FIRST + n);
        VectorMath.scaledSurvival(work, SECOND, SECOND + n);
        VectorMath.gaussian(work, THIRD, THIRD + n);
        normalSlopes(n, work);
        if (narrow) {
            normalSeries(y, yOffset, loc, inverse, first, n, work);
        }
        finish(y, yOffset, loc, inverse, first, n, byY, byScale, at, work);
    }

    /** The box, and what elementary functions are taken of; whether any box is narrow. */
    private static boolean normalEdges(
            double[] y, int yOffset, double[] loc, double[] inverse, int first, int n, double[] work) {
        boolean narrow = false;
        for (int i = 0; i < n; i += W) {
            DoubleVector location = DoubleVector.fromArray(D, loc, first + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yOffset + i);
            DoubleVector d = value.sub(location);
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            DoubleVector edge = rest.blend(rest.neg(), d.compare(LT, ZERO));
            DoubleVector distance = d.abs();
            DoubleVector c = distance.mul(unit);
            c = c.blend(LIMIT, c.compare(GT, LIMIT));
            DoubleVector low = distance.sub(HALF).add(edge).mul(unit);
            low = low.blend(LIMIT, low.compare(GT, LIMIT));
            low = low.blend(MINUS_LIMIT, low.compare(LT, MINUS_LIMIT));
            DoubleVector high = distance.add(HALF).add(edge).mul(unit);
            high = high.blend(LIMIT, high.compare(GT, LIMIT));
            DoubleVector h = HALF.mul(unit);
            h = h.blend(LIMIT, h.compare(GT, LIMIT));
            DoubleVector hc = h.mul(c);
            narrow |= h.compare(LT, SERIES_HALF_WIDTH)
                    .and(hc.compare(LT, SERIES_REACH))
                    .anyTrue();
            low.intoArray(work, LOW + i);
            high.intoArray(work, HIGH + i);
            hc.mul(MINUS_TWO).intoArray(work, FALL + i);
            low.abs().intoArray(work, FIRST + i);
            high.intoArray(work, SECOND + i);
            low.neg().blend(ZERO, low.compare(GT, ZERO)).intoArray(work, THIRD + i);
        }
        return narrow;
    }

    /** Slope and stretch of boxes that are not narrow, where FALL and STRETCH are. */
    private static void normalSlopes(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector high = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector fall = DoubleVector.fromArray(D, work, FALL + i);
            DoubleVector survivalLow = DoubleVector.fromArray(D, work, FIRST + i);
            DoubleVector survivalHigh = DoubleVector.fromArray(D, work, SECOND + i);
            DoubleVector density = DoubleVector.fromArray(D, work, THIRD + i);
            DoubleVector ratio = fall.add(ONE);
            VectorMask<Double> outside = low.compare(GT, ZERO);
            DoubleVector beyond = survivalHigh.mul(ratio);
            DoubleVector mass = ONE.sub(density.mul(survivalLow.add(beyond))).blend(survivalLow.sub(beyond), outside);
            DoubleVector scaled = density.mul(VectorMath.INV_SQRT_2PI).div(mass);
            scaled.mul(fall).intoArray(work, FALL + i);
            scaled.mul(low.sub(high.mul(ratio))).intoArray(work, STRETCH + i);
        }
    }

    /** Slope and stretch of narrow boxes; all of the working memory but these is free. */
    private static void normalSeries(
            double[] y, int yOffset, double[] loc, double[] inverse, int first, int n, double[] work) {
        seriesArguments(y, yOffset, loc, inverse, first, n, work);
        seriesSum(n, work);
        seriesByU(n, work);
        seriesByV(n, work);
        for (int i = 0; i < n; i += W) {
            DoubleVector u = DoubleVector.fromArray(D, work, FIRST + i);
            DoubleVector v = DoubleVector.fromArray(D, work, SECOND + i);
            DoubleVector c = DoubleVector.fromArray(D, work, CENTRE + i);
            // Squares of doubles compare as these do: rounding is monotone, and the bounds are powers of two.
            VectorMask<Double> narrow =
                    v.compare(LT, SERIES_HALF_WIDTH_SQUARED).and(u.compare(LT, SERIES_REACH_SQUARED));
            DoubleVector series = DoubleVector.fromArray(D, work, THIRD + i);
            DoubleVector byU = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector byV = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector slope = ONE.sub(v.mul(byU).mul(TWO).div(series)).mul(c.neg());
            DoubleVector bends = u.mul(byU).mul(FOUR).add(v.mul(byV).mul(TWO)).div(series);
            DoubleVector stretch = c.mul(c).sub(ONE).sub(bends);
            DoubleVector.fromArray(D, work, FALL + i).blend(slope, narrow).intoArray(work, FALL + i);
            DoubleVector.fromArray(D, work, STRETCH + i).blend(stretch, narrow).intoArray(work, STRETCH + i);
        }
    }

    /** u and v where FIRST and SECOND are, and the centre. */
    private static void seriesArguments(
            double[] y, int yOffset, double[] loc, double[] inverse, int first, int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            DoubleVector c = DoubleVector.fromArray(D, y, yOffset + i)
                    .sub(DoubleVector.fromArray(D, loc, first + i))
                    .abs()
                    .mul(unit);
            c = c.blend(LIMIT, c.compare(GT, LIMIT));
            DoubleVector h = HALF.mul(unit);
            h = h.blend(LIMIT, h.compare(GT, LIMIT));
            DoubleVector hc = h.mul(c);
            hc.mul(hc).intoArray(work, FIRST + i);
            h.mul(h).intoArray(work, SECOND + i);
            c.intoArray(work, CENTRE + i);
        }
    }

    private static void seriesSum(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector u = DoubleVector.fromArray(D, work, FIRST + i);
            DoubleVector v = DoubleVector.fromArray(D, work, SECOND + i);
            DoubleVector sum = u.mul(E0).add(v.mul(D1).add(D0));
            sum = sum.mul(u).add(v.mul(C2).add(C1).mul(v).add(C0));
            sum = sum.mul(u).add(v.mul(B3).add(B2).mul(v).add(B1).mul(v).add(B0));
            sum.mul(u)
                    .add(v.mul(A4).add(A3).mul(v).add(A2).mul(v).add(A1).mul(v).add(ONE))
                    .intoArray(work, THIRD + i);
        }
    }

    private static void seriesByU(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector u = DoubleVector.fromArray(D, work, FIRST + i);
            DoubleVector v = DoubleVector.fromArray(D, work, SECOND + i);
            DoubleVector sum = u.mul(FOUR_E0).add(v.mul(D1).add(D0).mul(THREE));
            sum = sum.mul(u).add(v.mul(C2).add(C1).mul(v).add(C0).mul(TWO));
            sum.mul(u).add(v.mul(B3).add(B2).mul(v).add(B1).mul(v).add(B0)).intoArray(work, LOW + i);
        }
    }

    private static void seriesByV(int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector u = DoubleVector.fromArray(D, work, FIRST + i);
            DoubleVector v = DoubleVector.fromArray(D, work, SECOND + i);
            DoubleVector sum = u.mul(D1).add(v.mul(TWO_C2).add(C1));
            sum = sum.mul(u).add(v.mul(THREE_B3).add(TWO_B2).mul(v).add(B1));
            sum.mul(u)
                    .add(v.mul(FOUR_A4).add(THREE_A3).mul(v).add(TWO_A2).mul(v).add(A1))
                    .intoArray(work, HIGH + i);
        }
    }

    /** From slope and stretch, where FALL and STRETCH are, to derivatives by y and by the scale. */
    private static void finish(
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            int first,
            int n,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector slope = DoubleVector.fromArray(D, work, FALL + i);
            DoubleVector stretch = DoubleVector.fromArray(D, work, STRETCH + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            VectorMask<Double> left = DoubleVector.fromArray(D, y, yOffset + i)
                    .sub(DoubleVector.fromArray(D, loc, first + i))
                    .compare(LT, ZERO);
            DoubleVector a = slope.blend(slope.neg(), left).mul(unit);
            a = a.blend(MAX, a.compare(GT, MAX));
            a.blend(MINUS_MAX, a.compare(LT, MINUS_MAX)).intoArray(byY, at + i);
            DoubleVector b = stretch.mul(unit);
            b = b.blend(MAX, b.compare(GT, MAX));
            b.blend(MINUS_MAX, b.compare(LT, MINUS_MAX)).intoArray(byScale, at + i);
        }
    }

    // ---- the logistic distribution

    private static void logisticBlock(
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            double[] shrink,
            int first,
            int n,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        logisticEdges(y, yOffset, loc, inverse, first, n, work);
        VectorMath.exp(work, FIRST, FIRST + n);
        VectorMath.exp(work, SECOND, SECOND + n);
        VectorMath.expm1(work, FALL, FALL + n);
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector high = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector tail = DoubleVector.fromArray(D, work, SECOND + i);
            DoubleVector belowLow =
                    ONE.div(DoubleVector.fromArray(D, work, FIRST + i).add(ONE));
            DoubleVector belowHigh = ONE.div(tail.add(ONE));
            DoubleVector slope =
                    DoubleVector.fromArray(D, work, FALL + i).mul(belowLow).mul(belowHigh);
            DoubleVector stretch = low.mul(belowLow)
                    .sub(high.mul(tail.mul(belowHigh)))
                    .sub(DoubleVector.fromArray(D, shrink, first + i));
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            VectorMask<Double> left = DoubleVector.fromArray(D, y, yOffset + i)
                    .sub(DoubleVector.fromArray(D, loc, first + i))
                    .compare(LT, ZERO);
            DoubleVector a = slope.blend(slope.neg(), left).mul(unit);
            a = a.blend(MAX, a.compare(GT, MAX));
            a.blend(MINUS_MAX, a.compare(LT, MINUS_MAX)).intoArray(byY, at + i);
            DoubleVector b = stretch.mul(unit);
            b = b.blend(MAX, b.compare(GT, MAX));
            b.blend(MINUS_MAX, b.compare(LT, MINUS_MAX)).intoArray(byScale, at + i);
        }
    }

    private static void logisticEdges(
            double[] y, int yOffset, double[] loc, double[] inverse, int first, int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector location = DoubleVector.fromArray(D, loc, first + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yOffset + i);
            DoubleVector d = value.sub(location);
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            DoubleVector edge = rest.blend(rest.neg(), d.compare(LT, ZERO));
            DoubleVector distance = d.abs();
            DoubleVector c = distance.mul(unit);
            c = c.blend(LIMIT, c.compare(GT, LIMIT));
            DoubleVector low = distance.sub(HALF).add(edge).mul(unit);
            low = low.blend(LIMIT, low.compare(GT, LIMIT));
            low = low.blend(MINUS_LIMIT, low.compare(LT, MINUS_LIMIT));
            DoubleVector high = distance.add(HALF).add(edge).mul(unit);
            high = high.blend(LIMIT, high.compare(GT, LIMIT));
            low.intoArray(work, LOW + i);
            high.intoArray(work, HIGH + i);
            low.neg().intoArray(work, FIRST + i);
            high.neg().intoArray(work, SECOND + i);
            c.mul(MINUS_TWO).intoArray(work, FALL + i);
        }
    }

    // ---- the Laplace distribution

    private static void laplaceBlock(
            double[] y,
            int yOffset,
            double[] loc,
            double[] inverse,
            double[] shrink,
            int first,
            int n,
            double[] byY,
            double[] byScale,
            int at,
            double[] work) {
        laplaceEdges(y, yOffset, loc, inverse, first, n, work);
        VectorMath.exp(work, FIRST, FIRST + n);
        VectorMath.expm1(work, SECOND, SECOND + n);
        VectorMath.expm1(work, FALL, FALL + n);
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, LOW + i);
            DoubleVector high = DoubleVector.fromArray(D, work, HIGH + i);
            DoubleVector density = DoubleVector.fromArray(D, work, FIRST + i);
            DoubleVector rise = DoubleVector.fromArray(D, work, SECOND + i);
            DoubleVector fall = DoubleVector.fromArray(D, work, FALL + i);
            DoubleVector drop = density.mul(fall);
            DoubleVector inverseMass = ONE.div(rise.mul(MINUS_TWO).sub(drop));
            inverseMass = inverseMass.blend(MAX, inverseMass.compare(GT, MAX));
            VectorMask<Double> outside = low.compare(GT, ZERO);
            DoubleVector slope = drop.mul(inverseMass).blend(MINUS_ONE, outside);
            DoubleVector stretch = density.mul(low.sub(high.mul(fall.add(ONE))))
                    .mul(inverseMass)
                    .blend(low.sub(DoubleVector.fromArray(D, shrink, first + i)), outside);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            VectorMask<Double> left = DoubleVector.fromArray(D, y, yOffset + i)
                    .sub(DoubleVector.fromArray(D, loc, first + i))
                    .compare(LT, ZERO);
            DoubleVector a = slope.blend(slope.neg(), left).mul(unit);
            a = a.blend(MAX, a.compare(GT, MAX));
            a.blend(MINUS_MAX, a.compare(LT, MINUS_MAX)).intoArray(byY, at + i);
            DoubleVector b = stretch.mul(unit);
            b = b.blend(MAX, b.compare(GT, MAX));
            b.blend(MINUS_MAX, b.compare(LT, MINUS_MAX)).intoArray(byScale, at + i);
        }
    }

    private static void laplaceEdges(
            double[] y, int yOffset, double[] loc, double[] inverse, int first, int n, double[] work) {
        for (int i = 0; i < n; i += W) {
            DoubleVector location = DoubleVector.fromArray(D, loc, first + i);
            DoubleVector unit = DoubleVector.fromArray(D, inverse, first + i);
            DoubleVector value = DoubleVector.fromArray(D, y, yOffset + i);
            DoubleVector d = value.sub(location);
            DoubleVector minusLocation = d.sub(value);
            DoubleVector rest = value.sub(d.sub(minusLocation)).sub(location.add(minusLocation));
            rest = ZERO.blend(rest, rest.compare(EQ, rest));
            DoubleVector edge = rest.blend(rest.neg(), d.compare(LT, ZERO));
            DoubleVector distance = d.abs();
            DoubleVector c = distance.mul(unit);
            c = c.blend(LIMIT, c.compare(GT, LIMIT));
            DoubleVector low = distance.sub(HALF).add(edge).mul(unit);
            low = low.blend(LIMIT, low.compare(GT, LIMIT));
            low = low.blend(MINUS_LIMIT, low.compare(LT, MINUS_LIMIT));
            DoubleVector high = distance.add(HALF).add(edge).mul(unit);
            high = high.blend(LIMIT, high.compare(GT, LIMIT));
            DoubleVector inside = low.blend(MINUS_ONE, low.compare(GT, ZERO));
            low.intoArray(work, LOW + i);
            high.intoArray(work, HIGH + i);
            inside.intoArray(work, FIRST + i);
            inside.intoArray(work, SECOND + i);
            c.mul(MINUS_TWO).intoArray(work, FALL + i);
        }
    }

    // ---- sums

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
        int bound = from + D.loopBound(to - from);
        for (int i = from; i < bound; i += W) {
            DoubleVector weight = DoubleVector.fromArray(D, weights, weightsOffset + i);
            DoubleVector gradient = weight.mul(DoubleVector.fromArray(D, byY, i));
            gradient.intoArray(dy, dyOffset + i);
            DoubleVector.fromArray(D, sumByLoc, first + i).sub(gradient).intoArray(sumByLoc, first + i);
            DoubleVector.fromArray(D, sumByScale, first + i)
                    .add(weight.mul(DoubleVector.fromArray(D, byScale, i)))
                    .intoArray(sumByScale, first + i);
        }
        SCALAR.accumulate(weights, weightsOffset, byY, byScale, bound, to, dy, dyOffset, sumByLoc, sumByScale, first);
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
        int bound = D.loopBound(count);
        for (int from = 0; from < bound; from += LANE_BLOCK) {
            int n = Math.min(LANE_BLOCK, bound - from);
            networkInput(y, yOffset + from, n, work, network.inputs() * LANE_BLOCK, network.rises() * LANE_BLOCK);
            for (int l = 0; l < network.layers(); l++) {
                forward(network, l, place + from, n, work);
            }
            output(network, weights, weightsOffset + from, n, work);
            for (int l = network.layers() - 1; l >= 0; l--) {
                backward(network, l, place + from, n, sums, work);
            }
            System.arraycopy(work, network.byInputs() * LANE_BLOCK, dy, dyOffset + from, n);
        }
        SCALAR.deepFactorized(
                network,
                y,
                yOffset + bound,
                place + bound,
                count - bound,
                weights,
                weightsOffset + bound,
                dy,
                dyOffset + bound,
                sums,
                work);
    }

    private static void networkInput(double[] y, int yOffset, int n, double[] work, int input, int rise) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, y, yOffset + i).sub(HALF).intoArray(work, input + i);
            ONE.intoArray(work, rise + i);
        }
    }

    private static void forward(GradientNetwork network, int l, int place, int n, double[] work) {
        int in = network.widths()[l];
        int out = network.widths()[l + 1];
        int places = network.places();
        int from = network.before(l) * LANE_BLOCK;
        int to = network.before(l + 1) * LANE_BLOCK;
        int inputs = network.inputs() * LANE_BLOCK;
        int rises = network.rises() * LANE_BLOCK;
        for (int o = 0; o < out; o++) {
            int at = o * LANE_BLOCK;
            linear(
                    network.matrices()[l],
                    o * in * places + place,
                    places,
                    in,
                    network.biases()[l],
                    o * places + place,
                    n,
                    work,
                    inputs + from,
                    rises + from,
                    inputs + to + at,
                    rises + to + at);
        }
        if (l == network.layers() - 1) {
            return;
        }
        int bends = network.bends() * LANE_BLOCK + to;
        int bendRises = network.bendRises() * LANE_BLOCK + to;
        int spare = network.spare() * LANE_BLOCK;
        // Blocks that are not full leave gaps, in which tanh of whatever is there does no harm.
        int end = (out - 1) * LANE_BLOCK + n;
        System.arraycopy(work, inputs + to, work, bends, end);
        VectorMath.tanh(work, bends, bends + end, work, spare);
        for (int o = 0; o < out; o++) {
            int at = o * LANE_BLOCK;
            riseArguments(n, work, inputs + to + at, rises + to + at, bendRises + at);
        }
        VectorMath.tanh(work, bendRises, bendRises + end, work, spare);
        for (int o = 0; o < out; o++) {
            int at = o * LANE_BLOCK;
            bend(
                    network.factors()[l],
                    o * places + place,
                    n,
                    work,
                    inputs + to + at,
                    rises + to + at,
                    bends + at,
                    bendRises + at);
        }
    }

    /** One output of a layer, before it bends: its bias and a row of the matrix by the inputs, and that by their rises. */
    private static void linear(
            double[] matrix,
            int row,
            int places,
            int in,
            double[] biases,
            int bias,
            int n,
            double[] work,
            int inputs,
            int rises,
            int sumTo,
            int riseTo) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, biases, bias + i).intoArray(work, sumTo + i);
            ZERO.intoArray(work, riseTo + i);
        }
        for (int k = 0; k < in; k++) {
            int cells = row + k * places;
            int input = inputs + k * LANE_BLOCK;
            int rise = rises + k * LANE_BLOCK;
            for (int i = 0; i < n; i += W) {
                DoubleVector cell = DoubleVector.fromArray(D, matrix, cells + i);
                DoubleVector.fromArray(D, work, sumTo + i)
                        .add(cell.mul(DoubleVector.fromArray(D, work, input + i)))
                        .intoArray(work, sumTo + i);
                DoubleVector.fromArray(D, work, riseTo + i)
                        .add(cell.mul(DoubleVector.fromArray(D, work, rise + i)))
                        .intoArray(work, riseTo + i);
            }
        }
    }

    /** What tanh is taken of for its rise: the rise itself, or the upper end where that is large. */
    private static void riseArguments(int n, double[] work, int sums, int rises, int to) {
        for (int i = 0; i < n; i += W) {
            DoubleVector rise = DoubleVector.fromArray(D, work, rises + i);
            DoubleVector end = DoubleVector.fromArray(D, work, sums + i).add(rise);
            rise.blend(end, rise.compare(GT, LARGE_RISE)).intoArray(work, to + i);
        }
    }

    /** Bends an output and its rise, given tanh of the sum and of its rise's argument. */
    private static void bend(
            double[] factors, int factorsAt, int n, double[] work, int sums, int rises, int bends, int bendRises) {
        for (int i = 0; i < n; i += W) {
            DoubleVector factor = DoubleVector.fromArray(D, factors, factorsAt + i);
            DoubleVector sum = DoubleVector.fromArray(D, work, sums + i);
            DoubleVector rise = DoubleVector.fromArray(D, work, rises + i);
            DoubleVector t = DoubleVector.fromArray(D, work, bends + i);
            DoubleVector td = DoubleVector.fromArray(D, work, bendRises + i);
            DoubleVector small = td.mul(ONE.sub(t.mul(t))).div(t.mul(td).add(ONE));
            DoubleVector bendRise = small.blend(td.sub(t), rise.compare(GT, LARGE_RISE));
            bendRise.intoArray(work, bendRises + i);
            sum.add(factor.mul(t)).intoArray(work, sums + i);
            rise.add(factor.mul(bendRise)).intoArray(work, rises + i);
        }
    }

    private static void output(GradientNetwork network, double[] weights, int weightsOffset, int n, double[] work) {
        int output = network.before(network.layers()) * LANE_BLOCK;
        int lows = network.inputs() * LANE_BLOCK + output;
        int rises = network.rises() * LANE_BLOCK + output;
        int tails = network.spare() * LANE_BLOCK;
        int heads = tails + LANE_BLOCK;
        int middles = heads + LANE_BLOCK;
        int stretches = middles + LANE_BLOCK;
        outputArguments(n, work, lows, rises, tails, heads, middles, stretches);
        VectorMath.exp(work, tails, tails + n);
        VectorMath.exp(work, heads, heads + n);
        VectorMath.expm1(work, middles, middles + n);
        VectorMath.expm1(work, stretches, stretches + n);
        int byLows = network.byInputs() * LANE_BLOCK + output;
        int byRises = network.byRises() * LANE_BLOCK + output;
        for (int i = 0; i < n; i += W) {
            DoubleVector weight = DoubleVector.fromArray(D, weights, weightsOffset + i);
            DoubleVector low = DoubleVector.fromArray(D, work, lows + i);
            DoubleVector high = low.add(DoubleVector.fromArray(D, work, rises + i));
            DoubleVector tail = DoubleVector.fromArray(D, work, tails + i);
            VectorMask<Double> flip = low.add(high).compare(GT, ZERO);
            DoubleVector aboveLeft = ONE.div(tail.add(ONE));
            DoubleVector aboveRight =
                    ONE.div(DoubleVector.fromArray(D, work, heads + i).add(ONE));
            DoubleVector shift = DoubleVector.fromArray(D, work, middles + i)
                    .neg()
                    .mul(aboveLeft)
                    .mul(aboveRight);
            DoubleVector aboveHigh = aboveRight.blend(tail.mul(aboveLeft), flip);
            DoubleVector stretch = ONE.div(DoubleVector.fromArray(D, work, stretches + i));
            stretch = stretch.blend(LIMIT, stretch.compare(GT, LIMIT));
            weight.mul(shift.blend(shift.neg(), flip)).intoArray(work, byLows + i);
            weight.mul(stretch.add(aboveHigh)).intoArray(work, byRises + i);
        }
    }

    private static void outputArguments(
            int n, double[] work, int lows, int rises, int tails, int heads, int middles, int stretches) {
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, lows + i);
            DoubleVector rise = DoubleVector.fromArray(D, work, rises + i);
            DoubleVector high = low.add(rise);
            VectorMask<Double> flip = low.add(high).compare(GT, ZERO);
            DoubleVector left = low.blend(high.neg(), flip);
            DoubleVector right = high.blend(low.neg(), flip);
            left.intoArray(work, tails + i);
            right.intoArray(work, heads + i);
            left.add(right).intoArray(work, middles + i);
            rise.intoArray(work, stretches + i);
        }
    }

    private static void backward(GradientNetwork network, int l, int place, int n, double[][] sums, double[] work) {
        int in = network.widths()[l];
        int out = network.widths()[l + 1];
        int places = network.places();
        int from = network.before(l) * LANE_BLOCK;
        int to = network.before(l + 1) * LANE_BLOCK;
        int byInputs = network.byInputs() * LANE_BLOCK;
        int byRises = network.byRises() * LANE_BLOCK;
        for (int o = 0; o < out; o++) {
            int at = to + o * LANE_BLOCK;
            int row = o * places + place;
            if (l < network.layers() - 1) {
                unbend(
                        network.factors()[l],
                        network.factorSlopes()[l],
                        row,
                        n,
                        sums[3 * l + 2],
                        work,
                        network.bends() * LANE_BLOCK + at,
                        network.bendRises() * LANE_BLOCK + at,
                        byInputs + at,
                        byRises + at);
            }
            add(sums[3 * l + 1], row, n, work, byInputs + at);
        }
        for (int i = 0; i < in; i++) {
            int at = from + i * LANE_BLOCK;
            unlinear(
                    network.matrices()[l],
                    network.matrixSlopes()[l],
                    i * places + place,
                    in * places,
                    out,
                    n,
                    sums[3 * l],
                    work,
                    network.inputs() * LANE_BLOCK + at,
                    network.rises() * LANE_BLOCK + at,
                    byInputs + to,
                    byRises + to,
                    byInputs + at,
                    byRises + at);
        }
    }

    /** From the gradients by a bent output and its rise to those by its factor, and by what was bent. */
    private static void unbend(
            double[] factors,
            double[] slopes,
            int row,
            int n,
            double[] sums,
            double[] work,
            int bends,
            int bendRises,
            int bySums,
            int byRises) {
        for (int i = 0; i < n; i += W) {
            DoubleVector factor = DoubleVector.fromArray(D, factors, row + i);
            DoubleVector bend = DoubleVector.fromArray(D, work, bends + i);
            DoubleVector bendRise = DoubleVector.fromArray(D, work, bendRises + i);
            DoubleVector bySum = DoubleVector.fromArray(D, work, bySums + i);
            DoubleVector byRise = DoubleVector.fromArray(D, work, byRises + i);
            DoubleVector top = bend.add(bendRise);
            DoubleVector byFactor =
                    bySum.mul(bend).add(byRise.mul(bendRise)).mul(DoubleVector.fromArray(D, slopes, row + i));
            DoubleVector.fromArray(D, sums, row + i).add(byFactor).intoArray(sums, row + i);
            bySum.mul(factor.mul(ONE.sub(bend.mul(bend))).add(ONE))
                    .sub(byRise.mul(factor.mul(bendRise.mul(top.add(bend)))))
                    .intoArray(work, bySums + i);
            byRise.mul(factor.mul(ONE.sub(top.mul(top))).add(ONE)).intoArray(work, byRises + i);
        }
    }

    /** {@code sums[at + i] += work[from + i]}. */
    private static void add(double[] sums, int at, int n, double[] work, int from) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, sums, at + i)
                    .add(DoubleVector.fromArray(D, work, from + i))
                    .intoArray(sums, at + i);
        }
    }

    /** From the gradients by a layer's outputs to those by a column of its matrix, and by the input that this multiplies. */
    private static void unlinear(
            double[] matrix,
            double[] slopes,
            int column,
            int rowLength,
            int out,
            int n,
            double[] sums,
            double[] work,
            int inputs,
            int rises,
            int bySums,
            int byRises,
            int byInputTo,
            int byRiseTo) {
        for (int i = 0; i < n; i += W) {
            ZERO.intoArray(work, byInputTo + i);
            ZERO.intoArray(work, byRiseTo + i);
        }
        for (int o = 0; o < out; o++) {
            int row = column + o * rowLength;
            int bySum = bySums + o * LANE_BLOCK;
            int byRise = byRises + o * LANE_BLOCK;
            for (int i = 0; i < n; i += W) {
                DoubleVector a = DoubleVector.fromArray(D, work, bySum + i);
                DoubleVector b = DoubleVector.fromArray(D, work, byRise + i);
                DoubleVector cell = DoubleVector.fromArray(D, matrix, row + i);
                DoubleVector byCell = a.mul(DoubleVector.fromArray(D, work, inputs + i))
                        .add(b.mul(DoubleVector.fromArray(D, work, rises + i)))
                        .mul(DoubleVector.fromArray(D, slopes, row + i));
                DoubleVector.fromArray(D, sums, row + i).add(byCell).intoArray(sums, row + i);
                DoubleVector.fromArray(D, work, byInputTo + i).add(cell.mul(a)).intoArray(work, byInputTo + i);
                DoubleVector.fromArray(D, work, byRiseTo + i).add(cell.mul(b)).intoArray(work, byRiseTo + i);
            }
        }
    }
}
