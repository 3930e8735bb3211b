package io.github.uniquant.golden;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The kinds of cases that are checked: one for each folder of the vectors. */
enum GoldenKind {
    DITHER,
    LAPLACE_MODEL,
    PMF,
    POWER_LAW,
    PRIORS("grad_log_prob"),
    RANGE_CODER,
    ROUNDING,
    RUN_LENGTH,
    UNIVERSAL("train_grad_\\w+");

    /** Kinds that nothing here computes yet. A kind leaves this list with the check that it gets. */
    static final Set<String> TO_COME =
            Set.of("compressai", "continuous_batched", "continuous_indexed", "location_scale", "universal_indexed");

    private final String arraysToCome;

    GoldenKind() {
        this("");
    }

    /** @param arraysToCome a regular expression: names of arrays that nothing here computes yet */
    GoldenKind(String arraysToCome) {
        this.arraysToCome = arraysToCome;
    }

    /** The name of the kind's folder. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Checks all of a case; an array that the check does not know of, and that is not to come, fails it. */
    void check(GoldenCase c) {
        switch (this) {
            case DITHER -> DitherVectors.check(c);
            case LAPLACE_MODEL -> RunLengthModelVectors.checkLaplace(c);
            case PMF -> PmfVectors.check(c);
            case POWER_LAW -> RunLengthModelVectors.checkPowerLaw(c);
            case PRIORS -> PriorVectors.check(c);
            case RANGE_CODER -> RangeCoderVectors.check(c);
            case ROUNDING -> RoundingVectors.check(c);
            case RUN_LENGTH -> RunLengthVectors.check(c);
            case UNIVERSAL -> UniversalVectors.check(c);
        }
        List<String> unknown = c.unread().stream()
                .filter(array -> !array.matches(arraysToCome))
                .sorted()
                .toList();
        if (!unknown.isEmpty()) {
            throw new AssertionError(
                    "a check must know every array of a case: case=" + c.name() + " unknown=" + unknown);
        }
    }
}
