package io.github.uniquant;

/** Which noise an estimate uses: upstream's {@code training} argument. */
public enum Training {
    /** Fresh uniform noise: on average over it, the bits are the cost of coding with dither. They pass gradients. */
    TRUE,
    /** The coded dither: the bits are the cost of transmitting that very sample. */
    FALSE
}
