package io.github.uniquant.container;

import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Models as {@code .uqm} files. Whoever reads one gets a model that codes and decodes exactly as the one that was
 * written. A model needs {@code compression(true)} and {@code stateless(false)} to be written; decoding limits are not
 * part of it. A prior that is not of the library's own families is not kept: the model that is read then codes and
 * decodes by its tables, and estimates nothing.
 *
 * <p>Reading throws {@link MalformedBitstreamException} for damaged bytes, and {@link IllegalArgumentException} for an
 * intact file of a newer version or with a name that this library does not know.
 */
public final class ModelFile {
    private ModelFile() {}

    /** Equivalent to {@code toBytes(model, TableStorage.REBUILT)}. */
    public static byte[] toBytes(UniversalBatchedEntropyModel model) {
        return toBytes(model, TableStorage.REBUILT);
    }

    /** The bytes of a file that holds the model. */
    public static byte[] toBytes(UniversalBatchedEntropyModel model, TableStorage storage) {
        BlockWriter header = new BlockWriter();
        ModelBlock.write(header, model, storage);
        return Frame.of(Frame.Kind.MODEL, header.toBytes());
    }

    /** Equivalent to {@code write(model, TableStorage.REBUILT, path)}. */
    public static void write(UniversalBatchedEntropyModel model, Path path) throws IOException {
        write(model, TableStorage.REBUILT, path);
    }

    /** Writes the model to a file, which is replaced as a whole or, on failure, left as it was. */
    public static void write(UniversalBatchedEntropyModel model, TableStorage storage, Path path) throws IOException {
        byte[] bytes = toBytes(model, storage);
        WholeFile.write(path, out -> out.write(bytes));
    }

    /** Reads a model from a file. */
    public static UniversalBatchedEntropyModel read(Path path) throws IOException {
        try (FileMemory memory = FileMemory.open(path)) {
            return read(memory.bytes());
        }
    }

    /** Reads a model from the bytes of a file. */
    public static UniversalBatchedEntropyModel read(byte[] bytes) {
        return read(MemorySegment.ofArray(bytes));
    }

    /** Reads a model from the bytes of a file. */
    public static UniversalBatchedEntropyModel read(MemorySegment bytes) {
        Frame.Read frame = Frame.read(Frame.Kind.MODEL, bytes);
        if (bytes.byteSize() != frame.end()) {
            throw new MalformedBitstreamException(
                    "a model file must end with its checksum: bytes=" + bytes.byteSize(), frame.end());
        }
        return ModelBlock.read(frame.reader()).model();
    }

    /** Reads a model from a stream, such as a class-path resource, to its end. The stream is left open. */
    public static UniversalBatchedEntropyModel read(InputStream stream) throws IOException {
        return read(FileMemory.readAll(stream));
    }
}
