package io.github.uniquant.jmh;

import io.github.uniquant.coder.compressai.CompressAiDecoder;
import io.github.uniquant.coder.compressai.CompressAiEncoder;
import io.github.uniquant.coder.compressai.CompressAiTables;
import io.github.uniquant.jmh.data.Draws;
import io.github.uniquant.jmh.data.ElementCounter;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * CompressAI's strings, symbols to bytes and back: 2^18 symbols, each with one of so many tables, of normals whose scales run
 * from 0.11 to 256 as in a Gaussian conditional.
 */
public class CompressAiBenchmark extends ForkedBenchmark {
    private static final int COUNT = 1 << 18;
    private static final long SEED = 30;
    private static final double TAIL_MASS = 1e-9; // CompressAI's default

    @Param({"4", "64"})
    public int tables;

    private CompressAiEncoder encoder;
    private CompressAiDecoder decoder;
    private int[] tableOf;
    private int[] symbols;
    private int[] decoded;
    private byte[] string;

    @Setup
    public void setUp() {
        NoisyNormal prior = NoisyNormal.of(Shape.of(tables), new double[tables], Draws.logSpaced(0.11, 256, tables));
        CompressAiTables ready =
                CompressAiTables.of(CdfTableBuilder.build(prior, 1, TAIL_MASS, 16, ElementType.FLOAT32));
        tableOf = Draws.generator(SEED).ints(COUNT, 0, tables).toArray();
        float[] values = Draws.bottleneck(prior, i -> tableOf[i], COUNT, SEED);
        symbols = new int[COUNT];
        Arrays.setAll(symbols, i -> (int) Math.rint(values[i]));
        encoder = new CompressAiEncoder(ready);
        decoder = new CompressAiDecoder(ready, true);
        string = new byte[encoder.code(symbols, 0, tableOf, 0, COUNT)];
        decoded = new int[COUNT];
        encode(new ElementCounter());
        decode(new ElementCounter());
        check(Arrays.equals(symbols, decoded), "decoding inverts encoding");
        System.out.printf("%n# %s%n", Machine.here());
    }

    @Benchmark
    public byte[] encode(ElementCounter counter) {
        counter.add(COUNT, encoder.encode(symbols, 0, tableOf, 0, COUNT, string, 0, string.length));
        return string;
    }

    @Benchmark
    public int[] decode(ElementCounter counter) {
        counter.add(COUNT, decoder.decode(string, 0, string.length, tableOf, 0, COUNT, decoded, 0));
        return decoded;
    }
}
