package io.github.uniquant.cli;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.container.Step;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A tensor to a model. */
@Command(
        name = "fit",
        header = "Fit a model to a tensor, for tensors like it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  uniquant fit X.npy -o model.uqm --step 0.1",
            "  uniquant fit latents.npy -o model.uqm --prior laplace --coding-rank 3"
        })
final class FitCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "X.npy", description = "The tensor: float16, float32 or float64.")
    @SuppressWarnings("NullAway.Init")
    private Path input;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "MODEL.uqm",
            description = "The model to write; it keeps the step.")
    @SuppressWarnings("NullAway.Init")
    private Path output;

    @Mixin
    private final PriorOptions options = new PriorOptions();

    @Override
    public void run() {
        Messages messages = Messages.of(spec);
        options.step();
        StoredModel stored = InputFile.read(input, bytes -> {
            FloatArray array = NpyFile.floatArray(bytes);
            Step step = CompressCommand.checkedStep(array, options.step(), messages);
            UniversalBatchedEntropyModel model = options.fit(array.toTensor(), messages);
            return new StoredModel(model, step);
        });
        stored.write(output);
        UniversalBatchedEntropyModel model = stored.model();
        messages.say(output + ": " + model.prior().family() + ", prior shape " + model.priorShape() + ", "
                + (model.coder() == CoderFormat.RANS_FREE
                        ? "no"
                        : model.tables().count()) + " tables, step "
                + Numbers.plain(stored.step().value()));
    }
}
