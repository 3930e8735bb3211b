package io.github.uniquant.jmh.coder;

import htsjdk.samtools.cram.compression.rans.ransnx16.RANSNx16Decode;
import htsjdk.samtools.cram.compression.rans.ransnx16.RANSNx16Encode;
import htsjdk.samtools.cram.compression.rans.ransnx16.RANSNx16Params;
import java.nio.ByteBuffer;

/** htsjdk's rANS Nx16 of order 0 with 32 states: plain Java, in the format of htscodecs. */
final class HtsjdkCoder implements StaticCoder {
    private static final RANSNx16Params ORDER_0_32_STATES = new RANSNx16Params(RANSNx16Params.N32_FLAG_MASK);

    private final ByteBuffer symbols;
    private final RANSNx16Encode encoder = new RANSNx16Encode();
    private final RANSNx16Decode decoder = new RANSNx16Decode();
    private ByteBuffer string = ByteBuffer.allocate(0);
    private ByteBuffer decoded = ByteBuffer.allocate(0);

    HtsjdkCoder(byte[] symbols) {
        this.symbols = ByteBuffer.wrap(symbols);
    }

    @Override
    public int encode() {
        string = encoder.compress(symbols.rewind(), ORDER_0_32_STATES);
        return string.remaining();
    }

    @Override
    public void decode() {
        decoded = decoder.uncompress(string.duplicate().order(string.order()));
    }

    @Override
    public byte[] decoded() {
        byte[] copy = new byte[decoded.remaining()];
        decoded.get(decoded.position(), copy);
        return copy;
    }
}
