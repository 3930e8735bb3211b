package io.github.uniquant.cli;

import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.fit.FitListener;
import io.github.uniquant.fit.Samples;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tensors to a model. */
@Command(
        name = "fit",
        header = "Fit a model to tensors, for tensors like them.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  uniquant fit X.npy -o model.uqm --step 0.1",
            "  uniquant fit latents.npy -o model.uqm --prior laplace --coding-rank 3",
            "  uniquant fit a.npy b.npy -o model.uqm --prior auto,deep-factorized",
            "  uniquant fit X.npy -o model.uqm --rate-weight 0.02  chooses the step"
        })
final class FitCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "X.npy",
            description = "The tensors: float16, float32 or float64, of one type and rank.")
    @SuppressWarnings("NullAway.Init")
    private List<Path> inputs;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "MODEL.uqm",
            description = "The model to write; it keeps the step.")
    @SuppressWarnings("NullAway.Init")
    private Path output;

    @Option(names = "--progress", description = "Say how far the fit has come, at every tenth.")
    private boolean progress;

    @Mixin
    private final PriorOptions options = new PriorOptions();

    @Override
    public void run() {
        Messages messages = Messages.of(spec).beside(output);
        options.check();
        FitListener listener = progress ? tenths(messages) : (done, total, step) -> {};
        Path first = inputs.get(0);
        PriorOptions.Fitted fitted = InputFile.read(first, bytes -> {
            FloatArray array = NpyFile.floatArray(bytes);
            Samples samples = options.samples(array);
            options.gather(array, samples, messages);
            for (Path other : inputs.subList(1, inputs.size())) {
                gather(other, array, samples, messages);
            }
            return options.fit(samples, array, listener, messages);
        });
        StoredModel stored = fitted.stored();
        stored.write(output);
        UniversalBatchedEntropyModel model = stored.model();
        messages.say(output + ": " + model.prior().family() + ", prior shape " + model.priorShape() + ", "
                + (model.coder() == CoderFormat.RANS_FREE
                        ? "no"
                        : model.tables().count()) + " tables, step "
                + Numbers.plain(stored.step().value())
                + (fitted.prior().values() == 0
                        ? ""
                        : ", " + Numbers.decimals(fitted.prior().bitsPerValue(), 3) + " bits per element expected"));
    }

    private void gather(Path file, FloatArray first, Samples samples, Messages messages) {
        InputFile.read(file, bytes -> {
            FloatArray array = NpyFile.floatArray(bytes);
            if (array.type() != first.type()
                    || array.shape().rank() != first.shape().rank()) {
                throw new IllegalArgumentException("the tensors must have one type and rank: type="
                        + array.type().id() + " shape=" + array.shape() + " first="
                        + first.type().id() + " firstShape=" + first.shape());
            }
            options.gather(array, samples, messages);
            return array;
        });
    }

    /** Notes every tenth of the prior's elements. */
    private static FitListener tenths(Messages messages) {
        return (done, total, step) -> {
            if (10L * done / total > 10L * (done - 1) / total) {
                messages.note("fitted " + done + " of " + total + " prior elements, step " + Numbers.plain(step));
            }
        };
    }
}
