package io.github.uniquant.golden;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The kinds of cases that are checked: one for each folder of the vectors. */
enum GoldenKind {
    DITHER,
    PMF,
    PRIORS,
    RANGE_CODER,
    ROUNDING,
    UNIVERSAL;

    /** Kinds that nothing here computes yet. A kind leaves this list with the check that it gets. */
    static final Set<String> TO_COME = Set.of(
            "compressai",
            "continuous_batched",
            "continuous_indexed",
            "laplace_model",
            "location_scale",
            "power_law",
            "run_length",
            "universal_indexed");

    /** The name of the kind's folder. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Checks all of a case; an array that the check does not know of fails it. */
    void check(GoldenCase c) {
        switch (this) {
            case DITHER -> DitherVectors.check(c);
            case PMF -> PmfVectors.check(c);
            case PRIORS -> PriorVectors.check(c);
            case RANGE_CODER -> RangeCoderVectors.check(c);
            case ROUNDING -> RoundingVectors.check(c);
            case UNIVERSAL -> UniversalVectors.check(c);
        }
        List<String> unknown = c.unread().stream().sorted().toList();
        if (!unknown.isEmpty()) {
            throw new AssertionError(
                    "a check must know every array of a case: case=" + c.name() + " unknown=" + unknown);
        }
    }
}
