package io.github.uniquant.jmh.coder;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.nio.ByteBuffer;

/** zstd's level 1 through zstd-jni, on memory outside the heap: a Huffman code and matches. */
final class ZstdCoder implements StaticCoder {
    private static final int LEVEL = 1;

    private final ByteBuffer symbols;
    private final ByteBuffer decoded;
    private final ByteBuffer string;
    private final ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(LEVEL);
    private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();
    private int length;

    ZstdCoder(byte[] symbols) {
        this.symbols = ByteBuffer.allocateDirect(symbols.length).put(0, symbols);
        this.decoded = ByteBuffer.allocateDirect(symbols.length);
        this.string = ByteBuffer.allocateDirect(Math.toIntExact(Zstd.compressBound(symbols.length)));
    }

    @Override
    public int encode() {
        length = compressor.compressDirectByteBuffer(string, 0, string.capacity(), symbols, 0, symbols.capacity());
        return length;
    }

    @Override
    public void decode() {
        decompressor.decompressDirectByteBuffer(decoded, 0, decoded.capacity(), string, 0, length);
    }

    @Override
    public byte[] decoded() {
        byte[] copy = new byte[decoded.capacity()];
        decoded.get(0, copy);
        return copy;
    }

    @Override
    public void close() {
        compressor.close();
        decompressor.close();
    }
}
