package io.github.uniquant.container;

import io.github.uniquant.DecodeLimits;
import io.github.uniquant.tensor.Shape;
import java.util.Arrays;

/**
 * How the coding units of a tensor are cut into segments. A unit is rows of the prior's size; a segment is as many whole
 * rows as have at most {@link #segmentElements} elements, but at least one; the last segment of a unit takes what is
 * left. An empty unit has no segments. Segments are numbered through the tensor, and the number of a segment is the unit
 * number by which the model codes it.
 *
 * @param shape the tensor's
 * @param codingRank the number of its innermost dimensions that are one unit
 * @param priorShape its innermost dimensions
 * @param segmentElements the most elements of a segment of more than one row
 */
record SegmentLayout(Shape shape, int codingRank, Shape priorShape, int segmentElements) {
    /** What writers cut at unless they are told otherwise. */
    static final int DEFAULT_ELEMENTS = 1 << 20;

    /** The most segments of one tensor: an index of 9 bytes for each is an array. */
    private static final int MAX_SEGMENTS = 1 << 27;

    SegmentLayout {
        int priorRank = priorShape.rank();
        if (codingRank < priorRank || shape.rank() < codingRank) {
            throw new IllegalArgumentException("the tensor must have at least codingRank dimensions, and those at least"
                    + " the prior's: shape=" + shape + " codingRank=" + codingRank + " priorShape=" + priorShape);
        }
        if (!shape.trailing(priorRank).equals(priorShape)) {
            throw new IllegalArgumentException(
                    "the tensor must end in the prior's shape: shape=" + shape + " priorShape=" + priorShape);
        }
        if (segmentElements < 1 || segmentElements > DecodeLimits.FORMAT_UNIT_ELEMENTS) {
            throw new IllegalArgumentException(
                    "segmentElements must be in [1, 2^28]: segmentElements=" + segmentElements);
        }
        if (priorShape.elements() > DecodeLimits.FORMAT_UNIT_ELEMENTS) {
            throw new IllegalArgumentException(
                    "a prior must have at most 2^28 elements for a row to be one segment: priorShape=" + priorShape);
        }
        long units = shape.leading(shape.rank() - codingRank).elements();
        long perUnit = segmentsPerUnit(shape.trailing(codingRank).elements(), priorShape, segmentElements);
        if (perUnit > 0 && units > MAX_SEGMENTS / perUnit) {
            throw new IllegalArgumentException("a tensor must have at most 2^27 segments: units=" + units
                    + " segmentsPerUnit=" + perUnit + " shape=" + shape);
        }
    }

    private static long segmentsPerUnit(long unitElements, Shape priorShape, int segmentElements) {
        if (unitElements == 0) {
            return 0;
        }
        long rows = unitElements / priorShape.elements();
        return Math.ceilDiv(rows, rowsPerSegment(priorShape, segmentElements));
    }

    private static int rowsPerSegment(Shape priorShape, int segmentElements) {
        return (int) Math.max(1, segmentElements / priorShape.elements());
    }

    /** The number of coding units. */
    long units() {
        return shape.leading(shape.rank() - codingRank).elements();
    }

    Shape unitShape() {
        return shape.trailing(codingRank);
    }

    /** The number of segments of each unit. */
    int segmentsPerUnit() {
        return (int) segmentsPerUnit(unitShape().elements(), priorShape, segmentElements);
    }

    /** The number of segments of the tensor. */
    int segments() {
        int perUnit = segmentsPerUnit();
        return perUnit == 0 ? 0 : (int) (units() * perUnit);
    }

    /** The first row, within its unit, of segment {@code i} of a unit. */
    private long firstRow(int i) {
        return (long) i * rowsPerSegment(priorShape, segmentElements);
    }

    /** The first element, within its unit, of segment {@code i} of a unit. */
    long firstElement(int i) {
        return firstRow(i) * priorShape.elements();
    }

    /** Rows of segment {@code i} of a unit. */
    int rows(int i) {
        long rows = unitShape().elements() / priorShape.elements();
        return (int) Math.min(rowsPerSegment(priorShape, segmentElements), rows - firstRow(i));
    }

    /** Elements of the largest segment. */
    int largestSegment() {
        return segments() == 0 ? 0 : rows(0) * (int) priorShape.elements();
    }

    /** The broadcast shape by which the model codes a segment of this many rows. */
    Shape broadcastShape(int rows) {
        int[] dims = new int[codingRank - priorShape.rank()];
        Arrays.fill(dims, 1);
        if (dims.length > 0) {
            dims[0] = rows;
        }
        return Shape.of(dims);
    }
}
