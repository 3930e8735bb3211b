package io.github.uniquant.fit;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;

/**
 * The values that each element of a prior is to be fitted to, gathered from one tensor or a stream of them: per element a
 * histogram of bounded memory, at most 128 KiB. It is exact for up to 8192 different values of an element, such as
 * quantized data of any number; beyond, its bins are the narrowest powers of two of which no more are occupied.
 *
 * <p>What is fitted depends on the values only: not on their order, on how they were cut into tensors, nor on which of them
 * were gathered apart and {@linkplain #merge merged}. For one thread while values are added; fits may share it.
 */
public final class Samples {
    private final ElementType type;
    private final Shape priorShape;
    private final Histogram[] histograms;

    private Samples(ElementType type, Shape priorShape) {
        if (!type.isFloating()) {
            throw new IllegalArgumentException("the values must be of a floating type: type=" + type.id());
        }
        this.type = type;
        this.priorShape = priorShape;
        this.histograms = new Histogram[priorShape.arrayLength()];
        Arrays.setAll(histograms, element -> new Histogram());
    }

    /**
     * No values yet.
     *
     * @param type the type of the tensors to come
     * @param priorShape their innermost dimensions, one prior element each; a scalar for one in all
     */
    public static Samples of(ElementType type, Shape priorShape) {
        return new Samples(type, priorShape);
    }

    /** Equivalent to {@code of(values.type(), priorShape).add(values)}. */
    public static Samples of(Tensor values, Shape priorShape) {
        checkShape(values.shape(), priorShape); // before there is a histogram for each element
        return of(values.type(), priorShape).add(values);
    }

    /**
     * Adds the elements of a tensor of this type whose shape ends in the prior's. All must be finite; if one is not, none
     * is added.
     */
    public Samples add(Tensor values) {
        if (values.type() != type) {
            throw new IllegalArgumentException("the values must be of the samples' type: type="
                    + values.type().id() + " samples=" + type.id());
        }
        checkShape(values.shape(), priorShape);
        int n = values.size();
        for (int i = 0; i < n; i++) {
            if (!(Math.abs(values.get(i)) <= Double.MAX_VALUE)) {
                throw new IllegalArgumentException(
                        "every value must be finite: element=" + i + " value=" + values.get(i));
            }
        }
        for (int first = 0; first < n; first += histograms.length) {
            for (int element = 0; element < histograms.length; element++) {
                histograms[element].add(values.get(first + element));
            }
        }
        return this;
    }

    private static void checkShape(Shape shape, Shape priorShape) {
        if (shape.rank() < priorShape.rank()
                || !shape.trailing(priorShape.rank()).equals(priorShape)) {
            throw new IllegalArgumentException(
                    "the tensor must end in the prior's shape: shape=" + shape + " priorShape=" + priorShape);
        }
    }

    /** Adds all values of other samples of the same type and prior shape, which stay as they are. */
    public Samples merge(Samples other) {
        if (other.type != type || !other.priorShape.equals(priorShape) || other == this) {
            throw new IllegalArgumentException(
                    "samples must be of one type and prior shape, and others than these: type="
                            + type.id() + " priorShape=" + priorShape + " otherType=" + other.type.id()
                            + " otherPriorShape="
                            + other.priorShape);
        }
        for (int element = 0; element < histograms.length; element++) {
            histograms[element].add(other.histograms[element]);
        }
        return this;
    }

    public ElementType type() {
        return type;
    }

    public Shape priorShape() {
        return priorShape;
    }

    /** The number of values of all prior elements together. */
    public long count() {
        long count = 0;
        for (Histogram histogram : histograms) {
            count += histogram.view().total();
        }
        return count;
    }

    /** The largest magnitude of a value; 0 where there is none. */
    public double largestMagnitude() {
        double largest = 0;
        for (Histogram histogram : histograms) {
            double[] values = histogram.view().values();
            if (values.length > 0) {
                largest = Math.max(largest, Math.max(-values[0], values[values.length - 1]));
            }
        }
        return largest;
    }

    Histogram.View histogram(int element) {
        return histograms[element].view();
    }
}
