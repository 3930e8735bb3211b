package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.BoxParameters;
import io.github.uniquant.internal.kernel.GradientKernels;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of noisy location-scale distributions: parameters {@code loc}, {@code scale} and {@code weight}, of the batch
 * shape with a last axis of components. The weights of an element add up to 1.
 */
public abstract sealed class NoisyMixture extends OnePassPrior permits NoisyNormalMixture, NoisyLogisticMixture {
    private static final double WEIGHT_TOLERANCE = 1e-5;

    private final Tensor loc;
    private final Tensor scale;
    private final Tensor weight;
    private final Mixture base;
    private final Tiling tiling;
    private final int[] parameterSizes;
    private volatile BoxParameters @Nullable [] boxes; // by component, and in each by place; made when first wanted
    private final double[][] weights; // by component and place
    private final Spare<Scratch> spare;

    NoisyMixture(Standard standard, Tensor loc, Tensor scale, Tensor weight) {
        Parameters.sameShape("loc", loc, "scale", scale);
        Parameters.sameShape("loc", loc, "weight", weight);
        Shape shape = Parameters.withoutLastAxis("loc", loc);
        int components = loc.shape().dim(shape.rank());
        this.base = new Mixture(
                standard,
                shape,
                components,
                Parameters.finite("loc", loc),
                Parameters.positive("scale", scale),
                checkedWeights(weight, components));
        this.loc = Parameters.copy(loc);
        this.scale = Parameters.copy(scale);
        this.weight = Parameters.copy(weight);
        this.tiling = Tiling.of(size());
        this.parameterSizes = new int[] {base.loc().length, base.scale().length, base.weight().length};
        this.weights = new double[components][];
        Arrays.setAll(
                weights, c -> tiling.tile(ofComponent(c, base.byComponent().weight())));
        this.spare = new Spare<>(() -> new Scratch(tiling, components));
    }

    private BoxParameters[] boxes() {
        BoxParameters[] made = boxes;
        if (made == null) { // two threads may make the same
            made = new BoxParameters[base.components()];
            for (int c = 0; c < made.length; c++) {
                made[c] = BoxParameters.of(
                                base.standard().family(),
                                ofComponent(c, base.byComponent().loc()),
                                ofComponent(c, base.byComponent().scale()))
                        .repeated(tiling.copies());
            }
            boxes = made;
        }
        return made;
    }

    private double[] ofComponent(int component, double[] byComponent) {
        return Arrays.copyOfRange(byComponent, component * size(), (component + 1) * size());
    }

    /** Working memory of one call. */
    private static final class Scratch {
        static final int BLOCK = 256;

        final double[] work = new double[GradientKernels.WORK];
        // By component, and in each by value of the block.
        final double[][] terms;
        final double[][] byY;
        final double[][] byScale;
        final double[] sums = new double[BLOCK]; // of terms, by value
        final double[] logProbs = new double[BLOCK];
        final double[][][] gradients; // by parameter, component and place

        Scratch(Tiling tiling, int components) {
            terms = new double[components][BLOCK];
            byY = new double[components][BLOCK];
            byScale = new double[components][BLOCK];
            gradients = new double[3][components][tiling.span()];
        }
    }

    private static double[] checkedWeights(Tensor weight, int components) {
        double[] weights = Parameters.finite("weight", weight);
        for (int first = 0; first < weights.length; first += components) {
            double sum = 0;
            for (int c = first; c < first + components; c++) {
                if (weights[c] < 0) {
                    throw new IllegalArgumentException(
                            "weights must be at least 0: element=" + c + " weight=" + weights[c]);
                }
                sum += weights[c];
            }
            if (!(Math.abs(sum - 1) <= WEIGHT_TOLERANCE)) {
                throw new IllegalArgumentException(
                        "the weights of an element must add up to 1: element=" + first / components + " sum=" + sum);
            }
        }
        return weights;
    }

    abstract Prior with(Tensor newLoc, Tensor newScale, Tensor newWeight);

    @Override
    public final Shape shape() {
        return base.shape();
    }

    @Override
    public final ElementType type() {
        return loc.type();
    }

    @Override
    public final List<Variable> parameters() {
        return List.of(
                new Variable("loc", Parameters.copy(loc)),
                new Variable("scale", Parameters.copy(scale)),
                new Variable("weight", Parameters.copy(weight)));
    }

    @Override
    public final Prior withParameters(List<Tensor> values) {
        Parameters.checkReplacement(parameters(), values);
        return with(values.get(0), values.get(1), values.get(2));
    }

    @Override
    public final BaseDistribution base() {
        return base;
    }

    @Override
    public final double prob(int element, double y) {
        double sum = 0;
        for (int c = element * base.components(); c < (element + 1) * base.components(); c++) {
            sum += base.weight()[c] * base.standard().interval(y, base.loc()[c], base.scale()[c]);
        }
        return sum;
    }

    @Override
    public final double logProb(int element, double y) {
        BoxParameters[] ofComponents = boxes();
        return base.logSum(element, c -> ofComponents[c % base.components()].logProb(element, y));
    }

    @Override
    int[] parameterSizes() {
        return parameterSizes;
    }

    @Override
    void gradients(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double @Nullable [] logProbs,
            int logProbsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients) {
        GradientKernels kernels = KernelProvider.gradientKernels((long) count * base.components());
        BoxParameters[] ofComponents = boxes();
        Scratch scratch = spare.take();
        for (double[][] byComponent : scratch.gradients) {
            for (double[] byPlace : byComponent) {
                Arrays.fill(byPlace, 0);
            }
        }
        for (int done = 0, place = firstElement; done < count; ) {
            int run = tiling.run(place, count - done, Scratch.BLOCK);
            for (int c = 0; c < base.components(); c++) {
                kernels.locationScale(
                        ofComponents[c],
                        y,
                        yOffset + done,
                        place,
                        run,
                        scratch.terms[c],
                        0,
                        scratch.byY[c],
                        scratch.byScale[c],
                        0,
                        scratch.work);
            }
            kernels.mixture(
                    scratch.terms,
                    this.weights,
                    place,
                    0,
                    run,
                    scratch.sums,
                    logProbs == null ? scratch.logProbs : logProbs,
                    logProbs == null ? 0 : logProbsOffset + done,
                    scratch.work);
            kernels.mixtureGradients(
                    scratch.terms,
                    this.weights,
                    place,
                    0,
                    run,
                    scratch.sums,
                    scratch.byY,
                    scratch.byScale,
                    weights,
                    weightsOffset + done,
                    dy,
                    dyOffset + done,
                    scratch.gradients[0],
                    scratch.gradients[1],
                    scratch.gradients[2],
                    scratch.work);
            done += run;
            place = tiling.next(place + run);
        }
        for (int parameter = 0; parameter < scratch.gradients.length; parameter++) {
            for (int c = 0; c < base.components(); c++) {
                addByElement(scratch.gradients[parameter][c], c, parameterGradients[parameter]);
            }
        }
        spare.giveBack(scratch);
    }

    /** Adds sums of a component by place to those by element and component, copy by copy. */
    private void addByElement(double[] byPlace, int component, double[] sums) {
        for (int element = 0, to = component; element < tiling.size(); element++, to += base.components()) {
            double sum = 0;
            for (int place = element; place < byPlace.length; place += tiling.size()) {
                sum += byPlace[place];
            }
            sums[to] += sum;
        }
    }

    @Override
    public final void prob(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        base.run(Quantity.NOISY_PROB, y, yOffset, firstElement, count, out, outOffset);
    }

    @Override
    public final void logProb(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        Parameters.checkRun(size(), y, yOffset, firstElement, count, out, outOffset);
        GradientKernels kernels = KernelProvider.gradientKernels((long) count * base.components());
        BoxParameters[] ofComponents = boxes();
        Scratch scratch = spare.take();
        for (int done = 0, place = firstElement; done < count; ) {
            int run = tiling.run(place, count - done, Scratch.BLOCK);
            for (int c = 0; c < base.components(); c++) {
                kernels.locationScale(
                        ofComponents[c],
                        y,
                        yOffset + done,
                        place,
                        run,
                        scratch.terms[c],
                        0,
                        null,
                        null,
                        0,
                        scratch.work);
            }
            kernels.mixture(scratch.terms, weights, place, 0, run, scratch.sums, out, outOffset + done, scratch.work);
            done += run;
            place = tiling.next(place + run);
        }
        spare.giveBack(scratch);
    }

    @Override
    public final void probRow(int element, double first, int count, double[] out, int outOffset) {
        base.row(Quantity.NOISY_PROB, element, first, count, out, outOffset);
    }

    @Override
    public final void probRows(int rows, int[] elements, double[] firsts, int[] counts, double[] out, int outOffset) {
        base.rows(Quantity.NOISY_PROB, rows, elements, firsts, counts, out, outOffset);
    }

    /** The quantization offset of the component whose offset is the likeliest value of them all. */
    @Override
    public final double quantizationOffset(int element) {
        double best = 0;
        double bestLogProb = Double.NEGATIVE_INFINITY;
        for (int c = element * base.components(); c < (element + 1) * base.components(); c++) {
            double offset = base.loc()[c] - Math.rint(base.loc()[c]);
            double logProb = logProb(element, offset);
            if (logProb > bestLogProb) {
                best = offset;
                bestLogProb = logProb;
            }
        }
        return best;
    }
}
