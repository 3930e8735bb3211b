package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Processes at every vector width and on every path: the same strings and values from all of them. */
class KernelPathsTest {
    private static final int AT_A_TIME = 2;
    private static final String MODULE = "--add-modules=jdk.incubator.vector";
    private static final String FORCE = "-D" + KernelProvider.PROPERTY + "=";
    private static final String GATHERS = "-D" + Gathers.PROPERTY + "=";
    private static final int USE_AVX = option("UseAVX");
    private static final int MAX_VECTOR_SIZE = option("MaxVectorSize");
    private static final String WIDEST = kernels(USE_AVX, MAX_VECTOR_SIZE);

    /** A process: its options, the argument of its program if it has one, and the line that must come of it. */
    record Fork(List<String> options, String argument, String expected) {
        @Override
        public String toString() {
            return String.join(" ", options) + (argument.isEmpty() ? "" : " [" + argument + "]");
        }
    }

    private static Map<Fork, CompletableFuture<List<String>>> outputs;
    private static ExecutorService executor;

    /** An integer option of this VM; -1 where it has no such option, as those of one processor elsewhere. */
    private static int option(String name) {
        HotSpotDiagnosticMXBean vm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        try {
            return Integer.parseInt(vm.getVMOption(name).getValue());
        } catch (IllegalArgumentException e) {
            return -1;
        }
    }

    /** The kernels that are chosen where the VM is allowed such vectors. */
    private static String kernels(int useAvx, int maxVectorSize) {
        if (useAvx >= 3 && maxVectorSize >= 64) {
            return "vector-512";
        }
        return useAvx >= 2 && maxVectorSize >= 32 ? "vector-256" : "scalar";
    }

    private static Fork ran(String kernels, String argument, String... options) {
        return new Fork(List.of(options), argument, PathsProgram.KERNELS + kernels);
    }

    private static Fork refused(String reason, String... options) {
        return new Fork(List.of(options), PathsProgram.KERNELS_ALONE, PathsProgram.REFUSED + reason);
    }

    /** The processes that the host can tell apart. */
    private static Stream<Fork> forks() {
        List<Fork> forks = new ArrayList<>();
        forks.add(ran(WIDEST, "", MODULE));
        forks.add(ran(WIDEST, PathsProgram.KERNELS_ALONE, MODULE, FORCE + "auto"));
        forks.add(ran("scalar", ""));
        forks.add(ran("scalar", "", MODULE, FORCE + "scalar"));
        forks.add(ran("scalar", PathsProgram.FEW, MODULE, "-Xint"));
        forks.add(ran("scalar", "", MODULE, "-XX:TieredStopAtLevel=1"));
        for (int level = 0; level <= USE_AVX; level++) {
            String kernels = kernels(level, MAX_VECTOR_SIZE);
            boolean narrow = kernels.equals("vector-256") && !WIDEST.equals(kernels);
            forks.add(ran(kernels, narrow ? PathsProgram.TWINS : "", MODULE, "-XX:UseAVX=" + level));
        }
        for (int size = 4; USE_AVX >= 0 && size <= MAX_VECTOR_SIZE; size *= 2) {
            String argument = size < 16 ? PathsProgram.KERNELS_ALONE : "";
            forks.add(ran(kernels(USE_AVX, size), argument, MODULE, "-XX:MaxVectorSize=" + size));
        }
        if (!WIDEST.equals("scalar")) {
            forks.add(ran(WIDEST, "", MODULE, FORCE + "vector"));
            forks.add(ran("vector-256", PathsProgram.TWINS, MODULE, FORCE + "256"));
        }
        String property = "-D" + KernelProvider.PROPERTY;
        String asked = property + " asks for vectors, which cannot run here: ";
        String flag = "for the vector path, start java with --add-modules jdk.incubator.vector";
        forks.add(refused(asked + flag, FORCE + "vector"));
        forks.add(refused(asked + "the VM does not compile vectors: ", MODULE, FORCE + "vector", "-Xint"));
        forks.add(refused(property + " must be auto, scalar, vector, 256 or 512: value=wide", FORCE + "wide"));
        forks.add(refused("-D" + Gathers.PROPERTY + " must be auto, true or false: value=some", GATHERS + "some"));
        String warmUp = "-D" + KernelProvider.WARM_UP_PROPERTY;
        String warmUps = warmUp + " must be background, manual or none: value=later";
        forks.add(refused(warmUps, warmUp + "=later"));
        forks.add(refused(warmUps, warmUp + "=later", FORCE + "scalar"));
        forks.add(refused(warmUps, MODULE, warmUp + "=later", FORCE + "vector"));
        String width = property + " asks for 512-bit vectors, which cannot run here: ";
        if (WIDEST.equals("vector-512")) {
            forks.add(ran("vector-512", "", MODULE, FORCE + "512"));
            forks.add(ran("vector-512", PathsProgram.TWINS, MODULE, GATHERS + "true"));
            forks.add(ran("vector-512", PathsProgram.TWINS, MODULE, GATHERS + "false"));
            forks.add(refused(width + "the processor does not have them", MODULE, FORCE + "512", "-XX:UseAVX=2"));
        } else {
            forks.add(refused(width + "the processor does not have them", MODULE, FORCE + "512"));
        }
        if (USE_AVX >= 1) {
            forks.add(refused(asked + "the processor does not have them", MODULE, FORCE + "vector", "-XX:UseAVX=1"));
        }
        return forks.stream();
    }

    @Test
    void withoutTheModuleOneLineNamesItsFlag() {
        assertThat(output(ran("scalar", "")))
                .filteredOn(line -> line.contains("--add-modules"))
                .singleElement()
                .asString()
                .endsWith("kernels: scalar (for the vector path, start java with --add-modules jdk.incubator.vector)");
    }

    /** Whoever switched the module on would otherwise wait for vectors that never come. */
    @Test
    void aVmThatDoesNotCompileVectorsSaysSoInOneLine() {
        assertThat(output(ran("scalar", "", MODULE, "-XX:TieredStopAtLevel=1")))
                .filteredOn(line -> line.contains("kernels: scalar ("))
                .singleElement()
                .asString()
                .contains("INFO")
                .contains("the VM does not compile vectors: ");
    }

    @BeforeAll
    static void startAll(@TempDir Path folder) throws Exception {
        executor = Executors.newFixedThreadPool(AT_A_TIME);
        String classPath = placeOf(PathsProgram.class) + File.pathSeparator + placeOf(Kernels.class);
        outputs = new HashMap<>();
        for (Fork fork : forks().toList()) {
            Path output = folder.resolve("fork-" + outputs.size() + ".txt");
            outputs.put(fork, CompletableFuture.supplyAsync(() -> run(fork, classPath, output), executor));
        }
    }

    @AfterAll
    static void stopAll() {
        executor.close();
    }

    private static Path placeOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static List<String> run(Fork fork, String classPath, Path output) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-cp", classPath));
        command.add("-D" + KernelProvider.WARM_UP_PROPERTY + "=none");
        command.addAll(fork.options);
        command.add(PathsProgram.class.getName());
        command.add(fork.argument);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(2, TimeUnit.MINUTES);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
            if (!ended || process.exitValue() != 0) {
                throw new AssertionError(fork + (ended ? " failed: " : " did not end: ") + lines);
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> output(Fork fork) {
        return Objects.requireNonNull(outputs.get(fork), fork::toString).join();
    }

    private static String line(List<String> lines, String start) {
        return lines.stream()
                .filter(line -> line.startsWith(start))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no line " + start + ": " + lines));
    }

    @ParameterizedTest
    @MethodSource("forks")
    void bytesDoNotDependOnThePath(Fork fork) {
        List<String> lines = output(fork);
        if (fork.argument.equals(PathsProgram.KERNELS_ALONE)) {
            assertThat(lines).anyMatch(line -> line.startsWith(fork.expected));
            return;
        }
        assertThat(lines).contains(fork.expected, PathsProgram.DIFFERING_TABLES + List.of());
        List<String> reference = output(ran("scalar", ""));
        assertThat(line(lines, PathsProgram.FEW_DIGEST)).isEqualTo(line(reference, PathsProgram.FEW_DIGEST));
        if (!fork.argument.equals(PathsProgram.FEW)) {
            assertThat(line(lines, PathsProgram.DIGEST)).isEqualTo(line(reference, PathsProgram.DIGEST));
        }
    }
}
