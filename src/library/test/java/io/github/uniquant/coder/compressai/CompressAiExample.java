package io.github.uniquant.coder.compressai;

/** The example of {@code docs/compatibility.md}: its lines stand between the markers. */
final class CompressAiExample {
    private CompressAiExample() {}

    // example
    /** The string of one image: its latents in the order C, H, W, a mean and a table index for each. */
    static byte[] compress(CompressAiEncoder encoder, float[] y, float[] means, int[] indexes) {
        int[] symbols = new int[y.length];
        for (int i = 0; i < y.length; i++) {
            symbols[i] = (int) Math.rint(y[i] - means[i]); // ties to even
        }
        byte[] string = new byte[encoder.code(symbols, 0, indexes, 0, symbols.length)];
        encoder.write(string, 0, string.length);
        return string;
    }

    static float[] decompress(CompressAiDecoder decoder, byte[] string, float[] means, int[] indexes) {
        int[] symbols = new int[indexes.length];
        decoder.decode(string, 0, string.length, indexes, 0, indexes.length, symbols, 0);
        float[] y = new float[symbols.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = symbols[i] + means[i];
        }
        return y;
    }

    /** The table of element i in an entropy bottleneck: that of its channel, whose median is the mean. */
    static int channelIndex(int i, int height, int width) {
        return i / (height * width);
    }

    /** The table of an element in a Gaussian conditional: that of the first scale that is not smaller, or the last one. */
    static int scaleIndex(float[] scaleTable, float scale) {
        int index = 0;
        while (index < scaleTable.length - 1 && scaleTable[index] < scale) {
            index++;
        }
        return index;
    }
    // example
}
