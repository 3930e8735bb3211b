package io.github.uniquant;

import io.github.uniquant.tensor.Tensor;

/** Looks for values that are not finite; the loops over arrays have no branch, so that the compiler makes vectors of them. */
final class FiniteValues {
    private FiniteValues() {}

    /** The index of the first value that is not finite, or -1. */
    static int firstOther(Tensor tensor) {
        return firstOther(tensor, 0, tensor.size());
    }

    /**
     * Refuses elements {@code from .. from + count - 1} of a tensor if one of them is not finite.
     *
     * @param what one of them in words
     * @param name the tensor's
     */
    static void require(Tensor tensor, int from, int count, String what, String name) {
        int bad = firstOther(tensor, from, count);
        if (bad >= 0) {
            throw new IllegalArgumentException(
                    "every " + what + " must be finite: position=" + bad + " " + name + "=" + tensor.get(bad));
        }
    }

    private static int firstOther(Tensor tensor, int from, int count) {
        return areAll(tensor, from, from + count) ? -1 : search(tensor, from, from + count);
    }

    private static boolean areAll(Tensor tensor, int from, int to) {
        return switch (tensor.type()) {
            case FLOAT32 -> areAll(tensor.floats(), from, to);
            case FLOAT64 -> areAll(tensor.doubles(), from, to);
            case FLOAT16, BFLOAT16 -> search(tensor, from, to) < 0;
            case INT32 -> true;
        };
    }

    private static boolean areAll(float[] values, int from, int to) {
        float largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return Float.isFinite(largest); // not a number where one is not
    }

    private static boolean areAll(double[] values, int from, int to) {
        double largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return Double.isFinite(largest);
    }

    private static int search(Tensor tensor, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!Double.isFinite(tensor.get(i))) {
                return i;
            }
        }
        return -1;
    }
}
