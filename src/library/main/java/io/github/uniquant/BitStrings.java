package io.github.uniquant;

import io.github.uniquant.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/** One byte string for each coding unit of a batch, in row-major order of the batch shape. Immutable. */
public final class BitStrings {
    private final Shape shape;
    private final byte[] bytes;
    private final int[] starts; // string i is bytes[starts[i] .. starts[i + 1])

    private BitStrings(Shape shape, byte[] bytes, int[] starts) {
        this.shape = shape;
        this.bytes = bytes;
        this.starts = starts;
    }

    /** Takes strings apart: a copy of {@code strings}, one for each element of the batch shape. */
    public static BitStrings of(Shape batchShape, List<byte[]> strings) {
        int[] lengths = strings.stream().mapToInt(string -> string.length).toArray();
        int[] starts = starts(batchShape, lengths);
        byte[] bytes = new byte[starts[lengths.length]];
        for (int i = 0; i < lengths.length; i++) {
            System.arraycopy(strings.get(i), 0, bytes, starts[i], lengths[i]);
        }
        return new BitStrings(batchShape, bytes, starts);
    }

    /** Takes strings joined: a copy of {@code bytes}, cut at {@code lengths}, one for each element of the batch shape. */
    public static BitStrings of(Shape batchShape, byte[] bytes, int[] lengths) {
        return owning(batchShape, bytes.clone(), lengths);
    }

    /** As {@link #of(Shape, byte[], int[])}, without the copy: nobody else may keep {@code bytes}. */
    static BitStrings owning(Shape batchShape, byte[] bytes, int[] lengths) {
        int[] starts = starts(batchShape, lengths);
        if (starts[lengths.length] != bytes.length) {
            throw new IllegalArgumentException("the lengths must add up to the number of bytes: sum="
                    + starts[lengths.length] + " bytes=" + bytes.length);
        }
        return new BitStrings(batchShape, bytes, starts);
    }

    private static int[] starts(Shape batchShape, int[] lengths) {
        if (batchShape.elements() != lengths.length) {
            throw new IllegalArgumentException("there must be one string for each element of the batch shape: strings="
                    + lengths.length + " shape=" + batchShape);
        }
        int[] starts = new int[lengths.length + 1];
        long end = 0;
        for (int i = 0; i < lengths.length; i++) {
            end += lengths[i];
            if (lengths[i] < 0 || end > Shape.MAX_ARRAY_LENGTH) {
                throw new IllegalArgumentException("lengths must be at least 0 and add up to at most 2^31 - 9: string="
                        + i + " length=" + lengths[i] + " end=" + end);
            }
            starts[i + 1] = (int) end;
        }
        return starts;
    }

    /** The batch shape. */
    public Shape shape() {
        return shape;
    }

    /** The number of strings. */
    public int count() {
        return starts.length - 1;
    }

    /** A copy of string {@code i}. */
    public byte[] get(int i) {
        return Arrays.copyOfRange(bytes, starts[i], starts[i + 1]);
    }

    /** Bytes of string {@code i}. */
    public int length(int i) {
        return starts[i + 1] - starts[i];
    }

    /** The lengths of all strings. */
    public int[] lengths() {
        int[] lengths = new int[count()];
        Arrays.setAll(lengths, this::length);
        return lengths;
    }

    /** Bytes of all strings. */
    public int totalBytes() {
        return bytes.length;
    }

    /** A copy of all strings, joined. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    /** All strings, joined, for reading only. */
    byte[] bytes() {
        return bytes;
    }

    /** Index of the first byte of each string in {@link #bytes()}, and the number of bytes, for reading only. */
    int[] starts() {
        return starts;
    }

    /** Index of the first byte of string {@code i} in {@link #bytes()}. */
    int start(int i) {
        return starts[i];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BitStrings strings
                && shape.equals(strings.shape)
                && Arrays.equals(starts, strings.starts)
                && Arrays.equals(bytes, strings.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * shape.hashCode() + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "BitStrings[shape=" + shape + ", bytes=" + bytes.length + "]";
    }
}
