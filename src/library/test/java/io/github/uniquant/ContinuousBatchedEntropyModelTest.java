package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContinuousBatchedEntropyModelTest {
    private static final Shape CHANNELS = Shape.of(2);
    private static final Prior NORMAL = NoisyNormal.of(CHANNELS, new float[] {1.75f, -4.25f}, new float[] {0.5f, 3});
    private static final Prior CENTRED = NoisyNormal.of(CHANNELS, new float[] {2, -4}, new float[] {0.5f, 3});

    private static ContinuousBatchedEntropyModel.Builder builder(Prior prior) {
        return ContinuousBatchedEntropyModel.builder(prior).codingRank(2).compression(true);
    }

    private static double[] offset(ContinuousBatchedEntropyModel model) {
        return model.quantizationOffset().orElseThrow().toDoubles();
    }

    @Test
    void theOffsetIsTheModesOrTheMediansDistanceFromItsInteger() {
        assertThat(offset(builder(NORMAL).build())).containsExactly(-0.25, -0.25);
        assertThat(offset(builder(NoisyRounded.soft(NORMAL, 1e-9)).build())).containsExactly(-0.25, -0.25);
        // The component whose offset is the likeliest value: the narrow one's.
        Shape components = Shape.of(1, 2);
        Prior mixture = NoisyNormalMixture.of(
                Tensor.of(components, 0.25, 3.375), Tensor.of(components, 0.3, 9), Tensor.of(components, 0.5, 0.5));
        assertThat(offset(builder(mixture).build())).containsExactly(0.25);
        Prior deep = NoisyDeepFactorized.initial(CHANNELS, new int[] {3, 3}, 10, new SplittableRandom(3));
        double[] median =
                offset(builder(deep).bottleneckType(ElementType.FLOAT64).build());
        for (int j = 0; j < 2; j++) {
            double centre = deep.base().quantile(j, 0.5);
            assertThat(median[j]).isCloseTo(centre - Math.rint(centre), within(1e-12));
        }
    }

    @Test
    void anOffsetThatIsZeroEverywhereIsNone() {
        assertThat(builder(CENTRED).build().quantizationOffset()).isEmpty();
        assertThat(builder(NoisyRounded.of(NORMAL)).build().quantizationOffset())
                .isEmpty();
        assertThat(builder(NORMAL).offsetHeuristic(false).build().quantizationOffset())
                .isEmpty();
        assertThat(ContinuousBatchedEntropyModel.builder(builder(NORMAL).build().tables(), CHANNELS)
                        .codingRank(1)
                        .build()
                        .quantizationOffset())
                .isEmpty();
    }

    @Test
    void aGivenOffsetTakesTheHeuristicsPlace() {
        Tensor scalar = Tensor.of(Shape.scalar(), 0.1);
        ContinuousBatchedEntropyModel all =
                builder(NORMAL).quantizationOffset(scalar).build();
        assertThat(all.quantizationOffset()).contains(Tensor.of(CHANNELS, 0.1f, 0.1f));
        ContinuousBatchedEntropyModel each = builder(NORMAL)
                .quantizationOffset(Tensor.of(CHANNELS, 0.25f, 7f))
                .build();
        assertThat(offset(each)).containsExactly(0.25, 7);
        assertThat(each.quantize(Tensor.of(Shape.of(1, 2), 1.7f, 0.2f)))
                .isEqualTo(Tensor.of(Shape.of(1, 2), 1.25f, 0f));
        assertThatThrownBy(() -> builder(NORMAL).quantizationOffset(Tensor.of(Shape.of(3), 1f, 2f, 3f)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape=(3,)")
                .hasMessageContaining("priorShape=(2,)");
        assertThatThrownBy(() -> builder(NORMAL).quantizationOffset(Tensor.of(CHANNELS, 1f, Float.NaN)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("element=1 value=NaN");
        assertThatThrownBy(() -> builder(NORMAL).quantizationOffset(Tensor.of(CHANNELS, 1, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("floating type");
    }

    /** A number that is finite, but not as a value of the bottleneck, would be an offset of infinity. */
    @Test
    void aGivenOffsetMustBeFiniteInTheBottlenecksType() {
        for (ElementType type : new ElementType[] {ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.FLOAT32}) {
            ContinuousBatchedEntropyModel.Builder builder = ContinuousBatchedEntropyModel.builder(NORMAL)
                    .codingRank(1)
                    .bottleneckType(type)
                    .quantizationOffset(Tensor.of(CHANNELS, 0.25, -1e300));
            assertThatThrownBy(builder::build)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("quantizationOffset must be finite in the bottleneck's type: element=1 value=-1.0E300"
                            + " bottleneckType=" + type.id());
        }
    }

    @Test
    void quantizeRoundsToIntegersPlusTheOffset() {
        Tensor y = Tensor.of(Shape.of(2, 2), 1.3f, 1.3f, -0.3f, 0.26f);
        assertThat(builder(NORMAL).build().quantize(y))
                .isEqualTo(Tensor.of(Shape.of(2, 2), 1.75f, 1.75f, -0.25f, 0.75f));
        assertThat(builder(CENTRED).build().quantize(y)).isEqualTo(Tensor.of(Shape.of(2, 2), 1f, 1f, -0f, 0f));
        assertThatThrownBy(() -> builder(NORMAL).build().quantize(y.reshape(Shape.of(4, 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("priorShape=(2,)");
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void theOffsetIsAValueOfTheBottlenecksType(ElementType type) {
        if (!type.isFloating()) {
            return;
        }
        Prior third = NoisyLogistic.of(Shape.scalar(), new double[] {1 / 3.0}, new double[] {1});
        Tensor offset = ContinuousBatchedEntropyModel.builder(third)
                .codingRank(0)
                .bottleneckType(type)
                .build()
                .quantizationOffset()
                .orElseThrow();
        assertThat(offset).isEqualTo(Tensor.of(Shape.scalar(), 1 / 3.0).to(type));
    }

    @Test
    void theTablesAreThoseAtTheOffset() {
        ContinuousBatchedEntropyModel model = builder(NORMAL).build();
        for (int j = 0; j < 2; j++) {
            CdfTables tables = model.tables();
            double mode = NORMAL.parameters().get(0).value().get(j);
            int symbolOfMode = (int) Math.rint(mode - offset(model)[j]);
            int best = 0;
            for (int cell = 0; cell < tables.cells(j) - 1; cell++) {
                best = tables.frequency(j, cell) > tables.frequency(j, best) ? cell : best;
                double mass = NORMAL.prob(j, tables.offset(j) + cell + offset(model)[j]);
                assertThat(tables.frequency(j, cell)).isCloseTo((int) Math.rint(4096 * mass), within(8));
            }
            assertThat(tables.offset(j) + best).isEqualTo(symbolOfMode);
        }
    }

    @Test
    void theOffsetIsTheLastWeightWhereThereIsOne() {
        ContinuousBatchedEntropyModel with = builder(NORMAL).build();
        assertThat(with.variables())
                .extracting(Variable::name)
                .containsExactly("loc", "scale", "cdf", "cdf_offset", "quantization_offset");
        assertThat(with.getConfig())
                .containsEntry("quantization_offset", true)
                .containsEntry("offset_heuristic", true)
                .containsEntry("cdf_shapes", List.of(with.cdf().length, 2));
        ContinuousBatchedEntropyModel without = builder(CENTRED).build();
        assertThat(without.variables()).extracting(Variable::name).containsExactly("loc", "scale", "cdf", "cdf_offset");
        assertThat(without.getConfig()).containsEntry("quantization_offset", false);
        ContinuousBatchedEntropyModel stateless =
                builder(NORMAL).stateless(true).build();
        assertThat(stateless.variables()).extracting(Variable::name).containsExactly("loc", "scale");
    }

    /** As upstream: weights replace the offset with the tables; where there was none, none appears. */
    @Test
    void weightsDecideAboutTheOffsetAndTheHeuristicDoesNot() {
        ContinuousBatchedEntropyModel with = builder(NORMAL).build();
        ContinuousBatchedEntropyModel without = builder(CENTRED).build();
        List<Tensor> parameters = with.getWeights().subList(0, 2);
        List<Tensor> tables = without.getWeights().subList(2, 4);
        ContinuousBatchedEntropyModel moved =
                without.setWeights(List.of(parameters.get(0), parameters.get(1), tables.get(0), tables.get(1)));
        assertThat(moved.prior().parameters()).isEqualTo(NORMAL.parameters());
        assertThat(moved.quantizationOffset()).isEmpty();
        ContinuousBatchedEntropyModel rebuilt =
                ContinuousBatchedEntropyModel.fromConfig(moved.getConfig(), moved.getWeights());
        assertThat(rebuilt.quantizationOffset()).isEmpty();
        Tensor y = Tensor.of(Shape.of(1, 2), 1.3f, -4.6f);
        assertThat(rebuilt.decompress(moved.compress(y), Shape.of(1))).isEqualTo(Tensor.of(Shape.of(1, 2), 1f, -5f));

        // A stateless model has its tables and its offset built again.
        ContinuousBatchedEntropyModel stateless =
                builder(CENTRED).stateless(true).build();
        assertThat(offset(stateless.setWeights(parameters))).containsExactly(-0.25, -0.25);
        assertThat(stateless.setWeights(parameters).tables()).isEqualTo(with.tables());
        ContinuousBatchedEntropyModel given = builder(CENTRED)
                .stateless(true)
                .quantizationOffset(Tensor.of(Shape.scalar(), 0.5f))
                .build();
        assertThat(offset(given.setWeights(parameters))).containsExactly(0.5, 0.5);
    }

    @Test
    void aModelOfTablesAloneCodesAboutItsOffset() {
        ContinuousBatchedEntropyModel model = builder(NORMAL).build();
        ContinuousBatchedEntropyModel ofTables = ContinuousBatchedEntropyModel.builder(model.tables(), CHANNELS)
                .codingRank(2)
                .quantizationOffset(model.quantizationOffset().orElseThrow())
                .build();
        Tensor y = Tensor.of(Shape.of(2, 2), 1.3f, 1.3f, -0.3f, 0.26f);
        assertThat(ofTables.compress(y)).isEqualTo(model.compress(y));
        assertThat(ofTables.decompress(model.compress(y), Shape.of(2))).isEqualTo(model.quantize(y));
        assertThatThrownBy(() -> ofTables.call(y, Training.TRUE)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ContinuousBatchedEntropyModel.builder(model.tables(), Shape.of(3))
                        .codingRank(1)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tables=2 numNoiseLevels=1 priorShape=(3,)");
    }

    /** Before anything of that size is made, which would not fit the memory. */
    @Test
    void aShapeOfMoreElementsThanTablesIsRefused() {
        CdfTables one = CdfTables.of(new int[] {-2, 0, 1, 4}, new int[] {0});
        for (boolean compression : new boolean[] {true, false}) {
            ContinuousBatchedEntropyModel.Builder builder = ContinuousBatchedEntropyModel.builder(
                            one, Shape.of(2_000_000_000))
                    .compression(compression)
                    .codingRank(1);
            assertThatThrownBy(builder::build)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("tables=1 numNoiseLevels=1 priorShape=(2000000000,)");
        }
    }

    @Test
    void configurationsThatContradictTheWeightsAreRefused() {
        ContinuousBatchedEntropyModel model = builder(NORMAL).build();
        Map<String, Object> config = model.getConfig();
        config.put("cdf_shapes", List.of(1, 2));
        assertThatThrownBy(() -> ContinuousBatchedEntropyModel.fromConfig(config, model.getWeights()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cdf_shapes=[1, 2]");
        config.put("cdf_shapes", model.getConfig().get("cdf_shapes"));
        config.put("quantization_offset", false);
        assertThatThrownBy(() -> ContinuousBatchedEntropyModel.fromConfig(config, model.getWeights()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weights=5 variables=4");
    }

    @Test
    void unitCodersWriteTheStringsOfBatches() {
        ContinuousBatchedEntropyModel model = builder(NORMAL).build();
        float[] y = new float[200];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < y.length; i++) {
            y[i] = (float) NORMAL.base().sample(i % 2, random);
        }
        byte[] out = new byte[1000];
        int length = model.newEncoder(Shape.of(100)).encode(y, 0, out, 0);
        byte[] string = model.compress(Tensor.of(Shape.of(100, 2), y)).get(0);
        assertThat(out).startsWith(string);
        assertThat(length).isEqualTo(string.length);
        float[] decoded = new float[200];
        assertThat(model.newDecoder(Shape.of(100)).decode(out, 0, length, decoded, 0))
                .isEqualTo(length);
        assertThat(decoded)
                .isEqualTo(model.quantize(Tensor.of(Shape.of(100, 2), y)).floats());
    }
}
