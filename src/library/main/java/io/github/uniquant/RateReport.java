package io.github.uniquant;

import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.FreeCdfs;
import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.rate.RateEstimator;
import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.table.free.TableFreeCdfs;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;

/**
 * Where the bits of a batch go: what the prior estimates, what the integer tables make of it, what no coder of them could
 * undercut, and what the strings really take; of each coding unit, of each channel, and of all. A channel is an element of
 * the prior. {@code docs/rate.md} has an example.
 *
 * <pre>
 *  estimated       -log2 of the prior's density at what decoding gives
 *  cross-entropy   p - log2 f of the cells the data takes, f of 2^p slots each: of the data and the tables; without
 *                  tables also the low bits of symbols whose cells are of several
 *  escapes         the codes of symbols outside their tables or windows
 *  ideal           cross-entropy + escapes
 *  real            8 times the bytes of the strings; overhead is what they have beyond ideal
 *  expected        what cross-entropy would be on average, if the data followed the prior
 * </pre>
 *
 * <p>Immutable. Every number is the same on every machine.
 */
public final class RateReport {
    private final Shape batchShape;
    private final Shape priorShape;
    private final boolean hasEstimate;
    private final Costs units;
    private final Costs channels;
    private final int[] bytes; // of each unit's string

    private RateReport(
            Shape batchShape, Shape priorShape, boolean hasEstimate, Costs units, Costs channels, int[] bytes) {
        this.batchShape = batchShape;
        this.priorShape = priorShape;
        this.hasEstimate = hasEstimate;
        this.units = units;
        this.channels = channels;
        this.bytes = bytes;
    }

    /**
     * What some elements cost, in bits.
     *
     * @param estimatedBits the model's estimate, its Laplace tail included; NaN in a model without a prior
     * @param expectedBits the mean over the prior of each element's {@code p - log2 f}; over the table itself in a model
     *     without a prior. The codes of escapes are not part of it
     * @param crossEntropyBits the sum of {@code p - log2 f}, that of the overflow cell for an escape
     * @param escapes elements outside their tables or windows
     * @param escapeBits the bits of their codes and signs
     */
    public record Cost(
            long elements,
            double estimatedBits,
            double expectedBits,
            double crossEntropyBits,
            long escapes,
            long escapeBits) {
        /** The information of the symbols under the tables, which a coder can approach and not undercut. */
        public double idealBits() {
            return crossEntropyBits + escapeBits;
        }
    }

    /**
     * Compresses a tensor and reports on it. For a model without tables, whose cells are another element's at each noise
     * level, the expected bits are computed for each element: up to 2^(p-2) cells.
     *
     * @param model one with compression
     * @param bottleneck of shape batch ++ coding and the model's type
     */
    public static RateReport of(UniversalBatchedEntropyModel model, Tensor bottleneck) {
        BitStrings strings = model.compress(bottleneck);
        RateEstimate estimate = model.hasPrior() ? model.call(bottleneck, Training.FALSE) : null;
        Tensor decoded = estimate != null ? estimate.perturbed() : decode(model, strings, bottleneck.shape());

        int unitCount = strings.count();
        int unitElements = unitCount == 0 ? 0 : bottleneck.size() / unitCount;
        int channelCount = (int) model.priorShape().elements();
        Costs units = new Costs(unitCount);
        Costs channels = new Costs(channelCount);
        TableFreeCdfs cdfs = model.freeCdfs();
        CellCosts cells = cdfs == null ? new TableCosts(model) : new FreeCosts(model, cdfs);
        int levelCount = model.numNoiseLevels();
        int[] levels = new int[unitElements];
        for (int unit = 0, at = 0; unit < unitCount; unit++) {
            model.dither().levels(unit, 0, unitElements, levelCount, levels, 0);
            for (int i = 0; i < unitElements; i++, at++) {
                int channel = i % channelCount;
                // Exact in every type: rounding moved the value by less than 1/2 from symbol + offset.
                long symbol = Math.round(decoded.get(at) - NoiseOffsets.offset(levels[i], levelCount));
                cells.find(levels[i], channel, symbol);
                units.add(unit, cells);
                channels.add(channel, cells);
            }
        }
        if (estimate != null) {
            addEstimates(model, estimate, units, channels);
        } else {
            Arrays.fill(units.estimated, Double.NaN);
            Arrays.fill(channels.estimated, Double.NaN);
        }
        return new RateReport(
                strings.shape(), model.priorShape(), model.hasPrior(), units, channels, strings.lengths());
    }

    private static Tensor decode(UniversalBatchedEntropyModel model, BitStrings strings, Shape shape) {
        int broadcastRank = model.codingRank() - model.priorShape().rank();
        return model.decompress(strings, shape.trailing(model.codingRank()).leading(broadcastRank));
    }

    private static void addEstimates(
            UniversalBatchedEntropyModel model, RateEstimate estimate, Costs units, Costs channels) {
        double[] ofUnits = estimate.bits().doubles();
        System.arraycopy(ofUnits, 0, units.estimated, 0, ofUnits.length);
        // Each element a unit of its own.
        Tensor perturbed = estimate.perturbed();
        Shape flat = Shape.of(perturbed.size());
        double[] ofElements = new RateEstimator(model.prior(), model.laplaceTailMass())
                .estimate(perturbed.reshape(flat), flat)
                .bits()
                .doubles();
        for (int i = 0; i < ofElements.length; i++) {
            channels.estimated[i % channels.estimated.length] += ofElements[i];
        }
    }

    // ---- all

    /** The cost of all elements. */
    public Cost total() {
        return units.total();
    }

    /** Bytes of all strings. */
    public long bytes() {
        return Arrays.stream(bytes).asLongStream().sum();
    }

    /** What the strings have beyond the ideal size, in bits. */
    public double overheadBits() {
        return (double) Byte.SIZE * bytes() - total().idealBits();
    }

    /** Whether there are estimates: whether the model has a prior. */
    public boolean hasEstimate() {
        return hasEstimate;
    }

    // ---- units

    /** One coding unit for each element of this shape. */
    public Shape batchShape() {
        return batchShape;
    }

    /** The number of coding units. */
    public int units() {
        return bytes.length;
    }

    /** The cost of a unit, by its row-major index in the batch. */
    public Cost unit(int unit) {
        return units.get(unit);
    }

    /** Bytes of a unit's string. */
    public int bytes(int unit) {
        return bytes[unit];
    }

    /** What a unit's string has beyond its ideal size, in bits. */
    public double overheadBits(int unit) {
        return (double) Byte.SIZE * bytes[unit] - unit(unit).idealBits();
    }

    // ---- channels

    /** One channel for each element of this shape. */
    public Shape priorShape() {
        return priorShape;
    }

    /** The number of channels. */
    public int channels() {
        return channels.elements.length;
    }

    /** The cost of a channel in all units, by its row-major index in the prior's shape. */
    public Cost channel(int channel) {
        return channels.get(channel);
    }

    /** What a channel's symbols cost beyond the estimate, in bits: what the rounding of its tables and escapes add. */
    public double tableOverheadBits(int channel) {
        Cost cost = channel(channel);
        return cost.idealBits() - cost.estimatedBits();
    }

    @Override
    public String toString() {
        Cost total = total();
        return "RateReport[units=" + units() + ", channels=" + channels() + ", elements=" + total.elements
                + ", estimatedBits=" + total.estimatedBits + ", idealBits=" + total.idealBits() + ", bytes=" + bytes()
                + "]";
    }

    /** Costs by an index, each column an array. */
    private static final class Costs {
        final long[] elements;
        final double[] estimated;
        final double[] expected;
        final double[] crossEntropy;
        final long[] escapes;
        final long[] escapeBits;

        Costs(int count) {
            elements = new long[count];
            estimated = new double[count];
            expected = new double[count];
            crossEntropy = new double[count];
            escapes = new long[count];
            escapeBits = new long[count];
        }

        void add(int i, CellCosts cell) {
            elements[i]++;
            expected[i] += cell.expectedBits;
            crossEntropy[i] += cell.bits;
            escapes[i] += cell.codeBits > 0 ? 1 : 0;
            escapeBits[i] += cell.codeBits;
        }

        Cost get(int i) {
            return new Cost(elements[i], estimated[i], expected[i], crossEntropy[i], escapes[i], escapeBits[i]);
        }

        Cost total() {
            return new Cost(
                    Arrays.stream(elements).sum(),
                    sum(estimated),
                    sum(expected),
                    sum(crossEntropy),
                    Arrays.stream(escapes).sum(),
                    Arrays.stream(escapeBits).sum());
        }

        /** In order, so that it is the same everywhere. */
        private static double sum(double... values) {
            double sum = 0;
            for (double value : values) {
                sum += value;
            }
            return sum;
        }
    }

    /** What a symbol costs: the last one that was looked for. */
    private abstract static class CellCosts {
        final double[] bitsOfSlots; // p - log2 f
        double expectedBits;
        double bits;
        int codeBits; // of an escape, else 0

        CellCosts(int precision) {
            bitsOfSlots = new double[(1 << precision) + 1];
            for (int f = 1; f < bitsOfSlots.length; f++) {
                bitsOfSlots[f] = precision - ExactMath.log(f) / ExactMath.LN2;
            }
        }

        abstract void find(int level, int channel, long symbol);
    }

    /** By a model's tables. */
    private static final class TableCosts extends CellCosts {
        private final UniversalBatchedEntropyModel model;
        private final CdfTables tables;
        private final int channelCount;
        private final double[] expected; // of each table; NaN until it is needed

        TableCosts(UniversalBatchedEntropyModel model) {
            super(model.tables().precision());
            this.model = model;
            this.tables = model.tables();
            this.channelCount = (int) model.priorShape().elements();
            this.expected = new double[tables.count()];
            Arrays.fill(expected, Double.NaN);
        }

        @Override
        void find(int level, int channel, long symbol) {
            int table = level * channelCount + channel;
            int overflow = tables.hasOverflow(table) ? tables.cells(table) - 1 : Integer.MAX_VALUE;
            long value = symbol - tables.offset(table);
            boolean inside = value >= 0 && value < overflow;
            int cell = inside ? (int) value : overflow;
            codeBits = inside ? 0 : OverflowCode.bits(Math.abs(OverflowCode.signedGamma(value, overflow)));
            bits = bitsOfSlots[tables.frequency(table, cell)];
            expectedBits = expected(table);
        }

        private double expected(int table) {
            double known = expected[table];
            if (Double.isNaN(known)) {
                known = model.hasPrior() ? crossEntropy(table) : entropy(table);
                expected[table] = known;
            }
            return known;
        }

        /** Of the prior and the table; what the prior has outside the cells is the overflow cell's. */
        private double crossEntropy(int table) {
            Prior prior = model.prior();
            int cells = tables.cells(table);
            int own = tables.hasOverflow(table) ? cells - 1 : cells;
            double offset = NoiseOffsets.offset(table / channelCount, model.numNoiseLevels());
            double[] masses = new double[own];
            prior.probRow(table % channelCount, tables.offset(table) + offset, own, masses, 0);
            double bits = 0;
            double rest = 1;
            for (int cell = 0; cell < own; cell++) {
                bits += masses[cell] * bitsOfSlots[tables.frequency(table, cell)];
                rest -= masses[cell];
            }
            return own == cells ? bits : bits + Math.max(0, rest) * bitsOfSlots[tables.frequency(table, own)];
        }

        private double entropy(int table) {
            double bits = 0;
            for (int cell = 0; cell < tables.cells(table); cell++) {
                int frequency = tables.frequency(table, cell);
                bits += frequency * bitsOfSlots[frequency];
            }
            return Math.scalb(bits, -tables.precision());
        }
    }

    /** By the cells that a model computes. */
    private static final class FreeCosts extends CellCosts {
        /** Elements of all levels whose expected bits are kept. */
        private static final long MOST_KEPT = 1 << 20;

        private final TableFreeCdfs tables;
        private final FreeCdfs cdfs;
        private final BaseDistribution base;
        private final LevelOffsets offsets;
        private final double[] offset = new double[1];
        private final int[] origins;
        private final float[] fractions;
        private final double[] expected; // by level and channel, NaN until it is needed; empty where these are too many

        FreeCosts(UniversalBatchedEntropyModel model, TableFreeCdfs tables) {
            super(tables.precision());
            this.tables = tables;
            this.cdfs = tables.cdfs();
            this.base = tables.prior().base();
            this.offsets = new LevelOffsets(model.numNoiseLevels(), model.bottleneckType());
            this.origins = new int[tables.size()];
            this.fractions = new float[tables.size()];
            long all = (long) model.numNoiseLevels() * tables.size();
            this.expected = new double[all <= MOST_KEPT ? (int) all : 0];
            Arrays.fill(expected, Double.NaN);
        }

        @Override
        void find(int level, int channel, long symbol) {
            offset[0] = offsets.of(level);
            tables.layOut(channel, offset, 1, origins, fractions);
            int half = cdfs.half(channel);
            int shift = cdfs.shift(channel);
            long distance = symbol - origins[channel];
            long cell = half + (distance >> shift);
            boolean inside = cell >= 0 && cell < 2L * half;
            bits = cellBits(channel, inside ? (int) cell : 2 * half) + (inside ? shift : 0);
            codeBits = inside ? 0 : escapeBits(channel, distance, (long) half << shift);
            expectedBits = expected(level, channel);
        }

        private double cellBits(int channel, int cell) {
            return bitsOfSlots[(cdfs.row(channel, fractions[channel], cell) & 0xffff) + 1];
        }

        /** A sign, and the distance from the window in an exponential Golomb code: see {@code docs/format.md}. */
        private int escapeBits(int channel, long distance, long reach) {
            int order = tables.escapeOrder(channel);
            long beyond = distance < 0 ? -distance - reach - 1 : distance - reach;
            int width = 63 - Long.numberOfLeadingZeros(beyond + (1L << order));
            return 2 * (width + 1) - order;
        }

        private double expected(int level, int channel) {
            if (expected.length == 0) {
                return expected(channel);
            }
            int at = level * tables.size() + channel;
            if (Double.isNaN(expected[at])) {
                expected[at] = expected(channel);
            }
            return expected[at];
        }

        /** Of the prior and the cells of the element that is laid out. */
        private double expected(int channel) {
            int half = cdfs.half(channel);
            int shift = cdfs.shift(channel);
            double edge = origins[channel] - Math.scalb((double) half, shift) + offset[0] - 0.5;
            double width = Math.scalb(1.0, shift);
            double median = base.quantile(channel, 0.5);
            double mean = 0;
            double rest = 1;
            for (int cell = 0; cell < 2 * half; cell++) {
                double lower = edge + cell * width;
                double mass = mass(channel, lower, lower + width, median);
                mean += mass * (cellBits(channel, cell) + shift);
                rest -= mass;
            }
            return mean + Math.max(0, rest) * cellBits(channel, 2 * half);
        }

        private double mass(int channel, double lower, double upper, double median) {
            if (upper <= median) {
                return base.cdf(channel, upper) - base.cdf(channel, lower);
            }
            return lower >= median
                    ? base.survival(channel, lower) - base.survival(channel, upper)
                    : 1 - base.cdf(channel, lower) - base.survival(channel, upper);
        }
    }
}
