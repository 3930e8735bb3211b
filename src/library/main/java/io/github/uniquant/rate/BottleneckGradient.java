package io.github.uniquant.rate;

/** How the gradient of bits by a tensor is taken, which was perturbed before its bits were estimated. */
public enum BottleneckGradient {
    /** The derivative at the perturbed value, passed straight through the perturbation. */
    PATHWISE,
    /**
     * The derivative's expectation over noise that is uniform on (-1/2, 1/2), exactly: {@code f(y + 1/2) - f(y - 1/2)} for bits
     * f (section 4.2 of "Universally Quantized Neural Compression", Agustsson and Theis, 2020).
     */
    EXPECTED,
    /** None: the perturbation was rounding, which passes no gradient. */
    NONE
}
