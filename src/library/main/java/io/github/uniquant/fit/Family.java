package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Tensor;

/** The families of priors that can be fitted. */
public enum Family {
    /** {@link NoisyNormal}. */
    NORMAL {
        @Override
        Prior prior(Tensor loc, Tensor scale) {
            return NoisyNormal.of(loc, scale);
        }

        @Override
        double score(double z) {
            return z;
        }
    },
    /** {@link NoisyLogistic}. */
    LOGISTIC {
        @Override
        Prior prior(Tensor loc, Tensor scale) {
            return NoisyLogistic.of(loc, scale);
        }

        @Override
        double score(double z) {
            return ExactMath.tanh(z / 2);
        }
    },
    /** {@link NoisyLaplace}. */
    LAPLACE {
        @Override
        Prior prior(Tensor loc, Tensor scale) {
            return NoisyLaplace.of(loc, scale);
        }

        @Override
        double score(double z) {
            return Math.signum(z);
        }
    },
    /**
     * The one of the others that takes the fewest bits in all: one family for the whole prior, so that its parameters stay
     * two tensors. Of equally good ones it is the first named here.
     */
    AUTO {
        @Override
        Prior prior(Tensor loc, Tensor scale) {
            throw new AssertionError("a choice has no prior of its own");
        }

        @Override
        double score(double z) {
            throw new AssertionError("a choice has no density of its own");
        }
    };

    /** The noisy prior of these parameters. */
    abstract Prior prior(Tensor loc, Tensor scale);

    /** The negative derivative of the standard log-density. */
    abstract double score(double z);
}
