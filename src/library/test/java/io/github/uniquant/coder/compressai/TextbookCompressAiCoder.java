package io.github.uniquant.coder.compressai;

import io.github.uniquant.table.CdfTables;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The string of CompressAI as {@code docs/compressai.md} defines it: a list of events, put on a state of any size one by one,
 * with divisions; and back, with a search of the table from its start. Has no limit on raw and accepts exactly the strings
 * that an encoder writes.
 */
final class TextbookCompressAiCoder {
    private static final BigInteger START = BigInteger.TWO.pow(31);
    private static final BigInteger WORD = BigInteger.TWO.pow(32);
    private static final int MOST_RAW_BITS = 32;

    /** {@code width} slots of 2^bits, from {@code start} on. */
    record Event(int start, int width, int bits) {
        static Event cell(CdfTables tables, int table, int cell) {
            return new Event(tables.cumulative(table, cell), tables.frequency(table, cell), 16);
        }

        static Event group(int group) {
            return new Event(group, 1, 4);
        }

        @Override
        public String toString() {
            return start + "+" + width + "/" + (bits == 4 ? "16" : "65536");
        }
    }

    private TextbookCompressAiCoder() {}

    /** The events of a symbol, in the order in which a decoder meets them. */
    static List<Event> events(CdfTables tables, int table, int symbol) {
        List<Event> events = new ArrayList<>();
        int e = tables.cells(table) - 1;
        long v = (long) symbol - tables.offset(table);
        if (0 <= v && v < e) {
            events.add(Event.cell(tables, table, (int) v));
            return events;
        }
        events.add(Event.cell(tables, table, e));
        long raw = v < 0 ? -2 * v - 1 : 2 * (v - e);
        String digits = raw == 0 ? "" : Long.toHexString(raw);
        int n = digits.length();
        for (int rest = n; rest >= 0; rest -= 15) {
            events.add(Event.group(Math.min(rest, 15)));
        }
        for (int i = n - 1; i >= 0; i--) {
            events.add(Event.group(Character.digit(digits.charAt(i), 16)));
        }
        return events;
    }

    static byte[] encode(CdfTables tables, int[] tableOf, int... symbols) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < symbols.length; i++) {
            events.addAll(events(tables, tableOf[i], symbols[i]));
        }
        return encode(events);
    }

    static byte[] encode(List<Event> events) {
        BigInteger x = START;
        List<BigInteger> words = new ArrayList<>();
        for (Event event : events.reversed()) {
            BigInteger width = BigInteger.valueOf(event.width());
            if (x.compareTo(width.shiftLeft(63 - event.bits())) >= 0) {
                words.add(x.mod(WORD));
                x = x.divide(WORD);
            }
            BigInteger[] quotient = x.divideAndRemainder(width);
            x = quotient[0].shiftLeft(event.bits()).add(quotient[1]).add(BigInteger.valueOf(event.start()));
        }
        words.add(x.divide(WORD));
        words.add(x.mod(WORD));
        Collections.reverse(words);
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.size()).order(ByteOrder.LITTLE_ENDIAN);
        words.forEach(word -> bytes.putInt(word.intValue()));
        return bytes.array();
    }

    /** The symbols of a string that an encoder can have written; nothing for any other. */
    static Optional<int[]> decode(CdfTables tables, int[] tableOf, byte[] string) {
        if (string.length % 4 != 0 || string.length < 8) {
            return Optional.empty();
        }
        Reader reader = new Reader(ByteBuffer.wrap(string).order(ByteOrder.LITTLE_ENDIAN));
        int[] symbols = new int[tableOf.length];
        for (int i = 0; i < symbols.length && !reader.bad; i++) {
            symbols[i] = reader.symbol(tables, tableOf[i]);
        }
        return reader.bad || reader.words.hasRemaining() || !reader.x.equals(START)
                ? Optional.empty()
                : Optional.of(symbols);
    }

    private static final class Reader {
        private final ByteBuffer words;
        private BigInteger x;
        private boolean bad;

        Reader(ByteBuffer words) {
            this.words = words;
            x = word().add(word().shiftLeft(32));
            bad = x.compareTo(START) < 0 || x.bitLength() > 63;
        }

        private BigInteger word() {
            if (!words.hasRemaining()) {
                bad = true;
                return BigInteger.ONE; // of any value
            }
            return BigInteger.valueOf(words.getInt() & 0xFFFFFFFFL);
        }

        private int slot(int bits) {
            return x.mod(BigInteger.TWO.pow(bits)).intValueExact();
        }

        private void take(Event event) {
            x = x.shiftRight(event.bits())
                    .multiply(BigInteger.valueOf(event.width()))
                    .add(BigInteger.valueOf(slot(event.bits()) - event.start()));
            if (x.compareTo(START) < 0) {
                x = x.shiftLeft(32).add(word());
            }
        }

        int symbol(CdfTables tables, int table) {
            int e = tables.cells(table) - 1;
            int slot = slot(16);
            int cell = 0;
            while (slot >= tables.cumulative(table, cell + 1)) {
                cell++;
            }
            take(Event.cell(tables, table, cell));
            if (cell < e) {
                return cell + tables.offset(table);
            }
            int n = group();
            if (n > MOST_RAW_BITS / 4) {
                bad = true;
                return 0;
            }
            BigInteger raw = BigInteger.ZERO;
            for (int i = 0; i < n; i++) {
                raw = raw.add(BigInteger.valueOf(group()).shiftLeft(4 * i));
            }
            bad |= raw.bitLength() <= 4 * (n - 1);
            long half = raw.shiftRight(1).longValueExact();
            long symbol = (raw.testBit(0) ? -half - 1 : half + e) + tables.offset(table);
            bad |= symbol != (int) symbol;
            return (int) symbol;
        }

        private int group() {
            int group = slot(4);
            take(Event.group(group));
            return group;
        }
    }
}
