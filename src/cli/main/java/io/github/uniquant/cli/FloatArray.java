package io.github.uniquant.cli;

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

    /** A copy on the heap. */
    Tensor toTensor() {
        if (shape.elements() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "a tensor must have less than 2^31 elements for its prior to be fitted: shape=" + shape);
        }
        return switch (type) {
            case FLOAT16 -> Tensor.ofFloat16(shape, values.toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
            case FLOAT32 -> Tensor.of(shape, values.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
            case FLOAT64 -> Tensor.of(shape, values.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED));
            case BFLOAT16, INT32 -> throw new AssertionError(type);
        };
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
