package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.Training;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import tools.jackson.databind.JsonNode;

/** The whole universal batched model. */
final class UniversalVectors {
    private UniversalVectors() {}

    static void check(GoldenCase c) {
        GoldenPrior golden = GoldenPrior.of(c, "prior_dtype");
        JsonNode arguments = c.field("arguments");
        UniversalBatchedEntropyModel.Builder builder = UniversalBatchedEntropyModel.builder(golden.prior())
                .codingRank(c.field("coding_rank").asInt())
                .compression(true)
                .coder(CoderFormat.TFC_RANGE);
        arguments.propertyStream().forEach(argument -> set(builder, argument.getKey(), argument.getValue()));
        boolean compression = arguments.path("compression").asBoolean(true);
        if (compression) {
            CdfTables tables =
                    CdfTables.of(c.array("cdf").ints(), c.array("cdf_offset").ints());
            int precision = c.field("range_coder_precision_read").asInt();
            Tolerance.checkEqual(c, "cdf", 0, tables.precision(), precision);
            builder.tables(tables);
        }
        UniversalBatchedEntropyModel model = builder.build();

        Shape priorShape = c.shapeField("prior_shape");
        Shape shape = c.shapeField("batch_shape")
                .concat(c.shapeField("broadcast_shape"))
                .concat(priorShape);
        if (!golden.prior().shape().equals(priorShape)) {
            throw new AssertionError("prior_shape must be that of the parameters: case=" + c.name() + " prior_shape="
                    + priorShape + " parameters=" + golden.prior().shape());
        }
        Tensor y = c.tensor("y", shape);
        if (compression) {
            checkCoding(c, model, y);
            checkTables(c, golden, model);
        }
        ModelVectors.checkEstimate(c, "eval", golden.prior(), model, model.call(y, Training.FALSE));
        RateEstimate training = model.call(y, c.tensor("noise", shape));
        ModelVectors.checkEstimate(c, "train", golden.prior(), model, training);
        GradientVectors.checkTraining(c, golden, model, y, training);
    }

    private static void set(UniversalBatchedEntropyModel.Builder builder, String argument, JsonNode value) {
        if (argument.equals("num_noise_levels")) {
            builder.numNoiseLevels(value.asInt());
        } else if (!ModelVectors.set(builder, argument, value)) {
            throw ModelVectors.unknownArgument(argument);
        }
    }

    private static void checkTables(GoldenCase c, GoldenPrior golden, UniversalBatchedEntropyModel model) {
        int levels = model.numNoiseLevels();
        CdfTables ours = CdfTableBuilder.build(
                golden.prior(), levels, model.tailMass(), model.rangeCoderPrecision(), model.bottleneckType());
        TableVectors.check(
                c,
                golden,
                row -> NoiseOffsets.tableOffset(row / golden.size(), levels, model.bottleneckType()),
                model.tailMass(),
                ours,
                model.tables());
    }

    private static void checkCoding(GoldenCase c, UniversalBatchedEntropyModel model, Tensor y) {
        BitStrings theirs = c.strings();
        ModelVectors.checkStrings(c, model.compress(y), theirs);
        ModelVectors.checkBits(c, "decompressed", model.decompress(theirs, c.shapeField("broadcast_shape")));
    }
}
