package io.github.uniquant.coder.range;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.FormatExample;
import io.github.uniquant.table.CdfTables;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The range string is what {@code docs/format.md} says: its examples, and its rules taken literally, for which {@link
 * TextbookRangeCoder} keeps the page's v, size and n.
 */
class RangeDocumentTest {
    /** A decoder by the page: the first 2n + 4 bytes of a string, with zeros behind its end, are compared with the interval. */
    private static final class Reader {
        private final byte[] string;
        private final TextbookRangeCoder interval = new TextbookRangeCoder(new TextbookRangeCoder.Events());

        Reader(byte[] string) {
            this.string = string;
        }

        private BigInteger point() {
            return new BigInteger(1, Arrays.copyOf(string, 2 * interval.words() + 4));
        }

        /** Whether the point lies at or behind this part of the interval. */
        private boolean isBehind(long slots, int precision) {
            long distance = point().subtract(interval.base()).longValueExact();
            return interval.size() * slots >> precision <= distance;
        }

        int symbol(CdfTables tables) {
            int cell = 0;
            while (isBehind(tables.cumulative(0, cell + 1), tables.precision())) {
                cell++;
            }
            interval.cell(tables, 0, cell);
            long value = cell;
            if (cell == tables.cells(0) - 1) {
                int zeros = 0;
                while (bit() == 0) {
                    zeros++;
                }
                long g = 1;
                for (int i = 0; i < zeros; i++) {
                    g = 2 * g + bit();
                }
                value = bit() == 1 ? -g : g + cell - 1;
            }
            return Math.toIntExact(value + tables.offset(0));
        }

        private int bit() {
            int bit = isBehind(1, 1) ? 1 : 0;
            interval.bits(Integer.toString(bit));
            return bit;
        }

        /** Whether the string ends as that of the symbols that were read does. */
        boolean isAtEnd() {
            int bytes = 2 * interval.words() + 4;
            return string.length <= bytes && point().equals(new BigInteger(1, Arrays.copyOf(interval.finish(), bytes)));
        }
    }

    private static int[] decode(CdfTables tables, int count, byte[] string) {
        Reader reader = new Reader(string);
        int[] symbols = new int[count];
        Arrays.setAll(symbols, i -> reader.symbol(tables));
        assertThat(reader.isAtEnd()).isTrue();
        return symbols;
    }

    private static byte[] encode(CdfTables tables, int[] symbols) {
        RangeEncoder encoder = new RangeEncoder(tables);
        byte[] string = new byte[encoder.code(symbols, 0, new int[symbols.length], 0, symbols.length)];
        encoder.write(string, 0, string.length);
        return string;
    }

    private static CdfTables table(int precision, int first, int... frequencies) {
        int[] cdf = new int[frequencies.length + 2];
        cdf[0] = -precision;
        for (int i = 0; i < frequencies.length; i++) {
            cdf[i + 2] = cdf[i + 1] + frequencies[i];
        }
        return CdfTables.of(cdf, new int[] {first});
    }

    static Stream<FormatExample> examples() throws IOException {
        return FormatExample.all("range");
    }

    @Test
    void noExampleIsMissing() throws IOException {
        assertThat(examples().map(FormatExample::name)).containsExactly("cells", "escape", "carry");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void examplesAreWhatTheCoderWrites(FormatExample example) {
        assertThat(example.line("table").subList(0, 4)).containsExactly("first", "-1", "overflow", "frequencies");
        CdfTables tables = table(example.ints("precision")[0], -1, example.ints("table", 4));
        int[] symbols = example.ints("symbols");
        byte[] string = HexFormat.of().parseHex(String.join("", example.line("string")));
        assertThat(encode(tables, symbols)).isEqualTo(string);
        assertThat(decode(tables, symbols.length, string)).isEqualTo(symbols);

        TextbookRangeCoder interval = new TextbookRangeCoder(new TextbookRangeCoder.Events());
        List<String> v = new ArrayList<>();
        List<String> size = new ArrayList<>();
        interval.onPut(() -> {
            v.add(interval.base().toString(16));
            size.add(Long.toHexString(interval.size()));
        });
        for (int symbol : symbols) {
            interval.symbol(tables, 0, symbol);
        }
        assertThat(v).isEqualTo(example.line("v"));
        assertThat(size).isEqualTo(example.line("size"));
    }

    @Test
    void rulesTakenLiterallyReadTheStrings() {
        SplittableRandom random = new SplittableRandom(3);
        CdfTables[] tables = {
            table(4, -1, 3, 10, 2, 1), table(1, 5, 2), table(12, -20, 1, 4094, 1), table(16, 0, 30000, 35535, 1)
        };
        for (int round = 0; round < 2000; round++) {
            CdfTables tested = tables[round % tables.length];
            int[] symbols = new int[random.nextInt(40)];
            for (int i = 0; i < symbols.length; i++) {
                symbols[i] = random.nextInt(50) == 0
                        ? random.nextInt() >> random.nextInt(32)
                        : tested.offset(0) + random.nextInt(tested.cells(0));
            }
            assertThat(decode(tested, symbols.length, encode(tested, symbols))).isEqualTo(symbols);
        }
    }
}
