package io.github.uniquant.coder.rans;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.Damage;
import io.github.uniquant.EntropyDomain;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolDecoder;
import io.github.uniquant.coder.SymbolEncoder;
import io.github.uniquant.coder.range.RangeDecoder;
import io.github.uniquant.coder.range.RangeEncoder;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.table.CdfTables;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import net.jqwik.api.statistics.Statistics;

/** Laws of the coders, over random tables. */
@Domain(DomainContext.Global.class)
@Domain(EntropyDomain.class)
class CoderProperties {
    private static final int TRIES = 400;
    private static final int MARGIN = 70;
    private static final int GUARD = 0x5A5A5A5A;

    /** The formats that take tables. */
    @Provide
    Arbitrary<CoderFormat> tableFormats() {
        return Arbitraries.of(CoderFormat.RANS, CoderFormat.TFC_RANGE);
    }

    private static SymbolEncoder encoder(CoderFormat format, CdfTables tables) {
        return switch (format) {
            case RANS -> new RansEncoder(RansTables.of(tables));
            case TFC_RANGE -> new RangeEncoder(tables);
            case RANS_FREE -> throw new AssertionError("it takes no tables");
        };
    }

    private static SymbolDecoder decoder(CoderFormat format, CdfTables tables) {
        return switch (format) {
            case RANS -> new RansDecoder(RansTables.of(tables), true);
            case TFC_RANGE -> new RangeDecoder(tables, true);
            case RANS_FREE -> throw new AssertionError("it takes no tables");
        };
    }

    private static byte[] encode(SymbolEncoder encoder, TableUnit unit) {
        byte[] out = new byte[(int) encoder.maxBytes(unit.elements())];
        int length = encoder.encode(unit.symbols(), 0, unit.tableOf(), 0, unit.elements(), out, 0, out.length);
        return Arrays.copyOf(out, length);
    }

    private static int[] decode(SymbolDecoder decoder, TableUnit unit, byte[] string) {
        int[] symbols = new int[unit.elements()];
        int consumed = decoder.decode(string, 0, string.length, unit.tableOf(), 0, unit.elements(), symbols, 0);
        assertThat(consumed).isEqualTo(string.length);
        return symbols;
    }

    @Property(tries = TRIES)
    void decodeInvertsEncode(@ForAll TableUnit unit, @ForAll("tableFormats") CoderFormat format) {
        byte[] string = encode(encoder(format, unit.tables()), unit);
        assertThat(decode(decoder(format, unit.tables()), unit, string)).isEqualTo(unit.symbols());
        int n = unit.elements();
        Statistics.label("escape")
                .collect(unit.hasEscape())
                .coverage(checker -> checker.check(true).count(count -> count > 0));
        Statistics.label("cell of frequency 1")
                .collect(unit.hasRareCell())
                .coverage(checker -> checker.check(true).count(count -> count > 0));
        Statistics.label("elements")
                .collect(n == 0 ? "none" : n < 256 ? "1 to 255" : n % 64 == 0 ? "rows of 64" : "rows and a rest")
                .coverage(checker -> {
                    for (String kind : List.of("none", "1 to 255", "rows of 64", "rows and a rest")) {
                        checker.check(kind).count(count -> count > 0);
                    }
                });
        Statistics.label("no bytes")
                .collect(string.length == 0)
                .coverage(checker -> checker.check(true).count(count -> count > 0));
    }

    /** Scalar and vector kernels write the same bytes and read each other's. */
    @Property(tries = TRIES)
    void bytesDoNotDependOnThePath(@ForAll TableUnit unit) {
        RansTables tables = RansTables.of(unit.tables());
        Kernels scalar = KernelProvider.scalar();
        Kernels chosen = KernelProvider.kernels();
        byte[] string = encode(new RansEncoder(tables, scalar), unit);
        assertThat(encode(new RansEncoder(tables, chosen), unit)).isEqualTo(string);
        assertThat(decode(new RansDecoder(tables, true, scalar), unit, string)).isEqualTo(unit.symbols());
        assertThat(decode(new RansDecoder(tables, true, chosen), unit, string)).isEqualTo(unit.symbols());
        Statistics.label("kernels").collect(chosen.name());
        // The first bit of a string of 256 elements and more says whether it has lanes.
        boolean lanes = unit.elements() >= 256 && string.length > 0 && (string[0] & 1) == 1;
        Statistics.label("lanes").collect(lanes).coverage(checker -> {
            checker.check(true).count(count -> count > 0);
            checker.check(false).count(count -> count > 0);
        });
    }

    @Property(tries = TRIES)
    void bytesStayWithinTheBound(@ForAll TableUnit unit, @ForAll("tableFormats") CoderFormat format) {
        SymbolEncoder encoder = encoder(format, unit.tables());
        byte[] string = encode(encoder, unit);
        assertThat((long) string.length).isLessThanOrEqualTo(encoder.maxBytes(unit.elements()));
    }

    @Property(tries = 3 * TRIES, shrinking = ShrinkingMode.BOUNDED)
    void damagedInputNeverEscapesAsAnotherException(
            @ForAll TableUnit unit,
            @ForAll("tableFormats") CoderFormat format,
            @ForAll Damage damage,
            @ForAll long seed) {
        byte[] string = damage.of(encode(encoder(format, unit.tables()), unit), seed);
        int n = unit.elements();
        int[] symbols = new int[n + 2 * MARGIN];
        Arrays.fill(symbols, GUARD);
        boolean refused = false;
        long start = System.nanoTime();
        try {
            decoder(format, unit.tables()).decode(string, 0, string.length, unit.tableOf(), 0, n, symbols, MARGIN);
        } catch (MalformedBitstreamException e) {
            refused = true;
            assertThat(e.offset()).isBetween(0L, (long) string.length);
        }
        assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(2_000_000_000L);
        assertThat(Arrays.copyOf(symbols, MARGIN)).containsOnly(GUARD);
        assertThat(Arrays.copyOfRange(symbols, MARGIN + n, symbols.length)).containsOnly(GUARD);
        Statistics.label("refused " + format)
                .collect(refused)
                .coverage(checker -> checker.check(true).count(count -> count > 0));
    }
}
