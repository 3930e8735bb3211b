package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.ContinuousBatchedEntropyModel;
import io.github.uniquant.Training;
import io.github.uniquant.table.CdfTableBuilder;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import tools.jackson.databind.JsonNode;

/** The batched model of plain rounding, about upstream's quantization offset where there is one. */
final class ContinuousBatchedVectors {
    private ContinuousBatchedVectors() {}

    static void check(GoldenCase c) {
        GoldenPrior golden = GoldenPrior.of(c, ElementType.FLOAT32);
        int codingRank = c.field("coding_rank").asInt();
        ContinuousBatchedEntropyModel.Builder builder = ContinuousBatchedEntropyModel.builder(golden.prior())
                .codingRank(codingRank)
                .compression(true)
                .coder(CoderFormat.TFC_RANGE);
        c.field("arguments").propertyStream().forEach(argument -> set(builder, argument.getKey(), argument.getValue()));
        checkOffset(c, golden, builder.build());

        CdfTables theirs =
                CdfTables.of(c.array("cdf").ints(), c.array("cdf_offset").ints());
        builder.tables(theirs);
        if (c.has("quantization_offset")) {
            builder.quantizationOffset(
                    c.tensor("quantization_offset", golden.prior().shape()));
        }
        ContinuousBatchedEntropyModel model = builder.build();
        double[] offsets = model.quantizationOffset().map(Tensor::toDoubles).orElseGet(() -> new double[golden.size()]);
        CdfTables ours = CdfTableBuilder.build(golden.prior(), offsets, model.tailMass(), model.rangeCoderPrecision());
        TableVectors.check(c, golden, row -> offsets[row], model.tailMass(), ours, theirs);

        Tensor y = c.tensor("y");
        BitStrings strings = c.strings();
        Shape unit = y.shape().trailing(codingRank);
        ModelVectors.checkStrings(c, model.compress(y), strings);
        ModelVectors.checkBits(
                c,
                "decompressed",
                model.decompress(
                        strings,
                        unit.leading(codingRank - golden.prior().shape().rank())));
        ModelVectors.checkBits(c, "quantized", model.quantize(y));
        ModelVectors.checkEstimate(c, "eval", golden.prior(), model, model.call(y, Training.FALSE));
    }

    /** The heuristic's offset: upstream has one exactly where we have one, and close to it. */
    private static void checkOffset(GoldenCase c, GoldenPrior golden, ContinuousBatchedEntropyModel model) {
        if (model.quantizationOffset().isPresent() != c.has("quantization_offset")) {
            throw new AssertionError("there must be a quantization offset where upstream has one: case=" + c.name()
                    + " ours=" + model.quantizationOffset() + " theirs=" + c.has("quantization_offset"));
        }
        if (c.has("quantization_offset")) {
            PriorVectors.checkQuantizationOffset(c, golden);
        }
    }

    private static void set(ContinuousBatchedEntropyModel.Builder builder, String argument, JsonNode value) {
        if (argument.equals("offset_heuristic")) {
            builder.offsetHeuristic(value.asBoolean());
        } else if (!ModelVectors.set(builder, argument, value)) {
            throw ModelVectors.unknownArgument(argument);
        }
    }
}
