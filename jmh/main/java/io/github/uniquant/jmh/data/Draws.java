package io.github.uniquant.jmh.data;

import io.github.uniquant.prior.Prior;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Seeded draws: the same arguments give the same data in every run. */
public final class Draws {
    /** Symbol 0 of {@link #roundedNormal} as a byte. */
    private static final int CENTRE = 128;

    private Draws() {}

    static RandomGenerator generator(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /** Normal values of this standard deviation, rounded to integers, with 0 at byte 128. */
    public static byte[] roundedNormal(int count, double sigma, long seed) {
        RandomGenerator random = generator(seed);
        byte[] symbols = new byte[count];
        for (int i = 0; i < count; i++) {
            double rounded = Math.rint(random.nextGaussian() * sigma) + CENTRE;
            symbols[i] = (byte) Math.clamp(rounded, 0, 255);
        }
        return symbols;
    }

    /**
     * Symbols that are mostly zero: a part {@code nonZero} of them is not, of either sign, with magnitudes from 1 on that
     * fall geometrically.
     */
    public static int[] sparse(int count, double nonZero, long seed) {
        RandomGenerator random = generator(seed);
        int[] symbols = new int[count];
        for (int i = 0; i < count; i++) {
            if (random.nextDouble() < nonZero) {
                int magnitude = 1 + (int) (2 * random.nextExponential());
                symbols[i] = random.nextBoolean() ? magnitude : -magnitude;
            }
        }
        return symbols;
    }

    /**
     * Values that a model of this prior expects to compress: drawn from the base distribution, since the dither adds the
     * noise. Value {@code i} is one of the prior's element {@code elementOf(i)}.
     */
    public static float[] bottleneck(Prior prior, IntUnaryOperator elementOf, int count, long seed) {
        RandomGenerator random = generator(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) prior.base().sample(elementOf.applyAsInt(i), random);
        }
        return values;
    }

    /** {@code count} scales from {@code first} to {@code last}, equally spaced in their logarithms. */
    public static double[] logSpaced(double first, double last, int count) {
        double[] scales = new double[count];
        for (int i = 0; i < count; i++) {
            scales[i] = first * Math.pow(last / first, i / (count - 1.0));
        }
        return scales;
    }
}
