package io.github.uniquant.jmh;

import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.coder.SymbolSource;
import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansPlan;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.jmh.data.ElementCounter;
import io.github.uniquant.jmh.data.TableUnits;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The native coder alone, symbols to bytes and back, with 192 channels x 15 noise levels = 2880 tables: one unit of
 * 49,152 symbols a call, cycling over 16 units. {@link TableUnits#of} says what the sources are.
 */
public class ManyTablesBenchmark extends ForkedBenchmark {
    @Param({"vector", "scalar"})
    public String path = "";

    @Param({"drawn", "quiet", "pca"})
    public String source = "";

    private RansPlan plan;
    private int[][] units;
    private byte[][] strings;
    private byte[] out;
    private int[] decoded = {};
    private RansEncoder encoder;
    private RansDecoder decoder;
    private int next;
    private int[] unit = {}; // what the encoder reads
    private final SymbolSource unitSymbols =
            (first, count, symbols) -> System.arraycopy(unit, first, symbols, 0, count);
    private final SymbolSink decodedSymbols =
            (first, count, symbols) -> System.arraycopy(symbols, 0, decoded, first, count);

    @Setup
    public void setUp() {
        KernelPath.select(path);
        TableUnits data = TableUnits.of(source);
        units = data.units();
        RansTables tables = RansTables.of(data.tables());
        plan = tables.plan(data.tableOf(), 0, data.tableOf().length);
        encoder = new RansEncoder(tables);
        decoder = new RansDecoder(tables, true);
        out = new byte[Math.toIntExact(encoder.maxBytes(plan.count()))];
        decoded = new int[plan.count()];
        strings = new byte[units.length][];
        for (int u = 0; u < units.length; u++) {
            strings[u] = Arrays.copyOf(out, encode(units[u]));
            decode(strings[u]);
            check(Arrays.equals(units[u], decoded), "decoding inverts encoding");
        }
        KernelPath.confirm(path);
    }

    private int encode(int[] symbols) {
        unit = symbols;
        encoder.code(unitSymbols, plan);
        return encoder.write(out, 0, out.length);
    }

    private void decode(byte[] string) {
        decoder.decode(string, 0, string.length, plan, decodedSymbols);
    }

    private int nextUnit() {
        next = next + 1 == units.length ? 0 : next + 1;
        return next;
    }

    @Benchmark
    public byte[] encode(ElementCounter counter) {
        counter.add(plan.count(), encode(units[nextUnit()]));
        return out;
    }

    @Benchmark
    public int[] decode(ElementCounter counter) {
        byte[] string = strings[nextUnit()];
        decode(string);
        counter.add(plan.count(), string.length);
        return decoded;
    }
}
