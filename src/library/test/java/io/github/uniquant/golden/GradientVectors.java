package io.github.uniquant.golden;

import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.golden.GoldenPrior.Adapter;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.SoftRound;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.rate.RateGradients;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Gradients: of priors' log-densities by their argument, and of a model's bits by the bottleneck and the parameters. */
final class GradientVectors {
    private static final Tolerance FLOAT64 = Tolerance.ofMaxOne(1e-8);
    private static final double FLOAT32 = 2e-5;
    private static final double BITS = 1e-4;

    /** A soft-rounded argument bends sharply within this of a half-integer or an integer. */
    private static final double CORNER = 1e-3;

    /** A mixture with a Laplace tail is replaced where it is below 1e-10; in float32 that may be anywhere in here. */
    private static final double TAIL_SURELY = 1e-11;

    private static final double MIXTURE_SURELY = 1e-9;

    private static final String LOG_PROB = "grad_log_prob";
    private static final String TRAIN = "train_grad_";

    private GradientVectors() {}

    /** Checks a prior's {@code grad_log_prob} at {@code x}, where the case has it. */
    static void checkLogProb(GoldenCase c, GoldenPrior golden, double[] x) {
        if (!c.has(LOG_PROB)) {
            return;
        }
        Prior prior = golden.prior();
        double[] ones = new double[x.length];
        Arrays.fill(ones, 1);
        double[] gradients = new double[x.length];
        double[][] byParameters = prior.parameters().stream()
                .map(parameter -> new double[parameter.value().size()])
                .toArray(double[][]::new);
        prior.logProbGradients(x, 0, 0, x.length, ones, 0, gradients, 0, byParameters);
        check(c, LOG_PROB, gradients, i -> isSmooth(golden, x[i]) ? tolerance(golden, x[i]) : null);
    }

    /** In float32, upstream's difference of two slopes is as coarse as the slope that soft rounding multiplies them by. */
    private static Tolerance tolerance(GoldenPrior golden, double y) {
        if (golden.isFloat64()) {
            return FLOAT64;
        }
        return golden.adapter() == Adapter.SOFT_ROUNDED
                ? Tolerance.ofMaxOne(
                        FLOAT32 * Math.max(1, SoftRound.softRoundConditionalMeanDerivative(y, golden.alpha())))
                : Tolerance.ofMaxOne(FLOAT32);
    }

    private static boolean isSmooth(GoldenPrior golden, double y) {
        return golden.adapter() != Adapter.SOFT_ROUNDED || Math.abs(2 * y - Math.rint(2 * y)) > 2 * CORNER;
    }

    /** Checks the gradients of the sum of all bits, as many as the case has. */
    static void checkTraining(
            GoldenCase c, GoldenPrior golden, UniversalBatchedEntropyModel model, Tensor y, RateEstimate estimate) {
        RateGradients gradients = estimate.backward();
        Prior prior = golden.prior();
        for (String array : c.arraysNamed(TRAIN)) {
            String name = array.substring(TRAIN.length());
            if (name.equals("y")) {
                Tensor perturbed = estimate.perturbed();
                check(c, array, gradients.bottleneck().toDoubles(), i -> {
                    boolean comparable = isSmooth(golden, perturbed.get(i))
                            && isDecided(prior, model.laplaceTailMass(), i % prior.size(), perturbed.get(i))
                            && !losesBox(prior, perturbed.get(i));
                    return comparable ? Tolerance.ofMaxOne(BITS + coarseness(prior, model, i, y.get(i))) : null;
                });
            } else {
                check(c, array, byParameter(prior, gradients, name).toDoubles(), i -> Tolerance.ofMaxOne(BITS));
            }
        }
    }

    /** Whether {@code y + 1/2} and {@code y - 1/2} are the same in the prior's type: upstream's gradient is no number then. */
    private static boolean losesBox(Prior prior, double y) {
        return prior.type() == ElementType.FLOAT32 ? (float) (y + 0.5) == (float) (y - 0.5) : y + 0.5 == y - 0.5;
    }

    /** What the difference of two log-densities, each rounded to the prior's type, may be off by in bits. */
    private static double coarseness(Prior prior, UniversalBatchedEntropyModel model, int i, double y) {
        if (!model.expectedGrads() || prior.type() != ElementType.FLOAT32) {
            return 0;
        }
        double size = Math.abs(prior.logProb(i % prior.size(), y));
        return 6 * Math.ulp((float) size) / Math.log(2);
    }

    private static Tensor byParameter(Prior prior, RateGradients gradients, String name) {
        for (int v = 0; v < gradients.parameters().size(); v++) {
            if (prior.parameters().get(v).name().equals(name)) {
                return gradients.parameters().get(v);
            }
        }
        throw new AssertionError("the prior must have the parameter: name=" + name);
    }

    private static boolean isDecided(Prior prior, double tailMass, int element, double y) {
        Prior laplace = NoisyLaplace.of(Shape.scalar(), new double[] {0}, new double[] {1});
        double mixture = (1 - tailMass) * prior.prob(element, y) + tailMass * laplace.prob(0, y);
        return tailMass == 0 || mixture < TAIL_SURELY || mixture > MIXTURE_SURELY;
    }

    /** @param tolerances of each gradient; null where it cannot be compared */
    private static void check(GoldenCase c, String array, double[] ours, IntFunction<@Nullable Tolerance> tolerances) {
        Npy theirs = c.array(array);
        Tolerance.checkEqual(c, array, 0, ours.length, theirs.size());
        int compared = 0;
        for (int i = 0; i < ours.length; i++) {
            Tolerance tolerance = tolerances.apply(i);
            if (tolerance != null) {
                tolerance.check(c, array, i, ours[i], theirs.get(i));
                compared++;
            }
        }
        if (compared < ours.length / 5) {
            throw new AssertionError("a fifth of the gradients must be comparable: case=" + c.name() + " array=" + array
                    + " compared=" + compared + " of=" + ours.length);
        }
    }
}
