package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.EntropyModel;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;

/**
 * What the vectors of all models have in common. With upstream's tables, strings are equal in both directions; decompressed
 * and perturbed tensors are equal bit by bit; bits are within 1e-5 relative. {@link TableVectors} compares the tables
 * themselves.
 */
final class ModelVectors {
    private static final Tolerance BITS = Tolerance.ofMaxOne(1e-5);

    /** A mixture with a Laplace tail is replaced where it is below this. */
    private static final double THRESHOLD = 1e-10;

    private static final double TWO_ULPS_BELOW_ONE = 0x1p-23;

    /** In float32 the threshold may be anywhere in here. */
    private static final double TAIL_SURELY = 1e-11;

    private static final double MIXTURE_SURELY = 1e-9;

    private ModelVectors() {}

    /** Sets an argument that all models have; false where it is not one of those. */
    static boolean set(EntropyModel.Builder<?> builder, String argument, JsonNode value) {
        switch (argument) {
            case "compression" -> builder.compression(value.asBoolean());
            case "laplace_tail_mass" -> builder.laplaceTailMass(value.asDouble());
            case "expected_grads" -> builder.expectedGrads(value.asBoolean());
            case "tail_mass" -> builder.tailMass(value.asDouble());
            case "range_coder_precision" -> builder.rangeCoderPrecision(value.asInt());
            case "bottleneck_dtype" -> builder.bottleneckType(ElementType.ofId(value.asString()));
            case "stateless" -> builder.stateless(value.asBoolean());
            case "decode_sanity_check" -> builder.decodeSanityCheck(value.asBoolean());
            default -> {
                return false;
            }
        }
        return true;
    }

    static AssertionError unknownArgument(String argument) {
        return new AssertionError("an argument must be one of the model's: argument=" + argument);
    }

    static void checkStrings(GoldenCase c, BitStrings ours, BitStrings theirs) {
        if (!ours.shape().equals(theirs.shape())) {
            throw new AssertionError("strings must have the batch's shape: case=" + c.name() + " ours=" + ours.shape()
                    + " theirs=" + theirs.shape());
        }
        for (int unit = 0; unit < ours.count(); unit++) {
            int differs = Arrays.mismatch(ours.get(unit), theirs.get(unit));
            if (differs >= 0) {
                throw new AssertionError("a string must be upstream's: case=" + c.name() + " unit=" + unit + " offset="
                        + differs + " ours=" + ours.length(unit) + " theirs=" + theirs.length(unit) + " bytes");
            }
        }
    }

    static void checkBits(GoldenCase c, String array, Tensor ours) {
        Tensor theirs = c.tensor(array, ours.shape());
        if (ours.type() != theirs.type()) {
            throw new AssertionError("a tensor must have upstream's type: case=" + c.name() + " array=" + array
                    + " ours=" + ours + " theirs=" + theirs);
        }
        for (int i = 0; i < ours.size(); i++) {
            if (Double.doubleToRawLongBits(ours.get(i)) != Double.doubleToRawLongBits(theirs.get(i))) {
                throw new AssertionError("a value must be upstream's bit by bit: case=" + c.name() + " array=" + array
                        + " index=" + i + " ours=" + ours.get(i) + " theirs=" + theirs.get(i));
            }
        }
    }

    /**
     * Checks the perturbed tensor bit by bit, and the bits of each unit.
     *
     * @param prior whose element {@code i mod size} is that of element i of the tensor
     */
    static void checkEstimate(GoldenCase c, String mode, Prior prior, EntropyModel model, RateEstimate estimate) {
        checkBits(c, mode + "_perturbed", estimate.perturbed());
        String array = mode + "_bits";
        Tensor bits = estimate.bits();
        Tensor theirs = c.tensor(array, bits.shape());
        for (int unit = 0; unit < bits.size(); unit++) {
            double ours = bits.get(unit);
            if (theirs.get(unit) == Double.POSITIVE_INFINITY && losesABox(prior, estimate, unit)) {
                continue;
            }
            double slack = undecidedBits(prior, model.laplaceTailMass(), estimate, unit);
            BITS.check(c, array, unit, ours - slack, ours + slack, theirs.get(unit));
        }
    }

    private static int unitElements(RateEstimate estimate) {
        return estimate.perturbed().size() / estimate.bits().size();
    }

    /** Whether {@code y + 1/2} and {@code y - 1/2} are the same in the prior's type for an element: upstream sees no mass. */
    private static boolean losesABox(Prior prior, RateEstimate estimate, int unit) {
        int elements = unitElements(estimate);
        for (int i = unit * elements; i < (unit + 1) * elements; i++) {
            double above = estimate.perturbed().get(i) + 0.5;
            double below = estimate.perturbed().get(i) - 0.5;
            if (prior.type() == ElementType.FLOAT32 ? (float) above == (float) below : above == below) {
                return true;
            }
        }
        return false;
    }

    /**
     * By how much a unit's bits may differ beside the tolerance: for elements so near the mixture's threshold that either
     * side of it may hold, and where upstream's float32 Laplace tail, a difference of CDFs next to 1, is coarse.
     */
    private static double undecidedBits(Prior prior, double tailMass, RateEstimate estimate, int unit) {
        if (tailMass == 0) {
            return 0;
        }
        Prior laplace = NoisyLaplace.of(Shape.scalar(), new double[] {0}, new double[] {1});
        double coarseness = prior.type() == ElementType.FLOAT32 ? tailMass * TWO_ULPS_BELOW_ONE : 0;
        int elements = unitElements(estimate);
        double bits = 0;
        for (int i = unit * elements; i < (unit + 1) * elements; i++) {
            double y = estimate.perturbed().get(i);
            double mixture = (1 - tailMass) * prior.prob(i % prior.size(), y) + tailMass * laplace.prob(0, y);
            if (mixture > TAIL_SURELY && mixture < MIXTURE_SURELY) {
                bits += (Math.log(mixture) - Math.log(tailMass) - laplace.logProb(0, y)) / Math.log(2);
            }
            if (mixture + coarseness >= THRESHOLD) {
                bits += Math.log1p(coarseness / Math.max(mixture, THRESHOLD)) / Math.log(2);
            }
        }
        return bits;
    }
}
