package io.github.uniquant.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.DoubleToIntFunction;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    private static double ofFloat16(int bits) {
        return Tensor.ofFloat16(Shape.scalar(), (short) bits).get(0);
    }

    private static double ofBfloat16(int bits) {
        return Tensor.ofBfloat16(Shape.scalar(), (short) bits).get(0);
    }

    private static int toHalf(ElementType type, double value) {
        return Tensor.of(Shape.scalar(), value).to(type).shorts()[0] & 0xFFFF;
    }

    /** The value of bits with this many of them in the significand, from the definition of the format. */
    private static double defined(int bits, int significandBits, int bias) {
        int exponentBits = 15 - significandBits;
        int exponent = bits >>> significandBits & (1 << exponentBits) - 1;
        int significand = bits & (1 << significandBits) - 1;
        double sign = (bits & 0x8000) != 0 ? -1 : 1;
        if (exponent == (1 << exponentBits) - 1) {
            return significand == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        double scaled = exponent == 0 ? significand : significand + (1 << significandBits);
        return sign * scaled * Math.scalb(1.0, Math.max(exponent, 1) - bias - significandBits);
    }

    /** For every pair of neighbours: they convert to themselves, and what lies between rounds to the nearer or even one. */
    private static void assertRoundsToNearestEven(
            IntToDoubleFunction value, DoubleToIntFunction bits, int largest, double beyond) {
        for (int sign = 0; sign <= 0x8000; sign += 0x8000) {
            for (int low = 0; low <= largest; low++) {
                double a = value.applyAsDouble(sign | low);
                // Beyond the largest value the limit is half way to where the next would lie.
                double b = low == largest ? Math.copySign(beyond, a) : value.applyAsDouble(sign | low + 1);
                double middle = a + (b - a) / 2; // exact: both have at most 11 significant bits
                int even = sign | low + (low & 1);
                boolean right = bits.applyAsInt(a) == (sign | low)
                        && bits.applyAsInt(middle) == even
                        && bits.applyAsInt(towards(middle, a)) == (sign | low)
                        && bits.applyAsInt(towards(middle, b)) == (sign | low + 1)
                        && bits.applyAsInt(towards(a, b)) == (sign | low);
                assertThat(right).as("bits=%s", Integer.toHexString(sign | low)).isTrue();
            }
        }
    }

    private static double towards(double from, double to) {
        return Math.nextAfter(from, to);
    }

    @Test
    void float16IsExactBothWaysAndRoundsDoublesOnce() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertSame(ofFloat16(bits), defined(bits, 10, 15), bits);
        }
        assertRoundsToNearestEven(TensorTest::ofFloat16, v -> toHalf(ElementType.FLOAT16, v), 0x7bff, 65536);
        assertThat(ofFloat16(toHalf(ElementType.FLOAT16, Double.NaN))).isNaN();
        assertThat(toHalf(ElementType.FLOAT16, 1e300)).isEqualTo(0x7c00);
        assertThat(toHalf(ElementType.FLOAT16, -1e-300)).isEqualTo(0x8000);
    }

    @Test
    void bfloat16IsExactBothWaysAndRoundsDoublesOnce() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertSame(ofBfloat16(bits), defined(bits, 7, 127), bits);
            float value = Bfloat16.toFloat((short) bits);
            if (!Float.isNaN(value)) {
                assertThat(Bfloat16.fromFloat(value)).isEqualTo((short) bits);
            } else {
                assertThat(Bfloat16.toFloat(Bfloat16.fromFloat(value))).isNaN();
            }
        }
        assertRoundsToNearestEven(TensorTest::ofBfloat16, v -> toHalf(ElementType.BFLOAT16, v), 0x7f7f, 0x1p128);
        assertRoundsToNearestEven(TensorTest::ofBfloat16, v -> fromNeighbouringFloat(v), 0x7f7e, 0x1.fep127);
        assertThat(ofBfloat16(toHalf(ElementType.BFLOAT16, Double.NaN))).isNaN();
        assertThat(toHalf(ElementType.BFLOAT16, 1e300)).isEqualTo(0x7f80);
        assertThat(Bfloat16.fromFloat(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
    }

    /** A double next to a middle, as the float next to it. */
    private static int fromNeighbouringFloat(double v) {
        float nearest = (float) v;
        float f = nearest == v ? nearest : v > nearest ? Math.nextUp(nearest) : Math.nextDown(nearest);
        return Bfloat16.fromFloat(f) & 0xFFFF;
    }

    private static void assertSame(double actual, double expected, int bits) {
        if (Double.compare(actual, expected) != 0) {
            assertThat(actual).as("bits=%s", Integer.toHexString(bits)).isEqualTo(expected);
        }
    }

    @Test
    void conversionsRoundOnceAndRefuseWhatIsNoInt32() {
        Tensor doubles = Tensor.of(Shape.of(3), 0.1, -2.5, 1e10);
        assertThat(doubles.to(ElementType.FLOAT64)).isSameAs(doubles);
        assertThat(doubles.to(ElementType.FLOAT32).floats()).containsExactly(0.1f, -2.5f, 1e10f);
        Tensor ints = Tensor.of(Shape.of(2), Integer.MIN_VALUE, Integer.MAX_VALUE);
        assertThat(ints.to(ElementType.FLOAT64).to(ElementType.INT32)).isEqualTo(ints);
        assertThat(ints.toDoubles()).containsExactly(-0x1p31, 0x1p31 - 1);
        for (double bad : new double[] {0.5, 0x1p31, -0x1.00000002p31, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> Tensor.of(Shape.of(2), 0, bad).to(ElementType.INT32))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("every element must be an int32: element=1 value=" + bad);
        }
    }

    @Test
    void tensorsWrapTheirArrays() {
        float[] values = {1, 2, 3, 4, 5, 6};
        Tensor tensor = Tensor.of(Shape.of(2, 3), values);
        values[4] = 50;
        assertThat(tensor.get(4)).isEqualTo(50);
        assertThat(tensor.floats()).isSameAs(values);
        assertThat(tensor.reshape(Shape.of(3, 2)).floats()).isSameAs(values);
        assertThat(tensor).hasToString("Tensor[type=float32, shape=(2, 3)]");
        assertThat(tensor)
                .isEqualTo(Tensor.of(Shape.of(2, 3), values.clone()))
                .hasSameHashCodeAs(Tensor.of(Shape.of(2, 3), values.clone()))
                .isNotEqualTo(tensor.reshape(Shape.of(6)));
        assertThat(Tensor.of(Shape.scalar(), 0.0)).isNotEqualTo(Tensor.of(Shape.scalar(), -0.0));
        assertThat(Tensor.ofFloat16(Shape.of(1), (short) 1)).isNotEqualTo(Tensor.ofBfloat16(Shape.of(1), (short) 1));
        for (ElementType type : ElementType.values()) {
            Tensor zeros = Tensor.zeros(type, Shape.of(2, 0, 3));
            assertThat(zeros.size()).isZero();
            assertThat(Tensor.zeros(type, Shape.of(2)).toDoubles()).containsExactly(0, 0);
            assertThat(ElementType.ofId(type.id())).isEqualTo(type);
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void rangesBeyondTheArraysAreRefusedBeforeAnythingIsWritten(ElementType type) {
        Tensor tensor = Tensor.of(Shape.of(3), 1, 2, 3).to(type);
        double[] out = new double[4];
        for (int[] range : new int[][] {{1, 3, 0}, {-1, 2, 0}, {0, 3, 2}, {0, 2, -1}, {3, -1, 0}, {1, -2, 1}}) {
            assertThatThrownBy(() -> tensor.toDoubles(range[0], range[1], out, range[2]))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(out).containsOnly(0);
        }
        tensor.toDoubles(1, 2, out, 2);
        assertThat(out).containsExactly(0, 0, 2, 3);
        tensor.toDoubles(3, 0, out, 4);
    }

    /** The last few ints are no lengths of arrays: a virtual machine would say that it is out of memory. */
    @Test
    void aTensorHasAtMostAsManyElementsAsAnArray() {
        for (int elements : new int[] {Integer.MAX_VALUE, Shape.MAX_ARRAY_LENGTH + 1}) {
            assertThatThrownBy(() -> Tensor.zeros(ElementType.FLOAT16, Shape.of(elements)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the number of elements must be at most 2^31 - 9: shape=(" + elements + ",)");
        }
        assertThat(Shape.of(Shape.MAX_ARRAY_LENGTH).arrayLength()).isEqualTo(Integer.MAX_VALUE - 8);
    }

    @Test
    void wrongTypesAndSizesAreRefused() {
        Tensor tensor = Tensor.of(Shape.of(2), 1f, 2f);
        assertThatThrownBy(tensor::doubles)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the tensor must be float64: type=float32");
        assertThatThrownBy(tensor::shorts)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the tensor must be float16 or bfloat16: type=float32");
        assertThatThrownBy(() -> tensor.reshape(Shape.of(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the array must have one value for each element of the shape: length=2 shape=(3,)");
        assertThatThrownBy(() -> Tensor.zeros(ElementType.FLOAT32, Shape.of(1 << 16, 1 << 15)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the number of elements must be at most 2^31 - 9: shape=(65536, 32768)");
        assertThatThrownBy(() -> ElementType.ofId("float8"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("element type must be one of float16, bfloat16, float32, float64, int32: id=float8");
    }
}
