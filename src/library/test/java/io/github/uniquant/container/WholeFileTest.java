package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    private static final byte[] NEW = "new".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private long files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void fileTakesThePlaceOfTheOldOneOnlyWhenItIsWhole() throws IOException {
        Path target = folder.resolve("x.uq");
        Files.writeString(target, "old");
        WholeFile.write(target, out -> {
            out.write(NEW);
            out.flush();
            assertThat(target).hasContent("old");
        });
        assertThat(target).hasBinaryContent(NEW);
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void fileThatIsReplacedHandsOnItsPermissions() throws IOException {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path target = folder.resolve("x.uq");
        Files.writeString(target, "old");
        for (String mode : new String[] {"rw-------", "rw-rw-r--"}) {
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(mode));
            WholeFile.write(target, out -> out.write(NEW));
            assertThat(target).hasBinaryContent(NEW);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                    .isEqualTo(mode);
        }
    }

    @Test
    void failureLeavesTheOldFileAndNoOther() throws IOException {
        Path target = folder.resolve("x.uq");
        Files.writeString(target, "old");
        assertThatThrownBy(() -> WholeFile.write(target, out -> {
                    out.write(new byte[1 << 20]);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(target.toString())
                .hasMessageContaining("No space left on device");
        assertThatThrownBy(() -> WholeFile.write(target, out -> {
                    throw new IllegalStateException("a bug");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(target).hasContent("old");
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void valueThatCannotBeCodedLeavesNoFile() throws IOException {
        Path target = folder.resolve("x.uq");
        TensorWriter writer = TensorWriter.of(Samples.small().build());
        assertThatThrownBy(() -> writer.write(Tensor.of(Shape.of(1, 3), 0f, Float.NaN, 0f), target))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unit=0 segment=0")
                .hasMessageContaining("element=1");
        assertThat(files()).isZero();
    }

    @Test
    void fullDeviceIsAnIoExceptionAndStaysADevice() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "this system has no /dev/full");
        assertThatThrownBy(() -> ModelFile.write(Samples.small().build(), full))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/dev/full");
        assertThat(Files.isRegularFile(full)).isFalse();
    }

    @Test
    void symbolicLinkStaysOne() throws IOException {
        Path target = Files.writeString(folder.resolve("real"), "old");
        Path link = folder.resolve("link");
        try {
            Files.createSymbolicLink(link, target);
        } catch (IOException | UnsupportedOperationException e) {
            assumeTrue(false, "this system has no symbolic links");
        }
        WholeFile.write(link, out -> out.write(NEW));
        assertThat(link).isSymbolicLink();
        assertThat(target).hasBinaryContent(NEW);
    }

    @Test
    void symbolicLinksToNothingStayAndTheirTargetIsMade() throws IOException {
        Path sub = Files.createDirectory(folder.resolve("sub"));
        Path target = folder.resolve("real");
        Path middle = sub.resolve("middle");
        Path link = folder.resolve("link");
        Path loop = folder.resolve("loop");
        try {
            Files.createSymbolicLink(middle, Path.of("../real"));
            Files.createSymbolicLink(link, Path.of("sub", "middle"));
            Files.createSymbolicLink(loop, Path.of("loop"));
        } catch (IOException | UnsupportedOperationException e) {
            assumeTrue(false, "this system has no symbolic links");
        }
        WholeFile.write(link, out -> out.write(NEW));
        assertThat(link).isSymbolicLink();
        assertThat(middle).isSymbolicLink();
        assertThat(target).hasBinaryContent(NEW).isRegularFile();
        assertThat(files()).isEqualTo(4);
        assertThatThrownBy(() -> WholeFile.write(loop, out -> out.write(NEW)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(loop.toString())
                .hasMessageContaining("too many symbolic links");
        assertThat(loop).isSymbolicLink();
    }

    @Test
    void folderThatTakesNoFilesIsNotSaidToBeMissing() {
        Path processes = Path.of("/proc");
        assumeTrue(Files.isDirectory(processes), "this system has no /proc");
        assertThatThrownBy(() -> WholeFile.write(processes.resolve("a.uq"), out -> out.write(NEW)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/proc/a.uq")
                .hasMessageContaining("takes no new files");
    }

    @Test
    void missingFolderAndFolderAsOutputAreNamed() {
        Path lost = folder.resolve("none").resolve("x.uq");
        assertThatThrownBy(() -> WholeFile.write(lost, out -> out.write(NEW)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(lost.toString())
                .hasMessageContaining("directory does not exist");
        assertThatThrownBy(() -> WholeFile.write(folder, out -> out.write(NEW)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a directory");
    }
}
