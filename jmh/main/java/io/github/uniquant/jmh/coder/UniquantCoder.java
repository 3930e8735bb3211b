package io.github.uniquant.jmh.coder;

import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.PmfQuantizer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * This library's coder with one table. The string is the first symbol, the number of cells less 1, the frequency of each
 * cell as two bytes, and then the native string.
 */
final class UniquantCoder implements StaticCoder {
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PRECISION = 12;
    private static final int FIRST_FREQUENCY = 2;
    private static final int MOST_HEADER_BYTES = FIRST_FREQUENCY + 2 * 256;

    private final byte[] symbols;
    private final byte[] decoded;
    private final byte[] string;
    private final ByteHistogram histogram = new ByteHistogram();
    private final PmfQuantizer quantizer = new PmfQuantizer();
    private @Nullable RansEncoder encoder; // takes up the tables of each string
    private @Nullable RansDecoder decoder;
    private int length;

    UniquantCoder(byte[] symbols) {
        this.symbols = symbols;
        this.decoded = new byte[symbols.length];
        // No symbol costs more than 12 bits; the rest is room for the header and the lanes' states.
        this.string = new byte[2 * symbols.length + MOST_HEADER_BYTES + 1024];
    }

    @Override
    public int encode() {
        int[] counts = histogram.of(symbols);
        int first = 0;
        while (first < 255 && counts[first] == 0) {
            first++;
        }
        int last = 255;
        while (last > first && counts[last] == 0) {
            last--;
        }
        int cells = last - first + 1;
        float[] pmf = new float[cells];
        for (int i = 0; i < cells; i++) {
            pmf[i] = (float) counts[first + i] / symbols.length;
        }
        int[] frequencies = new int[cells];
        quantizer.quantize(pmf, cells, PRECISION, frequencies);

        string[0] = (byte) first;
        string[1] = (byte) (cells - 1);
        for (int i = 0; i < cells; i++) {
            SHORTS.set(string, FIRST_FREQUENCY + 2 * i, (short) frequencies[i]);
        }
        int header = FIRST_FREQUENCY + 2 * cells;
        RansTables tables = tables(first, frequencies);
        RansEncoder own = encoder == null ? new RansEncoder(tables) : encoder;
        encoder = own;
        own.use(tables);
        own.code(symbols, 0, tables.plan(symbols.length));
        length = header + own.write(string, header, string.length);
        return length;
    }

    @Override
    public void decode() {
        int first = string[0] & 0xff;
        int[] frequencies = new int[(string[1] & 0xff) + 1];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (short) SHORTS.get(string, FIRST_FREQUENCY + 2 * i);
        }
        int header = FIRST_FREQUENCY + 2 * frequencies.length;
        RansTables tables = tables(first, frequencies);
        RansDecoder own = decoder == null ? new RansDecoder(tables, true) : decoder;
        decoder = own;
        own.use(tables);
        own.decode(string, header, length - header, tables.plan(decoded.length), decoded, 0);
    }

    private static RansTables tables(int first, int[] frequencies) {
        int[] cdf = new int[frequencies.length + 2];
        cdf[0] = PRECISION; // positive: no cell for overflow
        for (int i = 0; i < frequencies.length; i++) {
            cdf[i + 2] = cdf[i + 1] + frequencies[i];
        }
        return RansTables.of(CdfTables.of(cdf, new int[] {first}));
    }

    @Override
    public byte[] decoded() {
        return decoded.clone();
    }
}
