package io.github.uniquant.coder.rans;

/**
 * The lanes that an encoder tries for a unit, by the lane rule of the native format: what the plans of this library's lane
 * coders share.
 */
public abstract class LanePlan {
    /** Most elements that coders take at a time. */
    public static final int BLOCK = 4096;

    private static final int MAX_ATTEMPTS = 6 * (RansFormat.MAX_TAIL_EXPONENT + 1);

    private final int[] attempts = new int[MAX_ATTEMPTS]; // lane exponent << 8 | tau << 1 | tail in front, in order
    private int attemptCount;
    private int count;

    /** A plan of no elements. */
    protected LanePlan() {}

    /** Refuses a number of elements that no unit has, before anything is laid out for it. */
    protected static void checkElements(int elements) {
        if (elements < 0 || elements > RansFormat.MAX_ELEMENTS) {
            throw new IllegalArgumentException("a unit must have from 0 to 2^28 elements: elements=" + elements);
        }
    }

    /** Expected cost of the elements before one, in 2^-16 bit. */
    protected abstract long costBefore(int element);

    /**
     * The lane rule: the lanes that the expected size asks for, with the smallest tail, back before front, that should hold
     * enough to start them; behind that the larger tails, should it not; then half the lanes, and so on.
     */
    protected final void planLanes(int elements) {
        setCount(elements);
        if (count < RansFormat.HEADER_ELEMENTS) {
            return;
        }
        long sum = costBefore(count);
        for (int k = RansFormat.firstLaneExponent(sum >>> RansFormat.COST_BITS + 3); k >= 1; k--) {
            long needed = RansFormat.neededTailCost(1 << k);
            boolean enough = false;
            for (int tau = 0; tau <= RansFormat.MAX_TAIL_EXPONENT; tau++) {
                long tail = RansFormat.tailElements(count, k, tau);
                if (!RansFormat.fits(count, tail)) {
                    break;
                }
                boolean back = sum - costBefore(count - (int) tail) >= needed;
                boolean front = costBefore((int) tail) >= needed;
                enough |= back || front;
                if (enough) {
                    attempts[attemptCount++] = k << 8 | tau << 1 | (!back && front ? 1 : 0);
                }
            }
        }
    }

    /** Makes this a plan of so many elements without lanes to try, as a decoder needs no more. */
    protected final void setCount(int elements) {
        count = elements;
        attemptCount = 0;
    }

    /** The number of elements. */
    public final int count() {
        return count;
    }

    /** Lanes to try before one lane. */
    public final int attemptCount() {
        return attemptCount;
    }

    /** What to try as number {@code i}; for the methods below. */
    public final int attempt(int i) {
        return attempts[i];
    }

    /** Elements of an attempt's tail. */
    public final int tail(int attempt) {
        return (int) RansFormat.tailElements(count, laneExponent(attempt), tau(attempt));
    }

    /** log2 of an attempt's lanes. */
    public static int laneExponent(int attempt) {
        return attempt >>> 8;
    }

    /** The tail exponent of an attempt. */
    public static int tau(int attempt) {
        return attempt >>> 1 & 15;
    }

    /** Whether an attempt's tail is in front of its head. */
    public static boolean tailInFront(int attempt) {
        return (attempt & 1) != 0;
    }
}
