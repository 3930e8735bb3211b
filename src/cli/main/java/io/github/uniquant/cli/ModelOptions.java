package io.github.uniquant.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a command has the model of a tensor from: a file, or a prior fitted to the tensor. */
final class ModelOptions {
    @Option(
            names = "--model",
            paramLabel = "MODEL.uqm",
            description = "A model that fit wrote, with its step, instead of a prior fitted to this tensor.")
    private @Nullable Path modelFile;

    @Mixin
    private final PriorOptions prior = new PriorOptions();

    /** Refuses options of both kinds. */
    void check() {
        if (modelFile != null && prior.given()) {
            throw CommandFailure.usage("--model must stand alone: the model decides on prior, step, shape and format");
        }
    }

    /** Whether the model is to be read. */
    boolean fromFile() {
        return modelFile != null;
    }

    /** The model of the file; null where it is to be fitted. */
    @Nullable
    StoredModel read() {
        prior.check();
        return modelFile == null ? null : StoredModel.read(modelFile);
    }

    /** The model fitted to a tensor. */
    StoredModel fit(FloatArray array, Messages messages) {
        return prior.fit(array, (done, total, step) -> {}, messages).stored();
    }

    /** Refuses an array that is not of the model's type. */
    static void requireType(FloatArray array, StoredModel stored) {
        if (array.type() != stored.model().bottleneckType()) {
            throw new IllegalArgumentException("the array must be of the model's type: type="
                    + array.type().id() + " model="
                    + stored.model().bottleneckType().id());
        }
    }
}
