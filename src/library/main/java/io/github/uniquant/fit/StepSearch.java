package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;

/**
 * A quantization step S of little cost {@code S^2/12 + rateWeight * rate(S)}.
 *
 * <p>Where doubling a step saves at most one bit a value, the rate's slope is at most {@code 1 / (S ln 2)}, and the cost
 * rises beyond {@code sqrt(6 rateWeight / ln 2)}, the best step of fine quantization. Tables that no longer hold a prior, or
 * whole slots, make it save more, so that the search goes up from there by factors of sqrt(2) until {@code S^2/12} alone costs more than
 * the best step so far. It halves it until the rate alone does, and a few times more: the rate falls with larger steps, but
 * that of few values need not, for which its factors are 2^(1/4). Between the neighbours of the best, it goes on by golden sections. Of all the steps it tried,
 * each of three digits, it takes the cheapest.
 */
final class StepSearch {
    private static final double TOLERANCE = 0.02;

    /** So many times more the search goes to a finer step where the rate alone costs more than the best step. */
    private static final int MORE_STEPS = 3;

    private static final int MORE_STEPS_OF_FEW = 12;

    private static final double SQRT2 = 1.4142135623730951;
    private static final double FOURTH_ROOT_OF_2 = 1.189207115002721;

    private static final double GOLDEN = 0.6180339887498949;

    private final double rateWeight;
    private final DoubleUnaryOperator rate;
    private final NavigableMap<Double, Double> costs = new TreeMap<>();
    private double best;
    private double leastCost = Double.POSITIVE_INFINITY;

    private StepSearch(double rateWeight, DoubleUnaryOperator rate) {
        this.rateWeight = rateWeight;
        this.rate = rate;
    }

    /**
     * The cheapest step that was tried, of three digits.
     *
     * @param least the least step to try
     * @param few whether the values are few: their rate may have several dips
     * @param rate bits a value with a step
     */
    static double best(double rateWeight, double least, boolean few, DoubleUnaryOperator rate) {
        StepSearch search = new StepSearch(rateWeight, rate);
        return few
                ? search.search(least, FOURTH_ROOT_OF_2, FOURTH_ROOT_OF_2, MORE_STEPS_OF_FEW)
                : search.search(least, SQRT2, 2, MORE_STEPS);
    }

    /** The step of fine quantization; infinite where a rate weight is too large for this search. */
    static double fine(double rateWeight) {
        return Math.sqrt(6 * rateWeight / ExactMath.LN2);
    }

    private double cost(double step) {
        double cost = costs.computeIfAbsent(step, s -> distortion(s) + rateWeight * rate.applyAsDouble(s));
        if (cost < leastCost) {
            leastCost = cost;
            best = step;
        }
        return cost;
    }

    private static double distortion(double step) {
        return step * step / 12;
    }

    private double search(double least, double up, double down, int moreSteps) {
        double start = rounded(fine(rateWeight), least);
        best = start; // also where every cost is beyond the doubles
        cost(start);
        for (double step = rounded(up * start, least); distortion(step) < leastCost; step = rounded(up * step, least)) {
            cost(step);
        }
        int more = 0;
        for (double step = start; step > least && more < moreSteps; ) {
            step = rounded(step / down, least);
            double cost = cost(step);
            more = cost - distortion(step) >= leastCost ? more + 1 : 0;
        }
        double low = Objects.requireNonNullElse(costs.lowerKey(best), best);
        double high = Objects.requireNonNullElse(costs.higherKey(best), best * up);
        while (high > low * (1 + TOLERANCE)) {
            // low * ratio^(1 - golden) and low * ratio^golden: the golden section of a logarithmic scale.
            double log = ExactMath.log(high / low);
            double left = low * ExactMath.exp((1 - GOLDEN) * log);
            double right = low * ExactMath.exp(GOLDEN * log);
            if (cost(rounded(left, least)) <= cost(rounded(right, least))) {
                high = right;
            } else {
                low = left;
            }
        }
        return best;
    }

    /** A step of three digits, but never below the least one. */
    private static double rounded(double step, double least) {
        return Math.max(new BigDecimal(step).round(new MathContext(3)).doubleValue(), least);
    }
}
