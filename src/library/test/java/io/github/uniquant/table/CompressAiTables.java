package io.github.uniquant.table;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The example of {@code docs/compatibility.md}: its lines stand between the markers. */
final class CompressAiTables {
    private CompressAiTables() {}

    // example
    static CdfTables of(int[][] quantizedCdf, int[] cdfLength, int[] offset) {
        int[] cdf = IntStream.range(0, offset.length)
                .boxed()
                .flatMapToInt(t -> IntStream.concat(IntStream.of(-16), Arrays.stream(quantizedCdf[t], 0, cdfLength[t])))
                .toArray();
        return CdfTables.of(cdf, offset);
    }
    // example
}
