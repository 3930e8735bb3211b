package io.github.uniquant.coder.rans;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolDecoder;
import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.internal.kernel.ScalarTails;
import io.github.uniquant.internal.kernel.YoungStates;
import io.github.uniquant.symbol.OverflowCode;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads native strings: the mirror of {@link RansEncoder}, step by step. Reusable and single-threaded. */
public final class RansDecoder extends LaneDecoder implements SymbolDecoder {
    /** Units of so few lanes share a vector, for which there is a kernel by buckets alone. */
    private static final int PAIRED_LANES = 8;

    /** Elements of all units together that are decoded before they go to their sinks. */
    private static final int GROUP_BLOCK = 1 << 15;

    /** Most units with tables of their own that are decoded side by side: as many as fill the time that a tail's steps wait. */
    private static final int MAX_OWN_GROUP = 4;

    /** Most elements of one of those; of longer ones, the tail is a small part. */
    private static final int MAX_OWN_ELEMENTS = 1 << 17;

    private static final byte[] NO_BYTES = {};

    private RansTables tables;
    private int precision;
    private RansPlan ownPlan;
    private boolean begun; // a string, by that plan
    private final ArraySink arraySink = new ArraySink();
    private final ByteSink byteSink = new ByteSink();

    private int[] symbols = {}; // of a block
    private final int[] escapesBefore = new int[RansEncoder.MAX_GROUP];
    private int[] scratch = new int[Kernels.PADDING + 4 * RansFormat.MAX_LANES]; // longer in the leader of a group
    private long[] wideScratch = new long[Kernels.PADDING + RansFormat.MAX_LANES]; // likewise
    private int[] escapes = new int[64]; // the elements with an escape, in the order they were found
    private int escapesEnd;
    private final Group group = new Group();
    private final RansDecoder[] members = new RansDecoder[RansEncoder.MAX_GROUP];
    private final int[] memberUnits = new int[RansEncoder.MAX_GROUP];

    /** What kernels take: the arrays of units that are decoded side by side. */
    private static final class Group {
        private final int[][] states = new int[RansEncoder.MAX_GROUP][];
        private final short[][] words = new short[RansEncoder.MAX_GROUP][];
        private final int[] next = new int[RansEncoder.MAX_GROUP];
        private final int[] end = new int[RansEncoder.MAX_GROUP];
        private final int[] lane0 = new int[RansEncoder.MAX_GROUP];
        private final int[][] symbols = new int[RansEncoder.MAX_GROUP][];
        private final int[][] escapes = new int[RansEncoder.MAX_GROUP][];
        private final int[] escapesEnd = new int[RansEncoder.MAX_GROUP];

        // Of each unit's plan.
        private final int[][] descriptor = new int[RansEncoder.MAX_GROUP][];
        private final int[][] range = new int[RansEncoder.MAX_GROUP][];
        private final int[][] table = new int[RansEncoder.MAX_GROUP][];
        private final int[] from = new int[RansEncoder.MAX_GROUP];

        void take(int at, RansDecoder decoder) {
            states[at] = decoder.states;
            words[at] = decoder.words;
            next[at] = decoder.next;
            end[at] = decoder.end;
            lane0[at] = (int) decoder.x;
            symbols[at] = decoder.symbols;
            escapes[at] = decoder.escapes;
            escapesEnd[at] = decoder.escapesEnd;
        }

        void takePlan(int at, RansPlan plan, int index) {
            from[at] = index;
            descriptor[at] = plan.descriptor();
            range[at] = plan.range();
            table[at] = plan.table();
        }

        /** Gives a decoder back what the kernel moved on. */
        void give(int at, RansDecoder decoder) {
            decoder.next = next[at];
            decoder.escapesEnd = escapesEnd[at];
            decoder.x = lane0[at] & 0xFFFFFFFFL;
        }
    }

    /**
     * A decoder with these tables.
     *
     * @param sanityCheck whether to refuse a string that is not used up exactly
     */
    public RansDecoder(RansTables tables, boolean sanityCheck) {
        this(tables, sanityCheck, null);
    }

    RansDecoder(RansTables tables, boolean sanityCheck, @Nullable Kernels given) {
        super(sanityCheck, given);
        this.tables = tables;
        this.precision = tables.precision();
        this.ownPlan = new RansPlan(tables, RansPlan.Use.DECODER);
    }

    /** Takes up other tables, with the working memory that there is: for streams that come with tables of their own. */
    public void use(RansTables otherTables) {
        tables = otherTables;
        precision = otherTables.precision();
        ownPlan = new RansPlan(otherTables, RansPlan.Use.DECODER);
        begun = false;
    }

    @Override
    public int decode(
            byte[] in,
            int inOffset,
            int inLength,
            int[] tableOf,
            int tablesOffset,
            int count,
            int[] symbolsOf,
            int symbolsOffset) {
        Objects.checkFromIndexSize(symbolsOffset, count, symbolsOf.length);
        tables.tables().checkIndexes(tableOf, tablesOffset, count);
        ownPlan.serve(tableOf, tablesOffset, count);
        arraySink.array = symbolsOf;
        arraySink.offset = symbolsOffset;
        try {
            return decode(in, inOffset, inLength, ownPlan, arraySink);
        } finally {
            arraySink.array = ArraySink.NONE;
            ownPlan.release();
        }
    }

    /**
     * Decodes a string to a sink, by a plan of this decoder's tables.
     *
     * @return the number of bytes consumed
     * @throws MalformedBitstreamException as {@link SymbolDecoder#decode}
     */
    public int decode(byte[] in, int inOffset, int inLength, RansPlan plan, SymbolSink sink) {
        start(in, inOffset, inLength, plan);
        return decodeStarted(plan, sink);
    }

    /** How many units of so many elements are worth decoding together that have tables of their own. */
    public static int groupSize(int elements) {
        return elements <= MAX_OWN_ELEMENTS ? MAX_OWN_GROUP : 1;
    }

    /**
     * Begins to decode a string to a sink, for elements with tables {@code tableOf[tablesOffset ..]}: all but its tail, for
     * {@link #finish} or {@link #finishTogether}.
     *
     * @param tableOf indexes of tables, which stay what they are until then
     * @throws MalformedBitstreamException as {@link SymbolDecoder#decode}
     */
    public void begin(
            byte[] in, int inOffset, int inLength, int[] tableOf, int tablesOffset, int count, SymbolSink sink) {
        begun = false;
        ownPlan.serve(tableOf, tablesOffset, count);
        if (!tables.hasBucketKernel()) {
            tables.tables().checkIndexes(tableOf, tablesOffset, count);
        }
        start(in, inOffset, inLength, ownPlan);
        decodeOnLanes(ownPlan, sink);
        begun = true;
    }

    private void endBegun() {
        if (!begun) {
            throw new IllegalStateException("a string must have been begun, and not be finished or refused");
        }
        begun = false;
    }

    /**
     * Decodes the rest of what was begun; returns the number of bytes consumed.
     *
     * @throws IllegalStateException if no string was begun
     * @throws MalformedBitstreamException as {@link SymbolDecoder#decode}
     */
    public int finish(SymbolSink sink) {
        endBegun();
        try {
            decodeTail(ownPlan, sink);
            return finish(ownPlan, sink);
        } finally {
            ownPlan.release();
        }
    }

    /**
     * {@link #finish} for some decoders of the same tables: their tails side by side, for each waits for itself at every
     * element.
     *
     * @param count those that have begun, at most {@link #groupSize(int)}
     * @param sinks the sink of each
     */
    public static void finishTogether(RansDecoder[] decoders, int count, SymbolSink[] sinks) {
        RansDecoder leader = decoders[0];
        if (!leader.tables.hasBucketKernel()) {
            for (int u = 0; u < count; u++) {
                decoders[u].finish(sinks[u]);
            }
            return;
        }
        for (int u = 0; u < count; u++) {
            RansDecoder decoder = decoders[u];
            decoder.endBegun();
            if (decoder.isSteadier()) {
                decoder.decodeTail(decoder.ownPlan, sinks[u]);
                decoder.tail = 0;
            }
        }
        leader.decodeOwnTails(decoders, count, sinks);
        for (int u = 0; u < count; u++) {
            decoders[u].finish(decoders[u].ownPlan, sinks[u]);
            decoders[u].ownPlan.release();
        }
    }

    /**
     * Decodes a string to bytes {@code symbols[symbolsOffset ..]}, by a plan of this decoder's tables; fastest where all
     * elements have one table, without overflow.
     *
     * @return the number of bytes consumed
     * @throws MalformedBitstreamException as {@link SymbolDecoder#decode}, or if a symbol is not in [0, 255]
     */
    public int decode(byte[] in, int inOffset, int inLength, RansPlan plan, byte[] symbols, int symbolsOffset) {
        Objects.checkFromIndexSize(symbolsOffset, plan.count(), symbols.length);
        byteSink.array = symbols;
        byteSink.offset = symbolsOffset;
        byteSink.others = 0;
        try {
            int consumed = decode(in, inOffset, inLength, plan, byteSink);
            if (byteSink.others > 0) {
                throw malformed("a symbol must be a byte");
            }
            return consumed;
        } finally {
            byteSink.array = NO_BYTES;
        }
    }

    /**
     * How many units of a plan are worth decoding together: those that fill the vectors which one leaves idle and, where there
     * are many tables, as many as there can be. What one has brought of the tables and the plan into the first-level cache
     * serves all.
     */
    public static int groupSize(RansPlan plan) {
        return plan.isUniform() ? RansEncoder.groupSize(plan) : RansEncoder.MAX_GROUP;
    }

    /**
     * Decodes one string with each of some decoders, side by side.
     *
     * @param decoders decoders of the same tables
     * @param in the strings: string {@code u} is {@code in[starts[firstString + u] .. starts[firstString + u + 1])}
     * @param count strings to decode, at most {@link #groupSize}
     * @param sinks one sink for each
     */
    public static void decodeTogether(
            RansDecoder[] decoders,
            byte[] in,
            int[] starts,
            int firstString,
            int count,
            RansPlan plan,
            SymbolSink[] sinks) {
        RansDecoder leader = decoders[0];
        RansDecoder[] members = leader.members;
        if (leader.scratch.length < Kernels.TAIL_SCRATCH) {
            leader.scratch = new int[Kernels.TAIL_SCRATCH];
        }
        int alike = 0;
        for (int u = 0; u < count; u++) {
            int start = starts[firstString + u];
            decoders[u].start(in, start, starts[firstString + u + 1] - start, plan);
            if (leader.tables.hasBucketKernel()
                    && !decoders[u].isSteadier()
                    && (alike == 0 || decoders[u].sameHead(members[0]))) {
                leader.memberUnits[alike] = u;
                members[alike++] = decoders[u];
            } else {
                decoders[u].decodeStarted(plan, sinks[u]);
            }
        }
        if (alike == 0) {
            return;
        }
        if (leader.members[0].laneExponent > 0) {
            for (int i = 0; i < alike; i++) {
                members[i].startLanes();
            }
            leader.decodeHeads(alike, plan, sinks);
            for (int i = 0; i < alike; i++) {
                members[i].finishLanes();
            }
        }
        leader.decodeTails(alike, plan, sinks);
        for (int i = 0; i < alike; i++) {
            members[i].finish(plan, sinks[leader.memberUnits[i]]);
        }
    }

    /** Decodes a string that was started. */
    private int decodeStarted(RansPlan plan, SymbolSink sink) {
        decodeOnLanes(plan, sink);
        decodeTail(plan, sink);
        return finish(plan, sink);
    }

    private void decodeOnLanes(RansPlan plan, SymbolSink sink) {
        if (laneExponent == 0) {
            return;
        }
        startLanes();
        if (sink == byteSink && givesBytes(plan)) {
            decodeBytes(plan);
        } else {
            decodeHead(plan, sink);
        }
        finishLanes();
    }

    private void start(byte[] in, int inOffset, int inLength, RansPlan plan) {
        Objects.checkFromIndexSize(inOffset, inLength, in.length);
        if (plan.tables() != tables) {
            throw new IllegalArgumentException("the plan must be one of the decoder's tables: plan="
                    + plan.tables().tables() + " tables=" + tables.tables());
        }
        begun = false;
        escapesEnd = 0;
        int block = Math.clamp(plan.count(), 1, BLOCK);
        if (symbols.length < block + Kernels.PADDING) {
            symbols = new int[block + Kernels.PADDING];
        }
        startString(in, inOffset, inLength, plan.count());
    }

    /** Decodes the escapes, and checks the end. */
    private int finish(RansPlan plan, SymbolSink sink) {
        decodeEscapes(plan, sink);
        return endString();
    }

    // ---- head and tail

    private boolean sameHead(RansDecoder other) {
        return laneExponent == other.laneExponent && tail == other.tail && tailInFront == other.tailInFront;
    }

    private void decodeHead(RansPlan plan, SymbolSink sink) {
        int first = tailInFront ? tail : 0;
        int last = first + plan.count() - tail;
        for (int at = first; at < last; at += BLOCK) {
            int count = Math.min(BLOCK, last - at);
            prepare(count);
            if (tables.hasKernel()) {
                group.take(0, this);
                decodeBlock(1, plan, at, count, 1 << laneExponent);
                group.give(0, this);
            } else {
                decodePlainly(plan, at, count, 1 << laneExponent);
            }
            giveHead(at, count, sink);
        }
    }

    /** Decodes the heads of the leader's members, which are alike, side by side. */
    private void decodeHeads(int units, RansPlan plan, SymbolSink[] sinks) {
        int first = members[0].tailInFront ? members[0].tail : 0;
        int last = first + plan.count() - members[0].tail;
        int block = Math.min(BLOCK, GROUP_BLOCK / units & -RansFormat.MAX_LANES);
        for (int at = first; at < last; at += block) {
            int count = Math.min(block, last - at);
            for (int u = 0; u < units; u++) {
                members[u].prepare(count);
                group.take(u, members[u]);
            }
            decodeBlock(units, plan, at, count, 1 << members[0].laneExponent);
            for (int u = 0; u < units; u++) {
                group.give(u, members[u]);
                members[u].giveHead(at, count, sinks[memberUnits[u]]);
            }
        }
    }

    /** Decodes the tails of the leader's members, which are alike, side by side: each waits for itself at every element. */
    private void decodeTails(int units, RansPlan plan, SymbolSink[] sinks) {
        int n = plan.count();
        int first = members[0].tailInFront ? 0 : n - members[0].tail;
        int last = first + members[0].tail;
        for (int at = first; at < last; at += BLOCK) {
            int count = Math.min(BLOCK, last - at);
            for (int u = 0; u < units; u++) {
                members[u].prepare(count);
                group.take(u, members[u]);
            }
            getTails(units, plan, at, count);
            for (int u = 0; u < units; u++) {
                group.give(u, members[u]);
                sinks[memberUnits[u]].write(at, count, members[u].symbols);
            }
        }
    }

    /** The first element of the tail. */
    private int tailStart(RansPlan plan) {
        return tailInFront ? 0 : plan.count() - tail;
    }

    private void decodeTail(RansPlan plan, SymbolSink sink) {
        int first = tailStart(plan);
        for (int at = first, count; at < first + tail; at += count) {
            count = Math.min(BLOCK, first + tail - at);
            prepare(count);
            int steady = decodeSteadily(plan, at, count);
            if (steady > 0) {
                count = steady;
            } else if (tables.hasBucketKernel()) {
                group.take(0, this);
                getTails(1, plan, at, count);
                group.give(0, this);
            } else {
                for (int i = 0; i < count; i++) {
                    putSymbol(plan, at + i, i, get(plan.tableOf(at + i)));
                }
            }
            sink.write(at, count, symbols);
        }
    }

    /**
     * Whether a unit is better off without others beside it: its state is all there is, and likely elements leave that as it
     * is. Of a short unit other young states may hold much of what it has.
     */
    private boolean isSteadier() {
        long end = tail < RansFormat.HEADER_ELEMENTS ? RansFormat.START + 1 : 1L << precision;
        return laneExponent == 0 && wordsLeft() == 0 && x < end;
    }

    /** Decodes elements that leave lane 0 as it is, which those of a unit of likely cells alone do; returns how many. */
    private int decodeSteadily(RansPlan plan, int at, int count) {
        if (x == 0 || x < RansFormat.LOWER_BOUND && next < end) { // a word is due
            return 0;
        }
        int index = plan.index(at, count);
        int[] table = plan.table();
        long[] steady = tables.steady();
        for (int i = 0; i < count; i++) {
            long symbol = steady[table[index + i]];
            if (x >= (symbol & 0xffffffffL)) {
                return i;
            }
            symbols[i] = (int) (symbol >>> 32);
        }
        return count;
    }

    /** Decodes the tails of units with tables of their own, whose lengths may differ, side by side. */
    private void decodeOwnTails(RansDecoder[] decoders, int count, SymbolSink[] sinks) {
        int decoded = 0; // of each tail that is as long
        for (int units = takeTails(decoders, count, 0); units > 0; units = takeTails(decoders, count, decoded)) {
            int length = BLOCK;
            for (int i = 0; i < units; i++) {
                length = Math.min(length, members[i].tail - decoded);
            }
            for (int i = 0; i < units; i++) {
                RansPlan plan = members[i].ownPlan;
                members[i].prepare(length);
                group.take(i, members[i]);
                group.takePlan(i, plan, plan.index(members[i].tailStart(plan) + decoded, length));
            }
            System.arraycopy(group.escapesEnd, 0, escapesBefore, 0, units);
            takeTurns(units, length, tables.buckets());
            for (int i = 0; i < units; i++) {
                int at = members[i].tailStart(members[i].ownPlan) + decoded;
                moveEscapes(i, at - group.from[i]);
                group.give(i, members[i]);
                sinks[memberUnits[i]].write(at, length, members[i].symbols);
            }
            decoded += length;
        }
    }

    /** Makes members of those whose tails go on behind so many elements; returns how many these are. */
    private int takeTails(RansDecoder[] decoders, int count, int decoded) {
        int units = 0;
        for (int u = 0; u < count; u++) {
            if (decoders[u].tail > decoded) {
                memberUnits[units] = u;
                members[units++] = decoders[u];
            }
        }
        return units;
    }

    /** Decodes elements of the units in the group on their lanes 0, by the plans that it has taken. */
    private void takeTurns(int units, int count, int[] buckets) {
        int decoded = ScalarTails.decode(
                units,
                group.descriptor,
                group.range,
                tables.cellBits(),
                group.table,
                group.from,
                count,
                precision,
                tables.origins(),
                buckets,
                group.lane0,
                group.words,
                group.next,
                group.end,
                group.symbols,
                group.escapes,
                group.escapesEnd);
        if (decoded < count) {
            throw malformed("a state must not be 0");
        }
    }

    /** Decodes elements of the units in the group, which have one plan, on their lanes 0. */
    private void getTails(int units, RansPlan plan, int at, int count) {
        int index = plan.index(at, count);
        System.arraycopy(group.escapesEnd, 0, escapesBefore, 0, units);
        if (units > 1 && units < kernels.leastTailsInVectors()) {
            for (int u = 0; u < units; u++) {
                group.takePlan(u, plan, index);
            }
            takeTurns(units, count, plan.buckets());
            moveEscapesOfAll(units, at - index);
            return;
        }
        int decoded = kernels.decodeTails(
                units,
                plan.descriptor(),
                plan.range(),
                tables.cellBits(),
                plan.rowBase(count),
                plan.rows(),
                plan.table(),
                index,
                count,
                precision,
                tables.origins(),
                plan.buckets(),
                group.lane0,
                group.words,
                group.next,
                group.end,
                group.symbols,
                group.escapes,
                group.escapesEnd,
                scratch);
        if (decoded < count) {
            throw malformed("a state must not be 0");
        }
        moveEscapesOfAll(units, at - index);
    }

    /** Makes elements of a unit of the indexes in a plan that a kernel noted. */
    private void moveEscapes(int unit, int by) {
        for (int e = escapesBefore[unit]; by != 0 && e < group.escapesEnd[unit]; e++) {
            group.escapes[unit][e] += by;
        }
    }

    private void moveEscapesOfAll(int units, int by) {
        for (int u = 0; u < units; u++) {
            moveEscapes(u, by);
        }
    }

    private void decodeBlock(int units, RansPlan plan, int at, int count, int lanes) {
        int needed = Kernels.PADDING + 4 * units * lanes;
        if (scratch.length < needed) {
            scratch = new int[needed];
        }
        if (wideScratch.length < Kernels.PADDING + units * lanes) {
            wideScratch = new long[Kernels.PADDING + units * lanes];
        }
        int index = plan.index(at, count);
        System.arraycopy(group.escapesEnd, 0, escapesBefore, 0, units);
        if (tables.hasSlotKernel() && (lanes > PAIRED_LANES && kernels.slotsAreFaster() || !tables.hasBucketKernel())) {
            kernels.decodeSlots(
                    units,
                    plan.table(),
                    plan.range(),
                    tables.cellBits(),
                    index,
                    count,
                    lanes,
                    precision,
                    tables.slots(),
                    group.states,
                    group.words,
                    group.next,
                    group.symbols,
                    group.escapes,
                    group.escapesEnd,
                    scratch);
        } else {
            kernels.decodeLanes(
                    units,
                    plan.descriptor(),
                    plan.range(),
                    tables.cellBits(),
                    index,
                    count,
                    lanes,
                    precision,
                    plan.narrowBuckets(),
                    group.states,
                    group.words,
                    group.next,
                    group.symbols,
                    group.escapes,
                    group.escapesEnd,
                    scratch,
                    wideScratch);
        }
        moveEscapesOfAll(units, at - index);
    }

    /** Whether the symbols of a plan can be bytes, and its slots name them. */
    private boolean givesBytes(RansPlan plan) {
        int table = plan.tableOf(0);
        return plan.isUniform()
                && tables.hasSlotKernel()
                && tables.tables().hasOverflowNowhere()
                && tables.first(table) >= 0
                && tables.first(table) + tables.last(table) <= 256;
    }

    /** Decodes a head of bytes of one table to the byte sink. */
    private void decodeBytes(RansPlan plan) {
        int first = tailInFront ? tail : 0;
        int last = first + plan.count() - tail;
        for (int element = first; element < last; element += BLOCK) {
            int count = Math.min(BLOCK, last - element);
            loadWords(count);
            next = kernels.decodeBytes(
                    tables.slots(),
                    tables.first(plan.tableOf(0)),
                    count,
                    1 << laneExponent,
                    precision,
                    states,
                    words,
                    next,
                    byteSink.array,
                    byteSink.offset + element,
                    scratch);
            checkWords();
        }
    }

    private void giveHead(int first, int count, SymbolSink sink) {
        checkWords();
        sink.write(first, count, symbols);
    }

    /** As {@link Kernels#decodeLanes}, for tables that it cannot serve. */
    private void decodePlainly(RansPlan plan, int first, int count, int lanes) {
        int slotMask = (1 << precision) - 1;
        for (int i = 0; i < count; i++) {
            int table = plan.tableOf(first + i);
            int lane = i & lanes - 1;
            int state = states[lane];
            int slot = state & slotMask;
            int position = tables.position(table, slot);
            int start = tables.bound(table, position);
            putSymbol(plan, first + i, i, position);
            state = (state >>> precision) * (tables.bound(table, position + 1) - start) + slot - start;
            if (state >>> RansFormat.WORD_BITS == 0) {
                state = state << RansFormat.WORD_BITS | words[next++] & 0xffff;
            }
            states[lane] = state;
        }
    }

    private void putSymbol(RansPlan plan, int element, int at, int position) {
        int table = plan.tableOf(element);
        int cell = tables.cell(table, position);
        long symbol = (long) tables.first(table) + cell;
        symbols[at] = (int) symbol;
        if (cell == tables.last(table)) {
            escapes[escapesEnd++] = element;
        } else if ((int) symbol != symbol) { // never in tables that kernels serve: their ranges fit an int
            throw malformed("a cell must give an int32");
        }
    }

    /** Makes room for as many escapes as there are elements in a block, and has the words that they may take. */
    private void prepare(int more) {
        loadWords(more);
        if (escapes.length < escapesEnd + more) {
            escapes = Arrays.copyOf(escapes, Math.max(2 * escapes.length, escapesEnd + more));
        }
    }

    /** Decodes one element on lane 0; returns its position. */
    private int get(int table) {
        int slots = 1 << precision;
        int position;
        if (x >= slots) {
            int slot = (int) x & slots - 1;
            position = tables.position(table, slot);
            int start = tables.bound(table, position);
            x = (tables.bound(table, position + 1) - start) * (x >>> precision) + slot - start;
        } else if (x == 0) {
            throw malformed("a state must not be 0");
        } else {
            int origin = tables.origin(table);
            position = tables.position(table, YoungStates.slot((int) x, origin, precision));
            int start = tables.bound(table, position);
            int frequency = tables.bound(table, position + 1) - start;
            x = YoungStates.rank((int) x, start, frequency, origin, precision);
        }
        if (x < RansFormat.LOWER_BOUND && next < end) {
            x = x << RansFormat.WORD_BITS | words[next++] & 0xffff;
        }
        return position;
    }

    private void decodeEscapes(RansPlan plan, SymbolSink sink) {
        if (escapesEnd == 0) {
            return;
        }
        // A tail in front was decoded after the head; escapes go by element.
        Arrays.sort(escapes, 0, escapesEnd);
        for (int e = 0; e < escapesEnd; e++) {
            int element = escapes[e];
            loadWords(RansFormat.ESCAPE_WORDS);
            int table = plan.tableOf(element);
            long symbol = getEscape(tables.last(table)) + tables.first(table);
            if ((int) symbol != symbol) {
                throw malformed("an escape must give an int32");
            }
            if (sink == byteSink) {
                byteSink.takeBack(tables.first(table) + tables.last(table)); // what its cell gave
            }
            symbols[0] = (int) symbol;
            sink.write(element, 1, symbols);
        }
    }

    /** The value of an escape, relative to its table's first symbol. */
    private long getEscape(int last) {
        int w = 0;
        while (getBits(1) == 0) {
            if (++w > RansFormat.MAX_ESCAPE_ZEROS) {
                throw malformed("an escape must have at most 32 bits");
            }
        }
        int low = Math.min(w, RansFormat.ESCAPE_LOW_BITS);
        long g = 1L << w;
        if (w > low) {
            g |= (long) getBits(w - low) << low;
        }
        g |= getBits(low);
        return OverflowCode.value(g, getBits(1) == 1, last);
    }

    /** A sink to an array of the caller. */
    private static final class ArraySink implements SymbolSink {
        private static final int[] NONE = {};
        private int[] array = NONE;
        private int offset;

        @Override
        public void write(int first, int count, int[] symbols) {
            System.arraycopy(symbols, 0, array, offset + first, count);
        }
    }

    /** A sink to bytes of the caller; counts the symbols that are none. */
    private static final class ByteSink implements SymbolSink {
        private byte[] array = NO_BYTES;
        private int offset;
        private int others;

        @Override
        public void write(int first, int count, int[] symbols) {
            int more = 0;
            for (int i = 0; i < count; i++) {
                more += one(symbols[i]);
                array[offset + first + i] = (byte) symbols[i];
            }
            others += more;
        }

        /** Undoes the count of a symbol that was given and does not stay. */
        void takeBack(int symbol) {
            others -= one(symbol);
        }

        /** 1 where a symbol is not in [0, 255], else 0. */
        private static int one(int symbol) {
            return -(symbol >>> Byte.SIZE) >>> Integer.SIZE - 1;
        }
    }
}
