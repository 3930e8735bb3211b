package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.prior.Priors;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;

/**
 * Fits priors to data: per prior element, the parameters with which dithered coding of the data is expected to take the
 * fewest bits. That is maximum likelihood of the <i>noisy</i> prior, averaged over the dither instead of drawn from it.
 * Normal, logistic and Laplace priors are fitted by Newton's method, mixtures and deep factorized ones by a quasi-Newton
 * search on the gradients of the whole data; {@code docs/fitting.md} says how.
 *
 * <p>The result depends on the values, the settings and the seed only: not on the values' order, the number of threads or
 * the machine. It is made of operations that IEEE 754 and Java fix exactly, in a fixed order.
 *
 * <p>Constant values get a scale of 2^-16, or of one unit in their last place where that is larger: the prior is the unit
 * box then, and costs next to nothing. An element without values gets the plainest prior of location 0 and scale 1.
 *
 * <p>Immutable and thread-safe; each setting makes another fitter.
 */
public final class PriorFitter {
    private static final double LEAST_SCALE = 0x1p-16;
    private static final double INT_LIMIT = 0x1p31;
    private static final int DEFAULT_COMPONENTS = 3;

    /** A search keeps (3 * components)^2 numbers: 63 MiB. */
    private static final int MAX_COMPONENTS = 960;

    private static final int[] DEFAULT_NUM_FILTERS = {3, 3};

    /** Families compete for elements of fewer values by how they fit them, for others by values they did not see. */
    private static final int FEW_VALUES = 16;

    /** Bits a value that a step must gain to be too fine for tables: more than the longest of them lose by whole slots. */
    private static final double NO_TABLES = 1;

    private final List<Family> candidates;
    private final FitSettings settings;
    private final ElementTasks tasks;
    private final FitListener listener;

    private PriorFitter(List<Family> candidates, FitSettings settings, ElementTasks tasks, FitListener listener) {
        this.candidates = candidates;
        this.settings = settings;
        this.tasks = tasks;
        this.listener = listener;
    }

    /**
     * A fitter of one family or, where several are given, of the one that takes the fewest bits for values it was not
     * fitted to: each half of the values, drawn by the seed, under the prior of the other half. It is one family for the
     * whole prior. Of equally good ones it is the one given first. A family whose prior tables can hold, with at most 2^16
     * cells an element, comes before one whose prior they cannot.
     */
    public static PriorFitter of(Family first, Family... others) {
        Set<Family> candidates = new LinkedHashSet<>(first.candidates());
        for (Family other : others) {
            candidates.addAll(other.candidates());
        }
        FitSettings settings = new FitSettings(Objective.CODE_LENGTH, DEFAULT_COMPONENTS, DEFAULT_NUM_FILTERS, 0);
        return new PriorFitter(List.copyOf(candidates), settings, ElementTasks.HERE, (done, total, step) -> {});
    }

    /** Equivalent to {@code fit(values, family, priorShape, 1)}. */
    public static Prior fit(Tensor values, Family family, Shape priorShape) {
        return fit(values, family, priorShape, 1);
    }

    /**
     * Fits a prior to {@code values / step}. Equivalent to {@code of(family).fit(Samples.of(values, priorShape),
     * step).prior()}.
     *
     * @param values a tensor of a floating type, each element divided by the step of magnitude at most 2^31
     * @param priorShape the innermost dimensions of the tensor, one prior element each; a scalar for one in all
     * @param step what the values will be divided by before coding, larger than 0
     * @return a prior of shape {@code priorShape}: of float64 parameters for float64 values, else of float32
     */
    public static Prior fit(Tensor values, Family family, Shape priorShape, double step) {
        checkStep(step);
        Samples samples = Samples.of(values, priorShape);
        if (!(samples.largestMagnitude() / step <= INT_LIMIT)) {
            for (int i = 0; i < values.size(); i++) {
                if (!(Math.abs(values.get(i) / step) <= INT_LIMIT)) {
                    throw new IllegalArgumentException("every value divided by the step must be at most 2^31 in"
                            + " magnitude: element=" + i + " value=" + values.get(i) / step);
                }
            }
        }
        return of(family).fit(samples, step).prior();
    }

    /** What to make small; by default the expected length of the code. */
    public PriorFitter objective(Objective objective) {
        return with(new FitSettings(objective, settings.components(), settings.numFilters(), settings.seed()));
    }

    /** The number of components of mixtures, from 1 to 960; 3 by default. */
    public PriorFitter components(int components) {
        if (components < 1 || components > MAX_COMPONENTS) {
            throw new IllegalArgumentException("a mixture must have 1 to " + MAX_COMPONENTS
                    + " components to be fitted: components=" + components);
        }
        return with(new FitSettings(settings.objective(), components, settings.numFilters(), settings.seed()));
    }

    /** The widths of deep factorized priors' inner layers, each at least 1; 3, 3 by default. */
    public PriorFitter numFilters(int... numFilters) {
        for (int layer = 0; layer < numFilters.length; layer++) {
            if (numFilters[layer] < 1) {
                throw new IllegalArgumentException(
                        "numFilters must be at least 1: layer=" + layer + " filters=" + numFilters[layer]);
            }
        }
        return with(new FitSettings(settings.objective(), settings.components(), numFilters.clone(), settings.seed()));
    }

    /** The seed of whatever is drawn; 0 by default. */
    public PriorFitter seed(long seed) {
        return with(new FitSettings(settings.objective(), settings.components(), settings.numFilters(), seed));
    }

    private PriorFitter with(FitSettings newSettings) {
        return new PriorFitter(candidates, newSettings, tasks, listener);
    }

    /** Fits so many elements at a time on an executor; by default one, on the calling thread. */
    public PriorFitter executor(Executor executor, int parallelism) {
        return new PriorFitter(candidates, settings, new ElementTasks(executor, parallelism), listener);
    }

    /** Who hears how far a fit has come. */
    public PriorFitter listener(FitListener newListener) {
        return new PriorFitter(candidates, settings, tasks, newListener);
    }

    /** Equivalent to {@code fit(samples, 1)}. */
    public FittedPrior fit(Samples samples) {
        return fit(samples, 1);
    }

    /**
     * Fits a prior to values divided by a step.
     *
     * @param samples each value divided by the step of magnitude at most 2^31
     * @param step what the values will be divided by before coding, larger than 0
     */
    public FittedPrior fit(Samples samples, double step) {
        check(samples, step);
        Fits fits = fitAll(samples, step, candidates.size() > 1);
        return fits.fitted(fits.best());
    }

    /**
     * Chooses a step of little {@code meanSquaredError + rateWeight * bitsPerValue} and fits a prior with it. The noise of a
     * dithered quantizer of step S has the variance S^2/12 whatever the values are, so the first term is exact; the second is
     * what the best of the families takes.
     *
     * <p>The step is the cheapest of some 16 that are tried, each of three digits: some up to a factor of 2 apart, then ever
     * closer ones about the best of them. It is the best one within 2 % where the sum has one dip. Tables, which jump with
     * each cell, and values that are few make several; another dip may then be some per cent lower.
     *
     * @param samples at least one value
     * @param rateWeight what a bit is worth, in squared units of the values; larger than 0, and at most 2e307
     */
    public FittedPrior fitStep(Samples samples, double rateWeight) {
        if (!(rateWeight > 0 && Double.isFinite(StepSearch.fine(rateWeight)))) {
            throw new IllegalArgumentException(
                    "rateWeight must be larger than 0 and at most 2e307: rateWeight=" + rateWeight);
        }
        if (samples.count() == 0) {
            throw new IllegalArgumentException(
                    "there must be a value to choose a step for: priorShape=" + samples.priorShape());
        }
        double least = Math.max(samples.largestMagnitude() / INT_LIMIT, Double.MIN_NORMAL);
        boolean few = samples.count() / samples.priorShape().elements() < FEW_VALUES;
        double step = StepSearch.best(rateWeight, least, few, candidate -> {
            Fits fits = fitAll(samples, candidate, false);
            int best = fits.best();
            double bits = fits.nats[best] / ExactMath.LN2 / samples.count();
            return fits.fitTables[best] ? bits : bits + NO_TABLES;
        });
        return fit(samples, step);
    }

    private static void checkStep(double step) {
        if (!(step > 0 && Double.isFinite(step))) {
            throw new IllegalArgumentException("step must be finite and larger than 0: step=" + step);
        }
    }

    private static void check(Samples samples, double step) {
        checkStep(step);
        double largest = samples.largestMagnitude() / step;
        if (!(largest <= INT_LIMIT)) {
            throw new IllegalArgumentException("every value divided by the step must be at most 2^31 in magnitude:"
                    + " value=" + largest + " step=" + step);
        }
    }

    private Fits fitAll(Samples samples, double step, boolean compete) {
        Fits fits = new Fits(samples, step, candidates);
        int size = fits.size;
        Object lock = new Object();
        int[] done = {0};
        tasks.run(size, element -> {
            fits.fit(element, compete);
            synchronized (lock) {
                listener.elementFitted(++done[0], size, step);
            }
        });
        fits.add();
        return fits;
    }

    /** A reconstruction is rounded to the values' type: below one unit in the last place, no prior is narrower. */
    private static double leastScale(ElementType type, Histogram.View values) {
        if (values.total() == 0) {
            return LEAST_SCALE;
        }
        int significandBits = switch (type) {
            case FLOAT16 -> 10;
            case BFLOAT16 -> 7;
            case FLOAT32 -> 23;
            case FLOAT64, INT32 -> 52;
        };
        double median = Math.abs(values.quartile(2));
        return Math.max(LEAST_SCALE, Math.scalb(1.0, Math.getExponent(median) - significandBits));
    }

    /** The priors of all elements in all candidate families. */
    private final class Fits {
        final Samples samples;
        final double step;
        final List<Family> families;
        final int size;
        final Prior[][] priors; // by family, element
        final double[][] elementNats;
        final double[][] elementContest; // what decides between families
        final double[] nats;
        final double[] contest;
        final boolean[] fitTables; // all elements' priors: by family

        Fits(Samples samples, double step, List<Family> families) {
            this.samples = samples;
            this.step = step;
            this.families = families;
            this.size = samples.priorShape().elements() > 0
                    ? (int) samples.priorShape().elements()
                    : 0;
            this.priors = new Prior[families.size()][size];
            this.elementNats = new double[families.size()][size];
            this.elementContest = new double[families.size()][size];
            this.nats = new double[families.size()];
            this.contest = new double[families.size()];
            this.fitTables = new boolean[families.size()];
        }

        void fit(int element, boolean compete) {
            Histogram.View values = samples.histogram(element).dividedBy(step);
            ElementFit whole = elementFit(values, element);
            boolean heldOut = compete && values.total() >= FEW_VALUES && values.values().length > 1;
            ElementFit[] halves = heldOut ? halves(values, element) : new ElementFit[0];
            for (int f = 0; f < families.size(); f++) {
                GradientFit.Fitted fitted = whole.fit(families.get(f));
                priors[f][element] = fitted.prior();
                elementNats[f][element] = fitted.nats();
                elementContest[f][element] = heldOut
                        ? halves[0].nats(halves[1].fit(families.get(f)).prior())
                                + halves[1].nats(halves[0].fit(families.get(f)).prior())
                        : fitted.nats();
            }
        }

        private ElementFit elementFit(Histogram.View values, int element) {
            return new ElementFit(values, settings, leastScale(samples.type(), values), seed(element));
        }

        private long seed(int element) {
            return new SplittableRandom(settings.seed() + element).nextLong();
        }

        private ElementFit[] halves(Histogram.View values, int element) {
            Histogram.View[] halves = values.halves(new SplittableRandom(~seed(element)));
            return new ElementFit[] {elementFit(halves[0], element), elementFit(halves[1], element)};
        }

        /** Sums over the elements, in their order. */
        void add() {
            for (int f = 0; f < families.size(); f++) {
                fitTables[f] = true;
                for (int element = 0; element < size; element++) {
                    fitTables[f] &= CodeLength.fitsTables(priors[f][element]);
                    nats[f] += elementNats[f][element];
                    contest[f] += elementContest[f][element];
                }
            }
        }

        /** The family that takes the fewest bits; one that tables can hold, where there is one. */
        int best() {
            int best = 0;
            for (int f = 1; f < families.size(); f++) {
                boolean better = fitTables[f] == fitTables[best] ? contest[f] < contest[best] : fitTables[f];
                best = better ? f : best;
            }
            return best;
        }

        FittedPrior fitted(int f) {
            return new FittedPrior(joined(f), families.get(f), step, samples.count(), nats[f] / ExactMath.LN2);
        }

        /** The elements' priors as one. */
        private Prior joined(int f) {
            ElementType type = samples.type() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
            Histogram.View none = new Histogram.View(new double[0], new long[0], 0);
            Prior layout = elementFit(none, 0).fit(families.get(f)).prior();
            List<Variable> joined = new ArrayList<>();
            for (int v = 0; v < layout.parameters().size(); v++) {
                Variable variable = layout.parameters().get(v);
                int n = variable.value().size();
                Tensor all = Tensor.zeros(
                        ElementType.FLOAT64,
                        samples.priorShape().concat(variable.value().shape()));
                for (int element = 0; element < size; element++) {
                    double[] values =
                            priors[f][element].parameters().get(v).value().doubles();
                    System.arraycopy(values, 0, all.doubles(), element * n, n);
                }
                joined.add(new Variable(variable.name(), all.to(type)));
            }
            return Priors.of(layout.family(), type, layout.options(), joined);
        }
    }
}
