package io.github.uniquant.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.Allocations;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CdfTableBuilderTest {
    private static final double TAIL_MASS = 0x1p-8;
    private static final int MOST_BATCHES = 200;

    private static NoisyNormal normal(double... scales) {
        return NoisyNormal.of(Shape.of(scales.length), new double[scales.length], scales);
    }

    private static List<Prior> priors() {
        Shape pair = Shape.of(2);
        double[] loc = {0.3, -17.25};
        double[] scale = {1.5, 0.02};
        return List.of(
                NoisyNormal.of(pair, loc, scale),
                NoisyLogistic.of(pair, loc, scale),
                NoisyLaplace.of(pair, loc, scale),
                NoisyNormalMixture.of(
                        Tensor.of(Shape.of(2, 2), -3.0, 3.0, 0.0, 0.25),
                        Tensor.of(Shape.of(2, 2), 0.1, 1.0, 2.0, 1e-8),
                        Tensor.of(Shape.of(2, 2), 0.5, 0.5, 0.125, 0.875)),
                NoisyDeepFactorized.initial(pair, new int[] {3, 3}, 4, new SplittableRandom(7)),
                NoisyRounded.of(NoisyNormal.of(pair, loc, scale)),
                NoisyRounded.soft(NoisyNormal.of(pair, loc, scale), 5));
    }

    private static void assertTextbook(
            CdfTables tables, Prior prior, int levels, double tailMass, int precision, ElementType type) {
        List<Integer> cdf = new ArrayList<>();
        int[] cdfOffset = new int[levels * prior.size()];
        for (int level = 0; level < levels; level++) {
            double offset = NoiseOffsets.tableOffset(level, levels, type);
            for (int element = 0; element < prior.size(); element++) {
                cdfOffset[level * prior.size() + element] = TextbookTables.first(prior, element, offset, tailMass);
                for (int value : TextbookTables.row(prior, element, offset, tailMass, precision)) {
                    cdf.add(value);
                }
            }
        }
        assertThat(tables.cdfOffset()).isEqualTo(cdfOffset);
        assertThat(tables.cdf())
                .isEqualTo(cdf.stream().mapToInt(Integer::intValue).toArray());
    }

    @ParameterizedTest
    @EnumSource(names = "INT32", mode = EnumSource.Mode.EXCLUDE)
    void tablesAreThoseOfTheTextbookForEveryFamilyAndType(ElementType type) {
        for (Prior prior : priors()) {
            for (int levels : new int[] {1, 15}) {
                CdfTables tables = CdfTableBuilder.build(prior, levels, TAIL_MASS, 12, type);
                assertTextbook(tables, prior, levels, TAIL_MASS, 12, type);
            }
        }
    }

    @Test
    void everyPrecisionAndTailMassGivesValidTables() {
        Prior prior = normal(0.4);
        for (int precision = 4; precision <= 16; precision++) {
            for (double tailMass : new double[] {1e-9, 0x1p-8, 0.5, 0.999}) {
                CdfTables tables = CdfTableBuilder.build(prior, 3, tailMass, precision, ElementType.FLOAT32);
                assertThat(tables.precision()).isEqualTo(precision);
                assertTextbook(tables, prior, 3, tailMass, precision, ElementType.FLOAT32);
            }
        }
        // What a precision of 1 can hold: one value and the overflow, of equal frequency.
        CdfTables least = CdfTableBuilder.build(normal(Double.MIN_VALUE), 1, 0.9, 1, ElementType.FLOAT32);
        assertThat(least.cdf()).containsExactly(-1, 0, 1, 2);
        for (int precision = 2; precision <= 3; precision++) {
            Prior box = normal(1e-8);
            CdfTables tables = CdfTableBuilder.build(box, 1, 1e-3, precision, ElementType.FLOAT32);
            assertTextbook(tables, box, 1, 1e-3, precision, ElementType.FLOAT32);
        }
    }

    @Test
    void thousandsOfNoiseLevelsAreOneTableEach() {
        CdfTables tables = CdfTableBuilder.build(normal(0.5), 5000, TAIL_MASS, 12, ElementType.FLOAT64);
        assertThat(tables.count()).isEqualTo(5000);
        assertTextbook(tables, normal(0.5), 5000, TAIL_MASS, 12, ElementType.FLOAT64);
    }

    @Test
    void aPriorOfNoElementsHasNoTables() {
        assertThat(CdfTableBuilder.build(normal(), 15, TAIL_MASS, 12, ElementType.FLOAT32)
                        .count())
                .isZero();
    }

    @Test
    void offsetsOfTheElementsOwnAreTaken() {
        Prior prior = normal(0.5, 3);
        double[] offsets = {0.25, -0.4};
        CdfTables tables = CdfTableBuilder.build(prior, offsets, TAIL_MASS, 10);
        int[] first = TextbookTables.row(prior, 0, offsets[0], TAIL_MASS, 10);
        int[] second = TextbookTables.row(prior, 1, offsets[1], TAIL_MASS, 10);
        assertThat(tables.cdf()).startsWith(first).endsWith(second).hasSize(first.length + second.length);
        assertThatThrownBy(() -> CdfTableBuilder.build(prior, new double[3], TAIL_MASS, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there must be one offset for each element of the prior: offsets=3 elements=2");
    }

    @Test
    void badArgumentsAreRefused() {
        for (double tailMass : new double[] {0, 1, -0.1, 1.5, Double.NaN}) {
            assertThatThrownBy(() -> CdfTableBuilder.build(normal(1), 15, tailMass, 12, ElementType.FLOAT32))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tailMass must be in (0, 1): tailMass=" + tailMass);
        }
        for (int precision : new int[] {0, 17, -12}) {
            assertThatThrownBy(() -> CdfTableBuilder.build(normal(1), 15, 0.1, precision, ElementType.FLOAT32))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("precision must be in [1, 16]: precision=" + precision);
        }
        for (int levels : new int[] {0, -1, (1 << 24) + 1}) {
            assertThatThrownBy(() -> CdfTableBuilder.build(normal(1), levels, 0.1, 12, ElementType.FLOAT32))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("numNoiseLevels must be in [1, 2^24]: numNoiseLevels=" + levels);
        }
    }

    @Test
    void halfOfTheTailMassMustBeANumber() {
        Prior[] priors = {
            normal(1),
            NoisyLogistic.of(Shape.scalar(), new double[] {0}, new double[] {1}),
            NoisyNormalMixture.of(Tensor.of(Shape.of(1), 0.0), Tensor.of(Shape.of(1), 1.0), Tensor.of(Shape.of(1), 1.0))
        };
        for (Prior prior : priors) {
            assertThatThrownBy(() -> CdfTableBuilder.build(prior, 1, Double.MIN_VALUE, 16, ElementType.FLOAT32))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("half of tailMass must be larger than 0")
                    .hasMessageContaining("tailMass=4.9E-324");
            assertThat(CdfTableBuilder.build(prior, 1, 2 * Double.MIN_VALUE, 16, ElementType.FLOAT32)
                            .count())
                    .isEqualTo(1);
        }
    }

    /** A network so flat that it never leaves the middle. */
    @Test
    void aPriorWithoutTailsIsRefusedWithItsElement() {
        NoisyDeepFactorized flat = NoisyDeepFactorized.of(
                List.of(Tensor.of(Shape.of(2, 1, 1), 0.0, -1e300)),
                List.of(Tensor.of(Shape.of(2, 1, 1), 0.0, 0.0)),
                List.of());
        assertThatThrownBy(() -> CdfTableBuilder.build(flat, 1, TAIL_MASS, 12, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the prior must have half of tailMass on each side: element=1 tailMass=0.00390625: the"
                        + " function must cross zero within the doubles: bound=-Infinity");
    }

    @Test
    void moreCellsThanSlotsIsAnErrorThatNamesThePrecisionThatWouldDo() {
        Prior prior = normal(0.1, 64);
        assertThatThrownBy(() -> CdfTableBuilder.build(prior, 15, TAIL_MASS, 5, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a table must have at least as many slots as cells, which takes a precision of at least 9:"
                        + " level=0 element=1 cells=373 precision=5");
        assertThat(CdfTableBuilder.build(prior, 15, TAIL_MASS, 9, ElementType.FLOAT32)
                        .count())
                .isEqualTo(30);
        assertThatThrownBy(() -> CdfTableBuilder.build(normal(1e6), 15, TAIL_MASS, 16, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a table must have at least as many slots as cells, which no precision up to 16"
                        + " gives; a larger tail mass or a smaller scale does, and rans-free-1 needs no tables:"
                        + " level=0 element=0 cells=");
        assertThatThrownBy(() -> CdfTableBuilder.build(normal(1e12), 15, TAIL_MASS, 16, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the tails of the prior must be 32-bit integers, in order: level=0 element=0");
    }

    @Test
    void exactlyAsManyCellsAsSlotsIsNoError() {
        // Tails at +-6.67 about a whole offset: 15 integers and the overflow cell, 16 slots.
        CdfTables tables = CdfTableBuilder.build(normal(2.5), 1, 0.0077, 4, ElementType.FLOAT32);
        assertThat(tables.cells(0)).isEqualTo(16);
        assertThat(tables.cdf()).startsWith(-4, 0, 1, 2).hasSize(18);
    }

    @Test
    void tablesBeyondIntIndexesAreRefusedWithTheirSizeBeforeAnyMemoryIsTaken() {
        // 50,000 levels of about 57,000 cells each.
        assertThatThrownBy(() -> CdfTableBuilder.build(normal(1e4), 50_000, TAIL_MASS, 16, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "the tables must have less than 2\\^31 - 8 integers: integers=2\\d{9} tables=50000");
        Prior many = NoisyNormal.of(Shape.of(1000), new double[1000], ones(1000));
        assertThatThrownBy(() -> CdfTableBuilder.build(many, 1 << 24, TAIL_MASS, 16, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the tables must be fewer than 2^29: numNoiseLevels=16777216 elements=1000"
                        + " tables=16777216000");
    }

    // ---- builders that are kept

    @Test
    void aBuilderThatIsKeptGivesTheTablesOfANewOne() {
        CdfTableBuilder builder = new CdfTableBuilder();
        for (int round = 0; round < 2; round++) {
            for (Prior prior : priors()) {
                for (int precision : new int[] {12, 16, 9}) {
                    int levels = precision == 9 ? 1 : 15;
                    assertThat(builder.rebuild(prior, levels, TAIL_MASS, precision, ElementType.FLOAT32))
                            .isEqualTo(CdfTableBuilder.build(prior, levels, TAIL_MASS, precision, ElementType.FLOAT32));
                }
            }
            assertThatThrownBy(() -> builder.rebuild(normal(64), 15, TAIL_MASS, 5, ElementType.FLOAT32))
                    .isInstanceOf(IllegalArgumentException.class);
            double[] offsets = {0.25, -0.4};
            assertThat(builder.rebuild(normal(5000, 0.1), offsets, TAIL_MASS, 16))
                    .isEqualTo(CdfTableBuilder.build(normal(5000, 0.1), offsets, TAIL_MASS, 16));
        }
    }

    @Test
    void rebuildingTakesTheMemoryOfTheTablesAlone() {
        double[] scales = new double[192];
        Arrays.setAll(scales, i -> 0.11 + i * i / 577.0);
        Prior prior = normal(scales);
        CdfTableBuilder builder = new CdfTableBuilder();
        CdfTables tables = builder.rebuild(prior, 15, TAIL_MASS, 12, ElementType.FLOAT32);
        long ints = tables.totalCells() + 4L * tables.count(); // rows with their headers, offsets, starts
        long most = 4 * ints + (1 << 16);
        long taken = Allocations.ofWarmCalls(
                1,
                MOST_BATCHES,
                most,
                call -> assertThat(builder.rebuild(prior, 15, TAIL_MASS, 12, ElementType.FLOAT32)
                                .count())
                        .isEqualTo(tables.count()));
        assertThat(taken).isBetween(4 * ints, most);
    }

    /** A prior that keeps count of what it is asked for, and whose density at one point is another than its base's. */
    private static class Watched implements Prior {
        private final Prior inner = normal(2, 5);
        private final double wrongAt;
        private final double wrongMass;
        private final List<Integer> asked = new ArrayList<>();

        Watched(double wrongAt, double wrongMass) {
            this.wrongAt = wrongAt;
            this.wrongMass = wrongMass;
        }

        @Override
        public Shape shape() {
            return inner.shape();
        }

        @Override
        public ElementType type() {
            return inner.type();
        }

        @Override
        public String family() {
            return "watched";
        }

        @Override
        public List<Variable> parameters() {
            return List.of();
        }

        @Override
        public Prior withParameters(List<Tensor> values) {
            return this;
        }

        @Override
        public BaseDistribution base() {
            return inner.base();
        }

        @Override
        public double prob(int element, double y) {
            return element == 1 && y == wrongAt ? wrongMass : inner.prob(element, y);
        }

        @Override
        public double logProb(int element, double y) {
            return inner.logProb(element, y);
        }

        @Override
        public double quantizationOffset(int element) {
            return 0;
        }

        @Override
        public void probRows(int rows, int[] elements, double[] firsts, int[] counts, double[] out, int outOffset) {
            asked.add(Arrays.stream(counts, 0, rows).sum());
            Prior.super.probRows(rows, elements, firsts, counts, out, outOffset);
        }
    }

    @Test
    void aPriorIsAskedForThousandsOfMassesAtATime() {
        Watched watched = new Watched(Double.NaN, 0);
        CdfTables tables = CdfTableBuilder.build(watched, 1000, TAIL_MASS, 12, ElementType.FLOAT32);
        assertThat(tables).isEqualTo(CdfTableBuilder.build(watched.inner, 1000, TAIL_MASS, 12, ElementType.FLOAT32));
        int masses = tables.totalCells() - tables.count();
        assertThat(watched.asked.stream().mapToInt(Integer::intValue).sum()).isEqualTo(masses);
        assertThat(watched.asked.subList(0, watched.asked.size() - 1)).allMatch(count -> count > 4000 && count <= 4096);
    }

    @Test
    void aMassThatIsNoneIsRefusedWithItsTable() {
        for (double mass : new double[] {Double.NaN, -1e-9, 1e39, Double.POSITIVE_INFINITY}) {
            Watched watched = new Watched(3 + 7 / 16.0, mass);
            assertThatThrownBy(() -> CdfTableBuilder.build(watched, 15, TAIL_MASS, 12, ElementType.FLOAT32))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the masses of the prior must be finite and at least 0: level=14 element=1 y=3.4375"
                            + " mass=" + mass);
        }
    }

    @Test
    void tailsInTheWrongOrderAreRefused() {
        Watched crossed = new Watched(Double.NaN, 0) {
            @Override
            public double lowerTail(int element, double tailMass) {
                return upperTail(element, tailMass) + element * 2.5;
            }
        };
        assertThatThrownBy(() -> CdfTableBuilder.build(crossed, 1, TAIL_MASS, 12, ElementType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the tails of the prior must be 32-bit integers, in order: level=0 element=1");
    }

    private static double[] ones(int n) {
        double[] ones = new double[n];
        Arrays.fill(ones, 1);
        return ones;
    }
}
