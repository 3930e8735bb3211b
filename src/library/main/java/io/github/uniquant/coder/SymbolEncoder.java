package io.github.uniquant.coder;

/**
 * Codes the symbols of one coding unit to one byte string. An encoder owns its scratch memory: it is reusable,
 * single-threaded, and allocates nothing once warm.
 */
public interface SymbolEncoder {
    /** A number of bytes that no string of {@code count} symbols exceeds, whatever the symbols. */
    long maxBytes(int count);

    /**
     * Codes {@code symbols[symbolsOffset + i]} with table {@code tables[tablesOffset + i]}, for {@code i} from 0 to
     * {@code count - 1}.
     *
     * @param outLimit index behind the last byte that may be written
     * @return the number of bytes written from {@code outOffset} on
     * @throws IllegalArgumentException if a table index is none, if a symbol lies outside a table that has no overflow
     *     cell, or if the string does not fit (the message says how many bytes it needs); nothing is written then
     */
    int encode(
            int[] symbols,
            int symbolsOffset,
            int[] tables,
            int tablesOffset,
            int count,
            byte[] out,
            int outOffset,
            int outLimit);
}
