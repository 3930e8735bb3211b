package io.github.uniquant.cli;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The header of a {@code .npy} file, versions 1 to 3 of the format:
 *
 * <pre>
 * 0   93 'N' 'U' 'M' 'P' 'Y'
 * 6   major and minor version, 1 byte each
 * 8   length of the text, little-endian: 2 bytes in version 1, 4 bytes later
 * ..  text: {'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 2), }, spaces, newline
 * ..  the elements
 * </pre>
 *
 * @param kind 'f', 'i' or 'u': floating, signed or unsigned
 * @param itemBytes bytes of one element
 * @param order byte order of the elements
 * @param fortranOrder whether the first index changes fastest
 * @param dataOffset index of the first element's first byte
 */
record NpyHeader(char kind, int itemBytes, ByteOrder order, boolean fortranOrder, Shape shape, long dataOffset) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int VERSION_OFFSET = 6;
    private static final int LENGTH_OFFSET = 8;
    private static final int ALIGNMENT = 64;
    private static final int MAX_RANK = 64; // NumPy's own limit since version 2

    /** Longer texts exist for structured types only, which are refused anyway. */
    private static final int MAX_TEXT_BYTES = 65_535;

    private static final ValueLayout.OfShort LENGTH_16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LENGTH_32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Reads the header of a whole file, and checks that the elements fill the rest of it exactly. */
    static NpyHeader read(MemorySegment file) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (i >= file.byteSize() || file.get(ValueLayout.JAVA_BYTE, i) != MAGIC[i]) {
                throw new MalformedBitstreamException("a .npy file must start with the bytes 93 'NUMPY'", i);
            }
        }
        require(file, LENGTH_OFFSET);
        int major = Byte.toUnsignedInt(file.get(ValueLayout.JAVA_BYTE, VERSION_OFFSET));
        if (major < 1 || major > 3) {
            throw new MalformedBitstreamException(
                    "the version of a .npy file must be 1, 2 or 3: version=" + major, VERSION_OFFSET);
        }
        int textOffset = LENGTH_OFFSET + (major == 1 ? Short.BYTES : Integer.BYTES);
        require(file, textOffset);
        long textBytes = major == 1
                ? Short.toUnsignedLong(file.get(LENGTH_16, LENGTH_OFFSET))
                : Integer.toUnsignedLong(file.get(LENGTH_32, LENGTH_OFFSET));
        if (textBytes > MAX_TEXT_BYTES) {
            throw new MalformedBitstreamException(
                    "the header of a .npy file must have at most " + MAX_TEXT_BYTES + " bytes: bytes=" + textBytes,
                    LENGTH_OFFSET);
        }
        require(file, textOffset + textBytes);
        byte[] text = file.asSlice(textOffset, textBytes).toArray(ValueLayout.JAVA_BYTE);
        String literal = new String(text, major < 3 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        NpyHeader header = new Parser(literal, textOffset).header(textOffset + textBytes);
        long bytes = file.byteSize() - header.dataOffset;
        if (bytes % header.itemBytes != 0 || bytes / header.itemBytes != header.shape.elements()) {
            throw new MalformedBitstreamException(
                    "the elements must fill the rest of the file: shape=" + header.shape + " bytesEach="
                            + header.itemBytes + " bytes=" + bytes,
                    header.dataOffset);
        }
        return header;
    }

    private static void require(MemorySegment file, long bytes) {
        if (file.byteSize() < bytes) {
            throw new MalformedBitstreamException("the header must be whole: needed=" + bytes, file.byteSize());
        }
    }

    /** The bytes that NumPy writes before the elements of an array in row-major order. */
    static byte[] bytes(String descr, Shape shape) {
        String text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
        int prefix = LENGTH_OFFSET + Short.BYTES;
        int total = (prefix + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        byte[] bytes = new byte[total];
        MemorySegment segment = MemorySegment.ofArray(bytes).fill((byte) ' ');
        MemorySegment.copy(MAGIC, 0, segment, ValueLayout.JAVA_BYTE, 0, MAGIC.length);
        bytes[VERSION_OFFSET] = 1;
        bytes[VERSION_OFFSET + 1] = 0;
        segment.set(LENGTH_16, LENGTH_OFFSET, (short) (total - prefix));
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, bytes, prefix, ascii.length);
        bytes[total - 1] = '\n';
        return bytes;
    }

    /** Reads the text: a Python literal, of which only what such headers hold is understood. */
    private static final class Parser {
        private final String text;
        private final int fileOffset; // of the text
        private int at;
        private String descr = "";
        private boolean fortranOrder;
        private List<Integer> dims = List.of();

        Parser(String text, int fileOffset) {
            this.text = text;
            this.fileOffset = fileOffset;
        }

        NpyHeader header(long dataOffset) {
            List<String> keys = new ArrayList<>();
            expect('{');
            while (!accept('}')) {
                String key = string();
                expect(':');
                if (keys.contains(key)) {
                    throw damage("a key must not occur twice: key=" + printable(key));
                }
                keys.add(key);
                switch (key) {
                    case "descr" -> descr = descr();
                    case "fortran_order" -> fortranOrder = bool();
                    case "shape" -> dims = dims();
                    default -> throw damage("a key must be one of descr, fortran_order, shape: key=" + printable(key));
                }
                if (!accept(',')) {
                    expect('}');
                    break;
                }
            }
            skipSpace();
            if (at != text.length() || keys.size() != 3) {
                throw damage("the header must hold descr, fortran_order and shape, and nothing else: keys=" + keys);
            }
            Shape shape = shape();
            return ofDescr(descr, fortranOrder, shape, dataOffset);
        }

        private Shape shape() {
            try {
                return Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
            } catch (IllegalArgumentException e) {
                throw damage(String.valueOf(e.getMessage()));
            }
        }

        private String descr() {
            skipSpace();
            if (at < text.length() && (text.charAt(at) == '[' || text.charAt(at) == '(')) {
                throw new IllegalArgumentException(
                        "the array must have a plain type: structured and sub-array types are not read");
            }
            return string();
        }

        private boolean bool() {
            skipSpace();
            for (boolean value : new boolean[] {false, true}) {
                String literal = value ? "True" : "False";
                if (text.startsWith(literal, at)) {
                    at += literal.length();
                    return value;
                }
            }
            throw damage("fortran_order must be True or False");
        }

        private List<Integer> dims() {
            List<Integer> result = new ArrayList<>();
            expect('(');
            while (!accept(')')) {
                if (result.size() == MAX_RANK) {
                    throw damage("an array must have at most " + MAX_RANK + " dimensions");
                }
                result.add(dim());
                if (!accept(',')) {
                    if (result.size() == 1) {
                        throw damage("shape must be a tuple of integers");
                    }
                    expect(')');
                    break;
                }
            }
            return result;
        }

        private int dim() {
            skipSpace();
            long value = 0;
            int start = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                value = value * 10 + text.charAt(at) - '0';
                if (value > Integer.MAX_VALUE) {
                    throw damage("a dimension must be less than 2^31");
                }
                at++;
            }
            if (at == start) {
                throw damage("a dimension must be an integer of at least 0");
            }
            if (at < text.length() && text.charAt(at) == 'L') {
                at++; // Python 2 wrote long integers so
            }
            return (int) value;
        }

        private String string() {
            skipSpace();
            char quote = at < text.length() ? text.charAt(at) : ' ';
            int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
            if (end < 0) {
                throw damage("a string in quotes must stand here");
            }
            String value = text.substring(at + 1, end);
            at = end + 1;
            return value;
        }

        private boolean accept(char wanted) {
            skipSpace();
            if (at < text.length() && text.charAt(at) == wanted) {
                at++;
                return true;
            }
            return false;
        }

        private void expect(char wanted) {
            if (!accept(wanted)) {
                throw damage("the header must be a Python literal with '" + wanted + "' here");
            }
        }

        private void skipSpace() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\n')) {
                at++;
            }
        }

        private MalformedBitstreamException damage(String reason) {
            return new MalformedBitstreamException(reason, fileOffset + at);
        }
    }

    private static NpyHeader ofDescr(String descr, boolean fortranOrder, Shape shape, long dataOffset) {
        ByteOrder order = switch (descr.isEmpty() ? ' ' : descr.charAt(0)) {
            case '<', '|' -> ByteOrder.LITTLE_ENDIAN;
            case '>' -> ByteOrder.BIG_ENDIAN;
            case '=' -> ByteOrder.nativeOrder();
            default -> throw unreadable(descr, "it starts with none of < > = |");
        };
        return switch (descr.substring(1)) {
            case "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8" ->
                new NpyHeader(descr.charAt(1), descr.charAt(2) - '0', order, fortranOrder, shape, dataOffset);
            case "O" -> throw unreadable(descr, "arrays of Python objects (pickles) are never read");
            case "V2" ->
                throw unreadable(
                        descr,
                        "this is how bfloat16 is saved, for which .npy has no type; save it as float32, which holds it"
                                + " exactly");
            default -> throw unreadable(descr, "save it with astype(numpy.float32) or astype(numpy.float64)");
        };
    }

    private static IllegalArgumentException unreadable(String descr, String reason) {
        return new IllegalArgumentException(
                "the array must be float16, float32 or float64: descr=" + printable(descr) + " (" + reason + ")");
    }

    private static String printable(String text) {
        String shown = text.length() > 20 ? text.substring(0, 20) + "..." : text;
        return shown.replaceAll("[^ -~]", "?");
    }

    /** As NumPy writes types: {@code <f4}. */
    String descr() {
        String mark = itemBytes == 1 ? "|" : order == ByteOrder.LITTLE_ENDIAN ? "<" : ">";
        return String.format(Locale.ROOT, "%s%c%d", mark, kind, itemBytes);
    }
}
