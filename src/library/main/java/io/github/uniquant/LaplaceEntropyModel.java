package io.github.uniquant;

import io.github.uniquant.coder.runlength.IntegerCode;
import io.github.uniquant.coder.runlength.RunLengthFormat;
import java.util.Map;

/**
 * An entropy model for Laplace distributed values, most of them rounding to zero: runs of zeros, and magnitudes in a
 * Golomb-Rice code, whose length grows with the magnitude itself. The penalty is {@code l1 * |y|}, summed over a unit. The
 * arguments, methods and strings are those of TensorFlow Compression's class of this name.
 *
 * <p>A model is immutable and thread-safe.
 */
public final class LaplaceEntropyModel extends RunLengthEntropyModel {
    private static final double DEFAULT_L1 = 0.01;

    private final double l1;

    private LaplaceEntropyModel(Builder builder) {
        super(builder, new RunLengthFormat(builder.runLengthCode, builder.magnitudeCode, builder.runsOfNonZeros));
        this.l1 = builder.l1;
    }

    /** Starts a model; {@link Builder#codingRank} must be set. */
    public static Builder builder() {
        return new Builder();
    }

    /** The model of a configuration: what {@link #getConfig()} gave. */
    public static LaplaceEntropyModel fromConfig(Map<String, Object> config) {
        ModelConfig.Fields fields = new ModelConfig.Fields("model", config);
        return builder()
                .shared(fields)
                .l1(fields.number("l1"))
                .runLengthCode(new IntegerCode(fields.integer("run_length_code")))
                .magnitudeCode(new IntegerCode(fields.integer("magnitude_code")))
                .useRunLengthForNonZeros(fields.bool("use_run_length_for_non_zeros"))
                .build();
    }

    /** The weight of the penalty. */
    public double l1() {
        return l1;
    }

    @Override
    double penalty(double magnitude) {
        return l1 * magnitude;
    }

    @Override
    double slope(double magnitude) {
        return l1;
    }

    @Override
    void putArguments(Map<String, Object> config) {
        config.put("l1", l1);
        config.put("run_length_code", format().runLengthCode().parameter());
        config.put("magnitude_code", format().magnitudeCode().parameter());
        config.put("use_run_length_for_non_zeros", format().runsOfNonZeros());
    }

    /** The arguments of a Laplace model; one method for each of upstream's, with upstream's defaults. */
    public static final class Builder extends RunLengthEntropyModel.Builder<Builder> {
        private double l1 = DEFAULT_L1;
        private IntegerCode runLengthCode = IntegerCode.GAMMA;
        private IntegerCode magnitudeCode = IntegerCode.rice(0);
        private boolean runsOfNonZeros;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /** The weight of the penalty, larger than 0; 0.01 by default. */
        public Builder l1(double l1) {
            this.l1 = requirePositive("l1", l1);
            return this;
        }

        /** The code of the lengths of runs; gamma by default. */
        public Builder runLengthCode(IntegerCode runLengthCode) {
            this.runLengthCode = runLengthCode;
            return this;
        }

        /** The code of magnitudes; rice(0), which is unary, by default. */
        public Builder magnitudeCode(IntegerCode magnitudeCode) {
            this.magnitudeCode = magnitudeCode;
            return this;
        }

        /** Whether values that are not zero come in runs, too, each with its length in front; false by default. */
        public Builder useRunLengthForNonZeros(boolean useRunLengthForNonZeros) {
            this.runsOfNonZeros = useRunLengthForNonZeros;
            return this;
        }

        public LaplaceEntropyModel build() {
            return new LaplaceEntropyModel(this);
        }
    }
}
