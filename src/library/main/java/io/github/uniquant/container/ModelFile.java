package io.github.uniquant.container;

import io.github.uniquant.DecodeLimits;
import io.github.uniquant.EntropyModel;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Models as {@code .uqm} files. Whoever reads one gets a model of the same class that codes and decodes exactly as the one
 * that was written. A {@link UniversalBatchedEntropyModel} may have the step with it that tensors are to be divided by before
 * the model; 1 unless it is given. A model needs {@code compression(true)} and {@code stateless(false)} to be written.
 * Decoding limits are not part of it: those of a model that is read are the reader's.
 *
 * <p>A prior that is not of the library's own families is not kept: the model that is read then codes and decodes by its
 * tables, and estimates nothing. Nor are functions: an indexed model that is read looks its parameters up.
 *
 * <p>Reading throws {@link MalformedBitstreamException} for damaged bytes, and {@link IllegalArgumentException} for an
 * intact file of a newer version or with a name that this library does not know.
 */
public final class ModelFile {
    private ModelFile() {}

    /**
     * What a file holds: a model, and the step that tensors are to be divided by before it.
     *
     * @param step of the model's bottleneck type
     */
    public record Contents(UniversalBatchedEntropyModel model, Step step) {
        public Contents {
            if (step.type() != model.bottleneckType()) {
                throw new IllegalArgumentException("the step must be of the bottleneck's type: step="
                        + step.type().id() + " bottleneckType="
                        + model.bottleneckType().id());
            }
        }
    }

    /** Equivalent to {@code toBytes(model, TableStorage.REBUILT)}. */
    public static byte[] toBytes(EntropyModel model) {
        return toBytes(model, TableStorage.REBUILT);
    }

    /** The bytes of a file that holds the model, and a step of 1. */
    public static byte[] toBytes(EntropyModel model, TableStorage storage) {
        return toBytes(model, 1, storage);
    }

    /** The bytes of a file that holds the model and its step. */
    public static byte[] toBytes(Contents contents, TableStorage storage) {
        return toBytes(contents.model, contents.step.value(), storage);
    }

    private static byte[] toBytes(EntropyModel model, double step, TableStorage storage) {
        BlockWriter header = new BlockWriter();
        int version = ModelBlock.write(header, model, storage);
        if (step != 1) {
            header.f64(step);
        }
        return Frame.of(Frame.Kind.MODEL, version, header.toBytes());
    }

    /** Equivalent to {@code write(model, TableStorage.REBUILT, path)}. */
    public static void write(EntropyModel model, Path path) throws IOException {
        write(model, TableStorage.REBUILT, path);
    }

    /** Writes the model to a file, which is replaced as a whole or, on failure, left as it was. */
    public static void write(EntropyModel model, TableStorage storage, Path path) throws IOException {
        byte[] bytes = toBytes(model, storage);
        WholeFile.write(path, out -> out.write(bytes));
    }

    /** Equivalent to {@code read(UniversalBatchedEntropyModel.class, path)}. */
    public static UniversalBatchedEntropyModel read(Path path) throws IOException {
        return read(UniversalBatchedEntropyModel.class, path);
    }

    /** Equivalent to {@code read(UniversalBatchedEntropyModel.class, bytes)}. */
    public static UniversalBatchedEntropyModel read(byte[] bytes) {
        return read(UniversalBatchedEntropyModel.class, bytes);
    }

    /** Equivalent to {@code read(UniversalBatchedEntropyModel.class, bytes)}. */
    public static UniversalBatchedEntropyModel read(MemorySegment bytes) {
        return read(UniversalBatchedEntropyModel.class, bytes);
    }

    /**
     * Reads a model from a file.
     *
     * @param type the class that the model must be of; {@link EntropyModel} for any
     */
    public static <M extends EntropyModel> M read(Class<M> type, Path path) throws IOException {
        try (FileMemory memory = FileMemory.open(path)) {
            return read(type, memory.bytes());
        }
    }

    /** Equivalent to {@code read(type, MemorySegment.ofArray(bytes))}. */
    public static <M extends EntropyModel> M read(Class<M> type, byte[] bytes) {
        return read(type, MemorySegment.ofArray(bytes));
    }

    /** Reads a model from the bytes of a file; otherwise as {@link #read(Class, Path)}. */
    public static <M extends EntropyModel> M read(Class<M> type, MemorySegment bytes) {
        return read(type, bytes, DecodeLimits.DEFAULT);
    }

    /** As {@link #read(Class, MemorySegment)}, with limits on what the model decodes. */
    public static <M extends EntropyModel> M read(Class<M> type, MemorySegment bytes, DecodeLimits limits) {
        return header(bytes).block.model(type, limits);
    }

    /** Reads a universal batched model and its step from the bytes of a file. */
    public static Contents readContents(MemorySegment bytes) {
        return readContents(bytes, DecodeLimits.DEFAULT);
    }

    /** As {@link #readContents(MemorySegment)}, with limits on what the model decodes. */
    public static Contents readContents(MemorySegment bytes, DecodeLimits limits) {
        Header header = header(bytes);
        return new Contents(header.block.model(UniversalBatchedEntropyModel.class, limits), header.step);
    }

    /** Reads the step alone, of a file that may hold a model of any class: 1 where it holds none. */
    public static Step readStep(MemorySegment bytes) {
        return header(bytes).step;
    }

    private record Header(ModelBlock block, Step step) {}

    private static Header header(MemorySegment bytes) {
        Frame.Read frame = Frame.read(Frame.Kind.MODEL, bytes);
        if (bytes.byteSize() != frame.end()) {
            throw new MalformedBitstreamException(
                    "a model file must end with its checksum: bytes=" + bytes.byteSize(), frame.end());
        }
        BlockReader header = frame.reader();
        ModelBlock block = ModelBlock.read(header, frame.version());
        Step step = new Step(1, block.bottleneckType());
        if (header.remaining() > 0 && block.isUniversalBatched()) {
            step = readStep(header, block);
        }
        header.requireEnd();
        return new Header(block, step);
    }

    /** A step of 1 is not written, so that each content has one encoding. */
    private static Step readStep(BlockReader header, ModelBlock block) {
        long offset = header.offset();
        double value = header.f64();
        try {
            Step step = new Step(value, block.bottleneckType());
            if (value != 1) {
                return step;
            }
        } catch (IllegalArgumentException e) {
            throw new MalformedBitstreamException("the header must hold a step, but " + e.getMessage(), offset, e);
        }
        throw new MalformedBitstreamException("a step of 1 must be left out", offset);
    }

    /** Equivalent to {@code read(UniversalBatchedEntropyModel.class, stream)}. */
    public static UniversalBatchedEntropyModel read(InputStream stream) throws IOException {
        return read(UniversalBatchedEntropyModel.class, stream);
    }

    /**
     * Reads a model from a stream, such as a class-path resource, to its end; otherwise as {@link #read(Class, Path)}. The stream
     * is left open.
     */
    public static <M extends EntropyModel> M read(Class<M> type, InputStream stream) throws IOException {
        return read(type, FileMemory.readAll(stream));
    }
}
