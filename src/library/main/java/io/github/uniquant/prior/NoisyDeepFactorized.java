package io.github.uniquant.prior;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.internal.kernel.GradientKernels;
import io.github.uniquant.internal.kernel.GradientNetwork;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.PriorKernels.Quantity;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A flexible density per element whose CDF is the logistic function of a small monotone network, with additive uniform
 * noise: appendix 6.1 of "Variational image compression with a scale hyperprior" (Ballé et al., 2018). With {@code
 * num_filters = (3, 3)} the network is 1 -> 3 -> 3 -> 1.
 *
 * <p>Parameters, before softplus and tanh, for layers l = 0, 1, ...: {@code matrix_l} of shape batch ++ (out, in), {@code
 * bias_l} of shape batch ++ (out, 1) and, but for the last layer, {@code factor_l} of shape batch ++ (out, 1).
 */
public final class NoisyDeepFactorized extends OnePassPrior {
    private static final double DEFAULT_INIT_SCALE = 10;

    private final List<Variable> parameters;
    private final int[] numFilters;
    private final double initScale;
    private final Shape shape;
    private final DeepFactorized base;
    private final Tiling tiling;
    private final int[] parameterSizes;
    private final Spare<Scratch> spare;

    private NoisyDeepFactorized(List<Tensor> matrices, List<Tensor> biases, List<Tensor> factors, double initScale) {
        checkInitScale(initScale);
        int layers = matrices.size();
        if (layers == 0 || biases.size() != layers || factors.size() != layers - 1) {
            throw new IllegalArgumentException(
                    "there must be as many biases as matrices, and one factor less: matrices=" + layers + " biases="
                            + biases.size() + " factors=" + factors.size());
        }
        int rank = matrices.get(0).shape().rank() - 2;
        if (rank < 0) {
            throw new IllegalArgumentException("a matrix must have shape batch ++ (out, in): matrix_0="
                    + matrices.get(0).shape());
        }
        this.shape = matrices.get(0).shape().leading(rank);
        this.numFilters = new int[layers - 1];
        this.initScale = initScale;
        this.parameters = new ArrayList<>();
        int[] widths = new int[layers + 1];
        widths[0] = 1;
        double[][] m = new double[layers][];
        double[][] b = new double[layers][];
        double[][] f = new double[layers - 1][];
        for (int l = 0; l < layers; l++) {
            widths[l + 1] = l < layers - 1 ? width(l, matrices.get(l).shape(), rank) : 1;
            if (l < layers - 1) {
                numFilters[l] = widths[l + 1];
            }
            Shape column = shape.concat(Shape.of(widths[l + 1], 1));
            m[l] = add("matrix_" + l, matrices.get(l), shape.concat(Shape.of(widths[l + 1], widths[l])));
            b[l] = add("bias_" + l, biases.get(l), column);
            if (l < layers - 1) {
                f[l] = add("factor_" + l, factors.get(l), column);
            }
        }
        this.base = new DeepFactorized(shape, widths, m, b, f);
        this.tiling = Tiling.of(size());
        this.parameterSizes = parameters.stream()
                .mapToInt(parameter -> parameter.value().size())
                .toArray();
        this.spare = new Spare<>(() -> new Scratch(base.gradientNetwork(tiling), parameterSizes, tiling.copies()));
    }

    /** Working memory of one call, and the networks as kernels want them. */
    private static final class Scratch {
        final GradientNetwork network;
        final double[] work;
        final double[][] sums; // by parameter, and in each by value and place

        Scratch(GradientNetwork network, int[] parameterSizes, int copies) {
            this.network = network;
            this.work = new double[network.work()];
            this.sums = new double[parameterSizes.length][];
            Arrays.setAll(sums, v -> new double[parameterSizes[v] * copies]);
        }
    }

    private static int width(int layer, Shape matrix, int rank) {
        if (matrix.rank() != rank + 2 || matrix.dim(rank) == 0) {
            throw new IllegalArgumentException(
                    "all matrices must have shape batch ++ (out, in), out at least 1: matrix_" + layer + "=" + matrix
                            + " batchRank=" + rank);
        }
        return matrix.dim(rank);
    }

    private double[] add(String name, Tensor value, Shape expected) {
        ElementType type =
                parameters.isEmpty() ? value.type() : parameters.get(0).value().type();
        if (!value.shape().equals(expected) || value.type() != type) {
            throw new IllegalArgumentException(
                    "a parameter must have the shape that the layers before it imply, and one"
                            + " type with them: parameter=" + name + " value=" + value + " expected=" + expected
                            + " type="
                            + type.id());
        }
        double[] values = Parameters.finite(name, value);
        parameters.add(new Variable(name, Parameters.copy(value)));
        return values;
    }

    /**
     * A prior of given parameters.
     *
     * @param matrices matrix_0, matrix_1, ... of shape batch ++ (out, in)
     * @param biases as many, of shape batch ++ (out, 1)
     * @param factors one less, of shape batch ++ (out, 1)
     */
    public static NoisyDeepFactorized of(List<Tensor> matrices, List<Tensor> biases, List<Tensor> factors) {
        return new NoisyDeepFactorized(matrices, biases, factors, DEFAULT_INIT_SCALE);
    }

    /**
     * A prior of initial parameters, float64, as upstream draws them: matrices {@code log(expm1(1 / s / out))} with {@code s
     * = initScale^(1 / layers)}, biases uniform on (-1/2, 1/2), factors 0.
     *
     * @param shape the batch shape
     * @param numFilters the widths of the inner layers
     * @param initScale the initial scale of the density
     */
    public static NoisyDeepFactorized initial(Shape shape, int[] numFilters, double initScale, RandomGenerator random) {
        checkInitScale(initScale);
        int layers = numFilters.length + 1;
        double scale = ExactMath.exp(ExactMath.log(initScale) / layers);
        List<Tensor> matrices = new ArrayList<>();
        List<Tensor> biases = new ArrayList<>();
        List<Tensor> factors = new ArrayList<>();
        for (int l = 0; l < layers; l++) {
            int in = l == 0 ? 1 : numFilters[l - 1];
            int out = l < layers - 1 ? numFilters[l] : 1;
            if (out < 1) {
                throw new IllegalArgumentException("numFilters must be at least 1: layer=" + l + " filters=" + out);
            }
            Tensor matrix = Tensor.zeros(ElementType.FLOAT64, shape.concat(Shape.of(out, in)));
            Arrays.fill(matrix.doubles(), softplusInverse(1 / scale / out));
            matrices.add(matrix);
            Tensor bias = Tensor.zeros(ElementType.FLOAT64, shape.concat(Shape.of(out, 1)));
            Arrays.setAll(bias.doubles(), i -> random.nextDouble() - 0.5);
            biases.add(bias);
            if (l < layers - 1) {
                factors.add(Tensor.zeros(ElementType.FLOAT64, shape.concat(Shape.of(out, 1))));
            }
        }
        return new NoisyDeepFactorized(matrices, biases, factors, initScale);
    }

    private static void checkInitScale(double initScale) {
        if (!(initScale > 0 && Double.isFinite(initScale))) {
            throw new IllegalArgumentException("initScale must be finite and larger than 0: initScale=" + initScale);
        }
    }

    /** The M with softplus(M) = x, for x > 0. */
    private static double softplusInverse(double x) {
        double e = ExactMath.expm1(x);
        return e <= Double.MAX_VALUE ? ExactMath.log(e) : x;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public ElementType type() {
        return parameters.get(0).value().type();
    }

    @Override
    public String family() {
        return "NoisyDeepFactorized";
    }

    @Override
    public Map<String, Object> options() {
        List<Object> filters = new ArrayList<>();
        for (int filter : numFilters) {
            filters.add(filter);
        }
        return Map.of("num_filters", filters, "init_scale", initScale);
    }

    @Override
    public List<Variable> parameters() {
        return parameters.stream()
                .map(parameter -> new Variable(parameter.name(), Parameters.copy(parameter.value())))
                .toList();
    }

    @Override
    public Prior withParameters(List<Tensor> values) {
        Parameters.checkReplacement(parameters, values);
        List<Variable> replaced = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            replaced.add(new Variable(parameters.get(i).name(), values.get(i)));
        }
        return ofNamed(replaced, numFilters.length + 1, initScale);
    }

    /** A prior of named parameters. */
    static NoisyDeepFactorized ofNamed(List<Variable> named, int layers, double initScale) {
        List<Tensor> matrices = new ArrayList<>();
        List<Tensor> biases = new ArrayList<>();
        List<Tensor> factors = new ArrayList<>();
        for (int l = 0; l < layers; l++) {
            matrices.add(Parameters.named(named, "matrix_" + l));
            biases.add(Parameters.named(named, "bias_" + l));
            if (l < layers - 1) {
                factors.add(Parameters.named(named, "factor_" + l));
            }
        }
        return new NoisyDeepFactorized(matrices, biases, factors, initScale);
    }

    @Override
    public BaseDistribution base() {
        return base;
    }

    @Override
    public double prob(int element, double y) {
        DeepFactorized.Rise rise = base.rise(element, y - 0.5);
        return ExactMath.logisticInterval(rise.low(), rise.high(), rise.difference());
    }

    @Override
    public double logProb(int element, double y) {
        DeepFactorized.Rise rise = base.rise(element, y - 0.5);
        return ExactMath.logLogisticInterval(rise.low(), rise.high(), rise.difference());
    }

    @Override
    int[] parameterSizes() {
        return parameterSizes;
    }

    @Override
    void gradients(
            double[] y,
            int yOffset,
            int firstElement,
            int count,
            double[] weights,
            int weightsOffset,
            double @Nullable [] logProbs,
            int logProbsOffset,
            double[] dy,
            int dyOffset,
            double[][] parameterGradients) {
        if (count == 0) {
            return;
        }
        GradientKernels kernels = KernelProvider.gradientKernels((long) count * base.weights());
        Scratch scratch = spare.take();
        for (int v = 0; v < parameterSizes.length; v++) {
            start(parameterGradients[v], scratch.sums[v], firstElement, count);
        }
        for (int done = 0, place = firstElement; done < count; ) {
            int run = tiling.run(place, count - done, count);
            kernels.deepFactorized(
                    scratch.network,
                    y,
                    yOffset + done,
                    place,
                    run,
                    weights,
                    weightsOffset + done,
                    logProbs,
                    logProbsOffset + done,
                    dy,
                    dyOffset + done,
                    scratch.sums,
                    scratch.work);
            done += run;
            place = tiling.next(place + run);
        }
        for (int v = 0; v < parameterSizes.length; v++) {
            finish(scratch.sums[v], parameterGradients[v], firstElement, count);
        }
        spare.giveBack(scratch);
    }

    /** Sums by place start at 0, or where there is one place for each element at what its sums are. */
    private void start(double[] sums, double[] byPlace, int firstElement, int count) {
        if (tiling.copies() > 1) {
            Arrays.fill(byPlace, 0);
            return;
        }
        int size = size();
        int values = sums.length / size;
        for (int i = 0, element = firstElement; i < Math.min(count, size); i++) {
            for (int v = 0; v < values; v++) {
                byPlace[v * size + element] = sums[element * values + v];
            }
            element = element + 1 == size ? 0 : element + 1;
        }
    }

    /** What {@link #start} began goes back to the elements' sums. */
    private void finish(double[] byPlace, double[] sums, int firstElement, int count) {
        int size = size();
        int values = sums.length / size;
        boolean repeats = tiling.copies() > 1;
        for (int i = 0, element = firstElement; i < (repeats ? size : Math.min(count, size)); i++) {
            for (int v = 0; v < values; v++) {
                int at = v * tiling.span() + element;
                double sum = byPlace[at];
                for (int copy = 1; copy < tiling.copies(); copy++) {
                    sum += byPlace[at + copy * size];
                }
                sums[element * values + v] = repeats ? sums[element * values + v] + sum : sum;
            }
            element = element + 1 == size ? 0 : element + 1;
        }
    }

    @Override
    public void prob(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        base.run(Quantity.NOISY_PROB, y, yOffset, firstElement, count, out, outOffset);
    }

    @Override
    public void logProb(double[] y, int yOffset, int firstElement, int count, double[] out, int outOffset) {
        base.run(Quantity.NOISY_LOG_PROB, y, yOffset, firstElement, count, out, outOffset);
    }

    @Override
    public void probRow(int element, double first, int count, double[] out, int outOffset) {
        base.row(Quantity.NOISY_PROB, element, first, count, out, outOffset);
    }

    @Override
    public void probRows(int rows, int[] elements, double[] firsts, int[] counts, double[] out, int outOffset) {
        base.rows(Quantity.NOISY_PROB, rows, elements, firsts, counts, out, outOffset);
    }

    /** The median less its nearest integer. */
    @Override
    public double quantizationOffset(int element) {
        double median = base.quantile(element, 0.5);
        return median - Math.rint(median);
    }
}
