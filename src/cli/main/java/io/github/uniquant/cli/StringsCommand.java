package io.github.uniquant.cli;

import io.github.uniquant.BitStrings;
import io.github.uniquant.CoderFormat;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.coder.MalformedBitstreamException;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Bare strings, without a container: how strings are swapped with TensorFlow Compression. */
@Command(
        name = "strings",
        header = "Encode and decode bare bit strings, to swap them with TensorFlow Compression.",
        description = {
            "",
            "Strings are a folder: strings.bin is their concatenation in row-major order of the batch,"
                    + " string_lengths.npy has the batch's shape. Nothing in it says which model, format or shape it is"
                    + " of: decode with what it was encoded with.",
            "",
            "The model is a folder, too: cdf.npy and cdf_offset.npy hold the attributes of these names of TensorFlow"
                    + " Compression's model; case.json is an object with prior_shape, coding_rank, and, in arguments,"
                    + " those that differ from its defaults:",
            "",
            "  {\"prior_shape\": [192], \"coding_rank\": 3, \"arguments\": {\"num_noise_levels\": 15}}"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  uniquant strings encode Y.npy --model MODEL --format tfc-range -o STRINGS",
            "  uniquant strings decode STRINGS --model MODEL --format tfc-range \\",
            "      --broadcast-shape 12,5 -o Y.npy"
        },
        subcommands = {StringsCommand.Encode.class, StringsCommand.Decode.class})
final class StringsCommand implements Callable<Integer> {
    private static final String STRINGS = "strings.bin";
    private static final String LENGTHS = "string_lengths.npy";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Main.noCommand(spec);
    }

    /** Which model the strings are of, and in which layout they are: the options that both directions share. */
    static final class ModelOptions {
        @Option(names = "--model", required = true, paramLabel = "DIR", description = "The folder of the model.")
        @SuppressWarnings("NullAway.Init")
        private Path modelFolder;

        @Option(
                names = "--format",
                required = true,
                paramLabel = "FORMAT",
                converter = FormatConverter.class,
                description =
                        "The layout of the strings: rans, this library's own, or tfc-range, TensorFlow Compression's.")
        @SuppressWarnings("NullAway.Init")
        private CoderFormat format;

        /** Reads the model, to code in the format. */
        UniversalBatchedEntropyModel model() {
            return ModelFolder.read(modelFolder, format);
        }
    }

    /** Tensor to strings. */
    @Command(
            name = "encode",
            header = "Encode a tensor to bare strings, one for each coding unit.",
            footerHeading = "%nExample:%n",
            footer = "  uniquant strings encode Y.npy --model MODEL --format tfc-range -o STRINGS")
    static final class Encode implements Runnable {
        @Parameters(paramLabel = "Y.npy", description = "The tensor, of the model's type, in units of the model.")
        @SuppressWarnings("NullAway.Init")
        private Path input;

        @Mixin
        private final ModelOptions options = new ModelOptions();

        @Option(
                names = {"-o", "--output"},
                required = true,
                paramLabel = "OUTDIR",
                description = "The folder to write, made if it is not there.")
        @SuppressWarnings("NullAway.Init")
        private Path output;

        @Override
        public void run() {
            UniversalBatchedEntropyModel model = options.model();
            Tensor tensor = NpyFile.readFloats(input);
            BitStrings strings;
            try {
                strings = model.compress(tensor);
            } catch (IllegalArgumentException e) {
                throw CommandFailure.in(input, e);
            }
            try {
                Files.createDirectories(output);
            } catch (IOException e) {
                throw CommandFailure.writing(output, e);
            }
            OutputFile.writeTogether(
                    output.resolve(STRINGS),
                    out -> out.write(strings.toBytes()),
                    output.resolve(LENGTHS),
                    out -> NpyFile.write(out, Tensor.of(strings.shape(), strings.lengths())));
        }
    }

    /** Strings to tensor. */
    @Command(
            name = "decode",
            header = "Decode bare strings to the tensor that they stand for.",
            footerHeading = "%nExample:%n",
            footer = {
                "  uniquant strings decode STRINGS --model MODEL --format tfc-range \\",
                "      --broadcast-shape 12,5 -o Y.npy"
            })
    static final class Decode implements Runnable {
        @Parameters(paramLabel = "DIR", description = "The folder with strings.bin and string_lengths.npy.")
        @SuppressWarnings("NullAway.Init")
        private Path input;

        @Mixin
        private final ModelOptions options = new ModelOptions();

        @Option(
                names = "--broadcast-shape",
                paramLabel = "a,b",
                converter = ShapeConverter.class,
                defaultValue = "",
                description = "The dimensions of a unit before the prior's shape; none by default.")
        @SuppressWarnings("NullAway.Init")
        private Shape broadcastShape;

        @Option(
                names = {"-o", "--output"},
                required = true,
                paramLabel = "Y.npy",
                description = "The tensor to write.")
        @SuppressWarnings("NullAway.Init")
        private Path output;

        @Override
        public void run() {
            UniversalBatchedEntropyModel model = options.model();
            int broadcastRank = model.codingRank() - model.priorShape().rank();
            if (broadcastShape.rank() != broadcastRank) {
                throw CommandFailure.usage("--broadcast-shape must have " + broadcastRank
                        + " dimensions (coding rank less prior rank): broadcastShape=" + broadcastShape
                        + " codingRank=" + model.codingRank() + " priorShape=" + model.priorShape());
            }
            Tensor lengths = NpyFile.readInts(input.resolve(LENGTHS));
            byte[] bytes = InputFile.bytes(input.resolve(STRINGS));
            Tensor decoded;
            try {
                BitStrings strings = BitStrings.of(lengths.shape(), bytes, lengths.ints());
                decoded = model.decompress(strings, broadcastShape);
            } catch (MalformedBitstreamException | IllegalArgumentException e) {
                throw CommandFailure.in(input.resolve(STRINGS), e);
            }
            NpyFile.write(output, decoded);
        }
    }

    /** {@code rans} or {@code tfc-range}. */
    static final class FormatConverter implements ITypeConverter<CoderFormat> {
        @Override
        public CoderFormat convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "rans" -> CoderFormat.RANS;
                case "tfc-range" -> CoderFormat.TFC_RANGE;
                default -> throw new TypeConversionException("must be rans or tfc-range, not '" + value + "'");
            };
        }
    }
}
