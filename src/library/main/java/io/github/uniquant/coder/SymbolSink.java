package io.github.uniquant.coder;

/** Takes the symbols of a unit from a decoder, in blocks and in any order; an element may be given again, corrected. */
@FunctionalInterface
public interface SymbolSink {
    /** Takes {@code symbols[0 .. count)} for elements {@code first .. first + count - 1}. */
    void write(int first, int count, int[] symbols);
}
