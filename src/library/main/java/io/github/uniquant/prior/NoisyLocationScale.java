package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.BoxParameters;
import io.github.uniquant.internal.kernel.GradientKernels;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.PriorKernels.Family;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A noisy location-scale family: parameters {@code loc} and {@code scale}, of the batch shape. */
public abstract sealed class NoisyLocationScale extends OnePassPrior permits NoisyNormal, NoisyLogistic, NoisyLaplace {
    private final Tensor loc;
    private final Tensor scale;
    private final LocationScale base;
    private final Tiling sums; // of gradients
    private final Tiling runs; // of parameters: as those of sums, or several of them
    private final int[] parameterSizes;
    private volatile @Nullable BoxParameters boxes; // by place; made when first wanted, for coding does without
    private final Spare<Scratch> spare;

    NoisyLocationScale(Standard standard, Tensor loc, Tensor scale) {
        Parameters.sameShape("loc", loc, "scale", scale);
        this.base = new LocationScale(
                standard, loc.shape(), Parameters.finite("loc", loc), Parameters.positive("scale", scale));
        this.loc = Parameters.copy(loc);
        this.scale = Parameters.copy(scale);
        this.sums = Tiling.of(size());
        // The coefficients that normal distributions keep would not stay in the first-level cache.
        this.runs = standard.family() == Family.NORMAL ? sums : sums.filling(GradientKernels.BLOCK);
        this.parameterSizes = new int[] {size(), size()};
        this.spare = new Spare<>(() -> new Scratch(sums));
    }

    /** Working memory of one call. */
    private static final class Scratch {
        static final int BLOCK = 1024;

        final double[] work = new double[GradientKernels.WORK];
        final double[] byY = new double[BLOCK];
        final double[] byScale = new double[BLOCK];
        final double[] sumByLoc;
        final double[] sumByScale;

        Scratch(Tiling sums) {
            sumByLoc = sums.newPlaces(sums.size());
            sumByScale = sums.newPlaces(sums.size());
        }
    }

    private BoxParameters boxes() {
        BoxParameters made = boxes;
        if (made == null) { // two threads may make the same
            made = BoxParameters.of(base.standard().family(), base.loc(), base.scale())
                    .repeated(runs.copies());
            boxes = made;
        }
        return made;
    }

    /** The same family with other parameters. */
    abstract Prior with(Tensor newLoc, Tensor newScale);

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
        return List.of(new Variable("loc", Parameters.copy(loc)), new Variable("scale", Parameters.copy(scale)));
    }

    @Override
    public final Prior withParameters(List<Tensor> values) {
        Parameters.checkReplacement(parameters(), values);
        return with(values.get(0), values.get(1));
    }

    @Override
    public final BaseDistribution base() {
        return base;
    }

    @Override
    public final double prob(int element, double y) {
        return base.standard().interval(y, base.loc()[element], base.scale()[element]);
    }

    @Override
    public final double logProb(int element, double y) {
        return boxes().logProb(element, y);
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
        GradientKernels kernels = KernelProvider.gradientKernels(count);
        BoxParameters ofPlaces = boxes();
        Scratch scratch = spare.take();
        double[] byLoc = sums.places(parameterGradients[0], scratch.sumByLoc);
        double[] byScale = sums.places(parameterGradients[1], scratch.sumByScale);
        for (int done = 0, place = firstElement; done < count; ) {
            int run = runs.run(place, count - done, Scratch.BLOCK);
            kernels.locationScale(
                    ofPlaces,
                    y,
                    yOffset + done,
                    place,
                    run,
                    logProbs,
                    logProbsOffset + done,
                    scratch.byY,
                    scratch.byScale,
                    0,
                    scratch.work);
            for (int from = 0, to; from < run; from = to) {
                int sum = (place + from) % sums.span();
                to = from + sums.run(sum, run - from, run);
                kernels.accumulate(
                        weights,
                        weightsOffset + done,
                        scratch.byY,
                        scratch.byScale,
                        from,
                        to,
                        dy,
                        dyOffset + done,
                        byLoc,
                        byScale,
                        sum - from);
            }
            done += run;
            place = runs.next(place + run);
        }
        sums.fold(byLoc, parameterGradients[0]);
        sums.fold(byScale, parameterGradients[1]);
        spare.giveBack(scratch);
    }

    @Override
    public final void prob(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        base.run(Quantity.NOISY_PROB, y, yOffset, firstElement, count, out, outOffset);
    }

    @Override
    public final void logProb(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        Parameters.checkRun(size(), y, yOffset, firstElement, count, out, outOffset);
        GradientKernels kernels = KernelProvider.gradientKernels(count);
        BoxParameters ofPlaces = boxes();
        Scratch scratch = spare.take();
        for (int done = 0, place = firstElement; done < count; ) {
            int run = runs.run(place, count - done, count);
            kernels.locationScale(
                    ofPlaces, y, yOffset + done, place, run, out, outOffset + done, null, null, 0, scratch.work);
            done += run;
            place = runs.next(place + run);
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

    /**
     * As in every prior, but at the probability {@code 1 - tailMass / 2} as the prior's type rounds it: where upstream cuts.
     * A tail mass so small that this is 1 is taken as it is.
     */
    @Override
    public final double upperTail(int element, double tailMass) {
        double exact = 1 - tailMass / 2;
        double below = type() == ElementType.FLOAT32 ? (float) exact : exact;
        return base.upperQuantile(element, below < 1 ? 1 - below : tailMass / 2);
    }

    /** The mode less its nearest integer. */
    @Override
    public final double quantizationOffset(int element) {
        double mode = base.loc()[element];
        return mode - Math.rint(mode);
    }
}
