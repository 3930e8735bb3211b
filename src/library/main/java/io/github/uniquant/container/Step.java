package io.github.uniquant.container;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Tensor;

/**
 * A quantisation step s: values are divided by s before coding and multiplied by it after, so that {@code |x - x_hat| <=
 * s / 2} up to rounding. Each value is rounded once in each direction: float32 and float64 compute in their own type, the
 * half types compute in float32 and round the result. A product beyond the largest finite number of the type is that number
 * with the product's sign: finite values come back as finite ones, within the bound. A step of 1 changes no finite value.
 *
 * @param value s, finite and larger than 0; a float32 for float32 and the half types
 * @param type the type of the values
 */
public record Step(double value, ElementType type) {
    /** Where {@link #resolution} is larger, dithered values are too coarse for their noise to be near uniform. */
    public static final double MAX_RESOLUTION = 1.0 / 64;

    private static final int FLOAT16_MIN_EXPONENT = -14;

    public Step {
        if (!type.isFloating()) {
            throw new IllegalArgumentException("values must be of a floating type: type=" + type.id());
        }
        if (!(value > 0 && Double.isFinite(value)) || type != ElementType.FLOAT64 && (float) value != value) {
            throw new IllegalArgumentException("a step must be finite, larger than 0 and, but for float64, a float32:"
                    + " step=" + value + " type=" + type.id());
        }
    }

    /** A step rounded to the arithmetic of a type: to float32, but for float64. */
    public static Step of(double value, ElementType type) {
        double rounded = type == ElementType.FLOAT64 ? value : (float) value;
        if (type.isFloating() && !(rounded > 0 && Double.isFinite(rounded))) {
            throw new IllegalArgumentException(
                    "a step must be finite and larger than 0, as a float32 too but for float64:" + " step=" + value
                            + " type=" + type.id());
        }
        return new Step(rounded, type);
    }

    /** {@code values / s}. */
    public Tensor divide(Tensor values) {
        SegmentBuffer buffer = buffer(values);
        buffer.divide(this, values.size());
        return buffer.toTensor(values.shape());
    }

    /** {@code values * s}; a product beyond the largest finite number of the type is that number with its sign. */
    public Tensor multiply(Tensor values) {
        SegmentBuffer buffer = buffer(values);
        buffer.multiply(this, values.size());
        return buffer.toTensor(values.shape());
    }

    private SegmentBuffer buffer(Tensor values) {
        requireType(values);
        SegmentBuffer buffer = new SegmentBuffer(type, values.size());
        buffer.load(SegmentBuffer.view(values), 0, values.size());
        return buffer;
    }

    /**
     * The distance between neighbours of the type at the largest magnitude of {@code values / s}, non-finite values left
     * out: what is left of the noise is a multiple of it.
     */
    public double resolution(Tensor values) {
        requireType(values);
        double largest = 0;
        for (int i = 0; i < values.size(); i++) {
            double magnitude = Math.abs(values.get(i));
            largest = Double.isFinite(magnitude) ? Math.max(largest, magnitude) : largest;
        }
        return ulp(largest / value);
    }

    /** Whether the type is too coarse for this step: {@code resolution(values) > 1/64}. A finer step makes it worse. */
    public boolean isTypeTooCoarse(Tensor values) {
        return resolution(values) > MAX_RESOLUTION;
    }

    private double ulp(double magnitude) {
        return switch (type) {
            case FLOAT16 -> ulp(magnitude, 10, FLOAT16_MIN_EXPONENT);
            case BFLOAT16 -> ulp(magnitude, 7, Float.MIN_EXPONENT);
            case FLOAT32 -> ulp(magnitude, 23, Float.MIN_EXPONENT);
            case FLOAT64 -> Math.ulp(magnitude);
            case INT32 -> throw new AssertionError(type);
        };
    }

    private static double ulp(double magnitude, int significandBits, int leastExponent) {
        return Math.scalb(1.0, Math.max(Math.getExponent(magnitude), leastExponent) - significandBits);
    }

    private void requireType(Tensor values) {
        if (values.type() != type) {
            throw new IllegalArgumentException("the tensor must be of the step's type: type="
                    + values.type().id() + " expected=" + type.id());
        }
    }
}
