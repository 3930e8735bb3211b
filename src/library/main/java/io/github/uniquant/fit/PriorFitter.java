package io.github.uniquant.fit;

import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Fits priors to data: per prior element, the location and scale with which dithered coding of the data is expected to
 * take the fewest bits. That is maximum likelihood of the <i>noisy</i> prior, averaged over the dither instead of drawn
 * from it; far outliers count as the escapes that they are coded with, so that a few of them do not widen the prior for all
 * others.
 *
 * <p>The result depends on the values only, not on their order nor on the machine: it is made of operations that IEEE 754
 * and Java fix exactly, in a fixed order.
 *
 * <p>Constant values get a scale of 2^-16, or of one unit in their last place where that is larger: the prior is the unit
 * box then, and costs next to nothing. An element without values gets the standard prior, location 0 and scale 1.
 */
public final class PriorFitter {
    private static final double LEAST_SCALE = 0x1p-16;
    private static final double INT_LIMIT = 0x1p31;
    private static final List<Family> FAMILIES = List.of(Family.NORMAL, Family.LOGISTIC, Family.LAPLACE);

    private PriorFitter() {}

    /** Equivalent to {@code fit(values, family, priorShape, 1)}. */
    public static Prior fit(Tensor values, Family family, Shape priorShape) {
        return fit(values, family, priorShape, 1);
    }

    /**
     * Fits a prior to {@code values / step}.
     *
     * @param values a tensor of a floating type, each element divided by the step of magnitude at most 2^31
     * @param priorShape the innermost dimensions of the tensor, one prior element each; a scalar for one in all
     * @param step what the values will be divided by before coding, larger than 0
     * @return a prior of shape {@code priorShape}: of float64 parameters for float64 values, else of float32
     */
    public static Prior fit(Tensor values, Family family, Shape priorShape, double step) {
        Shape shape = values.shape();
        if (!values.type().isFloating()) {
            throw new IllegalArgumentException("the values must be of a floating type: values=" + values);
        }
        if (shape.rank() < priorShape.rank()
                || !shape.trailing(priorShape.rank()).equals(priorShape)) {
            throw new IllegalArgumentException(
                    "the tensor must end in the prior's shape: shape=" + shape + " priorShape=" + priorShape);
        }
        if (!(step > 0 && Double.isFinite(step))) {
            throw new IllegalArgumentException("step must be finite and larger than 0: step=" + step);
        }
        List<Family> candidates = family == Family.AUTO ? FAMILIES : List.of(family);
        Fits[] fits = new Fits[candidates.size()];
        int size = size(priorShape);
        Arrays.setAll(fits, f -> new Fits(size));
        double[] sorted = new double[size == 0 ? 0 : values.size() / size];
        for (int element = 0; element < size; element++) {
            for (int i = 0, at = element; i < sorted.length; i++, at += size) {
                sorted[i] = checked(values.get(at) / step, at);
            }
            Arrays.sort(sorted);
            double leastScale = leastScale(values.type(), sorted);
            for (int f = 0; f < fits.length; f++) {
                fits[f].set(element, ElementFit.of(candidates.get(f), sorted, leastScale));
            }
        }
        int best = 0;
        for (int f = 1; f < fits.length; f++) {
            best = fits[f].nats < fits[best].nats ? f : best;
        }
        return fits[best].prior(candidates.get(best), priorShape, values.type() == ElementType.FLOAT64);
    }

    private static int size(Shape priorShape) {
        if (priorShape.elements() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the prior must have less than 2^31 elements: priorShape=" + priorShape);
        }
        return (int) priorShape.elements();
    }

    private static double checked(double value, int element) {
        if (!(Math.abs(value) <= INT_LIMIT)) {
            throw new IllegalArgumentException("every value must be finite and, divided by the step, at most 2^31 in"
                    + " magnitude: element=" + element + " value=" + value);
        }
        return value == 0 ? 0 : value; // sorting would tell -0 from 0
    }

    /** A reconstruction is rounded to the values' type: below one unit in the last place, no prior is narrower. */
    private static double leastScale(ElementType type, double[] sorted) {
        if (sorted.length == 0) {
            return LEAST_SCALE;
        }
        int significandBits = switch (type) {
            case FLOAT16 -> 10;
            case BFLOAT16 -> 7;
            case FLOAT32 -> 23;
            case FLOAT64, INT32 -> 52;
        };
        double median = Math.abs(sorted[sorted.length / 2]);
        return Math.max(LEAST_SCALE, Math.scalb(1.0, Math.getExponent(median) - significandBits));
    }

    /** The parameters of all elements in one family, and the code length in all. */
    private static final class Fits {
        final double[] loc;
        final double[] scale;
        double nats;

        Fits(int size) {
            loc = new double[size];
            scale = new double[size];
        }

        void set(int element, ElementFit fit) {
            loc[element] = fit.loc();
            scale[element] = fit.scale();
            nats += fit.nats();
        }

        Prior prior(Family family, Shape shape, boolean wide) {
            ElementType type = wide ? ElementType.FLOAT64 : ElementType.FLOAT32;
            return family.prior(
                    Tensor.of(shape, loc).to(type), Tensor.of(shape, scale).to(type));
        }
    }
}
