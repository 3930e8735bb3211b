package io.github.uniquant.prior;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A batch of scalar densities of {@code y + u}, with u uniform on (-1/2, 1/2): a base distribution convolved with a box of
 * unit width, so that {@code prob(y) = c(y + 1/2) - c(y - 1/2)}. It is what a dithered bottleneck follows (Ballé et al.,
 * "Variational image compression with a scale hyperprior", 2018, appendix 6.2). Immutable and thread-safe.
 *
 * <p>Values and parameters are in units of the quantization step: a prior is one of data divided by it. Element {@code j} is
 * an index into the batch {@link #shape()} in row-major order. Parameters are kept in their own type; all arithmetic is in
 * doubles, of operations that give the same bits on every machine.
 */
public interface Prior {
    /** The batch shape. */
    Shape shape();

    /**
     * The number of elements of the batch.
     *
     * @throws IllegalArgumentException beyond {@value Shape#MAX_ARRAY_LENGTH}
     */
    default int size() {
        return shape().arrayLength();
    }

    /** Rank of one draw; entropy models need scalar draws, rank 0. */
    default int eventRank() {
        return 0;
    }

    /** Type of the parameters, float32 or float64. */
    ElementType type();

    /** The name of the family in configurations, such as {@code NoisyNormal}. */
    String family();

    /** What else than its parameters makes the prior: numbers, strings and lists, by name. */
    default Map<String, Object> options() {
        return Map.of();
    }

    /** The trainable parameters. */
    List<Variable> parameters();

    /** The same family with other values, of the types and shapes of {@link #parameters()}. */
    Prior withParameters(List<Tensor> values);

    /** The distribution before the noise. */
    BaseDistribution base();

    /** Density of {@code element} at y. */
    double prob(int element, double y);

    /** Natural logarithm of {@link #prob(int, double)}, finite far beyond where that underflows. */
    double logProb(int element, double y);

    /** The point of the base distribution with half of {@code tailMass} below it. */
    default double lowerTail(int element, double tailMass) {
        return base().quantile(element, tailMass / 2);
    }

    /** The point of the base distribution with half of {@code tailMass} above it. */
    default double upperTail(int element, double tailMass) {
        return base().upperQuantile(element, tailMass / 2);
    }

    /**
     * The offset that plain rounding should use, in [-1/2, 1/2]: {@code m - round(m)} with m the mode where it is known,
     * else the median.
     */
    double quantizationOffset(int element);

    /** A draw of {@code y + u}. */
    default double sample(int element, RandomGenerator random) {
        return base().sample(element, random) + (random.nextDouble() - 0.5);
    }

    /**
     * Densities of a run of values: {@code out[outOffset + i]} is that of {@code y[yOffset + i]} under element {@code
     * (firstElement + i) mod size()}. The output may be the input, at the same offset; so in {@link #logProb(double[], int,
     * int, int, double[], int)}.
     */
    default void prob(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        int size = size();
        int element = firstElement;
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = prob(element, y[yOffset + i]);
            element = element + 1 == size ? 0 : element + 1;
        }
    }

    /** Log-densities of a run of values, laid out as those of {@link #prob(double[], int, int, int, double[], int)}. */
    default void logProb(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        int size = size();
        int element = firstElement;
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = logProb(element, y[yOffset + i]);
            element = element + 1 == size ? 0 : element + 1;
        }
    }

    /** Densities of one element at the points {@code first, first + 1, ...}: a row of a coding table. */
    default void probRow(int element, double first, int count, double[] out, int outOffset) {
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = prob(element, first + i);
        }
    }

    /**
     * Gradients of a weighted sum of log-densities, in closed form. The values are laid out as those of {@link
     * #logProb(double[], int, int, int, double[], int)}; value i has the weight w = {@code weights[weightsOffset + i]}.
     * Writes {@code dy[dyOffset + i] = w d logProb / d y}, and adds {@code w d logProb / d p} of every parameter value p to
     * its entry of {@code parameterGradients}.
     *
     * <p>Each value's gradients are finite where it is, also where densities underflow; at a kink or a jump they are those of one
     * side. Sums are taken in an order that depends on the arguments alone, so that they have the same bits on every
     * machine: value i adds to partial sum {@code (firstElement + i) mod (c size())}, in the order of i, and the c partial
     * sums of an element add up in order; c is 1 for 128 elements or more, else the least multiple of 8 with {@code c size()
     * >= 128}. Allocates nothing once warm, but for what a base distribution of the user's own does.
     *
     * @param firstElement the element of the first value, in [0, size())
     * @param dy receives the gradients by the values; may be {@code y} or {@code weights}
     * @param parameterGradients one array for each of {@link #parameters()}, in its order and laid out as its values
     * @throws UnsupportedOperationException if the prior has no density before the noise, or does not define gradients
     */
    default void logProbGradients(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients) {
        throw new UnsupportedOperationException("a prior must define its gradients: family=" + family());
    }

    /**
     * {@link #logProb(double[], int, int, int, double[], int)} and {@link #logProbGradients} of the same values, to the last
     * bit, in one pass where the family has one: both share most of their work.
     *
     * @param logProbs receives the log-densities; must not overlap other arrays
     */
    default void logProbAndGradients(
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
        logProb(y, yOffset, firstElement, count, logProbs, logProbsOffset);
        logProbGradients(y, yOffset, firstElement, count, weights, weightsOffset, dy, dyOffset, parameterGradients);
    }

    /**
     * Densities of many rows of coding tables: for each r from 0 to {@code rows - 1}, those of {@code elements[r]} at the
     * {@code counts[r]} points {@code firsts[r], firsts[r] + 1, ...}, as {@link #probRow} gives them, to the last bit. The
     * rows lie in {@code out} one after another. Table builders ask for thousands of densities at once this way, the rows of
     * an element next to each other, so that a prior may compute rows of a few cells together.
     */
    default void probRows(int rows, int[] elements, double[] firsts, int[] counts, double[] out, int outOffset) {
        int at = outOffset;
        for (int r = 0; r < rows; r++) {
            probRow(elements[r], firsts[r], counts[r], out, at);
            at += counts[r];
        }
    }
}
