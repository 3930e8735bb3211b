package io.github.uniquant.prior;

import java.util.function.DoubleUnaryOperator;

/** Searches for the point where a monotone function crosses zero. */
public final class RootSearch {
    private static final int MAX_DOUBLINGS = 1100;
    private static final int MAX_BISECTIONS = 200;

    private RootSearch() {}

    /**
     * The x at which a non-decreasing function crosses zero, to the last bit or, about 0, to 2^-200 of the bracket: the
     * least double found with {@code f(x) >= 0} next to one with {@code f < 0}. Starts about {@code start} and doubles its
     * steps from {@code step} on until it has a bracket, then bisects it; every step is the same on every machine.
     *
     * @throws IllegalArgumentException if the function crosses zero nowhere within the doubles
     */
    public static double increasing(DoubleUnaryOperator f, double start, double step) {
        double low = start;
        double high = start;
        double width = step;
        for (int i = 0; f.applyAsDouble(low) >= 0; i++, width *= 2) {
            high = low;
            low = start - width;
            requireBracket(i, low);
        }
        for (int i = 0; !(f.applyAsDouble(high) >= 0); i++, width *= 2) {
            low = Math.max(low, high);
            high = start + width;
            requireBracket(i, high);
        }
        for (int i = 0; i < MAX_BISECTIONS; i++) {
            double middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) {
                break;
            }
            if (f.applyAsDouble(middle) >= 0) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    private static void requireBracket(int doublings, double bound) {
        if (doublings > MAX_DOUBLINGS || !Double.isFinite(bound)) {
            throw new IllegalArgumentException("the function must cross zero within the doubles: bound=" + bound);
        }
    }
}
