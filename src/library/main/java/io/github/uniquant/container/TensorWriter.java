package io.github.uniquant.container;

import io.github.uniquant.DecodeLimits;
import io.github.uniquant.UnitEncoder;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Codes tensors to {@code .uq} files. Each method that sets something returns a new writer; a writer is immutable,
 * thread-safe, and prepares the model's part of a file once, for all the files it writes.
 *
 * <pre>{@code
 * TensorWriter.of(model).step(0.1).write(tensor, Path.of("x.uq"));
 * }</pre>
 *
 * <p>A tensor has shape batch ++ coding and the model's bottleneck type. Files are written from front to back, in memory
 * bounded by a segment and the index: a tensor in a mapped {@link MemorySegment} may be larger than the heap. A value that
 * is not finite, or too large for its step, is an {@link IllegalArgumentException} that names unit and segment.
 */
public final class TensorWriter {
    private final UniversalBatchedEntropyModel model;
    private final Step step;
    private final int segmentElements;
    private final byte[] modelBlock;

    private TensorWriter(UniversalBatchedEntropyModel model, Step step, int segmentElements, byte[] modelBlock) {
        this.model = model;
        this.step = step;
        this.segmentElements = segmentElements;
        this.modelBlock = modelBlock;
    }

    /** A writer of files that hold their model, as {@link TableStorage#REBUILT}; step 1, segments of at most 2^20. */
    public static TensorWriter of(UniversalBatchedEntropyModel model) {
        return of(model, TableStorage.REBUILT);
    }

    /** A writer of files that hold their model. */
    public static TensorWriter of(UniversalBatchedEntropyModel model, TableStorage storage) {
        BlockWriter block = new BlockWriter();
        ModelBlock.write(block, model, storage);
        return of(model, block);
    }

    /**
     * A writer of files that name their model by the hash of its tables, and what else must agree: the reader has to give
     * the same model. Stateless models will do.
     */
    public static TensorWriter ofExternal(UniversalBatchedEntropyModel model) {
        BlockWriter block = new BlockWriter();
        ModelBlock.writeIdentity(block, model);
        return of(model, block);
    }

    private static TensorWriter of(UniversalBatchedEntropyModel model, BlockWriter block) {
        Step one = new Step(1, model.bottleneckType());
        return new TensorWriter(model, one, SegmentLayout.DEFAULT_ELEMENTS, block.toBytes());
    }

    /** With this quantisation step, rounded as {@link Step#of} does. */
    public TensorWriter step(double newStep) {
        return new TensorWriter(model, Step.of(newStep, step.type()), segmentElements, modelBlock);
    }

    /**
     * With segments of at most so many elements, or one row of the prior where that has more; in [1, 2^28]. Smaller ones
     * cost a few bytes each.
     */
    public TensorWriter segmentElements(int newSegmentElements) {
        if (newSegmentElements < 1 || newSegmentElements > DecodeLimits.FORMAT_UNIT_ELEMENTS) {
            throw new IllegalArgumentException(
                    "segmentElements must be in [1, 2^28]: segmentElements=" + newSegmentElements);
        }
        return new TensorWriter(model, step, newSegmentElements, modelBlock);
    }

    /** The step that this writer divides by. */
    public Step step() {
        return step;
    }

    /** Codes a tensor to the bytes of a file. */
    public byte[] toBytes(Tensor tensor) {
        requireType(tensor);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            write(tensor.shape(), SegmentBuffer.view(tensor), out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    /** Codes a tensor to a file, which is replaced as a whole or, on failure, left as it was. */
    public void write(Tensor tensor, Path path) throws IOException {
        requireType(tensor);
        write(tensor.shape(), SegmentBuffer.view(tensor), path);
    }

    /** Codes a tensor to a stream, from front to back. The stream is left open. */
    public void write(Tensor tensor, OutputStream out) throws IOException {
        requireType(tensor);
        write(tensor.shape(), SegmentBuffer.view(tensor), out);
    }

    /** Codes a tensor of this shape in memory, of the bottleneck's type in native byte order, to a file. */
    public void write(Shape shape, MemorySegment values, Path path) throws IOException {
        Coding coding = new Coding(shape, values);
        WholeFile.write(path, coding::writeTo);
    }

    /** Codes a tensor of this shape in memory, of the bottleneck's type in native byte order, to a stream. */
    public void write(Shape shape, MemorySegment values, OutputStream out) throws IOException {
        new Coding(shape, values).writeTo(out);
    }

    private void requireType(Tensor tensor) {
        if (tensor.type() != model.bottleneckType()) {
            throw new IllegalArgumentException("the tensor must be of the bottleneck's type: bottleneckType="
                    + model.bottleneckType().id() + " type=" + tensor.type().id());
        }
    }

    /** One tensor on its way to one file. */
    private final class Coding {
        private final SegmentLayout layout;
        private final MemorySegment values;
        private final SegmentBuffer buffer;
        private final Map<Integer, UnitEncoder> encoders = new HashMap<>(); // by rows: whole segments and the last one
        private final BlockWriter index = new BlockWriter();
        private byte[] string = {};

        Coding(Shape shape, MemorySegment values) {
            ElementType type = model.bottleneckType();
            layout = new SegmentLayout(shape, model.codingRank(), model.priorShape(), segmentElements);
            if (shape.elements() > values.byteSize() / type.bytes()) {
                throw new IllegalArgumentException("the memory must hold the tensor: shape=" + shape + " type="
                        + type.id() + " bytes=" + values.byteSize());
            }
            this.values = values;
            this.buffer = new SegmentBuffer(type, layout.largestSegment());
        }

        void writeTo(OutputStream out) throws IOException {
            byte[] frame = Frame.of(Frame.Kind.TENSOR, TensorFile.header(layout, step, modelBlock));
            out.write(frame);
            int perUnit = layout.segmentsPerUnit();
            for (int segment = 0; segment < layout.segments(); segment++) {
                int length = encode(segment / perUnit, segment % perUnit, segment);
                out.write(string, 0, length);
                index.varint(length);
                index.i32(Frame.crc32c(string, length));
            }
            out.write(TensorFile.indexAndTrailer(index.toBytes(), Frame.checksum(frame)));
        }

        private int encode(int unit, int segmentOfUnit, int segment) {
            int rows = layout.rows(segmentOfUnit);
            UnitEncoder encoder =
                    encoders.computeIfAbsent(rows, count -> model.newEncoder(layout.broadcastShape(count)));
            if (string.length < encoder.maxBytes()) {
                string = new byte[(int) Math.min(encoder.maxBytes(), Shape.MAX_ARRAY_LENGTH)];
            }
            long first = unit * layout.unitShape().elements() + layout.firstElement(segmentOfUnit);
            buffer.load(values, first, encoder.elements());
            buffer.divide(step, encoder.elements());
            try {
                return buffer.encode(encoder, segment, string);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "a segment must be codable, but in unit=" + unit + " segment=" + segmentOfUnit
                                + " firstElement=" + first + " step=" + step.value() + " " + e.getMessage(),
                        e);
            }
        }
    }
}
