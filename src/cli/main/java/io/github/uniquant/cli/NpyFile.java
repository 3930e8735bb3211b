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
 * Fortran order are read; little-endian elements in C order are written.
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

    /** The float16, float32 or float64 array in the bytes of a file. */
    static Tensor floats(MemorySegment file) {
        NpyHeader header = NpyHeader.read(file);
        if (header.kind() != 'f') {
            throw new IllegalArgumentException("the array must be float16, float32 or float64: descr=" + header.descr()
                    + " (save it with astype(numpy.float32) or astype(numpy.float64))");
        }
        Shape shape = header.shape();
        int n = elements(shape);
        long from = header.dataOffset();
        return switch (header.itemBytes()) {
            case Short.BYTES -> {
                short[] bits = new short[n];
                MemorySegment.copy(file, shorts(header.order()), from, bits, 0, n);
                yield Tensor.ofFloat16(shape, header.fortranOrder() ? toRowMajor(bits, new short[n], shape) : bits);
            }
            case Float.BYTES -> {
                float[] values = new float[n];
                MemorySegment.copy(file, floats(header.order()), from, values, 0, n);
                yield Tensor.of(shape, header.fortranOrder() ? toRowMajor(values, new float[n], shape) : values);
            }
            default -> {
                double[] values = new double[n];
                MemorySegment.copy(file, doubles(header.order()), from, values, 0, n);
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
        for (int i = 0; i < values.length; i++) {
            long value = integer(file, header, i);
            if ((int) value != value) {
                throw new IllegalArgumentException(
                        "every element must be a 32-bit integer: element=" + i + " value=" + value);
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
                short value = file.get(shorts(order), at);
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
        if (shape.elements() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "a tensor must have less than 2^31 elements: elements=" + shape.elements() + " shape=" + shape);
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
        out.write(NpyHeader.bytes(descr(tensor.type()), tensor.shape()));
        byte[] chunk = new byte[CHUNK_BYTES];
        MemorySegment segment = MemorySegment.ofArray(chunk);
        int perChunk = CHUNK_BYTES / tensor.type().bytes();
        for (int from = 0, n; from < tensor.size(); from += n) {
            n = Math.min(perChunk, tensor.size() - from);
            switch (tensor.type()) {
                case FLOAT16, BFLOAT16 ->
                    MemorySegment.copy(tensor.shorts(), from, segment, shorts(ByteOrder.LITTLE_ENDIAN), 0, n);
                case FLOAT32 ->
                    MemorySegment.copy(tensor.floats(), from, segment, floats(ByteOrder.LITTLE_ENDIAN), 0, n);
                case FLOAT64 ->
                    MemorySegment.copy(tensor.doubles(), from, segment, doubles(ByteOrder.LITTLE_ENDIAN), 0, n);
                case INT32 ->
                    MemorySegment.copy(
                            tensor.ints(),
                            from,
                            segment,
                            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                            0,
                            n);
            }
            out.write(chunk, 0, n * tensor.type().bytes());
        }
    }

    private static String descr(ElementType type) {
        return switch (type) {
            case FLOAT16 -> "<f2";
            case FLOAT32 -> "<f4";
            case FLOAT64 -> "<f8";
            case INT32 -> "<i4";
            case BFLOAT16 ->
                throw new IllegalArgumentException("the tensor must be of a type that .npy files have: type=bfloat16");
        };
    }

    private static ValueLayout.OfShort shorts(ByteOrder order) {
        return ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
    }

    private static ValueLayout.OfFloat floats(ByteOrder order) {
        return ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order);
    }

    private static ValueLayout.OfDouble doubles(ByteOrder order) {
        return ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order);
    }
}
