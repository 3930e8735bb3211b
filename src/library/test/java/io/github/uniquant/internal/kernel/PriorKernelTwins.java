package io.github.uniquant.internal.kernel;

import io.github.uniquant.internal.kernel.PriorKernels.Family;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The law of {@link PriorKernels}: the same bits from every implementation. Each method gives some kernels and the scalar
 * ones the same arguments, and compares all that they left, guards around the output included.
 */
final class PriorKernelTwins {
    /** Longer than two of the widest vectors. */
    private static final int MAX_COUNT = 20;

    /** Longer than two blocks. */
    private static final int LONG_COUNT = 600;

    private static final int GUARD = 9;
    private static final double FILL = 12345.678;
    private static final int[] SIZES = {1, 2, 3, 7, 8, 16, 17, 192};
    private static final ScalarPriorKernels SCALAR = ScalarPriorKernels.INSTANCE;

    private final PriorKernels kernels;
    private final SplittableRandom random = new SplittableRandom(1);

    PriorKernelTwins(PriorKernels kernels) {
        this.kernels = kernels;
    }

    void allAlike() {
        locationScalesAreAlike();
        mixturesAreAlike();
        deepFactorizedAreAlike();
        tailsAreAlike();
    }

    /** Some kernels' call, all of whose arguments but these are fixed. */
    private interface Call {
        void run(PriorKernels kernels, double[] x, int xOffset, double[] out, int outOffset);
    }

    private void check(double[] x, int count, String what, Call call) {
        int xOffset = random.nextInt(GUARD);
        int outOffset = random.nextInt(GUARD);
        double[] input = new double[xOffset + count + GUARD];
        System.arraycopy(x, 0, input, xOffset, count);
        double[] expected = new double[outOffset + count + GUARD];
        Arrays.fill(expected, FILL);
        double[] actual = expected.clone();
        call.run(SCALAR, input, xOffset, expected, outOffset);
        call.run(kernels, input, xOffset, actual, outOffset);
        for (int i = 0; i < actual.length; i++) {
            if (Double.doubleToLongBits(actual[i]) != Double.doubleToLongBits(expected[i])) {
                int at = i - outOffset;
                String value = at < 0 || at >= count ? "outside" : "x=" + x[at];
                throw new AssertionError(what + ": " + value + " index=" + at + " count=" + count + " expected="
                        + expected[i] + " actual=" + actual[i]);
            }
        }
        call.run(kernels, input, xOffset, input, xOffset);
        if (!Arrays.equals(
                Arrays.copyOfRange(input, xOffset, xOffset + count),
                Arrays.copyOfRange(expected, outOffset, outOffset + count))) {
            throw new AssertionError(what + ": in place, count=" + count);
        }
    }

    private int anyCount(int trial) {
        return trial < 2 * MAX_COUNT ? trial / 2 : random.nextInt(LONG_COUNT);
    }

    private static final List<Double> BOUNDARIES = VectorMathTest.boundaries();

    /** Values about a location, at distances of a scale from within the box to far out; some of the ends of the doubles. */
    private double value(double loc, double scale) {
        return switch (random.nextInt(12)) {
            case 0 -> BOUNDARIES.get(random.nextInt(BOUNDARIES.size()));
            case 1 -> loc + random.nextDouble(-1, 1);
            case 2 -> loc + (random.nextBoolean() ? 0.5 : -0.5) + scale * random.nextDouble(-40, 40);
            case 3 -> loc + scale * random.nextDouble(-1000, 1000);
            case 4 -> loc;
            default -> loc + scale * random.nextDouble(-9, 9);
        };
    }

    private double[] values(double[] loc, double[] scale, int from, int size, int first, int count) {
        double[] x = new double[count];
        for (int i = 0; i < count; i++) {
            int at = from + ScalarPriorKernels.element(first, i, size);
            x[i] = value(loc[at], scale[at]);
        }
        return x;
    }

    /** Scales of everyday size in all elements or of any size in each. */
    private double[] scales(int n) {
        double[] scales = new double[n];
        double common = Math.scalb(1 + random.nextDouble(), random.nextInt(-27, 14));
        int kind = random.nextInt(4);
        for (int i = 0; i < n; i++) {
            scales[i] = switch (kind) {
                case 0 -> common;
                case 1 -> common * (1 + random.nextDouble());
                case 2 -> Math.scalb(1 + random.nextDouble(), random.nextInt(-27, 27));
                default ->
                    switch (random.nextInt(8)) {
                        case 0 -> Double.MIN_VALUE;
                        case 1 -> Double.MAX_VALUE;
                        case 2 -> 1e-8;
                        case 3 -> 16;
                        case 4 -> Math.nextUp(16.0);
                        case 5 -> Math.scalb(1.0, random.nextInt(-1074, 1023));
                        default -> random.nextDouble(0.05, 40);
                    };
            };
        }
        return scales;
    }

    private double[] locations(int n) {
        double[] locations = new double[n];
        int kind = random.nextInt(3);
        for (int i = 0; i < n; i++) {
            locations[i] = switch (kind) {
                case 0 -> 0;
                case 1 -> random.nextDouble(-20, 20);
                default -> random.nextInt(10) == 0 ? Math.scalb(random.nextDouble(-1, 1), random.nextInt(1000)) : 0.1;
            };
        }
        return locations;
    }

    private static List<Quantity> ofFamilies() {
        return Arrays.stream(Quantity.values()).filter(Quantity::ofFamilies).toList();
    }

    void locationScalesAreAlike() {
        for (Family family : Family.values()) {
            for (Quantity quantity : ofFamilies()) {
                for (int trial = 0; trial < 2 * MAX_COUNT + 10; trial++) {
                    int size = SIZES[random.nextInt(SIZES.length)];
                    int from = random.nextInt(4);
                    int first = random.nextInt(size);
                    int count = anyCount(trial);
                    double[] loc = locations(from + size);
                    double[] scale = scales(from + size);
                    check(
                            values(loc, scale, from, size, first, count),
                            count,
                            family + " " + quantity + " size=" + size,
                            (k, x, xOffset, out, outOffset) -> k.locationScale(
                                    quantity, family, x, xOffset, loc, scale, from, size, first, count, out,
                                    outOffset));
                }
            }
        }
    }

    void mixturesAreAlike() {
        for (Family family : Family.values()) {
            for (Quantity quantity : ofFamilies()) {
                for (int trial = 0; trial < 2 * MAX_COUNT + 10; trial++) {
                    int size = SIZES[random.nextInt(SIZES.length)];
                    int first = random.nextInt(size);
                    int count = anyCount(trial);
                    int components = 1 + random.nextInt(4);
                    double[] loc = locations(size * components);
                    double[] scale = scales(size * components);
                    double[] weight = new double[size * components];
                    Arrays.setAll(weight, i -> random.nextInt(4) == 0 ? 0 : random.nextDouble());
                    check(
                            values(loc, scale, 0, size, first, count),
                            count,
                            "mixture " + family + " " + quantity + " size=" + size,
                            (k, x, xOffset, out, outOffset) -> k.mixture(
                                    quantity,
                                    family,
                                    components,
                                    x,
                                    xOffset,
                                    loc,
                                    scale,
                                    weight,
                                    0,
                                    size,
                                    first,
                                    count,
                                    out,
                                    outOffset));
                }
            }
        }
    }

    private LogitNetwork network(int size, int... widths) {
        int layers = widths.length - 1;
        double[][] matrices = new double[layers][];
        double[][] biases = new double[layers][];
        double[][] factors = new double[layers - 1][];
        double steepness = Math.scalb(1.0, random.nextInt(-3, 6));
        for (int l = 0; l < layers; l++) {
            matrices[l] = random.doubles((long) size * widths[l] * widths[l + 1], 0, steepness)
                    .toArray();
            biases[l] = random.doubles((long) size * widths[l + 1], -2, 2).toArray();
            if (l < layers - 1) {
                factors[l] = random.doubles((long) size * widths[l + 1], -1, 1).toArray();
            }
        }
        return LogitNetwork.ofElements(size, widths, matrices, biases, factors);
    }

    void deepFactorizedAreAlike() {
        List<int[]> shapes = new ArrayList<>(
                List.of(new int[] {1, 1}, new int[] {1, 3, 3, 1}, new int[] {1, 1, 1}, new int[] {1, 2, 5, 1}));
        for (Quantity quantity : Quantity.values()) {
            for (int trial = 0; trial < 2 * MAX_COUNT + 10; trial++) {
                int size = SIZES[random.nextInt(SIZES.length)];
                LogitNetwork network = network(size, shapes.get(random.nextInt(shapes.size())));
                boolean oneElement = random.nextBoolean();
                int from = oneElement ? random.nextInt(size) : 0;
                int run = oneElement ? 1 : size;
                int first = random.nextInt(run);
                int count = anyCount(trial);
                double[] x = new double[count];
                Arrays.setAll(x, i -> value(0, 3));
                check(
                        x,
                        count,
                        "deep factorized " + quantity + " size=" + size,
                        (k, in, xOffset, out, outOffset) -> k.deepFactorized(
                                quantity, network, in, xOffset, from, run, first, count, out, outOffset));
            }
        }
    }

    void tailsAreAlike() {
        for (int trial = 0; trial < 100; trial++) {
            int count = anyCount(trial);
            double[] tailLogs = new double[count];
            Arrays.setAll(tailLogs, i -> -random.nextDouble(80));
            double[] probs = new double[count];
            Arrays.setAll(probs, i -> random.nextInt(3) == 0 ? 1e-20 : random.nextDouble());
            double mass = random.nextDouble(1e-9, 0.5);
            check(
                    probs,
                    count,
                    "with tail",
                    (k, in, inOffset, out, outOffset) ->
                            k.withTail(in, inOffset, tailLogs, 0, count, mass, 1e-10, out, outOffset));
        }
    }
}
