package io.github.uniquant.internal.kernel;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.rate.RateEstimator;
import io.github.uniquant.rate.RateGradients;
import io.github.uniquant.table.CommittedTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/** What {@link KernelPathsTest} starts in processes of all kinds: codes a fixed set of units and prints what came out. */
final class PathsProgram {
    /** Run the kernels against their twins as well. */
    static final String TWINS = "twins";

    /** Print a digest of the few units alone, for processes that do not compile. */
    static final String FEW = "few";

    /** Print no digest but the kernels. */
    static final String KERNELS_ALONE = "kernels";

    static final String KERNELS = "kernels: ";
    static final String REFUSED = "refused: ";
    static final String FEW_DIGEST = "few: ";
    static final String DIGEST = "all: ";

    /** What follows is the list of models whose tables are not those that were committed. */
    static final String DIFFERING_TABLES = "differing tables: ";

    private static final int CHANNELS = 16;
    private static final List<ElementType> TYPES =
            List.of(ElementType.FLOAT32, ElementType.FLOAT64, ElementType.FLOAT16, ElementType.BFLOAT16);

    private final MessageDigest digest = MessageDigest.getInstance("SHA-256");

    private PathsProgram() throws Exception {}

    public static void main(String[] args) throws Exception {
        Kernels kernels;
        try {
            kernels = KernelProvider.kernels();
        } catch (IllegalStateException e) {
            System.out.println(REFUSED + e.getMessage());
            return;
        }
        System.out.println(KERNELS + kernels.name());
        List<String> wanted = List.of(args);
        if (wanted.contains(KERNELS_ALONE)) {
            return;
        }
        if (wanted.contains(TWINS)) {
            new KernelTwins(kernels).allAlike();
            new PriorKernelTwins(KernelProvider.priorKernels(0)).allAlike();
        }
        System.out.println(DIFFERING_TABLES + CommittedTables.differing());
        PathsProgram program = new PathsProgram();
        program.codeFew();
        System.out.println(FEW_DIGEST + program.hex());
        if (!wanted.contains(FEW)) {
            program.codeAll();
            System.out.println(DIGEST + program.hex());
        }
    }

    private String hex() throws CloneNotSupportedException {
        return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
    }

    private static double[] spread(double from, double factor) {
        double[] values = new double[CHANNELS];
        values[0] = from;
        for (int i = 1; i < CHANNELS; i++) {
            values[i] = values[i - 1] * factor;
        }
        return values;
    }

    private static double[] locations() {
        double[] values = new double[CHANNELS];
        Arrays.setAll(values, i -> 0.75 * i - 6);
        return values;
    }

    private static List<Prior> priors() {
        Shape shape = Shape.of(CHANNELS);
        double[] weight = new double[2 * CHANNELS];
        Arrays.setAll(weight, i -> i % 2 == 0 ? 0.25 : 0.75);
        double[] means = new double[2 * CHANNELS];
        Arrays.setAll(means, i -> i % 2 == 0 ? -6 : 5);
        double[] scales = new double[2 * CHANNELS];
        Arrays.setAll(scales, i -> 0.3 + 0.1 * i);
        Shape components = Shape.of(CHANNELS, 2);
        return List.of(
                NoisyNormal.of(shape, locations(), spread(0.05, 1.5)),
                NoisyLogistic.of(shape, new double[CHANNELS], spread(0.1, 1.3)),
                NoisyLaplace.of(shape, locations(), spread(1e-8, 3)),
                NoisyNormalMixture.of(
                        Tensor.of(components, means), Tensor.of(components, scales), Tensor.of(components, weight)),
                NoisyDeepFactorized.initial(shape, new int[] {3, 3}, 10, new SplittableRandom(3)));
    }

    /** The largest magnitude whose symbol every type of this kind can hold. */
    private static double limit(ElementType type) {
        return switch (type) {
            case FLOAT16 -> 2000;
            case BFLOAT16 -> 240;
            default -> 0x1p31 - 1000;
        };
    }

    /** Bell-shaped values with outliers, by operations that every machine rounds alike. */
    private static Tensor draw(Shape shape, ElementType type, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double limit = limit(type);
        double[] values = new double[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            double bell = random.nextDouble() + random.nextDouble() + random.nextDouble() - 1.5;
            double scale = 0.1 + i % CHANNELS;
            if (random.nextInt(100) == 0) {
                scale *= Math.scalb(1.0, random.nextInt(33));
            }
            values[i] = Math.clamp(bell * scale, -limit, limit);
        }
        return Tensor.of(shape, values).to(type);
    }

    private static UniversalBatchedEntropyModel model(Prior prior, ElementType type, Dither dither, int precision) {
        return UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .bottleneckType(type)
                .dither(dither)
                .rangeCoderPrecision(precision)
                .build();
    }

    private void code(UniversalBatchedEntropyModel model, int units, int rows) {
        ElementType type = model.bottleneckType();
        Tensor tensor = draw(Shape.of(units, rows, CHANNELS), type, units * 1000L + rows);
        BitStrings strings = model.compress(tensor);
        Tensor decoded = model.decompress(strings, Shape.of(rows));
        digest.update(strings.toBytes());
        for (int length : strings.lengths()) {
            digest.update(ByteBuffer.allocate(4).putInt(0, length));
        }
        ByteBuffer values = ByteBuffer.allocate(8 * decoded.size());
        for (int i = 0; i < decoded.size(); i++) {
            values.putDouble(decoded.get(i));
        }
        digest.update(values.flip());
    }

    private void codeFew() {
        UniversalBatchedEntropyModel model = model(priors().getFirst(), ElementType.FLOAT32, Dither.tfc(), 12);
        code(model, 1, 1);
        code(model, 3, 9);
        code(model, 5, 48);
        code(model, 1, 200);
        estimate(3);
    }

    /** Digests densities, estimates and their gradients, of runs and of rows, by every prior. */
    private void estimate(int rows) {
        for (Prior prior : priors()) {
            double[] y =
                    draw(Shape.of(rows, CHANNELS), ElementType.FLOAT64, rows).doubles();
            double[] out = new double[y.length];
            prior.prob(y, 0, 3, y.length, out, 0);
            digest(out);
            prior.logProb(y, 0, 5, y.length, out, 0);
            digest(out);
            prior.probRow(2, -9.25, 19, out, 1);
            digest(out);
            BaseDistribution base = prior.base();
            base.cdf(y, 0, 0, y.length, out, 0);
            digest(out);
            base.logSurvival(y, 0, 0, y.length, out, 0);
            digest(out);
            base.logDensity(y, 0, 0, y.length, out, 0);
            digest(out);
            Tensor tensor = Tensor.of(Shape.of(1, rows, CHANNELS), y);
            RateEstimate estimate = new RateEstimator(prior, 1e-3).estimate(tensor, Shape.of(1));
            digest(estimate.bits().doubles());
            RateGradients gradients = estimate.backward();
            digest(gradients.bottleneck().doubles());
            for (Tensor byParameter : gradients.parameters()) {
                digest(byParameter.doubles());
            }
        }
    }

    private void digest(double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * values.length);
        for (double value : values) {
            bytes.putDouble(value);
        }
        digest.update(bytes.flip());
    }

    private void codeAll() {
        List<Prior> priors = priors();
        for (int p = 0; p < priors.size(); p++) {
            Dither dither = p % 2 == 0 ? Dither.tfc() : Dither.seed(77, 1L << 33);
            UniversalBatchedEntropyModel model = model(priors.get(p), TYPES.get(p % 4), dither, 12);
            for (int rows : new int[] {0, 1, 9, 48, 200, 420, 900}) {
                code(model, rows < 100 ? 17 : 3, rows);
            }
        }
        for (ElementType type : TYPES) {
            UniversalBatchedEntropyModel model = model(priors.getFirst(), type, Dither.tfc(), 12);
            code(model, 1, 4200);
            for (int rows = 15; rows < 60; rows += 11) {
                code(model, 9, rows);
            }
        }
        for (int precision : new int[] {9, 11, 14, 16}) {
            UniversalBatchedEntropyModel model = model(priors.get(1), ElementType.FLOAT32, Dither.tfc(), precision);
            for (int rows : new int[] {17, 300, 1000}) {
                code(model, 5, rows);
            }
        }
        UniversalBatchedEntropyModel tfc = UniversalBatchedEntropyModel.builder(priors.getFirst())
                .codingRank(2)
                .compression(true)
                .coder(CoderFormat.TFC_RANGE)
                .build();
        code(tfc, 3, 48);
        codeFree(priors.getFirst());
        estimate(400);
    }

    private void codeFree(Prior prior) {
        for (Dither dither : List.of(Dither.tfc(), Dither.seed(5, 0))) {
            UniversalBatchedEntropyModel free = UniversalBatchedEntropyModel.builder(prior)
                    .codingRank(2)
                    .compression(true)
                    .numNoiseLevels(Dither.MAX_NOISE_LEVELS)
                    .coder(CoderFormat.RANS_FREE)
                    .dither(dither)
                    .build();
            for (int rows : new int[] {1, 48, 200, 900}) {
                code(free, 3, rows);
            }
        }
    }
}
