package io.github.uniquant.internal.kernel;

/** The scalar path of the noise levels. */
final class ScalarDitherKernels implements DitherKernels {
    static final ScalarDitherKernels INSTANCE = new ScalarDitherKernels();

    private static final long LOW = 0xFFFFFFFFL;

    private ScalarDitherKernels() {}

    @Override
    public void remainders(int k0, int k1, int c2, int c3, long first, int count, int levels, int[] out, int at) {
        Philox.words(k0, k1, c2, c3, first, count, out, at);
        remainders(out, at, count, levels);
    }

    @Override
    public void shares(int k0, int k1, int c2, int c3, long first, int count, int levels, int[] out, int at) {
        Philox.words(k0, k1, c2, c3, first, count, out, at);
        shares(out, at, count, levels);
    }

    /** Words to their remainders, in place. */
    static void remainders(int[] words, int at, int count, int levels) {
        long factor = factor(levels);
        for (int i = at; i < at + count; i++) {
            words[i] = remainder(words[i], factor, levels);
        }
    }

    /** floor((2^32 - 1) / levels). */
    static long factor(int levels) {
        return LOW / levels;
    }

    /**
     * {@code word mod levels}, unsigned. As the factor is at most 2^32 / levels and more than that less 1, {@code word *
     * factor / 2^32} is at most the true quotient and more than that less 1; so what the quotient leaves is below twice the
     * levels.
     */
    private static int remainder(int word, long factor, int levels) {
        long quotient = (word & LOW) * factor >>> 32;
        int rest = word - (int) quotient * levels;
        return rest < levels ? rest : rest - levels;
    }

    /** Words to their shares, in place. */
    static void shares(int[] words, int at, int count, int levels) {
        for (int i = at; i < at + count; i++) {
            words[i] = (int) ((words[i] & LOW) * levels >>> 32);
        }
    }
}
