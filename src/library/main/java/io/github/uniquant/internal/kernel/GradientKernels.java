package io.github.uniquant.internal.kernel;

/**
 * Derivatives of the logarithm of a noisy density, {@code log (c(y + 1/2) - c(y - 1/2))}, of location-scale families: arrays
 * in, arrays out. Every implementation gives the same bits. Results are finite for finite y, finite locations and scales
 * above 0: what is beyond the doubles ends at {@link Double#MAX_VALUE}. The derivative by the location is that by y with the
 * other sign.
 */
public interface GradientKernels {
    /**
     * The normal distribution: for i below {@code count}, the derivatives at {@code y[yOffset + i]} under element {@code
     * first + i}, by y in {@code byY[i]} and by the scale in {@code byScale[i]}.
     */
    void normal(
            double[] y,
            int yOffset,
            double[] loc,
            double[] scale,
            int first,
            int count,
            double[] byY,
            double[] byScale);

    /** The same for the logistic distribution. */
    void logistic(
            double[] y,
            int yOffset,
            double[] loc,
            double[] scale,
            int first,
            int count,
            double[] byY,
            double[] byScale);

    /** The same for the Laplace distribution. */
    void laplace(
            double[] y,
            int yOffset,
            double[] loc,
            double[] scale,
            int first,
            int count,
            double[] byY,
            double[] byScale);

    /**
     * Weighs derivatives and adds them up: {@code dy[dyOffset + i] = w byY[i]}, which is also taken from {@code byLoc[first +
     * i]}, and {@code w byScale[i]} is added to {@code sumByScale[first + i]}, for {@code w = weights[weightsOffset + i]}.
     */
    void accumulate(
            double[] weights,
            int weightsOffset,
            double[] byY,
            double[] byScale,
            int count,
            double[] dy,
            int dyOffset,
            double[] sumByLoc,
            double[] sumByScale,
            int first);
}
