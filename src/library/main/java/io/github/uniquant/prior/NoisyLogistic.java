package io.github.uniquant.prior;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;

/** A batch of logistic distributions with additive uniform noise. */
public final class NoisyLogistic extends NoisyLocationScale {
    private NoisyLogistic(Tensor loc, Tensor scale) {
        super(Standard.LOGISTIC, loc, scale);
    }

    /**
     * A prior of the shape and type of its parameters, float32 or float64.
     *
     * @param loc locations, finite
     * @param scale scales, finite and larger than 0
     */
    public static NoisyLogistic of(Tensor loc, Tensor scale) {
        return new NoisyLogistic(loc, scale);
    }

    /** Equivalent to {@code of(Tensor.of(shape, loc), Tensor.of(shape, scale))}. */
    public static NoisyLogistic of(Shape shape, double[] loc, double[] scale) {
        return of(Tensor.of(shape, loc), Tensor.of(shape, scale));
    }

    /** Equivalent to {@code of(Tensor.of(shape, loc), Tensor.of(shape, scale))}. */
    public static NoisyLogistic of(Shape shape, float[] loc, float[] scale) {
        return of(Tensor.of(shape, loc), Tensor.of(shape, scale));
    }

    @Override
    Prior with(Tensor loc, Tensor scale) {
        return of(loc, scale);
    }

    @Override
    public String family() {
        return "NoisyLogistic";
    }
}
