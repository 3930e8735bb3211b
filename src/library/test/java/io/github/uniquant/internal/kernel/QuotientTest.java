package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** States divided by frequencies without a division. */
class QuotientTest {
    private static final long STATES = 1L << 32;

    @Test
    void productsWithReciprocalsAreQuotients() {
        SplittableRandom random = new SplittableRandom(1);
        for (int f = 1; f <= 1 << 16; f++) {
            long reciprocal = ScalarKernels.reciprocal(f);
            long last = STATES / f * f; // a multiple, at most 2^32
            for (long multiple : new long[] {0, f, 2L * f, random.nextLong(STATES / f) * f, last - f, last}) {
                for (long x : new long[] {multiple - 1, multiple, multiple + 1, multiple + f - 1}) {
                    if (x >= 0 && x < STATES) {
                        assertThat(ScalarKernels.quotient(x, reciprocal) == x / f)
                                .as("x=%d f=%d", x, f)
                                .isTrue();
                    }
                }
            }
            assertThat(ScalarKernels.quotient(STATES - 1, reciprocal)).isEqualTo((STATES - 1) / f);
        }
    }
}
