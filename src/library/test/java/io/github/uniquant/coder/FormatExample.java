package io.github.uniquant.coder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An example of {@code docs/format.md}: a block of lines, each a keyword and its values. */
public record FormatExample(String name, Map<String, List<String>> lines) {
    /** Those of a kind, in the order of the page. */
    public static Stream<FormatExample> all(String kind) throws IOException {
        String page =
                Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../../docs/format.md"));
        return Pattern.compile("```" + kind + " (\\S+)\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(block -> parse(block.group(1), block.group(2)));
    }

    private static FormatExample parse(String name, String text) {
        return new FormatExample(
                name,
                text.lines()
                        .map(line -> List.of(line.trim().split("\\s+")))
                        .collect(Collectors.toMap(List::getFirst, words -> words.subList(1, words.size()))));
    }

    /** The values of a keyword; none where it is missing. */
    public List<String> line(String keyword) {
        return lines.getOrDefault(keyword, List.of());
    }

    /** The values of a keyword as integers, without the first ones. */
    public int[] ints(String keyword, int from) {
        return line(keyword).stream().skip(from).mapToInt(Integer::parseInt).toArray();
    }

    public int[] ints(String keyword) {
        return ints(keyword, 0);
    }

    @Override
    public String toString() {
        return name;
    }
}
