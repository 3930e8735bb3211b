package io.github.uniquant.internal.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether vectors of 512 bits gather table entries or read what scalar loads brought together. Both give the same; which is
 * faster depends on the processor. The property {@code uniquant.gathers} says {@code true} or {@code false}; {@code auto} is
 * the default.
 */
final class Gathers {
    static final String PROPERTY = "uniquant.gathers";

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private Gathers() {}

    static boolean arePreferred() {
        String value = value();
        return value.equals("true") || value.equals("auto") && !areSlow();
    }

    /** Why the property's value cannot be, or null. */
    static @Nullable String refusal() {
        String value = value();
        return switch (value) {
            case "auto", "true", "false" -> null;
            default -> "-D" + PROPERTY + " must be auto, true or false: value=" + value;
        };
    }

    private static String value() {
        return System.getProperty(PROPERTY, "auto").toLowerCase(Locale.ROOT);
    }

    private static boolean areSlow() {
        if (!Files.isReadable(CPU_INFO)) {
            return false; // only Linux tells
        }
        try (BufferedReader lines = Files.newBufferedReader(CPU_INFO)) {
            return isAmd(lines);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Whether the first processor described is AMD's: both of its generations with vectors of 512 bits, Zen 4 and Zen 5, were
     * measured to load faster, see docs/decisions.md.
     */
    static boolean isAmd(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null && !line.isBlank(); line = lines.readLine()) {
            if (line.startsWith("vendor_id")) {
                return line.endsWith(": AuthenticAMD");
            }
        }
        return false;
    }
}
