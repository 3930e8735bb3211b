package io.github.uniquant.container;

import io.github.uniquant.coder.MalformedBitstreamException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the fields of a block: the inverse of {@link BlockWriter}. Every read is checked against the end of the block, and
 * every count against the bytes that are left, before anything is allocated.
 */
final class BlockReader {
    private static final int MAX_VARINT_SHIFT = 63;

    private final ByteBuffer block;
    private final long base; // offset of the block in its file

    BlockReader(byte[] block, long base) {
        this.block = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        this.base = base;
    }

    /** Offset in the file of the next field. */
    long offset() {
        return base + block.position();
    }

    int remaining() {
        return block.remaining();
    }

    private void require(int bytes) {
        if (block.remaining() < bytes) {
            throw malformed("a field must end within its block");
        }
    }

    int u8() {
        require(1);
        return block.get() & 0xFF;
    }

    short i16() {
        require(Short.BYTES);
        return block.getShort();
    }

    int i32() {
        require(Integer.BYTES);
        return block.getInt();
    }

    long i64() {
        require(Long.BYTES);
        return block.getLong();
    }

    float f32() {
        return Float.intBitsToFloat(i32());
    }

    double f64() {
        return Double.longBitsToDouble(i64());
    }

    /** An unsigned 64-bit integer in as few bytes as it takes. */
    long varint() {
        long value = 0;
        for (int shift = 0; shift <= MAX_VARINT_SHIFT; shift += 7) {
            int next = u8();
            if (next > 1 && shift == MAX_VARINT_SHIFT || next == 0 && shift > 0) {
                break;
            }
            value |= (next & 0x7FL) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw malformed("a varint must have at most 64 bits and no leading zeros");
    }

    long zigzag() {
        long code = varint();
        return code >>> 1 ^ -(code & 1);
    }

    /** A varint from {@code least} to {@code most}. */
    int varint(String what, int least, int most) {
        long offset = offset();
        long value = varint();
        if (value < least || value > most) {
            throw new MalformedBitstreamException(
                    what + " must be from " + least + " to " + most + ": value=" + Long.toUnsignedString(value),
                    offset);
        }
        return (int) value;
    }

    /** A varint count of items that take at least {@code bytesEach} each. */
    int count(String what, int bytesEach) {
        long offset = offset();
        long value = varint();
        if (value < 0 || value > block.remaining() / bytesEach) {
            throw new MalformedBitstreamException(
                    what + " must fit the block: count=" + Long.toUnsignedString(value) + " remaining="
                            + block.remaining(),
                    offset);
        }
        return (int) value;
    }

    String string() {
        long offset = offset();
        byte[] utf8 = new byte[count("the bytes of a string", 1)];
        block.get(utf8);
        String text = new String(utf8, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), utf8)) {
            throw new MalformedBitstreamException("a string must be UTF-8", offset);
        }
        return text;
    }

    void requireEnd() {
        if (block.hasRemaining()) {
            throw malformed("a block must end with its last field: remaining=" + block.remaining());
        }
    }

    MalformedBitstreamException malformed(String reason) {
        return new MalformedBitstreamException(reason, offset());
    }
}
