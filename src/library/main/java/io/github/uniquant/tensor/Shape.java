package io.github.uniquant.tensor;

import java.util.Arrays;

/** The dimensions of a tensor, outermost first. A scalar has rank 0 and one element; a dimension may be 0. */
public final class Shape {
    /** The most elements that an array has on every virtual machine. */
    public static final int MAX_ARRAY_LENGTH = Integer.MAX_VALUE - 8;

    private static final Shape SCALAR = new Shape(new int[0], 1);

    private final int[] dims;
    private final long elements;

    private Shape(int[] dims, long elements) {
        this.dims = dims;
        this.elements = elements;
    }

    /** A shape of these dimensions, each at least 0; their product must fit a {@code long}. */
    public static Shape of(int... dims) {
        long elements = 1;
        boolean empty = false;
        for (int dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("dimensions must be at least 0: shape=" + Arrays.toString(dims));
            }
            empty |= dim == 0;
        }
        for (int dim : dims) {
            if (!empty && elements > Long.MAX_VALUE / dim) {
                throw new IllegalArgumentException(
                        "the number of elements must fit 63 bits: shape=" + Arrays.toString(dims));
            }
            elements *= dim;
        }
        return dims.length == 0 ? SCALAR : new Shape(dims.clone(), empty ? 0 : elements);
    }

    /** The shape of rank 0. */
    public static Shape scalar() {
        return SCALAR;
    }

    public int rank() {
        return dims.length;
    }

    /** The size along an axis, 0 being the outermost. */
    public int dim(int axis) {
        return dims[axis];
    }

    /** The product of the dimensions; 1 for a scalar. */
    public long elements() {
        return elements;
    }

    /**
     * {@link #elements} as the length of an array. That of a batch may be too large although its tensor, of empty units, has no
     * element.
     *
     * @throws IllegalArgumentException beyond {@value #MAX_ARRAY_LENGTH}
     */
    public int arrayLength() {
        if (elements > MAX_ARRAY_LENGTH) {
            throw new IllegalArgumentException("the number of elements must be at most 2^31 - 9: shape=" + this);
        }
        return (int) elements;
    }

    /** A copy of the dimensions. */
    public int[] toArray() {
        return dims.clone();
    }

    /** This shape followed by the dimensions of {@code inner}. */
    public Shape concat(Shape inner) {
        int[] joined = Arrays.copyOf(dims, dims.length + inner.dims.length);
        System.arraycopy(inner.dims, 0, joined, dims.length, inner.dims.length);
        return of(joined);
    }

    /** The {@code n} outermost dimensions. */
    public Shape leading(int n) {
        checkCount(n);
        return of(Arrays.copyOf(dims, n));
    }

    /** The {@code n} innermost dimensions. */
    public Shape trailing(int n) {
        checkCount(n);
        return of(Arrays.copyOfRange(dims, dims.length - n, dims.length));
    }

    private void checkCount(int n) {
        if (n < 0 || n > dims.length) {
            throw new IllegalArgumentException(
                    "the number of dimensions must be from 0 to the rank: n=" + n + " shape=" + this);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** As Python prints a tuple: {@code (2, 3)}, {@code (5,)}, {@code ()}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("(");
        for (int i = 0; i < dims.length; i++) {
            text.append(i > 0 ? ", " : "").append(dims[i]);
        }
        return text.append(dims.length == 1 ? ",)" : ")").toString();
    }
}
