package io.github.uniquant.internal.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The logarithm of a noisy density, {@code log (c(y + 1/2) - c(y - 1/2))}, and its derivatives: arrays in, arrays out. Every implementation gives the same bits. Results are finite for finite y, finite locations and scales
 * above 0: what is beyond the doubles ends at {@link Double#MAX_VALUE}. The derivative by the location is that by y with the
 * other sign.
 */
public interface GradientKernels {
    /** Runs of so many values, or whole multiples, are the fastest. */
    int BLOCK = 256;

    /** Length of the working memory that methods take, whose contents are not defined. */
    int WORK = 17 * BLOCK;

    /**
     * For i below {@code count}, at {@code y[yOffset + i]} under distribution {@code first + i}: the log-density in {@code
     * logProb[logProbOffset + i]}, and its derivatives by y in {@code byY[at + i]} and by the scale in {@code byScale[at +
     * i]}. What is null is not computed: the first, or the other two. The bits of a result do not depend on what else is
     * computed.
     *
     * @param logProb may be y, at the same offset
     */
    void locationScale(
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
            double[] work);

    /**
     * Weighs derivatives and adds them up, for i from {@code from} up to {@code to}: {@code dy[dyOffset + i] = w byY[i]}, which is also taken from {@code sumByLoc[first +
     * i]}, and {@code w byScale[i]} is added to {@code sumByScale[first + i]}, for {@code w = weights[weightsOffset + i]}.
     */
    void accumulate(
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
            int first);

    /**
     * Log-densities of mixtures from those of their components: for i from {@code from} up to {@code to}, {@code log sum weights[c][place + i]
     * e^terms[c][i]} over the components c whose weights are above 0, in {@code logProb[logProbOffset + i]}.
     *
     * @param terms one row a component; e to these less the largest of them that has weight is left in them
     * @param to at most {@link #WORK}
     * @param sums the weighted sums of what is left in the terms
     * @param logProb -infinity where all terms with weight are
     */
    void mixture(
            double[][] terms,
            double[][] weights,
            int place,
            int from,
            int to,
            double[] sums,
            double[] logProb,
            int logProbOffset,
            double[] work);

    /**
     * Gradients of mixtures from those of their components, for i from {@code from} up to {@code to}: with the share of component c in the
     * density, {@code weights[c][place + i] terms[c][i] / sums[i]}, and w = {@code valueWeights[valueWeightsOffset + i]},
     * writes {@code w} times the sum of shares by {@code byY[c][i]} to {@code dy[dyOffset + i]}, and adds that of each
     * component to the sums by its parameters at {@code place + i}.
     *
     * @param terms what {@link #mixture} left, and what it wrote in sums
     * @param dy may be valueWeights, at the same offset
     * @param sumByLoc by component and place, as the two others
     */
    void mixtureGradients(
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
            double[] work);

    /**
     * Gradients of weighted log-densities of deep factorized distributions. For i below {@code count} writes {@code w d log P /
     * d y} to {@code dy[dyOffset + i]}, for the value {@code y[yOffset + i]} under the network at {@code place + i} and the
     * weight w = {@code weights[weightsOffset + i]}, adds those by the prior's parameters to sums, and writes log P to {@code
     * logProb[logProbOffset + i]} unless that is null.
     *
     * @param sums of layer l by its matrix at 3 l, by its bias at 3 l + 1 and by its factor at 3 l + 2, laid out as these
     * @param work {@link GradientNetwork#work} doubles of working memory, whose contents are not defined
     */
    void deepFactorized(
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
            double[] work);
}
