package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.DecodeLimits;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TensorFileTest {
    private static Stream<Arguments> codersTypesAndDithers() {
        return Stream.of(CoderFormat.values())
                .flatMap(coder -> Stream.of(
                                ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.FLOAT32, ElementType.FLOAT64)
                        .flatMap(type -> Stream.of(Dither.tfc(), Dither.seed(99, -3))
                                .map(dither -> Arguments.of(coder, type, dither))));
    }

    @ParameterizedTest
    @MethodSource("codersTypesAndDithers")
    void decodeInvertsEncodeUpToHalfAStep(CoderFormat coder, ElementType type, Dither dither) {
        UniversalBatchedEntropyModel model = Samples.small(coder, type, dither);
        for (double step : new double[] {1, 0.1, 7}) {
            Tensor x = Samples.draw(model, Shape.of(2, 60, 3), step, 3);
            TensorWriter writer = TensorWriter.of(model).step(step).segmentElements(50);
            TensorFile file = TensorFile.of(writer.toBytes(x));
            Tensor decoded = file.decode();
            assertThat(decoded.type()).isEqualTo(type);
            assertThat(decoded.shape()).isEqualTo(x.shape());
            double s = file.step().value();
            for (int i = 0; i < x.size(); i++) {
                // Half a step, and the roundings of division, dither and product, each in the type.
                double bound = s * (0.5 + 3 * ulp(Math.abs(x.get(i)) / s + 1, type));
                assertThat(Math.abs(decoded.get(i) - x.get(i))).isLessThanOrEqualTo(bound);
            }
            assertThat(TensorFile.of(writer.toBytes(x)).decode(model)).isEqualTo(decoded);
            byte[] external = TensorWriter.ofExternal(model)
                    .step(step)
                    .segmentElements(50)
                    .toBytes(x);
            assertThat(external.length).isLessThan((int) file.totalBytes());
            assertThat(TensorFile.of(external).decode(model)).isEqualTo(decoded);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT16, 65504, 40",
        "BFLOAT16, 3.3895313892515355e38, 3e38",
        "FLOAT32, 3.4028234663852886e38, 3e38",
        "FLOAT64, 1.7976931348623157e308, 1e308"
    })
    void largestFiniteValuesDecodeWithinHalfAStep(ElementType type, double largest, double step) {
        double[] values = new double[600];
        Arrays.setAll(values, i -> i % 2 == 0 ? largest : -largest);
        for (Dither dither : new Dither[] {Dither.tfc(), Dither.seed(1, 0)}) {
            UniversalBatchedEntropyModel model = Samples.small()
                    .numNoiseLevels(15)
                    .bottleneckType(type)
                    .dither(dither)
                    .build();
            Tensor x = Tensor.of(Shape.of(1, 200, 3), values).to(type);
            TensorFile file = TensorFile.of(TensorWriter.of(model).step(step).toBytes(x));
            Tensor decoded = file.decode();
            double s = file.step().value();
            for (int i = 0; i < x.size(); i++) {
                double bound = s * (0.5 + 3 * ulp(largest / s + 1, type));
                assertThat(decoded.get(i)).isFinite();
                assertThat(Math.abs(decoded.get(i) - x.get(i))).isLessThanOrEqualTo(bound);
            }
        }
    }

    private static double ulp(double value, ElementType type) {
        int bits = switch (type) {
            case FLOAT16 -> 10;
            case BFLOAT16 -> 7;
            case FLOAT32 -> 23;
            default -> 52;
        };
        return Math.scalb(1.0, Math.getExponent(value) - bits);
    }

    @ParameterizedTest
    @MethodSource("codersTypesAndDithers")
    void stringsOfUncutUnitsAreThoseOfTheModel(CoderFormat coder, ElementType type, Dither dither) {
        UniversalBatchedEntropyModel model = Samples.small(coder, type, dither);
        Tensor y = Samples.draw(model, Shape.of(3, 2, 20, 3), 1, 4);
        TensorFile file = TensorFile.of(TensorWriter.of(model).toBytes(y));
        BitStrings strings = model.compress(y);
        assertThat(file.segments()).isEqualTo(strings.count());
        for (int i = 0; i < strings.count(); i++) {
            assertThat(file.string(i)).isEqualTo(strings.get(i));
            assertThat(file.stringBytes(i)).isEqualTo(strings.length(i));
        }
        assertThat(file.stringBytes()).isEqualTo(strings.totalBytes());
        assertThat(file.decode()).isEqualTo(model.decompress(strings, Shape.of(20)));
    }

    @ParameterizedTest
    @MethodSource("codersTypesAndDithers")
    void segmentsAreUnitsOfTheModelNumberedThroughTheFile(CoderFormat coder, ElementType type, Dither dither) {
        UniversalBatchedEntropyModel model = Samples.small(coder, type, dither);
        Tensor y = Samples.draw(model, Shape.of(2, 20, 3), 1, 5);
        // 26 elements hold 8 rows of 3: a unit of 20 rows is cut into 8, 8 and 4.
        TensorFile file =
                TensorFile.of(TensorWriter.of(model).segmentElements(26).toBytes(y));
        assertThat(file.segmentsPerUnit()).isEqualTo(3);
        assertThat(file.segments()).isEqualTo(6);
        Tensor whole = file.decode();
        int[] rows = {8, 8, 4};
        int first = 0;
        for (int segment = 0; segment < 6; segment++) {
            int count = rows[segment % 3] * 3;
            BitStrings string = BitStrings.of(Shape.scalar(), List.of(file.string(segment)));
            Tensor decoded = model.decompress(string, Shape.of(rows[segment % 3]), new long[] {segment});
            for (int i = 0; i < count; i++) {
                assertThat(decoded.get(i)).isEqualTo(whole.get(first + i));
            }
            first += count;
        }
        assertThat(first).isEqualTo(y.size());
    }

    @ParameterizedTest
    @CsvSource({
        // shape, coding rank, prior shape, segment elements: units, segments of each
        "2x20x3, 2, 3, 1048576, 2, 1",
        "2x20x3, 2, 3, 60, 2, 1",
        "2x20x3, 2, 3, 59, 2, 2",
        "2x20x3, 2, 3, 1, 2, 20",
        "2x20x3, 3, 3, 30, 1, 4",
        "2x20x3, 1, 3, 1, 40, 1",
        "2x20x3, 3, 20x3, 1, 1, 2",
        "7, 1, scalar, 2, 1, 4",
        "7, 0, scalar, 2, 7, 1",
        "scalar, 0, scalar, 5, 1, 1",
        "0x20x3, 2, 3, 10, 0, 7",
        "2x0x3, 2, 3, 10, 2, 0",
        "0, 0, scalar, 10, 0, 1",
        "4x0, 1, 0, 10, 4, 0",
        "0x0x3, 2, 3, 10, 0, 0",
    })
    void everyShapeIsKept(
            String shape, int codingRank, String prior, int segmentElements, int units, int segmentsPerUnit) {
        UniversalBatchedEntropyModel model = Samples.builder(shape(prior), codingRank)
                .numNoiseLevels(3)
                .dither(Dither.seed(8, 8))
                .build();
        Tensor y = shape(prior).elements() == 0
                ? Tensor.zeros(ElementType.FLOAT32, shape(shape))
                : Samples.draw(model, shape(shape), 1, 6);
        TensorFile file = TensorFile.of(
                TensorWriter.of(model).segmentElements(segmentElements).toBytes(y));
        assertThat(file.shape()).isEqualTo(shape(shape));
        assertThat(file.units()).isEqualTo(units);
        assertThat(file.segmentsPerUnit()).isEqualTo(segmentsPerUnit);
        assertThat(file.segments()).isEqualTo(units * segmentsPerUnit);
        file.verifyChecksums();
        file.verify();
        Tensor decoded = file.decode();
        assertThat(decoded.shape()).isEqualTo(y.shape());
        for (int i = 0; i < y.size(); i++) {
            assertThat(decoded.get(i)).isCloseTo(y.get(i), within(0.5 + 1e-4));
        }
    }

    private static Shape shape(String text) {
        return text.equals("scalar")
                ? Shape.scalar()
                : Shape.of(Arrays.stream(text.split("x"))
                        .mapToInt(Integer::parseInt)
                        .toArray());
    }

    @Test
    void priorLargerThanASegmentIsCutByItsRows() {
        int channels = (1 << 20) + 1;
        double[] scale = new double[channels];
        Arrays.fill(scale, 1e-8);
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(channels), new double[channels], scale))
                .codingRank(2)
                .compression(true)
                .numNoiseLevels(1)
                .coder(CoderFormat.TFC_RANGE)
                .build();
        Tensor y = Tensor.zeros(ElementType.FLOAT32, Shape.of(1, 2, channels));
        TensorFile file = TensorFile.of(TensorWriter.ofExternal(model).toBytes(y));
        assertThat(file.segmentsPerUnit()).isEqualTo(2);
        assertThat(file.decode(model)).isEqualTo(y);
    }

    @Test
    void chosenUnitsAreDecodedByThemselves() {
        UniversalBatchedEntropyModel model = Samples.small(CoderFormat.RANS, ElementType.FLOAT64, Dither.seed(1, 2));
        Tensor y = Samples.draw(model, Shape.of(5, 2, 11, 3), 0.5, 7);
        TensorFile file = TensorFile.of(
                TensorWriter.of(model).step(0.5).segmentElements(9).toBytes(y));
        Tensor whole = file.decode();
        Tensor part = file.decodeUnits(9, 0, 4, 4);
        assertThat(part.shape()).isEqualTo(Shape.of(4, 11, 3));
        int[] units = {9, 0, 4, 4};
        for (int u = 0; u < units.length; u++) {
            for (int i = 0; i < 33; i++) {
                assertThat(part.get(33 * u + i)).isEqualTo(whole.get(33 * units[u] + i));
            }
        }
        assertThat(file.decodeUnits().shape()).isEqualTo(Shape.of(0, 11, 3));
        assertThatThrownBy(() -> file.decodeUnits(10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unit=10 units=10");
        assertThatThrownBy(() -> file.decodeUnits(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void headerSaysWhatTheFileHolds() {
        UniversalBatchedEntropyModel model = Samples.small(CoderFormat.RANS, ElementType.FLOAT64, Dither.seed(1, 2));
        Tensor y = Samples.draw(model, Shape.of(4, 11, 3), 0.5, 7);
        byte[] bytes = TensorWriter.of(model).step(0.5).segmentElements(9).toBytes(y);
        TensorFile file = TensorFile.of(bytes);
        assertThat(file.shape()).isEqualTo(y.shape());
        assertThat(file.type()).isEqualTo(ElementType.FLOAT64);
        assertThat(file.step()).isEqualTo(new Step(0.5, ElementType.FLOAT64));
        assertThat(file.coder()).isEqualTo(CoderFormat.RANS);
        assertThat(file.segmentElements()).isEqualTo(9);
        assertThat(file.unitShape()).isEqualTo(Shape.of(11, 3));
        assertThat(file.totalBytes()).isEqualTo(bytes.length);
        assertThat(file.hasModel()).isTrue();
        assertThat(file.tablesHash()).isEqualTo(model.tables().hash());
        assertThat(file.config())
                .containsEntry("coding_rank", 2L)
                .containsEntry("dither", Map.of("name", "seed", "seed", 1L, "first_unit", 2L));
        assertThat(file.model().getConfig()).isEqualTo(model.getConfig());
        TensorFile external =
                TensorFile.of(TensorWriter.ofExternal(model).step(0.5).toBytes(y));
        assertThat(external.hasModel()).isFalse();
        assertThat(external.config())
                .containsOnlyKeys(
                        "bottleneck_dtype", "coder", "coding_rank", "dither", "num_noise_levels", "prior_shape");
        assertThat(external.tablesHash()).isEqualTo(model.tables().hash());
        assertThatThrownBy(external::decode)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(Long.toHexString(model.tables().hash()));
    }

    private static Stream<Arguments> otherModels() {
        return Stream.of(
                Arguments.of(Samples.small().tailMass(0.1).build(), "hash="),
                Arguments.of(Samples.small().codingRank(3).build(), "coding_rank=3 file=2"),
                Arguments.of(Samples.small().dither(Dither.seed(0, 0)).build(), "dither={name=seed"),
                Arguments.of(Samples.small().coder(CoderFormat.RANS).build(), "coder="),
                Arguments.of(Samples.small().bottleneckType(ElementType.FLOAT64).build(), "bottleneck_dtype=float64"));
    }

    @ParameterizedTest
    @MethodSource("otherModels")
    void anotherModelIsRefused(UniversalBatchedEntropyModel other, String message) {
        UniversalBatchedEntropyModel model = Samples.small().build();
        Tensor y = Samples.draw(model, Shape.of(2, 4, 3), 1, 1);
        for (TensorWriter writer : new TensorWriter[] {TensorWriter.of(model), TensorWriter.ofExternal(model)}) {
            TensorFile file = TensorFile.of(writer.toBytes(y));
            assertThatThrownBy(() -> file.decode(other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void statelessModelWillDoWhereTheFileNamesIt() {
        UniversalBatchedEntropyModel model = Samples.small().stateless(true).build();
        Tensor y = Samples.draw(model, Shape.of(2, 4, 3), 1, 1);
        byte[] bytes = TensorWriter.ofExternal(model).toBytes(y);
        assertThat(TensorFile.of(bytes).decode(Samples.small().build()))
                .isEqualTo(model.decompress(model.compress(y), Shape.of(4)));
    }

    @Test
    void fileIsReadFromEverySourceAndWrittenToEverySink(@TempDir Path folder) throws IOException {
        UniversalBatchedEntropyModel model = Samples.small().build();
        Tensor y = Samples.draw(model, Shape.of(3, 40, 3), 2, 1);
        TensorWriter writer = TensorWriter.of(model).step(2).segmentElements(30);
        byte[] bytes = writer.toBytes(y);
        Tensor decoded = TensorFile.of(bytes).decode();
        Path path = folder.resolve("y.uq");
        writer.write(y, path);
        assertThat(path).hasBinaryContent(bytes);
        try (TensorFile file = TensorFile.open(path)) {
            assertThat(file.decode()).isEqualTo(decoded);
            writer.write(y, path); // a file may be replaced while its old bytes are in use
            assertThat(file.decode()).isEqualTo(decoded);
        }
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        writer.write(y, stream);
        assertThat(stream.toByteArray()).isEqualTo(bytes);
        assertThat(TensorFile.read(new ByteArrayInputStream(bytes)).decode()).isEqualTo(decoded);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate(4L * y.size());
            MemorySegment.copy(y.floats(), 0, values, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, y.size());
            writer.write(y.shape(), values, path);
            assertThat(path).hasBinaryContent(bytes);
            MemorySegment coded = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            TensorFile file = TensorFile.of(coded, DecodeLimits.DEFAULT);
            MemorySegment back = arena.allocate(4L * y.size());
            file.decode(file.model(), back);
            assertThat(back.mismatch(MemorySegment.ofArray(decoded.floats()))).isEqualTo(-1);
            assertThatThrownBy(() -> file.decode(model, back.asSlice(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("room for the tensor");
            assertThatThrownBy(() -> writer.write(y.shape(), values.asSlice(1), path))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must hold the tensor");
        }
    }

    @Test
    void closingAgainDoesNothing(@TempDir Path folder) throws IOException {
        UniversalBatchedEntropyModel model = Samples.small().build();
        Path path = folder.resolve("y.uq");
        TensorWriter.of(model).write(Samples.draw(model, Shape.of(4, 3), 1, 1), path);
        TensorFile file = TensorFile.open(path);
        file.close();
        file.close();
        assertThatThrownBy(file::decode).isInstanceOf(IllegalStateException.class);
    }

    /** A file is immutable: what is within its configuration, too. */
    @Test
    void theConfigurationCannotBeChanged() {
        UniversalBatchedEntropyModel model = Samples.small().build();
        TensorFile file = TensorFile.of(TensorWriter.of(model).toBytes(Samples.draw(model, Shape.of(4, 3), 1, 1)));
        Map<?, ?> dither = (Map<?, ?>) Objects.requireNonNull(file.config().get("dither"));
        assertThatThrownBy(dither::clear).isInstanceOf(UnsupportedOperationException.class);
        List<?> priorShape = (List<?>) Objects.requireNonNull(file.config().get("prior_shape"));
        assertThatThrownBy(priorShape::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(file.config()::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThat(file.model().getConfig()).isEqualTo(model.getConfig());
    }

    @Test
    void limitsHoldBeforeAnythingIsAllocated() {
        UniversalBatchedEntropyModel model = Samples.small().build();
        Tensor y = Samples.draw(model, Shape.of(3, 40, 3), 1, 1);
        byte[] bytes = TensorWriter.of(model).segmentElements(60).toBytes(y);
        MemorySegment memory = MemorySegment.ofArray(bytes);
        TensorFile file = TensorFile.of(memory, new DecodeLimits(60, 240));
        assertThatThrownBy(file::decode)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("elements=360 maxCallElements=240");
        assertThatThrownBy(() -> file.decodeUnits(0, 1, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("elements=360");
        assertThat(file.decodeUnits(2, 0).size()).isEqualTo(240);
        assertThatThrownBy(
                        () -> TensorFile.of(memory, new DecodeLimits(59, 1000)).decode())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("elements=60 maxUnitElements=59");
        assertThatThrownBy(file::verify)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("elements=360 maxCallElements=240");
        file.verifyChecksums();
        TensorFile.of(memory, new DecodeLimits(60, 360)).verify();
        // A few bytes that stand for more elements than memory has.
        BlockWriter header = new BlockWriter();
        ModelBlock.writeShape(header, Shape.of(Integer.MAX_VALUE, 1 << 28, 0, 3));
        byte[] original = Samples.header(bytes);
        header.bytes(original, 4, original.length - 4); // behind the rank and three dimensions
        TensorFile empty = TensorFile.of(Samples.tensorWithHeader(emptyFile(model), header.toBytes()));
        assertThat(empty.decode(model).size()).isZero();
    }

    /** A model of default limits could not decode segments of more than 2^26 elements, which a writer may be asked for. */
    @Test
    void modelOfTheFileHasTheLimitsOfTheFile() {
        UniversalBatchedEntropyModel model = Samples.small().build();
        byte[] bytes = TensorWriter.of(model).toBytes(Samples.draw(model, Shape.of(3, 40, 3), 1, 1));
        DecodeLimits limits = new DecodeLimits(1 << 28, Long.MAX_VALUE);
        assertThat(TensorFile.of(MemorySegment.ofArray(bytes), limits).model().limits())
                .isEqualTo(limits);
    }

    private static byte[] emptyFile(UniversalBatchedEntropyModel model) {
        return TensorWriter.of(model).toBytes(Tensor.zeros(ElementType.FLOAT32, Shape.of(0, 40, 3)));
    }

    @Test
    void shapeThatTheIndexDoesNotHoldIsMalformed() {
        UniversalBatchedEntropyModel model = Samples.small().build();
        byte[] file = emptyFile(model);
        byte[] original = Samples.header(file);
        int most = Integer.MAX_VALUE;
        for (int[] dims :
                new int[][] {{1, 40, 3}, {1 << 30, 1, 3}, {most, most, 3}, {0, most, most, most}, {3}, {1, 4}}) {
            BlockWriter header = new BlockWriter();
            header.varint(dims.length);
            for (int dim : dims) {
                header.varint(dim);
            }
            header.bytes(original, 4, original.length - 4);
            assertThatThrownBy(() -> TensorFile.of(Samples.tensorWithHeader(file, header.toBytes())))
                    .as(Arrays.toString(dims))
                    .isInstanceOf(MalformedBitstreamException.class);
        }
    }

    @Test
    void tensorThatDoesNotFitTheModelIsRefused() {
        TensorWriter writer = TensorWriter.of(Samples.small().build());
        assertThatThrownBy(() -> writer.toBytes(Tensor.of(Shape.of(1, 3), 0.0, 0.0, 0.0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type=float64");
        assertThatThrownBy(() -> writer.toBytes(Tensor.of(Shape.of(3), 0f, 0f, 0f)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("codingRank=2");
        assertThatThrownBy(() -> writer.toBytes(Tensor.of(Shape.of(1, 2), 0f, 0f)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("priorShape=(3,)");
        assertThatThrownBy(() -> writer.step(1e-30).toBytes(Tensor.of(Shape.of(1, 3), 0f, 0f, 5f)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step=1.0")
                .hasMessageContaining("element=2");
        assertThatThrownBy(() -> writer.segmentElements(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TensorWriter.ofExternal(
                        Samples.small().compression(false).build()))
                .isInstanceOf(IllegalStateException.class);
    }
}
