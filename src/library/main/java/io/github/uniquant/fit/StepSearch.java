package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * The quantization step S with the least cost {@code S^2/12 + rateWeight * rate(S)}.
 *
 * <p>Doubling a step saves at most one bit a value, so that the rate's slope is at most {@code 1 / (S ln 2)}, and the cost
 * rises beyond {@code sqrt(6 rateWeight / ln 2)}, the best step of fine quantization. The search halves the step from there
 * until the rate alone costs more than the best step so far: a smaller one cannot be better, since the rate falls with the
 * step. Between the neighbours of the best, it goes on by golden sections.
 */
final class StepSearch {
    private static final double TOLERANCE = 0.02;
    private static final double GOLDEN = 0.6180339887498949;

    private final double rateWeight;
    private final DoubleUnaryOperator rate;
    private final Map<Double, Double> costs = new HashMap<>();

    private StepSearch(double rateWeight, DoubleUnaryOperator rate) {
        this.rateWeight = rateWeight;
        this.rate = rate;
    }

    /**
     * The best step, to three digits.
     *
     * @param least the least step to try
     * @param rate bits a value with a step
     */
    static double best(double rateWeight, double least, DoubleUnaryOperator rate) {
        return new StepSearch(rateWeight, rate).search(least);
    }

    /** The step that none is better than which is larger; infinite where a rate weight is too large for this search. */
    static double largest(double rateWeight) {
        return Math.sqrt(6 * rateWeight / ExactMath.LN2);
    }

    private double cost(double step) {
        return costs.computeIfAbsent(step, s -> s * s / 12 + rateWeight * rate.applyAsDouble(s));
    }

    private double search(double least) {
        double largest = Math.max(largest(rateWeight), least);
        double best = largest;
        for (double step = largest / 2; step >= least; step /= 2) {
            double cost = cost(step);
            best = cost < cost(best) ? step : best;
            if (cost - step * step / 12 >= cost(best)) {
                break;
            }
        }
        double low = Math.max(best / 2, least);
        double high = Math.min(best * 2, largest);
        while (high > low * (1 + TOLERANCE)) {
            double ratio = high / low;
            // low * ratio^(1 - golden) and low * ratio^golden: the golden section of a logarithmic scale.
            double log = ExactMath.log(ratio);
            double left = low * ExactMath.exp((1 - GOLDEN) * log);
            double right = low * ExactMath.exp(GOLDEN * log);
            if (cost(left) <= cost(right)) {
                high = right;
            } else {
                low = left;
            }
        }
        return Math.max(rounded(low + (high - low) / 2), least);
    }

    private static double rounded(double step) {
        return new BigDecimal(step).round(new MathContext(3)).doubleValue();
    }
}
