package io.github.uniquant.jmh;

import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
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

    private int[] tableOf;
    private int[][] units;
    private byte[][] strings;
    private byte[] out;
    private int[] decoded;
    private RansEncoder encoder;
    private RansDecoder decoder;
    private int next;

    @Setup
    public void setUp() {
        KernelPath.select(path);
        TableUnits data = TableUnits.of(source);
        tableOf = data.tableOf();
        units = data.units();
        RansTables tables = RansTables.of(data.tables());
        encoder = new RansEncoder(tables);
        decoder = new RansDecoder(tables, true);
        out = new byte[Math.toIntExact(encoder.maxBytes(tableOf.length))];
        decoded = new int[tableOf.length];
        strings = new byte[units.length][];
        for (int u = 0; u < units.length; u++) {
            strings[u] = Arrays.copyOf(out, encode(units[u]));
            decode(strings[u]);
            check(Arrays.equals(units[u], decoded), "decoding inverts encoding");
        }
        KernelPath.confirm(path, System.out);
    }

    private int encode(int[] unit) {
        return encoder.encode(unit, 0, tableOf, 0, unit.length, out, 0, out.length);
    }

    private void decode(byte[] string) {
        decoder.decode(string, 0, string.length, tableOf, 0, decoded.length, decoded, 0);
    }

    private int nextUnit() {
        next = next + 1 == units.length ? 0 : next + 1;
        return next;
    }

    @Benchmark
    public byte[] encode(ElementCounter counter) {
        counter.add(tableOf.length, encode(units[nextUnit()]));
        return out;
    }

    @Benchmark
    public int[] decode(ElementCounter counter) {
        byte[] string = strings[nextUnit()];
        decode(string);
        counter.add(tableOf.length, string.length);
        return decoded;
    }
}
