package io.github.uniquant.jmh.coder;

/**
 * A coder of byte symbols with one table. Each call counts its histogram and makes its tables, and the string carries what
 * the decoder needs to make them again. Buffers are the coder's own, of the kind it likes best.
 */
public interface StaticCoder extends AutoCloseable {
    /** Codes the symbols that the coder was made with; returns the bytes of the string. */
    int encode();

    /** Decodes the string of the last {@link #encode}. */
    void decode();

    /** A copy of what {@link #decode} gave. */
    byte[] decoded();

    @Override
    default void close() {}

    /**
     * The coder of this name, for these symbols.
     *
     * @throws UnavailableException if the machine lacks it
     */
    static StaticCoder of(String name, byte[] symbols) {
        return switch (name) {
            case "uniquant-vector", "uniquant-scalar" -> new UniquantCoder(symbols);
            case "zstd-jni-1" -> new ZstdCoder(symbols);
            case "htsjdk-nx16" -> new HtsjdkCoder(symbols);
            case "htscodecs" -> new HtscodecsCoder(symbols);
            default ->
                throw new IllegalArgumentException("coder must be uniquant-vector, uniquant-scalar, zstd-jni-1,"
                        + " htsjdk-nx16 or htscodecs: coder=" + name);
        };
    }
}
