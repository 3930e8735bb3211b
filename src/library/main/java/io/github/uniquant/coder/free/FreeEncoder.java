package io.github.uniquant.coder.free;

import io.github.uniquant.coder.SymbolSource;
import io.github.uniquant.coder.rans.LaneEncoder;
import io.github.uniquant.coder.rans.RansFormat;
import io.github.uniquant.internal.kernel.FreeCdfs;
import io.github.uniquant.internal.kernel.FreeKernels;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.internal.kernel.YoungStates;
import io.github.uniquant.table.free.TableFreeCdfs;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes table-free strings. Everything goes in backwards, as in the native format: extra bits, tail, the lanes' start
 * states taken off lane 0, head, the lanes' end states put back, header. Reusable and single-threaded.
 */
public final class FreeEncoder extends LaneEncoder {
    private static final int BLOCK = FreePlan.BLOCK;

    /** Units up to this size keep all their rows; longer ones compute them again where they are coded. */
    private static final int KEPT_ROWS = 1 << 20;

    private final TableFreeCdfs tables;
    private final FreeCdfs cdfs;
    private final @Nullable Kernels given; // for lanes; null for those of the process
    private final @Nullable FreeKernels givenFree; // likewise
    private Kernels kernels; // for the unit at hand
    private FreeKernels freeKernels; // likewise
    private final int precision;

    private final int[] symbols = new int[BLOCK];
    private int[] rows = new int[BLOCK + Kernels.PADDING]; // in coding order: last element first
    private int[] extras = new int[2 * BLOCK]; // index and symbol of each, in element order
    private int extrasEnd;
    private final int[] scratch = new int[FreeKernels.SCRATCH];

    // What the kernel takes: this unit alone.
    private final int[][] kernelRows = new int[1][];
    private final int[][] kernelStates = {states};
    private final short[][] kernelWords = new short[1][];
    private final int[] kernelWordCount = new int[1];

    /** An encoder with these CDFs. */
    public FreeEncoder(TableFreeCdfs tables) {
        this(tables, null, null);
    }

    /** An encoder that stays with these kernels. */
    FreeEncoder(TableFreeCdfs tables, @Nullable Kernels kernels, @Nullable FreeKernels freeKernels) {
        this.tables = tables;
        this.cdfs = tables.cdfs();
        this.given = kernels;
        this.givenFree = freeKernels;
        this.kernels = kernels != null ? kernels : KernelProvider.kernels();
        this.freeKernels = freeKernels != null ? freeKernels : KernelProvider.freeKernels();
        this.precision = tables.precision();
    }

    /**
     * A number of bytes that no string of {@code count} symbols exceeds. A lane pushes at most one word for a cell, and the
     * extra bits, 66 at most, are five; lane 0's state is at most four bytes, and the states of 64 lanes and the header less
     * than 300 bytes.
     */
    public long maxBytes(int count) {
        return 2L * (1 + RansFormat.ESCAPE_WORDS) * count + 304;
    }

    /**
     * Codes the unit that a source supplies, by a plan of this encoder's CDFs, and keeps the string for {@link #write}. Every
     * symbol can be coded.
     *
     * @return the length of the string in bytes
     */
    public long code(SymbolSource source, FreePlan plan) {
        if (plan.cdfs() != tables) {
            throw new IllegalArgumentException(
                    "the plan must be one of the encoder's CDFs: plan=" + plan.cdfs() + " encoder=" + tables);
        }
        chooseKernels(plan.count()); // which counts the elements, so that nothing below does
        kernels = given != null ? given : KernelProvider.kernels();
        freeKernels = givenFree != null ? givenFree : KernelProvider.freeKernels();
        try {
            readUnit(source, plan);
            codeUnit(source, plan);
        } catch (Throwable e) {
            start(0); // what there is of a string is none
            throw e;
        }
        return length();
    }

    private void codeUnit(SymbolSource source, FreePlan plan) {
        for (int i = 0; i < plan.attemptCount(); i++) {
            if (codeOnLanes(source, plan, plan.attempt(i))) {
                return;
            }
        }
        start(plan);
        codeOnLane0(source, plan, 0, plan.count());
        finishLane0(plan.count());
    }

    // ---- rows and extra bits

    private static boolean keepsRows(FreePlan plan) {
        return plan.count() <= KEPT_ROWS;
    }

    /** Finds the elements with extra bits, and the unit's rows where they are kept. */
    private void readUnit(SymbolSource source, FreePlan plan) {
        int n = plan.count();
        boolean kept = keepsRows(plan);
        int needed = (kept ? n : BLOCK) + Kernels.PADDING;
        if (rows.length < needed) {
            rows = new int[needed];
        }
        extrasEnd = 0;
        for (int first = 0; first < n; first += BLOCK) {
            int count = Math.min(BLOCK, n - first);
            extrasEnd = readRows(source, plan, first, count, kept ? n - first : count);
        }
    }

    /** Computes the rows of some elements, which end at {@code rowsEnd}; returns the end of the extras with theirs. */
    private int readRows(SymbolSource source, FreePlan plan, int first, int count, int rowsEnd) {
        source.read(first, count, symbols);
        if (extras.length < extrasEnd + 2 * count) {
            extras = Arrays.copyOf(extras, Math.max(2 * extras.length, extrasEnd + 2 * count));
        }
        return freeKernels.rows(
                cdfs,
                plan.origins(),
                plan.fractions(),
                first,
                symbols,
                count,
                plan.nearZero(),
                rows,
                rowsEnd,
                extras,
                extrasEnd,
                scratch);
    }

    private void start(FreePlan plan) {
        start(extrasEnd / 2 * RansFormat.ESCAPE_WORDS);
        for (int e = extrasEnd - 2; e >= 0; e -= 2) {
            int i = extras[e];
            putExtra(plan.element(i), (long) extras[e + 1] - plan.origins()[i]);
        }
    }

    // ---- the unit

    /** Codes head and tail as planned; false where the tail turned out to hold too little to start the lanes. */
    private boolean codeOnLanes(SymbolSource source, FreePlan plan, int attempt) {
        int n = plan.count();
        int lanes = 1 << FreePlan.laneExponent(attempt);
        int tail = plan.tail(attempt);
        boolean inFront = FreePlan.tailInFront(attempt);
        start(plan);
        codeOnLane0(source, plan, inFront ? 0 : n - tail, inFront ? tail : n);
        if (!popStates(lanes)) {
            return false;
        }
        codeHead(source, plan, inFront ? tail : 0, inFront ? n : n - tail, lanes);
        finishLanes(attempt);
        return true;
    }

    private void codeHead(SymbolSource source, FreePlan plan, int first, int end, int lanes) {
        for (int at = end; at > first; ) {
            int count = keepsRows(plan) ? at - first : Math.min(BLOCK, at - first);
            int rowsFrom = rowsOf(source, plan, at, count);
            reserve(count);
            kernelRows[0] = rows;
            kernelWords[0] = words;
            kernelWordCount[0] = wordCount;
            kernels.encodeLanes(
                    1,
                    kernelRows,
                    rowsFrom,
                    count,
                    lanes,
                    precision,
                    kernelStates,
                    kernelWords,
                    kernelWordCount,
                    scratch);
            wordCount = kernelWordCount[0];
            at -= count;
        }
    }

    private void codeOnLane0(SymbolSource source, FreePlan plan, int first, int end) {
        for (int at = end; at > first; ) {
            int count = keepsRows(plan) ? at - first : Math.min(BLOCK, at - first);
            int rowsFrom = rowsOf(source, plan, at, count);
            reserve(count);
            putRows(plan, rowsFrom, count, at - 1);
            at -= count;
        }
    }

    /** Where the rows of the elements before {@code end} are, last element first; computes them where they are not kept. */
    private int rowsOf(SymbolSource source, FreePlan plan, int end, int count) {
        if (keepsRows(plan)) {
            return plan.count() - end;
        }
        // The extras are known: those found again are written behind them, and dropped.
        readRows(source, plan, end - count, count, count);
        return 0;
    }

    /** Codes rows on lane 0, the first being that of element {@code lastElement}. */
    private void putRows(FreePlan plan, int from, int count, int lastElement) {
        int state = (int) x;
        int end = wordCount;
        int fullShift = 32 - precision;
        for (int k = 0; k < count; k++) {
            int row = rows[from + k];
            int f = (row & 0xffff) + 1;
            int full = f - 1 - (state >>> fullShift) >>> 31; // 1 where a word must go, without a branch on the data
            words[end] = (short) state;
            end += full;
            state >>>= full << 4;
            if (Integer.compareUnsigned(state, f) >= 0) {
                int q = Integer.divideUnsigned(state, f);
                state = (q << precision) + (row >>> 16) + state - q * f;
            } else {
                state = young(state, row, f, plan, lastElement - k);
            }
        }
        x = state & 0xFFFFFFFFL;
        wordCount = end;
    }

    private int young(int state, int row, int f, FreePlan plan, int i) {
        if (state == RansFormat.START && 2 * f > 1 << precision) {
            return state; // the start state stays on a cell of more than half
        }
        int element = plan.element(i);
        float fraction = plan.fractions()[i];
        int origin = cdfs.start(element, fraction, cdfs.likeliest(element, fraction));
        return YoungStates.state(state, row >>> 16, f, origin, precision);
    }

    // ---- lane 0 as a stack of bits

    /** The low {@code count} bits of a number, up to 32, in pieces: the lowest first. */
    private void putLowBits(long bits, int count) {
        long rest = bits;
        for (int left = count; left > 0; left -= ExtraBits.PIECE) {
            int piece = Math.min(left, ExtraBits.PIECE);
            putBits(rest & (1L << piece) - 1, piece);
            rest >>>= piece;
        }
    }

    /** See {@link ExtraBits}; written backwards. */
    private void putExtra(int element, long fromOrigin) {
        int half = cdfs.half(element);
        int shift = cdfs.shift(element);
        long reach = (long) half << shift;
        if (fromOrigin >= -reach && fromOrigin < reach) {
            putLowBits(fromOrigin, shift);
            return;
        }
        long signed = ExtraBits.signedDistance(fromOrigin, half, shift);
        int order = tables.escapeOrder(element);
        long v = Math.abs(signed) - 1 + (1L << order);
        int width = 63 - Long.numberOfLeadingZeros(v);
        putBits(signed < 0 ? 1 : 0, 1);
        putLowBits(v, width);
        putBits(1, 1);
        for (int i = order; i < width; i++) {
            putBits(0, 1);
        }
    }
}
