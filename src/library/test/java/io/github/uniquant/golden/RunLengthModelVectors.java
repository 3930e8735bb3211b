package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.LaplaceEntropyModel;
import io.github.uniquant.PowerLawEntropyModel;
import io.github.uniquant.RunLengthEntropyModel;
import io.github.uniquant.coder.runlength.IntegerCode;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;

/**
 * The models without tables: strings are equal in both directions, but where upstream's encoder is at fault; decompressed
 * tensors bit by bit; penalties within 1e-5 relative.
 */
final class RunLengthModelVectors {
    private static final Tolerance PENALTY = new Tolerance(1e-5, 0);

    private RunLengthModelVectors() {}

    static void checkPowerLaw(GoldenCase c) {
        PowerLawEntropyModel.Builder builder = PowerLawEntropyModel.builder()
                .codingRank(c.field("coding_rank").asInt())
                .alpha(c.field("alpha").asDouble());
        check(c, builder.build(), builder.decodeSanityCheck(false).build());
    }

    static void checkLaplace(GoldenCase c) {
        LaplaceEntropyModel.Builder builder =
                LaplaceEntropyModel.builder().codingRank(c.field("coding_rank").asInt());
        c.field("arguments").propertyStream().forEach(argument -> set(builder, argument.getKey(), argument.getValue()));
        check(c, builder.build(), builder.decodeSanityCheck(false).build());
    }

    private static void set(LaplaceEntropyModel.Builder builder, String argument, JsonNode value) {
        switch (argument) {
            case "l1" -> builder.l1(value.asDouble());
            case "run_length_code" -> builder.runLengthCode(new IntegerCode(value.asInt()));
            case "magnitude_code" -> builder.magnitudeCode(new IntegerCode(value.asInt()));
            case "use_run_length_for_non_zeros" -> builder.useRunLengthForNonZeros(value.asBoolean());
            case "bottleneck_dtype" -> builder.bottleneckType(ElementType.ofId(value.asString()));
            default -> throw new AssertionError("an argument must be one of the model's: argument=" + argument);
        }
    }

    private static int[] symbols(RunLengthEntropyModel model, Tensor y, int unit, int units) {
        int elements = y.size() / units;
        int[] all = model.quantize(y).to(ElementType.INT32).ints();
        return Arrays.copyOfRange(all, unit * elements, (unit + 1) * elements);
    }

    /** @param lenient the same model, for strings that upstream damaged */
    private static void check(GoldenCase c, RunLengthEntropyModel model, RunLengthEntropyModel lenient) {
        Tensor y = c.tensor("y");
        BitStrings theirs = c.strings();
        BitStrings ours = model.compress(y);
        if (!ours.shape().equals(theirs.shape())) {
            throw new AssertionError("strings must have the batch's shape: case=" + c.name() + " ours=" + ours.shape()
                    + " theirs=" + theirs.shape());
        }
        boolean faulty = false;
        for (int unit = 0; unit < ours.count(); unit++) {
            faulty |= RunLengthVectors.checkString(
                    c, model.format(), symbols(model, y, unit, ours.count()), ours.get(unit), theirs.get(unit));
        }
        Shape codeShape = y.shape().trailing(model.codingRank());
        Tensor decoded = (faulty ? lenient : model).decompress(theirs, codeShape);
        if (!decoded.equals(c.tensor("decompressed", y.shape()))) {
            throw new AssertionError("the tensor must be upstream's bit by bit: case=" + c.name());
        }
        Tensor penalty = model.penalty(y);
        Tensor theirPenalty = c.tensor("penalty", penalty.shape());
        for (int unit = 0; unit < penalty.size(); unit++) {
            PENALTY.check(c, "penalty", unit, penalty.get(unit), theirPenalty.get(unit));
        }
    }
}
