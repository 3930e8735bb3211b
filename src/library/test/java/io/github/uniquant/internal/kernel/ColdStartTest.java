package io.github.uniquant.internal.kernel;

import static io.github.uniquant.internal.kernel.ColdStartProgram.CODE;
import static io.github.uniquant.internal.kernel.ColdStartProgram.COMPILED_HELPERS;
import static io.github.uniquant.internal.kernel.ColdStartProgram.COMPILES;
import static io.github.uniquant.internal.kernel.ColdStartProgram.TRAIN;
import static io.github.uniquant.internal.kernel.ColdStartProgram.UNTIL_THE_SWITCH;
import static io.github.uniquant.internal.kernel.ColdStartProgram.WARM_UP;
import static io.github.uniquant.internal.kernel.ColdStartProgram.WARM_UP_KERNELS;
import static io.github.uniquant.internal.kernel.ColdStartProgram.WORK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.uniquant.Uniquant;
import java.io.File;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** New processes: on which kernels they start, when they move to others, and that nothing but the time shows it. */
class ColdStartTest {
    private static final String MODULE = "--add-modules=jdk.incubator.vector";
    private static final String KERNELS = "-D" + KernelProvider.PROPERTY + "=";
    private static final String WARM_UP_BY = "-D" + KernelProvider.WARM_UP_PROPERTY + "=";

    /** HotSpot's {@code InlineSmallCode}. */
    private static final int MOST_INLINED_BYTES = 2500;

    private static final String NO_THREAD = "[]";
    private static final String THREAD = "[daemon]";

    @TempDir
    static Path folder;

    /** The hash that all processes must come to. */
    private static String hash;

    /** A process with these options, and the values of its steps in order. */
    private static List<String> run(List<String> options, String... steps) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC"));
        command.addAll(List.of("-cp", placeOf(ColdStartProgram.class) + File.pathSeparator + placeOf(Uniquant.class)));
        command.addAll(options);
        command.add(ColdStartProgram.class.getName());
        command.addAll(List.of(steps));
        Path output = folder.resolve("output.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(10, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String printed = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(ended && process.exitValue() == 0).as(printed).isTrue();
        List<String> values = printed.lines()
                .filter(line -> Arrays.stream(steps).anyMatch(step -> line.startsWith(step + ": ")))
                .map(line -> line.substring(line.indexOf(": ") + 2))
                .toList();
        assertThat(values).as(printed).hasSize(steps.length);
        return values;
    }

    private static Path placeOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    @BeforeAll
    static void codeWithoutTheModule() throws Exception {
        String value = run(List.of(), CODE).getFirst();
        assertThat(value).matches("-?\\d+ scalar");
        hash = value.substring(0, value.indexOf(' '));
    }

    private static void assumeVectors() throws Exception {
        assumeTrue(KernelTwinTest.processorFlags().contains("avx2"), "the processor has no 256-bit integer vectors");
    }

    private static String codedOn(String kernels) {
        return hash + " " + kernels;
    }

    private static void assertCodedOnVectors(String value) {
        assertThat(value).matches(hash + " vector-(256|512)");
    }

    @Test
    void aProcessStartsScalarAndComesToVectorsWhileItCodes() throws Exception {
        assumeVectors();
        List<String> values = run(List.of(MODULE), CODE, WORK, UNTIL_THE_SWITCH, CODE);
        assertThat(values.get(0)).isEqualTo(codedOn("scalar"));
        assertThat(values.get(1)).startsWith(THREAD);
        assertThat(values.get(2))
                .matches("\\[scalar to (vector-\\d+), scalar to \\1] \\[]")
                .endsWith(NO_THREAD);
        assertCodedOnVectors(values.get(3));
    }

    @Test
    void aProcessThatOnlyTrainsStartsTheWarmUpToo() throws Exception {
        assumeVectors();
        List<String> values = run(List.of(MODULE), TRAIN);
        assertThat(values.get(0)).startsWith(THREAD);
    }

    @Test
    void byHandNothingHappensUntilTheWarmUp() throws Exception {
        assumeVectors();
        List<String> values = run(List.of(MODULE, WARM_UP_BY + "manual"), CODE, WORK, WARM_UP, CODE, WARM_UP);
        assertThat(values.get(0)).isEqualTo(codedOn("scalar"));
        assertThat(values.get(1)).isEqualTo(NO_THREAD + " scalar");
        assertThat(values.get(2))
                .matches("vector-\\d+ \\(the widest vectors of this processor, compiled in \\d+ ms\\)");
        assertCodedOnVectors(values.get(3));
        assertThat(values.get(4)).isEqualTo(values.get(2));
    }

    @Test
    void withoutWarmUpVectorsRunFromTheFirstCall() throws Exception {
        assumeVectors();
        List<String> values = run(List.of(MODULE, WARM_UP_BY + "none"), CODE);
        assertCodedOnVectors(values.get(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vector", "256"})
    void forcedVectorsRunFromTheFirstCallAndNeedNoThread(String kernels) throws Exception {
        assumeVectors();
        List<String> values = run(List.of(MODULE, KERNELS + kernels), CODE, WORK);
        assertCodedOnVectors(values.get(0));
        assertThat(values.get(1)).matches("\\[] vector-\\d+");
    }

    @Test
    void forcedScalarKernelsStayAndStartNoThread() throws Exception {
        List<String> values = run(List.of(MODULE, KERNELS + "scalar"), CODE, WORK, WARM_UP, CODE);
        assertThat(values)
                .containsExactly(
                        codedOn("scalar"),
                        NO_THREAD + " scalar",
                        "scalar (forced by -D" + KernelProvider.PROPERTY + ")",
                        codedOn("scalar"));
    }

    @Test
    void whereTheVmSaysThatItDoesNotCompileVectorsScalarKernelsStay() throws Exception {
        List<String> values = run(List.of(MODULE, "-XX:TieredStopAtLevel=1"), WORK, WARM_UP, CODE);
        assertThat(values.get(0)).isEqualTo(NO_THREAD + " scalar");
        assertThat(values.get(1)).startsWith("scalar (the VM does not compile vectors: ");
        assertThat(values.get(2)).isEqualTo(codedOn("scalar"));
    }

    /** The warm-up asks the VM for its flags, before it spends half a minute on what they rule out. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-XX:TieredStopAtLevel=0",
                "-XX:TieredStopAtLevel=2",
                "-XX:TieredStopAtLevel=3",
                "-XX:-EnableVectorSupport"
            })
    void whereFlagsRuleVectorsOutScalarKernelsStay(String option) throws Exception {
        assumeVectors();
        List<String> values = run(List.of(MODULE, "-XX:+UnlockExperimentalVMOptions", option), WARM_UP_KERNELS, CODE);
        assertThat(values.get(0)).isEqualTo("scalar (the VM does not compile vectors: " + option + ")");
        assertThat(values.get(1)).isEqualTo(codedOn("scalar"));
    }

    /** The warm-up must find it out by itself; whether it may is a matter of {@link KernelWarmUp#PATIENCE}. */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:TieredStopAtLevel=3", "-XX:-EnableVectorSupport"})
    void vectorKernelsAreSeenToStaySlowWhereTheVmDoesNotCompileThem(String option) throws Exception {
        assumeVectors();
        String unlock = "-XX:+UnlockExperimentalVMOptions";
        assertThat(run(List.of(MODULE, unlock, option, KERNELS + "vector"), COMPILES))
                .singleElement()
                .asString()
                .matches("vector-\\d+ false");
    }

    @Test
    void otherValuesOfThePropertyAreRefused() throws Exception {
        assertThat(run(List.of(MODULE, WARM_UP_BY + "soon"), CODE))
                .containsExactly("refused: -D" + KernelProvider.WARM_UP_PROPERTY
                        + " must be background, manual or none: value=soon");
    }

    /**
     * A method whose own compiled code has more than 2,500 bytes is not inlined, where it is compiled before its callers: they
     * allocate their vectors then, and the process may stay scalar. So methods with vectors as arguments or results, compiled
     * by themselves here, are to be short.
     */
    @Test
    @EnabledIfSystemProperty(named = "uniquant.allocations", matches = "true")
    void helpersWithVectorsAreShortEnoughToBeInlined() throws Exception {
        assumeVectors();
        List<String> options = new ArrayList<>(List.of(MODULE, KERNELS + "vector", "-XX:CompileCommand=quiet"));
        for (Class<?> type : List.of(
                VectorKernels.class,
                VectorLanes.class,
                VectorGatheredLanes.class,
                VectorTails.class,
                VectorBytes.class,
                VectorWidth.class,
                VectorPriorKernels.class,
                VectorGradientKernels.class,
                VectorDitherKernels.class,
                VectorFreeKernels.class,
                VectorMath.class,
                VectorBoxes.class)) {
            for (Method method : type.getDeclaredMethods()) {
                if (hasVectors(method)) {
                    options.add("-XX:CompileCommand=dontinline,*" + type.getSimpleName() + "*::" + method.getName());
                }
            }
        }
        String compiled = run(options, COMPILED_HELPERS).getFirst();
        assertThat(compiled).contains("VectorLanes.two: ");
        assertThat(compiled.split(", "))
                .allSatisfy(helper -> assertThat(Integer.parseInt(helper.substring(helper.indexOf(": ") + 2)))
                        .as(helper)
                        .isLessThan(MOST_INLINED_BYTES));
    }

    private static boolean hasVectors(Method method) {
        return Stream.concat(Stream.of(method.getReturnType()), Arrays.stream(method.getParameterTypes()))
                .anyMatch(type -> Vector.class.isAssignableFrom(type) || VectorMask.class.isAssignableFrom(type));
    }
}
