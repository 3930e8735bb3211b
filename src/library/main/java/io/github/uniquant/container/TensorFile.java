package io.github.uniquant.container;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.DecodeLimits;
import io.github.uniquant.UnitDecoder;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .uq} file: a coded tensor. Opening one reads and checks its header and index, so that it says what it holds
 * before anything is decoded; strings are read, and their checksums compared, as they are decoded. {@link TensorWriter}
 * writes such files.
 *
 * <pre>{@code
 * try (TensorFile file = TensorFile.open(Path.of("x.uq"))) {
 *     Tensor x = file.decode();
 * }
 * }</pre>
 *
 * <p>A file is immutable and thread-safe; threads may decode units of it at the same time. A file that was opened by its
 * path is mapped to memory: nothing may shorten it until it is closed.
 *
 * <p>Opening and decoding throw {@link MalformedBitstreamException} for damaged bytes, and {@link
 * IllegalArgumentException} for an intact file of a newer version or with a name that this library does not know, and
 * where more would be decoded than the limits allow.
 */
public final class TensorFile implements AutoCloseable {
    private static final int END_MAGIC = 0xF5 | 'E' << 8 | 'N' << 16 | 'D' << 24;

    /** Index length, checksum and end magic. */
    private static final int TRAILER = Long.BYTES + Integer.BYTES + Integer.BYTES;

    /** The least that the index takes for each segment: a length of one byte, and a checksum. */
    private static final int LEAST_ENTRY = 1 + Integer.BYTES;

    private final MemorySegment bytes;
    private final @Nullable FileMemory memory; // what to close
    private final DecodeLimits limits;
    private final SegmentLayout layout;
    private final Step step;
    private final ModelBlock modelBlock;
    private final long[] starts; // string i is bytes starts[i] .. starts[i + 1] of the file
    private final int[] checksums;
    private volatile @Nullable UniversalBatchedEntropyModel model;

    // ---- layout of the file

    /** The header of a tensor: its shape, step and segments, then the model. */
    static byte[] header(SegmentLayout layout, Step step, byte[] modelBlock) {
        BlockWriter out = new BlockWriter();
        ModelBlock.writeShape(out, layout.shape());
        out.f64(step.value());
        out.varint(layout.segmentElements());
        out.bytes(modelBlock, 0, modelBlock.length);
        return out.toBytes();
    }

    /** What stands behind the strings. */
    static byte[] indexAndTrailer(byte[] index, int headerChecksum) {
        BlockWriter out = new BlockWriter();
        out.bytes(index, 0, index.length);
        out.i64(index.length);
        out.i32(indexChecksum(headerChecksum, index));
        out.i32(END_MAGIC);
        return out.toBytes();
    }

    /** The checksum of the header goes into that of the index, so that the parts of two files do not go together. */
    private static int indexChecksum(int headerChecksum, byte[] index) {
        BlockWriter before = new BlockWriter();
        before.i32(headerChecksum);
        BlockWriter behind = new BlockWriter();
        behind.i64(index.length);
        return Frame.crc32c(before.toBytes(), index, behind.toBytes());
    }

    // ---- opening

    private TensorFile(MemorySegment bytes, @Nullable FileMemory memory, DecodeLimits limits) {
        this.bytes = bytes;
        this.memory = memory;
        this.limits = limits;
        Frame.Read frame = Frame.read(Frame.Kind.TENSOR, bytes);
        BlockReader header = frame.reader();
        Shape shape = ModelBlock.readShape(header);
        double stepValue = header.f64();
        int segmentElements = header.varint("segmentElements", 1, DecodeLimits.FORMAT_UNIT_ELEMENTS);
        modelBlock = ModelBlock.read(header, 1);
        header.requireEnd();
        try {
            step = new Step(stepValue, modelBlock.bottleneckType());
            layout = new SegmentLayout(shape, modelBlock.codingRank(), modelBlock.priorShape(), segmentElements);
        } catch (IllegalArgumentException e) {
            throw new MalformedBitstreamException(
                    "the header must describe a tensor, but " + e.getMessage(), Frame.PREFIX, e);
        }
        long trailerStart = bytes.byteSize() - TRAILER;
        if (trailerStart < frame.end()) {
            throw new MalformedBitstreamException(
                    "the file must end in a trailer of " + TRAILER + " bytes: bytes=" + bytes.byteSize() + " header="
                            + frame.end(),
                    bytes.byteSize());
        }
        byte[] index = readIndex(frame, trailerStart);
        starts = new long[layout.segments() + 1];
        checksums = new int[layout.segments()];
        fill(new BlockReader(index, trailerStart - index.length), frame.end());
    }

    /** Checks the trailer, and returns the index in front of it. */
    private byte[] readIndex(Frame.Read frame, long trailerStart) {
        BlockReader trailer = new BlockReader(Frame.bytes(bytes, trailerStart, TRAILER), trailerStart);
        long length = trailer.i64();
        int recorded = trailer.i32();
        if (trailer.i32() != END_MAGIC) {
            throw new MalformedBitstreamException(
                    "the file must end in its end mark; it is truncated or has bytes behind its end",
                    trailerStart + TRAILER - Integer.BYTES);
        }
        int segments = layout.segments();
        // An entry has at most 9 bytes: a length below 2^31 and a checksum.
        if (length < (long) segments * LEAST_ENTRY
                || length > (long) segments * 9
                || length > trailerStart - frame.end()) {
            throw new MalformedBitstreamException(
                    "the index must have an entry for each segment and lie within the file: index=" + length
                            + " segments=" + segments,
                    trailerStart);
        }
        byte[] index = Frame.bytes(bytes, trailerStart - length, (int) length);
        int checksum = indexChecksum(frame.checksum(), index);
        if (checksum != recorded) {
            throw new MalformedBitstreamException(
                    "the index must have its checksum: checksum=" + Frame.hex(checksum) + " recorded="
                            + Frame.hex(recorded),
                    trailerStart - length);
        }
        return index;
    }

    private void fill(BlockReader index, long firstString) {
        long end = index.offset();
        long start = firstString;
        for (int i = 0; i < checksums.length; i++) {
            starts[i] = start;
            start += index.varint("the bytes of a string", 0, Shape.MAX_ARRAY_LENGTH);
            checksums[i] = index.i32();
        }
        starts[checksums.length] = start;
        index.requireEnd();
        if (start != end) {
            throw new MalformedBitstreamException(
                    "the strings must fill what is between header and index: first=" + firstString + " end=" + start
                            + " index=" + end,
                    end);
        }
    }

    /** Equivalent to {@code open(path, DecodeLimits.DEFAULT)}. */
    public static TensorFile open(Path path) throws IOException {
        return open(path, DecodeLimits.DEFAULT);
    }

    /**
     * Opens a file.
     *
     * @param limits on decoding: elements of a segment, and of a call. The model that the file holds gets them; those of a
     *     model that is given hold beside them
     */
    public static TensorFile open(Path path, DecodeLimits limits) throws IOException {
        FileMemory memory = FileMemory.open(path);
        try {
            return new TensorFile(memory.bytes(), memory, limits);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    /** Equivalent to {@code of(MemorySegment.ofArray(bytes), DecodeLimits.DEFAULT)}. */
    public static TensorFile of(byte[] bytes) {
        return of(MemorySegment.ofArray(bytes), DecodeLimits.DEFAULT);
    }

    /**
     * Takes the bytes of a file, without a copy; they must not change. Such a file need not be closed; it serves the threads
     * that the segment does, and as long.
     */
    public static TensorFile of(MemorySegment bytes, DecodeLimits limits) {
        return new TensorFile(bytes, null, limits);
    }

    /** Reads a stream to its end. The stream is left open. */
    public static TensorFile read(InputStream stream) throws IOException {
        return of(FileMemory.readAll(stream));
    }

    /** Ends the use of a file that was opened by its path; closing it again does nothing. */
    @Override
    public synchronized void close() {
        if (memory != null && memory.bytes().scope().isAlive()) {
            memory.close();
        }
    }

    // ---- what it holds

    /** The tensor's shape. */
    public Shape shape() {
        return layout.shape();
    }

    /** The tensor's type, which is the model's bottleneck type. */
    public ElementType type() {
        return step.type();
    }

    /** The quantisation step. */
    public Step step() {
        return step;
    }

    /** The layout of the strings. */
    public CoderFormat coder() {
        return modelBlock.coder();
    }

    /**
     * The model's configuration, as {@code getConfig} gives it but with integers as {@code Long}; of an external model
     * what a model must have in common with it.
     */
    public Map<String, @Nullable Object> config() {
        return modelBlock.config();
    }

    /** Whether the file holds its model, or names one that has to be given. */
    public boolean hasModel() {
        return modelBlock.kind() != ModelBlock.Tables.ELSEWHERE;
    }

    /** The hash of the tables that the file was coded with. */
    public long tablesHash() {
        return modelBlock.tablesHash();
    }

    /** The number of coding units. */
    public long units() {
        return layout.units();
    }

    /** The shape of a coding unit. */
    public Shape unitShape() {
        return layout.unitShape();
    }

    /** The number of segments that each unit is cut into; 0 where units are empty. */
    public int segmentsPerUnit() {
        return layout.segmentsPerUnit();
    }

    /** The number of segments, which is that of strings. */
    public int segments() {
        return checksums.length;
    }

    /** The most elements of a segment of more than one row. */
    public int segmentElements() {
        return layout.segmentElements();
    }

    /** Bytes of the file. */
    public long totalBytes() {
        return bytes.byteSize();
    }

    /** Bytes of all strings. */
    public long stringBytes() {
        return starts[checksums.length] - starts[0];
    }

    /** Bytes of the string of a segment. */
    public int stringBytes(int segment) {
        return (int) (starts[segment + 1] - starts[segment]);
    }

    /** A copy of the string of a segment, its checksum compared. */
    public byte[] string(int segment) {
        byte[] string = Frame.bytes(bytes, starts[segment], stringBytes(segment));
        check(segment, string, string.length);
        return string;
    }

    private void check(int segment, byte[] string, int length) {
        int checksum = Frame.crc32c(string, length);
        if (checksum != checksums[segment]) {
            throw new MalformedBitstreamException(
                    "a string must have its checksum: segment=" + segment + " checksum=" + Frame.hex(checksum)
                            + " recorded=" + Frame.hex(checksums[segment]),
                    starts[segment]);
        }
    }

    /** The model that the file holds, with the limits that the file was opened with; built on the first call. */
    public UniversalBatchedEntropyModel model() {
        UniversalBatchedEntropyModel known = model;
        if (known == null) {
            if (!hasModel()) {
                throw new IllegalStateException("a file that does not hold its model needs to be given it: tables="
                        + Long.toHexString(tablesHash()));
            }
            known = modelBlock.model(UniversalBatchedEntropyModel.class, limits);
            model = known;
        }
        return known;
    }

    // ---- decoding

    /** Decodes the whole tensor with the model that the file holds. */
    public Tensor decode() {
        return decode(model());
    }

    /** Decodes the whole tensor with the model that it was coded with; any other one is refused. */
    public Tensor decode(UniversalBatchedEntropyModel codedWith) {
        requireElements(shape().elements());
        Tensor tensor = Tensor.zeros(type(), shape());
        decode(codedWith, SegmentBuffer.view(tensor));
        return tensor;
    }

    /** Decodes the whole tensor to memory, in native byte order. Where it throws, a part may have been written. */
    public void decode(UniversalBatchedEntropyModel codedWith, MemorySegment values) {
        requireElements(shape().elements());
        if (shape().elements() > values.byteSize() / type().bytes()) {
            throw new IllegalArgumentException("the memory must have room for the tensor: shape=" + shape() + " type="
                    + type().id() + " bytes=" + values.byteSize());
        }
        Decoding decoding = new Decoding(codedWith);
        for (long unit = 0; unit < layout.units() && layout.segmentsPerUnit() > 0; unit++) {
            decoding.decode(unit, values, unit * unitShape().elements());
        }
    }

    /** Decodes some units with the model that the file holds, to a tensor of shape (units) ++ unitShape. */
    public Tensor decodeUnits(long... units) {
        return decodeUnits(model(), units);
    }

    /**
     * Decodes some units, each by itself, to a tensor of shape (units) ++ unitShape.
     *
     * @param units row-major indexes in the batch
     */
    public Tensor decodeUnits(UniversalBatchedEntropyModel codedWith, long... units) {
        long unitElements = unitShape().elements();
        boolean overflows = unitElements > 0 && units.length > Long.MAX_VALUE / unitElements;
        requireElements(overflows ? Long.MAX_VALUE : units.length * unitElements);
        Tensor tensor = Tensor.zeros(type(), Shape.of(units.length).concat(unitShape()));
        MemorySegment values = SegmentBuffer.view(tensor);
        Decoding decoding = new Decoding(codedWith);
        for (int i = 0; i < units.length; i++) {
            if (units[i] < 0 || units[i] >= layout.units()) {
                throw new IllegalArgumentException(
                        "a unit must be one of the file's: unit=" + units[i] + " units=" + layout.units());
            }
            decoding.decode(units[i], values, i * unitElements);
        }
        return tensor;
    }

    private void requireElements(long elements) {
        if (elements > limits.maxCallElements()) {
            throw new IllegalArgumentException("a call must decode at most maxCallElements elements (see DecodeLimits):"
                    + " elements=" + elements + " maxCallElements=" + limits.maxCallElements() + " shape=" + shape());
        }
    }

    /** Compares the checksum of every string. It takes as long as the file has bytes, so the limits do not matter. */
    public void verifyChecksums() {
        byte[] string = {};
        for (int segment = 0; segment < checksums.length; segment++) {
            string = read(segment, string);
        }
    }

    /** As {@link #verify(UniversalBatchedEntropyModel)}, with the model that the file holds. */
    public void verify() {
        verify(model());
    }

    /**
     * Compares every checksum and decodes every string, with the model that it was coded with, a segment at a time. That
     * takes the memory of a segment, but the time of decoding the whole tensor: the limits must allow as many elements.
     */
    public void verify(UniversalBatchedEntropyModel codedWith) {
        requireElements(shape().elements());
        Decoding decoding = new Decoding(codedWith);
        for (int segment = 0; segment < checksums.length; segment++) {
            decoding.decodeSegment(segment, segment % segmentsPerUnit());
        }
    }

    /** The string of a segment at the start of an array: that given, or a larger one. */
    private byte[] read(int segment, byte[] scratch) {
        int length = stringBytes(segment);
        byte[] string =
                scratch.length < length ? new byte[Math.max(length, 2 * Math.min(scratch.length, 1 << 28))] : scratch;
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, starts[segment], string, 0, length);
        check(segment, string, length);
        return string;
    }

    /** What one call of one thread needs to decode segments. */
    private final class Decoding {
        private final UniversalBatchedEntropyModel model;
        private final SegmentBuffer buffer;
        private final Map<Integer, UnitDecoder> decoders = new HashMap<>(); // by rows: whole segments and the last one
        private byte[] string = {};

        Decoding(UniversalBatchedEntropyModel codedWith) {
            modelBlock.requireSame(codedWith);
            if (layout.largestSegment() > limits.maxUnitElements()) {
                throw new IllegalArgumentException("a segment must have at most maxUnitElements elements (see"
                        + " DecodeLimits): elements=" + layout.largestSegment() + " maxUnitElements="
                        + limits.maxUnitElements());
            }
            this.model = codedWith;
            this.buffer = new SegmentBuffer(type(), layout.largestSegment());
        }

        /** Decodes a unit to element {@code first} of a segment on. */
        void decode(long unit, MemorySegment values, long first) {
            for (int i = 0; i < layout.segmentsPerUnit(); i++) {
                int count = decodeSegment((int) (unit * layout.segmentsPerUnit() + i), i);
                buffer.store(values, first + layout.firstElement(i), count);
            }
        }

        /** Decodes a segment to the buffer; returns its number of elements. */
        int decodeSegment(int segment, int segmentOfUnit) {
            string = read(segment, string);
            UnitDecoder decoder = decoders.computeIfAbsent(
                    layout.rows(segmentOfUnit), rows -> model.newDecoder(layout.broadcastShape(rows)));
            try {
                buffer.decode(decoder, segment, string, stringBytes(segment));
            } catch (MalformedBitstreamException e) {
                throw new MalformedBitstreamException(
                        "the string of segment " + segment + " must be well-formed, but " + e.getMessage()
                                + " in the string",
                        starts[segment] + e.offset(),
                        e);
            }
            buffer.multiply(step, decoder.elements());
            return decoder.elements();
        }
    }

    @Override
    public String toString() {
        return "TensorFile[type=" + type().id() + ", shape=" + shape() + ", step=" + step.value() + ", segments="
                + segments() + ", bytes=" + totalBytes() + "]";
    }
}
