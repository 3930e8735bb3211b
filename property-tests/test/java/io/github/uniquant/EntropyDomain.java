package io.github.uniquant;

import io.github.uniquant.coder.rans.TableUnit;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.tensor.ElementType;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.domains.DomainContextBase;

/** Random models with tensors to compress, and random tables with symbols to code. */
public final class EntropyDomain extends DomainContextBase {
    /** A model of any family, shape, type, dither and format, and a tensor for it. */
    @Provide
    Arbitrary<ModelCase> modelCases() {
        Arbitrary<ModelCase.Numbers> numbers = Combinators.combine(
                        Arbitraries.of(1, 2, 3, 15, 16, 40),
                        precisions(),
                        Arbitraries.of(0.9, 0.3, 0x1p-8, 1e-4, 1e-9),
                        Arbitraries.longs())
                .as(ModelCase.Numbers::new);
        Arbitrary<ModelCase.Shapes> shapes = Combinators.combine(
                        smallDims(2, 0, 5), smallDims(2, 0, 30), smallDims(2, 0, 6))
                .as(ModelCase.Shapes::of);
        Arbitrary<ElementType> types =
                Arbitraries.of(ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.FLOAT32, ElementType.FLOAT64);
        Arbitrary<Dither> dithers = Arbitraries.oneOf(
                Arbitraries.just(Dither.tfc()),
                Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(Dither::seed));
        Arbitrary<ModelCase.Data> data = Arbitraries.frequency(
                Tuple.of(4, ModelCase.Data.DRAWN),
                Tuple.of(2, ModelCase.Data.OUTLIERS),
                Tuple.of(1, ModelCase.Data.HALF_INTEGERS));
        return Combinators.combine(
                        Arbitraries.of(ModelCase.Family.class),
                        shapes,
                        numbers,
                        types,
                        dithers,
                        Arbitraries.of(CoderFormat.RANS, CoderFormat.TFC_RANGE),
                        data)
                .as(ModelCase::of)
                .withoutEdgeCases(); // they would be most of the samples
    }

    /** Up to {@code rank} dimensions; the last may be large, so that units get past the first lanes. */
    private static Arbitrary<int[]> smallDims(int rank, int least, int most) {
        Arbitrary<Integer> dim = Arbitraries.frequencyOf(
                Tuple.of(8, Arbitraries.integers().between(Math.max(1, least), most)),
                Tuple.of(1, Arbitraries.integers().between(least, 1)));
        return dim.array(int[].class).ofMinSize(0).ofMaxSize(rank);
    }

    /** Random tables and a unit of symbols. */
    @Provide
    Arbitrary<TableUnit> tableUnits() {
        Arbitrary<Integer> elements = Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(0)),
                Tuple.of(3, Arbitraries.integers().between(1, 40)),
                Tuple.of(2, Arbitraries.integers().between(250, 262)),
                Tuple.of(
                        3,
                        Combinators.combine(
                                        Arbitraries.integers().between(4, 60),
                                        Arbitraries.integers().between(-1, 1))
                                .as((rows, more) -> 64 * rows + more)),
                Tuple.of(1, Arbitraries.integers().between(1, 20_000)));
        return Combinators.combine(
                        precisions(),
                        Arbitraries.integers().between(1, 6),
                        elements,
                        Arbitraries.of(TableUnit.Source.class),
                        Arbitraries.longs())
                .as(TableUnit::of)
                .withoutEdgeCases();
    }

    private static Arbitrary<Integer> precisions() {
        return Arbitraries.integers().between(1, 16).withDistribution(RandomDistribution.uniform());
    }
}
