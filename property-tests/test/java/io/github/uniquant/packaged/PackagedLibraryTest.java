package io.github.uniquant.packaged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.uniquant.BitStrings;
import io.github.uniquant.Uniquant;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The library's jar in a process of its own, without flags or dependencies. There is a jar where the build packages it; its
 * packages cannot be those of a class on the class path, so this one has a package apart.
 */
class PackagedLibraryTest {
    /** Compresses and decompresses with nothing but the library; prints the library's module. */
    public static final class Program {
        private Program() {}

        public static void main(String[] args) {
            double[] scale = {0.4, 2, 11};
            float[] values = new float[300];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((i * 37 % 101 - 50) / 25.0 * scale[i % 3]);
            }
            UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(
                            NoisyNormal.of(Shape.of(3), new double[3], scale))
                    .codingRank(1)
                    .compression(true)
                    .build();
            BitStrings strings = model.compress(Tensor.of(Shape.of(100, 3), values));
            float[] decoded = model.decompress(strings, Shape.scalar()).floats();
            for (int i = 0; i < values.length; i++) {
                if (!(Math.abs(decoded[i] - values[i]) <= 0.5f + Math.ulp(Math.abs(values[i]) + 1))) {
                    throw new AssertionError("element=" + i + " value=" + values[i] + " decoded=" + decoded[i]);
                }
            }
            System.out.println("module=" + model.getClass().getModule() + " bytes=" + strings.totalBytes());
        }
    }

    /** Warms up, and prints what runs. */
    public static final class WarmUp {
        private WarmUp() {}

        public static void main(String[] args) {
            Uniquant.warmUp();
            System.out.println("kernels=" + Uniquant.kernels());
        }
    }

    @TempDir
    Path folder;

    private Path jar = Path.of("");

    private static Path placeOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    @BeforeEach
    void findJarAndCopyProgram() throws Exception {
        jar = placeOf(CdfTables.class);
        assumeThat(Files.isRegularFile(jar)).as("the library comes from a jar").isTrue();
        for (Class<?> program : List.of(Program.class, WarmUp.class)) {
            String name = program.getName().replace('.', '/') + ".class";
            Path copy = folder.resolve(name);
            Files.createDirectories(copy.getParent());
            Files.copy(placeOf(program).resolve(name), copy);
        }
    }

    private String run(String... arguments) throws IOException, InterruptedException {
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
        return printed;
    }

    @Test
    void runsOnTheClassPath() throws Exception {
        assertThat(run("-cp", folder + File.pathSeparator + jar, Program.class.getName()))
                .contains("module=unnamed module");
    }

    @Test
    void runsAsAModule() throws Exception {
        assertThat(run(
                        "--module-path",
                        jar.toString(),
                        "--add-modules",
                        "io.github.uniquant",
                        "-cp",
                        folder.toString(),
                        Program.class.getName()))
                .contains("module=module io.github.uniquant ");
    }

    /** A flag that forbids vectors is found before any is compiled, so that the test is short. */
    @Test
    void readsFlagsOfTheVmAsAModule() throws Exception {
        assertThat(run(
                        "--module-path",
                        jar.toString(),
                        "--add-modules",
                        "io.github.uniquant,jdk.incubator.vector",
                        "-XX:+UnlockExperimentalVMOptions",
                        "-XX:-EnableVectorSupport",
                        "-cp",
                        folder.toString(),
                        WarmUp.class.getName()))
                .contains("kernels=scalar")
                .doesNotContain("do not work");
    }
}
