package io.github.uniquant;

import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What selects the distribution of each element of a tensor: a tuple of indexes, one for each index range, clipped to {@code
 * [0, range - 1]}. An element's table has the row-major index of its tuple, its indexes cut to integers.
 */
public final class Indexes {
    private final Tensor tensor;
    private final Shape shape;
    private final Shape ranges;
    private final ElementType type;
    private final int inner; // elements from one index of a tuple to the next
    private final boolean changing;

    private Indexes(Tensor tensor, Shape shape, Shape ranges, ElementType type, int inner, boolean changing) {
        this.tensor = tensor;
        this.shape = shape;
        this.ranges = ranges;
        this.type = type;
        this.inner = inner;
        this.changing = changing;
    }

    /**
     * The indexes in a tensor, which must be finite.
     *
     * @param channelAxis the axis of the tensor that the indexes of a tuple lie along, counted from the last where it is
     *     negative; null where tuples are single indexes
     * @param type of the parameters that functions give
     * @param changing whether the tensor gets other indexes now and then: they must be finite whenever {@link #rows} are
     *     asked for, not now
     */
    static Indexes of(Tensor tensor, Shape ranges, @Nullable Integer channelAxis, ElementType type, boolean changing) {
        int rank = tensor.shape().rank();
        Shape shape = tensor.shape();
        int inner = 1;
        if (channelAxis != null) {
            int axis = channelAxis < 0 ? rank + channelAxis : channelAxis;
            if (axis < 0 || axis >= rank || shape.dim(axis) != ranges.rank()) {
                throw new IllegalArgumentException("indexes must have one channel for each index range: shape=" + shape
                        + " channelAxis=" + channelAxis + " indexRanges=" + ranges);
            }
            Shape behind = shape.trailing(rank - 1 - axis);
            inner = (int) behind.elements();
            shape = shape.leading(axis).concat(behind);
        }
        Indexes indexes = new Indexes(tensor, shape, ranges, type, inner, changing);
        if (!changing) {
            indexes.requireFinite();
        }
        return indexes;
    }

    /** All tuples, in row-major order. */
    static Indexes all(Shape ranges, ElementType type) {
        int n = ranges.rank();
        Tensor tuples = Tensor.zeros(ElementType.INT32, ranges.concat(Shape.of(n)));
        int[] values = tuples.ints();
        for (int row = 0; row < values.length / n; row++) {
            for (int c = n - 1, rest = row; c >= 0; rest /= ranges.dim(c), c--) {
                values[row * n + c] = rest % ranges.dim(c);
            }
        }
        return new Indexes(tuples, ranges, ranges, type, 1, false);
    }

    private void requireFinite() {
        FiniteValues.require(tensor, 0, tensor.size(), "index", "index");
    }

    /** One element for each tuple. */
    public Shape shape() {
        return shape;
    }

    /** Type of the parameters that {@link #map(ToDoubleFunction)} gives: float64 for that bottleneck type, else float32. */
    public ElementType type() {
        return type;
    }

    /** Index {@code range} of the tuple of {@code element}, clipped; elements are in row-major order. */
    public double get(int element, int range) {
        int n = ranges.rank();
        int at = (element / inner * n + range) * inner + element % inner;
        return Math.clamp(tensor.get(at), 0, ranges.dim(range) - 1.0);
    }

    /**
     * A parameter of each element, of {@link #shape()} and {@link #type()}.
     *
     * @param parameter a function of the tuple, an array that is used again for the next element
     */
    public Tensor map(ToDoubleFunction<double[]> parameter) {
        Tensor values = Tensor.zeros(ElementType.FLOAT64, shape);
        double[] tuple = new double[ranges.rank()];
        for (int i = 0; i < values.size(); i++) {
            readTuple(i, tuple);
            values.doubles()[i] = parameter.applyAsDouble(tuple);
        }
        return values.to(type);
    }

    /**
     * A parameter of several components, such as those of a mixture, of shape {@code shape() ++ (components)}.
     *
     * @param parameter a function of the tuple, as for {@link #map(ToDoubleFunction)}
     */
    public Tensor map(int components, Function<double[], double[]> parameter) {
        Tensor values = Tensor.zeros(ElementType.FLOAT64, shape.concat(Shape.of(components)));
        double[] tuple = new double[ranges.rank()];
        for (int i = 0; i < shape.elements(); i++) {
            readTuple(i, tuple);
            double[] of = parameter.apply(tuple);
            if (of.length != components) {
                throw new IllegalArgumentException("the function must give one value for each component: values="
                        + of.length + " components=" + components);
            }
            System.arraycopy(of, 0, values.doubles(), i * components, components);
        }
        return values.to(type);
    }

    private void readTuple(int element, double[] tuple) {
        for (int c = 0; c < tuple.length; c++) {
            tuple[c] = get(element, c);
        }
    }

    /** Writes the row of each of a run of elements. */
    void rows(int first, int count, int[] out) {
        if (changing) {
            requireFinite();
        }
        int n = ranges.rank();
        int done = 0;
        while (done < count) {
            // A run of elements whose indexes of one range lie side by side.
            int outer = (first + done) / inner;
            int within = (first + done) % inner;
            int run = Math.min(inner - within, count - done);
            if (inner == 1) {
                run = count - done;
                within = 0;
            }
            int step = inner == 1 ? n : 1;
            digits(outer * n * inner + within, step, run, ranges.dim(0), out, done);
            for (int c = 1; c < n; c++) {
                addDigits((outer * n + c) * inner + within, step, run, ranges.dim(c), out, done);
            }
            done += run;
        }
    }

    /**
     * {@code out = index} for a run of elements. The compiler makes vectors of indexes side by side, of integers in one array
     * alone: two may be the same one, with the run in another place.
     */
    private void digits(int from, int step, int count, int range, int[] out, int to) {
        int last = range - 1;
        if (step == 1 && tensor.type() == ElementType.INT32) {
            System.arraycopy(tensor.ints(), from, out, to, count);
            for (int i = to; i < to + count; i++) {
                out[i] = Math.max(0, Math.min(out[i], last));
            }
        } else if (step == 1 && tensor.type() == ElementType.FLOAT32) {
            float[] indexes = tensor.floats();
            for (int i = 0; i < count; i++) {
                out[to + i] = Math.max(0, Math.min((int) indexes[from + i], last));
            }
        } else {
            Arrays.fill(out, to, to + count, 0);
            addDigits(from, step, count, range, out, to);
        }
    }

    /** {@code out = out * range + index} for a run of elements. */
    private void addDigits(int from, int step, int count, int range, int[] out, int to) {
        int last = range - 1;
        for (int i = 0, at = from; i < count; i++, at += step) {
            int index = switch (tensor.type()) {
                case INT32 -> Math.clamp(tensor.ints()[at], 0, last);
                case FLOAT32 -> Math.clamp((int) tensor.floats()[at], 0, last); // not every range is a float
                default -> (int) Math.clamp(tensor.get(at), 0, last);
            };
            out[to + i] = out[to + i] * range + index;
        }
    }

    /** The rows of all elements, for a look-up: every index must be an integer. */
    int[] wholeRows() {
        for (int element = 0; element < shape.elements(); element++) {
            for (int c = 0; c < ranges.rank(); c++) {
                double index = get(element, c);
                if (index != (int) index) {
                    throw new IllegalArgumentException("every index must be an integer where the model has no PriorFn:"
                            + " element=" + element + " index=" + index);
                }
            }
        }
        int[] rows = new int[(int) shape.elements()];
        rows(0, rows.length, rows);
        return rows;
    }
}
