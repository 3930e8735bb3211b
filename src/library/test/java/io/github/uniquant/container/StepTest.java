package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepTest {
    @Test
    void valuesAreDividedAndMultipliedInTheirOwnType() {
        Tensor floats = Tensor.of(Shape.of(2), 1f, -7f);
        assertThat(Step.of(0.1, ElementType.FLOAT32).divide(floats))
                .isEqualTo(Tensor.of(Shape.of(2), 1f / 0.1f, -7f / 0.1f));
        assertThat(Step.of(0.1, ElementType.FLOAT32).multiply(floats))
                .isEqualTo(Tensor.of(Shape.of(2), 0.1f, -7f * 0.1f));
        Tensor doubles = Tensor.of(Shape.of(2), 1.0, -7.0);
        assertThat(Step.of(0.1, ElementType.FLOAT64).divide(doubles))
                .isEqualTo(Tensor.of(Shape.of(2), 1 / 0.1, -7 / 0.1));
        assertThat(doubles).as("the argument").isEqualTo(Tensor.of(Shape.of(2), 1.0, -7.0));
        for (ElementType half : new ElementType[] {ElementType.FLOAT16, ElementType.BFLOAT16}) {
            Tensor halves = floats.to(half);
            assertThat(Step.of(0.1, half).divide(halves))
                    .isEqualTo(Tensor.of(Shape.of(2), 1f / 0.1f, -7f / 0.1f).to(half));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
    void stepOfOneChangesNothing(ElementType type) {
        Tensor values = Tensor.of(Shape.of(5), 0.0, -0.0, 1e-7, -65504, 3.14).to(type);
        Step one = new Step(1, type);
        assertThat(one.divide(values)).isEqualTo(values);
        assertThat(one.multiply(values)).isEqualTo(values);
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT16, 65504, 40, 1638",
        "BFLOAT16, 3.3895313892515355e38, 3e38, 1.4",
        "FLOAT32, 3.4028234663852886e38, 3e38, 1.5",
        "FLOAT64, 1.7976931348623157e308, 1e308, 1.9"
    })
    void productsBeyondTheLargestFiniteNumberAreThatNumber(ElementType type, double largest, double step, double y) {
        Step s = Step.of(step, type);
        Tensor products =
                s.multiply(Tensor.of(Shape.of(4), y, -y, 0, Double.NaN).to(type));
        assertThat(products.get(0)).isEqualTo(largest);
        assertThat(products.get(1)).isEqualTo(-largest);
        assertThat(products.get(2)).isZero();
        assertThat(products.get(3)).isNaN();
    }

    @Test
    void stepIsRoundedToTheArithmetic() {
        assertThat(Step.of(0.1, ElementType.FLOAT64).value()).isEqualTo(0.1);
        assertThat(Step.of(0.1, ElementType.FLOAT32).value()).isEqualTo((double) 0.1f);
        assertThat(Step.of(0.1, ElementType.FLOAT16).value()).isEqualTo((double) 0.1f);
        assertThatThrownBy(() -> new Step(0.1, ElementType.BFLOAT16)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e-60, 1e60})
    void stepMustBeFiniteAndLargerThanZero(double value) {
        assertThatThrownBy(() -> Step.of(value, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step=" + value);
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT16, 31.9, 1, 0.015625, false",
        "FLOAT16, 32, 1, 0.03125, true",
        "BFLOAT16, 1.99, 1, 0.0078125, false",
        "BFLOAT16, 4, 1, 0.03125, true",
        "FLOAT32, 131072, 0.5, 0.03125, true",
        "FLOAT32, 131072, 1, 0.015625, false",
        "FLOAT64, 1e15, 1, 0.125, true",
        "FLOAT64, -1e13, 1, 0.001953125, false",
        "FLOAT32, Infinity, 1, 1.401298464324817E-45, false",
    })
    void typeIsTooCoarseWhereItsNeighboursAreMoreThanASixtyFourthApart(
            ElementType type, double largest, double step, double resolution, boolean tooCoarse) {
        Tensor values = Tensor.of(Shape.of(2), largest, 0).to(type);
        assertThat(Step.of(step, type).resolution(values))
                .isEqualTo(type == ElementType.FLOAT32 && resolution < 1e-40 ? 0x1p-149 : resolution);
        assertThat(Step.of(step, type).isTypeTooCoarse(values)).isEqualTo(tooCoarse);
    }
}
