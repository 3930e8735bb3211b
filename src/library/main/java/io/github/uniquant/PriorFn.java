package io.github.uniquant;

import io.github.uniquant.prior.Prior;

/**
 * The distributions that indexes select: upstream's {@code prior_fn} and {@code parameter_fns} in one. Such as
 *
 * <pre>{@code
 * indexes -> NoisyNormal.of(indexes.map(i -> (i[0] - 5) / 3), indexes.map(i -> scales[(int) i[1]]))
 * }</pre>
 *
 * It is called once for all index tuples, which gives the tables, and for the indexes of each tensor whose bits are
 * estimated; there, indexes may be fractional. It must be a pure function, and thread-safe.
 *
 * <p>Sender and receiver need the same tables. Where the function is of operations that may differ between machines, such
 * as {@link Math#exp}, ship the tables or the parameters instead of running it on both sides: a model's weights hold both.
 */
@FunctionalInterface
public interface PriorFn {
    /** A prior of the shape {@link Indexes#shape()}, one distribution for each element. */
    Prior of(Indexes indexes);
}
