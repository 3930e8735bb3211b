package io.github.uniquant;

import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.coder.SymbolSink;
import io.github.uniquant.coder.rans.RansDecoder;
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
            Supplier<UnitLayout.Source> layouts,
            long @Nullable [] unitNumbers,
            Tensor values) {
        UnitLayout.Source source = layouts.get();
        UnitLayout shared = source.shared();
        makeDecoders(1);
        int groupSize = Math.clamp(end - first, 1, groupSize(shared, unitElements));
        makeDecoders(groupSize);
        for (int i = 0; i < groupSize; i++) {
            decoders[i].serve(i == 0 || shared != null ? source : layouts.get(), unitElements);
        }
        try {
            for (int u = first; u < end; u += groupSize) {
                int count = Math.min(groupSize, end - u);
                if (count > 1) {
                    decodeGroup(strings, u, count, unitElements, shared, unitNumbers, values);
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

    /** How many units are decoded side by side; one at a time where another coder than the native one does it. */
    private int groupSize(@Nullable UnitLayout shared, int unitElements) {
        if (!decoders[0].isNative()) {
            return 1;
        }
        return shared == null ? RansDecoder.groupSize(unitElements) : RansDecoder.groupSize(shared.nativePlan());
    }

    private void makeDecoders(int count) {
        int made = decoders.length;
        if (made < count) {
            decoders = Arrays.copyOf(decoders, count);
            natives = new RansDecoder[count];
            sinks = new SymbolSink[count];
            for (int i = made; i < count; i++) {
                decoders[i] = newDecoder.get();
            }
        }
    }

    private void decodeGroup(
            BitStrings strings,
            int first,
            int count,
            int unitElements,
            @Nullable UnitLayout shared,
            long @Nullable [] unitNumbers,
            Tensor values) {
        try {
            if (shared == null) {
                decodeOnOwn(strings, first, count, unitElements, unitNumbers, values);
            } else {
                decodeTogether(strings, first, count, unitElements, shared, values);
            }
        } catch (MalformedBitstreamException e) {
            // One at a time, to name the first to blame.
            decodeEach(strings, first, first + count, unitElements, unitNumbers, values);
            throw e;
        }
    }

    /** Units that have tables of their own. */
    private void decodeOnOwn(
            BitStrings strings, int first, int count, int unitElements, long @Nullable [] unitNumbers, Tensor values) {
        for (int i = 0; i < count; i++) {
            int u = first + i;
            natives[i] = decoders[i].rans();
            sinks[i] = decoders[i].begin(
                    number(u, unitNumbers),
                    strings.bytes(),
                    strings.start(u),
                    strings.length(u),
                    values,
                    u * unitElements);
        }
        RansDecoder.finishTogether(natives, count, sinks);
    }

    private void decodeTogether(
            BitStrings strings, int first, int count, int unitElements, UnitLayout shared, Tensor values) {
        for (int i = 0; i < count; i++) {
            natives[i] = decoders[i].rans();
            sinks[i] = decoders[i].sink(values, (first + i) * unitElements, shared);
        }
        RansDecoder.decodeTogether(
                natives, strings.bytes(), strings.starts(), first, count, shared.nativePlan(), sinks);
    }

    private void decodeEach(
            BitStrings strings, int first, int end, int unitElements, long @Nullable [] unitNumbers, Tensor values) {
        for (int i = first; i < end; i++) {
            try {
                decoders[0].decode(
                        number(i, unitNumbers),
                        strings.bytes(),
                        strings.start(i),
                        strings.length(i),
                        values,
                        i * unitElements);
            } catch (MalformedBitstreamException e) {
                throw strings.count() == 1 ? e : e.inString(i);
            }
        }
    }

    /** The number of the unit of string {@code i}. */
    private static long number(int i, long @Nullable [] unitNumbers) {
        return unitNumbers == null ? i : unitNumbers[i];
    }
}
