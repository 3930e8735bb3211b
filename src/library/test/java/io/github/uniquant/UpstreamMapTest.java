package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.compressai.CompressAiDecoder;
import io.github.uniquant.coder.compressai.CompressAiEncoder;
import io.github.uniquant.coder.compressai.CompressAiTables;
import io.github.uniquant.rate.RateEstimate;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Checks docs/upstream-map.md against the classes it speaks of. */
class UpstreamMapTest {
    private static final Path PAGE = Path.of("docs", "upstream-map.md");

    private static final Map<String, Class<?>> CLASSES = Map.ofEntries(
            Map.entry("Model", UniversalBatchedEntropyModel.class),
            Map.entry("Builder", UniversalBatchedEntropyModel.Builder.class),
            Map.entry("RateEstimate", RateEstimate.class),
            Map.entry("CB", ContinuousBatchedEntropyModel.class),
            Map.entry("CB.Builder", ContinuousBatchedEntropyModel.Builder.class),
            Map.entry("CI", ContinuousIndexedEntropyModel.class),
            Map.entry("CI.Builder", ContinuousIndexedEntropyModel.Builder.class),
            Map.entry("LS", LocationScaleIndexedEntropyModel.class),
            Map.entry("UI.Builder", UniversalIndexedEntropyModel.Builder.class),
            Map.entry("CompressAiEncoder", CompressAiEncoder.class),
            Map.entry("CompressAiDecoder", CompressAiDecoder.class),
            Map.entry("CompressAiTables", CompressAiTables.class));

    private static final List<String> ARGUMENTS = List.of(
            "prior",
            "coding_rank",
            "compression",
            "laplace_tail_mass",
            "expected_grads",
            "tail_mass",
            "range_coder_precision",
            "bottleneck_dtype",
            "num_noise_levels",
            "stateless",
            "decode_sanity_check",
            "decode_sanity_check = False");

    private static final List<String> ATTRIBUTES = List.of(
            "bottleneck_dtype",
            "cdf",
            "cdf_offset",
            "coding_rank",
            "compression",
            "expected_grads",
            "laplace_tail_mass",
            "name",
            "name_scope",
            "non_trainable_variables",
            "prior",
            "prior_shape",
            "prior_shape_tensor",
            "range_coder_precision",
            "stateless",
            "submodules",
            "tail_mass",
            "trainable_variables",
            "variables");

    private static final List<String> METHODS = List.of(
            "compress(bottleneck)",
            "decompress(strings, broadcast_shape)",
            "get_config()",
            "RuntimeError of get_config()",
            "get_weights()",
            "set_weights(weights)",
            "with_name_scope(method)",
            "__call__(bottleneck, training)",
            "(bottleneck_perturbed, bits)");

    private record Row(String upstream, String java, String test, String remarks) {}

    private static String page() throws IOException {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve(PAGE))) {
            folder = Objects.requireNonNull(folder.getParent(), "no folder above holds " + PAGE);
        }
        return Files.readString(folder.resolve(PAGE));
    }

    private static List<Row> rows(String section) throws IOException {
        Matcher matcher = Pattern.compile("^## " + section + "$(.*?)(?=^## |\\z)", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(page());
        assertThat(matcher.find()).as(section).isTrue();
        return matcher.group(1)
                .lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| upstream"))
                .map(line -> line.replace("`", "").split("\\|", -1))
                .map(cells -> new Row(cells[1].strip(), cells[2].strip(), cells[3].strip(), cells[4].strip()))
                .toList();
    }

    private static Stream<Row> allRows() throws IOException {
        return Stream.of(
                        rows("Constructor arguments"),
                        rows("Attributes"),
                        rows("Methods"),
                        rows("Sister models"),
                        rows("CompressAI"))
                .flatMap(List::stream);
    }

    @Test
    void everyNameOfUpstreamsPageHasItsRow() throws IOException {
        assertThat(rows("Constructor arguments")).extracting(Row::upstream).containsExactlyElementsOf(ARGUMENTS);
        assertThat(rows("Attributes")).extracting(Row::upstream).containsExactlyElementsOf(ATTRIBUTES);
        assertThat(rows("Methods")).extracting(Row::upstream).containsExactlyElementsOf(METHODS);
    }

    @Test
    void everyJavaMemberIsPublicAndExists() throws IOException {
        for (Row row : allRows().filter(row -> !row.java().equals("none")).toList()) {
            String[] name = row.java().split("#", -1);
            Class<?> type = Objects.requireNonNull(CLASSES.get(name[0]), row.java());
            assertThat(type.getMethods())
                    .as(row.upstream())
                    .extracting(Method::getName)
                    .contains(name[1]);
        }
    }

    @Test
    void everyTestExistsAndIsOne() throws IOException, ClassNotFoundException {
        for (Row row : allRows().filter(row -> !row.java().equals("none")).toList()) {
            String[] name = row.test().split("#", -1);
            Class<?> test = Class.forName(getClass().getPackageName() + "." + name[0]);
            assertThat(Arrays.stream(test.getDeclaredMethods())
                            .filter(method -> method.isAnnotationPresent(Test.class)
                                    || method.isAnnotationPresent(ParameterizedTest.class))
                            .filter(method -> !Modifier.isPrivate(method.getModifiers()))
                            .map(Method::getName))
                    .as(row.upstream())
                    .contains(name[1]);
        }
    }

    @Test
    void whatHasNoMemberHasAReasonAndNoTest() throws IOException {
        List<Row> none = allRows().filter(row -> row.java().equals("none")).toList();
        assertThat(none)
                .extracting(Row::upstream)
                .containsExactly("name", "name_scope", "submodules", "with_name_scope(method)");
        for (Row row : none) {
            assertThat(row.test()).as(row.upstream()).isEmpty();
            assertThat(row.remarks()).as(row.upstream()).startsWith("tf.Module plumbing: ");
        }
    }
}
