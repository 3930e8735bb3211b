package io.github.uniquant;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where the values of one unit lie: an array or a segment of the caller's, and the layout that codes them. */
abstract class UnitValues {
    /** Values that pass between a segment and the coder at a time. */
    static final int BLOCK = 4096;

    private static final float[] NO_FLOATS = {};
    private static final double[] NO_DOUBLES = {};
    private static final short[] NO_SHORTS = {};

    final ElementType type;
    float[] floats = NO_FLOATS;
    double[] doubles = NO_DOUBLES;
    short[] shorts = NO_SHORTS;
    int offset;

    @Nullable
    MemorySegment segment;

    long segmentOffset;
    private @Nullable UnitLayout layout;

    // A block of a segment, made when it is first needed.
    float[] floatBlock = NO_FLOATS;
    double[] doubleBlock = NO_DOUBLES;
    short[] shortBlock = NO_SHORTS;

    UnitValues(ElementType type) {
        this.type = type;
    }

    final void of(float[] values, int valuesOffset) {
        floats = values;
        offset = valuesOffset;
    }

    final void of(double[] values, int valuesOffset) {
        doubles = values;
        offset = valuesOffset;
    }

    final void of(short[] values, int valuesOffset) {
        shorts = values;
        offset = valuesOffset;
    }

    final void of(MemorySegment values, long valuesOffset) {
        segment = values;
        segmentOffset = valuesOffset;
    }

    final void of(Tensor tensor, int first) {
        switch (type) {
            case FLOAT32 -> of(tensor.floats(), first);
            case FLOAT64 -> of(tensor.doubles(), first);
            case FLOAT16, BFLOAT16 -> of(tensor.shorts(), first);
            case INT32 -> throw new AssertionError(type);
        }
    }

    final void layOut(UnitLayout unitLayout) {
        layout = unitLayout;
    }

    final UnitLayout layout() {
        return Objects.requireNonNull(layout);
    }

    /** Lets go of the caller's memory, and of the layout. */
    final void release() {
        layout = null;
        floats = NO_FLOATS;
        doubles = NO_DOUBLES;
        shorts = NO_SHORTS;
        segment = null;
    }

    /** Refuses values of another type than the bottleneck's. */
    final void requireType(ElementType given) {
        if (type != given) {
            throw new IllegalArgumentException(
                    "values must be of the bottleneck's type: bottleneckType=" + type.id() + " given=" + given.id());
        }
    }

    /** Makes the block of this type. */
    final void makeBlock() {
        switch (type) {
            case FLOAT32 -> floatBlock = floatBlock.length == 0 ? new float[BLOCK] : floatBlock;
            case FLOAT64 -> doubleBlock = doubleBlock.length == 0 ? new double[BLOCK] : doubleBlock;
            case FLOAT16, BFLOAT16 -> shortBlock = shortBlock.length == 0 ? new short[BLOCK] : shortBlock;
            case INT32 -> throw new AssertionError(type);
        }
    }
}
