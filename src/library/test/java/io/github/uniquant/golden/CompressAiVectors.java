package io.github.uniquant.golden;

import io.github.uniquant.coder.compressai.CompressAiDecoder;
import io.github.uniquant.coder.compressai.CompressAiEncoder;
import io.github.uniquant.coder.compressai.CompressAiTables;
import io.github.uniquant.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A set of CompressAI's tables with the symbols, indexes and strings that belong to it, or the string of slices that went
 * through several sets: exact in both directions. What the cases hold is said by one manifest beside them.
 */
final class CompressAiVectors {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String SLICED = "buffered_two_sets";

    /** What the rules make of no symbols; CompressAI crashes there, and has no string. */
    private static final byte[] EMPTY_STRING = HexFormat.of().parseHex("0000008000000000");

    private final Path folder;
    private final JsonNode manifest;
    private final Set<String> unread;

    private CompressAiVectors(Path folder) throws IOException {
        this.folder = folder;
        this.manifest = JSON.readTree(Files.readString(folder.resolveSibling("manifest.json")));
        try (Stream<Path> files = Files.list(folder)) {
            this.unread =
                    files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    static void check(Path folder) {
        try {
            CompressAiVectors vectors = new CompressAiVectors(folder);
            if (folder.endsWith(SLICED)) {
                vectors.checkSliced();
            } else {
                vectors.checkSet();
            }
            vectors.require(vectors.unread.isEmpty(), "every file of a case must be known: unknown=" + vectors.unread);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void require(boolean holds, String text) {
        if (!holds) {
            throw new AssertionError(text + ": case=" + name());
        }
    }

    private String name() {
        return folder.subpath(folder.getNameCount() - 2, folder.getNameCount()).toString();
    }

    private byte[] bytes(String file) throws IOException {
        unread.remove(file);
        return Files.readAllBytes(folder.resolve(file));
    }

    private Npy array(String name) {
        unread.remove(name + ".npy");
        return Npy.read(folder.resolve(name + ".npy"));
    }

    private void requireEqual(int[] ours, int[] theirs, String what) {
        int differs = Arrays.mismatch(ours, theirs);
        require(differs < 0, "must be CompressAI's: what=" + what + " index=" + differs);
    }

    private static CompressAiTables tables(Path set) {
        return CompressAiTables.of(
                Npy.read(set.resolve("quantized_cdf.npy")).ints(),
                Npy.read(set.resolve("cdf_length.npy")).ints(),
                Npy.read(set.resolve("offset.npy")).ints());
    }

    private void checkSet() throws IOException {
        JsonNode set = manifest.path("sets").path(folder.getFileName().toString());
        Npy cdf = array("quantized_cdf");
        int[] lengths = array("cdf_length").ints();
        CompressAiTables tables =
                CompressAiTables.of(cdf.ints(), lengths, array("offset").ints());
        Shape shape = Shape.of(
                set.path("cdf_shape").path(0).asInt(),
                set.path("cdf_shape").path(1).asInt());
        require(cdf.shape().equals(shape), "the tables must have the shape that the manifest says");
        if (unread.contains("pmf.npy")) {
            checkPmf(array("pmf"), lengths, cdf);
        }
        Map<String, JsonNode> vectors =
                set.path("vectors").propertyStream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        require(!vectors.isEmpty(), "the manifest must list the vectors of a set");
        for (Map.Entry<String, JsonNode> vector : vectors.entrySet()) {
            checkVector(tables, vector.getKey(), vector.getValue());
        }
    }

    /** Rows of masses, behind which there are zeros, to rows of slots. */
    private void checkPmf(Npy pmf, int[] lengths, Npy cdf) {
        int most = pmf.shape().dim(1);
        int width = cdf.shape().dim(1);
        float[] masses = pmf.floats();
        int[] theirs = cdf.ints();
        for (int t = 0; t < lengths.length; t++) {
            int end = t * most + lengths[t] - 1;
            int[] ours = CompressAiTables.pmfToQuantizedCdf(Arrays.copyOfRange(masses, t * most, end));
            requireEqual(ours, Arrays.copyOfRange(theirs, t * width, t * width + lengths[t]), "row " + t + " of pmf");
            for (int i = end; i < (t + 1) * most; i++) {
                require(masses[i] == 0, "masses behind a row must be 0: index=" + i);
            }
        }
    }

    private void checkVector(CompressAiTables tables, String vector, JsonNode info) throws IOException {
        int[] symbols = array(vector + ".symbols").ints();
        int[] indexes = array(vector + ".indexes").ints();
        int n = info.path("n").asInt(-1);
        require(symbols.length == n && indexes.length == n, "a vector must be as long as listed: vector=" + vector);
        byte[] theirs = EMPTY_STRING;
        if (info.has("sha256")) {
            theirs = listed(vector + ".bin", info);
        } else {
            require(n == 0, "only the vector without symbols may have no string: vector=" + vector);
        }
        CompressAiEncoder encoder = new CompressAiEncoder(tables);
        encoder.code(symbols, 0, indexes, 0, n);
        requireString(encoder, theirs, vector);
        int[] decoded = new int[n];
        int used = new CompressAiDecoder(tables, true).decode(theirs, 0, theirs.length, indexes, 0, n, decoded, 0);
        require(used == theirs.length, "a string must be used up: vector=" + vector);
        requireEqual(decoded, symbols, vector);
    }

    private byte[] listed(String file, JsonNode info) throws IOException {
        byte[] string = bytes(file);
        String hash;
        try {
            hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(string));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
        require(
                hash.equals(info.path("sha256").asString()),
                "a string must have the hash that is listed: file=" + file);
        return string;
    }

    private void requireString(CompressAiEncoder encoder, byte[] theirs, String what) {
        byte[] ours = new byte[encoder.length()];
        encoder.write(ours, 0, ours.length);
        int differs = Arrays.mismatch(ours, theirs);
        require(differs < 0, "the string must be CompressAI's: what=" + what + " offset=" + differs);
    }

    /** A slice of the string of several: the arrays of a vector of another set, and which elements of them. */
    private record Slice(CompressAiTables tables, int[] symbols, int[] indexes, int from, int count) {}

    private void checkSliced() throws IOException {
        JsonNode info = manifest.path(SLICED);
        byte[] theirs = listed("stream.bin", info);
        Slice[] slices = info.path("parts").valueStream().map(this::slice).toArray(Slice[]::new);
        require(slices.length > 1, "there must be several slices");
        CompressAiEncoder encoder = new CompressAiEncoder(slices[0].tables());
        CompressAiDecoder decoder = new CompressAiDecoder(slices[0].tables(), true);
        decoder.begin(theirs, 0, theirs.length);
        for (Slice slice : slices) {
            encoder.append(slice.tables(), slice.symbols(), slice.from(), slice.indexes(), slice.from(), slice.count());
            int[] decoded = new int[slice.count()];
            decoder.decodeSlice(slice.tables(), slice.indexes(), slice.from(), slice.count(), decoded, 0);
            requireEqual(
                    decoded,
                    Arrays.copyOfRange(slice.symbols(), slice.from(), slice.from() + slice.count()),
                    "slice from " + slice.from());
        }
        require(decoder.finish() == theirs.length, "a string must be used up");
        encoder.finish();
        requireString(encoder, theirs, "slices");
    }

    private Slice slice(JsonNode part) {
        Path set = folder.resolveSibling(part.path("set").asString());
        String vector = part.path("vector").asString();
        int from = part.path("start").asInt();
        return new Slice(
                tables(set),
                Npy.read(set.resolve(vector + ".symbols.npy")).ints(),
                Npy.read(set.resolve(vector + ".indexes.npy")).ints(),
                from,
                part.path("stop").asInt() - from);
    }
}
