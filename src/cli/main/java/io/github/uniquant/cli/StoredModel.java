package io.github.uniquant.cli;

import io.github.uniquant.DecodeLimits;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.ModelFile;
import io.github.uniquant.container.Step;
import io.github.uniquant.container.TableStorage;
import java.nio.file.Path;

/** A model and the step that tensors are divided by before it, as a {@code .uqm} file holds them. */
record StoredModel(UniversalBatchedEntropyModel model, Step step) {
    static StoredModel read(Path file) {
        return read(file, DecodeLimits.DEFAULT);
    }

    /** Reads a model that may decode as much as the limits say. */
    static StoredModel read(Path file, DecodeLimits limits) {
        ModelFile.Contents contents = InputFile.read(file, bytes -> ModelFile.readContents(bytes, limits));
        return new StoredModel(contents.model(), contents.step());
    }

    void write(Path file) {
        OutputFile.write(file, ModelFile.toBytes(new ModelFile.Contents(model, step), TableStorage.REBUILT));
    }
}
