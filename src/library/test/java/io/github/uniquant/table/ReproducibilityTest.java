package io.github.uniquant.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same parameters give the same bits on every machine, interpreted and compiled. */
class ReproducibilityTest {
    private static final String HASH = "a96702284814f115 ce4ab64653ce0c97";

    @Test
    void numbersAreWhatTheyWereWhenTheLibraryWasWritten() {
        assertThat(ReproducibleNumbers.hash()).isEqualTo(HASH);
        // By now much of it is compiled.
        assertThat(ReproducibleNumbers.hash()).isEqualTo(HASH);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-Xint",
                "-XX:TieredStopAtLevel=1",
                "-Xcomp -XX:CompileOnly=io.github.uniquant.*::*",
                "-XX:UseAVX=0"
            })
    void numbersDoNotDependOnTheModeOfTheJvm(String flags) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+IgnoreUnrecognizedVMOptions"); // UseAVX is a flag of x86 alone
        command.addAll(List.of(flags.split(" ")));
        command.addAll(List.of(
                "-cp",
                location(CdfTables.class) + File.pathSeparator + location(ReproducibleNumbers.class),
                ReproducibleNumbers.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output.strip()).endsWith(HASH);
        assertThat(process.exitValue()).isZero();
    }

    private static String location(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }
}
