package io.github.uniquant.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** What a command says: results on the standard output, notes and warnings on the error output. */
record Messages(PrintWriter out, PrintWriter err) {
    static Messages of(CommandSpec spec) {
        return new Messages(spec.commandLine().getOut(), spec.commandLine().getErr());
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
