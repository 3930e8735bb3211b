package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.AnyModel.Kind;
import io.github.uniquant.AnyModel.Options;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Unit coders of indexed models: the indexes and locations of a unit are what the caller's tensors hold at each call. */
class IndexedUnitCoderTest {
    private static final Set<Kind> KINDS =
            EnumSet.of(Kind.CONTINUOUS_INDEXED, Kind.LOCATION_SCALE, Kind.UNIVERSAL_INDEXED);
    private static final Set<ElementType> TYPES = EnumSet.complementOf(EnumSet.of(ElementType.INT32));

    /** Coders of units of a shape, and the tensors that they read. */
    private static final class Unit {
        private final Tensor indexes;
        private final Tensor loc;
        private final UnitEncoder encoder;
        private final UnitDecoder decoder;

        Unit(AnyModel any, Shape shape) {
            indexes = any.indexes(shape);
            loc = any.loc(shape);
            if (any.model() instanceof LocationScaleIndexedEntropyModel about) {
                encoder = about.newEncoder(indexes, loc);
                decoder = about.newDecoder(indexes, loc);
            } else {
                encoder = indexed(any).newEncoder(indexes);
                decoder = indexed(any).newDecoder(indexes);
            }
        }

        /** Takes up the side information of a unit of a batch. */
        void take(int unit, Tensor allIndexes, Tensor allLoc) {
            copy(allIndexes, unit, indexes);
            copy(allLoc, unit, loc);
        }
    }

    private static IndexedEntropyModel indexed(AnyModel any) {
        return (IndexedEntropyModel) any.model();
    }

    private static MemorySegment segment(Tensor tensor) {
        return switch (tensor.type()) {
            case FLOAT32 -> MemorySegment.ofArray(tensor.floats());
            case FLOAT64 -> MemorySegment.ofArray(tensor.doubles());
            case FLOAT16, BFLOAT16 -> MemorySegment.ofArray(tensor.shorts());
            case INT32 -> MemorySegment.ofArray(tensor.ints());
        };
    }

    /** Copies a unit of a batch to a tensor of its size. */
    private static void copy(Tensor batch, int unit, Tensor to) {
        MemorySegment into = segment(to);
        MemorySegment.copy(segment(batch), unit * into.byteSize(), into, 0, into.byteSize());
    }

    static Stream<Arguments> models() {
        return KINDS.stream()
                .flatMap(kind -> kind.formats()
                        .flatMap(format -> TYPES.stream()
                                .flatMap(type -> Stream.of(Dither.tfc(), Dither.seed(5, 1))
                                        .filter(dither -> kind == Kind.UNIVERSAL_INDEXED || dither.sharedByUnits())
                                        .map(dither -> Arguments.of(kind, format, type, dither)))));
    }

    @ParameterizedTest
    @MethodSource("models")
    void stringsAndValuesAreThoseOfTheBatch(Kind kind, CoderFormat format, ElementType type, Dither dither) {
        AnyModel any = AnyModel.of(kind, Options.of(format).with(type).with(dither));
        for (Shape unitShape : new Shape[] {Shape.of(0, 4), Shape.of(1, 1), Shape.of(5, 7), Shape.of(40, 80)}) {
            Shape shape = Shape.of(3).concat(unitShape);
            Tensor y = any.draw(shape, 11);
            BitStrings strings = any.compress(y);
            Tensor expected = any.decompress(strings, shape);
            Tensor allIndexes = any.indexes(shape);
            Tensor allLoc = any.loc(shape);
            Unit unit = new Unit(any, unitShape);
            int elements = (int) unitShape.elements();
            assertThat(unit.encoder.elements()).isEqualTo(elements);
            assertThat(unit.decoder.elements()).isEqualTo(elements);
            int bytes = elements * type.bytes();
            Tensor decoded = Tensor.zeros(type, unitShape);
            Tensor wanted = Tensor.zeros(type, unitShape);
            MemorySegment string = MemorySegment.ofArray(new byte[(int) unit.encoder.maxBytes()]);
            for (int u = 2; u >= 0; u--) {
                unit.take(u, allIndexes, allLoc);
                int length = unit.encoder.encode(u, segment(y), (long) u * bytes, string, 0);
                assertThat(string.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE))
                        .isEqualTo(strings.get(u));
                unit.decoder.decode(u, string, 0, length, segment(decoded), 0);
                copy(expected, u, wanted);
                assertThat(decoded).isEqualTo(wanted);
            }
        }
    }

    @Test
    void sideInformationIsCheckedInEveryCallAndNothingIsWritten() {
        AnyModel any = AnyModel.of(Kind.LOCATION_SCALE, Options.of(CoderFormat.RANS));
        LocationScaleIndexedEntropyModel model = (LocationScaleIndexedEntropyModel) any.model();
        Shape shape = Shape.of(4, 5);
        float[] indexes = new float[20];
        float[] loc = new float[20];
        Arrays.fill(indexes, Float.NaN); // not read yet
        UnitEncoder encoder = model.newEncoder(Tensor.of(shape, indexes), Tensor.of(shape, loc));
        UnitDecoder decoder = model.newDecoder(Tensor.of(shape, indexes), Tensor.of(shape, loc));
        float[] values = any.draw(shape, 3).floats();
        byte[] out = new byte[(int) encoder.maxBytes()];
        assertThatThrownBy(() -> encoder.encode(values, 0, out, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("every index must be finite: position=0 index=NaN");
        assertThat(out).containsOnly(0);
        Arrays.fill(indexes, 1);
        int length = encoder.encode(values, 0, out, 0);
        float[] decoded = new float[20];
        decoder.decode(out, 0, length, decoded, 0);
        for (int i = 0; i < 20; i++) {
            assertThat(decoded[i]).isEqualTo((float) Math.rint(values[i]));
        }
        loc[7] = Float.POSITIVE_INFINITY;
        float[] kept = decoded.clone();
        assertThatThrownBy(() -> decoder.decode(out, 0, length, decoded, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("every location must be finite: position=7 loc=Infinity");
        assertThat(decoded).isEqualTo(kept);
        assertThatThrownBy(() -> encoder.encode(values, 0, new byte[100], 0))
                .isInstanceOf(IllegalArgumentException.class);
        loc[7] = 0.25f;
        int about = encoder.encode(values, 0, out, 0);
        decoder.decode(out, 0, about, decoded, 0);
        assertThat(decoded[7]).isEqualTo((float) Math.rint(values[7] - 0.25f) + 0.25f);
    }

    @Test
    void damagedStringsAreMalformedAndTheNextOneIsDecoded() {
        AnyModel any = AnyModel.of(Kind.UNIVERSAL_INDEXED, Options.of(CoderFormat.RANS));
        Unit unit = new Unit(any, Shape.of(30, 40));
        float[] values = any.draw(Shape.of(30, 40), 5).floats();
        byte[] out = new byte[(int) unit.encoder.maxBytes()];
        int length = unit.encoder.encode(values, 0, out, 0);
        float[] decoded = new float[values.length];
        for (int cut = 0; cut < length; cut += 7) {
            int kept = cut;
            assertThatThrownBy(() -> unit.decoder.decode(out, 0, kept, decoded, 0))
                    .isInstanceOf(MalformedBitstreamException.class);
        }
        assertThat(unit.decoder.decode(out, 0, length, decoded, 0)).isEqualTo(length);
        for (int i = 0; i < values.length; i++) {
            assertThat(Math.abs(decoded[i] - values[i])).isLessThanOrEqualTo(0.5f + Math.ulp(Math.abs(values[i]) + 1));
        }
    }

    @Test
    void shapesThatAreNoUnitsAreRefused() {
        AnyModel any = AnyModel.of(Kind.LOCATION_SCALE, Options.of(CoderFormat.RANS));
        LocationScaleIndexedEntropyModel model = (LocationScaleIndexedEntropyModel) any.model();
        Tensor batch = any.indexes(Shape.of(2, 3, 4));
        assertThatThrownBy(() -> model.newEncoder(batch))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("indexes of a unit must have codingRank dimensions, with the channel axis put in:"
                        + " indexes=(2, 3, 4) codingRank=2 channelAxis=null");
        assertThatThrownBy(() -> model.newDecoder(batch)).isInstanceOf(IllegalArgumentException.class);
        Tensor indexes = any.indexes(Shape.of(3, 4));
        assertThatThrownBy(() -> model.newEncoder(indexes, any.loc(Shape.of(4, 3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("loc must have the tensor's shape and type");
    }

    /** Levels that are drawn for the whole batch are those of its elements, whose numbers are int32. */
    @Test
    void unitsBeyondAnyBatchAreRefusedWhereTheDitherGoesOnFromUnitToUnit() {
        AnyModel any = AnyModel.of(Kind.UNIVERSAL_INDEXED, Options.of(CoderFormat.RANS));
        Unit unit = new Unit(any, Shape.of(10, 10));
        float[] values = any.draw(Shape.of(10, 10), 5).floats();
        byte[] out = new byte[(int) unit.encoder.maxBytes()];
        int last = Integer.MAX_VALUE / 100 - 1;
        int length = unit.encoder.encode(last, values, 0, out, 0, out.length);
        float[] decoded = new float[100];
        unit.decoder.decode(last, out, 0, length, decoded, 0);
        assertThat(decoded[99]).isBetween(values[99] - 0.5001f, values[99] + 0.5001f);
        for (long beyond : new long[] {-1, last + 1L, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> unit.encoder.encode(beyond, values, 0, out, 0, out.length))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("from 0 to " + last + ": unit=" + beyond);
        }
    }
}
