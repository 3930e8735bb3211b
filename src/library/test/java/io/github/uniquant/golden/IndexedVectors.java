package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.ContinuousIndexedEntropyModel;
import io.github.uniquant.IndexedEntropyModel;
import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.PriorFn;
import io.github.uniquant.Training;
import io.github.uniquant.UniversalIndexedEntropyModel;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.Tensor;
import java.util.function.IntToDoubleFunction;

/** The indexed models. Their priors are normal; the cases say in words which functions of the indexes they have. */
final class IndexedVectors {
    /** {@code loc = (i0 - 5) / 3, scale = exp(0.4 i1 - 2)}, in float32 as upstream computes it. */
    private static final PriorFn TWO_INDEXES = indexes -> NoisyNormal.of(
            indexes.map(i -> ((float) i[0] - 5f) / 3f), indexes.map(i -> (float) Math.exp(0.4f * (float) i[1] - 2f)));

    private IndexedVectors() {}

    static void checkContinuous(GoldenCase c) {
        ContinuousIndexedEntropyModel.Builder builder = ContinuousIndexedEntropyModel.builder(
                        TWO_INDEXES, c.shapeField("index_ranges").toArray())
                .codingRank(c.field("coding_rank").asInt())
                .compression(true)
                .coder(CoderFormat.TFC_RANGE);
        CdfTables theirs = tables(c);
        checkTables(c, builder.build(), theirs, row -> 0);
        ContinuousIndexedEntropyModel model = builder.tables(theirs).build();
        checkCoding(c, model);
        checkEstimate(c, model);
    }

    static void checkUniversal(GoldenCase c) {
        UniversalIndexedEntropyModel.Builder builder = UniversalIndexedEntropyModel.builder(
                        TWO_INDEXES, c.shapeField("index_ranges").toArray())
                .codingRank(c.field("coding_rank").asInt())
                .compression(true)
                .coder(CoderFormat.TFC_RANGE);
        UniversalIndexedEntropyModel own = builder.build();
        CdfTables theirs = tables(c);
        int size = own.prior().size();
        checkTables(
                c,
                own,
                theirs,
                row -> NoiseOffsets.tableOffset(row / size, own.numNoiseLevels(), own.bottleneckType()));
        UniversalIndexedEntropyModel model = builder.tables(theirs).build();
        checkCoding(c, model);
        checkEstimate(c, model);
    }

    static void checkLocationScale(GoldenCase c) {
        int numScales = c.field("num_scales").asInt();
        float[] scales = c.array("scale_table").floats();
        LocationScaleIndexedEntropyModel.Builder builder = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal::of, numScales, i -> scales[(int) i])
                .codingRank(c.field("coding_rank").asInt())
                .compression(true)
                .coder(CoderFormat.TFC_RANGE);
        CdfTables theirs = tables(c);
        checkTables(c, builder.build(), theirs, row -> 0);
        LocationScaleIndexedEntropyModel model = builder.tables(theirs).build();

        Tensor y = c.tensor("y");
        Tensor indexes = c.tensor("indexes");
        Tensor loc = c.tensor("loc");
        BitStrings strings = c.strings();
        ModelVectors.checkStrings(c, model.compress(y, indexes, loc), strings);
        ModelVectors.checkBits(c, "decompressed", model.decompress(strings, indexes, loc));
        float[] scaleOf = new float[y.size()];
        for (int i = 0; i < scaleOf.length; i++) {
            scaleOf[i] = scales[(int) indexes.get(i)];
        }
        Prior prior = NoisyNormal.of(loc, Tensor.of(y.shape(), scaleOf));
        RateEstimate estimate = model.call(y, indexes, loc, Training.FALSE);
        ModelVectors.checkEstimate(c, "eval", prior, model, estimate);
        ModelVectors.checkBits(c, "eval_perturbed", model.quantize(y, loc));
    }

    private static CdfTables tables(GoldenCase c) {
        return CdfTables.of(c.array("cdf").ints(), c.array("cdf_offset").ints());
    }

    private static void checkTables(
            GoldenCase c, IndexedEntropyModel own, CdfTables theirs, IntToDoubleFunction offsets) {
        TableVectors.check(c, GoldenPrior.of(own.prior()), offsets, own.tailMass(), own.tables(), theirs);
    }

    private static void checkCoding(GoldenCase c, IndexedEntropyModel model) {
        Tensor indexes = c.tensor("indexes");
        BitStrings strings = c.strings();
        ModelVectors.checkStrings(c, model.compress(c.tensor("y"), indexes), strings);
        ModelVectors.checkBits(c, "decompressed", model.decompress(strings, indexes));
    }

    private static void checkEstimate(GoldenCase c, IndexedEntropyModel model) {
        Tensor y = c.tensor("y");
        Tensor indexes = c.tensor("indexes");
        int second = model.indexRanges()[1];
        int[] rows = new int[y.size()];
        for (int i = 0; i < rows.length; i++) {
            double row = indexes.get(2 * i) * second + indexes.get(2 * i + 1);
            rows[i] = (int) row;
        }
        Prior prior = Priors.gathered(model.prior(), rows, y.shape());
        ModelVectors.checkEstimate(c, "eval", prior, model, model.call(y, indexes, Training.FALSE));
    }
}
