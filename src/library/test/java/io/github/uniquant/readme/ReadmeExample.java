package io.github.uniquant.readme;

// The lines between the markers are the example of README.md.
// example
import io.github.uniquant.BitStrings;
import io.github.uniquant.Training;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.rate.RateEstimate;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;

class ReadmeExample {
    public static void main(String... args) {
        // Three channels, each a normal distribution of its own.
        Prior prior = NoisyNormal.of(Shape.of(3), new float[] {0, 0, 1}, new float[] {0.5f, 1, 4});
        UniversalBatchedEntropyModel model = UniversalBatchedEntropyModel.builder(prior)
                .codingRank(1) // the innermost dimension is one coding unit: one string each
                .compression(true)
                .build();

        Tensor tensor = Tensor.of(Shape.of(2, 3), 0.3f, -1.2f, 5.9f, -0.4f, 0.1f, -2.6f);
        BitStrings strings = model.compress(tensor);
        Tensor decoded = model.decompress(strings, Shape.scalar());
        RateEstimate estimate = model.call(tensor, Training.FALSE);

        System.out.println(strings);
        System.out.println(Arrays.toString(decoded.floats()));
        System.out.println("estimate: " + Math.round(estimate.totalBits()) + " bits");
    }
}
// example
