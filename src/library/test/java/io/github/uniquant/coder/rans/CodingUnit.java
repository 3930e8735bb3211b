package io.github.uniquant.coder.rans;

import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import java.util.SplittableRandom;

/** Symbols of one coding unit and the table of each. */
record CodingUnit(CdfTables tables, int[] tableOf, int[] symbols) {
    /** Which cells the elements of a unit take. */
    enum Source {
        /** As the tables say. */
        DRAWN,
        /** Every element its likeliest cell. */
        LIKELIEST,
        /** Each cell as often as any other. */
        UNIFORM,
        /** As the tables say, with table 0 alone for the last half. */
        DRAWN_THEN_FIRST_TABLE,
        /** As the tables say, with table 0 alone for the first half. */
        FIRST_TABLE_THEN_DRAWN
    }

    /** How many elements of a unit take the overflow cell beyond what their source gives. */
    enum Escapes {
        NONE,
        FEW,
        ALL
    }

    int elements() {
        return symbols.length;
    }

    /** A unit of n elements; escapes are as their names say, where the tables have overflow cells. */
    static CodingUnit of(CdfTables tables, int n, Source source, Escapes escapes, SplittableRandom random) {
        int[] tableOf = new int[n];
        for (int i = 0; i < n; i++) {
            boolean firstTable = switch (source) {
                case DRAWN_THEN_FIRST_TABLE -> i >= n / 2;
                case FIRST_TABLE_THEN_DRAWN -> i < n / 2;
                case DRAWN, LIKELIEST, UNIFORM -> false;
            };
            tableOf[i] = firstTable ? 0 : (i * 7 + (i >>> 8)) % tables.count();
        }
        return of(tables, tableOf, source, escapes, random);
    }

    /** A unit of elements with given tables. */
    static CodingUnit of(CdfTables tables, int[] tableOf, Source source, Escapes escapes, SplittableRandom random) {
        int[] symbols = new int[tableOf.length];
        for (int i = 0; i < symbols.length; i++) {
            int t = tableOf[i];
            int last = tables.cells(t) - 1;
            int cell = switch (source) {
                case LIKELIEST -> likeliest(tables, t);
                case UNIFORM -> random.nextInt(last + 1);
                default -> drawn(tables, t, random);
            };
            if (tables.hasOverflow(t)) {
                boolean escape = switch (escapes) {
                    case NONE -> last == 0;
                    case FEW -> cell == last || random.nextInt(40) == 0;
                    case ALL -> true;
                };
                symbols[i] = escape
                        ? symbolOutside(tables.offset(t), last, random)
                        : tables.offset(t) + (cell == last ? 0 : cell);
            } else {
                symbols[i] = tables.offset(t) + cell;
            }
        }
        return new CodingUnit(tables, tableOf, symbols);
    }

    private static int likeliest(CdfTables tables, int t) {
        int likeliest = 0;
        for (int cell = 1; cell < tables.cells(t); cell++) {
            likeliest = tables.frequency(t, cell) > tables.frequency(t, likeliest) ? cell : likeliest;
        }
        return likeliest;
    }

    private static int drawn(CdfTables tables, int t, SplittableRandom random) {
        int slot = random.nextInt(1 << tables.precision());
        int low = 0;
        int high = tables.cells(t) - 1;
        while (low < high) {
            int middle = low + high >>> 1;
            if (tables.cumulative(t, middle + 1) <= slot) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** A symbol that needs an escape: of any magnitude, and in one of eight cases the farthest that there is. */
    private static int symbolOutside(int offset, int last, SplittableRandom random) {
        if (random.nextInt(8) == 0) {
            return offset > 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        }
        while (true) {
            long gamma = Math.max(1, (random.nextInt() & OverflowCode.MAX_GAMMA) >>> random.nextInt(32));
            long symbol = OverflowCode.value(gamma, random.nextBoolean(), last) + offset;
            if (symbol == (int) symbol) {
                return (int) symbol;
            }
        }
    }

    /** What the elements cost by their tables and escape codes, in bits. */
    double idealBits() {
        double bits = 0;
        for (int i = 0; i < symbols.length; i++) {
            int t = tableOf[i];
            int last = tables.cells(t) - 1;
            long value = (long) symbols[i] - tables.offset(t);
            boolean escape = tables.hasOverflow(t) && (value < 0 || value >= last);
            int cell = escape ? last : (int) value;
            bits += tables.precision() - Math.log(tables.frequency(t, cell)) / Math.log(2);
            if (escape) {
                bits += OverflowCode.bits(Math.abs(OverflowCode.signedGamma(value, last)));
            }
        }
        return bits;
    }
}
