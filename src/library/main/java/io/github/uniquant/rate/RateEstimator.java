package io.github.uniquant.rate;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The negative log-likelihood of perturbed tensors under a prior, which may be augmented with a Laplace tail: {@code (1 -
 * m) P + m NoisyLaplace(0, 1)}, and where that is below 1e-10 its second term alone, so that far outliers keep a finite
 * cost. Immutable.
 */
public final class RateEstimator {
    private static final double TAIL_THRESHOLD = 1e-10;

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
     * Estimates the bits of each coding unit: the sum of {@code -log2 P} over its elements.
     *
     * @param perturbed values to cost, of shape batch ++ unit; element i has element i mod size of the prior
     * @param batchShape the leading dimensions, one coding unit for each element
     */
    public RateEstimate estimate(Tensor perturbed, Shape batchShape) {
        int units = (int) batchShape.elements();
        double[] bits = new double[units];
        if (perturbed.size() > 0) {
            int unitSize = perturbed.size() / units;
            double[] values = new double[unitSize];
            double[] logProbs = new double[unitSize];
            for (int u = 0; u < units; u++) {
                perturbed.toDoubles(u * unitSize, unitSize, values, 0);
                logProb(values, (int) ((long) u * unitSize % prior.size()), logProbs);
                bits[u] = -PairwiseSum.of(logProbs, 0, unitSize) / ExactMath.LN2;
            }
        }
        return new RateEstimate(perturbed, Tensor.of(batchShape, bits));
    }

    /** Natural log-likelihoods of one unit's values, the first under {@code firstElement} of the prior. */
    private void logProb(double[] values, int firstElement, double[] out) {
        int n = values.length;
        if (tail == null) {
            prior.logProb(values, 0, firstElement, n, out, 0);
            return;
        }
        double[] tailLog = new double[n];
        prior.prob(values, 0, firstElement, n, out, 0);
        tail.logProb(values, 0, 0, n, tailLog, 0);
        KernelProvider.priorKernels().withTail(out, 0, tailLog, 0, n, laplaceTailMass, TAIL_THRESHOLD, out, 0);
    }
}
