package io.github.uniquant.golden;

import io.github.uniquant.prior.SoftRound;
import java.util.function.DoubleBinaryOperator;

/** Soft rounding, its inverse and conditional mean; 2e-5 absolute, away from the jumps. */
final class RoundingVectors {
    private static final Tolerance TOLERANCE = Tolerance.absolute(2e-5);
    private static final double JUMP = 1e-3;

    private static final String ROUND = "soft_round_";
    private static final String INVERSE = "soft_round_inverse_";
    private static final String MEAN = "soft_round_conditional_mean_";

    private RoundingVectors() {}

    static void check(GoldenCase c) {
        float[] x = c.array("x").floats();
        for (String array : c.arraysNamed(ROUND)) {
            if (array.startsWith(INVERSE)) {
                check(c, array, INVERSE, x, 0, SoftRound::softRoundInverse);
            } else if (array.startsWith(MEAN)) {
                check(c, array, MEAN, x, 0.5, SoftRound::softRoundConditionalMean);
            } else {
                check(c, array, ROUND, x, Double.NaN, SoftRound::softRound);
            }
        }
    }

    /** @param jumps where the function jumps, up to an integer; NaN where it is continuous */
    private static void check(
            GoldenCase c, String array, String prefix, float[] x, double jumps, DoubleBinaryOperator function) {
        double alpha = Double.parseDouble(array.substring(prefix.length()));
        Npy theirs = c.array(array);
        int compared = 0;
        for (int i = 0; i < x.length; i++) {
            double toJump = Math.abs(x[i] - jumps - Math.rint(x[i] - jumps));
            if (!(toJump <= JUMP)) {
                TOLERANCE.check(c, array, i, function.applyAsDouble(x[i], alpha), theirs.get(i));
                compared++;
            }
        }
        if (compared == 0) {
            throw new AssertionError(
                    "a case must have values away from the jumps: case=" + c.name() + " array=" + array);
        }
    }
}
