package io.github.uniquant.prior;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;

/** A batch of normal distributions with additive uniform noise. */
public final class NoisyNormal extends NoisyLocationScale {
    private NoisyNormal(Tensor loc, Tensor scale) {
        super(Standard.NORMAL, loc, scale);
    }

    /**
     * A prior of the shape and type of its parameters, float32 or float64.
     *
     * @param loc locations, finite
     * @param scale scales, finite and larger than 0
     */
    public static NoisyNormal of(Tensor loc, Tensor scale) {
        return new NoisyNormal(loc, scale);
    }

    /** Equivalent to {@code of(Tensor.of(shape, loc), Tensor.of(shape, scale))}. */
    public static NoisyNormal of(Shape shape, double[] loc, double[] scale) {
        return of(Tensor.of(shape, loc), Tensor.of(shape, scale));
    }

    /** Equivalent to {@code of(Tensor.of(shape, loc), Tensor.of(shape, scale))}. */
    public static NoisyNormal of(Shape shape, float[] loc, float[] scale) {
        return of(Tensor.of(shape, loc), Tensor.of(shape, scale));
    }

    @Override
    Prior with(Tensor loc, Tensor scale) {
        return of(loc, scale);
    }

    @Override
    public String family() {
        return "NoisyNormal";
    }
}
