package io.github.uniquant.golden;

import io.github.uniquant.prior.NoisyRounded;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.prior.SoftRound;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * The prior of a case, and what its family means for tolerances.
 *
 * @param inner the prior before rounding or soft rounding; the prior itself where there is none
 * @param numericTails whether upstream searches for the tails
 */
record GoldenPrior(Prior prior, Prior inner, Adapter adapter, double alpha, boolean numericTails) {
    /** How the base variable is rounded. */
    enum Adapter {
        NONE,
        ROUNDED,
        SOFT_ROUNDED
    }

    private static final String NOISY = "Noisy";
    private static final String ROUNDED = "Rounded";
    private static final String SOFT_ROUNDED = "SoftRounded";
    private static final String MIXTURE = "Mixture";

    /** Of points in closed form: of max(1, abs). */
    private static final double CLOSED = 1e-5;

    /** Of points that upstream searches for: absolute. */
    private static final double SEARCHED = 3e-3;

    /** @param dtypeField the field of case.json that names the type of the parameters */
    static GoldenPrior of(GoldenCase c, String dtypeField) {
        return of(c, ElementType.ofId(c.field(dtypeField).asString()));
    }

    /** @param type of the parameters */
    static GoldenPrior of(GoldenCase c, ElementType type) {
        String kind = c.field("prior").asString();
        String family =
                kind.contains("_") ? kind.substring(0, kind.indexOf('_')) : kind; // the rest says how it was made
        String bare = family.startsWith(NOISY) ? family.substring(NOISY.length()) : family;
        Adapter adapter = bare.startsWith(SOFT_ROUNDED)
                ? Adapter.SOFT_ROUNDED
                : bare.startsWith(ROUNDED) ? Adapter.ROUNDED : Adapter.NONE;
        String innerFamily = switch (adapter) {
            case NONE -> bare;
            case ROUNDED -> bare.substring(ROUNDED.length());
            case SOFT_ROUNDED -> bare.substring(SOFT_ROUNDED.length());
        };
        Map<String, Object> options = new HashMap<>();
        if (c.hasField("num_filters")) {
            options.put(
                    "num_filters",
                    c.field("num_filters")
                            .valueStream()
                            .<Object>map(filter -> filter.asInt())
                            .toList());
            options.put("init_scale", c.field("init_scale").asDouble());
        }
        Prior inner = Priors.of(NOISY + innerFamily, type, options, parameters(c, isLocationScale(innerFamily)));
        double alpha = adapter == Adapter.SOFT_ROUNDED ? c.field("alpha").asDouble() : Double.NaN;
        double typedAlpha = type == ElementType.FLOAT32 ? (float) alpha : alpha;
        Prior prior = switch (adapter) {
            case NONE -> inner;
            case ROUNDED -> NoisyRounded.of(inner);
            case SOFT_ROUNDED -> NoisyRounded.soft(inner, typedAlpha);
        };
        return new GoldenPrior(prior, inner, adapter, typedAlpha, !isLocationScale(innerFamily));
    }

    private static boolean isLocationScale(String family) {
        return !family.equals("DeepFactorized") && !family.endsWith(MIXTURE);
    }

    /** A prior of a location-scale family that a case does not name. */
    static GoldenPrior of(Prior prior) {
        return new GoldenPrior(prior, prior, Adapter.NONE, Double.NaN, false);
    }

    /** {@code param_loc} is the parameter loc, {@code param_matrices_0} the parameter matrix_0. */
    private static List<Variable> parameters(GoldenCase c, boolean ofThePriorsShape) {
        List<Variable> parameters = new ArrayList<>();
        for (String array : c.arraysNamed("param_")) {
            String name = array.substring("param_".length())
                    .replace("matrices_", "matrix_")
                    .replace("biases_", "bias_")
                    .replace("factors_", "factor_");
            boolean shaped = ofThePriorsShape && c.hasField("prior_shape");
            parameters.add(new Variable(name, shaped ? c.tensor(array, c.shapeField("prior_shape")) : c.tensor(array)));
        }
        return parameters;
    }

    int size() {
        return prior.size();
    }

    boolean isFloat64() {
        return prior.type() == ElementType.FLOAT64;
    }

    boolean isMixture() {
        return inner.family().endsWith(MIXTURE);
    }

    /** An interval that upstream's value of a tail or a quantization offset may lie in. */
    record Interval(double low, double high) {}

    /** Where upstream's lower tail may lie: the tolerance of the inner prior's, and then what the adapter makes of it. */
    Interval lowerTail(int element, double tailMass) {
        return adapted(inner.lowerTail(element, tailMass), numericTails, Math::floor);
    }

    /** Where upstream's upper tail may lie. */
    Interval upperTail(int element, double tailMass) {
        return adapted(inner.upperTail(element, tailMass), numericTails, Math::ceil);
    }

    /** Where upstream's quantization offset may lie: a median is searched for as tails are, a mode is not. */
    Interval quantizationOffset(int element) {
        return componentOffset(inner.quantizationOffset(element), numericTails && !isMixture());
    }

    /** Where the offset of a component of the inner mixture may lie. */
    Interval componentOffset(double offset) {
        return componentOffset(offset, false);
    }

    private Interval componentOffset(double offset, boolean searched) {
        return adapted(offset, searched, x -> 0);
    }

    private Interval adapted(double point, boolean searched, DoubleUnaryOperator rounding) {
        double slack = searched ? SEARCHED : CLOSED * Math.max(1, Math.abs(point));
        double low = point - slack;
        double high = point + slack;
        return switch (adapter) {
            case NONE -> new Interval(low, high);
            case ROUNDED -> new Interval(rounding.applyAsDouble(low), rounding.applyAsDouble(high));
            case SOFT_ROUNDED -> {
                double ownSlack = CLOSED * Math.max(1, Math.abs(point));
                yield new Interval(
                        SoftRound.softRound(low, alpha) - ownSlack, SoftRound.softRound(high, alpha) + ownSlack);
            }
        };
    }
}
