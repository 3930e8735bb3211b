package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.range.RangeEncoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyPrior;
import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What indexes select, and what universal and location-scale models do beside it. */
class IndexedEntropyModelTest {
    private static final int[] RANGES = {3, 2, 4};
    private static final PriorFn NORMAL =
            indexes -> NoisyNormal.of(indexes.map(i -> i[0] - 0.75 * i[1]), indexes.map(i -> 0.4 + i[1] + 1.5 * i[2]));

    private static ContinuousIndexedEntropyModel.Builder builder(PriorFn priorFn, int... ranges) {
        return ContinuousIndexedEntropyModel.builder(priorFn, ranges)
                .codingRank(2)
                .compression(true);
    }

    private static Tensor normal(Shape shape, double scale, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return Tensor.of(shape, values);
    }

    private static Tensor indexes(Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] values = new int[3 * (int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(RANGES[i % 3]);
        }
        return Tensor.of(shape.concat(Shape.of(3)), values);
    }

    // ---- tables

    /** Rows and symbols by the definitions, one element at a time, through the bare coders. */
    @ParameterizedTest
    @EnumSource(value = CoderFormat.class, names = "RANS_FREE", mode = EnumSource.Mode.EXCLUDE)
    void anElementHasTheTableOfItsTuple(CoderFormat format) {
        Shape shape = Shape.of(3, 50, 7);
        Tensor y = normal(shape, 4, 1);
        Tensor indexes = indexes(shape, 2);
        ContinuousIndexedEntropyModel continuous =
                builder(NORMAL, RANGES).coder(format).build();
        UniversalIndexedEntropyModel universal = UniversalIndexedEntropyModel.builder(NORMAL, RANGES)
                .codingRank(2)
                .compression(true)
                .coder(format)
                .numNoiseLevels(7)
                .build();
        assertThat(continuous.tables().count()).isEqualTo(24);
        assertThat(universal.tables().count()).isEqualTo(7 * 24);
        int[] levels = new int[y.size()];
        Dither.tfc().levels(0, 0, levels.length, 7, levels, 0);
        for (int u = 0; u < 3; u++) {
            int[] rows = new int[350];
            int[] symbols = new int[350];
            int[] universalRows = new int[350];
            int[] universalSymbols = new int[350];
            for (int i = 0; i < 350; i++) {
                int e = u * 350 + i;
                rows[i] = (indexes.ints()[3 * e] * 2 + indexes.ints()[3 * e + 1]) * 4 + indexes.ints()[3 * e + 2];
                symbols[i] = Math.toIntExact(Math.round(Math.rint(y.floats()[e])));
                universalRows[i] = levels[e] * 24 + rows[i];
                float offset = (float) ((levels[e] + 1) / 8.0 - 0.5);
                universalSymbols[i] = Math.toIntExact(Math.round(Math.rint(y.floats()[e] - offset)));
            }
            assertThat(continuous.compress(y, indexes).get(u)).isEqualTo(string(continuous, rows, symbols));
            assertThat(universal.compress(y, indexes).get(u))
                    .isEqualTo(string(universal, universalRows, universalSymbols));
        }
    }

    private static byte[] string(EntropyModel model, int[] rows, int[] symbols) {
        byte[] out = new byte[10_000];
        int length = model.coder() == CoderFormat.RANS
                ? new RansEncoder(RansTables.of(model.tables()))
                        .encode(symbols, 0, rows, 0, rows.length, out, 0, out.length)
                : new RangeEncoder(model.tables()).encode(symbols, 0, rows, 0, rows.length, out, 0, out.length);
        return Arrays.copyOf(out, length);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 2, 3, -2, -3, -4})
    void theChannelAxisMayBeAnyAxis(int channelAxis) {
        Shape shape = Shape.of(3, 20, 5);
        Tensor y = normal(shape, 4, 3);
        Tensor last = indexes(shape, 4);
        ContinuousIndexedEntropyModel byLast = builder(NORMAL, RANGES).build();
        ContinuousIndexedEntropyModel byAxis =
                builder(NORMAL, RANGES).channelAxis(channelAxis).build();
        assertThat(byAxis.channelAxis()).hasValue(channelAxis);
        int axis = channelAxis < 0 ? 4 + channelAxis : channelAxis;
        Tensor moved = withChannelAt(axis, shape, last);
        BitStrings strings = byLast.compress(y, last);
        assertThat(byAxis.compress(y, moved)).isEqualTo(strings);
        assertThat(byAxis.decompress(strings, moved)).isEqualTo(byLast.decompress(strings, last));
        AnyModel.assertSameEstimate(byAxis.call(y, moved, Training.FALSE), byLast.call(y, last, Training.FALSE));
        ContinuousIndexedEntropyModel rebuilt =
                ContinuousIndexedEntropyModel.fromConfig(byAxis.getConfig(), byAxis.getWeights());
        assertThat(rebuilt.compress(y, moved)).isEqualTo(strings);
    }

    private static Tensor withChannelAt(int axis, Shape shape, Tensor last) {
        Shape movedShape = shape.leading(axis).concat(Shape.of(3)).concat(shape.trailing(shape.rank() - axis));
        int inner = (int) shape.trailing(shape.rank() - axis).elements();
        int[] moved = new int[last.size()];
        for (int e = 0; e < shape.elements(); e++) {
            for (int c = 0; c < 3; c++) {
                moved[(e / inner * 3 + c) * inner + e % inner] = last.ints()[3 * e + c];
            }
        }
        return Tensor.of(movedShape, moved);
    }

    @Test
    void aSingleRangeNeedsNoChannelAxis() {
        PriorFn scales = indexes -> NoisyNormal.of(indexes.map(i -> 0), indexes.map(i -> 1 + i[0]));
        ContinuousIndexedEntropyModel plain = builder(scales, 5).noChannelAxis().build();
        ContinuousIndexedEntropyModel channelled = builder(scales, 5).build();
        assertThat(plain.channelAxis()).isEmpty();
        Shape shape = Shape.of(4, 6);
        int[] indexes = new int[24];
        Arrays.setAll(indexes, i -> i % 5);
        Tensor y = normal(shape, 3, 5);
        BitStrings strings = plain.compress(y, Tensor.of(shape, indexes));
        assertThat(channelled.compress(y, Tensor.of(Shape.of(4, 6, 1), indexes)))
                .isEqualTo(strings);
        ContinuousIndexedEntropyModel rebuilt =
                ContinuousIndexedEntropyModel.fromConfig(plain.getConfig(), plain.getWeights());
        assertThat(rebuilt.channelAxis()).isEmpty();
        assertThat(rebuilt.decompress(strings, Tensor.of(shape, indexes)))
                .isEqualTo(plain.decompress(strings, Tensor.of(shape, indexes)));
        assertThatThrownBy(() -> builder(NORMAL, RANGES).noChannelAxis())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("indexRanges=(3, 2, 4)");
    }

    @Test
    void indexesAreClippedAndForCodingCutToIntegers() {
        Shape shape = Shape.of(10, 4);
        Tensor y = normal(shape, 3, 6);
        double[] wild = new double[120];
        int[] tame = new int[120];
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < wild.length; i++) {
            wild[i] = random.nextInt(-6, 12) * 0.5;
            tame[i] = (int) Math.clamp(wild[i], 0.0, RANGES[i % 3] - 1.0);
        }
        wild[0] = 1e300;
        tame[0] = 2;
        wild[3] = -1e300;
        tame[3] = 0;
        ContinuousIndexedEntropyModel model = builder(NORMAL, RANGES).build();
        Tensor indexes = Tensor.of(Shape.of(10, 4, 3), wild);
        Tensor whole = Tensor.of(Shape.of(10, 4, 3), tame);
        BitStrings strings = model.compress(y, whole);
        assertThat(model.compress(y, indexes)).isEqualTo(strings);
        assertThat(model.decompress(strings, indexes)).isEqualTo(model.decompress(strings, whole));
        for (ElementType type : new ElementType[] {ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.FLOAT32}) {
            assertThat(model.compress(y, whole.to(type))).isEqualTo(strings);
        }
        int[] far = tame.clone();
        far[0] = Integer.MAX_VALUE;
        far[3] = Integer.MIN_VALUE;
        assertThat(model.compress(y, Tensor.of(Shape.of(10, 4, 3), far))).isEqualTo(strings);
    }

    /** The last index of a large range is no float, and the float next to it may be larger. */
    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16", "INT32"})
    void indexesBeyondARangeThatIsNoFloatAreClippedToIt(ElementType type) {
        Tensor indexes = Tensor.of(Shape.of(2, 2), 0, 1 << 30, 1, 3).to(type);
        int range = (1 << 24) + 4;
        int[] rows = new int[2];
        Indexes.of(indexes, Shape.of(2, range), -1, ElementType.FLOAT32, false).rows(0, 2, rows);
        assertThat(rows).containsExactly(range - 1, range + 3);
        Indexes.of(indexes, Shape.of(2, range), 0, ElementType.FLOAT32, false).rows(0, 2, rows);
        assertThat(rows).containsExactly(1, range + 3);
    }

    @Test
    void estimatesTakeIndexesAsTheyAreButClipped() {
        PriorFn scales = indexes -> NoisyNormal.of(indexes.map(i -> 0), indexes.map(i -> 1 + i[0]));
        ContinuousIndexedEntropyModel model =
                builder(scales, 5).noChannelAxis().laplaceTailMass(1e-3).build();
        Tensor y = Tensor.of(Shape.of(1, 3), 0f, 1f, -7f);
        RateEstimate estimate =
                model.call(y, Tensor.of(Shape.of(1, 3), 0.5, 9, -3), Tensor.zeros(ElementType.FLOAT32, y.shape()));
        Prior prior = NoisyNormal.of(Shape.of(3), new double[3], new double[] {1.5, 5, 1});
        double expected = 0;
        Prior laplace = io.github.uniquant.prior.NoisyLaplace.of(Shape.scalar(), new double[1], new double[] {1});
        for (int i = 0; i < 3; i++) {
            double mixture = 0.999 * prior.prob(i, y.get(i)) + 0.001 * laplace.prob(0, y.get(i));
            expected -= Math.log(mixture) / Math.log(2);
        }
        assertThat(estimate.totalBits()).isCloseTo(expected, within(1e-5));
        assertThat(estimate.perturbed()).isEqualTo(y);
    }

    @Test
    void indexesThatDoNotFitAreRefused() {
        ContinuousIndexedEntropyModel model = builder(NORMAL, RANGES).build();
        Shape shape = Shape.of(2, 4, 5);
        Tensor y = normal(shape, 1, 8);
        BitStrings strings = model.compress(y, indexes(shape, 9));
        for (Shape other : new Shape[] {Shape.of(2, 5, 4), Shape.of(4, 5), Shape.of(3, 4, 5)}) {
            Tensor misfit = indexes(other, 9);
            assertThatThrownBy(() -> model.compress(y, misfit))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("shape=(2, 4, 5) channelAxis=-1");
            assertThatThrownBy(() -> model.call(y, misfit, Training.FALSE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("shape=(2, 4, 5) channelAxis=-1");
        }
        assertThatThrownBy(() -> model.decompress(strings, indexes(Shape.of(3, 4, 5), 9)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(3, 4, 5) strings=(2,) codingRank=2");
        assertThatThrownBy(() -> model.decompress(strings, indexes(Shape.of(4, 5), 9)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("strings=(2,) codingRank=2");
        Tensor twoChannels = Tensor.zeros(ElementType.INT32, Shape.of(2, 4, 5, 2));
        assertThatThrownBy(() -> model.compress(y, twoChannels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one channel for each index range: shape=(2, 4, 5, 2)")
                .hasMessageContaining("indexRanges=(3, 2, 4)");
        Tensor broken = indexes(shape, 9).to(ElementType.FLOAT32);
        for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            broken.floats()[77] = bad;
            assertThatThrownBy(() -> model.compress(y, broken))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("every index must be finite: position=77");
            assertThatThrownBy(() -> model.decompress(strings, broken))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("position=77");
        }
    }

    /** A model that estimates alone has no tables, of which there would be one for each level. */
    @Test
    void noiseLevelsTakeNoMemoryEach() {
        int levels = Dither.MAX_NOISE_LEVELS;
        Tensor y = normal(Shape.of(2, 40), 4, 1);
        Tensor indexes = indexes(y.shape(), 2);
        Tensor[] perturbed = new Tensor[1];
        long allocated = Allocations.ofWarmCalls(1, 1, 0, i -> {
            UniversalIndexedEntropyModel model = UniversalIndexedEntropyModel.builder(NORMAL, RANGES)
                    .codingRank(1)
                    .numNoiseLevels(levels)
                    .build();
            perturbed[0] = model.call(y, indexes, Training.FALSE).perturbed();
        });
        assertThat(allocated).as("bytes").isLessThan(levels);
        int[] drawn = new int[80];
        Dither.tfc().levels(0, 0, 80, levels, drawn, 0);
        for (int i = 0; i < 80; i++) {
            float offset = (float) NoiseOffsets.offset(drawn[i], levels);
            assertThat(perturbed[0].floats()[i]).isEqualTo((float) Math.rint(y.floats()[i] - offset) + offset);
        }
    }

    // ---- priors

    @Test
    void lookingUpGivesWhatTheFunctionGives() {
        Shape shape = Shape.of(2, 30, 4);
        Tensor y = normal(shape, 3, 10);
        Tensor indexes = indexes(shape, 11);
        ContinuousIndexedEntropyModel function = builder(NORMAL, RANGES).build();
        ContinuousIndexedEntropyModel lookUp = ContinuousIndexedEntropyModel.builder(function.prior())
                .codingRank(2)
                .compression(true)
                .build();
        assertThat(function.hasPriorFn()).isTrue();
        assertThat(lookUp.hasPriorFn()).isFalse();
        assertThat(lookUp.indexRanges()).isEqualTo(RANGES);
        assertThat(lookUp.compress(y, indexes)).isEqualTo(function.compress(y, indexes));
        AnyModel.assertSameEstimate(lookUp.call(y, indexes, Training.FALSE), function.call(y, indexes, Training.FALSE));
        Tensor half = indexes.to(ElementType.FLOAT32);
        half.floats()[5] = 0.5f;
        assertThat(function.call(y, half, Training.FALSE).totalBits()).isPositive();
        assertThatThrownBy(() -> lookUp.call(y, half, Training.FALSE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be an integer where the model has no PriorFn: element=1 index=0.5");
    }

    @Test
    void mixturesHaveComponentsOfTheirTuples() {
        PriorFn mixture = indexes -> NoisyLogisticMixture.of(
                indexes.map(2, i -> new double[] {i[0] - 5, i[1] - 5}),
                indexes.map(2, i -> new double[] {1, 1}),
                indexes.map(2, i -> new double[] {(i[2] + 1) / 6, 1 - (i[2] + 1) / 6}));
        ContinuousIndexedEntropyModel model = builder(mixture, 10, 10, 5).build();
        assertThat(model.prior().shape()).isEqualTo(Shape.of(10, 10, 5));
        assertThat(model.prior().prob(417, 2))
                .isCloseTo(mixture(8 - 5, 3 - 5, 3 / 6.0).prob(0, 2), within(1e-6));
        ContinuousIndexedEntropyModel rebuilt =
                ContinuousIndexedEntropyModel.fromConfig(model.getConfig(), model.getWeights());
        Shape shape = Shape.of(20, 3);
        Tensor y = normal(shape, 5, 12);
        Tensor indexes = indexes(shape, 13);
        AnyModel.assertSameEstimate(rebuilt.call(y, indexes, Training.FALSE), model.call(y, indexes, Training.FALSE));
        assertThat(rebuilt.decompress(model.compress(y, indexes), indexes))
                .isEqualTo(model.decompress(model.compress(y, indexes), indexes));
        assertThatThrownBy(() -> builder(
                                indexes1 -> {
                                    indexes1.map(2, i -> new double[3]);
                                    return NORMAL.of(indexes1);
                                },
                                3,
                                3,
                                3)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("values=3 components=2");
    }

    private static Prior mixture(double first, double second, double weight) {
        Shape shape = Shape.of(1, 2);
        return NoisyLogisticMixture.of(
                Tensor.of(shape, first, second), Tensor.of(shape, 1, 1.0), Tensor.of(shape, weight, 1 - weight));
    }

    @Test
    void anyFamilyOfTheLibraryIsGathered() {
        int[] elements = {2, 0, 2, 1, 1, 0};
        Prior normal = NoisyNormal.of(Shape.of(3), new double[] {0, 1, 2}, new double[] {1, 2, 3});
        Prior deep = NoisyDeepFactorized.initial(Shape.of(3), new int[] {3, 2}, 10, new SplittableRandom(2));
        for (Prior prior : new Prior[] {normal, NoisyRounded.of(normal), NoisyRounded.soft(deep, 3), deep}) {
            Prior gathered = Priors.gathered(prior, elements, Shape.of(2, 3));
            assertThat(gathered.family()).isEqualTo(prior.family());
            assertThat(gathered.shape()).isEqualTo(Shape.of(2, 3));
            for (int i = 0; i < elements.length; i++) {
                assertThat(gathered.logProb(i, 0.7)).isEqualTo(prior.logProb(elements[i], 0.7));
            }
        }
        assertThatThrownBy(() -> Priors.gathered(normal, elements, Shape.of(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("indexes=6 shape=(5,)");
        Shape four = Shape.of(1, 4);
        Tensor ones = Tensor.of(four, 1.0, 1, 1, 1);
        Prior mixture = NoisyLogisticMixture.of(ones, ones, Tensor.of(four, 0.25, 0.25, 0.25, 0.25));
        for (int index : new int[] {-1, 1, 1 << 30}) { // 2^30 elements of four components are 0 modulo 2^32
            assertThatThrownBy(() -> Priors.gathered(mixture, new int[] {0, index}, Shape.of(2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "an index must be that of an element of the prior: at=1 index=" + index + " elements=1");
        }
    }

    @Test
    void priorsThatDoNotFitAreRefused() {
        BaseDistribution base = NoisyNormal.of(Shape.of(3), new double[3], new double[] {1, 2, 3})
                .base();
        NoisyPrior own = NoisyPrior.of(base);
        assertThatThrownBy(() -> ContinuousIndexedEntropyModel.builder(own))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("family=user");
        ContinuousIndexedEntropyModel ofFunction =
                builder(indexes -> own, 3).noChannelAxis().build();
        Tensor y = normal(Shape.of(5, 2), 2, 14);
        Tensor indexes = Tensor.zeros(ElementType.INT32, Shape.of(5, 2));
        assertThat(ofFunction.decompress(ofFunction.compress(y, indexes), indexes))
                .isEqualTo(AnyModel.withoutNegativeZeros(ofFunction.quantize(y)));
        assertThatThrownBy(() -> ofFunction.call(y, indexes, Training.FALSE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("indexes=(5, 2) prior=(3,)");
        assertThatThrownBy(() -> builder(NORMAL)).hasMessageContaining("indexRanges=()");
        assertThatThrownBy(() -> builder(NORMAL, 3, 0, 4)).hasMessageContaining("indexRanges=(3, 0, 4)");
        assertThatThrownBy(() -> LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(2, 2), new double[4], new double[] {1, 1, 1, 1})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("priorShape=(2, 2)");
    }

    @Test
    void modelsOfTablesAloneCodeAndEstimateNothing() {
        ContinuousIndexedEntropyModel model = builder(NORMAL, RANGES).build();
        ContinuousIndexedEntropyModel ofTables = ContinuousIndexedEntropyModel.builder(model.tables(), RANGES)
                .codingRank(2)
                .build();
        Shape shape = Shape.of(8, 5);
        Tensor y = normal(shape, 3, 15);
        Tensor indexes = indexes(shape, 16);
        assertThat(ofTables.compress(y, indexes)).isEqualTo(model.compress(y, indexes));
        assertThatThrownBy(() -> ofTables.call(y, indexes, Training.FALSE)).isInstanceOf(IllegalStateException.class);
        ContinuousIndexedEntropyModel rebuilt =
                ContinuousIndexedEntropyModel.fromConfig(ofTables.getConfig(), ofTables.getWeights());
        assertThat(rebuilt.hasPrior()).isFalse();
        assertThat(rebuilt.compress(y, indexes)).isEqualTo(model.compress(y, indexes));
    }

    /** A prior of the user's own cannot be looked up, so the tables stand for it. */
    @Test
    void weightsOfAFunctionOfTheUsersOwnPriorGiveAModelOfTables() {
        Shape shape = Shape.of(8, 5);
        Tensor y = normal(shape, 3, 15);
        Tensor indexes =
                Tensor.of(shape, new SplittableRandom(16).ints(40, 0, 4).toArray());
        PriorFn own = of -> NoisyPrior.of(
                NoisyNormal.of(of.map(i -> 0), of.map(i -> 1 + i[0])).base());
        BiFunction<Tensor, Tensor, Prior> ownOfScale =
                (loc, scale) -> NoisyPrior.of(NoisyNormal.of(loc, scale).base());
        List<IndexedEntropyModel> models = List.of(
                ContinuousIndexedEntropyModel.builder(own, 4)
                        .noChannelAxis()
                        .codingRank(1)
                        .compression(true)
                        .build(),
                LocationScaleIndexedEntropyModel.builder(ownOfScale, 4, i -> 1 + i)
                        .codingRank(1)
                        .compression(true)
                        .build(),
                UniversalIndexedEntropyModel.builder(own, 4)
                        .codingRank(1)
                        .compression(true)
                        .build());
        for (IndexedEntropyModel model : models) {
            Tensor ownIndexes = model.channelAxis().isPresent() ? indexes.reshape(Shape.of(8, 5, 1)) : indexes;
            for (EntropyModel other : List.of(
                    model.setWeights(model.getWeights()),
                    EntropyModel.fromConfig(model.getConfig(), model.getWeights()))) {
                IndexedEntropyModel rebuilt = (IndexedEntropyModel) other;
                assertThat(rebuilt.hasPrior()).isFalse();
                assertThat(rebuilt.compress(y, ownIndexes)).isEqualTo(model.compress(y, ownIndexes));
                assertThat(rebuilt.getConfig()).isEqualTo(model.getConfig());
            }
        }
    }

    // ---- universal

    @Test
    void levelsAreDrawnForTheWholeTensorOrByTheUnitsNumber() {
        PriorFn wide = indexes -> NoisyNormal.of(indexes.map(i -> 0), indexes.map(i -> 9));
        UniversalIndexedEntropyModel.Builder builder =
                UniversalIndexedEntropyModel.builder(wide, 2).codingRank(1).compression(true);
        float[] twice = new float[800];
        SplittableRandom random = new SplittableRandom(17);
        for (int i = 0; i < 400; i++) {
            twice[i] = twice[i + 400] = (float) (9 * random.nextGaussian());
        }
        Tensor pair = Tensor.of(Shape.of(2, 400), twice);
        Tensor one = Tensor.of(Shape.of(400), Arrays.copyOf(twice, 400));
        Tensor indexes = Tensor.zeros(ElementType.INT32, Shape.of(2, 400, 1));
        Tensor indexesOfOne = Tensor.zeros(ElementType.INT32, Shape.of(400, 1));

        BitStrings tfc = builder.build().compress(pair, indexes);
        assertThat(tfc.get(0))
                .isEqualTo(builder.build().compress(one, indexesOfOne).get(0));
        assertThat(tfc.get(1)).isNotEqualTo(tfc.get(0));

        UniversalIndexedEntropyModel seeded = builder.dither(Dither.seed(3, 8)).build();
        BitStrings strings = seeded.compress(pair, indexes);
        assertThat(strings.get(1)).isNotEqualTo(strings.get(0));
        UniversalIndexedEntropyModel second = builder.dither(Dither.seed(3, 9)).build();
        assertThat(second.compress(one, indexesOfOne).get(0)).isEqualTo(strings.get(1));
    }

    // ---- location and scale

    @ParameterizedTest
    @EnumSource(value = CoderFormat.class, names = "RANS_FREE", mode = EnumSource.Mode.EXCLUDE)
    void codingAboutLocationsIsCodingWhatIsLeftOfThem(CoderFormat format) {
        double[] scales = {0.1, 1, 10};
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal::of, 3, i -> scales[(int) i])
                .codingRank(1)
                .compression(true)
                .coder(format)
                .build();
        assertThat(model.numScales()).isEqualTo(3);
        Shape shape = Shape.of(3, 40);
        Tensor loc = normal(shape, 20, 18);
        Tensor rest = normal(shape, 4, 19);
        float[] sum = new float[120];
        float[] left = new float[120];
        int[] index = new int[120];
        for (int i = 0; i < 120; i++) {
            sum[i] = loc.floats()[i] + rest.floats()[i];
            left[i] = sum[i] - loc.floats()[i];
            index[i] = i % 3;
        }
        Tensor y = Tensor.of(shape, sum);
        Tensor centred = Tensor.of(shape, left);
        Tensor indexes = Tensor.of(shape, index);
        BitStrings strings = model.compress(y, indexes, loc);
        assertThat(strings).isEqualTo(model.compress(centred, indexes));
        Tensor decoded = model.decompress(strings, indexes, loc);
        Tensor integers = model.decompress(strings, indexes);
        for (int i = 0; i < 120; i++) {
            assertThat(decoded.floats()[i]).isEqualTo(integers.floats()[i] + loc.floats()[i]);
        }
        assertThat(model.quantize(y, loc)).isEqualTo(decoded);
        RateEstimate estimate = model.call(y, indexes, loc, Training.FALSE);
        assertThat(estimate.perturbed()).isEqualTo(decoded);
        assertThat(estimate.bits())
                .isEqualTo(model.call(centred, indexes, Training.FALSE).bits());
        LocationScaleIndexedEntropyModel lookUp = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(3), new float[3], new float[] {0.1f, 1, 10}))
                .codingRank(1)
                .compression(true)
                .coder(format)
                .build();
        assertThat(lookUp.compress(y, indexes, loc)).isEqualTo(strings);
        LocationScaleIndexedEntropyModel ofTables = LocationScaleIndexedEntropyModel.builder(model.tables())
                .codingRank(1)
                .coder(format)
                .build();
        assertThat(ofTables.decompress(strings, indexes, loc)).isEqualTo(decoded);
    }

    /** Units that cost little and much, decoded side by side, in parallel and to a tensor of the caller's. */
    @ParameterizedTest
    @ValueSource(ints = {60, 700, 5000})
    void aBatchIsItsUnits(int elements) {
        int units = 7;
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(3), new float[3], new float[] {0.1f, 1, 30}))
                .codingRank(1)
                .compression(true)
                .build();
        Shape shape = Shape.of(units, elements);
        SplittableRandom random = new SplittableRandom(elements);
        int[] index = new int[units * elements];
        Arrays.setAll(index, i -> i / elements % 2 == 0 ? random.nextInt(3) : i / elements % 4 / 2);
        Tensor indexes = Tensor.of(shape, index);
        Tensor loc = normal(shape, 20, 31);
        float[] values = new float[units * elements];
        for (int i = 0; i < values.length; i++) {
            values[i] = loc.floats()[i] + (float) (random.nextGaussian() * Math.pow(12, index[i] - 1));
        }
        Tensor y = Tensor.of(shape, values);
        BitStrings strings = model.compress(y, indexes, loc);
        Tensor decoded = model.decompress(strings, indexes, loc);
        assertThat(decoded).isEqualTo(model.quantize(y, loc));
        Shape alone = Shape.of(elements);
        for (int u = 0; u < units; u++) {
            int from = u * elements;
            Tensor unit = Tensor.of(alone, Arrays.copyOfRange(values, from, from + elements));
            Tensor unitIndexes = Tensor.of(alone, Arrays.copyOfRange(index, from, from + elements));
            Tensor unitLoc = Tensor.of(alone, Arrays.copyOfRange(loc.floats(), from, from + elements));
            BitStrings string = model.compress(unit, unitIndexes, unitLoc);
            assertThat(string.get(0)).isEqualTo(strings.get(u));
            assertThat(model.decompress(string, unitIndexes, unitLoc).floats())
                    .isEqualTo(Arrays.copyOfRange(decoded.floats(), from, from + elements));
        }
        Tensor to = Tensor.zeros(ElementType.FLOAT32, shape);
        model.decompressTo(strings, indexes, loc, to);
        assertThat(to).isEqualTo(decoded);
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            assertThat(model.decompress(strings, indexes, loc, executor, 3)).isEqualTo(decoded);
            Tensor again = Tensor.zeros(ElementType.FLOAT32, shape);
            model.decompressTo(strings, indexes, loc, again, executor, 2);
            assertThat(again).isEqualTo(decoded);
            model.decompressTo(strings, indexes, again, executor, 4);
            assertThat(again).isEqualTo(model.decompress(strings, indexes));
        }
        Tensor other = Tensor.zeros(ElementType.FLOAT32, Shape.of(units, elements + 1));
        assertThatThrownBy(() -> model.decompressTo(strings, indexes, loc, other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=" + other.shape());
    }

    @Test
    void aDamagedStringAmongOthersIsNamed() {
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(2), new float[2], new float[] {1, 9}))
                .codingRank(1)
                .compression(true)
                .build();
        Shape shape = Shape.of(6, 400);
        int[] index = new int[2400];
        Arrays.setAll(index, i -> i % 2);
        Tensor indexes = Tensor.of(shape, index);
        BitStrings strings = model.compress(normal(shape, 4, 32), indexes);
        for (int u = 0; u < 6; u++) {
            int damaged = u;
            List<byte[]> list = IntStream.range(0, 6)
                    .mapToObj(i -> i == damaged ? Arrays.copyOf(strings.get(i), 40) : strings.get(i))
                    .toList();
            assertThatThrownBy(() -> model.decompress(BitStrings.of(Shape.of(6), list), indexes))
                    .isInstanceOf(MalformedBitstreamException.class)
                    .hasMessageContaining("string=" + u);
        }
    }

    /** A value that could be coded by itself is not to blame alone. */
    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16"})
    void aValueTooFarFromItsLocationIsRefusedWithBoth(ElementType type) {
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal::of, 3, i -> 1 + i)
                .codingRank(1)
                .compression(true)
                .bottleneckType(type)
                .build();
        Tensor indexes = Tensor.zeros(ElementType.INT32, Shape.of(4));
        Tensor y = Tensor.of(Shape.of(4), 1.0, 2, 3.5, 4).to(type);
        Tensor loc = Tensor.of(Shape.of(4), 0.0, 2, -0x1p33, 4).to(type);
        assertThatThrownBy(() -> model.compress(y, indexes, loc))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("every value less its offset must round to an int")
                .hasMessageEndingWith(": element=2 value=3.5 offset=-8.589934592E9");
        Tensor broken = Tensor.of(Shape.of(4), 1.0, 2, Double.NaN, 4).to(type);
        assertThatThrownBy(() -> model.compress(broken, indexes, loc))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("every value must be finite and round to an int")
                .hasMessageEndingWith(": element=2 value=NaN");
    }

    @Test
    void locationsThatDoNotFitAreRefused() {
        LocationScaleIndexedEntropyModel model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal::of, 3, i -> 1 + i)
                .codingRank(1)
                .compression(true)
                .build();
        Shape shape = Shape.of(2, 6);
        Tensor y = normal(shape, 1, 20);
        Tensor indexes = Tensor.zeros(ElementType.INT32, shape);
        Tensor misfit = Tensor.zeros(ElementType.FLOAT32, Shape.of(6));
        assertThatThrownBy(() -> model.compress(y, indexes, misfit))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("loc must have the tensor's shape and type")
                .hasMessageContaining("shape=(2, 6)");
        Tensor wide = Tensor.zeros(ElementType.FLOAT64, shape);
        assertThatThrownBy(() -> model.call(y, indexes, wide, Training.TRUE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bottleneckType=float32");
        Tensor broken = Tensor.zeros(ElementType.FLOAT32, shape);
        broken.floats()[9] = Float.NaN;
        BitStrings strings = model.compress(y, indexes);
        assertThatThrownBy(() -> model.compress(y, indexes, broken))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("every location must be finite: position=9 loc=NaN");
        assertThatThrownBy(() -> model.decompress(strings, indexes, broken))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("position=9");
        assertThatThrownBy(() -> model.quantize(y, broken)).isInstanceOf(IllegalArgumentException.class);
    }
}
