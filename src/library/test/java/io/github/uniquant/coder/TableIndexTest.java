package io.github.uniquant.coder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.range.RangeDecoder;
import io.github.uniquant.coder.range.RangeEncoder;
import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.table.CdfTables;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Table indexes that are none are the caller's mistake, and nothing is written; those of CompressAI have tests of their own. */
class TableIndexTest {
    private static final CdfTables TABLES =
            CdfTables.of(new int[] {-4, 0, 5, 16, -4, 0, 9, 16, -4, 0, 1, 16}, new int[] {0, 1, -2});

    static Stream<Arguments> coders() {
        RansTables tables = RansTables.of(TABLES);
        return Stream.of(
                Arguments.of(new RansEncoder(tables), new RansDecoder(tables, true)),
                Arguments.of(new RangeEncoder(TABLES), new RangeDecoder(TABLES, true)));
    }

    @ParameterizedTest
    @MethodSource("coders")
    void anIndexThatIsNoneIsRefusedByItsPlace(SymbolEncoder encoder, SymbolDecoder decoder) {
        int[] right = {9, 0, 2, 1, 1, 9};
        int[] coded = {7, 0, -5, 1, 3, 7};
        byte[] string = new byte[100];
        int length = encoder.encode(coded, 1, right, 1, 4, string, 0, 100);
        for (int bad : new int[] {-1, 3, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            int[] tableOf = right.clone();
            tableOf[3] = bad;
            String message = "a table index must be that of a table: index=2 table=" + bad + " tables=3";
            byte[] out = new byte[100];
            assertThatThrownBy(() -> encoder.encode(coded, 1, tableOf, 1, 4, out, 0, 100))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
            assertThat(out).containsOnly(0);
            int[] symbols = new int[6];
            assertThatThrownBy(() -> decoder.decode(string, 0, length, tableOf, 1, 4, symbols, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
            assertThat(symbols).containsOnly(0);
        }
        int[] symbols = new int[6];
        assertThat(decoder.decode(string, 0, length, right, 1, 4, symbols, 1)).isEqualTo(length);
        assertThat(symbols).containsExactly(0, 0, -5, 1, 3, 0);
    }

    @ParameterizedTest
    @MethodSource("coders")
    void aRangeThatIsNotInItsArrayIsRefused(SymbolEncoder encoder, SymbolDecoder decoder) {
        int[] four = new int[4];
        byte[] out = new byte[100];
        for (int[] range : new int[][] {{1, 4}, {-1, 2}, {0, 5}, {0, -1}, {Integer.MAX_VALUE, 1}}) {
            assertThatThrownBy(() -> encoder.encode(new int[5], 0, four, range[0], range[1], out, 0, 100))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> decoder.decode(out, 0, 0, four, range[0], range[1], new int[5], 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        for (int[] range : new int[][] {{1, 4}, {-1, 2}, {0, 5}, {Integer.MAX_VALUE, 1}}) {
            int[] symbols = {7, 7, 7, 7};
            assertThatThrownBy(() -> encoder.encode(four, range[0], new int[5], 0, range[1], out, 0, 100))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> decoder.decode(out, 0, 0, new int[5], 0, range[1], symbols, range[0]))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(symbols).containsOnly(7);
        }
        assertThat(out).containsOnly(0);
        assertThatCode(() -> encoder.encode(new int[0], 0, four, 4, 0, out, 0, 0))
                .doesNotThrowAnyException();
    }

    /** A string that is decoded in two steps has its tables looked up as they are needed. */
    @Test
    void anIndexThatIsNoneIsRefusedOfAStringThatWasBegunToo() {
        RansTables tables = RansTables.of(TABLES);
        byte[] string = new byte[20];
        int length = new RansEncoder(tables).encode(new int[4], 0, new int[4], 0, 4, string, 0, 20);
        for (int bad : new int[] {-1, 3}) {
            RansDecoder decoder = new RansDecoder(tables, true);
            SymbolSink sink = (first, count, symbols) -> {};
            assertThatThrownBy(() -> {
                        decoder.begin(string, 0, length, new int[] {9, 0, 0, bad, 0}, 1, 4, sink);
                        decoder.finish(sink);
                    })
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a table index must be that of a table: index=2 table=" + bad + " tables=3");
        }
    }

    @Test
    void aPlanIsRefusedLikewise() {
        RansTables tables = RansTables.of(TABLES);
        assertThatThrownBy(() -> tables.plan(new int[] {0, 3}, 0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a table index must be that of a table: index=1 table=3 tables=3");
        assertThat(tables.plan(new int[] {0, 3}, 0, 1).count()).isOne();
    }
}
