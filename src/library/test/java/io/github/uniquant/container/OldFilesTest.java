package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.ContinuousBatchedEntropyModel;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.UniversalIndexedEntropyModel;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Files of every released version stay readable. They lie in {@code test/resources/container}, named for what they hold and
 * their version. To add one, write it with {@link ModelFile} or {@link TensorWriter}, commit it, and add a test with what
 * it holds as literals; a file that is there is never written again.
 */
class OldFilesTest {
    private static byte[] resource(String name) throws IOException {
        try (InputStream stream = OldFilesTest.class.getResourceAsStream("/container/" + name)) {
            return Objects.requireNonNull(stream, name).readAllBytes();
        }
    }

    private static UniversalBatchedEntropyModel normal() {
        return UniversalBatchedEntropyModel.builder(
                        NoisyNormal.of(Tensor.of(Shape.of(3), -0.5f, 0f, 0.25f), Tensor.of(Shape.of(3), 0.5f, 1f, 2f)))
                .codingRank(1)
                .compression(true)
                .numNoiseLevels(3)
                .rangeCoderPrecision(8)
                .coder(CoderFormat.TFC_RANGE)
                .build();
    }

    @Test
    void modelWithRebuiltTables() throws IOException {
        UniversalBatchedEntropyModel model = ModelFile.read(resource("normal-1.uqm"));
        assertThat(model.getConfig()).isEqualTo(normal().getConfig());
        assertThat(model.getWeights()).isEqualTo(normal().getWeights());
        assertThat(model.tables().hash()).isEqualTo(0x87ceccbc75205ed8L);
        assertThat(ModelFile.toBytes(model)).isEqualTo(resource("normal-1.uqm"));
    }

    @Test
    void modelWithStoredTables() throws IOException {
        UniversalBatchedEntropyModel model = ModelFile.read(resource("deep-1.uqm"));
        assertThat(model.prior().family()).isEqualTo("NoisyDeepFactorized");
        assertThat(model.dither()).isEqualTo(Dither.seed(-7, 1L << 40));
        assertThat(model.bottleneckType()).isEqualTo(ElementType.FLOAT64);
        assertThat(model.tables().hash()).isEqualTo(0xfe3647a33739e9eeL);
        assertThat(ModelFile.toBytes(model, TableStorage.STORED)).isEqualTo(resource("deep-1.uqm"));
    }

    @Test
    void tensorWithItsModelInSegments() throws IOException {
        TensorFile file = TensorFile.of(resource("deep-1.uq"));
        assertThat(file.segmentsPerUnit()).isEqualTo(2);
        double[] values = {
            0.08333333333333331,
            0.08333333333333331,
            0.5833333333333333,
            -1.0833333333333333,
            -0.08333333333333334,
            1.9166666666666667,
            -2.4166666666666665,
            0.08333333333333331,
            2.9166666666666665,
            -3.4166666666666665,
            0.08333333333333331,
            44.083333333333336,
            -4.416666666666667,
            0.08333333333333331,
            5.083333333333333,
            -5.583333333333333,
            -0.08333333333333334,
            6.083333333333333,
            -6.416666666666667,
            -0.08333333333333334
        };
        assertThat(file.decode()).isEqualTo(Tensor.of(Shape.of(2, 5, 2), values));
    }

    @Test
    void tensorOfAnExternalModel() throws IOException {
        TensorFile file = TensorFile.of(resource("normal-1.uq"));
        assertThat(file.decode(ModelFile.read(resource("normal-1.uqm"))))
                .isEqualTo(Tensor.of(Shape.of(2, 3), -0.6875f, 1.25f, 3.0625f, 0.0625f, -9f, 0.3125f));
    }

    private static BitStrings strings(int[] lengths, int... bytes) {
        byte[] joined = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            joined[i] = (byte) bytes[i];
        }
        return BitStrings.of(Shape.of(lengths.length), joined, lengths);
    }

    @Test
    void continuousBatchedModelWithRebuiltTables() throws IOException {
        byte[] file = resource("continuous-batched-2.uqm");
        ContinuousBatchedEntropyModel model =
                ModelFile.read(ContinuousBatchedEntropyModel.class, MemorySegment.ofArray(file));
        assertThat(model.prior().parameters()).isEqualTo(normal().prior().parameters());
        assertThat(model.quantizationOffset()).contains(Tensor.of(Shape.of(3), -0.5f, 0f, 0.25f));
        assertThat(model.tables().hash()).isEqualTo(0xa12bf220a4415707L);
        assertThat(model.decompress(strings(new int[] {2, 2}, 0xd8, 0x67, 0x9f, 0xc8), Shape.scalar()))
                .isEqualTo(Tensor.of(Shape.of(2, 3), 0.5f, -2f, 3.25f, -0.5f, 0f, 9.25f));
        assertThat(ModelFile.toBytes(model)).isEqualTo(file);
    }

    @Test
    void universalIndexedModelWithStoredTables() throws IOException {
        byte[] file = resource("universal-indexed-2.uqm");
        UniversalIndexedEntropyModel model =
                ModelFile.read(UniversalIndexedEntropyModel.class, MemorySegment.ofArray(file));
        assertThat(model.indexRanges()).containsExactly(2, 3);
        assertThat(model.numNoiseLevels()).isEqualTo(3);
        assertThat(model.tables().hash()).isEqualTo(0x36604b40b9540f54L);
        Tensor indexes = Tensor.of(Shape.of(2, 3, 2), 0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2);
        assertThat(model.decompress(strings(new int[] {2, 2}, 0x09, 0x0b, 0x1b, 0x06), indexes))
                .isEqualTo(Tensor.of(Shape.of(2, 3), 0.25f, -2f, 3.25f, -0.25f, 0f, 9f));
        assertThat(ModelFile.toBytes(model, TableStorage.STORED)).isEqualTo(file);
    }
}
