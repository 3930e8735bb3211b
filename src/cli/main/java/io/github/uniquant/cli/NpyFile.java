package io.github.uniquant.cli;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Arrays in NumPy's {@code .npy} files; {@link NpyHeader} has the layout. Elements of either byte order and in C or
 * Fortran order are read; elements in the machine's byte order and in C order are written.
 */
final class NpyFile {
    private static final int CHUNK_BYTES = 1 << 16;

    private NpyFile() {}

    /** Reads a float16, float32 or float64 array. */
    static Tensor readFloats(Path file) {
        return InputFile.read(file, NpyFile::floats);
    }

    /** Reads an array of integers, all of which must be 32-bit integers, as int32. */
    static Tensor readInts(Path file) {
        return InputFile.read(file, NpyFile::ints);
    }

    /** The float16, float32 or float64 array in the bytes of a file, copied. */
    static Tensor floats(MemorySegment file) {
        return floats(file, floatHeader(file));
    }

    /** The float16, float32 or float64 array in the bytes of a file, without a copy where its layout is the machine's. */
    static FloatArray floatArray(MemorySegment file) {
        NpyHeader header = floatHeader(file);
        if (header.fortranOrder() || header.order() != ByteOrder.nativeOrder()) {
            return FloatArray.of(floats(file, header));
        }
        ElementType type = switch (header.itemBytes()) {
            case Short.BYTES -> ElementType.FLOAT16;
            case Float.BYTES -> ElementType.FLOAT32;
            default -> ElementType.FLOAT64;
        };
        return new FloatArray(type, header.shape(), file.asSlice(header.dataOffset()));
    }

    private static NpyHeader floatHeader(MemorySegment file) {
        NpyHeader header = NpyHeader.read(file);
        if (header.kind() != 'f') {
            throw new IllegalArgumentException("the array must be float16, float32 or float64: descr=" + header.descr()
                    + " (save it with astype(numpy.float32) or astype(numpy.float64))");
        }
        return header;
    }

    private static Tensor floats(MemorySegment file, NpyHeader header) {
        Shape shape = header.shape();
        int n = elements(shape);
        long from = header.dataOffset();
        ByteOrder order = header.order();
        return switch (header.itemBytes()) {
            case Short.BYTES -> {
                short[] bits = new short[n];
                MemorySegment.copy(file, ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order), from, bits, 0, n);
                yield Tensor.ofFloat16(shape, header.fortranOrder() ? toRowMajor(bits, new short[n], shape) : bits);
            }
            case Float.BYTES -> {
                float[] values = new float[n];
                MemorySegment.copy(file, ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order), from, values, 0, n);
                yield Tensor.of(shape, header.fortranOrder() ? toRowMajor(values, new float[n], shape) : values);
            }
            default -> {
                double[] values = new double[n];
                MemorySegment.copy(file, ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order), from, values, 0, n);
                yield Tensor.of(shape, header.fortranOrder() ? toRowMajor(values, new double[n], shape) : values);
            }
        };
    }

    /** The integers in the bytes of a file, as int32. */
    static Tensor ints(MemorySegment file) {
        NpyHeader header = NpyHeader.read(file);
        if (header.kind() == 'f') {
            throw new IllegalArgumentException("the array must be of integers: descr=" + header.descr());
        }
        Shape shape = header.shape();
        int[] values = new int[elements(shape)];
        boolean unsigned = header.kind() == 'u';
        for (int i = 0; i < values.length; i++) {
            long value = integer(file, header, i);
            if ((int) value != value || unsigned && value < 0) { // negative from 2^63 on
                throw new IllegalArgumentException("every element must be a 32-bit integer: element=" + i + " value="
                        + (unsigned ? Long.toUnsignedString(value) : Long.toString(value)));
            }
            values[i] = (int) value;
        }
        return Tensor.of(shape, header.fortranOrder() ? toRowMajor(values, new int[values.length], shape) : values);
    }

    private static long integer(MemorySegment file, NpyHeader header, int i) {
        long at = header.dataOffset() + (long) i * header.itemBytes();
        ByteOrder order = header.order();
        boolean signed = header.kind() == 'i';
        return switch (header.itemBytes()) {
            case Byte.BYTES -> {
                byte value = file.get(ValueLayout.JAVA_BYTE, at);
                yield signed ? value : Byte.toUnsignedInt(value);
            }
            case Short.BYTES -> {
                short value = file.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order), at);
                yield signed ? value : Short.toUnsignedInt(value);
            }
            case Integer.BYTES -> {
                int value = file.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), at);
                yield signed ? value : Integer.toUnsignedLong(value);
            }
            default -> file.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order), at);
        };
    }

    private static int elements(Shape shape) {
        if (shape.elements() > Shape.MAX_ARRAY_LENGTH) {
            throw new IllegalArgumentException("an array that is not used where it lies must have less than 2^31"
                    + " elements: elements=" + shape.elements() + " shape=" + shape);
        }
        return (int) shape.elements();
    }

    /**
     * Copies an array of a shape from Fortran order to C order.
     *
     * @param source any primitive array
     * @param target another of the same type and length
     */
    private static <T> T toRowMajor(T source, T target, Shape shape) {
        int rank = shape.rank();
        int[] index = new int[rank];
        long[] stride = new long[rank];
        long product = 1;
        for (int axis = 0; axis < rank; axis++) {
            stride[axis] = product;
            product *= shape.dim(axis);
        }
        long from = 0;
        for (int to = 0; to < shape.elements(); to++) {
            System.arraycopy(source, (int) from, target, to, 1);
            int axis = rank - 1;
            while (axis >= 0 && ++index[axis] == shape.dim(axis)) {
                from -= (shape.dim(axis) - 1) * stride[axis];
                index[axis--] = 0;
            }
            from += axis < 0 ? 0 : stride[axis];
        }
        return target;
    }

    /** Writes a tensor to a file, aside first. */
    static void write(Path file, Tensor tensor) {
        OutputFile.write(file, out -> write(out, tensor));
    }

    /** Writes a tensor as NumPy does; there is no {@code .npy} type for bfloat16. */
    static void write(OutputStream out, Tensor tensor) throws IOException {
        MemorySegment values = switch (tensor.type()) {
            case FLOAT16, BFLOAT16 -> MemorySegment.ofArray(tensor.shorts());
            case FLOAT32 -> MemorySegment.ofArray(tensor.floats());
            case FLOAT64 -> MemorySegment.ofArray(tensor.doubles());
            case INT32 -> MemorySegment.ofArray(tensor.ints());
        };
        write(out, tensor.type(), tensor.shape(), values);
    }

    /** Writes elements that lie in memory in row-major order and the machine's byte order. */
    static void write(OutputStream out, ElementType type, Shape shape, MemorySegment values) throws IOException {
        String order = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "<" : ">";
        out.write(NpyHeader.bytes(order + descr(type), shape));
        byte[] chunk = new byte[CHUNK_BYTES];
        for (long from = 0, n; from < values.byteSize(); from += n) {
            n = Math.min(CHUNK_BYTES, values.byteSize() - from);
            MemorySegment.copy(values, ValueLayout.JAVA_BYTE, from, chunk, 0, (int) n);
            out.write(chunk, 0, (int) n);
        }
    }

    private static String descr(ElementType type) {
        return switch (type) {
            case FLOAT16 -> "f2";
            case FLOAT32 -> "f4";
            case FLOAT64 -> "f8";
            case INT32 -> "i4";
            case BFLOAT16 ->
                throw new IllegalArgumentException("the tensor must be of a type that .npy files have: type=bfloat16");
        };
    }
}
