package io.github.uniquant;

import io.github.uniquant.coder.runlength.RunLengthFormat;
import io.github.uniquant.internal.kernel.ExactMath;
import java.util.Map;

/**
 * An entropy model for values whose magnitudes follow a power law, most of them rounding to zero: runs of zeros, and
 * magnitudes in the Elias gamma code, whose length grows with the logarithm. The penalty is {@code log((|y| + alpha) /
 * alpha)}, in nats, summed over a unit. The arguments, methods and strings are those of TensorFlow Compression's class of
 * this name.
 *
 * <pre>{@code
 * PowerLawEntropyModel model = PowerLawEntropyModel.builder().codingRank(1).build();
 * BitStrings strings = model.compress(tensor);
 * Tensor decoded = model.decompress(strings, Shape.of(200));
 * }</pre>
 *
 * <p>A model is immutable and thread-safe.
 */
public final class PowerLawEntropyModel extends RunLengthEntropyModel {
    private static final double DEFAULT_ALPHA = 0.01;

    private final double alpha;

    private PowerLawEntropyModel(Builder builder) {
        super(builder, RunLengthFormat.GAMMA);
        this.alpha = builder.alpha;
    }

    /** Starts a model; {@link Builder#codingRank} must be set. */
    public static Builder builder() {
        return new Builder();
    }

    /** The model of a configuration: what {@link #getConfig()} gave. */
    public static PowerLawEntropyModel fromConfig(Map<String, Object> config) {
        ModelConfig.Fields fields = new ModelConfig.Fields("model", config);
        return builder().shared(fields).alpha(fields.number("alpha")).build();
    }

    /** What keeps the penalty finite at zero. */
    public double alpha() {
        return alpha;
    }

    @Override
    double penalty(double magnitude) {
        double ratio = (magnitude + alpha) / alpha;
        return ratio <= Double.MAX_VALUE ? ExactMath.log(ratio) : ExactMath.log(magnitude) - ExactMath.log(alpha);
    }

    @Override
    double slope(double magnitude) {
        return 1 / (magnitude + alpha);
    }

    @Override
    void putArguments(Map<String, Object> config) {
        config.put("alpha", alpha);
    }

    /** The arguments of a power-law model. */
    public static final class Builder extends RunLengthEntropyModel.Builder<Builder> {
        private double alpha = DEFAULT_ALPHA;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /** What keeps the penalty finite at zero, larger than 0; 0.01 by default. */
        public Builder alpha(double alpha) {
            this.alpha = requirePositive("alpha", alpha);
            return this;
        }

        public PowerLawEntropyModel build() {
            return new PowerLawEntropyModel(this);
        }
    }
}
