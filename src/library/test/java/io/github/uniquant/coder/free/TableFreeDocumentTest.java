package io.github.uniquant.coder.free;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.free.FreeUnit.Family;
import io.github.uniquant.table.free.TableFreeCdfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of {@code docs/format.md} and {@code docs/table-free.md} are what the library computes. */
class TableFreeDocumentTest {
    private static final Pattern BLOCK = Pattern.compile("```rans-free (\\S+)\n(.*?)```", Pattern.DOTALL);
    private static final double TAIL_MASS = 0x1p-8;

    /** A block of the page: lines of a keyword and its values. */
    record Example(String name, Map<String, List<String>> lines) {
        static Example parse(String name, String text) {
            return new Example(
                    name,
                    text.lines()
                            .map(line -> List.of(line.trim().split("\\s+")))
                            .collect(Collectors.toMap(List::getFirst, words -> words.subList(1, words.size()))));
        }

        private List<String> line(String keyword) {
            return lines.getOrDefault(keyword, List.of());
        }

        private int[] ints(String keyword) {
            return line(keyword).stream().mapToInt(Integer::parseInt).toArray();
        }

        FreeUnit unit() {
            List<String> prior = line("prior");
            double[] loc = {Double.parseDouble(prior.get(1))};
            double[] scale = {Double.parseDouble(prior.get(2))};
            TableFreeCdfs cdfs =
                    TableFreeCdfs.of(Family.valueOf(prior.getFirst()).of(loc, scale), ints("precision")[0], TAIL_MASS);
            double[] offsets =
                    line("offsets").stream().mapToDouble(Double::parseDouble).toArray();
            return new FreeUnit(cdfs, offsets, ints("symbols"));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static String page(String name) throws IOException {
        return Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../../docs/" + name));
    }

    static Stream<Example> examples() throws IOException {
        return BLOCK.matcher(page("format.md")).results().map(block -> Example.parse(block.group(1), block.group(2)));
    }

    @Test
    void noExampleIsMissing() throws IOException {
        assertThat(examples().map(Example::name)).containsExactly("normal", "outside", "coarse");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void examplesAreWhatTheCoderWritesAndReads(Example example) {
        FreeUnit unit = example.unit();
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
        String page = page("table-free.md");
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
