package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.coder.runlength.RunLengthDecoder;
import io.github.uniquant.coder.runlength.RunLengthEncoder;
import io.github.uniquant.coder.runlength.RunLengthFormat;
import java.util.Arrays;

/** Symbols and their run-length string: exact in both directions, but where upstream's encoder is at fault. */
final class RunLengthVectors {
    private RunLengthVectors() {}

    static void check(GoldenCase c) {
        RunLengthFormat format = RunLengthFormat.of(
                c.field("run_length_code").asInt(),
                c.field("magnitude_code").asInt(),
                c.field("use_run_length_for_non_zeros").asBoolean());
        int[] symbols = c.array("x").ints();
        BitStrings strings = c.strings();
        Tolerance.checkEqual(c, "string_lengths", 0, 1, strings.count());
        byte[] theirs = strings.get(0);

        RunLengthEncoder encoder = new RunLengthEncoder(format);
        byte[] ours = new byte[encoder.code(symbols, 0, symbols.length)];
        encoder.write(ours, 0, ours.length);
        boolean faulty = checkString(c, format, symbols, ours, theirs);

        int[] decoded = new int[symbols.length];
        new RunLengthDecoder(format, !faulty).decode(theirs, 0, theirs.length, decoded, 0, decoded.length);
        for (int i = 0; i < symbols.length; i++) {
            Tolerance.checkEqual(c, "x", i, decoded[i], symbols[i]);
        }
    }

    /** Upstream's string must be what its encoder makes of the symbols, and ours the same, but where a fault shows in it: returns whether one does. */
    static boolean checkString(GoldenCase c, RunLengthFormat format, int[] symbols, byte[] ours, byte[] theirs) {
        UpstreamRunLengthWriter.Written written = UpstreamRunLengthWriter.encode(format, symbols);
        int unexplained = Arrays.mismatch(written.string(), theirs);
        int differs = Arrays.mismatch(ours, theirs);
        if (unexplained >= 0 || differs >= 0 != written.faulty()) {
            throw new AssertionError("the string must be upstream's: case=" + c.name() + " offset=" + differs + " ours="
                    + ours.length + " theirs=" + theirs.length + " bytes faulty=" + written.faulty());
        }
        return written.faulty();
    }
}
