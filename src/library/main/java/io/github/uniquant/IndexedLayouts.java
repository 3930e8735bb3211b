package io.github.uniquant;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Layouts of units whose tables are selected by {@link Indexes}: every unit has its own, laid out when it is coded. The
 * units of a batch are numbered from 0; indexes of one unit are those of any. For use by one thread.
 */
final class IndexedLayouts implements UnitLayout.Source {
    private final Indexes indexes;
    private final Shift shift;
    private final int elements;
    private final boolean oneUnit;
    private final UnitLayout layout;

    IndexedLayouts(Indexes indexes, ElementType type, int elements, Shift shift) {
        this.indexes = indexes;
        this.shift = shift;
        this.elements = elements;
        this.oneUnit = indexes.shape().elements() == elements;
        this.layout = new UnitLayout(type, elements);
    }

    @Override
    public UnitLayout of(long unit) {
        int first = oneUnit ? 0 : (int) unit * elements;
        indexes.rows(first, elements, layout.tables);
        shift.apply(unit, first, layout);
        return layout;
    }

    @Override
    public @Nullable UnitLayout shared() {
        return null;
    }

    /** What is done to a unit's layout once its tables are those of its indexes: offsets are set, tables moved. */
    interface Shift {
        /** Plain rounding: offsets stay 0, as they are in a new layout. */
        Shift NONE = (unit, first, layout) -> {};

        /**
         * Completes a layout.
         *
         * @param first the unit's first element in the tensors that indexes and locations are in
         */
        void apply(long unit, int first, UnitLayout layout);

        /**
         * Rounding about a location for each element of the tensor, of the bottleneck's type.
         *
         * @throws IllegalArgumentException from {@link #apply} if a location of the unit is not finite
         */
        static Shift by(Tensor loc) {
            return (unit, first, layout) -> {
                FiniteValues.require(loc, first, layout.tables.length, "location", "loc");
                layout.setOffsets(loc, first);
            };
        }
    }

    /**
     * Noise levels: table {@code level * prior size + row of the indexes}, and the offset of the level. Where a dither is the
     * same for all units, levels are drawn for the whole tensor, as upstream does.
     */
    static final class Levels implements Shift {
        private final Dither dither;
        private final int numNoiseLevels;
        private final int priorSize;
        private final LevelOffsets offsets;

        Levels(Dither dither, int numNoiseLevels, int priorSize, ElementType type) {
            this.dither = dither;
            this.numNoiseLevels = numNoiseLevels;
            this.priorSize = priorSize;
            this.offsets = new LevelOffsets(numNoiseLevels, type);
        }

        @Override
        public void apply(long unit, int first, UnitLayout layout) {
            int[] tables = layout.tables;
            int[] levels = layout.scratch();
            int firstLevel = dither.sharedByUnits() ? firstOf(unit, tables.length) : 0;
            dither.levels(unit, firstLevel, tables.length, numNoiseLevels, levels, 0);
            offsets.set(levels, layout);
            for (int i = 0; i < tables.length; i++) {
                tables[i] += levels[i] * priorSize;
            }
        }

        /** The first element of a unit in the tensor of its batch. */
        private static int firstOf(long unit, int elements) {
            long units = Integer.MAX_VALUE / Math.max(elements, 1);
            if (unit < 0 || unit >= units) {
                throw new IllegalArgumentException("a unit whose noise levels are drawn for its whole batch must have a"
                        + " number from 0 to " + (units - 1) + ": unit=" + unit);
            }
            return (int) unit * elements;
        }
    }
}
