package io.github.uniquant.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void leadingAndTrailingPartsConcatenateToTheWhole() {
        Shape shape = Shape.of(2, 0, 5, 7);
        for (int n = 0; n <= 4; n++) {
            assertThat(shape.leading(n).concat(shape.trailing(4 - n))).isEqualTo(shape);
        }
        assertThat(shape.leading(0)).isEqualTo(Shape.scalar());
        assertThat(shape.dim(2)).isEqualTo(5);
        assertThat(shape.rank()).isEqualTo(4);
        shape.toArray()[0] = 99;
        assertThat(shape.dim(0)).isEqualTo(2);
        assertThat(shape).hasSameHashCodeAs(Shape.of(2, 0, 5, 7)).isNotEqualTo(Shape.of(2, 0, 5));
        assertThatThrownBy(() -> shape.leading(5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the number of dimensions must be from 0 to the rank: n=5 shape=(2, 0, 5, 7)");
        assertThatThrownBy(() -> shape.trailing(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the number of dimensions must be from 0 to the rank: n=-1 shape=(2, 0, 5, 7)");
    }

    @Test
    void elementsAreTheProductUpTo63Bits() {
        assertThat(Shape.scalar().elements()).isEqualTo(1);
        assertThat(Shape.of(3, 4).elements()).isEqualTo(12);
        assertThat(Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 2).elements())
                .isEqualTo(2L * Integer.MAX_VALUE * Integer.MAX_VALUE);
        assertThat(Shape.of(153_092_023, 92_737, 649_657).elements()).isEqualTo(Long.MAX_VALUE);
        // One dimension of 0 makes none of the others too large.
        assertThat(Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, 0)
                        .elements())
                .isZero();
        assertThatThrownBy(() -> Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the number of elements must fit 63 bits: shape=[2147483647, 2147483647, 3]");
        assertThatThrownBy(() -> Shape.of(2, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dimensions must be at least 0: shape=[2, -1]");
    }

    @Test
    void textIsPythons() {
        assertThat(Shape.scalar()).hasToString("()");
        assertThat(Shape.of(5)).hasToString("(5,)");
        assertThat(Shape.of(2, 3)).hasToString("(2, 3)");
    }
}
