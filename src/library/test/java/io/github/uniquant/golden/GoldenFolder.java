package io.github.uniquant.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A folder of vectors: one folder for each kind, in it one for each case.
 *
 * @param cases the folders of the cases to check, by kind
 */
record GoldenFolder(Path root, Map<GoldenKind, List<Path>> cases) {
    /**
     * Opens a folder. It must exist, hold at least one case, no folder of an unknown kind, and none without cases.
     */
    static GoldenFolder open(Path root) {
        if (!Files.isDirectory(root)) {
            throw new AssertionError("the folder of the golden vectors must exist: uniquant.golden=" + root);
        }
        Map<String, GoldenKind> kinds =
                Arrays.stream(GoldenKind.values()).collect(Collectors.toMap(GoldenKind::folder, kind -> kind));
        Map<GoldenKind, List<Path>> cases = new EnumMap<>(GoldenKind.class);
        for (Path folder : folders(root)) {
            String name = folder.getFileName().toString();
            List<Path> found = folders(folder);
            if (found.isEmpty()) {
                throw new AssertionError("a kind must have at least one case: folder=" + folder);
            }
            GoldenKind kind = kinds.get(name);
            if (kind == null) {
                throw new AssertionError("a kind must be known: folder=" + folder + " known=" + kinds.keySet());
            }
            cases.put(kind, found);
        }
        if (cases.isEmpty()) {
            throw new AssertionError(
                    "the folder of the golden vectors must hold cases to check: uniquant.golden=" + root);
        }
        return new GoldenFolder(root, cases);
    }

    /** The folders in a folder, by name; those whose names start with a dot are no vectors. */
    private static List<Path> folders(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory)
                    .filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Checks every case at once. */
    void checkAll() {
        cases.forEach((kind, folders) -> folders.forEach(folder -> kind.check(folder)));
    }

    /** One line for each kind, with the number of cases checked of those found. */
    String report(Map<GoldenKind, Integer> checked) {
        List<String> lines = new ArrayList<>();
        lines.add("Golden vectors of " + root);
        cases.forEach((kind, found) -> lines.add(
                "  " + kind.folder() + ": " + checked.getOrDefault(kind, 0) + " of " + found.size() + " cases hold"));
        return String.join(System.lineSeparator(), lines);
    }
}
