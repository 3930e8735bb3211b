package io.github.uniquant.golden;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The kinds of cases that are checked: one for each folder of the vectors. */
enum GoldenKind {
    COMPRESSAI,
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

    /** The name of the kind's folder. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Checks all of the case in a folder; an array that the check does not know of fails it. */
    void check(Path folder) {
        if (this == COMPRESSAI) {
            CompressAiVectors.check(folder); // whose cases have no case.json
        } else {
            check(GoldenCase.read(folder));
        }
    }

    private void check(GoldenCase c) {
        switch (this) {
            case COMPRESSAI -> throw new AssertionError("not of this form: case=" + c.name());
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
