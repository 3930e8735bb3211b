package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels of this process against the scalar ones. {@code KernelPathsTest} does the same at every vector width. */
class KernelTwinTest {
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
                Named.of("words", KernelTwins::wordsAreCopiedAlike));
    }

    @ParameterizedTest
    @MethodSource("laws")
    void vectorKernelsGiveTheBitsOfTheScalarOnes(Consumer<KernelTwins> law) {
        Kernels kernels = KernelProvider.kernels();
        assumeTrue(!kernels.name().equals("scalar"), KernelProvider.reason());
        law.accept(new KernelTwins(kernels));
    }
}
