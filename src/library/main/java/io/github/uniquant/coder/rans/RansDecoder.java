package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolDecoder;
import io.github.uniquant.symbol.OverflowCode;

/** Reads native strings of one lane: the plainest decoder, to be replaced by one with all lanes. */
public final class RansDecoder implements SymbolDecoder {
    private final RansTables tables;
    private final boolean sanityCheck;

    /** A decoder with these tables. */
    public RansDecoder(RansTables tables, boolean sanityCheck) {
        this.tables = tables;
        this.sanityCheck = sanityCheck;
    }

    @Override
    public int decode(
            byte[] in,
            int inOffset,
            int inLength,
            int[] tableOf,
            int tablesOffset,
            int count,
            int[] symbols,
            int symbolsOffset) {
        Lane lane = new Lane(tables);
        int k = inLength <= 4 ? inLength : (inLength & 1) == 0 ? 4 : 3;
        lane.n = (inLength - k) / 2;
        lane.words = new char[lane.n + 1];
        lane.x = 0;
        for (int i = 0; i < k; i++) {
            lane.x |= (in[inOffset + i] & 0xffL) << 8 * i;
        }
        for (int i = lane.n - 1, o = inOffset + k; i >= 0; i--, o += 2) {
            lane.words[i] = (char) (in[o] & 0xff | (in[o + 1] & 0xff) << 8);
        }
        if (k == 0) {
            lane.x = 1;
        } else if (in[inOffset + k - 1] == 0 || k == 1 && lane.x == 1) {
            throw new MalformedBitstreamException("the state must have no leading zero byte", 0);
        }
        if (count >= 256 && lane.getBits(1) == 1) {
            throw new MalformedBitstreamException("many lanes are still to come", 0);
        }
        for (int i = 0; i < count; i++) {
            if (lane.x == 0) {
                throw new MalformedBitstreamException("the state must not be 0", inLength);
            }
            int t = tableOf[tablesOffset + i];
            symbols[symbolsOffset + i] = lane.get(t) + tables.tables.offset(t);
        }
        for (int i = 0; i < count; i++) {
            int t = tableOf[tablesOffset + i];
            int last = tables.freq[t].length - 1;
            if (symbols[symbolsOffset + i] - tables.tables.offset(t) != last || !tables.tables.hasOverflow(t)) {
                continue;
            }
            int w = 0;
            while (lane.getBits(1) == 0) {
                if (++w > 31) {
                    throw new MalformedBitstreamException("an escape must have at most 32 bits", inLength);
                }
            }
            long g = 1L << w;
            if (w > 15) {
                g |= (long) lane.getBits(w - 15) << 15;
            }
            g |= lane.getBits(Math.min(w, 15));
            long symbol = OverflowCode.value(g, lane.getBits(1) == 1, last) + tables.tables.offset(t);
            if ((int) symbol != symbol) {
                throw new MalformedBitstreamException("an escape must give an int32", inLength);
            }
            symbols[symbolsOffset + i] = (int) symbol;
        }
        if (sanityCheck && (lane.x != 1 || lane.n != 0)) {
            throw new MalformedBitstreamException("the string must end with the last symbol", inLength);
        }
        return inLength - 2 * lane.n;
    }
}
