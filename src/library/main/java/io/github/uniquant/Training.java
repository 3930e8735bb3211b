package io.github.uniquant;

/** Which noise an estimate uses: upstream's {@code training} argument. */
public enum Training {
    /** Fresh uniform noise: the bits estimate the differential entropy, and pass gradients. */
    TRUE,
    /** The coded dither: the bits are the cost of transmitting that very sample. */
    FALSE
}
