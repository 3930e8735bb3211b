package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.coder.runlength.RunLengthDecoder;
import io.github.uniquant.coder.runlength.RunLengthEncoder;
import io.github.uniquant.coder.runlength.RunLengthFormat;
import java.util.Arrays;

/** Symbols and their run-length string: exact in both directions. */
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
        int differs = Arrays.mismatch(ours, theirs);
        if (differs >= 0) {
            throw new AssertionError("the string must be upstream's: case=" + c.name() + " offset=" + differs + " ours="
                    + ours.length + " theirs=" + theirs.length + " bytes");
        }

        int[] decoded = new int[symbols.length];
        new RunLengthDecoder(format).decode(theirs, 0, theirs.length, decoded, 0, decoded.length);
        for (int i = 0; i < symbols.length; i++) {
            Tolerance.checkEqual(c, "x", i, decoded[i], symbols[i]);
        }
    }
}
