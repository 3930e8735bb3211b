package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.List;

/**
 * A mixture of noisy location-scale distributions: parameters {@code loc}, {@code scale} and {@code weight}, of the batch
 * shape with a last axis of components. The weights of an element add up to 1.
 */
public abstract sealed class NoisyMixture implements Prior permits NoisyNormalMixture, NoisyLogisticMixture {
    private static final double WEIGHT_TOLERANCE = 1e-5;

    private final Tensor loc;
    private final Tensor scale;
    private final Tensor weight;
    private final Mixture base;

    NoisyMixture(Standard standard, Tensor loc, Tensor scale, Tensor weight) {
        Parameters.sameShape("loc", loc, "scale", scale);
        Parameters.sameShape("loc", loc, "weight", weight);
        Shape shape = Parameters.withoutLastAxis("loc", loc);
        int components = loc.shape().dim(shape.rank());
        this.base = new Mixture(
                standard,
                shape,
                components,
                Parameters.finite("loc", loc),
                Parameters.positive("scale", scale),
                weights(weight, components));
        this.loc = Parameters.copy(loc);
        this.scale = Parameters.copy(scale);
        this.weight = Parameters.copy(weight);
    }

    private static double[] weights(Tensor weight, int components) {
        double[] weights = Parameters.finite("weight", weight);
        for (int first = 0; first < weights.length; first += components) {
            double sum = 0;
            for (int c = first; c < first + components; c++) {
                if (weights[c] < 0) {
                    throw new IllegalArgumentException(
                            "weights must be at least 0: element=" + c + " weight=" + weights[c]);
                }
                sum += weights[c];
            }
            if (!(Math.abs(sum - 1) <= WEIGHT_TOLERANCE)) {
                throw new IllegalArgumentException(
                        "the weights of an element must add up to 1: element=" + first / components + " sum=" + sum);
            }
        }
        return weights;
    }

    abstract Prior with(Tensor newLoc, Tensor newScale, Tensor newWeight);

    @Override
    public final Shape shape() {
        return base.shape();
    }

    @Override
    public final ElementType type() {
        return loc.type();
    }

    @Override
    public final List<Variable> parameters() {
        return List.of(
                new Variable("loc", Parameters.copy(loc)),
                new Variable("scale", Parameters.copy(scale)),
                new Variable("weight", Parameters.copy(weight)));
    }

    @Override
    public final Prior withParameters(List<Tensor> values) {
        Parameters.checkReplacement(parameters(), values);
        return with(values.get(0), values.get(1), values.get(2));
    }

    @Override
    public final BaseDistribution base() {
        return base;
    }

    @Override
    public final double prob(int element, double y) {
        double sum = 0;
        for (int c = element * base.components(); c < (element + 1) * base.components(); c++) {
            sum += base.weight()[c] * base.standard().interval(y, base.loc()[c], base.scale()[c]);
        }
        return sum;
    }

    @Override
    public final double logProb(int element, double y) {
        return base.logSum(element, c -> base.standard().logInterval(y, base.loc()[c], base.scale()[c]));
    }

    @Override
    public final void prob(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        base.run(Quantity.NOISY_PROB, y, yOffset, firstElement, count, out, outOffset);
    }

    @Override
    public final void logProb(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        base.run(Quantity.NOISY_LOG_PROB, y, yOffset, firstElement, count, out, outOffset);
    }

    @Override
    public final void probRow(int element, double first, int count, double[] out, int outOffset) {
        base.row(Quantity.NOISY_PROB, element, first, count, out, outOffset);
    }

    @Override
    public final void probRows(int rows, int[] elements, double[] firsts, int[] counts, double[] out, int outOffset) {
        base.rows(Quantity.NOISY_PROB, rows, elements, firsts, counts, out, outOffset);
    }

    /** The quantization offset of the component whose offset is the likeliest value of them all. */
    @Override
    public final double quantizationOffset(int element) {
        double best = 0;
        double bestLogProb = Double.NEGATIVE_INFINITY;
        for (int c = element * base.components(); c < (element + 1) * base.components(); c++) {
            double offset = base.loc()[c] - Math.rint(base.loc()[c]);
            double logProb = logProb(element, offset);
            if (logProb > bestLogProb) {
                best = offset;
                bestLogProb = logProb;
            }
        }
        return best;
    }
}
