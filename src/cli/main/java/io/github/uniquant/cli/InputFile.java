package io.github.uniquant.cli;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Files that a command reads, mapped into memory. Whatever is wrong with one becomes a {@link CommandFailure} that names it. */
final class InputFile {
    private InputFile() {}

    /** Takes something out of the bytes of a file; may throw what the library throws. */
    @FunctionalInterface
    interface Reader<T> {
        T read(MemorySegment bytes);
    }

    /** Applies {@code reader} to the bytes of a regular file. */
    static <T> T read(Path file, Reader<T> reader) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw CommandFailure.data(
                    file + ": must be a regular file, not a " + (Files.isDirectory(file) ? "directory" : "device"));
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            return reader.read(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IOException | MalformedBitstreamException | IllegalArgumentException e) {
            throw CommandFailure.in(file, e);
        } catch (InternalError e) {
            // How the JVM reports an access to a mapped page that is gone.
            throw CommandFailure.data(file + ": was cut short while it was read");
        }
    }

    /** All bytes of a file. */
    static byte[] bytes(Path file) {
        return read(file, bytes -> {
            if (bytes.byteSize() > Shape.MAX_ARRAY_LENGTH) {
                throw new IllegalArgumentException("the file must be smaller than 2 GiB: bytes=" + bytes.byteSize());
            }
            return bytes.toArray(ValueLayout.JAVA_BYTE);
        });
    }
}
