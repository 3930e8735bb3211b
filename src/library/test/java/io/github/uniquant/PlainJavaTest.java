package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library in a process of its own: no flags, and nothing on the class path but itself. */
class PlainJavaTest {
    private static final String SUCCESS = "decoded: ";

    /** Compresses and decompresses, and prints a digest of the strings. Uses nothing but the library. */
    public static final class Program {
        private Program() {}

        public static void main(String[] args) throws Exception {
            int channels = 24;
            double[] scale = new double[channels];
            Arrays.setAll(scale, i -> 0.3 + i);
            SplittableRandom random = new SplittableRandom(1);
            float[] values = new float[100 * channels];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() * scale[i % channels]);
            }
            StringBuilder digests = new StringBuilder();
            for (CoderFormat format : CoderFormat.values()) {
                UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                                NoisyNormal.of(Shape.of(channels), new double[channels], scale))
                        .codingRank(2)
                        .compression(true)
                        .coder(format)
                        .build();
                BitStrings strings = model.compress(Tensor.of(Shape.of(2, 50, channels), values));
                float[] decoded = model.decompress(strings, Shape.of(50)).floats();
                for (int i = 0; i < values.length; i++) {
                    float bound = 0.5f + Math.ulp(Math.abs(values[i]) + 1);
                    if (!(Math.abs(decoded[i] - values[i]) <= bound)) {
                        throw new AssertionError("element=" + i + " value=" + values[i] + " decoded=" + decoded[i]);
                    }
                }
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(strings.toBytes());
                digests.append(format)
                        .append('=')
                        .append(HexFormat.of().formatHex(digest))
                        .append(' ');
            }
            if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
                throw new AssertionError("this program is to run without the vector module");
            }
            System.out.println(SUCCESS + digests);
        }
    }

    private static Path placeOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** A folder with the program's class and nothing else. */
    private static Path programAlone(Path folder) throws Exception {
        String name = Program.class.getName().replace('.', '/') + ".class";
        Path copy = folder.resolve(name);
        Files.createDirectories(copy.getParent());
        Files.copy(placeOf(Program.class).resolve(name), copy);
        return folder;
    }

    private static String run(Path folder, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String printed = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(ended).as(printed).isTrue();
        assertThat(process.exitValue()).as(printed).isZero();
        return printed.lines()
                .filter(line -> line.startsWith(SUCCESS))
                .findFirst()
                .orElseThrow(() -> new AssertionError(printed));
    }

    @Test
    void runsOnTheClassPathWithoutFlagsOrDependencies(@TempDir Path folder) throws Exception {
        String classPath = programAlone(folder) + File.pathSeparator + placeOf(CdfTables.class);
        String alone = run(folder, "-cp", classPath, Program.class.getName());
        assertThat(run(folder, "-Xint", "-cp", classPath, Program.class.getName()))
                .isEqualTo(alone);
    }
}
