package io.github.uniquant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansPlan;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Units that are coded together, side by side and by several threads, against units that are coded alone. */
class BatchTest {
    private static final int CHANNELS = 16;

    /** Rows of {@link #CHANNELS} elements in a unit, and the units that the native coder then encodes side by side. */
    enum UnitSize {
        ONE_LANE(9, 32),
        LANES_8(48, 32),
        LANES_16(200, 20),
        LANES_32(420, 2),
        LANES_64(900, 1),
        MORE_THAN_ROWS_ARE_KEPT_FOR(4100, 1);

        private final int rows;
        private final int groupSize;

        UnitSize(int rows, int groupSize) {
            this.rows = rows;
            this.groupSize = groupSize;
        }

        int elements() {
            return rows * CHANNELS;
        }
    }

    private static ExecutorService executor;

    @BeforeAll
    static void start() {
        executor = Executors.newFixedThreadPool(3);
    }

    @AfterAll
    static void stop() {
        executor.close();
    }

    private static double deviation(int channel) {
        return 0.4 + 0.5 * channel;
    }

    private static UniversalBatchedEntropyModel model(CoderFormat format, Dither dither) {
        return builder(NoisyNormal::of, format, dither).build();
    }

    private interface Family {
        Prior of(Shape shape, double[] loc, double[] scale);
    }

    private static UniversalBatchedEntropyModel.Builder builder(Family family, CoderFormat format, Dither dither) {
        double[] scale = new double[CHANNELS];
        Arrays.setAll(scale, BatchTest::deviation);
        return UniversalBatchedEntropyModel.builder(family.of(Shape.of(CHANNELS), new double[CHANNELS], scale))
                .codingRank(2)
                .compression(true)
                .coder(format)
                .dither(dither);
    }

    private static Tensor draw(int units, UnitSize size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[units * size.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation(i % CHANNELS));
            if (random.nextInt(200) == 0) {
                values[i] *= random.nextInt(1000);
            }
        }
        return Tensor.of(Shape.of(units, size.rows, CHANNELS), values);
    }

    private static List<byte[]> codedAlone(UniversalBatchedEntropyModel model, Tensor tensor, UnitSize size) {
        UnitEncoder encoder = model.newEncoder(Shape.of(size.rows));
        byte[] out = new byte[(int) encoder.maxBytes()];
        List<byte[]> strings = new ArrayList<>();
        for (int u = 0; u < tensor.shape().dim(0); u++) {
            int length = encoder.encode(u, tensor.floats(), u * size.elements(), out, 0, out.length);
            strings.add(Arrays.copyOf(out, length));
        }
        return strings;
    }

    private static void checkBatch(UniversalBatchedEntropyModel model, UnitSize size, int units) {
        checkBatch(model, size, draw(units, size, units));
    }

    private static void checkBatch(UniversalBatchedEntropyModel model, UnitSize size, Tensor tensor) {
        int units = tensor.shape().dim(0);
        BitStrings strings = model.compress(tensor);
        assertThat(strings).isEqualTo(BitStrings.of(Shape.of(units), codedAlone(model, tensor, size)));
        Tensor decoded = model.decompress(strings, Shape.of(size.rows));
        UnitDecoder decoder = model.newDecoder(Shape.of(size.rows));
        float[] alone = new float[tensor.size()];
        for (int u = 0; u < units; u++) {
            byte[] string = strings.get(u);
            decoder.decode(u, string, 0, string.length, alone, u * size.elements());
        }
        assertThat(decoded.floats()).isEqualTo(alone);
        Tensor given = Tensor.zeros(tensor.type(), tensor.shape());
        Arrays.fill(given.floats(), Float.NaN);
        model.decompressTo(strings, given);
        assertThat(given).isEqualTo(decoded);
        for (int i = 0; i < alone.length; i++) {
            float value = tensor.floats()[i];
            assertThat(Math.abs(alone[i] - value)).isLessThanOrEqualTo(0.5f + Math.ulp(Math.abs(value) + 1));
        }
    }

    @ParameterizedTest
    @EnumSource(UnitSize.class)
    void unitsOfEachSizeAreCodedInGroupsThatFillTheLanes(UnitSize size) {
        UniversalBatchedEntropyModel model = model(CoderFormat.RANS, Dither.tfc());
        DitherLayouts layouts = new DitherLayouts(
                Dither.tfc(), model.numNoiseLevels(), CHANNELS, ElementType.FLOAT32, model.ransTables(), null);
        UnitLayout layout =
                Objects.requireNonNull(layouts.source(size.elements()).shared());
        RansPlan plan = Objects.requireNonNull(layout.plan);
        assertThat(RansEncoder.groupSize(plan)).isEqualTo(size.groupSize);
        assertThat(RansDecoder.groupSize(plan)).isEqualTo(32);
    }

    private static Stream<Dither> dithers() {
        return Stream.of(Dither.tfc(), Dither.seed(11, 7));
    }

    private static Stream<Arguments> formatsAndDithers() {
        return Stream.of(CoderFormat.values()).flatMap(format -> dithers().map(dither -> Arguments.of(format, dither)));
    }

    @ParameterizedTest
    @MethodSource("formatsAndDithers")
    void bytesOfABatchEqualBytesOfItsUnits(CoderFormat format, Dither dither) {
        UniversalBatchedEntropyModel model = model(format, dither);
        for (UnitSize size : List.of(UnitSize.ONE_LANE, UnitSize.LANES_8)) {
            for (int units : new int[] {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 65}) {
                checkBatch(model, size, units);
            }
        }
        for (int units = 0; units <= 9; units++) {
            checkBatch(model, UnitSize.LANES_16, units);
        }
        for (UnitSize size : List.of(UnitSize.LANES_32, UnitSize.LANES_64)) {
            for (int units : new int[] {1, 2, 3, 4, 5, 33}) {
                checkBatch(model, size, units);
            }
        }
    }

    /** Tables that the kernels of tails cannot serve. */
    @ParameterizedTest
    @MethodSource("dithers")
    void bytesOfABatchEqualBytesOfItsUnitsAtTheHighestPrecision(Dither dither) {
        UniversalBatchedEntropyModel model = builder(NoisyNormal::of, CoderFormat.RANS, dither)
                .rangeCoderPrecision(16)
                .build();
        for (UnitSize size : UnitSize.values()) {
            checkBatch(model, size, 3);
        }
    }

    /**
     * Zeros cost a part of what their tables lead to expect: a tail of them holds too little to start the lanes, and such a
     * unit leaves the others of its group.
     */
    @ParameterizedTest
    @MethodSource("formatsAndDithers")
    void unitsThatCannotStartTheirLanesAreCodedAsTheyAreAlone(CoderFormat format, Dither dither) {
        UniversalBatchedEntropyModel model =
                builder(NoisyLaplace::of, format, dither).build();
        UnitSize size = UnitSize.LANES_16;
        for (int zeros : new int[] {0b00001, 0b00010, 0b10110, 0b01111, 0b11111}) {
            Tensor tensor = draw(5, size, zeros);
            for (int u = 0; u < 5; u++) {
                if ((zeros >>> u & 1) == 1) {
                    Arrays.fill(tensor.floats(), u * size.elements(), (u + 1) * size.elements(), 0);
                }
            }
            checkBatch(model, size, tensor);
        }
    }

    /** Of some units a state is all there is, beside others that have more. */
    @ParameterizedTest
    @MethodSource("formatsAndDithers")
    void unitsOfLikelyElementsAreCodedAsTheyAreAlone(CoderFormat format, Dither dither) {
        double[] narrow = new double[CHANNELS];
        Arrays.fill(narrow, 0.05);
        UniversalBatchedEntropyModel model = builder(
                        (shape, loc, scale) -> NoisyNormal.of(shape, loc, narrow), format, dither)
                .build();
        SplittableRandom random = new SplittableRandom(17);
        for (UnitSize size : UnitSize.values()) {
            Tensor tensor = Tensor.zeros(ElementType.FLOAT32, Shape.of(40, size.rows, CHANNELS));
            for (int u = 0; u < 40; u++) {
                for (int outliers = u % 5 * (u % 7); outliers > 0; outliers--) {
                    int at = u * size.elements() + random.nextInt(size.elements());
                    tensor.floats()[at] = (float) random.nextGaussian() * (outliers % 2 == 0 ? 0.3f : 30);
                }
            }
            checkBatch(model, size, tensor);
        }
    }

    /** Strings of any bytes whose header names 256 lanes, which this encoder does not start but the format allows. */
    @Test
    void stringsOfTheMostLanesAreDecodedAsTheyAreAlone() {
        UniversalBatchedEntropyModel model = builder(NoisyNormal::of, CoderFormat.RANS, Dither.tfc())
                .decodeSanityCheck(false)
                .build();
        UnitSize size = UnitSize.LANES_64;
        SplittableRandom random = new SplittableRandom(8);
        List<byte[]> strings = new ArrayList<>();
        for (int u = 0; u < 33; u++) {
            byte[] string = new byte[60_000];
            random.nextBytes(string);
            string[0] = 0b1111; // from the lowest bit on: lanes, 2^(1 + 7) of them, and a tail at the back ...
            string[1] &= ~1; // ... of 2^0 rows
            strings.add(string);
        }
        Tensor decoded = model.decompress(BitStrings.of(Shape.of(strings.size()), strings), Shape.of(size.rows));
        for (int u = 0; u < strings.size(); u++) {
            Tensor alone = model.decompress(BitStrings.of(Shape.of(1), List.of(strings.get(u))), Shape.of(size.rows));
            assertThat(Arrays.copyOfRange(decoded.floats(), u * size.elements(), (u + 1) * size.elements()))
                    .isEqualTo(alone.floats());
        }
    }

    @ParameterizedTest
    @MethodSource("formatsAndDithers")
    void threadsDoNotChangeBytesOrValues(CoderFormat format, Dither dither) {
        UniversalBatchedEntropyModel model = model(format, dither);
        for (UnitSize size : List.of(UnitSize.ONE_LANE, UnitSize.LANES_8, UnitSize.LANES_32)) {
            for (int units : new int[] {0, 1, 2, 7, 8, 9, 17, 23}) {
                Tensor tensor = draw(units, size, 100 + units);
                BitStrings strings = model.compress(tensor);
                Tensor decoded = model.decompress(strings, Shape.of(size.rows));
                for (int parallelism = 1; parallelism <= 5; parallelism++) {
                    assertThat(model.compress(tensor, executor, parallelism)).isEqualTo(strings);
                    assertThat(model.decompress(strings, Shape.of(size.rows), executor, parallelism))
                            .isEqualTo(decoded);
                }
            }
        }
    }

    @Test
    void unitsAreDecodedByTheirNumbers() {
        UniversalBatchedEntropyModel model = model(CoderFormat.RANS, Dither.seed(5, -3));
        UnitSize size = UnitSize.LANES_8;
        Tensor tensor = draw(20, size, 4);
        BitStrings strings = model.compress(tensor);
        Tensor all = model.decompress(strings, Shape.of(size.rows));
        long[] numbers = {19, 0, 7, 7};
        BitStrings some = BitStrings.of(
                Shape.of(4),
                Arrays.stream(numbers).mapToObj(u -> strings.get((int) u)).toList());
        float[] decoded = model.decompress(some, Shape.of(size.rows), numbers).floats();
        for (int i = 0; i < numbers.length; i++) {
            int from = (int) numbers[i] * size.elements();
            assertThat(Arrays.copyOfRange(decoded, i * size.elements(), (i + 1) * size.elements()))
                    .isEqualTo(Arrays.copyOfRange(all.floats(), from, from + size.elements()));
        }
    }

    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void threadsThatShareAModelDoNotDisturbEachOther(CoderFormat format) {
        UniversalBatchedEntropyModel model = model(format, Dither.tfc());
        List<Tensor> tensors = IntStream.range(0, 12)
                .mapToObj(i -> draw(1 + 5 * i, i % 2 == 0 ? UnitSize.ONE_LANE : UnitSize.LANES_8, i))
                .toList();
        List<BitStrings> expected = tensors.stream().map(model::compress).toList();
        List<CompletableFuture<Void>> running = IntStream.range(0, 48)
                .mapToObj(i -> CompletableFuture.runAsync(
                        () -> {
                            Tensor tensor = tensors.get(i % tensors.size());
                            BitStrings strings = model.compress(tensor);
                            assertThat(strings).isEqualTo(expected.get(i % tensors.size()));
                            Tensor decoded = Tensor.zeros(tensor.type(), tensor.shape());
                            model.decompressTo(strings, decoded);
                            assertThat(decoded)
                                    .isEqualTo(model.decompress(
                                            strings, Shape.of(tensor.shape().dim(1))));
                        },
                        executor))
                .toList();
        running.forEach(CompletableFuture::join);
    }

    @Test
    void theTensorToDecompressToMustFitTheStrings() {
        UniversalBatchedEntropyModel model = model(CoderFormat.RANS, Dither.tfc());
        BitStrings strings = model.compress(draw(3, UnitSize.ONE_LANE, 1));
        Tensor otherBatch = Tensor.zeros(ElementType.FLOAT32, Shape.of(4, UnitSize.ONE_LANE.rows, CHANNELS));
        assertThatThrownBy(() -> model.decompressTo(strings, otherBatch))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the tensor must have the strings' shape")
                .hasMessageContaining("strings=(3,)");
        Tensor otherPrior = Tensor.zeros(ElementType.FLOAT32, Shape.of(3, UnitSize.ONE_LANE.rows, CHANNELS - 1));
        assertThatThrownBy(() -> model.decompressTo(strings, otherPrior))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the tensor must end in the prior's shape");
        Tensor otherType = Tensor.zeros(ElementType.FLOAT64, Shape.of(3, UnitSize.ONE_LANE.rows, CHANNELS));
        assertThatThrownBy(() -> model.decompressTo(strings, otherType))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bottleneckType=float32");
    }

    // ---- failures

    private static Stream<Arguments> formatsAndSizes() {
        return Stream.of(CoderFormat.values())
                .flatMap(format -> Stream.of(UnitSize.ONE_LANE, UnitSize.LANES_8, UnitSize.LANES_16)
                        .map(size -> Arguments.of(format, size)));
    }

    @ParameterizedTest
    @MethodSource("formatsAndSizes")
    void aRefusedValueIsNamedByUnitAndElement(CoderFormat format, UnitSize size) {
        UniversalBatchedEntropyModel model = model(format, Dither.tfc());
        int units = 19;
        Tensor tensor = draw(units, size, 1);
        BitStrings strings = model.compress(tensor);
        for (int unit : new int[] {0, 1, 7, 8, 18}) {
            float[] values = tensor.floats().clone();
            int element = (unit * 37 + 5) % size.elements();
            values[unit * size.elements() + element] = Float.NaN;
            values[values.length - 1] = Float.POSITIVE_INFINITY; // and a later one, which is not the one to name
            Tensor damaged = Tensor.of(tensor.shape(), values);
            String expected =
                    "every value must be finite and round to an int32: element=" + element + " value=NaN unit=" + unit;
            for (Supplier<BitStrings> attempt : List.<Supplier<BitStrings>>of(
                    () -> model.compress(damaged),
                    () -> model.compress(damaged, executor, 2),
                    () -> model.compress(damaged, executor, 5))) {
                assertThatThrownBy(attempt::get)
                        .isExactlyInstanceOf(IllegalArgumentException.class)
                        .hasMessage(expected);
            }
        }
        assertThat(model.compress(tensor)).isEqualTo(strings);
    }

    @ParameterizedTest
    @MethodSource("formatsAndSizes")
    void aDamagedStringIsNamedByItsIndex(CoderFormat format, UnitSize size) {
        UniversalBatchedEntropyModel model = model(format, Dither.tfc());
        int units = 19;
        Tensor tensor = draw(units, size, 2);
        BitStrings strings = model.compress(tensor);
        Tensor decoded = model.decompress(strings, Shape.of(size.rows));
        UnitDecoder decoder = model.newDecoder(Shape.of(size.rows));
        float[] scratch = new float[size.elements()];
        for (int damaged : new int[] {0, 1, 7, 8, 18}) {
            byte[] string = damaged(strings.get(damaged));
            MalformedBitstreamException alone = malformed(() -> decoder.decode(string, 0, string.length, scratch, 0));
            List<byte[]> batch = new ArrayList<>(
                    IntStream.range(0, units).mapToObj(strings::get).toList());
            batch.set(18, damaged(strings.get(18))); // a later one, which is not the one to name
            batch.set(damaged, string);
            BitStrings damagedBatch = BitStrings.of(Shape.of(units), batch);
            for (int parallelism : new int[] {1, 2, 5}) {
                MalformedBitstreamException e =
                        malformed(() -> model.decompress(damagedBatch, Shape.of(size.rows), executor, parallelism));
                assertThat(e.offset()).isEqualTo(alone.offset());
                assertThat(e)
                        .hasMessage(Objects.requireNonNull(alone.getMessage())
                                .replace(": offset=", ": string=" + damaged + " offset="))
                        .hasMessageContaining(": string=" + damaged + " offset=");
            }
        }
        assertThat(model.decompress(strings, Shape.of(size.rows))).isEqualTo(decoded);
    }

    @ParameterizedTest
    @MethodSource("formatsAndSizes")
    void aUnitAloneNeedsNoName(CoderFormat format, UnitSize size) {
        UniversalBatchedEntropyModel model = model(format, Dither.tfc());
        Tensor tensor = draw(1, size, 3);
        byte[] string = damaged(model.compress(tensor).get(0));
        BitStrings strings = BitStrings.of(Shape.of(1), List.of(string));
        MalformedBitstreamException e = malformed(() -> model.decompress(strings, Shape.of(size.rows)));
        assertThat(e).hasMessageEndingWith(": offset=" + e.offset());
        float[] values = tensor.floats().clone();
        values[5] = Float.NaN;
        assertThatThrownBy(() -> model.compress(Tensor.of(tensor.shape(), values)))
                .hasMessage("every value must be finite and round to an int32: element=5 value=NaN");
    }

    @Test
    void anExecutorThatIsFullFailsTheCallAfterItsOtherTasks() {
        UniversalBatchedEntropyModel model = model(CoderFormat.RANS, Dither.tfc());
        UnitSize size = UnitSize.LANES_8;
        Tensor tensor = draw(6, size, 5);
        BitStrings strings = model.compress(tensor);
        AtomicInteger asked = new AtomicInteger();
        Executor full = task -> {
            if (asked.getAndIncrement() == 2) {
                throw new RejectedExecutionException("full");
            }
            Executor later = CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS, executor);
            later.execute(task);
        };
        assertThatThrownBy(() -> model.decompress(strings, Shape.of(size.rows), full, 4))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("full");
        assertThat(asked).as("tasks but the calling thread's own").hasValue(3);
        assertThat(model.compress(tensor, full, 3)).isEqualTo(strings);
    }

    /** Layouts, too, wait for the next call, where every unit has one of its own: else they are most of what a call allocates. */
    @ParameterizedTest
    @EnumSource(CoderFormat.class)
    void warmCallsAllocateLittleButTheirResults(CoderFormat format) {
        UnitSize size = UnitSize.LANES_16;
        int calls = 20;
        for (Dither dither : new Dither[] {Dither.tfc(), Dither.seed(4, 0)}) {
            UniversalBatchedEntropyModel model = model(format, dither);
            Tensor tensor = draw(3, size, 6);
            BitStrings strings = model.compress(tensor);
            Tensor decoded = model.decompress(strings, Shape.of(size.rows));
            long little = 4000; // bytes, of a layout's 8 for each of 3200 elements
            long compressing = calls * (strings.totalBytes() + little);
            assertThat(Allocations.ofWarmCalls(calls, 500, compressing, i -> model.compress(tensor)))
                    .isLessThan(compressing);
            assertThat(Allocations.ofWarmCalls(calls, 500, calls * little, i -> model.decompressTo(strings, decoded)))
                    .isLessThan(calls * little);
            assertThat(model.compress(tensor)).isEqualTo(strings);
            assertThat(model.decompress(strings, Shape.of(size.rows))).isEqualTo(decoded);
        }
    }

    /** A string with more words than any symbols can use up; those in front read as before. */
    private static byte[] damaged(byte[] string) {
        byte[] extended = Arrays.copyOf(string, string.length + 40);
        Arrays.fill(extended, string.length, extended.length, (byte) 0x5a);
        return extended;
    }

    private static MalformedBitstreamException malformed(Runnable decoding) {
        try {
            decoding.run();
        } catch (MalformedBitstreamException e) {
            return e;
        }
        throw new AssertionError("the string must be found to be malformed");
    }
}
