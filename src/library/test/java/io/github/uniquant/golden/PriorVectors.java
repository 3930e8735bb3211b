package io.github.uniquant.golden;

import io.github.uniquant.golden.GoldenPrior.Interval;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Tensor;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;

/** Densities of noisy priors, their base distributions' CDFs, tails and quantization offsets. */
final class PriorVectors {
    private static final double MIXTURE_OFFSET_TIE = 1e-5;

    private PriorVectors() {}

    static void check(GoldenCase c) {
        GoldenPrior golden = GoldenPrior.of(c, "dtype");
        Prior prior = golden.prior();
        int size = prior.size();
        Tolerance prob = golden.isFloat64() ? Tolerance.ofMaxOne(1e-8) : Tolerance.absolute(5e-7);
        Tolerance logProb = golden.isFloat64() ? Tolerance.ofMaxOne(1e-8) : Tolerance.ofMaxOne(5e-6);

        double[] x = c.array("x").doubles();
        checkAll(c, "prob", x.length, prob, i -> prior.prob(i % size, x[i]));
        checkAll(c, "log_prob", x.length, logProb, i -> prior.logProb(i % size, x[i]));
        if (c.has("base_cdf")) {
            checkAll(c, "base_cdf", x.length, prob, i -> prior.base().cdf(i % size, x[i]));
        }
        if (c.has("base_survival")) {
            checkAll(c, "base_survival", x.length, prob, i -> prior.base().survival(i % size, x[i]));
        }
        for (String array : c.arraysNamed("lower_tail_")) {
            double tailMass = Double.parseDouble(array.substring("lower_tail_".length()));
            checkPoints(
                    c,
                    array,
                    size,
                    element -> golden.lowerTail(element, tailMass),
                    element -> prior.lowerTail(element, tailMass));
        }
        for (String array : c.arraysNamed("upper_tail_")) {
            double tailMass = Double.parseDouble(array.substring("upper_tail_".length()));
            checkPoints(
                    c,
                    array,
                    size,
                    element -> golden.upperTail(element, tailMass),
                    element -> prior.upperTail(element, tailMass));
        }
        if (c.has("quantization_offset")) {
            checkQuantizationOffset(c, golden);
        }
    }

    private static void checkAll(GoldenCase c, String array, int count, Tolerance tolerance, IntToDoubleFunction ours) {
        Npy theirs = c.array(array);
        Tolerance.checkEqual(c, array, 0, count, theirs.size());
        for (int i = 0; i < count; i++) {
            tolerance.check(c, array, i, ours.applyAsDouble(i), theirs.get(i));
        }
    }

    /** Upstream's points and ours must lie where the tolerance of the inner distribution's leaves them. */
    private static void checkPoints(
            GoldenCase c, String array, int size, IntFunction<Interval> allowed, IntToDoubleFunction ours) {
        Npy theirs = c.array(array);
        Tolerance.checkEqual(c, array, 0, size, theirs.size());
        for (int element = 0; element < size; element++) {
            Interval interval = allowed.apply(element);
            for (double point : new double[] {theirs.get(element), ours.applyAsDouble(element)}) {
                Tolerance.absolute(0).check(c, array, element, interval.low(), interval.high(), point);
            }
        }
    }

    private static void checkQuantizationOffset(GoldenCase c, GoldenPrior golden) {
        String array = "quantization_offset";
        Npy theirs = c.array(array);
        if (theirs.size() != 1) { // one offset may stand for all elements
            Tolerance.checkEqual(c, array, 0, golden.size(), theirs.size());
        }
        for (int element = 0; element < golden.size(); element++) {
            double point = theirs.get(element % theirs.size());
            double ours = golden.prior().quantizationOffset(element);
            if (golden.isMixture() && isLikeliestOffset(golden, element, point)) {
                continue;
            }
            Interval interval = golden.quantizationOffset(element);
            Tolerance.absolute(0).check(c, array, element, interval.low(), interval.high(), ours);
            // A median next to a half-integer has its offset at either end of [-1/2, 1/2].
            double wrapped = golden.numericTails() ? Math.rint(ours - point) : 0;
            Tolerance.absolute(0).check(c, array, element, interval.low(), interval.high(), point + wrapped);
        }
    }

    /** Whether a value is the offset of one of a mixture's components, and no other offset is likelier by far. */
    private static boolean isLikeliestOffset(GoldenPrior golden, int element, double value) {
        Prior prior = golden.inner();
        Tensor loc = prior.parameters().get(0).value();
        int components = loc.size() / prior.size();
        double best = prior.logProb(element, prior.quantizationOffset(element));
        for (int i = element * components; i < (element + 1) * components; i++) {
            double offset = loc.get(i) - Math.rint(loc.get(i));
            Interval interval = golden.componentOffset(offset);
            if (interval.low() <= value
                    && value <= interval.high()
                    && prior.logProb(element, offset) >= best - MIXTURE_OFFSET_TIE) {
                return true;
            }
        }
        return false;
    }
}
