package io.github.uniquant.container;

import io.github.uniquant.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes the fields of a block to memory. Integers of fixed size are little-endian; varints are unsigned LEB128. */
final class BlockWriter {
    private byte[] bytes = new byte[256];
    private ByteBuffer view = view(bytes);
    private int size;

    private static ByteBuffer view(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Makes room for {@code count} bytes; returns the index of the first. */
    private int claim(int count) {
        int at = size;
        long end = (long) at + count;
        if (end > bytes.length) {
            if (end > Shape.MAX_ARRAY_LENGTH) {
                throw new IllegalArgumentException("a block must have less than 2^31 bytes: bytes=" + end);
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(Math.max(end, bytes.length * 2L), Shape.MAX_ARRAY_LENGTH));
            view = view(bytes);
        }
        size = (int) end;
        return at;
    }

    void u8(int value) {
        int at = claim(1);
        bytes[at] = (byte) value;
    }

    void i16(short value) {
        int at = claim(Short.BYTES);
        view.putShort(at, value);
    }

    void i32(int value) {
        int at = claim(Integer.BYTES);
        view.putInt(at, value);
    }

    void i64(long value) {
        int at = claim(Long.BYTES);
        view.putLong(at, value);
    }

    void f32(float value) {
        i32(Float.floatToRawIntBits(value));
    }

    void f64(double value) {
        i64(Double.doubleToRawLongBits(value));
    }

    /** Seven bits a byte from the lowest on; the top bit of a byte says that another follows. */
    void varint(long unsigned) {
        long rest = unsigned;
        while ((rest & ~0x7FL) != 0) {
            u8((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        u8((int) rest);
    }

    /** A signed integer as a varint: 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
    void zigzag(long value) {
        varint(value << 1 ^ value >> 63);
    }

    void bytes(byte[] values, int offset, int length) {
        int at = claim(length);
        System.arraycopy(values, offset, bytes, at, length);
    }

    /** The length in bytes as a varint, then UTF-8. */
    void string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (!new String(utf8, StandardCharsets.UTF_8).equals(text)) {
            throw new IllegalArgumentException("a string must be valid Unicode: string=" + text);
        }
        varint(utf8.length);
        bytes(utf8, 0, utf8.length);
    }

    int size() {
        return size;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }
}
