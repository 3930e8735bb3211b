package io.github.uniquant.internal.kernel;

/**
 * Distributions and their noisy forms for runs of values: arrays in, arrays out. Every implementation gives the same bits.
 * Callers check ranges. Output may be the input itself, at the same offset; beside that, arrays must not overlap.
 *
 * <p>Parameters belong to the elements of a batch, and value i of a run is one of element {@code (first + i) mod size}, whose
 * parameters are {@code from} entries further on in their arrays. So a run over a batch has {@code from} 0 and the batch's
 * size, and a run of one element j has {@code from} j and size 1.
 */
public interface PriorKernels {
    /** What to compute at each value. */
    enum Quantity {
        /** Pr(X <= x). */
        CDF,
        /** Pr(X > x). */
        SURVIVAL,
        /** log Pr(X <= x). */
        LOG_CDF,
        /** log Pr(X > x). */
        LOG_SURVIVAL,
        /** Log of the density. */
        LOG_DENSITY,
        /** Density with noise uniform on (-1/2, 1/2): the mass of [x - 1/2, x + 1/2]. */
        NOISY_PROB,
        /** Logarithm of the density with noise; of deep factorized distributions only, {@link GradientKernels} has the others. */
        NOISY_LOG_PROB;

        boolean isLog() {
            return this == LOG_CDF || this == LOG_SURVIVAL || this == LOG_DENSITY || this == NOISY_LOG_PROB;
        }

        boolean isNoisy() {
            return this == NOISY_PROB || this == NOISY_LOG_PROB;
        }

        /** Whether there is a kernel for it of location-scale families and their mixtures. */
        boolean ofFamilies() {
            return this != NOISY_LOG_PROB;
        }

        /** Whether it is of the lower tail. */
        boolean isLower() {
            return this == CDF || this == LOG_CDF;
        }
    }

    /** Families of distributions that a location and a scale make of a standard one. */
    enum Family {
        NORMAL,
        LOGISTIC,
        LAPLACE
    }

    /** What runs, as in {@link Kernels#name}. */
    String name();

    /**
     * A quantity of location-scale distributions.
     *
     * @param size elements that the run cycles through, at least 1 if count is
     * @param first the element of the first value, in [0, size)
     */
    void locationScale(
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
            int outOffset);

    /**
     * A quantity of mixtures of location-scale distributions; {@link Quantity#NOISY_PROB} is that of the mixture of the noisy
     * components.
     *
     * @param loc those of each component, one component's after the other's, of equal number
     * @param scale laid out as loc
     * @param weight laid out as loc; at least 0
     */
    void mixture(
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
            int outOffset);

    /** A quantity of deep factorized distributions. */
    void deepFactorized(
            Quantity quantity,
            LogitNetwork network,
            double[] x,
            int xOffset,
            int from,
            int size,
            int first,
            int count,
            double[] out,
            int outOffset);

    /**
     * Log-densities of priors with a share of tail: {@code out[i] = log((1 - mass) p + mass e^t)} for {@code p =
     * probs[probsOffset + i]} and {@code t = tailLogs[tailOffset + i]}, and {@code log mass + t} where that sum is below {@code
     * threshold}.
     */
    void withTail(
            double[] probs,
            int probsOffset,
            double[] tailLogs,
            int tailOffset,
            int count,
            double mass,
            double threshold,
            double[] out,
            int outOffset);
}
