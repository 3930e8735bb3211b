package io.github.uniquant.internal.kernel;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one array of working memory for the next call: calls one after the other allocate none, calls at the same time
 * their own. What is in it is not defined.
 */
final class ScratchPool {
    private final AtomicReference<double @Nullable []> kept = new AtomicReference<>();

    double[] take(int length) {
        double[] spare = kept.getAndSet(null);
        return spare != null && spare.length >= length ? spare : new double[length];
    }

    void giveBack(double[] scratch) {
        kept.set(scratch);
    }
}
