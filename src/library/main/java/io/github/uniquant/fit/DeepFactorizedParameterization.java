package io.github.uniquant.fit;

import io.github.uniquant.internal.kernel.ExactMath;
import io.github.uniquant.prior.NoisyDeepFactorized;
import io.github.uniquant.prior.Prior;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import io.github.uniquant.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Deep factorized densities as a function of their parameters, the first layer's so changed that the network sees {@code
 * (t - loc) / scale}: a matrix entry is {@code log(scale * softplus(M))}, a bias is the one that acts on the centred value.
 * So the search does not depend on where the data lie and on how wide they are.
 */
final class DeepFactorizedParameterization implements Parameterization {
    /** From here on softplus(M) is M to the last bit. */
    private static final double LARGE = 40;

    private static final double LARGEST_LOG = 40;

    private final double loc;
    private final double scale;
    private final NoisyDeepFactorized template;
    private final List<Variable> layout;
    private final double[] start;

    /**
     * @param loc the location of the data
     * @param scale their scale
     * @param random draws the start: its inner layers' biases
     */
    DeepFactorizedParameterization(int[] numFilters, double loc, double scale, RandomGenerator random) {
        this.loc = loc;
        this.scale = scale;
        // About the logistic density of scale 1 in the network's own coordinates.
        this.template = NoisyDeepFactorized.initial(Shape.scalar(), numFilters, 1, random);
        this.layout = template.parameters();
        this.start = start();
    }

    private double[] start() {
        int size = 0;
        for (Variable variable : layout) {
            size += variable.value().size();
        }
        double[] x = new double[size];
        int at = 0;
        for (Variable variable : layout) {
            double[] values = variable.value().doubles();
            System.arraycopy(values, 0, x, at, values.length);
            at += values.length;
        }
        for (int i = 0; i < width(); i++) {
            x[i] = ExactMath.log(ExactMath.softplus(x[i]));
        }
        return x;
    }

    /** Where the search begins. */
    double[] startPoint() {
        return start.clone();
    }

    /** The width of the first layer. */
    private int width() {
        return layout.get(0).value().size();
    }

    /** The logistic prior of the given location and scale, as such a network. */
    Prior logistic() {
        double[] x = start.clone();
        int at = 0;
        for (Variable variable : layout) {
            int n = variable.value().size();
            for (int i = 0; i < n && variable.name().startsWith("bias"); i++) {
                x[at + i] = 0;
            }
            at += n;
        }
        return prior(x);
    }

    /** softplus(M) of a matrix entry of the first layer. */
    private double slope(double log) {
        return ExactMath.exp(Math.min(Math.max(log, -LARGEST_LOG), LARGEST_LOG)) / scale;
    }

    @Override
    public Prior prior(double[] x) {
        List<Tensor> values = new ArrayList<>();
        int at = 0;
        for (Variable variable : layout) {
            Tensor value = Tensor.of(
                    variable.value().shape(), new double[variable.value().size()]);
            System.arraycopy(x, at, value.doubles(), 0, value.size());
            at += value.size();
            values.add(value);
        }
        double[] matrix = values.get(0).doubles();
        double[] bias = values.get(1).doubles();
        for (int i = 0; i < width(); i++) {
            double slope = slope(x[i]);
            matrix[i] = slope < LARGE ? ExactMath.log(ExactMath.expm1(slope)) : slope;
            bias[i] -= slope * loc;
        }
        return template.withParameters(values);
    }

    @Override
    public void chain(double[] x, double[][] byParameter, double[] byX) {
        int at = 0;
        for (double[] derivatives : byParameter) {
            System.arraycopy(derivatives, 0, byX, at, derivatives.length);
            at += derivatives.length;
        }
        for (int i = 0; i < width(); i++) {
            double slope = slope(x[i]);
            // d softplus(M) / dM = 1 - exp(-softplus(M))
            double matrixByX = slope / -ExactMath.expm1(-slope);
            byX[i] = byParameter[0][i] * matrixByX - byParameter[1][i] * (slope * loc);
        }
    }
}
