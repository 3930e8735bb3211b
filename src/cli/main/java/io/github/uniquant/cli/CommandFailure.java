package io.github.uniquant.cli;

import io.github.uniquant.coder.MalformedBitstreamException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The end of a command that cannot do what it was asked to: one line for the user, and the exit code. */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    private CommandFailure(ExitCode exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** The command was not called as it must be. */
    static CommandFailure usage(String message) {
        return new CommandFailure(ExitCode.USAGE, message, null);
    }

    /** As {@link #usage(String)}, for a value that the library refused. */
    static CommandFailure usage(IllegalArgumentException cause) {
        return new CommandFailure(ExitCode.USAGE, String.valueOf(cause.getMessage()), cause);
    }

    /** The data are not what they must be. */
    static CommandFailure data(String message) {
        return new CommandFailure(ExitCode.DATA, message, null);
    }

    /** A file could not be read, or holds what the library refused: the message starts with its path. */
    static CommandFailure in(Path file, Exception cause) {
        return new CommandFailure(ExitCode.DATA, file + ": " + reason(file, cause), cause);
    }

    /** A file could not be written. */
    static CommandFailure writing(Path file, IOException cause) {
        return new CommandFailure(ExitCode.DATA, file + ": cannot be written: " + reason(file, cause), cause);
    }

    private static String reason(Path file, Exception cause) {
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof MalformedBitstreamException) {
            return "damaged, or not such a file: " + message;
        }
        if (cause instanceof NoSuchFileException missing) {
            if (missing.getFile().equals(file.toString())) {
                return "there is no such file";
            }
            Path directory = Path.of(missing.getFile()).getParent();
            return directory != null && Files.isDirectory(directory)
                    ? "its directory takes no new files"
                    : "there is no directory to hold it";
        }
        if (cause instanceof FileAlreadyExistsException blocking) { // only where a directory was to be made
            return (blocking.getFile().equals(file.toString()) ? "it" : blocking.getFile()) + " is not a directory";
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (cause instanceof FileSystemException system && system.getReason() != null) {
            return String.valueOf(system.getReason());
        }
        return message;
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
