package io.github.uniquant.coder;

/** Supplies the symbols of a unit to an encoder, in blocks and in any order; a block may be asked for more than once. */
@FunctionalInterface
public interface SymbolSource {
    /** Writes the symbols of elements {@code first .. first + count - 1} to {@code symbols[0 .. count)}. */
    void read(int first, int count, int[] symbols);
}
