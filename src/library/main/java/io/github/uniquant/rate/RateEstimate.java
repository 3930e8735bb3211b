package io.github.uniquant.rate;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a model estimates of a tensor: the perturbed tensor, of the tensor's own shape and type, and the bits of each
 * coding unit, float64, of the batch shape. {@link #backward()} gives the gradients, from the tensors as they are then.
 */
public final class RateEstimate {
    private final Tensor perturbed;
    private final Tensor bits;
    private final @Nullable Source source;

    /** Where an estimate came from: what its gradients need. */
    record Source(RateEstimator estimator, Tensor bottleneck, Tensor costed, BottleneckGradient gradient) {}

    RateEstimate(Tensor perturbed, Tensor bits, @Nullable Source source) {
        this.perturbed = perturbed;
        this.bits = bits;
        this.source = source;
    }

    /** An estimate of bits from elsewhere; it has no gradients. */
    public RateEstimate(Tensor perturbed, Tensor bits) {
        this(perturbed, bits, null);
    }

    /** The same estimate with another perturbed tensor, such as one moved back to where a model's caller has it. */
    public RateEstimate withPerturbed(Tensor other) {
        return new RateEstimate(other, bits, source);
    }

    /** The perturbed tensor. */
    public Tensor perturbed() {
        return perturbed;
    }

    /** The bits of each coding unit, float64. */
    public Tensor bits() {
        return bits;
    }

    /** The bits of all coding units together. */
    public double totalBits() {
        return PairwiseSum.of(bits.doubles(), 0, bits.size());
    }

    /** The gradients of {@link #totalBits}. */
    public RateGradients backward() {
        double[] ones = new double[bits.size()];
        Arrays.fill(ones, 1);
        return backward(Tensor.of(bits.shape(), ones));
    }

    /**
     * The gradients of a loss that depends on the bits alone.
     *
     * @param byBits the loss's derivatives by {@link #bits}, float64, of the batch shape
     */
    public RateGradients backward(Tensor byBits) {
        return backward(byBits, null);
    }

    /**
     * The gradients of a loss that depends on the bits and on the perturbed tensor. The latter's pass straight through to
     * the bottleneck; not where it was rounded, as {@link BottleneckGradient#NONE} says.
     *
     * @param byBits the loss's derivatives by {@link #bits}, float64, of the batch shape
     * @param byPerturbed the loss's derivatives by {@link #perturbed}, of its shape and a floating type; null for none
     * @throws IllegalStateException if the estimate is not a model's own
     */
    public RateGradients backward(Tensor byBits, @Nullable Tensor byPerturbed) {
        if (source == null) {
            throw new IllegalStateException(
                    "gradients need an estimate that a model made: this one is of bits from" + " elsewhere");
        }
        if (byBits.type() != ElementType.FLOAT64 || !byBits.shape().equals(bits.shape())) {
            throw new IllegalArgumentException(
                    "byBits must be float64 and of the batch shape: byBits=" + byBits + " batchShape=" + bits.shape());
        }
        Shape shape = source.bottleneck.shape();
        if (byPerturbed != null
                && !(byPerturbed.type().isFloating() && byPerturbed.shape().equals(shape))) {
            throw new IllegalArgumentException("byPerturbed must be of a floating type and the tensor's shape:"
                    + " byPerturbed=" + byPerturbed + " shape=" + shape);
        }
        return source.estimator.backward(source, byBits.doubles(), byPerturbed);
    }

    /** Equal perturbed tensors and bits. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RateEstimate estimate
                && perturbed.equals(estimate.perturbed)
                && bits.equals(estimate.bits);
    }

    @Override
    public int hashCode() {
        return 31 * perturbed.hashCode() + bits.hashCode();
    }

    @Override
    public String toString() {
        return "RateEstimate[perturbed=" + perturbed + ", bits=" + bits + "]";
    }
}
