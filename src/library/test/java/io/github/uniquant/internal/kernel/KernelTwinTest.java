package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.uniquant.Allocations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels of this process against the scalar ones. {@code KernelPathsTest} does the same at every vector width. */
class KernelTwinTest {
    private static final int CALLS = 64;
    private static final int MOST_BATCHES = 200;

    /** The instruction sets of the processor, where the system says; empty elsewhere. */
    static List<String> processorFlags() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(cpuinfo)) {
            return List.of();
        }
        return Files.readAllLines(cpuinfo).stream()
                .filter(line -> line.startsWith("flags"))
                .findFirst()
                .map(line -> Arrays.asList(
                        line.substring(line.indexOf(':') + 1).trim().split(" ")))
                .orElse(List.of());
    }

    @Test
    void theVectorPathIsTestedWhereTheProcessorHasIt() throws IOException {
        assumeTrue(processorFlags().contains("avx2"), "the processor has no 256-bit integer vectors");
        assertThat(ModuleLayer.boot().findModule("jdk.incubator.vector")).isPresent();
        assertThat(KernelProvider.kernels().name()).as(KernelProvider.reason()).matches("vector-(256|512)");
    }

    private static Stream<Named<Consumer<PriorKernelTwins>>> priorLaws() {
        return Stream.of(
                Named.of("location-scale", PriorKernelTwins::locationScalesAreAlike),
                Named.of("mixtures", PriorKernelTwins::mixturesAreAlike),
                Named.of("deep factorized", PriorKernelTwins::deepFactorizedAreAlike),
                Named.of("tails", PriorKernelTwins::tailsAreAlike));
    }

    @ParameterizedTest
    @MethodSource("priorLaws")
    void vectorDistributionsGiveTheBitsOfTheScalarOnes(Consumer<PriorKernelTwins> law) {
        PriorKernels kernels = KernelProvider.priorKernels(0);
        assumeTrue(!kernels.name().equals("scalar"), KernelProvider.reason());
        law.accept(new PriorKernelTwins(kernels));
    }

    @Test
    void distributionsRunOnThePathOfTheCoder() {
        assertThat(KernelProvider.priorKernels(0).name())
                .isEqualTo(KernelProvider.kernels().name());
    }

    private static Stream<Named<Consumer<KernelTwins>>> laws() {
        return Stream.of(
                Named.of("floats", KernelTwins::floatsAreQuantizedAlike),
                Named.of("doubles", KernelTwins::doublesAreQuantizedAlike),
                Named.of("halves", KernelTwins::halvesAreQuantizedAlike),
                Named.of("reconstruction", KernelTwins::symbolsAreReconstructedAlike),
                Named.of("rows", KernelTwins::rowsAreLookedUpAlike),
                Named.of("encoding", KernelTwins::lanesAreEncodedAlike),
                Named.of("decoding", KernelTwins::lanesAreDecodedAlike),
                Named.of("encoding of bytes", KernelTwins::bytesAreEncodedAlike),
                Named.of("decoding by slots", KernelTwins::slotsAreDecodedAlike),
                Named.of("encoding of tails", KernelTwins::tailsAreEncodedAlike),
                Named.of("decoding of tails", KernelTwins::tailsAreDecodedAlike),
                Named.of("words", KernelTwins::wordsAreCopiedAlike),
                Named.of("levels", KernelTwins::levelsAreDrawnAlike));
    }

    @ParameterizedTest
    @MethodSource("laws")
    void vectorKernelsGiveTheBitsOfTheScalarOnes(Consumer<KernelTwins> law) {
        Kernels kernels = KernelProvider.kernels();
        assumeTrue(!kernels.name().equals("scalar"), KernelProvider.reason());
        law.accept(new KernelTwins(kernels));
    }

    /**
     * A method that outgrows what the compiler inlines allocates its vectors in every call. Which ones do may differ between
     * processes, by what ran before and when it was compiled: so this runs where {@code uniquant.allocations} is set. Kernels
     * of deep factorized distributions are left out: they allocate a vector now and then.
     */
    @Test
    @EnabledIfSystemProperty(named = "uniquant.allocations", matches = "true")
    void warmKernelsAllocateNothing() {
        KernelSet set = KernelProvider.current();
        assumeTrue(!set.isScalar(), KernelProvider.reason());
        List<KernelExercise> exercises = Stream.of(KernelSet.codingExercises(), KernelSet.distributionExercises())
                .flatMap(List::stream)
                .filter(exercise -> !exercise.kernel().startsWith("deepFactorized"))
                .toList();
        assertThat(KernelWarmUp.run(set, exercises, KernelWarmUp.PATIENCE)).isEmpty();
        List<String> allocating = new ArrayList<>();
        for (int i = 0; i < exercises.size(); i++) {
            KernelExercise exercise = exercises.get(i);
            long bytes = Allocations.ofWarmCalls(
                    CALLS, MOST_BATCHES, CALLS, turn -> exercise.run(set, turn, KernelExercise.LONG));
            if (bytes >= CALLS) {
                allocating.add(i + " " + exercise.kernel() + ": " + bytes);
            }
        }
        assertThat(allocating).as("bytes that %d calls allocated", CALLS).isEmpty();
    }
}
