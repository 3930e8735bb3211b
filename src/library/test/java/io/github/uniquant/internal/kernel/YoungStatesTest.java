package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a list of all states, for every cell that may be. */
class YoungStatesTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void ranksCountTheStatesOfACell(int precision) {
        int slots = 1 << precision;
        for (int origin = 0; origin < slots; origin++) {
            for (int start = 0; start < slots; start++) {
                for (int frequency = 1; start + frequency <= slots; frequency++) {
                    int rank = 0;
                    for (int v = 0; v < slots; v++) {
                        if (isOn(v, start, frequency, origin, precision)) {
                            assertThat(YoungStates.rank(v, start, frequency, origin, precision))
                                    .isEqualTo(rank);
                            assertThat(YoungStates.state(rank, start, frequency, origin, precision))
                                    .isEqualTo(v);
                            rank++;
                        }
                    }
                    assertThat(rank).isEqualTo(frequency);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 9})
    void statesBeforeTheLeastElsewhereStandOnTheLikeliestCellAndStay(int precision) {
        int slots = 1 << precision;
        for (int start = 0; start < slots; start += 1 + slots / 40) {
            for (int frequency = 1; frequency < slots && start + frequency <= slots; frequency++) {
                int least = YoungStates.leastElsewhere(start, frequency, precision);
                assertThat(isOn(least, start, frequency, start, precision)).isFalse();
                for (int v = 0; v < least; v++) {
                    assertThat(isOn(v, start, frequency, start, precision)).isTrue();
                    assertThat(YoungStates.rank(v, start, frequency, start, precision))
                            .isEqualTo(v);
                }
            }
        }
    }

    private static boolean isOn(int v, int start, int frequency, int origin, int precision) {
        int slot = YoungStates.slot(v, origin, precision);
        return slot >= start && slot < start + frequency;
    }
}
