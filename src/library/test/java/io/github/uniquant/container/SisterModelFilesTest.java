package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.ContinuousBatchedEntropyModel;
import io.github.uniquant.ContinuousIndexedEntropyModel;
import io.github.uniquant.EntropyModel;
import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.UniversalIndexedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyPrior;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Model files of version 2, which hold every model but the universal batched one. */
class SisterModelFilesTest {
    private static final Prior NORMAL =
            NoisyNormal.of(Shape.of(3), new float[] {0.25f, 0, -1}, new float[] {0.5f, 1, 2});

    static Stream<EntropyModel> models() {
        return Stream.of(
                ContinuousBatchedEntropyModel.builder(NORMAL)
                        .codingRank(2)
                        .compression(true)
                        .build(),
                ContinuousBatchedEntropyModel.builder(NORMAL)
                        .codingRank(2)
                        .compression(true)
                        .offsetHeuristic(false)
                        .build(),
                ContinuousBatchedEntropyModel.builder(NORMAL)
                        .codingRank(2)
                        .compression(true)
                        .bottleneckType(ElementType.FLOAT16)
                        .build(),
                ContinuousBatchedEntropyModel.builder(NORMAL)
                        .codingRank(2)
                        .compression(true)
                        .bottleneckType(ElementType.BFLOAT16)
                        .build(),
                ContinuousBatchedEntropyModel.builder(NoisyPrior.of(NORMAL.base()))
                        .codingRank(1)
                        .compression(true)
                        .build(),
                ContinuousIndexedEntropyModel.builder(
                                i -> NoisyLogistic.of(i.map(x -> x[0] - 1), i.map(x -> x[1] + 0.5)), 3, 2)
                        .codingRank(1)
                        .compression(true)
                        .channelAxis(-2)
                        .build(),
                LocationScaleIndexedEntropyModel.builder(NoisyNormal::of, 4, i -> i + 0.25)
                        .codingRank(0)
                        .compression(true)
                        .build(),
                UniversalIndexedEntropyModel.builder(NORMAL)
                        .codingRank(1)
                        .compression(true)
                        .numNoiseLevels(3)
                        .dither(Dither.seed(4, 5))
                        .build());
    }

    private static EntropyModel read(byte[] bytes) {
        return ModelFile.read(EntropyModel.class, MemorySegment.ofArray(bytes));
    }

    @ParameterizedTest
    @MethodSource("models")
    void readingInvertsWriting(EntropyModel model) throws IOException {
        for (TableStorage storage : TableStorage.values()) {
            byte[] bytes = ModelFile.toBytes(model, storage);
            assertThat(bytes[8]).isEqualTo((byte) 2);
            EntropyModel read = read(bytes);
            assertThat(read).hasSameClassAs(model);
            for (EntropyModel other : new EntropyModel[] {
                ModelFile.read(EntropyModel.class, bytes),
                ModelFile.read(EntropyModel.class, new ByteArrayInputStream(bytes))
            }) {
                assertThat(ModelFile.toBytes(other, storage)).isEqualTo(bytes);
            }
            assertThat(read.tables()).isEqualTo(model.tables());
            if (!model.prior().family().equals("user")) {
                assertThat(read.getConfig()).isEqualTo(model.getConfig());
                assertThat(read.variables()).isEqualTo(model.variables());
            } else {
                assertThat(read.hasPrior()).isFalse();
                assertThat(read.nonTrainableVariables()).isEqualTo(model.nonTrainableVariables());
            }
            assertThat(ModelFile.toBytes(read, storage)).isEqualTo(bytes);
        }
    }

    @Test
    void tablesOfAKnownPriorAreLeftOut() {
        models().filter(model -> !model.prior().family().equals("user"))
                .forEach(model -> assertThat(ModelFile.toBytes(model).length)
                        .isLessThan(ModelFile.toBytes(model, TableStorage.STORED).length));
    }

    @Test
    void aReaderSaysWhichClassItWants(@TempDir Path folder) throws IOException {
        EntropyModel model = models().findFirst().orElseThrow();
        Path path = folder.resolve("model.uqm");
        ModelFile.write(model, path);
        ContinuousBatchedEntropyModel read = ModelFile.read(ContinuousBatchedEntropyModel.class, path);
        assertThat(read.getWeights()).isEqualTo(model.getWeights());
        assertThatThrownBy(() -> ModelFile.read(path))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("file=ContinuousBatchedEntropyModel asked=UniversalBatchedEntropyModel");
        byte[] universal = ModelFile.toBytes(Samples.small().build());
        assertThat(universal[8]).isEqualTo((byte) 1);
        assertThat(read(universal)).isInstanceOf(UniversalBatchedEntropyModel.class);
        assertThatThrownBy(
                        () -> ModelFile.read(LocationScaleIndexedEntropyModel.class, MemorySegment.ofArray(universal)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("file=UniversalBatchedEntropyModel asked=LocationScaleIndexedEntropyModel");
    }

    /** Each content has one encoding: a class in version 1, or none in version 2, is malformed. */
    @Test
    void theVersionAndTheClassGoTogether() {
        EntropyModel model = models().findFirst().orElseThrow();
        byte[] sister = Frame.of(Frame.Kind.MODEL, 1, Samples.header(ModelFile.toBytes(model)));
        assertThatThrownBy(() -> read(sister))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("version=1 class_name=ContinuousBatchedEntropyModel");
        byte[] universal = Frame.of(
                Frame.Kind.MODEL,
                2,
                Samples.header(ModelFile.toBytes(Samples.small().build())));
        assertThatThrownBy(() -> read(universal))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("version=2 class_name=null");
    }

    @ParameterizedTest
    @CsvSource({
        "ContinuousBatchedEntropyModel, ContinuousBatchedEntropyModem",
        "ContinuousBatchedEntropyModel, UniversalBatchedEntropyModelz"
    })
    void aClassThatIsNotKnownIsRefusedByName(String name, String other) {
        byte[] header = Samples.header(ModelFile.toBytes(models().findFirst().orElseThrow()));
        byte[] edited = Samples.replaced(header, name, other);
        assertThatThrownBy(() -> read(Frame.of(Frame.Kind.MODEL, 2, edited)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("class_name=" + other.substring(0, name.length()));
    }

    /** The checksum made to fit: what is behind it may be anything, and ends in one of the two exceptions. */
    @ParameterizedTest
    @MethodSource("models")
    void everyChangedByteIsReadOrRefused(EntropyModel model) {
        byte[] header = Samples.header(ModelFile.toBytes(model));
        int refused = 0;
        for (int i = 0; i < header.length; i++) {
            for (int flip : new int[] {1, 0x80, 0xff}) {
                byte[] edited = header.clone();
                edited[i] ^= (byte) flip;
                try {
                    assertThat(read(Frame.of(Frame.Kind.MODEL, 2, edited)).compression())
                            .isTrue();
                } catch (IllegalArgumentException | MalformedBitstreamException e) {
                    refused++;
                }
            }
        }
        assertThat(refused).isGreaterThan(header.length);
    }

    /** A few bytes that ask for gigabytes: the tables say how many elements there are. */
    @Test
    void aShapeOfMoreElementsThanTablesIsMalformed() {
        CdfTables one = CdfTables.of(new int[] {-2, 0, 1, 4}, new int[] {0});
        EntropyModel model = ContinuousBatchedEntropyModel.builder(one, Shape.of(1))
                .codingRank(1)
                .build();
        byte[] header = Samples.header(ModelFile.toBytes(model));
        String list = "prior_shape\u0006\u0001\u0003"; // of one integer
        int at = new String(header, StandardCharsets.ISO_8859_1).indexOf(list) + list.length();
        BlockWriter hostile = new BlockWriter();
        hostile.bytes(header, 0, at);
        hostile.zigzag(2_000_000_000);
        hostile.bytes(header, at + 1, header.length - at - 1);
        assertThatThrownBy(() -> read(Frame.of(Frame.Kind.MODEL, 2, hostile.toBytes())))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("tables=1 numNoiseLevels=1 priorShape=(2000000000,)");
    }

    /** A model by its configuration, with tables that are rebuilt from no parameters or, where there are none, stored. */
    private static void assertMalformed(Map<String, Object> config, boolean stored, String message) {
        EntropyModel model = models().findFirst().orElseThrow();
        BlockWriter header = new BlockWriter();
        header.i64(model.codingHash());
        header.u8((stored ? ModelBlock.Tables.STORED : ModelBlock.Tables.REBUILT).code);
        TaggedValues.write(header, config);
        header.varint(0);
        if (stored) {
            StoredTables.write(header, model.tables());
        }
        int version = config.containsKey("class_name") ? 2 : 1;
        assertThatThrownBy(() -> read(Frame.of(Frame.Kind.MODEL, version, header.toBytes())))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aConfigurationThatContradictsWhatIsBehindItIsMalformed() {
        Map<String, Object> sister =
                new HashMap<>(models().findFirst().orElseThrow().getConfig());
        assertMalformed(sister, false, "the quantization offset must be there");
        sister.put("bottleneck_dtype", "int32");
        assertMalformed(sister, false, "the bottleneck must be of a floating type: bottleneck_dtype=int32");
        Map<String, Object> universal = new HashMap<>(
                Samples.small().coder(CoderFormat.RANS_FREE).build().getConfig());
        assertMalformed(universal, true, "a model without tables must have none stored");
    }

    @Test
    void bytesBehindTheModelAreMalformed() {
        byte[] header = Samples.header(ModelFile.toBytes(models().findFirst().orElseThrow()));
        byte[] longer = Arrays.copyOf(header, header.length + Double.BYTES);
        assertThatThrownBy(() -> read(Frame.of(Frame.Kind.MODEL, 2, longer)))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("must end with its last field");
    }

    @Test
    void readModelsCodeAsTheWrittenOnes() {
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal::of, 4, i -> i + 0.25)
                .codingRank(1)
                .compression(true)
                .build();
        LocationScaleIndexedEntropyModel read =
                ModelFile.read(LocationScaleIndexedEntropyModel.class, MemorySegment.ofArray(ModelFile.toBytes(model)));
        Tensor y = Tensor.of(Shape.of(4), 0.3f, -1f, 7f, 100f);
        Tensor indexes = Tensor.of(Shape.of(4), 0, 1, 2, 3);
        Tensor loc = Tensor.of(Shape.of(4), 0.1f, 0.2f, 0.3f, 0.4f);
        assertThat(read.compress(y, indexes, loc)).isEqualTo(model.compress(y, indexes, loc));
        assertThat(read.decompress(model.compress(y, indexes, loc), indexes, loc))
                .isEqualTo(model.quantize(y, loc));
    }
}
