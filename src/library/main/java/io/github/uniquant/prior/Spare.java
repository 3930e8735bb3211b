package io.github.uniquant.prior;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one object of working memory for the next call: calls one after the other make none, calls at the same time make
 * their own.
 */
final class Spare<T> {
    private final AtomicReference<@Nullable T> kept = new AtomicReference<>();
    private final Supplier<T> maker;

    Spare(Supplier<T> maker) {
        this.maker = maker;
    }

    T take() {
        T spare = kept.getAndSet(null);
        return spare == null ? maker.get() : spare;
    }

    void giveBack(T used) {
        kept.set(used);
    }
}
