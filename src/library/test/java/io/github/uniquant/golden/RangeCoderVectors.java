package io.github.uniquant.golden;

import io.github.uniquant.BitStrings;
import io.github.uniquant.coder.range.RangeDecoder;
import io.github.uniquant.coder.range.RangeEncoder;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;

/** One table, symbols and their string: exact in both directions. */
final class RangeCoderVectors {
    private RangeCoderVectors() {}

    static void check(GoldenCase c) {
        CdfTables tables = CdfTables.of(c.array("cdf").ints(), new int[1]);
        int[] symbols = c.array("symbols").ints();
        BitStrings strings = c.strings();
        Tolerance.checkEqual(c, "string_lengths", 0, 1, strings.count());
        byte[] theirs = strings.get(0);
        int count = symbols.length;
        int[] tableOf = new int[count];

        RangeEncoder encoder = new RangeEncoder(tables);
        byte[] ours = new byte[Math.toIntExact(encoder.maxBytes(count))];
        int length = encoder.encode(symbols, 0, tableOf, 0, count, ours, 0, ours.length);
        int differs = Arrays.mismatch(ours, 0, length, theirs, 0, theirs.length);
        if (differs >= 0) {
            throw new AssertionError("the string must be upstream's: case=" + c.name() + " offset=" + differs + " ours="
                    + length + " theirs=" + theirs.length + " bytes");
        }

        int[] decoded = new int[count];
        int used = new RangeDecoder(tables, true).decode(theirs, 0, theirs.length, tableOf, 0, count, decoded, 0);
        Tolerance.checkEqual(c, "strings", 0, used, theirs.length);
        for (int i = 0; i < count; i++) {
            Tolerance.checkEqual(c, "symbols", i, decoded[i], symbols[i]);
        }
    }
}
