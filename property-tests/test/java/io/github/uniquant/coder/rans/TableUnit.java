package io.github.uniquant.coder.rans;

import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Random tables and the symbols of one unit. */
public record TableUnit(CdfTables tables, int[] tableOf, int[] symbols, Source source) {
    /** Which cells the elements take. */
    public enum Source {
        DRAWN,
        LIKELIEST,
        UNIFORM
    }

    /** Some tables of a precision, with and without overflow, and {@code elements} symbols. */
    public static TableUnit of(int precision, int tableCount, int elements, Source source, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        CdfTables tables = tables(precision, tableCount, random);
        int[] tableOf = new int[elements];
        int[] symbols = new int[elements];
        boolean trailing = random.nextInt(4) == 0;
        for (int i = 0; i < elements; i++) {
            tableOf[i] = trailing && i > elements / 3 ? 0 : random.nextInt(tableCount);
            symbols[i] = symbol(tables, tableOf[i], source, random);
        }
        return new TableUnit(tables, tableOf, symbols, source);
    }

    private static CdfTables tables(int precision, int tableCount, SplittableRandom random) {
        int[][] rows = new int[tableCount][];
        int[] offsets = new int[tableCount];
        for (int t = 0; t < tableCount; t++) {
            rows[t] = row(precision, random);
            int cells = rows[t].length - 2;
            offsets[t] = switch (random.nextInt(4)) {
                case 0 -> Integer.MIN_VALUE + 1;
                case 1 -> Integer.MAX_VALUE - cells;
                default -> random.nextInt(2001) - 1000;
            };
        }
        return CdfTables.of(Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray(), offsets);
    }

    /** A row of cells at random cuts, a few of them or many, evenly spread or crowded at one end. */
    private static int[] row(int precision, SplittableRandom random) {
        int slots = 1 << precision;
        int most = switch (random.nextInt(3)) {
            case 0 -> 3;
            case 1 -> 60;
            default -> random.nextInt(10) == 0 ? slots : 1500;
        };
        int cells = 1 + random.nextInt(Math.min(slots, most));
        double power = 1 + random.nextInt(6);
        boolean[] cut = new boolean[slots + 1];
        for (int cuts = 0; cuts < cells - 1; ) {
            int at = 1 + (int) (Math.pow(random.nextDouble(), power) * (slots - 1));
            while (cut[at] || at >= slots) {
                at = at >= slots ? 1 : at + 1;
            }
            cut[at] = true;
            cuts++;
        }
        int[] row = new int[cells + 2];
        row[0] = random.nextBoolean() ? -precision : precision;
        int end = 2;
        for (int at = 1; at < slots; at++) {
            if (cut[at]) {
                row[end++] = at;
            }
        }
        row[end] = slots;
        return row;
    }

    private static int symbol(CdfTables tables, int t, Source source, SplittableRandom random) {
        int cells = tables.cells(t);
        int cell = 0;
        switch (source) {
            case DRAWN -> {
                int slot = random.nextInt(1 << tables.precision());
                while (tables.cumulative(t, cell + 1) <= slot) {
                    cell++;
                }
            }
            case LIKELIEST -> {
                for (int c = 1; c < cells; c++) {
                    cell = tables.frequency(t, c) > tables.frequency(t, cell) ? c : cell;
                }
            }
            case UNIFORM -> cell = random.nextInt(cells);
        }
        if (cell < cells - 1 || !tables.hasOverflow(t)) {
            return tables.offset(t) + cell;
        }
        while (true) {
            long gamma = Math.max(1, (random.nextInt() & OverflowCode.MAX_GAMMA) >>> random.nextInt(32));
            long symbol = OverflowCode.value(gamma, random.nextBoolean(), cells - 1) + tables.offset(t);
            if (symbol == (int) symbol) {
                return (int) symbol;
            }
        }
    }

    int elements() {
        return symbols.length;
    }

    /** Whether some symbol lies outside its table. */
    boolean hasEscape() {
        for (int i = 0; i < symbols.length; i++) {
            long value = (long) symbols[i] - tables.offset(tableOf[i]);
            if (tables.hasOverflow(tableOf[i]) && (value < 0 || value >= tables.cells(tableOf[i]) - 1)) {
                return true;
            }
        }
        return false;
    }

    /** Whether some symbol's cell has one slot. */
    boolean hasRareCell() {
        for (int i = 0; i < symbols.length; i++) {
            int last = tables.cells(tableOf[i]) - 1;
            long value = (long) symbols[i] - tables.offset(tableOf[i]);
            int cell = value >= 0 && value <= last ? (int) value : last;
            if (tables.frequency(tableOf[i], cell) == 1) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return "TableUnit[tables=" + tables + ", elements=" + elements() + ", source=" + source + "]";
    }
}
