package io.github.uniquant.cli;

import io.github.uniquant.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A compressed tensor to a tensor. */
@Command(
        name = "decompress",
        header = "Decompress a tensor.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  uniquant decompress X.uq -o Y.npy",
            "  uniquant decompress X.uq -o Y.npy --model model.uqm  for --external ones"
        })
final class DecompressCommand implements Runnable {
    @Mixin
    private final CompressedInput input = new CompressedInput();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "Y.npy",
            description = "The tensor to write.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path output;

    @Override
    public void run() {
        input.read((file, model) -> {
            if (file.type() == ElementType.BFLOAT16) {
                throw new IllegalArgumentException("the tensor must be of a type that .npy files have: type=bfloat16");
            }
            try (Arena arena = Arena.ofConfined()) {
                long bytes = file.shape().elements() * file.type().bytes();
                MemorySegment values = arena.allocate(bytes, Double.BYTES);
                file.decode(model, values);
                OutputFile.write(output, out -> NpyFile.write(out, file.type(), file.shape(), values));
            }
        });
    }
}
