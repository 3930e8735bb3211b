package io.github.uniquant;

import io.github.uniquant.coder.free.FreePlan;
import io.github.uniquant.coder.rans.RansPlan;
import io.github.uniquant.tensor.Bfloat16;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What coding needs to know of each element of a coding unit, in row-major order: its table row, and the offset that is
 * subtracted before rounding and added back after it. The offsets are values of the bottleneck's type, in doubles for
 * float64 and in floats for the others; the array of the other kind is empty.
 */
final class UnitLayout {
    private static final float[] NO_FLOATS = {};
    private static final double[] NO_DOUBLES = {};

    /** With the native coder's plan; 4 more for float64. */
    private static final int BYTES_PER_ELEMENT = 24;

    private static final int[] NO_INTS = {};

    private final ElementType type;
    private int[] scratch = NO_INTS;
    final int[] tables;
    float[] floatOffsets;
    double[] doubleOffsets;
    int offsetsFrom; // index of element 0 in them

    /** The native coder's plan of the tables; null for other formats, and where units differ in their dither. */
    @Nullable
    RansPlan plan;

    /** The table-free coder's plan of the offsets; null for other formats. */
    @Nullable
    FreePlan freePlan;

    UnitLayout(ElementType type, int elements) {
        boolean wide = type == ElementType.FLOAT64;
        this.type = type;
        tables = new int[elements];
        floatOffsets = wide ? NO_FLOATS : new float[elements];
        doubleOffsets = wide ? new double[elements] : NO_DOUBLES;
    }

    /** The native coder's plan, which a layout that units share has where that coder takes part. */
    RansPlan nativePlan() {
        return Objects.requireNonNull(plan);
    }

    /** What this takes, in elements of a plain layout: tables that the plan has copied count, in both forms of buckets. */
    long weight() {
        long copied = plan == null ? 0 : plan.copiedInts();
        return tables.length + 2 * Integer.BYTES * copied / BYTES_PER_ELEMENT;
    }

    /** As many ints as there are elements, whose contents are not defined, for those who fill this layout. */
    int[] scratch() {
        if (scratch.length < tables.length) {
            scratch = new int[tables.length];
        }
        return scratch;
    }

    /** Sets element {@code i}; the offset is a value of the bottleneck's type. */
    void set(int i, int table, double offset) {
        tables[i] = table;
        if (type == ElementType.FLOAT64) {
            doubleOffsets[i] = offset;
        } else {
            floatOffsets[i] = (float) offset;
        }
    }

    /** Takes the offsets from element {@code first} of a tensor of the bottleneck's type on, out of its own array where it can. */
    void setOffsets(Tensor tensor, int first) {
        switch (type) {
            case FLOAT64 -> {
                doubleOffsets = tensor.doubles();
                offsetsFrom = first;
            }
            case FLOAT32 -> {
                floatOffsets = tensor.floats();
                offsetsFrom = first;
            }
            default -> {
                for (int i = 0; i < tables.length; i++) {
                    floatOffsets[i] = (float) tensor.get(first + i);
                }
            }
        }
    }

    /** Lays the table-free plan out by the offsets. */
    void planFree() {
        FreePlan free = freePlan;
        if (free == null) {
            return;
        }
        if (type == ElementType.FLOAT64) {
            free.layOut(doubleOffsets, tables.length);
        } else {
            free.layOut(floatOffsets, tables.length);
        }
    }

    /** Where the layout of a unit comes from: one for all units, or computed from the unit's number. */
    interface Source {
        /** Of no units: what a coder has that serves nobody. */
        Source NONE = new Source() {
            @Override
            public UnitLayout of(long unit) {
                throw new AssertionError(unit);
            }

            @Override
            public @Nullable UnitLayout shared() {
                return null;
            }
        };

        /** The layout of this unit; valid until the next call on this source. */
        UnitLayout of(long unit);

        /** The one layout of all units; null where they differ. */
        @Nullable
        UnitLayout shared();

        /** Ends the use of this source; its working memory serves the next one. */
        default void release() {}
    }

    /** {@code offset} rounded to a float type as the bottleneck rounds it, in a float. */
    static float roundOffset(double offset, ElementType type) {
        return switch (type) {
            case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16((float) offset));
            case BFLOAT16 -> Bfloat16.toFloat(Bfloat16.fromFloat((float) offset));
            case FLOAT32 -> (float) offset;
            case FLOAT64, INT32 -> throw new IllegalArgumentException("not a narrow float type: type=" + type.id());
        };
    }
}
