package io.github.uniquant.prior;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Priors by the name of their family: what a configuration holds. */
public final class Priors {
    private static final String ROUNDED = "NoisyRounded";
    private static final String SOFT_ROUNDED = "NoisySoftRounded";

    private static final Set<String> FAMILIES = Set.of(
            "NoisyNormal",
            "NoisyLogistic",
            "NoisyLaplace",
            "NoisyNormalMixture",
            "NoisyLogisticMixture",
            "NoisyDeepFactorized");

    private Priors() {}

    /** Whether {@link #of} makes priors of this family, rounded ones included. */
    public static boolean knows(String family) {
        for (String adapter : List.of(ROUNDED, SOFT_ROUNDED)) {
            if (family.startsWith(adapter)) {
                return FAMILIES.contains("Noisy" + family.substring(adapter.length()));
            }
        }
        return FAMILIES.contains(family);
    }

    /**
     * The prior of a family.
     *
     * @param family what {@link Prior#family()} gave
     * @param type what {@link Prior#type()} gave
     * @param options what {@link Prior#options()} gave
     * @param parameters the parameters by their names, as {@link Prior#parameters()} gave them
     */
    public static Prior of(String family, ElementType type, Map<String, Object> options, List<Variable> parameters) {
        for (Variable parameter : parameters) {
            if (parameter.value().type() != type) {
                throw new IllegalArgumentException("parameters must have the prior's type: parameter="
                        + parameter.name() + " type=" + parameter.value().type().id() + " expected=" + type.id());
            }
        }
        if (family.startsWith(ROUNDED)) {
            return NoisyRounded.of(of("Noisy" + family.substring(ROUNDED.length()), type, options, parameters));
        }
        if (family.startsWith(SOFT_ROUNDED)) {
            Prior inner = of("Noisy" + family.substring(SOFT_ROUNDED.length()), type, options, parameters);
            return NoisyRounded.soft(inner, number(options, "alpha"));
        }
        return switch (family) {
            case "NoisyNormal" -> NoisyNormal.of(named(parameters, "loc"), named(parameters, "scale"));
            case "NoisyLogistic" -> NoisyLogistic.of(named(parameters, "loc"), named(parameters, "scale"));
            case "NoisyLaplace" -> NoisyLaplace.of(named(parameters, "loc"), named(parameters, "scale"));
            case "NoisyNormalMixture" ->
                NoisyNormalMixture.of(
                        named(parameters, "loc"), named(parameters, "scale"), named(parameters, "weight"));
            case "NoisyLogisticMixture" ->
                NoisyLogisticMixture.of(
                        named(parameters, "loc"), named(parameters, "scale"), named(parameters, "weight"));
            case "NoisyDeepFactorized" -> {
                if (!(options.get("num_filters") instanceof List<?> filters)) {
                    throw new IllegalArgumentException("num_filters must be a list: options=" + options);
                }
                NoisyDeepFactorized prior =
                        NoisyDeepFactorized.ofNamed(parameters, filters.size() + 1, number(options, "init_scale"));
                if (!sameNumbers(filters, prior.options().get("num_filters"))) {
                    throw new IllegalArgumentException("num_filters must be the widths of the inner layers' matrices:"
                            + " options=" + options + " matrices=" + prior.options());
                }
                yield prior;
            }
            default ->
                throw new IllegalArgumentException(
                        "the prior must be of a family that the library knows: family=" + family);
        };
    }

    /**
     * The prior whose element i is element {@code elements[i]} of another one, which must be of a family that {@link #knows
     * the library knows}.
     *
     * @param elements one index into the other prior for each element of {@code shape}
     */
    public static Prior gathered(Prior prior, int[] elements, Shape shape) {
        if (shape.elements() != elements.length) {
            throw new IllegalArgumentException("there must be one index for each element of the shape: indexes="
                    + elements.length + " shape=" + shape);
        }
        List<Variable> parameters = new ArrayList<>();
        for (Variable parameter : prior.parameters()) {
            Tensor value = parameter.value();
            Shape own =
                    value.shape().trailing(value.shape().rank() - prior.shape().rank());
            Tensor gathered = Tensor.zeros(value.type(), shape.concat(own));
            int length = (int) own.elements();
            Object from = value.type() == ElementType.FLOAT32 ? value.floats() : value.doubles();
            Object to = value.type() == ElementType.FLOAT32 ? gathered.floats() : gathered.doubles();
            for (int i = 0; i < elements.length; i++) {
                if (elements[i] < 0 || elements[i] >= prior.size()) {
                    throw new IllegalArgumentException("an index must be that of an element of the prior: at=" + i
                            + " index=" + elements[i] + " elements=" + prior.size());
                }
                System.arraycopy(from, elements[i] * length, to, i * length, length);
            }
            parameters.add(new Variable(parameter.name(), gathered));
        }
        return of(prior.family(), prior.type(), prior.options(), parameters);
    }

    private static Tensor named(List<Variable> parameters, String name) {
        return Parameters.named(parameters, name);
    }

    /** Whether two lists, one as it was read, hold the same numbers; a whole number may have been read as any type. */
    private static boolean sameNumbers(List<?> read, @Nullable Object own) {
        return own instanceof List<?> numbers && doubles(read).equals(doubles(numbers));
    }

    private static List<Double> doubles(List<?> numbers) {
        return numbers.stream()
                .map(number -> number instanceof Number n ? n.doubleValue() : Double.NaN)
                .toList();
    }

    private static double number(Map<String, Object> options, String name) {
        if (!(options.get(name) instanceof Number number)) {
            throw new IllegalArgumentException("the option must be a number: option=" + name + " options=" + options);
        }
        return number.doubleValue();
    }
}
