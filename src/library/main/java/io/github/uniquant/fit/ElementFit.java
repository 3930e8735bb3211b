package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.Prior;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Fits families to the values of one prior element. */
final class ElementFit {
    /** Location and scale of the prior of no values. */
    private static final double NO_LOC = 0;

    private static final double NO_SCALE = 1;

    /** What several steps of a search must gain, in nats a value; and in all, where few nats mean nothing. */
    private static final double LEAST_GAIN = 1e-7;

    private static final double LEAST_GAIN_IN_ALL = 0.02;

    /** Of searches for a deep factorized density: one of several may end in a dip that costs a tenth of a per cent. */
    private static final int STARTS = 2;

    /** The scales of a mixture's first components are so many times apart. */
    private static final double SCALE_RATIO = 4;

    /** But the widest is at most so many of these ratios above the narrowest: 2^8 times one component's scale. */
    private static final int MAX_RATIOS = 8;

    private final Histogram.View values;
    private final FitSettings settings;
    private final double leastScale;
    private final long seed;
    private @Nullable CodeLength fine; // once it is asked for
    private @Nullable Quadrature coarse; // for searches

    /**
     * @param values divided by the step
     * @param leastScale the least scale to give: that of constant values
     * @param seed of this element
     */
    ElementFit(Histogram.View values, FitSettings settings, double leastScale, long seed) {
        this.values = values;
        this.settings = settings;
        this.leastScale = leastScale;
        this.seed = seed;
    }

    /** The prior of a family with the least code length for the values, and that length. */
    GradientFit.Fitted fit(Family family) {
        int n = values.values().length;
        if (n == 0) {
            return new GradientFit.Fitted(simplest(family, NO_LOC, NO_SCALE), 0);
        }
        if (n == 1) {
            Prior prior = simplest(family, values.values()[0], leastScale);
            return new GradientFit.Fitted(prior, nats(prior));
        }
        return switch (family) {
            case NORMAL -> newton(LocationScaleFamily.NORMAL);
            case LOGISTIC -> newton(LocationScaleFamily.LOGISTIC);
            case LAPLACE -> newton(LocationScaleFamily.LAPLACE);
            case NORMAL_MIXTURE -> mixture(LocationScaleFamily.NORMAL);
            case LOGISTIC_MIXTURE -> mixture(LocationScaleFamily.LOGISTIC);
            case DEEP_FACTORIZED -> deepFactorized();
            case AUTO -> throw new AssertionError("a choice has no prior of its own");
        };
    }

    /** The code length of the values under a prior, in nats. */
    double nats(Prior prior) {
        if (values.values().length == 0) {
            return 0;
        }
        return fine().nats(prior);
    }

    /** The member of a family that is the plainest of this location and scale. */
    private Prior simplest(Family family, double loc, double scale) {
        return switch (family) {
            case NORMAL -> LocationScaleFamily.NORMAL.prior(loc, scale);
            case LOGISTIC -> LocationScaleFamily.LOGISTIC.prior(loc, scale);
            case LAPLACE -> LocationScaleFamily.LAPLACE.prior(loc, scale);
            case NORMAL_MIXTURE -> equalComponents(LocationScaleFamily.NORMAL, loc, scale);
            case LOGISTIC_MIXTURE -> equalComponents(LocationScaleFamily.LOGISTIC, loc, scale);
            case DEEP_FACTORIZED ->
                network(loc, scale, new SplittableRandom(seed)).logistic();
            case AUTO -> throw new AssertionError("a choice has no prior of its own");
        };
    }

    private CodeLength fine() {
        if (fine == null) {
            fine = new CodeLength(Quadrature.of(values, Quadrature.FINE, leastScale), settings.objective());
        }
        return fine;
    }

    private Quadrature coarse() {
        if (coarse == null) {
            coarse = Quadrature.of(values, Quadrature.COARSE, leastScale);
        }
        return coarse;
    }

    private double leastGain() {
        return Math.max(LEAST_GAIN_IN_ALL, LEAST_GAIN * values.total());
    }

    private GradientFit.Fitted newton(LocationScaleFamily family) {
        return best(places(family, fine().data()).stream().flatMap(place -> rescaled(family, place)));
    }

    /** The prior of a place and, where its table would be wide, some a little wider and narrower. */
    private Stream<Prior> rescaled(LocationScaleFamily family, NewtonPoint place) {
        if (settings.objective() == Objective.LIKELIHOOD) {
            return Stream.of(place.prior);
        }
        Stream<Prior> others = Arrays.stream(CodeLength.rescalings(place.prior))
                .map(factor -> Math.max(factor * place.scale, leastScale))
                .mapToObj(scale -> family.prior(place.loc, scale));
        return Stream.concat(Stream.of(place.prior), others);
    }

    private List<NewtonPoint> places(LocationScaleFamily family, Quadrature data) {
        return NewtonFit.of(family, values, data, settings.objective(), leastScale);
    }

    /** The prior that takes the fewest bits, of equals the first. */
    private GradientFit.Fitted best(Stream<Prior> priors) {
        return priors.map(prior -> new GradientFit.Fitted(prior, nats(prior)))
                .reduce(GradientFit.Fitted::orShorter)
                .orElseThrow();
    }

    /** The code length for searches from about a place. */
    private SmoothLength about(NewtonPoint place) {
        return new SmoothLength(coarse(), settings.objective(), place.loc, place.scale);
    }

    private DeepFactorizedParameterization network(double loc, double scale, RandomGenerator random) {
        return new DeepFactorizedParameterization(settings.numFilters(), loc, scale, random);
    }

    /** The best of a few searches, all from about logistic densities that fit. */
    private GradientFit.Fitted deepFactorized() {
        SplittableRandom random = new SplittableRandom(seed);
        List<Prior> ends = new ArrayList<>();
        for (NewtonPoint logistic : places(LocationScaleFamily.LOGISTIC, coarse())) {
            for (int start = 0; start < STARTS; start++) {
                DeepFactorizedParameterization network = network(logistic.loc, logistic.scale, random);
                ends.add(GradientFit.settled(network.startPoint(), network, about(logistic), leastGain()));
            }
        }
        return best(ends.stream());
    }

    private Prior equalComponents(LocationScaleFamily family, double loc, double scale) {
        MixtureParameterization mixtures = new MixtureParameterization(family, filled(loc), filled(scale), filled(0));
        return mixtures.prior(mixtures.startPoint());
    }

    private double[] filled(double value) {
        double[] filled = new double[settings.components()];
        Arrays.fill(filled, value);
        return filled;
    }

    /**
     * The best of a few searches: from each place where a single component fits, one starts with components of the same
     * location, at a ratio of scales; the last starts with one component for each of as many equal parts of the sorted
     * values.
     */
    private GradientFit.Fitted mixture(LocationScaleFamily family) {
        int n = settings.components();
        double[] loc = filled(0);
        double[] scale = new double[n];
        List<Prior> ends = new ArrayList<>();
        List<NewtonPoint> places = places(family, coarse());
        for (NewtonPoint single : places) {
            Arrays.fill(loc, single.loc);
            double each = n - 1 <= MAX_RATIOS ? 1 : (double) MAX_RATIOS / (n - 1);
            for (int c = 0; c < n; c++) {
                double power = each * (c - (n - 1) / 2.0);
                scale[c] = single.scale * ExactMath.exp(power * ExactMath.log(SCALE_RATIO));
            }
            ends.add(mixture(family, about(single), loc, scale));
        }
        if (n > 1) {
            parts(loc, scale);
            ends.add(mixture(family, about(places.getFirst()), loc, scale));
        }
        return best(ends.stream());
    }

    private Prior mixture(LocationScaleFamily family, SmoothLength length, double[] loc, double[] scale) {
        double[] least = new double[loc.length];
        for (int c = 0; c < loc.length; c++) {
            least[c] = Math.max(leastScale, length.data().extent(loc[c]) / 2);
        }
        MixtureParameterization mixtures = new MixtureParameterization(family, loc, scale, least);
        return mixtures.sorted(GradientFit.settled(mixtures.startPoint(), mixtures, length, leastGain()));
    }

    /** Means and deviations of as many equal parts of the sorted values; a part that no value's middle is in stays. */
    private void parts(double[] loc, double[] scale) {
        int n = loc.length;
        double[] count = new double[n];
        double[] sum = new double[n];
        double[] squares = new double[n];
        double median = values.quartile(2);
        double before = 0;
        for (int i = 0; i < values.values().length; i++) {
            double weight = values.counts()[i];
            int part = (int) ((before + weight / 2) * n / values.total());
            double d = values.values()[i] - median;
            count[part] += weight;
            sum[part] += weight * d;
            squares[part] += weight * (d * d);
            before += weight;
        }
        for (int c = 0; c < n; c++) {
            if (count[c] > 0) {
                double mean = sum[c] / count[c];
                loc[c] = median + mean;
                scale[c] = Math.sqrt(Math.max(squares[c] / count[c] - mean * mean, 0));
            }
        }
    }
}
