package io.github.uniquant.coder.free;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.coder.rans.LaneDecoder;
import io.github.uniquant.coder.rans.RansFormat;
import io.github.uniquant.internal.kernel.FreeCdfs;
import io.github.uniquant.internal.kernel.FreeKernels;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.internal.kernel.YoungStates;
import io.github.uniquant.table.free.TableFreeCdfs;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads table-free strings: the mirror of {@link FreeEncoder}, step by step. Reusable and single-threaded. */
public final class FreeDecoder extends LaneDecoder {
    private final TableFreeCdfs tables;
    private final FreeCdfs cdfs;
    private final @Nullable FreeKernels given; // null for those of the process
    private FreeKernels freeKernels; // for the string at hand
    private final int precision;

    private final int[] symbols = new int[BLOCK + Kernels.PADDING]; // cells first
    private final int[] scratch = new int[FreeKernels.SCRATCH];
    private int[] extras = new int[64]; // index and cell of each element with extra bits, in the order they were found
    private int extrasEnd;

    /**
     * A decoder with these CDFs.
     *
     * @param sanityCheck whether to refuse a string that is not used up exactly
     */
    public FreeDecoder(TableFreeCdfs tables, boolean sanityCheck) {
        this(tables, sanityCheck, null);
    }

    /** A decoder that stays with these kernels. */
    FreeDecoder(TableFreeCdfs tables, boolean sanityCheck, @Nullable FreeKernels given) {
        super(sanityCheck);
        this.tables = tables;
        this.cdfs = tables.cdfs();
        this.given = given;
        this.freeKernels = given != null ? given : KernelProvider.freeKernels();
        this.precision = tables.precision();
    }

    /**
     * Decodes a string to a sink, by a plan of this decoder's CDFs.
     *
     * @return the number of bytes consumed
     * @throws MalformedBitstreamException if no encoder can have written the string; its offset counts from
     *     {@code inOffset}. The symbols are undefined then
     */
    public int decode(byte[] in, int inOffset, int inLength, FreePlan plan, SymbolSink sink) {
        Objects.checkFromIndexSize(inOffset, inLength, in.length);
        if (plan.cdfs() != tables) {
            throw new IllegalArgumentException(
                    "the plan must be one of the decoder's CDFs: plan=" + plan.cdfs() + " decoder=" + tables);
        }
        freeKernels = given != null ? given : KernelProvider.freeKernels();
        int n = plan.count();
        extrasEnd = 0;
        startString(in, inOffset, inLength, n);
        if (laneExponent > 0) {
            startLanes();
            decodeHead(plan, sink);
            finishLanes();
        }
        int extrasOfHead = extrasEnd;
        decodeOnLane0(plan, tailInFront ? 0 : n - tail, tailInFront ? tail : n, sink);
        // A tail in front was decoded after the head; extra bits go by element.
        if (tailInFront) {
            decodeExtras(plan, extrasOfHead, extrasEnd, sink);
            decodeExtras(plan, 0, extrasOfHead, sink);
        } else {
            decodeExtras(plan, 0, extrasEnd, sink);
        }
        return endString();
    }

    // ---- head and tail

    private void decodeHead(FreePlan plan, SymbolSink sink) {
        int first = tailInFront ? tail : 0;
        int last = first + plan.count() - tail;
        for (int at = first; at < last; at += BLOCK) {
            int count = Math.min(BLOCK, last - at);
            loadWords(count);
            next = freeKernels.decodeLanes(
                    cdfs,
                    plan.origins(),
                    plan.fractions(),
                    at,
                    count,
                    1 << laneExponent,
                    states,
                    words,
                    next,
                    symbols,
                    scratch);
            checkWords();
            give(plan, at, count, sink);
        }
    }

    private void decodeOnLane0(FreePlan plan, int first, int last, SymbolSink sink) {
        for (int at = first; at < last; at += BLOCK) {
            int count = Math.min(BLOCK, last - at);
            loadWords(count);
            getCells(plan, at, count);
            give(plan, at, count, sink);
        }
    }

    /** Turns a block of cells into symbols, and hands them on. */
    private void give(FreePlan plan, int first, int count, SymbolSink sink) {
        if (extras.length < extrasEnd + 2 * count) {
            extras = Arrays.copyOf(extras, Math.max(2 * extras.length, extrasEnd + 2 * count));
        }
        extrasEnd = freeKernels.symbols(cdfs, plan.origins(), first, symbols, count, extras, extrasEnd);
        sink.write(first, count, symbols);
    }

    /** Decodes elements on lane 0. */
    private void getCells(FreePlan plan, int first, int count) {
        int p = precision;
        int slotMask = (1 << p) - 1;
        int size = tables.size();
        int element = plan.element(first);
        float[] fractions = plan.fractions();
        for (int i = 0; i < count; i++) {
            float fraction = fractions[first + i];
            if (x >>> p != 0) {
                int slot = (int) x & slotMask;
                long located = cdfs.locate(element, fraction, slot);
                int row = (int) located;
                symbols[i] = (int) (located >>> 32);
                x = ((row & 0xffff) + 1) * (x >>> p) + slot - (row >>> 16);
            } else {
                symbols[i] = getYoung(element, fraction);
            }
            if (x < RansFormat.LOWER_BOUND && next < end) {
                x = x << RansFormat.WORD_BITS | words[next++] & 0xffff;
            }
            element = element + 1 == size ? 0 : element + 1;
        }
    }

    /** Decodes one element from a young state; returns its cell. */
    private int getYoung(int element, float fraction) {
        if (x == 0) {
            throw malformed("a state must not be 0");
        }
        int likeliest = cdfs.likeliest(element, fraction);
        int row = cdfs.row(element, fraction, likeliest);
        int origin = row >>> 16;
        int slots = 1 << precision;
        if (x == RansFormat.START && 2 * ((row & 0xffff) + 1) > slots) {
            return likeliest; // the start state stays on a cell of more than half
        }
        long located = cdfs.locate(element, fraction, YoungStates.slot((int) x, origin, precision));
        row = (int) located;
        x = YoungStates.rank((int) x, row >>> 16, (row & 0xffff) + 1, origin, precision);
        return (int) (located >>> 32);
    }

    private void decodeExtras(FreePlan plan, int from, int to, SymbolSink sink) {
        int first = 0;
        int count = 0; // symbols of elements first .. first + count - 1 are decoded and not yet handed on
        for (int e = from; e < to; e += 2) {
            int i = extras[e];
            if (count == BLOCK || count > 0 && i != first + count) {
                sink.write(first, count, symbols);
                count = 0;
            }
            first = count == 0 ? i : first;
            loadWords(RansFormat.ESCAPE_WORDS);
            symbols[count++] = getExtra(plan.element(i), plan.origins()[i], extras[e + 1]);
        }
        if (count > 0) {
            sink.write(first, count, symbols);
        }
    }

    // ---- lane 0 as a stack of bits

    /** The mirror of {@code putLowBits}: the highest piece first. */
    private long getLowBits(int count) {
        int whole = Math.max(0, count - 1) / ExtraBits.PIECE * ExtraBits.PIECE; // bits of the pieces below the highest
        long bits = getBits(count - whole);
        for (int left = whole; left > 0; left -= ExtraBits.PIECE) {
            bits = bits << ExtraBits.PIECE | getBits(ExtraBits.PIECE);
        }
        return bits;
    }

    /** The symbol of an element with extra bits. */
    private int getExtra(int element, int origin, int cell) {
        int half = cdfs.half(element);
        int shift = cdfs.shift(element);
        if (cell < 2 * half) {
            return (int) (origin + ((long) (cell - half) << shift) + getLowBits(shift));
        }
        int width = tables.escapeOrder(element);
        while (getBits(1) == 0) {
            if (++width > ExtraBits.MAX_WIDTH) {
                throw malformed("the distance of an escape must have at most 33 bits");
            }
        }
        long distance = (1L << width) + getLowBits(width) + 1 - (1L << tables.escapeOrder(element));
        long symbol = origin + ExtraBits.fromOrigin(distance, getBits(1) == 1, half, shift);
        if ((int) symbol != symbol) {
            throw malformed("an escape must give an int32");
        }
        return (int) symbol;
    }
}
