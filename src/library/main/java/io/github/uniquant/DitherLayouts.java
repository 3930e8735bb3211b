package io.github.uniquant;

import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.tensor.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * Layouts of dithered coding units: element {@code i} of a unit with noise level {@code k} has table {@code k *
 * priorSize + i mod priorSize} and the offset of its level.
 */
final class DitherLayouts {
    private final Dither dither;
    private final int numNoiseLevels;
    private final int priorSize;
    private final ElementType type;
    private final double[] offsetOfLevel;
    private final LayoutCache cache;

    /** @param ransTables the tables to plan units for; null where the native coder takes no part */
    DitherLayouts(Dither dither, int numNoiseLevels, int priorSize, ElementType type, @Nullable RansTables ransTables) {
        this.dither = dither;
        this.numNoiseLevels = numNoiseLevels;
        this.priorSize = priorSize;
        this.type = type;
        this.offsetOfLevel = offsets(numNoiseLevels, type);
        this.cache = new LayoutCache(type, ransTables, layout -> fill(0, layout));
    }

    /** The offsets of all levels, rounded to the bottleneck's type as coding rounds them. */
    static double[] offsets(int numNoiseLevels, ElementType type) {
        double[] offsets = new double[numNoiseLevels];
        for (int k = 0; k < numNoiseLevels; k++) {
            double offset = NoiseOffsets.offset(k, numNoiseLevels);
            offsets[k] = type == ElementType.FLOAT64 ? offset : UnitLayout.roundOffset(offset, type);
        }
        return offsets;
    }

    /** A source of layouts for units of this many elements, for use by one thread. */
    UnitLayout.Source source(int elements) {
        return dither.sharedByUnits() ? cache.source(elements) : new Differing(new UnitLayout(type, elements));
    }

    private final class Differing implements UnitLayout.Source {
        private final UnitLayout scratch;

        Differing(UnitLayout scratch) {
            this.scratch = scratch;
        }

        @Override
        public UnitLayout of(long unit) {
            fill(unit, scratch);
            return scratch;
        }

        @Override
        public @Nullable UnitLayout shared() {
            return null;
        }
    }

    private void fill(long unit, UnitLayout layout) {
        int[] tables = layout.tables;
        dither.levels(unit, 0, tables.length, numNoiseLevels, tables, 0);
        int element = 0;
        for (int i = 0; i < tables.length; i++) {
            int level = tables[i];
            layout.set(i, level * priorSize + element, offsetOfLevel[level]);
            element = element + 1 == priorSize ? 0 : element + 1;
        }
    }
}
