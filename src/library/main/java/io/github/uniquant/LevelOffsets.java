package io.github.uniquant;

import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.tensor.ElementType;

/** The offsets of noise levels, rounded to the bottleneck's type as coding rounds them. Immutable and thread-safe. */
final class LevelOffsets {
    /** Levels whose offsets are kept; those of others, where there are more, are computed again and again. */
    private static final int KEPT_LEVELS = 1 << 12;

    private final int numNoiseLevels;
    private final ElementType type;
    private final double[] kept;
    private final float[] keptFloats; // the same, but for float64

    LevelOffsets(int numNoiseLevels, ElementType type) {
        this.numNoiseLevels = numNoiseLevels;
        this.type = type;
        this.kept = new double[Math.min(numNoiseLevels, KEPT_LEVELS)];
        this.keptFloats = new float[type == ElementType.FLOAT64 ? 0 : kept.length];
        for (int k = 0; k < kept.length; k++) {
            kept[k] = rounded(k);
        }
        for (int k = 0; k < keptFloats.length; k++) {
            keptFloats[k] = (float) kept[k];
        }
    }

    /** Sets the offsets of a layout whose elements have these levels. */
    void set(int[] levels, UnitLayout layout) {
        int n = layout.tables.length;
        boolean all = numNoiseLevels == kept.length;
        double[] doubles = layout.doubleOffsets;
        float[] floats = layout.floatOffsets;
        if (type == ElementType.FLOAT64) {
            for (int i = 0; i < n; i++) {
                doubles[i] = all ? kept[levels[i]] : of(levels[i]);
            }
        } else {
            for (int i = 0; i < n; i++) {
                floats[i] = all ? keptFloats[levels[i]] : (float) of(levels[i]);
            }
        }
    }

    /** The offset of a level. */
    double of(int level) {
        return level < kept.length ? kept[level] : rounded(level);
    }

    private double rounded(int level) {
        double offset = NoiseOffsets.offset(level, numNoiseLevels);
        return type == ElementType.FLOAT64 ? offset : UnitLayout.roundOffset(offset, type);
    }
}
