package io.github.uniquant.container;

import io.github.uniquant.UnitDecoder;
import io.github.uniquant.UnitEncoder;
import io.github.uniquant.tensor.Bfloat16;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The elements of one segment, in an array of their type: the one place of this package that tells the types apart. */
final class SegmentBuffer {
    private static final float LARGEST_FLOAT16 = 65504;
    private static final float LARGEST_BFLOAT16 = 0x1.fep127f;

    private final ElementType type;
    private final float[] floats;
    private final double[] doubles;
    private final short[] shorts;

    SegmentBuffer(ElementType type, int elements) {
        this.type = type;
        floats = new float[type == ElementType.FLOAT32 ? elements : 0];
        doubles = new double[type == ElementType.FLOAT64 ? elements : 0];
        shorts = new short[type == ElementType.FLOAT16 || type == ElementType.BFLOAT16 ? elements : 0];
    }

    /** The memory of a floating tensor. */
    static MemorySegment view(Tensor tensor) {
        return switch (tensor.type()) {
            case FLOAT16, BFLOAT16 -> MemorySegment.ofArray(tensor.shorts());
            case FLOAT32 -> MemorySegment.ofArray(tensor.floats());
            case FLOAT64 -> MemorySegment.ofArray(tensor.doubles());
            case INT32 -> throw new IllegalArgumentException("the tensor must be of a floating type: type=int32");
        };
    }

    /** Takes {@code count} elements from element {@code first} of a segment on. */
    void load(MemorySegment values, long first, int count) {
        long offset = first * type.bytes();
        switch (type) {
            case FLOAT16, BFLOAT16 ->
                MemorySegment.copy(values, ValueLayout.JAVA_SHORT_UNALIGNED, offset, shorts, 0, count);
            case FLOAT32 -> MemorySegment.copy(values, ValueLayout.JAVA_FLOAT_UNALIGNED, offset, floats, 0, count);
            case FLOAT64 -> MemorySegment.copy(values, ValueLayout.JAVA_DOUBLE_UNALIGNED, offset, doubles, 0, count);
            case INT32 -> throw new AssertionError(type);
        }
    }

    /** Puts {@code count} elements to element {@code first} of a segment on. */
    void store(MemorySegment values, long first, int count) {
        long offset = first * type.bytes();
        switch (type) {
            case FLOAT16, BFLOAT16 ->
                MemorySegment.copy(shorts, 0, values, ValueLayout.JAVA_SHORT_UNALIGNED, offset, count);
            case FLOAT32 -> MemorySegment.copy(floats, 0, values, ValueLayout.JAVA_FLOAT_UNALIGNED, offset, count);
            case FLOAT64 -> MemorySegment.copy(doubles, 0, values, ValueLayout.JAVA_DOUBLE_UNALIGNED, offset, count);
            case INT32 -> throw new AssertionError(type);
        }
    }

    /** Divides the first {@code count} elements. */
    void divide(Step step, int count) {
        float narrow = (float) step.value();
        switch (type) {
            case FLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    shorts[i] = Float.floatToFloat16(Float.float16ToFloat(shorts[i]) / narrow);
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    shorts[i] = Bfloat16.fromFloat(Bfloat16.toFloat(shorts[i]) / narrow);
                }
            }
            case FLOAT32 -> {
                for (int i = 0; i < count; i++) {
                    floats[i] /= narrow;
                }
            }
            case FLOAT64 -> {
                for (int i = 0; i < count; i++) {
                    doubles[i] /= step.value();
                }
            }
            case INT32 -> throw new AssertionError(type);
        }
    }

    /** Multiplies the first {@code count} elements; a product beyond the largest finite number is that number. */
    void multiply(Step step, int count) {
        float narrow = (float) step.value();
        switch (type) {
            case FLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    float product = Float.float16ToFloat(shorts[i]) * narrow;
                    shorts[i] = Float.floatToFloat16(within(LARGEST_FLOAT16, product));
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    float product = Bfloat16.toFloat(shorts[i]) * narrow;
                    shorts[i] = Bfloat16.fromFloat(within(LARGEST_BFLOAT16, product));
                }
            }
            case FLOAT32 -> {
                for (int i = 0; i < count; i++) {
                    floats[i] = within(Float.MAX_VALUE, floats[i] * narrow);
                }
            }
            case FLOAT64 -> {
                for (int i = 0; i < count; i++) {
                    double product = doubles[i] * step.value();
                    doubles[i] = Math.max(-Double.MAX_VALUE, Math.min(product, Double.MAX_VALUE));
                }
            }
            case INT32 -> throw new AssertionError(type);
        }
    }

    private static float within(float largest, float product) {
        return Math.max(-largest, Math.min(product, largest));
    }

    /** Codes the first elements as unit {@code number}; returns the bytes written to the start of {@code out}. */
    int encode(UnitEncoder encoder, long number, byte[] out) {
        return switch (type) {
            case FLOAT16, BFLOAT16 -> encoder.encode(number, shorts, 0, out, 0, out.length);
            case FLOAT32 -> encoder.encode(number, floats, 0, out, 0, out.length);
            case FLOAT64 -> encoder.encode(number, doubles, 0, out, 0, out.length);
            case INT32 -> throw new AssertionError(type);
        };
    }

    /** Decodes a string to the first elements. */
    void decode(UnitDecoder decoder, long number, byte[] string, int length) {
        switch (type) {
            case FLOAT16, BFLOAT16 -> decoder.decode(number, string, 0, length, shorts, 0);
            case FLOAT32 -> decoder.decode(number, string, 0, length, floats, 0);
            case FLOAT64 -> decoder.decode(number, string, 0, length, doubles, 0);
            case INT32 -> throw new AssertionError(type);
        }
    }

    /** A tensor of as many elements as the shape has, from the first on. */
    Tensor toTensor(Shape shape) {
        int count = (int) shape.elements();
        return switch (type) {
            case FLOAT16 -> Tensor.ofFloat16(shape, Arrays.copyOf(shorts, count));
            case BFLOAT16 -> Tensor.ofBfloat16(shape, Arrays.copyOf(shorts, count));
            case FLOAT32 -> Tensor.of(shape, Arrays.copyOf(floats, count));
            case FLOAT64 -> Tensor.of(shape, Arrays.copyOf(doubles, count));
            case INT32 -> throw new AssertionError(type);
        };
    }
}
