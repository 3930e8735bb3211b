package io.github.uniquant.container;

import io.github.uniquant.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The bytes of a file: mapped, or read where it is a pipe or device. Closing it ends their use. */
record FileMemory(MemorySegment bytes, Arena arena) implements AutoCloseable {
    @SuppressWarnings("MustBeClosedChecker") // the record owns the arena
    static FileMemory open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return new FileMemory(map(path, arena), arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Path path, Arena arena) throws IOException {
        if (Files.isRegularFile(path)) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            }
        }
        try (InputStream stream = Files.newInputStream(path)) {
            return MemorySegment.ofArray(readAll(stream));
        }
    }

    /** All bytes of a stream; they must be less than 2^31. */
    static byte[] readAll(InputStream stream) throws IOException {
        int most = Shape.MAX_ARRAY_LENGTH;
        byte[] bytes = stream.readNBytes(most);
        if (bytes.length == most && stream.read() >= 0) {
            throw new IOException("a stream must have less than 2^31 bytes; read the file by its path instead");
        }
        return bytes;
    }

    @Override
    public void close() {
        arena.close();
    }
}
