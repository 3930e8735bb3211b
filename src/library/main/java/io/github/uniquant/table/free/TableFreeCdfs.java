package io.github.uniquant.table.free;

import io.github.uniquant.internal.kernel.FreeCdfs;
import io.github.uniquant.prior.BaseDistribution;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLocationScale;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Variable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * What a location-scale prior needs to be coded without tables: for any noise offset, the integer CDF of each element is
 * computed from its location and scale; {@link FreeCdfs} says how. Immutable and thread-safe; its size does not depend on
 * the number of noise levels: about 40 bytes an element.
 */
public final class TableFreeCdfs {
    private static final String HASH_DOMAIN = "uniquant-table-free-1";

    /** Expected cost is counted in 2^-16 bit. */
    private static final int COST_BITS = 16;

    // 2 to the differential entropy of each standard distribution: sqrt(2 pi e), e^2 and 2 e.
    private static final double NORMAL_SPREAD = 0x1.0883p2;
    private static final double LOGISTIC_SPREAD = 0x1.d8e6p2;
    private static final double LAPLACE_SPREAD = 0x1.5bf1p2;

    private static final int MAX_ESCAPE_ORDER = 30;

    private final NoisyLocationScale prior;
    private final FreeCdfs cdfs;
    private final double tailMass;
    private final double[] loc;
    private final int[] escapeOrder;
    private final long[] costBefore; // sum of the expected costs of the elements before each; one more for all
    private volatile long hash; // 0 while not computed

    private TableFreeCdfs(NoisyLocationScale prior, int precision, double tailMass) {
        List<Variable> parameters = prior.parameters();
        double[] scale = parameters.get(1).value().toDoubles();
        BaseDistribution standard = standard(prior).base();
        this.prior = prior;
        this.tailMass = tailMass;
        this.loc = parameters.get(0).value().toDoubles();
        this.cdfs = new FreeCdfs(
                precision, tailMass, scale, z -> standard.survival(0, z), p -> standard.upperQuantile(0, p));
        this.escapeOrder = new int[scale.length];
        this.costBefore = new long[scale.length + 1];
        for (int j = 0; j < scale.length; j++) {
            checkWindow(j);
            escapeOrder[j] = Math.clamp(Math.getExponent(scale[j]) - 1, 0, MAX_ESCAPE_ORDER);
            costBefore[j + 1] = costBefore[j] + expectedCost(prior, scale[j]);
        }
    }

    /**
     * The CDFs of a prior.
     *
     * @param prior a noisy normal, logistic or Laplace prior
     * @param precision bits of precision, in [3, 16]
     * @param tailMass approximate mass that is coded as overflow, in (0, 1)
     */
    public static TableFreeCdfs of(Prior prior, int precision, double tailMass) {
        if (!(prior instanceof NoisyLocationScale family)) {
            throw new IllegalArgumentException("the prior must be a NoisyNormal, NoisyLogistic or NoisyLaplace to code"
                    + " without tables: family=" + prior.family());
        }
        if (!(tailMass > 0 && tailMass < 1)) {
            throw new IllegalArgumentException("tailMass must be in (0, 1): tailMass=" + tailMass);
        }
        return new TableFreeCdfs(family, precision, tailMass);
    }

    private static NoisyLocationScale standard(NoisyLocationScale prior) {
        Shape scalar = Shape.of();
        double[] zero = {0};
        double[] one = {1};
        if (prior instanceof NoisyNormal) {
            return NoisyNormal.of(scalar, zero, one);
        }
        return prior instanceof NoisyLogistic
                ? NoisyLogistic.of(scalar, zero, one)
                : NoisyLaplace.of(scalar, zero, one);
    }

    /** Symbols of the window must be 32-bit integers, at any offset. */
    private void checkWindow(int j) {
        double reach = (cdfs.half(j) + 1.0) * (1L << cdfs.shift(j)) + 1;
        if (!(loc[j] - reach > Integer.MIN_VALUE && loc[j] + reach < Integer.MAX_VALUE)) {
            throw new IllegalArgumentException("the window of the prior must be of 32-bit integers: element=" + j
                    + " lower=" + (loc[j] - reach) + " upper=" + (loc[j] + reach));
        }
    }

    /**
     * Half of log2(1 + (a s)^2 + b s) in 2^-16 bit, s being the scale: for large scales log2(a s), the differential entropy
     * of the family, and for small ones about the mean entropy of an edge near the median.
     */
    private static int expectedCost(NoisyLocationScale prior, double scale) {
        double a = prior instanceof NoisyNormal
                ? NORMAL_SPREAD
                : prior instanceof NoisyLogistic ? LOGISTIC_SPREAD : LAPLACE_SPREAD;
        double as = a * scale;
        return log2(1 + as * as + 0.75 * as) >> 1;
    }

    /** floor(2^16 log2 x) for x of at least 1, in integers: 16 squarings of x as a number in [1, 2), rounded down. */
    private static int log2(double x) {
        int exponent = Math.getExponent(x);
        long y = (Double.doubleToRawLongBits(x) & (1L << 52) - 1 | 1L << 52) << 10; // 62 bits of fraction
        int bits = exponent;
        for (int i = 0; i < COST_BITS; i++) {
            long high = Math.multiplyHigh(y, y);
            y = high << 2 | y * y >>> 62;
            bits <<= 1;
            if (y < 0) { // at least 2
                y >>>= 1;
                bits |= 1;
            }
        }
        return bits;
    }

    /** Bits of precision p. */
    public int precision() {
        return cdfs.precision();
    }

    /** The number of elements of the prior. */
    public int size() {
        return loc.length;
    }

    /** The prior these were made from. */
    public NoisyLocationScale prior() {
        return prior;
    }

    /** The curves that give each element's cells. */
    public FreeCdfs cdfs() {
        return cdfs;
    }

    /** Order of the Golomb code of an element's escapes: about log2 of the scale. */
    public int escapeOrder(int element) {
        return escapeOrder[element];
    }

    /** Expected cost of the first {@code count} elements of a unit, in 2^-16 bit. */
    public long expectedCost(int count) {
        int size = size();
        return size == 0 ? 0 : count / size * costBefore[size] + costBefore[count % size];
    }

    /**
     * Lays elements of a unit out: where each one's median lies at its noise offset. It is {@code fractions[i]} cells from
     * the lower edge of the cell that begins with symbol {@code origins[i]}.
     *
     * @param firstElement index in the unit of the first element
     * @param offsets noise offsets of elements from there on, from index 0
     * @param origins receive the symbols, from index {@code firstElement} on
     * @param fractions receive the fractions, in [-1/2, 1/2]
     */
    public void layOut(int firstElement, double[] offsets, int count, int[] origins, float[] fractions) {
        int size = size();
        int j = count == 0 ? 0 : firstElement % size;
        for (int i = 0; i < count; i++) {
            double edge = loc[j] - offsets[i] + 0.5;
            double nearest = Math.rint(edge);
            origins[firstElement + i] = (int) nearest;
            fractions[firstElement + i] = (float) ((edge - nearest) / (1L << cdfs.shift(j)));
            j = j + 1 == size ? 0 : j + 1;
        }
    }

    /**
     * A stable 64-bit hash of all that the CDFs depend on: the first 8 bytes, big-endian, of the SHA-256 of the ASCII text
     * {@code "uniquant-table-free-1 "} and the prior's family, then little-endian the precision in 32 bits, the tail mass
     * as a binary64, the number of elements in 32 bits, and the locations and the scales as binary64s.
     */
    public long hash() {
        long known = hash;
        if (known == 0) {
            known = computeHash();
            hash = known;
        }
        return known;
    }

    private long computeHash() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
        digest.update((HASH_DOMAIN + " " + prior.family()).getBytes(StandardCharsets.US_ASCII));
        ByteBuffer header = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(precision()).putDouble(tailMass).putInt(size());
        digest.update(header.array());
        update(digest, loc);
        update(digest, prior.parameters().get(1).value().toDoubles());
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    /** A part at a time: the bytes of 2^28 values fit no array. */
    private static void update(MessageDigest digest, double[] values) {
        ByteBuffer chunk = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            if (!chunk.hasRemaining()) {
                digest.update(chunk.array());
                chunk.clear();
            }
            chunk.putDouble(value);
        }
        digest.update(chunk.array(), 0, chunk.position());
    }

    @Override
    public String toString() {
        return "TableFreeCdfs[family=" + prior.family() + ", elements=" + size() + ", precision=" + precision()
                + ", hash=" + Long.toHexString(hash()) + "]";
    }
}
