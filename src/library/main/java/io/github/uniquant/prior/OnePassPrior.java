package io.github.uniquant.prior;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A prior that computes log-densities and their gradients in one pass: {@link #logProbAndGradients} takes little longer than
 * {@link #logProbGradients} alone.
 */
public abstract sealed class OnePassPrior implements Prior
        permits NoisyDeepFactorized, NoisyLocationScale, NoisyMixture {
    OnePassPrior() {}

    /** Values of each of {@link #parameters()}. */
    abstract int[] parameterSizes();

    /**
     * {@link #logProbAndGradients}, for arguments that were checked.
     *
     * @param logProbs null where log-densities are not wanted
     */
    abstract void gradients(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double @Nullable [] logProbs,
            int logProbsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients);

    @Override
    public final void logProbGradients(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients) {
        checked(y, yOffset, firstElement, count, weights, weightsOffset, null, 0, dy, dyOffset, parameterGradients);
    }

    @Override
    public final void logProbAndGradients(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double[] logProbs,
            int logProbsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients) {
        Objects.checkFromIndexSize(logProbsOffset, count, logProbs.length);
        checked(
                y,
                yOffset,
                firstElement,
                count,
                weights,
                weightsOffset,
                logProbs,
                logProbsOffset,
                dy,
                dyOffset,
                parameterGradients);
    }

    private void checked(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double @Nullable [] logProbs,
            int logProbsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients) {
        Parameters.checkGradients(
                size(),
                y,
                yOffset,
                firstElement,
                count,
                weights,
                weightsOffset,
                dy,
                dyOffset,
                parameterGradients,
                parameterSizes());
        gradients(
                y,
                yOffset,
                firstElement,
                count,
                weights,
                weightsOffset,
                logProbs,
                logProbsOffset,
                dy,
                dyOffset,
                parameterGradients);
    }

    /** The family, shape and type. */
    @Override
    public String toString() {
        return family() + "[shape=" + shape() + ", type=" + type().id() + "]";
    }
}
