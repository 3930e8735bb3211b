package io.github.uniquant.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {
    private static final String SHAPE_2_3 = "{'descr': '%s', 'fortran_order': %s, 'shape': (2, 3), }";

    private static byte[] file(int major, String text, byte[] elements) {
        byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer file = ByteBuffer.allocate(12 + ascii.length + elements.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) major, 0});
        if (major == 1) {
            file.putShort((short) ascii.length);
        } else {
            file.putInt(ascii.length);
        }
        file.put(ascii).put(elements);
        return Arrays.copyOf(file.array(), file.position());
    }

    private static Tensor floats(byte[] file) {
        return NpyFile.floats(MemorySegment.ofArray(file));
    }

    private static byte[] bytes(Tensor tensor) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            NpyFile.write(out, tensor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] elements(String type, ByteOrder order, double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(order);
        for (double value : values) {
            switch (type) {
                case "f2" -> bytes.putShort(Float.floatToFloat16((float) value));
                case "f4" -> bytes.putFloat((float) value);
                case "i1", "u1" -> bytes.put((byte) (long) value);
                case "i2", "u2" -> bytes.putShort((short) (long) value);
                case "i4", "u4" -> bytes.putInt((int) (long) value);
                case "i8", "u8" -> bytes.putLong((long) value);
                default -> bytes.putDouble(value);
            }
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    @ParameterizedTest
    @CsvSource({
        "1, <f4", "2, <f4", "3, <f4", "1, >f4", "1, <f2", "1, >f2", "1, <f8", "1, >f8", "3, >f8", "1, =f4", "1, |f2"
    })
    void everyVersionTypeAndByteOrderGivesTheSameValues(int major, String descr) {
        ByteOrder order = descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        byte[] elements = elements(descr.substring(1), order, 1, -2, 3.5, 0.25, -0.0, 6);
        Tensor tensor = floats(file(major, SHAPE_2_3.formatted(descr, "False"), elements));
        assertThat(tensor.shape()).isEqualTo(Shape.of(2, 3));
        assertThat(tensor.type().id()).isEqualTo("float" + 8 * (descr.charAt(2) - '0'));
        assertThat(tensor.toDoubles()).containsExactly(1, -2, 3.5, 0.25, -0.0, 6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"f2", "f4", "f8"})
    void fortranOrderIsTransposed(String type) {
        // Column by column: rows are 1 3 5 and 2 4 6.
        byte[] elements = elements(type, ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4, 5, 6);
        Tensor tensor = floats(file(1, SHAPE_2_3.formatted("<" + type, "True"), elements));
        assertThat(tensor.toDoubles()).containsExactly(1, 3, 5, 2, 4, 6);
    }

    @Test
    void fortranOrderOfFourDimensionsIsTransposed() {
        int[] dims = {2, 3, 4, 5};
        double[] values = new double[120];
        Arrays.setAll(values, i -> i); // the element at (a, b, c, d) is a + 2 b + 6 c + 24 d
        byte[] file = file(
                1,
                "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3, 4, 5)}",
                elements("f8", ByteOrder.LITTLE_ENDIAN, values));
        Tensor tensor = floats(file);
        int i = 0;
        for (int a = 0; a < dims[0]; a++) {
            for (int b = 0; b < dims[1]; b++) {
                for (int c = 0; c < dims[2]; c++) {
                    for (int d = 0; d < dims[3]; d++) {
                        assertThat(tensor.get(i++)).isEqualTo(a + 2 * b + 6 * c + 24 * d);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
                "{\"shape\":(1L,),\"descr\":\"<f4\",\"fortran_order\":False}   \n",
                "  { 'fortran_order' : False , 'shape' : ( 1 , ) , 'descr' : '<f4' , }\n",
                "{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
                "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1, 1)}"
            })
    void theTextIsReadAsPythonWould(String text) {
        Tensor tensor = floats(file(1, text, elements("f4", ByteOrder.LITTLE_ENDIAN, 7)));
        assertThat(tensor.toDoubles()).containsExactly(7);
    }

    @ParameterizedTest
    @CsvSource({"i1,-5", "u1,250", "i2,-300", "u2,60000", "i4,-70000", "u4,70000", "i8,-2147483648", "u8,2147483647"})
    void integersOfEveryWidthAreReadAsInt32(String type, long value) {
        for (String mark : new String[] {"<", ">"}) {
            ByteOrder order = mark.equals("<") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            String text = "{'descr': '%s', 'fortran_order': False, 'shape': (2,)}".formatted(mark + type);
            byte[] file = file(1, text, elements(type, order, (double) value, 1));
            Tensor tensor = NpyFile.ints(MemorySegment.ofArray(file));
            assertThat(tensor.ints()).containsExactly((int) value, 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "i8, 2147483648, 2147483648",
        "i8, -2147483649, -2147483649",
        "u4, 4294967295, 4294967295",
        "u8, 2147483648, 2147483648",
        "u8, -1, 18446744073709551615"
    })
    void anIntegerBeyondInt32IsRefusedWithItsIndex(String type, long bits, String value) {
        String text = "{'descr': '<%s', 'fortran_order': False, 'shape': (2,)}".formatted(type);
        byte[] file = file(1, text, elements(type, ByteOrder.LITTLE_ENDIAN, 1, (double) bits));
        assertThatThrownBy(() -> NpyFile.ints(MemorySegment.ofArray(file)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("element=1 value=" + value);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "FLOAT32", "FLOAT64"})
    void readInvertsWrite(ElementType type) {
        SplittableRandom random = new SplittableRandom(1);
        for (Shape shape : new Shape[] {
            Shape.scalar(), Shape.of(0), Shape.of(1), Shape.of(3, 0, 2), Shape.of(100_003), Shape.of(2, 3, 4, 5, 6)
        }) {
            double[] values = new double[(int) shape.elements()];
            Arrays.setAll(values, i -> random.nextGaussian());
            Tensor tensor = Tensor.of(shape, values).to(type);
            assertThat(floats(bytes(tensor))).isEqualTo(tensor);
        }
    }

    @Test
    void headersAreThoseOfNumPy() {
        byte[] header = bytes(Tensor.of(Shape.of(3, 5, 4, 6), new float[360]));
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 5, 4, 6), }";
        assertThat(header).hasSize(128 + 1440).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0);
        assertThat(new String(header, 10, 118, StandardCharsets.US_ASCII))
                .isEqualTo(text + " ".repeat(117 - text.length()) + "\n");
    }

    @Test
    void bfloat16CannotBeWritten() {
        Tensor tensor = Tensor.ofBfloat16(Shape.of(1), (short) 0);
        assertThatThrownBy(() -> NpyFile.write(new ByteArrayOutputStream(), tensor))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bfloat16");
    }

    @ParameterizedTest
    @CsvSource({
        "|O, pickles",
        "<V2, bfloat16",
        "|V2, bfloat16",
        "<c8, astype",
        "<f16, astype",
        "<U5, astype",
        "<i4, float16",
        "f4, starts with none of",
        "'', starts with none of"
    })
    void foreignTypesAreRefusedByName(String descr, String hint) {
        byte[] file = file(1, SHAPE_2_3.formatted(descr, "False"), new byte[24]);
        assertThatThrownBy(() -> floats(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("float16, float32 or float64")
                .hasMessageContaining(descr)
                .hasMessageContaining(hint);
    }

    @Test
    void structuredTypesAreRefused() {
        byte[] file = file(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", new byte[8]);
        assertThatThrownBy(() -> floats(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("structured");
    }

    static Stream<byte[]> damagedFiles() {
        byte[] good = file(1, SHAPE_2_3.formatted("<f4", "False"), new byte[24]);
        byte[] foreign = good.clone();
        foreign[1] = 'X';
        byte[] version = good.clone();
        version[6] = 9;
        byte[] longHeader = file(2, SHAPE_2_3.formatted("<f4", "False"), new byte[24]);
        longHeader[11] = (byte) 0xFF;
        String head = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
        return Stream.of(
                new byte[0],
                foreign,
                version,
                longHeader,
                Arrays.copyOf(good, good.length - 1),
                Arrays.copyOf(good, good.length - 4),
                Arrays.copyOf(good, good.length + 4),
                file(1, "", new byte[24]),
                file(1, "{}", new byte[24]),
                file(1, "{'descr': '<f4', 'fortran_order': False}", new byte[24]),
                file(1, "{'descr': '<f4', 'descr': '<f4', 'shape': (6,)}", new byte[24]),
                file(1, "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (6,)}", new byte[24]),
                file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}", new byte[24]),
                file(1, head + "(6)}", new byte[24]),
                file(1, head + "6}", new byte[24]),
                file(1, head + "(-6,)}", new byte[24]),
                file(1, head + "(6.0,)}", new byte[24]),
                file(1, head + "(2, 3)} x", new byte[24]),
                file(1, head + "(2, 3)", new byte[24]),
                file(1, head + "(" + "1, ".repeat(65) + ")}", new byte[4]),
                file(1, head + "(99999999999999999999,)}", new byte[24]),
                // 2^61 elements of 4 bytes are 2^63 bytes: more than a long holds.
                file(1, head + "(1073741824, 1073741824, 2)}", new byte[0]),
                file(1, head + "(2147483647, 2147483647, 2147483647)}", new byte[24]));
    }

    @ParameterizedTest
    @MethodSource("damagedFiles")
    void damagedFilesAreRefusedWithAnOffset(byte[] file) {
        assertThatThrownBy(() -> floats(file))
                .isInstanceOf(MalformedBitstreamException.class)
                .hasMessageContaining("offset=");
    }

    @Test
    void everyCutAndEveryFlippedBitEndsInOneOfTwoExceptionsOrValues() {
        byte[] good = bytes(Tensor.of(Shape.of(2, 3), 1f, 2f, 3f, 4f, 5f, 6f));
        int refused = 0;
        for (int i = 0; i < good.length * 9; i++) {
            byte[] bad = i % 9 == 8 ? Arrays.copyOf(good, i / 9) : good.clone();
            if (i % 9 < 8) {
                bad[i / 9] ^= (byte) (1 << i % 9);
            }
            try {
                floats(bad);
            } catch (MalformedBitstreamException | IllegalArgumentException e) {
                refused++;
            }
        }
        // What passes: flips in the elements (24 bytes), of the minor version, and few in the text.
        assertThat(refused).isBetween(good.length * 9 - 24 * 8 - 40, good.length * 9 - 24 * 8);
    }
}
