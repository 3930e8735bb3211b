package io.github.uniquant;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.coder.rans.RansDecoder;
import io.github.uniquant.coder.rans.RansPlan;
import io.github.uniquant.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decodes runs of the units of a batch: the mirror of {@link BatchEncoder}. */
final class BatchDecoder {
    private final Supplier<UnitDecoder> newDecoder;
    private UnitDecoder[] decoders = {}; // one for each unit of a group
    private RansDecoder[] natives = {}; // theirs
    private SymbolSink[] sinks = {};

    BatchDecoder(Supplier<UnitDecoder> newDecoder) {
        this.newDecoder = newDecoder;
    }

    /**
     * Decodes strings {@code first .. end - 1} to their units in a tensor.
     *
     * @param unitNumbers the number of each string's unit; null for their indexes in the batch
     * @throws MalformedBitstreamException for a damaged string; where there are many, the message names the
     *     first one's index
     */
    void decode(
            BitStrings strings,
            int first,
            int end,
            int unitElements,
            UnitLayout.Source layouts,
            long @Nullable [] unitNumbers,
            Tensor values) {
        UnitLayout shared = layouts.shared();
        RansPlan plan = shared == null ? null : shared.plan;
        int groupSize = plan == null ? 1 : Math.clamp(end - first, 1, RansDecoder.groupSize(plan));
        take(groupSize, unitElements, layouts);
        try {
            for (int u = first; u < end; u += groupSize) {
                int count = Math.min(groupSize, end - u);
                if (shared != null && plan != null && count > 1) {
                    decodeTogether(strings, u, count, unitElements, shared, plan, unitNumbers, values);
                } else {
                    decodeEach(strings, u, u + 1, unitElements, unitNumbers, values);
                }
            }
        } finally {
            for (int i = 0; i < groupSize; i++) {
                decoders[i].rest();
            }
        }
    }

    private void take(int groupSize, int unitElements, UnitLayout.Source layouts) {
        int made = decoders.length;
        if (made < groupSize) {
            decoders = Arrays.copyOf(decoders, groupSize);
            natives = new RansDecoder[groupSize];
            sinks = new SymbolSink[groupSize];
            for (int i = made; i < groupSize; i++) {
                decoders[i] = newDecoder.get();
            }
        }
        for (int i = 0; i < groupSize; i++) {
            decoders[i].serve(layouts, unitElements);
        }
    }

    private void decodeTogether(
            BitStrings strings,
            int first,
            int count,
            int unitElements,
            UnitLayout shared,
            RansPlan plan,
            long @Nullable [] unitNumbers,
            Tensor values) {
        for (int i = 0; i < count; i++) {
            natives[i] = decoders[i].rans();
            sinks[i] = decoders[i].sink(values, (first + i) * unitElements, shared);
        }
        try {
            RansDecoder.decodeTogether(natives, strings.bytes(), strings.starts(), first, count, plan, sinks);
        } catch (MalformedBitstreamException e) {
            // One at a time, to name the first to blame.
            decodeEach(strings, first, first + count, unitElements, unitNumbers, values);
            throw e;
        }
    }

    private void decodeEach(
            BitStrings strings, int first, int end, int unitElements, long @Nullable [] unitNumbers, Tensor values) {
        for (int i = first; i < end; i++) {
            long unit = unitNumbers == null ? i : unitNumbers[i];
            try {
                decoders[0].decode(
                        unit, strings.bytes(), strings.start(i), strings.length(i), values, i * unitElements);
            } catch (MalformedBitstreamException e) {
                throw strings.count() == 1 ? e : e.inString(i);
            }
        }
    }
}
