package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uniquant.coder.MalformedBitstreamException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaggedValuesTest {
    private static byte[] bytes(Map<String, ?> map) {
        BlockWriter out = new BlockWriter();
        TaggedValues.write(out, map);
        return out.toBytes();
    }

    private static Map<String, @Nullable Object> read(int... bytes) {
        byte[] block = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            block[i] = (byte) bytes[i];
        }
        return TaggedValues.readMap(new BlockReader(block, 100));
    }

    @Test
    void readingInvertsWriting() {
        Map<String, @Nullable Object> map = new HashMap<>();
        map.put("null", null);
        map.put("yes", true);
        map.put("no", false);
        map.put("double", -0.0);
        map.put("nan", Double.NaN);
        map.put("text", "\u00e9\uD83D\uDE00");
        map.put("", "");
        List<@Nullable Object> integers = new ArrayList<>();
        for (int shift = 0; shift < 64; shift++) {
            integers.add(1L << shift);
            integers.add(-(1L << shift));
            integers.add((1L << shift) - 1);
        }
        map.put("integers", integers);
        map.put("nested", Map.of("a", List.of(List.of(), Map.of())));
        BlockReader in = new BlockReader(bytes(map), 0);
        assertThat(TaggedValues.readMap(in)).isEqualTo(map);
        in.requireEnd();
    }

    @Test
    void orderOfTheMapAndWidthOfIntegersDoNotShow() {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("b", 7);
        one.put("a", 0.5f);
        Map<String, Object> other = new LinkedHashMap<>();
        other.put("a", 0.5);
        other.put("b", 7L);
        assertThat(bytes(one)).isEqualTo(bytes(other));
    }

    @Test
    void valuesOfOtherTypesAndTooDeepOnesAreRefused() {
        assertThatThrownBy(() -> bytes(Map.of("a", new int[1])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type=[I");
        assertThatThrownBy(() -> bytes(Map.of("a", "\uD800")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("valid Unicode");
        assertThatThrownBy(() -> TaggedValues.write(new BlockWriter(), Collections.singletonMap(1, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("key=1");
        Object deep = 1;
        for (int i = 0; i < TaggedValues.MAX_DEPTH; i++) {
            deep = List.of(deep);
        }
        Object fits = List.of(); // the map around it is the first level
        for (int i = 0; i < TaggedValues.MAX_DEPTH - 1; i++) {
            fits = List.of(fits);
        }
        Map<String, Object> tooDeep = Map.of("a", deep);
        assertThatThrownBy(() -> bytes(tooDeep)).hasMessageContaining("at most 16");
        assertThat(TaggedValues.readMap(new BlockReader(bytes(Map.of("a", fits)), 0)))
                .isEqualTo(Map.of("a", fits));
    }

    @ParameterizedTest
    @CsvSource({
        "a map that is none, 6 0, 101",
        "a count beyond the block, 7 5 1 97 0, 101",
        "a count beyond 63 bits, 7 255 255 255 255 255 255 255 255 255 1, 101",
        "a varint of 65 bits, 7 1 1 97 3 255 255 255 255 255 255 255 255 255 2, 115",
        "a varint with a leading zero, 7 1 1 97 3 128 0, 107",
        "an unknown tag, 7 1 1 97 8, 104",
        "keys that do not ascend, 7 2 1 98 0 1 97 0, 107",
        "a key twice, 7 2 1 97 0 1 97 0, 107",
        "a string that is not UTF-8, 7 1 1 97 5 1 255, 105",
        "an overlong string, 7 1 1 97 5 2 192 128, 105",
        "a string beyond the block, 7 1 1 97 5 9 65, 105",
        "a double cut short, 7 1 1 97 4 0 0 0, 105",
        "nothing, 7 1 1 97, 104",
        "lists without end, 7 1 1 97 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 6 1 0, 136",
    })
    void damageIsMalformedAtItsOffset(String what, String bytes, long offset) {
        int[] values =
                Arrays.stream(bytes.split(" ")).mapToInt(Integer::parseInt).toArray();
        assertThatThrownBy(() -> read(values))
                .as(what)
                .isInstanceOfSatisfying(
                        MalformedBitstreamException.class,
                        e -> assertThat(e.offset()).isEqualTo(offset));
    }
}
