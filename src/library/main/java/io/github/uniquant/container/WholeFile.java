package io.github.uniquant.container;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes a file as a whole: to a temporary file beside it, which takes its place once it is complete and on the disk. On
 * failure the temporary file is removed and what was there stays. A file that is replaced hands on its permissions.
 */
final class WholeFile {
    private static final int BUFFER = 1 << 16;
    private static final int MAX_LINKS = 40; // as Linux: more are a loop

    private WholeFile() {}

    /** Writes the bytes of a file. */
    @FunctionalInterface
    interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    static void write(Path path, Body body) throws IOException {
        if (Files.isDirectory(path)) {
            throw new IOException("the output must be a file, not a directory: path=" + path);
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            try (OutputStream device = Files.newOutputStream(path, StandardOpenOption.WRITE)) {
                body.writeTo(device); // a pipe or device, which nothing can take the place of
            } catch (IOException e) {
                throw failed(path, e);
            }
            return;
        }
        Path target = Files.exists(path) ? path.toRealPath() : behindLinks(path);
        Path temporary = target.resolveSibling(target.getFileName() + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp");
        boolean moved = false;
        try {
            writeAside(temporary, target, body);
            move(temporary, target);
            moved = true;
        } catch (IOException e) {
            throw failed(path, e);
        } finally {
            if (!moved) {
                Files.deleteIfExists(temporary);
            }
        }
    }

    /** What a path that leads to nothing names behind its symbolic links. */
    private static Path behindLinks(Path path) throws IOException {
        Path target = path.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(target); links++) {
            if (links == MAX_LINKS) {
                throw failed(path, new IOException("it is behind too many symbolic links"));
            }
            target = target.resolveSibling(Files.readSymbolicLink(target));
        }
        return target;
    }

    private static void writeAside(Path temporary, Path target, Body body) throws IOException {
        try (FileChannel channel =
                FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            takePermissions(temporary, target);
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
            body.writeTo(out);
            out.flush();
            channel.force(true);
        }
    }

    /** Lets a file be read by those alone who may read the one whose place it takes, as if that were written over. */
    private static void takePermissions(Path temporary, Path target) throws IOException {
        PosixFileAttributeView there = Files.getFileAttributeView(target, PosixFileAttributeView.class);
        if (there == null || !Files.exists(target)) {
            return;
        }
        Set<PosixFilePermission> permissions = there.readAttributes().permissions();
        if (!permissions.equals(Files.getPosixFilePermissions(temporary))) {
            Files.setPosixFilePermissions(temporary, permissions);
        }
    }

    private static void move(Path temporary, Path target) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static IOException failed(Path path, IOException cause) {
        String reason = cause.getMessage();
        if (cause instanceof NoSuchFileException missing) {
            Path directory = Path.of(missing.getFile()).getParent();
            reason = directory != null && Files.isDirectory(directory)
                    ? "its directory takes no new files"
                    : "its directory does not exist";
        }
        return new IOException("the file could not be written: path=" + path + " reason=" + reason, cause);
    }
}
