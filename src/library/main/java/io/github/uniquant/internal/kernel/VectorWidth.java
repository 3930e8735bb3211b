package io.github.uniquant.internal.kernel;

import java.util.stream.IntStream;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The width of the process's vectors: the processor's, or the one that the property of {@link KernelProvider} names, fixed when
 * this class loads. Kernels compute on one shape for each type of element: the platform's methods have one type profile each for
 * the process, and where it knows two shapes the compiler may allocate vectors of both.
 */
final class VectorWidth {
    /** Kernels need as many bits. */
    static final int LEAST_BITS = 256;

    static final VectorShape SHAPE = shape();

    /** The shape of half the width; where there are no kernels, one that exists. */
    static final VectorShape HALF = VectorShape.forBitSize(Math.max(LEAST_BITS, SHAPE.vectorBitSize()) / 2);

    /** Whether vectors have 512 bits: few cells fit in registers, and an instruction selects from two vectors. */
    static final boolean WIDE = SHAPE.vectorBitSize() >= 512;

    /**
     * Whether table entries come by gathers, or by scalar loads: on processors of 256 bits those are faster. Where vectors are
     * wide, slots of few tables are gathered in any case; words of tails are at every width, and entries of those from larger
     * tables.
     */
    static final boolean GATHER = WIDE && Gathers.arePreferred();

    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, SHAPE);
    private static final int[] LANES = IntStream.range(0, I.length()).toArray();

    /** All lanes of a vector of ints, as the bits of a mask; with it the compiler sees that a look-up by a mask is in range. */
    static final int ALL_LANES = (1 << I.length()) - 1;

    private VectorWidth() {}

    private static VectorShape shape() {
        VectorShape preferred = IntVector.SPECIES_PREFERRED.vectorShape();
        return System.getProperty(KernelProvider.PROPERTY, "").equals("256") && preferred.vectorBitSize() > LEAST_BITS
                ? VectorShape.S_256_BIT
                : preferred;
    }

    /**
     * The lanes of ints whose numbers have a bit. Loops take such masks from outside: a constant one is made anew at each use, in
     * five instructions.
     */
    static VectorMask<Integer> intsWith(int bit) {
        return IntVector.fromArray(I, LANES, 0).and(bit).compare(VectorOperators.NE, 0);
    }
}
