package io.github.uniquant.prior;

import io.github.uniquant.tensor.Shape;
import java.util.random.RandomGenerator;

/**
 * A batch of scalar distributions, before the noise. Implement it to use a density of your own as a prior. Element {@code
 * j} is an index into the batch {@link #shape()} in row-major order. Logarithms are natural.
 *
 * <p>Implementations must be immutable and thread-safe, as {@link Prior} is. Where their operations may differ between
 * machines, as {@link Math#exp} may, so may tables: then keep the model in a file, which holds its tables, instead of
 * building it on both sides.
 */
public interface BaseDistribution {
    /** The batch shape. */
    Shape shape();

    /** Rank of one draw; a prior needs scalar draws, rank 0. */
    default int eventRank() {
        return 0;
    }

    /** {@code Pr(X <= x)}. */
    double cdf(int element, double x);

    /** {@code Pr(X > x)}, accurate where it is small. */
    double survival(int element, double x);

    /** {@code log Pr(X <= x)}, accurate far in the lower tail. */
    double logCdf(int element, double x);

    /** {@code log Pr(X > x)}, accurate far in the upper tail. */
    double logSurvival(int element, double x);

    /** Log of the density at x. */
    double logDensity(int element, double x);

    /** The x with {@code cdf(x) = p}, for p in (0, 1). */
    double quantile(int element, double p);

    /** The x with {@code survival(x) = p}, for p in (0, 1): {@code quantile(1 - p)} without the rounding of 1 - p. */
    double upperQuantile(int element, double p);

    /**
     * The CDF at a run of values: {@code out[outOffset + i]} is that at {@code x[xOffset + i]} of element {@code
     * (firstElement + i) mod n}, for n elements. The output may be the input, at the same offset; so in all methods for runs.
     */
    default void cdf(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        int element = firstElement;
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = cdf(element, x[xOffset + i]);
            element = next(element);
        }
    }

    /** The survival function at a run of values. */
    default void survival(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        int element = firstElement;
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = survival(element, x[xOffset + i]);
            element = next(element);
        }
    }

    /** Log of the CDF at a run of values. */
    default void logCdf(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        int element = firstElement;
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = logCdf(element, x[xOffset + i]);
            element = next(element);
        }
    }

    /** Log of the survival function at a run of values. */
    default void logSurvival(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        int element = firstElement;
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = logSurvival(element, x[xOffset + i]);
            element = next(element);
        }
    }

    /** Log of the density at a run of values. */
    default void logDensity(double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        int element = firstElement;
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = logDensity(element, x[xOffset + i]);
            element = next(element);
        }
    }

    private int next(int element) {
        return element + 1 == shape().elements() ? 0 : element + 1;
    }

    /** A draw. */
    double sample(int element, RandomGenerator random);
}
