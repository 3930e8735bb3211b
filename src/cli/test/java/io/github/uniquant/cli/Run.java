package io.github.uniquant.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import picocli.CommandLine;

/** One run of the command in this process: what it returned and printed. */
record Run(int exitCode, String out, String err) {
    /** Runs {@code uniquant} with arguments, each taken as its {@code toString()}. */
    static Run uniquant(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode =
                Main.execute(command, Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(exitCode, out.toString(), err.toString());
    }
}
