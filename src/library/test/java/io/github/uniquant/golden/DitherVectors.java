package io.github.uniquant.golden;

import io.github.uniquant.dither.Dither;
import io.github.uniquant.dither.GoldenWords;
import io.github.uniquant.dither.NoiseOffsets;
import io.github.uniquant.tensor.ElementType;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.function.IntToDoubleFunction;

/** Noise levels, their offsets, and the words of the generator: exact. */
final class DitherVectors {
    private DitherVectors() {}

    static void check(GoldenCase c) {
        for (String array : c.arraysNamed("words_")) {
            String[] seeds = array.split("_", -1);
            int[] words = c.array(array).ints();
            checkEqual(
                    c, array, GoldenWords.of(Long.parseLong(seeds[1]), Long.parseLong(seeds[2]), words.length), words);
        }
        if (!c.hasField("num_noise_levels")) {
            return;
        }
        int n = c.field("num_noise_levels").asInt();
        for (String array : c.arraysNamed("levels_")) {
            int[] levels = c.array(array).ints();
            int[] ours = new int[levels.length];
            Dither.tfc().levels(0, 0, ours.length, n, ours, 0);
            checkEqual(c, array, ours, levels);
        }
        ElementType type = c.tensor("offsets_coding").type();
        checkOffsets(c, "offsets_coding", n, level -> NoiseOffsets.offset(level, n));
        checkOffsets(c, "offsets_tables", n, level -> NoiseOffsets.tableOffset(level, n, type));
    }

    private static void checkOffsets(GoldenCase c, String array, int n, IntToDoubleFunction offset) {
        Tensor theirs = c.tensor(array);
        Tensor ours = Tensor.zeros(ElementType.FLOAT64, Shape.of(n));
        for (int level = 0; level < n; level++) {
            ours.doubles()[level] = offset.applyAsDouble(level);
        }
        if (!ours.to(theirs.type()).equals(theirs)) {
            throw new AssertionError("offsets must be upstream's exactly: case=" + c.name() + " array=" + array);
        }
    }

    private static void checkEqual(GoldenCase c, String array, int[] ours, int[] theirs) {
        for (int i = 0; i < theirs.length; i++) {
            Tolerance.checkEqual(c, array, i, ours[i], theirs[i]);
        }
    }
}
