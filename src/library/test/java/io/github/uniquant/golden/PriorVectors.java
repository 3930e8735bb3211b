package io.github.uniquant.golden;

import io.github.uniquant.golden.GoldenPrior.Adapter;
import io.github.uniquant.golden.GoldenPrior.Interval;
import io.github.uniquant.prior.BaseDistribution;
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
        BaseDistribution base = prior.base();
        DoubleFunction probSlack = (element, y) -> boxSlack(golden, element, y);
        DoubleFunction logProbSlack = (element, y) -> {
            double mass = prior.prob(element, y);
            return mass > 0 ? boxSlack(golden, element, y) / mass : 0;
        };
        checkAll(c, "prob", size, x, prob, prior::prob, probSlack);
        checkAll(c, "log_prob", size, x, logProb, prior::logProb, logProbSlack);
        GradientVectors.checkLogProb(c, golden, x);
        if (c.has("base_cdf")) {
            checkAll(c, "base_cdf", size, x, prob, base::cdf, (element, y) -> argumentSlack(golden, element, y));
        }
        if (c.has("base_survival")) {
            checkAll(
                    c,
                    "base_survival",
                    size,
                    x,
                    prob,
                    base::survival,
                    (element, y) -> argumentSlack(golden, element, y));
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

    /** A function of a prior's element and a value. */
    private interface DoubleFunction {
        double at(int element, double y);
    }

    private static void checkAll(
            GoldenCase c,
            String array,
            int size,
            double[] x,
            Tolerance tolerance,
            DoubleFunction ours,
            DoubleFunction slack) {
        Npy theirs = c.array(array);
        Tolerance.checkEqual(c, array, 0, x.length, theirs.size());
        for (int i = 0; i < x.length; i++) {
            double value = ours.at(i % size, x[i]);
            double loose = slack.at(i % size, x[i]);
            tolerance.check(c, array, i, value - loose, value + loose, theirs.get(i));
        }
    }

    private static double boxSlack(GoldenPrior golden, int element, double y) {
        return argumentSlack(golden, element, y + 0.5) + argumentSlack(golden, element, y - 0.5);
    }

    /**
     * What rounding the argument of the CDF to float32 may move: the base's mass within one unit in the last place of it.
     * It counts where scales are small or soft rounding is steep. A rounded base moves only where the argument does.
     */
    private static double argumentSlack(GoldenPrior golden, int element, double at) {
        if (golden.isFloat64() || golden.adapter() == Adapter.ROUNDED && (float) at == at) {
            return 0;
        }
        BaseDistribution base = golden.prior().base();
        double ulp = Math.ulp((float) (Math.abs(at) + 1));
        return base.survival(element, at) < base.cdf(element, at)
                ? base.survival(element, at - ulp) - base.survival(element, at + ulp)
                : base.cdf(element, at + ulp) - base.cdf(element, at - ulp);
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

    static void checkQuantizationOffset(GoldenCase c, GoldenPrior golden) {
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
