package io.github.uniquant.readme;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.internal.kernel.KernelProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README and the pages under docs show is what the code is and prints, and what they link to exists. */
class ReadmeTest {
    private static final Path ROOT =
            Path.of(System.getProperty("basedir", ".")).resolve("../..").normalize();

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    private static String block(String start) throws IOException {
        return block(readme(), start);
    }

    private static String block(String text, String start) {
        assertThat(text).contains(start);
        String rest = text.substring(text.indexOf(start) + start.length());
        return rest.substring(0, rest.indexOf("```"));
    }

    @Test
    void exampleIsCompiledCode() throws IOException {
        String source =
                Files.readString(ROOT.resolve("src/library/test/java/io/github/uniquant/readme/ReadmeExample.java"));
        String marker = "// example\n";
        String example = source.substring(source.indexOf(marker) + marker.length(), source.lastIndexOf(marker));
        assertThat(block("```java example\n")).isEqualTo(example);
    }

    @Test
    void examplePrintsWhatTheReadmeSays() throws IOException {
        assertThat(KernelProvider.reason()).isNotEmpty(); // logs once, before the output is caught
        PrintStream out = System.out;
        ByteArrayOutputStream caught = new ByteArrayOutputStream();
        System.setOut(new PrintStream(caught, true, StandardCharsets.UTF_8));
        try {
            ReadmeExample.main();
        } finally {
            System.setOut(out);
        }
        assertThat(caught.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n"))
                .isEqualTo(block("```output\n"));
    }

    @Test
    void serviceExampleIsTestedCode() throws IOException {
        String source = Files.readString(
                ROOT.resolve("src/library/test/java/io/github/uniquant/container/ServiceExampleTest.java"));
        assertThat(block("```java service\n").lines().map(String::strip))
                .hasSizeLessThanOrEqualTo(5)
                .allSatisfy(line -> assertThat(source).contains(line));
    }

    @Test
    void compressAiExampleIsTestedCode() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/compatibility.md"));
        String source = Files.readString(
                ROOT.resolve("src/library/test/java/io/github/uniquant/coder/compressai/CompressAiExample.java"));
        String marker = "    // example\n";
        String example = source.substring(source.indexOf(marker) + marker.length(), source.lastIndexOf(marker));
        assertThat(block(page, "```java compressai\n")).isEqualTo(example.indent(-4));
    }

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            return Stream.concat(
                    Stream.of(ROOT.resolve("README.md")),
                    docs.filter(page -> page.toString().endsWith(".md")))
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksLeadSomewhere(Path page) throws IOException {
        for (MatchResult link : Pattern.compile("\\]\\((?!https?:)([^)#]+)(#[^)]*)?\\)")
                .matcher(Files.readString(page))
                .results()
                .toList()) {
            assertThat(page.resolveSibling(link.group(1)))
                    .as("%s links to %s", page.getFileName(), link.group(1))
                    .exists();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linkedSourcesAreNamedAfterTheirClass(Path page) throws IOException {
        for (MatchResult link : Pattern.compile("\\[`(\\w+)`\\]\\(([^)]+\\.java)\\)")
                .matcher(Files.readString(page))
                .results()
                .toList()) {
            assertThat(link.group(2)).endsWith("/" + link.group(1) + ".java");
        }
    }
}
