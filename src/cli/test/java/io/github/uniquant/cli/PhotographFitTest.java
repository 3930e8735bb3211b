package io.github.uniquant.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.Training;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.fit.Family;
import io.github.uniquant.fit.FittedPrior;
import io.github.uniquant.fit.Objective;
import io.github.uniquant.fit.PriorFitter;
import io.github.uniquant.fit.Samples;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Priors fitted to a photograph's DCT coefficients, beside what TensorFlow Compression 2.14.1 trains with Adam on them. */
class PhotographFitTest {
    private static final float STEP = 16;

    private static Tensor latents() {
        Tensor coefficients = Photograph.ascent().toCoefficients();
        float[] values = coefficients.floats();
        for (int i = 0; i < values.length; i++) {
            values[i] /= STEP;
        }
        return Tensor.of(coefficients.shape(), values);
    }

    private static UniversalBatchedEntropyModel model(FittedPrior fitted) {
        return UniversalBatchedEntropyModel.builder(fitted.prior())
                .codingRank(3)
                .compression(true)
                .build();
    }

    /** The bits of {@code call(training = false)} and the string's bytes, upstream's beside ours. */
    @ParameterizedTest
    @CsvSource({
        "NORMAL, 490918, 58214",
        "LOGISTIC, 429715, 52679",
        "LAPLACE, 401635, 49727",
        "DEEP_FACTORIZED, 371937, 46464",
        "LOGISTIC_MIXTURE, 371937, 46464" // not trained upstream: beside the best that was
    })
    void fitsTakeNoMoreBitsThanUpstreamsTraining(Family family, double upstreamBits, int upstreamBytes) {
        Tensor latents = latents();
        FittedPrior fitted = PriorFitter.of(family)
                .objective(Objective.LIKELIHOOD)
                .fit(Samples.of(latents, Shape.of(BlockDct.AREA)));
        UniversalBatchedEntropyModel model = model(fitted);
        double bits = Arrays.stream(model.call(latents, Training.FALSE).bits().doubles())
                .sum();
        assertThat(bits).isLessThan(upstreamBits * 1.0002).isBetween(fitted.bits() * 0.97, fitted.bits() * 1.03);
        assertThat(model.compress(latents).totalBytes()).isLessThan((int) (upstreamBytes * 1.0015));
    }

    /** Where the length of the code is the objective, the string is shorter though the likelihood is worse. */
    @ParameterizedTest
    @CsvSource({"NORMAL, 58214, 0.95", "LOGISTIC, 52679, 0.995", "LAPLACE, 49727, 0.998"})
    void stringsAreShorterThanUpstreams(Family family, int upstreamBytes, double share) {
        Tensor latents = latents();
        FittedPrior fitted = PriorFitter.of(family).fit(Samples.of(latents, Shape.of(BlockDct.AREA)));
        assertThat(model(fitted).compress(latents).totalBytes()).isLessThan((int) (upstreamBytes * share));
    }
}
