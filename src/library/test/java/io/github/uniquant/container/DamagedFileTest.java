package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DamagedFileTest {
    private static byte[] tensorFile(CoderFormat coder) {
        UniversalBatchedEntropyModel model = Samples.small(coder, ElementType.FLOAT32, Dither.seed(3, 4));
        Tensor y = Samples.draw(model, Shape.of(2, 10, 3), 0.5, 9);
        return TensorWriter.of(model).step(0.5).segmentElements(15).toBytes(y);
    }

    private static UniversalBatchedEntropyModel deep() {
        return UniversalBatchedEntropyModel.builder(
                        NoisyDeepFactorized.initial(Shape.of(2), new int[] {3, 2}, 10, new SplittableRandom(1)))
                .codingRank(1)
                .compression(true)
                .numNoiseLevels(2)
                .coder(CoderFormat.TFC_RANGE)
                .build();
    }

    private static Stream<byte[]> modelFiles() {
        UniversalBatchedEntropyModel small = Samples.small().build();
        return Stream.of(
                ModelFile.toBytes(small),
                ModelFile.toBytes(small, TableStorage.STORED),
                ModelFile.toBytes(deep(), TableStorage.STORED),
                ModelFile.toBytes(deep()));
    }

    /** Damage that a checksum covers must be seen as such, whatever it hits. */
    private static void assertMalformed(Consumer<byte[]> read, byte[] damaged, String what) {
        assertThatThrownBy(() -> read.accept(damaged))
                .as(what)
                .isInstanceOfSatisfying(
                        MalformedBitstreamException.class,
                        e -> assertThat(e.offset()).isBetween(0L, (long) damaged.length));
    }

    private static void readTensor(byte[] bytes) {
        TensorFile.of(bytes).decode();
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void everyFlippedBitOfATensorFileIsSeen(CoderFormat coder) {
        byte[] bytes = tensorFile(coder);
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] damaged = bytes.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertMalformed(DamagedFileTest::readTensor, damaged, "bit " + bit);
            assertMalformed(file -> TensorFile.of(file).verifyChecksums(), damaged, "bit " + bit);
        }
    }

    @ParameterizedTest
    @MethodSource("modelFiles")
    void everyFlippedBitOfAModelFileIsSeen(byte[] bytes) {
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] damaged = bytes.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertMalformed(ModelFile::read, damaged, "bit " + bit);
        }
    }

    @Test
    void everyTruncationIsSeen() {
        byte[] tensor = tensorFile(CoderFormat.TFC_RANGE);
        for (int length = 0; length < tensor.length; length++) {
            assertMalformed(DamagedFileTest::readTensor, Arrays.copyOf(tensor, length), "length " + length);
        }
        modelFiles().forEach(model -> {
            for (int length = 0; length < model.length; length++) {
                assertMalformed(ModelFile::read, Arrays.copyOf(model, length), "length " + length);
            }
        });
    }

    @Test
    void bytesBehindTheEndAreSeen() {
        byte[] tensor = tensorFile(CoderFormat.TFC_RANGE);
        assertMalformed(DamagedFileTest::readTensor, Arrays.copyOf(tensor, tensor.length + 1), "a zero");
        byte[] twice = Arrays.copyOf(tensor, 2 * tensor.length);
        System.arraycopy(tensor, 0, twice, tensor.length, tensor.length);
        assertMalformed(DamagedFileTest::readTensor, twice, "twice");
    }

    @Test
    void partsOfTwoFilesDoNotGoTogether() {
        UniversalBatchedEntropyModel model = Samples.small().build();
        Tensor y = Samples.draw(model, Shape.of(1, 10, 3), 1, 9);
        byte[] one = TensorWriter.of(model).toBytes(y);
        byte[] other = TensorWriter.of(model).step(2).toBytes(y);
        int header = Frame.OVERHEAD + Samples.header(one).length;
        byte[] mixed = Arrays.copyOf(one, header + other.length - header);
        System.arraycopy(other, header, mixed, header, other.length - header);
        assertThatThrownBy(() -> TensorFile.of(mixed))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("the index must have its checksum");
    }

    /** Whoever makes a file on purpose can make its checksums fit. */
    private static void assertRefusedOrRead(Consumer<byte[]> read, byte[] bytes) {
        try {
            read.accept(bytes);
        } catch (MalformedBitstreamException e) {
            assertThat(e.offset()).isBetween(0L, (long) bytes.length);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageMatching("(?s).*(one of|family|limits|DecodeLimits|version).*");
        }
    }

    private static byte[] mutated(byte[] header, SplittableRandom random) {
        byte[] copy = header.clone();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            int at = random.nextInt(copy.length);
            switch (random.nextInt(4)) {
                case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> copy[at] = (byte) random.nextInt(256);
                case 2 -> copy[at] = (byte) (random.nextBoolean() ? 0 : 255);
                default -> {
                    int cut = Math.min(1 + random.nextInt(4), copy.length - at);
                    byte[] shorter = new byte[copy.length - cut];
                    System.arraycopy(copy, 0, shorter, 0, at);
                    System.arraycopy(copy, at + cut, shorter, at, shorter.length - at);
                    copy = shorter;
                }
            }
            if (copy.length == 0) {
                return copy;
            }
        }
        return copy;
    }

    @ParameterizedTest
    @MethodSource("modelFiles")
    void hostileModelNeverEscapesAsAnotherException(byte[] bytes) {
        byte[] header = Samples.header(bytes);
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 4000; i++) {
            assertRefusedOrRead(ModelFile::read, Samples.modelWithHeader(mutated(header, random)));
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void hostileTensorNeverEscapesAsAnotherException(CoderFormat coder) {
        byte[] bytes = tensorFile(coder);
        byte[] header = Samples.header(bytes);
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 3000; i++) {
            assertRefusedOrRead(DamagedFileTest::readTensor, Samples.tensorWithHeader(bytes, mutated(header, random)));
        }
    }

    /** A table of the native coder may take 2^15 buckets for the six bytes that it has in a file. */
    @Test
    void aSmallFileCannotAskForGibibytesOfBuckets() {
        int tables = (1 << 13) + 1;
        int[] cdf = new int[7 * tables];
        for (int at = 0; at < cdf.length; at += 7) {
            System.arraycopy(new int[] {16, 0, 1, 2, 3, 4, 1 << 16}, 0, cdf, at, 7);
        }
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                        CdfTables.of(cdf, new int[tables]), Shape.of(tables))
                .codingRank(1)
                .compression(true)
                .numNoiseLevels(1)
                .rangeCoderPrecision(16)
                .coder(CoderFormat.TFC_RANGE)
                .build();
        Map<String, Object> config = new LinkedHashMap<>(model.getConfig());
        config.put("coder", CoderFormat.RANS.id());
        BlockWriter header = new BlockWriter();
        header.i64(model.codingHash());
        header.u8(ModelBlock.Tables.STORED.code);
        TaggedValues.write(header, config);
        header.varint(0);
        StoredTables.write(header, model.tables());
        byte[] file = Samples.modelWithHeader(header.toBytes());

        assertThat(file.length).isLessThan(60_000);
        assertThatThrownBy(() -> ModelFile.read(file))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("at most 2^28 buckets");
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void hostileStringIsMalformedWhereItLiesInTheFile(CoderFormat coder) {
        byte[] bytes = tensorFile(coder);
        int body = Frame.OVERHEAD + Samples.header(bytes).length;
        TensorFile file = TensorFile.of(bytes);
        SplittableRandom random = new SplittableRandom(13);
        int refused = 0;
        for (int i = 0; i < 500; i++) {
            byte[][] strings = new byte[file.segments()][];
            Arrays.setAll(strings, file::string);
            int hit = random.nextInt(strings.length);
            random.nextBytes(strings[hit]);
            BlockWriter out = new BlockWriter();
            BlockWriter index = new BlockWriter();
            out.bytes(bytes, 0, body);
            for (byte[] string : strings) {
                out.bytes(string, 0, string.length);
                index.varint(string.length);
                index.i32(Frame.crc32c(string));
            }
            int headerChecksum = Frame.checksum(Arrays.copyOf(bytes, body));
            byte[] tail = TensorFile.indexAndTrailer(index.toBytes(), headerChecksum);
            out.bytes(tail, 0, tail.length);
            byte[] made = out.toBytes();
            TensorFile.of(made).verifyChecksums();
            try {
                TensorFile.of(made).decode();
            } catch (MalformedBitstreamException e) {
                refused++;
                long start = body;
                for (int s = 0; s < hit; s++) {
                    start += strings[s].length;
                }
                assertThat(e.offset()).isBetween(start, start + strings[hit].length);
                assertThat(e).hasMessageContaining("segment " + hit);
            }
        }
        assertThat(refused)
                .as("where no check can see the damage, symbols are wrong instead")
                .isGreaterThan(100);
    }
}
