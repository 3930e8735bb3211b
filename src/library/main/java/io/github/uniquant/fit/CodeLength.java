package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.Prior;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The expected code length, in nats, of the dithered data of one prior element: what decides between priors, and what is
 * reported. It follows the tables that a prior gets, of tail mass 2^-8 and the least precision p from 12 on that has a slot
 * for each cell.
 *
 * <p>The cells are the points t with {@code lower - 1 < t < upper + 1}, whatever the offset: lower and upper cut half the
 * tail mass each off the base distribution. A point inside costs {@code -log(slots / 2^p)}, slots the integer that the table
 * gives to a mass of P(t). One outside costs the overflow cell and the escape's {@code 2 floor(log2 x) + 2} bits, x >= 1
 * its distance from lower or upper. A prior of more than 2^16 cells, which no table holds, gets as many slots as it
 * needs. With {@link Objective#LIKELIHOOD} each point costs {@code -log P(t)}.
 */
final class CodeLength {
    private static final double TAIL_MASS = 0x1p-8;
    private static final int LEAST_PRECISION = 12;
    private static final int MAX_PRECISION = 16;

    /** The masses of longer tables are taken in so many parts. */
    private static final int MOST_PARTS = 1024;

    /** From here on, slots are as good as real numbers. */
    private static final double MANY_SLOTS = 256;

    private static final int BISECTIONS = 24;

    /** From here on a table is so flat that the scale should heed its precision. */
    private static final int MANY_CELLS = 1 << 11;

    /** Cells above those of a precision, of the least prior that surely gets the next one. */
    private static final int FEW_CELLS = 5;

    private static final double NEARLY_FULL = 0.9;

    private final Quadrature data;
    private final Objective objective;

    CodeLength(Quadrature data, Objective objective) {
        this.data = data;
        this.objective = objective;
    }

    Quadrature data() {
        return data;
    }

    /** Whether tables can hold a prior of one element. */
    static boolean fitsTables(Prior prior) {
        return cells(prior) <= 1 << MAX_PRECISION;
    }

    /**
     * Factors of a prior's scale that may shorten the code, since the length jumps where the cells outgrow a precision: a
     * table that they fill has one slot for each and is flat. With some more cells there are twice as many slots, with some
     * fewer at least a few to share out. Each is from 1/2 to 2, about; none where the cells are few or no table holds them.
     */
    static double[] rescalings(Prior prior) {
        double cells = cells(prior);
        if (!(cells > MANY_CELLS && cells <= 1 << MAX_PRECISION)) {
            return new double[0];
        }
        return IntStream.rangeClosed(LEAST_PRECISION, MAX_PRECISION)
                .filter(p -> cells <= 2.1 * (1 << p) && 1 << p <= 2.1 * cells)
                .mapToObj(p -> p < MAX_PRECISION
                        ? DoubleStream.of((1 << p) + FEW_CELLS, NEARLY_FULL * (1 << p))
                        : DoubleStream.of(NEARLY_FULL * (1 << p)))
                .flatMapToDouble(wanted -> wanted.map(number -> number / cells))
                .toArray();
    }

    private static double cells(Prior prior) {
        return cells(prior.lowerTail(0, TAIL_MASS), prior.upperTail(0, TAIL_MASS));
    }

    /** The cells of a table, at most, that of overflow included. */
    private static double cells(double lower, double upper) {
        return Math.ceil(upper - lower) + 3;
    }

    /** The code length under a prior of one element; never less than 0. */
    double nats(Prior prior) {
        double[] points = data.points();
        double[] weights = data.weights();
        double[] logProb = new double[points.length];
        prior.logProb(points, 0, 0, points.length, logProb, 0);
        double nats = 0;
        if (objective == Objective.LIKELIHOOD) {
            for (int i = 0; i < points.length; i++) {
                nats -= weights[i] * logProb[i];
            }
            return nats;
        }
        double lower = prior.lowerTail(0, TAIL_MASS);
        double upper = prior.upperTail(0, TAIL_MASS);
        Slots slots = new Slots(prior, lower, upper);
        double escape = slots.nats(ExactMath.log(slots.tail));
        for (int i = 0; i < points.length; i++) {
            double x = Math.max(points[i] - upper, lower - points[i]);
            double length = x < 1 ? slots.nats(logProb[i]) : escape + (2 * Math.getExponent(x) + 2) * ExactMath.LN2;
            nats += weights[i] * length;
        }
        return nats;
    }

    /** How a table shares out its slots: a mass of {@code k * unit} gets about k of them, any mass at least one. */
    private static final class Slots {
        /** The mass of the overflow cell, at an offset in the middle of them. */
        final double tail;

        private final double logTotal; // of all slots; infinite for as many as are needed
        private final double logUnit;

        Slots(Prior prior, double lower, double upper) {
            this.tail =
                    Math.max(prior.base().cdf(0, lower - 1) + prior.base().survival(0, upper + 1), Double.MIN_NORMAL);
            double cells = cells(lower, upper);
            int precision = LEAST_PRECISION;
            while (precision <= MAX_PRECISION && cells > 1 << precision) {
                precision++;
            }
            boolean tables = precision <= MAX_PRECISION;
            this.logTotal = tables ? precision * ExactMath.LN2 : Double.POSITIVE_INFINITY;
            this.logUnit = tables ? logUnit(masses(prior, lower, upper, cells - 1), tail, cells - 1, precision) : 0;
        }

        /** The masses of equal parts of the cells, of one cell each where they are few. */
        private static double[] masses(Prior prior, double lower, double upper, double cells) {
            int parts = (int) Math.min(cells, MOST_PARTS);
            double first = lower + (upper - lower) / 2 - cells / 2;
            double[] bounds = new double[parts + 1];
            for (int i = 0; i <= parts; i++) {
                bounds[i] = first + cells / parts * i;
            }
            prior.base().cdf(bounds, 0, 0, bounds.length, bounds, 0);
            double[] masses = new double[parts];
            for (int i = 0; i < parts; i++) {
                masses[i] = Math.max(bounds[i + 1] - bounds[i], 0);
            }
            return masses;
        }

        /** The logarithm of the unit with which all slots are given away. */
        private static double logUnit(double[] masses, double tail, double cells, int precision) {
            double each = cells / masses.length; // cells of a part
            double total = 1 << precision;
            double low = 0.5 / total;
            double high = 1;
            for (int i = 0; i < BISECTIONS; i++) {
                double unit = Math.sqrt(low * high);
                double given = slots(tail / unit);
                for (double mass : masses) {
                    given += each * slots(mass / (each * unit));
                }
                if (given > total) {
                    low = unit;
                } else {
                    high = unit;
                }
            }
            return ExactMath.log(high);
        }

        /**
         * The slots of a mass of so many units. A table gives the next slot where it gains most, so that f become f + 1 at
         * {@code 1 / log(1 + 1 / f)}, a little below f + 1/2.
         */
        private static double slots(double units) {
            if (units >= MANY_SLOTS) {
                return units;
            }
            return units < 1 ? 1 : Math.floor(units + 0.5 + 1 / (12 * units));
        }

        /** What a cell of a mass costs. */
        double nats(double logMass) {
            if (logTotal == Double.POSITIVE_INFINITY) {
                return -logMass;
            }
            double slots = slots(ExactMath.exp(logMass - logUnit));
            return Math.max(logTotal - ExactMath.log(slots), 0);
        }
    }
}
