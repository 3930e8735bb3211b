package io.github.uniquant.coder.runlength;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A unit of symbols and a format for it. */
public record RunLengthUnit(RunLengthFormat format, int[] symbols) {
    /** The magnitudes of what is not zero. */
    public enum Magnitudes {
        ONES,
        SMALL,
        EVERY_WIDTH
    }

    /**
     * A unit in which runs of zeros and of other values follow each other.
     *
     * @param meanRun about how long a run of zeros is
     */
    public static RunLengthUnit of(
            RunLengthFormat format, int elements, int meanRun, Magnitudes magnitudes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] symbols = new int[elements];
        int magnitudeParameter = format.magnitudeCode().parameter();
        int widest = magnitudeParameter < 0 ? 31 : Math.min(31, magnitudeParameter + 9); // unary parts stay short
        for (int i = 0; i < elements; ) {
            i += random.nextInt(2 * meanRun + 1);
            for (int values = 1 + random.nextInt(3); values > 0 && i < elements; values--, i++) {
                long magnitude = switch (magnitudes) {
                    case ONES -> 1;
                    case SMALL -> random.nextLong(1, 20);
                    case EVERY_WIDTH -> random.nextLong(1, (1L << random.nextInt(1, widest + 1)) + 1);
                };
                symbols[i] = (int) (random.nextBoolean() && magnitude <= Integer.MAX_VALUE ? magnitude : -magnitude);
            }
        }
        return new RunLengthUnit(format, symbols);
    }

    public int elements() {
        return symbols.length;
    }

    byte[] encode() {
        RunLengthEncoder encoder = new RunLengthEncoder(format);
        byte[] string = new byte[encoder.code(symbols, 0, symbols.length)];
        encoder.write(string, 0, string.length);
        return string;
    }

    @Override
    public String toString() {
        int[] first = Arrays.copyOf(symbols, Math.min(symbols.length, 40));
        return "RunLengthUnit[" + format + ", elements=" + symbols.length + ", " + Arrays.toString(first) + "...]";
    }
}
