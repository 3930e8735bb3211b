package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The examples of {@code docs/format.md} are what the library writes and reads. */
class FormatDocumentTest {
    private static UniversalBatchedEntropyModel model() {
        return UniversalBatchedEntropyModel.builder(
                        NoisyNormal.of(Tensor.of(Shape.scalar(), 0f), Tensor.of(Shape.scalar(), 1f)))
                .codingRank(1)
                .compression(true)
                .numNoiseLevels(1)
                .rangeCoderPrecision(8)
                .coder(CoderFormat.TFC_RANGE)
                .build();
    }

    /** The bytes of a block: lines of an offset, bytes and a comment behind a bar. Offsets must be those of the bytes. */
    private static byte[] example(String name) throws IOException {
        String text =
                Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../../docs/format.md"));
        String start = "```hex " + name + "\n";
        assertThat(text).contains(start);
        String block = text.substring(text.indexOf(start) + start.length());
        BlockWriter bytes = new BlockWriter();
        int first = -1;
        for (String line : block.substring(0, block.indexOf("```")).lines().toList()) {
            int offset = HexFormat.fromHexDigits(line, 0, 4);
            first = first < 0 ? offset : first;
            assertThat(offset - first).as(line).isEqualTo(bytes.size());
            byte[] parsed =
                    HexFormat.of().parseHex(line.substring(4, line.indexOf('|')).replace(" ", ""));
            bytes.bytes(parsed, 0, parsed.length);
        }
        return bytes.toBytes();
    }

    @Test
    void modelIsAsDocumented() throws IOException {
        byte[] bytes = ModelFile.toBytes(model());
        assertThat(example("model")).isEqualTo(bytes);
        assertThat(ModelFile.read(example("model")).getConfig()).isEqualTo(model().getConfig());
        byte[] stored = ModelFile.toBytes(model(), TableStorage.STORED);
        byte[] tables = example("tables");
        assertThat(stored).hasSize(bytes.length + tables.length);
        assertThat(Arrays.copyOfRange(stored, bytes.length - 4, stored.length - 4))
                .isEqualTo(tables);
        assertThat(stored[0x18]).isEqualTo((byte) 2);
    }

    @Test
    void tensorIsAsDocumented() throws IOException {
        Tensor x = Tensor.of(Shape.of(4), 0.1f, -0.6f, 0.3f, 9f);
        TensorWriter writer = TensorWriter.ofExternal(model()).step(0.5).segmentElements(3);
        assertThat(example("tensor")).isEqualTo(writer.toBytes(x));
        assertThat(TensorFile.of(example("tensor")).decode(model()))
                .isEqualTo(Tensor.of(Shape.of(4), 0f, -0.5f, 0.5f, 9f));
    }
}
