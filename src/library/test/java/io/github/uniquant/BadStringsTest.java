package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Strings that no encoder made for the shape asked for. */
class BadStringsTest {
    private static final Shape CHANNELS = Shape.of(4);
    private static final int[] LENGTHS = {1, 20, 64, 500};

    private static UniversalBatchedEntropyModel.Builder builder(CoderFormat format) {
        Prior prior = NoisyNormal.of(CHANNELS, new double[] {0, 2, -1, 5}, new double[] {0.02, 0.4, 3, 12});
        return UniversalBatchedEntropyModel.builder(prior)
                .codingRank(2)
                .compression(true)
                .coder(format);
    }

    private static Tensor tensor(int length, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] scale = {0.02, 0.4, 3, 12};
        float[] values = new float[length * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scale[i % 4]) + (random.nextInt(40) == 0 ? 1000 : 0);
        }
        return Tensor.of(Shape.of(length, 4), values);
    }

    private static Tensor decode(UniversalBatchedEntropyModel model, byte[] string, int length) {
        return model.decompress(BitStrings.of(Shape.scalar(), List.of(string)), Shape.of(length));
    }

    /** Whether a string is refused; fails on any other exception than the one for damaged bytes. */
    private static boolean refused(UniversalBatchedEntropyModel model, byte[] string, int length) {
        try {
            assertThat(decode(model, string, length).shape()).isEqualTo(Shape.of(length, 4));
            return false;
        } catch (MalformedBitstreamException e) {
            assertThat(e.offset()).isBetween(0L, (long) string.length);
            assertThat(e).hasMessageEndingWith(": offset=" + e.offset());
            return true;
        }
    }

    @Test
    void truncatedStringsAreRefused() {
        UniversalBatchedEntropyModel model = builder(CoderFormat.RANS).build();
        for (int length : LENGTHS) {
            byte[] string = model.compress(tensor(length, length)).get(0);
            int refused = 0;
            for (int cut = 0; cut < string.length; cut++) {
                refused += refused(model, Arrays.copyOf(string, cut), length) ? 1 : 0;
            }
            // A string may happen to be one that an encoder writes for other data: a chance of about 2^-16.
            assertThat(refused).isGreaterThanOrEqualTo(string.length - string.length / 100 - 1);
        }
    }

    /** The range coder leaves trailing zeros out: no decoder, upstream's included, can tell a string that was cut. */
    @Test
    void truncatedStringsOfTheRangeCoderReadAsIfZerosFollowed() {
        UniversalBatchedEntropyModel model = builder(CoderFormat.TFC_RANGE).build();
        UniversalBatchedEntropyModel trusting =
                builder(CoderFormat.TFC_RANGE).decodeSanityCheck(false).build();
        for (int length : LENGTHS) {
            byte[] string = model.compress(tensor(length, length)).get(0);
            for (int cut = 0; cut < string.length; cut++) {
                byte[] zeros = Arrays.copyOf(Arrays.copyOf(string, cut), string.length + 8);
                byte[] truncated = Arrays.copyOf(string, cut);
                if (!refused(model, truncated, length)) {
                    assertThat(decode(model, truncated, length)).isEqualTo(decode(trusting, zeros, length));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void extendedStringsAreRefused(CoderFormat format) {
        UniversalBatchedEntropyModel model = builder(format).build();
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        for (int length : LENGTHS) {
            byte[] string = model.compress(tensor(length, length)).get(0);
            for (int more = 1; more <= 20; more++) {
                byte[] extended = Arrays.copyOf(string, string.length + more);
                for (int i = string.length; i < extended.length; i++) {
                    extended[i] = (byte) random.nextInt(1, 256);
                }
                refused += refused(model, extended, length) ? 1 : 0;
            }
        }
        assertThat(refused).isGreaterThanOrEqualTo(LENGTHS.length * 20 - 1);
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void flippedBitsEndInTheExceptionOrInOtherValues(CoderFormat format) {
        UniversalBatchedEntropyModel model = builder(format).build();
        UniversalBatchedEntropyModel trusting =
                builder(format).decodeSanityCheck(false).build();
        for (int length : LENGTHS) {
            Tensor tensor = tensor(length, length);
            byte[] string = model.compress(tensor).get(0);
            Tensor right = decode(model, string, length);
            int unnoticed = 0;
            int bits = 0;
            for (int bit = 0; bit < string.length * 8; bit += length > 64 ? 31 : 1, bits++) {
                byte[] flipped = string.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                refused(trusting, flipped, length);
                if (!refused(model, flipped, length)) {
                    unnoticed++;
                    assertThat(decode(model, flipped, length)).isNotEqualTo(right);
                }
            }
            // Nothing but the end of the string tells: the first values are wrong, but the end seldom fits by chance.
            assertThat(unnoticed).isLessThanOrEqualTo(bits / 8 + 8);
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void randomBytesNeverEndInAnotherException(CoderFormat format) {
        SplittableRandom random = new SplittableRandom(2);
        for (boolean check : new boolean[] {true, false}) {
            UniversalBatchedEntropyModel model =
                    builder(format).decodeSanityCheck(check).build();
            for (int i = 0; i < 2000; i++) {
                byte[] string = new byte[random.nextInt(60)];
                random.nextBytes(string);
                if (i % 3 == 0) {
                    Arrays.fill(string, (byte) random.nextInt(-1, 1));
                }
                refused(model, string, random.nextInt(200));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void anotherBroadcastShapeIsRefused(CoderFormat format) {
        UniversalBatchedEntropyModel model = builder(format).build();
        byte[] string = model.compress(tensor(40, 3)).get(0);
        for (int length : new int[] {0, 1, 39, 41, 100}) {
            boolean refused = refused(model, string, length);
            // To the range coder, more elements may be zeros that the string left out.
            assertThat(refused || format == CoderFormat.TFC_RANGE && length > 40)
                    .as("length=%s", length)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void aStringForAnEmptyUnitMustBeEmpty(CoderFormat format) {
        UniversalBatchedEntropyModel model = builder(format).build();
        assertThat(decode(model, new byte[0], 0).size()).isZero();
        assertThat(refused(model, new byte[] {5}, 0)).isTrue();
        assertThat(refused(model, new byte[] {5, 6, 7, 8, 9}, 0)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void withoutTheSanityCheckStringsThatAreNotUsedUpDecode(CoderFormat format) {
        UniversalBatchedEntropyModel strict = builder(format).build();
        UniversalBatchedEntropyModel trusting =
                builder(format).decodeSanityCheck(false).build();
        assertThat(strict.decodeSanityCheck()).isTrue();
        assertThat(trusting.decodeSanityCheck()).isFalse();
        // Without escapes, which lie at the end of a native string.
        Tensor tensor = tensor(60, 4);
        for (int i = 0; i < tensor.size(); i++) {
            tensor.floats()[i] = new float[] {0, 2, -1, 5}[i % 4] + (i % 3 - 1) * (i % 4);
        }
        byte[] string = strict.compress(tensor).get(0);
        assertThat(trusting.compress(tensor).get(0)).isEqualTo(string);
        assertThat(decode(trusting, string, 60)).isEqualTo(decode(strict, string, 60));
        float[] first = Arrays.copyOf(decode(strict, string, 60).floats(), 50 * 4);
        assertThat(refused(strict, string, 50)).isTrue();
        assertThat(decode(trusting, string, 50).floats()).isEqualTo(first);
        UnitDecoder decoder = trusting.newDecoder(Shape.of(50));
        float[] values = new float[50 * 4];
        assertThat(decoder.decode(string, 0, string.length, values, 0)).isBetween(1, string.length - 1);
        assertThat(values).isEqualTo(first);
    }

    /** What tests of strings compare them by. */
    @Test
    void stringsAreEqualByShapeLengthsAndBytes() {
        byte[] bytes = {1, 2, 3};
        BitStrings strings = BitStrings.of(Shape.of(2), bytes, new int[] {1, 2});
        assertThat(BitStrings.of(Shape.of(2), List.of(new byte[] {1}, new byte[] {2, 3})))
                .isEqualTo(strings)
                .hasSameHashCodeAs(strings);
        assertThat(List.of(
                        BitStrings.of(Shape.of(2), new byte[] {1, 2, 4}, new int[] {1, 2}),
                        BitStrings.of(Shape.of(2), bytes, new int[] {2, 1}),
                        BitStrings.of(Shape.of(2, 1), bytes, new int[] {1, 2}),
                        BitStrings.of(Shape.of(2), new byte[] {1, 2}, new int[] {1, 1})))
                .doesNotContain(strings);
    }

    @Test
    void theNumberOfStringsMustMatch() {
        UniversalBatchedEntropyModel model = builder(CoderFormat.RANS).build();
        byte[] string = model.compress(tensor(5, 5)).get(0);
        assertThatThrownBy(() -> BitStrings.of(Shape.of(2, 2), List.of(string, string, string)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("strings=3 shape=(2, 2)");
        assertThatThrownBy(() -> BitStrings.of(Shape.of(1), string, new int[] {string.length - 1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sum=" + (string.length - 1) + " bytes=" + string.length);
        assertThatThrownBy(() -> BitStrings.of(Shape.of(2), string, new int[] {-1, string.length + 1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("string=0 length=-1");
        assertThatThrownBy(() -> BitStrings.of(Shape.of(2), string, new int[] {Shape.MAX_ARRAY_LENGTH, 1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("string=1 length=1 end=2147483640");
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void everyDecodeEntryHasItsLimit(CoderFormat format) {
        byte[] string = builder(format).build().compress(tensor(10, 6)).get(0);
        BitStrings strings = BitStrings.of(Shape.of(2), List.of(string, string));
        UniversalBatchedEntropyModel atUnit =
                builder(format).limits(new DecodeLimits(40, 1000)).build();
        UniversalBatchedEntropyModel belowUnit =
                builder(format).limits(new DecodeLimits(39, 1000)).build();
        UniversalBatchedEntropyModel atCall =
                builder(format).limits(new DecodeLimits(40, 80)).build();
        UniversalBatchedEntropyModel belowCall =
                builder(format).limits(new DecodeLimits(40, 79)).build();
        long[] numbers = {0, 1};
        assertThat(atUnit.limits()).isEqualTo(new DecodeLimits(40, 1000));
        assertThatCode(() -> atUnit.decompress(strings, Shape.of(10))).doesNotThrowAnyException();
        assertThatCode(() -> atUnit.newDecoder(Shape.of(10))).doesNotThrowAnyException();
        assertThatCode(() -> atCall.decompress(strings, Shape.of(10), numbers)).doesNotThrowAnyException();
        Tensor room = Tensor.zeros(ElementType.FLOAT32, Shape.of(2, 10, 4));
        assertThatCode(() -> atCall.decompressTo(strings, room)).doesNotThrowAnyException();
        for (Runnable call : List.<Runnable>of(
                () -> belowUnit.decompress(strings, Shape.of(10)),
                () -> belowUnit.decompress(strings, Shape.of(10), numbers),
                () -> belowUnit.decompress(strings, Shape.of(10), Runnable::run, 2),
                () -> belowUnit.decompressTo(strings, room),
                () -> belowUnit.decompressTo(strings, room, Runnable::run, 2),
                () -> belowUnit.newDecoder(Shape.of(10)))) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("elements=40 maxUnitElements=39 shape=(10, 4)");
        }
        for (Runnable call : List.<Runnable>of(
                () -> belowCall.decompress(strings, Shape.of(10)),
                () -> belowCall.decompress(strings, Shape.of(10), numbers),
                () -> belowCall.decompress(strings, Shape.of(10), Runnable::run, 2),
                () -> belowCall.decompressTo(strings, room))) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("units=2 elements=40 maxCallElements=79");
        }
        // Encoding has no limit but that of the formats.
        assertThat(belowUnit.compress(tensor(10, 6)).get(0)).isEqualTo(string);
        assertThat(belowUnit.newEncoder(Shape.of(10)).elements()).isEqualTo(40);
    }

    @Test
    void enormousShapesAreRefusedBeforeAnythingIsAllocated() {
        UniversalBatchedEntropyModel model = builder(CoderFormat.RANS).build();
        BitStrings strings = BitStrings.of(Shape.of(1), List.of(new byte[0]));
        assertThatThrownBy(() -> model.decompress(strings, Shape.of((1 << 24) + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("elements=67108868 maxUnitElements=67108864");
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(Integer.MAX_VALUE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("elements=8589934588");
        UniversalBatchedEntropyModel deep = UniversalBatchedEntropyModel.builder(
                        NoisyNormal.of(CHANNELS, new double[4], new double[] {1, 1, 1, 1}))
                .codingRank(5)
                .compression(true)
                .build();
        int[] most = new int[4];
        Arrays.fill(most, Integer.MAX_VALUE);
        assertThatThrownBy(() -> deep.decompress(strings, Shape.of(most)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("63 bits");
        assertThatThrownBy(() -> model.newEncoder(Shape.of(1 << 27)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 2^28 elements: elements=536870912");
        UniversalBatchedEntropyModel unlimited = builder(CoderFormat.RANS)
                .limits(new DecodeLimits(1 << 28, Long.MAX_VALUE))
                .build();
        BitStrings many = BitStrings.of(Shape.of(64), new byte[0], new int[64]);
        assertThatThrownBy(() -> unlimited.decompress(many, Shape.of(1 << 26)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("units=64 elements=268435456 shape=(67108864, 4)");
    }

    @Test
    void limitsBeyondTheFormatAreRefused() {
        assertThatThrownBy(() -> new DecodeLimits(-1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxUnitElements=-1");
        assertThatThrownBy(() -> new DecodeLimits((1L << 28) + 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxUnitElements=268435457");
        assertThatThrownBy(() -> new DecodeLimits(0, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxCallElements=-1");
        assertThat(DecodeLimits.DEFAULT).isEqualTo(new DecodeLimits(1 << 26, 1 << 30));
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void unitEncodersRefuseRangesOutsideTheirArrays(CoderFormat format) {
        UnitEncoder encoder = builder(format).build().newEncoder(Shape.of(10));
        float[] values = new float[40];
        byte[] out = new byte[(int) encoder.maxBytes()];
        for (int outOffset : new int[] {-1, out.length + 1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> encoder.encode(values, 0, out, outOffset))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> encoder.encode(values, 1, out, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        MemorySegment in = MemorySegment.ofArray(values);
        MemorySegment to = MemorySegment.ofArray(out);
        for (long outOffset : new long[] {-1, out.length + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> encoder.encode(in, 0, to, outOffset))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> encoder.encode(in, 1, to, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(out).containsOnly(0);
        assertThatThrownBy(() -> encoder.encode(in, 0, to, out.length))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("available=0");
        assertThat(encoder.encode(in, 0, to, 0)).isPositive();
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void unitDecodersRefuseRangesOutsideTheirArrays(CoderFormat format) {
        UniversalBatchedEntropyModel model = builder(format).build();
        byte[] string = model.compress(tensor(10, 7)).get(0);
        UnitDecoder decoder = model.newDecoder(Shape.of(10));
        assertThatThrownBy(() -> decoder.decode(string, 0, string.length, new float[39], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> decoder.decode(string, 1, string.length, new float[40], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> decoder.decode(string, 0, -1, new float[40], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        MemorySegment in = MemorySegment.ofArray(string);
        assertThatThrownBy(() -> decoder.decode(in, 0, string.length, MemorySegment.ofArray(new float[39]), 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> decoder.decode(in, 0, string.length + 1, MemorySegment.ofArray(new float[40]), 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        float[] values = new float[40];
        assertThat(decoder.decode(string, 0, string.length, values, 0)).isEqualTo(string.length);
        assertThat(values).isEqualTo(decode(model, string, 10).floats());
    }
}
