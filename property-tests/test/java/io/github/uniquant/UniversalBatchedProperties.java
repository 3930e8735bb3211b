package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.symbol.OverflowCode;
import io.github.uniquant.table.CdfTables;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import net.jqwik.api.statistics.Statistics;

/** Laws of the whole model, over random models and tensors. */
@Domain(DomainContext.Global.class)
@Domain(EntropyDomain.class)
class UniversalBatchedProperties {
    private static final int TRIES = 250;
    private static final double GUARD = -77;

    @Property(tries = TRIES)
    void decodeInvertsEncode(@ForAll ModelCase sample) {
        UniversalBatchedEntropyModel model = sample.model();
        Tensor decoded = model.decompress(model.compress(sample.values()), sample.broadcast());
        Tensor expected = model.call(sample.values(), Training.FALSE).perturbed();
        assertThat(decoded).isEqualTo(expected);
        Statistics.label("type").collect(model.bottleneckType());
        Statistics.label("format").collect(model.coder());
        Statistics.label("escape").collect(escapes(sample) > 0).coverage(checker -> {
            checker.check(true).count(count -> count > 0);
            checker.check(false).count(count -> count > 0);
        });
        Statistics.label("elements of a unit")
                .collect(sample.unitElements() == 0 ? "0" : sample.unitElements() < 256 ? "1 to 255" : "256 and more")
                .coverage(checker -> {
                    checker.check("0").count(count -> count > 0);
                    checker.check("1 to 255").count(count -> count > 0);
                    checker.check("256 and more").count(count -> count > 0);
                });
        Statistics.label("units").collect(Math.min(sample.units(), 2)).coverage(checker -> {
            checker.check(1).count(count -> count > 0);
            checker.check(2).count(count -> count > 0);
        });
    }

    @Property(tries = TRIES)
    void reconstructionErrorIsAtMostHalfUpToRounding(@ForAll ModelCase sample) {
        ElementType type = sample.model().bottleneckType();
        Tensor decoded = sample.model().decompress(sample.model().compress(sample.values()), sample.broadcast());
        for (int i = 0; i < decoded.size(); i++) {
            double y = sample.values().get(i);
            assertThat(Math.abs(decoded.get(i) - y))
                    .as("element %d, value %s, decoded %s", i, y, decoded.get(i))
                    .isLessThanOrEqualTo(0.5 + ModelCase.ulp(y, type));
        }
    }

    @Property(tries = TRIES)
    void bytesStayWithinTheBound(@ForAll ModelCase sample) {
        BitStrings strings = sample.model().compress(sample.values());
        UnitEncoder encoder = sample.model().newEncoder(sample.broadcast());
        for (int i = 0; i < strings.count(); i++) {
            assertThat((long) strings.length(i)).isLessThanOrEqualTo(encoder.maxBytes());
        }
    }

    /** What the prior draws costs what its tables say: that is the goal of both formats, with room for chance. */
    @Property(tries = TRIES)
    void drawnDataTakesAboutItsIdeal(@ForAll ModelCase sample) {
        Assume.that(sample.data() == ModelCase.Data.DRAWN);
        double idealBytes = 0;
        for (int u = 0; u < sample.units(); u++) {
            idealBytes += idealBits(sample, u) / 8;
        }
        assertThat((double) sample.model().compress(sample.values()).totalBytes())
                .isLessThanOrEqualTo(1.01 * idealBytes + 4 * sample.units());
    }

    @Property(tries = TRIES)
    void bytesOfABatchEqualBytesOfItsUnits(@ForAll ModelCase sample) {
        UniversalBatchedEntropyModel model = sample.model();
        BitStrings strings = model.compress(sample.values());
        UnitEncoder encoder = model.newEncoder(sample.broadcast());
        byte[] out = new byte[(int) encoder.maxBytes()];
        int elements = sample.unitElements();
        for (int u = 0; u < sample.units(); u++) {
            int first = u * elements;
            int length = switch (model.bottleneckType()) {
                case FLOAT32 -> encoder.encode(u, sample.values().floats(), first, out, 0, out.length);
                case FLOAT64 -> encoder.encode(u, sample.values().doubles(), first, out, 0, out.length);
                default -> encoder.encode(u, sample.values().shorts(), first, out, 0, out.length);
            };
            assertThat(Arrays.copyOf(out, length)).isEqualTo(strings.get(u));
        }
        // Units that share a layout go through the native coder side by side.
        boolean sideBySide = model.coder() == CoderFormat.RANS
                && model.dither().sharedByUnits()
                && sample.units() >= 4
                && elements > 0;
        Statistics.label("units side by side")
                .collect(sideBySide)
                .coverage(checker -> checker.check(true).count(count -> count > 0));
    }

    /** A damaged string of a batch is refused, or spoils its own unit and no other. */
    @Property(tries = TRIES)
    void damageOfAStringStaysInItsUnit(@ForAll ModelCase sample, @ForAll Damage damage, @ForAll long seed) {
        Assume.that(sample.units() > 1);
        UniversalBatchedEntropyModel model = sample.model();
        BitStrings strings = model.compress(sample.values());
        Tensor whole = model.decompress(strings, sample.broadcast());
        int damagedUnit = new SplittableRandom(seed).nextInt(sample.units());
        List<byte[]> parts = new ArrayList<>();
        for (int u = 0; u < sample.units(); u++) {
            parts.add(u == damagedUnit ? damage.of(strings.get(u), seed) : strings.get(u));
        }
        boolean refused = false;
        try {
            Tensor decoded = model.decompress(BitStrings.of(strings.shape(), parts), sample.broadcast());
            for (int i = 0; i < decoded.size(); i++) {
                if (i / sample.unitElements() != damagedUnit) {
                    assertThat(decoded.get(i)).as("element %d", i).isEqualTo(whole.get(i));
                }
            }
        } catch (MalformedBitstreamException e) {
            refused = true;
        }
        Statistics.label("refused").collect(refused).coverage(checker -> {
            checker.check(true).count(count -> count > 0);
            checker.check(false).count(count -> count > 0);
        });
    }

    /** Any unit decodes without the others, given its number. */
    @Property(tries = TRIES)
    void unitsDecodeAlone(@ForAll ModelCase sample, @ForAll long seed) {
        Assume.that(sample.units() > 0);
        UniversalBatchedEntropyModel model = sample.model();
        BitStrings strings = model.compress(sample.values());
        Tensor all = model.decompress(strings, sample.broadcast());
        int u = new SplittableRandom(seed).nextInt(sample.units());
        BitStrings one = BitStrings.of(Shape.scalar(), strings.get(u), new int[] {strings.length(u)});
        Tensor alone = model.decompress(one, sample.broadcast(), new long[] {u});
        int elements = sample.unitElements();
        for (int i = 0; i < elements; i++) {
            assertThat(alone.get(i)).isEqualTo(all.get(u * elements + i));
        }
    }

    @Property(tries = 3 * TRIES, shrinking = ShrinkingMode.BOUNDED)
    void damagedInputNeverEscapesAsAnotherException(
            @ForAll ModelCase sample, @ForAll Damage damage, @ForAll long seed) {
        Assume.that(sample.units() > 0);
        UniversalBatchedEntropyModel model = sample.model();
        byte[] string = damage.of(model.compress(sample.values()).get(0), seed);
        int elements = sample.unitElements();
        Tensor out = Tensor.of(Shape.of(elements + 20), filled(elements + 20)).to(model.bottleneckType());
        UnitDecoder decoder = model.newDecoder(sample.broadcast());
        boolean refused = false;
        long start = System.nanoTime();
        try {
            decode(decoder, string, out, 10);
        } catch (MalformedBitstreamException e) {
            refused = true;
            assertThat(e.offset()).isBetween(0L, (long) string.length);
        }
        assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(2_000_000_000L);
        for (int i = 0; i < 10; i++) {
            assertThat(out.get(i)).isEqualTo(GUARD);
            assertThat(out.get(10 + elements + i)).isEqualTo(GUARD);
        }
        Statistics.label("refused").collect(refused).coverage(checker -> {
            checker.check(true).count(count -> count > 0);
            checker.check(false).count(count -> count > 0);
        });
    }

    private static double[] filled(int n) {
        double[] values = new double[n];
        Arrays.fill(values, GUARD);
        return values;
    }

    private static void decode(UnitDecoder decoder, byte[] string, Tensor out, int first) {
        switch (out.type()) {
            case FLOAT32 -> decoder.decode(string, 0, string.length, out.floats(), first);
            case FLOAT64 -> decoder.decode(string, 0, string.length, out.doubles(), first);
            default -> decoder.decode(string, 0, string.length, out.shorts(), first);
        }
    }

    // ---- what a unit is worth by its tables

    /** Symbols of a unit with their tables: recovered from what is decoded, which is symbol + offset. */
    private interface SymbolVisitor {
        void visit(int table, long value);
    }

    private static void visitSymbols(ModelCase sample, int unit, SymbolVisitor visitor) {
        UniversalBatchedEntropyModel model = sample.model();
        Tensor decoded = model.call(sample.values(), Training.FALSE).perturbed();
        int elements = sample.unitElements();
        int[] levels = new int[elements];
        model.dither().levels(unit, 0, elements, model.numNoiseLevels(), levels, 0);
        int priorSize = (int) model.priorShape().elements();
        for (int i = 0; i < elements; i++) {
            int table = levels[i] * priorSize + i % priorSize;
            double offset = NoiseOffsets.offset(levels[i], model.numNoiseLevels());
            long symbol = (long) Math.rint(decoded.get(unit * elements + i) - offset);
            visitor.visit(table, symbol - model.tables().offset(table));
        }
    }

    private static double idealBits(ModelCase sample, int unit) {
        CdfTables tables = sample.model().tables();
        double[] bits = {0};
        visitSymbols(sample, unit, (table, value) -> {
            int last = tables.cells(table) - 1;
            boolean escape = value < 0 || value >= last;
            bits[0] +=
                    tables.precision() - Math.log(tables.frequency(table, escape ? last : (int) value)) / Math.log(2);
            if (escape) {
                bits[0] += OverflowCode.bits(Math.abs(OverflowCode.signedGamma(value, last)));
            }
        });
        return bits[0];
    }

    private static int escapes(ModelCase sample) {
        CdfTables tables = sample.model().tables();
        int[] count = {0};
        for (int u = 0; u < sample.units(); u++) {
            visitSymbols(
                    sample, u, (table, value) -> count[0] += value < 0 || value >= tables.cells(table) - 1 ? 1 : 0);
        }
        return count[0];
    }
}
