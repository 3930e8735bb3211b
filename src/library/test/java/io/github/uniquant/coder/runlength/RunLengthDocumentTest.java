package io.github.uniquant.coder.runlength;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The example and the tables of codes of {@code docs/run-length.md} are what the coder writes. */
class RunLengthDocumentTest {
    private static String page() throws IOException {
        return Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../../docs/run-length.md"));
    }

    private static IntegerCode code(String text) {
        Matcher rice = Pattern.compile("rice\\((\\d+)\\)").matcher(text);
        return rice.matches() ? IntegerCode.rice(Integer.parseInt(rice.group(1))) : IntegerCode.GAMMA;
    }

    @Test
    void theWorkedExampleHoldsBitByBit() throws IOException {
        Matcher block =
                Pattern.compile("```run-length\n(.*?)```", Pattern.DOTALL).matcher(page());
        assertThat(block.find()).isTrue();
        int[] symbols = {};
        RunLengthFormat format = RunLengthFormat.GAMMA;
        int strings = 0;
        for (String line : block.group(1).lines().toList()) {
            String[] words = line.strip().split("\\s+", -1);
            String rest = String.join("", Arrays.asList(words).subList(1, words.length));
            switch (words[0]) {
                case "symbols" ->
                    symbols = Arrays.stream(words)
                            .skip(1)
                            .mapToInt(Integer::parseInt)
                            .toArray();
                case "format" -> format = new RunLengthFormat(code(words[1]), code(words[2]), words.length > 3);
                case "bits" ->
                    assertThat(TextbookRunLengthCoder.bits(format, symbols)).isEqualTo(rest);
                case "string" -> {
                    RunLengthEncoder encoder = new RunLengthEncoder(format);
                    byte[] string = new byte[encoder.code(symbols, 0, symbols.length)];
                    encoder.write(string, 0, string.length);
                    assertThat(HexFormat.of().formatHex(string)).isEqualTo(rest);
                    strings++;
                }
                default -> throw new AssertionError("unknown line: " + line);
            }
        }
        assertThat(strings).isEqualTo(3);
    }

    /** A magnitude in front of nothing, behind a run of 0 by rice(0) and a sign, which are two bits. */
    @Test
    void theTablesOfCodesHold() throws IOException {
        int checked = 0;
        int[] values = {};
        for (String line : page().lines().toList()) {
            String[] words = line.strip().split("\\s+", -1);
            if (words[0].equals("v") && words.length == 9) {
                values =
                        Arrays.stream(words).skip(1).mapToInt(Integer::parseInt).toArray();
            } else if (line.startsWith("    ") && words[0].matches("gamma|rice\\(\\d\\)") && values.length > 0) {
                RunLengthFormat format = new RunLengthFormat(IntegerCode.rice(0), code(words[0]), false);
                for (int i = 1; i < words.length && !words[i].equals("..."); i++) {
                    int x = values[i - 1] + 1 - format.magnitudeCode().least();
                    assertThat(TextbookRunLengthCoder.bits(format, x)).isEqualTo("1" + "1" + words[i]);
                    checked++;
                }
            }
        }
        assertThat(checked).isEqualTo(8 + 5 + 8);
    }
}
