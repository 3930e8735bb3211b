package io.github.uniquant.cli;

import io.github.uniquant.DecodeLimits;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.TensorFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A compressed tensor and its model: the options that {@code decompress} and {@code verify} share. */
final class CompressedInput {
    @Parameters(paramLabel = "X.uq", description = "The compressed tensor.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path file;

    @Option(
            names = "--model",
            paramLabel = "MODEL.uqm",
            description = "The model, if the file was compressed with --external.")
    private @Nullable Path modelFile;

    @Option(
            names = "--max-elements",
            paramLabel = "N",
            defaultValue = "1073741824",
            description = {
                "The most elements to decode, of the tensor and of a segment: a small file may stand for many."
                        + " ${DEFAULT-VALUE} by default."
            })
    private long maxElements;

    /** What to do with the tensor; may throw what the library throws. */
    @FunctionalInterface
    interface Use {
        void apply(TensorFile file, UniversalBatchedEntropyModel model);
    }

    Path file() {
        return file;
    }

    /** Opens the file with its model. */
    void read(Use use) {
        if (maxElements < 0) {
            throw CommandFailure.usage("--max-elements must be at least 0: maxElements=" + maxElements);
        }
        long perSegment = Math.min(maxElements, DecodeLimits.FORMAT_UNIT_ELEMENTS);
        DecodeLimits limits = new DecodeLimits(perSegment, maxElements);
        StoredModel given = modelFile == null ? null : StoredModel.read(modelFile, limits);
        InputFile.read(file, bytes -> {
            TensorFile tensor = TensorFile.of(bytes, limits);
            if (tensor.shape().elements() > maxElements) {
                throw new IllegalArgumentException("the tensor must have at most --max-elements elements: elements="
                        + tensor.shape().elements() + " maxElements=" + maxElements + " shape=" + tensor.shape());
            }
            if (given == null && !tensor.hasModel()) {
                throw CommandFailure.usage(file + " does not hold its model: --model must give the one with tables "
                        + Numbers.hash(tensor.tablesHash()));
            }
            use.apply(tensor, given == null ? tensor.model() : given.model());
            return tensor;
        });
    }
}
