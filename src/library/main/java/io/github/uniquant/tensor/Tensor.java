package io.github.uniquant.tensor;

import java.util.Arrays;
import java.util.Objects;

/**
 * A dense tensor in row-major order: a shape over a Java array. It wraps the array it is given, without a copy; whoever
 * shares the array shares the elements.
 */
public final class Tensor {
    private final ElementType type;
    private final Shape shape;
    private final Object data; // float[], double[], int[] or, for the half types, short[]

    private Tensor(ElementType type, Shape shape, Object data, int length) {
        if (shape.elements() != length) {
            throw new IllegalArgumentException("the array must have one value for each element of the shape: length="
                    + length + " shape=" + shape);
        }
        this.type = type;
        this.shape = shape;
        this.data = data;
    }

    /** Wraps {@code values} as a float32 tensor. */
    public static Tensor of(Shape shape, float... values) {
        return new Tensor(ElementType.FLOAT32, shape, values, values.length);
    }

    /** Wraps {@code values} as a float64 tensor. */
    public static Tensor of(Shape shape, double... values) {
        return new Tensor(ElementType.FLOAT64, shape, values, values.length);
    }

    /** Wraps {@code values} as an int32 tensor; so {@code of(shape, 1, 2)} is one, and {@code of(shape, 1f, 2)} a float32. */
    public static Tensor of(Shape shape, int... values) {
        return new Tensor(ElementType.INT32, shape, values, values.length);
    }

    /** Wraps binary16 bits as a float16 tensor. */
    public static Tensor ofFloat16(Shape shape, short... bits) {
        return new Tensor(ElementType.FLOAT16, shape, bits, bits.length);
    }

    /** Wraps bfloat16 bits as a bfloat16 tensor. */
    public static Tensor ofBfloat16(Shape shape, short... bits) {
        return new Tensor(ElementType.BFLOAT16, shape, bits, bits.length);
    }

    /** A tensor of zeros. The shape may have at most as many elements as {@link Shape#arrayLength} allows. */
    public static Tensor zeros(ElementType type, Shape shape) {
        int n = shape.arrayLength();
        return switch (type) {
            case FLOAT16 -> ofFloat16(shape, new short[n]);
            case BFLOAT16 -> ofBfloat16(shape, new short[n]);
            case FLOAT32 -> of(shape, new float[n]);
            case FLOAT64 -> of(shape, new double[n]);
            case INT32 -> of(shape, new int[n]);
        };
    }

    public ElementType type() {
        return type;
    }

    public Shape shape() {
        return shape;
    }

    /** The number of elements. */
    public int size() {
        return (int) shape.elements();
    }

    /** Element {@code i} in row-major order; exact for every type. */
    public double get(int i) {
        return switch (type) {
            case FLOAT16 -> Float.float16ToFloat(((short[]) data)[i]);
            case BFLOAT16 -> Bfloat16.toFloat(((short[]) data)[i]);
            case FLOAT32 -> ((float[]) data)[i];
            case FLOAT64 -> ((double[]) data)[i];
            case INT32 -> ((int[]) data)[i];
        };
    }

    /** The array behind a float32 tensor. */
    public float[] floats() {
        return (float[]) dataOf(type == ElementType.FLOAT32, "float32");
    }

    /** The array behind a float64 tensor. */
    public double[] doubles() {
        return (double[]) dataOf(type == ElementType.FLOAT64, "float64");
    }

    /** The array behind an int32 tensor. */
    public int[] ints() {
        return (int[]) dataOf(type == ElementType.INT32, "int32");
    }

    /** The bits behind a float16 or bfloat16 tensor. */
    public short[] shorts() {
        return (short[]) dataOf(type == ElementType.FLOAT16 || type == ElementType.BFLOAT16, "float16 or bfloat16");
    }

    private Object dataOf(boolean matches, String wanted) {
        if (!matches) {
            throw new IllegalArgumentException("the tensor must be " + wanted + ": type=" + type.id());
        }
        return data;
    }

    /** The elements as doubles, in a new array; exact for every type. */
    public double[] toDoubles() {
        double[] values = new double[size()];
        toDoubles(0, values.length, values, 0);
        return values;
    }

    /** Writes {@code count} elements from {@code first} on as doubles; exact for every type. */
    public void toDoubles(int first, int count, double[] out, int outOffset) {
        Objects.checkFromIndexSize(first, count, size());
        Objects.checkFromIndexSize(outOffset, count, out.length);
        switch (type) {
            case FLOAT64 -> System.arraycopy(doubles(), first, out, outOffset, count);
            case FLOAT32 -> {
                float[] floats = floats();
                for (int i = 0; i < count; i++) {
                    out[outOffset + i] = floats[first + i];
                }
            }
            case FLOAT16 -> {
                short[] bits = shorts();
                for (int i = 0; i < count; i++) {
                    out[outOffset + i] = Float.float16ToFloat(bits[first + i]);
                }
            }
            case BFLOAT16 -> {
                short[] bits = shorts();
                for (int i = 0; i < count; i++) {
                    out[outOffset + i] = Bfloat16.toFloat(bits[first + i]);
                }
            }
            case INT32 -> {
                int[] ints = ints();
                for (int i = 0; i < count; i++) {
                    out[outOffset + i] = ints[first + i];
                }
            }
        }
    }

    /**
     * The same elements in another type, each rounded once, to the nearest and on ties to even; this tensor itself where
     * the type is the same. Conversion to int32 is refused unless every element is an int32.
     */
    public Tensor to(ElementType target) {
        if (target == type) {
            return this;
        }
        Tensor result = zeros(target, shape);
        for (int i = 0; i < size(); i++) {
            double value = get(i);
            switch (target) {
                case FLOAT16 -> ((short[]) result.data)[i] = Float.floatToFloat16(roundToOdd(value));
                case BFLOAT16 -> ((short[]) result.data)[i] = Bfloat16.fromFloat(roundToOdd(value));
                case FLOAT32 -> ((float[]) result.data)[i] = (float) value;
                case FLOAT64 -> ((double[]) result.data)[i] = value;
                case INT32 -> {
                    if ((int) value != value) {
                        throw new IllegalArgumentException(
                                "every element must be an int32: element=" + i + " value=" + value);
                    }
                    ((int[]) result.data)[i] = (int) value;
                }
            }
        }
        return result;
    }

    /** Rounding to odd keeps the information that a second rounding, to a half type, needs to be right. */
    private static float roundToOdd(double value) {
        float nearest = (float) value;
        if (nearest == value || Double.isNaN(value) || Float.isInfinite(nearest)) {
            return nearest;
        }
        int bits = Float.floatToRawIntBits(nearest);
        if ((bits & 1) != 0) {
            return nearest;
        }
        boolean magnitudeRoundedUp = Math.abs((double) nearest) > Math.abs(value);
        return Float.intBitsToFloat(magnitudeRoundedUp ? bits - 1 : bits + 1);
    }

    /** The same array under another shape of as many elements. */
    public Tensor reshape(Shape newShape) {
        return new Tensor(type, newShape, data, size());
    }

    /** Equal type, shape and elements: zeros of different signs differ; in float32 and float64 all NaNs are equal. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Tensor tensor
                && type == tensor.type
                && shape.equals(tensor.shape)
                && Objects.deepEquals(data, tensor.data);
    }

    @Override
    public int hashCode() {
        return 31 * Objects.hash(type, shape) + Arrays.deepHashCode(new Object[] {data});
    }

    @Override
    public String toString() {
        return "Tensor[type=" + type.id() + ", shape=" + shape + "]";
    }
}
