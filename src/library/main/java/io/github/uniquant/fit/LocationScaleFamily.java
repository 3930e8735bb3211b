package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;

/** The families that Newton's method fits. */
enum LocationScaleFamily {
    NORMAL {
        @Override
        Prior prior(double loc, double scale) {
            return NoisyNormal.of(Shape.scalar(), new double[] {loc}, new double[] {scale});
        }

        @Override
        double score(double z) {
            return z;
        }
    },
    LOGISTIC {
        @Override
        Prior prior(double loc, double scale) {
            return NoisyLogistic.of(Shape.scalar(), new double[] {loc}, new double[] {scale});
        }

        @Override
        double score(double z) {
            return ExactMath.tanh(z / 2);
        }
    },
    LAPLACE {
        @Override
        Prior prior(double loc, double scale) {
            return NoisyLaplace.of(Shape.scalar(), new double[] {loc}, new double[] {scale});
        }

        @Override
        double score(double z) {
            return Math.signum(z);
        }
    };

    /** The noisy prior of one element. */
    abstract Prior prior(double loc, double scale);

    /** The negative derivative of the standard log-density. */
    abstract double score(double z);
}
