package io.github.uniquant.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Checks the vectors of the folder that the property {@code uniquant.golden} names, relative to where Maven was started, or
 * else of the copy in the test resources.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTest {
    private final Map<GoldenKind, Integer> checked = new EnumMap<>(GoldenKind.class);
    private @Nullable GoldenFolder folder;

    /** The folder that the property names, or the copy in the test resources. */
    static Path root() {
        String property = System.getProperty("uniquant.golden");
        if (property == null) {
            return defaultRoot();
        }
        return Path.of(System.getProperty("uniquant.golden.base", ""))
                .resolve(property)
                .toAbsolutePath();
    }

    /** The copy in the test resources. */
    static Path defaultRoot() {
        URL copy = GoldenTest.class.getResource("/golden");
        assertThat(copy).as("the copy of the vectors in the test resources").isNotNull();
        try {
            return Path.of(copy.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @TestFactory
    Stream<DynamicContainer> upstreamsVectorsHold() {
        GoldenFolder opened = GoldenFolder.open(root());
        folder = opened;
        return opened.cases().entrySet().stream()
                .map(entry -> DynamicContainer.dynamicContainer(
                        entry.getKey().folder(), tests(entry.getKey(), entry.getValue())));
    }

    private Stream<DynamicTest> tests(GoldenKind kind, List<Path> cases) {
        return cases.stream()
                .map(path -> DynamicTest.dynamicTest(kind.folder() + "/" + path.getFileName(), () -> {
                    kind.check(path);
                    checked.merge(kind, 1, Integer::sum);
                }));
    }

    @AfterAll
    void printTheCounts() {
        if (folder != null) {
            System.out.println(folder.report(checked));
        }
    }
}
