package io.github.uniquant.prior;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerShapesTest {
    private static Tensor zeros(int... dims) {
        return Tensor.zeros(ElementType.FLOAT64, Shape.of(dims));
    }

    @Test
    void matrixOfAnotherRankIsRefusedByItsNumber() {
        assertThatThrownBy(() -> NoisyDeepFactorized.of(
                        List.of(zeros(2, 3, 1), zeros(2), zeros(2, 1, 3)),
                        List.of(zeros(2, 3, 1), zeros(2, 3, 1), zeros(2, 1, 1)),
                        List.of(zeros(2, 3, 1), zeros(2, 3, 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("matrix_1=(2,)");
    }
}
