package io.github.uniquant;

import io.github.uniquant.coder.rans.RansTables;
import io.github.uniquant.tensor.ElementType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Layouts that all units of a size share, with the native coder's plans; those of the last few sizes are kept. Thread-safe. */
final class LayoutCache {
    /**
     * Bound on the weight of all layouts together: in elements, of 24 bytes each with the native coder's plan (28 for
     * float64).
     */
    static final int CACHED_ELEMENTS = 1 << 22;

    private final ElementType type;
    private final @Nullable RansTables ransTables;
    private final Consumer<UnitLayout> fill;
    private final Map<Integer, UnitLayout> cache = new LinkedHashMap<>(16, 0.75f, true); // guarded by itself

    /**
     * @param ransTables the tables to plan units for; null where the native coder takes no part
     * @param fill sets the elements of a new layout
     */
    LayoutCache(ElementType type, @Nullable RansTables ransTables, Consumer<UnitLayout> fill) {
        this.type = type;
        this.ransTables = ransTables;
        this.fill = fill;
    }

    private record Shared(UnitLayout shared) implements UnitLayout.Source {
        @Override
        public UnitLayout of(long unit) {
            return shared;
        }
    }

    /** The source of the one layout of all units of this many elements. */
    UnitLayout.Source source(int elements) {
        synchronized (cache) {
            UnitLayout layout = cache.get(elements);
            if (layout == null) {
                layout = new UnitLayout(type, elements);
                fill.accept(layout);
                layout.plan = ransTables == null ? null : ransTables.plan(layout.tables, 0, elements);
                if (layout.weight() <= CACHED_ELEMENTS) {
                    cache.put(elements, layout);
                    evict();
                }
            }
            return new Shared(layout);
        }
    }

    /** Drops the layouts that were not used for longest until the rest is within the bound. */
    private void evict() {
        long kept = 0;
        for (UnitLayout layout : cache.values()) {
            kept += layout.weight();
        }
        var eldest = cache.values().iterator();
        while (kept > CACHED_ELEMENTS) {
            kept -= eldest.next().weight();
            eldest.remove();
        }
    }
}
