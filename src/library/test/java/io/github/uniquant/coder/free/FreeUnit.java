package io.github.uniquant.coder.free;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLocationScale;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.table.free.TableFreeCdfs;
import io.github.uniquant.tensor.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;

/** CDFs, the noise offsets of a unit, and its symbols. */
record FreeUnit(TableFreeCdfs cdfs, double[] offsets, int[] symbols) {
    /** The families that are coded without tables. */
    enum Family {
        NORMAL,
        LOGISTIC,
        LAPLACE;

        NoisyLocationScale of(double[] loc, double[] scale) {
            Shape shape = Shape.of(loc.length);
            return switch (this) {
                case NORMAL -> NoisyNormal.of(shape, loc, scale);
                case LOGISTIC -> NoisyLogistic.of(shape, loc, scale);
                case LAPLACE -> NoisyLaplace.of(shape, loc, scale);
            };
        }
    }

    /** What the symbols are. */
    enum Source {
        /** Of the prior. */
        DRAWN,
        /** Of the prior, and some anywhere: up to the ends of 32-bit integers. */
        OUTLIERS,
        /** Each in its likeliest cell. */
        LIKELIEST,
        /** All outside the window. */
        OUTSIDE
    }

    /** A unit of some elements of a prior with scales from 0.1 to 10 times one, locations near 0 and, rarely, far away. */
    static FreeUnit of(
            Family family, int precision, int priorSize, double scale, int elements, Source source, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] loc = new double[priorSize];
        double[] scales = new double[priorSize];
        for (int j = 0; j < priorSize; j++) {
            scales[j] = scale * Math.pow(10, 2 * random.nextDouble() - 1);
            loc[j] = switch (random.nextInt(8)) {
                case 0 -> random.nextInt(-9, 10) / 2.0; // an edge at the median, at offset 0
                case 1 -> 1e9 * (random.nextDouble() - 0.5);
                default -> 20 * (random.nextDouble() - 0.5);
            };
        }
        return of(family.of(loc, scales), precision, elements, source, random);
    }

    static FreeUnit of(NoisyLocationScale prior, int precision, int elements, Source source, SplittableRandom random) {
        TableFreeCdfs cdfs = TableFreeCdfs.of(prior, precision, 0x1p-8);
        double[] offsets = new double[elements];
        Arrays.setAll(offsets, i -> random.nextInt(8) == 0 ? 0 : random.nextDouble() - 0.5);
        return of(cdfs, offsets, source, random);
    }

    static FreeUnit of(TableFreeCdfs cdfs, double[] offsets, Source source, SplittableRandom random) {
        NoisyLocationScale prior = cdfs.prior();
        int elements = offsets.length;
        FreePlan plan = new FreePlan(cdfs).layOut(offsets, elements);
        int[] symbols = new int[elements];
        for (int i = 0; i < elements; i++) {
            int j = i % cdfs.size();
            int drawn = (int) Math.rint(prior.base().sample(j, random) - offsets[i]);
            int likeliest = plan.fractions()[i] >= 0 ? 0 : -1 << cdfs.cdfs().shift(j);
            symbols[i] = switch (source) {
                case DRAWN -> drawn;
                case OUTLIERS -> random.nextInt(20) > 0 ? drawn : outlier(random);
                case LIKELIEST -> plan.origins()[i] + likeliest;
                case OUTSIDE ->
                    (random.nextBoolean() ? Integer.MIN_VALUE : Integer.MAX_VALUE - 0xfffff) + random.nextInt(1 << 20);
            };
        }
        return new FreeUnit(cdfs, offsets, symbols);
    }

    private static int outlier(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> Integer.MIN_VALUE;
            case 1 -> Integer.MAX_VALUE;
            default -> random.nextInt() >> random.nextInt(32);
        };
    }

    int elements() {
        return symbols.length;
    }

    FreePlan plan() {
        return new FreePlan(cdfs).layOut(offsets, symbols.length);
    }

    byte[] encode(FreePath path) {
        FreeEncoder encoder = path.encoder(cdfs);
        long length = encoder.code((first, count, to) -> System.arraycopy(symbols, first, to, 0, count), plan());
        byte[] out = new byte[(int) length];
        if (encoder.write(out, 0, out.length) != length || encoder.length() != length) {
            throw new AssertionError("the length must be that of the string");
        }
        return out;
    }

    /** The symbols of a string that must be used up. */
    int[] decode(FreePath path, byte[] string) {
        return decode(path.decoder(cdfs, true), string);
    }

    int[] decode(FreeDecoder decoder, byte[] string) {
        int[] decoded = new int[symbols.length];
        int consumed = decoder.decode(
                string,
                0,
                string.length,
                plan(),
                (first, count, from) -> System.arraycopy(from, 0, decoded, first, count));
        if (consumed != string.length) {
            throw new MalformedBitstreamException("bytes are left over", consumed);
        }
        return decoded;
    }

    /** The information of the symbols under the cells, and their extra bits. */
    double idealBits() {
        FreePlan plan = plan();
        double bits = 0;
        for (int i = 0; i < symbols.length; i++) {
            bits += bits(cdfs, i % cdfs.size(), plan.origins()[i], plan.fractions()[i], symbols[i]);
        }
        return bits;
    }

    /** The bits of one symbol. */
    static double bits(TableFreeCdfs cdfs, int element, int origin, float fraction, int symbol) {
        int half = cdfs.cdfs().half(element);
        int shift = cdfs.cdfs().shift(element);
        long fromOrigin = (long) symbol - origin;
        long cell = (fromOrigin >> shift) + half;
        boolean inside = cell >= 0 && cell < 2 * half;
        int row = cdfs.cdfs().row(element, fraction, inside ? (int) cell : 2 * half);
        double bits = cdfs.precision() - Math.log((row & 0xffff) + 1) / Math.log(2);
        if (inside) {
            return bits + shift;
        }
        int order = cdfs.escapeOrder(element);
        long v = Math.abs(ExtraBits.signedDistance(fromOrigin, half, shift)) - 1 + (1L << order);
        int width = 63 - Long.numberOfLeadingZeros(v);
        return bits + 2 * width - order + 2;
    }
}
