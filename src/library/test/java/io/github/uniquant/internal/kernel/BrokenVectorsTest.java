package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.uniquant.Uniquant;
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

/** Processes whose vector kernels do not load, as where the module's classes are not those that they were compiled for. */
class BrokenVectorsTest {
    private static final String MODULE = "--add-modules=jdk.incubator.vector";
    private static final String WARM_UP = "-D" + KernelProvider.WARM_UP_PROPERTY + "=";
    private static final String REASON = "the vector kernels do not work here: java.lang.ClassFormatError";

    /** Warms up, and prints what runs or why nothing does. */
    public static final class Program {
        private Program() {}

        public static void main(String[] args) {
            try {
                Uniquant.warmUp();
                System.out.println("runs: " + Uniquant.kernels());
            } catch (IllegalStateException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }

    @TempDir
    Path folder;

    private static Path placeOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    @BeforeEach
    void breakVectorKernels() throws Exception {
        assumeThat(ModuleLayer.boot().findModule("jdk.incubator.vector")).isPresent();
        String name = Kernels.class.getPackageName().replace('.', '/') + "/VectorKernels.class";
        Path broken = folder.resolve(name);
        Files.createDirectories(broken.getParent());
        Files.writeString(broken, "not a class");
    }

    private List<String> run(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.add("-cp");
        command.add(folder + File.pathSeparator + placeOf(Program.class) + File.pathSeparator + placeOf(Kernels.class));
        command.add(Program.class.getName());
        Path output = folder.resolve("output.txt");
        Process process = start(command, output);
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
        assertThat(ended && process.exitValue() == 0).as(lines.toString()).isTrue();
        return lines;
    }

    private static Process start(List<String> command, Path output) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    @Test
    void theWarmUpWarnsOnceAndLeavesTheScalarPath() throws Exception {
        List<String> lines = run(MODULE, WARM_UP + "manual");
        assertThat(lines)
                .filteredOn(line -> line.startsWith("WARNING: kernels: "))
                .singleElement()
                .asString()
                .contains(REASON);
        assertThat(lines).anyMatch(line -> line.startsWith("runs: scalar (" + REASON));
    }

    @Test
    void withoutWarmUpTheScalarPathRunsAndOneLineSaysWhy() throws Exception {
        List<String> lines = run(MODULE, WARM_UP + "none");
        assertThat(lines)
                .filteredOn(line -> line.contains(": kernels: "))
                .singleElement()
                .asString()
                .contains(REASON);
        assertThat(lines).anyMatch(line -> line.startsWith("runs: scalar (" + REASON));
    }

    @Test
    void aForcedVectorPathIsRefusedWithTheReason() throws Exception {
        String force = "-D" + KernelProvider.PROPERTY + "=vector";
        assertThat(run(MODULE, force))
                .anyMatch(line -> line.startsWith("refused: -D" + KernelProvider.PROPERTY
                        + " asks for vectors, which cannot run here: " + REASON));
    }
}
