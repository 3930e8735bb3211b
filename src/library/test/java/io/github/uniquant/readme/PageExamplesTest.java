package io.github.uniquant.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.BitStrings;
import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.UnitEncoder;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.TensorFile;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of the pages are compiled code, and do what their pages say. */
class PageExamplesTest {
    private static final Path ROOT =
            Path.of(System.getProperty("basedir", ".")).resolve("../..").normalize();

    private static Tensor normal(double deviation, int... dims) {
        SplittableRandom random = new SplittableRandom(1);
        float[] values = new float[(int) Shape.of(dims).elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return Tensor.of(Shape.of(dims), values);
    }

    @ParameterizedTest
    @CsvSource({
        "README.md, unit",
        "docs/fitting.md, fit",
        "docs/gradients.md, training",
        "docs/entropy-models.md, location-scale",
        "docs/entropy-models.md, slices"
    })
    void examplesAreCompiledCode(String page, String name) throws IOException {
        String source =
                Files.readString(ROOT.resolve("src/library/test/java/io/github/uniquant/readme/PageExamples.java"));
        String marker = "// " + name + "\n";
        String example = source.substring(source.indexOf(marker) + marker.length(), source.lastIndexOf(marker))
                .stripTrailing();
        assertThat(Files.readString(ROOT.resolve(page)))
                .contains("```java " + name + "\n" + example.stripIndent() + "\n```\n");
    }

    @Test
    void aUnitComesBack() {
        float[] scale = new float[64];
        Arrays.fill(scale, 3);
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(64), new float[64], scale))
                .codingRank(2)
                .compression(true)
                .build();
        float[] values = normal(3, 12, 64).floats();
        float[] decoded = new float[values.length];
        PageExamples.unit(model, values, decoded);
        assertThat(decoded).containsExactly(values, within(0.50001f));
    }

    @Test
    void aTensorWithAFittedPriorComesBack(@TempDir Path folder) throws IOException {
        Tensor tensor = normal(2, 30, 64);
        Path path = folder.resolve("x.uq");
        PageExamples.fit(tensor, path);
        try (TensorFile file = TensorFile.open(path)) {
            assertThat(file.decode().floats()).containsExactly(tensor.floats(), within(0.05001f));
        }
    }

    @Test
    void descentFindsTheDataDeviation() {
        Tensor batch = normal(4, 3000, 1);
        Prior prior = NoisyNormal.of(Shape.of(1), new float[] {1}, new float[] {1});
        for (int step = 0; step < 300; step++) {
            prior = PageExamples.descend(prior, batch, 0.1);
        }
        assertThat(prior.parameters().get(1).value().get(0)).isCloseTo(4, within(0.2));
    }

    @Test
    void locationsComeBackWithTheirValues() {
        Tensor y = Tensor.of(Shape.of(3), 0.875f, 2.5f, -7.75f);
        Tensor decoded =
                PageExamples.locationScale(y, Tensor.of(Shape.of(3), 0, 1, 2), Tensor.of(Shape.of(3), 1, 0.25f, -1.5f));
        assertThat(decoded.floats()).containsExactly(1, 2.25f, -7.5f);
    }

    /** Each slice about the values of the one before, and the wider the farther those are from 0. */
    @Test
    void slicesComeBackThatTheSlicesBeforePredict() {
        int elements = 40;
        PageExamples.Context context = (values, slice, indexes, loc) -> {
            for (int i = 0; i < elements; i++) {
                loc[i] = slice == 0 ? 0 : values[(slice - 1) * elements + i];
                indexes[i] = Math.abs(loc[i]) < 2 ? 0 : 1;
            }
        };
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(2), new float[2], new float[] {1, 3}))
                .codingRank(1)
                .compression(true)
                .build();
        float[] values = normal(2, 5, elements).floats();
        int[] indexes = new int[elements];
        float[] loc = new float[elements];
        UnitEncoder encoder =
                model.newEncoder(Tensor.of(Shape.of(elements), indexes), Tensor.of(Shape.of(elements), loc));
        byte[] out = new byte[Math.toIntExact(5 * encoder.maxBytes())];
        int[] lengths = new int[5];
        float[] expected = new float[values.length];
        int end = 0;
        for (int slice = 0; slice < 5; slice++) {
            context.predict(expected, slice, indexes, loc);
            lengths[slice] = encoder.encode(values, slice * elements, out, end);
            end += lengths[slice];
            for (int i = 0; i < elements; i++) {
                int at = slice * elements + i;
                expected[at] = (float) Math.rint(values[at] - loc[i]) + loc[i];
            }
        }
        BitStrings strings = BitStrings.of(Shape.of(5), Arrays.copyOf(out, end), lengths);
        assertThat(PageExamples.slices(model, strings, elements, context)).isEqualTo(expected);
    }
}
