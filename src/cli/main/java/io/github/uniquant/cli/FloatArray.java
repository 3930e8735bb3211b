package io.github.uniquant.cli;

import io.github.uniquant.fit.Samples;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A tensor where it lies in memory, which may be more than the heap holds.
 *
 * @param type float16, float32 or float64
 * @param values the elements in row-major order and the machine's byte order
 */
record FloatArray(ElementType type, Shape shape, MemorySegment values) {
    private static final long CHUNK = 1 << 20;
    private static final double INT_LIMIT = 0x1p31;

    /** The elements of a tensor, without a copy. */
    static FloatArray of(Tensor tensor) {
        MemorySegment values = switch (tensor.type()) {
            case FLOAT16 -> MemorySegment.ofArray(tensor.shorts());
            case FLOAT32 -> MemorySegment.ofArray(tensor.floats());
            case FLOAT64 -> MemorySegment.ofArray(tensor.doubles());
            case BFLOAT16, INT32 -> throw new AssertionError(tensor.type());
        };
        return new FloatArray(tensor.type(), tensor.shape(), values);
    }

    /** Adds all elements to samples of this type, a few rows of priors at a time. */
    void addTo(Samples samples) {
        Shape prior = samples.priorShape();
        if (shape.rank() < prior.rank() || !shape.trailing(prior.rank()).equals(prior)) {
            throw new IllegalArgumentException(
                    "the tensor must end in the prior's shape: shape=" + shape + " priorShape=" + prior);
        }
        if (shape.elements() == 0) {
            return;
        }
        long rows = shape.elements() / prior.elements();
        long most = Math.max(CHUNK / prior.elements(), 1);
        for (long row = 0; row < rows; row += most) {
            int count = (int) Math.min(most, rows - row);
            samples.add(slice(row * prior.elements(), Shape.of(count).concat(prior)));
        }
    }

    /** A copy of a run of elements. */
    private Tensor slice(long first, Shape sliceShape) {
        long bytes = switch (type) {
            case FLOAT16 -> Short.BYTES;
            case FLOAT32 -> Float.BYTES;
            case FLOAT64 -> Double.BYTES;
            case BFLOAT16, INT32 -> throw new AssertionError(type);
        };
        MemorySegment slice = values.asSlice(first * bytes, sliceShape.elements() * bytes);
        return switch (type) {
            case FLOAT16 -> Tensor.ofFloat16(sliceShape, slice.toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
            case FLOAT32 -> Tensor.of(sliceShape, slice.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
            case FLOAT64 -> Tensor.of(sliceShape, slice.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED));
            case BFLOAT16, INT32 -> throw new AssertionError(type);
        };
    }

    /** Refuses a value that, divided by the step, is beyond an int32. */
    void requireInt32Range(double step) {
        for (long i = 0; i < shape.elements(); i++) {
            double value = get(i) / step;
            if (!(Math.abs(value) <= INT_LIMIT)) {
                throw new IllegalArgumentException("every value divided by the step must be at most 2^31 in magnitude:"
                        + " index=" + Arrays.toString(index(i)) + " value=" + value);
            }
        }
    }

    /** The largest magnitude, 0 in an empty tensor. A value that is not finite is refused with its index. */
    double largestMagnitude() {
        double largest = 0;
        for (long i = 0; i < shape.elements(); i++) {
            double value = get(i);
            double magnitude = Math.abs(value);
            if (!(magnitude <= Double.MAX_VALUE)) {
                throw new IllegalArgumentException(
                        "every value must be finite: index=" + Arrays.toString(index(i)) + " value=" + value);
            }
            largest = Math.max(largest, magnitude);
        }
        return largest;
    }

    private double get(long i) {
        return switch (type) {
            case FLOAT16 -> Float.float16ToFloat(values.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * Short.BYTES));
            case FLOAT32 -> values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * Float.BYTES);
            case FLOAT64 -> values.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * Double.BYTES);
            case BFLOAT16, INT32 -> throw new AssertionError(type);
        };
    }

    /** The index of element {@code i} along each axis. */
    private int[] index(long i) {
        int[] index = new int[shape.rank()];
        long rest = i;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            index[axis] = (int) (rest % shape.dim(axis));
            rest /= shape.dim(axis);
        }
        return index;
    }
}
