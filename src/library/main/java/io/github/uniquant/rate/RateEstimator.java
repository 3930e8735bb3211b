package io.github.uniquant.rate;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The negative log-likelihood of perturbed tensors under a prior, which may be augmented with a Laplace tail: {@code (1 -
 * m) P + m NoisyLaplace(0, 1)}, and where that is below 1e-10 its second term alone, so that far outliers keep a finite
 * cost. Immutable.
 */
public final class RateEstimator {
    private static final double TAIL_THRESHOLD = 1e-10;

    /** Values whose gradients are taken at a time: sums by the prior's parameters run block by block. */
    private static final int BLOCK = 4096;

    private final Prior prior;
    private final double laplaceTailMass;
    private final @Nullable Prior tail;

    /** @param laplaceTailMass the mixture weight m, in [0, 1); 0 leaves the prior as it is */
    public RateEstimator(Prior prior, double laplaceTailMass) {
        if (!(laplaceTailMass >= 0 && laplaceTailMass < 1)) {
            throw new IllegalArgumentException("laplaceTailMass must be in [0, 1): laplaceTailMass=" + laplaceTailMass);
        }
        this.prior = prior;
        this.laplaceTailMass = laplaceTailMass;
        this.tail = laplaceTailMass > 0 ? NoisyLaplace.of(Shape.scalar(), new double[] {0}, new double[] {1}) : null;
    }

    /**
     * Estimates the bits of each coding unit: the sum of {@code -log2 P} over its elements. Gradients are by the perturbed
     * tensor itself.
     *
     * @param perturbed values to cost, of shape batch ++ unit; element i has element i mod size of the prior
     * @param batchShape the leading dimensions, one coding unit for each element
     */
    public RateEstimate estimate(Tensor perturbed, Shape batchShape) {
        return estimate(perturbed, perturbed, batchShape, BottleneckGradient.PATHWISE);
    }

    /**
     * As {@link #estimate(Tensor, Shape)}, with gradients by the tensor before its perturbation.
     *
     * @param bottleneck the tensor before, of the perturbed one's shape
     */
    public RateEstimate estimate(Tensor bottleneck, Tensor perturbed, Shape batchShape, BottleneckGradient gradient) {
        if (!bottleneck.shape().equals(perturbed.shape())) {
            throw new IllegalArgumentException("the perturbed tensor must have the bottleneck's shape: bottleneck="
                    + bottleneck.shape() + " perturbed=" + perturbed.shape());
        }
        checkShapes(perturbed.shape(), batchShape);
        int units = batchShape.arrayLength();
        double[] bits = new double[units];
        if (perturbed.size() > 0) {
            int unitSize = perturbed.size() / units;
            double[] values = new double[unitSize];
            double[] logProbs = new double[unitSize];
            for (int u = 0; u < units; u++) {
                read(perturbed, u * unitSize, unitSize, 0, values);
                logProb(values, unitSize, firstElement(u, unitSize), logProbs);
                bits[u] = -PairwiseSum.of(logProbs, 0, unitSize) / ExactMath.LN2;
            }
        }
        return new RateEstimate(
                perturbed, Tensor.of(batchShape, bits), new RateEstimate.Source(this, bottleneck, perturbed, gradient));
    }

    private void checkShapes(Shape shape, Shape batchShape) {
        int rank = batchShape.rank();
        if (shape.rank() < rank || !shape.leading(rank).equals(batchShape)) {
            throw new IllegalArgumentException("the tensor's leading dimensions must be the batch's: shape=" + shape
                    + " batchShape=" + batchShape);
        }
        if (shape.elements() > 0 && prior.size() == 0) {
            throw new IllegalArgumentException(
                    "a prior must have elements to estimate values: shape=" + shape + " priorShape=" + prior.shape());
        }
    }

    /** The prior's element of a unit's first value. */
    private int firstElement(int unit, int unitSize) {
        return (int) ((long) unit * unitSize % prior.size());
    }

    private static void read(Tensor tensor, int first, int count, double shift, double[] values) {
        tensor.toDoubles(first, count, values, 0);
        for (int i = 0; shift != 0 && i < count; i++) {
            values[i] += shift;
        }
    }

    /** Natural log-likelihoods of one unit's values, the first under {@code firstElement} of the prior. */
    private void logProb(double[] values, int n, int firstElement, double[] out) {
        if (tail == null) {
            prior.logProb(values, 0, firstElement, n, out, 0);
            return;
        }
        double[] tailLog = new double[n];
        prior.prob(values, 0, firstElement, n, out, 0);
        tail.logProb(values, 0, 0, n, tailLog, 0);
        KernelProvider.priorKernels(n).withTail(out, 0, tailLog, 0, n, laplaceTailMass, TAIL_THRESHOLD, out, 0);
    }

    // ---- gradients

    /** Gradients of the sum over units of {@code byBits} times the unit's bits; checked by the caller. */
    RateGradients backward(RateEstimate.Source source, double[] byBits, @Nullable Tensor byPerturbed) {
        List<Variable> parameters = prior.parameters();
        double[][] sums = new double[parameters.size()][];
        for (int v = 0; v < sums.length; v++) {
            sums[v] = new double[parameters.get(v).value().size()];
        }
        Tensor bottleneck = source.bottleneck();
        double[] dy = new double[bottleneck.size()];
        if (dy.length > 0) {
            int unitSize = dy.length / byBits.length;
            Scratch scratch = new Scratch(Math.min(unitSize, BLOCK));
            for (int u = 0; u < byBits.length; u++) {
                // Nats to bits, and log-densities to costs.
                double weight = -byBits[u] / ExactMath.LN2;
                int element = firstElement(u, unitSize);
                for (int done = 0; done < unitSize; done += BLOCK) {
                    int count = Math.min(BLOCK, unitSize - done);
                    int first = (int) (((long) element + done) % prior.size());
                    block(source, u * unitSize + done, count, first, weight, scratch, dy, sums);
                }
            }
        }
        if (byPerturbed != null && source.gradient() != BottleneckGradient.NONE) {
            for (int i = 0; i < dy.length; i++) {
                dy[i] += byPerturbed.get(i);
            }
        }
        List<Tensor> byParameters = new ArrayList<>();
        for (int v = 0; v < sums.length; v++) {
            Tensor value = parameters.get(v).value();
            byParameters.add(Tensor.of(value.shape(), sums[v]).to(value.type()));
        }
        Tensor byBottleneck = Tensor.of(bottleneck.shape(), dy).to(bottleneck.type());
        return new RateGradients(byBottleneck, List.copyOf(byParameters));
    }

    /** Working memory for a block of a unit's values. */
    private static final class Scratch {
        final double[] values;
        final double[] weights;
        final double[] probs;
        final double[] tailLogs;
        final double[] tailWeights;
        final double[][] tailSums = {new double[1], new double[1]}; // by the tail's parameters, which are fixed

        Scratch(int count) {
            values = new double[count];
            weights = new double[count];
            probs = new double[count];
            tailLogs = new double[count];
            tailWeights = new double[count];
        }
    }

    /**
     * Gradients by a run of values of one unit: those by values are written, those by parameters added.
     *
     * @param firstElement the prior's element of the first one
     * @param weight what each log-likelihood is multiplied by
     */
    private void block(
            RateEstimate.Source source,
            int first,
            int count,
            int firstElement,
            double weight,
            Scratch scratch,
            double[] dy,
            double[][] sums) {
        if (source.gradient() == BottleneckGradient.PATHWISE || sums.length > 0) {
            read(source.costed(), first, count, 0, scratch.values);
            pathwise(scratch, count, firstElement, weight, dy, first, sums);
        }
        switch (source.gradient()) {
            case PATHWISE -> {}
            case EXPECTED -> {
                double[] above = scratch.weights;
                double[] below = scratch.tailWeights;
                read(source.bottleneck(), first, count, 0.5, scratch.values);
                logProb(scratch.values, count, firstElement, above);
                read(source.bottleneck(), first, count, -0.5, scratch.values);
                logProb(scratch.values, count, firstElement, below);
                for (int i = 0; i < count; i++) {
                    dy[first + i] = weight * (above[i] - below[i]);
                }
            }
            case NONE -> Arrays.fill(dy, first, first + count, 0);
        }
    }

    /** Gradients of the log-likelihoods of {@code scratch.values}, each times {@code weight}. */
    private void pathwise(
            Scratch scratch, int count, int firstElement, double weight, double[] dy, int dyOffset, double[][] sums) {
        double[] values = scratch.values;
        double[] weights = scratch.weights;
        Arrays.fill(weights, 0, count, weight);
        if (tail == null) {
            prior.logProbGradients(values, 0, firstElement, count, weights, 0, dy, dyOffset, sums);
            return;
        }
        prior.prob(values, 0, firstElement, count, scratch.probs, 0);
        tail.logProb(values, 0, 0, count, scratch.tailLogs, 0);
        for (int i = 0; i < count; i++) {
            double own = (1 - laplaceTailMass) * scratch.probs[i];
            double outer = laplaceTailMass * ExactMath.exp(scratch.tailLogs[i]);
            double mixture = own + outer;
            boolean replaced = mixture < TAIL_THRESHOLD;
            weights[i] = replaced ? 0 : weight * (own / mixture);
            scratch.tailWeights[i] = replaced ? weight : weight * (outer / mixture);
        }
        prior.logProbGradients(values, 0, firstElement, count, weights, 0, dy, dyOffset, sums);
        double[] byTail = weights;
        tail.logProbGradients(values, 0, 0, count, scratch.tailWeights, 0, byTail, 0, scratch.tailSums);
        for (int i = 0; i < count; i++) {
            dy[dyOffset + i] += byTail[i];
        }
    }
}
