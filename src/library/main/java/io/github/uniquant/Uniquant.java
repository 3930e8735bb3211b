package io.github.uniquant;

import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The library as a part of its process: which kernels it runs on, and when.
 *
 * <p>Vector code is slow until the JIT compiler has compiled it. Where vectors can run, the library starts on its scalar
 * path and moves to vectors when they are compiled, which a daemon thread sees to after some work: {@code docs/cold-start.md}
 * has the times, and the properties {@code uniquant.kernels} and {@code uniquant.warmup}. The bytes are the same on all paths.
 */
public final class Uniquant {
    private static final int CHANNELS = 64;
    private static final int SHORT_ROWS = 12; // a unit of few lanes: 768 elements
    private static final int LONG_ROWS = 128; // a unit of many lanes
    private static final int UNITS = 8; // of a batch that is coded side by side

    /** HotSpot compiles for good what was called 5,000 times, and sooner where there are loops. */
    private static final int SHORT_UNITS = 6000;

    private static final int LONG_UNITS = 1000;
    private static final int BATCHES = 500;

    private static final Object WARM_UP = new Object();
    private static boolean warm; // guarded by WARM_UP

    private Uniquant() {}

    /**
     * Brings the library to its full speed now, rather than by use: has the vector kernels compiled, moves to them, and codes
     * made-up units until the code around them is compiled as well. Takes some twenty seconds of processor time, most of it
     * the compiler's, and little where it was done. A service calls it before it takes requests.
     *
     * @throws IllegalStateException as {@link #kernels}
     */
    public static void warmUp() {
        synchronized (WARM_UP) {
            KernelProvider.warmUp();
            if (!warm) {
                codeUnits(SHORT_ROWS, SHORT_UNITS, 0);
                codeUnits(LONG_ROWS, LONG_UNITS, 0);
                codeUnits(SHORT_ROWS, 0, BATCHES);
                warm = true;
            }
        }
    }

    private static void codeUnits(int rows, int units, int batches) {
        double[] scale = new double[CHANNELS];
        Arrays.setAll(scale, i -> 0.5 + i / 16.0);
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(CHANNELS), new double[CHANNELS], scale))
                .codingRank(2)
                .compression(true)
                .build();
        SplittableRandom random = new SplittableRandom(1);
        float[] values = new float[UNITS * rows * CHANNELS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scale[i % CHANNELS]);
        }
        UnitEncoder encoder = model.newEncoder(Shape.of(rows));
        UnitDecoder decoder = model.newDecoder(Shape.of(rows));
        byte[] string = new byte[Math.toIntExact(encoder.maxBytes())];
        float[] decoded = new float[encoder.elements()];
        for (int i = 0; i < units; i++) {
            int length = encoder.encode(values, i % UNITS * decoded.length, string, 0);
            decoder.decode(string, 0, length, decoded, 0);
        }
        Tensor batch = Tensor.of(Shape.of(UNITS, rows, CHANNELS), values);
        for (int i = 0; i < batches; i++) {
            model.decompress(model.compress(batch), Shape.of(rows));
        }
    }

    /**
     * What runs at this moment and why, for logs: {@code scalar}, {@code vector-256} or {@code vector-512}, and a reason in
     * brackets.
     *
     * @throws IllegalStateException where a property asks for what cannot run here, or has a value that there is not
     */
    public static String kernels() {
        return KernelProvider.kernels().name() + " (" + KernelProvider.reason() + ")";
    }
}
