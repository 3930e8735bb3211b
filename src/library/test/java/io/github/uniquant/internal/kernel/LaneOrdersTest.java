package io.github.uniquant.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaneOrdersTest {
    private static final int LANES = 8;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 0b1000_0000, 0b0101_1010, 0b1111_1110, 0xff})
    void othersFirstCompressesTheLanesThatAreNotInTheMask(int mask) {
        int[] others = IntStream.range(0, LANES)
                .filter(lane -> (mask >>> lane & 1) == 0)
                .toArray();

        assertArrayEquals(
                others,
                Arrays.copyOfRange(
                        LaneOrders.OTHERS_FIRST, mask * LANES, mask * LANES + LANES - Integer.bitCount(mask)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 0b1000_0000, 0b0101_1010, 0b1111_1110, 0xff})
    void ranksGiveTheLanesInTheMaskOneElementEachInOrder(int mask) {
        int[] taken = IntStream.range(0, LANES)
                .filter(lane -> (mask >>> lane & 1) != 0)
                .map(lane -> LaneOrders.RANKS[mask * LANES + lane])
                .toArray();

        assertArrayEquals(IntStream.range(0, Integer.bitCount(mask)).toArray(), taken);
    }
}
