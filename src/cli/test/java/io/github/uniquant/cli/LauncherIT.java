package io.github.uniquant.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

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
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script that starts the command line, in processes of its own, through a symbolic link and from another directory. */
@EnabledIfSystemProperty(
        named = "uniquant.launcher",
        matches = "built",
        disabledReason = "without the jar the script would build, in the midst of a build")
@EnabledOnOs({OS.LINUX, OS.MAC})
@Timeout(120)
class LauncherIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void link() throws IOException {
        Path script = Path.of("uniquant").toAbsolutePath(); // tests run in the module's directory
        assertThat(script).isExecutable();
        Files.createSymbolicLink(folder.resolve("link"), script);
        Files.createSymbolicLink(folder.resolve("uq"), Path.of("link"));
    }

    @AfterEach
    void unlink() throws IOException {
        Files.delete(folder.resolve("uq"));
        Files.delete(folder.resolve("link"));
    }

    private Run run(List<String> command) throws IOException, InterruptedException {
        File out = folder.resolve("out.txt").toFile();
        File err = folder.resolve("err.txt").toFile();
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out)
                .redirectError(err);
        builder.environment().remove("JAVA_HOME");
        Process process = builder.start();
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
    }

    private Run uniquant(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("./uq"));
        command.addAll(List.of(args));
        return run(command);
    }

    @Test
    void relativePathsAreThoseOfTheCaller() throws IOException, InterruptedException {
        NpyFile.write(folder.resolve("x y.npy"), Tensor.of(Shape.of(4, 2), 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f));
        Run compress = uniquant("compress", "x y.npy", "-o", "x.uq", "--prior-shape", "scalar");
        assertThat(compress.err()).isEmpty(); // the JVM's line on incubator modules neither
        assertThat(compress.exitCode()).isZero();
        assertThat(compress.out()).startsWith("x.uq: 8 elements");
        assertThat(uniquant("decompress", "x.uq", "-o", "back.npy").exitCode()).isZero();
        Tensor back = NpyFile.readFloats(folder.resolve("back.npy"));
        for (int i = 0; i < 8; i++) {
            assertThat(Math.abs(back.get(i) - (i + 1))).isLessThanOrEqualTo(0.5);
        }
    }

    @Test
    void bytesOnTheStandardOutputStandAlone() throws IOException, InterruptedException {
        assumeThat(Path.of("/dev/stdout")).exists();
        NpyFile.write(folder.resolve("x.npy"), Tensor.of(Shape.of(4, 2), 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f));
        String compress = "./uq compress x.npy --prior-shape scalar -o ";
        assertThat(run(List.of("/bin/sh", "-c", compress + "x.uq")).exitCode()).isZero();
        for (String to : new String[] {"/dev/stdout | cat > y.uq", "/dev/stdout > y.uq"}) {
            Run run = run(List.of("/bin/sh", "-c", compress + to));
            assertThat(run.err()).startsWith("/dev/stdout: 8 elements").hasLineCount(1);
            assertThat(folder.resolve("y.uq")).hasSameBinaryContentAs(folder.resolve("x.uq"));
        }
    }

    /** Others write to the same file: what they wrote stays, and what follows comes after. */
    @Test
    void bytesOnTheStandardOutputStandBetweenThoseOfOthers() throws IOException, InterruptedException {
        assumeThat(Path.of("/dev/stdout")).exists();
        NpyFile.write(folder.resolve("x.npy"), Tensor.of(Shape.of(4, 2), 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f));
        String compress = "./uq compress x.npy --prior-shape scalar -o ";
        assertThat(run(List.of("/bin/sh", "-c", compress + "x.uq")).exitCode()).isZero();
        Run expected = run(List.of("/bin/sh", "-c", "(echo before; cat x.uq; echo after) > expected"));
        assertThat(expected.exitCode()).isZero();
        for (String script : new String[] {
            "(echo before; " + compress + "/dev/stdout; echo after) > y",
            "echo before > y; " + compress + "/dev/stdout >> y; echo after >> y",
            "echo before > y; " + compress + "y >> y; echo after >> y",
            "(echo before; " + compress + "/dev/stdout; echo after) | cat > y"
        }) {
            Run run = run(List.of("/bin/sh", "-c", script));
            assertThat(run.err()).as(script).contains(": 8 elements").hasLineCount(1);
            assertThat(folder.resolve("y")).as(script).hasSameBinaryContentAs(folder.resolve("expected"));
        }
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void exitCodesAndMessagesPassThrough() throws IOException, InterruptedException {
        Run usage = uniquant("compress");
        assertThat(usage.exitCode()).isEqualTo(1);
        assertThat(usage.err()).startsWith("uniquant: Missing required");
        Run data = uniquant("info", "none.npy");
        assertThat(data.exitCode()).isEqualTo(2);
        assertThat(data.err()).isEqualTo("uniquant: none.npy: there is no such file\n");
        Run version = uniquant("--version");
        assertThat(version.exitCode()).isZero();
        assertThat(version.out()).matches("uniquant \\d.*\n");
    }

    /** The jar holds other projects' classes. */
    @Test
    void theJarHandsOnLicencesAndNotices() throws IOException {
        try (ZipFile jar = new ZipFile(Path.of("target/uniquant-cli.jar").toFile())) {
            assertThat(text(jar, "META-INF/LICENSE")).contains("Apache License");
            assertThat(text(jar, "META-INF/NOTICE")).contains("Jackson JSON processor", "Schubfach");
        }
    }

    private static String text(ZipFile jar, String name) throws IOException {
        ZipEntry entry = jar.getEntry(name);
        assertThat(entry).as(name).isNotNull();
        return new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void aFullStandardOutputIsAFailure() throws IOException, InterruptedException {
        assumeThat(Path.of("/dev/full")).exists();
        Run run = run(List.of("/bin/sh", "-c", "./uq --version >/dev/full"));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("the standard output cannot be written");
    }

    @Test
    void tooLittleMemoryIsSaidWithoutAStackTrace() throws IOException, InterruptedException {
        NpyFile.write(folder.resolve("x.npy"), Tensor.of(Shape.of(8_000_000), new float[8_000_000]));
        Run run = run(List.of("/bin/sh", "-c", "UNIQUANT_JAVA_OPTS=-Xmx20m ./uq compress x.npy -o x.uq"));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).startsWith("uniquant: there is not enough memory").hasLineCount(1);
    }
}
