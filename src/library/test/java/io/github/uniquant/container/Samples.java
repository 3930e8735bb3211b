package io.github.uniquant.container;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.dither.Dither;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Models, tensors and edited files of the tests of this package. */
final class Samples {
    private Samples() {}

    static UniversalBatchedEntropyModel.Builder builder(Shape priorShape, int codingRank) {
        double[] loc = new double[(int) priorShape.elements()];
        double[] scale = new double[loc.length];
        Arrays.setAll(loc, i -> 0.25 * (i % 7) - 0.5);
        Arrays.setAll(scale, i -> 0.5 + i % 5);
        return UniversalBatchedEntropyModel.builder(NoisyNormal.of(priorShape, loc, scale))
                .codingRank(codingRank)
                .compression(true)
                .coder(CoderFormat.TFC_RANGE);
    }

    /** A model of 3 channels in units of rank 2, with few levels so that files of it are small. */
    static UniversalBatchedEntropyModel.Builder small() {
        return builder(Shape.of(3), 2).numNoiseLevels(2).rangeCoderPrecision(8);
    }

    static UniversalBatchedEntropyModel small(CoderFormat coder, ElementType type, Dither dither) {
        return small().coder(coder).bottleneckType(type).dither(dither).build();
    }

    /** Draws from the model's prior, times the step, with an outlier in every fortieth place. */
    static Tensor draw(UniversalBatchedEntropyModel model, Shape shape, double step, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Prior prior = model.prior();
        double[] values = new double[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = step * prior.base().sample(i % prior.size(), random);
            if (random.nextInt(40) == 0) {
                values[i] += step * random.nextInt(-60, 61);
            }
        }
        return Tensor.of(shape, values).to(model.bottleneckType());
    }

    /** The header of a file. */
    static byte[] header(byte[] file) {
        int length = new BlockReader(Arrays.copyOfRange(file, 12, 16), 0).i32();
        return Arrays.copyOfRange(file, Frame.PREFIX, Frame.PREFIX + length);
    }

    /** A model file with another header, and the checksum that goes with it. */
    static byte[] modelWithHeader(byte[] header) {
        return Frame.of(Frame.Kind.MODEL, header);
    }

    /** A tensor file with another header, and the checksums that go with it. */
    static byte[] tensorWithHeader(byte[] file, byte[] header) {
        int indexLength = (int) new BlockReader(Arrays.copyOfRange(file, file.length - 16, file.length), 0).i64();
        int bodyStart = Frame.OVERHEAD + header(file).length;
        int indexStart = file.length - 16 - indexLength;
        byte[] frame = Frame.of(Frame.Kind.TENSOR, header);
        byte[] index = Arrays.copyOfRange(file, indexStart, indexStart + indexLength);
        BlockWriter out = new BlockWriter();
        out.bytes(frame, 0, frame.length);
        out.bytes(file, bodyStart, indexStart - bodyStart);
        byte[] tail = TensorFile.indexAndTrailer(index, Frame.checksum(frame));
        out.bytes(tail, 0, tail.length);
        return out.toBytes();
    }

    /** Bytes with one text replaced by another of the same length. */
    static byte[] replaced(byte[] bytes, String from, String to) {
        byte[] a = from.getBytes(StandardCharsets.UTF_8);
        byte[] b = to.getBytes(StandardCharsets.UTF_8);
        byte[] copy = bytes.clone();
        for (int i = 0; i + a.length <= copy.length; i++) {
            if (Arrays.equals(copy, i, i + a.length, a, 0, a.length)) {
                System.arraycopy(b, 0, copy, i, b.length);
                return copy;
            }
        }
        throw new AssertionError(from);
    }
}
