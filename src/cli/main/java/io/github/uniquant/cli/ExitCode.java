package io.github.uniquant.cli;

/** What the process returns. */
enum ExitCode {
    OK(0),
    /** The command line is wrong. */
    USAGE(1),
    /** A file is missing, damaged, of the wrong kind, or cannot be written. */
    DATA(2);

    private final int value;

    ExitCode(int value) {
        this.value = value;
    }

    int value() {
        return value;
    }
}
