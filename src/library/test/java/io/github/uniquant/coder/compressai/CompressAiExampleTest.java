package io.github.uniquant.coder.compressai;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.BitStrings;
import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CompressAiExampleTest {
    private static final CompressAiTables TABLES = CompressAiTables.of(
            new int[] {0, 6000, 59000, 65000, 65536, 0, 0, 0, 900, 12000, 52000, 64000, 65500, 65536},
            new int[] {5, 7},
            new int[] {-1, -2});

    @Test
    void latentsOfTwoChannelsComeBackRoundedAboutTheirMeans() {
        int[] indexes = IntStream.range(0, 12)
                .map(i -> CompressAiExample.channelIndex(i, 2, 3))
                .toArray();
        assertThat(indexes).containsExactly(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1);
        float[] means = new float[12];
        Arrays.fill(means, 6, 12, 0.25f);
        float[] y = {0.5f, 1.5f, -0.5f, 0.1f, -70, 0, 0.25f, 0.75f, 1.75f, -1.2f, 2.2f, 9};
        byte[] string = CompressAiExample.compress(new CompressAiEncoder(TABLES), y, means, indexes);
        int[] symbols = {0, 2, 0, 0, -70, 0, 0, 0, 2, -1, 2, 9};
        assertThat(string).isEqualTo(TextbookCompressAiCoder.encode(TABLES.tables(), indexes, symbols));
        assertThat(CompressAiExample.decompress(new CompressAiDecoder(TABLES, true), string, means, indexes))
                .containsExactly(0, 2, 0, 0, -70, 0, 0.25f, 0.25f, 2.25f, -0.75f, 2.25f, 9.25f);
    }

    @Test
    void aScaleHasTheTableOfTheFirstThatIsNotSmaller() {
        float[] table = {0.11f, 1, 32};
        assertThat(IntStream.range(0, 7)
                        .map(i -> CompressAiExample.scaleIndex(
                                table, new float[] {0, 0.11f, 0.12f, 1, 1.01f, 32, 1000}[i])))
                .containsExactly(0, 0, 1, 1, 2, 2, 2);
    }

    /** The same tables in a model of this library, whose strings are native ones. */
    @Test
    void tablesMakeAModel() {
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(TABLES.tables())
                .codingRank(1)
                .build();
        Tensor y = Tensor.of(Shape.of(6), 0.2f, -2, 2, 1, 70, -9);
        Tensor indexes = Tensor.of(Shape.of(6), 0, 1, 1, 0, 1, 0);
        BitStrings strings = model.compress(y, indexes);
        assertThat(model.decompress(strings, indexes).floats()).containsExactly(0, -2, 2, 1, 70, -9);
        assertThat(strings.get(0)).hasSizeLessThan(15);
    }
}
