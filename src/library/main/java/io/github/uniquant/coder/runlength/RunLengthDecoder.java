package io.github.uniquant.coder.runlength;

import io.github.uniquant.coder.MalformedBitstreamException;
import java.util.Arrays;
import java.util.Objects;

/** Reads strings of a {@link RunLengthFormat}. Reusable, single-threaded, allocates nothing. */
public final class RunLengthDecoder {
    private static final String RUN_TOO_LONG = "a run must end within the unit";
    private static final String MAGNITUDE_TOO_LARGE = "a value must be an int32";

    private final int runParameter;
    private final int magnitudeParameter;
    private final int runLeast; // what the codes take for a run of 0 and a magnitude of 1
    private final int magnitudeLeast;
    private final boolean runsOfNonZeros;
    private final boolean sanityCheck;
    private final BitReader reader = new BitReader();

    /**
     * A decoder of this format.
     *
     * @param sanityCheck whether to refuse a string that is not used up exactly
     */
    public RunLengthDecoder(RunLengthFormat format, boolean sanityCheck) {
        this.runParameter = format.runLengthCode().parameter();
        this.magnitudeParameter = format.magnitudeCode().parameter();
        this.runLeast = format.runLengthCode().least();
        this.magnitudeLeast = format.magnitudeCode().least();
        this.runsOfNonZeros = format.runsOfNonZeros();
        this.sanityCheck = sanityCheck;
    }

    /**
     * Decodes the string {@code in[inOffset .. inOffset + inLength)} to {@code symbols[symbolsOffset .. symbolsOffset +
     * count)}.
     *
     * @return the number of bytes consumed
     * @throws MalformedBitstreamException if no encoder can have written the string; its offset counts from
     *     {@code inOffset}. The symbols are undefined then
     */
    public int decode(byte[] in, int inOffset, int inLength, int[] symbols, int symbolsOffset, int count) {
        Objects.checkFromIndexSize(inOffset, inLength, in.length);
        Objects.checkFromIndexSize(symbolsOffset, count, symbols.length);
        reader.open(in, inOffset, inLength);
        try {
            int end = symbolsOffset + count;
            Arrays.fill(symbols, symbolsOffset, end, 0);
            if (runsOfNonZeros) {
                decodeRuns(symbols, symbolsOffset, end);
            } else {
                decodeValues(symbols, symbolsOffset, end);
            }
            if (sanityCheck) {
                reader.checkEnd();
            }
            return reader.bytesConsumed();
        } finally {
            reader.close();
        }
    }

    private void decodeValues(int[] symbols, int from, int end) {
        int at = from;
        while (at < end) {
            // A run and the value behind it at once, where one window of the string holds both.
            long window = reader.window();
            int runZeros = Long.numberOfTrailingZeros(window);
            int runLow = runParameter < 0 ? runZeros : runParameter;
            int runBits = runZeros + 1 + runLow;
            long rest = window >>> runBits;
            int zeros = Long.numberOfTrailingZeros(rest >>> 1);
            int low = magnitudeParameter < 0 ? zeros : magnitudeParameter;
            int bits = runBits + zeros + low + 2;
            if (bits <= BitReader.WINDOW) {
                long run = BitReader.code(window, runParameter, runZeros, runLow) - runLeast;
                long magnitude = BitReader.code(rest >>> 1, magnitudeParameter, zeros, low) + 1 - magnitudeLeast;
                if (run < end - at && magnitude <= Integer.MAX_VALUE && reader.skip(bits)) {
                    at += (int) run;
                    int negative = (int) (rest & 1) - 1; // 0, or -1 where it is
                    symbols[at++] = ((int) magnitude ^ negative) - negative;
                    continue;
                }
            }
            at += run(end - at);
            if (at < end) {
                symbols[at++] = value();
            }
        }
    }

    private void decodeRuns(int[] symbols, int from, int end) {
        int least = 0; // the shortest run of zeros there may be
        int at = from;
        while (at < end) {
            at += run(end - at - least) + least;
            if (at == end) {
                return;
            }
            int next = at + run(end - at - 1) + 1;
            while (at < next) {
                symbols[at++] = value();
            }
            least = 1;
        }
    }

    /** A length of a run, at most {@code most}. */
    private int run(int most) {
        return (int) (reader.code(runParameter, (long) most + runLeast, RUN_TOO_LONG) - runLeast);
    }

    private int value() {
        int positive = reader.bit();
        long most = (long) Integer.MAX_VALUE + magnitudeLeast - positive; // -2^31 is the least value
        long magnitude = reader.code(magnitudeParameter, most, MAGNITUDE_TOO_LARGE) + 1 - magnitudeLeast;
        return (int) (positive == 1 ? magnitude : -magnitude);
    }
}
