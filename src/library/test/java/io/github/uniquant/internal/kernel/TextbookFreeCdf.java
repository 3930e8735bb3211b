package io.github.uniquant.internal.kernel;

import java.util.ArrayList;
import java.util.List;

/** The start of a cell as {@code docs/table-free.md} defines it, from the window on. */
final class TextbookFreeCdf {
    private final float[] nodes; // T(j) at 512 + j
    private final int h;
    private final int end;
    private final float middle;
    private final float slope;
    private final float step;
    private final float gain;
    private final int clamp;

    TextbookFreeCdf(float[] nodes, int precision, double scale, int h, int k, int end) {
        this.nodes = nodes;
        this.h = h;
        this.end = end;
        double scaled = scale / Math.scalb(1.0, k);
        middle = 0.5f * (end - 2 * h);
        slope = (float) Math.min(32 / scaled, 0x1p100);
        step = (float) (scaled / 32);
        int last = (int) Math.min(511, Math.ceil((h + 0.5) * slope));
        List<Double> gains = new ArrayList<>();
        for (int j = 1; j <= last; j++) {
            gains.add((middle + (double) step * j) / nodes[512 + j]);
        }
        float candidate = (float) (double) gains.stream().min(Double::compare).orElseThrow();
        int level = level(candidate, last);
        while (q(candidate, level) > middle) {
            candidate = Math.nextDown(candidate);
            level = level(candidate, last);
        }
        if (precision < 3 || gains.isEmpty()) {
            throw new AssertionError("no window");
        }
        gain = candidate;
        clamp = level;
    }

    private float q(float k, int j) {
        return k * nodes[512 + j] - step * j;
    }

    /** The first node from 0 on behind which q falls. */
    private int level(float k, int last) {
        int c = 0;
        while (c < last && q(k, c + 1) >= q(k, c)) {
            c++;
        }
        return c;
    }

    int start(float fraction, int cell) {
        if (cell == 0) {
            return 0;
        }
        if (cell == 2 * h) {
            return end;
        }
        float edge = (float) (cell - h) - fraction;
        float z = Math.clamp(edge * slope, -clamp, (float) clamp) + 512;
        int i = (int) Math.floor((double) z);
        float t = z - i;
        float q0 = q(gain, i - 512);
        float q1 = q(gain, i - 511);
        return cell + (int) Math.floor((double) (middle + (q0 + t * (q1 - q0))));
    }
}
