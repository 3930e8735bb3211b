package io.github.uniquant.coder.runlength;

/**
 * The layout of a run-length string: upstream's arguments {@code run_length_code}, {@code magnitude_code} and {@code
 * use_run_length_for_non_zeros}. {@code docs/run-length.md} specifies it.
 *
 * <pre>
 *  string = (zeros value)* zeros?                        without runs of non-zeros
 *  string = (zeros nonZeros value+)* zeros?              with them
 *
 *  zeros     the length L of a run of zeros: L, but L - 1 from the second run on where there are runs of non-zeros
 *            (a run between two others cannot be empty); gamma codes one more than that
 *  nonZeros  the length R of a run of non-zeros: R - 1; gamma codes R
 *  value     one bit, 1 where the value x is positive; then |x| by gamma or |x| - 1 by rice
 * </pre>
 *
 * The string ends with the run or the value that fills the unit. Bits fill each byte from the lowest up; the rest of the
 * last byte is zero. A magnitude of 2^31 takes the gamma code of 32 bits, which upstream cannot read: it writes 2^31 - 1.
 *
 * @param runLengthCode of the lengths of runs
 * @param magnitudeCode of the magnitudes of the values that are not zero
 * @param runsOfNonZeros whether values that are not zero come in runs, too, each with its length in front
 */
public record RunLengthFormat(IntegerCode runLengthCode, IntegerCode magnitudeCode, boolean runsOfNonZeros) {
    /** Gamma codes for both: upstream's {@code run_length_gamma_encode}. */
    public static final RunLengthFormat GAMMA = new RunLengthFormat(IntegerCode.GAMMA, IntegerCode.GAMMA, false);

    /** The format of upstream's arguments: -1 stands for gamma, k for rice(k). */
    public static RunLengthFormat of(int runLengthCode, int magnitudeCode, boolean useRunLengthForNonZeros) {
        return new RunLengthFormat(
                new IntegerCode(runLengthCode), new IntegerCode(magnitudeCode), useRunLengthForNonZeros);
    }
}
