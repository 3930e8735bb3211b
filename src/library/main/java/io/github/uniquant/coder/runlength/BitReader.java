package io.github.uniquant.coder.runlength;

import io.github.uniquant.coder.MalformedBitstreamException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Takes bits from bytes, from the lowest bit of the first byte up. Past the end
 * there are zeros, which cannot be consumed.
 */
final class BitReader {
    /** Bits of a window that are always valid: those of eight bytes, less up to 7 of the first that were consumed. */
    static final int WINDOW = 57;

    private static final byte[] EMPTY = {};
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] in = EMPTY;
    private int start;
    private int limit;
    private long bits; // in the string
    private long at; // bits consumed, at most all

    void open(byte[] bytes, int offset, int length) {
        in = bytes;
        start = offset;
        limit = offset + length;
        bits = 8L * length;
        at = 0;
    }

    /** Lets go of the caller's memory. */
    void close() {
        in = EMPTY;
    }

    /** The next {@link #WINDOW} bits or more, lowest first. */
    long window() {
        int first = start + (int) (at >>> 3);
        long window = first <= limit - Long.BYTES ? (long) LONG.get(in, first) : lastBytes(first);
        return window >>> (at & 7);
    }

    private long lastBytes(int first) {
        long window = 0;
        for (int i = first; i < limit; i++) {
            window |= (in[i] & 0xFFL) << 8 * (i - first);
        }
        return window;
    }

    /** The next bit. */
    int bit() {
        if (at == bits) {
            throw ended();
        }
        int bit = in[start + (int) (at >>> 3)] >>> (at & 7) & 1;
        at++;
        return bit;
    }

    /**
     * The integer of the next code: gamma where {@code parameter} is negative, else rice.
     *
     * @param most the largest integer to accept; a string with a larger one is refused for {@code reason}
     */
    long code(int parameter, long most, String reason) {
        long window = window();
        int zeros = Long.numberOfTrailingZeros(window);
        int low = parameter < 0 ? zeros : parameter; // bits after the one
        int length = zeros + 1 + low;
        if (length > WINDOW || length > bits - at) {
            return longCode(parameter, most, reason);
        }
        long v = code(window, parameter, zeros, low);
        if (v > most) {
            throw malformed(reason);
        }
        at += length;
        return v;
    }

    /** The integer of the code at the start of a window: {@code zeros}, a one, {@code low} bits. */
    static long code(long window, int parameter, int zeros, int low) {
        long upper = parameter < 0 ? 1 : zeros;
        return upper << low | window >>> (zeros + 1) & (1L << low) - 1;
    }

    /** Consumes so many bits, if the string has them. */
    boolean skip(int count) {
        if (count > bits - at) {
            return false;
        }
        at += count;
        return true;
    }

    /** A code that is longer than a window, or than the string. Reads no further than {@code most} allows. */
    private long longCode(int parameter, long most, String reason) {
        long mostZeros = parameter < 0 ? 63 - Long.numberOfLeadingZeros(most) : most >>> parameter;
        long zeros = 0;
        for (int more = WINDOW; more == WINDOW; ) {
            more = Math.min(Long.numberOfTrailingZeros(window()), WINDOW);
            if (more > bits - at) {
                throw ended();
            }
            zeros += more;
            if (zeros > mostZeros) {
                throw malformed(reason);
            }
            at += more;
        }
        int low = (int) (parameter < 0 ? zeros : parameter);
        if (1 + low > bits - at) {
            throw ended();
        }
        long upper = parameter < 0 ? 1 : zeros;
        long v = upper << low | window() >>> 1 & (1L << low) - 1;
        if (v > most) {
            throw malformed(reason);
        }
        at += 1 + low;
        return v;
    }

    /** Checks that all of the string was consumed, but for less than a byte of zeros. */
    void checkEnd() {
        if (bits - at >= Byte.SIZE) {
            throw malformed("a string must end with the code that fills the unit");
        }
        if (window() != 0) {
            throw malformed("the bits after the last code must be zero");
        }
    }

    /** Bytes of which a bit was consumed. */
    int bytesConsumed() {
        return (int) (at + 7 >>> 3);
    }

    private MalformedBitstreamException ended() {
        return new MalformedBitstreamException("a string must not end within a code", bits >>> 3);
    }

    private MalformedBitstreamException malformed(String reason) {
        return new MalformedBitstreamException(reason, at >>> 3);
    }
}
