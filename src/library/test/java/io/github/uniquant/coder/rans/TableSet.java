package io.github.uniquant.coder.rans;

import io.github.uniquant.table.CdfTables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The kinds of tables that the coder tests run over; each exists at every precision that has room for it. */
enum TableSet {
    ONE_CELL,
    /** Of 2^p - 1 slots and 1 slot, in both orders. */
    TWO_CELLS,
    CELLS_OF_FREQUENCY_1,
    BIMODAL,
    RANDOM,
    NORMALS,
    /** A certain table first: units whose one end carries nothing. */
    CERTAIN_AND_NORMAL;

    private List<int[]> frequencies(int p) {
        int slots = 1 << p;
        return switch (this) {
            case ONE_CELL -> List.of(new int[] {slots});
            case TWO_CELLS -> List.of(new int[] {slots - 1, 1}, new int[] {1, slots - 1});
            case CELLS_OF_FREQUENCY_1 ->
                List.of(IntStream.generate(() -> 1).limit(slots).toArray());
            case BIMODAL -> List.of(bimodal(p, 1), bimodal(p, 5), bimodal(p, 40));
            case RANDOM -> random(p);
            case NORMALS ->
                IntStream.range(0, 40)
                        .mapToObj(i -> normal(p, 0.11 + 0.012 * i * i))
                        .toList();
            case CERTAIN_AND_NORMAL -> List.of(new int[] {slots}, normal(p, 1.5));
        };
    }

    /**
     * The tables of this kind; the last cell of each is for overflow, where there is one. With overflow, the offsets of
     * normals are such that kernels take their ranges, and others are spread over the ints.
     */
    CdfTables tables(int precision, boolean overflow) {
        boolean near = this == NORMALS || this == CERTAIN_AND_NORMAL;
        return tables(precision, overflow, frequencies(precision), near ? 12_345 : Integer.MAX_VALUE);
    }

    /** Tables of given frequencies; with overflow, their offsets are spread over the ints. */
    static CdfTables tables(int precision, boolean overflow, List<int[]> frequencies) {
        return tables(precision, overflow, frequencies, Integer.MAX_VALUE);
    }

    private static CdfTables tables(int precision, boolean overflow, List<int[]> frequencies, int farthest) {
        int[] cdf = new int[frequencies.stream().mapToInt(f -> f.length + 2).sum()];
        int[] offset = new int[frequencies.size()];
        int at = 0;
        for (int t = 0; t < offset.length; t++) {
            int[] f = frequencies.get(t);
            cdf[at++] = overflow ? -precision : precision;
            cdf[at++] = 0;
            for (int frequency : f) {
                cdf[at] = cdf[at - 1] + frequency;
                at++;
            }
            offset[t] = switch (overflow ? t % 4 : 0) {
                case 0 -> -f.length / 2;
                case 1 -> farthest - f.length;
                case 2 -> -farthest;
                default -> 12_345;
            };
        }
        return CdfTables.of(cdf, offset);
    }

    /** A discrete normal distribution, cut at 3 deviations, with what is left over in a last cell. */
    static int[] normal(int p, double deviation) {
        int half = (int) Math.min(Math.ceil(3 * deviation), (1 << p) / 4.0 - 0.5);
        double[] mass = new double[2 * half + 2];
        for (int i = 0; i <= 2 * half; i++) {
            double z = (i - half) / deviation;
            mass[i] = Math.exp(-z * z / 2);
        }
        mass[2 * half + 1] = 0.004 * deviation;
        return scaled(p, mass);
    }

    private static int[] bimodal(int p, int cells) {
        double[] mass = new double[Math.min(2 * cells + 2, 1 << p)];
        for (int i = 0; i < mass.length; i++) {
            double z = (Math.min(i, mass.length - 1 - i) - cells / 3.0) / (1 + cells / 6.0);
            mass[i] = Math.exp(-z * z / 2);
        }
        return scaled(p, mass);
    }

    private static List<int[]> random(int p) {
        SplittableRandom random = new SplittableRandom(p);
        List<int[]> tables = new ArrayList<>();
        for (int t = 0; t < 12; t++) {
            double[] mass = new double[1 + random.nextInt(Math.min(1 << p, 300))];
            double power = 1 + random.nextInt(8);
            Arrays.setAll(mass, i -> Math.pow(random.nextDouble(), power));
            tables.add(scaled(p, mass));
        }
        return tables;
    }

    /** Frequencies of at least 1 that add up to 2^p, about as the masses; there must be room for them. */
    static int[] scaled(int p, double[] mass) {
        double sum = Arrays.stream(mass).sum();
        int[] f = new int[mass.length];
        int left = 1 << p;
        for (int i = 0; i < f.length; i++) {
            f[i] = (int) Math.max(1, Math.rint(mass[i] / sum * (1 << p)));
            left -= f[i];
        }
        while (left != 0) {
            int largest = 0;
            for (int i = 1; i < f.length; i++) {
                largest = f[i] > f[largest] ? i : largest;
            }
            int change = left > 0 ? left : -Math.min(-left, Math.max(1, f[largest] / 2));
            f[largest] += change;
            left -= change;
        }
        return f;
    }
}
