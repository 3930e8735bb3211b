package io.github.uniquant.jmh;

import io.github.uniquant.coder.runlength.RunLengthDecoder;
import io.github.uniquant.coder.runlength.RunLengthEncoder;
import io.github.uniquant.coder.runlength.RunLengthFormat;
import io.github.uniquant.jmh.data.Draws;
import io.github.uniquant.jmh.data.ElementCounter;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** A million symbols to a run-length string, and back: most are zero, the magnitudes of the others fall geometrically. */
public class RunLengthBenchmark extends ForkedBenchmark {
    private static final int COUNT = 1 << 20;
    private static final long SEED = 30;

    /** The part of the symbols that are not zero. */
    @Param({"0.005", "0.05", "0.1", "0.3"})
    public double nonZero;

    /** The codes of runs and magnitudes: power-law and laplace are the models' own, runs has runs of non-zeros, too. */
    @Param({"power-law", "laplace", "runs"})
    public String format = "";

    private RunLengthEncoder encoder;
    private RunLengthDecoder decoder;
    private int[] symbols;
    private int[] decoded;
    private byte[] string;
    private int length;

    @Setup
    public void setUp() {
        RunLengthFormat layout = switch (format) {
            case "power-law" -> RunLengthFormat.GAMMA;
            case "laplace" -> RunLengthFormat.of(-1, 0, false);
            case "runs" -> RunLengthFormat.of(2, 1, true);
            default ->
                throw new IllegalArgumentException("format must be power-law, laplace or runs: format=" + format);
        };
        symbols = Draws.sparse(COUNT, nonZero, SEED);
        encoder = new RunLengthEncoder(layout);
        decoder = new RunLengthDecoder(layout, true);
        string = new byte[encoder.code(symbols, 0, COUNT)];
        decoded = new int[COUNT];
        length = encode(new ElementCounter());
        check(length == string.length, "the string has the length that was announced");
        decode(new ElementCounter());
        check(Arrays.equals(symbols, decoded), "decoding inverts encoding");
        System.out.printf("%n# %s%n", Machine.here());
    }

    @Benchmark
    public int encode(ElementCounter counter) {
        int bytes = encoder.encode(symbols, 0, COUNT, string, 0, string.length);
        counter.add(COUNT, bytes);
        return bytes;
    }

    @Benchmark
    public int[] decode(ElementCounter counter) {
        decoder.decode(string, 0, length, decoded, 0, COUNT);
        counter.add(COUNT, length);
        return decoded;
    }
}
