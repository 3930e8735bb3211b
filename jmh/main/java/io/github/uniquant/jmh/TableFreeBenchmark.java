package io.github.uniquant.jmh;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UnitDecoder;
import io.github.uniquant.UnitEncoder;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.jmh.data.Draws;
import io.github.uniquant.jmh.data.ElementCounter;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.tensor.Shape;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Coding with cells that are computed, beside coding with tables: floats to strings and back, units of 16 x 16 positions of
 * 192 normal channels, whose scales run from 0.11 to 64, at 15 noise levels and, without tables, at 2^24.
 */
public class TableFreeBenchmark extends ForkedBenchmark {
    private static final int CHANNELS = 192;
    private static final int POSITIONS = 256;
    private static final int UNITS = 16;

    @Param({"vector", "scalar"})
    public String path = "";

    @Param({"tables", "table-free", "table-free-2^24-levels"})
    public String coder = "";

    private final float[][] units = new float[UNITS][];
    private final byte[][] strings = new byte[UNITS][];
    private final float[] decoded = new float[POSITIONS * CHANNELS];
    private byte[] out = {};
    private UnitEncoder encoder;
    private UnitDecoder decoder;
    private int next;

    @Setup
    public void setUp() {
        KernelPath.select(path);
        NoisyNormal prior =
                NoisyNormal.of(Shape.of(CHANNELS), new double[CHANNELS], Draws.logSpaced(0.11, 64, CHANNELS));
        UniversalBatchedEntropyModel.Builder builder =
                UniversalBatchedEntropyModel.builder(prior).codingRank(2).compression(true);
        UniversalBatchedEntropyModel model = switch (coder) {
            case "tables" -> builder.coder(CoderFormat.RANS).build();
            case "table-free" -> builder.coder(CoderFormat.RANS_FREE).build();
            case "table-free-2^24-levels" ->
                builder.coder(CoderFormat.RANS_FREE).numNoiseLevels(1 << 24).build();
            default -> throw new IllegalArgumentException("coder must be one of its parameters: coder=" + coder);
        };
        encoder = model.newEncoder(Shape.of(POSITIONS));
        decoder = model.newDecoder(Shape.of(POSITIONS));
        out = new byte[Math.toIntExact(encoder.maxBytes())];
        for (int u = 0; u < UNITS; u++) {
            units[u] = Draws.bottleneck(prior, i -> i % CHANNELS, decoded.length, 40 + u);
            strings[u] = Arrays.copyOf(out, encoder.encode(units[u], 0, out, 0));
            decoder.decode(strings[u], 0, strings[u].length, decoded, 0);
            for (int i = 0; i < decoded.length; i++) {
                check(Math.abs(decoded[i] - units[u][i]) < 0.5001, "decoding inverts encoding up to half a step");
            }
        }
        KernelPath.confirm(path);
    }

    private int nextUnit() {
        next = next + 1 == UNITS ? 0 : next + 1;
        return next;
    }

    @Benchmark
    public byte[] encode(ElementCounter counter) {
        int bytes = encoder.encode(units[nextUnit()], 0, out, 0);
        counter.add(decoded.length, bytes);
        return out;
    }

    @Benchmark
    public float[] decode(ElementCounter counter) {
        byte[] string = strings[nextUnit()];
        decoder.decode(string, 0, string.length, decoded, 0);
        counter.add(decoded.length, string.length);
        return decoded;
    }
}
