package io.github.uniquant.cli;

import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.ModelFile;
import io.github.uniquant.container.Step;
import io.github.uniquant.container.TableStorage;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** A model and the step that tensors are divided by before it, as a {@code .uqm} file holds them. */
record StoredModel(UniversalBatchedEntropyModel model, Step step) {
    static StoredModel read(Path file) {
        return InputFile.read(file, StoredModel::of);
    }

    static StoredModel of(MemorySegment bytes) {
        ModelFile.Contents contents = ModelFile.readContents(bytes);
        return new StoredModel(contents.model(), contents.step());
    }

    void write(Path file) {
        OutputFile.write(file, ModelFile.toBytes(new ModelFile.Contents(model, step), TableStorage.REBUILT));
    }
}
