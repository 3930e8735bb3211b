package io.github.uniquant.golden;

/**
 * How far a value may be from upstream's: {@code relative * |theirs| + absolute}, at least the larger of the two; {@link
 * #ofMaxOne} is "relative of max(1, abs)". Infinities must be equal, and NaN never holds.
 */
record Tolerance(double relative, double absolute) {
    static Tolerance absolute(double absolute) {
        return new Tolerance(0, absolute);
    }

    static Tolerance ofMaxOne(double relative) {
        return new Tolerance(relative, relative);
    }

    double at(double theirs) {
        return Math.max(relative * Math.abs(theirs), absolute);
    }

    boolean holds(double ours, double theirs) {
        return holds(ours, ours, theirs);
    }

    /** Whether upstream's value lies within the tolerance of an interval. */
    boolean holds(double low, double high, double theirs) {
        if (Double.isInfinite(theirs)) {
            return low == theirs || high == theirs;
        }
        double slack = at(theirs);
        return low - slack <= theirs && theirs <= high + slack;
    }

    void check(GoldenCase c, String array, int index, double ours, double theirs) {
        check(c, array, index, ours, ours, theirs);
    }

    void check(GoldenCase c, String array, int index, double low, double high, double theirs) {
        if (!holds(low, high, theirs)) {
            throw new AssertionError("a value must be within its tolerance of upstream's: case=" + c.name() + " array="
                    + array + " index=" + index + " ours=" + (low == high ? low : low + ".." + high) + " theirs="
                    + theirs + " tolerance=" + at(theirs));
        }
    }

    /** A value that must be upstream's exactly. */
    static void checkEqual(GoldenCase c, String array, int index, long ours, long theirs) {
        if (ours != theirs) {
            throw new AssertionError("a value must be upstream's exactly: case=" + c.name() + " array=" + array
                    + " index=" + index + " ours=" + ours + " theirs=" + theirs);
        }
    }
}
