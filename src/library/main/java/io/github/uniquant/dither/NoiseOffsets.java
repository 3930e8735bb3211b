package io.github.uniquant.dither;

import io.github.uniquant.tensor.Bfloat16;
import io.github.uniquant.tensor.ElementType;

/**
 * The offset of noise level k of N: {@code o(k) = (k + 1) / (N + 1) - 1/2}, strictly inside (-1/2, 1/2) and symmetric. It
 * is rounded in two ways, as upstream does; where N + 1 is a power of two both are exact.
 */
public final class NoiseOffsets {
    private NoiseOffsets() {}

    /** The offset that coding subtracts and adds, before its cast to the bottleneck's type. */
    public static double offset(int level, int numNoiseLevels) {
        return (level + 1.0) / (numNoiseLevels + 1.0) - 0.5;
    }

    /**
     * The offset that tables are built at: every operation rounds to the bottleneck's type. The half types compute in
     * float32 and round the result once.
     */
    public static double tableOffset(int level, int numNoiseLevels, ElementType bottleneckType) {
        return switch (bottleneckType) {
            case FLOAT64 -> offset(level, numNoiseLevels);
            case FLOAT32 -> offset32(level, numNoiseLevels);
            case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(offset32(level, numNoiseLevels)));
            case BFLOAT16 -> Bfloat16.toFloat(Bfloat16.fromFloat(offset32(level, numNoiseLevels)));
            case INT32 -> throw new IllegalArgumentException("bottleneckType must be a floating type: int32");
        };
    }

    private static float offset32(int level, int numNoiseLevels) {
        return ((float) level + 1f) / (float) (numNoiseLevels + 1) - 0.5f;
    }
}
