package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.rans.CodingUnit.Escapes;
import io.github.uniquant.coder.rans.CodingUnit.Source;
import io.github.uniquant.coder.rans.ReferenceRans.Branch;
import io.github.uniquant.table.CdfTables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/** Units that between them take every turn of the lane rule. */
final class LaneRuleUnits {
    private static final int PRECISION = 12;

    /** A power of two times 1.3: the largest tail that fits is 0.38 of the unit. */
    private static final int ELEMENTS = 10_650;

    private LaneRuleUnits() {}

    static Branch[] branchesOfTheRule() {
        return new Branch[] {
            Branch.ONE_LANE,
            Branch.LANES_8,
            Branch.LANES_16,
            Branch.LANES_32,
            Branch.LANES_64,
            Branch.TAIL_IN_BACK,
            Branch.TAIL_IN_FRONT,
            Branch.TAU_ABOVE_0,
            Branch.RETRIED_TAIL,
            Branch.FEWER_LANES,
            Branch.NO_ROOM_FOR_LANES,
            Branch.RIFFLE_ORDER,
            Branch.FREQUENCY_ORDER
        };
    }

    static List<CodingUnit> all() {
        SplittableRandom random = new SplittableRandom(3);
        List<CodingUnit> units = new ArrayList<>();
        CdfTables normals = TableSet.NORMALS.tables(PRECISION, false);
        for (int n : new int[] {256, 700, 1500, 4000, 6000, 12_000}) {
            units.add(CodingUnit.of(normals, n, Source.DRAWN, Escapes.NONE, random));
            units.add(CodingUnit.of(TableSet.BIMODAL.tables(PRECISION, true), n, Source.DRAWN, Escapes.FEW, random));
        }
        // A tail of likeliest cells holds less than expected.
        CdfTables skewed = TableSet.tables(PRECISION, false, List.of(TableSet.scaled(PRECISION, skewed())));
        units.add(CodingUnit.of(skewed, 2500, Source.LIKELIEST, Escapes.NONE, random));
        CdfTables mixed = TableSet.CERTAIN_AND_NORMAL.tables(PRECISION, true);
        for (int n : new int[] {2000, 9000}) {
            units.add(CodingUnit.of(mixed, n, Source.DRAWN_THEN_FIRST_TABLE, Escapes.FEW, random));
            units.add(CodingUnit.of(mixed, n, Source.FIRST_TABLE_THEN_DRAWN, Escapes.NONE, random));
        }
        CdfTables steps =
                TableSet.tables(PRECISION, false, List.of(new int[] {1 << PRECISION}, TableSet.normal(PRECISION, 8)));
        units.add(certainBut(steps, LaneRuleUnits::inTheMiddle, random));
        // And a little outside: enough for the tail of 8 lanes, too little for that of 16.
        units.add(certainBut(steps, i -> inTheMiddle(i) || i % 51 == 0, random));
        return units;
    }

    /** One cell of somewhat less than half the mass, worth a bit, and many worth eight. */
    private static double[] skewed() {
        double[] mass = new double[200];
        Arrays.fill(mass, 1);
        mass[100] = 163;
        return mass;
    }

    /** Where no tail of a unit of {@link #ELEMENTS} elements comes. */
    private static boolean inTheMiddle(int i) {
        return i > 0.39 * ELEMENTS && i < 0.61 * ELEMENTS;
    }

    /** A unit of elements of table 0, which is certain, but for some of table 1. */
    private static CodingUnit certainBut(CdfTables tables, IntPredicate uncertain, SplittableRandom random) {
        int[] tableOf = new int[ELEMENTS];
        Arrays.setAll(tableOf, i -> uncertain.test(i) ? 1 : 0);
        return CodingUnit.of(tables, tableOf, Source.DRAWN, Escapes.NONE, random);
    }
}
