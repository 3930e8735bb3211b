package io.github.uniquant.coder.free;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.FormatExample;
import io.github.uniquant.coder.free.FreeUnit.Family;
import io.github.uniquant.table.free.TableFreeCdfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of {@code docs/format.md} and {@code docs/table-free.md} are what the library computes. */
class TableFreeDocumentTest {
    private static final double TAIL_MASS = 0x1p-8;

    private static FreeUnit unit(FormatExample example) {
        List<String> prior = example.line("prior");
        double[] loc = {Double.parseDouble(prior.get(1))};
        double[] scale = {Double.parseDouble(prior.get(2))};
        TableFreeCdfs cdfs = TableFreeCdfs.of(
                Family.valueOf(prior.getFirst()).of(loc, scale), example.ints("precision")[0], TAIL_MASS);
        double[] offsets = example.line("offsets").stream()
                .mapToDouble(Double::parseDouble)
                .toArray();
        return new FreeUnit(cdfs, offsets, example.ints("symbols"));
    }

    static Stream<FormatExample> examples() throws IOException {
        return FormatExample.all("rans-free");
    }

    @Test
    void noExampleIsMissing() throws IOException {
        assertThat(examples().map(FormatExample::name)).containsExactly("normal", "outside", "coarse");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void examplesAreWhatTheCoderWritesAndReads(FormatExample example) {
        FreeUnit unit = unit(example);
        byte[] string = HexFormat.of().parseHex(String.join("", example.line("string")));
        for (FreePath path : FreePath.all()) {
            assertThat(unit.encode(path)).isEqualTo(string);
            assertThat(unit.decode(path, string)).isEqualTo(unit.symbols());
        }
        assertThat(TextbookFreeCoder.encode(unit)).isEqualTo(string);
        float fraction = unit.plan().fractions()[0];
        int[] starts = IntStream.rangeClosed(0, 2 * unit.cdfs().cdfs().half(0))
                .map(cell -> unit.cdfs().cdfs().start(0, fraction, cell))
                .toArray();
        assertThat(starts).isEqualTo(example.ints("starts"));
    }

    /** The worked example of the concept page is the first one of the format. */
    @Test
    void theWorkedExampleIsComputed() throws IOException {
        String page =
                Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../../docs/table-free.md"));
        int[] starts = examples().findFirst().orElseThrow().ints("starts");
        assertThat(page).contains("| start | " + joined(Arrays.stream(starts)));
        assertThat(page)
                .contains("| frequency | "
                        + joined(IntStream.range(0, starts.length)
                                .map(i -> (i + 1 < starts.length ? starts[i + 1] : 64) - starts[i])));
    }

    private static String joined(IntStream values) {
        return values.mapToObj(Integer::toString).collect(Collectors.joining(" | ")) + " |";
    }
}
