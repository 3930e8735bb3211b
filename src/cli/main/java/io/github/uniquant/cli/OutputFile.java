package io.github.uniquant.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;

/**
 * A file that a command writes: aside, in the same directory, and renamed when it is whole, so that nobody sees a part of
 * it and a failure leaves the old file as it was. What is not a regular file, such as a device or a pipe, is written
 * directly, and the standard output through its descriptor, where it stands: others write to the same file.
 */
final class OutputFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAX_NAMES = 1000;
    private static final int MAX_LINKS = 40; // as Linux: more are a loop
    private static final Path STANDARD_OUTPUT = Path.of("/dev/stdout");

    private final Path path; // as the user gave it, for messages
    private final Path target; // behind symbolic links
    private final Path aside; // the target itself where it is written directly
    private final FileChannel channel;
    private final boolean owned; // the channel of the standard output stays open for the process

    private OutputFile(Path path, Path target, Path aside, FileChannel channel, boolean owned) {
        this.path = path;
        this.target = target;
        this.aside = aside;
        this.channel = channel;
        this.owned = owned;
    }

    /** Writes what a file shall hold. */
    @FunctionalInterface
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Writes one file. */
    static void write(Path path, Content content) {
        try (OutputFile file = open(path)) {
            file.fill(content);
            file.rename();
        }
    }

    /** Writes bytes to one file. */
    static void write(Path path, byte[] bytes) {
        write(path, out -> out.write(bytes));
    }

    /** Writes two files that belong together: none is renamed before both are whole. */
    static void writeTogether(Path first, Content firstContent, Path second, Content secondContent) {
        try (OutputFile firstFile = open(first);
                OutputFile secondFile = open(second)) {
            firstFile.fill(firstContent);
            secondFile.fill(secondContent);
            for (OutputFile file : List.of(firstFile, secondFile)) {
                file.rename();
            }
        }
    }

    private static OutputFile open(Path path) {
        try {
            if (Files.isDirectory(path)) {
                throw CommandFailure.data(path + ": cannot be written: it is a directory");
            }
            if (isStandardOutput(path)) {
                FileChannel channel = new FileOutputStream(FileDescriptor.out).getChannel();
                return new OutputFile(path, path, path, channel, false);
            }
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                return new OutputFile(path, path, path, FileChannel.open(path, StandardOpenOption.WRITE), true);
            }
            Path target = Files.exists(path) ? path.toRealPath() : behindLinks(path);
            // CREATE_NEW follows the umask, as a plain write would; Files.createTempFile would not.
            for (int i = 0; ; i++) {
                Path aside = target.resolveSibling(target.getFileName() + "." + i + ".part");
                try {
                    FileChannel channel =
                            FileChannel.open(aside, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
                    aside.toFile().deleteOnExit(); // an interrupt skips close
                    takePermissions(aside, target);
                    return new OutputFile(path, target, aside, channel, true);
                } catch (FileAlreadyExistsException e) {
                    if (i == MAX_NAMES) {
                        throw new FileSystemException(
                                path.toString(), null, "there are too many .part files of its name");
                    }
                }
            }
        } catch (IOException e) {
            throw CommandFailure.writing(path, e);
        }
    }

    /** Lets a file be read by those alone who may read the one whose place it takes, as a plain write would. */
    private static void takePermissions(Path aside, Path target) throws IOException {
        PosixFileAttributeView there = Files.getFileAttributeView(target, PosixFileAttributeView.class);
        if (there == null || !Files.exists(target)) {
            return;
        }
        Set<PosixFilePermission> permissions = there.readAttributes().permissions();
        if (!permissions.equals(Files.getPosixFilePermissions(aside))) {
            Files.setPosixFilePermissions(aside, permissions);
        }
    }

    /** What a path that leads to nothing names behind its symbolic links. */
    private static Path behindLinks(Path path) throws IOException {
        Path target = path.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(target); links++) {
            if (links == MAX_LINKS) {
                throw new FileSystemException(path.toString(), null, "it is behind too many symbolic links");
            }
            target = target.resolveSibling(Files.readSymbolicLink(target));
        }
        return target;
    }

    /** Whether what is written to a path may come out where the standard output does: a pipe, a device, or itself. */
    static boolean takesTheStandardOutput(Path path) {
        return !Files.isDirectory(path) && (isStandardOutput(path) || Files.exists(path) && !Files.isRegularFile(path));
    }

    private static boolean isStandardOutput(Path path) {
        try {
            return Files.exists(path) && Files.isSameFile(path, STANDARD_OUTPUT);
        } catch (IOException e) {
            return false; // a system without such a name
        }
    }

    private void fill(Content content) {
        try {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
            content.writeTo(out);
            out.flush();
            if (Files.isRegularFile(aside)) {
                channel.force(true); // a full disk may show only here
            }
            closeChannel();
        } catch (IOException e) {
            throw CommandFailure.writing(path, e);
        }
    }

    private void closeChannel() throws IOException {
        if (owned) {
            channel.close();
        }
    }

    private void rename() {
        if (aside.equals(target)) {
            return;
        }
        try {
            try {
                Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(aside, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw CommandFailure.writing(path, e);
        }
    }

    /** Drops what was written, unless it was renamed. */
    @Override
    public void close() {
        try {
            closeChannel();
            if (!aside.equals(target)) {
                Files.deleteIfExists(aside);
            }
        } catch (IOException e) {
            throw CommandFailure.writing(path, e);
        }
    }
}
