package io.github.uniquant.prior;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import org.junit.jupiter.api.Test;

class PriorTailsTest {
    private static final Prior DOUBLES = NoisyNormal.of(Shape.of(1), new double[] {1}, new double[] {2});

    private static final Prior FLOATS = NoisyNormal.of(Tensor.of(Shape.of(1), 1f), Tensor.of(Shape.of(1), 2f));

    @Test
    void anUpperTailLiesWhereThePriorsTypeRoundsItsProbability() {
        double tailMass = 1e-5;
        double rounded = 1 - (double) (float) (1 - tailMass / 2);
        assertThat(FLOATS.type()).isEqualTo(ElementType.FLOAT32);
        assertThat(FLOATS.base().survival(0, FLOATS.upperTail(0, tailMass))).isCloseTo(rounded, within(1e-15));
        assertThat(DOUBLES.base().survival(0, DOUBLES.upperTail(0, tailMass))).isCloseTo(tailMass / 2, within(1e-15));
        assertThat(rounded).isNotCloseTo(tailMass / 2, within(1e-9));
    }

    @Test
    void aTailMassBelowThePriorsTypeStillHasAFiniteTail() {
        for (double tailMass : new double[] {1e-8, 1e-20, 1e-300}) {
            for (Prior prior : new Prior[] {FLOATS, DOUBLES}) {
                double lower = prior.lowerTail(0, tailMass);
                double upper = prior.upperTail(0, tailMass);
                assertThat(upper).isFinite().isGreaterThan(1);
                assertThat(upper - 1).isCloseTo(1 - lower, within(tailMass == 1e-8 ? 1e-6 : 1e-12));
            }
        }
    }

    @Test
    void aRoundedPriorsTailsAreTheInnerOnesRoundedOutwards() {
        Prior rounded = NoisyRounded.of(DOUBLES);
        assertThat(rounded.lowerTail(0, 1e-2)).isEqualTo(Math.floor(DOUBLES.lowerTail(0, 1e-2)));
        assertThat(rounded.upperTail(0, 1e-2)).isEqualTo(Math.ceil(DOUBLES.upperTail(0, 1e-2)));
        Prior soft = NoisyRounded.soft(FLOATS, 3);
        assertThat(soft.upperTail(0, 1e-5)).isEqualTo(SoftRound.softRound(FLOATS.upperTail(0, 1e-5), 3));
    }
}
