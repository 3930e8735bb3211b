package io.github.uniquant.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/** What a command says: results on the standard output, notes and warnings on the error output. */
record Messages(PrintWriter out, PrintWriter err) {
    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

    static Messages of(CommandSpec spec) {
        return new Messages(spec.commandLine().getOut(), spec.commandLine().getErr());
    }

    /**
     * The messages of a command that writes a file: with results on the error output where the file is no regular one or is
     * the standard output, since a line between its bytes, or behind them, would damage them.
     */
    Messages beside(Path output) {
        return OutputFile.takesTheStandardOutput(output) ? new Messages(err, err) : this;
    }

    /** A text that may come from a file, without what could move a terminal's cursor or start a line. */
    static String printable(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }

    void say(String line) {
        out.println(line);
    }

    void note(String text) {
        err.println("uniquant: note: " + text);
    }

    void warn(String text) {
        err.println("uniquant: warning: " + text);
    }
}
