package io.github.uniquant.container;

import io.github.uniquant.coder.MalformedBitstreamException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Configurations as bytes: a value is a tag and its content. There is one encoding for each value: maps are sorted by
 * their keys, and varints are as short as can be.
 *
 * <pre>
 * 0 null
 * 1 false
 * 2 true
 * 3 integer   zigzag varint of 64 bits; read as Long
 * 4 float64   8 bytes
 * 5 string    varint length, UTF-8
 * 6 list      varint count, values
 * 7 map       varint count, then for each entry the key (as a string's content) and the value, keys ascending
 * </pre>
 */
final class TaggedValues {
    private static final int NULL = 0;
    private static final int FALSE = 1;
    private static final int TRUE = 2;
    private static final int INTEGER = 3;
    private static final int FLOAT64 = 4;
    private static final int STRING = 5;
    private static final int LIST = 6;
    private static final int MAP = 7;

    /** A list or map may lie in at most this many others. */
    static final int MAX_DEPTH = 16;

    private TaggedValues() {}

    static void write(BlockWriter out, @Nullable Object value) {
        write(out, value, 0);
    }

    private static void write(BlockWriter out, @Nullable Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("values must lie in at most " + MAX_DEPTH + " lists or maps");
        }
        switch (value) {
            case null -> out.u8(NULL);
            case Boolean flag -> out.u8(flag ? TRUE : FALSE);
            case Integer integer -> integer(out, integer);
            case Long integer -> integer(out, integer);
            case Float number -> float64(out, number);
            case Double number -> float64(out, number);
            case String text -> {
                out.u8(STRING);
                out.string(text);
            }
            case List<?> list -> {
                out.u8(LIST);
                out.varint(list.size());
                for (Object element : list) {
                    write(out, element, depth + 1);
                }
            }
            case Map<?, ?> map -> map(out, map, depth);
            default ->
                throw new IllegalArgumentException(
                        "a value must be null, a boolean, an integer, a float, a string, a list or a map: type="
                                + value.getClass().getName());
        }
    }

    private static void integer(BlockWriter out, long value) {
        out.u8(INTEGER);
        out.zigzag(value);
    }

    private static void float64(BlockWriter out, double value) {
        out.u8(FLOAT64);
        out.f64(value);
    }

    private static void map(BlockWriter out, Map<?, ?> map, int depth) {
        TreeMap<String, @Nullable Object> sorted = new TreeMap<>();
        map.forEach((key, value) -> {
            if (!(key instanceof String text)) {
                throw new IllegalArgumentException("the keys of a map must be strings: key=" + key);
            }
            sorted.put(text, value);
        });
        out.u8(MAP);
        out.varint(sorted.size());
        sorted.forEach((key, value) -> {
            out.string(key);
            write(out, value, depth + 1);
        });
    }

    /** Reads a value that must be a map; it cannot be changed, nor what is in it. */
    static Map<String, @Nullable Object> readMap(BlockReader in) {
        if (in.u8() != MAP) {
            throw in.malformed("a configuration must be a map");
        }
        return map(in, 0);
    }

    private static @Nullable Object read(BlockReader in, int depth) {
        if (depth > MAX_DEPTH) {
            throw in.malformed("values must lie in at most " + MAX_DEPTH + " lists or maps");
        }
        int tag = in.u8();
        return switch (tag) {
            case NULL -> null;
            case FALSE -> false;
            case TRUE -> true;
            case INTEGER -> in.zigzag();
            case FLOAT64 -> in.f64();
            case STRING -> in.string();
            case LIST -> list(in, depth);
            case MAP -> map(in, depth);
            default -> throw new MalformedBitstreamException("a tag must be from 0 to 7: tag=" + tag, in.offset() - 1);
        };
    }

    private static List<@Nullable Object> list(BlockReader in, int depth) {
        int count = in.count("the elements of a list", 1);
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(read(in, depth + 1));
        }
        return Collections.unmodifiableList(list);
    }

    private static Map<String, @Nullable Object> map(BlockReader in, int depth) {
        int count = in.count("the entries of a map", 2);
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        String previous = null;
        for (int i = 0; i < count; i++) {
            String key = in.string();
            if (previous != null && key.compareTo(previous) <= 0) {
                throw in.malformed("the keys of a map must ascend: key=" + key + " previous=" + previous);
            }
            map.put(key, read(in, depth + 1));
            previous = key;
        }
        return Collections.unmodifiableMap(map);
    }
}
