package io.github.uniquant.fit;

import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.NoisyLaplace;
import io.github.uniquant.prior.NoisyLogistic;
import io.github.uniquant.prior.NoisyLogisticMixture;
import io.github.uniquant.prior.NoisyNormal;
import io.github.uniquant.prior.NoisyNormalMixture;
import java.util.List;

/** The families of priors that can be fitted. */
public enum Family {
    /** {@link NoisyNormal}. */
    NORMAL,
    /** {@link NoisyLogistic}. */
    LOGISTIC,
    /** {@link NoisyLaplace}. */
    LAPLACE,
    /** {@link NoisyNormalMixture}. */
    NORMAL_MIXTURE,
    /** {@link NoisyLogisticMixture}. */
    LOGISTIC_MIXTURE,
    /** {@link NoisyDeepFactorized}. */
    DEEP_FACTORIZED,
    /** The one of normal, logistic and Laplace that takes the fewest bits for values it was not fitted to. */
    AUTO;

    private static final List<Family> AUTO_CANDIDATES = List.of(NORMAL, LOGISTIC, LAPLACE);

    /** Those to choose from: this one alone, but for {@link #AUTO}. */
    List<Family> candidates() {
        return this == AUTO ? AUTO_CANDIDATES : List.of(this);
    }
}
