package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.VectorMath.D;
import static io.github.uniquant.internal.kernel.VectorMath.ONE;
import static io.github.uniquant.internal.kernel.VectorMath.W;
import static io.github.uniquant.internal.kernel.VectorMath.ZERO;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * The vector path: {@link ScalarGradientKernels} lane by lane, as chains of loops over blocks; {@link VectorMath} says why.
 * Tails call the scalar twin on what is left.
 */
final class VectorGradientKernels implements GradientKernels {
    static final VectorGradientKernels INSTANCE = new VectorGradientKernels();

    /** Values of a block of networks: a slot of their working memory holds so many. */
    private static final int LANE_BLOCK = GradientNetwork.BLOCK;

    private static final ScalarGradientKernels SCALAR = ScalarGradientKernels.INSTANCE;

    private VectorGradientKernels() {}

    @Override
    public void locationScale(
            BoxParameters boxes,
            double[] y,
            int yOffset,
            int first,
            int count,
            double @Nullable [] logProb,
            int logProbOffset,
            double @Nullable [] byY,
            double @Nullable [] byScale,
            int at,
            double[] work) {
        int bound = D.loopBound(count);
        for (int from = 0; from < bound; from += VectorBoxes.BLOCK) {
            VectorBoxes.run(
                    boxes,
                    y,
                    yOffset + from,
                    first + from,
                    Math.min(VectorBoxes.BLOCK, bound - from),
                    logProb,
                    logProbOffset + from,
                    byY,
                    byScale,
                    at + from,
                    work);
        }
        BoxMath.run(
                boxes,
                y,
                yOffset + bound,
                first + bound,
                count - bound,
                logProb,
                logProbOffset + bound,
                byY,
                byScale,
                at + bound);
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

    // ---- mixtures

    @Override
    public void mixture(
            double[][] terms,
            double[][] weights,
            int place,
            int from,
            int to,
            double[] sums,
            double[] logProb,
            int logProbOffset,
            double[] work) {
        int bound = from + D.loopBound(to - from);
        int n = bound - from;
        Arrays.fill(sums, from, bound, Double.NEGATIVE_INFINITY);
        for (int c = 0; c < terms.length; c++) {
            VectorMath.raiseMax(terms[c], from, weights[c], place + from, sums, from, n);
        }
        System.arraycopy(sums, from, logProb, logProbOffset + from, n);
        zeroForNone(sums, from, n);
        for (double[] row : terms) {
            VectorMath.subtract(row, from, sums, from, n);
            VectorMath.exp(row, from, bound);
        }
        Arrays.fill(sums, from, bound, 0);
        for (int c = 0; c < terms.length; c++) {
            VectorMath.addWeighted(terms[c], from, weights[c], place + from, sums, from, n);
        }
        System.arraycopy(sums, from, work, 0, n);
        VectorMath.log(work, 0, n);
        addLog(work, n, logProb, logProbOffset + from);
        SCALAR.mixture(terms, weights, place, bound, to, sums, logProb, logProbOffset, work);
    }

    /** 0 in place of -infinity: the difference of infinities is no number. */
    private static void zeroForNone(double[] largest, int at, int n) {
        for (int i = at; i < at + n; i += W) {
            DoubleVector most = DoubleVector.fromArray(D, largest, i);
            most.blend(0.0, most.compare(EQ, Double.NEGATIVE_INFINITY)).intoArray(largest, i);
        }
    }

    /** {@code largest = largest + logs} where the largest is not -infinity. */
    private static void addLog(double[] logs, int n, double[] largest, int at) {
        for (int i = 0; i < n; i += W) {
            DoubleVector most = DoubleVector.fromArray(D, largest, at + i);
            most.add(DoubleVector.fromArray(D, logs, i))
                    .blend(most, most.compare(EQ, Double.NEGATIVE_INFINITY))
                    .intoArray(largest, at + i);
        }
    }

    @Override
    public void mixtureGradients(
            double[][] terms,
            double[][] weights,
            int place,
            int from,
            int to,
            double[] sums,
            double[][] byY,
            double[][] byScale,
            double[] valueWeights,
            int valueWeightsOffset,
            double[] dy,
            int dyOffset,
            double[][] sumByLoc,
            double[][] sumByScale,
            double[][] sumByWeight,
            double[] work) {
        int bound = from + D.loopBound(to - from);
        Arrays.fill(work, from, bound, 0);
        for (int c = 0; c < terms.length; c++) {
            componentGradients(
                    terms[c],
                    weights[c],
                    place,
                    from,
                    bound,
                    sums,
                    byY[c],
                    byScale[c],
                    valueWeights,
                    valueWeightsOffset,
                    work,
                    sumByLoc[c],
                    sumByScale[c],
                    sumByWeight[c]);
        }
        for (int i = from; i < bound; i += W) {
            DoubleVector slope =
                    DoubleVector.fromArray(D, work, i).max(-Double.MAX_VALUE).min(Double.MAX_VALUE);
            DoubleVector.fromArray(D, valueWeights, valueWeightsOffset + i)
                    .mul(slope)
                    .intoArray(dy, dyOffset + i);
        }
        SCALAR.mixtureGradients(
                terms,
                weights,
                place,
                bound,
                to,
                sums,
                byY,
                byScale,
                valueWeights,
                valueWeightsOffset,
                dy,
                dyOffset,
                sumByLoc,
                sumByScale,
                sumByWeight,
                work);
    }

    private static void componentGradients(
            double[] terms,
            double[] weights,
            int place,
            int from,
            int to,
            double[] sums,
            double[] byY,
            double[] byScale,
            double[] valueWeights,
            int valueWeightsOffset,
            double[] slopes,
            double[] sumByLoc,
            double[] sumByScale,
            double[] sumByWeight) {
        for (int i = from; i < to; i += W) {
            int at = place + i;
            DoubleVector weight = DoubleVector.fromArray(D, weights, at);
            DoubleVector reciprocal = ONE.div(DoubleVector.fromArray(D, sums, i)
                    .mul(ScalarGradientKernels.RAISE)
                    .max(Double.MIN_NORMAL));
            DoubleVector term = DoubleVector.fromArray(D, terms, i).mul(ScalarGradientKernels.RAISE);
            DoubleVector ratio = term.mul(reciprocal);
            VectorMask<Double> beyond = ratio.compare(GT, Double.MAX_VALUE);
            DoubleVector share = ZERO.blend(
                    weight.mul(ratio).blend(weight.mul(term).mul(reciprocal), beyond), weight.compare(GT, 0.0));
            ratio = ratio.blend(Double.MAX_VALUE, beyond);
            DoubleVector slope = share.mul(DoubleVector.fromArray(D, byY, i));
            DoubleVector.fromArray(D, slopes, i).add(slope).intoArray(slopes, i);
            DoubleVector valueWeight = DoubleVector.fromArray(D, valueWeights, valueWeightsOffset + i);
            DoubleVector.fromArray(D, sumByLoc, at).sub(valueWeight.mul(slope)).intoArray(sumByLoc, at);
            DoubleVector.fromArray(D, sumByScale, at)
                    .add(valueWeight.mul(share.mul(DoubleVector.fromArray(D, byScale, i))))
                    .intoArray(sumByScale, at);
            DoubleVector.fromArray(D, sumByWeight, at)
                    .add(valueWeight.mul(ratio))
                    .intoArray(sumByWeight, at);
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
            double @Nullable [] logProb,
            int logProbOffset,
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
            if (logProb != null) {
                logProbs(network, n, logProb, logProbOffset + from, work);
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
                logProb,
                logProbOffset + bound,
                dy,
                dyOffset + bound,
                sums,
                work);
    }

    private static void networkInput(double[] y, int yOffset, int n, double[] work, int input, int rise) {
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, y, yOffset + i).sub(0.5).intoArray(work, input + i);
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
            ZERO.intoArray(work, sumTo + i);
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
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, work, sumTo + i)
                    .add(DoubleVector.fromArray(D, biases, bias + i))
                    .intoArray(work, sumTo + i);
        }
    }

    /** What tanh is taken of for its rise: the rise itself, or the upper end where that is large. */
    private static void riseArguments(int n, double[] work, int sums, int rises, int to) {
        for (int i = 0; i < n; i += W) {
            DoubleVector rise = DoubleVector.fromArray(D, work, rises + i);
            DoubleVector end = DoubleVector.fromArray(D, work, sums + i).add(rise);
            rise.blend(end, rise.compare(GT, ScalarGradientKernels.LARGE_RISE)).intoArray(work, to + i);
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
            DoubleVector small = td.mul(ONE.sub(t.mul(t))).div(t.mul(td).add(1.0));
            DoubleVector bendRise = small.blend(td.sub(t), rise.compare(GT, ScalarGradientKernels.LARGE_RISE));
            bendRise.intoArray(work, bendRises + i);
            sum.add(factor.mul(t)).intoArray(work, sums + i);
            rise.add(factor.mul(bendRise)).intoArray(work, rises + i);
        }
    }

    /** From the logits and their rises, log P as {@link ExactMath#logLogisticInterval} has it. Gradients have yet to be written. */
    private static void logProbs(GradientNetwork network, int n, double[] logProb, int at, double[] work) {
        int output = network.before(network.layers()) * LANE_BLOCK;
        int lows = network.inputs() * LANE_BLOCK + output;
        int rises = network.rises() * LANE_BLOCK + output;
        int boxes = network.byInputs() * LANE_BLOCK;
        int rights = boxes + LANE_BLOCK;
        int lefts = rights + LANE_BLOCK;
        int spare = lefts + LANE_BLOCK;
        for (int i = 0; i < n; i += W) {
            DoubleVector low = DoubleVector.fromArray(D, work, lows + i);
            DoubleVector rise = DoubleVector.fromArray(D, work, rises + i);
            DoubleVector high = low.add(rise);
            VectorMask<Double> flip = low.add(high).compare(GT, 0.0);
            rise.intoArray(work, boxes + i);
            high.blend(low.neg(), flip).intoArray(work, rights + i);
            low.neg().blend(high, flip).intoArray(work, lefts + i);
        }
        VectorMath.log1mExp(work, boxes, boxes + n, work, spare);
        VectorMath.logLogistic(work, rights, rights + n, work, spare);
        VectorMath.logLogistic(work, lefts, lefts + n, work, spare);
        for (int i = 0; i < n; i += W) {
            DoubleVector.fromArray(D, work, boxes + i)
                    .add(DoubleVector.fromArray(D, work, rights + i))
                    .add(DoubleVector.fromArray(D, work, lefts + i))
                    .intoArray(logProb, at + i);
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
            VectorMask<Double> flip = low.add(high).compare(GT, 0.0);
            DoubleVector aboveLeft = ONE.div(tail.add(1.0));
            DoubleVector aboveRight =
                    ONE.div(DoubleVector.fromArray(D, work, heads + i).add(1.0));
            DoubleVector shift = DoubleVector.fromArray(D, work, middles + i)
                    .neg()
                    .mul(aboveLeft)
                    .mul(aboveRight);
            DoubleVector aboveHigh = aboveRight.blend(tail.mul(aboveLeft), flip);
            DoubleVector stretch = ONE.div(DoubleVector.fromArray(D, work, stretches + i));
            stretch = stretch.blend(BoxMath.LIMIT, stretch.compare(GT, BoxMath.LIMIT));
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
            VectorMask<Double> flip = low.add(high).compare(GT, 0.0);
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
            bySum.mul(factor.mul(ONE.sub(bend.mul(bend))).add(1.0))
                    .sub(byRise.mul(factor.mul(bendRise.mul(top.add(bend)))))
                    .intoArray(work, bySums + i);
            byRise.mul(factor.mul(ONE.sub(top.mul(top))).add(1.0)).intoArray(work, byRises + i);
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
