package io.github.uniquant.symbol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OverflowCodeTest {
    private static final int[] EXTREMES = {
        Integer.MIN_VALUE, Integer.MIN_VALUE + 1, -1, 0, 1, 2, 15, 16, 1 << 30, Integer.MAX_VALUE - 1, Integer.MAX_VALUE
    };

    private static void assertInverts(int symbol, int offset, int m) {
        long value = (long) symbol - offset;
        if (value >= 0 && value < m) {
            return;
        }
        long signed = OverflowCode.signedGamma(value, m);
        long gamma = Math.abs(signed);
        assertThat(gamma).isBetween(1L, OverflowCode.MAX_GAMMA);
        assertThat(OverflowCode.value(gamma, signed < 0, m) + offset).isEqualTo(symbol);
        assertThat(OverflowCode.bits(gamma))
                .isEqualTo(2 * Long.toBinaryString(gamma).length());
    }

    @Test
    void everyInt32IsCodableWhateverTheTable() {
        SplittableRandom random = new SplittableRandom(8);
        for (int symbol : EXTREMES) {
            for (int offset : EXTREMES) {
                for (int m : new int[] {0, 1, 2, 4095, 65535}) {
                    if (offset != Integer.MIN_VALUE) {
                        assertInverts(symbol, offset, m);
                    }
                }
            }
        }
        for (int i = 0; i < 1000; i++) {
            assertInverts(random.nextInt(), Math.max(random.nextInt(), Integer.MIN_VALUE + 1), random.nextInt(65536));
        }
    }

    @Test
    void valuesNextToTheTableHaveTheShortestCode() {
        assertThat(OverflowCode.signedGamma(-1, 5)).isEqualTo(-1);
        assertThat(OverflowCode.signedGamma(5, 5)).isEqualTo(1);
        assertThat(OverflowCode.bits(1)).isEqualTo(2);
        assertThat(OverflowCode.bits(OverflowCode.MAX_GAMMA)).isEqualTo(64);
        // The largest of all: the greatest offset and the least symbol.
        assertThat(OverflowCode.signedGamma((long) Integer.MIN_VALUE - Integer.MAX_VALUE, 1))
                .isEqualTo(-OverflowCode.MAX_GAMMA);
    }
}
