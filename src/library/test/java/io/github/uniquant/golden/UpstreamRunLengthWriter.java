package io.github.uniquant.golden;

import io.github.uniquant.coder.runlength.IntegerCode;
import io.github.uniquant.coder.runlength.RunLengthFormat;
import java.util.Arrays;

/**
 * Upstream's run-length encoder with its two faults, so that its strings can be told from damaged ones. It writes up to 57
 * bits at a time to a buffer of 64; where 7 bits were left there, and 57 zeros of a rice code follow, the buffer is full
 * and should be emptied by a shift of 64, which a processor takes for no shift: the 7 old bits go out once more, 8 bytes
 * later. What upstream then decodes is not what it was given. And gamma takes 2^31 - 1 for a magnitude of 2^31.
 */
final class UpstreamRunLengthWriter {
    private static final int MOST_BITS = 57;

    private final RunLengthFormat format;
    private byte[] bytes = new byte[0];
    private int at;
    private long buffer;
    private int buffered;
    private boolean faulty;

    private UpstreamRunLengthWriter(RunLengthFormat format) {
        this.format = format;
    }

    /**
     * What upstream makes of a unit.
     *
     * @param faulty whether a fault shows in the string
     */
    record Written(byte[] string, boolean faulty) {}

    static Written encode(RunLengthFormat format, int... symbols) {
        UpstreamRunLengthWriter writer = new UpstreamRunLengthWriter(format);
        writer.encode(symbols);
        int length = writer.at + (writer.buffered > 0 ? 1 : 0);
        return new Written(Arrays.copyOf(writer.bytes, length), writer.faulty);
    }

    private void encode(int... symbols) {
        int least = 0;
        int i = 0;
        while (i < symbols.length) {
            int zeros = i;
            while (i < symbols.length && symbols[i] == 0) {
                i++;
            }
            code(format.runLengthCode(), i - zeros - least);
            if (i == symbols.length) {
                return;
            }
            int end = i + 1;
            if (format.runsOfNonZeros()) {
                while (end < symbols.length && symbols[end] != 0) {
                    end++;
                }
                code(format.runLengthCode(), end - i - 1);
                least = 1;
            }
            for (; i < end; i++) {
                write(1, symbols[i] > 0 ? 1 : 0);
                boolean clamped = symbols[i] == Integer.MIN_VALUE
                        && format.magnitudeCode().isGamma();
                faulty |= clamped;
                code(format.magnitudeCode(), Math.abs((long) symbols[i]) - (clamped ? 2 : 1));
            }
        }
    }

    /** Writes v from 0 on: gamma takes one more. */
    private void code(IntegerCode code, long v) {
        if (code.isGamma()) {
            int n = 63 - Long.numberOfLeadingZeros(v + 1);
            write(n, 0);
            write(1, 1);
            write(n, v + 1);
        } else {
            long zeros = v >> code.parameter();
            for (; zeros > MOST_BITS; zeros -= MOST_BITS) {
                write(MOST_BITS, 0);
            }
            write((int) zeros, 0);
            write(1, 1);
            write(code.parameter(), v);
        }
    }

    private void write(int count, long bits) {
        buffer |= (bits & (1L << count) - 1) << buffered;
        buffered += count;
        bytes = Arrays.copyOf(bytes, at + 8);
        for (int i = 0; i < 8; i++) {
            bytes[at + i] = (byte) (buffer >>> 8 * i);
        }
        at += buffered / 8;
        if (buffered == Long.SIZE) {
            faulty |= buffer != 0;
        } else {
            buffer >>>= buffered / 8 * 8;
        }
        buffered %= 8;
    }
}
