package io.github.uniquant.coder.runlength;

import java.math.BigInteger;

/** The string as {@code docs/run-length.md} writes it down, bit by bit, in a string of the characters 0 and 1. */
final class TextbookRunLengthCoder {
    private final RunLengthFormat format;
    private final StringBuilder bits = new StringBuilder();

    private TextbookRunLengthCoder(RunLengthFormat format) {
        this.format = format;
    }

    /** The bytes of a unit's string. */
    static byte[] encode(RunLengthFormat format, int... symbols) {
        String bits = bits(format, symbols);
        byte[] bytes = new byte[(bits.length() + 7) / 8];
        for (int i = 0; i < bits.length(); i++) {
            if (bits.charAt(i) == '1') {
                bytes[i / 8] |= (byte) (1 << i % 8);
            }
        }
        return bytes;
    }

    /** The bits of a unit's string, in the order in which they are written. */
    static String bits(RunLengthFormat format, int... symbols) {
        TextbookRunLengthCoder coder = new TextbookRunLengthCoder(format);
        boolean first = true;
        int i = 0;
        while (i < symbols.length) {
            int zeros = 0;
            while (i < symbols.length && symbols[i] == 0) {
                zeros++;
                i++;
            }
            coder.run(format.runsOfNonZeros() && !first ? zeros - 1 : zeros);
            first = false;
            if (i == symbols.length) {
                break;
            }
            int values = 1;
            if (format.runsOfNonZeros()) {
                while (i + values < symbols.length && symbols[i + values] != 0) {
                    values++;
                }
                coder.run(values - 1);
            }
            for (; values > 0; values--) {
                coder.value(symbols[i++]);
            }
        }
        return coder.bits.toString();
    }

    private void run(int length) {
        write(format.runLengthCode(), BigInteger.valueOf(length));
    }

    private void value(int x) {
        bits.append(x > 0 ? '1' : '0');
        write(format.magnitudeCode(), BigInteger.valueOf(x).abs().subtract(BigInteger.ONE));
    }

    /** Writes v from 0 on: gamma takes one more. */
    private void write(IntegerCode code, BigInteger v) {
        if (code.isGamma()) {
            BigInteger one = v.add(BigInteger.ONE);
            int n = one.bitLength() - 1;
            bits.append("0".repeat(n)).append('1');
            low(one, n);
        } else {
            bits.append("0".repeat(v.shiftRight(code.parameter()).intValueExact()))
                    .append('1');
            low(v, code.parameter());
        }
    }

    private void low(BigInteger v, int count) {
        for (int bit = 0; bit < count; bit++) {
            bits.append(v.testBit(bit) ? '1' : '0');
        }
    }
}
