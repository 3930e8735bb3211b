package io.github.uniquant;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/**
 * Coders that wait for the next batch, with the working memory that the last one made, or layouts likewise. Whoever takes one
 * has it alone until it is given back. Those that wait are dropped where memory gets short. Thread-safe.
 */
final class CoderPool<C> {
    /** Most coders that wait. */
    private static final int CAPACITY = 256;

    private final Supplier<C> newCoder;
    private final ArrayDeque<SoftReference<C>> waiting = new ArrayDeque<>(); // guarded by itself

    CoderPool(Supplier<C> newCoder) {
        this.newCoder = newCoder;
    }

    /** A coder that waits, or a new one. */
    C take() {
        synchronized (waiting) {
            for (SoftReference<C> last = waiting.pollLast(); last != null; last = waiting.pollLast()) {
                C coder = last.get();
                if (coder != null) {
                    return coder;
                }
            }
        }
        return newCoder.get();
    }

    /** Lets a coder wait that holds nothing of its last caller. */
    void giveBack(C coder) {
        synchronized (waiting) {
            if (waiting.size() < CAPACITY) {
                waiting.addLast(new SoftReference<>(coder));
            }
        }
    }
}
