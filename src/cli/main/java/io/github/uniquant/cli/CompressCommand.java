package io.github.uniquant.cli;

import io.github.uniquant.container.Step;
import io.github.uniquant.container.TensorWriter;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A tensor to a compressed tensor. */
@Command(
        name = "compress",
        header = "Compress a tensor, with a model or with a prior fitted to it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  uniquant compress X.npy -o X.uq --step 0.1       fits a model, kept in X.uq",
            "  uniquant compress X.npy -o X.uq --model model.uqm",
            "  uniquant compress X.npy -o X.uq --model model.uqm --external",
            "                                                 leaves the model out"
        })
final class CompressCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "X.npy", description = "The tensor: float16, float32 or float64.")
    @SuppressWarnings("NullAway.Init")
    private Path input;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "X.uq",
            description = "The compressed tensor to write.")
    @SuppressWarnings("NullAway.Init")
    private Path output;

    @Option(
            names = "--external",
            description = "Leave the model out of the file: whoever decompresses it must have the model.")
    private boolean external;

    @Mixin
    private final ModelOptions options = new ModelOptions();

    @Override
    public void run() {
        Messages messages = Messages.of(spec).beside(output);
        options.check();
        if (!options.fromFile() && external) {
            throw CommandFailure.usage("--external must stand with --model");
        }
        StoredModel given = options.read();
        InputFile.read(input, bytes -> {
            FloatArray array = NpyFile.floatArray(bytes);
            StoredModel model = given != null ? given : options.fit(array, messages);
            if (given != null) {
                checkedStep(array, given.step().value(), messages);
            }
            write(array, model, messages);
            return model;
        });
    }

    private void write(FloatArray array, StoredModel stored, Messages messages) {
        ModelOptions.requireType(array, stored);
        TensorWriter writer = (external ? TensorWriter.ofExternal(stored.model()) : TensorWriter.of(stored.model()))
                .step(stored.step().value());
        Counted[] counted = new Counted[1];
        OutputFile.write(output, out -> {
            counted[0] = new Counted(out);
            writer.write(array.shape(), array.values(), counted[0]);
        });
        long bytes = counted[0].bytes;
        long elements = array.shape().elements();
        messages.say(output + ": " + Numbers.count(elements, "element") + ", " + Numbers.count(bytes) + " bytes"
                + (elements == 0 ? "" : ", " + Numbers.decimals(8.0 * bytes / elements, 3) + " bits per element"));
    }

    /** The step in the array's type; warns where the type is too coarse for it. Refuses values that are not finite. */
    static Step checkedStep(FloatArray array, double value, Messages messages) {
        Step step;
        try {
            step = Step.of(value, array.type());
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(e);
        }
        Tensor largest = Tensor.of(Shape.scalar(), array.largestMagnitude()).to(array.type());
        if (step.isTypeTooCoarse(largest)) {
            messages.warn(array.type().id() + " is too coarse for this step: neighbours of the largest value are "
                    + Numbers.plain(step.resolution(largest)) + " steps apart, more than 1/64;"
                    + " the quantization noise is not uniform there");
        }
        return step;
    }

    /** Counts what goes through. */
    private static final class Counted extends OutputStream {
        private final OutputStream out;
        private long bytes;

        Counted(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            bytes++;
        }

        @Override
        public void write(byte[] b, int off, int len) throws IOException {
            out.write(b, off, len);
            bytes += len;
        }
    }
}
