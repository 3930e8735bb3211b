package io.github.uniquant;

import io.github.uniquant.coder.SymbolSource;
import io.github.uniquant.coder.rans.RansEncoder;
import io.github.uniquant.coder.rans.RansPlan;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Codes runs of the units of a batch, short ones side by side. Reusable and single-threaded; keeps its working memory. */
final class BatchEncoder {
    /** Most bytes of strings that are kept as working memory. */
    private static final int KEPT_BYTES = 1 << 24;

    private static final byte[] NO_BYTES = {};

    private final Supplier<UnitEncoder> newEncoder;
    private UnitEncoder[] encoders = {}; // one for each unit of a group
    private RansEncoder[] natives = {}; // theirs
    private SymbolSource[] sources = {};
    private byte[] joined = NO_BYTES;

    BatchEncoder(Supplier<UnitEncoder> newEncoder) {
        this.newEncoder = newEncoder;
    }

    /**
     * Codes units {@code first .. end - 1} of a tensor; returns their strings, joined, and sets their lengths.
     *
     * @throws IllegalArgumentException for a value that is refused; where there are many units, the message
     *     names the first with one
     */
    byte[] code(Tensor values, int first, int end, int unitElements, UnitLayout.Source layouts, int[] lengths) {
        UnitLayout shared = layouts.shared();
        RansPlan plan = shared == null ? null : shared.plan;
        int groupSize = groupSize(plan, end - first);
        take(groupSize, unitElements, layouts);
        int used = 0;
        try {
            for (int u = first; u < end; u += groupSize) {
                int count = Math.min(groupSize, end - u);
                if (shared != null && plan != null && count > 1) {
                    codeTogether(count, u, values, unitElements, shared, plan);
                } else {
                    codeEach(1, u, values, unitElements);
                }
                for (int i = 0; i < count; i++) {
                    long length = encoders[i].length();
                    if (length > joined.length - used) {
                        joined = Arrays.copyOf(joined, grownCapacity(used, length, end - u - i));
                    }
                    lengths[u + i] = encoders[i].write(joined, used, joined.length);
                    used += lengths[u + i];
                }
            }
            return Arrays.copyOf(joined, used);
        } finally {
            rest(groupSize);
        }
    }

    /** How many of so many units are coded side by side; one at a time without a plan. */
    private static int groupSize(@Nullable RansPlan plan, int units) {
        return plan == null ? 1 : Math.clamp(units, 1, RansEncoder.groupSize(plan));
    }

    private void take(int groupSize, int unitElements, UnitLayout.Source layouts) {
        int made = encoders.length;
        if (made < groupSize) {
            encoders = Arrays.copyOf(encoders, groupSize);
            natives = new RansEncoder[groupSize];
            sources = new SymbolSource[groupSize];
            for (int i = made; i < groupSize; i++) {
                encoders[i] = newEncoder.get();
            }
        }
        for (int i = 0; i < groupSize; i++) {
            encoders[i].serve(layouts, unitElements);
        }
    }

    private void rest(int groupSize) {
        for (int i = 0; i < groupSize; i++) {
            encoders[i].rest();
        }
        if (joined.length > KEPT_BYTES) {
            joined = NO_BYTES;
        }
    }

    private void codeTogether(
            int count, int firstUnit, Tensor values, int unitElements, UnitLayout shared, RansPlan plan) {
        for (int i = 0; i < count; i++) {
            natives[i] = encoders[i].rans();
            sources[i] = encoders[i].source(values, (firstUnit + i) * unitElements, shared);
        }
        try {
            RansEncoder.codeTogether(natives, sources, count, plan);
        } catch (IllegalArgumentException e) {
            codeEach(count, firstUnit, values, unitElements); // one at a time, to name the first to blame
            throw e;
        }
    }

    private void codeEach(int count, int firstUnit, Tensor values, int unitElements) {
        for (int i = 0; i < count; i++) {
            int unit = firstUnit + i;
            try {
                encoders[i].code(unit, values, unit * unitElements);
            } catch (IllegalArgumentException e) {
                boolean alone = values.size() == unitElements;
                throw alone ? e : new IllegalArgumentException(e.getMessage() + " unit=" + unit, e);
            }
        }
    }

    /** Room for the next string and, where there is none yet, for as many as are left; later by half as much again. */
    private int grownCapacity(int used, long length, int left) {
        TableCoder.checkTotal(used + length);
        long wanted = used == 0 ? length * left * 9 / 8 : Math.max(used + length, joined.length * 3L / 2);
        return (int) Math.min(Math.max(wanted, length), Shape.MAX_ARRAY_LENGTH);
    }
}
