package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.internal.kernel.NarrowBuckets;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the caches for coding hold, against the slot axis laid out cell by cell. */
class RansTablesTest {
    private static final int NARROW_PRECISION = 12;
    private static final int NARROW_CELLS = 2046;

    private static IntStream precisions() {
        return IntStream.rangeClosed(1, 16);
    }

    // ---- tables

    private static CdfTables tables(int precision, List<int[]> frequencies) {
        int[] cdf = new int[frequencies.stream().mapToInt(f -> f.length + 2).sum()];
        int at = 0;
        for (int[] f : frequencies) {
            cdf[at++] = -precision;
            cdf[at++] = 0;
            for (int frequency : f) {
                cdf[at] = cdf[at - 1] + frequency;
                at++;
            }
        }
        int[] offsets = new int[frequencies.size()];
        Arrays.setAll(offsets, t -> 3 * t - 5);
        return CdfTables.of(cdf, offsets);
    }

    /** Frequencies that add up to 2^p: one each, and the rest in shares to cells that are drawn by a power law. */
    private static int[] random(int precision, int cells, double power, SplittableRandom random) {
        int[] f = new int[cells];
        Arrays.fill(f, 1);
        for (int left = (1 << precision) - cells; left > 0; ) {
            int share = 1 + random.nextInt(left) / 8;
            f[(int) (cells * Math.pow(random.nextDouble(), power))] += share;
            left -= share;
        }
        return f;
    }

    private static int[] bimodal(int precision, int cells) {
        int[] f = new int[cells];
        Arrays.fill(f, 1);
        int left = (1 << precision) - cells;
        f[0] += left / 2;
        f[cells - 1] += left - left / 2;
        return f;
    }

    private static int[] ofFrequencyOne(int precision) {
        int[] f = new int[Math.min(1 << precision, 4096)];
        Arrays.fill(f, 1);
        f[0] += (1 << precision) - f.length;
        return f;
    }

    private static List<int[]> frequencies(int precision) {
        int slots = 1 << precision;
        SplittableRandom random = new SplittableRandom(precision);
        List<int[]> all = new ArrayList<>();
        all.add(new int[] {slots});
        all.add(new int[] {slots - 1, 1});
        all.add(new int[] {1, slots - 1});
        all.add(ofFrequencyOne(precision));
        for (int i = 0; i < 30; i++) {
            int cells = 1 + random.nextInt(Math.min(slots, i % 2 == 0 ? 12 : NARROW_CELLS));
            all.add(random(precision, cells, 1 + random.nextInt(4), random));
            all.add(bimodal(precision, cells));
            int[] rising = random(precision, cells, 3, random);
            Arrays.sort(rising);
            all.add(rising);
        }
        return all;
    }

    /** All tables together, and those that two-int entries may hold. */
    private static List<RansTables> tableSets(int precision) {
        List<int[]> all = frequencies(precision);
        List<int[]> few = all.stream().filter(f -> f.length <= NARROW_CELLS).toList();
        return List.of(RansTables.of(tables(precision, all)), RansTables.of(tables(precision, few)));
    }

    // ---- laws

    /** Whether the cells before the last rise and then fall. */
    private static boolean unimodal(CdfTables tables, int t) {
        int before = tables.cells(t) - 1;
        int c = 1;
        while (c < before && tables.frequency(t, c) >= tables.frequency(t, c - 1)) {
            c++;
        }
        while (c < before && tables.frequency(t, c) <= tables.frequency(t, c - 1)) {
            c++;
        }
        return c >= before;
    }

    /** The cells in the order of the slot axis, from its definition. */
    private static int[] cellsInOrder(CdfTables tables, int t) {
        int cells = tables.cells(t);
        List<Integer> halves = new ArrayList<>(IntStream.range(0, cells).boxed().toList());
        if (!unimodal(tables, t)) {
            halves.sort((a, b) -> Integer.compare(tables.frequency(t, a), tables.frequency(t, b))); // stable
            List<Integer> second = halves.subList((cells + 1) / 2, cells);
            halves = new ArrayList<>(halves.subList(0, (cells + 1) / 2));
            halves.addAll(second.reversed());
        }
        int[] order = new int[cells];
        for (int j = 0; j < cells; j++) {
            order[j] = halves.get(j % 2 == 0 ? j / 2 : (cells + 1) / 2 + j / 2);
        }
        return order;
    }

    private static void check(boolean holds, String what, int table, int index) {
        if (!holds) {
            throw new AssertionError(what + ": table=" + table + " index=" + index);
        }
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void everySlotIsFoundAtItsCell(int precision) {
        for (RansTables ready : tableSets(precision)) {
            CdfTables tables = ready.tables();
            for (int t = 0; t < tables.count(); t++) {
                int[] order = cellsInOrder(tables, t);
                int slot = 0;
                for (int position = 0; position < order.length; position++) {
                    int cell = order[position];
                    int frequency = tables.frequency(t, cell);
                    check(ready.cell(t, position) == cell, "cell", t, position);
                    check(ready.bound(t, position) == slot, "bound", t, position);
                    int row = ready.rows()[ready.rowBase(t) + cell];
                    check(row >>> 16 == slot && (row & 0xffff) + 1 == frequency, "row", t, position);
                    for (int end = slot + frequency; slot < end; slot++) {
                        check(ready.position(t, slot) == position, "slot", t, slot);
                    }
                }
                check(ready.bound(t, order.length) == 1 << precision, "last bound", t, order.length);
                assertThat(slot).isEqualTo(1 << precision);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void everyNarrowBucketHoldsTheBoundsOfAtMostThreeCells(int precision) {
        for (RansTables ready : tableSets(precision)) {
            CdfTables tables = ready.tables();
            for (int t = 0; ready.narrow() && t < tables.count(); t++) {
                int descriptor = ready.descriptor(t);
                int shift = NarrowBuckets.sizeBits(descriptor);
                int buckets = 1 << precision - shift;
                if (tables.cells(t) <= 3) {
                    assertThat(buckets).isEqualTo(1);
                } else {
                    int wanted = Math.max(8, (tables.cells(t) + 1) / 2);
                    assertThat(buckets).isGreaterThanOrEqualTo(Math.min(wanted, 1 << precision));
                }
                int firstEntry = NarrowBuckets.first(descriptor);
                assertThat(descriptor)
                        .isEqualTo(NarrowBuckets.descriptor((tables.cells(t) + 1) / 2, firstEntry, shift));
                for (int b = 0; b < buckets; b++) {
                    int first = ready.position(t, b << shift);
                    int last = ready.position(t, (b + 1 << shift) - 1);
                    check(last - first < 3, "bucket", t, b);
                    int entry = 2 * (firstEntry + b);
                    int low = ready.buckets()[entry];
                    int high = ready.buckets()[entry + 1];
                    check((low & 0x1fff) == bound(ready, t, first), "first bound", t, b);
                    check((low >>> 13 & 0x1fff) == bound(ready, t, first + 1), "second bound", t, b);
                    check((high & 0x1fff) == bound(ready, t, first + 2), "third bound", t, b);
                    check((high >>> 13 & 0x1fff) == bound(ready, t, first + 3), "fourth bound", t, b);
                    check((low >>> 26 | high >>> 26 << 6) == first + 2, "position of the third", t, b);
                }
            }
        }
    }

    private static int bound(RansTables ready, int table, int position) {
        return ready.bound(table, Math.min(position, ready.tables().cells(table)));
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void entriesAreNarrowWhereTheyHoldTheTables(int precision) {
        List<RansTables> sets = tableSets(precision);
        assertThat(sets.get(0).narrow()).isEqualTo(1 << precision <= NARROW_CELLS);
        assertThat(sets.get(1).narrow()).isEqualTo(precision <= NARROW_PRECISION);
        RansTables unimodal =
                RansTables.of(tables(precision, List.of(new int[] {1 << precision}, bimodal(precision, 2))));
        assertThat(unimodal.hasBucketKernel()).isEqualTo(precision <= NARROW_PRECISION);
        if (precision >= 4) {
            assertThat(sets.get(1).hasBucketKernel()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void aSteadyStateDecodesToTheLikeliestCell(int precision) {
        for (RansTables ready : tableSets(precision)) {
            CdfTables tables = ready.tables();
            for (int t = 0; t < tables.count(); t++) {
                int likeliest = 0;
                for (int c = 1; c < tables.cells(t); c++) {
                    likeliest = tables.frequency(t, c) > tables.frequency(t, likeliest) ? c : likeliest;
                }
                assertThat(ready.origin(t)).isEqualTo(ready.rows()[ready.rowBase(t) + likeliest] >>> 16);
                int end = (int) ready.steady()[t];
                int frequency = tables.frequency(t, likeliest);
                if (likeliest == ready.last(t)) {
                    assertThat(end).isZero();
                    continue;
                }
                assertThat((int) (ready.steady()[t] >>> 32)).isEqualTo(tables.offset(t) + likeliest);
                assertThat(end == -1).isEqualTo(frequency == 1 << precision);
                // The start state stays on a cell of more than half.
                assertThat(Integer.compareUnsigned(end, RansFormat.START) > 0)
                        .isEqualTo(2 * frequency > 1 << precision);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void expectedCostIsTheEntropy(int precision) {
        RansTables ready = tableSets(precision).getFirst();
        CdfTables tables = ready.tables();
        for (int t = 0; t < tables.count(); t++) {
            double entropy = 0;
            for (int c = 0; c < tables.cells(t); c++) {
                double mass = Math.scalb((double) tables.frequency(t, c), -precision);
                entropy -= mass * Math.log(mass) / Math.log(2);
            }
            // log2 is rounded down, and so is the sum, to 2^-16 bit.
            assertThat(ready.expected()[t] / 65536.0).isBetween(entropy - 1.001 / 65536, entropy + 1.001 / 65536);
        }
    }

    @Test
    void log2IsRoundedDown() {
        for (int f = 1; f <= 1 << 16; f++) {
            double exact = Math.log(f) / Math.log(2) * 65536;
            int log2 = RansTables.log2(f);
            check(log2 > exact - 1 - 1e-6 && log2 < exact + 1e-6, "log2", 0, f);
        }
        for (int k = 0; k <= 16; k++) {
            assertThat(RansTables.log2(1 << k)).isEqualTo(k << 16);
        }
    }

    // ---- memory and time

    /** The tables of normal priors from narrow to wide at 15 noise levels. */
    private static CdfTables normals(double from, double to, int channels) {
        double[] scale = new double[channels];
        Arrays.setAll(scale, i -> from * Math.pow(to / from, i / (channels - 1.0)));
        NoisyNormal prior = NoisyNormal.of(Shape.of(channels), new double[channels], scale);
        return CdfTableBuilder.build(prior, 15, 1.0 / 256, 12, ElementType.FLOAT32);
    }

    @Test
    void bucketsOfNormalsTakeSevenAndAHalfBytesACellInAll() {
        RansTables ready = RansTables.of(normals(0.11, 64, 192));
        CdfTables tables = ready.tables();
        assertThat(ready.hasBucketKernel()).isTrue();
        long bytes = 0;
        for (int t = 0; t < tables.count(); t++) {
            int buckets = 1 << 12 - NarrowBuckets.sizeBits(ready.descriptor(t));
            int least = tables.cells(t) <= 3 ? 8 : Math.max(64, 4 * tables.cells(t));
            assertThat(8 * buckets).isGreaterThanOrEqualTo(least);
            bytes += Math.max(128, 8L * buckets);
        }
        assertThat(4L * (ready.buckets().length - Kernels.PADDING)).isEqualTo(bytes);
        assertThat(tables.totalCells()).isEqualTo(177_356);
        assertThat(bytes / (double) tables.totalCells()).isBetween(7.4, 7.5);
        assertThat(ready.rows().length).isEqualTo(tables.totalCells() + Kernels.PADDING);
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void bucketsTakeAtMostFourBytesASlot(int precision) {
        for (RansTables ready : tableSets(precision)) {
            long slots = (long) ready.tables().count() << precision;
            long least = 128L * ready.tables().count();
            int padding = ready.narrow() ? Kernels.PADDING : 0; // once for all tables
            assertThat(4L * (ready.buckets().length - padding)).isLessThanOrEqualTo(Math.max(least, 4 * slots));
        }
    }

    /** Five cells may ask for half as many buckets as there are slots. */
    @Test
    void tablesOfMoreThanAGibibyteOfBucketsAreRefusedBeforeTheyTakeIt() {
        CdfTables tables = tables(16, Collections.nCopies((1 << 13) + 1, new int[] {1, 1, 1, 1, 65_532}));

        assertThatThrownBy(() -> RansTables.of(tables))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the tables must take at most 2^28 buckets: buckets=268468224 tables=8193 precision=16");
    }

    @Test
    void manyTablesAreCountedFirstAndAsGoodAsFew() {
        int[] few = {1, 1, 1, 1, 4092};
        RansTables one = RansTables.of(tables(12, List.of(few)));
        RansTables small = RansTables.of(tables(12, Collections.nCopies(9000, new int[] {4096})));
        RansTables large = RansTables.of(tables(12, Collections.nCopies(9000, few)));

        assertThat(small.narrow()).isTrue();
        assertThat(large.narrow()).as("2^11 buckets for each are too many").isFalse();
        for (int slot = 0; slot < 1 << 12; slot++) {
            assertThat(large.position(8999, slot)).isEqualTo(one.position(0, slot));
            assertThat(small.position(8999, slot)).isZero();
        }
    }

    /** A loose bound, since the machine may be busy; the benchmarks measure it. */
    @Test
    void aThousandTablesAreReadyWithinMilliseconds() {
        SplittableRandom random = new SplittableRandom(1);
        List<int[]> frequencies = new ArrayList<>();
        for (int t = 0; t < 1000; t++) {
            int[] f = random(12, 20, 1, random);
            Arrays.sort(f);
            frequencies.add(f);
        }
        CdfTables tables = tables(12, frequencies);
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 200; i++) {
            long start = System.nanoTime();
            RansTables ready = RansTables.of(tables);
            least = Math.min(least, System.nanoTime() - start);
            assertThat(ready.hasBucketKernel()).isTrue();
        }
        assertThat(least).as("nanoseconds for 1000 tables of 20 cells").isLessThan(10_000_000);
    }

    @Test
    void rangesHoldWhatFitsBesideTheCellsAndKernelsTakeThoseAlone() {
        int[] cdf = {-2, 0, 1, 2, 3, 4}; // four cells, the last for overflow: three bits
        for (int first : new int[] {0, -1, 7, (1 << 28) - 1, -(1 << 28)}) {
            RansTables tables = RansTables.of(CdfTables.of(cdf, new int[] {first}));
            assertThat(tables.hasRanges()).isTrue();
            assertThat(tables.hasBucketKernel()).isTrue();
            assertThat(range(tables, 0) >> tables.cellBits()).isEqualTo(first);
            assertThat(range(tables, 0) & (1 << tables.cellBits()) - 1).isEqualTo(3);
        }
        for (int first : new int[] {1 << 28, -(1 << 28) - 1, Integer.MAX_VALUE - 3, Integer.MIN_VALUE + 1}) {
            RansTables tables = RansTables.of(CdfTables.of(cdf, new int[] {first}));
            assertThat(tables.hasRanges()).isFalse();
            assertThat(tables.hasKernel()).isFalse();
        }
    }

    private static int range(RansTables tables, int table) {
        int[] range = new int[1];
        tables.lookUpRows(new int[] {table}, 0, 1, new int[1], range);
        return range[0];
    }
}
