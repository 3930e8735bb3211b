package io.github.uniquant.fit;

import io.github.uniquant.prior.Prior;

/**
 * A prior and how well it fits.
 *
 * @param family the family that it is of, never {@link Family#AUTO}
 * @param step what values are divided by before they are coded
 * @param values how many values it was fitted to
 * @param bits what they are expected to take in all: with {@link Objective#CODE_LENGTH} as strings, by tables of tail mass 2^-8
 *     and the least precision from 12 on that has a slot for each cell, the defaults of models and of the command line
 */
public record FittedPrior(Prior prior, Family family, double step, long values, double bits) {
    /** Bits a value; 0 without values. */
    public double bitsPerValue() {
        return values == 0 ? 0 : bits / values;
    }

    /** The mean squared error of a decoded value, that of noise evenly spread over a step. */
    public double meanSquaredError() {
        return step * step / 12;
    }
}
