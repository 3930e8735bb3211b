package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.DecodeLimits;
import io.github.uniquant.EntropyModel;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.NoisyPrior;
import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelFileTest {
    private static UniversalBatchedEntropyModel model(Prior prior) {
        return UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .numNoiseLevels(3)
                .rangeCoderPrecision(11)
                .dither(Dither.seed(-5, 1L << 60))
                .laplaceTailMass(1e-3)
                .build();
    }

    private static Stream<Prior> priors() {
        double[] loc = {0.1, -2};
        double[] scale = {0.7, 3};
        Shape channels = Shape.of(2);
        Shape components = Shape.of(1, 2);
        double[] weight = {0.25, 0.75};
        Prior normal = NoisyNormal.of(channels, loc, scale);
        Prior deep = NoisyDeepFactorized.initial(channels, new int[] {3, 3}, 10, new SplittableRandom(4));
        return Stream.of(
                normal,
                NoisyNormal.of(Tensor.of(channels, 0.1f, -2f), Tensor.of(channels, 0.7f, 3f)),
                NoisyNormal.of(Shape.scalar(), new double[] {0}, new double[] {1}),
                NoisyLogistic.of(channels, loc, scale),
                NoisyLaplace.of(channels, loc, scale),
                NoisyNormalMixture.of(
                        Tensor.of(components, loc), Tensor.of(components, scale), Tensor.of(components, weight)),
                NoisyLogisticMixture.of(
                        Tensor.of(components, loc), Tensor.of(components, scale), Tensor.of(components, weight)),
                deep,
                NoisyRounded.of(normal),
                NoisyRounded.soft(normal, 4),
                NoisyRounded.soft(deep, 2));
    }

    private static void assertSame(UniversalBatchedEntropyModel read, UniversalBatchedEntropyModel written) {
        assertThat(read.getConfig()).isEqualTo(written.getConfig());
        assertThat(read.getWeights()).isEqualTo(written.getWeights());
        assertThat(read.tables().hash()).isEqualTo(written.tables().hash());
        assertThat(read.limits()).isEqualTo(written.limits());
    }

    @ParameterizedTest
    @MethodSource("priors")
    void readingInvertsWriting(Prior prior) {
        UniversalBatchedEntropyModel model = model(prior);
        for (TableStorage storage : TableStorage.values()) {
            byte[] bytes = ModelFile.toBytes(model, storage);
            assertSame(ModelFile.read(bytes), model);
            assertThat(ModelFile.toBytes(ModelFile.read(bytes), storage)).isEqualTo(bytes);
        }
        assertThat(ModelFile.toBytes(model)).isEqualTo(ModelFile.toBytes(model, TableStorage.REBUILT));
        assertThat(ModelFile.toBytes(model).length).isLessThan(ModelFile.toBytes(model, TableStorage.STORED).length);
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void readModelDecodesWhatTheWrittenOneCoded(CoderFormat coder) {
        UniversalBatchedEntropyModel model = Samples.small(coder, ElementType.FLOAT32, Dither.seed(1, 7));
        Tensor y = Samples.draw(model, Shape.of(4, 50, 3), 1, 2);
        UniversalBatchedEntropyModel read = ModelFile.read(ModelFile.toBytes(model));
        assertThat(read.compress(y)).isEqualTo(model.compress(y));
        assertThat(read.decompress(model.compress(y), Shape.of(50)))
                .isEqualTo(model.decompress(model.compress(y), Shape.of(50)));
    }

    @Test
    void modelIsReadFromEverySource(@TempDir Path folder) throws IOException {
        UniversalBatchedEntropyModel model = Samples.small().build();
        byte[] bytes = ModelFile.toBytes(model);
        Path path = folder.resolve("model.uqm");
        ModelFile.write(model, path);
        assertThat(path).hasBinaryContent(bytes);
        assertSame(ModelFile.read(path), model);
        assertSame(ModelFile.read(new ByteArrayInputStream(bytes)), model);
        try (Arena arena = Arena.ofConfined()) {
            assertSame(ModelFile.read(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes)), model);
        }
        ModelFile.write(model, TableStorage.STORED, path);
        assertSame(ModelFile.read(path), model);
    }

    @Test
    void tablesThatThePriorDoesNotGiveAreStored() {
        UniversalBatchedEntropyModel model = Samples.small().build();
        int[] cdf = model.cdf();
        cdf[2]++;
        CdfTables others = CdfTables.of(cdf, model.cdfOffset());
        UniversalBatchedEntropyModel changed = Samples.small().tables(others).build();
        assertSame(ModelFile.read(ModelFile.toBytes(changed)), changed);
    }

    /** Rebuilding is tried when writing, and may fail: the prior has no tables of this precision, or none at all. */
    @Test
    void tablesOfAPriorThatHasNoneAreStored() {
        CdfTables tables = Samples.small().build().tables();
        Prior wide = NoisyNormal.of(Shape.of(3), new double[] {0, 0, 0}, new double[] {2000, 1, 1});
        Prior far = NoisyNormal.of(Shape.of(3), new double[] {1e12, 0, 0}, new double[] {1, 1, 1});
        for (Prior prior : new Prior[] {wide, far}) {
            UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                    .codingRank(2)
                    .compression(true)
                    .numNoiseLevels(2)
                    .rangeCoderPrecision(8)
                    .tables(tables)
                    .build();
            byte[] bytes = ModelFile.toBytes(model);
            assertThat(bytes).isEqualTo(ModelFile.toBytes(model, TableStorage.STORED));
            assertSame(ModelFile.read(bytes), model);
            Tensor x = Tensor.zeros(ElementType.FLOAT32, Shape.of(1, 4, 3));
            assertThat(TensorFile.of(TensorWriter.of(model).toBytes(x)).decode())
                    .isEqualTo(model.decompress(model.compress(x), Shape.of(4)));
        }
    }

    @Test
    void modelOfTablesAloneIsKept() {
        CdfTables tables = CdfTables.of(
                new int[] {16, 0, 1, 65536, -16, 0, 65536, 16, 0, 30000, 65535, 65536},
                new int[] {Integer.MAX_VALUE, -Integer.MAX_VALUE, 0});
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(tables, Shape.of(3))
                .codingRank(1)
                .numNoiseLevels(1)
                .coder(CoderFormat.TFC_RANGE)
                .build();
        UniversalBatchedEntropyModel read = ModelFile.read(ModelFile.toBytes(model));
        assertSame(read, model);
        assertThat(read.tables()).isEqualTo(tables);
        assertThat(read.hasPrior()).isFalse();
    }

    @Test
    void priorOfTheUsersOwnIsKeptByItsTables() {
        Prior normal = NoisyNormal.of(Shape.of(3), new double[3], new double[] {1, 2, 3});
        UniversalBatchedEntropyModel model = model(NoisyPrior.of(normal.base()));
        UniversalBatchedEntropyModel read = ModelFile.read(ModelFile.toBytes(model));
        assertThat(read.tables()).isEqualTo(model.tables());
        assertThat(read.hasPrior()).isFalse();
        Tensor y = Tensor.of(Shape.of(2, 3), 1f, 2f, 3f, 4f, 5f, 6f);
        assertThat(read.compress(y)).isEqualTo(model.compress(y));
    }

    @Test
    void emptyPriorIsKept() {
        UniversalBatchedEntropyModel model =
                Samples.builder(Shape.of(0), 1).numNoiseLevels(2).build();
        UniversalBatchedEntropyModel read = ModelFile.read(ModelFile.toBytes(model));
        assertThat(read.getConfig()).isEqualTo(model.getConfig());
        assertThat(read.tables().count()).isZero();
    }

    @Test
    void modelWithoutTablesOrStatelessIsRefused() {
        assertThatThrownBy(() ->
                        ModelFile.toBytes(Samples.small().compression(false).build()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("compression=false");
        assertThatThrownBy(
                        () -> ModelFile.toBytes(Samples.small().stateless(true).build()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("stateless=true");
    }

    @Test
    void fileOfAModelThatWouldNotBeWrittenIsDamaged() {
        for (String name : new String[] {"compression", "stateless"}) {
            byte[] header = Samples.header(ModelFile.toBytes(Samples.small().build()));
            char flag = name.equals("stateless") ? '\1' : '\2'; // false, true
            byte[] edited = Samples.replaced(header, name + flag, name + (char) (3 - flag));
            assertThatThrownBy(() -> ModelFile.read(Samples.modelWithHeader(edited)))
                    .isInstanceOf(MalformedBitstreamException.class)
                    .hasMessageContaining("compression(true) and stateless(false)");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tfc-range, tfc-rangf, the coder format must be one of",
        "float32, float33, element type must be one of",
        "NoisyNormal, NoisyMornal, the prior must be of a family that the library knows",
        "tfc~, xfc~, the dither must be one of",
    })
    void intactFileWithAnUnknownNameIsRefusedByName(String name, String other, String message) {
        byte[] header = Samples.header(ModelFile.toBytes(Samples.small().build()));
        // The dither's name is the end of its map, and the next key, expected_grads, has 14 characters.
        String suffix = name.endsWith("~") ? "\u000eexpected_grads" : "";
        byte[] edited = Samples.replaced(header, name.replace("~", suffix), other.replace("~", suffix));
        assertThatThrownBy(() -> ModelFile.read(Samples.modelWithHeader(edited)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(other.replace("~", ""));
    }

    @Test
    void intactFileOfANewerVersionIsRefusedByItsVersion() {
        byte[] bytes = ModelFile.toBytes(Samples.small().build());
        bytes[8] = 3;
        BlockWriter checksum = new BlockWriter();
        checksum.i32(Frame.checksum(bytes));
        System.arraycopy(checksum.toBytes(), 0, bytes, bytes.length - 4, 4);
        assertThatThrownBy(() -> ModelFile.read(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("version=3");
    }

    @Test
    void foreignFilesAreToldApart() {
        assertThatThrownBy(() -> ModelFile.read("PK\u0003\u0004 something else".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("must start as a .uqm model does");
        UniversalBatchedEntropyModel model = Samples.small().build();
        byte[] tensor = TensorWriter.of(model).toBytes(Samples.draw(model, Shape.of(2, 3), 1, 1));
        assertThatThrownBy(() -> ModelFile.read(tensor))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("must be a .uqm model, not a .uq tensor");
        assertThatThrownBy(() -> TensorFile.of(ModelFile.toBytes(model)))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("must be a .uq tensor, not a .uqm model");
    }

    @Test
    void bytesBehindTheEndAreMalformed() {
        byte[] bytes = ModelFile.toBytes(Samples.small().build());
        assertThatThrownBy(() -> ModelFile.read(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOfSatisfying(
                        MalformedBitstreamException.class,
                        e -> assertThat(e.offset()).isEqualTo(bytes.length));
    }

    @Test
    void theStepIsKeptAndOneByDefault() {
        UniversalBatchedEntropyModel model = Samples.small().build();
        Step step = Step.of(0.1, model.bottleneckType());
        byte[] bytes = ModelFile.toBytes(new ModelFile.Contents(model, step), TableStorage.REBUILT);
        assertThat(ModelFile.readContents(MemorySegment.ofArray(bytes)).step()).isEqualTo(step);
        assertSame(ModelFile.read(bytes), model);
        assertThat(ModelFile.readContents(MemorySegment.ofArray(ModelFile.toBytes(model)))
                        .step()
                        .value())
                .isEqualTo(1);
    }

    @Test
    void aModelThatIsReadHasTheLimitsOfItsReader() {
        UniversalBatchedEntropyModel model =
                Samples.small().limits(new DecodeLimits(1, 1)).build();
        MemorySegment bytes = MemorySegment.ofArray(ModelFile.toBytes(model));
        DecodeLimits limits = new DecodeLimits(1 << 28, 7);
        assertThat(ModelFile.read(bytes).limits()).isEqualTo(DecodeLimits.DEFAULT);
        assertThat(ModelFile.read(EntropyModel.class, bytes, limits).limits()).isEqualTo(limits);
        assertThat(ModelFile.readContents(bytes, limits).model().limits()).isEqualTo(limits);
    }

    @Test
    void stepsThatAreNoneAreMalformed() {
        for (double value : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 0.1, 1}) {
            byte[] header = Samples.header(ModelFile.toBytes(Samples.small().build()));
            byte[] longer = Arrays.copyOf(header, header.length + Double.BYTES);
            MemorySegment.ofArray(longer)
                    .set(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), header.length, value);
            assertThatThrownBy(() -> ModelFile.read(Samples.modelWithHeader(longer)))
                    .isInstanceOf(MalformedBitstreamException.class)
                    .hasMessageContaining(value == 1 ? "a step of 1 must be left out" : "step=" + value);
        }
    }

    @Test
    void tablesOfAnotherHashAreMalformed() {
        for (TableStorage storage : TableStorage.values()) {
            byte[] header = Samples.header(ModelFile.toBytes(Samples.small().build(), storage));
            header[0] ^= 1; // the hash comes first
            assertThatThrownBy(() -> ModelFile.read(Samples.modelWithHeader(header)))
                    .isInstanceOf(MalformedBitstreamException.class)
                    .hasMessageContaining("recorded hash");
        }
    }

    @Test
    void onlyABoundedNumberOfCellsIsRebuilt() {
        double[] scale = new double[1000];
        Arrays.fill(scale, 1e-8);
        Prior box = NoisyNormal.of(Shape.of(1000), new double[1000], scale);
        assertThat(ModelBlock.canRebuild(box, 15, 0x1p-8)).isTrue();
        assertThat(ModelBlock.canRebuild(box, 5000, 0x1p-8)).isFalse();
        Prior wide = NoisyNormal.of(Shape.of(1), new double[1], new double[] {1e300});
        assertThat(ModelBlock.canRebuild(wide, 1, 0x1p-8)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "num_noise_levels, 16777216, at most 2^24 cells to be left out: num_noise_levels=16777216",
        "num_noise_levels, 0, numNoiseLevels=0",
        "range_coder_precision, 17, precision=17",
        "coding_rank, 0, codingRank=0",
        "coding_rank, -1, codingRank=-1",
    })
    void configurationThatNoModelHasIsMalformed(String key, long value, String message) {
        UniversalBatchedEntropyModel model = Samples.small().build();
        Map<String, Object> config = new HashMap<>(model.getConfig());
        config.put(key, value);
        assertMalformed(model, config, message);
        config.remove(key);
        assertMalformed(model, config, "configuration must have");
    }

    private static void assertMalformed(
            UniversalBatchedEntropyModel model, Map<String, Object> config, String message) {
        BlockWriter header = new BlockWriter();
        header.i64(model.tables().hash());
        header.u8(ModelBlock.Tables.REBUILT.code);
        TaggedValues.write(header, config);
        header.varint(2);
        model.prior().parameters().forEach(parameter -> ModelBlock.writeTensor(header, parameter.value()));
        assertThatThrownBy(() -> ModelFile.read(Samples.modelWithHeader(header.toBytes())))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining(message);
    }

    @Test
    void memoryThatIsNoByteArrayWillDo() {
        UniversalBatchedEntropyModel model = Samples.small().build();
        byte[] bytes = ModelFile.toBytes(model);
        float[] floats = new float[(bytes.length + 3) / 4];
        MemorySegment memory = MemorySegment.ofArray(floats);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        assertSame(ModelFile.read(memory.asSlice(0, bytes.length)), model);
    }
}
