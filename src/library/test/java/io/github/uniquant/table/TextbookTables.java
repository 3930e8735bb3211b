package io.github.uniquant.table;

import io.github.uniquant.prior.Prior;

/** Table building as it is defined, without a thought for speed: the reference of the tests. */
final class TextbookTables {
    private TextbookTables() {}

    /** The frequencies of a pmf, by scanning all scores for each unit that is given or taken. */
    static int[] quantize(float[] pmf, int precision) {
        int slots = 1 << precision;
        int[] f = new int[pmf.length];
        long sum = 0;
        for (int i = 0; i < pmf.length; i++) {
            f[i] = (int) Math.max(1, Math.rint(pmf[i] * slots));
            sum += f[i];
        }
        for (; sum > slots; sum--) {
            int best = -1;
            double least = Double.POSITIVE_INFINITY;
            for (int i = 0; i < pmf.length; i++) {
                double loss = pmf[i] * (log2(f[i]) - log2(f[i] - 1));
                if (f[i] > 1 && loss < least) {
                    best = i;
                    least = loss;
                }
            }
            f[best]--;
        }
        for (; sum < slots; sum++) {
            int best = -1;
            double largest = -1;
            for (int i = 0; i < pmf.length; i++) {
                double gain = pmf[i] * (log2(f[i] + 1) - log2(f[i]));
                if (gain > largest) {
                    best = i;
                    largest = gain;
                }
            }
            f[best]++;
        }
        return f;
    }

    private static double log2(int x) {
        return Math.log(x) / Math.log(2);
    }

    /** The symbol of the first cell. */
    static int first(Prior prior, int element, double offset, double tailMass) {
        return (int) Math.floor(prior.lowerTail(element, tailMass) - offset);
    }

    /** The row of one table: the negative precision, then the bounds. */
    static int[] row(Prior prior, int element, double offset, double tailMass, int precision) {
        int min = first(prior, element, offset, tailMass);
        int max = (int) Math.ceil(prior.upperTail(element, tailMass) - offset);
        float[] pmf = new float[max - min + 2];
        double sum = 0;
        for (int i = 0; i <= max - min; i++) {
            double mass = prior.prob(element, min + offset + i);
            pmf[i] = (float) mass;
            sum += mass;
        }
        pmf[pmf.length - 1] = (float) Math.max(1 - sum, 0);
        int[] frequencies = quantize(pmf, precision);
        int[] row = new int[pmf.length + 2];
        row[0] = -precision;
        for (int i = 0; i < pmf.length; i++) {
            row[i + 2] = row[i + 1] + frequencies[i];
        }
        return row;
    }
}
