package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
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
    private static final int[] ROWS = {1, 30, 60, 90, 250, 600};

    private static UniversalBatchedEntropyModel model(CoderFormat format, Dither dither) {
        double[] scale = new double[CHANNELS];
        Arrays.setAll(scale, i -> 0.3 + i);
        return UniversalBatchedEntropyModel.builder(NoisyLogistic.of(Shape.of(CHANNELS), new double[CHANNELS], scale))
                .codingRank(2)
                .compression(true)
                .coder(format)
                .dither(dither)
                .build();
    }

    private static Tensor draw(int rows) {
        SplittableRandom random = new SplittableRandom(rows);
        float[] values = new float[5 * rows * CHANNELS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * 3);
        }
        return Tensor.of(Shape.of(5, rows, CHANNELS), values);
    }

    private static Stream<Arguments> formatsAndDithers() {
        return Stream.of(CoderFormat.values())
                .flatMap(format ->
                        Stream.of(Dither.tfc(), Dither.seed(2, 0)).map(dither -> Arguments.of(format, dither)));
    }

    /** The shared model meets every shape for the first time in several threads at once; the expected has met them alone. */
    @ParameterizedTest
    @MethodSource("formatsAndDithers")
    void aModelGivesTheSameToAllThreads(CoderFormat format, Dither dither) throws Exception {
        UniversalBatchedEntropyModel alone = model(format, dither);
        UniversalBatchedEntropyModel shared = model(format, dither);
        List<Tensor> tensors =
                Arrays.stream(ROWS).mapToObj(ConcurrencyTest::draw).toList();
        List<BitStrings> strings = tensors.stream().map(alone::compress).toList();
        List<Tensor> decoded = new ArrayList<>();
        for (int s = 0; s < ROWS.length; s++) {
            decoded.add(alone.decompress(strings.get(s), Shape.of(ROWS[s])));
        }
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int first = t % 2;
                Callable<Integer> task = () -> {
                    start.await();
                    int checked = 0;
                    for (int i = 0; i < 10 * ROWS.length; i++, checked++) {
                        int s = (first + i) % ROWS.length;
                        assertThat(shared.compress(tensors.get(s))).isEqualTo(strings.get(s));
                        assertThat(shared.decompress(strings.get(s), Shape.of(ROWS[s])))
                                .isEqualTo(decoded.get(s));
                    }
                    return checked;
                };
                results.add(executor.submit(task));
            }
            start.countDown();
            for (Future<Integer> result : results) {
                assertThat(result.get()).isEqualTo(10 * ROWS.length);
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
