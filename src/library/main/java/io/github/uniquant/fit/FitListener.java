package io.github.uniquant.fit;

/** Hears how far a fit has come. Called by the threads that fit, one call at a time. */
@FunctionalInterface
public interface FitListener {
    /**
     * One more prior element has been fitted.
     *
     * @param done the elements fitted with this step, from 1 up to {@code total}
     * @param total the elements of the prior
     * @param step what the values are divided by; a search for the step fits with several, one after the other
     */
    void elementFitted(int done, int total, double step);
}
