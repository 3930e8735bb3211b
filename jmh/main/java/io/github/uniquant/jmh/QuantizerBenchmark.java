package io.github.uniquant.jmh;

import io.github.uniquant.jmh.data.ElementCounter;
import io.github.uniquant.quantize.Quantizer;
import io.github.uniquant.tensor.Bfloat16;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Elements of each type, of magnitudes up to some hundreds, to symbols at given offsets and back; the coders do blocks of 256.
 * Values, offsets and symbols stay in the second-level cache. Runs start at another place in each call, as those of units do.
 */
public class QuantizerBenchmark extends ForkedBenchmark {
    private static final int NUM_NOISE_LEVELS = 15;
    private static final double SCALE = 40;
    private static final int PLACES = 16;
    private static final double MOST = 200; // bfloat16 holds integers up to 256

    @Param({"vector", "scalar"})
    public String path = "";

    @Param({"float32", "float64", "float16", "bfloat16"})
    public String type = "";

    @Param({"256", "4096"})
    public int count;

    private float[] floats;
    private double[] doubles;
    private short[] halves;
    private float[] offsets;
    private double[] doubleOffsets;
    private int[] symbols;
    private int place;

    @Setup
    public void setUp() {
        KernelPath.select(path);
        int length = count + PLACES;
        floats = new float[length];
        doubles = new double[length];
        halves = new short[length];
        offsets = new float[length];
        doubleOffsets = new double[length];
        symbols = new int[length];
        SplittableRandom random = new SplittableRandom(3);
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = ofType(Math.clamp(SCALE * random.nextGaussian(), -MOST, MOST));
            doubleOffsets[i] = ofType((random.nextInt(NUM_NOISE_LEVELS) + 1) / (NUM_NOISE_LEVELS + 1.0) - 0.5);
            offsets[i] = (float) doubleOffsets[i];
            set(i, values[i]);
        }
        ElementCounter counter = new ElementCounter();
        for (int turn = 0; turn < PLACES; turn++) {
            int at = place;
            quantize(counter);
            for (int i = at; i < at + count; i++) {
                check(symbols[i] == (int) Math.rint(ofType(values[i] - doubleOffsets[i])), "rounded differences");
            }
            place = at;
            reconstruct(counter);
            for (int i = at; i < at + count; i++) {
                check(get(i) == ofType(symbols[i] + doubleOffsets[i]), "values are sums");
                set(i, values[i]);
            }
        }
        KernelPath.confirm(path);
    }

    /** The value, rounded to the type. */
    private double ofType(double value) {
        return switch (type) {
            case "float32" -> (float) value;
            case "float64" -> value;
            case "float16" -> Float.float16ToFloat(Float.floatToFloat16((float) value));
            case "bfloat16" -> Bfloat16.toFloat(Bfloat16.fromFloat((float) value));
            default -> throw new IllegalArgumentException("no such type: type=" + type);
        };
    }

    private void set(int i, double value) {
        floats[i] = (float) value;
        doubles[i] = value;
        halves[i] = type.equals("float16") ? Float.floatToFloat16((float) value) : Bfloat16.fromFloat((float) value);
    }

    private double get(int i) {
        return switch (type) {
            case "float32" -> floats[i];
            case "float64" -> doubles[i];
            case "float16" -> Float.float16ToFloat(halves[i]);
            default -> Bfloat16.toFloat(halves[i]);
        };
    }

    private int nextPlace() {
        int at = place;
        place = (at + 1) % PLACES;
        return at;
    }

    @Benchmark
    public int[] quantize(ElementCounter counter) {
        int at = nextPlace();
        switch (type) {
            case "float32" -> Quantizer.quantize(floats, at, offsets, at, count, symbols, at, at);
            case "float64" -> Quantizer.quantize(doubles, at, doubleOffsets, at, count, symbols, at, at);
            case "float16" -> Quantizer.quantizeFloat16(halves, at, offsets, at, count, symbols, at, at);
            default -> Quantizer.quantizeBfloat16(halves, at, offsets, at, count, symbols, at, at);
        }
        counter.add(count, 0);
        return symbols;
    }

    @Benchmark
    public void reconstruct(ElementCounter counter) {
        int at = nextPlace();
        switch (type) {
            case "float32" -> Quantizer.reconstruct(symbols, at, offsets, at, count, floats, at);
            case "float64" -> Quantizer.reconstruct(symbols, at, doubleOffsets, at, count, doubles, at);
            case "float16" -> Quantizer.reconstructFloat16(symbols, at, offsets, at, count, halves, at);
            default -> Quantizer.reconstructBfloat16(symbols, at, offsets, at, count, halves, at);
        }
        counter.add(count, 0);
    }
}
