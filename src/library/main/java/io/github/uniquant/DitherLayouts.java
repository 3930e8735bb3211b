package io.github.uniquant;

import io.github.uniquant.coder.free.FreePlan;
import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.table.TableFreeCdfs;
import io.github.uniquant.tensor.ElementType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Layouts of dithered coding units: element {@code i} of a unit with noise level {@code k} has table {@code k *
 * priorSize + i mod priorSize} and the offset of its level. Where all units share their levels, the layouts of the last
 * few unit sizes are kept.
 */
final class DitherLayouts {
    /**
     * Bound on what the cache keeps: elements of all layouts together, 28 bytes each with the native
     * coder's plan (32 for float64).
     */
    private static final int CACHED_ELEMENTS = 1 << 22;

    /** Levels whose offsets are kept. */
    private static final int KEPT_LEVELS = 1 << 12;

    private final Dither dither;
    private final int numNoiseLevels;
    private final int priorSize;
    private final ElementType type;
    private final @Nullable RansTables ransTables;
    private final @Nullable TableFreeCdfs freeCdfs;
    private final double[] offsetOfLevel; // rounded to the type; of the first levels where there are many
    private final Map<Integer, UnitLayout> cache = new LinkedHashMap<>(16, 0.75f, true); // guarded by itself

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
        this.ransTables = ransTables;
        this.freeCdfs = freeCdfs;
        this.dither = dither;
        this.numNoiseLevels = numNoiseLevels;
        this.priorSize = priorSize;
        this.type = type;
        this.offsetOfLevel = new double[Math.min(numNoiseLevels, KEPT_LEVELS)];
        for (int k = 0; k < offsetOfLevel.length; k++) {
            offsetOfLevel[k] = roundedOffset(k);
        }
    }

    private double roundedOffset(int level) {
        double offset = NoiseOffsets.offset(level, numNoiseLevels);
        return type == ElementType.FLOAT64 ? offset : UnitLayout.roundOffset(offset, type);
    }

    /** A source of layouts for units of this many elements, for use by one thread. */
    UnitLayout.Source source(int elements) {
        if (dither.sharedByUnits()) {
            return new Shared(shared(elements));
        }
        return new Differing(newLayout(elements));
    }

    private UnitLayout newLayout(int elements) {
        UnitLayout layout = new UnitLayout(type, elements);
        layout.freePlan = freeCdfs == null ? null : new FreePlan(freeCdfs);
        return layout;
    }

    private record Shared(UnitLayout shared) implements UnitLayout.Source {
        @Override
        public UnitLayout of(long unit) {
            return shared;
        }
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

    private UnitLayout shared(int elements) {
        synchronized (cache) {
            UnitLayout layout = cache.get(elements);
            if (layout == null) {
                layout = newLayout(elements);
                fill(0, layout);
                layout.plan = ransTables == null ? null : ransTables.plan(layout.tables, 0, elements);
                if (elements <= CACHED_ELEMENTS) {
                    cache.put(elements, layout);
                    evict();
                }
            }
            return layout;
        }
    }

    /** Drops the layouts that were not used for longest until the rest is within the bound. */
    private void evict() {
        long kept = 0;
        for (int elements : cache.keySet()) {
            kept += elements;
        }
        var eldest = cache.keySet().iterator();
        while (kept > CACHED_ELEMENTS) {
            kept -= eldest.next();
            eldest.remove();
        }
    }

    private void fill(long unit, UnitLayout layout) {
        int[] tables = layout.tables;
        dither.levels(unit, 0, tables.length, numNoiseLevels, tables, 0);
        int element = 0;
        for (int i = 0; i < tables.length; i++) {
            int level = tables[i];
            layout.set(
                    i,
                    level * priorSize + element,
                    level < offsetOfLevel.length ? offsetOfLevel[level] : roundedOffset(level));
            element = element + 1 == priorSize ? 0 : element + 1;
        }
        layout.planFree();
    }
}
