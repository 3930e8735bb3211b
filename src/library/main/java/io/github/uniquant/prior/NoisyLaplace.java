package io.github.uniquant.prior;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;

/** A batch of Laplace distributions with additive uniform noise. */
public final class NoisyLaplace extends NoisyLocationScale {
    private NoisyLaplace(Tensor loc, Tensor scale) {
        super(Standard.LAPLACE, loc, scale);
    }

    /**
     * A prior of the shape and type of its parameters, float32 or float64.
     *
     * @param loc locations, finite
     * @param scale scales, finite and larger than 0
     */
    public static NoisyLaplace of(Tensor loc, Tensor scale) {
        return new NoisyLaplace(loc, scale);
    }

    /** Equivalent to {@code of(Tensor.of(shape, loc), Tensor.of(shape, scale))}. */
    public static NoisyLaplace of(Shape shape, double[] loc, double[] scale) {
        return of(Tensor.of(shape, loc), Tensor.of(shape, scale));
    }

    /** Equivalent to {@code of(Tensor.of(shape, loc), Tensor.of(shape, scale))}. */
    public static NoisyLaplace of(Shape shape, float[] loc, float[] scale) {
        return of(Tensor.of(shape, loc), Tensor.of(shape, scale));
    }

    @Override
    Prior with(Tensor loc, Tensor scale) {
        return of(loc, scale);
    }

    @Override
    public String family() {
        return "NoisyLaplace";
    }
}
