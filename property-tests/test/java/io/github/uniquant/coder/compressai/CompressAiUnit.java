package io.github.uniquant.coder.compressai;

import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Random tables and the symbols of one string. */
public record CompressAiUnit(CompressAiTables tables, int[] tableOf, int[] symbols) {
    /**
     * Some tables, of offsets up to the ends of int32, and {@code elements} symbols.
     *
     * @param mostCells of a table
     * @param escapesIn100 symbols without regard to the table, of any magnitude that it can code
     */
    public static CompressAiUnit of(int tableCount, int mostCells, int elements, int escapesIn100, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[][] rows = new int[tableCount][];
        int[] offsets = new int[tableCount];
        for (int t = 0; t < tableCount; t++) {
            int cells = 1 + random.nextInt(mostCells);
            int bound = random.nextBoolean() ? 65536 : cells + 1; // cuts spread out, or crowded in front
            rows[t] = IntStream.concat(
                            IntStream.concat(
                                    IntStream.of(-16, 0),
                                    random.ints(1, bound)
                                            .distinct()
                                            .limit(cells - 1)
                                            .sorted()),
                            IntStream.of(65536))
                    .toArray();
            offsets[t] = switch (random.nextInt(6)) {
                case 0 -> Integer.MIN_VALUE + 1;
                case 1 -> Integer.MAX_VALUE - cells;
                default -> random.nextInt(2001) - 1000;
            };
        }
        CdfTables tables =
                CdfTables.of(Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray(), offsets);
        int[] tableOf = random.ints(elements, 0, tableCount).toArray();
        int[] symbols = Arrays.stream(tableOf)
                .map(t -> symbol(tables, t, random.nextInt(100) < escapesIn100, random))
                .toArray();
        return new CompressAiUnit(CompressAiTables.of(tables), tableOf, symbols);
    }

    private static int symbol(CdfTables tables, int t, boolean anywhere, SplittableRandom random) {
        int cells = tables.cells(t);
        if (!anywhere && cells > 1) {
            return tables.offset(t) + random.nextInt(cells - 1);
        }
        long far = random.nextInt() >> random.nextInt(32);
        return (int) Math.clamp(tables.offset(t) + far, Integer.MIN_VALUE, (long) Integer.MAX_VALUE);
    }

    public int elements() {
        return symbols.length;
    }

    /** A string of these symbols. */
    public byte[] encode() {
        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        byte[] string = new byte[encoder.code(symbols, 0, tableOf, 0, symbols.length)];
        encoder.write(string, 0, string.length);
        return string;
    }

    @Override
    public String toString() {
        int[] first = Arrays.copyOf(symbols, Math.min(symbols.length, 40));
        return "CompressAiUnit[" + tables + ", elements=" + symbols.length + ", " + Arrays.toString(first) + "...]";
    }
}
