package io.github.uniquant.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Checks a compressed tensor. */
@Command(
        name = "verify",
        header = "Check a compressed tensor: every checksum, and that every string decodes.",
        footerHeading = "%nExample:%n",
        footer = "  uniquant verify X.uq && echo whole")
final class VerifyCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final CompressedInput input = new CompressedInput();

    @Override
    public void run() {
        input.read((file, model) -> {
            file.verify(model);
            Messages.of(spec)
                    .say(input.file() + ": ok, " + Numbers.count(file.shape().elements(), "element") + " in "
                            + Numbers.count(file.segments(), "segment"));
        });
    }
}
