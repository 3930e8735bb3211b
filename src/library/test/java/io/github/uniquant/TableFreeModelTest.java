package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.container.ModelFile;
import io.github.uniquant.container.TableStorage;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLocationScale;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.free.TableFreeCdfs;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose coder is {@link CoderFormat#RANS_FREE}: what they can do that others cannot, and what they lack. */
class TableFreeModelTest {
    private static final Shape CHANNELS = Shape.of(5);
    private static final NoisyLocationScale PRIOR =
            NoisyLogistic.of(CHANNELS, new double[] {0, 1.5, -3, 70, 0.25}, new double[] {1e-8, 0.3, 2, 40, 3000});

    private static UniversalBatchedEntropyModel.Builder builder() {
        return UniversalBatchedEntropyModel.builder(PRIOR)
                .codingRank(2)
                .compression(true)
                .coder(CoderFormat.RANS_FREE);
    }

    private static Tensor draw(Prior prior, Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = prior.base().sample(i % prior.size(), random);
        }
        return Tensor.of(shape, values);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 4096, 4097, 1 << 20, 1 << 24})
    void anyNumberOfNoiseLevelsRoundTrips(int numNoiseLevels) {
        for (Dither dither : List.of(Dither.tfc(), Dither.seed(7, 3))) {
            UniversalBatchedEntropyModel model = builder()
                    .bottleneckType(ElementType.FLOAT64)
                    .numNoiseLevels(numNoiseLevels)
                    .dither(dither)
                    .build();
            Tensor y = draw(PRIOR, Shape.of(3, 90, 5), numNoiseLevels);
            Tensor decoded = model.decompress(model.compress(y), Shape.of(90));
            assertThat(decoded).isEqualTo(model.call(y, Training.FALSE).perturbed());
            for (int i = 0; i < y.size(); i++) {
                assertThat(Math.abs(decoded.get(i) - y.get(i))).isLessThan(0.5 + 1e-9);
            }
        }
    }

    @Test
    void bytesAreWithinOnePercentAndThreeBytesOfTheEstimate() {
        NoisyNormal prior = NoisyNormal.of(Shape.of(4), new double[4], new double[] {0.5, 1, 4, 2000});
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .bottleneckType(ElementType.FLOAT64)
                .numNoiseLevels(1 << 24)
                .coder(CoderFormat.RANS_FREE)
                .build();
        Tensor y = draw(prior, Shape.of(1, 5000, 4), 3);
        double bytes = model.call(y, Training.FALSE).bits().get(0) / 8;
        assertThat((double) model.compress(y).totalBytes()).isBetween(bytes * 0.99 - 3, bytes * 1.01 + 3);
    }

    @Test
    void weightsAreTheParametersAlone() {
        UniversalBatchedEntropyModel model =
                builder().numNoiseLevels(1 << 24).dither(Dither.seed(1, 2)).build();
        assertThat(model.getWeights()).hasSize(2);
        assertThat(model.nonTrainableVariables()).isEmpty();
        assertThat(model.getConfig()).containsEntry("coder", "rans-free-1");
        assertThat(model.rangeCoderPrecision()).isEqualTo(12);
        UniversalBatchedEntropyModel rebuilt =
                UniversalBatchedEntropyModel.fromConfig(model.getConfig(), model.getWeights());
        Tensor y = draw(PRIOR, Shape.of(2, 40, 5), 1).to(ElementType.FLOAT32);
        assertThat(rebuilt.getConfig()).isEqualTo(model.getConfig());
        assertThat(rebuilt.compress(y)).isEqualTo(model.compress(y));
        assertThat(rebuilt.codingHash()).isEqualTo(model.codingHash());
        List<Tensor> others =
                List.of(Tensor.of(CHANNELS, new double[5]), model.getWeights().get(1));
        assertThat(model.setWeights(others).codingHash()).isNotEqualTo(model.codingHash());
    }

    @ParameterizedTest
    @EnumSource(TableStorage.class)
    void modelFilesHoldTheParametersAlone(TableStorage storage) {
        UniversalBatchedEntropyModel model = builder().numNoiseLevels(1 << 24).build();
        byte[] bytes = ModelFile.toBytes(model, storage);
        assertThat(bytes).hasSizeLessThan(600);
        UniversalBatchedEntropyModel read = ModelFile.read(bytes);
        Tensor y = draw(PRIOR, Shape.of(2, 40, 5), 1).to(ElementType.FLOAT32);
        assertThat(read.compress(y)).isEqualTo(model.compress(y));
        assertThat(read.getConfig()).isEqualTo(model.getConfig());
        for (int i = 0; i < bytes.length; i++) {
            byte[] damaged = bytes.clone();
            damaged[i] ^= 0x10;
            assertThatThrownBy(() -> ModelFile.read(damaged))
                    .isInstanceOfAny(MalformedBitstreamException.class, IllegalArgumentException.class);
        }
    }

    @Test
    void tablesAreNotThereToAskFor() {
        UniversalBatchedEntropyModel model = builder().build();
        String reason = "the model has no tables: its coder is rans-free-1, which computes its cells";
        assertThatIllegalStateException().isThrownBy(model::tables).withMessage(reason);
        assertThatIllegalStateException().isThrownBy(model::cdf).withMessage(reason);
    }

    @ParameterizedTest
    @EnumSource(value = AnyModel.Kind.class, names = "UNIVERSAL_BATCHED", mode = EnumSource.Mode.EXCLUDE)
    void otherModelsNeedTables(AnyModel.Kind kind) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AnyModel.of(kind, AnyModel.Options.of(CoderFormat.RANS_FREE)))
                .withMessage("a model must be a UniversalBatchedEntropyModel with a prior and no tables"
                        + " to code without tables: coder=rans-free-1");
    }

    @Test
    void whatCannotBeCodedWithoutTablesIsRefused() {
        NoisyDeepFactorized deep = NoisyDeepFactorized.initial(CHANNELS, new int[] {3, 3}, 10, new SplittableRandom(3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UniversalBatchedEntropyModel.builder(deep)
                        .codingRank(2)
                        .compression(true)
                        .coder(CoderFormat.RANS_FREE)
                        .build())
                .withMessageEndingWith("to code without tables: family=NoisyDeepFactorized");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().rangeCoderPrecision(2).build())
                .withMessage("precision must be in [3, 16] to code without tables: precision=2");
        CdfTables tables = builder()
                .coder(CoderFormat.RANS)
                .rangeCoderPrecision(16)
                .build()
                .tables();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().tables(tables).build())
                .withMessage(
                        "a model must be a UniversalBatchedEntropyModel with a prior and no tables to code without tables: coder=rans-free-1");
        NoisyNormal wide = NoisyNormal.of(Shape.of(1), new double[] {2147483000.0}, new double[] {300});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableFreeCdfs.of(wide, 12, 0x1p-8))
                .withMessageStartingWith("the window of the prior must be of 32-bit integers: element=0 lower=");
        for (double tailMass : new double[] {0, 1, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> TableFreeCdfs.of(wide, 12, tailMass))
                    .withMessage("tailMass must be in (0, 1): tailMass=" + tailMass);
        }
    }

    // ---- rate

    /** Expected bits of an element under the true noisy density, and the bits of each symbol. */
    private interface SymbolBits {
        double of(int symbol);
    }

    private static double expectedBits(Prior prior, double scale, double offset, SymbolBits symbolBits) {
        int reach = (int) (30 * scale) + 20;
        double bits = 0;
        for (int symbol = -reach; symbol <= reach; symbol++) {
            double mass = prior.prob(0, symbol + offset);
            bits += mass < 1e-15 ? 0 : mass * symbolBits.of(symbol);
        }
        return bits;
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }

    private static double tabledBits(Prior prior, double scale, int precision, double offset) {
        CdfTables tables = CdfTableBuilder.build(prior, new double[] {offset}, 0x1p-8, precision);
        int overflow = tables.cells(0) - 1;
        return expectedBits(prior, scale, offset, symbol -> {
            long value = (long) symbol - tables.offset(0);
            boolean inside = value >= 0 && value < overflow;
            double bits = precision - log2(tables.frequency(0, inside ? (int) value : overflow));
            long signed = OverflowCode.signedGamma(value, overflow);
            return inside ? bits : bits + OverflowCode.bits(Math.abs(signed));
        });
    }

    private static double freeBits(Prior prior, double scale, int precision, double offset) {
        TableFreeCdfs free = TableFreeCdfs.of(prior, precision, 0x1p-8);
        int[] origin = new int[1];
        float[] fraction = new float[1];
        free.layOut(0, new double[] {offset}, 1, origin, fraction);
        int half = free.cdfs().half(0);
        int shift = free.cdfs().shift(0);
        return expectedBits(prior, scale, offset, symbol -> {
            long cell = ((long) symbol - origin[0] >> shift) + half;
            boolean inside = cell >= 0 && cell < 2 * half;
            int row = free.cdfs().row(0, fraction[0], inside ? (int) cell : 2 * half);
            double bits = precision - log2((row & 0xffff) + 1);
            if (inside) {
                return bits + shift;
            }
            long g = symbol < origin[0]
                    ? origin[0] - ((long) half << shift) - symbol
                    : symbol - origin[0] - ((long) half << shift) + 1;
            int order = free.escapeOrder(0);
            int width = 63 - Long.numberOfLeadingZeros(g - 1 + (1L << order));
            return bits + 2 * width - order + 2;
        });
    }

    private static List<Prior> priors(double scale) {
        double[] loc = {0.123};
        double[] scales = {scale};
        Shape one = Shape.of(1);
        return List.of(
                NoisyNormal.of(one, loc, scales),
                NoisyLogistic.of(one, loc, scales),
                NoisyLaplace.of(one, loc, scales));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-8, 0.01, 0.2, 1, 7, 30, 100})
    void theRateIsThatOfTablesWithinTwoThousandthsAtPrecision12(double scale) {
        rateIsThatOfTables(scale, 12);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.05, 1, 100, 500})
    void theRateIsThatOfTablesWithinTwoThousandthsAtPrecision16(double scale) {
        rateIsThatOfTables(scale, 16);
    }

    private static void rateIsThatOfTables(double scale, int precision) {
        for (Prior prior : priors(scale)) {
            double tabled = 0;
            double free = 0;
            for (double offset : new double[] {-0.4375, 0, 0.3125}) {
                tabled += tabledBits(prior, scale, precision, offset) / 3;
                free += freeBits(prior, scale, precision, offset) / 3;
            }
            assertThat(free).as(prior.family()).isLessThanOrEqualTo(1.002 * tabled + 0.002);
        }
    }

    /** Where tables are refused: within 0.05 bit of the entropy, at any scale. */
    @ParameterizedTest
    @ValueSource(doubles = {500, 2000, 1e4})
    void theRateStaysNearTheEntropyBeyondTables(double scale) {
        for (Prior prior : priors(scale)) {
            double entropy = expectedBits(prior, scale, 0, symbol -> -log2(prior.prob(0, symbol)));
            assertThat(freeBits(prior, scale, 12, 0)).as(prior.family()).isBetween(entropy, entropy + 0.05);
        }
    }
}
