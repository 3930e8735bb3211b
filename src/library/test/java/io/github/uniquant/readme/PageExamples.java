package io.github.uniquant.readme;

import io.github.uniquant.BitStrings;
import io.github.uniquant.LocationScaleIndexedEntropyModel;
import io.github.uniquant.Training;
import io.github.uniquant.UnitDecoder;
import io.github.uniquant.UnitEncoder;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.TensorWriter;
import io.github.uniquant.fit.Family;
import io.github.uniquant.fit.FittedPrior;
import io.github.uniquant.fit.PriorFitter;
import io.github.uniquant.fit.Samples;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateGradients;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;

/** The examples of the pages: the lines between markers are those of the block that is named so. */
final class PageExamples {
    private PageExamples() {}

    static void unit(UniversalBatchedEntropyModel model, float[] values, float[] decoded) {
        // unit
        UnitEncoder encoder = model.newEncoder(Shape.of(12)); // units of shape (12, 64), for a prior of shape (64)
        UnitDecoder decoder = model.newDecoder(Shape.of(12));
        byte[] string = new byte[Math.toIntExact(encoder.maxBytes())];
        int length = encoder.encode(values, 0, string, 0);
        decoder.decode(string, 0, length, decoded, 0);
        // unit
    }

    static void fit(Tensor tensor, Path path) throws IOException {
        // fit
        Samples samples = Samples.of(tensor, Shape.of(64)); // a prior for each of the 64 channels
        FittedPrior fitted = PriorFitter.of(Family.AUTO).fit(samples, 0.1); // of tensor / 0.1
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(fitted.prior())
                .codingRank(2)
                .compression(true)
                .build();
        TensorWriter.of(model).step(fitted.step()).write(tensor, path);
        // fit
    }

    // training
    /** A step of gradient descent on the mean bits of an element. Scales move by their logarithms, so they stay positive. */
    static Prior descend(Prior normal, Tensor batch, double rate) {
        UniversalBatchedEntropyModel model =
                UniversalBatchedEntropyModel.builder(normal).codingRank(1).build();
        RateGradients bits = model.call(batch, Training.TRUE).backward();
        double[] byLoc = bits.parameters().get(0).toDoubles();
        double[] byScale = bits.parameters().get(1).toDoubles();
        double step = rate / batch.size();
        float[] loc = normal.parameters().get(0).value().floats().clone();
        float[] scale = normal.parameters().get(1).value().floats().clone();
        for (int i = 0; i < loc.length; i++) {
            loc[i] -= (float) (step * byLoc[i]);
            scale[i] *= (float) Math.exp(-step * scale[i] * byScale[i]);
        }
        return NoisyNormal.of(normal.shape(), loc, scale);
    }
    // training

    static Tensor locationScale(Tensor y, Tensor indexes, Tensor loc) {
        // location-scale
        var model = LocationScaleIndexedEntropyModel.builder(
                        NoisyNormal.of(Shape.of(3), new float[3], new float[] {0.1f, 1, 10}))
                .codingRank(1)
                .compression(true)
                .build();
        BitStrings strings = model.compress(y, indexes, loc);
        Tensor decoded = model.decompress(strings, indexes, loc);
        // location-scale
        return decoded;
    }

    /** Writes the indexes and locations of a slice, as the values of those before give them. */
    interface Context {
        void predict(float[] values, int slice, int[] indexes, float[] loc);
    }

    static float[] slices(LocationScaleIndexedEntropyModel model, BitStrings strings, int elements, Context context) {
        // slices
        int[] indexes = new int[elements]; // of a slice, written for each anew
        float[] loc = new float[elements];
        UnitDecoder decoder =
                model.newDecoder(Tensor.of(Shape.of(elements), indexes), Tensor.of(Shape.of(elements), loc));
        float[] values = new float[strings.count() * elements];
        for (int slice = 0; slice < strings.count(); slice++) {
            context.predict(values, slice, indexes, loc); // from the slices before
            byte[] string = strings.get(slice);
            decoder.decode(string, 0, string.length, values, slice * elements);
        }
        // slices
        return values;
    }
}
