package io.github.uniquant;

import io.github.uniquant.coder.free.FreePlan;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.table.free.TableFreeCdfs;
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
    private final @Nullable TableFreeCdfs freeCdfs;
    private final LevelOffsets offsets;
    private final LayoutCache cache;
    private final CoderPool<Differing> differing = new CoderPool<>(Differing::new);

    /**
     * @param ransTables the tables to plan units for; null where the native coder takes no part
     * @param freeCdfs the CDFs to plan units for; null where the table-free coder takes no part
     */
    DitherLayouts(
            Dither dither,
            int numNoiseLevels,
            int priorSize,
            ElementType type,
            @Nullable RansTables ransTables,
            @Nullable TableFreeCdfs freeCdfs) {
        this.dither = dither;
        this.numNoiseLevels = numNoiseLevels;
        this.priorSize = priorSize;
        this.type = type;
        this.freeCdfs = freeCdfs;
        this.offsets = new LevelOffsets(numNoiseLevels, type);
        this.cache = new LayoutCache(type, ransTables, layout -> {
            layout.freePlan = newFreePlan();
            fill(0, layout, priorElements(layout.tables.length));
        });
    }

    /** A source of layouts for units of this many elements, for use by one thread. */
    UnitLayout.Source source(int elements) {
        if (dither.sharedByUnits()) {
            return cache.source(elements);
        }
        return differing.take().serve(elements);
    }

    private @Nullable FreePlan newFreePlan() {
        return freeCdfs == null ? null : new FreePlan(freeCdfs);
    }

    /** The prior's element of each of a unit's. */
    private int[] priorElements(int elements) {
        int[] of = new int[elements];
        for (int i = 0, element = 0; i < elements; i++) {
            of[i] = element;
            element = element + 1 == priorSize ? 0 : element + 1;
        }
        return of;
    }

    private final class Differing implements UnitLayout.Source {
        private UnitLayout scratch = new UnitLayout(type, 0);
        private int[] priorElements = {};

        /** Takes up units of this many elements; returns this source. */
        Differing serve(int elements) {
            if (scratch.tables.length != elements) {
                scratch = new UnitLayout(type, elements);
                priorElements = priorElements(elements);
            }
            if (scratch.freePlan == null) {
                scratch.freePlan = newFreePlan();
            }
            return this;
        }

        @Override
        public UnitLayout of(long unit) {
            fill(unit, scratch, priorElements);
            return scratch;
        }

        @Override
        public @Nullable UnitLayout shared() {
            return null;
        }

        @Override
        public void release() {
            if (scratch.tables.length <= LayoutCache.CACHED_ELEMENTS) {
                differing.giveBack(this);
            }
        }
    }

    /**
     * Fills the layout of a unit.
     *
     * @param priorElements of the unit's elements, as {@link #priorElements} gives them
     */
    private void fill(long unit, UnitLayout layout, int[] priorElements) {
        int[] tables = layout.tables;
        dither.levels(unit, 0, tables.length, numNoiseLevels, tables, 0);
        offsets.set(tables, layout);
        for (int i = 0; i < tables.length; i++) {
            tables[i] = tables[i] * priorSize + priorElements[i];
        }
        layout.planFree();
    }
}
