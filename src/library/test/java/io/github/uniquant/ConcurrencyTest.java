package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One model, used by many threads at once. */
class ConcurrencyTest {
    private static final int THREADS = 8;
    private static final int CHANNELS = 8;
    private static final int ROUNDS = 2;
    private static final int[] ROWS = {1, 30, 60, 90, 250, 600};

    private static Shape shape(int rows) {
        return Shape.of(5, rows, CHANNELS);
    }

    private static Stream<Arguments> kindsFormatsAndDithers() {
        return Stream.of(AnyModel.Kind.values())
                .flatMap(kind -> kind.formats()
                        .flatMap(format -> Stream.of(Dither.tfc(), Dither.seed(2, 0))
                                .map(dither -> Arguments.of(kind, format, dither))));
    }

    /** The shared model meets every shape for the first time in several threads at once; the expected has met them alone. */
    @ParameterizedTest
    @MethodSource("kindsFormatsAndDithers")
    void aModelGivesTheSameToAllThreads(AnyModel.Kind kind, CoderFormat format, Dither dither) throws Exception {
        AnyModel.Options options = new AnyModel.Options(Shape.of(CHANNELS), 2, format, dither, ElementType.FLOAT32);
        AnyModel alone = AnyModel.of(kind, options);
        AnyModel shared = AnyModel.of(kind, options);
        List<Tensor> tensors = Arrays.stream(ROWS)
                .mapToObj(rows -> alone.draw(shape(rows), rows))
                .toList();
        List<BitStrings> strings = tensors.stream().map(alone::compress).toList();
        List<Tensor> decoded = new ArrayList<>();
        for (int s = 0; s < ROWS.length; s++) {
            decoded.add(alone.decompress(strings.get(s), shape(ROWS[s])));
        }
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int first = t % 2;
                Callable<Integer> task = () -> {
                    start.await();
                    int checked = 0;
                    for (int i = 0; i < ROUNDS * ROWS.length; i++, checked++) {
                        int s = (first + i) % ROWS.length;
                        assertThat(shared.compress(tensors.get(s))).isEqualTo(strings.get(s));
                        assertThat(shared.decompress(strings.get(s), shape(ROWS[s])))
                                .isEqualTo(decoded.get(s));
                    }
                    return checked;
                };
                results.add(executor.submit(task));
            }
            start.countDown();
            for (Future<Integer> result : results) {
                assertThat(result.get()).isEqualTo(ROUNDS * ROWS.length);
            }
        }
    }

    // ---- the cache of layouts

    private static final int CACHED_ELEMENTS = 1 << 22;

    private static DitherLayouts layouts(Dither dither) {
        return new DitherLayouts(dither, 15, CHANNELS, ElementType.FLOAT32, null, null);
    }

    private static UnitLayout shared(DitherLayouts layouts, int elements) {
        return Objects.requireNonNull(layouts.source(elements).shared());
    }

    @Test
    void layoutsOfTheLastUnitSizesAreKept() {
        DitherLayouts layouts = layouts(Dither.tfc());
        int quarter = CACHED_ELEMENTS / 4;
        UnitLayout[] made = new UnitLayout[6];
        for (int i = 0; i < 4; i++) {
            made[i] = shared(layouts, quarter - i);
        }
        assertThat(shared(layouts, quarter)).isSameAs(made[0]); // used now, so 1 is the eldest
        made[4] = shared(layouts, quarter - 4);
        assertThat(shared(layouts, quarter)).isSameAs(made[0]);
        assertThat(shared(layouts, quarter - 2)).isSameAs(made[2]);
        assertThat(shared(layouts, quarter - 3)).isSameAs(made[3]);
        assertThat(shared(layouts, quarter - 4)).isSameAs(made[4]);
        UnitLayout again = shared(layouts, quarter - 1);
        assertThat(again).isNotSameAs(made[1]);
        assertThat(again.tables).isEqualTo(made[1].tables);
        assertThat(again.floatOffsets).isEqualTo(made[1].floatOffsets);
    }

    /** Plans of short units copy tables, many times what the rest of a layout takes. */
    @Test
    void tablesThatPlansCopyCountAsWell() {
        int channels = 2000;
        double[] scales = new double[channels];
        Arrays.fill(scales, 20);
        CdfTables tables = UniversalBatchedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(channels), new double[channels], scales))
                .codingRank(1)
                .compression(true)
                .build()
                .tables();
        DitherLayouts layouts =
                new DitherLayouts(Dither.tfc(), 15, channels, ElementType.FLOAT32, RansTables.of(tables), null);
        UnitLayout first = shared(layouts, channels);
        long weight = first.weight();
        assertThat(weight).isGreaterThan(10 * channels);
        int others = (int) (CACHED_ELEMENTS / weight);
        for (int i = 1; i < others; i++) {
            assertThat(shared(layouts, channels - i).weight()).isBetween(weight * 9 / 10, weight);
        }
        assertThat(shared(layouts, channels)).isSameAs(first);
        for (int i = 1; i <= others + others / 8; i++) {
            shared(layouts, channels - i);
        }
        assertThat(shared(layouts, channels)).isNotSameAs(first);
    }

    @Test
    void aLayoutBeyondTheBoundIsNotKeptAndDropsNoOther() {
        DitherLayouts layouts = layouts(Dither.tfc());
        UnitLayout small = shared(layouts, 100);
        UnitLayout large = shared(layouts, CACHED_ELEMENTS + 1);
        assertThat(shared(layouts, CACHED_ELEMENTS + 1)).isNotSameAs(large);
        assertThat(shared(layouts, 100)).isSameAs(small);
        UnitLayout whole = shared(layouts, CACHED_ELEMENTS);
        assertThat(shared(layouts, CACHED_ELEMENTS)).isSameAs(whole);
        assertThat(shared(layouts, 100)).isNotSameAs(small);
    }

    @Test
    void unitsWithADitherOfTheirOwnShareNoLayout() {
        UnitLayout.Source source = layouts(Dither.seed(1, 0)).source(64);
        assertThat(source.shared()).isNull();
        int[] first = source.of(0).tables.clone();
        assertThat(source.of(1).tables).isNotEqualTo(first);
        assertThat(source.of(0).tables).isEqualTo(first);
    }
}
