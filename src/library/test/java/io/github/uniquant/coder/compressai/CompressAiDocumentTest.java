package io.github.uniquant.coder.compressai;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.compressai.TextbookCompressAiCoder.Event;
import io.github.uniquant.table.CdfTables;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The example of {@code docs/compressai.md} is what the coder writes, event by event and state by state. */
class CompressAiDocumentTest {
    private static String page() throws IOException {
        return Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../../docs/compressai.md"));
    }

    /** What a line of the example says. */
    private static String line(String name) throws IOException {
        Matcher line =
                Pattern.compile("```compressai\n(?:.*\n)*?" + name + " +(.*)\n").matcher(page());
        assertThat(line.find()).as(name).isTrue();
        return line.group(1);
    }

    private static int[] ints(String text) {
        return Arrays.stream(text.split("\\s+", -1)).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void theWorkedExampleHoldsStateByState() throws IOException {
        String page = page();
        int[] row = ints(line("row"));
        int[] offset = ints(line("offset"));
        int[] symbols = ints(line("symbols"));
        CompressAiTables tables = CompressAiTables.of(row, new int[] {row.length}, offset);
        CdfTables cdfs = tables.tables();

        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        byte[] string = new byte[encoder.code(symbols, 0, new int[symbols.length], 0, symbols.length)];
        encoder.write(string, 0, string.length);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(string)).isEqualTo(line("string"));

        List<Event> events = new ArrayList<>();
        for (int symbol : symbols) {
            events.addAll(TextbookCompressAiCoder.events(cdfs, 0, symbol));
        }
        List<String> shown = page.lines()
                .filter(line -> line.matches("\\| (cell|n|group) .* \\|"))
                .toList();
        // Last to first, each with the state after it; a step that lets a word go has it in the last column.
        assertThat(shown)
                .containsExactlyElementsOf(IntStream.range(0, events.size())
                        .map(i -> events.size() - 1 - i)
                        .mapToObj(i -> {
                            byte[] now = TextbookCompressAiCoder.encode(events.subList(i, events.size()));
                            byte[] before = TextbookCompressAiCoder.encode(events.subList(i + 1, events.size()));
                            ByteBuffer bytes = ByteBuffer.wrap(now).order(ByteOrder.LITTLE_ENDIAN);
                            String word = now.length == before.length
                                    ? ""
                                    : String.format(" 0x%08x", bytes.getInt(Long.BYTES));
                            return "| " + name(shown.get(events.size() - 1 - i)) + " | "
                                    + events.get(i).start() + " | "
                                    + events.get(i).width() + " |" + word + " | "
                                    + String.format("0x%x |", bytes.getLong(0));
                        })
                        .toList());
        assertThat(shown.stream().map(CompressAiDocumentTest::name))
                .containsExactly(
                        "group 12", "group 4", "n = 2", "cell 3", "group 6", "n = 1", "cell 3", "cell 0", "cell 1");
    }

    private static String name(String row) {
        return row.substring(2, row.indexOf(" | "));
    }
}
