package io.github.uniquant.fit;

/** What a fit makes small. */
public enum Objective {
    /**
     * The expected length of the code: a value far outside the prior counts as the escape that it is coded with, so that a
     * few outliers do not widen the prior for all others. What to fit for coding.
     */
    CODE_LENGTH(0x1p-8),
    /** The negative log-likelihood of the noisy prior alone, which outliers weigh on as they do in a model's estimate. */
    LIKELIHOOD(0);

    /** The probability that searches give to escapes, before it is shared out among the values. */
    final double escapeMass;

    Objective(double escapeMass) {
        this.escapeMass = escapeMass;
    }
}
