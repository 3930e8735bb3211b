package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What strings of lanes are read with: the mirror of {@link LaneEncoder}. What the decoders of this library's lane formats
 * share; single-threaded.
 */
public abstract class LaneDecoder {
    /** Most elements that are decoded between two calls of {@link #loadWords}. */
    protected static final int BLOCK = LanePlan.BLOCK;

    /** Room in front of the words for the lanes' end states, which may take more than their start states gave. */
    private static final int FRONT = 3 * RansFormat.MAX_LANES;

    /** Words that are taken out of a string at a time: enough for a block, or for the lanes' start states. */
    private static final int WINDOW = 2 * BLOCK;

    private static final byte[] NO_BYTES = {};
    private static final VarHandle SHORT_LE =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private final @Nullable Kernels given; // null for those of the process
    private final boolean sanityCheck;

    Kernels kernels; // for the string at hand
    protected final int[] states = new int[RansFormat.MAX_LANES + Kernels.PADDING];
    protected short[] words = new short[1024]; // words[next .. end): the next ones of the string
    protected int next;
    protected int end;
    protected long x; // the state of lane 0
    protected int laneExponent; // of the header; 0 for one lane
    protected int tail;
    protected boolean tailInFront;
    private byte[] string = NO_BYTES; // string[stringAt .. stringAt + 2 * wordsLeft): the words behind those
    private int stringAt;
    private int wordsLeft;
    private int stringLength;

    /** @param sanityCheck whether to refuse a string that is not used up exactly */
    protected LaneDecoder(boolean sanityCheck) {
        this(sanityCheck, null);
    }

    /**
     * @param sanityCheck whether to refuse a string that is not used up exactly
     * @param given the kernels to stay with; null for those of the process
     */
    LaneDecoder(boolean sanityCheck, @Nullable Kernels given) {
        this.sanityCheck = sanityCheck;
        this.given = given;
        this.kernels = given != null ? given : KernelProvider.kernels();
    }

    // ---- the string

    /** Takes up the string of a unit of so many elements: its state, its first words, and its header. */
    protected final void startString(byte[] in, int inOffset, int inLength, int elements) {
        kernels = given != null ? given : KernelProvider.kernels(elements);
        readString(in, inOffset, inLength, Math.min(elements, BLOCK));
        laneExponent = 0;
        tailInFront = false;
        tail = elements;
        if (elements >= RansFormat.HEADER_ELEMENTS && getBits(1) == 1) {
            readHeader(elements);
        }
    }

    /** Checks the end, and returns the number of bytes consumed. */
    protected final int endString() {
        if (sanityCheck && (x != RansFormat.START || wordsLeft() != 0)) {
            throw malformed("the string must end with the last symbol");
        }
        string = NO_BYTES;
        return stringLength - 2 * wordsLeft();
    }

    /** Words that are not used. */
    protected final int wordsLeft() {
        return end - next + wordsLeft;
    }

    /**
     * Takes the string apart: the state, then the words. With words the state has 3 or 4 bytes.
     *
     * @param block most elements that are decoded between two calls of {@link #loadWords}: what their lanes may read beyond
     *     the words before that is noticed
     */
    private void readString(byte[] in, int inOffset, int inLength, int block) {
        stringLength = inLength;
        int stateBytes = inLength <= 4 ? inLength : (inLength & 1) == 0 ? 4 : 3;
        string = in;
        stringAt = inOffset + stateBytes;
        wordsLeft = (inLength - stateBytes) / 2;
        next = FRONT;
        end = FRONT;
        x = 0;
        for (int i = 0; i < stateBytes; i++) {
            x |= (in[inOffset + i] & 0xffL) << 8 * i;
        }
        if (stateBytes == 0) {
            x = RansFormat.START;
        } else if (in[inOffset + stateBytes - 1] == 0 || stateBytes == 1 && x == RansFormat.START) {
            throw malformed("the state must have no leading zero bytes, and none at all at the start");
        }
        int capacity = FRONT + Math.min(wordsLeft, WINDOW) + block + Kernels.PADDING;
        if (words.length < capacity) {
            words = new short[capacity];
        }
        loadWords(1);
    }

    /** Takes more words out of the string, where there are more and less than {@code needed} at hand. */
    protected final void loadWords(int needed) {
        int atHand = end - next;
        if (atHand >= needed || wordsLeft == 0) {
            return;
        }
        System.arraycopy(words, next, words, FRONT, atHand);
        int more = Math.min(wordsLeft, WINDOW - atHand);
        readWords(string, stringAt, more, words, FRONT + atHand);
        next = FRONT;
        end = FRONT + atHand + more;
        stringAt += 2 * more;
        wordsLeft -= more;
    }

    /** The compiler makes vectors of it. */
    private static void readWords(byte[] bytes, int at, int count, short[] words, int wordsAt) {
        for (int i = 0; i < count; i++) {
            words[wordsAt + i] = (short) SHORT_LE.get(bytes, at + 2 * i);
        }
    }

    /** Refuses a string whose words did not last for what lanes took. */
    protected final void checkWords() {
        if (next > end) {
            throw malformed("the words must last for all lanes");
        }
    }

    /** The exception for this string, with the place of the next word. */
    protected final MalformedBitstreamException malformed(String reason) {
        string = NO_BYTES;
        return new MalformedBitstreamException(reason, Math.max(0, stringLength - 2L * Math.max(0, wordsLeft())));
    }

    // ---- lanes

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

    /** Takes the lanes' states off lane 0. */
    protected final void startLanes() {
        for (int lane = 1; lane < 1 << laneExponent; lane++) {
            states[lane] = popState();
        }
        if (x < RansFormat.LOWER_BOUND) {
            throw malformed("the words must last for all lanes");
        }
        states[0] = (int) x;
    }

    /** Puts the lanes' states back. */
    protected final void finishLanes() {
        x = states[0] & 0xFFFFFFFFL;
        for (int lane = 1; lane < 1 << laneExponent; lane++) {
            pushState(states[lane]);
        }
    }

    // ---- lane 0 as a stack of bits

    /** Takes {@code count} bits, at most 16. */
    protected final int getBits(int count) {
        int bits = (int) x & (1 << count) - 1;
        x >>>= count;
        if (x < RansFormat.LOWER_BOUND && next < end) {
            x = x << RansFormat.WORD_BITS | words[next++] & 0xffff;
        }
        return bits;
    }

    /** As {@link #getBits}, but without a branch: whether a state's bits take a word is as good as random. */
    private int popBits(int count) {
        int bits = (int) x & (1 << count) - 1;
        long left = x >>> count;
        int taken = (int) (left - RansFormat.LOWER_BOUND >>> 63) & next - end >>> 31;
        x = left << RansFormat.WORD_BITS * taken | words[next] & 0xffff & -taken;
        next += taken;
        return bits;
    }

    private void pushBits(long bits, int count) {
        int given = 1 - (int) (x - (1L << 32 - count) >>> 63);
        words[next - 1] = (short) x; // words before the next one are taken
        next -= given;
        x = x >>> RansFormat.WORD_BITS * given << count | bits;
    }

    private int popState() {
        int h = popBits(RansFormat.STATE_LENGTH_BITS);
        int high = popBits(h);
        return 1 << 16 + h | high << 16 | getBits(RansFormat.WORD_BITS);
    }

    private void pushState(int state) {
        int h = 15 - Integer.numberOfLeadingZeros(state);
        pushBits(state & 0xffff, RansFormat.WORD_BITS);
        pushBits((state >>> 16) - (1 << h), h);
        pushBits(h, RansFormat.STATE_LENGTH_BITS);
    }
}
