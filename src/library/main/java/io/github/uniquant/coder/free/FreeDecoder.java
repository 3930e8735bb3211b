package io.github.uniquant.coder.free;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.coder.rans.RansFormat;
import io.github.uniquant.internal.kernel.FreeCdfs;
import io.github.uniquant.internal.kernel.FreeKernels;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.internal.kernel.YoungStates;
import io.github.uniquant.table.TableFreeCdfs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/** Reads table-free strings: the mirror of {@link FreeEncoder}, step by step. Reusable and single-threaded. */
public final class FreeDecoder {
    private static final int BLOCK = FreePlan.BLOCK;

    /** Room in front of the words for the lanes' end states, which may take more than their start states gave. */
    private static final int FRONT = 3 * RansFormat.MAX_LANES;

    private static final VarHandle SHORT_LE =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private final TableFreeCdfs tables;
    private final FreeCdfs cdfs;
    private final boolean choosesKernels;
    private FreeKernels kernels; // for the string at hand
    private final int precision;
    private final boolean sanityCheck;

    private final int[] symbols = new int[BLOCK + Kernels.PADDING]; // cells first
    private final int[] states = new int[RansFormat.MAX_LANES + Kernels.PADDING];
    private final int[] scratch = new int[FreeKernels.SCRATCH];
    private int[] extras = new int[64]; // index and cell of each element with extra bits, in the order they were found
    private int extrasEnd;
    private short[] words = new short[1024]; // words[next .. end): the next one first
    private int next;
    private int end;
    private int stringLength;
    private long x; // the state of lane 0
    private int laneExponent; // of the header; 0 for one lane
    private int tail;
    private boolean tailInFront;

    /**
     * A decoder with these CDFs.
     *
     * @param sanityCheck whether to refuse a string that is not used up exactly
     */
    public FreeDecoder(TableFreeCdfs tables, boolean sanityCheck) {
        this(tables, sanityCheck, KernelProvider.freeKernels(), true);
    }

    /** A decoder that stays with these kernels. */
    FreeDecoder(TableFreeCdfs tables, boolean sanityCheck, FreeKernels kernels) {
        this(tables, sanityCheck, kernels, false);
    }

    private FreeDecoder(TableFreeCdfs tables, boolean sanityCheck, FreeKernels kernels, boolean choosesKernels) {
        this.tables = tables;
        this.cdfs = tables.cdfs();
        this.choosesKernels = choosesKernels;
        this.kernels = kernels;
        this.precision = tables.precision();
        this.sanityCheck = sanityCheck;
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
        if (choosesKernels) {
            kernels = KernelProvider.freeKernels(plan.count());
        }
        int n = plan.count();
        extrasEnd = 0;
        readString(in, inOffset, inLength, Math.min(n, BLOCK) + Kernels.PADDING);
        laneExponent = 0;
        tailInFront = false;
        tail = n;
        if (n >= RansFormat.HEADER_ELEMENTS && getBits(1) == 1) {
            readHeader(n);
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
        if (sanityCheck && (x != RansFormat.START || next != end)) {
            throw malformed("the string must end with the last symbol");
        }
        return stringLength - 2 * (end - next);
    }

    /**
     * Takes the string apart: the state, then the words. With words the state has 3 or 4 bytes.
     *
     * @param behind zeros to keep behind the words: what a block of lanes may read beyond them before that is noticed
     */
    private void readString(byte[] in, int inOffset, int inLength, int behind) {
        stringLength = inLength;
        int stateBytes = inLength <= 4 ? inLength : (inLength & 1) == 0 ? 4 : 3;
        int count = (inLength - stateBytes) / 2;
        int needed = FRONT + count + behind;
        if (words.length < needed) {
            words = new short[needed];
        }
        next = FRONT;
        end = FRONT + count;
        x = 0;
        for (int i = 0; i < stateBytes; i++) {
            x |= (in[inOffset + i] & 0xffL) << 8 * i;
        }
        if (stateBytes == 0) {
            x = RansFormat.START;
        } else if (in[inOffset + stateBytes - 1] == 0 || stateBytes == 1 && x == RansFormat.START) {
            throw malformed("the state must have no leading zero bytes, and none at all at the start");
        }
        for (int i = 0, at = inOffset + stateBytes; i < count; i++, at += 2) {
            words[FRONT + i] = (short) SHORT_LE.get(in, at);
        }
        Arrays.fill(words, end, end + behind, (short) 0);
    }

    // ---- head and tail

    private void readHeader(int count) {
        int exponent = 1 + getBits(3);
        boolean inFront = getBits(1) == 1;
        int tau = getBits(4);
        long elements = RansFormat.tailElements(count, exponent, tau);
        if (!RansFormat.fits(count, elements)) {
            throw malformed("the tail must leave a head of at least a quarter of the elements: elements=" + count
                    + " tail=" + elements);
        }
        laneExponent = exponent;
        tail = (int) elements;
        tailInFront = inFront;
    }

    private void startLanes() {
        for (int lane = 1; lane < 1 << laneExponent; lane++) {
            states[lane] = popState();
        }
        if (x < RansFormat.LOWER_BOUND) {
            throw malformed("the words must last for all lanes");
        }
        states[0] = (int) x;
    }

    private void finishLanes() {
        x = states[0] & 0xFFFFFFFFL;
        for (int lane = 1; lane < 1 << laneExponent; lane++) {
            pushState(states[lane]);
        }
    }

    private void decodeHead(FreePlan plan, SymbolSink sink) {
        int first = tailInFront ? tail : 0;
        int last = first + plan.count() - tail;
        for (int at = first; at < last; at += BLOCK) {
            int count = Math.min(BLOCK, last - at);
            next = kernels.decodeLanes(
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
            if (next > end) {
                throw malformed("the words must last for all lanes");
            }
            give(plan, at, count, sink);
        }
    }

    private void decodeOnLane0(FreePlan plan, int first, int last, SymbolSink sink) {
        for (int at = first; at < last; at += BLOCK) {
            int count = Math.min(BLOCK, last - at);
            getCells(plan, at, count);
            give(plan, at, count, sink);
        }
    }

    /** Turns a block of cells into symbols, and hands them on. */
    private void give(FreePlan plan, int first, int count, SymbolSink sink) {
        if (extras.length < extrasEnd + 2 * count) {
            extras = Arrays.copyOf(extras, Math.max(2 * extras.length, extrasEnd + 2 * count));
        }
        extrasEnd = kernels.symbols(cdfs, plan.origins(), first, symbols, count, extras, extrasEnd);
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
            symbols[count++] = getExtra(plan.element(i), plan.origins()[i], extras[e + 1]);
        }
        if (count > 0) {
            sink.write(first, count, symbols);
        }
    }

    // ---- lane 0 as a stack of bits

    private int getBits(int count) {
        int bits = (int) x & (1 << count) - 1;
        x >>>= count;
        if (x < RansFormat.LOWER_BOUND && next < end) {
            x = x << RansFormat.WORD_BITS | words[next++] & 0xffff;
        }
        return bits;
    }

    /** The mirror of {@code putLowBits}: the highest piece first. */
    private long getLowBits(int count) {
        int whole = Math.max(0, count - 1) / ExtraBits.PIECE * ExtraBits.PIECE; // bits of the pieces below the highest
        long bits = getBits(count - whole);
        for (int left = whole; left > 0; left -= ExtraBits.PIECE) {
            bits = bits << ExtraBits.PIECE | getBits(ExtraBits.PIECE);
        }
        return bits;
    }

    private void putBits(long bits, int count) {
        if (x >= 1L << 32 - count) {
            words[--next] = (short) x;
            x >>>= RansFormat.WORD_BITS;
        }
        x = x << count | bits;
    }

    private int popState() {
        int h = getBits(RansFormat.STATE_LENGTH_BITS);
        int high = getBits(h);
        return 1 << 16 + h | high << 16 | getBits(RansFormat.WORD_BITS);
    }

    private void pushState(int state) {
        int h = 15 - Integer.numberOfLeadingZeros(state);
        putBits(state & 0xffff, RansFormat.WORD_BITS);
        putBits((state >>> 16) - (1 << h), h);
        putBits(h, RansFormat.STATE_LENGTH_BITS);
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

    private MalformedBitstreamException malformed(String reason) {
        return new MalformedBitstreamException(reason, Math.max(0, stringLength - 2L * Math.max(0, end - next)));
    }
}
