package io.github.uniquant;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Ways for a string to be damaged. */
public enum Damage {
    CUT,
    EXTENDED,
    FLIPPED_BITS,
    REPLACED;

    public byte[] of(byte[] string, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int n = string.length;
        return switch (this) {
            case CUT -> Arrays.copyOf(string, random.nextInt(n + 1));
            case EXTENDED -> {
                byte[] longer = Arrays.copyOf(string, n + 1 + random.nextInt(20));
                randomize(longer, n, random);
                yield longer;
            }
            case FLIPPED_BITS -> {
                byte[] flipped = string.clone();
                for (int flips = n == 0 ? 0 : 1 + random.nextInt(3); flips > 0; flips--) {
                    flipped[random.nextInt(n)] ^= (byte) (1 << random.nextInt(8));
                }
                yield flipped;
            }
            case REPLACED -> {
                byte[] replaced = new byte[random.nextInt(2 * n + 8)];
                randomize(replaced, 0, random);
                yield replaced;
            }
        };
    }

    private static void randomize(byte[] bytes, int from, SplittableRandom random) {
        for (int i = from; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt();
        }
    }
}
