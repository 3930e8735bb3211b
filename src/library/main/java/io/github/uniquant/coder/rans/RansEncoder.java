package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.SymbolEncoder;
import io.github.uniquant.symbol.OverflowCode;

/** Writes the native strings with one lane: the plainest encoder, to be replaced by one with all lanes. */
public final class RansEncoder implements SymbolEncoder {
    private final RansTables tables;

    /** An encoder with these tables. */
    public RansEncoder(RansTables tables) {
        this.tables = tables;
    }

    @Override
    public long maxBytes(int count) {
        return 12L * count + 16;
    }

    @Override
    public int encode(
            int[] symbols,
            int symbolsOffset,
            int[] tableOf,
            int tablesOffset,
            int count,
            byte[] out,
            int outOffset,
            int outLimit) {
        Lane lane = new Lane(tables);
        for (int i = count - 1; i >= 0; i--) {
            int t = tableOf[tablesOffset + i];
            int last = tables.freq[t].length - 1;
            long value = (long) symbols[symbolsOffset + i] - tables.tables.offset(t);
            if (value >= 0 && value < last || !tables.tables.hasOverflow(t) && value == last) {
                continue;
            }
            if (!tables.tables.hasOverflow(t)) {
                throw new IllegalArgumentException(
                        "a symbol must lie in its table, which has no overflow cell: index=" + i);
            }
            long signed = OverflowCode.signedGamma(value, last);
            long g = Math.abs(signed);
            int w = 63 - Long.numberOfLeadingZeros(g);
            int low = Math.min(w, 15);
            lane.putBits(signed < 0 ? 1 : 0, 1);
            lane.putBits(g & (1L << low) - 1, low);
            if (w > 15) {
                lane.putBits(g - (1L << w) >>> 15, w - 15);
            }
            lane.putBits(1, 1);
            for (int k = 0; k < w; k++) {
                lane.putBits(0, 1);
            }
        }
        for (int i = count - 1; i >= 0; i--) {
            int t = tableOf[tablesOffset + i];
            int last = tables.freq[t].length - 1;
            long value = (long) symbols[symbolsOffset + i] - tables.tables.offset(t);
            lane.put(t, value >= 0 && value < last ? (int) value : last);
        }
        if (count >= 256) {
            lane.putBits(0, 1);
        }
        int k = lane.x == 1 && lane.n == 0 ? 0 : (71 - Long.numberOfLeadingZeros(lane.x)) / 8;
        int length = k + 2 * lane.n;
        if (length > outLimit - outOffset) {
            throw new IllegalArgumentException("the output must have room for the string: needed=" + length
                    + " available=" + (outLimit - outOffset));
        }
        int o = outOffset;
        for (int i = 0; i < k; i++) {
            out[o++] = (byte) (lane.x >>> 8 * i);
        }
        for (int i = lane.n - 1; i >= 0; i--) {
            out[o++] = (byte) lane.words[i];
            out[o++] = (byte) (lane.words[i] >>> 8);
        }
        return length;
    }
}
