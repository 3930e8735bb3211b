package io.github.uniquant.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code docs/table-free.md} promises of the computed CDFs. */
class FreeCdfsTest {
    private static final double[] SCALES = {
        1e-300, 1e-30, 1e-8, 1e-4, 0.01, 0.1, 0.25, 0.5, 1, 2, 3.3, 10, 31, 100, 500, 999, 1e4, 1e6, 2e8
    };

    /** The families, by their survival functions and quantiles. */
    enum Family {
        NORMAL,
        LOGISTIC,
        LAPLACE;

        double survival(double z) {
            return switch (this) {
                case NORMAL -> ExactMath.normalCdf(-z);
                case LOGISTIC -> ExactMath.logistic(-z);
                case LAPLACE -> 0.5 * ExactMath.exp(-z);
            };
        }

        double upperQuantile(double p) {
            return switch (this) {
                case NORMAL -> ExactMath.normalUpperQuantile(p);
                case LOGISTIC -> ExactMath.log1p(-p) - ExactMath.log(p);
                case LAPLACE -> -ExactMath.log(2 * p);
            };
        }

        BigDecimal exactSurvival(BigDecimal z) {
            return switch (this) {
                case NORMAL -> BigMath.normalSurvival(z);
                case LOGISTIC -> BigMath.logistic(z.negate());
                case LAPLACE -> BigMath.laplaceSurvival(z);
            };
        }

        FreeCdfs of(int precision, double tailMass, double... scales) {
            return new FreeCdfs(precision, tailMass, scales, this::survival, this::upperQuantile);
        }

        /** The nodes that the page defines, from a survival function of 90 digits. */
        float[] exactNodes() {
            float[] nodes = new float[1025];
            for (int i = 1; i <= 512; i++) {
                BigDecimal z = new BigDecimal(i / 32.0);
                BigDecimal above = new BigDecimal("0.5").subtract(exactSurvival(z));
                long units = above.multiply(new BigDecimal(1 << 24))
                        .setScale(0, RoundingMode.HALF_EVEN)
                        .longValueExact();
                nodes[512 + i] = units * 0x1p-24f;
                nodes[512 - i] = -nodes[512 + i];
            }
            return nodes;
        }
    }

    private static float[] fractions(int shift, SplittableRandom random) {
        float[] fractions = {0, 0.5f, -0.5f, 1e-9f, -1e-9f, 0.49999997f, 0, 0, 0, 0};
        for (int i = 6; i < fractions.length; i++) {
            fractions[i] = (float) (random.nextDouble() - 0.5);
        }
        for (int i = 0; i < fractions.length; i++) {
            fractions[i] = (float) Math.scalb((double) fractions[i], -shift);
        }
        return fractions;
    }

    /** A check of every scale, precision, tail mass, and some fractions. */
    private interface Check {
        void of(FreeCdfs cdfs, int element, float fraction);
    }

    private static void forAll(Family family, Check check) {
        SplittableRandom random = new SplittableRandom(family.name().length());
        for (int precision = 3; precision <= 16; precision++) {
            for (double tailMass : new double[] {0x1p-8, 0.9, 1e-9}) {
                FreeCdfs cdfs = family.of(precision, tailMass, SCALES);
                for (int element = 0; element < SCALES.length; element++) {
                    for (float fraction : fractions(cdfs.shift(element), random)) {
                        check.of(cdfs, element, fraction);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void everyCellHasASlotAndAllTogetherHaveThemAll(Family family) {
        forAll(family, (cdfs, element, fraction) -> {
            int n = 2 * cdfs.half(element);
            assertThat(n).isBetween(2, 1 << cdfs.precision() - 2);
            assertThat(cdfs.start(element, fraction, 0)).isZero();
            int next = 0;
            for (int cell = 0; cell <= n; cell++) {
                int row = cdfs.row(element, fraction, cell);
                if (row >>> 16 != next) {
                    throw new AssertionError("cells must be adjacent: cell=" + cell + " start=" + (row >>> 16)
                            + " expected=" + next + " element=" + element + " fraction=" + fraction + " precision="
                            + cdfs.precision());
                }
                next += (row & 0xffff) + 1; // at least one, by its form
            }
            assertThat(next).isEqualTo(1 << cdfs.precision());
        });
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void locateFindsTheCellOfEverySlot(Family family) {
        SplittableRandom random = new SplittableRandom(9);
        forAll(family, (cdfs, element, fraction) -> {
            int slots = 1 << cdfs.precision();
            for (int i = 0; i < Math.min(slots, 64); i++) {
                int slot = slots <= 64 ? i : random.nextInt(slots);
                long located = cdfs.locate(element, fraction, slot);
                int row = (int) located;
                assertThat(row).isEqualTo(cdfs.row(element, fraction, (int) (located >>> 32)));
                assertThat(slot - (row >>> 16)).isBetween(0, row & 0xffff);
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void nodesAreTheNearestMultiplesOfTheExactCdf(Family family) {
        assertThat(family.of(12, 0x1p-8, 1).nodes).isEqualTo(family.exactNodes());
    }

    /** The definition of the page, step by step. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void startsAreThoseOfTheDefinition(Family family) {
        SplittableRandom random = new SplittableRandom(4);
        float[] nodes = family.exactNodes();
        forAll(family, (cdfs, element, fraction) -> {
            if (random.nextInt(4) == 0) {
                TextbookFreeCdf textbook = new TextbookFreeCdf(
                        nodes,
                        cdfs.precision(),
                        SCALES[element],
                        cdfs.half(element),
                        cdfs.shift(element),
                        cdfs.end[element]);
                for (int i = 0; i < 6; i++) {
                    int cell = random.nextInt(2 * cdfs.half(element) + 1);
                    assertThat(cdfs.start(element, fraction, cell)).isEqualTo(textbook.start(fraction, cell));
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void windowsAreThoseOfTheDefinition(Family family) {
        for (int precision = 3; precision <= 16; precision++) {
            for (double tailMass : new double[] {0x1p-8, 0.9, 1e-9}) {
                FreeCdfs cdfs = family.of(precision, tailMass, SCALES);
                double reach = family.upperQuantile(tailMass / 2);
                for (int j = 0; j < SCALES.length; j++) {
                    int k = cdfs.shift(j);
                    double h = Math.ceil(reach * Math.scalb(SCALES[j], -k) + 0.5);
                    double most = Math.scalb(1.0, precision - 3);
                    if (k < 31) {
                        assertThat((double) cdfs.half(j))
                                .isEqualTo(Math.max(1, h))
                                .isLessThanOrEqualTo(most);
                    }
                    if (k > 0) {
                        assertThat(Math.ceil(reach * Math.scalb(SCALES[j], 1 - k) + 0.5))
                                .isGreaterThan(most);
                    }
                }
            }
        }
    }

    /** Cells get what the distribution gives them, where that is at least a few slots: the curve is not only valid. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void frequenciesFollowTheDistribution(Family family) {
        double scale = 7;
        FreeCdfs cdfs = family.of(16, 0x1p-8, scale);
        float fraction = 0.3f;
        for (int cell = 0; cell < 2 * cdfs.half(0); cell++) {
            double low = (cell - cdfs.half(0) - fraction) / scale;
            double mass = below(family, low + 1 / scale) - below(family, low);
            int frequency = (cdfs.row(0, fraction, cell) & 0xffff) + 1;
            if (mass > 1e-3 && cell > 0 && cell < 2 * cdfs.half(0) - 1) {
                assertThat(frequency / 65536.0 / mass).isBetween(0.98, 1.02);
            }
        }
    }

    private static double below(Family family, double z) {
        return z < 0 ? family.survival(-z) : 1 - family.survival(z);
    }

    /** The numbers are format: these hashes never change. */
    @ParameterizedTest
    @CsvSource({"NORMAL,-1943622051", "LOGISTIC,1659260339", "LAPLACE,2136922551"})
    void startsNeverChange(Family family, int expected) {
        int[] hash = new int[1];
        forAll(family, (cdfs, element, fraction) -> {
            int n = 2 * cdfs.half(element);
            for (int i = 0; i <= 16; i++) {
                hash[0] = 31 * hash[0] + cdfs.start(element, fraction, (int) ((long) n * i / 16));
            }
        });
        assertThat(hash[0]).isEqualTo(expected);
    }
}
