package io.github.uniquant;

import io.github.uniquant.tensor.Tensor;

/** Looks for values that are not finite; the loops over arrays have no branch, so that the compiler makes vectors of them. */
final class FiniteValues {
    private FiniteValues() {}

    /** The index of the first value that is not finite, or -1. */
    static int firstOther(Tensor tensor) {
        return areAll(tensor) ? -1 : search(tensor);
    }

    private static boolean areAll(Tensor tensor) {
        return switch (tensor.type()) {
            case FLOAT32 -> areAll(tensor.floats());
            case FLOAT64 -> areAll(tensor.doubles());
            case FLOAT16, BFLOAT16 -> search(tensor) < 0;
            case INT32 -> true;
        };
    }

    private static boolean areAll(float[] values) {
        int largest = 0; // bits of magnitudes, in their order
        for (float value : values) {
            largest = Math.max(largest, Float.floatToRawIntBits(value) & Integer.MAX_VALUE);
        }
        return largest <= Float.floatToRawIntBits(Float.MAX_VALUE);
    }

    private static boolean areAll(double[] values) {
        long largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Double.doubleToRawLongBits(value) & Long.MAX_VALUE);
        }
        return largest <= Double.doubleToRawLongBits(Double.MAX_VALUE);
    }

    private static int search(Tensor tensor) {
        for (int i = 0; i < tensor.size(); i++) {
            if (!Double.isFinite(tensor.get(i))) {
                return i;
            }
        }
        return -1;
    }
}
