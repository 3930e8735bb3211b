package io.github.uniquant.coder;

/** Decodes what a {@link SymbolEncoder} with the same tables wrote. Reusable, single-threaded, allocates nothing once warm. */
public interface SymbolDecoder {
    /**
     * Decodes {@code count} symbols from the string {@code in[inOffset .. inOffset + inLength)} to
     * {@code symbols[symbolsOffset ..]}, symbol {@code i} with table {@code tables[tablesOffset + i]}.
     *
     * @return the number of bytes consumed
     * @throws IllegalArgumentException if a table index is none; no symbol is written then
     * @throws MalformedBitstreamException if no encoder can have written the string; its offset counts from
     *     {@code inOffset}. The symbols are undefined then
     */
    int decode(
            byte[] in,
            int inOffset,
            int inLength,
            int[] tables,
            int tablesOffset,
            int count,
            int[] symbols,
            int symbolsOffset);
}
