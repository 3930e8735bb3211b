package io.github.uniquant.prior;

import io.github.uniquant.tensor.Shape;
import java.util.random.RandomGenerator;

/**
 * A batch of scalar distributions, before the noise. Implement it to use a density of your own as a
 * prior. Element {@code j} is an index into the batch {@link #shape()} in row-major order.
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

    /** A draw. */
    double sample(int element, RandomGenerator random);
}
