package io.github.uniquant;

import io.github.uniquant.tensor.Bfloat16;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/** Tensors with noise: fresh, given, or the coded dither. Each operation rounds once to the tensor's type. */
final class Perturbation {
    private Perturbation() {}

    /** {@code y + u} with u uniform on (-1/2, 1/2), fresh for each element. */
    static Tensor addUniformNoise(Tensor y, RandomGenerator random) {
        if (!y.type().isFloating()) {
            throw new IllegalArgumentException("the tensor must be of a floating type: " + y);
        }
        Tensor noise = Tensor.zeros(ElementType.FLOAT64, y.shape());
        double[] u = noise.doubles();
        for (int i = 0; i < u.length; i++) {
            u[i] = random.nextDouble() - 0.5;
        }
        return add(y, noise.to(y.type()));
    }

    /** {@code y + noise} of the same shape and type. */
    static Tensor add(Tensor y, Tensor noise) {
        if (!noise.shape().equals(y.shape()) || noise.type() != y.type()) {
            throw new IllegalArgumentException(
                    "noise must have the tensor's shape and type: noise=" + noise + " tensor=" + y);
        }
        Tensor sum = Tensor.zeros(y.type(), y.shape());
        for (int i = 0; i < y.size(); i++) {
            switch (y.type()) {
                case FLOAT64 -> sum.doubles()[i] = y.doubles()[i] + noise.doubles()[i];
                case FLOAT32 -> sum.floats()[i] = y.floats()[i] + noise.floats()[i];
                case FLOAT16 -> sum.shorts()[i] = Float.floatToFloat16((float) y.get(i) + (float) noise.get(i));
                case BFLOAT16 -> sum.shorts()[i] = Bfloat16.fromFloat((float) y.get(i) + (float) noise.get(i));
                case INT32 -> throw new IllegalArgumentException("the tensor must be of a floating type: " + y);
            }
        }
        return sum;
    }

    /** {@code y - loc} of the same shape and type. */
    static Tensor subtract(Tensor y, Tensor loc) {
        Tensor difference = Tensor.zeros(y.type(), y.shape());
        for (int i = 0; i < y.size(); i++) {
            switch (y.type()) {
                case FLOAT64 -> difference.doubles()[i] = y.doubles()[i] - loc.doubles()[i];
                case FLOAT32 -> difference.floats()[i] = y.floats()[i] - loc.floats()[i];
                case FLOAT16 -> difference.shorts()[i] = Float.floatToFloat16((float) y.get(i) - (float) loc.get(i));
                case BFLOAT16 -> difference.shorts()[i] = Bfloat16.fromFloat((float) y.get(i) - (float) loc.get(i));
                case INT32 -> throw new IllegalArgumentException("the tensor must be of a floating type: " + y);
            }
        }
        return difference;
    }

    /** {@code round(y)}, with the sign of what rounds to zero, as upstream. */
    static Tensor round(Tensor y) {
        double[] rounded = y.toDoubles();
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = Math.rint(rounded[i]);
        }
        return Tensor.of(y.shape(), rounded).to(y.type());
    }

    /** {@code round(y - o) + o} with the offsets of each unit's layout, as decoding what was coded gives it. */
    static Tensor dither(Tensor y, Shape batch, IntFunction<UnitLayout.Source> layouts) {
        Tensor dithered = Tensor.zeros(y.type(), y.shape());
        if (y.size() == 0) {
            return dithered;
        }
        int units = batch.arrayLength();
        int elements = y.size() / units;
        UnitLayout.Source source = layouts.apply(elements);
        for (int u = 0; u < units; u++) {
            UnitLayout layout = source.of(u);
            for (int i = 0, at = u * elements; i < elements; i++, at++) {
                switch (y.type()) {
                    case FLOAT64 -> {
                        double offset = layout.doubleOffsets[layout.offsetsFrom + i];
                        dithered.doubles()[at] = Math.rint(y.doubles()[at] - offset) + offset;
                    }
                    case FLOAT32 -> {
                        float offset = layout.floatOffsets[layout.offsetsFrom + i];
                        dithered.floats()[at] = (float) Math.rint(y.floats()[at] - offset) + offset;
                    }
                    case FLOAT16 -> {
                        float offset = layout.floatOffsets[layout.offsetsFrom + i];
                        short difference = Float.floatToFloat16((float) y.get(at) - offset);
                        float rounded = (float) Math.rint(Float.float16ToFloat(difference));
                        dithered.shorts()[at] = Float.floatToFloat16(rounded + offset);
                    }
                    case BFLOAT16 -> {
                        float offset = layout.floatOffsets[layout.offsetsFrom + i];
                        short difference = Bfloat16.fromFloat((float) y.get(at) - offset);
                        float rounded = (float) Math.rint(Bfloat16.toFloat(difference));
                        dithered.shorts()[at] = Bfloat16.fromFloat(rounded + offset);
                    }
                    case INT32 -> throw new IllegalArgumentException("the tensor must be of a floating type: " + y);
                }
            }
        }
        return dithered;
    }
}
