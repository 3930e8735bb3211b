package io.github.uniquant.golden;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The kinds of cases that are checked: one for each folder of the vectors. */
enum GoldenKind {
    CONTINUOUS_BATCHED,
    CONTINUOUS_INDEXED,
    DITHER,
    LAPLACE_MODEL,
    LOCATION_SCALE,
    PMF,
    POWER_LAW,
    PRIORS,
    RANGE_CODER,
    ROUNDING,
    RUN_LENGTH,
    UNIVERSAL,
    UNIVERSAL_INDEXED;

    /** Kinds that nothing here computes yet. A kind leaves this list with the check that it gets. */
    static final Set<String> TO_COME = Set.of("compressai");

    /** The name of the kind's folder. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Checks all of a case; an array that the check does not know of fails it. */
    void check(GoldenCase c) {
        switch (this) {
            case CONTINUOUS_BATCHED -> ContinuousBatchedVectors.check(c);
            case CONTINUOUS_INDEXED -> IndexedVectors.checkContinuous(c);
            case DITHER -> DitherVectors.check(c);
            case LAPLACE_MODEL -> RunLengthModelVectors.checkLaplace(c);
            case LOCATION_SCALE -> IndexedVectors.checkLocationScale(c);
            case PMF -> PmfVectors.check(c);
            case POWER_LAW -> RunLengthModelVectors.checkPowerLaw(c);
            case PRIORS -> PriorVectors.check(c);
            case RANGE_CODER -> RangeCoderVectors.check(c);
            case ROUNDING -> RoundingVectors.check(c);
            case RUN_LENGTH -> RunLengthVectors.check(c);
            case UNIVERSAL -> UniversalVectors.check(c);
            case UNIVERSAL_INDEXED -> IndexedVectors.checkUniversal(c);
        }
        List<String> unknown = c.unread().stream().sorted().toList();
        if (!unknown.isEmpty()) {
            throw new AssertionError(
                    "a check must know every array of a case: case=" + c.name() + " unknown=" + unknown);
        }
    }
}
