package io.github.uniquant.dither;

import io.github.uniquant.internal.kernel.Philox;

/** The raw words of upstream's stateless generator, for any seed pair: what {@link Dither#tfc()} draws its levels from. */
public final class GoldenWords {
    private GoldenWords() {}

    /** The first {@code count} words of the stream of a seed pair. */
    public static int[] of(long seed0, long seed1, int count) {
        int[] stream = Dither.Tfc.stream(seed0, seed1);
        int[] words = new int[count];
        Philox.words(stream[0], stream[1], stream[2], stream[3], 0, count, words, 0);
        return words;
    }
}
