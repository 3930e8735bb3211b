package io.github.uniquant.coder.runlength;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/** Packs bits into bytes it owns, from the lowest bit of the first byte up, eight bytes at a store. */
final class BitWriter {
    /** The most bits of one {@link #put}: with up to 7 that wait for their byte to fill, fewer than 64. */
    static final int MOST_BITS = 56;

    private static final int MAX_BYTES = Integer.MAX_VALUE - 8; // the longest array
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes = new byte[256];
    private int at; // whole bytes written
    private long pending; // the bits of bytes[at], the others zero
    private int pendingBits; // 0 to 7

    void clear() {
        at = 0;
        pending = 0;
        pendingBits = 0;
    }

    /** Appends the lowest {@code count} bits of {@code bits}, the others of which are zero; at most {@link #MOST_BITS}. */
    void put(long bits, int count) {
        if (at > bytes.length - Long.BYTES) {
            grow();
        }
        long filled = pending | bits << pendingBits;
        int filledBits = pendingBits + count;
        LONG.set(bytes, at, filled);
        at += filledBits >>> 3;
        pending = filled >>> (filledBits & ~7);
        pendingBits = filledBits & 7;
    }

    /** Appends the code of {@code v}: gamma where {@code parameter} is negative, else rice. */
    void putCode(int parameter, long v) {
        int low = parameter < 0 ? 63 - Long.numberOfLeadingZeros(v) : parameter; // bits after the one
        long zeros = parameter < 0 ? low : v >>> low;
        long lowBits = v & (1L << low) - 1;
        if (zeros + 1 + low <= MOST_BITS) {
            put((lowBits << 1 | 1) << zeros, (int) zeros + 1 + low);
        } else {
            putZeros(zeros);
            put(lowBits << 1 | 1, 1 + low);
        }
    }

    private void putZeros(long count) {
        for (; count > MOST_BITS; count -= MOST_BITS) {
            put(0, MOST_BITS);
        }
        put(0, (int) count);
    }

    private void grow() {
        if (at > MAX_BYTES - Long.BYTES) {
            throw new IllegalArgumentException("a string must have less than 2^31 - 16 bytes: bytes>=" + at);
        }
        bytes = Arrays.copyOf(bytes, (int) Math.min(2L * bytes.length, MAX_BYTES));
    }

    /** Bytes written, the last one filled up with zeros. */
    int length() {
        return at + (pendingBits > 0 ? 1 : 0);
    }

    /** Copies what was written. */
    int write(byte[] out, int outOffset, int outLimit) {
        Objects.checkFromToIndex(outOffset, outLimit, out.length);
        int length = length();
        if (length > outLimit - outOffset) {
            throw new IllegalArgumentException("the output must have room for the string: needed=" + length
                    + " available=" + (outLimit - outOffset));
        }
        System.arraycopy(bytes, 0, out, outOffset, length);
        return length;
    }
}
