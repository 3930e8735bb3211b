package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes are symbols: the same strings, the same errors. */
class RansBytesTest {
    private static final int PRECISION = 12;

    private static Stream<Kernels> paths() {
        return Stream.of(KernelProvider.scalar(), KernelProvider.kernels()).distinct();
    }

    /** Two-sided geometric frequencies. */
    private static int[] frequencies(int cells) {
        int[] f = new int[cells];
        Arrays.fill(f, 1);
        int left = (1 << PRECISION) - cells;
        for (int c = 0; c < cells && left > 0; c++) {
            int more = Math.min(left, (int) (600 * Math.pow(0.8, Math.abs(c - cells / 2))));
            f[c] += more;
            left -= more;
        }
        f[cells / 2] += left;
        return f;
    }

    private static RansTables tables(int first, int cells, boolean overflow) {
        int[] f = frequencies(cells);
        int[] cdf = new int[cells + 2];
        cdf[0] = overflow ? -PRECISION : PRECISION;
        for (int c = 0; c < cells; c++) {
            cdf[c + 2] = cdf[c + 1] + f[c];
        }
        return RansTables.of(CdfTables.of(cdf, new int[] {first}));
    }

    private static byte[] draw(RansTables tables, int count, SplittableRandom random) {
        byte[] symbols = new byte[count];
        for (int i = 0; i < count; i++) {
            int position = tables.position(0, random.nextInt(1 << PRECISION));
            int cell = Math.min(tables.cell(0, position), tables.last(0) - 1);
            symbols[i] = (byte) (tables.first(0) + cell);
        }
        return symbols;
    }

    private static int[] ints(byte[] symbols) {
        int[] values = new int[symbols.length];
        Arrays.setAll(values, i -> symbols[i] & 0xff);
        return values;
    }

    private static byte[] stringOf(byte[] symbols, RansEncoder encoder, RansPlan plan) {
        byte[] out = new byte[(int) encoder.code(symbols, 0, plan)];
        assertThat(encoder.write(out, 0, out.length)).isEqualTo(out.length);
        return out;
    }

    @ParameterizedTest
    @MethodSource("paths")
    void coderThatTakesUpOtherTablesIsAsGoodAsANewOne(Kernels kernels) {
        SplittableRandom random = new SplittableRandom(4);
        RansEncoder encoder = new RansEncoder(tables(0, 5, false), kernels);
        RansDecoder decoder = new RansDecoder(tables(0, 5, false), true, kernels);
        for (int cells : new int[] {200, 1, 40, 2}) {
            RansTables tables = tables(10, cells, false);
            byte[] symbols = draw(tables, 5000 + cells, random);
            RansPlan plan = tables.plan(symbols.length);
            assertThatThrownBy(() -> encoder.code(symbols, 0, plan)).isInstanceOf(IllegalArgumentException.class);
            encoder.use(tables);
            byte[] string = stringOf(symbols, encoder, plan);
            assertThat(string).isEqualTo(stringOf(symbols, new RansEncoder(tables, kernels), plan));
            decoder.use(tables);
            byte[] decoded = new byte[symbols.length];
            decoder.decode(string, 0, string.length, plan, decoded, 0);
            assertThat(decoded).isEqualTo(symbols);
            int[] oneTable = new int[symbols.length];
            byte[] out = new byte[(int) encoder.maxBytes(symbols.length)];
            int length = encoder.encode(ints(symbols), 0, oneTable, 0, symbols.length, out, 0, out.length);
            assertThat(Arrays.copyOf(out, length)).isEqualTo(string);
            int[] values = new int[symbols.length];
            decoder.decode(out, 0, length, oneTable, 0, symbols.length, values, 0);
            assertThat(values).isEqualTo(ints(symbols));
        }
    }

    @ParameterizedTest
    @MethodSource("paths")
    void bytesOfOneTableAreCodedAsTheirSymbols(Kernels kernels) {
        SplittableRandom random = new SplittableRandom(3);
        for (boolean overflow : new boolean[] {false, true}) {
            for (int cells : new int[] {1, 2, 40, 200}) {
                RansTables tables = tables(30, cells + (overflow ? 1 : 0), overflow);
                RansEncoder encoder = new RansEncoder(tables, kernels);
                RansDecoder decoder = new RansDecoder(tables, true, kernels);
                for (int count : new int[] {0, 1, 255, 256, 700, 4096, 20_000, 70_001}) {
                    byte[] symbols = draw(tables, count, random);
                    byte[] expected = new byte[(int) encoder.maxBytes(count)];
                    int length =
                            encoder.encode(ints(symbols), 0, new int[count], 0, count, expected, 0, expected.length);

                    byte[] string = stringOf(symbols, encoder, tables.plan(count));

                    assertThat(string).isEqualTo(Arrays.copyOf(expected, length));
                    byte[] decoded = new byte[count + 2];
                    int used = decoder.decode(string, 0, length, tables.plan(count), decoded, 1);
                    assertThat(used).isEqualTo(length);
                    assertThat(Arrays.copyOfRange(decoded, 1, count + 1)).isEqualTo(symbols);
                    assertThat(List.of(decoded[0], decoded[count + 1])).containsOnly((byte) 0);
                }
            }
        }
    }

    /** Kernels for bytes take precisions up to 12; what they do not take is coded all the same. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 11, 12, 13, 14, 15, 16})
    void bytesAreCodedAsTheirSymbolsAtEveryPrecision(int precision) {
        SplittableRandom random = new SplittableRandom(precision);
        int slots = 1 << precision;
        for (int[] f : List.of(
                new int[] {slots},
                new int[] {1, slots - 1},
                new int[] {slots - 1, 1},
                TableSet.normal(precision, Math.min(20, slots / 16.0 + 0.1)))) {
            int[] cdf = TableSet.tables(precision, false, List.of(f)).cdf();
            RansTables tables = RansTables.of(CdfTables.of(cdf, new int[] {30}));
            for (int count : new int[] {0, 1, 300, 5000, 20_000}) {
                byte[] symbols = new byte[count];
                for (int i = 0; i < count; i++) {
                    symbols[i] = (byte) (30 + random.nextInt(f.length));
                }
                RansEncoder encoder = new RansEncoder(tables);
                byte[] expected = new byte[(int) encoder.maxBytes(count)];
                int length = encoder.encode(ints(symbols), 0, new int[count], 0, count, expected, 0, expected.length);
                byte[] string = stringOf(symbols, encoder, tables.plan(count));
                assertThat(string).isEqualTo(Arrays.copyOf(expected, length));
                byte[] decoded = new byte[count];
                new RansDecoder(tables, true).decode(string, 0, length, tables.plan(count), decoded, 0);
                assertThat(decoded).isEqualTo(symbols);
            }
        }
    }

    /** Also where the overflow cell itself would be no byte: below the first, or behind the last. */
    @ParameterizedTest
    @ValueSource(ints = {100, -30, 250, 400})
    void escapesAreBytesToo(int first) {
        RansTables tables = tables(first, 20, true);
        byte[] symbols = new byte[9000];
        new SplittableRandom(4).nextBytes(symbols);
        byte[] string = stringOf(symbols, new RansEncoder(tables), tables.plan(symbols.length));
        byte[] decoded = new byte[symbols.length];

        new RansDecoder(tables, true).decode(string, 0, string.length, tables.plan(symbols.length), decoded, 0);

        assertThat(decoded).isEqualTo(symbols);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 17, 5000, 19_999})
    void aByteWithoutACellIsRefusedByItsIndex(int index) {
        RansTables tables = tables(30, 40, false);
        byte[] symbols = new byte[20_000];
        Arrays.fill(symbols, (byte) 50);
        symbols[index] = (byte) 200;
        RansEncoder encoder = new RansEncoder(tables);

        assertThatThrownBy(() -> encoder.code(symbols, 0, tables.plan(symbols.length)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("index=" + index, "symbol=200");
        byte[] out = new byte[symbols.length];
        assertThat(encoder.write(out, 0, out.length)).as("bytes of no string").isZero();
        assertThat(out).containsOnly(0);
        symbols[index] = 50;
        assertThat(encoder.code(symbols, 0, tables.plan(symbols.length))).isPositive();
    }

    @Test
    void symbolsThatAreNoBytesAreRefused() {
        RansTables tables = tables(250, 40, false);
        int[] symbols = new int[300];
        Arrays.setAll(symbols, i -> 250 + i % 10);
        byte[] string = new byte[3000];
        int length = new RansEncoder(tables).encode(symbols, 0, new int[300], 0, 300, string, 0, string.length);
        RansDecoder decoder = new RansDecoder(tables, true);

        assertThatThrownBy(() -> decoder.decode(string, 0, length, tables.plan(300), new byte[300], 0))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("byte");
    }

    @Test
    void stringsLongerThanTheWindowOfWordsAreDecodedWhole() {
        // Twelve bits an element, escapes of five words each: more words than are at hand at a time.
        RansTables tables = tables(0, 2, true);
        int count = 30_000;
        int[] symbols = new int[count];
        SplittableRandom random = new SplittableRandom(5);
        Arrays.setAll(symbols, i -> random.nextInt());
        RansEncoder encoder = new RansEncoder(tables);
        byte[] string = new byte[(int) encoder.maxBytes(count)];
        int length = encoder.encode(symbols, 0, new int[count], 0, count, string, 0, string.length);
        int[] decoded = new int[count];

        int used = new RansDecoder(tables, true).decode(string, 0, length, new int[count], 0, count, decoded, 0);

        assertThat(used).isEqualTo(length);
        assertThat(decoded).isEqualTo(symbols);
        for (int lost : new int[] {2, 1000, length / 2 & -2}) {
            assertThatThrownBy(() -> new RansDecoder(tables, true)
                            .decode(string, 0, length - lost, new int[count], 0, count, decoded, 0))
                    .isInstanceOf(MalformedBitstreamException.class);
        }
    }
}
