package io.github.uniquant;

import io.github.uniquant.rate.BottleneckGradient;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Tensor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Noise and then a function of each element, as one step of training: upstream's {@code perturb_and_apply}. For noise u
 * uniform on (-1/2, 1/2) the values are f(x + u); the gradient by x is the derivative at x + u, or exactly that derivative's
 * expectation over u, {@code f(x + 1/2) - f(x - 1/2)}, for which f needs no derivative. Gradients of what else f depends on
 * are for the caller to take at {@link #perturbed}.
 *
 * @param values f of the perturbed tensor, of its shape and type
 * @param perturbed the tensor with noise
 * @param tensor the tensor before
 * @param function what was applied
 * @param gradient how {@link #backward} takes the gradient, {@code PATHWISE} or {@code EXPECTED}
 */
public record PerturbAndApply(
        Tensor values, Tensor perturbed, Tensor tensor, PointwiseFunction function, BottleneckGradient gradient) {
    /** A function of numbers. */
    @FunctionalInterface
    public interface PointwiseFunction {
        /** The function's value at x. */
        double value(double x);

        /** The function's derivative at x; only pathwise gradients ask for it. */
        default double derivative(double x) {
            throw new UnsupportedOperationException("a function must define its derivative for pathwise gradients");
        }
    }

    /** Refuses tensors that are not of one shape and one floating type, and a gradient of {@link BottleneckGradient#NONE}. */
    public PerturbAndApply {
        if (!tensor.type().isFloating() || !alike(values, tensor) || !alike(perturbed, tensor)) {
            throw new IllegalArgumentException("the tensors must be of one shape and one floating type: tensor="
                    + tensor + " perturbed=" + perturbed + " values=" + values);
        }
        if (gradient == BottleneckGradient.NONE) {
            throw new IllegalArgumentException("the gradient must be PATHWISE or EXPECTED: gradient=" + gradient);
        }
    }

    private static boolean alike(Tensor a, Tensor b) {
        return a.type() == b.type() && a.shape().equals(b.shape());
    }

    /**
     * Adds fresh noise, uniform on (-1/2, 1/2), and applies a function.
     *
     * @param gradient how {@link #backward} takes the gradient, {@code PATHWISE} or {@code EXPECTED}
     */
    public static PerturbAndApply of(
            PointwiseFunction function, Tensor tensor, RandomGenerator random, BottleneckGradient gradient) {
        return ofPerturbed(function, tensor, Perturbation.addUniformNoise(tensor, random), gradient);
    }

    /** Adds given noise, of the tensor's shape and type, and applies a function. */
    public static PerturbAndApply of(
            PointwiseFunction function, Tensor tensor, Tensor noise, BottleneckGradient gradient) {
        return ofPerturbed(function, tensor, Perturbation.add(tensor, noise), gradient);
    }

    private static PerturbAndApply ofPerturbed(
            PointwiseFunction function, Tensor tensor, Tensor perturbed, BottleneckGradient gradient) {
        Tensor values = Tensor.zeros(ElementType.FLOAT64, tensor.shape());
        for (int i = 0; i < values.size(); i++) {
            values.doubles()[i] = function.value(perturbed.get(i));
        }
        return new PerturbAndApply(values.to(tensor.type()), perturbed, tensor, function, gradient);
    }

    /** Equivalent to {@code backward(byValues, null)}. */
    public Tensor backward(Tensor byValues) {
        return backward(byValues, null);
    }

    /**
     * The gradient by the tensor, of its shape and type.
     *
     * @param byValues a loss's derivatives by {@link #values}, of their shape
     * @param byPerturbed its derivatives by {@link #perturbed}, which pass straight through; null for none
     */
    public Tensor backward(Tensor byValues, @Nullable Tensor byPerturbed) {
        requireShape("byValues", byValues);
        Tensor byTensor = Tensor.zeros(ElementType.FLOAT64, tensor.shape());
        for (int i = 0; i < byTensor.size(); i++) {
            double x = tensor.get(i);
            double slope = gradient == BottleneckGradient.EXPECTED
                    ? function.value(x + 0.5) - function.value(x - 0.5)
                    : function.derivative(perturbed.get(i));
            byTensor.doubles()[i] = byValues.get(i) * slope;
        }
        if (byPerturbed != null) {
            requireShape("byPerturbed", byPerturbed);
            for (int i = 0; i < byTensor.size(); i++) {
                byTensor.doubles()[i] += byPerturbed.get(i);
            }
        }
        return byTensor.to(tensor.type());
    }

    private void requireShape(String name, Tensor given) {
        if (!given.shape().equals(tensor.shape())) {
            throw new IllegalArgumentException(
                    name + " must have the tensor's shape: " + name + "=" + given + " tensor=" + tensor);
        }
    }
}
