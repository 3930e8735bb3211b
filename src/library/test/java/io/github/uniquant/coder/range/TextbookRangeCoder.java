package io.github.uniquant.coder.range;

import io.github.uniquant.table.CdfTables;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * The range coder as it is defined, with the base as one big integer: no carry is ever delayed, because none of the digits
 * has left yet. Counts the events that an encoder which lets them go must get right.
 */
final class TextbookRangeCoder {
    private static final long WINDOW = 1L << 32;
    private static final int SHIFT = 16;

    /** How often each kind of event occurred. */
    static final class Events {
        int heldBack;
        int heldLonger;
        int carried;
        int carriedOverZeros;
        int settled;
        int settledOverOnes;
        int endedHeldBack;
        int endedAtZero;
        int endedWithOneByte;
        int endedWithTwoBytes;
    }

    private final Events events;
    private BigInteger base = BigInteger.ZERO;
    private long size = WINDOW;
    private int words;
    // While the interval straddles a multiple of 2^32: that multiple, and the words that left since.
    private BigInteger carryAt = BigInteger.ZERO;
    private int held = -1;
    private Runnable afterPut = () -> {};

    TextbookRangeCoder(Events events) {
        this.events = events;
    }

    /** Something to do after every put. */
    void onPut(Runnable action) {
        afterPut = action;
    }

    /** The string of these symbols. */
    static byte[] encode(CdfTables tables, int[] tableOf, int[] symbols, Events events) {
        TextbookRangeCoder coder = new TextbookRangeCoder(events);
        for (int i = 0; i < symbols.length; i++) {
            coder.symbol(tables, tableOf[i], symbols[i]);
        }
        return coder.finish();
    }

    void symbol(CdfTables tables, int table, int symbol) {
        long value = (long) symbol - tables.offset(table);
        int last = tables.cells(table) - 1;
        boolean inside = value >= 0 && value < last + (tables.hasOverflow(table) ? 0 : 1);
        cell(tables, table, inside ? (int) value : last);
        if (!inside) {
            long g = value < 0 ? -value : value - last + 1;
            String bits = Long.toBinaryString(g);
            bits("0".repeat(bits.length() - 1) + bits + (value < 0 ? "1" : "0"));
        }
    }

    void bits(String bits) {
        for (int i = 0; i < bits.length(); i++) {
            int bit = bits.charAt(i) - '0';
            put(bit, bit + 1, 1);
        }
    }

    void cell(CdfTables tables, int table, int cell) {
        put(tables.cumulative(table, cell), tables.cumulative(table, cell + 1), tables.precision());
    }

    private void put(int low, int high, int precision) {
        long a = size * low >> precision;
        long b = size * high >> precision;
        base = base.add(BigInteger.valueOf(a));
        size = b - a;
        if (held >= 0 && !straddles()) {
            boolean carry = base.compareTo(carryAt) >= 0;
            if (carry) {
                events.carried++;
                events.carriedOverZeros += held > 0 ? 1 : 0;
            } else {
                events.settled++;
                events.settledOverOnes += held > 0 ? 1 : 0;
            }
            held = -1;
        }
        if (size <= 1 << SHIFT) {
            base = base.shiftLeft(SHIFT);
            size <<= SHIFT;
            words++;
            if (held >= 0) {
                held++;
                events.heldLonger++;
                carryAt = carryAt.shiftLeft(SHIFT);
            } else if (straddles()) {
                held = 0;
                events.heldBack++;
                carryAt = base.shiftRight(32).add(BigInteger.ONE).shiftLeft(32);
            }
        }
        afterPut.run();
    }

    private long window() {
        return base.longValue() & WINDOW - 1;
    }

    private boolean straddles() {
        return window() + size > WINDOW;
    }

    /** A point as it was at some number of words, on the scale of now. */
    BigInteger scaledFrom(BigInteger point, int atWords) {
        return point.shiftLeft(SHIFT * (words - atWords));
    }

    int words() {
        return words;
    }

    BigInteger base() {
        return base;
    }

    long size() {
        return size;
    }

    boolean contains(BigInteger point) {
        return base.compareTo(point) <= 0 && point.compareTo(base.add(BigInteger.valueOf(size))) < 0;
    }

    /** The cell whose interval holds the point, not at its lower end. */
    int cellAround(CdfTables tables, int table, BigInteger point) {
        long distance = point.subtract(base).longValueExact();
        for (int cell = 0; cell < tables.cells(table); cell++) {
            long b = size * tables.cumulative(table, cell + 1) >> tables.precision();
            if (distance <= b) {
                return cell;
            }
        }
        throw new IllegalStateException("the point must lie in the interval: distance=" + distance + " size=" + size);
    }

    byte[] finish() {
        BigInteger settledWords = base.shiftRight(32);
        if (straddles()) {
            events.endedHeldBack++;
            byte[] whole = bytes(settledWords.add(BigInteger.ONE), 2 * words);
            int end = whole.length;
            while (whole[end - 1] == 0) {
                end--;
            }
            return Arrays.copyOf(whole, end);
        }
        long window = window();
        if (window == 0) {
            events.endedAtZero++;
            return bytes(settledWords, 2 * words);
        }
        long byteAligned = window + 0xFFFFFF >> 24;
        if (byteAligned << 24 < window + size) {
            events.endedWithOneByte++;
            return bytes(settledWords.shiftLeft(8).add(BigInteger.valueOf(byteAligned)), 2 * words + 1);
        }
        events.endedWithTwoBytes++;
        long wordAligned = window + 0xFFFF >> 16;
        return (wordAligned & 0xFF) == 0
                ? bytes(settledWords.shiftLeft(8).add(BigInteger.valueOf(wordAligned >> 8)), 2 * words + 1)
                : bytes(settledWords.shiftLeft(16).add(BigInteger.valueOf(wordAligned)), 2 * words + 2);
    }

    private static byte[] bytes(BigInteger number, int count) {
        byte[] result = new byte[count];
        for (int i = 0; i < count; i++) {
            result[i] = number.shiftRight(8 * (count - 1 - i)).byteValue();
        }
        return result;
    }
}
