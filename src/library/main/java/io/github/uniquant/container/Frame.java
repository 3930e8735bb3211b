package io.github.uniquant.container;

import io.github.uniquant.coder.MalformedBitstreamException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The frame of a header, which both kinds of file start with. It is the same in every version, so that a newer file is
 * told from a damaged one.
 *
 * <pre>
 *      0  8  magic: F5 55 51 (4D for a model, 54 for a tensor) 0D 0A 1A 0A
 *      8  4  version
 *     12  4  n: bytes of the header, at most 2^30
 *     16  n  header
 * 16 + n  4  CRC32C of bytes 0 .. 16 + n
 * </pre>
 *
 * F5 occurs in no UTF-8 text, and the line ends break where a transfer changes them.
 */
final class Frame {
    static final int MAX_HEADER = 1 << 30;

    /** Bytes before the header. */
    static final int PREFIX = 16;

    /** Bytes of a frame beside the header. */
    static final int OVERHEAD = PREFIX + Integer.BYTES;

    /** What a file holds. */
    enum Kind {
        MODEL('M', ".uqm model", 2),
        TENSOR('T', ".uq tensor", 1);

        private final String magic; // a character for each byte
        final String text;

        /** The newest version that this library reads; it reads all from 1 on. */
        private final int newest;

        Kind(char letter, String text, int newest) {
            this.magic = "\u00f5UQ" + letter + "\r\n\u001a\n";
            this.text = text;
            this.newest = newest;
        }

        byte[] magic() {
            return magic.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /**
     * A frame that was read.
     *
     * @param checksum its CRC32C
     */
    record Read(int version, byte[] header, int checksum) {
        BlockReader reader() {
            return new BlockReader(header, PREFIX);
        }

        /** Bytes of the whole frame. */
        long end() {
            return OVERHEAD + (long) header.length;
        }
    }

    private Frame() {}

    /** The frame of a header, version 1. */
    static byte[] of(Kind kind, byte[] header) {
        return of(kind, 1, header);
    }

    /** The frame of a header. */
    static byte[] of(Kind kind, int version, byte[] header) {
        if (header.length > MAX_HEADER) {
            throw new IllegalArgumentException("a header must have at most 2^30 bytes: bytes=" + header.length);
        }
        BlockWriter out = new BlockWriter();
        out.bytes(kind.magic(), 0, kind.magic().length);
        out.i32(version);
        out.i32(header.length);
        out.bytes(header, 0, header.length);
        out.i32(crc32c(out.toBytes()));
        return out.toBytes();
    }

    /** The checksum of a whole frame. */
    static int checksum(byte[] frame) {
        return crc32c(frame, frame.length - Integer.BYTES);
    }

    /** Reads the frame at the start of a file. */
    static Read read(Kind kind, MemorySegment file) {
        byte[] prefix = bytes(file, 0, (int) Math.min(PREFIX, file.byteSize()));
        checkMagic(kind, prefix);
        if (prefix.length < PREFIX) {
            throw new MalformedBitstreamException(
                    "a file must have at least " + OVERHEAD + " bytes: bytes=" + prefix.length, prefix.length);
        }
        BlockReader fields = new BlockReader(prefix, 0);
        fields.i64();
        int version = fields.i32();
        int length = fields.i32();
        if (length < 0 || length > MAX_HEADER || length > file.byteSize() - OVERHEAD) {
            throw new MalformedBitstreamException(
                    "the header must end within the file and have at most 2^30 bytes: header="
                            + Integer.toUnsignedString(length) + " file=" + file.byteSize(),
                    PREFIX - Integer.BYTES);
        }
        byte[] header = bytes(file, PREFIX, length);
        int checksum = crc32c(prefix, header);
        int recorded = new BlockReader(bytes(file, PREFIX + (long) length, Integer.BYTES), PREFIX).i32();
        if (checksum != recorded) {
            throw new MalformedBitstreamException(
                    "the header must have its checksum: checksum=" + hex(checksum) + " recorded=" + hex(recorded),
                    PREFIX + (long) length);
        }
        if (version < 1 || version > kind.newest) {
            throw new IllegalArgumentException("a " + kind.text + " must be of a version up to " + kind.newest
                    + " for this library to read it: version=" + Integer.toUnsignedString(version));
        }
        return new Read(version, header, checksum);
    }

    private static void checkMagic(Kind kind, byte[] prefix) {
        byte[] magic = kind.magic();
        int length = Math.min(magic.length, prefix.length);
        int mismatch = Arrays.mismatch(prefix, 0, length, magic, 0, length);
        if (mismatch < 0) {
            return;
        }
        for (Kind other : Kind.values()) {
            if (Arrays.equals(prefix, 0, length, other.magic(), 0, length)) {
                throw new MalformedBitstreamException("the file must be a " + kind.text + ", not a " + other.text, 0);
            }
        }
        throw new MalformedBitstreamException("the file must start as a " + kind.text + " does", mismatch);
    }

    /** A copy of bytes of a file. */
    static byte[] bytes(MemorySegment file, long offset, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        return bytes;
    }

    /** The CRC32C of byte arrays, one behind the other. */
    static int crc32c(byte[]... parts) {
        CRC32C crc = new CRC32C();
        for (byte[] part : parts) {
            crc.update(part);
        }
        return (int) crc.getValue();
    }

    static int crc32c(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    static String hex(int checksum) {
        return String.format("%08x", checksum);
    }
}
