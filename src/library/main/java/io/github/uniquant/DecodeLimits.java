package io.github.uniquant;

import io.github.uniquant.coder.rans.RansFormat;
import io.github.uniquant.tensor.Shape;

/**
 * How much a decoder may be asked to produce. A string of one byte may stand for millions of certain elements, so the
 * element counts are checked before anything is allocated.
 *
 * @param maxUnitElements elements of one coding unit, at most 2^28
 * @param maxCallElements elements of all units of one call
 */
public record DecodeLimits(long maxUnitElements, long maxCallElements) {
    /** The most elements that a coding unit can have in any format. */
    public static final int FORMAT_UNIT_ELEMENTS = RansFormat.MAX_ELEMENTS;

    /** 2^26 elements a unit, 2^30 a call. */
    public static final DecodeLimits DEFAULT = new DecodeLimits(1L << 26, 1L << 30);

    public DecodeLimits {
        if (maxUnitElements < 0 || maxUnitElements > FORMAT_UNIT_ELEMENTS || maxCallElements < 0) {
            throw new IllegalArgumentException("limits must be at least 0 and at most 2^28 elements a unit:"
                    + " maxUnitElements=" + maxUnitElements + " maxCallElements=" + maxCallElements);
        }
    }

    /**
     * Refuses {@code units} coding units of {@code unitShape}; the message says which limit and how to raise it. Whatever
     * the limits, the elements of a call must fit one tensor.
     */
    void check(long units, Shape unitShape) {
        long unitElements = unitShape.elements();
        if (unitElements > maxUnitElements) {
            throw new IllegalArgumentException("a coding unit must have at most maxUnitElements elements (see"
                    + " DecodeLimits): elements=" + unitElements + " maxUnitElements=" + maxUnitElements + " shape="
                    + unitShape);
        }
        if (unitElements > 0 && units > maxCallElements / unitElements) {
            throw new IllegalArgumentException("a call must decode at most maxCallElements elements (see"
                    + " DecodeLimits): units=" + units + " elements=" + unitElements + " maxCallElements="
                    + maxCallElements);
        }
        if (unitElements > 0 && units > Shape.MAX_ARRAY_LENGTH / unitElements) {
            throw new IllegalArgumentException("a call must decode at most 2^31 - 9 elements: units=" + units
                    + " elements=" + unitElements + " shape=" + unitShape);
        }
    }
}
