package io.github.uniquant.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The runner itself: nothing in a case may be changed, missing or unknown without failing it. */
class GoldenRunnerTest {
    @TempDir
    Path folder;

    private Path copy(String name) throws IOException {
        Path to = Files.createDirectories(folder.resolve(name));
        Path manifest = Path.of(name).resolveSibling("manifest.json");
        if (Files.exists(GoldenTest.defaultRoot().resolve(manifest))) {
            Files.copy(
                    GoldenTest.defaultRoot().resolve(manifest),
                    folder.resolve(manifest),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        try (Stream<Path> files = Files.list(GoldenTest.defaultRoot().resolve(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    private void checkAll() {
        GoldenFolder.open(folder).checkAll();
    }

    @Test
    void aMissingFolderFails() {
        assertThatThrownBy(() -> GoldenFolder.open(folder.resolve("none")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("must exist: uniquant.golden=" + folder.resolve("none"));
    }

    @Test
    void anEmptyFolderFails() {
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("must hold cases to check: uniquant.golden=" + folder);
    }

    @Test
    void anUnknownKindFails() throws IOException {
        copy("range_coder/p1");
        Files.createDirectories(folder.resolve("surprises").resolve("case"));
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("a kind must be known")
                .hasMessageContaining("surprises");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dither", "compressai"})
    void aKindWithoutCasesFails(String kind) throws IOException {
        copy("range_coder/p1");
        Files.createDirectories(folder.resolve(kind));
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("must have at least one case: folder=" + folder.resolve(kind));
    }

    @Test
    void aCaseWithoutCaseJsonFails() throws IOException {
        Files.delete(copy("range_coder/p1").resolve("case.json"));
        assertThatThrownBy(this::checkAll).hasMessageContaining("case.json");
    }

    @Test
    void anUnknownArrayFails() throws IOException {
        Path to = copy("range_coder/p1");
        Files.copy(to.resolve("symbols.npy"), to.resolve("more_symbols.npy"));
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("must hold the arrays that case.json lists");
        replaceInInfo(to, "\"arrays\": {", "\"arrays\": {\"more_symbols\": [200],");
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("case=range_coder/p1 unknown=[more_symbols]");
    }

    @Test
    void anUnknownFileFails() throws IOException {
        Files.writeString(copy("range_coder/p1").resolve("notes.txt"), "");
        assertThatThrownBy(this::checkAll).isInstanceOf(AssertionError.class).hasMessageContaining("file=notes.txt");
    }

    @Test
    void aMissingArrayFails() throws IOException {
        Files.delete(copy("universal/normal_levels_1").resolve("eval_bits.npy"));
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("must hold the arrays that case.json lists");
    }

    @Test
    void anUnknownArgumentFails() throws IOException {
        Path to = copy("universal/normal_levels_1");
        replaceInInfo(to, "\"arguments\": {", "\"arguments\": {\"temperature\": 1,");
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("argument=temperature");
    }

    @Test
    void anUnknownPriorFails() throws IOException {
        Path to = copy("universal/normal_levels_1");
        replaceInInfo(to, "\"NoisyNormal\"", "\"NoisyCauchy\"");
        assertThatThrownBy(this::checkAll).hasMessageContaining("family=NoisyCauchy");
    }

    private static void replaceInInfo(Path to, String text, String by) throws IOException {
        Path file = to.resolve("case.json");
        String info = Files.readString(file);
        assertThat(info).contains(text);
        Files.writeString(file, info.replace(text, by));
    }

    static List<String> casesOfEveryKind() {
        return List.of(
                "compressai/factorized12",
                "compressai/gausswide",
                "compressai/handmade8",
                "dither/levels_3",
                "dither/words",
                "pmf/n5_p8",
                "priors/NoisyLaplace_float32",
                "priors/NoisyNormalMixture_float64",
                "priors/NoisySoftRoundedDeepFactorized_float64",
                "range_coder/overflow",
                "laplace_model/default",
                "laplace_model/runs_of_nonzeros",
                "power_law/alpha_0.01",
                "rounding/soft_round",
                "run_length/code_3_2",
                "universal/normal_float64_prior",
                "universal/expected_grads_laplace_tail",
                "universal/logistic_mixture",
                "continuous_batched/NoisyLogisticMixture",
                "continuous_batched/NoisyDeepFactorized",
                "continuous_indexed/normal",
                "location_scale/normal",
                "universal_indexed/normal");
    }

    /** Changes one value of each array in turn. */
    @ParameterizedTest
    @MethodSource("casesOfEveryKind")
    void aChangedValueInAnyArrayFails(String name) throws IOException {
        Path to = copy(name);
        checkAll();
        try (Stream<Path> files = Files.list(to)) {
            for (Path file : files.sorted().toList()) {
                byte[] original = Files.readAllBytes(file);
                String fileName = file.getFileName().toString();
                if (fileName.endsWith(".npy") && Npy.read(file).size() > 0) {
                    Files.write(file, changed(original, Npy.read(file)));
                } else if (fileName.endsWith(".bin")) {
                    byte[] damaged = original.clone();
                    damaged[original.length / 2] ^= 4;
                    Files.write(file, damaged);
                } else {
                    continue;
                }
                assertThat(catchThrowable(this::checkAll)).as(fileName).isNotNull();
                Files.write(file, original);
            }
        }
        checkAll();
    }

    /**
     * The same file with one element moved by more than any tolerance: by 2 in an integer (a single slot may move), towards
     * 0 where that is that far (indexes are clipped), by 1.3 and 1 % in a float (plain rounding forgets less than 1). It is
     * at four fifths, where no vector here has a jump.
     */
    private static byte[] changed(byte[] file, Npy array) {
        ByteBuffer buffer = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
        int i = array.size() * 4 / 5;
        int at = file.length - (array.size() - i) * array.bytesPerElement();
        double moved = array.get(i) * 1.01 + 1.3;
        switch (array.dtype()) {
            case "f4" -> buffer.putFloat(at, (float) moved);
            case "f8" -> buffer.putDouble(at, moved);
            case "i4", "u4" -> buffer.putInt(at, buffer.getInt(at) + (buffer.getInt(at) >= 2 ? -2 : 2));
            default -> throw new AssertionError("not a type of these vectors: dtype=" + array.dtype());
        }
        return buffer.array();
    }

    @Test
    void aChangedStringOfSlicesFails() throws IOException {
        copy("compressai/gauss8");
        copy("compressai/factorized12");
        Path file = copy("compressai/buffered_two_sets").resolve("stream.bin");
        checkAll();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("case=compressai/buffered_two_sets");
    }

    @Test
    void anUnknownFileOfASetOfCompressAiFails() throws IOException {
        Files.writeString(copy("compressai/gauss8").resolve("notes.txt"), "");
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("unknown=[notes.txt]: case=compressai/gauss8");
    }

    @Test
    void aLastBitOfAnExactTensorFails() throws IOException {
        Path file = copy("universal/normal_levels_1").resolve("decompressed.npy");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 4] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(this::checkAll)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("bit by bit: case=universal/normal_levels_1 array=decompressed index=359");
    }

    @Test
    void theReportCountsTheCasesOfEachKind() throws IOException {
        copy("range_coder/p1");
        copy("range_coder/p12");
        copy("dither/words");
        String report = GoldenFolder.open(folder).report(Map.of(GoldenKind.RANGE_CODER, 2));
        assertThat(report.lines())
                .containsExactly(
                        "Golden vectors of " + folder,
                        "  dither: 0 of 1 cases hold",
                        "  range_coder: 2 of 2 cases hold");
    }

    @Test
    void tiesMayBeBrokenInAnyOrderButNothingElseMayMove() {
        float[] tied = {0.3f, 0.3f, 0.4f};
        // Rounded to 5 + 5 + 6 of 16 slots; of 8 slots to 2 + 2 + 3, and the cell that gains most takes the last one.
        assertThat(GreedyAllocation.isPossible(tied, 4, new int[] {5, 5, 6})).isTrue();
        assertThat(GreedyAllocation.isPossible(tied, 4, new int[] {5, 4, 7})).isFalse();
        assertThat(GreedyAllocation.isPossible(tied, 3, new int[] {3, 2, 3})).isTrue();
        assertThat(GreedyAllocation.isPossible(tied, 3, new int[] {2, 3, 3})).isTrue();
        assertThat(GreedyAllocation.isPossible(tied, 3, new int[] {2, 2, 4})).isFalse();
        assertThat(GreedyAllocation.isPossible(tied, 3, new int[] {3, 3, 3})).isFalse();
        // Every cell has at least one slot, so three cells do not fit two.
        assertThat(GreedyAllocation.isPossible(new float[] {0.5f, 0.5f, 0}, 1, new int[] {1, 1, 0}))
                .isFalse();
    }

    @Test
    void arraysOfEveryTypeAreRead() throws IOException {
        assertThat(npy("<f2", "(2,)", new byte[] {0, 0x3c, 0, (byte) 0xc0}).doubles())
                .containsExactly(1, -2);
        assertThat(npy("<u2", "(1,)", new byte[] {(byte) 0x80, 0x3f}).tensor().get(0))
                .isEqualTo(1);
        assertThat(npy("|b1", "(2, 1)", new byte[] {1, 0}).ints()).containsExactly(1, 0);
        assertThat(npy("<u4", "()", new byte[] {-1, -1, -1, -1}).get(0)).isEqualTo(4294967295.0);
        assertThat(npy("<u4", "()", new byte[] {-1, -1, -1, -1}).ints()).containsExactly(-1);
        assertThat(npy("<i8", "(1,)", new byte[] {-2, -1, -1, -1, -1, -1, -1, -1})
                        .ints())
                .containsExactly(-2);
        assertThat(npy("<f8", "(0, 3)", new byte[0]).shape().toArray()).containsExactly(0, 3);
        assertThatThrownBy(() -> npy(">f4", "(1,)", new byte[4])).hasMessageContaining("little-endian");
        assertThatThrownBy(() -> npy("<f4", "(2,)", new byte[4])).hasMessageContaining("as its shape says");
    }

    private Npy npy(String descr, String shape, byte[] data) throws IOException {
        byte[] header = ("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n")
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer file = ByteBuffer.allocate(10 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        file.putShort((short) header.length).put(header).put(data);
        Path path = folder.resolve("array.npy");
        Files.write(path, file.array());
        return Npy.read(path);
    }
}
