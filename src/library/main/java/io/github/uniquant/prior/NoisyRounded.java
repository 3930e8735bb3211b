package io.github.uniquant.prior;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The prior of a bottleneck that is rounded, or soft-rounded, before the noise is added: upstream's {@code
 * NoisyRoundedNormal}, {@code NoisySoftRoundedNormal}, {@code NoisyRoundedDeepFactorized} and {@code
 * NoisySoftRoundedDeepFactorized}, and the like of every other family. It has the inner prior's parameters.
 */
public final class NoisyRounded implements Prior {
    private static final String PREFIX = "Noisy";

    private final Prior inner;
    private final @Nullable Double alpha;
    private final Adapted base;
    private final Spare<Scratch> spare = new Spare<>(Scratch::new);

    private NoisyRounded(Prior inner, @Nullable Double alpha) {
        if (inner instanceof NoisyRounded || !inner.family().startsWith(PREFIX)) {
            throw new IllegalArgumentException(
                    "only the library's own families can be rounded, once: family=" + inner.family());
        }
        if (alpha != null) {
            SoftRound.check(alpha);
        }
        this.inner = inner;
        this.alpha = alpha;
        this.base = new Adapted(inner.base(), alpha);
    }

    /** The prior of {@code round(x) + u}, for x of the inner prior's base distribution. */
    public static NoisyRounded of(Prior inner) {
        return new NoisyRounded(inner, null);
    }

    /** The prior of {@code softRound(x, alpha) + u}, for x of the inner prior's base distribution; see {@link SoftRound}. */
    public static NoisyRounded soft(Prior inner, double alpha) {
        return new NoisyRounded(inner, alpha);
    }

    @Override
    public Shape shape() {
        return inner.shape();
    }

    @Override
    public ElementType type() {
        return inner.type();
    }

    /** The inner prior's family with {@code Rounded} or {@code SoftRounded} behind {@code Noisy}. */
    @Override
    public String family() {
        return PREFIX
                + (alpha == null ? "Rounded" : "SoftRounded")
                + inner.family().substring(PREFIX.length());
    }

    @Override
    public Map<String, Object> options() {
        if (alpha == null) {
            return inner.options();
        }
        Map<String, Object> options = new TreeMap<>(inner.options());
        options.put("alpha", alpha);
        return options;
    }

    @Override
    public List<Variable> parameters() {
        return inner.parameters();
    }

    @Override
    public Prior withParameters(List<Tensor> values) {
        return new NoisyRounded(inner.withParameters(values), alpha);
    }

    @Override
    public BaseDistribution base() {
        return base;
    }

    @Override
    public double prob(int element, double y) {
        return alpha == null ? inner.prob(element, rounded(y)) : NoisyPrior.prob(base, element, y);
    }

    @Override
    public double logProb(int element, double y) {
        return inner.logProb(element, centre(y));
    }

    /**
     * The value of the inner prior that stands for y: the box about y is what the map makes of a unit box, whose centre is {@link
     * SoftRound#softRoundConditionalMean}, or an integer for plain rounding. So log-densities are as accurate as the inner
     * prior's, where those of {@link #prob}, a difference of two CDFs, are lost between the humps of a mixture.
     */
    private double centre(double y) {
        return alpha == null ? rounded(y) : SoftRound.softRoundConditionalMean(y, alpha);
    }

    /** The inner prior's at {@link #centre}. For plain rounding that is constant between its jumps, so {@code dy} is 0 then. */
    @Override
    public void logProbGradients(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients) {
        Parameters.checkRanges(size(), y, yOffset, firstElement, count, weights, weightsOffset, dy, dyOffset);
        Scratch scratch = spare.take();
        scratch.reserve(count);
        double[] centres = scratch.centres;
        double[] slopes = scratch.slopes;
        for (int i = 0; i < count; i++) {
            double value = y[yOffset + i];
            centres[i] = centre(value);
            slopes[i] = alpha == null ? 0 : SoftRound.softRoundConditionalMeanDerivative(value, alpha);
        }
        inner.logProbGradients(
                centres, 0, firstElement, count, weights, weightsOffset, dy, dyOffset, parameterGradients);
        for (int i = 0; i < count; i++) {
            // Where the map is nearly a step, its slope is about as large as a double can be.
            double slope = dy[dyOffset + i] * slopes[i];
            dy[dyOffset + i] = Math.min(Math.max(slope, -Double.MAX_VALUE), Double.MAX_VALUE);
        }
        spare.giveBack(scratch);
    }

    /** Working memory of one call: all of its values, for the inner prior adds them up in one call. */
    private static final class Scratch {
        double[] centres = {};
        double[] slopes = {};

        void reserve(int count) {
            if (centres.length < count) {
                centres = new double[count];
                slopes = new double[count];
            }
        }
    }

    @Override
    public void prob(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        Parameters.checkRun(size(), y, yOffset, firstElement, count, out, outOffset);
        if (alpha == null) {
            centre(y, yOffset, count, out, outOffset);
            inner.prob(out, outOffset, firstElement, count, out, outOffset);
        } else {
            Prior.super.prob(y, yOffset, firstElement, count, out, outOffset);
        }
    }

    @Override
    public void logProb(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        Parameters.checkRun(size(), y, yOffset, firstElement, count, out, outOffset);
        centre(y, yOffset, count, out, outOffset);
        inner.logProb(out, outOffset, firstElement, count, out, outOffset);
    }

    private void centre(double[] y, int yOffset, int count, double[] out, int outOffset) {
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = centre(y[yOffset + i]);
        }
    }

    /** The integer in [y - 1/2, y + 1/2): all that rounds to it, and nothing else, gets to y by the noise. */
    private static double rounded(double y) {
        return Math.ceil(y - 0.5);
    }

    /** The inner prior's tail, soft-rounded; rounded outwards for plain rounding, as upstream does. */
    @Override
    public double lowerTail(int element, double tailMass) {
        double tail = inner.lowerTail(element, tailMass);
        return alpha == null ? Math.floor(tail) : base.transform(tail);
    }

    /** The inner prior's tail, soft-rounded; rounded outwards for plain rounding, as upstream does. */
    @Override
    public double upperTail(int element, double tailMass) {
        double tail = inner.upperTail(element, tailMass);
        return alpha == null ? Math.ceil(tail) : base.transform(tail);
    }

    /** The inner prior's offset, transformed; 0 for plain rounding. */
    @Override
    public double quantizationOffset(int element) {
        return alpha == null ? 0 : base.transform(inner.quantizationOffset(element));
    }

    /** The family, shape and type. */
    @Override
    public String toString() {
        return family() + "[shape=" + shape() + ", type=" + type().id() + "]";
    }
}
