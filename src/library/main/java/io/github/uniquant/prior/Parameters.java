package io.github.uniquant.prior;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Checks on the parameters of priors. */
final class Parameters {
    private Parameters() {}

    /** A copy of a float32 or float64 tensor's values, all finite. */
    static double[] finite(String name, Tensor values) {
        if (values.type() != ElementType.FLOAT32 && values.type() != ElementType.FLOAT64) {
            throw new IllegalArgumentException("parameters must be float32 or float64: parameter=" + name + " type="
                    + values.type().id());
        }
        double[] copy = values.toDoubles();
        for (int i = 0; i < copy.length; i++) {
            if (!Double.isFinite(copy[i])) {
                throw new IllegalArgumentException(
                        "parameters must be finite: parameter=" + name + " element=" + i + " value=" + copy[i]);
            }
        }
        return copy;
    }

    /** As {@link #finite}, and all larger than 0. */
    static double[] positive(String name, Tensor values) {
        double[] copy = finite(name, values);
        for (int i = 0; i < copy.length; i++) {
            if (!(copy[i] > 0)) {
                throw new IllegalArgumentException(
                        "a scale must be larger than 0: parameter=" + name + " element=" + i + " value=" + copy[i]);
            }
        }
        return copy;
    }

    /** Refuses tensors that differ in shape or type. */
    static void sameShape(String firstName, Tensor first, String secondName, Tensor second) {
        if (!first.shape().equals(second.shape()) || first.type() != second.type()) {
            throw new IllegalArgumentException("parameters must have the same shape and type: " + firstName + "="
                    + first + " " + secondName + "=" + second);
        }
    }

    /** A tensor that shares nothing with the one given. */
    static Tensor copy(Tensor values) {
        return values.type() == ElementType.FLOAT32
                ? Tensor.of(values.shape(), values.floats().clone())
                : Tensor.of(values.shape(), values.doubles().clone());
    }

    /** The value of the parameter of this name. */
    static Tensor named(List<Variable> parameters, String name) {
        for (Variable parameter : parameters) {
            if (parameter.name().equals(name)) {
                return parameter.value();
            }
        }
        throw new IllegalArgumentException("the parameter must be given: name=" + name + " given="
                + parameters.stream().map(Variable::name).toList());
    }

    /** Refuses a list of values that does not match the parameters in count, types and shapes. */
    static void checkReplacement(List<Variable> parameters, List<Tensor> values) {
        if (values.size() != parameters.size()) {
            throw new IllegalArgumentException("there must be one value for each parameter: values=" + values.size()
                    + " parameters=" + parameters.size());
        }
        for (int i = 0; i < values.size(); i++) {
            sameShape(parameters.get(i).name(), parameters.get(i).value(), "replacement", values.get(i));
        }
    }

    /** Refuses a run of values that is not within its arrays, or begins with an element that there is not. */
    static void checkRun(
            int elements, double[] x, int xOffset, int firstElement, int count, double[] out, int outOffset) {
        boolean fits = count >= 0
                && xOffset >= 0
                && xOffset <= x.length - count
                && outOffset >= 0
                && outOffset <= out.length - count;
        if (!fits || count > 0 && (firstElement < 0 || firstElement >= elements)) {
            throw new IllegalArgumentException(
                    "a run must be within its arrays and begin with an element: count=" + count
                            + " xOffset=" + xOffset + " xLength=" + x.length + " outOffset=" + outOffset + " outLength="
                            + out.length + " firstElement=" + firstElement + " elements=" + elements);
        }
    }

    /** The shape without its last axis. */
    static Shape withoutLastAxis(String name, Tensor values) {
        int rank = values.shape().rank();
        if (rank == 0 || values.shape().dim(rank - 1) == 0) {
            throw new IllegalArgumentException(
                    "a mixture needs a last axis of components: parameter=" + name + " shape=" + values.shape());
        }
        return values.shape().leading(rank - 1);
    }

    /**
     * Refuses ranges that do not fit their arrays, and gradients that do not match the parameters in count and sizes.
     *
     * @param sizes the number of values of each parameter
     */
    static void checkGradients(
            int size,
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients,
            int[] sizes) {
        checkRanges(size, y, yOffset, firstElement, count, weights, weightsOffset, dy, dyOffset);
        boolean matches = parameterGradients.length == sizes.length;
        for (int v = 0; matches && v < sizes.length; v++) {
            matches = parameterGradients[v].length == sizes[v];
        }
        if (!matches) {
            throw new IllegalArgumentException(
                    "there must be one array of gradients for each parameter, as long as it has"
                            + " values: gradients="
                            + Arrays.stream(parameterGradients)
                                    .map(array -> array.length)
                                    .toList() + " parameters="
                            + Arrays.toString(sizes));
        }
    }

    /** Refuses ranges that do not fit their arrays. */
    static void checkRanges(
            int size,
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double[] dy,
            int dyOffset) {
        Objects.checkFromIndexSize(yOffset, count, y.length);
        Objects.checkFromIndexSize(weightsOffset, count, weights.length);
        Objects.checkFromIndexSize(dyOffset, count, dy.length);
        if (count > 0) {
            Objects.checkIndex(firstElement, size);
        }
    }
}
